"""Which known word somebody probably meant, where one letter is wrong, missing, too many or swapped. Only shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TypeAlias, cast

from . import quantities
from .lexicon import ENVIRONMENTS, WORDS
from .timewords import MONTHS, UNITS, WEEKDAYS
from .word import Word

SHORTEST = 4
"""Letters of a word that is compared: of shorter ones too many are alike."""
OWN_NAMES = frozenset({"TAG", "NAMED", "CONTAINING", "STARTS", "ENDS", "USER", "SESSION", "TRACE", "ID", "USING", "IS",
                       "EQ", "NE", "VERSION", "RELEASE", "PROMPT", "ENVIRONMENT", "METADATA", "SCORE", "SCORED",
                       "TEXTUAL", "PART"})  # fmt: skip
"""Behind these stands a name that is whatever it is."""
MOST = 3

Known: TypeAlias = Mapping[str, tuple[str, ...]]
"""Words by themselves and by what is left of them without one letter."""


def suggestions(words: list[Word]) -> list[str]:
    """Return a sentence for each of the tokens of a question that nearly is a known word, a few at most."""
    found: dict[str, str] = {}
    for before, word in zip([None, *words], words, strict=False):
        own = before is not None and before.kind in OWN_NAMES
        if word.kind == "WORD" and not own and word.text not in found and (meant := nearest(word.text, known_words())):
            found[word.text] = meant
    return [f"{said!r}: did you mean {meant!r}?" for said, meant in list(found.items())[:MOST]]


def nearest(text: str, known: Known, shortest: int = SHORTEST) -> str:
    """Return the word that one letter turns a text into, "" for none, and for one that is known."""
    lower = text.lower()
    if len(lower) < shortest or lower in known.get(lower, ()):
        return ""
    near = {word for one in (lower, *_deletions(lower)) for word in known.get(one, ()) if _one_apart(lower, word)}
    return min(near, default="")


def deletions_of(words: Iterable[str], shortest: int = SHORTEST) -> Known:
    """Return the words that have so many letters as `nearest` looks them up."""
    known: dict[str, tuple[str, ...]] = {}
    for word in sorted({word for word in words if len(word) >= shortest}):
        for one in {word, *_deletions(word)}:
            known[one] = (*known.get(one, ()), word)
    return known


def _deletions(word: str) -> Iterator[str]:
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _one_apart(said: str, word: str) -> bool:
    """Say whether one letter was changed, left out, put in or swapped with the next; a plural is no mistake."""
    if said in (f"{word}s", word.removesuffix("s")):
        return False
    same = 0
    while said[same : same + 1] == word[same : same + 1] != "":
        same += 1
    one, other = said[same:], word[same:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return swapped or one[1:] == other[1:] or one[1:] == other or one == other[1:]


@cache
def known_words() -> Known:
    """Return the words of the lexicon, units and times."""
    phrases = [phrase for kind, table in WORDS.items() if kind != "FILLER" for phrase in table]
    units = cast("list[str]", [*quantities.DURATIONS, *quantities.MONEY, *UNITS, *MONTHS])
    times = ["yesterday", "today", *WEEKDAYS, "weekend", "morning", "afternoon", "evening", "night",
             "newer", "older", "younger", "earlier", "later"]  # fmt: skip
    return deletions_of(
        word for phrase in [*phrases, *units, *times, *ENVIRONMENTS] for word in phrase.split() if word.isalpha()
    )
