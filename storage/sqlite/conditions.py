"""From the conditions of a selection to SQL; every value, key and name goes in as a bound parameter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson

from ...errors import BadParameter
from ..columns import BY_NAME, Kind
from ..selection import AllOf, AnyOf, Condition, Expression, Not, Scalar
from .locating import Located
from .views import ViewSql

COMPARISONS = {"=": "=", "<>": "IS NOT", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
TEXT_OPERATORS = {
    "contains": "instr(lower({column}), lower(?)) > 0",
    "does not contain": "COALESCE(instr(lower({column}), lower(?)) = 0, 1)",
    "starts with": "substr({column}, 1, length(?)) = ?",
    "ends with": "substr({column}, -length(?)) = ?",
    "matches": "instr(lower({column}), lower(?)) > 0",
}
MATCHES_MEMBER = "instr({column}, ?) > 0"
SETS = {
    "any of": "{column} IN (SELECT value FROM json_each(?))",
    "none of": "COALESCE({column} NOT IN (SELECT value FROM json_each(?)), 1)",
}
LIST_SETS = {
    "any of": "EXISTS (SELECT 1 FROM ({members}) WHERE value IN (SELECT value FROM json_each(?)))",
    "none of": "NOT EXISTS (SELECT 1 FROM ({members}) WHERE value IN (SELECT value FROM json_each(?)))",
    "all of": "NOT EXISTS (SELECT 1 FROM json_each(?) WHERE value NOT IN ({members}))",
}
VERDICTS = {"=": "EXISTS (SELECT 1 {scores} AND c.value = ?)", "<>": "NOT EXISTS (SELECT 1 {scores} AND c.value = ?)"}

MEMBERS: dict[str, str] = {
    "text": "CASE e.type WHEN 'null' THEN NULL WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
    " ELSE CAST(e.value AS TEXT) END",
    "real": "CASE WHEN e.type IN ('integer', 'real') THEN e.value WHEN e.type = 'text' AND json_valid(e.value)"
    " AND json_type(e.value) IN ('integer', 'real') THEN CAST(e.value AS REAL) END",
    "boolean": "CASE WHEN e.type IN ('true', 'false') THEN e.value WHEN e.type = 'text'"
    " AND lower(e.value) IN ('true', 'false') THEN lower(e.value) = 'true' END",
}
"""A member of an object as text, number or boolean: Langfuse SDKs before 5 send 0.15 and true as texts."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_anchored(view: ViewSql, condition: Expression) -> bool:
    """Say whether an index finds the few rows that a condition leaves."""
    if not isinstance(condition, Condition) or condition.column not in view.anchors:
        return False
    if condition.operator == "=":
        return isinstance(condition.value, str)
    return condition.operator == "any of" and isinstance(condition.value, tuple)


class Conditions:
    """Compiles conditions on one view one by one, and collects their parameters in order."""

    def __init__(self, view: ViewSql, kinds: Mapping[str, Kind], instants: Mapping[str, str], project_ref: int) -> None:
        self._view = view
        self._kinds = kinds
        self._instants = instants
        self._project = str(project_ref)
        self._expressions = {**view.columns, **view.computed}
        self.parameters: list[object] = []

    def add(self, expression: Expression) -> str:
        """Return the SQL of a filter tree. Raises BadParameter naming a column."""
        match expression:
            case AllOf(items):
                return f"({' AND '.join(map(self.add, items)) or '1'})"
            case AnyOf(items):
                return f"({' OR '.join(map(self.add, items)) or '0'})"
            case Not(item):
                return f"NOT COALESCE({self.add(item)}, 0)"
        return self._one(expression)

    def _one(self, condition: Condition) -> str:
        if isinstance(condition, Located):
            self.parameters += condition.parameters
            return condition.sql
        if is_anchored(self._view, condition):
            return self._anchor(condition)
        kind = self._kinds[condition.column]
        if kind in BY_NAME:
            return self._scores(condition, kind)
        column = self._expressions[condition.column]
        if condition.key:
            return self._inside(condition, column, kind)
        if condition.operator in LIST_SETS and kind == "list":
            return self._set(
                condition, self._view.members.get(condition.column, f"SELECT value FROM json_each({column})")
            )
        if kind == "list" and (condition.operator in TEXT_OPERATORS or condition.operator == "="):
            return self._any_member(condition, column)
        return self._compare(condition, column, kind)

    def _any_member(self, condition: Condition, column: str) -> str:
        """Compare the members of a list of texts: one of them meets the condition; none contains it."""
        members = self._view.members.get(condition.column, f"SELECT value FROM json_each({column})")
        there = condition.operator != "does not contain"
        asked = condition if there else replace(condition, operator="contains")
        return (
            f"{'' if there else 'NOT '}EXISTS (SELECT 1 FROM ({members}) WHERE {self._compare(asked, 'value', 'text')})"
        )

    def _anchor(self, condition: Condition) -> str:
        anchor = self._view.anchors[condition.column].replace(":project", self._project)
        if isinstance(condition.value, tuple):
            self.parameters.append(_json(condition.value))
            return anchor.format(of="IN", named="IN (SELECT value FROM json_each(?))")
        self.parameters.append(condition.value)
        return anchor.format(of="=", named="= ?")

    def _scores(self, condition: Condition, kind: Kind) -> str:
        if not condition.key:
            raise BadParameter(condition.column, "needs a key: the name of a score")
        scores = self._expressions[condition.column]
        self.parameters.append(condition.key)
        if condition.operator in ("is null", "is not null"):
            return f"{'NOT ' if condition.operator == 'is null' else ''}EXISTS (SELECT 1 {scores})"
        if kind == "averages":
            return self._compare(condition, f"(SELECT avg(c.value) {scores})", "real")
        if kind == "categories":
            if condition.operator == "all of":
                raise BadParameter(condition.column, "cannot be compared by 'all of'")
            return self._set(condition, f"SELECT c.string_value AS value {scores}")
        if condition.operator not in VERDICTS:
            raise BadParameter(condition.column, f"cannot be compared by {condition.operator!r}")
        self.parameters.append(_value(condition, "boolean"))
        return VERDICTS[condition.operator].format(scores=scores)

    def _inside(self, condition: Condition, column: str, kind: Kind) -> str:
        """Compare a member of an object: the key taken literally or, where there is none such, as a dotted path."""
        if kind != "object":
            raise BadParameter(condition.column, "has no keys")
        if "\0" in condition.key:
            raise BadParameter(condition.column, "has no keys with a NUL character")
        value = condition.value
        inner: Kind = "text"
        if isinstance(value, bool):
            inner = "boolean"
        elif isinstance(value, int | float):
            inner = "real"
        by_key = self._view.keyed.get(condition.column)
        # the whole object once; its expression may be long, and SQLite's parser is not deep
        source, member = "", by_key or "w.whole -> ('$.\"' || ? || '\"')"
        if by_key is None:
            source = f"(SELECT {column} AS whole) w CROSS JOIN "
        # look-ups by key compare keys as they are; in a JSON path nothing can quote a quotation mark
        self.parameters.append(condition.key if by_key else condition.key.replace('"', ""))
        head, *path = condition.key.replace('"', "").split(".")
        if path:
            self.parameters += [head, "$" + "".join(f'."{part}"' for part in path)]
            member = f"COALESCE({member}, {member} -> ?)"
        # a list of one, because json_each opens what it is given, and says of each member what it is
        typed = f"(SELECT {MEMBERS[inner]} FROM {source}json_each(json_array(json({member}))) e)"
        if condition.operator == "matches":
            self.parameters.append(_value(condition, "text"))
            return MATCHES_MEMBER.format(column=typed)
        return self._compare(condition, typed, inner)

    def _set(self, condition: Condition, members: str) -> str:
        if not isinstance(condition.value, tuple):
            raise BadParameter(condition.column, f"{condition.operator!r} takes a list of values")
        if condition.operator not in LIST_SETS:
            raise BadParameter(condition.column, f"cannot be compared by {condition.operator!r}")
        self.parameters.append(_json(condition.value))
        return LIST_SETS[condition.operator].format(members=members)

    def _compare(self, condition: Condition, column: str, kind: Kind) -> str:
        operator, value = condition.operator, condition.value
        if operator in ("is null", "is not null"):
            return f"{column} {operator.upper()}"
        if kind in ("list", "object"):
            raise BadParameter(condition.column, f"cannot be compared by {operator!r}")
        if operator in SETS:
            if not isinstance(value, tuple):
                raise BadParameter(condition.column, f"{operator!r} takes a list of values")
            self.parameters.append(_json(value))
            return SETS[operator].format(column=column)
        if operator in TEXT_OPERATORS:
            sql = TEXT_OPERATORS[operator]
            self.parameters.extend([_value(condition, "text")] * sql.count("?"))
            return sql.format(column=column)
        if operator not in COMPARISONS:
            raise BadParameter(condition.column, f"unknown operator {operator!r}")
        twin = "" if condition.key else self._instants.get(condition.column, "")
        self.parameters.append(_value(condition, kind, nanoseconds=bool(twin)))
        return f"{self._expressions[twin] if twin else column} {COMPARISONS[operator]} ?"


def _json(value: tuple[str | float, ...]) -> str:
    return orjson.dumps(value).decode()


def _value(condition: Condition, kind: Kind, nanoseconds: bool = False) -> object:
    name, value = condition.column, condition.value
    if kind == "time":
        return _time(name, value, nanoseconds)
    if kind in ("integer", "real") and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise BadParameter(name, "is a number; compare it with one")
    if kind in ("text", "payload") and not isinstance(value, str):
        raise BadParameter(name, "is text; compare it with text")
    if kind == "boolean":
        if not isinstance(value, bool):
            raise BadParameter(name, "is true or false")
        return int(value)
    return value


def _time(name: str, value: Scalar | tuple[str | float, ...], nanoseconds: bool) -> object:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise BadParameter(name, "is a time; compare it with a date and time that has a zone")
    if nanoseconds:
        return (value - _EPOCH) // timedelta(microseconds=1) * 1000
    utc = value.astimezone(UTC)
    return utc.strftime("%Y-%m-%d %H:%M:%S.") + f"{utc.microsecond // 1000:03d}"
