"""The public views, column by column, as SQL over the tables; selections are compiled from the same expressions.

Columns may be added, never renamed or removed; a test compares them with `storage.columns`. Plain SQLite from 3.38 on,
no functions of our own, so that any tool can open the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..selection import View
from .expressions import (
    ATTRIBUTES,
    IS_ROOT,
    SHOWN,
    TRACE_TAGS,
    UNSET,
    cost_parts,
    counted_at,
    json_list,
    level,
    mark,
    models,
    of_span,
    payload,
    rollup_members,
    rollup_ref,
    scored,
    scores_on,
    texts,
    time,
    trace_payload,
)

TRACE_MODELS = models("x.ref = t.ref")
TRACE_TEXTS = ("t.name", trace_payload("input"), trace_payload("output"))
OBSERVATION_TEXTS = ("o.name", payload("input", "o.ref"), payload("output", "o.ref"))


@dataclass(frozen=True, slots=True)
class ViewSql:
    """A view: what its rows are read from, which column tells them apart inside the file, and its columns."""

    source: str
    key: str
    project: str
    columns: dict[str, str]
    anchors: dict[str, str]
    """Columns whose "=" and "any of" find their few rows by an index: the condition, with :project for the project's
    ref, `{of}` for = or IN, and `{named}` for the comparison with what was asked for."""
    computed: dict[str, str] = field(default_factory=dict)
    """What `storage.columns.COMPUTED` names; scores by name are `FROM score …` with a ? for the name."""
    members: dict[str, str] = field(default_factory=dict)
    """List columns as statements that give the column `value`, so that a condition need not build the list."""
    keyed: dict[str, str] = field(default_factory=dict)
    """Object columns by key: the JSON of the member that a ? names, NULL where there is none."""
    total: str = ""
    """How many rows a project has in all, where other tables know that."""

    def sql(self, name: str) -> str:
        """Return the statement that makes the view."""
        columns = ",\n    ".join(f"{expression} AS {column}" for column, expression in self.columns.items())
        return f"CREATE VIEW {name} AS\nSELECT\n    {columns}\nFROM {self.source}"


TRACES = ViewSql(
    source="trace t JOIN project p ON p.ref = t.project_ref"
    " LEFT JOIN rollup s ON s.ref = t.session_ref LEFT JOIN rollup u ON u.ref = t.user_ref",
    key="t.ref",
    project="t.project_ref",
    anchors={
        "id": "t.ref {of} (SELECT ref FROM trace WHERE project_ref = :project AND id {named})",
        "session_id": rollup_ref("t.session_ref", "session"),
        "user_id": rollup_ref("t.user_ref", "user"),
    },
    columns={
        "id": "t.id",
        "project_id": "p.id",
        "timestamp": time("t.start_ns"),
        "end_timestamp": time("t.end_ns"),
        "name": "t.name",
        "session_id": "s.id",
        "user_id": "u.id",
        "tags": json_list(TRACE_TAGS),
        "metadata": "(SELECT json_group_object(substr(field, 10), json(value)) FROM claim"
        " WHERE trace_ref = t.ref AND field >= 'metadata.' AND field < 'metadata/')",
        "release": "t.release",
        "version": "t.version",
        "environment": "COALESCE(t.environment, 'default')",
        "public": f"COALESCE({mark('trace', 't', 'public')}, t.public)",
        "bookmarked": f"COALESCE({mark('trace', 't', 'bookmarked')}, 0)",
        "level": level("t.level"),
        "input": trace_payload("input"),
        "output": trace_payload("output"),
        "latency_ms": "(t.end_ns - t.start_ns) / 1000 / 1e3",  # whole microseconds, which sessions add up
        "calculated_total_cost": "CASE WHEN t.cost_count THEN t.cost / 1e9 END",
        "input_tokens": "t.input_tokens",
        "output_tokens": "t.output_tokens",
        "total_tokens": "t.total_tokens",
        "observation_count": "t.observation_count",
        "error_count": "t.error_count",
        "warning_count": "t.warning_count",
        "root_observation_id": "(SELECT o.id FROM observation o WHERE o.ref = t.root_ref AND o.hidden IS NULL)",
        "start_time_unix_nano": "t.start_ns",
        "end_time_unix_nano": "t.end_ns",
    },
    computed={
        **scored("c.project_ref = t.project_ref AND c.trace_id = t.id"),
        **cost_parts("observation o CROSS JOIN", "o.trace_ref = t.ref AND o.counted & 2"),
        "default_count": f"(t.observation_count - t.error_count - t.warning_count - {counted_at(0)})",
        "debug_count": counted_at(0),
        "models": json_list(TRACE_MODELS),
        "text": json_list(texts("", TRACE_TEXTS)),
    },
    members={"tags": TRACE_TAGS, "models": TRACE_MODELS, "text": texts("", TRACE_TEXTS)},
    keyed={"metadata": "(SELECT m.value FROM claim m WHERE m.trace_ref = t.ref AND m.field = 'metadata.' || ?)"},
)

OBSERVATIONS = ViewSql(
    source="observation o JOIN trace t ON t.ref = o.trace_ref JOIN project p ON p.ref = t.project_ref"
    " LEFT JOIN rollup s ON s.ref = t.session_ref LEFT JOIN rollup u ON u.ref = t.user_ref"
    f" WHERE {SHOWN}",
    key="o.ref",
    project="t.project_ref",
    anchors={
        "trace_id": "o.trace_ref {of} (SELECT ref FROM trace WHERE project_ref = :project AND id {named})",
        "session_id": rollup_ref("t.session_ref", "session"),
        "user_id": rollup_ref("t.user_ref", "user"),
    },
    columns={
        "id": "o.id",
        "project_id": "p.id",
        "trace_id": "t.id",
        "parent_observation_id": "o.parent_id",
        "type": "o.type",
        "name": "o.name",
        "start_time": time("o.start_ns"),
        "end_time": time("o.end_ns"),
        "completion_start_time": time("o.completion_start_ns"),
        "latency_ms": "(o.end_ns - o.start_ns) / 1e6",
        "level": level("o.level"),
        "status_message": "o.status_message",
        "model": "o.model",
        "model_parameters": "COALESCE(o.model_parameters, '{}')",
        "input": payload("input", "o.ref"),
        "output": payload("output", "o.ref"),
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
        "trace_tags": json_list(TRACE_TAGS),
        "trace_release": "t.release",
        "trace_version": "t.version",
        "trace_environment": "COALESCE(t.environment, 'default')",
        "trace_bookmarked": f"COALESCE({mark('trace', 't', 'bookmarked')}, 0)",
        "trace_public": f"COALESCE({mark('trace', 't', 'public')}, t.public)",
        "is_root_observation": IS_ROOT,
        **cost_parts(),
        "time_to_first_token_ms": "(o.completion_start_ns - o.start_ns) / 1e6",
        "output_tokens_per_second": "CASE WHEN o.end_ns > o.start_ns"
        " THEN o.output_tokens * 1e9 / (o.end_ns - o.start_ns) END",
        "tokens_counted": "o.counted & 1",
        "cost_counted": "(o.counted & 2) / 2",
        "cost_source": "CASE WHEN o.cost IS NULL THEN NULL WHEN o.priced THEN 'price list' ELSE 'given' END",
        "response_id": "o.response_id",
        "span_name": of_span("COALESCE(x.name, o.name)"),
        "kind": of_span("COALESCE(x.kind, 0)"),
        "status_code": of_span("COALESCE(x.status_code, 0)"),
        "events": of_span("COALESCE(x.events, '[]')"),
        "links": of_span("COALESCE(x.links, '[]')"),
        "resource": of_span("r.attributes", "JOIN resource r ON r.ref = x.resource_ref"),
        "scope_name": of_span("c.name", "JOIN scope c ON c.ref = x.scope_ref"),
        "scope_version": of_span("c.version", "JOIN scope c ON c.ref = x.scope_ref"),
        "start_time_unix_nano": "o.start_ns",
        "end_time_unix_nano": "o.end_ns",
    },
    computed={
        **scored("c.project_ref = t.project_ref AND c.trace_id = t.id AND c.observation_id = o.id"),
        "prompt_number": "CASE WHEN o.prompt_version <> '' AND o.prompt_version NOT GLOB '*[^0-9]*'"
        " THEN CAST(o.prompt_version AS INTEGER) END",
        "text": json_list(texts("", OBSERVATION_TEXTS)),
    },
    members={"trace_tags": TRACE_TAGS, "text": texts("", OBSERVATION_TEXTS)},
    total="SELECT COALESCE(sum(observation_count), 0) FROM trace WHERE project_ref = :project",
)


def _rollup(kind: str, members: dict[str, str], further: dict[str, str], computed: dict[str, str]) -> ViewSql:
    latest = f"WHERE t.{kind}_ref = r.ref ORDER BY t.start_ns DESC, t.id DESC LIMIT 1"
    said = "trace t JOIN claim c ON c.trace_ref = t.ref AND c.field = 'metadata.' || m.value"
    metadata = f"(SELECT c.value FROM {said} {latest})"
    named = models(f"x.{kind}_ref = r.ref")
    held = texts(f" FROM trace t WHERE t.{kind}_ref = r.ref", TRACE_TEXTS)
    lists = {"tags": rollup_members("tag"), **members}
    return ViewSql(
        source=f"rollup r JOIN project p ON p.ref = r.project_ref WHERE r.kind = '{kind}'",
        key="r.ref",
        project="r.project_ref",
        anchors={"id": rollup_ref("r.ref", kind)},
        columns={
            "id": "r.id",
            "project_id": "p.id",
            "first_timestamp": f"CASE WHEN r.first_ns < {UNSET} THEN {time('r.first_ns')} END",
            "last_timestamp": time("r.last_ns"),
            "duration_ms": f"CASE WHEN r.first_ns < {UNSET} THEN (r.last_ns - r.first_ns) / 1e6 ELSE 0.0 END",
            "latency_ms": "r.latency_us / 1e3",
            "trace_count": "r.trace_count",
            "observation_count": "r.observation_count",
            "error_count": "r.error_count",
            **further,
            **{name: json_list(each) for name, each in lists.items()},
            "metadata": f"(SELECT json_group_object(m.value, json({metadata})) FROM rollup_member m"
            " WHERE m.rollup_ref = r.ref AND m.kind = 'metadata')",
            "environment": f"(SELECT COALESCE(t.environment, 'default') FROM trace t {latest})",
            "calculated_total_cost": "CASE WHEN r.cost_count THEN r.cost / 1e9 END",
            "input_tokens": "r.input_tokens",
            "output_tokens": "r.output_tokens",
            "total_tokens": "r.total_tokens",
            "first_time_unix_nano": f"CASE WHEN r.first_ns < {UNSET} THEN r.first_ns ELSE 0 END",
            "last_time_unix_nano": "r.last_ns",
        },
        computed={
            **computed,
            "models": json_list(named),
            "text": json_list(held),
            **cost_parts(
                "trace t CROSS JOIN observation o ON o.trace_ref = t.ref CROSS JOIN",
                f"t.{kind}_ref = r.ref AND o.counted & 2",
            ),
        },
        members={**lists, "models": named, "text": held},
        keyed={
            "metadata": f"(SELECT {metadata} FROM rollup_member m"
            " WHERE m.rollup_ref = r.ref AND m.kind = 'metadata' AND m.value = ?)"
        },
    )


LOGS = ViewSql(
    source="log l JOIN project p ON p.ref = l.project_ref",
    key="l.ref",
    project="l.project_ref",
    anchors={"trace_id": "l.project_ref = :project AND l.trace_id {named}"},
    columns={
        "id": "l.digest",
        "project_id": "p.id",
        "timestamp": time("l.at_ns"),
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
    source="score c JOIN project p ON p.ref = c.project_ref"
    " LEFT JOIN trace t ON t.project_ref = c.project_ref AND t.id = c.trace_id"
    " LEFT JOIN rollup s ON s.ref = t.session_ref LEFT JOIN rollup u ON u.ref = t.user_ref",
    key="c.ref",
    project="c.project_ref",
    anchors={
        "id": "c.ref {of} (SELECT ref FROM score WHERE project_ref = :project AND id {named})",
        "trace_id": scores_on("trace"),
        "session_id": scores_on("session"),
        "trace_user_id": "c.ref IN (SELECT of.ref FROM trace y CROSS JOIN score of INDEXED BY score_by_trace"
        " ON of.project_ref = y.project_ref AND of.trace_id = y.id WHERE " + rollup_ref("y.user_ref", "user") + ")",
    },
    columns={
        "id": "c.id",
        "project_id": "p.id",
        **{name: f"c.{name}" for name in ("name", "value", "string_value", "data_type", "source", "comment")},
        "metadata": "COALESCE(c.metadata, '{}')",
        "timestamp": time("c.timestamp_ns"),
        **{name: f"c.{name}" for name in ("session_id", "trace_id", "observation_id")},
        "environment": "COALESCE(c.environment, 'default')",
        "config_id": "c.config_id",
        "queue_id": "c.queue_id",
        "created_at": time("COALESCE(c.created_ns, c.timestamp_ns)"),
        "updated_at": time("COALESCE(c.updated_ns, c.timestamp_ns)"),
        "trace_name": "t.name",
        "trace_user_id": "u.id",
        "trace_session_id": "s.id",
        "trace_tags": json_list(TRACE_TAGS),
        "trace_environment": "CASE WHEN t.ref IS NOT NULL THEN COALESCE(t.environment, 'default') END",
        "time_unix_nano": "c.timestamp_ns",
    },
    members={"trace_tags": TRACE_TAGS},
    total="SELECT count(*) FROM score WHERE project_ref = :project",
)

VIEWS: dict[View, ViewSql] = {
    "traces": TRACES,
    "observations": OBSERVATIONS,
    "sessions": _rollup(
        "session",
        {"user_ids": rollup_members("user")},
        {
            "bookmarked": f"COALESCE({mark('session', 'r', 'bookmarked')}, 0)",
            "public": f"COALESCE({mark('session', 'r', 'public')}, 0)",
        },
        scored("c.project_ref = r.project_ref AND c.session_id = r.id"),
    ),
    "users": _rollup(
        "user",
        {"session_ids": rollup_members("session")},
        {"session_count": "(SELECT count(*) FROM rollup_member WHERE rollup_ref = r.ref AND kind = 'session')"},
        {},
    ),
    "logs": LOGS,
    "scores": SCORES,
}


def script() -> str:
    """Return the SQL that makes all views anew."""
    return "".join(f"DROP VIEW IF EXISTS {name};\n{view.sql(name)};\n" for name, view in VIEWS.items())
