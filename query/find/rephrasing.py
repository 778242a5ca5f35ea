"""Phrases whose words stand in another order, or say less, than the grammar's: "in metadata", "no tags", "top users".

Each rule looks at the tokens around one place. Tokens become others or fillers, never lost; a token without letters is
put where the grammar wants one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias, cast

from . import holding
from .doubting import (
    about,
    by_score,
    garbled,
    how_scored,
    more_than_other,
    no_owner,
    not_best,
    of_a_kind,
    of_whom,
    others_measured,
    scored_by,
    since_when,
    some_metadata,
    that_called,
    the_best_other,
    the_unknown,
    using_something,
)
from .lexicon import MODELS, Adjective
from .neighbours import COMPARED, HAVING, ORDERED, PARTIAL, SIGNS, VALUES, Words, kind_at, put
from .spans import Range
from .word import Quantity, Values

CONNECTIVES = frozenset(["that", "which", "who", "with", "having", "where", "used", "use", "using"])
LEVELS = frozenset(["debug", "default", "info"])
"""Levels that are no word of their own elsewhere."""
LINKS = frozenset(["to", "-", "–", "—"])  # noqa: RUF001
NAMES = frozenset({"WORD", "STRING", "VALUES"})
BOUNDS = frozenset({"CMP", "EQ", "AND", "THAN"})


def rephrase(words: Words, fillers: Words, text: str) -> Words:
    """Return the tokens as the grammar expects them; what then says nothing is added to `fillers`."""
    place = 0
    while place < len(words):
        for rule in RULES.get(words[place].kind, ()):
            if (further := rule(words, place, fillers, text)) is not None:
                place = further
                break
        else:
            place += 1
    for place, word in enumerate(words):
        if word.kind == "NOT":
            holding.neither(words, place)
    return words


def _in_metadata(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "plan is pro in metadata", "plan in metadata", "{"plan": "pro"} in metadata"."""
    if kind_at(words, place + 1) != "METADATA" or kind_at(words, place + 2) in VALUES | SIGNS:
        return None
    start = place - 1
    if kind_at(words, start - 1) == "WORD" and words[start - 1].text.lower() in ("key", "field", "attribute"):
        fillers.append(words.pop(start - 1))
        return place - 1
    if kind_at(words, start) != "OBJECT":
        if kind_at(words, start) not in VALUES - {"OWNER"}:
            return None
        signed = start - 1 if kind_at(words, start - 1) in SIGNS | {"CMP"} else start
        if kind_at(words, signed - 1) in ("WORD", "STRING"):
            start = signed - 1
        elif words[start].kind not in ("WORD", "STRING"):
            return None
    key = words[start]
    fillers += words[place : place + 2]
    key = replace(key, kind="WORD") if key.kind == "STRING" else key
    words[start : place + 2] = [put("METADATA", key.start), key, *words[start + 1 : place]]
    return place + 1


def _in_text(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "refund in the output", "containing refund in output"."""
    if kind_at(words, place + 1) != "TEXTUAL" or kind_at(words, place + 2) in SIGNS | {"MISSING"}:
        return None
    if kind_at(words, place - 1) not in ("WORD", "STRING", "VALUES"):
        return None
    start = place - 2 if kind_at(words, place - 2) == "CONTAINING" else place - 1
    at = words[start].start
    sign = words[start] if start < place - 1 else put("CONTAINING", at, "contains")
    fillers += words[place : place + 2]
    words[start : place + 2] = [put("TEXTUAL", at, words[place + 1].value), sign, words[place - 1]]
    return start + 3


def _score_named(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "a score named relevance"."""
    if kind_at(words, place + 1) == "NAMED" and kind_at(words, place + 2) in ("WORD", "STRING"):
        fillers.append(words.pop(place + 1))
        return place + 2
    return None


def _level(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "debug level"."""
    if words[place].text.lower() not in LEVELS or kind_at(words, place + 1) != "LEVEL":
        return None
    if kind_at(words, place + 2) in VALUES | SIGNS | {"COUNTED"}:
        return None
    words[place] = replace(words[place], kind="COUNTED")
    return place + 2


def _top(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "top users by tokens": no number of them."""
    if words[place].text.lower() != "top" or kind_at(words, place + 1) not in ("NOUN", "KIND"):
        return None
    for there in range(place + 2, len(words) - 1):
        if words[there].kind in ("BY", "SORTED") and words[there + 1].kind in ORDERED:
            fillers.append(words.pop(place))
            return place + 1
    return None


def _spenders(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "top 5 spenders" are those who cost most."""
    noun = place + 2 if kind_at(words, place + 1) == "QUANTITY" else place + 1
    if kind_at(words, noun) != "NOUN" or words[noun].text.lower() != "spenders":
        return None
    words[place] = replace(words[place], kind="SUPERLATIVE", value=Adjective("cost", True))
    return noun + 1


def _either_day(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "on Monday and Tuesday" is on either; "since Monday and before Friday" is both."""
    if (kind_at(words, place + 1), kind_at(words, place + 2)) != ("AND", "RANGE"):
        return None
    first, second = (cast(Range, words[at].value) for at in (place, place + 2))
    if not (first.start and first.end and second.start and second.end):
        return None
    if first.start < second.end and second.start < first.end:
        return None
    words[place + 1] = replace(words[place + 1], kind="OR")
    return place + 2


def _limit(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "max 5s latency", "min $1"."""
    sign = {"max": "<=", "min": ">="}.get(words[place].text.lower())
    if sign is None or kind_at(words, place + 1) != "QUANTITY":
        return None
    words[place] = replace(words[place], kind="CMP", value=sign)
    return place + 2


def _kind_named(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "tool search_web", "agent planner"."""
    if words[place].text.lower() not in ("tool", "agent") or kind_at(words, place + 1) not in ("WORD", "STRING"):
        return None
    if kind_at(words, place + 2) in SIGNS | {"CMP", "SCORE"}:
        return None
    if any(one.kind in ("NOUN", "KIND") for one in words[:place]):
        words[place : place + 2] = [replace(words[place].to(words[place + 1]), kind="VAGUE")]
        return place + 1
    words.insert(place + 1, put("NAMED", words[place + 1].start))
    return place + 3


def _tool_or_user(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "tool calls of search_web", "tool calls of alice": either may be meant."""
    tools = kind_at(words, place - 1) == "KIND" and words[place - 1].value == "TOOL"
    if not tools or words[place].text.lower() != "of" or kind_at(words, place + 1) not in NAMES:
        return None
    name = words[place + 1]
    words[place + 2 : place + 2] = [put("OR", name.end), put("NAMED", name.end), name]
    return place + 5


def _like(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "name like 'chat%'", as SQL says it."""
    if kind_at(words, place - 1) not in HAVING or kind_at(words, place + 1) not in ("WORD", "STRING"):
        return None
    value = str(words[place + 1].value)
    inside = value.strip("%")
    if value != inside and inside:
        sign = "contains" if value[0] == value[-1] == "%" else "starts with" if value[-1] == "%" else "ends with"
    else:
        sign = "contains" if value == inside else ""
    kind = {"contains": "CONTAINING", "starts with": "STARTS", "ends with": "ENDS"}.get(sign)
    if kind is None or "%" in inside:
        return None
    part = kind_at(words, place - 1) not in ("NAMED", "TEXTUAL")
    words[place] = replace(words[place], kind="PART" if part else kind, value=sign)
    words[place + 1] = replace(words[place + 1], value=inside)
    return place + 2


def _long(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "at most 5 minutes long"; "5 minutes long" is exactly that."""
    if words[place].text.lower() != "long" or kind_at(words, place - 1) not in ("QUANTITY", "OR_MORE", "OR_LESS"):
        return None
    at = place - 1 if words[place - 1].kind == "QUANTITY" else place - 2
    quantity = words[at].value
    if not isinstance(quantity, Quantity) or quantity.unit != "time":
        return None
    fillers.append(words.pop(place))
    if at == place - 1 and kind_at(words, at - 1) not in BOUNDS:
        words.insert(at, put("EQ", words[at].start, "="))
        return place + 1
    return place


def _in_measure(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "over 5 minutes in length"."""
    if (kind_at(words, place - 1), kind_at(words, place + 1)) != ("QUANTITY", "MEASURE"):
        return None
    if kind_at(words, place + 2) in COMPARED:
        return None
    fillers.append(words.pop(place))
    return place + 1


def _does_not_contain(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "output does not contain sorry", "the name does not start with a"."""
    if kind_at(words, place + 1) not in PARTIAL:
        return None
    start = place - 1
    if kind_at(words, start) not in HAVING and (kind_at(words, start - 1), kind_at(words, start)) == (
        "METADATA",
        "WORD",
    ):
        start -= 1
    elif kind_at(words, start) not in HAVING:
        return None
    words[start : place + 1] = [words[place], *words[start:place]]
    return place + 1


def _status(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "status message "rate limit"" contains that."""
    if kind_at(words, place + 1) != "STRING" or kind_at(words, place - 1) == "IN":
        return None
    words.insert(place + 1, put("CONTAINING", words[place + 1].start, "contains"))
    return place + 3


def _in_list(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "metadata.plan in (pro, free)"."""
    close = place + 2
    while kind_at(words, close) in ("WORD", "STRING"):
        close += 1
    if kind_at(words, place + 1) != "OPEN" or kind_at(words, close) != "CLOSE" or close == place + 2:
        return None
    if kind_at(words, place - 1) not in HAVING | {"WORD", "LEVEL", "TYPE", "PROMPT"}:
        return None
    fillers += [words[place + 1], words[close]]
    several = Values(tuple(str(one.value) for one in words[place + 2 : close]), False)
    listed = replace(words[place + 2].to(words[close - 1]), kind="VALUES", value=several)
    sign = replace(words[place], kind="IS", value="=") if words[place].kind == "IN" else words[place]
    words[place : close + 1] = [sign, listed]
    return place + 2


def _two_bounds(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "2 to 5 traces", "$1-$2" without a "between"."""
    if (kind_at(words, place + 1), kind_at(words, place + 2)) != ("AND", "QUANTITY"):
        return None
    if kind_at(words, place - 1) in ("BETWEEN", "FROM") or words[place + 1].text.lower() not in LINKS:
        return None
    words.insert(place, put("BETWEEN", words[place].start))
    return place + 4


def _mentioning(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "where the user mentioned refund" says who said it, and asks for no user."""
    asked = any(one.kind in ("NOUN", "KIND", "TRACE") for one in words[:place])
    if kind_at(words, place + 1) != "CONTAINING" or not asked:
        return None
    fillers.append(words.pop(place))
    return place + 1


def _no_key(words: Words, place: int, fillers: Words, text: str) -> int | None:
    """ "gpt-4o that used more than 5k tokens": the word before a comparison of something else is no key."""
    word, sign = words[place], kind_at(words, place + 1)
    if sign not in ("CMP", "BETWEEN") or kind_at(words, place - 1) in SIGNS | HAVING | {"METADATA", "SCORE"}:
        return None
    apart = not CONNECTIVES.isdisjoint(text[word.end : words[place + 1].start].lower().split())
    if word.text.lower().startswith(MODELS):
        words.insert(place, put("USING", word.start))
        return place + 2
    if apart and kind_at(words, place - 1) in ("", "NOUN", "KIND"):
        words[place] = replace(word, kind="VAGUE")
    return None


def _had(words: Words, place: int, fillers: Words, text: str) -> int | None:
    """ "the conversation alice had": whose it is, not which."""
    if kind_at(words, place + 1) != "WORD" or kind_at(words, place - 1) in ("IN", "FROM", "FOR", "BY"):
        return None
    behind = text[words[place + 1].end :].split(maxsplit=1)
    if not behind or behind[0].lower() not in ("had", "has", "made", "started"):
        return None
    words[place] = replace(words[place], kind="NOUN")
    words.insert(place + 1, put("BY", words[place + 1].start))
    return place + 3


def _high(words: Words, place: int, fillers: Words, _: str) -> int | None:
    """ "high latency" is the highest first, as "slow" is the slowest."""
    more = {"high": True, "low": False}.get(words[place].text.lower())
    if more is None or kind_at(words, place + 1) not in ("MEASURE", "COUNTED") or kind_at(words, place + 2) in COMPARED:
        return None
    words[place] = replace(words[place], kind="EXTREME", value=more)
    return place + 2


Rule: TypeAlias = Callable[[Words, int, Words, str], "int | None"]
RULES: dict[str, tuple[Rule, ...]] = {
    "IN": (_in_metadata, _in_text, _in_measure, _in_list, the_unknown),
    "FROM": (_in_metadata, of_a_kind, the_unknown),
    "BY": (by_score, of_a_kind, the_unknown),
    "FOR": (_tool_or_user, of_a_kind, the_unknown),
    "DID": (of_a_kind, the_unknown),
    **dict.fromkeys(("EQ", "IS"), (_in_list,)),
    "RANGE": (_either_day,),
    "AGGREGATE": (_limit,),
    "CONTAINING": (about,),
    "NOUN": (others_measured,),
    "OWNER": (no_owner,),
    "KIND": (_kind_named, others_measured),
    "LIKE": (_like,),
    "METADATA": (some_metadata, holding.field),
    "NAMED": (that_called, holding.field),
    "USING": (using_something, holding.field),
    **dict.fromkeys(("TAG", "VERSION", "RELEASE"), (holding.field,)),
    "SCORE": (_score_named, holding.field),
    "MEASURE": (garbled, holding.measure),
    "COUNTED": (holding.measure,),
    "NOT": (holding.no_noun, not_best, _does_not_contain),
    "TEXTUAL": (_status,),
    "QUANTITY": (_two_bounds,),
    "SCORED": (scored_by,),
    "USER": (of_whom, _mentioning, holding.another_noun),
    **dict.fromkeys(("SESSION", "TRACE"), (_had, holding.another_noun)),
    "WORD": (since_when, how_scored, _no_key, _level, holding.key, _high, about, more_than_other),
    "EXTREME": (how_scored, more_than_other),
    "TOP": (how_scored, _spenders, _top),
    "SUPERLATIVE": (_spenders, the_best_other, _long),
}
"""Kind of token -> what is tried at it, in this order; a rule returns where to go on, None where it does not apply."""
