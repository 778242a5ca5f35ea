"""What tokens are once their neighbours are known: values that look like other words, lists of values, fillers.

A token is kept or is a filler, never lost.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from . import quantities
from .checking import check_units
from .lexicon import ENVIRONMENTS
from .operators import known
from .rephrasing import rephrase
from .trouble import Trouble
from .word import Values, Word

DEEPEST = 20
"""Parentheses within each other."""

NAMES = frozenset({"WORD", "STRING"})
NOUNS = frozenset({"NOUN", "KIND", "TRACE", "SESSION", "USER"})
COUNTABLE = NOUNS | {"COUNTED", "MEASURE"}
TAKE_VALUES = frozenset({
    "TAG", "NAMED", "BY", "FOR", "FROM", "IN", "DID", "USER", "SESSION", "TRACE", "ENVIRONMENT", "USING", "VERSION",
    "RELEASE", "PROMPT", "LEVEL", "TYPE", "CONTAINING", "STARTS", "ENDS", "IS", "EQ", "NE", "ID", "PART",
})  # fmt: skip
"""Tokens behind which several names make one list of values."""
TAKE_ANY_WORD = frozenset({"TAG", "NAMED", "CONTAINING", "STARTS", "ENDS", "PART"})
"""Tokens whose next word is a value even where the lexicon knows it, but for what may stand between them."""
BEHIND_TAGS = frozenset({"AND", "OR", "BY", "FOR", "FROM", "IN", "PER", "SORTED", "RANGE", "MISSING", "OWNER", "NOUN",
                         "STARTED", "ENDED", "VAGUE"})  # fmt: skip
"""What is not the value of "tagged", "with tags": these stand alone then."""
LINKS = frozenset(["to", "-", "–", "—"])  # noqa: RUF001
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
                       "TEXTUAL", "ID"})  # fmt: skip
AFTER_IS = frozenset({"WORD", "STRING", "QUANTITY", "VALUES", "BETWEEN", "OBJECT"})
BEFORE_OF = frozenset({"MEASURE", "SCORE", "COUNTED", "LEVEL", "TYPE", "VERSION", "ENVIRONMENT", "RELEASE", "NAMED"})
BEFORE_UNLIKE = frozenset({"CMP", "THAN", "BETWEEN"})
FOLLOWED_BY_MORE = frozenset({"CMP", "EQ", "NE", "IS", "SCORE", "BETWEEN"})
STATES = frozenset({"COUNTED", "FAILED"})
KINDS = frozenset({"KIND"})
HELD_STATES = frozenset(["errors", "warnings", "failures", "exceptions"])
"""What is there where something "contains errors"."""
CONTAINS = frozenset(["contains", "contain", "containing"])
PARTS = frozenset({"USER", "SESSION", "TRACE", "ID", "USING", "ENVIRONMENT", "VERSION", "RELEASE"})
"""Fields that begin with, end with or contain something: a PART of them is looked for."""
OWNED = frozenset({"USER", "SESSION", "TRACE"})
KEY_KINDS = frozenset({"USER", "SESSION", "TRACE", "NOUN", "KIND", "NAMED", "USING", "VERSION", "RELEASE", "LEVEL",
                       "ENVIRONMENT", "TYPE", "TAG", "MEASURE", "COUNTED", "TEXTUAL", "PROMPT", "ID", "WHEN",
                       "SCORE"})  # fmt: skip
"""What names a key of metadata where one is expected."""
NO_KEYS = frozenset(["tagged", "named", "called", "using", "used", "uses", "use", "labelled", "labeled"])
TEXT_NOUNS = frozenset(["text", "word", "words", "phrase", "string"])
DIGIT = re.compile(r"[-$.]?\d")


class Settled(NamedTuple):
    """The tokens that the grammar reads, and those that say nothing."""

    words: list[Word]
    fillers: list[Word]


def settle(scanned: list[Word], text: str) -> Settled:
    """Return the tokens of a question for the grammar. Raises Trouble."""
    fillers: list[Word] = []
    words = _balanced(rephrase(_lists(_values(scanned, text, fillers), fillers), fillers, text))
    check_units(words, text)
    return Settled(words, fillers)


def _values(words: list[Word], text: str, fillers: list[Word]) -> list[Word]:
    """Take values that look like other words for what they are, and set apart what says nothing."""
    kept: list[Word] = []
    place = 0
    while place < len(words):
        word = words[place]
        place += 1
        before = kept[-1].kind if kept else ""
        if _is_value(word, kept, words[place:]):
            owner = word.kind == "OWNER" and before in OWNED
            word = replace(word, kind="WORD", value=word.value if owner else word.text)
        if before in BEFORE_UNLIKE and word.kind == "WORD" and DIGIT.match(word.text):
            raise Trouble("this is no number with a unit that is known", quantities.like(text, word.start))
        if before in PHRASES and word.kind == "WORD":
            if before == "CONTAINING" and word.text.lower() in TEXT_NOUNS and _is(words, place, NAMES):
                fillers.append(word)
                continue
            last = word
            while place < len(words) and _goes_on(words[place], words[place + 1 : place + 2]):
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
            ends = not ahead or _joins(ahead[0]) or ahead[0].kind == "NOT"
            if before in TAKE_VALUES and word.text.isalnum() and ends:
                return "WORD"  # "tagged a and b"
            if word.text.isalnum() and before in ("OPEN", "COMMA") and ahead and ahead[0].kind in ("COMMA", "CLOSE"):
                return "WORD"  # "tags in (a, b)"
            if word.text.lower() == "ok" and ahead and ahead[0].kind in ("SCORE", "EQ", "NE"):
                return "WORD"  # "with an ok score"
            if ends and word.text.isalnum() and _continues(kept, bool(ahead)):
                return "WORD"  # "named chat or search"
            if word.text.lower() == "like" and before in (*PARTS, "NAMED", "TAG", "TEXTUAL") and following in NAMES:
                return "LIKE"
            return "AND" if word.text.lower() in LINKS and before == following == "QUANTITY" else ""
        case "IS":
            if before == "METADATA" and following != "OBJECT":
                return ""
            return "IS" if before in ("NAMED", "TYPE") or (before in BEFORE_IS and following in AFTER_IS) else ""
        case "NE" if word.text[0].isalpha() or before in NOUNS | {""}:
            return "NE" if before == "NAMED" or (before in BEFORE_IS and following in AFTER_IS | {"CMP"}) else "NOT"
        case "CONTAINING":
            has_errors = following == "COUNTED" and after is not None and after.text.lower() in HELD_STATES
            if before == "CONTAINING" or (word.text.lower() in CONTAINS and (has_errors or _counts(ahead))):
                return ""
            return "PART" if before in PARTS and word.text.lower() in CONTAINS else "CONTAINING"
        case "STARTS" | "ENDS":
            return "PART" if before in (*PARTS, "TAG") else word.kind
        case "OF":
            if before == "COUNTED" and following in NAMES:
                return "FOR"  # "errors of alice"
            if before in BEFORE_OF and following in AFTER_IS:
                return "IS"
            return "FOR" if before in NOUNS | {"FAILED"} and following in NAMES | {"USER"} else ""
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
            another = before in ("BY", "FOR", "FROM", "IN") or any(one.kind == "NOUN" for one in kept)
            if another and word.value in ("users", "sessions") and following in NAMES:
                return "USER" if word.value == "users" else "SESSION"
            return "DIMENSION" if before == "PER" else "NOUN"
        case "SUPERLATIVE":
            if word.text.lower() == "first" and before in ("SUPERLATIVE", "ASCENDING", "DESCENDING"):
                return ""
            if word.text.lower() == "last" and following in ("THAN", "CMP"):
                return ""  # "sessions that last longer than an hour"
            if word.text.lower() == "first" and following == "" and any(one.kind == "SUPERLATIVE" for one in kept):
                return ""  # "latest sessions first"
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
            operator = bool(ahead) and ahead[0].kind == "OPERATOR"
            return "" if operator or _connects(ahead) or (word.kind == "IN" and following == "USING") else word.kind
    if word.kind in DIMENSIONS and (before == "PER" or (before == "BY" and following not in NAMES)):
        return "DIMENSION"
    return word.kind


def _continues(kept: list[Word], goes_on: bool) -> bool:
    """Say whether another value of a list may follow: behind an "or", and behind a comma where yet another follows."""
    if len(kept) < 3 or kept[-3].kind not in TAKE_VALUES or kept[-2].kind not in NAMES:
        return False
    return kept[-1].kind in ("AND", "OR") or (kept[-1].kind == "COMMA" and goes_on)


def _connects(ahead: list[Word]) -> bool:
    return bool(ahead) and ahead[0].text.lower() in CONNECTIVES


def _meant(word: Word, kind: str) -> object:
    if kind == "WORD":
        return word.text
    if kind == "IS":
        return "="
    return "users" if word.kind == "WHO" else word.value


def _is_value(word: Word, kept: list[Word], ahead: list[Word]) -> bool:
    """Say whether a token that looks like something else is what the ones before it are about."""
    before, first = kept[-1].kind if kept else "", kept[-2].kind if len(kept) > 1 else ""
    if before == "METADATA":  # "metadata customer acme", "metadata key name"
        return word.kind in KEY_KINDS and " " not in word.text and word.text.lower() not in NO_KEYS
    if before in ("EQ", "NE", "IS") and first in ("NAMED", "TAG"):
        before = "NAMED"
    elif before in ("EQ", "NE") and first in ("WORD", "STRING"):
        return word.kind in KEY_KINDS | {"PUBLIC", "BOOKMARKED", "FAILED"} and " " not in word.text
    if before == "CONTAINING" and _counts([word, *ahead]):
        return False
    typed = before == "TYPE" or (before in ("IS", "EQ", "NE") and first == "TYPE")
    if typed and word.kind == "KIND" and " " not in word.text:
        return True
    if before == "TAG" and word.kind in BEHIND_TAGS:
        return False
    if before in TAKE_ANY_WORD:
        return word.kind not in BETWEEN_THEM and not _closes(word)
    unknown = word.kind == "OPERATOR" and not known(word)
    return before in TAKE_VALUES and (word.kind == "OWNER" or unknown)


def _counts(ahead: list[Word]) -> bool:
    """Say whether a number of something follows: "sessions containing more than 10 traces"."""
    kinds = [one.kind for one in ahead if one.kind != "FILLER"][:3]
    if kinds[:1] in (["CMP"], ["BETWEEN"]):
        return kinds[1:2] == ["QUANTITY"]
    return kinds[:1] == ["QUANTITY"] and bool(kinds[1:]) and kinds[1] in COUNTABLE


def _closes(word: Word) -> bool:
    return word.kind in ("OPEN", "CLOSE", "COMMA")


def _joins(word: Word) -> bool:
    return word.kind in ("COMMA", "AND", "OR")


def _is(words: list[Word], place: int, kinds: frozenset[str]) -> bool:
    return place < len(words) and words[place].kind in kinds


def _goes_on(word: Word, behind: list[Word]) -> bool:
    if word.kind == "TOP":  # "rate limit", but not "limit 5"
        return not behind or behind[0].kind != "QUANTITY"
    if word.kind == "COUNTED":  # "connection error", but not "refund errors"
        return word.text.lower() in ("error", "failure", "exception", "warning", "token")
    if word.kind == "QUANTITY":  # "error code 503", but not "refund 5 times"
        return word.text.isdigit() and (not behind or behind[0].kind not in COUNTABLE | {"WORD", "FILLER"})
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
        takes = KINDS if word.kind == "KIND" and before is None else takes
        if word.kind in takes:
            several, every = [word], True
            while (link := _link(words, place, takes)) is not None:
                every = every and all(one.kind != "OR" for one in words[place:link])
                several.append(words[link])
                place = link + 1
            if len(several) > 1:
                values = Values(tuple(str(one.value) for one in several), every)
                kind = {NAMES: "VALUES", KINDS: "KIND"}.get(takes, "STATES")
                word = replace(word.to(several[-1]), kind=kind, value=values)
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
