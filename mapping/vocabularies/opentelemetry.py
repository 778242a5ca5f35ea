"""OpenTelemetry's general semantic conventions: session, user, service, deployment, errors.

Source: semantic-conventions registry (session, user, enduser, service, deployment, error); attributes.md, section 2.
"""

from __future__ import annotations

from ...proto.span import Value
from ..values import text
from ..vocabulary import Row, Vocabulary


def error_level(value: Value) -> str | None:
    """Return ERROR for a span that names the type of its error (`error.type`)."""
    return "ERROR" if text(value) else None


def service(value: Value) -> str | None:
    """Return a service's name, unless it is the SDKs' default `unknown_service:…`."""
    name = text(value)
    return None if name is None or name.startswith("unknown_service") else name


ROWS = (
    Row("session_id", 2, "session.id", text),
    Row("session_id", 9, "session.id", text, resource=True),
    Row("user_id", 2, "user.id", text),
    Row("user_id", 3, "enduser.id", text),
    Row("user_id", 4, "enduser.pseudo.id", text),
    Row("user_id", 16, "user.name", text),
    Row("user_id", 16, "user.email", text),
    Row("user_id", 16, "user.hash", text),
    Row("user_id", 17, "user.id", text, resource=True),
    Row("environment", 3, "deployment.environment.name", text),
    Row("environment", 4, "deployment.environment.name", text, resource=True),
    Row("environment", 5, "deployment.environment", text),
    Row("environment", 6, "deployment.environment", text, resource=True),
    Row("version", 2, "service.version", text, resource=True),
    Row("release", 4, "vcs.repository.ref.revision", text, resource=True),
    Row("trace_metadata.service.name", 90, "service.name", service, resource=True),
    Row("trace_metadata.service.namespace", 90, "service.namespace", text, resource=True),
    Row("level", 3, "error.type", error_level),
    Row("error_type", 1, "error.type", text),
    Row("status_message", 5, "error.message", text),
    Row("user_id", 16, "user.full_name", text),
    Row("trace_metadata.session.previous_id", 11, "session.previous_id", text),
    Row("release", 5, "deployment.id", text, resource=True),
)

VOCABULARY = Vocabulary("OpenTelemetry", ROWS)
