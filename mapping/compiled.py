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
Reads: TypeAlias = "Callable[[dict[str, Any], Observation, Base], Read]"
"""(attributes, o, base): set what attributes say of the observation's own fields and of its trace, on top of what the
resource says, and return that and the rest."""
Choice: TypeAlias = "tuple[str, Reader, int]"
"""(key, read, tier)"""
Keeping: TypeAlias = "tuple[str, Reader, int, str, str, int]"
"""(key, read, tier, claim, name, group): the claim and the observation's own metadata key to which a value goes, ""
for none. Both are "" for a whole object, whose members go to what `group` says."""


Kind: TypeAlias = "tuple[str, int, str, bool]"
"""(how the first choice is read, group, field, whether there is one choice). A parameter's field is "": it is data."""


class Step(NamedTuple):
    """One field of one group, and the keys that can give it, the most explicit first."""

    group: int
    field: str
    choices: tuple[Choice, ...]
    place: str = ""
    """What the field holds where the value of its first key is not empty, if that alone matters."""

    @property
    def name(self) -> str:
        """What `Findings.tiers` calls the field."""
        return f"{TIERS_OF[self.group]}{self.field}"

    @property
    def kind(self) -> Kind:
        """What the text of the step depends on."""
        read = self.choices[0][1]
        how = "place" if self.place else "word" if read is text else "count" if read is count else "link"
        return how, self.group, "" if self.group == PARAMETER else self.field, len(self.choices) == 1


BEGIN = """):
    def read(attributes, o, base):
        tiers = first
        claims = o.claims = base.claims.copy()"""
# What the readers say to the usual word and count, without a call. "\\" comes behind "[" and before the small letters:
# what is less may be empty, blank or redacted.
VALUES = {
    "word": """
        got = attributes[k{i}]
        if got.__class__ is not str or got < "\\\\" or got in ABSENT or "\\0" in got:
            got = text(got)
        if got is not None:""",
    "count": """
        got = attributes[k{i}]
        if got.__class__ is not int or not 0 <= got <= MAX_COUNT:
            got = count(got)
        if got is not None:""",
    "link": """
        got = r{i}(attributes[k{i}])
        if got is not None:""",
    "place": """
        got = attributes[k{i}]
        if got if got.__class__ is str else present(got) is not None:""",
}
ELSE = """
        else:
            for key, read, tier in c{i}:
                got = read(attributes[key])
                if got is not None:
                    {take}
                    tiers = {{**tiers, {name}: tier}}
                    break"""
# `tiers` are those of the first choices, of all spans of the shape: what is less usual makes its own. Of the groups,
# what is not there needs no tier.
LOST = """
        else:
            tiers = without(tiers, {name})"""
LOST_ALL = """
            else:
                tiers = without(tiers, {name})"""
CLAIM_ELSE = """
        else:
            for key, read, tier in c{i}:
                got = read(attributes[key])
                if got is not None:
                    claims[{name}] = (tier, got)
                    break"""

PARAMETERS = """
        for key, read, field in many_parameters:
            got = read(attributes[key])
            if got is not None:
                parameters[field] = got"""
CONTESTED = """
        tiers = base.contest(contested, o, tiers, claims)"""
TAGS = """
        for key, read in tags:
            got = read(attributes[key])
            if got is not None:
                o.tags = [*o.tags, *got]"""
METADATA = """
        own = {}
        for key, read, tier, claim, name, group in metadata:
            got = attributes[key]
            if not got and (got is None or got == ""):
                continue
            got = read(got)
            if not got and (got is None or got == ""):
                continue
            if claim:
                if claim not in claims or tier < claims[claim][0]:
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
    tags: tuple[tuple[str, Reader], ...],
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
        (key, read, tier), *rest = step.choices
        data += key, step.field, step.name, tier, step.place or read, tuple(rest)
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
        # all fields but parameters are `fields.py`'s, and no sender's
        told = repr(field) if field else f"f{i}"
        name = repr(f"{TIERS_OF[group]}{field}") if field else f"n{i}"
        source.append(VALUES[how].format(i=i))
        if group == CLAIM:
            source.append(f"\n            claims[{told}] = (t{i}, {got})")
            source.append("" if alone else CLAIM_ELSE.format(i=i, name=told))
        else:
            take = f"o.{field} = " if group == FIELD else f"{GROUPS[group]}[{told}] = "
            source.append(f"\n            {take}{got}")
            if not alone:
                source.append(ELSE.format(i=i, name=name, take=f"{take}got"))
            if group == FIELD:
                source.append((LOST if alone else LOST_ALL).format(name=name))
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
