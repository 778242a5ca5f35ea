"""What the attributes of one span (or of a resource) say, the most explicit key of each field first."""

from __future__ import annotations

from typing import Any, NamedTuple

from .base import WORST, Found
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
    field: tuple((GROUPS[group], name, f"{TIERS_OF[group]}{name}") for group, name in targets(field))
    for field in (
        *CLAIMS, *OWN_FIELDS, *SETTLED, *OBSERVATION_ONLY,
        *(f"usage.{name}" for name in USAGE_COUNTS), *(f"cost.{name}" for name in COSTS),
    )
}  # fmt: skip
"""Where the value of a field that has one value goes: (group, name, name among the tiers)."""

MADE_AS = {"input_key": "input_made", "output_key": "output_made"}
"""Where an input or output goes that is `Made`."""


MANY = OBJECTS | {"model_parameters"}
"""Fields behind which the name of one of many may stand."""


class Made(NamedTuple):
    """An input or output that no attribute holds as it is: put together, as text (JSON or plain)."""

    text: str


class Findings:
    """What was found for one observation, for hooks to add to: its own fields, set on it at once, and others."""

    __slots__ = ("claims", "costs", "observation", "parameters", "settled", "tiers", "usage")

    def __init__(
        self,
        observation: Observation,
        tiers: dict[str, int],
        claims: Found,
        usage: dict[str, int],
        costs: dict[str, int],
        parameters: dict[str, Json],
        settled: dict[str, Any],
    ) -> None:
        """Take what the rows found (`compiled.py`).

        `tiers`: those of the observation's own fields that were found, and of others, found or not; claims have theirs
        with them, as (tier, value). `settled`: fields that are no observation's own (`fields.SETTLED`). Groups of which
        nothing was found may be `NOTHING`.
        """
        self.observation = observation
        self.tiers = tiers
        self.claims = claims
        self.usage = usage
        self.costs = costs
        self.parameters = parameters
        self.settled = settled

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
        tiers = self.tiers
        for group, name, known_as in targets:
            if not group:
                if name not in tiers or tier < tiers[name]:
                    tiers[name] = tier
                    if name in MADE_AS:
                        self._place(name, value)
                    else:
                        setattr(self.observation, name, value)
            elif group == "claims":
                self._claim(name, tier, value)
            else:
                self._give(group, name, known_as, tier, value)

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
        return self.tiers.get(KEPT_AS.get(field, field), WORST) <= tier + BUILT_IN

    def get(self, field: str) -> Any:
        """Return what a field of the observation, or one to be settled, holds so far, else None."""
        if field in SETTLED:
            return self.settled.get(field)
        return getattr(self.observation, field) if field in self.tiers else None

    def judge(self, evaluation: Evaluation) -> None:
        """Take a judgement that comes with the span."""
        self.observation.evaluations = [*self.observation.evaluations, evaluation]

    def drop(self, field: str) -> None:
        """Forget what a field of the observation, or one of its counts, costs and parameters, holds."""
        for group, name in targets(field):
            if group == FIELD:
                if self.tiers.pop(name, None) is not None:
                    delattr(self.observation, name)
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
