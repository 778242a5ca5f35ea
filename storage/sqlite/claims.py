"""How the fields of a trace are settled from what its spans claim, whatever the order they come in.

A claim's rank is bytes that compare as the design's precedence: the attribute key's tier, then the root rank of the
span, then the later start, then the larger span id. A span's root rank is final but for one case: a span whose
parent is unknown (an orphan) drops to the rank of a child when its parent arrives. So a field keeps the best claim of
spans whose rank is final ("settled"), and beside it the best claim of orphans; the orphans themselves wait with all
their claims, so that the next best is found when the best is adopted.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import orjson

from ...mapping.observation import Claims, Json, Observation
from ...mapping.values import to_json
from .bulk import insert_many
from .lineage import Node

PARENTLESS, AS_ROOT, APP_ROOT, ORPHAN, CHILD = range(5)
"""Root ranks, the most root-like first."""

TOLD = -1
"""The rank of what ingestion events say of a trace itself, but for being its root: somebody said it on purpose."""

ROOT = "root"
"""The field whose value is the trace's root observation; it goes by root rank and then the earliest start."""

Claim: TypeAlias = tuple[bytes, str]
"""(rank, value as JSON text)."""

PLACES = frozenset({"input", "output"})
"""Fields whose value is where the text stands: [observation ref, attribute key]."""

CONTESTED = ("session_id", "user_id")
"""Fields of which all different values are kept, where spans are not of one mind."""

_BYTE = [bytes((byte,)) for byte in range(256)]


NAME_TIER = 255
"""The tier of what every span claims: to be the root, and that its name is the trace's. It is below every key, and
goes by root rank and then the earliest start."""

Entry: TypeAlias = "tuple[str, bytes, Json]"
"""A claim with its rank: (field, rank, value)."""


def _who(root_rank: int, start_ns: int, span_id: str) -> tuple[bytes, bytes]:
    """Return what follows the tier in the ranks of a span: of its usual claims, and of those at `NAME_TIER`."""
    rootness, who = _BYTE[CHILD - root_rank], span_id.encode()
    return rootness + start_ns.to_bytes(8, "big") + who, rootness + (2**64 - 1 - start_ns).to_bytes(8, "big") + who


def entries(o: Observation, node: Node, root_rank: int, said_rank: int | None = None) -> list[Entry]:
    """Return all claims of an observation; `said_rank`, if given, is the rank of all but to be the root."""
    usual, earliest = _who(root_rank, node.start_ns, node.id)
    if said_rank is not None:
        usual = _who(said_rank, node.start_ns, node.id)[0]
    lowest = _BYTE[255 - NAME_TIER] + earliest
    made: list[Entry] = [(ROOT, lowest, node.ref)]
    for field, (tier, value) in o.claims.items():
        made.append((field, _BYTE[255 - tier] + usual, [node.ref, value] if field in PLACES else value))
    if o.name and "name" not in o.claims:
        made.append(("name", lowest, o.name))
    return made


def of_log(said: Claims, time_ns: int, span_id: str, digest: str) -> list[Entry]:
    """Return what a log record claims; it ranks as a child of its trace, whether or not its span is known.

    Of records with one time and span, the one with the larger digest goes first.
    """
    usual = _who(CHILD, time_ns, span_id)[0] + digest.encode()
    return [(field, _BYTE[255 - tier] + usual, value) for field, (tier, value) in said.items()]


def dump(made: Iterable[Entry]) -> str:
    """Return claims as they wait with an orphan: JSON of [[field, tier, value], …]."""
    return orjson.dumps([(field, 255 - rank[0], value) for field, rank, value in made]).decode()


def _load(waiting: str, root_rank: int, start_ns: int, span_id: str) -> list[Entry]:
    """Return what `dump` wrote, as claims of a span with this root rank."""
    usual, earliest = _who(root_rank, start_ns, span_id)
    return [
        (field, _BYTE[255 - tier] + (earliest if tier == NAME_TIER else usual), value)
        for field, tier, value in orjson.loads(waiting)
    ]


class Ballot:
    """The claims that one commit brings for one trace."""

    __slots__ = ("came", "left", "settled", "values", "waiting", "went")

    def __init__(self) -> None:
        self.came: Counter[str] = Counter()
        self.went: Counter[str] = Counter()
        """By field, how many orphans came that claim it, and how many that did were adopted."""
        self.settled: dict[str, tuple[bytes, Json]] = {}
        """The best claim of each field by spans whose rank is final."""
        self.waiting: dict[str, tuple[bytes, Json]] = {}
        """The best claim of each field by new orphans."""
        self.values: dict[str, set[str]] = {}
        """All values claimed for the fields of `CONTESTED`."""
        self.left: set[bytes] = set()
        """The ranks, less their tier, under which former orphans no longer claim anything."""

    def add(self, made: list[Entry], orphan: bool) -> None:
        """Take in the claims of a span."""
        best = self.waiting if orphan else self.settled
        if orphan:
            self.came.update(entry[0] for entry in made)
        for field, rank, value in made:
            held = best.get(field)
            if held is None or rank > held[0]:
                best[field] = (rank, value)

    def contest(self, said: Claims) -> None:
        """Note what a span or log record claims for the fields of which all values are kept."""
        for field in CONTESTED:
            if field in said:
                self.values.setdefault(field, set()).add(str(said[field][1]))

    def adopt(self, node: Node, waiting: str | None) -> None:
        """Take in the claims (`orphan.claims`) of an orphan whose parent has arrived."""
        if waiting is not None:
            self.left.update(_who(ORPHAN, node.start_ns, node.id))
            made = _load(waiting, CHILD, node.start_ns, node.id)
            self.went.update(entry[0] for entry in made)
            self.add(made, orphan=False)

    def fields(self) -> set[str]:
        """Return the fields whose value may change; what has left is claimed anew among `settled`."""
        return self.settled.keys() | self.waiting.keys()


class Held(NamedTuple):
    """A row of the table `claim`, less its trace and field."""

    value: str
    rank: bytes | None = None
    settled: str | None = None
    orphan_rank: bytes | None = None
    orphan: str | None = None
    orphan_count: int = 0

    @property
    def best_settled(self) -> Claim | None:
        """The best claim of spans whose rank is final."""
        return None if self.rank is None else (self.rank, self.value if self.settled is None else self.settled)

    @property
    def best_orphan(self) -> Claim | None:
        """The best claim of orphans."""
        return (
            None if self.orphan_rank is None else (self.orphan_rank, self.value if self.orphan is None else self.orphan)
        )

    @classmethod
    def of(cls, settled: Claim | None, orphan: Claim | None, count: int) -> Held | None:
        """Return the row for the best claims of both kinds; None where there is neither."""
        if settled is not None and (orphan is None or settled[0] > orphan[0]):
            beside, its_value = orphan or (None, None)
            return cls(settled[1], settled[0], None, beside, its_value, count)
        if orphan is not None:
            beside, its_value = settled or (None, None)
            return cls(orphan[1], beside, its_value, orphan[0], None, count)
        return None


class Outcome:
    """What settling a ballot comes to: values now and before, and the rows to write."""

    __slots__ = ("before", "claims", "contenders", "now")

    def __init__(self) -> None:
        self.now: dict[str, Json] = {}
        self.before: dict[str, Json] = {}
        self.claims: list[tuple[object, ...]] = []
        self.contenders: list[tuple[int, str, str]] = []


STORED = """
SELECT c.field, c.value, c.rank, c.settled, c.orphan_rank, c.orphan, c.orphan_count FROM json_each(?2) j
CROSS JOIN claim c ON c.trace_ref = ?1 AND c.field = j.value
"""


def resolve(db: sqlite3.Connection, trace_ref: int, ballot: Ballot, exists: bool) -> Outcome:
    """Settle the fields that a ballot touches; `exists`: the trace has claims in the file.

    `store` writes the outcome.
    """
    outcome = Outcome()
    fields = ballot.fields()
    stored: dict[str, Held] = {}
    if exists:
        cursor = db.execute(STORED, (trace_ref, orjson.dumps(list(fields)).decode()))
        stored = {row[0]: Held(*row[1:]) for row in cursor}
        outcome.before = {field: orjson.loads(held.value) for field, held in stored.items()}
    orphans = {field: held.best_orphan for field, held in stored.items()}
    gone = {field: best[0] for field, best in orphans.items() if best is not None and best[0][1:] in ballot.left}
    if gone:
        orphans |= dict.fromkeys(gone)
        still = {field: rank for field, rank in gone.items() if stored[field].orphan_count > ballot.went[field]}
        orphans |= _next_best(db, trace_ref, still)
    for field in fields:
        held = stored.get(field)
        settled = _better(held.best_settled if held else None, ballot.settled.get(field))
        count = (held.orphan_count if held else 0) + ballot.came[field] - ballot.went[field]
        now = Held.of(settled, _better(orphans.get(field), ballot.waiting.get(field)), count)
        if now is not None:
            outcome.now[field] = orjson.loads(now.value)
            if now != held:
                outcome.claims.append((trace_ref, field, *now))
    for field, values in ballot.values.items():
        was = outcome.before.get(field)
        if len(values) > 1 or (was is not None and was not in values):
            several = values if was is None else {*values, str(was)}
            outcome.contenders.extend((trace_ref, field, value) for value in sorted(several))
    return outcome


def _better(stored: Claim | None, new: tuple[bytes, Json] | None) -> Claim | None:
    # of one rank are only two versions of one span, of which the arriving one stands (`amending`)
    if new is not None and (stored is None or new[0] >= stored[0]):
        return new[0], to_json(new[1])
    return stored


def _next_best(db: sqlite3.Connection, trace_ref: int, gone: dict[str, bytes]) -> dict[str, Claim]:
    """Return the best claims of the orphans that still wait, for fields whose best claimant (`gone`: its rank) left.

    Orphans are read in the order in which claims of one tier go; the first of the tier that was the best ends the
    search of a field, so that usually one orphan is read.
    """
    best: dict[str, tuple[bytes, Json]] = {}
    for lowest, order in ((False, "start_ns DESC, id DESC"), (True, "start_ns ASC, id DESC")):
        open_fields = {field: rank[0] for field, rank in gone.items() if (rank[0] == 255 - NAME_TIER) is lowest}
        if not open_fields:
            continue
        cursor = db.execute(
            f"SELECT claims, start_ns, id FROM orphan WHERE trace_ref = ? AND claims IS NOT NULL ORDER BY {order}",
            (trace_ref,),
        )
        while open_fields and (row := cursor.fetchone()) is not None:
            for field, rank, value in _load(row[0], ORPHAN, row[1], row[2]):
                if field in open_fields:
                    if field not in best or rank > best[field][0]:
                        best[field] = (rank, value)
                    if rank[0] == open_fields[field]:
                        del open_fields[field]
        cursor.close()
    return {field: (rank, to_json(value)) for field, (rank, value) in best.items()}


def store(db: sqlite3.Connection, outcomes: Sequence[Outcome]) -> None:
    """Write the rows of many outcomes."""
    insert_many(db, "INSERT OR REPLACE INTO claim", [row for outcome in outcomes for row in outcome.claims])
    contenders = [row for outcome in outcomes for row in outcome.contenders]
    if contenders:
        insert_many(db, "INSERT OR IGNORE INTO contender", contenders)
