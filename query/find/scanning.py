"""From the text of a question to tokens: quoted texts, operators, times, quantities, the words of the lexicon, names.

Every character that is not a space belongs to a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from . import moments, quantities
from .lexicon import WORDS
from .members import members_of
from .spans import Calendar
from .trouble import Trouble
from .word import Word

LONGEST = 2_000
"""Characters of a question."""

QUOTED = re.compile(r"""(?<!\w)(?:"([^"]*)"|'([^']*)'(?!\w)|“([^”]*)”|„([^“”]*)[“”]|‘([^’]*)’|«([^»]*)»)""")  # noqa: RUF001
OPERATOR = re.compile(
    r"""(?P<minus>-)?(?P<key>[A-Za-z_][\w.\-]*):(?!//)(?P<operator>>=|<=|<>|!=|!|=|>|<)?"""
    r"""(?P<value>\([^()]*\)|(?:"[^"]*"|'[^']*'|[^\s,;()]+)(?:,(?![A-Za-z_][\w.\-]*:)(?:"[^"]*"|'[^']*'|[^\s,;()]+))*)"""
)
LINK = re.compile(r"and|or")
THAN = re.compile(r"\s+than\b|\s*[$.]?\d")
"""What makes "or longer" the beginning of another clause."""
METADATA = re.compile(r"metadata\.(?=[^\s.])")
MEMBER = re.compile(
    r"""metadata\s*(?:->>?\s*'(?P<arrow>[^']+)'|\[\s*(?P<quote>["'])(?P<bracket>[^"']+)(?P=quote)\s*\])""",
    re.IGNORECASE,
)
"""Metadata as SQL and programs write it."""
PATH = re.compile(r"[\w\-]+(?:\.[\w\-]+)*")
"""A key behind `METADATA`, whatever else it means."""
OBJECT = re.compile(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
"""A JSON object, with others in it at most one deep."""
NON = re.compile(r"non-(?=\w)")
KEY = re.compile(r"""[A-Za-z_][\w.\-]*(?=(?:!=|>=|<=|<>|==|=|<|>)[\w"'$.“‘-])""")  # noqa: RUF001
NAME = re.compile(r"""[^\s,;()"“”]+""")


class _Entry(NamedTuple):
    kind: str
    value: object


def scan(text: str, calendar: Calendar) -> Iterator[Word]:
    """Yield the tokens of a question. Raises Trouble."""
    if len(text) > LONGEST:
        raise Trouble(f"a question has at most {LONGEST} characters, this one has {len(text)}", f"{text[:20]}…")
    lower = text.lower()
    if len(lower) != len(text):  # a letter that grows in lower case: give up on case rather than on places
        lower = text
    lower = lower.replace("’", "'")  # noqa: RUF001
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        for word in _next(text, lower, place, calendar):
            yield replace(word, text=text[word.start : word.end].strip())
            place = word.end


def _next(text: str, lower: str, place: int, calendar: Calendar) -> tuple[Word, ...]:
    """Return the token at a place; "100-300 ms" is three."""
    if said := _sign_or_time(text, lower, place, calendar):
        return (said,)
    if member := MEMBER.match(text, place):
        group = "arrow" if member["arrow"] else "bracket"
        start = member.start(group)
        return (Word("METADATA", None, place, start), Word("WORD", member[group], start, member.end()))
    if bounds := quantities.bounds(lower, place):
        low, start, high = bounds
        return (
            Word("QUANTITY", low.quantity, place, low.end),
            Word("FILLER", None, low.end, start),
            Word("QUANTITY", high.quantity, start, high.end),
        )
    return (_word(text, lower, place),)


def _sign_or_time(text: str, lower: str, place: int, calendar: Calendar) -> Word | None:
    if quoted := QUOTED.match(text, place):
        inside = next(group for group in quoted.groups() if group is not None)
        return Word("STRING" if inside.strip() else "EMPTY", inside, place, quoted.end())
    if lower.endswith("metadata.", 0, place) and (path := PATH.match(text, place)):
        return Word("WORD", path[0], place, path.end())
    if operator := OPERATOR.match(text, place):
        return Word("OPERATOR", operator, place, operator.end())
    if braces := OBJECT.match(text, place):
        members = members_of(braces[0])
        return Word("OBJECT" if members else "VAGUE", members, place, braces.end())
    if moment := moments.find(calendar, lower, place):
        return Word("RANGE", moment.range, place, moment.end)
    if vague := moments.VAGUE.match(lower, place):
        return Word("VAGUE", None, place, vague.end())
    return None


def _word(text: str, lower: str, place: int) -> Word:
    if amount := quantities.find(lower, place):
        return Word("QUANTITY", amount.quantity, place, amount.end)
    if prefix := METADATA.match(lower, place):
        return Word("METADATA", None, place, prefix.end())
    if text[place] == "!" and text[place + 1 : place + 2].isalpha():
        return Word("NOT", None, place, place + 1)
    pattern, entries = _lexicon()
    if known := pattern.match(lower, place):
        entry = entries[" ".join(known[0].split())]
        if (
            entry.kind in ("OR_MORE", "OR_LESS")
            and (link := LINK.match(lower, place))
            and THAN.match(lower, known.end())
        ):
            return Word(link[0].upper(), None, place, link.end())
        return Word(entry.kind, entry.value, place, known.end())
    if text[place] == "-" and not text[place + 1 : place + 2].strip():
        return Word("FILLER", None, place, place + 1)
    if text[place] == "-" and text[place + 1].isalpha():
        return Word("NOT", None, place, place + 1)
    if text[place] in "[]":
        return Word("OPEN" if text[place] == "[" else "CLOSE", None, place, place + 1)
    if negation := NON.match(lower, place):
        return Word("NOT", None, place, negation.end())
    if key := KEY.match(text, place):
        return Word("WORD", key[0], place, key.end())
    if name := NAME.match(text, place):
        bare = name[0].rstrip(".?!:'’") or name[0]  # noqa: RUF001
        bare = bare if "[" in bare else bare.rstrip("]") or bare
        owner = bare.removesuffix("'s").removesuffix("’s")  # noqa: RUF001
        kind = "WORD" if any(map(str.isalnum, bare)) else "VAGUE"
        return Word(kind if owner in ("", bare) else "OWNER", owner or bare, place, place + len(bare))
    return Word("WORD", text[place], place, place + 1)


@cache
def _lexicon() -> tuple[re.Pattern[str], dict[str, _Entry]]:
    """One pattern for all phrases, the longest first; of two kinds for one phrase the first of the table."""
    entries: dict[str, _Entry] = {}
    for kind, phrases in WORDS.items():
        for phrase, value in phrases.items():
            entries.setdefault(phrase, _Entry(kind, value))
    longest_first = sorted(entries, key=len, reverse=True)
    words = "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in longest_first if one[-1].isalnum())
    signs = "|".join(re.escape(one) for one in longest_first if not one[-1].isalnum())
    return re.compile(rf"(?:{words})(?![\w@/-]|\.\w|'\w)|(?:{signs})"), entries
