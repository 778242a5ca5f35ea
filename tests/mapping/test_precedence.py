"""The order of keys for a trace's fields (attributes.md, sections 2.1 to 2.4), and configured keys."""

from __future__ import annotations

import itertools

import pytest

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Event, Scope, Value

from .reading import claimed, read, tier

SESSION = [
    "langfuse.session.id",
    "session.id",
    "langfuse_session_id",
    "metadata.session_id",
    "gen_ai.conversation.id",
    "session_id",
]
USER = [
    "langfuse.user.id",
    "user.id",
    "enduser.id",
    "enduser.pseudo.id",
    "metadata.user_id",
    "gen_ai.user",
    "user_id",
    "user.name",
]


@pytest.mark.parametrize(("field", "keys"), [("session_id", SESSION), ("user_id", USER)])
def test_the_more_explicit_key_wins_whatever_the_order_on_the_span(field: str, keys: list[str]) -> None:
    for better, worse in itertools.combinations(keys, 2):
        for order in ((better, worse), (worse, better)):
            o = read({key: f"by {key}" for key in order})
            assert claimed(o)[field] == f"by {better}"


@pytest.mark.parametrize("empty", ["", "None", "null", " ", "[Scrubbed due to 'session']", "__REDACTED__", "{}", None])
def test_empty_and_redacted_ids_are_no_ids(empty: Value) -> None:
    assert claimed(read({"session.id": empty, "gen_ai.conversation.id": "c"}))["session_id"] == "c"


def test_ids_that_are_no_text_become_text() -> None:
    assert claimed(read({"session.id": 42, "user.id": ["a", 1]})) == {"session_id": "42", "user_id": '["a",1]'}


def test_ids_on_the_resource_come_last() -> None:
    o = read({"session_id": "bare"}, resource={"session.id": "r", "user.id": "host"})
    assert claimed(o) == {"session_id": "bare", "user_id": "host"}
    assert tier(o, "user_id") > tier(o, "session_id")


def test_environment_goes_by_key_then_span_before_resource() -> None:
    resource: dict[str, Value] = {"deployment.environment.name": "by resource"}
    assert claimed(read({"deployment.environment": "old key"}, resource=resource))["environment"] == "by resource"
    assert claimed(read({"deployment.environment.name": "span"}, resource=resource))["environment"] == "span"
    assert claimed(read({"langfuse.environment": "lf"}, resource=resource))["environment"] == "lf"


def test_service_attributes() -> None:
    o = read({}, resource={"service.name": "shop", "service.namespace": "eu", "service.version": "1.2"})
    assert claimed(o) == {"metadata.service.name": "shop", "metadata.service.namespace": "eu", "version": "1.2"}


@pytest.mark.parametrize(
    ("sent", "tags"),
    [
        (["a", "b"], ["a", "b"]),
        ('["a", "b"]', ["a", "b"]),
        ("a, b ,,", ["a", "b"]),
        ("one", ["one"]),
        (["a", 1, "", None], ["a", "1"]),
        ("", []),
        (5, []),
    ],
)
def test_tags_in_every_encoding(sent: Value, tags: list[str]) -> None:
    assert list(read({"tags": sent}).tags) == tags


@pytest.mark.parametrize(
    ("attributes", "metadata"),
    [
        ({"metadata.plan": "pro", "metadata.a.b": 1}, {"plan": "pro", "a.b": 1}),
        ({"metadata": '{"plan": "pro", "n": 1.5, "deep": {"x": [1]}}'}, {"plan": "pro", "n": 1.5, "deep": {"x": [1]}}),
        ({"metadata": {"plan": "pro", "blob": b"\x00"}}, {"plan": "pro", "blob": "AA=="}),
        ({"metadata": "just text"}, {"metadata": "just text"}),
        ({"metadata": "{'broken': 1}"}, {"metadata": "{'broken': 1}"}),
        ({"metadata.empty": "", "metadata": ""}, {}),
        ({"langfuse.trace.metadata.k": "explicit", "metadata.k": "plain"}, {"k": "explicit"}),
    ],
)
def test_metadata_in_every_encoding(attributes: dict[str, Value], metadata: dict[str, object]) -> None:
    found = claimed(read(attributes))
    assert {key.removeprefix("metadata."): value for key, value in found.items()} == metadata


def test_ids_inside_a_metadata_object_count_and_stay_metadata() -> None:
    o = read({"metadata": '{"session_id": "s", "user_id": "u", "thread_id": "t"}'})
    found = claimed(o)
    assert (found["session_id"], found["user_id"], found["metadata.session_id"]) == ("s", "u", "s")


METADATA = ["metadata", "langfuse.trace.metadata", "langfuse.observation.metadata", "langfuse.metadata"]
IDS = {"session_id": "session_id", "sessionId": "session_id", "user_id": "user_id", "userId": "user_id",
       "thread_id": "session_id", "conversationId": "session_id", "chat_id": "session_id"}  # fmt: skip


@pytest.mark.parametrize("scope", [Scope("tests"), Scope("langfuse-sdk", "3.15.0"), Scope("langfuse-sdk", "5.0.4")])
@pytest.mark.parametrize("key", IDS)
@pytest.mark.parametrize("metadata", METADATA)
def test_ids_inside_metadata_count_alike_however_it_is_sent(metadata: str, key: str, scope: Scope) -> None:
    field, encoded = IDS[key], scope.version.startswith("5") and metadata != "metadata"
    python: dict[str, Value] = {"telemetry.sdk.language": "python"}
    whole = read({metadata: f'{{"{key}": "S"}}'}, scope=scope, resource=python)
    single = read({f"{metadata}.{key}": '"S"' if encoded else "S"}, scope=scope, resource=python)
    assert claimed(whole)[field] == "S"
    assert (single.claims, single.metadata) == (whole.claims, whole.metadata)
    if metadata != "langfuse.trace.metadata":
        assert single.metadata == {key: "S"}
    if metadata in ("metadata", "langfuse.trace.metadata"):
        assert claimed(single)[f"metadata.{key}"] == "S"


def test_a_session_in_metadata_goes_before_a_conversation_and_a_thread_after_it() -> None:
    for metadata in METADATA:
        conversation: dict[str, Value] = {"gen_ai.conversation.id": "c"}
        assert claimed(read(conversation | {f"{metadata}.session_id": "s"}))["session_id"] == "s"
        assert claimed(read(conversation | {f"{metadata}.thread_id": "t"}))["session_id"] == "c"


def test_an_id_in_metadata_that_is_redacted_or_no_text() -> None:
    assert claimed(read({"metadata.session_id": "__REDACTED__", "gen_ai.conversation.id": "c"}))["session_id"] == "c"
    found = claimed(read({"metadata.session_id": 42}))
    assert (found["session_id"], found["metadata.session_id"]) == ("42", 42)


def test_configured_keys_go_before_all_others_in_the_order_given() -> None:
    mapper = Mapper({"session_id": ["app.conversation", "app.thread"], "tags": ["app.labels"]})
    o = read({"langfuse.session.id": "lf", "app.thread": "t", "app.labels": "x,y"}, mapper=mapper)
    assert (claimed(o)["session_id"], o.tags) == ("t", ["x", "y"])
    assert claimed(read({"app.thread": "t", "app.conversation": "c"}, mapper=mapper))["session_id"] == "c"


def test_configured_keys_are_looked_for_on_the_resource_too() -> None:
    mapper = Mapper({"session_id": ["pod"], "tags": ["team"]})
    resource: dict[str, Value] = {"pod": "p", "team": "red,blue"}
    o = read({"session.id": "s"}, resource=resource, mapper=mapper)
    assert (claimed(o)["session_id"], list(o.tags)) == ("p", ["red", "blue"])
    o = read({"pod": "own", "team": "green"}, resource=resource, mapper=mapper)
    assert (claimed(o)["session_id"], sorted(o.tags)) == ("own", ["blue", "green", "red"])
    assert list(read({"tags": "a"}, mapper=mapper).tags) == ["a"], "a resource says nothing for others"


@pytest.mark.parametrize("when", ["9999-12-31T00:00:00Z", "1969-12-31T00:00:00Z"])
def test_a_first_token_beyond_all_clocks_is_none(when: str) -> None:
    assert read({"langfuse.observation.completion_start_time": when}).completion_start_ns is None
    late = Event(2**64 - 1, "gen_ai.content.completion.chunk", {})
    assert read({}, events=[late]).completion_start_ns is None
