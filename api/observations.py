"""Observations: list (versions 1 and 2), get, and the messages of one."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from ..errors import BadParameter
from ..query.conversation import Messages, observation_messages
from ..query.observations import Observation, Observations, get_observation, list_observations
from ..query.observations_v2 import GROUPS, USUAL, ObservationsV2, list_observations_v2
from ..storage.selection import Condition, Expression, View, conditions_in, rewritten
from .params import FilterParams, Instant, Level, Listed, ListParams, ObservationType
from .route import Call, Route


class _Simple(FilterParams):
    view: ClassVar[View] = "observations"

    name: str | None = None
    user_id: str | None = Field(None, description="The user of the trace.")
    type: ObservationType | None = None
    trace_id: str | None = None
    level: Level | None = None
    parent_observation_id: str | None = None
    version: str | None = Field(None, description="Of the observation, else of its trace.")
    from_start_time: Instant | None = Field(None, description="Started at or after.")
    to_start_time: Instant | None = Field(None, description="Started before.")


class ObservationParams(_Simple, ListParams):
    """The parameters of the list of observations."""


class ObservationV2Params(_Simple):
    """The parameters of the list of observations, version 2."""

    empties = frozenset({"parentObservationId"})

    limit: int = Field(50, ge=0, le=1000, description="Items on a page.")
    cursor: str | None = Field(None, description="`meta.cursor` of the page before.")
    session_id: str | None = Field(None, description="The session of the trace.")
    parent_observation_id: str | None = Field(None, description="Empty: those without a parent.")
    is_root_observation: bool | None = Field(
        None, description="Without a parent, the root of its trace, or what an SDK calls the application's root."
    )
    fields: Listed = Field((), description=f"Comma list of {', '.join(GROUPS)}; else core and basic.")
    expand_metadata: Listed = Field(
        (), description="Comma list of metadata keys whose values come whole; others are cut at 200 characters."
    )
    parse_io_as_json: bool | None = Field(None, description="Retired: true is refused; inputs and outputs are texts.")

    def where(self) -> tuple[Expression, ...]:
        """Return the conditions of these parameters. Raises BadParameter."""
        if self.parse_io_as_json:
            raise BadParameter("parseIoAsJson", "true is not served any more: inputs and outputs are texts, as sent")
        where = super().where()
        sides = [condition for condition in conditions_in(where) if condition.column in ("input", "output")]
        if sides and not any(condition.operator in ("=", "matches") for condition in sides):
            raise BadParameter("filter", "on input or output needs an item with = or matches on either of them")
        roots = Condition("parent_observation_id", "=", "")
        absent = Condition(roots.column, "is null")
        return tuple(rewritten(each, lambda one: absent if one == roots else one) for each in where)


def _list_v2(call: Call) -> ObservationsV2:
    params: ObservationV2Params = call.params
    groups = GROUPS.keys() & set(params.fields) if params.fields else USUAL
    whole = frozenset(params.expand_metadata)
    where = params.where()
    return list_observations_v2(call.store, where, call.project, params.limit, params.cursor, groups, whole)


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
        "GET", "/api/public/v2/observations", "List observations by cursor, with the fields that are asked for",
        ObservationsV2, _list_v2, query=ObservationV2Params,
    ),
    Route(
        "GET", "/api/observations/{id}/messages", "Get the messages of an observation in one form", Messages,
        lambda call: observation_messages(call.store, call.id, call.project), problems=(404,),
    ),
)  # fmt: skip
