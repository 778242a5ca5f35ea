"""Spans for the mapping tests."""

from __future__ import annotations

from typing import Any

from sidetrace.mapping.fields import BUILT_IN
from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.observation import Observation
from sidetrace.proto.span import Event, Resource, Scope, Span, Value

SECOND = 1_000_000_000
START = 1_795_000_000 * SECOND


def read(
    attributes: dict[str, Value],
    *,
    resource: dict[str, Value] | None = None,
    scope: Scope | None = None,
    mapper: Mapper | None = None,
    events: list[Event] | None = None,
    **fields: Any,
) -> Observation:
    """Map one span with these attributes; it takes two seconds and has no parent."""
    span = Span(
        trace_id="a" * 32,
        span_id="b" * 16,
        parent_span_id="",
        name="work",
        kind=1,
        start_ns=START,
        end_ns=START + 2 * SECOND,
        attributes=attributes,
        resource=Resource(resource or {}),
        scope=scope or Scope("tests"),
        events=events or [],
        links=[],
    )
    for field, value in fields.items():
        setattr(span, field, value)
    return (mapper or Mapper()).map(span)


def claimed(observation: Observation) -> dict[str, Any]:
    """Return the claims without their tiers."""
    return {field: value for field, (_, value) in observation.claims.items()}


def tier(observation: Observation, field: str) -> int:
    """Return the tier of a claim as the vocabularies count them."""
    return observation.claims[field][0] - BUILT_IN
