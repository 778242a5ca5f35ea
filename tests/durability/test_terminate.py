"""SIGTERM and SIGINT under load from both doors: what is inside is finished and answered, the rest is refused."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from ..running import running
from .account import check_sound, stored
from .load import Load

SECONDS = 6.0
"""How long stopping may take: 4 s for what is inside, the last commit, and a slow machine."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_a_signal_finishes_and_answers_what_is_inside(tmp_path: Path, number: signal.Signals) -> None:
    load = Load(random.Random(number))
    database = tmp_path / "spans.db"
    with running(database) as server:
        async with load.on(server):
            await load.until(acknowledged=3000)
            assert load.inside, "the receiver is to be stopped while requests are inside"
            load.ending = True
            begun = time.monotonic()
            server.process.send_signal(number)
            code = await asyncio.to_thread(server.process.wait, 2 * SECONDS)
            took = time.monotonic() - begun
        assert (code, server.errors()) == (0, "")
        assert took < SECONDS
        for address in (server.grpc, server.http):
            host, _, port = address.rpartition(":")
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((host, int(port)), timeout=5)
    assert not Path(f"{database}-wal").exists(), "the one file holds everything"
    assert load.refusals <= {"UNAVAILABLE", "CANCELLED", 503, "connection"}, "all of these are sent again"
    kept = stored(database)
    assert not load.acknowledged - kept, "acknowledged, and gone"
    assert not kept - load.acknowledged, "stored, and its sender was never told"
    check_sound(database)


async def test_an_endless_question_does_not_hold_stopping_up(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    config = tmp_path / "config.yaml"
    config.write_text("query: {sql_seconds: 60}\n", encoding="utf-8")
    with running(tmp_path / "spans.db", "--config", str(config)) as server:
        asking = [asyncio.create_task(asyncio.to_thread(_status, server.url, endless)) for _ in range(3)]
        await asyncio.sleep(0.5)
        assert not any(task.done() for task in asking)
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(server.process.wait, 2 * SECONDS)
        took = time.monotonic() - begun
        assert (code, server.errors()) == (0, "")
        assert took < SECONDS
        assert set(await asyncio.wait_for(asyncio.gather(*asking), SECONDS)) <= {"closed", 503}


def _status(url: str, query: str) -> int | str:
    """Ask in SQL; return the answer's status, or that there was none."""
    host = url.removeprefix("http://")
    connection = HTTPConnection(host, timeout=30)
    try:
        connection.request("POST", "/api/sql", json.dumps({"query": query}), {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (HTTPException, ConnectionError):
        return "closed"
    finally:
        connection.close()
