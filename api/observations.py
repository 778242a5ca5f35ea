"""Observations: list, get, and the messages of one."""

from __future__ import annotations

from pydantic import Field

from ..query.conversation import Messages, observation_messages
from ..query.observations import Observation, Observations, get_observation, list_observations
from .params import Instant, Level, ListParams, ObservationType
from .route import Route


class ObservationParams(ListParams):
    """The parameters of the list of observations."""

    view = "observations"

    name: str | None = None
    user_id: str | None = Field(None, description="The user of the trace.")
    type: ObservationType | None = None
    trace_id: str | None = None
    level: Level | None = None
    parent_observation_id: str | None = None
    version: str | None = None
    from_start_time: Instant | None = Field(None, description="Started at or after.")
    to_start_time: Instant | None = Field(None, description="Started before.")


ROUTES = (
    Route(
        "GET", "/api/public/observations", "List observations, the latest started first", Observations,
        lambda call: list_observations(call.store, call.params.question(call.project)), query=ObservationParams,
    ),
    Route(
        "GET", "/api/public/observations/{id}", "Get an observation", Observation,
        lambda call: get_observation(call.store, call.id, call.project), problems=(404,),
    ),
    Route(
        "GET", "/api/observations/{id}/messages", "Get the messages of an observation in one form", Messages,
        lambda call: observation_messages(call.store, call.id, call.project), problems=(404,),
    ),
)  # fmt: skip
