"""Writing scores: one by one, as an array, and deleting them (reference: langfuse.md, sections 3.6 and 5)."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import AfterValidator, Field, RootModel, ValidationError
from typing_extensions import TypedDict

from ..errors import BadParameter, NotFound
from ..mapping.observation import Json
from ..mapping.values import instant
from ..storage.store import NewScore
from . import checks
from .checks import LONGEST_NAME, UNCHECKED, Body, Environment, Free, Moment, OptionalId, Word, word
from .params import adapter, bad_parameter
from .route import Call, Reply, Route

LONGEST_TEXT = 500
"""Characters of the value of a TEXT score."""
CORRECTED = "output"
"""What a correction corrects, and so the name of its score."""

DataType = Literal["NUMERIC", "CATEGORICAL", "BOOLEAN", "TEXT", "CORRECTION"]
Source = Literal["API", "EVAL", "ANNOTATION"]


class ScoreBody(Body):
    """A score on exactly one of a trace (perhaps an observation of it) and a session; neither need exist yet."""

    id: OptionalId = Field(None, description="A score with a known id takes the place of that score.")
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(word)]
    value: Annotated[float | str, UNCHECKED] = Field(
        description="A number for NUMERIC, 0 or 1 for BOOLEAN, else text, of 1 to 500 characters for TEXT.",
    )
    data_type: DataType | None = Field(None, description="NUMERIC for a number and CATEGORICAL for text by default.")
    trace_id: OptionalId = None
    observation_id: OptionalId = Field(None, description="An observation of the trace.")
    session_id: OptionalId = None
    dataset_run_id: OptionalId = Field(None, description="Refused: datasets are not kept here.")
    source: Source | None = Field(None, description="API by default; ANNOTATION needs a configId.")
    comment: Word | None = None
    metadata: Free = None
    environment: Environment | None = None
    config_id: OptionalId = None
    queue_id: OptionalId = None
    timestamp: Moment | None = Field(None, description="Now by default.")


class Posted(RootModel[Annotated[ScoreBody | list[ScoreBody], UNCHECKED]]):
    """One score, or an array of scores, which are checked one by one."""

    loads = staticmethod(checks.loads)


class ScoreId(TypedDict):
    """The id of a score."""

    id: str


class Accepted(TypedDict):
    """That all scores are stored; the Python SDK complains about any other word."""

    message: Literal["Accepted"]


class ScoreProblem(TypedDict):
    """What is wrong with one score."""

    message: str


class PartlyAccepted(TypedDict):
    """How many scores are stored and how many are not, and why."""

    accepted: int
    rejected: int
    errors: list[ScoreProblem]


class DeletedScore(TypedDict):
    """That a score is gone."""

    message: str


def score_of(body: Any, id: str, time_ns: int) -> NewScore:
    """Return the score that `body` describes, with this id and time where it has none. Raises BadParameter."""
    try:
        told = adapter(ScoreBody).validate_python(body)
    except ValidationError as error:
        raise bad_parameter(error) from None
    _check_target(told)
    data_type, value, string_value = _valued(told)
    if told.source == "ANNOTATION" and told.config_id is None and data_type != "CORRECTION":
        raise BadParameter("configId", "an ANNOTATION needs the id of the configuration that it follows")
    return NewScore(
        id=told.id or id,
        name=told.name,
        data_type=data_type,
        timestamp_ns=(told.timestamp and instant(told.timestamp)) or time_ns,
        value=value,
        string_value=string_value,
        source=told.source or "API",
        comment=told.comment,
        metadata=_members(told.metadata),
        session_id=told.session_id,
        trace_id=told.trace_id,
        observation_id=told.observation_id,
        environment=told.environment,
        config_id=told.config_id,
        queue_id=told.queue_id,
    )


def _check_target(told: ScoreBody) -> None:
    if told.dataset_run_id is not None:
        raise BadParameter("datasetRunId", "datasets and their runs are not kept here; score a trace or a session")
    if told.trace_id is None and told.session_id is None:
        where = "observationId" if told.observation_id is not None else "traceId"
        raise BadParameter(where, "a score needs a traceId, with or without an observationId, or a sessionId")
    if told.trace_id is not None and told.session_id is not None:
        raise BadParameter("sessionId", "a score is on a trace or on a session, not on both")
    if told.trace_id is None and told.observation_id is not None:
        raise BadParameter("observationId", "needs the traceId of its trace, and goes with no sessionId")


def _valued(told: ScoreBody) -> tuple[DataType, float | None, str | None]:
    """Return the data type, the number and the text of a score. Raises BadParameter."""
    value: object = told.value
    if isinstance(value, str):
        return _worded(told, value)
    if not isinstance(value, int | float):
        raise BadParameter("value", "expected a number or text")
    number = checks.finite(value)
    match told.data_type:
        case None if isinstance(value, bool):
            return "BOOLEAN", number, str(value)
        case "BOOLEAN":
            if number not in (0, 1):
                raise BadParameter("value", f"expected 0 or 1 for BOOLEAN, got {str(value)[:40]}")
            return "BOOLEAN", number, str(number == 1)
        case None | "NUMERIC":
            if number is None or isinstance(value, bool):
                raise BadParameter("value", f"expected a finite number that a double holds, got {str(value)[:40]}")
            return "NUMERIC", number, None
    raise BadParameter("value", f"expected text for {told.data_type}, got {str(value)[:40]}")


def _worded(told: ScoreBody, value: str) -> tuple[DataType, float | None, str | None]:
    data_type = told.data_type or "CATEGORICAL"
    if data_type in ("NUMERIC", "BOOLEAN"):
        raise BadParameter("value", f"expected a number for {data_type}, got the text {value[:40]!r}")
    try:
        word(value)
    except ValueError as error:
        raise BadParameter("value", str(error)) from None
    if data_type == "TEXT" and not 1 <= len(value) <= LONGEST_TEXT:
        raise BadParameter("value", f"expected 1 to {LONGEST_TEXT} characters for TEXT, got {len(value)}")
    if data_type == "CORRECTION":
        if told.name != CORRECTED:
            raise BadParameter("name", f"a CORRECTION is named {CORRECTED!r}, got {told.name[:40]!r}")
        if told.session_id is not None:
            raise BadParameter("sessionId", "a CORRECTION is of a trace or an observation")
    return data_type, None, value


def _members(metadata: Json) -> dict[str, Json] | None:
    """Return metadata as an object; anything else stands under the key `metadata`, as in telemetry."""
    if metadata is None or isinstance(metadata, dict):
        return metadata
    return {"metadata": metadata}


def _post(call: Call) -> Reply:
    posted: Any = call.body.root
    if not isinstance(posted, list):
        score = score_of(posted, str(uuid4()), time.time_ns())
        call.store.put_scores(call.project, [score]).result()
        return Reply(200, ScoreId(id=score.id))
    scores: list[NewScore] = []
    problems: list[ScoreProblem] = []
    for place, item in enumerate(posted):
        try:
            scores.append(score_of(item, str(uuid4()), time.time_ns()))
        except BadParameter as error:
            problems.append({"message": f"{place}.{error}"})
    if scores:
        call.store.put_scores(call.project, scores).result()
    if not problems:
        return Reply(202, Accepted(message="Accepted"))
    return Reply(207, PartlyAccepted(accepted=len(scores), rejected=len(problems), errors=problems))


def _delete(call: Call) -> DeletedScore:
    if not call.store.delete_scores(call.project, [call.id]).result():
        raise NotFound(f"no score has the id {call.id!r}")
    return {"message": "The score is deleted"}


ROUTES = (
    Route(
        "POST", "/api/public/scores", "Store a score, or an array of scores, each on its own", ScoreId,
        _post, body=Posted, also={202: Accepted, 207: PartlyAccepted}, problems=(503,),
    ),
    Route(
        "DELETE", "/api/public/scores/{id}", "Delete a score", DeletedScore, _delete, status=202, problems=(404, 503),
    ),
)  # fmt: skip
