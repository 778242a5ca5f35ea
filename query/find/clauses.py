"""What the parts of a question say, before it is known which view they are asked of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from .word import Quantity, Word

if TYPE_CHECKING:
    from .spans import Range


@dataclass(frozen=True, slots=True)
class During:
    """Active within a time, or begun or ended in it."""

    range: Range
    what: Literal["active", "started", "ended"]
    word: Word


@dataclass(frozen=True, slots=True)
class Compare:
    """A measure against a quantity; without a measure the quantity's unit says which is meant."""

    measure: str
    operator: str
    quantity: Quantity
    word: Word


@dataclass(frozen=True, slots=True)
class Belongs:
    """A field has one of these values, or, with `every`, all of them.

    `operator` is "=", or "contains", "starts with", "ends with".
    """

    field: str
    values: tuple[str, ...]
    every: bool
    word: Word
    operator: str = "="


@dataclass(frozen=True, slots=True)
class Present:
    """A field or a measure, or the metadata key or the score that `key` names, has a value at all."""

    field: str
    word: Word
    key: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """Has errors or warnings, is bookmarked, is public."""

    what: str
    word: Word


@dataclass(frozen=True, slots=True)
class Keyed:
    """Metadata by its (dotted) key, a score by its name, or whichever has it: against a number or one of the texts."""

    places: tuple[Literal["metadata", "scores"], ...]
    key: str
    operator: str
    number: float | None
    values: tuple[str, ...]
    word: Word


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these hold."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold; a missing value does not."""

    clause: Clause
    word: Word


@dataclass(frozen=True, slots=True)
class Unknown:
    """Words that say nothing known; `metric`: what they ask for is a sum or an average."""

    word: Word
    metric: bool = False


Clause: TypeAlias = "During | Compare | Belongs | Present | State | Keyed | AllOf | AnyOf | Not | Unknown"


@dataclass(frozen=True, slots=True)
class Noun:
    """What is looked for: a view, perhaps some types of its observations; `single`: "the slowest trace" is one."""

    view: str
    types: tuple[str, ...]
    single: bool
    word: Word


@dataclass(frozen=True, slots=True)
class Count:
    """A number before what it counts, or before nothing: as many rows, or, behind a noun, the number of something.

    `clause` says the latter, or is unknown.
    """

    number: Quantity
    noun: Noun | State | None
    clause: Clause
    word: Word


@dataclass(frozen=True, slots=True)
class Order:
    """In which order; `measure` "" and `limit` None say nothing; `best`: "slowest", and not "by latency"."""

    measure: str
    descending: bool
    limit: Quantity | None
    best: bool
    word: Word


Part: TypeAlias = "Clause | Noun | Count | Order"
