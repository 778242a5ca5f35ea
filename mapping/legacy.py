"""Events of Langfuse's ingestion API, folded into spans (being written)."""

from __future__ import annotations

from collections.abc import Sequence

from ..proto.span import Span
from .observation import Json

SCOPE = "langfuse-ingestion"


def is_trace(span: Span) -> bool:
    """Say whether a span stands for what events say about a trace itself."""
    return span.scope.name == SCOPE and span.span_id == f"t-{span.trace_id}"


def fold(kind: str, trace_id: str, entity_id: str, events: Sequence[tuple[int, str, str, dict[str, Json]]]) -> Span:
    """Return the span that all events of one id describe together."""
    raise NotImplementedError
