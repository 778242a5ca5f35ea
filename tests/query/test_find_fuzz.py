"""Whatever is typed: an understanding or a refusal, the same each time, and every word is accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidetrace.errors import BadParameter
from sidetrace.query.fields import FIELDS
from sidetrace.query.filters import item_conditions
from sidetrace.query.find import Understanding, understand, words
from sidetrace.query.find.clauses import AllOf, AnyOf, Not
from sidetrace.query.find.lexicon import WORDS
from sidetrace.query.find.parsing import parse
from sidetrace.query.find.scanning import scan
from sidetrace.query.find.settling import settle
from sidetrace.query.find.spans import Calendar
from sidetrace.query.find.trouble import Trouble
from sidetrace.query.find.word import Word

from .find_table import BERLIN, NOW, leaves, rows

SENTENCES = [row.sentence for row in rows()]
PHRASES = st.sampled_from([phrase for phrases in WORDS.values() for phrase in phrases])
NAMES = st.sampled_from(
    ["alice", "user_123", "gpt-4o", "production", "customer.tier", "a", "jane@example.com", "4bf92f35" * 4, "alice's",
     "plan=pro", "non-prod", "metadata.plan", "naïve", "日本", "İ"],
)  # fmt: skip
QUANTITIES = st.sampled_from(
    ["5", "5s", "$0.10", "50 cents", "5k", "1h30m", "half a minute", "three", "-1", "5%", "100k+", "0", "1,000", "2.5"]
)
TIMES = st.sampled_from(
    ["yesterday", "last 24 hours", "since Monday", "on 3 November", "before 2026-11-03", "between 9am and 11am",
     "last night", "2026-11-03T10:00:00Z", "in May", "3/11", "tomorrow"],
)  # fmt: skip
QUOTES = st.sampled_from(['"refund policy"', "'a'", "“b”", "''", '"', "«x»", "\u2018y\u2019"])
OPERATORS = st.sampled_from(
    ["user:alice", "cost:>0.10", "-tag:staging", "tags:(a AND b)", "metadata.plan:pro", "foo:bar", "sort:cost",
     "limit:5", "since:yesterday", "has:error", "scores.x:<1"],
)  # fmt: skip
GARBAGE = st.text(max_size=8)
TYPED = st.lists(st.one_of(PHRASES, PHRASES, NAMES, QUANTITIES, TIMES, QUOTES, OPERATORS, GARBAGE), max_size=14).map(
    " ".join
)
MIXED = st.builds("{} {}".format, st.sampled_from(SENTENCES), st.sampled_from(SENTENCES))
ANY = st.one_of(TYPED, MIXED, st.text(max_size=60))


def answer(text: str) -> Understanding | str:
    try:
        return understand(text, NOW)
    except BadParameter as refused:
        return str(refused)


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_an_understanding_or_a_refusal_and_the_same_each_time(text: str) -> None:
    first = answer(text)
    assert answer(text) == first
    if isinstance(first, Understanding):
        assert words(first, BERLIN).startswith(first.view)
        assert all(part.strip() and part in text for part in first.not_understood)
        for item in leaves(first.filter):
            check(first.view, item)
        if first.order:
            assert first.order[0] in FIELDS[first.view]  # type: ignore[index]
    else:
        assert first.startswith("q: ")


def check(view: Any, item: dict[str, Any]) -> None:
    """Let the filters themselves say whether an item has a column, a type and an operator that go together."""
    if item["column"] == "models" and "models" not in FIELDS[view]:
        return
    item_conditions(view, [item], FIELDS[view])


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_no_word_is_lost(text: str) -> None:
    """All that was typed is read, is a filler or is reported: first every character, then every token."""
    calendar = Calendar(NOW)
    try:
        settled = settle(list(scan(text, calendar)), text)
        parsed = parse(settled.words, calendar)
    except Trouble:
        return
    covered = {place for word in (*settled.words, *settled.fillers) for place in range(word.start, word.end)}
    assert [letter for place, letter in enumerate(text) if place not in covered and not letter.isspace()] == []
    assert sorted(map(id, (*parsed.kept, *parsed.dropped))) == sorted(map(id, settled.words))
    spans = [(one.start, one.end) for part in parsed.parts for one in read(part)]
    for word in parsed.kept:
        if word.kind not in ("AND", "OR", "NOT", "OPEN", "CLOSE"):
            assert any(start <= word.start and word.end <= end for start, end in spans), word


def read(part: Any) -> Iterator[Word]:
    """Yield the words that a part was read from."""
    match part:
        case AllOf(clauses) | AnyOf(clauses):
            for one in clauses:
                yield from read(one)
        case Not(inner, _):
            yield from read(inner)
        case _:
            yield part.word


@pytest.mark.parametrize("sentence", SENTENCES[::7])
def test_an_unknown_word_is_reported_wherever_it_stands(sentence: str) -> None:
    """A word that nobody knows never goes lost: it is reported, or is a value that the filter shows."""
    parts = sentence.split(" ")
    for place in range(len(parts) + 1):
        text = " ".join([*parts[:place], "zqxj", *parts[place:]])
        found = answer(text)
        said = found if isinstance(found, str) else f"{found.filter} {found.not_understood}"
        assert "zqxj" in said or isinstance(found, str), text


HOSTILE = {
    "and": "and " * 500, "not": "not " * 500, "open": "(" * 2000, "nested": ("(" * 20 + "by a" + ")" * 20) * 45,
    "quoted": "'a' " * 500, "cmp": "cost > " * 285, "digits": "1" * 2000, "thousands": "1," * 1000, "in": "in " * 660,
    "by": "by alice or " * 165, "between": "between 1 and " * 142, "quotes": "'" * 2000, "sum": "1h" * 999 + "x",
    "not by": "not by " * 285, "metadata": "metadata a contains " * 100, "spaces": "in" + " " * 1990 + "x",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_questions_end(text: str) -> None:
    answer(text[:2000])


def test_leaving_words_out_feeds_the_parser_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work grows with the question, not with its square."""
    from sidetrace.query.find import parsing

    fed, plain = [0], parsing._fed

    def count(*arguments: Any) -> Any:
        fed[0] += 1
        return plain(*arguments)

    monkeypatch.setattr(parsing, "_fed", count)
    for text in HOSTILE.values():
        for part in (text[:500], text[:2000]):
            fed[0] = 0
            answer(part)
            assert fed[0] <= 8 * len(re.findall(r"\w+|[^\w\s]", part)) + 8, text[:40]
