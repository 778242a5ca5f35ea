"""Observations in Langfuse's shape, version 2: groups of fields, and pages by cursor (langfuse.md, section 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import NotRequired

import orjson
from typing_extensions import TypedDict

from ..storage.selection import Cell, Expression, Row, Selection
from ..storage.store import Reader
from .cells import between, cost_by_kind, iso, members, moment, number, seconds, text, texts, tokens_by_kind
from .cursor import cursor_nanoseconds, cursor_time, decode_cursor, encode_cursor
from .observations import whole

SHORT = 200
"""Characters of a metadata value that come without `expandMetadata`."""


class ObservationV2(TypedDict):
    """One observation. Fields of groups that were not asked for are not there.

    Times are ISO 8601, `latency` and `timeToFirstToken` seconds, costs USD; `input` and `output` the text that was
    sent. What sidetrace does not have (prompt and model registries, price tiers) is null.
    """

    id: str
    traceId: str
    startTime: str
    endTime: str | None
    projectId: str
    parentObservationId: str | None
    type: str
    name: NotRequired[str | None]
    level: NotRequired[str]
    statusMessage: NotRequired[str | None]
    version: NotRequired[str | None]
    environment: NotRequired[str]
    bookmarked: NotRequired[bool]
    public: NotRequired[bool]
    userId: NotRequired[str | None]
    sessionId: NotRequired[str | None]
    isRootObservation: NotRequired[bool]
    completionStartTime: NotRequired[str | None]
    createdAt: NotRequired[str]
    updatedAt: NotRequired[str]
    input: NotRequired[str | None]
    output: NotRequired[str | None]
    metadata: NotRequired[dict[str, object]]
    model: NotRequired[str | None]
    providedModelName: NotRequired[str | None]
    internalModelId: NotRequired[None]
    modelParameters: NotRequired[dict[str, object]]
    usageDetails: NotRequired[dict[str, int]]
    costDetails: NotRequired[dict[str, float]]
    totalCost: NotRequired[float | None]
    usagePricingTierName: NotRequired[None]
    promptId: NotRequired[None]
    promptName: NotRequired[str | None]
    promptVersion: NotRequired[int | None]
    latency: NotRequired[float | None]
    timeToFirstToken: NotRequired[float | None]
    tags: NotRequired[list[str]]
    release: NotRequired[str | None]
    traceName: NotRequired[str | None]
    modelId: None
    inputPrice: None
    outputPrice: None
    totalPrice: None


class CursorMeta(TypedDict):
    """Where the next page begins; empty on the last one."""

    cursor: NotRequired[str]


class ObservationsV2(TypedDict):
    """A page of observations, the latest started first."""

    data: list[ObservationV2]
    meta: CursorMeta


CORE = ("id", "trace_id", "start_time", "end_time", "project_id", "parent_observation_id", "type")
PLACE = ("start_time_unix_nano", "trace_id", "id")

GROUPS: dict[str, tuple[str, ...]] = {
    "core": (),
    "basic": (
        "name", "level", "status_message", "version", "environment", "trace_bookmarked", "trace_public", "user_id",
        "session_id", "is_root_observation",
    ),
    "time": ("completion_start_time",),
    "io": ("input", "output"),
    "metadata": ("metadata",),
    "model": ("model", "model_parameters"),
    "usage": ("usage_details", "cost_details", "calculated_total_cost", "total_tokens"),
    "prompt": ("prompt_name", "prompt_version"),
    "metrics": ("latency_ms", "completion_start_time"),
    "trace_context": ("trace_tags", "trace_release", "trace_name"),
}  # fmt: skip
"""The groups of fields, with the columns that each needs beside the core's."""

USUAL = frozenset({"core", "basic"})
"""The groups that come unasked."""


def list_observations_v2(
    reader: Reader,
    where: tuple[Expression, ...],
    project: str,
    limit: int,
    cursor: str | None = None,
    groups: Set[str] = USUAL,
    whole_keys: Set[str] = frozenset(),
) -> ObservationsV2:
    """Return the observations behind a cursor, the latest started first.

    The cursor names the last observation by its start (to the nanosecond), trace and id: no other is left out or comes
    twice, whatever arrives meanwhile. Metadata values under `whole_keys` are not cut. Raises BadParameter for a cursor
    that is none.
    """
    if not limit:
        return {"data": [], "meta": {}}
    after: tuple[str | int, ...] = ()
    if cursor:
        start, trace_id, last_id = decode_cursor(cursor, "lastStartTimeTo", "lastTraceId", "lastId")
        after = (cursor_nanoseconds(start), trace_id, last_id)
    needed = [*CORE, *PLACE, *(column for group in groups for column in GROUPS.get(group, ()))]
    columns = tuple(dict.fromkeys(needed))
    order = (("start_time_unix_nano", True), ("trace_id", True))
    rows = reader.select(
        Selection("observations", project, where, order, columns, limit + 1, after=after, counted=False)
    ).rows
    meta: CursorMeta = {}
    if len(rows) > limit:
        last = rows[limit - 1]
        meta["cursor"] = encode_cursor(
            lastStartTimeTo=cursor_time(last["start_time_unix_nano"]),
            lastTraceId=str(last["trace_id"]),
            lastId=str(last["id"]),
        )
    return {"data": [_observation(row, groups, whole_keys) for row in rows[:limit]], "meta": meta}


def _observation(row: Row, groups: Set[str], whole_keys: Set[str]) -> ObservationV2:
    one: ObservationV2 = {
        "id": str(row["id"]),
        "traceId": str(row["trace_id"]),
        "startTime": moment(row["start_time"]),
        "endTime": iso(row["end_time"]),
        "projectId": str(row["project_id"]),
        "parentObservationId": text(row["parent_observation_id"]),
        "type": str(row["type"]),
        "modelId": None,
        "inputPrice": None,
        "outputPrice": None,
        "totalPrice": None,
    }
    for group in groups:
        if group in FILL:
            FILL[group](one, row)
    if "metadata" in groups:
        one["metadata"] = {
            key: value if key in whole_keys else _short(value) for key, value in members(row["metadata"]).items()
        }
    return one


def _basic(one: ObservationV2, row: Row) -> None:
    one["name"] = text(row["name"])
    one["level"] = str(row["level"])
    one["statusMessage"] = text(row["status_message"])
    one["version"] = text(row["version"])
    one["environment"] = text(row["environment"]) or "default"
    one["bookmarked"] = bool(row["trace_bookmarked"])
    one["public"] = bool(row["trace_public"])
    one["userId"] = text(row["user_id"])
    one["sessionId"] = text(row["session_id"])
    one["isRootObservation"] = bool(row["is_root_observation"])


def _time(one: ObservationV2, row: Row) -> None:
    one["completionStartTime"] = iso(row["completion_start_time"])
    one["createdAt"] = one["startTime"]
    one["updatedAt"] = one["endTime"] or one["startTime"]


def _io(one: ObservationV2, row: Row) -> None:
    one["input"] = _raw(row["input"])
    one["output"] = _raw(row["output"])


def _model(one: ObservationV2, row: Row) -> None:
    one["model"] = one["providedModelName"] = text(row["model"])
    one["internalModelId"] = None
    one["modelParameters"] = members(row["model_parameters"])


def _usage(one: ObservationV2, row: Row) -> None:
    one["usageDetails"] = tokens_by_kind(row)
    one["costDetails"] = cost_by_kind(row)
    one["totalCost"] = number(row["calculated_total_cost"])
    one["usagePricingTierName"] = None


def _prompt(one: ObservationV2, row: Row) -> None:
    one["promptId"] = None
    one["promptName"] = text(row["prompt_name"])
    one["promptVersion"] = whole(text(row["prompt_version"]))


def _metrics(one: ObservationV2, row: Row) -> None:
    one["latency"] = seconds(row["latency_ms"])
    one["timeToFirstToken"] = between(row["start_time"], row["completion_start_time"])


def _trace_context(one: ObservationV2, row: Row) -> None:
    one["tags"] = texts(row["trace_tags"])
    one["release"] = text(row["trace_release"])
    one["traceName"] = text(row["trace_name"])


FILL: dict[str, Callable[[ObservationV2, Row], None]] = {
    "basic": _basic,
    "time": _time,
    "io": _io,
    "model": _model,
    "usage": _usage,
    "prompt": _prompt,
    "metrics": _metrics,
    "trace_context": _trace_context,
}
"""How each group's fields are filled in; metadata needs the keys that stay whole."""


def _raw(cell: Cell) -> str | None:
    return cell if cell is None or isinstance(cell, str) else orjson.dumps(cell).decode()


def _short(value: object) -> object:
    """Return a metadata value cut to `SHORT` characters; a longer object or list is cut as JSON text."""
    written = value if isinstance(value, str) else orjson.dumps(value).decode() if value else ""
    return written[:SHORT] if len(written) > SHORT else value
