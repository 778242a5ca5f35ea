"""Metrics: numbers about groups of traces, observations or scores, in Langfuse's shape (langfuse.md, section 4.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from typing_extensions import TypedDict

from ..errors import BadParameter
from ..storage.aggregation import Aggregation, Function, Grain, Group, Measure
from ..storage.selection import Condition, Expression
from ..storage.store import Reader
from .filters import item_conditions
from .metrics_table import DIMENSIONS, MANY, MEASURES, METADATA, SOURCES, TEXTS, MetricsView, fields

Granularity: TypeAlias = Literal["auto", "minute", "hour", "day", "week", "month"]
COUNTING: tuple[Function, ...] = ("count", "uniq")
"""What can be said of texts."""

TIME = "time_dimension"
"""The name of the piece of time in a row."""

LAST_MOMENT = datetime(2262, 1, 1, tzinfo=UTC)
"""Later than this no engine counts nanoseconds."""

MOST_ROWS = 10_000
"""Rows of an answer without a limit of its own; a question that has more is refused, rather than cut in silence."""

AUTO: tuple[tuple[timedelta, Grain], ...] = (
    (timedelta(hours=2), "minute"),
    (timedelta(hours=72), "hour"),
    (timedelta(days=60), "day"),
    (timedelta(days=365), "week"),
)
"""The granularity of spans of time shorter than these; of longer ones a month."""


@dataclass(frozen=True, slots=True)
class MetricsQuestion:
    """What a caller asks: of which rows, grouped by which dimensions, which (measure, aggregation) of each.

    From `since` on until before `until`, aware times; None is without end. `order` holds (name in a row, descending)
    pairs; without one the rows come by time, else by the first metric, largest first. `filters` are Langfuse's items,
    as they came.
    """

    view: MetricsView
    since: datetime | None
    until: datetime | None
    dimensions: tuple[str, ...] = ()
    metrics: tuple[tuple[str, Function], ...] = ()
    filters: Sequence[object] = ()
    granularity: Granularity | None = None
    order: tuple[tuple[str, bool], ...] = ()
    bins: int = 10
    row_limit: int | None = None


class Metrics(TypedDict):
    """Rows by name: dimensions, `time_dimension`, and `<aggregation>_<measure>`.

    Latencies are milliseconds, costs USD. A histogram is a list of [lower, upper, count].
    """

    data: list[dict[str, object]]


def ask_metrics(reader: Reader, question: MetricsQuestion, project: str = "default") -> Metrics:
    """Return the answer. Raises BadParameter naming the part of the question that cannot be used."""
    limit = question.row_limit or MOST_ROWS + 1
    rows = reader.aggregate(_aggregation(question, project, limit))
    if len(rows) > MOST_ROWS:
        raise BadParameter("config.row_limit", f"there are more than {MOST_ROWS} rows: ask for fewer, or set it")
    return {"data": [{**row} for row in rows]}


def ask_metrics_v2(reader: Reader, question: MetricsQuestion, project: str = "default") -> Metrics:
    """Return the answer by the rules of v2: never the traces, and only the largest few of what has many values."""
    if question.view == "traces":
        raise BadParameter("view", "v2 has no traces; group observations by traceId or traceName")
    if many := [name for name in question.dimensions if name in MANY]:
        _check_many(question, many)
    limit = question.row_limit or 100
    return {"data": [{**row} for row in reader.aggregate(_aggregation(question, project, limit))]}


def _check_many(question: MetricsQuestion, many: list[str]) -> None:
    place = f"dimensions.{question.dimensions.index(many[0])}.field"
    measures = {f"{function}_{measure}" for measure, function in question.metrics}
    if question.granularity is not None:
        raise BadParameter(place, f"{many[0]!r} has too many values for a timeDimension; filter by it instead")
    if question.row_limit is None or not any(down and name in measures for name, down in question.order):
        raise BadParameter(
            place, f"{many[0]!r} has many values: set config.row_limit, and orderBy a metric with direction desc"
        )


def _aggregation(question: MetricsQuestion, project: str, limit: int) -> Aggregation:
    source = SOURCES[question.view]
    groups = [_group(question, place, name) for place, name in enumerate(question.dimensions)]
    if question.granularity is not None:
        groups.append(Group(TIME, source.time, grain=grain(question)))
    measures = [_measure(question, place, *metric) for place, metric in enumerate(question.metrics)]
    if not groups and not measures:
        raise BadParameter("metrics", "ask for at least one metric or dimension")
    dimensions, metrics = [group.name for group in groups], [measure.name for measure in measures]
    _check_once("dimensions", dimensions)
    _check_once("metrics", metrics)
    names = [*dimensions, *metrics]
    for place, (name, _) in enumerate(question.order):
        if name not in names:
            raise BadParameter(f"orderBy.{place}.field", f"no {name!r} in the rows; there are {', '.join(names)}")
    return Aggregation(
        source.view,
        project=project,
        groups=tuple(groups),
        measures=tuple(measures),
        where=(*_within(question), *_filters(question)),
        order=question.order or _usual_order(question, measures),
        limit=limit,
    )


def _check_once(part: str, names: list[str]) -> None:
    if twice := [name for place, name in enumerate(names) if name in names[:place]]:
        raise BadParameter(part, f"{twice[0]!r} is asked for twice")


def _usual_order(question: MetricsQuestion, measures: Sequence[Measure]) -> tuple[tuple[str, bool], ...]:
    if question.granularity is not None:
        return ((TIME, False),)
    return ((measures[0].name, True),) if measures and measures[0].function != "histogram" else ()


def _group(question: MetricsQuestion, place: int, name: str) -> Group:
    if name.startswith(METADATA) and name != METADATA:
        return Group(name, "metadata", key=name.removeprefix(METADATA))
    known = DIMENSIONS[question.view]
    if name not in known:
        raise BadParameter(
            f"dimensions.{place}.field",
            f"{question.view} have no dimension {name!r}; there are {', '.join(known)}, {METADATA}KEY",
        )
    column, piece, digits = known[name]
    return Group(name, column, grain=piece, digits=digits)


def _measure(question: MetricsQuestion, place: int, name: str, function: Function) -> Measure:
    known = MEASURES[question.view]
    if name not in known:
        raise BadParameter(
            f"metrics.{place}.measure", f"{question.view} have no measure {name!r}; there are {', '.join(known)}"
        )
    if name in TEXTS and function not in COUNTING:
        raise BadParameter(f"metrics.{place}.aggregation", f"{name} takes {' or '.join(COUNTING)}, not {function!r}")
    column, counted = known[name]
    return Measure(f"{function}_{name}", function, column, counted, question.bins)


def grain(question: MetricsQuestion) -> Grain:
    """Return the granularity, of which "auto" makes about 50 pieces."""
    if question.granularity is not None and question.granularity != "auto":
        return question.granularity
    if question.since is None or question.until is None:
        return "month"
    span = question.until - question.since
    return next((each for longest, each in AUTO if span < longest), "month")


def _within(question: MetricsQuestion) -> tuple[Expression, ...]:
    since, until, source = question.since, question.until, SOURCES[question.view]
    if since is not None and until is not None and since >= until:
        raise BadParameter("toTimestamp", "must be after fromTimestamp")
    within = []
    if since is not None:
        within.append(Condition(source.time, ">=", since))
    if until is not None:
        within.append(Condition(source.time, "<", min(until, LAST_MOMENT)))
    if source.data_type:
        within.append(Condition("data_type", "=", source.data_type))
    return tuple(within)


def _filters(question: MetricsQuestion) -> tuple[Expression, ...]:
    try:
        return item_conditions(SOURCES[question.view].view, question.filters, fields(question.view))
    except BadParameter as error:
        raise BadParameter("filters", error.problem) from None
