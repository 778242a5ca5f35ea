"""Spans made by hand for the storage tests."""

from __future__ import annotations

from typing import Any

from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.observation import Observation
from sidetrace.proto.log import LogRecord
from sidetrace.proto.span import Attributes, Resource, Scope, Span

RESOURCE = Resource({"service.name": "shop"})
SCOPE = Scope("tests", "1.0")
SECOND = 1_000_000_000
NOON = 1_795_000_000 * SECOND


def span(trace: str, number: int, parent: int = 0, **attributes: Any) -> Span:
    """Return span `number` (1 to 15) of trace "a" to "f", which starts `number` seconds after noon for a second."""
    return Span(
        trace_id=trace * 32,
        span_id=f"{number:x}" * 16,
        parent_span_id=f"{parent:x}" * 16 if parent else "",
        name=f"step {number}",
        kind=1,
        start_ns=NOON + number * SECOND,
        end_ns=NOON + (number + 1) * SECOND,
        attributes={key.replace("__", "."): value for key, value in attributes.items()},
        resource=RESOURCE,
        scope=SCOPE,
        events=[],
        links=[],
    )


def observed(*spans: Span) -> list[Observation]:
    """Return the observations of spans."""
    mapper = Mapper()
    return [mapper.map(one) for one in spans]


def log_record(trace: str, number: int, name: str, body: str, second: int, attributes: Attributes) -> LogRecord:
    """Return a log record about span `number` of a trace, written `second` seconds after noon."""
    return LogRecord(
        time_ns=NOON + second * SECOND,
        observed_time_ns=NOON + second * SECOND,
        severity_number=9,
        severity_text="INFO",
        event_name=name,
        body={"content": body},
        attributes=attributes,
        trace_id=trace * 32,
        span_id=f"{number:x}" * 16,
        flags=0,
        dropped_attributes_count=0,
        resource=RESOURCE,
        scope=SCOPE,
    )
