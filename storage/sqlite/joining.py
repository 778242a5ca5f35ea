"""Which log records of one trace belong to which of its observations, as far as one commit touches them (`logs`)."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from ...mapping.observation import Observation
from . import calls
from .lineage import TOKENS, Node
from .logs import INPUT, OUTPUT, Log, Logs, texts

HELD = """
SELECT o.id, o.ref, o.response_id, x.input, x.output, x.input_key IS NOT NULL, x.output_key IS NOT NULL,
    COALESCE(x.joined, 0)
FROM json_each(?2) j CROSS JOIN observation o ON o.trace_ref = ?1 AND o.id = j.value JOIN span x ON x.ref = o.ref
"""


@dataclass(slots=True)
class Place:
    """An observation that records may fill. `own`: bits, which texts its span has itself."""

    id: str
    response_id: str | None
    own: int
    ref: int | None = None
    """Its row in the file, None for one that arrives."""
    joined: int = 0
    input: str | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """What log records put into an observation; `joined` says which."""

    input: str | None = None
    output: str | None = None
    joined: int = 0


NOTHING = Texts()


class Joining:
    """The records and observations of one trace that one commit brings together."""

    def __init__(
        self, db: sqlite3.Connection, logs: Logs, trace_ref: int, project_ref: int, trace_id: str, exists: bool
    ) -> None:
        """`exists`: the file holds observations of the trace that are not among the arriving ones."""
        self._db = db
        self._logs = logs
        self._trace_ref = trace_ref
        self._project_ref = project_ref
        self._trace_id = trace_id
        self._exists = exists
        self._asked: tuple[set[str], set[str]] = (set(), set())
        """Span ids and response ids of which all records have been read."""

    def settle(
        self, arriving: Iterable[Observation], arrived: Iterable[Log], nodes: Iterable[Node]
    ) -> tuple[dict[str, Texts], list[tuple[str | None, str | None, int, int]]]:
        """Return the texts of arriving observations by id, and (input, output, joined, ref) of rows to change.

        `arrived` are the records that are new, all of them where the trace is; `nodes` the observations known to be
        reports of calls, chosen among.
        """
        places = {o.span.span_id: _place(o) for o in arriving}
        arrived = [log for log in arrived if log.meaning.name]
        if not places and not arrived:
            return {}, []
        winners: dict[str | None, str] = {
            node.response_id: node.id for node in nodes if node.response_id and node.chosen & TOKENS
        }
        rivals = {node.id for node in nodes if node.response_id}
        pool = self._pool(places, arrived)
        if not pool:
            return {}, []
        self._know(rivals, places)
        named = self._learn(pool, winners, places)
        affected = {*(log.span_id for log in pool), *(winners[name] for name in named & winners.keys()), *rivals}
        affected &= places.keys()
        pool = self._complete(pool, [places[one] for one in affected])
        self._learn(pool, winners, places)  # those records may name others again
        return self._fill(affected, pool, winners, places)

    def _pool(self, places: dict[str, Place], arrived: Iterable[Log]) -> list[Log]:
        ids = {*places, *(log.span_id for log in arrived)}
        response_ids = {place.response_id for place in places.values()} | {log.meaning.response_id for log in arrived}
        return self._named(ids, response_ids)

    def _named(self, ids: Iterable[str], response_ids: Iterable[str | None]) -> list[Log]:
        """Return the records that name these spans or calls, but for those of which they were read already."""
        spans_asked, calls_asked = self._asked
        spans = {one for one in ids if one} - spans_asked
        named = {one for one in response_ids if one} - calls_asked
        spans_asked |= spans
        calls_asked |= named
        found = self._logs.of_spans(self._project_ref, self._trace_id, spans) if spans else []
        return found + (self._logs.of_calls(self._project_ref, self._trace_id, named) if named else [])

    def _complete(self, pool: list[Log], places: list[Place]) -> list[Log]:
        """Return the pool with all records of the places, of which it has some."""
        return pool + self._named((place.id for place in places), {place.response_id for place in places})

    def _learn(self, pool: list[Log], winners: dict[str | None, str], places: dict[str, Place]) -> set[str]:
        """Look up the observations that records name, by span and by call; return the response ids."""
        named = {log.meaning.response_id for log in pool if log.meaning.response_id}
        self._know({log.span_id for log in pool}, places)
        self._choose(named, winners, places)
        return named

    def _know(self, ids: set[str], places: dict[str, Place]) -> None:
        """Look up those observations of the file that are not known yet."""
        missing = [one for one in ids if one and one not in places]
        if not missing or not self._exists:
            return
        for row in self._db.execute(HELD, (self._trace_ref, orjson.dumps(missing).decode())):
            has_input = row[5] or (row[3] is not None and not row[7] & INPUT)
            has_output = row[6] or (row[4] is not None and not row[7] & OUTPUT)
            own = (INPUT if has_input else 0) | (OUTPUT if has_output else 0)
            places[row[0]] = Place(row[0], row[2], own, row[1], row[7], row[3], row[4])

    def _choose(self, named: set[str], winners: dict[str | None, str], places: dict[str, Place]) -> None:
        """Find the observations of the file that are the calls which records name."""
        missing = named - winners.keys()
        if missing and self._exists:
            for node in calls.chosen(self._db, self._trace_ref, missing):
                if node.chosen & TOKENS:
                    winners[node.response_id] = node.id
            self._know({winners[name] for name in missing & winners.keys()}, places)

    def _fill(
        self, affected: set[str], pool: list[Log], winners: dict[str | None, str], places: dict[str, Place]
    ) -> tuple[dict[str, Texts], list[tuple[str | None, str | None, int, int]]]:
        told: dict[str, list[Log]] = defaultdict(list)
        for log in pool:
            told[_target(log, winners, places)].append(log)
        fresh: dict[str, Texts] = {}
        changed: list[tuple[str | None, str | None, int, int]] = []
        for one in sorted(affected):
            place = places[one]
            given, output = texts(told[one])
            joined = (INPUT if given and not place.own & INPUT else 0) | (
                OUTPUT if output and not place.own & OUTPUT else 0
            )
            if place.ref is None:
                fresh[one] = Texts(given, output, joined)
                continue
            now_input = place.input if place.own & INPUT else given
            now_output = place.output if place.own & OUTPUT else output
            if (now_input, now_output, joined) != (place.input, place.output, place.joined):
                changed.append((now_input, now_output, joined, place.ref))
        return fresh, changed


def _place(o: Observation) -> Place:
    own = (INPUT if o.input_key or o.input_made else 0) | (OUTPUT if o.output_key or o.output_made else 0)
    return Place(o.span.span_id, o.response_id, own)


def _target(log: Log, winners: dict[str | None, str], places: dict[str, Place]) -> str:
    """Return the id of the observation that a record belongs to."""
    place, response_id = places.get(log.span_id), log.meaning.response_id
    if response_id and (place is None or place.response_id != response_id):
        return winners.get(response_id, log.span_id)
    return log.span_id
