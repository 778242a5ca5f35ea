"""What the attributes of one span (or of a resource) say, the most explicit key of each field first."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from ..proto.span import Resource, Scope, Span
from .compiled import FIELD, GROUPS, PARAMETER
from .dictionary import (
    BUILT_IN,
    KEPT_AS,
    LARGEST_TIER,
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
from .observation import NOTHING, Json, Observation
from .values import storable, text

Found: TypeAlias = "dict[str, tuple[int, Any]]"  # Any: what a field holds is settled by its rows' readers


_TARGETS = {
    field: targets(field)
    for field in (
        *CLAIMS, *OWN_FIELDS, *SETTLED, *OBSERVATION_ONLY,
        *(f"usage.{name}" for name in USAGE_COUNTS), *(f"cost.{name}" for name in COSTS),
    )
}  # fmt: skip
"""Where the value of a field that has one value goes: (group, name)."""


MADE_AS = {"input_key": "input_made", "output_key": "output_made"}
"""Where an input or output goes that is `Made`."""


class Made(NamedTuple):
    """An input or output that no attribute holds as it is: put together, as text (JSON or plain)."""

    text: str


class Base(NamedTuple):
    """What a resource says, from which the findings of its spans start: fields of the observation, claims and tags."""

    fields: Found
    own: tuple[tuple[str, Any], ...]
    """The same without tiers, as (field, value)."""
    tiers: dict[str, int]
    claims: Found
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, attributes: dict[str, Any], plan: Plan) -> Base:
        """Return what the attributes of a resource say."""
        found = aside(attributes, plan, NOBODY)
        fields = {field: (tier, getattr(found.observation, field)) for field, tier in found.tiers.items()}
        own = tuple((field, value) for field, (_, value) in fields.items())
        return cls(fields, own, found.tiers, found.claims, tuple(found.observation.tags))


_NO_SPAN = Span("", "", "", "", 0, 0, 0, {}, Resource({}), Scope(), [], [])
NOBODY = Base({}, (), {}, {})


_NONE: Found = MappingProxyType({})  # type: ignore[assignment]  # read as a dict, and never written


class Findings:
    """What is found for one observation: its own fields, set on it at once, and others, each with its tier.

    What most spans lack is the class's own value.
    """

    usage: Found = _NONE
    costs: Found = _NONE
    parameters: Found = _NONE
    settled: Found = _NONE
    """Fields that are no observation's own (`fields.SETTLED`)."""

    def __init__(self, observation: Observation, base: Base) -> None:
        """Start from what the resource says; a plan's `read` takes in what the attributes say (`compiled.py`)."""
        self.observation = observation
        """Its own fields are set as they are found."""
        self.tiers = base.tiers.copy()
        """The tiers of the observation's own fields that were found."""
        self.claims = observation.claims = base.claims.copy()
        for field, value in base.own:
            setattr(observation, field, value)
        if base.tags:
            observation.tags = base.tags
        self._base = base

    def contest(self, contested: tuple[tuple[int, str], ...]) -> None:
        """Give back to these fields what the resource says, where that is more explicit."""
        for group, field in contested:
            if group == FIELD:
                told = self._base.fields.get(field)
                if told is not None and self.tiers[field] > told[0]:
                    self._own(field, *told)
            elif field in self._base.claims and self.claims[field][0] > self._base.claims[field][0]:
                self.claims[field] = self._base.claims[field]

    def _own_metadata(self) -> dict[str, Json]:
        kept = self.observation.metadata
        if kept is NOTHING:
            kept = self.observation.metadata = {}
        return kept  # type: ignore[return-value]  # a dict, made here or by a plan

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
            if group == FIELD:
                if name not in self.tiers or tier < self.tiers[name]:
                    self._own(name, tier, value)
                continue
            found = self._group(group)
            if name not in found or tier < found[name][0]:
                found[name] = (tier, value)

    def _offer_member(self, field: str, tier: int, value: Any) -> None:
        """Take a value for a field that gathers several: tags, metadata, a parameter."""
        head, _, tail = field.partition(".")
        if field == "tags":
            self.observation.tags = [*self.observation.tags, *value]
        elif not known(field):
            raise ValueError(f"no such field: {field!r}")
        elif head not in OBJECTS:
            self._better(self._group(PARAMETER), tail, tier, value)
        elif tail:
            self._keep(OBJECT_GROUPS[head], storable(tail), tier, value)
        else:
            self.whole_metadata(OBJECT_GROUPS[head], tier, value, self._own_metadata())

    def has(self, field: str, tier: int) -> bool:
        """Say whether a field of the observation has a value from a key at least as explicit as this tier."""
        return self.tiers.get(KEPT_AS.get(field, field), LARGEST_TIER) <= tier + BUILT_IN

    def get(self, field: str) -> Any:
        """Return what a field of the observation, or one to be settled, holds so far, else None."""
        if field in SETTLED:
            return self.settled[field][1] if field in self.settled else None
        return getattr(self.observation, field) if field in self.tiers else None

    def judge(self, evaluation: Evaluation) -> None:
        """Take a judgement that comes with the span."""
        self.observation.evaluations = [*self.observation.evaluations, evaluation]

    def drop(self, field: str) -> None:
        """Forget what a field of the observation, or one of its counts, costs and parameters, holds."""
        for group, name in targets(field):
            if group != FIELD:
                self._group(group).pop(name, None)
            elif self.tiers.pop(name, None) is not None:
                delattr(self.observation, name)

    def _group(self, group: int) -> Found:
        """Return the fields of a group, to be changed."""
        found: Found = getattr(self, GROUPS[group])
        if found is _NONE:
            found = {}
            setattr(self, GROUPS[group], found)
        return found

    def _own(self, name: str, tier: int, value: Any) -> None:
        """Set a field of the observation itself."""
        self.tiers[name] = tier
        made = MADE_AS.get(name)
        if made is not None:
            setattr(self.observation, made, value.text if isinstance(value, Made) else None)
            value = None if isinstance(value, Made) else value
        setattr(self.observation, name, value)

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
            self._own_metadata().setdefault(key, value)

    def whole_metadata(self, group: int, tier: int, got: Json, own: dict[str, Json]) -> None:
        """Keep whole metadata, the observation's in `own`; text that is no object is kept under the key `metadata`."""
        members = got if isinstance(got, dict) else {"metadata": got}
        every = tier < BUILT_IN + PLAIN_METADATA
        claims = self.claims
        of_trace, of_observation = group != OBSERVATION_METADATA, group != TRACE_METADATA
        for name, value in members.items():
            if value is None or value == "":
                continue
            key, claim, noisy, named = _member(name)
            if noisy and not every:
                continue
            if named is not None and (word := text(value)):
                self._better(claims, named[0], BUILT_IN + named[1], word)
            if of_trace:
                held = claims.get(claim)
                if held is None or tier < held[0]:
                    claims[claim] = (tier, value)
            if of_observation and key not in own:
                own[key] = value


@lru_cache(4096)
def _member(name: str) -> tuple[str, str, bool, tuple[str, int] | None]:
    """Return what there is to know of a member's name: the key, the claim, whether it is noise, and the id it names."""
    key = storable(name)
    return key, f"metadata.{key}", noise(name), IDS_IN_METADATA.get(key)


def aside(attributes: dict[str, Any], plan: Plan, base: Base) -> Findings:
    """Return what attributes say that are no span's."""
    found = Findings(Observation(_NO_SPAN), base)
    plan.read(list(attributes.values()), found)
    return found


def of_span(span: Span, observation: Observation, dictionary: Dictionary, base: Base) -> Findings:
    """Return what a span says, on top of what its resource says; `observation` is the span's, to be filled."""
    attributes = span.attributes
    plan = dictionary.plan(tuple(attributes))
    found = Findings(observation, base)
    plan.read(list(attributes.values()), found)
    for run in plan.hooks:
        run(found, span)
    if span.events and dictionary.events:
        called = {run: None for event in span.events for run in dictionary.events.get(event.name, ())}
        for run in called:
            if run not in plan.hooks:
                run(found, span)
    return found
