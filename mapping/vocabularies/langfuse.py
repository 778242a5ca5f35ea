"""Langfuse SDKs for Python 3, 4, 5 and JavaScript 4, 5 (scope `langfuse-sdk`), and everybody who sends `langfuse.*`.

Recognised by the keys themselves: Langfuse's span processor stamps its trace attributes on spans of other scopes too.
Source: langfuse.md, sections 1.4 to 1.9 and 3.3; attributes.md, sections 2 and 4.21.
"""

from __future__ import annotations

from ...proto.span import Value
from ..observation import TYPES
from ..usage import langfuse_cost, langfuse_usage
from ..values import encoded, flag, instant, mapping, present, quoted, text, words
from ..vocabulary import Only, Reader, Row, Sender, Vocabulary

LEVELS = {
    "TRACE": "DEBUG", "VERBOSE": "DEBUG", "DEBUG": "DEBUG",
    "INFO": "DEFAULT", "LOG": "DEFAULT", "NOTICE": "DEFAULT", "OK": "DEFAULT", "SUCCESS": "DEFAULT",
    "DEFAULT": "DEFAULT", "WARN": "WARNING", "WARNING": "WARNING",
    "ERROR": "ERROR", "FATAL": "ERROR", "CRITICAL": "ERROR",
}  # fmt: skip

AS_ROOT, APP_ROOT = 1, 2


def level(value: Value) -> str | None:
    """Return one of our levels for Langfuse's words and their aliases, in any case."""
    return LEVELS.get(value.strip().upper()) if isinstance(value, str) else None


def observation_type(value: Value) -> str | None:
    """Return the observation type that `langfuse.observation.type` names."""
    word = value.strip().upper() if isinstance(value, str) else ""
    return word if word in TYPES else None


def as_root(value: Value) -> int | None:
    """Return the root rank of a span that was opened as the root of its trace."""
    return AS_ROOT if flag(value) else None


def app_root(value: Value) -> int | None:
    """Return the root rank of the topmost span that passed the SDK's export filter."""
    return APP_ROOT if flag(value) else None


def json_metadata(sender: Sender) -> bool:
    """Say whether this SDK sends every metadata value as JSON, texts included (Python from 5, JavaScript from 6)."""
    since = 5 if sender.language == "python" else 6
    return sender.scope == "langfuse-sdk" and sender.major >= since


def plain_metadata(sender: Sender) -> bool:
    """Say whether texts in metadata are sent as they are."""
    return not json_metadata(sender)


TRACE, OBSERVATION = "langfuse.trace.metadata", "langfuse.observation.metadata"


def _metadata(value: Reader, only: Only) -> tuple[Row, ...]:
    """Return the rows of metadata, whose values are sent in two ways."""
    return (
        Row("trace_metadata", 1, TRACE, value, only=only),
        Row("trace_metadata.*", 1, f"{TRACE}.*", value, only=only),
        Row("observation_metadata", 1, OBSERVATION, value, only=only),
        Row("observation_metadata.*", 1, f"{OBSERVATION}.*", value, only=only),
        Row("observation_metadata", 2, "langfuse.metadata", value, only=only),
        Row("observation_metadata.*", 2, "langfuse.metadata.*", value, only=only),
    )


ROWS = (
    Row("root_rank", 1, "langfuse.internal.as_root", as_root),
    Row("root_rank", 2, "langfuse.internal.is_app_root", app_root),
    Row("session_id", 1, "langfuse.session.id", text),
    Row("session_id", 3, f"{OBSERVATION}.langfuse_session_id", text),
    Row("session_id", 3, f"{TRACE}.langfuse_session_id", text),
    Row("session_id", 3, "langfuse_session_id", text),
    Row("user_id", 1, "langfuse.user.id", text),
    Row("user_id", 3, f"{OBSERVATION}.langfuse_user_id", text),
    Row("user_id", 3, f"{TRACE}.langfuse_user_id", text),
    Row("user_id", 3, "langfuse_user_id", text),
    Row("tags", 1, "langfuse.trace.tags", words),
    Row("tags", 2, "langfuse.tags", words),
    Row("tags", 3, f"{OBSERVATION}.langfuse_tags", words),
    Row("tags", 3, f"{TRACE}.langfuse_tags", words),
    Row("tags", 3, "langfuse_tags", words),
    Row("trace_name", 1, "langfuse.trace.name", text),
    Row("trace_input", 1, "langfuse.trace.input", present),
    Row("trace_output", 1, "langfuse.trace.output", present),
    Row("public", 1, "langfuse.trace.public", flag),
    Row("public", 2, "langfuse.public", flag),
    Row("release", 1, "langfuse.release", text),
    Row("release", 2, "langfuse.release", text, resource=True),
    Row("version", 1, "langfuse.version", text),
    Row("environment", 1, "langfuse.environment", text),
    Row("environment", 2, "langfuse.environment", text, resource=True),
    *_metadata(encoded, json_metadata),
    *_metadata(quoted, plain_metadata),
    Row("type", 1, "langfuse.observation.type", observation_type),
    Row("level", 1, "langfuse.observation.level", level),
    Row("status_message", 1, "langfuse.observation.status_message", text),
    Row("model", 1, "langfuse.observation.model.name", text),
    Row("model_parameters", 1, "langfuse.observation.model.parameters", mapping),
    Row("input", 1, "langfuse.observation.input", present),
    Row("output", 1, "langfuse.observation.output", present),
    Row("completion_start_ns", 1, "langfuse.observation.completion_start_time", instant),
    Row("usage_details", 1, "langfuse.observation.usage_details", langfuse_usage),
    Row("cost_details", 1, "langfuse.observation.cost_details", langfuse_cost),
    Row("prompt_name", 1, "langfuse.observation.prompt.name", text),
    Row("prompt_name", 4, "langfuse.prompt.name", text),
    Row("prompt_version", 1, "langfuse.observation.prompt.version", text),
    Row("prompt_version", 4, "langfuse.prompt.version", text),
)

VOCABULARY = Vocabulary("Langfuse", ROWS)
