"""Langfuse's ingestion API: what its older SDKs send all of their telemetry to, and its newer ones their scores.

Each event is checked on its own; what is wrong with one is said in the answer and costs no other (reference:
langfuse.md, section 3.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, TypeAlias
from uuid import NAMESPACE_OID, uuid5

from pydantic import AfterValidator, Field, StrictBool, ValidationError
from typing_extensions import TypedDict

from ..errors import BadParameter
from ..mapping.legacy import trace_span_id
from ..mapping.observation import TYPES
from ..mapping.values import instant
from ..storage.store import Event, NewScore
from . import checks
from .checks import (
    UNCHECKED,
    Amounts,
    Body,
    Counts,
    Environment,
    Free,
    Id,
    Moment,
    Name,
    OptionalId,
    Parameters,
    Usage,
    Whole,
    Word,
)  # fmt: skip
from .params import Level, ObservationType, adapter, bad_parameter, one_of
from .route import MIB, Call, Route
from .scoring import ScoreBody, score_of

LARGEST = 20 * MIB
"""Bytes of a batch, as for telemetry."""
MOST = 100_000
"""Events of a batch."""


class TraceBody(Body):
    """A trace, or what more there is to say about one."""

    id: OptionalId = Field(None, description="Made from the event's id by default.")
    timestamp: Moment | None = None
    name: Name | None = None
    user_id: OptionalId = None
    session_id: OptionalId = None
    input: Free = None
    output: Free = None
    metadata: Free = None
    tags: list[Word] | None = None
    public: StrictBool | None = None
    release: Word | None = None
    version: Word | None = None
    environment: Environment | None = None


class ObservationBody(Body):
    """An observation, or what more there is to say about one."""

    id: OptionalId = Field(None, description="Made from the event's id by default; an update must have it.")
    trace_id: OptionalId = Field(
        None, description="Made from the observation's id by default; an update finds it among other events."
    )
    type: ObservationType | None = Field(None, description="Only where the type of the event does not name it.")
    parent_observation_id: OptionalId = None
    name: Word | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None
    completion_start_time: Moment | None = None
    input: Free = None
    output: Free = None
    metadata: Free = None
    level: Level | None = None
    status_message: Word | None = None
    model: Word | None = None
    model_parameters: Parameters | None = None
    usage: Usage | None = Field(None, description="The older form: tokens, their unit, and costs in USD.")
    usage_details: Counts | None = Field(None, description="Tokens by kind.")
    cost_details: Amounts | None = Field(None, description="USD by kind.")
    prompt_name: Word | None = None
    prompt_version: Whole | None = None
    version: Word | None = None
    environment: Environment | None = None


class SdkLog(Body):
    """What an SDK says about itself."""

    log: Free = None


SCORE, LOG, TRACE = "score-create", "sdk-log", "trace-create"
KINDS = ("observation", *(word.lower() for word in TYPES))
BODIES: dict[str, type[Body]] = {
    TRACE: TraceBody,
    SCORE: ScoreBody,
    LOG: SdkLog,
    **{f"{kind}-{verb}": ObservationBody for kind in KINDS for verb in ("create", "update")},
}
"""What the body of each type of event is."""


class IngestionEvent(Body):
    """One event: `id` is its own, `timestamp` when it was made."""

    id: Id
    timestamp: Moment
    type: Annotated[str, AfterValidator(one_of(tuple(BODIES))), Field(json_schema_extra={"enum": list(BODIES)})]
    body: Annotated[TraceBody | ObservationBody | ScoreBody | SdkLog, UNCHECKED]


class Batch(Body):
    """Events, which are checked one by one."""

    loads = staticmethod(checks.loads)

    batch: list[Annotated[IngestionEvent, UNCHECKED]] = Field(max_length=MOST)
    metadata: Annotated[Any, UNCHECKED] = Field(None, description="What SDKs say about themselves; not read.")


class Success(TypedDict):
    """An event that is stored."""

    id: str
    status: int


class Failure(TypedDict):
    """An event that is not stored, and why."""

    id: str
    status: int
    message: str
    error: str


class Ingested(TypedDict):
    """What became of each event, by its own id."""

    successes: list[Success]
    errors: list[Failure]


Said: TypeAlias = "Event | NewScore | None"
"""What an event says; nothing where it is none of our business."""


def read_event(item: Any) -> tuple[str, Said]:
    """Return the id of an event, and what it says. Raises BadParameter naming what cannot be used."""
    try:
        event = adapter(IngestionEvent).validate_python(item)
    except ValidationError as error:
        raise bad_parameter(error) from None
    time_ns = instant(event.timestamp) or 0
    body: Any = event.body
    try:
        if event.type == SCORE:
            return event.id, replace(score_of(body, _made(SCORE, event.id), time_ns), told_ns=time_ns)
        told = adapter(BODIES[event.type]).validate_python(body)
        if event.type == LOG:
            return event.id, None
        trace_id, entity_id = _ids(event, told)
    except ValidationError as error:
        raise _inside(bad_parameter(error)) from None
    except BadParameter as error:
        raise _inside(error) from None
    return event.id, Event(event.id, event.type, time_ns, trace_id, entity_id, checks.said(told))


def _inside(error: BadParameter) -> BadParameter:
    """Return an error about the body of an event with its whole path."""
    return BadParameter("body" if error.name == "body" else f"body.{error.name}", error.problem)


def _ids(event: IngestionEvent, told: Body) -> tuple[str, str]:
    """Return the ids of the trace and of what the event is about, made where a create has none."""
    if isinstance(told, TraceBody):
        id = told.id or _made(TRACE, event.id)
        return id, id
    assert isinstance(told, ObservationBody)
    update = event.type.endswith("-update")
    if update and told.id is None:
        raise BadParameter("id", "an update needs the id of its observation")
    if event.type == "observation-create" and told.type is None:
        raise BadParameter("type", f"expected one of {', '.join(TYPES)}")
    id = told.id or _made("observation", event.id)
    trace_id = told.trace_id or ("" if update else _made(TRACE, id))
    if trace_id and id == trace_span_id(trace_id):
        raise BadParameter("id", f"{id[:40]!r} is kept for the trace itself")
    return trace_id, id


def _made(kind: str, id: str) -> str:
    """Return an id that the same event gets each time it is sent."""
    return str(uuid5(NAMESPACE_OID, f"{kind}:{id}"))


def _ingest(call: Call) -> Ingested:
    batch: Batch = call.body
    told: list[Event] = []
    scores: list[NewScore] = []
    answer = Ingested(successes=[], errors=[])
    for place, item in enumerate(batch.batch):
        try:
            id, what = read_event(item)
        except BadParameter as error:
            answer["errors"].append(_failure(place, item, error))
            continue
        if isinstance(what, Event):
            told.append(what)
        elif what is not None:
            scores.append(what)
        answer["successes"].append({"id": id, "status": 201})
    waiting = []
    if told:
        waiting.append(call.store.record(call.project, told))
    if scores:
        waiting.append(call.store.put_scores(call.project, scores))
    for written in waiting:
        written.result()
    return answer


def _failure(place: int, item: object, error: BadParameter) -> Failure:
    id = item.get("id") if isinstance(item, Mapping) else None
    return {
        "id": id if isinstance(id, str) else "",
        "status": 400,
        "message": f"batch.{place}.{error}",
        "error": type(error).__name__,
    }


ROUTES = (
    Route(
        "POST", "/api/public/ingestion", "Store a batch of events of Langfuse's ingestion API, each on its own",
        Ingested, _ingest, body=Batch, status=207, largest=LARGEST, problems=(503,),
    ),
)  # fmt: skip
