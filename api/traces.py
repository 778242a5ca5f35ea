"""Traces: list and get."""

from __future__ import annotations

from pydantic import Field

from ..query.traces import GROUPS, FullTrace, Traces, get_trace, list_traces
from .params import Instant, ListParams, Texts
from .route import Call, Route


class TraceParams(ListParams):
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
    fields: str | None = Field(None, description="Comma list of core, io, scores, observations, metrics; else all.")


def _list(call: Call) -> Traces:
    fields: str | None = call.params.fields
    groups = GROUPS if fields is None else {"core", *fields.replace(" ", "").split(",")}
    return list_traces(call.store, call.params.question(call.project), groups)


ROUTES = (
    Route("GET", "/api/public/traces", "List traces, the latest first", Traces, _list, query=TraceParams),
    Route(
        "GET", "/api/public/traces/{id}", "Get a trace with its observations and scores", FullTrace,
        lambda call: get_trace(call.store, call.id, call.project), problems=(404,),
    ),
)  # fmt: skip
