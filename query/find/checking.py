"""What a question cannot mean, seen from its tokens: a unit that there is not."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

from .columns import UNITS
from .lexicon import ENVIRONMENTS, MODELS, Adjective
from .nearest import known_words, nearest
from .trouble import Trouble
from .word import Quantity, Word

COMPARING = frozenset({"CMP", "EQ", "IS", "NE", "BETWEEN", "AND", "FROM", "QUANTITY"})
"""What may stand between a measure and the quantity it is compared with."""
BEGINNING = frozenset({"CMP", "EQ", "IS", "NE", "SCORE", "BETWEEN", "LEVEL", "MISSING", "QUANTITY", "THAN", "EXTREME"})
"""What makes a word before it the beginning of the next clause, and no unit."""
SAID = {"time": "seconds, minutes or hours", "money": "dollars or cents"}


def check_units(words: list[Word], text: str) -> None:
    """Raise Trouble for a word right behind a number that needs a unit: "latency > 5 bananas"."""
    for place, (word, unit) in enumerate(pairwise(words)):
        if word.kind != "QUANTITY" or cast(Quantity, word.value).unit != "number":
            continue
        if text[word.end : unit.start].strip() or not _no_unit(unit, words[place + 2 : place + 3]):
            continue
        measure = _measure(words, place)
        if measure in UNITS:
            meant = f"; did you mean {near!r}?" if (near := nearest(unit.text, known_words())) else ""
            raise Trouble(f"no unit of {measure}, which is said in {SAID[UNITS[measure]]}{meant}", unit)
        if measure == "tokens" and unit.kind == "WORD":
            raise Trouble("no unit of tokens, which are counted", unit)


def _no_unit(word: Word, behind: list[Word]) -> bool:
    if word.kind == "COUNTED":
        return word.value == "tokens" and not _begins(behind)
    if word.kind == "MEASURE":  # "slower than 20 tokens per second"
        return not _begins(behind)
    name = word.text.lower()
    other = name in ENVIRONMENTS or name.startswith(MODELS)
    return word.kind == "WORD" and name.isalpha() and not other and not _begins(behind)


def _begins(behind: list[Word]) -> bool:
    return bool(behind) and behind[0].kind in BEGINNING


def _measure(words: list[Word], place: int) -> str:
    """Return the measure that the quantity at a place is compared with, "" for none."""
    for word in reversed(words[:place]):
        if word.kind == "THAN":
            return cast(Adjective, word.value).measure
        if word.kind not in COMPARING:
            measured = word.kind == "MEASURE" or (word.kind, word.value) == ("COUNTED", "tokens")
            return str(word.value) if measured else ""
    return ""
