"""Cells as they stand in answers."""

from __future__ import annotations

import pytest

from sidetrace.query.cells import DEEPEST, between, cost_by_kind, iso, moment, payload, seconds, tokens_by_kind
from sidetrace.storage.selection import Row


@pytest.mark.parametrize(
    ("stored", "answered"),
    [
        ('{"a": [1, null]}', {"a": [1, None]}),
        ("[]", []),
        ("true", True),
        ("null", None),
        ("12", 12),
        ("1.5", 1.5),
        ('"quoted"', "quoted"),
        ("plain words", "plain words"),
        ("", ""),
        ("{broken", "{broken"),
        ("NaN", "NaN"),
        (None, None),
    ],
)
def test_payload_text_that_is_json_is_opened_and_other_text_stays(stored: str | None, answered: object) -> None:
    assert payload(stored) == answered


@pytest.mark.parametrize("text", ["1234567890123456789012345678901234567890", "007", "1.10", "1e3", "-0"])
def test_a_number_that_would_print_differently_stays_text(text: str) -> None:
    assert payload(text) == text


def test_payload_nested_too_deep_for_json_readers_stays_text() -> None:
    at_the_limit, beyond = "[" * DEEPEST + "]" * DEEPEST, "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)
    assert isinstance(payload(at_the_limit), list)
    assert payload(beyond) == beyond
    assert payload("[" * 100_000) == "[" * 100_000


def test_many_shallow_brackets_are_not_deep() -> None:
    assert payload("[" + ",".join(["{}"] * 500) + "]") == [{}] * 500


def test_times_become_iso_and_a_missing_one_the_epoch_where_it_must_be_one() -> None:
    assert iso("2026-11-20 09:55:54.564") == "2026-11-20T09:55:54.564Z"
    assert iso(None) is None
    assert moment(None) == "1970-01-01T00:00:00.000Z"


def test_durations_are_seconds_or_null() -> None:
    assert seconds(1250.5) == 1.2505
    assert seconds(None) is None
    assert between("2026-11-20 09:55:54.564", "2026-11-20 09:55:55.064") == 0.5
    assert between("2026-11-20 09:55:54.564", None) is None


def test_kinds_come_with_their_total() -> None:
    row: Row = {
        "usage_details": {"input": 40, "output": 10},
        "total_tokens": 50,
        "cost_details": {"input": 0.25},
        "calculated_total_cost": 0.25,
    }
    assert tokens_by_kind(row) == {"input": 40, "output": 10, "total": 50}
    assert cost_by_kind(row) == {"input": 0.25, "total": 0.25}
    given: Row = {"usage_details": {"input": 1, "total": 9}, "cost_details": {}, "calculated_total_cost": None}
    assert tokens_by_kind(given) == {"input": 1, "total": 9}
    assert cost_by_kind(given) == {}
