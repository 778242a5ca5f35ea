"""What a reader asks of a store about many rows at once: groups of a view, and numbers about each. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .columns import Kind
from .selection import Expression, View

Function: TypeAlias = Literal[
    "count", "sum", "avg", "min", "max", "uniq", "p50", "p75", "p90", "p95", "p99", "histogram"
]
Grain: TypeAlias = Literal["minute", "hour", "day", "week", "month"]

ROWS = "*"
"""The column of a measure that is 1 for every row."""

DERIVED: dict[View, dict[str, Kind]] = {
    "traces": {"nothing": "text", "score_count": "integer", "failed": "integer"},
    "observations": {
        "nothing": "text", "streaming_latency_ms": "real", "tokens_per_second": "real", "score_count": "integer",
        "errors": "integer", "tool_names": "list", "called_tool_names": "list",
        "tool_definition_count": "integer", "tool_call_count": "integer", "trace_timestamp": "time",
        "trace_time_unix_nano": "integer",
    },
    "sessions": {},
    "users": {},
    "logs": {},
    "scores": {
        "nothing": "text", "any_session_id": "text", "trace_release": "text", "trace_version": "text",
        "boolean_value": "boolean", "observation_name": "text", "observation_model": "text",
        "observation_prompt_name": "text", "observation_prompt_version": "text",
    },
}  # fmt: skip
"""What an aggregation may name beside the columns of a view and those of `columns.COMPUTED`.

`nothing` is null for all; `failed` is 1 for a trace with an error, 0 for others;
`errors` is 1 for an observation of level ERROR, `trace_timestamp` the start of its trace,
`tool_names` the tools that a generation was offered and `called_tool_names` those that it called, one for each call.
`any_session_id` is the session that a score is on, or that of its trace.
"""


@dataclass(frozen=True, slots=True)
class Group:
    """What the rows are grouped by, under `name` in the answer.

    A list column puts a row into the group of each member; `key` names a member of an object column, which is compared
    as text; `grain` cuts a time column into calendar pieces in UTC, weeks from Monday on. A day, week or month is
    `YYYY-MM-DD` of its first day, an hour or minute `YYYY-MM-DDTHH:MM:SSZ`.
    """

    name: str
    column: str
    key: str = ""
    grain: Grain | None = None
    digits: int = 10
    """How many characters of a day, week or month are shown: 7 for `YYYY-MM`."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number about each group, under `name` in the answer.

    `function` works on the values of `column` that are not null: `uniq` counts the different ones, `p50` to `p99` are
    exact percentiles with linear interpolation, `histogram` is a list of [lower, upper, count] of `bins` equal widths
    from the smallest to the largest value. The column `ROWS` is 1 for each row. `counted` names
    a boolean column: rows where it is false have no value.
    """

    name: str
    function: Function
    column: str
    counted: str = ""
    bins: int = 10


@dataclass(frozen=True, slots=True)
class Aggregation:
    """Groups of the rows of a view: by what, which numbers about each, which rows, in which order, how many groups.

    `order` holds (name of a group or measure, descending) pairs and is completed by the groups; null comes last. An
    aggregation without groups has one row, also where no row meets the conditions.
    """

    view: View
    project: str = "default"
    groups: tuple[Group, ...] = ()
    measures: tuple[Measure, ...] = ()
    where: tuple[Expression, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    limit: int = 1000
