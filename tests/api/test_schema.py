"""Every operation of the OpenAPI document on a real server, with data that fits the document and data that does not.

schemathesis makes the calls and holds the answers to the document: no 5xx, no status, content type or shape that is not
in it, 4xx for what does not fit, 405 for methods that are not there. Deterministic: a failure comes again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.config import SchemathesisConfig

from sidetrace.api.openapi import DOCUMENT_PATH, document

from ..running import Running, running

EXAMPLES = 20
"""Random calls of an operation, beside those that go through the bounds of its parameters one by one."""

KEYED_EXAMPLES = 5

USUAL: dict[str, Any] = {
    "seed": 1,
    "generation": {"mode": "all", "max-examples": EXAMPLES, "deterministic": True, "database": "none"},
    "checks": {"negative_data_rejection": {"expected-statuses": ["207", "4xx"]}},  # 207: only some items were kept
}
FEW = USUAL | {
    "generation": USUAL["generation"] | {"max-examples": KEYED_EXAMPLES},
    "phases": {"coverage": {"enabled": False}},
}
SCHEMA, KEYED = (
    schemathesis.openapi.from_dict(document(), config=SchemathesisConfig.from_dict(config)) for config in (USUAL, FEW)
)

POSITIVE, NEGATIVE, *METHODS = CHECKS.get_by_names(
    ["positive_data_acceptance", "negative_data_rejection", "unsupported_method", "allow_header_conformance"]
)

TRACES = [UUID(int=number).hex for number in range(1, 4)]
SESSION, USER, SCORE = "a session/with a slash", "ada", "score-1"
KNOWN = {
    "/traces/{id}": TRACES[0],
    "/observations/{id}": f"{1:016x}",
    "/sessions/{id}": SESSION,
    "/users/{id}": USER,
    "/scores/{id}": SCORE,
}
"""Ids that there are, by the end of the path that takes them."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a server that has a bit of everything; it must not complain."""
    with running(tmp_path_factory.mktemp("schema") / "sidetrace.db") as server:
        server.ask("/v1/traces", spans())
        for number, (value, kind) in enumerate({0.9: "NUMERIC", "good": "CATEGORICAL", 1: "BOOLEAN"}.items()):
            score = {"id": f"score-{number}", "name": kind.lower(), "value": value, "dataType": kind}
            server.ask("/api/public/scores", score | {"traceId": TRACES[number]})
        server.ask("/api/public/scores", {"id": "score-3", "name": "csat", "value": 4, "sessionId": SESSION})
        yield server


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a server that wants keys."""
    folder = tmp_path_factory.mktemp("keyed")
    config = folder / "config.yaml"
    config.write_text("projects: {shop: {public_key: pk, secret_key: sk, bearer_token: token}}\n", encoding="utf-8")
    with running(folder / "sidetrace.db", "--config", str(config)) as server:
        yield server


def spans() -> dict[str, Any]:
    """Return three traces of a session, of a root and a generation each."""
    sent = []
    for number, trace in enumerate(TRACES):
        whose = {"session.id": SESSION, "user.id": USER, "tag.tags": "beta", "langfuse.trace.metadata.n": "1"}
        model = {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": "12", "input.value": "?"}
        start = 1_790_000_000_000_000_000 + number * 10**10
        for child, attributes in enumerate((whose, model)):
            span = {
                "traceId": trace,
                "spanId": f"{2 * number + child + 1:016x}",
                "name": f"step {child}",
                "startTimeUnixNano": str(start + child),
                "endTimeUnixNano": str(start + 10**9),
                "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
                "status": {"code": 2 * child, "message": ""},
            }
            sent.append(span | ({"parentSpanId": f"{2 * number + 1:016x}"} if child else {}))
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {}, "spans": sent}]}]}


def test_the_server_gives_the_same_document(server: Running) -> None:
    assert server.ask(DOCUMENT_PATH) == document()


@SCHEMA.parametrize()
def test_every_operation_answers_as_described(case: schemathesis.Case[Any], server: Running) -> None:
    check(case, server)
    known = next((name for path, name in KNOWN.items() if path in case.path), None)
    if known is not None and case.method == "GET" and case.meta is not None and case.meta.generation.mode.is_positive:
        case.path_parameters["id"] = known
        assert check(case, server) == 200


@KEYED.parametrize()
def test_every_operation_wants_a_key_where_projects_have_some(case: schemathesis.Case[Any], keyed: Running) -> None:
    for key in ("Basic cGs6c2s=", "Bearer token"):
        assert check(case, keyed, {"Authorization": key}) != 401
    for key in ("Basic cGs6b3RoZXI=", "Bearer other", "sk"):
        refused = check(case, keyed, {"Authorization": key}) == 401
        assert refused == ("security" in case.operation.definition.raw)


def check(case: schemathesis.Case[Any], server: Running, headers: dict[str, str] | None = None) -> int:
    """Call, check the answer for all but what the document cannot say, and return its status."""
    response = case.call(base_url=server.url, headers=headers)
    without: list[Any] = [POSITIVE]  # a filter, a cursor or a statement is text, and not every text is one
    sent = parse_qsl(urlsplit(response.request.url or "").query, keep_blank_values=True)
    if not all(value for _, value in sent):
        without.append(NEGATIVE)  # an empty parameter is its default, whatever it is
    if case.path.endswith(("}/tree", "}/share", "}/messages")):
        without.extend(METHODS)  # `/api/sessions/x/tree` is also the session `x/tree`, since ids may have slashes
    case.validate_response(response, excluded_checks=without)
    return response.status_code
