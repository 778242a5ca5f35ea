"""From a selection to SQL over the public views; every value goes in as a bound parameter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import orjson

from ...errors import BadParameter
from ..columns import COLUMNS, INSTANTS, Kind
from ..selection import Condition, Scalar, Selection
from .views import VIEWS, ViewSql

COMPARISONS = {"=": "=", "<>": "IS NOT", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
TEXT_OPERATORS = {
    "contains": "instr(lower({column}), lower(?)) > 0",
    "does not contain": "COALESCE(instr(lower({column}), lower(?)) = 0, 1)",
    "starts with": "substr({column}, 1, length(?)) = ?",
    "ends with": "substr({column}, -length(?)) = ?",
}
SETS = {
    "any of": "{column} IN (SELECT value FROM json_each(?))",
    "none of": "COALESCE({column} NOT IN (SELECT value FROM json_each(?)), 1)",
}
LIST_SETS = {
    "any of": "EXISTS (SELECT 1 FROM json_each({column}) WHERE value IN (SELECT value FROM json_each(?)))",
    "none of": "NOT EXISTS (SELECT 1 FROM json_each({column}) WHERE value IN (SELECT value FROM json_each(?)))",
    "all of": "NOT EXISTS (SELECT 1 FROM json_each(?) WHERE value NOT IN (SELECT value FROM json_each({column})))",
}

NUMBER = (
    "(SELECT CASE WHEN typeof(v) IN ('integer', 'real') THEN v"
    " WHEN json_valid(v) AND json_type(v) IN ('integer', 'real') THEN CAST(v AS REAL) END FROM (SELECT {column} AS v))"
)
"""A member as a number: Langfuse SDKs before 5 send 0.15 as text, and SQLite sorts any text above any number."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    view, kinds = VIEWS.get(selection.view), COLUMNS.get(selection.view, {})
    if view is None:
        raise BadParameter("view", f"unknown view {selection.view!r}; there are {', '.join(COLUMNS)}")
    wanted = selection.columns or tuple(kinds)
    for name in (*wanted, *(name for name, _ in selection.order), *(c.column for c in selection.where)):
        if name not in kinds:
            raise BadParameter(name, f"{selection.view} have no such column; there are {', '.join(kinds)}")
    parameters: list[object] = []
    anchored = any(_anchors(view, condition) for condition in selection.where)
    # a + keeps SQLite from finding rows by their project where another index finds fewer, or gives their order
    scattered = anchored or selection.view == "observations"
    conditions = [f"{'+' if scattered else ''}{view.project} = {project_ref}"]
    conditions += [
        _condition(view, kinds, selection, condition, parameters, project_ref) for condition in selection.where
    ]
    order = ", ".join(_order(view, selection))
    join = "AND" if " WHERE " in view.source else "WHERE"
    found = f"FROM {view.source} {join} {' AND '.join(conditions)}"
    columns = ", ".join(f"{view.columns[name]} AS {name}" for name in wanted)
    keys = f"SELECT {view.key} {found} ORDER BY {order} LIMIT ? OFFSET ?"
    rows = f"SELECT {columns} FROM {view.source} {join} {view.key} IN ({keys}) ORDER BY {order}"
    return Compiled(rows, f"SELECT count(*) {found}", parameters)


def _order(view: ViewSql, selection: Selection) -> list[str]:
    twins = INSTANTS[selection.view]
    order = [f"{view.columns[twins.get(name, name)]} {'DESC' if down else 'ASC'}" for name, down in selection.order]
    down = bool(selection.order) and selection.order[-1][1]
    return [*order, f"{view.columns['id']} {'DESC' if down else 'ASC'}"]


def _anchors(view: ViewSql, condition: Condition) -> bool:
    return condition.operator == "=" and condition.column in view.anchors and isinstance(condition.value, str)


def _condition(
    view: ViewSql,
    kinds: dict[str, Kind],
    selection: Selection,
    condition: Condition,
    parameters: list[object],
    project_ref: int,
) -> str:
    if _anchors(view, condition):
        parameters.append(condition.value)
        return view.anchors[condition.column].replace(":project", str(project_ref))
    kind, operator, value = kinds[condition.column], condition.operator, condition.value
    column = view.columns[condition.column]
    if condition.key:
        if kind != "object":
            raise BadParameter(condition.column, "has no keys")
        column = _member(column, condition.key, parameters)
        kind = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str | tuple) else "real"
        if kind == "real":
            column = NUMBER.format(column=column)
    if operator in ("is null", "is not null"):
        return f"{column} {operator.upper()}"
    sets = LIST_SETS if kind == "list" else SETS
    if operator in sets:
        if not isinstance(value, tuple):
            raise BadParameter(condition.column, f"{operator!r} takes a list of texts")
        parameters.append(orjson.dumps(value).decode())
        return sets[operator].format(column=column)
    if kind in ("list", "object"):
        raise BadParameter(condition.column, f"cannot be compared by {operator!r}")
    if operator in TEXT_OPERATORS:
        if not isinstance(value, str):
            raise BadParameter(condition.column, f"{operator!r} takes a text")
        sql = TEXT_OPERATORS[operator].format(column=column)
        parameters.extend([value] * sql.count("?"))
        return sql
    if operator not in COMPARISONS:
        raise BadParameter(condition.column, f"unknown operator {operator!r}")
    twin = INSTANTS[selection.view].get(condition.column)
    parameters.append(_value(condition.column, kind, value, twin is not None))
    return f"{view.columns[twin] if twin else column} {COMPARISONS[operator]} ?"


def _member(column: str, key: str, parameters: list[object]) -> str:
    """A key of an object, taken literally or, where there is none such, as a dotted path."""
    quoted = key.replace('"', "")
    parameters.append(f'$."{quoted}"')
    parameters.append("$" + "".join(f'."{part}"' for part in quoted.split(".")))
    return f"COALESCE(json_extract({column}, ?), json_extract({column}, ?))"


def _value(name: str, kind: Kind, value: Scalar | tuple[str, ...], nanoseconds: bool) -> object:
    if kind == "time":
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise BadParameter(name, "is a time; compare it with a date and time that has a zone")
        if nanoseconds:
            return (value - _EPOCH) // timedelta(microseconds=1) * 1000
        utc = value.astimezone(UTC)
        return utc.strftime("%Y-%m-%d %H:%M:%S.") + f"{utc.microsecond // 1000:03d}"
    if kind in ("integer", "real") and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise BadParameter(name, "is a number; compare it with one")
    if kind in ("text", "payload") and not isinstance(value, str):
        raise BadParameter(name, "is text; compare it with text")
    if kind == "boolean":
        if not isinstance(value, bool):
            raise BadParameter(name, "is true or false")
        return int(value)
    return value
