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

from .values import ABSENT, MAX_COUNT, count, present, text
from .vocabulary import Reader

if TYPE_CHECKING:
    from .findings import Findings

FIELD, CLAIM, USAGE, COST, PARAMETER, SETTLE = range(6)
GROUPS = ("", "claims", "usage", "costs", "parameters", "settled")
"""What has one value a field, by number: the observation itself, then what `Findings` calls so."""

PROGRAMS = 1_000
"""Texts that are remembered, of about 2 KiB and twice that compiled."""

Reads: TypeAlias = "Callable[[list[Any], Findings], None]"
"""(values, found): put what the values of the attributes, in their order, say into what was found."""
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
    def kind(self) -> Kind:
        """What the text of the step depends on."""
        read = self.choices[0][1]
        how = "place" if self.key else "word" if read is text else "count" if read is count else "link"
        return how, self.group, self.field if self.group == FIELD else "", len(self.choices) == 1


# What the readers say to the usual word and count, without a call. "\\" comes behind "[" and before the small letters:
# what is less may be empty, blank or redacted.
VALUES = {
    "word": """
        got = values[k{i}]
        if got.__class__ is not str or got < "\\\\" or got in ABSENT or "\\0" in got:
            got = text(got)""",
    "count": """
        got = values[k{i}]
        if got.__class__ is not int or not 0 <= got <= MAX_COUNT:
            got = count(got)""",
    "link": """
        got = r{i}(values[k{i}])""",
}
PLACE = """
        got = values[k{i}]
        if got if got.__class__ is str else present(got) is not None:"""
ELSE = """
        else:
            for place, read, tier in c{i}:
                got = read(values[place])
                if got is not None:
                    {take}
                    break"""
TAKE = "{group}[f{i}] = ({tier}, {got})"
TAKE_OWN = "o.{field}, tiers[f{i}] = {got}, {tier}"

PARAMETERS = """
        for place, read, tier, field in many_parameters:
            got = read(values[place])
            if got is not None:
                parameters[field] = (tier, got)"""
CONTESTED = """
        found.contest(contested)"""
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
                found.whole_metadata(group, tier, got, own)
            if name and name not in own:
                own[name] = got
        if own:
            o.metadata = own"""
EXTRAS = {"many_parameters": PARAMETERS, "contested": CONTESTED, "tags": TAGS, "metadata": METADATA}


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
        data += place, step.field, tier, step.key or read, tuple(rest)
    parameters = tuple(
        (*step.choices[0], step.field) for step in steps if step.group == PARAMETER and len(step.choices) == 1
    )
    extras = {"many_parameters": parameters, "contested": contested, "tags": tags, "metadata": metadata}
    bind = _program(tuple(step.kind for step in known), tuple(name for name in EXTRAS if extras[name]))
    function: Reads = bind(*data, **{name: value for name, value in extras.items() if value})
    return function


@lru_cache(PROGRAMS)
def _program(kinds: tuple[Kind, ...], extras: tuple[str, ...]) -> Callable[..., Reads]:
    """Return a function that takes the data of such steps and returns the one that reads them."""
    groups = {group for _, group, _, _ in kinds} | ({PARAMETER} if "many_parameters" in extras else set())
    source = [f"def bind({''.join(f'k{i}, f{i}, t{i}, r{i}, c{i}, ' for i in range(len(kinds)))}"]
    source += ["".join(f"{name}=(), " for name in extras), "):\n    def read(values, found):"]
    source += ["\n        o, tiers, claims = found.observation, found.tiers, found.claims"]
    source += [f"\n        found.{GROUPS[group]} = {GROUPS[group]} = {{}}" for group in sorted(groups) if group > CLAIM]
    for i, (how, group, field, alone) in enumerate(kinds):
        take = TAKE_OWN if group == FIELD else TAKE
        names = {"i": i, "group": GROUPS[group], "field": field}
        if how == "place":
            source += [PLACE.format(i=i), "\n            ", take.format(**names, got=f"r{i}", tier=f"t{i}")]
        else:
            source += [VALUES[how].format(i=i), "\n        if got is not None:\n            "]
            source += [take.format(**names, got="got", tier=f"t{i}")]
        if not alone:
            source += [ELSE.format(i=i, take=take.format(**names, got="got", tier="tier"))]
    source += [EXTRAS[name] for name in extras]
    source.append("\n    return read\n")
    known: dict[str, Any] = {
        "text": text, "count": count, "present": present, "ABSENT": ABSENT, "MAX_COUNT": MAX_COUNT,
    }  # fmt: skip
    exec("".join(source), known)  # made of the texts above and of numbers alone
    bind: Callable[..., Reads] = known["bind"]
    return bind
