"""From a selection to SQL over the public views; every value goes in as a bound parameter."""

from __future__ import annotations

from typing import NamedTuple

from ...errors import BadParameter
from ..columns import BY_NAME, COLUMNS, COMPUTED, INSTANTS, Kind
from ..selection import Selection, conditions_in
from .conditions import Conditions, is_anchored
from .views import VIEWS, ViewSql


class Compiled(NamedTuple):
    """SQL of the rows and of the total, and the parameters that both take."""

    rows: str
    total: str
    parameters: list[object]


def compile_selection(selection: Selection, project_ref: int) -> Compiled:
    """Return the SQL of a selection; the rows take limit and offset as two further parameters.

    The rows that belong on the page are found first, by what the conditions and the order need, and only these are
    then filled with all columns: sorting a million rows with their payloads took 40 times as long.
    Raises BadParameter naming an unknown view, column or operator, or a value that its column cannot be compared with.
    """
    view = VIEWS.get(selection.view)
    if view is None:
        raise BadParameter("view", f"unknown view {selection.view!r}; there are {', '.join(COLUMNS)}")
    wanted = selection.columns or tuple(COLUMNS[selection.view])
    further = COMPUTED[selection.view]
    _check(selection, wanted, further)
    anchored = any(is_anchored(view, condition) for condition in selection.where)
    # a + keeps SQLite from finding rows by their project where another index finds fewer, or gives their order
    scattered = anchored or selection.view == "observations"
    project = f"{'+' if scattered else ''}{view.project} = {project_ref}"
    conditions = Conditions(view, {**COLUMNS[selection.view], **further}, INSTANTS[selection.view], project_ref)
    where = [project, *map(conditions.add, selection.where)]
    order = _order(view, selection)
    parameters = conditions.parameters
    if selection.after:
        where.append(_behind(selection, order))
        parameters += [selection.after[0], *selection.after]
    join = "AND" if " WHERE " in view.source else "WHERE"
    found = f"FROM {view.source} {join} {' AND '.join(where)}"
    ordered = ", ".join(f"{expression} {'DESC' if down else 'ASC'}" for expression, down in order)
    columns = ", ".join(f"{view.columns[name]} AS {name}" for name in wanted)
    keys = f"SELECT {view.key} {found} ORDER BY {ordered} LIMIT ? OFFSET ?"
    rows = f"SELECT {columns} FROM {view.source} {join} {view.key} IN ({keys}) ORDER BY {ordered}"
    return Compiled(rows, _total(view, selection, project_ref, found, len(parameters)), parameters)


def _total(view: ViewSql, selection: Selection, project_ref: int, found: str, parameters: int) -> str:
    """The SQL of the total. It takes the parameters of the rows even where it does not use them."""
    if not selection.counted:
        return f"SELECT 0 FROM (SELECT {', '.join('?' * parameters)})" if parameters else "SELECT 0"
    if view.total and not selection.where and not selection.after:
        return view.total.replace(":project", str(project_ref))
    return f"SELECT count(*) {found}"


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
