"""What the methods of reading.py have in common: the words and values of a rule's parts, and clauses made of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal, NamedTuple, TypeAlias, cast

from lark import Token

from .clauses import AllOf, Belongs, Clause, Compare, Count, Keyed, Not, Noun, Order, Part, Present, State, Unknown
from .columns import UNITS
from .lexicon import ENVIRONMENTS, MODELS
from .members import Member
from .word import Quantity, Values, Word

TRACE_ID = re.compile(r"[0-9a-fA-F]{32}")
VERSION = re.compile(r"v\d+(?:\.\d+)*")
"""What is a version or a release, and nobody's name."""
TEXT_SIGNS = frozenset({"CONTAINING", "STARTS", "ENDS", "PART"})
"""Tokens that stand for an operator on texts."""
PLURALS = ("s", "people", "who")
"""How nouns end that ask for several."""

Places: TypeAlias = tuple[Literal["metadata", "scores"], ...]


class Bound(NamedTuple):
    """Comparisons that must all hold, and the words that say them; `plain`: only a number was said."""

    compared: tuple[tuple[str, Quantity], ...]
    word: Word
    plain: bool = False


def said(part: Token) -> Word:
    """Return the word that a token of the grammar carries."""
    return cast(Word, part.value)


def span(parts: list[Any]) -> Word:
    """Return all the words of a rule as one."""
    words = [said(part) if isinstance(part, Token) else part.word for part in parts]
    return words[0].to(words[-1])


def flat(parts: list[Any]) -> list[Any]:
    """Return parts that must all hold, those of an "and" one by one."""
    return [one for part in parts for one in (part.clauses if isinstance(part, AllOf) else (part,))]


def as_clause(part: Part) -> Clause:
    """Return a part that stands where only a clause can, as one: nouns and orders say nothing there."""
    if isinstance(part, Count):
        return part.clause
    return Unknown(part.word) if isinstance(part, Noun | Order) else part


def noun_of(word: Word) -> Noun:
    """Return what a noun looks for."""
    single = not word.text.lower().endswith(PLURALS)
    if word.kind == "KIND":
        types = word.value.values if isinstance(word.value, Values) else (str(word.value),)
        return Noun("observations", types, single and len(types) == 1, word)
    return Noun(str(word.value), (), single, word)


def field_of(word: Word) -> str:
    """Return the field that a trace can lack."""
    return str(word.value).removesuffix("s") if word.kind in ("USER", "SESSION") else str(word.value)


def state_of(what: str, word: Word) -> Clause:
    """Return that there are errors or warnings; that there are tokens says nothing."""
    return Unknown(word) if what == "tokens" else State(what, word)


def values_of(part: Token) -> tuple[tuple[str, ...], bool]:
    """Return the values that a token stands for, and whether all are meant."""
    word = said(part)
    if isinstance(word.value, Values):
        return word.value.values, word.value.every
    as_is = word.kind in ("WORD", "STRING", "OWNER", "KIND")
    return (str(word.value) if as_is else word.text,), True


def sign_of(parts: list[Token]) -> str:
    """Return "=" or "<>"."""
    return next((str(said(part).value) for part in parts if said(part).kind in ("EQ", "NE")), "=")


def text_sign(parts: list[Token]) -> str:
    """Return the operator on texts behind the first part, "=" without one."""
    return next((str(said(part).value) for part in parts[1:] if said(part).kind in TEXT_SIGNS), "=")


def part_sign(parts: list[Token]) -> str:
    """Return the operator that a PART stands for, "=" without one."""
    return next((str(said(part).value) for part in parts if said(part).kind == "PART"), "=")


def name_of(parts: list[Any]) -> Word:
    """Return the name of a score or a metadata key."""
    return next(said(part) for part in parts if said(part).kind in ("WORD", "STRING"))


def looks_like(part: Token) -> str:
    """Return which field names like these are known to belong to, "" where they could be anything."""
    values, _ = values_of(part)
    if all(value.lower() in ENVIRONMENTS for value in values):
        return "environment"
    if all(value.lower().startswith(MODELS) for value in values):
        return "model"
    return "trace" if all(TRACE_ID.fullmatch(value) for value in values) else ""


def has_unit(part: Token) -> bool:
    """Say whether a value is a quantity with a unit, which nothing is called."""
    value = said(part).value
    return isinstance(value, Quantity) and value.unit != "number"


def belonging(field: str, parts: list[Token], value: Token | None = None, sign: str = "=") -> Clause:
    """Return that a field has the values of a part, of the last unless one is given."""
    values, every = values_of(value or parts[-1])
    words = span(parts)
    clause = Belongs(field, values, every, words, sign)
    return Not(clause, words) if sign_of(parts) == "<>" else clause


def origin_of(parts: list[Token]) -> Clause:
    """Return whose something is: a user's, unless the names are known to be of something else."""
    versions = any(VERSION.fullmatch(value) for value in values_of(parts[-1])[0])
    if has_unit(parts[-1]) or versions:
        return Unknown(span(parts))
    return belonging(looks_like(parts[-1]) or "user", parts)


def bound_by(parts: list[Token], sign: str) -> Bound:
    """Return the comparison with the last part."""
    return Bound(((sign, cast(Quantity, said(parts[-1]).value)),), span(parts))


def comparing(measure: str, bound: Bound, words: Word) -> Clause:
    """Return that a measure is within bounds."""
    return _together([Compare(measure, sign, quantity, words) for sign, quantity in bound.compared])


def keyed(places: Places, name: Word, bound: Bound, words: Word) -> Clause:
    """Return that a score or metadata is within bounds; what has no unit is not compared with what has one."""
    if any(quantity.unit != "number" for _, quantity in bound.compared):
        return Unknown(words)
    return _together(
        [Keyed(places, str(name.value), sign, quantity.amount, (), words) for sign, quantity in bound.compared]
    )


def keyed_texts(places: Places, name: Word, sign: str, value: Token, words: Word) -> Clause:
    """Return that a score or metadata is one of some texts."""
    values, _ = values_of(value)
    return Keyed(places, str(name.value), sign, None, values, words)


def carried(clauses: list[Clause]) -> tuple[Clause, ...]:
    """Return clauses, those without a measure about that of the one before: "tokens > 1000 and < 5000"."""
    done: list[Clause] = []
    for clause in clauses:
        before = done[-1] if done else None
        if isinstance(clause, Compare) and not clause.measure:
            if isinstance(before, Compare) and clause.quantity.unit in ("number", UNITS.get(before.measure)):
                clause = replace(clause, measure=before.measure)
            elif isinstance(before, Keyed) and before.number is not None and clause.quantity.unit == "number":
                clause = replace(before, operator=clause.operator, number=clause.quantity.amount, word=clause.word)
        done.append(clause)
    return tuple(done)


def members(asked: tuple[Member, ...], words: Word) -> Clause:
    """Return that metadata has all of some members."""
    clauses: list[Clause] = []
    for key, value in asked:
        if value is None:
            clauses.append(Not(Present("metadata", words, key), words))
        elif isinstance(value, str):
            clauses.append(Keyed(("metadata",), key, "=", None, (value,), words))
        else:
            clauses.append(Keyed(("metadata",), key, "=", value, (), words))
    return _together(clauses)


def _together(clauses: list[Clause]) -> Clause:
    return clauses[0] if len(clauses) == 1 else AllOf(tuple(clauses))
