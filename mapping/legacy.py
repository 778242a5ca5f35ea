"""Events of Langfuse's ingestion API, folded into spans: what all events about one trace or observation say together.

The span's attributes are those that Langfuse's OpenTelemetry SDKs send, so that their vocabulary reads it too. Where
telemetry brings an observation itself, what events say about it is read as if the span said so (`heed`). Source:
langfuse.md, sections 1.12 (what merges how), 3.3 (attributes) and 3.6 (events).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

import orjson

from ..proto.span import Attributes, Resource, Scope, Span, Value
from .mapper import Mapper
from .observation import Json, Observation
from .values import instant, to_json

SCOPE = "langfuse-ingestion"
"""The name of the instrumentation scope of such spans."""

Event: TypeAlias = "tuple[int, str, str, Mapping[str, Json]]"
"""An event: its time in nanoseconds, its id, its type (`generation-update`) and its body."""

TRACE_EVENT = "trace-create"
UPDATE = "-update"
ANY_TYPE = "observation"
"""The kind of event that names the type of the observation in its body."""

ANOTHER_PARENT = "ingestion event names another parent than telemetry does"
"""What `doctor` calls the one word of an event that cannot be heeded."""

_SCOPE, _RESOURCE = Scope(SCOPE), Resource({})


class _Field(NamedTuple):
    """A field of a body, the attribute that holds it, and how."""

    name: str
    attribute: str
    write: Callable[[Json], Value]


def _as_it_is(value: Json) -> Value:
    return value  # type: ignore[return-value]  # JSON is an attribute value; the two types do not know of each other


def _payload(value: Json) -> Value:
    """Return text as it is and anything else as JSON text: how the SDKs send inputs and outputs."""
    return value if isinstance(value, str) else _json(value)


def _json(value: Json) -> Value:
    return orjson.dumps(value).decode()


COMMON = (
    _Field("version", "langfuse.version", _as_it_is),
    _Field("environment", "langfuse.environment", _as_it_is),
)

TRACE = (
    _Field("name", "langfuse.trace.name", _as_it_is),
    _Field("userId", "langfuse.user.id", _as_it_is),
    _Field("sessionId", "langfuse.session.id", _as_it_is),
    _Field("tags", "langfuse.trace.tags", _as_it_is),
    _Field("public", "langfuse.trace.public", _as_it_is),
    _Field("input", "langfuse.trace.input", _payload),
    _Field("output", "langfuse.trace.output", _payload),
    _Field("metadata", "langfuse.trace.metadata", _as_it_is),
    _Field("release", "langfuse.release", _as_it_is),
    *COMMON,
)

OBSERVATION = (
    _Field("type", "langfuse.observation.type", _as_it_is),
    _Field("input", "langfuse.observation.input", _payload),
    _Field("output", "langfuse.observation.output", _payload),
    _Field("metadata", "langfuse.observation.metadata", _as_it_is),
    _Field("level", "langfuse.observation.level", _as_it_is),
    _Field("statusMessage", "langfuse.observation.status_message", _as_it_is),
    _Field("model", "langfuse.observation.model.name", _as_it_is),
    _Field("modelParameters", "langfuse.observation.model.parameters", _json),
    _Field("usageDetails", "langfuse.observation.usage_details", _json),
    _Field("costDetails", "langfuse.observation.cost_details", _json),
    _Field("completionStartTime", "langfuse.observation.completion_start_time", _as_it_is),
    _Field("promptName", "langfuse.observation.prompt.name", _as_it_is),
    _Field("promptVersion", "langfuse.observation.prompt.version", _as_it_is),
    *COMMON,
)

COSTS = {"inputCost": "input", "outputCost": "output", "totalCost": "total"}
"""The costs in the older `usage` object, and their kinds."""


def trace_span_id(trace_id: str) -> str:
    """Return the id of the span that stands for what events say about a trace; no observation may have it."""
    return f"t-{trace_id}"


def is_folded(span: Span) -> bool:
    """Say whether a span is what events say, and no telemetry."""
    return span.scope.name == SCOPE


def is_trace(span: Span) -> bool:
    """Say whether a span stands for what events say about a trace itself."""
    return is_folded(span) and span.span_id == trace_span_id(span.trace_id)


def fold(kind: str, trace_id: str, entity_id: str, events: Sequence[Event]) -> Span:
    """Return the span that all events about one trace or observation (`kind`) describe, whatever order they came in.

    They count in the order of their times, a create before an update of the same time, then of their ids. Of each
    field the last value stands that says something; metadata merges at every depth, tags unite. A trace is dated by its
    first event; an observation starts with its first event where no event says when, and ends where it starts.
    """
    told = _ordered(events)
    first, said = told[0][0], _together(told)
    fields: Iterable[_Field] = TRACE
    if kind == "trace":
        dated = (instant(_text(body, "timestamp")) for _, _, _, body in told)
        start = end = next((time for time in dated if time), first)
        span_id, parent_id = trace_span_id(trace_id), ""
    else:
        start = instant(_text(said, "startTime")) or first
        end = instant(_text(said, "endTime")) or start
        fields, span_id, parent_id = OBSERVATION, entity_id, _text(said, "parentObservationId")
        _read_usage(said)
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent_id,
        name=_text(said, "name"),
        kind=1,
        start_ns=start,
        end_ns=end,
        attributes=_attributes(said, fields),
        resource=_RESOURCE,
        scope=_SCOPE,
        events=[],
        links=[],
    )


def heed(mapper: Mapper, span: Span, events: Sequence[Event]) -> Observation:
    """Return what a span of telemetry means together with what events say about its observation.

    Whoever tells the ingestion API about a span that telemetry brings means to add to it or to correct it, and Langfuse
    lets the later word stand. So each field that events say (as in `fold`) stands over what the span says, as the
    attributes of Langfuse's SDKs on it would, and metadata merges at every depth. The span's own are its parent, and
    its type where events know no better than SPAN. The span stays as it came.
    """
    own = mapper.map(span)
    told = fold("observation", span.trace_id, span.span_id, events)
    said = _together(_ordered(events))
    attributes = dict(told.attributes)
    if attributes.get("langfuse.observation.type") in ("span", "SPAN"):
        del attributes["langfuse.observation.type"]
    of_events = mapper.map(told)
    attributes.pop("langfuse.observation.metadata", None)
    start = told.start_ns if "startTime" in said else span.start_ns
    end = told.end_ns if "endTime" in said else span.end_ns
    o = mapper.map(replace(span, attributes=span.attributes | attributes, start_ns=start, end_ns=end))
    o.span, o.name = span, told.name or own.name
    o.metadata = _deeper(dict(own.metadata), dict(of_events.metadata))
    held = {field: o.claims[field][0] for field in o.claims}
    o.claims = {
        **o.claims,
        **{field: claim for field, claim in of_events.claims.items() if claim[0] <= held.get(field, claim[0])},
    }
    if o.input_key in attributes:
        o.input_made, o.input_key = str(attributes[o.input_key]), None
    if o.output_key in attributes:
        o.output_made, o.output_key = str(attributes[o.output_key]), None
    if told.parent_span_id not in ("", span.parent_span_id):
        o.problems = [*o.problems, (ANOTHER_PARENT, _contradiction(told, span))]
    return o


def _contradiction(told: Span, span: Span) -> str:
    theirs = span.parent_span_id or "none"
    return f"{span.span_id} of trace {span.trace_id}: {told.parent_span_id[:100]}, and telemetry says {theirs}"


def _ordered(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=_place) if len(events) > 1 else list(events)


def _place(event: Event) -> tuple[int, bool, str, str, str]:
    time_ns, id, type, body = event
    return time_ns, type.endswith(UPDATE), id, type, to_json(dict(body))


def _text(said: Mapping[str, Json], field: str) -> str:
    value = said.get(field)
    return value if isinstance(value, str) else ""


def _together(told: Iterable[Event]) -> dict[str, Json]:
    """Return what bodies say together, the later over the earlier, with the type of an observation among it."""
    said: dict[str, Json] = {}
    for _, _, type, body in told:
        if type != TRACE_EVENT and not type.startswith(ANY_TYPE):
            said["type"] = type.rpartition("-")[0]
        for field, value in body.items():
            if value is None or value in ("", [], {}):
                continue
            held = said.get(field)
            if field == "metadata":
                members: dict[str, Json] = value if isinstance(value, dict) else {"metadata": value}
                said[field] = _deeper(held, members) if isinstance(held, dict) else members
            elif field == "tags" and isinstance(held, list) and isinstance(value, list):
                said[field] = [*held, *(tag for tag in value if tag not in held)]
            else:
                said[field] = value
    return said


def _deeper(below: dict[str, Json], above: dict[str, Json]) -> dict[str, Json]:
    """Return two objects merged at every depth; null in the upper one hides nothing."""
    merged = dict(below)
    for key, value in above.items():
        held = merged.get(key)
        if isinstance(held, dict) and isinstance(value, dict):
            merged[key] = _deeper(held, value)
        elif value is not None or key not in merged:
            merged[key] = value
    return merged


def _read_usage(said: dict[str, Json]) -> None:
    """Read the older `usage` object, tokens and costs in one, as the newer two, which go before it."""
    usage = said.get("usage")
    if not isinstance(usage, dict):
        return
    counts: dict[str, Json] = {}
    costs: dict[str, Json] = {}
    for name, value in usage.items():
        if name in COSTS:
            costs[COSTS[name]] = value
        elif name != "unit":
            counts[name] = value
    if counts:
        said.setdefault("usageDetails", counts)
    if costs:
        said.setdefault("costDetails", costs)


def _attributes(said: Mapping[str, Json], fields: Iterable[_Field]) -> Attributes:
    return {field.attribute: field.write(said[field.name]) for field in fields if field.name in said}
