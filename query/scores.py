"""Scores in Langfuse's shape, versions 1 and 2, and beside traces and sessions (reference: langfuse.md, section 4.5).

Version 1 is version 2 without the scores of sessions and without corrections, which its clients do not know.
"""

from __future__ import annotations

from typing import Literal, NotRequired, cast

from typing_extensions import TypedDict

from ..errors import NotFound
from ..storage.selection import Condition, Row, Selection
from ..storage.store import Reader
from .cells import members, moment, number, text, texts
from .page import EVERY, Meta, Question

Target = Literal["trace_id", "session_id"]

COLUMNS = (
    "id", "project_id", "name", "value", "string_value", "data_type", "source", "comment", "metadata", "timestamp",
    "session_id", "trace_id", "observation_id", "environment", "config_id", "queue_id", "created_at", "updated_at",
)  # fmt: skip
TRACE_COLUMNS = ("trace_user_id", "trace_session_id", "trace_tags", "trace_environment")

VERSION_1 = (Condition("trace_id", "is not null"), Condition("data_type", "<>", "CORRECTION"))
"""What version 1 shows."""

NONE = (Condition("id", "any of", ()),)
"""Finds nothing: what is asked for does not exist here, such as scores of experiments or of a signed-in author."""


class Score(TypedDict):
    """One score, on a session, on a trace, or on an observation of a trace.

    `value` is the number (booleans 1 and 0, categories and corrections 0 unless somebody gave a number, null for a
    text), `stringValue` the text of all but numbers.
    """

    id: str
    projectId: str
    traceId: str | None
    sessionId: str | None
    observationId: str | None
    datasetRunId: None
    name: str
    value: float | None
    stringValue: str | None
    dataType: str
    source: str
    comment: str | None
    metadata: dict[str, object]
    timestamp: str
    createdAt: str
    updatedAt: str
    authorUserId: None
    configId: str | None
    queueId: str | None
    environment: str


class ScoredTrace(TypedDict):
    """What a listed score says of its trace."""

    userId: str | None
    tags: list[str]
    environment: str
    sessionId: str | None


class ListedScore(Score):
    """A score in a list, with its trace: not there for scores of sessions, and while the trace has not arrived."""

    trace: NotRequired[ScoredTrace]


class Scores(TypedDict):
    """A page of scores."""

    data: list[ListedScore]
    meta: Meta


def list_scores(reader: Reader, question: Question, with_trace: bool = True) -> Scores:
    """Return a page of scores, by default the latest first."""
    columns = (*COLUMNS, *TRACE_COLUMNS) if with_trace else COLUMNS
    page = question.select(reader, "scores", columns, "timestamp")
    data: list[ListedScore] = []
    for row in page.rows:
        score = cast(ListedScore, _score(row))
        if with_trace and (trace := _trace(row)):
            score["trace"] = trace
        data.append(score)
    return {"data": data, "meta": question.meta(page.total)}


def get_score(reader: Reader, score_id: str, project: str = "default", further: tuple[Condition, ...] = ()) -> Score:
    """Return one score that meets `further` conditions. Raises NotFound."""
    where = (Condition("id", "=", score_id), *further)
    rows = reader.select(Selection("scores", project, where, columns=COLUMNS, limit=1, counted=False)).rows
    if not rows:
        raise NotFound(f"no score has the id {score_id!r}")
    return _score(rows[0])


def scores_by(
    reader: Reader, target: Target, ids: list[str], project: str, further: tuple[Condition, ...] = ()
) -> dict[str, list[Score]]:
    """Return the scores on the traces or sessions `ids`, oldest first; every id has its list."""
    found: dict[str, list[Score]] = {one: [] for one in ids}
    if not ids:
        return found
    where = (Condition(target, "any of", tuple(ids)), *further)
    order = (("timestamp", False),)
    for row in reader.select(Selection("scores", project, where, order, COLUMNS, EVERY, counted=False)).rows:
        found[str(row[target])].append(_score(row))
    return found


def data_type(row: Row) -> str:
    """Return the data type of a row of the view `scores`."""
    return text(row["data_type"]) or "NUMERIC"


def _score(row: Row) -> Score:
    kind, value, label = data_type(row), number(row["value"]), text(row["string_value"])
    # langfuse's clients insist on a number for all but texts, and on a text for all but numbers
    if kind != "TEXT":
        value = value or 0
    if kind == "BOOLEAN":
        label = label or ("True" if value else "False")
    elif kind != "NUMERIC":
        label = label or ""
    return {
        "id": str(row["id"]),
        "projectId": str(row["project_id"]),
        "traceId": text(row["trace_id"]),
        "sessionId": text(row["session_id"]),
        "observationId": text(row["observation_id"]),
        "datasetRunId": None,
        "name": str(row["name"]),
        "value": value,
        "stringValue": label,
        "dataType": kind,
        "source": text(row["source"]) or "API",
        "comment": text(row["comment"]),
        "metadata": members(row["metadata"]),
        "timestamp": moment(row["timestamp"]),
        "createdAt": moment(row["created_at"]),
        "updatedAt": moment(row["updated_at"]),
        "authorUserId": None,
        "configId": text(row["config_id"]),
        "queueId": text(row["queue_id"]),
        "environment": text(row["environment"]) or "default",
    }


def _trace(row: Row) -> ScoredTrace | None:
    environment = text(row["trace_environment"])
    if environment is None:
        return None
    return {
        "userId": text(row["trace_user_id"]),
        "tags": texts(row["trace_tags"]),
        "environment": environment,
        "sessionId": text(row["trace_session_id"]),
    }
