"""Pieces of SQL that several columns of the views are made of.

Tables go by the letters of `views.py`: t trace, o observation, r rollup, c score, x span.
"""

from __future__ import annotations

from collections.abc import Sequence

UNSET = 2**63 - 1
"""`rollup.first_ns` while no trace of the rollup has a time."""

SHOWN = "(o.id < 't-' OR o.id >= 't.' OR o.hidden IS NULL)"
"""Not hidden. The ids of hidden observations begin with t-; to look at the last column of all others takes half as
long again."""

TRACE_TAGS = "SELECT tag AS value FROM trace_tag WHERE trace_ref = t.ref"


def time(column: str) -> str:
    """Return nanoseconds as text."""
    return (
        f"strftime('%Y-%m-%d %H:%M:%S', NULLIF({column}, 0) / 1000000000, 'unixepoch')"
        f" || printf('.%03d', {column} / 1000000 % 1000)"
    )


def of_span(expression: str, joins: str = "", observation: str = "o.ref") -> str:
    """Return an expression over the span of an observation."""
    return f"(SELECT {expression} FROM span x {joins} WHERE x.ref = {observation})"


def payload(side: str, observation: str) -> str:
    """Return the text of an input or output, wherever the span keeps it."""
    return of_span(
        f"COALESCE(x.{side}, json_extract(x.attributes, '$.\"' || k.key || '\"'))",
        f"LEFT JOIN attribute_key k ON k.ref = x.{side}_key",
        observation,
    )


def trace_payload(side: str) -> str:
    """Return a trace's own input or output, else its root's."""
    own = of_span(f"json_extract(x.attributes, '$.\"' || t.{side}_key || '\"')", observation=f"t.{side}_ref")
    return f"CASE WHEN t.{side}_ref IS NULL THEN {payload(side, 't.root_ref')} ELSE {own} END"


def level(column: str) -> str:
    """Return the name of a level."""
    return f"CASE {column} WHEN 0 THEN 'DEBUG' WHEN 1 THEN 'DEFAULT' WHEN 2 THEN 'WARNING' ELSE 'ERROR' END"


def counted_at(number: int) -> str:
    """Return how many observations of a trace have the level `number`."""
    return f"(SELECT count(*) FROM observation o WHERE o.trace_ref = t.ref AND o.level = {number} AND o.hidden IS NULL)"


def _put_back(attributes: str, side: str, key: str) -> str:
    """Attributes with the text that was taken out as input or output; of a key `prefix.*`, every leaf of its tree."""
    leaf = """ltrim(replace(replace(replace(substr(f.fullkey, 2), '"', ''), '[', '.'), ']', ''), '.')"""
    leaves = (
        f"(SELECT json_group_object(rtrim({key}, '*') || {leaf}, f.atom) FROM json_tree(x.{side}) f"
        " WHERE f.type IN ('text', 'integer'))"
    )
    return (
        f"CASE WHEN x.{side} IS NULL OR {key} IS NULL THEN {attributes}"
        # one object's text behind the other's: their keys differ
        f" WHEN {key} LIKE '%*' THEN substr({attributes}, 1, length({attributes}) - 1)"
        f" || iif({attributes} = '{{}}', '', ',') || substr({leaves}, 2)"
        f" ELSE json_insert({attributes}, '$.\"' || {key} || '\"', x.{side}) END"
    )


def texts(source: str, columns: Sequence[str]) -> str:
    """Return the texts of some columns, as a statement that gives those there are as its column `value`."""
    each = " UNION ALL ".join(f"SELECT CAST({column} AS TEXT) AS value{source}" for column in columns)
    return f"SELECT value FROM ({each}) WHERE value IS NOT NULL"


ATTRIBUTES = of_span(
    _put_back(_put_back("x.attributes", "input", "i.key"), "output", "j.key"),
    "LEFT JOIN attribute_key i ON i.ref = x.input_key LEFT JOIN attribute_key j ON j.ref = x.output_key",
)

IS_ROOT = (
    "(o.parent_id IS NULL OR COALESCE(t.root_ref = o.ref, 0) OR COALESCE("
    + of_span("json_extract(x.attributes, '$.\"langfuse.internal.is_app_root\"') IN (1, 'true')")
    + ", 0))"
)
"""No parent, the trace's root, or what an SDK calls the application's root (langfuse.md, section 1.2)."""


def json_list(members: str) -> str:
    """Return the JSON list of what a statement gives as its column `value`."""
    return f"(SELECT json_group_array(value) FROM ({members} ORDER BY value))"


def rollup_members(kind: str) -> str:
    """Return the statement for what the traces of a session or user have in common."""
    return f"SELECT value FROM rollup_member WHERE rollup_ref = r.ref AND kind = '{kind}'"


def rollup_ref(column: str, kind: str) -> str:
    """Return the condition (see `ViewSql.anchors`) that finds rows by the id of their session or user."""
    return f"{column} {{of}} (SELECT ref FROM rollup WHERE project_ref = :project AND kind = '{kind}' AND id {{named}})"


def scores_on(target: str) -> str:
    """Return the condition (see `ViewSql.anchors`) that finds the scores of traces or sessions by their index.

    Named, because the index that gives scores in the order of their times looks as good to SQLite.
    """
    return (
        f"c.ref IN (SELECT ref FROM score INDEXED BY score_by_{target}"
        f" WHERE project_ref = :project AND {target}_id {{named}})"
    )


def mark(kind: str, row: str, what: str) -> str:
    """Return what people did to a session or trace, NULL where they did nothing."""
    return (
        f"(SELECT m.{what} FROM mark m"
        f" WHERE m.project_ref = {row}.project_ref AND m.kind = '{kind}' AND m.id = {row}.id)"
    )


def scored(target: str) -> dict[str, str]:
    """Return the scores of a row by name, and the comments of which there are none."""
    found = f"FROM score c WHERE {target} AND c.name = ? AND c.data_type ="
    return {
        "scores_avg": f"{found} 'NUMERIC'",
        "score_categories": f"{found} 'CATEGORICAL'",
        "score_booleans": f"{found} 'BOOLEAN'",
        "comment_count": "(0 + 0)",  # a plain 0 would name a column in ORDER BY
        "comment_content": "NULL",
    }


def cost_parts(source: str = "", where: str = "1") -> dict[str, str]:
    """Return the USD of the kinds of cost that speak of input and output, as Langfuse sums them (section 6).

    Of the observation o, or of all those of `source` that count.
    """
    return {
        f"{side}_cost": f"(SELECT sum(d.value) / 1e9 FROM {source} json_each(o.cost_details) d"
        f" WHERE {where} AND instr(d.key, '{side}') > 0)"
        for side in ("input", "output")
    }


def models(traces: str) -> str:
    """The models that the observations of some traces name, as a statement; `traces` chooses among the traces `x`."""
    return (
        "SELECT DISTINCT y.model AS value FROM trace x CROSS JOIN observation y ON y.trace_ref = x.ref"
        f" WHERE {traces} AND y.model IS NOT NULL"
    )
