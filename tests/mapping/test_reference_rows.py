"""Every row of the reference's orders for session, user, tags and metadata (attributes.md, sections 2.1 to 2.4)."""

from __future__ import annotations

import itertools
import json
from typing import NamedTuple

import pytest

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Scope, Value

from .reading import claimed, read


class Key(NamedTuple):
    """A way to say a field: the place of the reference's list, the attribute, and how a value stands in it."""

    place: int
    name: str
    inside: str = ""
    """The name inside of JSON text, where the attribute holds an object."""
    scope: str = "tests"
    resource: bool = False

    def attributes(self, value: str) -> dict[str, Value]:
        return {self.name: json.dumps({self.inside: value}) if self.inside else value}


THREADS = ("thread_id", "threadId", "conversation_id", "conversationId", "chat_id", "chatId")
PREFIXES = ("traceloop.association.properties", "ai.telemetry.metadata", "ai.settings.context", "langsmith.metadata")
OBJECTS = ("metadata", "braintrust.metadata", "langfuse.trace.metadata")

SESSION = [
    Key(1, "langfuse.session.id"),
    Key(2, "session.id"),
    Key(3, "langfuse.observation.metadata.langfuse_session_id"),
    Key(3, "langfuse.trace.metadata.langfuse_session_id"),
    Key(3, "langfuse_session_id"),
    *(Key(4, f"traceloop.association.properties.{name}") for name in ("session_id", "sessionId")),
    Key(4, "lmnr.association.properties.session_id"),
    *(Key(4, f"ai.telemetry.metadata.{name}") for name in ("sessionId", "session_id", "langfuseSessionId")),
    *(Key(4, f"ai.settings.context.{name}") for name in ("sessionId", "session_id")),
    *(Key(4, f"langsmith.metadata.{name}") for name in ("session_id", "sessionId")),
    Key(4, "mlflow.trace.session"),
    *(Key(4, name, inside) for name in OBJECTS for inside in ("session_id", "sessionId")),
    Key(5, "gen_ai.conversation.id"),
    Key(6, "gcp.vertex.agent.session_id"),
    Key(6, "spring.ai.chat.client.conversation.id"),
    Key(6, "genkit:sessionId"),
    Key(6, "wandb.thread_id"),
    *(Key(7, f"{prefix}.{name}") for prefix in PREFIXES for name in THREADS),
    *(Key(7, name, inside) for name in OBJECTS for inside in THREADS),
    Key(7, "thread_id"),
    Key(7, "group_id", scope="logfire.openai_agents"),
    Key(7, "genkit:threadName"),
    *(Key(8, name) for name in ("session_id", "sessionId", "conversation_id", "conversationId", "chat_id")),
    Key(9, "session.id", resource=True),
]

USER = [
    Key(1, "langfuse.user.id"),
    Key(2, "user.id"),
    *(Key(3, f"langfuse.{place}.metadata.langfuse_user_id") for place in ("observation", "trace")),
    Key(3, "langfuse_user_id"),
    Key(4, "enduser.id"),
    Key(5, "enduser.pseudo.id"),
    *(Key(6, f"traceloop.association.properties.{name}") for name in ("user_id", "userId", "customer_id")),
    Key(7, "lmnr.association.properties.user_id"),
    *(Key(8, f"ai.telemetry.metadata.{name}") for name in ("userId", "user_id", "langfuseUserId")),
    *(Key(9, f"ai.settings.context.{name}") for name in ("userId", "user_id")),
    *(Key(10, f"langsmith.metadata.{name}") for name in ("user_id", "userId")),
    Key(11, "mlflow.trace.user"),
    *(Key(12, name, inside) for name in ("metadata", "braintrust.metadata") for inside in ("user_id", "userId")),
    Key(13, "litellm.end_user.id"),
    Key(13, "metadata.user_api_key_end_user_id", scope="litellm"),
    *(Key(14, name) for name in ("gen_ai.user", "gen_ai.request.user", "llm.user")),
    Key(15, "lk.pii.participant_identity"),
    *(Key(16, name) for name in ("user_id", "userId")),
    *(Key(17, name) for name in ("user.name", "user.email", "user.hash")),
]

NEVER = [
    "langsmith.trace.session_id", "langsmith.trace.session_name", "mcp.session.id", "anthropic.session.id",
    "litellm.trace_id", "gen_ai.agent.call.id", "gen_ai.response.id", "gen_ai.request.previous_response.id",
    "service.instance.id",
]  # fmt: skip
MAPPER = Mapper()


def said(field: str, *keys: Key) -> str | None:
    """Return what a span says that carries these keys, each with its own name for a value."""
    sent: dict[str, Value] = {}
    resource: dict[str, Value] = {}
    for key in keys:
        (resource if key.resource else sent).update(key.attributes(f"by {key}"))
    scope = next((key.scope for key in keys if key.scope != "tests"), "tests")
    found = claimed(read(sent, resource=resource, scope=Scope(scope), mapper=MAPPER)).get(field)
    return found if found is None else str(found)


ROWS = [*(("session_id", key) for key in SESSION), *(("user_id", key) for key in USER)]


@pytest.mark.parametrize(("field", "key"), ROWS, ids=lambda value: value.name if isinstance(value, Key) else value)
def test_a_row_alone_names_the_field(field: str, key: Key) -> None:
    assert said(field, key) == f"by {key}"


@pytest.mark.parametrize(("field", "keys"), [("session_id", SESSION), ("user_id", USER)])
def test_of_two_rows_the_more_explicit_one_wins_whatever_their_order_on_the_span(field: str, keys: list[Key]) -> None:
    for better, worse in itertools.combinations(keys, 2):
        if better.place < worse.place and (better.name != worse.name or better.resource != worse.resource):
            assert said(field, better, worse) == f"by {better}", (better, worse)
            assert said(field, worse, better) == f"by {better}", (better, worse)


@pytest.mark.parametrize("key", NEVER)
def test_what_only_looks_like_a_session_is_none(key: str) -> None:
    for scope in ("tests", "langsmith", "litellm", "mcp", "openinference.instrumentation.openai"):
        assert "session_id" not in claimed(read({key: "x"}, scope=Scope(scope), resource={key: "x"}, mapper=MAPPER))


TAGS: list[tuple[str, Value, str]] = [
    ("langfuse.trace.tags", ["a", "b"], "tests"),
    ("langfuse.trace.tags", '["a", "b"]', "tests"),
    ("langfuse.trace.tags", "a, b", "tests"),
    ("langfuse.tags", ["a", "b"], "tests"),
    ("langfuse.observation.metadata.langfuse_tags", ["a", "b"], "tests"),
    ("langfuse.trace.metadata.langfuse_tags", ["a", "b"], "tests"),
    ("langfuse_tags", "a,b", "tests"),
    ("tag.tags", ["a", "b"], "tests"),
    ("ai.telemetry.metadata.tags", ["a", "b"], "ai"),
    ("ai.settings.context.tags", ["a", "b"], "gen_ai"),
    ("lmnr.association.properties.tags", ["a", "b"], "tests"),
    ("langsmith.span.tags", "a, b", "langsmith"),
    ("logfire.tags", ["a", "LLM", "b"], "logfire"),
    ("opik.tags", ["a", "b"], "tests"),
    ("opik.tags", '["a", "b"]', "tests"),
    ("braintrust.tags", ["a", "b"], "tests"),
    ("traceloop.association.properties.tags", "a,b", "tests"),
    ("traceloop.association.properties.tags", '["a", "b"]', "tests"),
    ("tags", "a,b", "tests"),
]


@pytest.mark.parametrize(("key", "value", "scope"), TAGS)
def test_tags_of_every_row_in_every_encoding(key: str, value: Value, scope: str) -> None:
    assert list(read({key: value}, scope=Scope(scope), mapper=MAPPER).tags) == ["a", "b"]


def test_tags_of_all_rows_are_united() -> None:
    keys = list(dict.fromkeys(key for key, _, scope in TAGS if scope == "tests"))
    found = read({key: [key] for key in keys}, mapper=MAPPER).tags
    assert sorted(found) == sorted(keys)


METADATA: list[tuple[str, Value, dict[str, object], str]] = [
    ("langfuse.trace.metadata", '{"plan": "pro", "n": 1}', {"plan": "pro", "n": 1}, "tests"),
    ("langfuse.trace.metadata.plan", "pro", {"plan": "pro"}, "tests"),
    ("langfuse.trace.metadata.a.b", True, {"a.b": True}, "tests"),
    ("metadata", '{"plan": "pro", "deep": {"x": [1]}}', {"plan": "pro", "deep": {"x": [1]}}, "tests"),
    ("metadata", "plain text", {"metadata": "plain text"}, "tests"),
    ("metadata", {"plan": "pro"}, {"plan": "pro"}, "tests"),
    ("traceloop.association.properties.plan", "pro", {"plan": "pro"}, "tests"),
    ("traceloop.association.properties.n", 3, {"n": 3}, "tests"),
    ("ai.telemetry.metadata.plan", "pro", {"plan": "pro"}, "ai"),
    ("ai.telemetry.metadata.n", 3, {"n": 3}, "ai"),
    ("ai.settings.context.nested.a", 1, {"nested.a": 1}, "gen_ai"),
    ("lmnr.association.properties.metadata.n", 1, {"n": 1}, "tests"),
    ("langsmith.metadata.plan", "pro", {"plan": "pro"}, "langsmith"),
    ("langsmith.metadata.o", '{"a": 1}', {"o": {"a": 1}}, "langsmith"),
    ("braintrust.metadata", '{"plan": "pro"}', {"plan": "pro"}, "tests"),
    ("braintrust.metadata.plan", "pro", {"plan": "pro"}, "tests"),
    ("opik.metadata", '{"plan": "pro"}', {"plan": "pro"}, "tests"),
    ("opik.metadata.plan", "pro", {"plan": "pro"}, "tests"),
    ("mlflow.traceTag.plan", "pro", {"plan": "pro"}, "tests"),
    ("litellm.metadata.plan", "pro", {"plan": "pro"}, "tests"),
    ("metadata.plan", "pro", {"plan": "pro"}, "tests"),
]


@pytest.mark.parametrize(("key", "value", "metadata", "scope"), METADATA)
def test_metadata_of_every_row(key: str, value: Value, metadata: dict[str, object], scope: str) -> None:
    found = claimed(read({key: value}, scope=Scope(scope), mapper=MAPPER))
    assert {name.removeprefix("metadata."): held for name, held in found.items()} == metadata


def test_the_more_explicit_metadata_wins_key_by_key() -> None:
    order = [
        "langfuse.trace.metadata.k", "metadata.k", "traceloop.association.properties.k", "ai.telemetry.metadata.k",
        "lmnr.association.properties.metadata.k", "langsmith.metadata.k", "braintrust.metadata.k", "opik.metadata.k",
        "mlflow.traceTag.k", "litellm.metadata.k",
    ]  # fmt: skip
    for better, worse in itertools.combinations(order, 2):
        for pair in ((better, worse), (worse, better)):
            assert claimed(read({key: key for key in pair}, mapper=MAPPER))["metadata.k"] == better


@pytest.mark.parametrize(
    "key", ["langgraph_step", "ls_provider", "lc_agent", "checkpoint_ns", "LANGSMITH_PROJECT", "langfusePrompt"]
)
def test_bookkeeping_of_frameworks_is_no_metadata(key: str) -> None:
    found = read({"metadata": json.dumps({key: "x", "plan": "pro"})}, mapper=MAPPER)
    assert claimed(found) == {"metadata.plan": "pro"}
