"""The public views, column by column, as SQL over the tables; selections are compiled from the same expressions.

Columns may be added, never renamed or removed; a test compares them with `storage.columns`. Plain SQLite from 3.38 on,
no functions of our own, so that any tool can open the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..selection import View

UNSET = 2**63 - 1
"""`rollup.first_ns` while no trace of the rollup has a time."""


def _time(column: str) -> str:
    return (
        f"strftime('%Y-%m-%d %H:%M:%S', NULLIF({column}, 0) / 1000000000, 'unixepoch')"
        f" || printf('.%03d', {column} / 1000000 % 1000)"
    )


def _of_span(expression: str, joins: str = "", observation: str = "o.ref") -> str:
    return f"(SELECT {expression} FROM span x {joins} WHERE x.ref = {observation})"


def _payload(side: str, observation: str) -> str:
    """The text of an input or output, wherever the span keeps it."""
    return _of_span(
        f"COALESCE(x.{side}, json_extract(x.attributes, '$.\"' || k.key || '\"'))",
        f"LEFT JOIN attribute_key k ON k.ref = x.{side}_key",
        observation,
    )


def _trace_payload(side: str) -> str:
    """A trace's own input or output, else its root's."""
    own = _of_span(f"json_extract(x.attributes, '$.\"' || t.{side}_key || '\"')", observation=f"t.{side}_ref")
    return f"CASE WHEN t.{side}_ref IS NULL THEN {_payload(side, 't.root_ref')} ELSE {own} END"


def _level(column: str) -> str:
    return f"CASE {column} WHEN 0 THEN 'DEBUG' WHEN 1 THEN 'DEFAULT' WHEN 2 THEN 'WARNING' ELSE 'ERROR' END"


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


ATTRIBUTES = _of_span(
    _put_back(_put_back("x.attributes", "input", "i.key"), "output", "j.key"),
    "LEFT JOIN attribute_key i ON i.ref = x.input_key LEFT JOIN attribute_key j ON j.ref = x.output_key",
)


@dataclass(frozen=True, slots=True)
class ViewSql:
    """A view: what its rows are read from, which column tells them apart inside the file, and its columns."""

    source: str
    key: str
    project: str
    columns: dict[str, str]
    anchors: dict[str, str]
    """Columns whose "=" finds its few rows by an index: the condition, with :project for the project's ref."""

    def sql(self, name: str) -> str:
        """Return the statement that makes the view."""
        columns = ",\n    ".join(f"{expression} AS {column}" for column, expression in self.columns.items())
        return f"CREATE VIEW {name} AS\nSELECT\n    {columns}\nFROM {self.source}"


def _rollup_ref(column: str, kind: str) -> str:
    return f"{column} = (SELECT ref FROM rollup WHERE project_ref = :project AND kind = '{kind}' AND id = ?)"


TRACES = ViewSql(
    source="trace t JOIN project p ON p.ref = t.project_ref"
    " LEFT JOIN rollup s ON s.ref = t.session_ref LEFT JOIN rollup u ON u.ref = t.user_ref",
    key="t.ref",
    project="t.project_ref",
    anchors={
        "id": "t.ref = (SELECT ref FROM trace WHERE project_ref = :project AND id = ?)",
        "session_id": _rollup_ref("t.session_ref", "session"),
        "user_id": _rollup_ref("t.user_ref", "user"),
    },
    columns={
        "id": "t.id",
        "project_id": "p.id",
        "timestamp": _time("t.start_ns"),
        "end_timestamp": _time("t.end_ns"),
        "name": "t.name",
        "session_id": "s.id",
        "user_id": "u.id",
        "tags": "(SELECT json_group_array(tag) FROM (SELECT tag FROM trace_tag WHERE trace_ref = t.ref ORDER BY tag))",
        "metadata": "(SELECT json_group_object(substr(field, 10), json(value)) FROM claim"
        " WHERE trace_ref = t.ref AND field >= 'metadata.' AND field < 'metadata/')",
        "release": "t.release",
        "version": "t.version",
        "environment": "COALESCE(t.environment, 'default')",
        "public": "t.public",
        "bookmarked": "0",
        "level": _level("t.level"),
        "input": _trace_payload("input"),
        "output": _trace_payload("output"),
        "latency_ms": "(t.end_ns - t.start_ns) / 1000 / 1e3",  # whole microseconds, which sessions add up
        "calculated_total_cost": "CASE WHEN t.cost_count THEN t.cost / 1e9 END",
        "input_tokens": "t.input_tokens",
        "output_tokens": "t.output_tokens",
        "total_tokens": "t.total_tokens",
        "observation_count": "t.observation_count",
        "error_count": "t.error_count",
        "warning_count": "t.warning_count",
        "root_observation_id": "(SELECT o.id FROM observation o WHERE o.ref = t.root_ref)",
        "start_time_unix_nano": "t.start_ns",
        "end_time_unix_nano": "t.end_ns",
    },
)

OBSERVATIONS = ViewSql(
    source="observation o JOIN trace t ON t.ref = o.trace_ref JOIN project p ON p.ref = t.project_ref"
    " LEFT JOIN rollup s ON s.ref = t.session_ref LEFT JOIN rollup u ON u.ref = t.user_ref",
    key="o.ref",
    project="t.project_ref",
    anchors={
        "trace_id": "o.trace_ref = (SELECT ref FROM trace WHERE project_ref = :project AND id = ?)",
        "session_id": _rollup_ref("t.session_ref", "session"),
        "user_id": _rollup_ref("t.user_ref", "user"),
    },
    columns={
        "id": "o.id",
        "project_id": "p.id",
        "trace_id": "t.id",
        "parent_observation_id": "o.parent_id",
        "type": "o.type",
        "name": "o.name",
        "start_time": _time("o.start_ns"),
        "end_time": _time("o.end_ns"),
        "completion_start_time": _time("o.completion_start_ns"),
        "latency_ms": "(o.end_ns - o.start_ns) / 1e6",
        "level": _level("o.level"),
        "status_message": "o.status_message",
        "model": "o.model",
        "model_parameters": "COALESCE(o.model_parameters, '{}')",
        "input": _payload("input", "o.ref"),
        "output": _payload("output", "o.ref"),
        "metadata": "COALESCE(o.metadata, '{}')",
        "attributes": ATTRIBUTES,
        "usage_details": "COALESCE(o.usage_details, '{}')",
        "cost_details": "CASE WHEN o.cost_details IS NULL THEN '{}' ELSE"
        " (SELECT json_group_object(c.key, c.value / 1e9) FROM json_each(o.cost_details) c) END",
        "calculated_total_cost": "o.cost / 1e9",
        "input_tokens": "COALESCE(o.input_tokens, 0)",
        "output_tokens": "COALESCE(o.output_tokens, 0)",
        "total_tokens": "COALESCE(o.total_tokens, 0)",
        "prompt_name": "o.prompt_name",
        "prompt_version": "o.prompt_version",
        "version": "COALESCE(o.version, t.version)",
        "environment": "COALESCE(o.environment, t.environment, 'default')",
        "session_id": "s.id",
        "user_id": "u.id",
        "trace_name": "t.name",
        "tokens_counted": "o.counted & 1",
        "cost_counted": "(o.counted & 2) / 2",
        "cost_source": "CASE WHEN o.cost IS NULL THEN NULL WHEN o.priced THEN 'price list' ELSE 'given' END",
        "response_id": "o.response_id",
        "span_name": _of_span("COALESCE(x.name, o.name)"),
        "kind": _of_span("COALESCE(x.kind, 0)"),
        "status_code": _of_span("COALESCE(x.status_code, 0)"),
        "events": _of_span("COALESCE(x.events, '[]')"),
        "links": _of_span("COALESCE(x.links, '[]')"),
        "resource": _of_span("r.attributes", "JOIN resource r ON r.ref = x.resource_ref"),
        "scope_name": _of_span("c.name", "JOIN scope c ON c.ref = x.scope_ref"),
        "scope_version": _of_span("c.version", "JOIN scope c ON c.ref = x.scope_ref"),
        "start_time_unix_nano": "o.start_ns",
        "end_time_unix_nano": "o.end_ns",
    },
)


def _members(kind: str) -> str:
    return (
        "(SELECT json_group_array(value) FROM (SELECT value FROM rollup_member"
        f" WHERE rollup_ref = r.ref AND kind = '{kind}' ORDER BY value))"
    )


def _rollup(kind: str, further: dict[str, str]) -> ViewSql:
    latest = f"WHERE t.{kind}_ref = r.ref ORDER BY t.start_ns DESC, t.id DESC LIMIT 1"
    return ViewSql(
        source=f"rollup r JOIN project p ON p.ref = r.project_ref WHERE r.kind = '{kind}'",
        key="r.ref",
        project="r.project_ref",
        anchors={"id": _rollup_ref("r.ref", kind)},
        columns={
            "id": "r.id",
            "project_id": "p.id",
            "first_timestamp": f"CASE WHEN r.first_ns < {UNSET} THEN {_time('r.first_ns')} END",
            "last_timestamp": _time("r.last_ns"),
            "duration_ms": f"CASE WHEN r.first_ns < {UNSET} THEN (r.last_ns - r.first_ns) / 1e6 ELSE 0.0 END",
            "latency_ms": "r.latency_us / 1e3",
            "trace_count": "r.trace_count",
            "observation_count": "r.observation_count",
            "error_count": "r.error_count",
            **further,
            "tags": _members("tag"),
            "metadata": "(SELECT json_group_object(m.value, json((SELECT c.value FROM trace t"
            f" JOIN claim c ON c.trace_ref = t.ref AND c.field = 'metadata.' || m.value {latest})))"
            " FROM rollup_member m WHERE m.rollup_ref = r.ref AND m.kind = 'metadata')",
            "environment": f"(SELECT COALESCE(t.environment, 'default') FROM trace t {latest})",
            "calculated_total_cost": "CASE WHEN r.cost_count THEN r.cost / 1e9 END",
            "input_tokens": "r.input_tokens",
            "output_tokens": "r.output_tokens",
            "total_tokens": "r.total_tokens",
            "first_time_unix_nano": f"CASE WHEN r.first_ns < {UNSET} THEN r.first_ns ELSE 0 END",
            "last_time_unix_nano": "r.last_ns",
        },
    )


LOGS = ViewSql(
    source="log l JOIN project p ON p.ref = l.project_ref",
    key="l.ref",
    project="l.project_ref",
    anchors={"trace_id": "l.project_ref = :project AND l.trace_id = ?"},
    columns={
        "id": "l.digest",
        "project_id": "p.id",
        "timestamp": _time("l.at_ns"),
        "trace_id": "l.trace_id",
        "observation_id": "l.span_id",
        "event_name": "COALESCE(l.event_name, l.attributes->>'event.name')",
        "severity_number": "COALESCE(l.severity_number, 0)",
        "severity_text": "l.severity_text",
        "body": "CASE json_type(l.body) WHEN 'text' THEN l.body->>'$' ELSE l.body END",
        "attributes": "l.attributes",
        "resource": "(SELECT r.attributes FROM resource r WHERE r.ref = l.resource_ref)",
        "scope_name": "(SELECT c.name FROM scope c WHERE c.ref = l.scope_ref)",
        "scope_version": "(SELECT c.version FROM scope c WHERE c.ref = l.scope_ref)",
        "time_unix_nano": "l.at_ns",
    },
)

SCORES = ViewSql(
    source="score c JOIN project p ON p.ref = c.project_ref",
    key="c.ref",
    project="c.project_ref",
    anchors={"id": "c.ref = (SELECT ref FROM score WHERE project_ref = :project AND id = ?)"},
    columns={
        "id": "c.id",
        "project_id": "p.id",
        **{name: f"c.{name}" for name in ("name", "value", "string_value", "data_type", "source", "comment")},
        "metadata": "COALESCE(c.metadata, '{}')",
        "timestamp": _time("c.timestamp_ns"),
        **{name: f"c.{name}" for name in ("session_id", "trace_id", "observation_id")},
    },
)

VIEWS: dict[View, ViewSql] = {
    "traces": TRACES,
    "observations": OBSERVATIONS,
    "sessions": _rollup("session", {"user_ids": _members("user"), "bookmarked": "0", "public": "0"}),
    "users": _rollup(
        "user",
        {
            "session_count": "(SELECT count(*) FROM rollup_member WHERE rollup_ref = r.ref AND kind = 'session')",
            "session_ids": _members("session"),
        },
    ),
    "logs": LOGS,
    "scores": SCORES,
}


def script() -> str:
    """Return the SQL that makes all views anew."""
    return "".join(f"DROP VIEW IF EXISTS {name};\n{view.sql(name)};\n" for name, view in VIEWS.items())
