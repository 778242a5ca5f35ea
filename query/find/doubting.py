"""Phrases that are half known, and so say nothing at all: "about 5 seconds", "not slow", "scored by bob".

To read the half that is known would answer another question.
"""

from __future__ import annotations

from .lexicon import ENVIRONMENTS, MODELS
from .neighbours import COMPARED, ORDERED, PARTIAL, SIGNS, VALUES, Words, kind_at, left_out
from .word import Quantity, Word

NOUNS = frozenset({"NOUN", "KIND", "TRACE", "SESSION", "USER"})
JUDGED = frozenset(["good", "bad", "high", "low", "poor", "great", "better", "worse", "best", "worst", "top", "many"])
BEST = frozenset(["best", "worst", "top"])
APPROXIMATELY = frozenset(["about", "approx", "approximately", "around", "roughly", "circa", "nearly", "almost", "~"])


def some_metadata(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "metadata contains pro": of which key is not said."""
    if kind_at(words, place + 1) not in PARTIAL or kind_at(words, place + 2) not in VALUES - {"OBJECT"}:
        return None
    return left_out(words, place, place + 2)


def garbled(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "cost roughly $3": what stands between says how they are compared, and is not known."""
    behind = place + 1
    while kind_at(words, behind) == "WORD" and behind < place + 4:
        behind += 1
    if behind == place + 1 or kind_at(words, behind) != "QUANTITY":
        return None
    return left_out(words, place, behind)


def not_best(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "not slow": of what is not the best nothing is known."""
    if kind_at(words, place + 1) != "SUPERLATIVE":
        return None
    return left_out(words, place, place + 1)


def scored_by(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "scored by bob": who scored is not known."""
    if kind_at(words, place + 1) != "BY" or kind_at(words, place + 2) not in VALUES:
        return None
    return left_out(words, place, place + 2)


def the_unknown(words: Words, place: int, fillers: Words, text: str) -> int | None:
    """ "by the agent", "from the future", "on weekdays": no name of anybody or anything."""
    if kind_at(words, place + 1) != "WORD" or kind_at(words, place + 2) in ("ENVIRONMENT", "EQ", "NE", "CMP", "SCORE"):
        return None
    word = words[place + 1]
    name, between = word.text.lower(), text[words[place].end : word.start].split()
    known = name in ENVIRONMENTS or name.startswith(MODELS) or len(name) == 32
    on = words[place].text.lower() == "on" and name.isalpha()
    scored = any(one.kind == "SCORED" for one in words[max(0, place - 4) : place])
    anything = words[place].kind == "DID" and bool(between)  # "did anything stall"
    if known or scored or not (on or (between and between[-1].lower() in ("the", "a", "an")) or anything):
        return None
    return left_out(words, place, place + 1)


def of_a_kind(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "by premium users": users of a kind."""
    if (kind_at(words, place + 1), kind_at(words, place + 2)) != ("WORD", "NOUN"):
        return None
    return left_out(words, place, place + 2) if words[place + 2].value == "users" else None


def since_when(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "since the release on Monday": not on Monday."""
    if (
        words[place].text.lower() not in ("since", "before", "after", "until", "till")
        or kind_at(words, place + 1) != "RANGE"
    ):
        return None
    return left_out(words, place, place + 1)


def about(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "about 5 seconds", "approx. 5s latency": how far from it is not said."""
    if words[place].text.lower() not in APPROXIMATELY or kind_at(words, place + 1) != "QUANTITY":
        return None
    last = place + 2 if kind_at(words, place + 2) in ("MEASURE", "COUNTED") else place + 1
    return left_out(words, place, last)


def more_than_other(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "more errors than warnings": two measures are not compared."""
    if words[place].text.lower() not in ("more", "fewer", "less", "most") or place + 3 >= len(words):
        return None
    measured = {words[place + 1].kind, words[place + 3].kind} <= ORDERED
    if not measured or words[place + 2].text.lower() not in ("than", "then", "as"):
        return None
    return left_out(words, place, place + 3)


def using_something(words: Words, place: int, fillers: Words, text: str) -> int | None:
    """ "used tool search_web", "using an openai model": no name of a model."""
    if kind_at(words, place + 1) == "KIND":
        return left_out(words, place, place + 1 + (kind_at(words, place + 2) in ("WORD", "STRING")))
    if (kind_at(words, place + 1), kind_at(words, place + 2)) != ("WORD", "USING"):
        return None
    if words[place + 1].text.lower().startswith(MODELS) or words[place + 2].text.lower() not in ("model", "models"):
        return None
    return None if kind_at(words, place + 3) in VALUES | SIGNS else left_out(words, place, place + 2)


def that_called(words: Words, place: int, fillers: Words, text: str) -> int | None:
    """ "traces that called search_web" did something, and are not called so."""
    said = text[: words[place].start].lower().split()
    if words[place].text.lower() != "called" or not said or said[-1] not in ("that", "which", "who"):
        return None
    if kind_at(words, place + 1) not in VALUES:
        return None
    return left_out(words, place, place + 1)


def the_best_other(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "the user with the slowest session", "traces in the longest session": the best row of another view."""
    nouns = [one for one in words[:place] if one.kind in ("NOUN", "KIND")]
    if not nouns or kind_at(words, place + 1) not in NOUNS or _view(words[place + 1]) in map(_view, nouns):
        return None
    return left_out(words, place - (kind_at(words, place - 1) in ("IN", "FOR", "FROM", "BY", "SORTED")), place + 1)


def _view(noun: Word) -> object:
    return "observations" if noun.kind == "KIND" else noun.value


def others_measured(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "users with sessions longer than 10 minutes": how long sessions are is no matter of the users' row."""
    nouns = [one for one in words[:place] if one.kind in ("NOUN", "KIND")]
    if not nouns or _view(words[place]) in map(_view, nouns):
        return None
    last = place + 1
    measured = kind_at(words, last) in ("MEASURE", "COUNTED")
    last += measured
    if kind_at(words, last) not in ("CMP", "THAN", "EQ") or kind_at(words, last + 1) != "QUANTITY":
        return None
    quantity = words[last + 1].value
    if not measured and isinstance(quantity, Quantity) and quantity.unit == "number":
        return None  # "users with sessions > 3"
    return left_out(words, place, last + 1)


def no_owner(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "the most expensive session's traces", "the user's traces": nobody's name."""
    if str(words[place].value).lower() not in ("session", "conversation", "trace", "user", "customer", "observation"):
        return None
    return left_out(words, place - (kind_at(words, place - 1) == "SUPERLATIVE"), place)


def how_scored(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "a good score", "the lowest relevance score": no name of a score, nor one with it at all."""
    if words[place].kind == "WORD" and words[place].text.lower() not in JUDGED:
        return None
    last = place + 1 + (kind_at(words, place + 1) in ("WORD", "STRING"))
    if kind_at(words, last) != "SCORE" or kind_at(words, last + 1) in COMPARED | SIGNS:
        return None
    return left_out(words, place, last)


def by_score(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "best traces by relevance", "top 5 traces by relevance score": an order that there is none of, and no user."""
    if kind_at(words, place + 1) not in ("WORD", "STRING"):
        return None
    if kind_at(words, place + 2) == "SCORE":
        if kind_at(words, place + 3) not in COMPARED | SIGNS:
            return left_out(words, place, place + 2)
        fillers.append(words.pop(place))  # "by relevance score > 0.9"
        return place
    before = {one.text.lower() for one in words[:place] if one.kind in ("WORD", "TOP")}
    best = any(one.kind in ("SUPERLATIVE", "EXTREME") for one in words)
    return None if best or before.isdisjoint(BEST) else left_out(words, place, place + 1)


def of_whom(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "user feedback score > 3": a score's name of two words wants quotation marks."""
    if (kind_at(words, place + 1), kind_at(words, place + 2)) != ("WORD", "SCORE"):
        return None
    if kind_at(words, place + 3) not in COMPARED:
        return None
    last = place + 2
    while kind_at(words, last + 1) in COMPARED | {"WORD"} and last < place + 5:
        last += 1
    return left_out(words, place, last)
