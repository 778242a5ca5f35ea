"""Questions that cannot be meant, each with the word that the refusal points at; and what a first question costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sidetrace.errors import BadParameter
from sidetrace.query.find import Understanding, understand, warm

from .find_table import NOW


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("traces on 31 February", "31 february"),
        ("traces by alice since 2026-02-30", "2026-02-30"),
        ("traces with cost > 5s", "cost > 5s"),
        ("traces with latency over $5", "latency over $5"),
        ("traces with more than 5s tokens", "more than 5s tokens"),
        ("sessions with more than $3 traces", "more than $3 traces"),
        ("traces slower than 5 dollars", "slower than 5 dollars"),
        ("traces slower than 5parsecs", "5parsecs"),
        ("latency > 5 bananas by alice", "'bananas': no unit of latency"),
        ("traces longer than 5 secnds", "'secnds': no unit of duration"),
        ("latency > 5 tokens", "'tokens': no unit of latency"),
        ("traces longer than 1:30", "'1:30'"),
        ("traces by alice on 3.11.2026", "'3.11.2026': day or month first"),
        ("traces in 31.11.2026", "'31.11.2026': there is no such day"),
        ("traces in week 60", "week 60"),
        ("traces on the 99th", "99th"),
        ("cost:>0,10", "cost:>0,10"),
        ("cost:5..1", "cost:5..1"),
        ("name:a*b", "name:a*b"),
        ("modle:gpt-4o", "did you mean model:?"),
        ("yesterdy", "did you mean 'yesterday'?"),
        ("is:session", "is:session"),
        ("traces with cost under €1", "€1"),
        ("traces with cost under 5 EUR", "5 eur"),
        ("traces with cost > $5s", "$5s"),
        ("traces with cost > 0,10", "0,10"),
        ("traces with cost > " + "9" * 30, "9" * 30),
        ("level:LOUD", "LOUD"),
        ("observations of type banana", "banana"),
        ("top 0 traces", "top 0"),
        ("top 1001 traces", "top 1001"),
        ("top 2.5 traces", "top 2.5"),
        ("limit:0", "limit:0"),
        ("limit:abc", "limit:abc"),
        ("foo:bar", "foo:bar"),
        ("traces by alice metadata.:x", "metadata.:x"),
        ("user:>alice", "user:>alice"),
        ("cost:cheap", "cost:cheap"),
        ("cost:>5s", "cost:>5s"),
        ("latency:>$5", "latency:>$5"),
        ("metadata.tier:>high", "metadata.tier:>high"),
        ("scores.tone:<bad", "scores.tone:<bad"),
        ("has:feelings", "has:feelings"),
        ("is:>error", "is:>error"),
        ("since:whenever", "since:whenever"),
        ("since:2026-02-30", "2026-02-30"),
        ("sort:colour", "sort:colour"),
        ("-sort:cost", "-sort:cost"),
        ("tag:()", "tag:()"),
        ("(" * 21 + "by alice" + ")" * 21, "("),
        ("banana apple", "banana apple"),
        ("average cost per user", "average cost per user"),
        ("x" * 2001, "x" * 20),
    ],
)
def test_a_refusal_points_at_the_word(text: str, words: str) -> None:
    with pytest.raises(BadParameter) as refused:
        understand(text, NOW)
    assert refused.value.name == "q"
    assert words in str(refused.value)
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize("text", ["", "   ", "?", "the", "and", "\n\t", "()", "show me all of the"])
def test_nothing_is_no_question(text: str) -> None:
    with pytest.raises(BadParameter, match="nothing in it is understood"):
        understand(text, NOW)


@pytest.mark.parametrize(
    ("text", "view", "word"),
    [
        ("traces with prompt greet", "traces", "Traces have no prompt, but observations do."),
        ("sessions with warnings", "sessions", "Sessions have no warnings, but traces and observations do."),
        ("traces with metadata", "traces", "Name the key in the metadata, such as: with metadata plan."),
        ("sesions with errors", "traces", "'sesions': did you mean 'sessions'?"),
        ("traces with erors", "traces", "'erors': did you mean 'errors'?"),
        ("traces latnecy > 5s by alice", "traces", "'latnecy': did you mean 'latency'?"),
    ],
)
def test_a_hint_says_where_else_to_ask_or_what_was_perhaps_meant(text: str, view: str, word: str) -> None:
    asked = understand(text, NOW)
    assert (asked.view, asked.hint) == (view, word)
    assert asked.not_understood


@pytest.mark.parametrize(
    "text", ["traces by allice", "traces named sesions", "traces tagged erors", "where plan is pro"]
)
def test_names_and_known_words_are_not_corrected(text: str) -> None:
    assert understand(text, NOW).hint == ""


def test_a_hundred_conditions_are_enough() -> None:
    assert len(understand("'a' " * 100, NOW).filter) == 100
    with pytest.raises(BadParameter, match="at most 100 conditions"):
        understand("'a' " * 101, NOW)


def test_a_longest_question_is_understood() -> None:
    text = "traces by alice " + " " * 1984
    assert len(text) == 2000
    assert understand(text, NOW) == understand("traces by alice", NOW)


def test_lark_and_dateutil_are_imported_by_the_first_question_only() -> None:
    code = (
        "import sys; from sidetrace.query import find; "
        "print(*(name in sys.modules for name in ('lark', 'dateutil'))); find.warm(); "
        "print(*(name in sys.modules for name in ('lark', 'dateutil')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "True", "True"]


def test_warming_up_changes_nothing() -> None:
    warm()
    assert isinstance(understand("traces", NOW), Understanding)
