"""How numbers, times and untrusted text look."""

from __future__ import annotations

import json

import pytest

from sidetrace.cli.output import clean, dollars, seconds, show_json, show_tree, titled


@pytest.mark.parametrize(
    ("value", "shown"),
    [(15.2, "15.2s"), (0.05, "0.1s"), (0.049, "0.049s"), (0.012, "0.012s"), (0.0, "0.000s"), (3601.26, "3601.3s")],
)
def test_seconds_have_one_decimal_and_three_where_one_would_say_nothing(value: float, shown: str) -> None:
    assert seconds(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.23, "$0.23"), (0.0, "$0.00"), (0.01, "$0.01"), (0.0095, "$0.0095"), (0.000016, "$0.000016"),
        (1e-9, "$0.0000000010"), (1234.5, "$1234.50"), (None, ""),
    ],
)  # fmt: skip
def test_dollars_have_cents_and_two_digits_where_cents_would_say_nothing(value: float | None, shown: str) -> None:
    assert dollars(value) == shown


def test_a_cost_that_nobody_knows_is_left_out_and_a_zero_is_shown() -> None:
    assert titled("fetch", {"latencyMs": 1000.0, "cost": None}) == "fetch (1.0s)"
    assert titled("fetch", {"latencyMs": 1000.0, "cost": 0.0}) == "fetch (1.0s, $0.00)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("one\ntwo\r\tthree", "one\\ntwo\\r\\tthree"),
        ("\x9b31m\x7f", "\\x9b31m\\x7f"),
        ("safe\u202egnp.exe\u2066\u2028", "safe\\u202egnp.exe\\u2066\\u2028"),
        ("[bold red]Zoë 日本 👩‍🚀[/]", "[bold red]Zoë 日本 👩‍🚀[/]"),
    ],
)
def test_text_that_a_terminal_would_act_on_is_escaped_and_other_text_is_left_alone(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_json_is_lossless_and_holds_no_character_that_a_terminal_acts_on(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"name": "\x1b[31m\x9b31m\u202e\u2028\x7f é"}
    show_json(value)
    printed = capsys.readouterr().out
    assert json.loads(printed) == value
    assert not set(printed) & set("\x1b\x9b\u202e\u2028\x7f")
    assert "é" in printed


def test_a_tree_deeper_than_the_interpreter_nests_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    deepest: dict[str, object] = {"id": "1500", "name": "1500", "latencyMs": 0.0, "cost": None, "children": []}
    for depth in range(1499, -1, -1):
        deepest = {"id": str(depth), "name": str(depth), "latencyMs": 0.0, "cost": None, "children": [deepest]}
    show_tree("deep", [deepest])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1502
    assert lines[-1] == " " * 4 * 1500 + "└── 1500 (0.000s)"
