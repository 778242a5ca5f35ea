"""How the fields of a trace are settled from what its spans claim, whatever the order they come in.

A claim's rank is bytes that compare as the design's precedence: the attribute key's tier, then the root rank of the
span, then the later start, then the larger span id. A span's root rank is final but for one case: a span whose
parent is unknown (an orphan) drops to the rank of a child when its parent arrives. So a field keeps the best claim of
spans whose rank is final ("settled"), and beside it the claims of those orphans that could stand before it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import TypeAlias

import orjson

from ...mapping.observation import Json, Observation
from ...mapping.values import to_json
from .bulk import insert_many
from .lineage import Node

PARENTLESS, AS_ROOT, APP_ROOT, ORPHAN, CHILD = range(5)
"""Root ranks, the most root-like first."""

ROOT = "root"
"""The field whose value is the trace's root observation; it goes by root rank and then the earliest start."""

Claim: TypeAlias = tuple[bytes, str]
"""(rank, value as JSON text)."""

PLACES = frozenset({"input", "output"})
"""Fields whose value is where the text stands: [observation ref, attribute key]."""

_BYTE = [bytes((byte,)) for byte in range(256)]


NAME_TIER = 255
"""The tier of what every span claims: to be the root, and that its name is the trace's. It is below every key, and
goes by root rank and then the earliest start."""

Entry: TypeAlias = "tuple[str, bytes, Json]"
"""A claim with its rank: (field, rank, value)."""


def _who(root_rank: int, start_ns: int, span_id: str) -> tuple[bytes, bytes]:
    """Return what follows the tier in the ranks of a span: of its usual claims, and of those at `NAME_TIER`."""
    rootness, who = _BYTE[CHILD - root_rank], span_id.encode()
    # to be the root the earliest start goes first, an unset one last
    earliest = rootness + ((2**64 - 1 - start_ns) if start_ns else 0).to_bytes(8, "big") + who
    return rootness + start_ns.to_bytes(8, "big") + who, earliest


def entries(o: Observation, node: Node, root_rank: int) -> list[Entry]:
    """Return all claims of an observation."""
    usual, earliest = _who(root_rank, node.start_ns, node.id)
    lowest = _BYTE[255 - NAME_TIER] + earliest
    made: list[Entry] = [(ROOT, lowest, node.ref)]
    for field, (tier, value) in o.claims.items():
        made.append((field, _BYTE[255 - tier] + usual, [node.ref, value] if field in PLACES else value))
    if o.name and "name" not in o.claims:
        made.append(("name", lowest, o.name))
    return made


def dump(made: Iterable[Entry]) -> str:
    """Return claims as they wait with an orphan: JSON of [[field, tier, value], …]."""
    return orjson.dumps([(field, 255 - rank[0], value) for field, rank, value in made]).decode()


def load(waiting: str, node: Node) -> tuple[list[Entry], list[Entry]]:
    """Return what `dump` wrote, as the claims of an orphan and as those of a child."""
    made = orjson.loads(waiting)
    return tuple(  # type: ignore[return-value]  # two of them
        [(field, _BYTE[255 - tier] + (earliest if tier == NAME_TIER else usual), value) for field, tier, value in made]
        for usual, earliest in (_who(rank, node.start_ns, node.id) for rank in (ORPHAN, CHILD))
    )


class Ballot:
    """The claims that one commit brings for one trace."""

    __slots__ = ("left", "settled", "waiting")

    def __init__(self) -> None:
        self.settled: dict[str, tuple[bytes, Json]] = {}
        """The best claim of each field by spans whose rank is final."""
        self.waiting: list[tuple[str, bytes, Json]] = []
        """The claims of new orphans."""
        self.left: list[tuple[str, bytes]] = []
        """The claims, by field and rank, that former orphans no longer make as orphans."""

    def add(self, made: Iterable[Entry]) -> None:
        """Take in the claims of a span whose rank is final."""
        settled = self.settled
        for field, rank, value in made:
            held = settled.get(field)
            if held is None or rank > held[0]:
                settled[field] = (rank, value)

    def adopt(self, node: Node, waiting: str | None) -> None:
        """Take in the claims (`orphan.claims`) of an orphan whose parent has arrived."""
        if waiting is not None:
            as_orphan, as_child = load(waiting, node)
            self.left.extend((field, rank) for field, rank, _ in as_orphan)
            self.add(as_child)

    def fields(self) -> set[str]:
        """Return the fields whose value may change; what left is claimed anew among `settled`."""
        return self.settled.keys() | {field for field, _, _ in self.waiting}


class Outcome:
    """What settling a ballot comes to: values now and before, and the rows to write."""

    __slots__ = ("before", "claims", "now", "waiting")

    def __init__(self) -> None:
        self.now: dict[str, Json] = {}
        self.before: dict[str, Json] = {}
        self.claims: list[tuple[int, str, str, bytes | None, str | None]] = []
        self.waiting: list[tuple[int, str, bytes, str]] = []


def resolve(db: sqlite3.Connection, trace_ref: int, ballot: Ballot, exists: bool, has_orphans: bool) -> Outcome:
    """Settle the fields that a ballot touches.

    `exists`: the trace has claims in the file; `has_orphans`: orphans too. The caller stores the outcome's rows.
    """
    outcome = Outcome()
    fields = ballot.fields()
    stored: dict[str, tuple[str, bytes | None, str | None]] = {}
    if exists:
        stored = {row[0]: row[1:] for row in db.execute(STORED, (trace_ref, orjson.dumps(list(fields)).decode()))}
        outcome.before = {field: orjson.loads(row[0]) for field, row in stored.items()}
    if ballot.left:
        db.executemany(
            "DELETE FROM orphan_claim WHERE trace_ref = ? AND field = ? AND rank = ?",
            [(trace_ref, field, rank) for field, rank in ballot.left],
        )
    orphans = _best_waiting(db, trace_ref, fields) if has_orphans else {}
    for field, rank, value in ballot.waiting:
        text = to_json(value)
        outcome.waiting.append((trace_ref, field, rank, text))
        if field not in orphans or rank > orphans[field][0]:
            orphans[field] = (rank, text)

    for field in fields:
        settled = _best_settled(stored.get(field), ballot.settled.get(field))
        orphan = orphans.get(field)
        if orphan is not None and (settled is None or orphan[0] > settled[0]):
            value = orphan[1]
        elif settled is not None:
            value = settled[1]
        else:
            continue
        outcome.now[field] = orjson.loads(value)
        row = (value, settled[0] if settled else None, settled[1] if settled and settled[1] != value else None)
        if stored.get(field) != row:
            outcome.claims.append((trace_ref, field, *row))
    return outcome


STORED = """
SELECT c.field, c.value, c.rank, c.settled FROM json_each(?2) j
CROSS JOIN claim c ON c.trace_ref = ?1 AND c.field = j.value
"""


def _best_settled(stored: tuple[str, bytes | None, str | None] | None, new: tuple[bytes, Json] | None) -> Claim | None:
    held: Claim | None = None
    if stored is not None and stored[1] is not None:
        held = stored[1], stored[0] if stored[2] is None else stored[2]
    if new is not None and (held is None or new[0] > held[0]):
        return new[0], to_json(new[1])
    return held


def _best_waiting(db: sqlite3.Connection, trace_ref: int, fields: Iterable[str]) -> dict[str, Claim]:
    found = {}
    for field in fields:
        row = db.execute(
            "SELECT rank, value FROM orphan_claim WHERE trace_ref = ? AND field = ? ORDER BY rank DESC LIMIT 1",
            (trace_ref, field),
        ).fetchone()
        if row is not None:
            found[field] = (row[0], row[1])
    return found


def store(db: sqlite3.Connection, outcomes: Iterable[Outcome]) -> None:
    """Write the rows of many outcomes."""
    claims = [row for outcome in outcomes for row in outcome.claims]
    waiting = [row for outcome in outcomes for row in outcome.waiting]
    insert_many(db, "INSERT OR REPLACE INTO claim", claims)
    insert_many(db, "INSERT OR REPLACE INTO orphan_claim", waiting)
