"""What of an observation only all that was found together can tell: usage and price, level and message, type."""

from __future__ import annotations

from typing import Any

from ..proto.span import Span
from .fields import BUILT_IN
from .observation import Json, Observation
from .prices import Prices
from .usage import cost_total, counted_usage, totals
from .values import text

LAST_INSTANT = 2**62
"""Times from here on (the year 2116) are taken for unset; two of them still fit a 64-bit difference."""

ERROR_STATUS = 2

USER_ID = BUILT_IN + 2
"""The tier of `user.id`, which on a span that has nothing to do with a model may be a host's or a browser's."""


def settle(
    o: Observation,
    tiers: dict[str, int],
    usage: dict[str, int],
    costs: dict[str, int],
    parameters: dict[str, Json],
    settled: dict[str, Any],
    prices: Prices,
) -> None:
    """Make of what was found (as in `Findings`) what only all of it together can tell."""
    span = o.span
    if parameters:
        o.model_parameters = {**parameters, **o.model_parameters} if o.model_parameters else parameters
    if costs or "cost_details" in tiers:
        if not o.cost_details:
            o.cost_details = costs
        o.cost = cost_total(o.cost_details)
    if usage or "usage_details" in tiers:
        _settle_usage(o, tiers, usage, settled, prices)
    if "completion_start_ns" in tiers or "time_to_first" in settled:
        _settle_first_token(o, settled)
    if span.status_code == ERROR_STATUS or span.status_message or "level" in settled:
        settle_level(o, span, tiers, settled)


def _settle_usage(
    o: Observation, tiers: dict[str, int], usage: dict[str, int], settled: dict[str, Any], prices: Prices
) -> None:
    """Bring usage into kinds, and price what brings tokens and no cost."""
    kinds = o.usage_details if "usage_details" in tiers else None
    if kinds:
        told = totals(kinds)
    elif usage:
        kinds, told = counted_usage(usage, "cached_outside" in settled)
        o.usage_details = kinds
    else:
        return
    o.input_tokens, o.output_tokens, o.total_tokens = told
    if "type" not in tiers and o.model and kinds:
        o.type = "GENERATION"
    if not told[2] or o.cost:
        return
    # a given cost of 0 yields too where a price is known
    provider = settled.get("provider")
    priced = prices.cost(o.model, provider, o.start_ns, kinds) if o.model else None
    if priced is None and "request_model" in settled:
        priced = prices.cost(settled["request_model"], provider, o.start_ns, kinds)
    if priced:
        o.cost_details = priced
        o.cost = priced["total"]
        o.priced = True


def _settle_first_token(o: Observation, settled: dict[str, Any]) -> None:
    """Take the time of the first token, or the time until it, unless that lies outside of all time."""
    if o.completion_start_ns is None:
        o.completion_start_ns = o.start_ns + settled["time_to_first"]
    if not 0 < o.completion_start_ns < LAST_INSTANT:
        o.completion_start_ns = None


def settle_level(o: Observation, span: Span, tiers: dict[str, int], settled: dict[str, Any]) -> None:
    """An explicit level wins; else an error status or error type makes an ERROR, and brings its message."""
    error = span.status_code == ERROR_STATUS
    if error or "level" in settled:
        if "level" in settled:
            o.level = settled["level"]
        if error and ("level" not in settled or tiers["level"] != BUILT_IN + 1):
            o.level = "ERROR"
        if not o.status_message and o.level == "ERROR" and not span.status_message:
            o.status_message = _message(span) or settled.get("error_type", "")
    if span.status_message and not o.status_message:
        o.status_message = span.status_message


def _message(span: Span) -> str | None:
    """Return the message of the first exception among a span's events that has one."""
    messages = (event.attributes.get("exception.message") for event in span.events if event.name == "exception")
    return next((word for message in messages if (word := text(message))), None)
