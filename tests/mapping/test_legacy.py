"""Events of Langfuse's ingestion API: what they say together arrives, through the real mapper, where it belongs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidetrace.mapping.legacy import ANOTHER_PARENT, SCOPE, Event, fold, heed, is_trace
from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.observation import Json, Observation
from sidetrace.proto.span import Attributes, Resource, Scope, Span

from .reading import claimed

AT_41, AT_42, AT_43 = (f"2026-11-18T08:26:{second}.500Z" for second in (41, 42, 43))
NS_41, NS_42, NS_43 = (1_794_990_401_500_000_000 + n * 10**9 for n in range(3))


def observation(*events: Event) -> Observation:
    return Mapper().map(fold("observation", "a trace", "an observation", events))


def trace(*events: Event) -> Observation:
    return Mapper().map(fold("trace", "a trace", "a trace", events))


def test_everything_that_events_say_about_an_observation() -> None:
    created: dict[str, Json] = {
        "id": "an observation",
        "traceId": "a trace",
        "parentObservationId": "its parent",
        "name": "call",
        "startTime": AT_41,
        "completionStartTime": AT_42,
        "model": "gpt-4o-mini",
        "modelParameters": {"temperature": 0.2, "stop": ["x"], "stream": True},
        "input": [{"role": "user", "content": "hi"}],
        "metadata": {"step": 4, "ratio": 0.5, "dry": True, "list": [1, "a"], "text": '{"not": "opened"}'},
        "promptName": "greet",
        "promptVersion": 3,
        "version": "v7",
        "environment": "staging",
    }
    updated: dict[str, Json] = {
        "endTime": AT_43,
        "output": "hello",
        "level": "WARNING",
        "statusMessage": "careful",
        "usageDetails": {"input": 32, "input_cached_tokens": 10, "output": 17},
        "costDetails": {"input": 0.001, "output": 0.002},
    }
    o = observation((2, "e2", "generation-update", updated), (1, "e1", "generation-create", created))

    assert (o.span.trace_id, o.span.span_id, o.span.parent_span_id) == ("a trace", "an observation", "its parent")
    assert (o.type, o.name, o.level, o.status_message) == ("GENERATION", "call", "WARNING", "careful")
    assert (o.start_ns, o.completion_start_ns, o.end_ns) == (NS_41, NS_42, NS_43)
    assert (o.model, o.model_parameters) == ("gpt-4o-mini", {"temperature": 0.2, "stop": ["x"], "stream": True})
    assert payloads(o) == ('[{"role":"user","content":"hi"}]', "hello")
    assert o.metadata == created["metadata"]
    assert (o.input_tokens, o.output_tokens, o.total_tokens) == (42, 17, 59)
    assert (o.cost, o.cost_details) == (3_000_000, {"input": 1_000_000, "output": 2_000_000})
    assert (o.prompt_name, o.prompt_version) == ("greet", "3")
    assert (o.version, o.environment) == ("v7", "staging")
    assert (o.span.scope.name, is_trace(o.span), list(o.problems)) == (SCOPE, False, [])


def test_everything_that_events_say_about_a_trace() -> None:
    o = trace(
        (
            7,
            "e1",
            "trace-create",
            {
                "id": "a trace",
                "timestamp": AT_41,
                "name": "chat",
                "userId": "u",
                "sessionId": "s",
                "tags": ["beta", "weather"],
                "public": True,
                "input": {"q": "hi"},
                "output": "yo",
                "metadata": {"plan": "pro", "size": 3},
                "release": "r1",
                "version": "v1",
                "environment": "staging",
            },
        ),
        (9, "e2", "trace-create", {"timestamp": AT_43, "output": "bye"}),
    )
    assert claimed(o) == {
        "name": "chat",
        "user_id": "u",
        "session_id": "s",
        "public": True,
        "input": "langfuse.trace.input",
        "output": "langfuse.trace.output",
        "metadata.plan": "pro",
        "metadata.size": 3,
        "release": "r1",
        "version": "v1",
        "environment": "staging",
    }
    assert (o.span.attributes["langfuse.trace.input"], o.span.attributes["langfuse.trace.output"]) == (
        '{"q":"hi"}',
        "bye",
    )
    assert o.tags == ["beta", "weather"]
    assert (o.start_ns, o.end_ns, o.span.parent_span_id, o.span.span_id) == (NS_41, NS_41, "", "t-a trace")
    assert is_trace(o.span)
    assert not o.metadata
    assert not o.problems


def payloads(o: Observation) -> tuple[Any, Any]:
    attributes = o.span.attributes
    return attributes[o.input_key or ""], attributes[o.output_key or ""]


@pytest.mark.parametrize(
    ("body", "kinds", "cost"),
    [
        (
            {"usage": {"input": 3, "output": 4, "total": 7, "unit": "TOKENS"}},
            {"input": 3, "output": 4, "total": 7},
            None,
        ),
        ({"usage": {"input": 3, "output": None, "totalCost": 0.5}}, {"input": 3}, 500_000_000),
        ({"usage": {"inputCost": 0.1, "outputCost": 0.2}}, {}, 300_000_000),
        (
            {"usage": {"promptTokens": 3, "completionTokens": 4, "totalTokens": 7}},
            {"input": 3, "output": 4, "total": 7},
            None,
        ),
        ({"usage": {"input": 1}, "usageDetails": {"input": 2}}, {"input": 2}, None),
        ({"usage": {"totalCost": 1}, "costDetails": {"total": 2}}, {}, 2_000_000_000),
        (
            {
                "usageDetails": {
                    "prompt_tokens": 10,
                    "completion_tokens": 5,
                    "total_tokens": 15,
                    "prompt_tokens_details": {"cached_tokens": 4},
                }
            },
            {"input": 6, "input_cached_tokens": 4, "output": 5, "total": 15},
            None,
        ),
        (
            {
                "usageDetails": {
                    "input_tokens": 10,
                    "output_tokens": 5,
                    "total_tokens": 15,
                    "output_tokens_details": {"reasoning_tokens": 2},
                }
            },
            {"input": 10, "output": 3, "output_reasoning_tokens": 2, "total": 15},
            None,
        ),
    ],
)
def test_usage_in_all_its_shapes(body: dict[str, Json], kinds: dict[str, int], cost: int | None) -> None:
    o = observation((1, "e", "generation-create", body))
    assert (dict(o.usage_details), o.cost) == (kinds, cost)


@pytest.mark.parametrize(
    ("type", "body", "expected"),
    [
        ("span-create", {}, "SPAN"),
        ("event-create", {}, "EVENT"),
        ("agent-create", {}, "AGENT"),
        ("guardrail-update", {}, "GUARDRAIL"),
        ("observation-create", {"type": "TOOL"}, "TOOL"),
        ("observation-update", {}, "SPAN"),
    ],
)
def test_the_type_is_the_events_or_its_bodys(type: str, body: dict[str, Json], expected: str) -> None:
    assert observation((1, "e", type, body)).type == expected


def test_the_later_event_goes_before_and_a_create_before_an_update_of_the_same_time() -> None:
    o = observation(
        (1, "b", "span-create", {"name": "created", "version": "1"}),
        (1, "a", "span-update", {"name": "updated", "version": None, "metadata": None}),
        (0, "c", "span-update", {"name": "early", "version": "0", "level": "ERROR"}),
    )
    assert (o.name, o.version, o.level) == ("updated", "1", "ERROR")


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_nothing_never_overwrites(empty: Json) -> None:
    o = observation(
        (1, "a", "span-create", {"name": "n", "input": "i", "metadata": {"k": 1}}),
        (2, "b", "span-update", {"name": empty, "input": empty, "metadata": empty, "output": 0}),
    )
    assert (o.name, payloads(o), o.metadata) == ("n", ("i", "0"), {"k": 1})


def test_metadata_merges_at_every_depth() -> None:
    o = observation(
        (1, "a", "span-create", {"metadata": {"deep": {"a": 1, "b": {"c": 2}}, "list": [1]}}),
        (2, "b", "span-update", {"metadata": {"deep": {"b": {"d": 3, "c": None}, "e": 4}, "list": [2]}}),
        (3, "c", "span-update", {"metadata": "a text"}),
    )
    assert o.metadata == {
        "deep": {"a": 1, "b": {"c": 2, "d": 3}, "e": 4},
        "list": [2],
        "metadata": "a text",
    }


@pytest.mark.parametrize("whole", ["a text", ["a", "list"], 7, True])
def test_metadata_that_is_no_object_is_kept(whole: Json) -> None:
    assert observation((1, "a", "span-create", {"metadata": whole})).metadata == {"metadata": whole}
    assert claimed(trace((1, "a", "trace-create", {"metadata": whole}))) == {"metadata.metadata": whole}


def test_tags_unite() -> None:
    told: tuple[Json, ...] = (["b", "a"], None, ["a", "c"])
    assert trace(*((n, "e", "trace-create", {"tags": tags}) for n, tags in enumerate(told))).tags == ["b", "a", "c"]


def test_times_that_no_body_says_are_the_events_own() -> None:
    o = observation((NS_42, "a", "span-update", {"name": "x"}), (NS_41, "b", "span-update", {}))
    assert (o.start_ns, o.end_ns) == (NS_41, NS_41)
    o = observation((NS_43, "a", "span-create", {"startTime": AT_41}))
    assert (o.start_ns, o.end_ns) == (NS_41, NS_41)
    t = trace((NS_42, "a", "trace-create", {"name": "x"}), (NS_43, "b", "trace-create", {"timestamp": AT_41}))
    assert t.start_ns == NS_41
    assert trace((NS_42, "a", "trace-create", {}), (NS_43, "b", "trace-create", {})).start_ns == NS_42


TELEMETRY = Span(
    trace_id="t", span_id="o", parent_span_id="p", name="theirs", kind=1, start_ns=NS_41, end_ns=NS_42,
    attributes={}, resource=Resource({}), scope=Scope("langfuse-sdk", "5.0.4"), events=[], links=[],
)  # fmt: skip


def heeded(attributes: Attributes, body: dict[str, Json], type: str = "span-update") -> Observation:
    return heed(Mapper(), replace(TELEMETRY, attributes=attributes), [(1, "e", type, body)])


@pytest.mark.parametrize(
    ("theirs", "type", "expected"),
    [
        ("agent", "span-update", "AGENT"),
        ("agent", "generation-update", "GENERATION"),
        ("span", "tool-create", "TOOL"),
        ("span", "span-create", "SPAN"),
    ],
)
def test_telemetry_keeps_its_type_where_events_know_no_better(theirs: str, type: str, expected: str) -> None:
    assert heeded({"langfuse.observation.type": theirs}, {}, type).type == expected


def test_what_is_heeded_leaves_the_span_as_it_came() -> None:
    attributes: Attributes = {"langfuse.observation.output": "theirs", "session.id": "s"}
    o = heeded(
        attributes, {"output": "told", "startTime": AT_42, "endTime": AT_43, "metadata": {"langfuse_user_id": "u"}}
    )
    assert o.span == replace(TELEMETRY, attributes=attributes)
    assert (o.output_made, o.output_key, o.name, o.start_ns, o.end_ns) == ("told", None, "theirs", NS_42, NS_43)
    assert claimed(o) == {"session_id": "s", "user_id": "u"}


def test_only_another_parent_is_a_contradiction() -> None:
    assert not heeded({}, {"parentObservationId": "p", "output": "x"}).problems
    ((kind, detail),) = heeded({}, {"parentObservationId": "q"}).problems
    assert (kind, detail) == (ANOTHER_PARENT, "o of trace t: q, and telemetry says p")


bodies = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["x", "y", "", None]),
        "metadata": st.sampled_from([{"a": 1}, {"a": {"b": 2}}, "text", None]),
        "tags": st.lists(st.sampled_from("abc"), max_size=2),
        "usage": st.sampled_from([{"input": 1}, {"output": 2}]),
        "timestamp": st.sampled_from([AT_41, AT_42]),
        "startTime": st.sampled_from([AT_41, AT_42]),
    },
)
events = st.tuples(
    st.integers(1, 3), st.sampled_from("pq"), st.sampled_from(["span-create", "span-update", "event-create"]), bodies
)


@given(st.lists(events, min_size=1, max_size=5), st.sampled_from(["trace", "observation"]), st.data())
def test_the_order_of_arrival_says_nothing(told: list[Any], kind: str, data: st.DataObject) -> None:
    assert fold(kind, "t", "o", data.draw(st.permutations(told))) == fold(kind, "t", "o", told)
