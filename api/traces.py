"""Traces: list, get and delete."""

from __future__ import annotations

from collections.abc import Set
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from ..errors import NotFound
from ..query.traces import GROUPS, FullTrace, Traces, get_trace, list_traces
from .params import Instant, Listed, ListParams, Params, Texts
from .route import Call, Route


class OneTraceParams(Params):
    """The parameters of one trace."""

    fields: Listed = Field((), description="Comma list of core, io, scores, observations, metrics; else all.")


class TraceParams(OneTraceParams, ListParams):
    """The parameters of the list of traces."""

    view = "traces"

    user_id: str | None = None
    name: str | None = None
    session_id: str | None = None
    version: str | None = None
    release: str | None = None
    from_timestamp: Instant | None = Field(None, description="Started at or after.")
    to_timestamp: Instant | None = Field(None, description="Started before.")
    tags: Texts = Field([], description="All of these; may be repeated.")


class Deleted(TypedDict):
    """What was done."""

    message: str


class DeleteTraces(BaseModel):
    """Which traces to delete; unknown ids are none."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, frozen=True, defer_build=True)

    trace_ids: Annotated[list[str], Field(min_length=1, max_length=1000, description="The ids of the traces.")]


def _groups(call: Call) -> Set[str]:
    fields: tuple[str, ...] = call.params.fields
    return {"core", *fields} if fields else GROUPS


def _delete(call: Call) -> Deleted:
    if not call.store.delete_traces(call.project, [call.id]).result():
        raise NotFound(f"no trace has the id {call.id!r}")
    return {"message": "Trace deleted successfully"}


def _delete_many(call: Call) -> Deleted:
    body: DeleteTraces = call.body
    call.store.delete_traces(call.project, body.trace_ids).result()
    return {"message": "Traces deleted successfully"}


ROUTES = (
    Route(
        "GET", "/api/public/traces", "List traces, the latest first", Traces,
        lambda call: list_traces(call.store, call.params.question(call.project), _groups(call)), query=TraceParams,
    ),
    Route(
        "GET", "/api/public/traces/{id}", "Get a trace with its observations and scores", FullTrace,
        lambda call: get_trace(call.store, call.id, call.project, _groups(call)), query=OneTraceParams,
        problems=(404,),
    ),
    Route(
        "DELETE", "/api/public/traces/{id}", "Delete a trace with its observations and scores", Deleted, _delete,
        problems=(404, 503),
    ),
    Route(
        "DELETE", "/api/public/traces", "Delete up to 1,000 traces with their observations and scores", Deleted,
        _delete_many, body=DeleteTraces, problems=(503,),
    ),
)  # fmt: skip
