"""POST /api/sql."""

from __future__ import annotations

import asyncio
import time
from io import BytesIO
from typing import Any

import pytest
from pydantic import TypeAdapter

from sidetrace.query.sql import SqlAnswer

from .conftest import Api, span, trace_id

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


async def ask(api: Api, body: object, status: int = 200) -> Any:
    response = await api.client.post("/api/sql", **({"data": body} if isinstance(body, bytes) else {"json": body}))
    answer = await response.json()
    assert response.status == status, answer
    return answer


async def test_sql_over_the_views_is_answered(api: Api) -> None:
    await api.write(span(1, 1, {"session.id": "s"}), span(2, 1, {"session.id": "s"}))
    answer = await ask(api, {"query": "SELECT id, latency_ms, session_id FROM traces ORDER BY id"})
    TypeAdapter(SqlAnswer).validate_python(answer, strict=True)
    assert [column["name"] for column in answer["columns"]] == ["id", "latency_ms", "session_id"]
    assert answer["rows"] == [[trace_id(1), 1000.0, "s"], [trace_id(2), 1000.0, "s"]]
    assert answer["truncated"] is False


@pytest.mark.parametrize("dialect", [{}, {"dialect": "postgres"}])
async def test_postgres_is_answered_too(api: Api, dialect: dict[str, str]) -> None:
    await api.write(span(1, 1, {"session.id": "s", "tags": ["a"]}), span(2, 1, {"session.id": "s"}))
    median = "percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms)"
    query = f"SELECT count(*) FILTER (WHERE 'a' = ANY(tags)), {median} FROM traces"
    answer = await ask(api, {"query": query, **dialect})
    assert [column["name"] for column in answer["columns"]] == ["count", "percentile_cont"]
    assert answer["rows"] == [[1, 1000.0]]


async def test_what_json_lacks_is_answered_too(api: Api) -> None:
    answer = await ask(api, {"query": "SELECT x'00ff', 9e999, 9223372036854775807, NULL"})
    assert answer["rows"] == [["00ff", None, 9223372036854775807, None]]


async def test_rows_over_the_limit_are_cut_and_said_so(api: Api) -> None:
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150) SELECT i FROM n"
    answer = await ask(api, {"query": many, "limit": 3, "dialect": "sqlite"})
    assert (answer["rows"], answer["truncated"]) == ([[1], [2], [3]], True)
    answer = await ask(api, {"query": many})
    assert (len(answer["rows"]), answer["truncated"]) == (100, True)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", "the body is not JSON"),
        (b"[]", "body: "),
        (b"", "the body is not JSON"),
        ({}, "query: Field required"),
        ({"query": ""}, "query: "),
        ({"query": 3}, "query: "),
        ({"query": "SELECT nme::text FROM traces"}, "line 1, column 8: no column 'nme'; did you mean name?"),
        ({"query": "SELECT nme FROM traces"}, "line 1, column 8: no such column: nme"),
        ({"query": "SELECT 1", "dialect": "oracle"}, "dialect: "),
        ({"query": "SELECT 1", "limit": 0}, "limit: "),
        ({"query": "SELECT 1", "limit": "3"}, "limit: "),
        ({"query": "SELECT 1", "limit": 101}, "limit: at most 100"),
        ({"query": "SELECT 1", "params": []}, "params: "),
        ({"query": "SELEC 1"}, "syntax error"),
        ({"query": "DELETE FROM traces"}, ""),
        ({"query": "SELECT * FROM sqlite_master"}, ""),
        ({"query": "SELECT 1; SELECT 2"}, "one statement"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_400(api: Api, body: object, problem: str) -> None:
    answer = await ask(api, body, status=400)
    assert answer.keys() == {"message", "error"}
    assert problem in answer["message"]


async def test_a_body_over_a_mebibyte_is_413(api: Api) -> None:
    response = await api.client.post("/api/sql", data=BytesIO(b'{"query": "SELECT 1' + b" " * 2**20 + b'"}'))
    assert response.status == 413
    assert (await response.json())["error"] == "TooLarge"


async def test_a_question_past_its_time_is_408_and_holds_nothing_up(api: Api) -> None:
    await api.write(span(1, 1))
    endless = [asyncio.create_task(ask(api, {"query": ENDLESS}, status=408)) for _ in range(4)]
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    assert await api.ids("/api/public/traces") == [trace_id(1)]
    assert (await api.get("/health"))["status"] == "ok"
    assert not any(task.done() for task in endless), f"answered after {time.monotonic() - begun:.1f} s only"
    assert {(await task)["error"] for task in endless} == {"QueryTimeout"}
