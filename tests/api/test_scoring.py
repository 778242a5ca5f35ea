"""Writing scores: one, an array, by events; what is wrong with one costs no other and is named."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sidetrace.storage.selection import Row, Selection

from .conftest import Api
from .writing import AT, event, ingest, send

SCORES = "/api/public/scores"
ON_TRACE = {"traceId": "t", "name": "quality"}


async def stored(api: Api) -> dict[str, Row]:
    rows = (await asyncio.to_thread(api.store.select, Selection("scores", limit=100))).rows
    return {str(row["id"]): row for row in rows}


async def one(api: Api, **body: Any) -> Row:
    status, answer = await send(api, "POST", SCORES, {"id": "s", **ON_TRACE, **body})
    assert (status, answer) == (200, {"id": "s"})
    return (await stored(api))["s"]


@pytest.mark.parametrize(
    ("data_type", "value", "expected"),
    [
        (None, 0.5, ("NUMERIC", 0.5, None)),
        (None, 3, ("NUMERIC", 3, None)),
        (None, "nice", ("CATEGORICAL", None, "nice")),
        (None, True, ("BOOLEAN", 1, "True")),
        ("NUMERIC", -1e300, ("NUMERIC", -1e300, None)),
        ("CATEGORICAL", "nice", ("CATEGORICAL", None, "nice")),
        ("BOOLEAN", 1.0, ("BOOLEAN", 1, "True")),
        ("BOOLEAN", 0, ("BOOLEAN", 0, "False")),
        ("BOOLEAN", False, ("BOOLEAN", 0, "False")),
        ("TEXT", "x" * 500, ("TEXT", None, "x" * 500)),
    ],
)
async def test_values_by_type(api: Api, data_type: str | None, value: Any, expected: tuple[Any, ...]) -> None:
    row = await one(api, dataType=data_type, value=value)
    assert (row["data_type"], row["value"], row["string_value"]) == expected


async def test_everything_that_a_score_says(api: Api) -> None:
    row = await one(
        api,
        observationId="o",
        value=1,
        source="ANNOTATION",
        configId="c",
        queueId="q",
        comment="why \U0001f600",
        metadata={"deep": {"er": [1, None]}},
        environment="staging",
        timestamp="2026-11-18T09:26:41.500+01:00",
    )
    assert {name: row[name] for name in ("name", "trace_id", "observation_id", "session_id", "source", "comment")} == {
        "name": "quality",
        "trace_id": "t",
        "observation_id": "o",
        "session_id": None,
        "source": "ANNOTATION",
        "comment": "why \U0001f600",
    }
    assert row["metadata"] == {"deep": {"er": [1, None]}}
    assert row["timestamp"] == "2026-11-18 08:26:41.500"


@pytest.mark.parametrize("metadata", ["a text", [1, "a"], 7])
async def test_metadata_may_be_any_json(api: Api, metadata: Any) -> None:
    assert (await one(api, value=1, metadata=metadata))["metadata"] == {"metadata": metadata}


async def test_a_correction_is_named_output(api: Api) -> None:
    row = await one(api, name="output", dataType="CORRECTION", value="better", source="ANNOTATION")
    assert (row["data_type"], row["string_value"], row["name"]) == ("CORRECTION", "better", "output")


async def test_the_same_id_is_the_same_score_and_no_id_is_a_new_one(api: Api) -> None:
    await one(api, value=1)
    await one(api, value=2)
    for _ in range(2):
        status, answer = await send(api, "POST", SCORES, {"sessionId": "x", "id": "", "name": "mood", "value": 3})
        assert status == 200
    rows = await stored(api)
    assert sorted((row["name"], row["value"]) for row in rows.values()) == [("mood", 3), ("mood", 3), ("quality", 2)]
    assert rows[answer["id"]]["session_id"] == "x"


async def test_a_deleted_score_is_gone(api: Api) -> None:
    await one(api, value=1)
    assert (await send(api, "DELETE", f"{SCORES}/s"))[0] == 202
    assert await stored(api) == {}
    status, answer = await send(api, "DELETE", f"{SCORES}/s")
    assert (status, answer["error"]) == (404, "NotFound")
    assert "'s'" in answer["message"]


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("no name", {"name": None}, "name"),
    ("empty name", {"name": ""}, "name"),
    ("name of another type", {"name": 7}, "name"),
    ("long name", {"name": "x" * 1001}, "name"),
    ("NUL in the name", {"name": "a\0b"}, "name"),
    ("surrogate in the name", {"name": "a\ud800"}, "name"),
    ("no value", {"value": None}, "value"),
    ("value of another type", {"value": [1]}, "value"),
    ("NaN", {"value": float("nan")}, "value"),
    ("infinity", {"value": float("-inf")}, "value"),
    ("integer beyond doubles", {"value": 10**400}, "value"),
    ("integer between doubles", {"value": 2**64 + 1}, "value"),
    ("text as NUMERIC", {"value": "1", "dataType": "NUMERIC"}, "value"),
    ("boolean as NUMERIC", {"value": True, "dataType": "NUMERIC"}, "value"),
    ("text as BOOLEAN", {"value": "True", "dataType": "BOOLEAN"}, "value"),
    ("two as BOOLEAN", {"value": 2, "dataType": "BOOLEAN"}, "value"),
    ("number as CATEGORICAL", {"value": 1, "dataType": "CATEGORICAL"}, "value"),
    ("number as TEXT", {"value": 1, "dataType": "TEXT"}, "value"),
    ("empty TEXT", {"value": "", "dataType": "TEXT"}, "value"),
    ("long TEXT", {"value": "x" * 501, "dataType": "TEXT"}, "value"),
    ("NUL in a category", {"value": "a\0"}, "value"),
    ("surrogate in a category", {"value": "\udfff"}, "value"),
    ("correction of another name", {"value": "a", "dataType": "CORRECTION"}, "name"),
    (
        "correction of a session",
        {"value": "a", "dataType": "CORRECTION", "name": "output", "traceId": None, "sessionId": "s"},
        "sessionId",
    ),
    ("unknown type", {"dataType": "STARS"}, "dataType"),
    ("no target", {"traceId": None}, "traceId"),
    ("two targets", {"sessionId": "s"}, "sessionId"),
    ("observation without its trace", {"traceId": None, "observationId": "o"}, "observationId"),
    ("observation in a session", {"traceId": None, "observationId": "o", "sessionId": "s"}, "observationId"),
    ("dataset run", {"traceId": None, "datasetRunId": "r"}, "datasetRunId"),
    ("unknown source", {"source": "ME"}, "source"),
    ("annotation without a configuration", {"source": "ANNOTATION"}, "configId"),
    ("long id", {"id": "x" * 801}, "id"),
    ("carriage return in an id", {"traceId": "a\rb"}, "traceId"),
    ("NUL in an id", {"observationId": "a\0"}, "observationId"),
    ("id of another type", {"id": 7}, "id"),
    ("comment of another type", {"comment": {}}, "comment"),
    ("surrogate in metadata", {"metadata": {"a": ["\ud800"]}}, "metadata"),
    ("deep metadata", {"metadata": nested(129)}, "metadata"),
    ("environment in capitals", {"environment": "Production"}, "environment"),
    ("environment of Langfuse", {"environment": "langfuse-x"}, "environment"),
    ("long environment", {"environment": "x" * 41}, "environment"),
    ("no time", {"timestamp": "yesterday"}, "timestamp"),
    ("time as a number", {"timestamp": 1790000000}, "timestamp"),
    ("time before 1970", {"timestamp": "1969-12-31T00:00:00Z"}, "timestamp"),
    ("time after 2116", {"timestamp": "9999-12-31T23:59:59-23:59"}, "timestamp"),
]


@pytest.mark.parametrize(
    ("change", "field"), [(change, field) for _, change, field in BAD], ids=[row[0] for row in BAD]
)
async def test_what_is_wrong_costs_its_score_alone_and_is_named(api: Api, change: dict[str, Any], field: str) -> None:
    bad = {name: value for name, value in ({**ON_TRACE, "value": 1} | change).items() if value is not None}
    good = {"id": "good", "sessionId": "x", "name": "mood", "value": 2}

    status, answer = await send(api, "POST", SCORES, bad)
    assert (status, answer["error"]) == (400, "BadParameter")
    assert answer["message"].startswith(f"{field}: "), answer
    assert await stored(api) == {}

    status, answer = await send(api, "POST", SCORES, [bad, good])
    assert (status, answer["accepted"], answer["rejected"], len(answer["errors"])) == (207, 1, 1, 1)
    assert answer["errors"][0]["message"].startswith(f"0.{field}: "), answer
    assert set(await stored(api)) == {"good"}

    answer = await ingest(api, event("score-create", bad, "b"), event("score-create", good | {"id": "best"}, "g"))
    assert answer["successes"] == [{"id": "g", "status": 201}]
    (error,) = answer["errors"]
    assert (error["id"], error["status"], error["error"]) == ("b", 400, "BadParameter")
    assert error["message"].startswith(f"batch.0.body.{field}: "), answer
    assert set(await stored(api)) == {"good", "best"}


@pytest.mark.parametrize(
    ("item", "problem"), [(None, "body: "), (7, "body: "), ("text", "body: "), ([], "body: "), ({}, "name: ")]
)
async def test_an_item_that_is_no_object(api: Api, item: Any, problem: str) -> None:
    status, answer = await send(api, "POST", SCORES, [item, {"traceId": "t", "name": "n", "value": 1}])
    assert (status, answer["accepted"], answer["rejected"]) == (207, 1, 1)
    assert answer["errors"][0]["message"].startswith(f"0.{problem}")
    if not isinstance(item, list):
        assert (await send(api, "POST", SCORES, item))[0] == 400


async def test_an_array_that_is_all_right_is_accepted_in_just_these_words(api: Api) -> None:
    items = [{"id": f"s{n}", "traceId": "t", "name": "n", "value": float(n), "timestamp": AT} for n in range(20)]
    assert await send(api, "POST", SCORES, items) == (202, {"message": "Accepted"})
    assert len(await stored(api)) == 20
    assert await send(api, "POST", SCORES, []) == (202, {"message": "Accepted"})


@pytest.mark.parametrize("raw", [b"", b"{", b"[1,]", b"\xff", b"nul", b"[" * 100_000, b"1" * 5000, b'"\xed\xa0\x80"'])
async def test_what_is_no_json_is_refused(api: Api, raw: bytes) -> None:
    status, answer = await send(api, "POST", SCORES, raw=raw)
    assert status == 400, answer


async def test_an_event_gives_its_score_an_id_and_a_time(api: Api) -> None:
    for _ in range(2):
        await ingest(api, event("score-create", {**ON_TRACE, "value": 1}, "an event"))
    (row,) = (await stored(api)).values()
    assert row["timestamp"] == "2026-11-18 08:26:41.500"


async def test_a_score_may_come_before_its_target(api: Api) -> None:
    await one(api, value=1)
    await ingest(api, event("span-create", {"id": "o", "traceId": "t", "name": "n"}))
    assert [score["id"] for score in (await api.get("/api/public/traces/t"))["scores"]] == ["s"]


async def test_what_cannot_be_stored_now_is_to_be_sent_again(api: Api) -> None:
    await asyncio.to_thread(api.store.close)
    score = {**ON_TRACE, "value": 1}
    batch = {"batch": [event("score-create", score)]}
    for path, body in ((SCORES, score), (SCORES, [score]), ("/api/public/ingestion", batch)):
        status, answer = await send(api, "POST", path, body)
        assert (status, answer["error"]) == (503, "Unavailable")
    assert (await send(api, "DELETE", f"{SCORES}/s"))[0] == 503
