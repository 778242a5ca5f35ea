"""What an aggregation may name beside the columns of its view, and columns as the tables hold them, as SQL."""

from __future__ import annotations

from ..selection import View
from . import tools
from .expressions import time

SCORE_COUNT = "(SELECT count(*) FROM score c WHERE c.project_ref = t.project_ref AND c.trace_id = t.id"


def _of_scored(column: str) -> str:
    return (
        f"(SELECT o.{column} FROM observation o"
        " WHERE o.trace_ref = t.ref AND o.id = c.observation_id AND o.hidden IS NULL)"
    )


SQL: dict[View, dict[str, str]] = {
    "traces": {"nothing": "NULL", "score_count": f"{SCORE_COUNT})", "failed": "(t.error_count > 0)"},
    "observations": {
        "nothing": "NULL",
        "streaming_latency_ms": "(o.end_ns - o.completion_start_ns) / 1e6",
        "tokens_per_second": "CASE WHEN o.end_ns > o.start_ns THEN o.total_tokens * 1e9 / (o.end_ns - o.start_ns) END",
        "score_count": f"{SCORE_COUNT} AND c.observation_id = o.id)",
        "errors": "(o.level = 3)",
        "tool_names": f"json_extract({tools.TOOLS}, '$[0]')",
        "called_tool_names": f"json_extract({tools.TOOLS}, '$[1]')",
        "tool_definition_count": f"json_array_length({tools.TOOLS}, '$[0]')",
        "tool_call_count": f"json_array_length({tools.TOOLS}, '$[1]')",
        "trace_timestamp": time("t.start_ns"),
        "trace_time_unix_nano": "t.start_ns",
    },
    "scores": {
        "nothing": "NULL",
        "any_session_id": "COALESCE(c.session_id, s.id)",
        "trace_release": "t.release",
        "trace_version": "t.version",
        "boolean_value": "(c.value <> 0)",
        "observation_name": _of_scored("name"),
        "observation_model": _of_scored("model"),
        "observation_prompt_name": _of_scored("prompt_name"),
        "observation_prompt_version": _of_scored("prompt_version"),
    },
}
"""The columns of `DERIVED`."""

SOURCES = "json_each(o.cost_details) d WHERE instr(d.key, '{side}') > 0"
OF_TRACE = "observation o CROSS JOIN json_each(o.cost_details) d WHERE o.trace_ref = t.ref AND o.counted & 2"
SIDES = ("input", "output")

WHOLE: dict[View, dict[str, tuple[str, str]]] = {
    "traces": {
        "latency_ms": ("(t.end_ns - t.start_ns) / 1000", "1e3"),
        "calculated_total_cost": ("CASE WHEN t.cost_count THEN t.cost END", "1e9"),
        **{
            f"{side}_cost": (f"(SELECT sum(d.value) FROM {OF_TRACE} AND instr(d.key, '{side}') > 0)", "1e9")
            for side in SIDES
        },
    },
    "observations": {
        "latency_ms": ("o.end_ns - o.start_ns", "1e6"),
        "streaming_latency_ms": ("o.end_ns - o.completion_start_ns", "1e6"),
        "time_to_first_token_ms": ("o.completion_start_ns - o.start_ns", "1e6"),
        "calculated_total_cost": ("o.cost", "1e9"),
        **{f"{side}_cost": (f"(SELECT sum(d.value) FROM {SOURCES.format(side=side)})", "1e9") for side in SIDES},
        # what nobody reported is no 0 that an average would heed
        **{f"{kind}_tokens": (f"o.{kind}_tokens", "") for kind in ("input", "output", "total")},
    },
}
"""Columns as the integers that the tables hold, and how many of these are one unit of the column ("": one)."""

ROLLUP, TRACE = "SELECT id FROM rollup WHERE ref =", "SELECT id FROM trace WHERE ref ="
_OF_TRACE = {"session_id": ("t.session_ref", ROLLUP), "user_id": ("t.user_ref", ROLLUP)}
REFS: dict[View, dict[str, tuple[str, str]]] = {
    "traces": {"id": ("t.ref", TRACE), **_OF_TRACE},
    "observations": {"trace_id": ("t.ref", TRACE), **_OF_TRACE},
}
"""Ids by their row's number, which sorts in two thirds of the time, and where they stand."""
