"""From the rules of a shape of span to one function that reads it: the only place here that makes code out of text.

To find out from a table, value by value, what to do with it took as long again as to read it. So the steps are
written out one after the other, as a person would write them for this one kind of span. No name that a sender chose is
in that text: keys, tiers, readers and the names of gathered fields are handed in as data. The text says only which
kinds of step follow each other, so that few are compiled (0.5 ms each, remembered) for many shapes. What anybody can
make up without end (metadata, model parameters) is read in loops: no text is longer than `fields.py` has fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from .base import without
from .fields import CLAIM, COST, FIELD, GROUPS, PARAMETER, SETTLE, TIERS_OF, USAGE
from .metadata import take_whole
from .observation import NOTHING
from .values import ABSENT, MAX_COUNT, count, present, text
from .vocabulary import Reader

if TYPE_CHECKING:
    from .base import Base, Found
    from .observation import Json, Observation

PROGRAMS = 1_000
"""Texts that are remembered, of about 2 KiB and twice that compiled."""

Read: TypeAlias = "tuple[dict[str, int], Found, dict[str, int], dict[str, int], dict[str, Json], dict[str, Any]]"
"""tiers, claims, usage, costs, parameters, settled: as `Findings` has them."""
Reads: TypeAlias = "Callable[[list[Any], Observation, Base], Read]"
"""(values, o, base): set what the values of the attributes, in their order, say of the observation's own fields and of
its trace, on top of what the resource says, and return that and the rest."""
Choice: TypeAlias = "tuple[int, Reader, int]"
"""(place, read, tier): the place of the key among those of the shape, so that no key is looked up."""
Keeping: TypeAlias = "tuple[int, Reader, int, str, str, int]"
"""(place, read, tier, claim, name, group): the claim and the observation's own metadata key to which a value goes, ""
for none. Both are "" for a whole object, whose members go to what `group` says."""


Kind: TypeAlias = "tuple[str, int, str, bool]"
"""(how the first choice is read, group, own field of the observation, whether there is one choice)"""


class Step(NamedTuple):
    """One field of one group, and the keys that can give it, the most explicit first."""

    group: int
    field: str
    choices: tuple[Choice, ...]
    key: str = ""
    """The first key, where the field wants that for any value that is not empty."""

    @property
    def name(self) -> str:
        """What `Findings.tiers` calls the field."""
        return f"{TIERS_OF[self.group]}{self.field}"

    @property
    def kind(self) -> Kind:
        """What the text of the step depends on."""
        read = self.choices[0][1]
        how = "place" if self.key else "word" if read is text else "count" if read is count else "link"
        return how, self.group, self.field if self.group == FIELD else "", len(self.choices) == 1


BEGIN = """):
    def read(values, o, base):
        tiers = first
        claims = o.claims = base.claims.copy()"""
# What the readers say to the usual word and count, without a call. "\\" comes behind "[" and before the small letters:
# what is less may be empty, blank or redacted.
VALUES = {
    "word": """
        got = values[k{i}]
        if got.__class__ is not str or got < "\\\\" or got in ABSENT or "\\0" in got:
            got = text(got)
        if got is not None:""",
    "count": """
        got = values[k{i}]
        if got.__class__ is not int or not 0 <= got <= MAX_COUNT:
            got = count(got)
        if got is not None:""",
    "link": """
        got = r{i}(values[k{i}])
        if got is not None:""",
    "place": """
        got = values[k{i}]
        if got if got.__class__ is str else present(got) is not None:""",
}
ELSE = """
        else:
            for place, read, tier in c{i}:
                got = read(values[place])
                if got is not None:
                    {take}
                    tiers = {{**tiers, n{i}: tier}}
                    break"""
# `tiers` are those of the first choices, of all spans of the shape: what is less usual makes its own. Of the groups,
# what is not there needs no tier.
LOST = """
        else:
            tiers = without(tiers, n{i})"""
LOST_ALL = """
            else:
                tiers = without(tiers, n{i})"""
CLAIM_ELSE = """
        else:
            for place, read, tier in c{i}:
                got = read(values[place])
                if got is not None:
                    claims[f{i}] = (tier, got)
                    break"""

PARAMETERS = """
        for place, read, field in many_parameters:
            got = read(values[place])
            if got is not None:
                parameters[field] = got"""
CONTESTED = """
        tiers = base.contest(contested, o, tiers, claims)"""
TAGS = """
        told = [*o.tags]
        for place, read in tags:
            got = read(values[place])
            if got is not None:
                told.extend(got)
        if told:
            o.tags = told"""
METADATA = """
        own = {}
        for place, read, tier, claim, name, group in metadata:
            got = values[place]
            if got is None or got == "":
                continue
            got = read(got)
            if got is None or got == "":
                continue
            if claim:
                held = claims.get(claim)
                if held is None or tier < held[0]:
                    claims[claim] = (tier, got)
            elif not name:
                take_whole(group, tier, got, claims, own)
            if name and name not in own:
                own[name] = got
        if own:
            o.metadata = own"""
EXTRAS = {"many_parameters": PARAMETERS, "contested": CONTESTED, "tags": TAGS, "metadata": METADATA}
RETURNED = (USAGE, COST, PARAMETER, SETTLE)


def reading(
    steps: Sequence[Step],
    tags: tuple[tuple[int, Reader], ...],
    metadata: tuple[Keeping, ...],
    contested: tuple[tuple[int, str], ...],
) -> Reads:
    """Return the function that reads all of this: fields, then tags, then metadata.

    `contested` names the fields for which the resource may have said something more explicit, as (group, field).
    """
    known = sorted(
        (step for step in steps if step.group != PARAMETER or len(step.choices) > 1), key=lambda s: (s.kind, s.field)
    )
    data: list[object] = []
    for step in known:
        (place, read, tier), *rest = step.choices
        data += place, step.field, step.name, tier, step.key or read, tuple(rest)
    parameters = tuple(
        (*step.choices[0][:2], step.field) for step in steps if step.group == PARAMETER and len(step.choices) == 1
    )
    first = {step.name: step.choices[0][2] for step in steps if step.group != CLAIM}
    extras = {"many_parameters": parameters, "contested": contested, "tags": tags, "metadata": metadata}
    bind = _program(tuple(step.kind for step in known), tuple(name for name in EXTRAS if extras[name]))
    function: Reads = bind(first, *data, **{name: value for name, value in extras.items() if value})
    return function


@lru_cache(PROGRAMS)
def _program(kinds: tuple[Kind, ...], extras: tuple[str, ...]) -> Callable[..., Reads]:
    """Return a function that takes the data of such steps and returns the one that reads them."""
    groups = {group for _, group, _, _ in kinds} | ({PARAMETER} if "many_parameters" in extras else set())
    names = "".join(f"k{i}, f{i}, n{i}, t{i}, r{i}, c{i}, " for i in range(len(kinds)))
    source = [f"def bind(first, {names}", *(f"{name}=(), " for name in extras), BEGIN]
    source += [f"\n        {GROUPS[group]} = {{}}" for group in RETURNED if group in groups]
    for i, (how, group, field, alone) in enumerate(kinds):
        got = f"r{i}" if how == "place" else "got"
        source.append(VALUES[how].format(i=i))
        if group == CLAIM:
            source.append(f"\n            claims[f{i}] = (t{i}, {got})")
            source.append("" if alone else CLAIM_ELSE.format(i=i))
        else:
            take = f"o.{field} = " if group == FIELD else f"{GROUPS[group]}[f{i}] = "
            source.append(f"\n            {take}{got}")
            if not alone:
                source.append(ELSE.format(i=i, take=f"{take}got"))
            if group == FIELD:
                source.append((LOST if alone else LOST_ALL).format(i=i))
    source += [EXTRAS[name] for name in extras]
    source.append("\n        return tiers, claims, ")
    source.append(", ".join(GROUPS[group] if group in groups else "NONE" for group in RETURNED))
    source.append("\n    return read\n")
    known: dict[str, Any] = {
        "text": text, "count": count, "present": present, "ABSENT": ABSENT, "MAX_COUNT": MAX_COUNT,
        "take_whole": take_whole, "without": without, "NONE": NOTHING,
    }  # fmt: skip
    exec("".join(source), known)  # made of the texts above and of numbers alone
    bind: Callable[..., Reads] = known["bind"]
    return bind
