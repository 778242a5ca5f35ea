"""The terms of texts: what the full text index knows of a block of observations, and asks for.

A text falls into runs of letters and digits. A run of letters alone is a word, and a term. Any other run (ids, numbers,
scripts without spaces) is told by its grams: three characters each, two where a character is of such a script. Their
number is bounded, that of ids is not. Case counts for all but ASCII letters, as in the questions that the terms serve.

The rule that makes an index of them find every substring: a run inside a question is a part of a run of the text, so
the text has a word that the run is a part of, or has all the run's grams.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

LONGEST_WORD = 40
"""Letters; longer runs are told by their grams, so that nothing unreadable fills the list of words."""
GRAM = "0"
"""What the terms of grams begin with; no word does."""
WIDE = "\u0e00"
"""From here on scripts put no spaces between words, or few."""
BOUNDS = "\x80-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u2000-\u206f\u3000-\u3004\u3008-\u3020\uff00-\uff0f\ufffd"
"""Spaces and punctuation beyond ASCII, as far as they are common; any such list is right, where both sides use it."""

_PLAIN = bytes(ord(chr(n).lower()) if chr(n).isalnum() else 32 for n in range(128)) + bytes(range(128, 256))
_RUN = re.compile(f"[^ {BOUNDS}]+")


class Run(NamedTuple):
    """A run of a question; `begins` and `ends`: whether a run of the text must begin or end where this one does."""

    text: str
    begins: bool
    ends: bool


def runs_of(text: str) -> list[Run]:
    """Return the runs of a question."""
    plain = text.encode("utf-8", "replace").translate(_PLAIN).decode()
    return [Run(run[0], run.start() > 0, run.end() < len(plain)) for run in _RUN.finditer(plain)]


def is_word(run: str) -> bool:
    """Say whether a run is a term as it is."""
    return run.isalpha() and len(run) <= LONGEST_WORD and max(run) < WIDE


def grams(run: str) -> list[str]:
    """Return the grams of a run as terms; none for one that is too short to have any."""
    if run.isascii():
        return [GRAM + run[place : place + 3] for place in range(len(run) - 2)]
    made = []
    for place, character in enumerate(run):
        length = 2 if character >= WIDE else 3
        if place + length <= len(run):
            made.append(GRAM + run[place : place + length])
    return made


def terms_of(texts: Iterable[bytes]) -> tuple[set[str], set[str]]:
    """Return the words and the grams of UTF-8 texts."""
    # a space alone parts here: what else Python takes for one is no bound of the questions
    found = set(b"\n".join(texts).translate(_PLAIN).decode("utf-8", "replace").split(" "))
    found.discard("")
    words = {run for run in found if run.isascii() and run.isalpha() and len(run) <= LONGEST_WORD}
    made: set[str] = set()
    for run in found - words:
        for part in (run,) if run.isascii() else _RUN.findall(run):
            if is_word(part):
                words.add(part)
            else:
                made.update(grams(part))
    return words, made
