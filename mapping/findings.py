"""What the attributes of one span (or of a resource) say, the most explicit key of each field first."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from ..proto.span import Span
from .dictionary import (
    BUILT_IN,
    OBJECT_GROUPS,
    OBSERVATION_METADATA,
    PLAIN_METADATA,
    TRACE_METADATA,
    Dictionary,
    Plan,
    targets,
)
from .evaluation import Evaluation
from .fields import CLAIMS, COSTS, OBJECTS, OBSERVATION_ONLY, OWN_FIELDS, SETTLED, USAGE_COUNTS, known
from .metadata import IDS_IN_METADATA, noise
from .observation import Json
from .values import ABSENT, MAX_COUNT, count, present, storable, text

Found: TypeAlias = "dict[str, tuple[int, Any]]"  # Any: what a field holds is settled by its rows' readers


_TARGETS = {
    field: targets(field)
    for field in (
        *CLAIMS, *OWN_FIELDS, *SETTLED, *OBSERVATION_ONLY,
        *(f"usage.{name}" for name in USAGE_COUNTS), *(f"cost.{name}" for name in COSTS),
    )
}  # fmt: skip
"""Where the value of a field that has one value goes: (group, name)."""


class Made(NamedTuple):
    """An input or output that no attribute holds as it is: put together, as text (JSON or plain)."""

    text: str


class Findings:
    """Fields found, each with its tier."""

    __slots__ = (
        "_base",
        "claims",
        "costs",
        "evaluations",
        "fields",
        "groups",
        "metadata",
        "parameters",
        "tags",
        "usage",
    )

    def __init__(self, base: Findings | None = None) -> None:
        """Start from what the resource says, which has fields and claims only."""
        self.fields: Found = {} if base is None else base.fields.copy()
        self.claims: Found = {} if base is None else base.claims.copy()
        self.usage: Found = {}
        self.costs: Found = {}
        self.parameters: Found = {}
        self.groups = (self.fields, self.claims, self.usage, self.costs, self.parameters)
        self.metadata: dict[str, Json] = {}
        self.tags: list[str] = []
        self.evaluations: list[Evaluation] = []
        """Judgements that come with the span; hooks add to them."""

    def read(self, attributes: dict[str, Any], plan: Plan) -> None:
        """Take in all attributes that a plan names."""
        groups = self.groups
        words, counts, places, links, chains, tags, metadata, _ = plan
        # Three of four values are words, counts or places: what their readers say to the usual value, without a call.
        # "\\" comes behind "[" and before the small letters: what is less may be empty, blank or redacted.
        for group, field, key, tier in words:
            got = attributes[key]
            if got.__class__ is not str or got < "\\" or got in ABSENT or "\0" in got:
                got = text(got)
                if got is None:
                    continue
            found = groups[group]
            # what the resource says already may be more explicit
            if field not in found or tier <= found[field][0]:
                found[field] = (tier, got)
        for group, field, key, tier in counts:
            got = attributes[key]
            if got.__class__ is not int or not 0 <= got <= MAX_COUNT:
                got = count(got)
                if got is None:
                    continue
            groups[group][field] = (tier, got)
        for group, field, key, tier in places:
            got = attributes[key]
            if got if got.__class__ is str else present(got) is not None:
                groups[group][field] = (tier, key)
        for group, field, key, tier, read in links:
            got = read(attributes[key])
            if got is not None:
                found = groups[group]
                if field not in found or tier <= found[field][0]:
                    found[field] = (tier, got)
        for group, field, chain in chains:
            for key, read, tier in chain:
                got = read(attributes[key])
                if got is not None:
                    found = groups[group]
                    if field not in found or tier <= found[field][0]:
                        found[field] = (tier, got)
                    break
        for key, read in tags:
            got = read(attributes[key])
            if got is not None:
                self.tags.extend(got)
        for key, read, group, tier, name in metadata:
            got = read(attributes[key])
            if got is not None:
                if name:
                    self._keep(group, name, tier, got)
                else:
                    self._object(group, tier, got)

    def offer(self, field: str, tier: int, value: Any) -> None:
        """Give a value for a field, from a hook; `tier` as in a row. None, or a value that is no better, is dropped.

        Input and output are `Made`, or the key of an attribute. "metadata.KEY" and its likes give one key. Raises
        ValueError for a field there is not.
        """
        if value is None:
            return
        tier += BUILT_IN
        targets = _TARGETS.get(field)
        if targets is None:
            self._offer_member(field, tier, value)
            return
        for group, name in targets:
            found = self.groups[group]
            if name not in found or tier < found[name][0]:
                found[name] = (tier, value)

    def _offer_member(self, field: str, tier: int, value: Any) -> None:
        """Take a value for a field that gathers several: tags, metadata, a parameter."""
        head, _, tail = field.partition(".")
        if field == "tags":
            self.tags.extend(value)
        elif not known(field):
            raise ValueError(f"no such field: {field!r}")
        elif head not in OBJECTS:
            self._better(self.parameters, tail, tier, value)
        elif tail:
            self._keep(OBJECT_GROUPS[head], storable(tail), tier, value)
        else:
            self._object(OBJECT_GROUPS[head], tier, value)

    def has(self, field: str, tier: int) -> bool:
        """Say whether a field of the observation has a value from a key at least as explicit as this tier."""
        held = self.fields.get(field)
        return held is not None and held[0] <= tier + BUILT_IN

    def get(self, field: str) -> Any:
        """Return what a field of the observation holds so far, else None."""
        held = self.fields.get(field)
        return None if held is None else held[1]

    @staticmethod
    def _better(found: Found, field: str, tier: int, value: Any) -> None:
        held = found.get(field)
        if held is None or tier < held[0]:
            found[field] = (tier, value)

    def _keep(self, group: int, key: str, tier: int, value: Json) -> None:
        """Keep one metadata key, unless a more explicit one was kept."""
        if value is None or value == "":
            return
        if group != OBSERVATION_METADATA:
            self._better(self.claims, f"metadata.{key}", tier, value)
        if group != TRACE_METADATA:
            self.metadata.setdefault(key, value)

    def _object(self, group: int, tier: int, got: Json) -> None:
        """Keep whole metadata; text that is no object is kept under the key `metadata`."""
        members = got if isinstance(got, dict) else {"metadata": got}
        every = tier < BUILT_IN + PLAIN_METADATA
        claims, own = self.claims, self.metadata
        of_trace, of_observation = group != OBSERVATION_METADATA, group != TRACE_METADATA
        for key, value in members.items():
            if value is None or value == "" or (noise(key) and not every):
                continue
            if "\0" in key:
                key = storable(key)
            if key in IDS_IN_METADATA and (word := text(value)):
                field, place = IDS_IN_METADATA[key]
                self._better(claims, field, BUILT_IN + place, word)
            if of_trace:
                self._better(claims, f"metadata.{key}", tier, value)
            if of_observation and key not in own:
                own[key] = value


def of_span(span: Span, dictionary: Dictionary, base: Findings) -> Findings:
    """Return what a span says, on top of what its resource says."""
    attributes = span.attributes
    plan = dictionary.plan(tuple(attributes))
    found = Findings(base)
    found.read(attributes, plan)
    for run in plan.hooks:
        run(found, span)
    if span.events and dictionary.events:
        called = {run: None for event in span.events for run in dictionary.events.get(event.name, ())}
        for run in called:
            if run not in plan.hooks:
                run(found, span)
    return found
