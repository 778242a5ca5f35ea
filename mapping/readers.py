"""Makers of readers, for what many vocabularies say in the same way: a word of a table, a member of a JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..proto.span import Value
from .observation import Json
from .values import CONTAINERS, count, mapping, number, text
from .vocabulary import Reader

if TYPE_CHECKING:
    from .findings import Findings

LONGEST_DELAY_MS = 1e11
"""Longer delays (three years) are not believed."""


def one_of(table: Mapping[str, str]) -> Reader:
    """Return a reader that gives what a table says for a word in any case, None for a word that is not in it."""

    usual = {spelling: meant for word, meant in table.items() for spelling in (word, word.upper(), word.capitalize())}

    def look_up(value: Value) -> str | None:
        if not isinstance(value, str):
            return None
        return usual.get(value) or table.get(value.strip().lower())

    return look_up


def marks(word: str) -> Reader:
    """Return a reader that gives `word` for any value that says something."""

    def mark(value: Value) -> str | None:
        return None if text(value) is None else word

    return mark


def unless(read: Reader, *words: str) -> Reader:
    """Return a reader for which these words, too, say nothing."""

    def read_unless(value: Value) -> Any:
        return None if value in words else read(value)

    return read_unless


def member(name: str, read: Reader) -> Reader:
    """Return a reader of one member of an object that is sent as one or as JSON text."""

    def read_member(value: Value) -> Any:
        found = (mapping(value) or {}).get(name)
        return None if found is None else read(found)  # type: ignore[arg-type]  # a part of an attribute value

    return read_member


def milliseconds(value: object) -> int | None:
    """Return a duration in milliseconds, sent as number or text, in nanoseconds."""
    told = number(value)
    return None if told is None or not 0 <= told < LONGEST_DELAY_MS else round(told * 1e6)


def offer_counts(found: Findings, tier: int, usage: Json, names: Mapping[str, str]) -> None:
    """Offer the token counts of a usage object; `names` says which kind of `fields.USAGE_COUNTS` each name counts."""
    if isinstance(usage, dict):
        for name, kind in names.items():
            if name in usage:
                found.offer(f"usage.{kind}", tier, count(usage[name]))


def offer_parameters(found: Findings, tier: int, config: Json) -> None:
    """Offer the plain members of a request's configuration (numbers, texts, lists of them) as model parameters."""
    if isinstance(config, dict):
        for name, value in config.items():
            members = value if isinstance(value, list) else [value]
            if name and value not in (None, "", []) and not any(isinstance(item, CONTAINERS) for item in members):
                found.offer(f"model_parameters.{name}", tier, value)
