"""Scores in Langfuse's shape, version 3: values of their own type, and pages by cursor (langfuse.md, section 4.5)."""

from __future__ import annotations

from collections.abc import Set
from typing import NotRequired

from typing_extensions import TypedDict

from ..storage.selection import Expression, Row, Selection
from ..storage.store import Reader
from .cells import members, moment, number, text
from .cursor import cursor_nanoseconds, cursor_time, decode_cursor, encode_cursor
from .scores import COLUMNS, data_type

GROUPS = ("details", "subject", "annotation")
"""The groups of fields that a list can have beside the core."""


class Subject(TypedDict):
    """What a score is about; `kind` is trace, observation (with `traceId`) or session."""

    kind: str
    id: str
    traceId: NotRequired[str]


class ScoreV3(TypedDict):
    """One score; `value` is a number, a boolean or a text by `dataType`. What `fields` left out is not there."""

    id: str
    projectId: str
    name: str
    value: float | bool | str
    dataType: str
    source: str
    timestamp: str
    environment: str
    createdAt: str
    updatedAt: str
    comment: NotRequired[str | None]
    configId: NotRequired[str | None]
    metadata: NotRequired[dict[str, object]]
    subject: NotRequired[Subject]
    authorUserId: NotRequired[None]
    queueId: NotRequired[str | None]


class LimitMeta(TypedDict):
    """The limit that was asked for, and where the next page begins; no cursor on the last page."""

    limit: int
    cursor: NotRequired[str]


class ScoresV3(TypedDict):
    """A page of scores, the latest first."""

    data: list[ScoreV3]
    meta: LimitMeta


def list_scores_v3(
    reader: Reader, where: tuple[Expression, ...], project: str, limit: int, cursor: str | None, groups: Set[str]
) -> ScoresV3:
    """Return the scores behind a cursor, the latest first. Raises BadParameter for a cursor that is none."""
    after: tuple[str | int, ...] = ()
    if cursor:
        time, last_id = decode_cursor(cursor, "lastTimestamp", "lastId")
        after = (cursor_nanoseconds(time), last_id)
    order = (("time_unix_nano", True),)
    columns = (*COLUMNS, "time_unix_nano")
    rows = reader.select(
        Selection("scores", project, where, order, columns, limit + 1, after=after, counted=False)
    ).rows
    meta: LimitMeta = {"limit": limit}
    if len(rows) > limit:
        last = rows[limit - 1]
        meta["cursor"] = encode_cursor(lastTimestamp=cursor_time(last["time_unix_nano"]), lastId=str(last["id"]))
    return {"data": [_score(row, groups) for row in rows[:limit]], "meta": meta}


def _score(row: Row, groups: Set[str]) -> ScoreV3:
    score: ScoreV3 = {
        "id": str(row["id"]),
        "projectId": str(row["project_id"]),
        "name": str(row["name"]),
        "value": _value(row),
        "dataType": data_type(row),
        "source": text(row["source"]) or "API",
        "timestamp": moment(row["timestamp"]),
        "environment": text(row["environment"]) or "default",
        "createdAt": moment(row["created_at"]),
        "updatedAt": moment(row["updated_at"]),
    }
    if "details" in groups:
        score["comment"] = text(row["comment"])
        score["configId"] = text(row["config_id"])
        score["metadata"] = members(row["metadata"])
    if "subject" in groups:
        score["subject"] = _subject(row)
    if "annotation" in groups:
        score["authorUserId"] = None
        score["queueId"] = text(row["queue_id"])
    return score


def _value(row: Row) -> float | bool | str:
    match data_type(row):
        case "NUMERIC":
            return number(row["value"]) or 0
        case "BOOLEAN":
            return bool(row["value"])
        case _:
            return text(row["string_value"]) or ""


def _subject(row: Row) -> Subject:
    observation, trace, session = (text(row[name]) for name in ("observation_id", "trace_id", "session_id"))
    if observation is not None:
        return {"kind": "observation", "id": observation, "traceId": trace or ""}
    return {"kind": "session", "id": session or ""} if trace is None else {"kind": "trace", "id": trace}
