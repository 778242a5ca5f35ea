"""Law 1, an acknowledged span is on disk: `kill -9` at any moment, under load from both doors, again and again."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

from ..running import running
from .account import check_sound, stored
from .load import Load

ROUNDS = int(os.environ.get("SIDETRACE_KILL_ROUNDS", "12"))
"""How often the receiver is killed; a long run over night takes a few thousand."""

SEED = int(os.environ.get("SIDETRACE_KILL_SEED", random.randrange(2**32)))


async def test_kill_9_loses_no_acknowledged_span(tmp_path: Path) -> None:
    print(f"SIDETRACE_KILL_SEED={SEED}")
    chance = random.Random(SEED)
    load = Load(chance)
    database = tmp_path / "spans.db"
    inside = 0
    for round_ in range(ROUNDS):
        with running(database) as server:
            if round_:
                expect_sound(database, load, round_)
            async with load.on(server):
                await load.until(acknowledged=chance.randrange(1, 2000))
                await asyncio.sleep(chance.random() * 0.02)  # anywhere between one commit and the next
                inside += load.inside
                load.ending = True
                server.kill()
    assert inside, "no round was killed while requests were inside"

    with running(database) as server:
        expect_sound(database, load, ROUNDS)
        await load.resend(server)
    expect_sound(database, load, ROUNDS)
    assert stored(database) == load.acknowledged, "what was sent again is stored once"


def expect_sound(database: Path, load: Load, round_: int) -> None:
    missing = load.acknowledged - stored(database)
    assert not missing, f"{len(missing)} of {len(load.acknowledged)} acknowledged spans are gone after kill {round_}"
    check_sound(database)
