"""From a selection to SQL over the public views; every value goes in as a bound parameter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson

from ...errors import BadParameter
from ..columns import COLUMNS, INSTANTS, Kind
from ..selection import Condition, Scalar, Selection

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

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def compile_selection(selection: Selection) -> tuple[str, str, list[object]]:
    """Return (SQL of the rows, SQL of the total, parameters of both; the rows take limit and offset after them).

    Raises BadParameter naming an unknown view, column or operator, or a value that its column cannot be compared with.
    """
    kinds = COLUMNS.get(selection.view)
    if kinds is None:
        raise BadParameter("view", f"unknown view {selection.view!r}; there are {', '.join(COLUMNS)}")
    parameters: list[object] = [selection.project]
    conditions = ["project_id = ?"]
    for condition in selection.where:
        conditions.append(_condition(selection, condition, parameters))
    where = " AND ".join(conditions)
    wanted = selection.columns or tuple(kinds)
    for name in (*wanted, *(name for name, _ in selection.order)):
        if name not in kinds:
            raise BadParameter(name, f"{selection.view} have no such column; there are {', '.join(kinds)}")
    twins = INSTANTS[selection.view]
    order = [f"{twins.get(name, name)} {'DESC' if down else 'ASC'}" for name, down in selection.order]
    if not any(name == "id" for name, _ in selection.order):
        order.append(f"id {'DESC' if selection.order and selection.order[-1][1] else 'ASC'}")
    rows = (
        f"SELECT {', '.join(wanted)} FROM {selection.view} WHERE {where} ORDER BY {', '.join(order)} LIMIT ? OFFSET ?"
    )
    return rows, f"SELECT count(*) FROM {selection.view} WHERE {where}", parameters


def _condition(selection: Selection, condition: Condition, parameters: list[object]) -> str:
    kind = COLUMNS[selection.view].get(condition.column)
    if kind is None:
        known = ", ".join(COLUMNS[selection.view])
        raise BadParameter(condition.column, f"{selection.view} have no such column; there are {known}")
    column, operator = condition.column, condition.operator
    if condition.key:
        if kind != "object":
            raise BadParameter(column, "has no keys")
        column = _member(column, condition.key, parameters)
        kind = "text" if isinstance(condition.value, str | tuple) else "real"
    if operator in ("is null", "is not null"):
        return f"{column} {operator.upper()}"
    sets = LIST_SETS if kind == "list" else SETS
    if operator in sets:
        if not isinstance(condition.value, tuple):
            raise BadParameter(condition.column, f"{operator!r} takes a list of texts")
        parameters.append(orjson.dumps(condition.value).decode())
        return sets[operator].format(column=column)
    if kind in ("list", "object"):
        raise BadParameter(condition.column, f"cannot be compared by {operator!r}")
    if operator in TEXT_OPERATORS:
        if not isinstance(condition.value, str):
            raise BadParameter(condition.column, f"{operator!r} takes a text")
        sql = TEXT_OPERATORS[operator].format(column=column)
        parameters.extend([condition.value] * sql.count("?"))
        return sql
    if operator not in COMPARISONS:
        raise BadParameter(condition.column, f"unknown operator {operator!r}")
    if kind == "time":
        column = INSTANTS[selection.view].get(condition.column, column)
    parameters.append(_value(condition.column, kind, condition.value, column != condition.column))
    return f"{column} {COMPARISONS[operator]} ?"


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
