"""Values to ask for: of a column of a file, some that many rows have, some that few have, and some that none has."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from sidetrace.storage.columns import BY_NAME, COLUMNS, COMPUTED, Kind
from sidetrace.storage.selection import View
from sidetrace.storage.sqlite.views import VIEWS

SAMPLE = 5_000
"""Rows that are looked at, evenly spread over the file."""
NOBODY = "zzyx none such"

KEYS: dict[View, dict[str, dict[str, tuple[str, ...]]]] = {
    "traces": {
        "metadata": {
            "stringObject": ("content_type", "analysis_id", "customer.tier"),
            "numberObject": ("content_length", "customer.seats"),
            "booleanObject": ("escalated",),
            "categoryOptions": ("language",),
        },
        "scores_avg": {"numberObject": ("relevance", "harm")},
        "score_categories": {"categoryOptions": ("tone",)},
        "score_booleans": {"booleanObject": ("correct",)},
    },
    "sessions": {
        "metadata": {
            "stringObject": ("content_type", "analysis_id", "customer.tier"),
            "numberObject": ("content_length",),
            "booleanObject": ("escalated",),
            "categoryOptions": ("language",),
        },
        "scores_avg": {"numberObject": ("satisfaction",)},
        "score_categories": {"categoryOptions": ("tone",)},
        "score_booleans": {"booleanObject": ("correct",)},
    },
}
"""What `world` writes into the columns that are asked by key, by type of filter item."""


class Value(NamedTuple):
    """A value to compare with, and how many rows that leaves: common, rare or none."""

    share: str
    value: Any


@dataclass(slots=True)
class Column:
    """The values of some rows of a column, or of one key in it, those that are null left out."""

    kind: Kind
    values: list[Any]

    def texts(self) -> Iterator[Value]:
        """Whole texts; of lists their members."""
        most = Counter(str(each) for each in self.values).most_common()
        if most:
            yield Value("common", most[0][0])
        if len(most) > 1:
            yield Value("rare", most[-1][0])
        yield Value("none", NOBODY)

    def pieces(self, begin: bool) -> Iterator[Value]:
        """The beginnings of texts, or their ends."""
        for share, text in self.texts():
            size = max(1, len(text) // 2) if share == "common" else len(text)
            yield Value(share, text[:size] if begin else text[-size:])

    def numbers(self, operator: str) -> Iterator[Value]:
        """Numbers (or times) that leave many, few and no rows by an operator."""
        ordered = sorted(self.values)
        if not ordered:
            yield Value("none", 1)
            return
        if operator == "=":
            most = Counter(ordered).most_common()
            yield Value("common", most[0][0])
            yield Value("rare", most[-1][0])
            if not isinstance(ordered[0], str):
                yield Value("none", ordered[-1] + 12_345)
            return
        if operator in ("<", "<="):
            ordered.reverse()
        yield Value("common", ordered[len(ordered) // 2])
        yield Value("rare", ordered[-(len(ordered) // 500) - 1])
        if operator in ("<", ">"):
            yield Value("none", ordered[-1] if operator == ">" else self._before(ordered[-1]))

    @staticmethod
    def _before(value: Any) -> Any:
        return "1980-01-01 00:00:00.000" if isinstance(value, str) else min(value, 0)


class Samples:
    """Reads columns of a file."""

    def __init__(self, database: Path) -> None:
        self._db = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        self._steps: dict[View, int] = {}

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def column(self, view: View, name: str, key: str = "") -> Column:
        """Return a column of a view, or what a (dotted) key or the name of a score has in it."""
        kind: Kind = {**COLUMNS[view], **COMPUTED[view]}[name]
        if kind in BY_NAME:
            return Column(kind, self._scores(view, kind, key))
        sql = VIEWS[view]
        expression = {**sql.columns, **sql.computed}[name]
        join = "AND" if " WHERE " in sql.source else "WHERE"
        step = self._step(view)
        rows = self._db.execute(f"SELECT {expression} FROM {sql.source} {join} {sql.key} % {step} = 1 % {step}")
        values = [value for (value,) in rows if value is not None]
        if kind == "list":
            values = [member for value in values for member in orjson.loads(value)]
        elif kind == "object":
            values = list(_inside(values, key.split(".")))
        return Column(kind, values)

    def ids(self, view: View, count: int) -> list[str]:
        """Return the ids of some rows, spread over the file."""
        sql, step = VIEWS[view], self._step(view)
        join = "AND" if " WHERE " in sql.source else "WHERE"
        rows = self._db.execute(
            f"SELECT {sql.columns['id']} FROM {sql.source} {join} {sql.key} % {step} = 1 % {step}"
        ).fetchall()
        return [id for (id,) in rows[:: max(1, len(rows) // count)]][:count]

    def times(self) -> tuple[str, str]:
        """Return when the first trace begins and the last one, as ISO texts."""
        first, last = self._db.execute("SELECT min(timestamp), max(timestamp) FROM traces").fetchone()
        return iso(first), iso(last)

    def _scores(self, view: View, kind: Kind, name: str) -> list[Any]:
        value = "string_value" if kind == "categories" else "value"
        target = "session_id" if view == "sessions" else "trace_id"
        rows = self._db.execute(
            f"SELECT {value} FROM scores WHERE name = ? AND {target} IS NOT NULL LIMIT {SAMPLE}", (name,)
        )
        return [value for (value,) in rows]

    def _step(self, view: View) -> int:
        if view not in self._steps:
            sql = VIEWS[view]
            rows = self._db.execute(f"SELECT max({sql.key}) FROM {sql.source}").fetchone()[0]
            self._steps[view] = max(1, (rows or 1) // SAMPLE)
        return self._steps[view]


def iso(time: str) -> str:
    """Return a time of a view as filter items write it."""
    return f"{time.replace(' ', 'T')}Z"


def _inside(objects: Sequence[str], path: list[str]) -> Iterator[Any]:
    for text in objects:
        value = orjson.loads(text)
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            yield value
