"""From span to observation, by the rows and hooks of all vocabularies.

A vocabulary's mistake on one span leaves the span with its raw attributes and is reported in `Observation.problems`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..proto.log import LogRecord
from ..proto.span import Resource, Scope, Span
from .dictionary import BUILT_IN, Dictionary
from .fields import CONFIGURABLE, OWN_FIELDS
from .findings import Findings, Made, of_span
from .logs import LogMeaning, meaning
from .observation import Observation
from .prices import Prices
from .usage import cost_total, counted_usage, totals
from .values import text, words
from .vocabularies import vocabularies
from .vocabulary import Row, Sender, scope

LAST_INSTANT = 2**62
"""Times from here on (the year 2116) are taken for unset; two of them still fit a 64-bit difference."""

ERROR_STATUS = 2
SENDERS = 1000

NATIVE = scope("com.anthropic.sdk.*", "com.anthropic.claude-platform")
"""Senders that are the model provider's own SDK or service, beside which an instrumentation reports the same call."""

USER_ID = BUILT_IN + 2
"""The tier of `user.id`, which on a span that has nothing to do with a model may be a host's or a browser's."""

_DIRECT = OWN_FIELDS - {"input", "output"}


class Mapper:
    """Maps spans to observations. Threads may share one, but each works faster with its own."""

    def __init__(self, extra_keys: Mapping[str, list[str]] | None = None) -> None:
        """Take further attribute keys per field (`CONFIGURABLE`), which go before all others in the order given.

        They are looked for on the span, then on its resource. Raises ValueError where a row of these or of a
        vocabulary names no field there is.
        """
        unknown = set(extra_keys or ()) - set(CONFIGURABLE)
        if unknown:
            raise ValueError(f"no such field: {', '.join(sorted(unknown))}")
        self._extra = [
            Row(field, place - BUILT_IN + 1, key, words if field == "tags" else text, resource)
            for field, keys in (extra_keys or {}).items()
            for place, key in enumerate(keys[:BUILT_IN])
            for resource in (False, True)
        ]
        self._prices = Prices()
        self._dictionaries: dict[Sender, tuple[Dictionary, Dictionary, bool]] = {}
        self._of_resources: dict[tuple[Row, ...], Dictionary] = {}
        # of the resource and scope at hand; swapped as one, since threads may share a mapper
        self._turn: tuple[Resource | None, Scope | None, Dictionary, Findings, bool] = (
            None, None, Dictionary(()), Findings(), False,
        )  # fmt: skip
        self._base: tuple[Resource | None, Dictionary, Findings] = (None, Dictionary(()), Findings())
        self._dictionaries_of(Sender())

    def map(self, span: Span) -> Observation:
        """Return what `span` means. Never raises; what could not be read is listed in `problems`."""
        resource, scope, dictionary, base, native = self._turn
        if span.resource is not resource or span.scope is not scope:
            dictionary, base, native = self._turn_to(span.resource, span.scope)
        try:
            return self._observation(span, of_span(span, dictionary, base), native)
        except Exception as error:  # noqa: BLE001  # one vocabulary's bug must not cost the span; it is counted
            problem = (f"{type(error).__name__} in {span.scope.name or 'unnamed scope'}", f"{span.name}: {error}")
            start = _start(span)
            o = Observation(span, span.name, start, _end(span, start))
            o.problems = [problem]
            return o

    def map_log(self, record: LogRecord) -> LogMeaning:
        """Return what a log record means for its span. Never raises; see `problems`."""
        dictionary, base, _ = self._turn_to(record.resource, record.scope)
        found = Findings(base)
        try:
            found.read(record.attributes, dictionary.plan(tuple(record.attributes)))
            return meaning(record, found.claims)
        except Exception as error:  # noqa: BLE001  # as with a span
            problem = (f"{type(error).__name__} in {record.scope.name or 'unnamed scope'}", f"log record: {error}")
            return LogMeaning(problems=[problem])

    def _turn_to(self, resource: Resource, scope: Scope) -> tuple[Dictionary, Findings, bool]:
        dictionary, of_resource, native = self._dictionaries_of(Sender.of(scope, resource))
        held, read_by, base = self._base
        if held is not resource or read_by is not of_resource:
            base = Findings()
            base.read(resource.attributes, of_resource.plan(tuple(resource.attributes)))
            self._base = (resource, of_resource, base)
        self._turn = (resource, scope, dictionary, base, native)
        return dictionary, base, native

    def _dictionaries_of(self, sender: Sender) -> tuple[Dictionary, Dictionary, bool]:
        """Return the rows that hold for a sender, for its spans' attributes and for its resources', and `NATIVE`."""
        found = self._dictionaries.get(sender)
        if found is None:
            known = vocabularies()
            rows = [*self._extra, *(row for vocabulary in known for row in vocabulary.rows_for(sender))]
            hooks = [hook for vocabulary in known for hook in vocabulary.hooks_for(sender)]
            of_resource = tuple(row for row in rows if row.resource)
            found = (
                Dictionary((row for row in rows if not row.resource), hooks),
                self._of_resources.setdefault(of_resource, Dictionary(of_resource)),
                NATIVE(sender),
            )
            if len(self._dictionaries) >= SENDERS:
                self._dictionaries.clear()
            self._dictionaries[sender] = found
        return found

    def _observation(self, span: Span, found: Findings, native: bool) -> Observation:
        fields, claims = found.fields, found.claims
        start, end = span.start_ns, span.end_ns
        if not 0 < start < end < LAST_INSTANT:
            start = _start(span)
            end = _end(span, start)
        o = Observation(span, span.name, start, end)
        o.claims = claims
        if native:
            o.native = True
        # An empty list kept for each span is one more object that every garbage collection visits.
        if found.tags:
            o.tags = found.tags
        if found.metadata:
            o.metadata = found.metadata
        if found.evaluations:
            o.evaluations = found.evaluations
        for field, (_, value) in fields.items():
            if field in _DIRECT:
                setattr(o, field, value)
            elif field == "input":
                if value.__class__ is Made:
                    o.input_made = value.text
                else:
                    o.input_key = value
            elif field == "output":
                if value.__class__ is Made:
                    o.output_made = value.text
                else:
                    o.output_key = value
        if found.parameters:
            given = {key: held[1] for key, held in found.parameters.items()}
            o.model_parameters = {**given, **o.model_parameters}
        if o.usage_details:
            o.input_tokens, o.output_tokens, o.total_tokens = totals(o.usage_details)
        elif found.usage:
            counts = {kind: held[1] for kind, held in found.usage.items()}
            o.usage_details, told = counted_usage(counts, "cached_outside" in fields)
            o.input_tokens, o.output_tokens, o.total_tokens = told
        if o.usage_details and o.model and "type" not in fields:
            o.type = "GENERATION"
        if found.costs and not o.cost_details:
            o.cost_details = {kind: held[1] for kind, held in found.costs.items()}
        if o.cost_details:
            o.cost = cost_total(o.cost_details)
        if not o.cost and o.total_tokens:
            self._price(o, fields)
        if not span.parent_span_id:
            o.root_rank = 0
        if "time_to_first" in fields and o.completion_start_ns is None:
            o.completion_start_ns = start + fields["time_to_first"][1]
        if o.type == "SPAN" and "user_id" in claims and claims["user_id"][0] == USER_ID:
            claims["user_id"] = (USER_ID + 1, claims["user_id"][1])
        if span.status_code == ERROR_STATUS or "level" in fields:
            _settle_level(o, fields)
        elif not o.status_message:
            o.status_message = span.status_message
        return o

    def _price(self, o: Observation, fields: dict[str, tuple[int, Any]]) -> None:
        """Price what brings tokens and no cost; a given cost of 0 yields too where a price is known."""
        provider = fields["provider"][1] if "provider" in fields else None
        for model in (o.model, fields["request_model"][1] if "request_model" in fields else None):
            priced = self._prices.cost(model, provider, o.start_ns, o.usage_details) if model else None
            if priced:
                o.cost_details, o.cost, o.priced = priced, priced["total"], True
            if priced is not None:
                return


def _start(span: Span) -> int:
    if 0 < span.start_ns < LAST_INSTANT:
        return span.start_ns
    return span.end_ns if 0 < span.end_ns < LAST_INSTANT else 0


def _end(span: Span, start: int) -> int:
    return span.end_ns if start < span.end_ns < LAST_INSTANT else start


def _settle_level(o: Observation, fields: dict[str, tuple[int, Any]]) -> None:
    """An explicit level wins; else an error status or error type makes an ERROR, and brings its message."""
    span, told = o.span, fields.get("level")
    if told is not None:
        o.level = told[1]
    if span.status_code == ERROR_STATUS and (told is None or told[0] != BUILT_IN + 1):
        o.level = "ERROR"
    if o.status_message:
        return
    o.status_message = span.status_message
    if o.level == "ERROR" and not span.status_message:
        messages = (event.attributes.get("exception.message") for event in span.events if event.name == "exception")
        error_type = fields.get("error_type", (0, ""))[1]
        o.status_message = next((word for message in messages if (word := text(message))), error_type)
