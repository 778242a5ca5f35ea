"""POST /api/sql."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import TypeAdapter

from sidetrace.api.app import add_api_routes
from sidetrace.config import Config
from sidetrace.query.sql import SqlAnswer
from sidetrace.storage.sqlite.store import SqliteStore

from ..running import running
from .conftest import Api, span, trace_id

SEED = Path(__file__).resolve().parents[3] / "shared" / "seeds" / "session-user-tracking.md"
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
        ({"query": "SELECT 1; SELECT 2"}, "line 1, column 11: one statement"),
        ({"query": "SELECT id FROM traces WHER 1"}, 'line 1, column 28: near "1"'),
        ({"query": "SELECT now() FROM traces WHER 1"}, "line 1, column 31: "),
        ({"query": "INSERT INTO traces (id) VALUES (now())"}, "line 1, column 1: "),
        ({"query": "ATTACH 'x' AS y"}, "line 1, column 1: not authorized"),
        ({"query": "PRAGMA journal_mode = off"}, "line 1, column 1: not authorized"),
        ({"query": "WITH x AS (SELECT 1) DELETE FROM traces"}, "line 1, column 22: cannot modify"),
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


@pytest.mark.skipif(not SEED.exists(), reason="needs the seed document beside the checkout")
async def test_every_query_of_the_seed_document_is_answered_word_for_word(api: Api) -> None:
    metadata = {"langfuse.trace.metadata.content_type": "video", "user.id": "u", "session.id": "s"}
    await api.write(span(1, 1, {**metadata}), span(2, 1))
    queries = re.findall(r"```sql\n(.*?)```", SEED.read_text(encoding="utf-8"), re.DOTALL)
    assert len(queries) == 4
    for query in queries:
        assert (await ask(api, {"query": query}))["columns"]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("SELECT metadata->>'k' FROM traces", "v"),
        ("SELECT (metadata->>'n')::int + 1 FROM traces", 8),
        ("SELECT date_trunc('hour', timestamp) FROM traces", "2026-09-21 14:00:00.000"),
        ("SELECT EXTRACT(YEAR FROM timestamp) FROM traces", 2026),
        ("SELECT count(*) FROM traces WHERE name ILIKE 'ST%'", 1),
        ("SELECT count(*) FILTER (WHERE name = 'other') FROM traces", 0),
        ("SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) FROM traces", 1000.0),
        ("WITH t AS (SELECT name AS n FROM traces), u AS (SELECT n || '!' AS n FROM t) SELECT n FROM u", "step!"),
        ("SELECT row_number() OVER (PARTITION BY name ORDER BY timestamp DESC) FROM traces", 1),
        ("SELECT sum(latency_ms) OVER (ORDER BY timestamp ROWS UNBOUNDED PRECEDING)::int FROM traces", 1000),
    ],
)
async def test_what_is_asked_in_postgres_is_answered(api: Api, query: str, value: object) -> None:
    await api.write(span(1, 1, {"langfuse.trace.metadata.k": "v", "langfuse.trace.metadata.n": 7}))
    assert (await ask(api, {"query": query, "dialect": "postgres"}))["rows"] == [[value]]


async def test_a_question_out_of_memory_is_400_and_costs_nobody_else(api: Api, tmp_path: Path) -> None:
    many = ", ".join(f"hex(zeroblob(15000000 + {n}))" for n in range(100))
    app = aiohttp.web.Application()
    add_api_routes(app, api.store, Config.model_validate({"query": {"sql_seconds": 60.0}}))
    async with TestClient(TestServer(app)) as client:
        answer = await ask(Api(client, api.store), {"query": f"SELECT {many}"}, status=400)
    assert answer == {
        "error": "QueryTooLarge",
        "message": "the query needs more memory than it may have; ask for less at a time",
    }


def asked(parent: int) -> list[int]:
    """The processes that answer SQL for a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, above = stat.read_text().rpartition(")")[2].split()[:2]
            if int(above) == parent and state != "Z" and b"sql_process" in stat.with_name("cmdline").read_bytes():
                found.append(int(stat.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
async def test_a_client_that_leaves_stops_its_question_and_those_that_wait(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "sidetrace.db")
    app = aiohttp.web.Application()
    add_api_routes(app, store, Config.model_validate({"query": {"sql_seconds": 60.0}}))
    async with TestClient(TestServer(app)) as client:
        api = Api(client, store)
        url = f"http://{client.host}:{client.port}/api/sql"
        async with aiohttp.ClientSession() as session:
            leaving = [asyncio.create_task(session.post(url, json={"query": ENDLESS})) for _ in range(20)]
            while len(asked(os.getpid())) < 2:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.5)
            before = asked(os.getpid())
            for task in leaving:
                task.cancel()
        begun = time.monotonic()
        while set(before) & set(asked(os.getpid())):
            await asyncio.sleep(0.02)
        assert time.monotonic() - begun < 1
        answer = await asyncio.wait_for(ask(api, {"query": "SELECT 1"}), 10)
        assert answer["rows"] == [[1]], "the 18 that waited were not run"
    await asyncio.to_thread(store.close)
    assert asked(os.getpid()) == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_client_that_hangs_up_on_the_real_server_stops_its_question(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("query:\n  sql_seconds: 60.0\n")
    body = json.dumps({"query": ENDLESS}).encode()
    with running(tmp_path / "sidetrace.db", "--config", str(config)) as server:
        host, port = server.http.split(":")
        head = f"POST /api/sql HTTP/1.1\r\nHost: {server.http}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with socket.create_connection((host, int(port))) as client:
            client.sendall(head + body)
            deadline = time.monotonic() + 10
            while not (before := asked(server.process.pid)):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            time.sleep(0.5)
            assert asked(server.process.pid) == before
        begun = time.monotonic()
        while asked(server.process.pid):
            time.sleep(0.02)
            assert time.monotonic() - begun < 1
        assert server.sql("SELECT 1") == [(1,)]
        (last,) = asked(server.process.pid)
        server.kill()
    begun = time.monotonic()
    while runs(last):
        time.sleep(0.02)
        assert time.monotonic() - begun < 2, "it ends with its server, however that ended"
