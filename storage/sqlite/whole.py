"""Conditions answered for the whole file at once: the set of all rows that have a value, made once by one scan.

A condition on what stands in another table is a look-up there for every row of the view: for 100,000 traces 60 to
140 ms. As a set, made from the other table's side, most take a quarter of that. A page near the beginning of its order
needs few rows and keeps to the look-ups (`select.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import orjson

from ..columns import Kind
from ..selection import Condition, Operator, View
from .conditions import MATCHES_MEMBER, TEXT_OPERATORS, Conditions, is_anchored
from .views import ViewSql

OPPOSITE: Mapping[Operator, Operator] = {
    "<>": "=", "none of": "any of", "does not contain": "contains", "is null": "is not null",
}  # fmt: skip
"""Operators that a row meets which has no value: as a set, the complement of the rows that meet their opposite."""
MOST_MEMBERS = 20
"""Members of "all of" that are looked for one by one."""


class Holder(NamedTuple):
    """Where the values of a column stand: the row's own expression, and a statement that gives pairs (ref, value).

    `:project` is the project's ref. `optional` where the own expression may be NULL.
    """

    row: str
    pairs: str
    optional: bool = False
    distinct: str = ""
    """A statement that gives each value once, where that takes no scan: then only these are compared."""


_ROLLUP = "SELECT ref, id AS value FROM rollup WHERE project_ref = :project AND kind = '{kind}'"
_MODELS = "SELECT trace_ref AS ref, model AS value FROM observation WHERE model IS NOT NULL"


def _each(column: str, table: str) -> str:
    """Return a statement that gives each value of an index once, by as many steps in it."""
    first = f"SELECT min({column}) FROM {table} WHERE {column}"
    return (
        f"WITH RECURSIVE v(value) AS ({first} IS NOT NULL UNION ALL SELECT ({first} > v.value) FROM v"
        " WHERE v.value IS NOT NULL) SELECT value FROM v WHERE value IS NOT NULL"
    )


_EACH_MODEL = _each("model", "observation")

LISTS: Mapping[View, Mapping[str, Holder]] = {
    "traces": {
        "tags": Holder(
            "t.ref", "SELECT trace_ref AS ref, tag AS value FROM trace_tag", distinct=_each("tag", "trace_tag")
        ),
        "models": Holder("t.ref", _MODELS, distinct=_EACH_MODEL),
    },
    "sessions": {
        "models": Holder(
            "r.ref",
            f"SELECT x.session_ref AS ref, y.value FROM ({_MODELS}) y CROSS JOIN trace x ON x.ref = y.ref"
            " WHERE x.session_ref IS NOT NULL",
            distinct=_EACH_MODEL,
        )
    },
}
"""List columns: a pair for each member."""

TEXTS: Mapping[View, Mapping[str, Holder]] = {
    "traces": {
        "session_id": Holder("t.session_ref", _ROLLUP.format(kind="session"), True),
        "user_id": Holder("t.user_ref", _ROLLUP.format(kind="user"), True),
    }
}
"""Texts of other tables."""

LONGEST = 256
"""Characters of a member of metadata that is in an index by its value."""
_METADATA = "field = 'metadata.' || ? AND field >= 'metadata.' AND field < 'metadata/' AND length(value)"
METADATA: Mapping[View, Holder] = {
    "traces": Holder(
        "t.ref",
        f"SELECT trace_ref AS ref, value FROM claim WHERE {_METADATA} <= {LONGEST} AND :value"
        f" UNION ALL SELECT trace_ref, value FROM claim WHERE {_METADATA} > {LONGEST}",
    )
}
"""Metadata by key, which is asked for twice, as JSON. `:value` is what the index can be asked for besides."""
INSIDE = """
SELECT m.ref, m.value -> ? AS value FROM ({pairs}) m
WHERE NOT EXISTS (SELECT 1 FROM ({pairs})) OR
NOT EXISTS (SELECT 1 FROM claim l WHERE l.trace_ref = m.ref AND l.field = 'metadata.' || ?)
"""
"""The same by a path inside the member of a key: its path, that key twice, and thrice the whole key, which goes first;
most often nobody has it."""

TYPED: Mapping[str, str] = {
    "text": "CASE value WHEN 'null' THEN NULL WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
    " ELSE CAST(value ->> '$' AS TEXT) END",
    "real": "CASE json_type(value) WHEN 'integer' THEN value ->> '$' WHEN 'real' THEN value ->> '$' WHEN 'text' THEN"
    " CASE WHEN json_valid(value ->> '$') AND json_type(value ->> '$') IN ('integer', 'real')"
    " THEN CAST(value ->> '$' AS REAL) END END",
    "boolean": "CASE value WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE"
    " CASE WHEN json_type(value) = 'text' AND lower(value ->> '$') IN ('true', 'false')"
    " THEN lower(value ->> '$') = 'true' END END",
}
"""`conditions.MEMBERS` of a member that is a value by itself: a virtual table for each of 70,000 takes 50 ms."""

SCORES: Mapping[Kind, tuple[str, str, Kind, tuple[Operator, ...]]] = {
    "averages": ("NUMERIC", "avg(c.value)", "real", ("=", "<>", "<", "<=", ">", ">=")),
    "categories": ("CATEGORICAL", "c.string_value", "text", ("any of", "none of")),
    "verdicts": ("BOOLEAN", "c.value", "boolean", ("=", "<>")),
}
"""Kinds of columns by the name of a score: its data type, the value, that one's kind, and what it is compared by."""

SCORED: Mapping[View, tuple[str, str]] = {"traces": ("t.id", "trace_id"), "sessions": ("r.id", "session_id")}
"""The row's own expression, and the column by which scores name it."""

MARKED: Mapping[tuple[View, str], tuple[str, str]] = {
    ("traces", "public"): ("trace", "t.public"),
    ("traces", "bookmarked"): ("trace", "0"),
    ("sessions", "public"): ("session", "0"),
    ("sessions", "bookmarked"): ("session", "0"),
}
"""What people mark: the kind of mark, and what holds where nobody did."""


class WholeConditions(Conditions):
    """Compiles conditions as `Conditions` does, but those on the tables above as sets."""

    def __init__(
        self, name: View, view: ViewSql, kinds: Mapping[str, Kind], instants: Mapping[str, str], project_ref: int
    ) -> None:
        super().__init__(view, kinds, instants, project_ref)
        self._name = name

    def _one(self, condition: Condition) -> str:
        if not is_anchored(self._view, condition):
            for attempt in (self._listed, self._elsewhere, self._metadata, self._scored, self._marked):
                if found := attempt(condition):
                    return found
        return super()._one(condition)

    def _listed(self, condition: Condition) -> str:
        holder, values = LISTS.get(self._name, {}).get(condition.column), condition.value
        if holder is None or condition.key:
            return ""
        if condition.operator == "all of" and isinstance(values, tuple) and len(values) <= MOST_MEMBERS:
            each = [replace(condition, operator="=", value=one) for one in values]
            return f"({' AND '.join(self._within(holder, one) for one in each) or '1'})"
        if condition.operator in ("=", "any of", "none of", *TEXT_OPERATORS):
            return self._within(holder, condition)
        return ""

    def _elsewhere(self, condition: Condition) -> str:
        holder = TEXTS.get(self._name, {}).get(condition.column)
        if holder is None or condition.operator in ("is null", "is not null"):
            return ""
        return self._within(holder, condition)

    def _metadata(self, condition: Condition) -> str:
        if condition.column != "metadata" or not condition.key:
            return ""
        inner: Kind = "text"
        if isinstance(condition.value, bool):
            inner = "boolean"
        elif isinstance(condition.value, int | float):
            inner = "real"
        holder = METADATA.get(self._name)
        if holder is None:
            return self._kept(condition, inner)
        key, member = condition.key, _only_json_of(condition)
        self.parameters += [key, *([member] if member else []), key]
        pairs = holder.pairs.replace(":value", "value = ?" if member else "1")
        head, *path = key.replace('"', "").split(".")
        if path:
            self.parameters += ["$" + "".join(f'."{part}"' for part in path), head, head, key, key, key]
            pairs += f" UNION ALL {INSIDE.format(pairs=holder.pairs.replace(':value', '1'))}"
        holder = holder._replace(pairs=pairs)
        if condition.operator == "matches":
            self.parameters.append(condition.value)
            return self._among(holder, False, MATCHES_MEMBER.format(column=TYPED["text"]))
        return self._within(holder, condition, TYPED[inner], inner)

    def _kept(self, condition: Condition, inner: Kind) -> str:
        """A look-up by key as in `Conditions`, of which no virtual table says what kind of value it found."""
        member = self._view.keyed.get("metadata")
        if member is None or "\0" in condition.key:
            return ""
        self.parameters.append(condition.key)
        head, *path = condition.key.replace('"', "").split(".")
        if path:
            self.parameters += [head, "$" + "".join(f'."{part}"' for part in path)]
            member = f"COALESCE({member}, {member} -> ?)"
        # the limit keeps it from being looked up for every word of the expression
        typed = f"(SELECT {TYPED[inner]} FROM (SELECT {member} AS value LIMIT 1))"
        if condition.operator == "matches":
            self.parameters.append(condition.value)
            return MATCHES_MEMBER.format(column=typed)
        return self._compare(condition, typed, inner)

    def _scored(self, condition: Condition) -> str:
        kind = self._kinds[condition.column]
        if self._name not in SCORED or kind not in SCORES or not condition.key:
            return ""
        row, target = SCORED[self._name]
        type, value, inner, operators = SCORES[kind]
        if condition.operator not in operators:
            return ""
        self.parameters.append(condition.key)
        pairs = (
            f"SELECT c.{target} AS ref, {value} AS value FROM score c WHERE c.project_ref = :project"
            f" AND c.{target} IS NOT NULL AND c.name = ? AND c.data_type = '{type}'"
        )
        if kind == "averages":
            pairs += f" GROUP BY c.{target}"
        return self._within(Holder(row, pairs), condition, "value", inner)

    def _marked(self, condition: Condition) -> str:
        if (self._name, condition.column) not in MARKED or not isinstance(condition.value, bool):
            return ""
        if condition.operator not in ("=", "<>"):
            return ""
        kind, unmarked = MARKED[self._name, condition.column]
        row = SCORED[self._name][0]
        wanted = int(condition.value == (condition.operator == "="))
        marks = f"SELECT id FROM mark WHERE project_ref = {self._project} AND kind = '{kind}'"
        said = f"{row} IN ({marks} AND {condition.column} = {wanted})"
        silent = f"{row} NOT IN ({marks} AND {condition.column} IS NOT NULL)"
        return f"({said} OR ({unmarked} = {wanted} AND {silent}))"

    def _within(self, holder: Holder, condition: Condition, value: str = "value", kind: Kind = "text") -> str:
        """Say of a row that it is, or is not, among those of the pairs that meet a condition."""
        operator = OPPOSITE.get(condition.operator, condition.operator)
        meets = self._compare(replace(condition, operator=operator), value, kind)
        return self._among(holder, condition.operator in OPPOSITE, meets)

    def _among(self, holder: Holder, absent: bool, meets: str) -> str:
        pairs = holder.pairs.replace(":project", self._project)
        if holder.distinct:
            meets = f"value IN (SELECT value FROM ({holder.distinct}) WHERE {meets})"
        found = f"{holder.row} {'NOT ' if absent else ''}IN (SELECT ref FROM ({pairs}) WHERE {meets})"
        return f"COALESCE({found}, 1)" if absent and holder.optional else found


def _only_json_of(condition: Condition) -> str:
    """Return the only JSON whose text is what a condition asks for, "" where there may be another."""
    if condition.operator not in ("=", "<>") or not isinstance(condition.value, str):
        return ""
    try:
        orjson.loads(condition.value)
    except orjson.JSONDecodeError:
        return orjson.dumps(condition.value).decode()
    return ""  # the number 5 and the text "5" are both 5
