"""From an aggregation to one SQL statement over the public views; every value goes in as a bound parameter.

    picked   the rows that meet the conditions, with what they are grouped by and the values that count
    ranked   the place of each value in its group, for percentiles, and its bin
    totals   the groups

Money, times and tokens are added up as the integers that the tables hold, so that no order of rows changes a sum.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import orjson

from ...errors import BadParameter
from ..aggregation import DERIVED, ROWS, Aggregation, Grain, Group, Measure
from ..columns import BY_NAME, COLUMNS, COMPUTED, INSTANTS, Kind
from ..selection import Cell, Condition, Row, View, conditions_in
from . import tools
from .aggregate_columns import REFS, SQL, WHOLE
from .conditions import MEMBERS, Conditions, is_anchored
from .select import rows_in
from .views import VIEWS, ViewSql

SECONDS: dict[Grain, int] = {"minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
MONDAY = 3 * 86400
"""Seconds from a Monday to the epoch, which was a Thursday."""


TIMES: dict[View, tuple[str, str]] = {
    "traces": ("t.start_ns", "trace WHERE project_ref = ?1"),
    "observations": ("o.start_ns", "observation WHERE ?1"),
}
"""The time of a row by which an index finds it, and where the first and the last stand."""
WIDE = 0.3
"""Of all time; rows of so much and more are found faster without the index."""


class Statement(NamedTuple):
    """An aggregation as SQL: its parameters, and the kinds of the cells of a row, by name."""

    sql: str
    parameters: list[object]
    kinds: list[tuple[str, Kind]]


def compile_aggregation(asked: Aggregation, project_ref: int, *, exact: bool = True, wide: bool = False) -> Statement:
    """Return the SQL of an aggregation. Raises BadParameter naming an unknown view, column, name or function.

    Without `exact` sums are floating point numbers, which do not overflow; `wide` uses no index of time.
    """
    return _Compiler(asked, project_ref, exact, wide).statement()


def answer_groups(db: sqlite3.Connection, asked: Aggregation, project_ref: int) -> list[Row]:
    """Return the rows of an aggregation; where sums leave 64 bits (latencies since 1970), as floating point numbers."""
    wide = _is_wide(db, asked, project_ref)
    try:
        return _run(db, compile_aggregation(asked, project_ref, wide=wide))
    except sqlite3.OperationalError as error:
        if "overflow" not in str(error):
            raise
        return _run(db, compile_aggregation(asked, project_ref, exact=False, wide=wide))


def _is_wide(db: sqlite3.Connection, asked: Aggregation, project_ref: int) -> bool:
    """Say whether conditions leave much of all time."""
    if asked.view not in TIMES:
        return False
    column, rows = TIMES[asked.view]
    # two statements, since SQLite takes either from the end of an index, but not both
    first, last = (
        db.execute(f"SELECT {end}({column[2:]}) FROM {rows}", (project_ref,)).fetchone()[0] for end in ("min", "max")
    )
    if first is None:
        return False
    since, until = first, last
    for condition in asked.where:
        if isinstance(condition, Condition) and isinstance(condition.value, datetime):
            at = int(condition.value.timestamp() * 1e9)
            if condition.operator in (">", ">="):
                since = max(since, at)
            elif condition.operator in ("<", "<="):
                until = min(until, at)
    return bool(until - since >= WIDE * (last - first))


def _run(db: sqlite3.Connection, statement: Statement) -> list[Row]:
    if tools.NAME in statement.sql:
        db.create_function(tools.NAME, 3, tools.function, deterministic=True)
    try:
        return [_shaped(statement.kinds, row) for row in db.execute(statement.sql, statement.parameters)]
    except OverflowError as error:
        raise BadParameter("value", "is too large to compare with") from error


def _shaped(kinds: list[tuple[str, Kind]], cells: tuple[object, ...]) -> Row:
    """Return a row of the statement as one of the answer."""
    return {name: _cell(kind, cell) for (name, kind), cell in zip(kinds, cells, strict=True)}


def _cell(kind: Kind, cell: object) -> Cell:
    if kind == "boolean":
        return None if cell is None else bool(cell)
    if kind == "list":
        return _bars(orjson.loads(cell)) if isinstance(cell, str) else []
    return cell  # type: ignore[return-value]  # SQLite gives text, int, float or None for the other kinds


def _bars(found: list[list[float]]) -> list[object]:
    """Return the bars of a histogram, the empty ones too, from [[smallest, largest, bars], [place, count], …]."""
    (low, high, bins), *filled = found
    if high == low:
        return [[low, high, filled[0][1]]]
    counts = {int(place): count for place, count in filled}
    width = (high - low) / bins
    edges = [*(low + place * width for place in range(int(bins))), high]
    return [[edges[place], edges[place + 1], counts.get(place, 0)] for place in range(int(bins))]


class _Compiler:
    """Puts the statement together.

    Its columns are `g` what is grouped by, `m` values, `r` their places in a group of `n`, `a` answers.
    """

    def __init__(self, asked: Aggregation, project_ref: int, exact: bool, wide: bool) -> None:
        plain = VIEWS.get(asked.view)
        if plain is None:
            raise BadParameter("view", f"unknown view {asked.view!r}; there are {', '.join(COLUMNS)}")
        self._asked = asked
        self._exact = exact
        self._project_ref = project_ref
        columns = plain.columns
        if wide:
            columns = {**columns, "start_time_unix_nano": f"+{TIMES[asked.view][0]}"}
        self._wide = wide
        self._view: ViewSql = replace(plain, columns=columns, computed={**plain.computed, **SQL.get(asked.view, {})})
        self._expressions = {**self._view.columns, **self._view.computed}
        self._kinds: dict[str, Kind] = {**COLUMNS[asked.view], **COMPUTED[asked.view], **DERIVED[asked.view]}
        self._instants = {**INSTANTS[asked.view], "trace_timestamp": "trace_time_unix_nano"}
        self._parameters: list[object] = []
        self._values: dict[tuple[str, str], int] = {}
        """The number of the `m` column of each (column, counted)."""

    def statement(self) -> Statement:
        asked = self._asked
        if not asked.groups and not asked.measures:
            raise BadParameter("measures", "ask for at least one group or measure")
        groups = [self._group(group) for group in asked.groups]
        answers = [self._measure(place, measure) for place, measure in enumerate(asked.measures)]
        picked = [f"{expression} AS g{place}" for place, expression in enumerate(groups)]
        picked += [f"{self._value(*asked)} AS m{number}" for asked, number in self._values.items()]
        where = self._where(", ".join(picked))
        lists = [place for place, group in enumerate(asked.groups) if self._kind(group.column) == "list"]
        # what is not made first is worked out anew wherever it is used
        first = "MATERIALIZED " if lists or self._windows() or any("SELECT" in each for each in picked) else ""
        parts = [f"picked AS {first}(SELECT {', '.join(picked)} {where})"]
        source = "picked"
        if lists:
            columns = [f"e{n}.value AS g{n}" if n in lists else f"g{n}" for n in range(len(groups))]
            columns += [f"m{number}" for number in self._values.values()]
            joins = " ".join(f"LEFT JOIN json_each(picked.g{n}) e{n}" for n in lists)
            parts.append(f"spread AS MATERIALIZED (SELECT {', '.join(columns)} FROM picked {joins})")
            source = "spread"
        if windows := self._windows():
            parts.append(f"ranked AS MATERIALIZED (SELECT *, {', '.join(windows)} FROM {source})")
            source = "ranked"
        keys = ", ".join(f"g{n}" for n in range(len(groups)))
        grouped = f"GROUP BY {keys}" if keys else ""
        totals = ", ".join([*([keys] if keys else []), *(answer for answer in answers if answer), "count(*) AS number"])
        parts.append(f"totals AS (SELECT {totals} FROM {source} {grouped})")
        joined = ""
        for place, measure in self._histograms():
            parts.append(self._bins(place, measure, source, keys))
            same = " AND ".join(f"h{place}.g{n} IS totals.g{n}" for n in range(len(groups))) or "1"
            joined += f" LEFT JOIN h{place} ON {same}"
        shown = [self._shown(n, group) for n, group in enumerate(asked.groups)]
        shown += [f"a{n}" for n in range(len(answers))]
        sql = f"WITH {', '.join(parts)} SELECT {', '.join(shown)} FROM totals{joined} {self._order()} LIMIT ?"
        kinds = [(group.name, self._cell_kind(group)) for group in asked.groups]
        histograms = {place for place, _ in self._histograms()}
        kinds += [
            (measure.name, "list" if place in histograms else "real") for place, measure in enumerate(asked.measures)
        ]
        return Statement(sql, [*self._parameters, asked.limit], kinds)

    def _kind(self, column: str) -> Kind | None:
        if column == ROWS:
            return None
        kind = self._kinds.get(column)
        if kind is None or kind in BY_NAME:
            raise BadParameter(column, f"{self._asked.view} have no such column")
        return kind

    def _cell_kind(self, group: Group) -> Kind:
        kind = self._kind(group.column)
        return "boolean" if kind == "boolean" else "text" if kind != "real" else "real"

    def _group(self, group: Group) -> str:
        kind = self._kind(group.column)
        expression = self._expressions[group.column]
        if group.grain is not None:
            return self._piece(group, kind)
        if group.key:
            if kind != "object":
                raise BadParameter(group.column, "has no keys")
            if "\0" in group.key:
                raise BadParameter(group.column, "has no keys with a NUL character")
            return self._member(group.column, group.key)
        if kind in ("object", "payload", "time"):
            raise BadParameter(group.column, "cannot be grouped by")
        return self._refs(group.column)[0] or expression

    def _refs(self, column: str) -> tuple[str, str]:
        return REFS.get(self._asked.view, {}).get(column, ("", ""))

    def _piece(self, group: Group, kind: Kind | None) -> str:
        if kind != "time" or group.column not in self._instants:
            raise BadParameter(group.column, "is no time that can be cut into pieces")
        twin = self._expressions[self._instants[group.column]]
        if group.grain == "month":
            return f"strftime('%Y-%m-01', NULLIF({twin}, 0) / 1000000000, 'unixepoch')"
        offset = MONDAY if group.grain == "week" else 0
        seconds = SECONDS[group.grain or "day"]
        return f"(NULLIF({twin}, 0) / 1000000000 + {offset}) / {seconds}"

    def _member(self, column: str, key: str) -> str:
        """A member of an object as text: the key taken literally or, where there is none such, as a dotted path."""
        expression = self._expressions[column]
        member = self._view.keyed.get(column, f"{expression} -> ('$.\"' || ? || '\"')")
        unquoted = key.replace('"', "")
        self._parameters.append(key if column in self._view.keyed else unquoted)
        head, *path = unquoted.split(".")
        if path:
            self._parameters += [head, "$" + "".join(f'."{part}"' for part in path)]
            member = f"COALESCE({member}, {member} -> ?)"
        return f"(SELECT {MEMBERS['text']} FROM json_each(json_array(json({member}))) e)"

    def _value(self, column: str, counted: str) -> str:
        kind = self._kind(column)
        if column == ROWS:
            return "1"
        if kind in ("list", "object", "payload"):
            raise BadParameter(column, "cannot be counted")
        plain = self._refs(column)[0] or self._expressions[column]
        expression = WHOLE.get(self._asked.view, {}).get(column, (plain, ""))[0]
        if not counted:
            return expression
        if self._kind(counted) != "boolean":
            raise BadParameter(counted, "is no boolean column")
        return f"CASE WHEN {self._expressions[counted]} THEN {expression} END"

    def _scale(self, column: str) -> str:
        """Return what turns a value as the tables hold it into one of the column."""
        unit = WHOLE.get(self._asked.view, {}).get(column, ("", ""))[1]
        return f" / {unit}" if unit else ""

    def _measure(self, place: int, measure: Measure) -> str:
        """Return the expression of a measure; "" for a histogram, which has a part of its own."""
        number = self._values.setdefault((measure.column, measure.counted), len(self._values))
        m, kind = f"m{number}", self._kind(measure.column)
        function, name = measure.function, f"a{place}"
        if kind in ("text", "time", "boolean") and function not in ("count", "uniq"):
            raise BadParameter(measure.column, f"is no number that {function!r} could be of")
        scale = self._scale(measure.column)
        whole = self._exact and (kind == "integer" or measure.column == ROWS or bool(scale))
        addend = m if whole else f"CAST({m} AS REAL)"
        match function:
            case "count":
                return f"count({m}) AS {name}"
            case "uniq":
                return f"count(DISTINCT {m}) AS {name}"
            case "sum":
                return f"sum({addend}){scale} AS {name}"
            case "avg":
                return f"sum({addend}) * 1.0 / count({m}){scale} AS {name}"
            case "min" | "max":
                return f"{function}({m}){scale} AS {name}"
            case "histogram":
                return ""
        share = int(function[1:])
        at = f"{share} * (n{number} - 1)"
        return (
            f"sum(CASE r{number} - 1 WHEN {at} / 100 THEN {m} * (100 - {at} % 100)"
            f" WHEN {at} / 100 + 1 THEN {m} * ({at} % 100) END) / 100.0{scale} AS {name}"
        )

    def _histograms(self) -> Iterator[tuple[int, Measure]]:
        for place, measure in enumerate(self._asked.measures):
            if measure.function == "histogram":
                yield place, measure

    def _windows(self) -> list[str]:
        return list(self._each_window())

    def _each_window(self) -> Iterator[str]:
        keys = ", ".join(f"g{n}" for n in range(len(self._asked.groups)))
        by = f"PARTITION BY {keys}" if keys else ""
        for number in dict.fromkeys(self._number(each) for each in self._asked.measures if each.function[0] == "p"):
            yield f"row_number() OVER ({by} ORDER BY m{number} NULLS LAST) AS r{number}"
            yield f"count(m{number}) OVER ({by}) AS n{number}"
        for number in dict.fromkeys(self._number(each) for _, each in self._histograms()):
            yield f"min(m{number}) OVER ({by}) AS low{number}"
            yield f"max(m{number}) OVER ({by}) AS high{number}"

    def _number(self, measure: Measure) -> int:
        return self._values[measure.column, measure.counted]

    def _bins(self, place: int, measure: Measure, source: str, keys: str) -> str:
        """The part that counts a histogram's values by their bin, in each group."""
        number = self._number(measure)
        scale = self._scale(measure.column)
        low, high, m = (f"{name}{number}{scale}" for name in ("low", "high", "m"))
        bar = (
            f"CASE WHEN {high} = {low} THEN 0"
            f" ELSE min({measure.bins} - 1, CAST(({m} - {low}) * {measure.bins}.0 / ({high} - {low}) AS INTEGER)) END"
        )
        columns = f"{keys}, " if keys else ""
        inner = (
            f"SELECT {columns}{low} AS low, {high} AS high, {bar} AS bar, count(*) AS number FROM {source}"
            f" WHERE m{number} IS NOT NULL GROUP BY {columns}bar"
        )
        edges = f"json_array(min(low), max(high), {measure.bins})"
        found = f"'[' || {edges} || ',' || group_concat(json_array(bar, number)) || ']'"
        grouped = f"GROUP BY {keys}" if keys else "HAVING count(*)"
        return f"h{place} AS (SELECT {columns}{found} AS a{place} FROM ({inner}) {grouped})"

    def _where(self, picked: str) -> str:
        asked, view = self._asked, self._view
        for condition in conditions_in(asked.where):
            if condition.column not in self._kinds:
                raise BadParameter(condition.column, f"{asked.view} have no such column")
        # a + keeps SQLite from finding rows by their project where another index finds fewer
        scattered = self._wide or asked.view == "observations" or any(is_anchored(view, one) for one in asked.where)
        conditions = Conditions(view, self._kinds, self._instants, self._project_ref)
        where = [f"{'+' if scattered else ''}{view.project} = {self._project_ref}"]
        where += map(conditions.add, asked.where)
        self._parameters += conditions.parameters
        return rows_in(view, " AND ".join(where), picked)

    def _shown(self, number: int, group: Group) -> str:
        if group.grain is None:
            stands = "" if group.key else self._refs(group.column)[1]
            return f"({stands} totals.g{number})" if stands else f"totals.g{number}"
        text = f"totals.g{number}"
        if group.grain != "month":
            offset = MONDAY if group.grain == "week" else 0
            form = "%Y-%m-%d" if group.grain in ("day", "week") else "%Y-%m-%dT%H:%M:%SZ"
            text = f"strftime('{form}', {text} * {SECONDS[group.grain]} - {offset}, 'unixepoch')"
        return f"substr({text}, 1, {group.digits})" if group.grain in ("day", "week", "month") else text

    def _order(self) -> str:
        names = {
            group.name: self._shown(number, group) if group.grain is None else f"totals.g{number}"
            for number, group in enumerate(self._asked.groups)
        }
        every = {**names, **{measure.name: f"a{place}" for place, measure in enumerate(self._asked.measures)}}
        order = []
        for name, down in self._asked.order:
            if name not in every:
                raise BadParameter(name, f"no group and no measure has this name; there are {', '.join(every)}")
            order.append(f"{every[name]} {'DESC' if down else 'ASC'} NULLS LAST")
        order += [f"{key} ASC NULLS LAST" for key in names.values()]
        return f"ORDER BY {', '.join(order)}" if order else ""
