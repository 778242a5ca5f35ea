"""What the attributes of one span (or of a resource) say, the most explicit key of each field first."""

from __future__ import annotations

from typing import Any, NamedTuple

from .base import WORST, Found, without
from .evaluation import Evaluation
from .fields import (
    BUILT_IN,
    CLAIMS,
    COSTS,
    FIELD,
    GROUPS,
    KEPT_AS,
    OBJECT_GROUPS,
    OBJECTS,
    OBSERVATION_METADATA,
    OBSERVATION_ONLY,
    OWN_FIELDS,
    SETTLED,
    TIERS_OF,
    TRACE_METADATA,
    USAGE_COUNTS,
    targets,
)
from .metadata import take_whole
from .observation import NOTHING, Json, Observation
from .values import storable

_TARGETS = {
    field: (GROUPS[group], name, f"{TIERS_OF[group]}{name}")
    for field in (
        *CLAIMS, *OWN_FIELDS, *SETTLED, *OBSERVATION_ONLY,
        *(f"usage.{name}" for name in USAGE_COUNTS), *(f"cost.{name}" for name in COSTS),
    )
    for group, name in targets(field)[:1]
}  # fmt: skip
"""Where the value of a field that has one value goes first: (group, name, name among the tiers)."""

MADE_AS = {"input_key": "input_made", "output_key": "output_made"}
"""Where an input or output goes that is `Made`."""


MANY = OBJECTS | {"model_parameters"}
"""Fields behind which the name of one of many may stand."""


class Made(NamedTuple):
    """An input or output that no attribute holds as it is: put together, as text (JSON or plain)."""

    text: str


class Findings:
    """What was found for one observation, for hooks to add to: its own fields, set on it at once, and others.

    Claims have their tiers with them, as (tier, value). Groups of which nothing was found may be `NOTHING`. Made by
    `begin`: an `__init__` takes three times as long.
    """

    __slots__ = ("claims", "costs", "observation", "of_resource", "parameters", "settled", "tiers", "usage")

    observation: Observation
    of_resource: dict[str, int]
    """Tiers of what the resource said of the observation's own fields; the span's go before."""
    tiers: dict[str, int]
    """Those of the observation's own fields that were found, and of others, found or not."""
    claims: Found
    usage: dict[str, int]
    costs: dict[str, int]
    parameters: dict[str, Json]
    settled: dict[str, Any]
    """Fields that are no observation's own (`fields.SETTLED`)."""

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
        try:
            group, name, known_as = _TARGETS[field]
        except KeyError:
            self._offer_member(field, tier, value)
            return
        if group == "claims":
            claims = self.claims
            if name not in claims or tier < claims[name][0]:
                claims[name] = (tier, value)
            if field not in OWN_FIELDS:
                return
        elif group:
            self._give(group, name, known_as, tier, value)
            return
        tiers = self.tiers
        if tier < (tiers[name] if name in tiers else self.of_resource.get(name, WORST)):
            tiers[name] = tier
            if name in MADE_AS:
                self._place(name, value)
            else:
                setattr(self.observation, name, value)

    def _give(self, group: str, name: str, known_as: str, tier: int, value: Any) -> None:
        found: dict[str, Any] = getattr(self, group)
        if name not in found or tier < self.tiers[known_as]:
            if found is NOTHING:
                found = {}
                setattr(self, group, found)
            found[name] = value
            self.tiers[known_as] = tier

    def _offer_member(self, field: str, tier: int, value: Any) -> None:
        """Take a value for a field that gathers several: tags, metadata, a parameter."""
        head, dot, tail = field.partition(".")
        if field == "tags":
            self.observation.tags = [*self.observation.tags, *value]
        elif (dot and not tail) or head not in MANY:
            raise ValueError(f"no such field: {field!r}")
        elif head not in OBJECTS:
            self._give("parameters", tail, field, tier, value)
        elif tail:
            self._keep(OBJECT_GROUPS[head], storable(tail), tier, value)
        else:
            take_whole(OBJECT_GROUPS[head], tier, value, self.claims, self._own_metadata())

    def has(self, field: str, tier: int) -> bool:
        """Say whether a field of the observation has a value from a key at least as explicit as this tier."""
        name = KEPT_AS.get(field, field)
        held = self.tiers[name] if name in self.tiers else self.of_resource.get(name, WORST)
        return held <= tier + BUILT_IN

    def get(self, field: str) -> Any:
        """Return what a field of the observation, or one to be settled, holds so far, else None."""
        if field in SETTLED:
            return self.settled.get(field)
        return getattr(self.observation, field) if field in self.tiers or field in self.of_resource else None

    def judge(self, evaluation: Evaluation) -> None:
        """Take a judgement that comes with the span."""
        self.observation.evaluations = [*self.observation.evaluations, evaluation]

    def drop(self, field: str) -> None:
        """Forget what a field of the observation, or one of its counts, costs and parameters, holds."""
        for group, name in targets(field):
            if group == FIELD:
                if self.tiers.pop(name, None) is not None or name in self.of_resource:
                    delattr(self.observation, name)
                    self.of_resource = without(self.of_resource, name)
            elif name in getattr(self, GROUPS[group]):
                del getattr(self, GROUPS[group])[name]

    def _place(self, name: str, value: str | Made) -> None:
        """Set an input or output of the observation itself."""
        key, made = (None, value.text) if isinstance(value, Made) else (value, None)
        setattr(self.observation, name, key)
        setattr(self.observation, MADE_AS[name], made)

    def _claim(self, name: str, tier: int, value: Any) -> None:
        held = self.claims.get(name)
        if held is None or tier < held[0]:
            self.claims[name] = (tier, value)

    def _keep(self, group: int, key: str, tier: int, value: Json) -> None:
        """Keep one metadata key, unless a more explicit one was kept."""
        if value is None or value == "":
            return
        if group != OBSERVATION_METADATA:
            self._claim(f"metadata.{key}", tier, value)
        if group != TRACE_METADATA:
            self._own_metadata().setdefault(key, value)


def begin(
    observation: Observation,
    of_resource: dict[str, int],
    tiers: dict[str, int],
    claims: Found,
    usage: dict[str, int],
    costs: dict[str, int],
    parameters: dict[str, Json],
    settled: dict[str, Any],
) -> Findings:
    """Return the findings that begin with what the rows found (`compiled.py`), whose tiers are the shape's."""
    found = Findings()
    found.observation = observation
    found.of_resource = of_resource
    found.tiers = tiers.copy()
    found.claims = claims
    found.usage = usage
    found.costs = costs
    found.parameters = parameters
    found.settled = settled
    return found
