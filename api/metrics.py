"""Metrics, old and new: numbers about groups of traces, observations or scores."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from ..errors import BadParameter
from ..query.daily import DailyMetrics, daily_metrics
from ..query.filters import conditions
from ..query.metrics import Granularity, Metrics, MetricsQuestion, ask_metrics, ask_metrics_v2
from ..query.metrics_table import MetricsView
from ..query.page import Question
from ..storage.aggregation import Function
from .params import LAST_PAGE, Instant, Params, Texts, bad_parameter
from .route import Call, Route

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Part(BaseModel):
    """A part of a question, by camelCase names; what Langfuse does not know either is ignored."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, frozen=True, defer_build=True)


class Dimension(Part):
    """What rows are grouped by."""

    field: Name


class Metric(Part):
    """A number about each group."""

    measure: Name
    aggregation: Function


class Order(Part):
    """What the rows are ordered by: a dimension, `<aggregation>_<measure>` or `time_dimension`."""

    field: Name
    direction: Literal["asc", "desc"]


class TimeDimension(Part):
    """The pieces of time that rows are grouped by too."""

    granularity: Granularity


class Settings(Part):
    """The bars of a histogram, and how many rows there may be."""

    model_config = ConfigDict(alias_generator=None)

    bins: Annotated[int, Field(ge=1, le=100, strict=True)] = 10
    row_limit: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None


class MetricsQuery(Part):
    """A question as it stands in the parameter `query`."""

    view: MetricsView
    dimensions: list[Dimension] = Field([], max_length=20)
    metrics: list[Metric] = Field([], max_length=100)
    filters: list[Any] = []
    time_dimension: TimeDimension | None = None
    from_timestamp: Instant
    to_timestamp: Instant
    order_by: list[Order] | None = Field(None, max_length=20)
    config: Settings | None = None

    def question(self) -> MetricsQuestion:
        """Return what is asked."""
        config = self.config or Settings()
        return MetricsQuestion(
            self.view,
            self.from_timestamp,
            self.to_timestamp,
            dimensions=tuple(each.field for each in self.dimensions),
            metrics=tuple((each.measure, each.aggregation) for each in self.metrics),
            filters=self.filters,
            granularity=self.time_dimension.granularity if self.time_dimension else None,
            order=tuple((each.field, each.direction == "desc") for each in self.order_by or ()),
            bins=config.bins,
            row_limit=config.row_limit,
        )


class MetricsParams(Params):
    """The parameter that holds a whole question."""

    query: str = Field(
        description="The question as JSON: {view, dimensions: [{field}], metrics: [{measure, aggregation}], filters,"
        " timeDimension: {granularity}, fromTimestamp, toTimestamp, orderBy: [{field, direction}],"
        " config: {bins, row_limit}}; `metadata.KEY` is a dimension too."
    )

    def question(self) -> MetricsQuestion:
        """Return what is asked. Raises BadParameter naming the part of the JSON that cannot be used."""
        try:
            value = orjson.loads(self.query)
        except orjson.JSONDecodeError as error:
            raise BadParameter("query", f"not JSON: {error}") from None
        if not isinstance(value, dict):
            raise BadParameter("query", "expected a JSON object {view, dimensions, metrics, …}")
        try:
            return MetricsQuery.model_validate(value).question()
        except ValidationError as error:
            raise bad_parameter(error) from None


class DailyParams(Params):
    """The parameters of the days."""

    page: int = Field(1, ge=1, le=LAST_PAGE, description="The page, from 1.")
    limit: int = Field(50, ge=1, le=100, description="Days on a page.")
    trace_name: str | None = Field(None, description="The name of the traces.")
    user_id: str | None = Field(None, description="The user of the traces.")
    tags: Texts = Field([], description="The traces have all of these; may be repeated.")
    environment: Texts = Field([], description="Any of these; may be repeated.")
    from_timestamp: Instant | None = Field(None, description="Begun at or after.")
    to_timestamp: Instant | None = Field(None, description="Begun before.")

    def question(self, project: str) -> Question:
        """Return what these parameters ask of the traces of a project."""
        given = self.model_dump(by_alias=True, exclude={"page", "limit"})
        given["name"] = given.pop("traceName")
        return Question(conditions("traces", given), page=self.page, limit=self.limit, project=project)


def _v1(call: Call) -> Metrics:
    return ask_metrics(call.store, call.params.question(), call.project)


def _v2(call: Call) -> Metrics:
    return ask_metrics_v2(call.store, call.params.question(), call.project)


ROUTES = (
    Route(
        "GET", "/api/public/metrics", "Group traces, observations or scores, and count, add up and compare", Metrics,
        _v1, query=MetricsParams,
    ),
    Route(
        "GET", "/api/public/v2/metrics", "Group observations or scores, the newer way: at most 100 rows unless more"
        " are asked for", Metrics, _v2, query=MetricsParams,
    ),
    Route(
        "GET", "/api/public/metrics/daily", "Count traces, observations, tokens and cost by day and model",
        DailyMetrics, lambda call: daily_metrics(call.store, call.params.question(call.project)), query=DailyParams,
    ),
)  # fmt: skip
