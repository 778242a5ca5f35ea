"""Fields without a value behind them: "without tags", "with a cost", "with a user but no session", "no name"."""

from __future__ import annotations

from dataclasses import replace

from .neighbours import COMPARED, HAVING, SIGNS, VALUES, Words, kind_at, put

FIELDS = {"TAG": "tag", "NAMED": "name", "USING": "model", "VERSION": "version", "RELEASE": "release",
          "METADATA": "metadata", "SCORE": "score"}  # fmt: skip
"""What "without a version" has none of, and "with any version" has one of."""
ALONE = frozenset({"TAG", "METADATA", "SCORE"})
"""Those that need no "a" or "any" before them: "traces with tags"."""
LACKED = frozenset({"HELD", "TEXTUAL", "USER", "SESSION"})


def field(words: Words, place: int, fillers: Words, text: str) -> int | None:
    """ "without tags", "with any version": the field alone, with no value behind it."""
    word, before, after = words[place], kind_at(words, place - 1), kind_at(words, place + 1)
    behind = kind_at(words, place + 2) if after == "NOT" else after
    if before in ("QUANTITY", "CMP", "OR_MORE", "OR_LESS"):  # "more than 3 tags"
        return None
    if after == "IN" and kind_at(words, place + 2) == "OPEN":
        return None
    if behind in VALUES | SIGNS | {"CMP", "BETWEEN"} or (word.kind == "SCORE" and before in ("WORD", "STRING")):
        return None
    if word.kind in ALONE or before in ("NOT", "MISSING") or after in ("MISSING", "EXISTS") or _any(words, place, text):
        words[place] = replace(word, kind="HELD", value=FIELDS[word.kind])
        return place + 1
    return None


def measure(words: Words, place: int, fillers: Words, text: str) -> int | None:
    """ "without cost", "with a cost"; "not cost > 5" is something else."""
    word, before, after = words[place], kind_at(words, place - 1), kind_at(words, place + 1)
    if (word.kind == "COUNTED" and word.value != "tokens") or after in COMPARED | {"EXTREME", "SUPERLATIVE", "PER"}:
        return None
    if (
        before in ("NOT", "MISSING")
        or after in ("MISSING", "EXISTS")
        or (before in ("", "NOUN", "KIND", "AND") and _any(words, place, text))
    ):
        words[place] = replace(word, kind="HELD")
        return place + 1
    return None


def _any(words: Words, place: int, text: str) -> bool:
    """Say whether "a" or "any" stands right before a token."""
    said = text[words[place - 1].end if place else 0 : words[place].start].lower().split()
    return bool(said) and said[-1] in ("a", "an", "any", "some")


def no_noun(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "sessions with no users", "users without traces": a noun behind the noun."""
    if kind_at(words, place + 1) == "NOUN" and any(one.kind in ("NOUN", "KIND") for one in words[:place]):
        noun = words[place + 1]
        words[place + 1] = replace(noun, kind="HELD", value=str(noun.value).removesuffix("s"))
        return place + 2
    return None


def another_noun(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "traces with a user but no session": a noun behind the noun, and no value behind it."""
    if kind_at(words, place - 1) in (
        "",
        "BY",
        "FOR",
        "FROM",
        "IN",
        "PER",
        "AGGREGATE",
        "NOT",
        "MISSING",
        "SUPERLATIVE",
    ):
        return None
    behind = kind_at(words, place + 1)
    if behind not in ("", "AND", "OR", "NOT", "RANGE", "CLOSE") or words[place].kind == "TRACE":
        return None
    if not any(one.kind in ("NOUN", "KIND", "TRACE") for one in words[:place]):
        return None
    words[place] = replace(words[place], kind="HELD", value=str(words[place].value).removesuffix("s"))
    return place + 1


def key(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "where plan is missing", "plan exists": a key of metadata."""
    if kind_at(words, place + 1) not in ("MISSING", "EXISTS") or kind_at(words, place - 1) in HAVING | SIGNS | {
        "METADATA",
        "SCORE",
    }:
        return None
    if kind_at(words, place + 2) in LACKED:
        return None
    words.insert(place, put("METADATA", words[place].start))
    return place + 3


def neither(words: Words, place: int) -> None:
    """ "without input or output" lacks both, and so does "without input and output"."""
    if (
        kind_at(words, place + 2) not in ("AND", "OR")
        or not {kind_at(words, place + 1), kind_at(words, place + 3)} <= LACKED
    ):
        return
    if kind_at(words, place + 4) in VALUES | SIGNS:
        return
    words[place + 2] = replace(words[place + 2], kind="AND")
    words.insert(place + 3, put("NOT", words[place + 3].start))
