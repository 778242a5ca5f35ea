"""Events of Langfuse's ingestion API: what is stored of them, and that a bad one costs itself alone and is named."""

from __future__ import annotations

from typing import Any

import pytest

from sidetrace.api.checks import LARGEST_LENIENT, loads
from sidetrace.errors import UndecodableBody

from .conftest import Api, part
from .writing import accept, event, ingest, send

INGESTION = "/api/public/ingestion"
ID = 'an id\n/ "of" 800 \U0001f600 characters'.ljust(800, "x")
AT_42, AT_43 = "2026-11-18T08:26:42.500Z", "2026-11-18T08:26:43.500Z"


async def test_a_trace_and_its_observation_are_read_back_as_they_were_told(api: Api) -> None:
    told = {
        "name": "chat",
        "userId": "u",
        "sessionId": "s",
        "tags": ["beta"],
        "metadata": {"plan": "pro", "size": 3, "text": '{"a": 1}'},
        "public": True,
        "release": "r1",
        "version": "v1",
        "environment": "staging",
        "input": {"q": "hi"},
    }
    generation = {
        "id": "g",
        "traceId": ID,
        "name": "call",
        "startTime": "2026-11-18T08:26:41.500Z",
        "endTime": AT_43,
        "completionStartTime": AT_42,
        "model": "my-model",
        "modelParameters": {"temperature": 0.2, "stream": True},
        "input": [{"role": "user", "content": "hi"}],
        "output": "hello",
        "usage": {"input": 3, "output": 4, "total": 7, "unit": "TOKENS", "totalCost": 0.5},
        "level": "WARNING",
        "statusMessage": "careful",
        "promptName": "greet",
        "promptVersion": 3,
        "metadata": {"step": 4, "deep": {"er": [1, None, "a"]}},
        "environment": "staging",
    }
    await accept(
        api,
        event("trace-create", {"id": ID, **told}, "1"),
        event("generation-create", generation, "2"),
        event("trace-create", {"id": ID, "output": "bye", "tags": ["alpha"], "metadata": {"more": 1}}, "3", AT_42),
        event("sdk-log", {"log": {"anything": 1}}, "4"),
    )

    trace = await api.get(f"/api/public/traces/{part(ID)}")
    same: tuple[str, ...] = ("name", "userId", "sessionId", "public", "release", "version", "environment", "input")
    assert {name: trace[name] for name in same} == {name: told[name] for name in same}
    assert (trace["output"], trace["tags"]) == ("bye", ["alpha", "beta"])
    assert trace["metadata"] == {"plan": "pro", "size": 3, "text": '{"a": 1}', "more": 1}
    assert (trace["timestamp"], trace["latency"]) == ("2026-11-18T08:26:41.500Z", 2)
    assert (trace["totalTokens"], trace["totalCost"]) == (7, 0.5)

    call = await api.get("/api/public/observations/g")
    same = (
        "traceId", "name", "startTime", "endTime", "completionStartTime", "model", "modelParameters", "input", "output",
        "level", "statusMessage", "promptName", "promptVersion", "metadata", "environment",
    )  # fmt: skip
    assert {name: call[name] for name in same} == {name: generation[name] for name in same}
    assert (call["type"], call["usageDetails"], call["costDetails"]) == (
        "GENERATION",
        {"input": 3, "output": 4, "total": 7},
        {"total": 0.5},
    )
    assert (call["latency"], call["timeToFirstToken"]) == (2, 1)
    assert await api.ids("/api/public/sessions") == ["s"]


@pytest.mark.parametrize(
    "type",
    ["span", "generation", "event", "agent", "tool", "chain", "retriever", "evaluator", "embedding", "guardrail"],
)
async def test_every_type_of_observation_has_its_events(api: Api, type: str) -> None:
    about = {"id": "o", "traceId": "t"}
    await accept(
        api,
        event(f"{type}-create", {**about, "name": "x"}, "1"),
        event(f"{type}-update", {**about, "output": "y"}, "2"),
        event("observation-create", {"id": "p", "traceId": "t", "type": type.upper(), "parentObservationId": "o"}, "3"),
    )
    first, second = [await api.get(f"/api/public/observations/{id}") for id in "op"]
    assert (first["type"], first["name"], first["output"]) == (type.upper(), "x", "y")
    assert (second["type"], second["parentObservationId"]) == (type.upper(), "o")


async def test_ids_that_are_missing_are_the_same_for_the_same_event(api: Api) -> None:
    events = [
        event("trace-create", {"name": "a trace"}, "1"),
        event("span-create", {"name": "no ids"}, "2"),
        event("generation-create", {"id": "g", "name": "no trace"}, "3"),
        event("generation-update", {"id": "g", "output": "found"}, "4"),
    ]
    await accept(api, *events)
    await accept(api, *reversed(events))
    traces = (await api.get("/api/public/traces"))["data"]
    assert sorted(trace["name"] for trace in traces) == ["a trace", "no ids", "no trace"]
    assert (await api.get("/api/public/observations/g"))["output"] == "found"


async def test_an_update_without_its_trace_waits_for_its_create(api: Api) -> None:
    await accept(api, event("span-update", {"id": "o", "output": "late"}, "1", AT_43))
    assert (await api.get("/api/public/traces"))["data"] == []
    await accept(api, event("span-create", {"id": "o", "traceId": "t", "name": "n"}, "2"))
    found = await api.get("/api/public/observations/o")
    assert (found["traceId"], found["name"], found["output"]) == ("t", "n", "late")


async def test_what_json_does_not_hold_is_kept_as_text(api: Api) -> None:
    odd = {"nan": float("nan"), "big": 2**64 + 1, "list": [float("inf"), -(2**63)], "nul": "a\0b"}
    await accept(api, event("span-create", {"id": "o", "traceId": "t", "input": odd, "metadata": odd}))
    expected = {"nan": "NaN", "big": "18446744073709551617", "list": ["Infinity", -(2**63)], "nul": "a\0b"}
    found = await api.get("/api/public/observations/o")
    assert found["input"] == expected
    assert found["metadata"] == expected


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


SPAN = ("span-create", {"id": "o", "traceId": "t"})
TRACE = ("trace-create", {"id": "t"})
BAD: list[tuple[str, tuple[str, dict[str, Any]], dict[str, Any]]] = [
    ("id", SPAN, {"id": "x" * 801}),
    ("id", SPAN, {"id": "a\rb"}),
    ("id", SPAN, {"id": "a\0b"}),
    ("id", SPAN, {"id": 7}),
    ("id", SPAN, {"id": "t-t"}),
    ("id", ("span-update", {"traceId": "t"}), {}),
    ("traceId", SPAN, {"traceId": "\ud800"}),
    ("parentObservationId", SPAN, {"parentObservationId": ["p"]}),
    ("name", SPAN, {"name": 7}),
    ("name", SPAN, {"name": "a\0b"}),
    ("startTime", SPAN, {"startTime": "yesterday"}),
    ("endTime", SPAN, {"endTime": 1790000000}),
    ("completionStartTime", SPAN, {"completionStartTime": "1969-01-01T00:00:00Z"}),
    ("level", SPAN, {"level": "FATAL"}),
    ("statusMessage", SPAN, {"statusMessage": {}}),
    ("model", SPAN, {"model": 4}),
    ("modelParameters", SPAN, {"modelParameters": [1]}),
    ("usage", SPAN, {"usage": 7}),
    ("usage", SPAN, {"usage": {"input": "many"}}),
    ("usage", SPAN, {"usage": {"totalCost": -1}}),
    ("usageDetails", SPAN, {"usageDetails": {"input": 1.5}}),
    ("usageDetails", SPAN, {"usageDetails": {"input": 2**63}}),
    ("usageDetails", SPAN, {"usageDetails": {"prompt_tokens_details": {"cached_tokens": -1}}}),
    ("costDetails", SPAN, {"costDetails": {"total": float("nan")}}),
    ("costDetails", SPAN, {"costDetails": {"total": "much"}}),
    ("costDetails", SPAN, {"costDetails": {"total": 1e9}}),
    ("promptVersion", SPAN, {"promptVersion": "three"}),
    ("promptVersion", SPAN, {"promptVersion": 2**63}),
    ("promptVersion", SPAN, {"promptVersion": True}),
    ("environment", SPAN, {"environment": "Production"}),
    ("input", SPAN, {"input": {"a": "\ud83d"}}),
    ("output", SPAN, {"output": {"\ud83d": 1}}),
    ("metadata", SPAN, {"metadata": nested(129)}),
    ("usageDetails", SPAN, {"usageDetails": {"a": nested(500)}}),
    ("type", ("observation-create", {"id": "o", "traceId": "t"}), {}),
    ("type", ("observation-create", {"id": "o", "traceId": "t"}), {"type": "generation"}),
    ("name", TRACE, {"name": "x" * 1001}),
    ("userId", TRACE, {"userId": 7}),
    ("userId", TRACE, {"userId": "x" * 801}),
    ("sessionId", TRACE, {"sessionId": "a\rb"}),
    ("tags", TRACE, {"tags": "beta"}),
    ("tags.1", TRACE, {"tags": ["a", 7]}),
    ("public", TRACE, {"public": "yes"}),
    ("timestamp", TRACE, {"timestamp": ""}),
    ("environment", TRACE, {"environment": "langfuse"}),
    ("release", TRACE, {"release": 1}),
    ("version", TRACE, {"version": "\0"}),
]


@pytest.mark.parametrize(("field", "whole", "change"), BAD, ids=[f"{row[0]} {n}" for n, row in enumerate(BAD)])
async def test_a_bad_event_costs_itself_alone_and_is_named(
    api: Api, field: str, whole: tuple[str, dict[str, Any]], change: dict[str, Any]
) -> None:
    type, body = whole
    answer = await ingest(
        api,
        event("trace-create", {"id": "before"}, "1"),
        event(type, {**body, **change}, "2"),
        event("span-create", {"id": "after", "traceId": "before"}, "3"),
    )
    assert [success["id"] for success in answer["successes"]] == ["1", "3"]
    (error,) = answer["errors"]
    assert (error["id"], error["status"], error["error"]) == ("2", 400, "BadParameter")
    assert error["message"].startswith(f"batch.1.body.{field}: "), error
    assert await api.ids("/api/public/traces") == ["before"]
    assert (await api.get("/api/public/observations/after"))["traceId"] == "before"


@pytest.mark.parametrize(
    ("bad", "id", "named"),
    [
        (None, "", "body"),
        ("text", "", "body"),
        ([], "", "body"),
        ({}, "", "id"),
        (event("trace-create", {}, 7), "", "id"),  # type: ignore[arg-type]
        (event("trace-create", {}, "x" * 801), "x" * 801, "id"),
        (event("trace-create", {}, "e", "yesterday"), "e", "timestamp"),
        ({"id": "e", "type": "trace-create", "body": {}}, "e", "timestamp"),
        (event("trace-delete", {}), "e", "type"),
        (event(None, {}), "e", "type"),  # type: ignore[arg-type]
        (event("trace-create", None), "e", "body"),
        (event("span-create", [1]), "e", "body"),
        ({"id": "e", "type": "trace-create", "timestamp": AT_42}, "e", "body"),
    ],
)
async def test_a_bad_envelope_costs_itself_alone_and_is_named(api: Api, bad: Any, id: str, named: str) -> None:
    answer = await ingest(api, bad, event("trace-create", {"id": "t"}, "good"))
    assert answer["successes"] == [{"id": "good", "status": 201}]
    (error,) = answer["errors"]
    assert (error["id"], error["status"]) == (id, 400)
    assert error["message"].startswith(f"batch.0.{named}: "), error


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b'{"batch": [\xff]}', "the body is not JSON"),
        (b'{"batch": [' + b"[" * 100_000, "the body is not JSON"),
        (b"[]", "body: "),
        (b"7", "body: "),
        (b"{}", "batch: "),
        (b'{"batch": {}}', "batch: "),
        (b'{"batch": null}', "batch: "),
        (b'{"batch": [' + b"0," * 100_000 + b"0]}", "batch: "),
        (b'{"batch": [NaN, "' + b"x" * LARGEST_LENIENT + b'"]}', "the body is not strict JSON"),
    ],
)
async def test_what_is_no_batch_is_refused(api: Api, raw: bytes, named: str) -> None:
    status, answer = await send(api, "POST", INGESTION, raw=raw)
    assert status == 400
    assert answer["message"].startswith(named), answer


async def test_a_batch_may_be_20_mib_and_no_more(api: Api) -> None:
    megabytes = [
        event("span-create", {"id": f"{n}", "traceId": "t", "input": "x" * 1_000_000}, f"{n}") for n in range(20)
    ]
    assert len((await ingest(api, *megabytes))["successes"]) == 20
    status, answer = await send(api, "POST", INGESTION, raw=b" " * (20 * 1024 * 1024 + 1))
    assert (status, answer["error"]) == (413, "TooLarge")


async def test_of_score_events_under_one_id_the_latest_stands_whatever_comes_first(api: Api) -> None:
    def score(value: float, at: str) -> dict[str, Any]:
        return event("score-create", {"id": "s", "traceId": "t", "name": "n", "value": value}, f"{value}", at)

    for told in ((score(2, AT_42), score(3, AT_43)), (score(3, AT_43), score(2, AT_42))):
        await accept(api, *told)
        assert (await api.get("/api/public/v2/scores/s"))["value"] == 3
    await accept(api, score(2, AT_42))
    assert (await api.get("/api/public/v2/scores/s"))["value"] == 3
    await send(api, "POST", "/api/public/scores", {"id": "s", "traceId": "t", "name": "n", "value": 1})
    assert (await api.get("/api/public/v2/scores/s"))["value"] == 1
    await accept(api, score(3, AT_43))
    assert (await api.get("/api/public/v2/scores/s"))["value"] == 1


async def test_an_empty_batch_is_no_trouble(api: Api) -> None:
    assert await ingest(api) == {"successes": [], "errors": []}


def test_json_is_read_generously() -> None:
    assert loads(b'{"a": [1, 2.5, null, "x"]}') == {"a": [1, 2.5, None, "x"]}
    assert loads(b"[123456789012345678901234567890, -Infinity]") == [123456789012345678901234567890, float("-inf")]
    assert loads(b'"\\ud83d"') == "\ud83d"
    assert loads(b"[1, " + b"1" * 5000 + b", -" + b"2" * 5000 + b"]") == [1, float("inf"), float("-inf")]
    for broken in (b"", b"{", b"[1] [2]", b"\xff", b"[" * 100_000):
        with pytest.raises(UndecodableBody, match="not JSON"):
            loads(broken)
