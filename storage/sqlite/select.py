"""From a selection to SQL over the public views; every value goes in as a bound parameter.

The rows that belong on a page are found first, by what conditions and order need, and only these are then filled with
all columns: sorting a million rows with their payloads took 40 times as long. They are found in one of three ways:

    few    those that the total was counted of, where they are few
    near   along the index of the order, until the page is full, where there are many
    all    by a scan for every row that meets the conditions, where no index gives the order

Hence the total is counted first: over those tables alone that the conditions need, by sets instead of look-ups.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from ...errors import BadParameter
from ..columns import BY_NAME, COLUMNS, COMPUTED, INSTANTS, Kind
from ..selection import Selection, View, conditions_in
from .conditions import Conditions, is_anchored
from .views import VIEWS, ViewSql
from .whole import WholeConditions

JOIN = re.compile(r" (?:LEFT )?JOIN \w+ (\w) ON .*?(?= LEFT JOIN | JOIN | WHERE |$)")
"""A join in the source of a view, and the letter of its table."""

INDEXED: dict[View, str] = {
    "traces": "start_time_unix_nano",
    "observations": "start_time_unix_nano",
    "logs": "time_unix_nano",
    "scores": "time_unix_nano",
}
"""The column in whose order an index gives the rows, where one does."""

GATHERED: tuple[View, ...] = ("traces", "sessions", "users", "scores")
"""Views of which the rows are gathered while they are counted: 5 ms for 100,000."""
FEW = 10_000
"""Rows that are looked up again sooner than found again. Near the begin of an order there may be none of them."""


class Statement(NamedTuple):
    """SQL and its parameters; rows take limit and offset as two further ones."""

    sql: str
    parameters: list[object]


class Compiled(NamedTuple):
    """The rows, found in each way, few of them by the JSON list of their keys; the total, with that list, NULL where
    it was not made; and whether an index gives the order or finds the rows."""

    few: str
    near: Statement
    all: Statement
    total: Statement
    ordered: bool


def answer_rows(
    db: sqlite3.Connection, selection: Selection, project_ref: int
) -> tuple[Iterable[tuple[object, ...]], int]:
    """Return the rows of a selection and the total, 0 where nobody asks for it. Raises as `compile_selection`."""
    only = project_ref > 0 and bool(db.execute("SELECT count(*) = 1 FROM project").fetchone()[0])
    compiled = compile_selection(selection, project_ref, only_project=only)
    rows, total = compiled.near, 0
    if selection.counted:
        total, keys = db.execute(*compiled.total).fetchone()
        if total <= selection.offset or not selection.limit:
            return [], total
        if keys is not None and total <= FEW:
            rows = Statement(compiled.few, [keys])
        elif not compiled.ordered or total <= FEW:
            rows = compiled.all
    return db.execute(rows.sql, [*rows.parameters, selection.limit, selection.offset]), total


def compile_selection(selection: Selection, project_ref: int, *, only_project: bool = False) -> Compiled:
    """Return the SQL of a selection; `only_project` says that all rows of the file are of this project.

    Raises BadParameter naming an unknown view, column or operator, or a value that its column cannot be compared with.
    """
    view = VIEWS.get(selection.view)
    if view is None:
        raise BadParameter("view", f"unknown view {selection.view!r}; there are {', '.join(COLUMNS)}")
    further = COMPUTED[selection.view]
    _check(selection, selection.columns or tuple(COLUMNS[selection.view]), further)
    kinds, instants = {**COLUMNS[selection.view], **further}, INSTANTS[selection.view]
    order = _order(view, selection)
    anchored = any(is_anchored(view, condition) for condition in selection.where)
    # a + keeps SQLite from finding rows by their project where another index finds fewer, or gives their order
    scattered = anchored or selection.view == "observations"
    project = f"{'+' if scattered else ''}{view.project} = {project_ref}"
    looked_up = Conditions(view, kinds, instants, project_ref)
    near = _where(selection, order, looked_up, "" if only_project and scattered else project)
    every = near
    if not anchored:
        sets = WholeConditions(selection.view, view, kinds, instants, project_ref)
        every = _where(selection, order, sets, "" if only_project else project)
    leading = selection.order[0][0] if selection.order else "id"
    ordered = INSTANTS[selection.view].get(leading, leading) == INDEXED.get(selection.view)
    free = [(f"+{each}", down) for each, down in order]  # of indexes
    return Compiled(
        _rows(view, selection, free, f"{view.key} IN (SELECT value FROM json_each(?))"),
        Statement(_rows(view, selection, order, near.sql), near.parameters),
        Statement(_rows(view, selection, free, every.sql), every.parameters),
        _total(view, selection, project_ref, every),
        ordered or anchored,
    )


def _where(selection: Selection, order: list[tuple[str, bool]], conditions: Conditions, project: str) -> Statement:
    """The conditions on a row that is found, "" where all are."""
    where = [*([project] if project else []), *map(conditions.add, selection.where)]
    parameters = conditions.parameters
    if selection.after:
        where.append(_behind(selection, order))
        parameters += [selection.after[0], *selection.after]
    return Statement(" AND ".join(where), parameters)


def _rows(view: ViewSql, selection: Selection, order: list[tuple[str, bool]], where: str) -> str:
    ordered = ", ".join(f"{expression} {'DESC' if down else 'ASC'}" for expression, down in order)
    columns = ", ".join(f"{view.columns[name]} AS {name}" for name in selection.columns or COLUMNS[selection.view])
    found = rows_in(view, where, ordered)
    keys = f"SELECT {view.key} {found} ORDER BY {ordered} LIMIT ? OFFSET ?"
    return f"SELECT {columns} {rows_in(view, f'{view.key} IN ({keys})', columns, ordered)} ORDER BY {ordered}"


def rows_in(view: ViewSql, where: str, *used: str) -> str:
    """FROM and WHERE of some rows, without the joins that neither the conditions nor what is `used` need."""
    source = view.source
    needed = " ".join((where, *used))
    for join in reversed(list(JOIN.finditer(source))):
        if re.search(rf"\b{join[1]}\.", needed):
            needed += join[0]
        elif not re.search(rf"\b{join[1]}\.", source[join.end() :]):
            source = source[: join.start()] + source[join.end() :]
    if not where:
        return f"FROM {source}"
    return f"FROM {source} {'AND' if ' WHERE ' in source else 'WHERE'} {where}"


def _total(view: ViewSql, selection: Selection, project_ref: int, where: Statement) -> Statement:
    if not selection.counted:
        return Statement("SELECT 0, NULL", [])
    if view.total and not selection.where and not selection.after:
        return Statement(f"SELECT ({view.total.replace(':project', str(project_ref))}), NULL", [])
    keys = f"json_group_array({view.key})" if selection.where and selection.view in GATHERED else "NULL"
    return Statement(f"SELECT count(*), {keys} {rows_in(view, where.sql)}", where.parameters)


def _check(selection: Selection, wanted: tuple[str, ...], further: dict[str, Kind]) -> None:
    kinds = COLUMNS[selection.view]
    sortable = {*kinds, *(name for name, kind in further.items() if kind not in BY_NAME)}
    asked = (
        (wanted, kinds.keys()),
        ([name for name, _ in selection.order], sortable),
        ([condition.column for condition in conditions_in(selection.where)], {*kinds, *further}),
    )
    for names, known in asked:
        for name in names:
            if name not in known:
                raise BadParameter(name, f"{selection.view} have no such column; there are {', '.join(known)}")


def _order(view: ViewSql, selection: Selection) -> list[tuple[str, bool]]:
    twins, expressions = INSTANTS[selection.view], {**view.columns, **view.computed}
    order = [(expressions[twins.get(name, name)], down) for name, down in selection.order]
    return [*order, (expressions["id"], bool(selection.order) and selection.order[-1][1])]


def _behind(selection: Selection, order: list[tuple[str, bool]]) -> str:
    """The condition that keeps the rows behind the one of `after`; its first half is what an index can serve."""
    if len(selection.after) != len(order) or len({down for _, down in order}) != 1:
        raise BadParameter("after", "takes a value for each column of an order of one direction, and an id")
    sign = "<" if order[0][1] else ">"
    expressions = ", ".join(expression for expression, _ in order)
    return f"{order[0][0]} {sign}= ? AND ({expressions}) {sign} ({', '.join('?' * len(order))})"
