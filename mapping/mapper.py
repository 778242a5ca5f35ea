"""From span to observation, by the rows and hooks of all vocabularies.

A vocabulary's mistake on one span leaves the span with its raw attributes and is reported in `Observation.problems`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ..proto.log import LogRecord
from ..proto.span import Resource, Scope, Span, Value
from .base import NOBODY, Base
from .dictionary import Dictionary, Plans
from .fields import BUILT_IN, CONFIGURABLE
from .findings import begin
from .logs import LogMeaning, meaning
from .observation import Observation
from .prices import Prices
from .settling import ERROR_STATUS, LAST_INSTANT, USER_ID, settle, settle_level
from .values import text, words
from .vocabularies import vocabularies
from .vocabulary import Row, Sender, scope

SENDERS = 1000
LONGEST_WORD = 200
"""Characters of what a resource or scope says, up to which it is remembered."""
SENDER_KEYS = ("telemetry.sdk.language", "telemetry.sdk.name")
"""What `Sender` takes from a resource."""

NATIVE = scope("com.anthropic.sdk.*", "com.anthropic.claude-platform")
"""Senders that are the model provider's own SDK or service, beside which an instrumentation reports the same call."""

blank = object.__new__

Turn: TypeAlias = "tuple[Dictionary, Base]"
"""What spans of one resource and scope are read by: their dictionary, and what the resource says."""
Turns: TypeAlias = "dict[tuple[str, str], Turn]"
"""The turns to spans of one resource, by the name and version of their scope."""


class Mapper:
    """Maps spans to observations. Threads may share one, but each works faster with its own."""

    def __init__(self, extra_keys: Mapping[str, list[str]] | None = None) -> None:
        """Take further attribute keys per field (`CONFIGURABLE`), which go before all others in the order given.

        They are looked for on the span, then on its resource. Raises ValueError where a row of these or of a
        vocabulary names no field there is.
        """
        self.extra_keys = {field: list(keys) for field, keys in (extra_keys or {}).items() if keys}
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
        self._plans: Plans = []
        self._resource_keys = tuple(
            dict.fromkeys(
                row.key
                for rows in (self._extra, *(vocabulary.rows for vocabulary in vocabularies()))
                for row in rows
                if row.resource
            )
            | dict.fromkeys(SENDER_KEYS)
        )
        """All that is ever read of a resource, unless a configured key is a prefix."""
        self._remembers = not any(key.endswith("*") for key in self._resource_keys)
        self._turns: dict[tuple[Value, ...], Turns] = {}
        """By what resources say."""
        # of the resource and scope at hand; swapped as one, since threads may share a mapper
        self._turn: tuple[Resource, Scope, Turn, Turns | None] = (Resource({}), Scope(), (Dictionary(()), NOBODY), None)
        self._dictionaries_of(Sender())

    def map(self, span: Span) -> Observation:
        """Return what `span` means. Never raises; what could not be read is listed in `problems`."""
        resource, scope, turn, _ = self._turn
        start, end = span.start_ns, span.end_ns
        if not 0 < start < end < LAST_INSTANT:
            start = _start(span)
            end = _end(span, start)
        o = blank(Observation)  # as `Observation(...)` does, which takes twice as long
        o.span = span
        o.name = span.name
        o.start_ns = start
        o.end_ns = end
        try:
            if span.resource is not resource or span.scope is not scope:
                turn = self._turn_to(span.resource, span.scope)
            dictionary, base = turn
            o.version = base.version
            o.environment = base.environment
            attributes = span.attributes
            shape = (*attributes,)
            try:
                plan = dictionary.plans[shape]
            except KeyError:
                plan = dictionary.plan(shape)
            if base.others:
                base.give(o)
            read, hooks = plan.read, plan.hooks
            tiers, claims, usage, costs, parameters, settled = read(attributes, o, base)
            if hooks or (span.events and plan.events):
                found = begin(o, base.tiers, tiers, claims, usage, costs, parameters, settled)
                for run in hooks:
                    run(found, span)
                if span.events and plan.events:
                    plan.ask_of_events(found, span)
                settle(o, found.tiers, found.usage, found.costs, found.parameters, found.settled, self._prices)
            elif plan.settles:
                settle(o, tiers, usage, costs, parameters, settled, self._prices)
            elif span.status_code == ERROR_STATUS or span.status_message:
                settle_level(o, span, tiers, settled)
            if not span.parent_span_id:
                o.root_rank = 0
            if "user_id" in claims and claims["user_id"][0] == USER_ID and o.type == "SPAN":
                claims["user_id"] = (USER_ID + 1, claims["user_id"][1])
        except Exception as error:  # noqa: BLE001  # one vocabulary's bug must not cost the span; it is counted
            problem = (f"{type(error).__name__} in {span.scope.name or 'unnamed scope'}", f"{span.name}: {error}")
            o = Observation(span, span.name, start, end)
            o.problems = [problem]
        return o

    def map_log(self, record: LogRecord) -> LogMeaning:
        """Return what a log record means for its span. Never raises; see `problems`."""
        try:
            dictionary, base = self._turn_to(record.resource, record.scope)
            claims = base.claims_of(record.attributes, dictionary.plan(tuple(record.attributes)))
            return meaning(record, claims)
        except Exception as error:  # noqa: BLE001  # as with a span
            problem = (f"{type(error).__name__} in {record.scope.name or 'unnamed scope'}", f"log record: {error}")
            return LogMeaning(problems=[problem])

    def _turn_to(self, resource: Resource, scope: Scope) -> Turn:
        """Turn to spans of another resource or scope. Each request has its own: what equal ones say is remembered."""
        last, _, _, turns = self._turn
        if turns is None or (resource is not last and resource.attributes != last.attributes):
            turns = self._turns_of(resource)
        key = scope.name, scope.version
        turn = None if turns is None else turns.get(key)
        if turn is None:
            dictionary, of_resource, native = self._dictionaries_of(Sender.of(scope, resource))
            turn = dictionary, Base.of(resource.attributes, of_resource.plan(tuple(resource.attributes)), native)
            if len(self._turns) > SENDERS or sum(map(len, self._turns.values())) >= SENDERS:
                self._turns.clear()
            # those at hand may have been cleared away, by another thread too: nobody would count them any more
            if not any(known is turns for known in self._turns.copy().values()):
                turns = None
            if turns is not None and _short(scope.name) and _short(scope.version):
                turns[key] = turn
        self._turn = (resource, scope, turn, turns)
        return turn

    def _turns_of(self, resource: Resource) -> Turns | None:
        """Return the turns to resources that say the same, by scope; None where that is not remembered."""
        told = tuple(map(resource.attributes.get, self._resource_keys))
        try:
            turns = self._turns.get(told)
        except TypeError:  # a list or an object has no hash
            return None
        # short texts alone: 1, 1.0 and True are equal and mean different things
        if turns is None and self._remembers and all(word is None or _short(word) for word in told):
            turns = self._turns[told] = {}
        return turns

    def _dictionaries_of(self, sender: Sender) -> tuple[Dictionary, Dictionary, bool]:
        """Return the rows that hold for a sender, for its spans' attributes and for its resources', and `NATIVE`."""
        found = self._dictionaries.get(sender)
        if found is None:
            known = vocabularies()
            rows = [*self._extra, *(row for vocabulary in known for row in vocabulary.rows_for(sender))]
            hooks = [hook for vocabulary in known for hook in vocabulary.hooks_for(sender)]
            of_resource = tuple(row for row in rows if row.resource)
            found = (
                Dictionary((row for row in rows if not row.resource), hooks, of_resource, self._plans),
                self._of_resource(of_resource),
                NATIVE(sender),
            )
            if len(self._dictionaries) >= SENDERS:
                self._dictionaries.clear()
                self._of_resources.clear()
                self._plans.clear()
                self._turns.clear()  # they hold dictionaries, whose plans nobody would count any more
            self._dictionaries[sender] = found
        return found

    def _of_resource(self, rows: tuple[Row, ...]) -> Dictionary:
        if rows not in self._of_resources:
            self._of_resources[rows] = Dictionary(rows, all_plans=self._plans)
        return self._of_resources[rows]


def _short(word: Value) -> bool:
    return isinstance(word, str) and len(word) <= LONGEST_WORD


def _start(span: Span) -> int:
    if 0 < span.start_ns < LAST_INSTANT:
        return span.start_ns
    return span.end_ns if 0 < span.end_ns < LAST_INSTANT else 0


def _end(span: Span, start: int) -> int:
    return span.end_ns if start < span.end_ns < LAST_INSTANT else start
