"""What a resource says, from which the findings of its spans start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ..proto.span import Resource, Scope, Span
from .fields import FIELD, OF_RESOURCES
from .observation import Observation

if TYPE_CHECKING:
    from .dictionary import Plan

Found: TypeAlias = "dict[str, tuple[int, Any]]"
"""Field -> (tier, value). Any: what a field holds is settled by its rows' readers."""

WORST = 1_000
"""Behind every tier."""

_NO_SPAN = Span("", "", "", "", 0, 0, 0, {}, Resource({}), Scope(), [], [])


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """What a resource gives to all of its spans, and what their scope tells."""

    fields: Found = field(default_factory=dict)
    """The observation's own, with their tiers."""
    claims: Found = field(default_factory=dict)
    version: str | None = None
    environment: str | None = None
    """The values of the fields: there are no others."""
    tiers: dict[str, int] = field(default_factory=dict)
    """The tiers of the fields."""
    others: tuple[tuple[str, Any], ...] = ()
    """What else there is to set on an observation, as (name, value): `tags` and `native`."""

    @classmethod
    def of(cls, attributes: dict[str, Any], plan: Plan, native: bool = False) -> Base:
        """Return what the attributes of a resource say."""
        o = Observation(_NO_SPAN)
        tiers, claims, *_ = plan.read(attributes, o, NOBODY)
        fields = {name: (tiers[name], getattr(o, name)) for name in OF_RESOURCES if name in tiers}
        tiers = {name: tier for name, (tier, _) in fields.items()}
        others = ({"tags": tuple(o.tags)} if o.tags else {}) | ({"native": True} if native else {})
        return cls(fields, claims, o.version, o.environment, tiers, tuple(others.items()))

    def give(self, o: Observation) -> None:
        """Set on an observation what is not set with its name."""
        for name, value in self.others:
            setattr(o, name, value)

    def claims_of(self, attributes: dict[str, Any], plan: Plan) -> Found:
        """Return the claims of attributes that are no span's, on top of what the resource says."""
        return plan.read(attributes, Observation(_NO_SPAN), self)[1]

    def contest(
        self, contested: tuple[tuple[int, str], ...], o: Observation, tiers: dict[str, int], claims: Found
    ) -> dict[str, int]:
        """Give back to these fields of a span what the resource says, where that is more explicit; return the tiers."""
        for group, name in contested:
            if group == FIELD:
                told = self.fields.get(name)
                if told is not None and tiers.get(name, WORST) > told[0]:
                    tiers = {**tiers, name: told[0]}
                    setattr(o, name, told[1])
            elif name in self.claims and claims[name][0] > self.claims[name][0]:
                claims[name] = self.claims[name]
        return tiers


NOBODY = Base()


def without(tiers: dict[str, int], name: str) -> dict[str, int]:
    """Return tiers without that of a field that a span has no value for after all."""
    left = tiers.copy()
    left.pop(name, None)
    return left
