"""What tokens are once their neighbours are known: values that look like other words, lists of values, fillers.

A token is kept or is a filler, never lost.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from . import quantities
from .lexicon import ENVIRONMENTS
from .operators import known
from .trouble import Trouble
from .word import Values, Word

DEEPEST = 20
"""Parentheses within each other."""

NAMES = frozenset({"WORD", "STRING"})
NOUNS = frozenset({"NOUN", "KIND", "TRACE", "SESSION", "USER"})
COUNTABLE = NOUNS | {"COUNTED", "MEASURE"}
TAKE_VALUES = frozenset({
    "TAG", "NAMED", "BY", "FOR", "FROM", "IN", "DID", "USER", "SESSION", "TRACE", "ENVIRONMENT", "USING", "VERSION",
    "RELEASE", "PROMPT", "LEVEL", "TYPE", "CONTAINING", "STARTS", "ENDS", "IS", "EQ", "NE",
})  # fmt: skip
"""Tokens behind which several names make one list of values."""
TAKE_ANY_WORD = frozenset({"TAG", "NAMED", "CONTAINING", "STARTS", "ENDS"})
"""Tokens whose next word is a value even where the lexicon knows it, but for what may stand between them."""
BETWEEN_THEM = frozenset({"WORD", "STRING", "QUANTITY", "IS", "EQ", "NE", "FILLER", "NOT", "CONTAINING", "STARTS",
                          "ENDS", "EMPTY"})  # fmt: skip
PHRASES = frozenset({"NAMED", "CONTAINING", "STARTS", "ENDS"})
"""Tokens whose value may be several words."""
REPEATED = frozenset({"TAG", "BY", "FOR", "FROM", "IN", "USER", "NAMED", "USING"})
"""Tokens that "X but not Y" means twice."""
DIMENSIONS = frozenset({"TAG", "NAMED", "USING", "ENVIRONMENT", "VERSION", "RELEASE", "TYPE", "LEVEL", "PROMPT"})
CONNECTIVES = frozenset(
    ["that", "which", "who", "whom", "whose", "with", "have", "has", "had", "having", "where", "when", "from"]
)
BEFORE_IS = frozenset({"WORD", "STRING", "MEASURE", "SCORE", "METADATA", "ENVIRONMENT", "TAG", "NAMED", "USING",
                       "VERSION", "RELEASE", "PROMPT", "LEVEL", "TYPE", "USER", "SESSION", "TRACE", "COUNTED",
                       "TEXTUAL"})  # fmt: skip
AFTER_IS = frozenset({"WORD", "STRING", "QUANTITY", "VALUES", "BETWEEN"})
BEFORE_OF = frozenset({"MEASURE", "SCORE", "COUNTED", "LEVEL", "TYPE", "VERSION", "ENVIRONMENT", "RELEASE", "NAMED"})
BEFORE_UNLIKE = frozenset({"CMP", "THAN", "BETWEEN"})
FOLLOWED_BY_MORE = frozenset({"CMP", "EQ", "NE", "IS", "SCORE", "BETWEEN"})
STATES = frozenset({"COUNTED", "FAILED"})
TEXT_NOUNS = frozenset(["text", "word", "words", "phrase", "string"])
DIGIT = re.compile(r"[-$.]?\d")


class Settled(NamedTuple):
    """The tokens that the grammar reads, and those that say nothing."""

    words: list[Word]
    fillers: list[Word]


def settle(scanned: list[Word], text: str) -> Settled:
    """Return the tokens of a question for the grammar. Raises Trouble."""
    fillers: list[Word] = []
    words = _balanced(_lists(_values(scanned, text, fillers), fillers))
    return Settled(words, fillers)


def _values(words: list[Word], text: str, fillers: list[Word]) -> list[Word]:
    """Take values that look like other words for what they are, and set apart what says nothing."""
    kept: list[Word] = []
    place = 0
    while place < len(words):
        word = words[place]
        place += 1
        before = kept[-1].kind if kept else ""
        if _is_value(word, before):
            word = replace(word, kind="WORD", value=word.text)
        if before in BEFORE_UNLIKE and word.kind == "WORD" and DIGIT.match(word.text):
            raise Trouble("this is no number with a unit that is known", quantities.like(text, word.start))
        if before in PHRASES and word.kind == "WORD":
            if before == "CONTAINING" and word.text.lower() in TEXT_NOUNS and _is(words, place, NAMES):
                fillers.append(word)
                continue
            last = word
            while place < len(words) and _goes_on(words[place]):
                last = words[place]
                place += 1
            if last is not word:
                phrase = text[word.start : last.end]
                word = Word("WORD", phrase, word.start, last.end, phrase)
        kind = _kind(word, kept, words[place:])
        if kind:
            kept.append(word if kind == word.kind else replace(word, kind=kind, value=_meant(word, kind)))
        else:
            fillers.append(word)
    return kept


def _kind(word: Word, kept: list[Word], ahead: list[Word]) -> str:
    """Return what kind a token has between its neighbours, "" for one that says nothing."""
    before = kept[-1].kind if kept else ""
    after = next((one for one in ahead if one.kind not in ("FILLER", "IS")), None)
    following = after.kind if after else ""
    match word.kind:
        case "FILLER":
            if before in TAKE_VALUES and word.text.isalnum() and (not ahead or _joins(ahead[0])):
                return "WORD"  # "tagged a and b"
            return "AND" if word.text.lower() == "to" and before == following == "QUANTITY" else ""
        case "IS":
            return "IS" if before in BEFORE_IS and following in AFTER_IS else ""
        case "NE" if word.text[0].isalpha():
            return "NE" if before in BEFORE_IS and following in AFTER_IS | {"CMP"} else "NOT"
        case "CONTAINING":
            return "" if before == "CONTAINING" else "CONTAINING"
        case "OF":
            if before in BEFORE_OF and following in AFTER_IS:
                return "IS"
            return "FOR" if before in NOUNS and following in NAMES | {"USER"} else ""
        case "WHO":
            return "" if kept else "NOUN"
        case "DID":
            return "DID" if following in NAMES else ""
        case "STARTED" | "ENDED":
            return word.kind if following == "RANGE" else ""
        case "USING":
            if before in ("BY", "PER"):
                return "DIMENSION"
            return "" if following in ("CMP", "QUANTITY", "BETWEEN") and after is not None else "USING"
        case "NOUN":
            if before in ("BY", "FOR", "FROM", "FOR") and word.value == "users" and following in NAMES:
                return "USER"
            return "DIMENSION" if before == "PER" else "NOUN"
        case "SUPERLATIVE":
            if word.text.lower() == "first" and before in ("SUPERLATIVE", "ASCENDING", "DESCENDING"):
                return ""
            last = word.text.lower() in ("last", "first") and following not in NOUNS | STATES | {
                "QUANTITY",
                "SUCCEEDED",
            }
            return "WORD" if last else "SUPERLATIVE"
        case "COMMA":
            compared = len(kept) > 1 and kept[-2].kind in ("CMP", "EQ", "AND")
            return "AND" if before == "QUANTITY" and compared and following in COUNTABLE else "COMMA"
        case "USER" | "SESSION" | "TRACE" | "KIND":
            clause_follows = word.kind != "KIND" and _connects(ahead)  # "the session that …", "the user who …"
            return "DIMENSION" if before == "PER" else "NOUN" if clause_follows else word.kind
        case "IN" | "FOR" | "FROM" | "BY":
            return "" if _connects(ahead) else word.kind
    if word.kind in DIMENSIONS and (before == "PER" or (before == "BY" and following not in NAMES)):
        return "DIMENSION"
    return word.kind


def _connects(ahead: list[Word]) -> bool:
    return bool(ahead) and ahead[0].text.lower() in CONNECTIVES


def _meant(word: Word, kind: str) -> object:
    if kind == "WORD":
        return word.text
    if kind == "IS":
        return "="
    return "users" if word.kind == "WHO" else word.value


def _is_value(word: Word, before: str) -> bool:
    """Say whether a token that looks like something else is what the one before it is about."""
    if before in TAKE_ANY_WORD:
        return word.kind not in BETWEEN_THEM and not _closes(word)
    unknown = word.kind == "OPERATOR" and not known(word)
    return before in TAKE_VALUES and (word.kind == "OWNER" or unknown)


def _closes(word: Word) -> bool:
    return word.kind in ("OPEN", "CLOSE", "COMMA")


def _joins(word: Word) -> bool:
    return word.kind in ("COMMA", "AND", "OR")


def _is(words: list[Word], place: int, kinds: frozenset[str]) -> bool:
    return place < len(words) and words[place].kind in kinds


def _goes_on(word: Word) -> bool:
    return word.kind == "WORD" or (
        word.kind == "FILLER" and word.text.lower() not in CONNECTIVES and word.text.isalpha()
    )


def _lists(words: list[Word], fillers: list[Word]) -> list[Word]:
    """Make lists of values one token, and set the other commas apart."""
    folded: list[Word] = []
    place = 0
    while place < len(words):
        word = words[place]
        place += 1
        before = folded[-1] if folded else None
        if word.kind == "COMMA":
            fillers.append(word)
            continue
        counted = before and before.kind in ("QUANTITY", "OR_MORE", "OR_LESS")
        takes = NAMES if before and before.kind in TAKE_VALUES else frozenset() if counted else STATES
        if word.kind in takes:
            several, every = [word], True
            while (link := _link(words, place, takes)) is not None:
                every = every and all(one.kind != "OR" for one in words[place:link])
                several.append(words[link])
                place = link + 1
            if len(several) > 1:
                values = Values(tuple(str(one.value) for one in several), every)
                word = replace(word.to(several[-1]), kind="VALUES" if takes is NAMES else "STATES", value=values)
        folded.append(word)
        if before and before.kind in REPEATED and word.kind in (*NAMES, "VALUES"):
            place = _repeat(words, place, before, folded, fillers)
    return folded


def _link(words: list[Word], place: int, kinds: frozenset[str]) -> int | None:
    """Return where the next value of a list stands, None where the list has ended."""
    link = place
    while link < len(words) and _joins(words[link]) and link < place + 2:
        link += 1
    if link == place or not _is(words, link, kinds):
        return None
    return None if _is(words, link + 1, FOLLOWED_BY_MORE) else link


def _repeat(words: list[Word], place: int, head: Word, folded: list[Word], fillers: list[Word]) -> int:
    """Read "tagged a but not b" as "tagged a and not tagged b"; return where to go on."""
    link = place
    while link < len(words) and _joins(words[link]):
        link += 1
    if not (_is(words, link, frozenset({"NOT"})) and _is(words, link + 1, NAMES)):
        return place
    value = words[link + 1]
    if _is(words, link + 2, FOLLOWED_BY_MORE) or (head.kind != "TAG" and value.text.lower() in ENVIRONMENTS):
        return place
    fillers.extend(words[place:link])
    folded.extend((words[link], replace(head, start=value.start, end=value.start, text=""), value))
    return link + 2


def _balanced(words: list[Word]) -> list[Word]:
    """Return the tokens with those parentheses that have no partner as unknown ones. Raises Trouble for deep ones."""
    opened: list[int] = []
    alone: set[int] = set()
    for place, word in enumerate(words):
        if word.kind == "OPEN":
            opened.append(place)
            if len(opened) > DEEPEST:
                raise Trouble(f"at most {DEEPEST} parentheses within each other", word.text)
        elif word.kind == "CLOSE" and opened:
            opened.pop()
        elif word.kind == "CLOSE":
            alone.add(place)
    alone.update(opened)
    return [replace(word, kind="VAGUE") if place in alone else word for place, word in enumerate(words)]
