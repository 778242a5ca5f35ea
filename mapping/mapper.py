"""From span to observation: one pass over the attributes, guided by the rows of all vocabularies.

The rows that hold for a sender are compiled once into a table from attribute key to rules; a span then costs one
look-up an attribute. A vocabulary's mistake on one span leaves the span with its raw attributes and is reported in
`Observation.problems`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from ..proto.span import Resource, Scope, Span, Value
from . import genai, langfuse, opentelemetry, plain
from .observation import Json, Observation
from .usage import cost_total, genai_usage, totals
from .values import storable, text, words
from .vocabulary import Reader, Row, Sender

VOCABULARIES: tuple[Callable[[Sender], Iterable[Row]], ...] = (
    langfuse.rows,
    opentelemetry.rows,
    genai.rows,
    plain.rows,
)

CLAIMS = {
    "session_id": "session_id",
    "user_id": "user_id",
    "trace_name": "name",
    "trace_input": "input",
    "trace_output": "output",
    "public": "public",
    "release": "release",
    "version": "version",
    "environment": "environment",
}
"""Row fields that are about the trace, and the claim that each makes."""

CONFIGURABLE = ("session_id", "user_id", "trace_name", "release", "version", "environment", "tags")
"""Fields that take further attribute keys from the configuration's `mapping:`."""

BUILT_IN = 32
"""Added to the tiers of the vocabularies, so that up to 32 configured keys of a field go before them."""

IDS_IN_METADATA = {
    "session_id": ("session_id", 4), "sessionId": ("session_id", 4),
    "user_id": ("user_id", 11), "userId": ("user_id", 11),
    "thread_id": ("session_id", 7), "threadId": ("session_id", 7),
    "conversation_id": ("session_id", 7), "conversationId": ("session_id", 7),
    "chat_id": ("session_id", 7), "chatId": ("session_id", 7),
}  # fmt: skip
"""Keys inside metadata, sent whole or key by key, that name a session or user, with their tier (attributes.md,
sections 2.1, 2.2)."""

LAST_INSTANT = 2**62
"""Times from here on (the year 2116) are taken for unset; two of them still fit a 64-bit difference."""

OWN_FIELDS = frozenset({
    "type", "status_message", "model", "model_parameters", "input_key", "output_key", "completion_start_ns",
    "usage_details", "cost_details", "prompt_name", "prompt_version", "version", "environment", "root_rank",
})  # fmt: skip
"""Row fields that are an attribute of the observation, by its name."""

SETTLED = frozenset({"level", "error_type", "time_to_first"})
"""Row fields from which the observation's level, message and first token are made."""

OBSERVATION_ONLY = {"observation_version": "version"}
"""Row fields for what is both the trace's and the observation's otherwise: they set the observation's alone."""

OBJECTS = frozenset({"metadata", "trace_metadata", "observation_metadata"})
"""Row fields that hold whole metadata: of both, of the trace, of the observation; a name behind a dot is one key."""

USAGE_COUNTS = frozenset({"input", "output", "total", "cache_read", "cache_write", "reasoning", "cost"})
"""What a row field `usage.…` may count."""

PLACES = frozenset({"input_key", "output_key", "input", "output"})
"""Fields for which the key that holds the value is kept, and the value stays where it is."""

ERROR_STATUS = 2
SENDERS = 1000
MEMO_SIZE = 20_000
"""Attribute keys remembered per sender; a sender that makes up keys falls back to a prefix search."""

Found: TypeAlias = "dict[str, tuple[int, Any]]"  # Any: what a field holds is settled by its rows' readers


class Rule(NamedTuple):
    """A compiled row: the value that `read` returns goes to `field` of the group `group` (an index of `Groups`)."""

    group: int
    field: str
    tier: int
    read: Reader


FIELD, CLAIM, METADATA, USAGE, PARAMETER, TAGS, OBJECT = range(7)
PREFIXES = {
    "trace_metadata.": (CLAIM, "metadata."),
    "observation_metadata.": (METADATA, ""),
    "model_parameters.": (PARAMETER, ""),
    "usage.": (USAGE, ""),
}


def _targets(field: str) -> list[tuple[int, str]]:
    """Return where a field's value goes; nowhere for a field that does not exist."""
    if field in CLAIMS:
        own = [(FIELD, field)] if field in OWN_FIELDS else []
        return [(CLAIM, CLAIMS[field]), *own]
    if field in OWN_FIELDS or field in SETTLED:
        return [(FIELD, field)]
    if field in OBSERVATION_ONLY:
        return [(FIELD, OBSERVATION_ONLY[field])]
    if field == "tags":
        return [(TAGS, field)]
    if field in OBJECTS:
        return [(OBJECT, field)]
    if field.startswith("metadata."):
        return [(CLAIM, field), (METADATA, field.removeprefix("metadata."))]
    for prefix, (group, replacement) in PREFIXES.items():
        if field.startswith(prefix):
            return [(group, replacement + field.removeprefix(prefix))]
    return []


def _check(row: Row) -> None:
    """Raise ValueError for a row whose field does not exist, or whose key does not give the name it asks for."""
    if not _targets(row.field) or (row.field.startswith("usage.") and row.field[6:] not in USAGE_COUNTS):
        raise ValueError(f"no such field: {row}")
    if row.field.endswith(".*") and not row.key.endswith(".*"):
        raise ValueError(f"a field that ends in .* wants a key that does: {row}")


def _compile(row: Row, tail: str = "") -> list[Rule]:
    """Return the rules of a row; for a prefix, of the key whose part behind it is `tail`."""
    if not row.field.endswith(".*"):
        return [Rule(group, name, row.tier, row.read) for group, name in _targets(row.field)]
    rules = [Rule(group, name, row.tier, row.read) for group, name in _targets(row.field[:-1] + storable(tail))]
    named = IDS_IN_METADATA.get(tail)
    if named is not None and row.field[:-2] in OBJECTS:
        rules.append(Rule(CLAIM, named[0], BUILT_IN + named[1], lambda value: text(row.read(value))))
    return rules


class Dictionary:
    """All rows that hold for one sender, as a table from attribute key to rules that grows as keys are met."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Raise ValueError for a row that names no field there is."""
        self._exact: dict[str, list[Rule]] = {}
        self._prefixes: list[tuple[str, Row]] = []
        for row in rows:
            _check(row)
            if row.key.endswith(".*"):
                self._prefixes.append((row.key[:-1], row))
            else:
                self._exact.setdefault(row.key, []).extend(_compile(row))
        self._prefixes.sort(key=lambda pair: -len(pair[0]))
        self.known: dict[str, tuple[Rule, ...]] = {key: tuple(rules) for key, rules in self._exact.items()}

    def learn(self, key: str) -> tuple[Rule, ...]:
        """Return the rules of a key met for the first time, by the longest prefix that has any; remember them."""
        longest = next((prefix for prefix, _ in self._prefixes if key.startswith(prefix) and key != prefix), None)
        rules = tuple(
            rule
            for prefix, row in self._prefixes
            if prefix == longest
            for rule in _compile(row, key.removeprefix(prefix))
        )
        if len(self.known) < MEMO_SIZE:
            self.known[key] = rules
        return rules


class Findings:
    """What the attributes of one span (or of a resource) say, best tier first."""

    __slots__ = ("groups", "tags")

    def __init__(self, base: Findings | None = None) -> None:
        """Start from what the resource says, which has fields and claims only."""
        if base is None:
            self.groups: tuple[Found, ...] = ({}, {}, {}, {}, {})
        else:
            self.groups = (base.groups[FIELD].copy(), base.groups[CLAIM].copy(), {}, {}, {})
        self.tags: list[str] = []

    def read(self, attributes: Mapping[str, Value], dictionary: Dictionary) -> None:
        """Take in all attributes."""
        known, groups = dictionary.known, self.groups
        for key, value in attributes.items():
            rules = known.get(key)
            if rules is None:
                rules = dictionary.learn(key)
            for group, field, tier, read in rules:
                got = read(value)
                if got is None:
                    continue
                if group < TAGS:
                    found = groups[group]
                    held = found.get(field)
                    if held is None or tier < held[0]:
                        # input and output stay where they are: what is kept is the key that holds them
                        found[field] = (tier, key if got is True and field in PLACES else got)
                elif group == TAGS:
                    self.tags.extend(got)
                else:
                    self._object(field, tier, got)

    def _object(self, field: str, tier: int, got: Json) -> None:
        members = got if isinstance(got, dict) else {"metadata": got}
        for key, value in members.items():
            if value is None or value == "":
                continue
            key = storable(key)
            if field != "observation_metadata":
                self._offer(CLAIM, f"metadata.{key}", tier, value)
            if field != "trace_metadata":
                self._offer(METADATA, key, tier, value)
            named = IDS_IN_METADATA.get(key)
            if named is not None and (word := text(value)):
                self._offer(CLAIM, named[0], BUILT_IN + named[1], word)

    def _offer(self, group: int, field: str, tier: int, value: Json) -> None:
        held = self.groups[group].get(field)
        if held is None or tier < held[0]:
            self.groups[group][field] = (tier, value)


class Mapper:
    """Maps spans to observations. Threads may share one, but each works faster with its own."""

    def __init__(self, extra_keys: Mapping[str, list[str]] | None = None) -> None:
        """Take further attribute keys per field (`CONFIGURABLE`), which go before all others in the order given.

        Raises ValueError where a row of these or of a vocabulary names no field there is.
        """
        self._extra = [
            Row(field, place - BUILT_IN, key, words if field == "tags" else text)
            for field, keys in (extra_keys or {}).items()
            for place, key in enumerate(keys[:BUILT_IN])
        ]
        self._dictionaries: dict[Sender, tuple[Dictionary, Dictionary]] = {}
        # of the resource and scope at hand; swapped as one, since threads may share a mapper
        self._turn: tuple[Resource | None, Scope | None, Dictionary, Findings] = (
            None,
            None,
            Dictionary(()),
            Findings(),
        )
        self._dictionaries_of(Sender())

    def map(self, span: Span) -> Observation:
        """Return what `span` means. Never raises; what could not be read is listed in `problems`."""
        resource, scope, dictionary, base = self._turn
        if span.resource is not resource or span.scope is not scope:
            dictionary, base = self._turn_to(span.resource, span.scope)
        findings = Findings(base)
        try:
            findings.read(span.attributes, dictionary)
            return _observation(span, findings)
        except Exception as error:  # noqa: BLE001  # one vocabulary's bug must not cost the span; it is counted
            problem = (f"{type(error).__name__} in {span.scope.name or 'unnamed scope'}", f"{span.name}: {error}")
            start = _start(span)
            return Observation(span, span.name, start, _end(span, start), problems=[problem])

    def _turn_to(self, resource: Resource, scope: Scope) -> tuple[Dictionary, Findings]:
        pair = self._dictionaries_of(Sender.of(scope, resource))
        base = Findings()
        base.read(resource.attributes, pair[1])
        self._turn = (resource, scope, pair[0], base)
        return pair[0], base

    def _dictionaries_of(self, sender: Sender) -> tuple[Dictionary, Dictionary]:
        """Return the rows that hold for a sender: for its spans' attributes, and for its resources'."""
        pair = self._dictionaries.get(sender)
        if pair is None:
            rows = [*self._extra, *(row for vocabulary in VOCABULARIES for row in vocabulary(sender))]
            rows = [row._replace(tier=row.tier + BUILT_IN) for row in rows]
            pair = Dictionary(row for row in rows if not row.resource), Dictionary(row for row in rows if row.resource)
            if len(self._dictionaries) >= SENDERS:
                self._dictionaries.clear()
            self._dictionaries[sender] = pair
        return pair


def _start(span: Span) -> int:
    if 0 < span.start_ns < LAST_INSTANT:
        return span.start_ns
    return span.end_ns if 0 < span.end_ns < LAST_INSTANT else 0


def _end(span: Span, start: int) -> int:
    return span.end_ns if start < span.end_ns < LAST_INSTANT else start


def _observation(span: Span, findings: Findings) -> Observation:
    fields, claims, metadata, counts, parameters = findings.groups
    start = _start(span)
    o = Observation(span, span.name, start, _end(span, start), claims=claims, tags=findings.tags)
    for field, held in fields.items():
        if field in OWN_FIELDS:
            setattr(o, field, held[1])
    if metadata:
        o.metadata = {key: held[1] for key, held in metadata.items()}
    for key, held in parameters.items():
        o.model_parameters.setdefault(key, held[1])
    if counts:
        _take_counts(o, {kind: held[1] for kind, held in counts.items()})
    if o.usage_details:
        o.input_tokens, o.output_tokens, o.total_tokens = totals(o.usage_details)
        if o.model and "type" not in fields:
            o.type = "GENERATION"
    if o.cost_details:
        o.cost = cost_total(o.cost_details)
    if not span.parent_span_id:
        o.root_rank = 0
    if "time_to_first" in fields and o.completion_start_ns is None:
        o.completion_start_ns = start + fields["time_to_first"][1]
    _settle_level(o, fields)
    return o


def _take_counts(o: Observation, counts: dict[str, int]) -> None:
    """Take plain counts (`gen_ai.usage.*`) where the span brings no usage or cost object."""
    cost = counts.pop("cost", None)
    if cost is not None and not o.cost_details:
        o.cost_details = {"total": cost}
    if counts and not o.usage_details:
        o.usage_details = genai_usage(counts)


def _settle_level(o: Observation, fields: Found) -> None:
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
