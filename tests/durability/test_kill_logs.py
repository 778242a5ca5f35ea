"""An acknowledged log record is on disk: SIGKILL while several senders post log records."""

from __future__ import annotations

import json
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from sidetrace.storage.sqlite.reader import SqliteReader

from ..running import Running, running

SENDERS = 4
ENOUGH = 60


def body(sender: int, number: int) -> bytes:
    """Return an export request of one user message for a span that never comes."""
    record = {
        "timeUnixNano": str(1_795_000_000_000_000_000 + number),
        "eventName": "gen_ai.user.message",
        "body": {"stringValue": f"{sender}/{number}"},
        "traceId": f"{sender + 1:032x}",
        "spanId": f"{number + 1:016x}",
    }
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


def send(server: Running, sender: int, acknowledged: list[str]) -> None:
    """Post records until the server is gone."""
    host, _, port = server.http.rpartition(":")
    connection = HTTPConnection(host, int(port), timeout=10)
    try:
        for number in range(100_000):
            connection.request("POST", "/v1/logs", body(sender, number), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"{}")
            acknowledged.append(f"{sender}/{number}")
    except (OSError, HTTPException):
        return
    finally:
        connection.close()


def test_a_killed_receiver_has_every_acknowledged_log_record(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with running(tmp_path / "killed.db") as server:
        threads = [threading.Thread(target=send, args=(server, number, acknowledged)) for number in range(SENDERS)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while len(acknowledged) < ENOUGH and time.monotonic() < deadline:
            time.sleep(0.005)
        server.kill()
        for thread in threads:
            thread.join(20)
    assert len(acknowledged) >= ENOUGH
    reader = SqliteReader.open(tmp_path / "killed.db")
    try:
        held = {row[0] for row in reader.sql("SELECT body FROM logs", limit=1_000_000).rows}
        assert set(acknowledged) <= held
        assert reader.sql("SELECT count(*) FROM traces").rows == [(0,)], "a log record alone makes no trace"
    finally:
        reader.close()
