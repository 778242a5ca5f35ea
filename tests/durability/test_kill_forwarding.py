"""What is acknowledged is sent on, though the receiver is killed again and again while it takes and sends."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

from sidetrace.query.doctor import doctor
from sidetrace.storage.sqlite.reader import SqliteReader

from ..running import PATIENCE, running
from .account import check_sound, stored
from .load import Load

ROUNDS = 4
CONFIG = """
exporters:
  {kind}:
    endpoint: http://{place}
    retry_on_failure: {{initial_interval: 50ms, max_interval: 200ms}}
    sending_queue: {{queue_size: 1000000}}
"""


async def forwarded(tmp_path: Path, kind: str) -> None:
    chance = random.Random(kind)
    load = Load(chance)
    near, up = tmp_path / "near.db", tmp_path / "up.db"
    config = tmp_path / "config.yaml"
    left = 0
    with running(up) as upstream:
        place = upstream.grpc if kind == "otlp" else upstream.http
        config.write_text(CONFIG.format(kind=kind, place=place))
        for _ in range(ROUNDS):
            with running(near, "--config", str(config)) as server:
                async with load.on(server):
                    await load.until(acknowledged=chance.randrange(500, 2000))
                    load.ending = True
                    server.kill()
            left += waiting(near)
        assert left, "nothing waited whenever the receiver was killed"
        with running(near, "--config", str(config)) as server:
            # what was never answered its sender sends again: of a large body the last slice queues the copy
            await load.resend(server)
            deadline = time.monotonic() + 2 * PATIENCE
            while waiting(near) and time.monotonic() < deadline:
                await asyncio.sleep(0.05)
            assert server.stop() == 0
        assert waiting(near) == 0
    missing = load.acknowledged - stored(up)
    assert not missing, f"{len(missing)} of {len(load.acknowledged)} acknowledged spans were not sent on"
    assert stored(near) == stored(up), "what is sent again is stored once"
    check_sound(up)


def waiting(database: Path) -> int:
    reader = SqliteReader.open(database)
    try:
        found = doctor(reader)["exporters"]
    finally:
        reader.close()
    assert found is not None
    (one,) = found
    assert (one["refusedRequests"], one["droppedRequests"]) == (0, 0), one["troubles"]
    return one["waitingRequests"]


async def test_a_killed_receiver_sends_on_all_it_has_acknowledged_over_grpc(tmp_path: Path) -> None:
    await forwarded(tmp_path, "otlp")


async def test_a_killed_receiver_sends_on_all_it_has_acknowledged_over_http(tmp_path: Path) -> None:
    await forwarded(tmp_path, "otlphttp")
