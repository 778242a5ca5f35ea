"""Sentences that people type, each with what it means: find_sentences.txt."""

from __future__ import annotations

import pytest

from sidetrace.query.fields import FIELDS
from sidetrace.query.filters import item_conditions
from sidetrace.query.find import understand

from .find_table import BERLIN, NOW, Row, agrees, leaves, notation, rows, understood

ROWS = list(rows())
ANSWERED = [row for row in ROWS if not row.meaning.startswith("!")]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_sentence_means_what_the_table_says(row: Row) -> None:
    answer = understood(row.sentence)
    said = str(answer) if isinstance(answer, Exception) else notation(answer)
    assert agrees(row, answer), f"means {row.meaning}; was read as {said}"


def test_there_are_enough_of_them() -> None:
    assert len(ROWS) >= 800
    assert len({row.sentence for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("view", ["traces", "sessions", "users", "observations"])
def test_filters_take_what_sentences_mean(view: str) -> None:
    """Every item alone; `models` waits until there is such a field."""
    for row in ANSWERED:
        answer = understand(row.sentence, NOW)
        for item in leaves(answer.filter) if answer.view == view else ():
            if item["column"] in FIELDS[answer.view] or item["column"] != "models":  # type: ignore[index]
                item_conditions(answer.view, [item], FIELDS[answer.view])  # type: ignore[arg-type, index]
        if answer.order and answer.view == view:
            assert answer.order[0] in FIELDS[answer.view]  # type: ignore[index]


@pytest.mark.parametrize("view", ["traces", "sessions", "users", "observations"])
def test_a_view_that_is_given_counts_where_none_is_named(view: str) -> None:
    assert understand("cost > $1", NOW, view).view == view
    assert understand("sessions with cost > $1", NOW, view).view == "sessions"


def test_case_and_spaces_change_nothing_but_names() -> None:
    plain = understand("failed traces by alice with latency > 5s since monday", NOW)
    for other in (
        "  FAILED   Traces\tBY alice WITH Latency  >  5 S SINCE Monday ",
        "Failed traces by alice with latency>5s since Monday.",
    ):
        assert understand(other, NOW) == plain


def test_the_table_is_asked_in_berlin() -> None:
    assert NOW.tzinfo is BERLIN
    assert NOW.weekday() == 2
