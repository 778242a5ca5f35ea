"""What is refused, where it points; and patterns, which must not be able to hold the server."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidetrace.errors import BadQuery
from sidetrace.query.dialect import pointed, translate
from sidetrace.query.dialect.functions import FUNCTIONS

from .world import NOW


@pytest.mark.parametrize(
    ("query", "place", "problem"),
    [
        ("SELECT id,\n  now() FROM trace", "line 2, column 14", "no view 'trace'; did you mean traces?"),
        ("SELECT nme, now() FROM traces", "line 1, column 8", "no column 'nme'; did you mean name?"),
        ("SELECT t.id FROM traces WHERE now() > timestamp", "line 1, column 8", "no view or alias 't'"),
        ("SELECT id, now() FROM traces t JOIN sessions s ON s.id = t.session_id", "line 1, column 8", "t.id or s.id"),
        ("SELECT fooo(1), now()", "line 1, column 8", "no function fooo"),
        ("SELECT date_trunk('day', now())", "line 1, column 8", "did you mean date_trunc?"),
        ("SELECT date_trunc('fortnight', now())", "line 1, column 8", "no unit 'fortnight'"),
        ("SELECT EXTRACT(moon FROM now())", "line 1, column 26", "no field 'moon'"),
        ("SELECT now() - INTERVAL '3 moons'", "line 1, column 8", "no interval"),
        ("SELECT 1 FROM traces WHERE timestamp > 'soon'::text", "line 1, column 28", "do not go together"),
        ("SELECT 1 FROM traces WHERE now() > 'later'", "line 1, column 28", "'later' is no time"),
        ("SELECT sum(metadata->>'x')::int FROM traces", "line 1, column 12", "write (metadata->>'x')::numeric"),
        (
            "SELECT now() FROM traces WHERE metadata->>'x' > 5",
            "line 1, column 32",
            "text and integer do not go together",
        ),
        ("SELECT now() FROM traces WHERE name ~ '(a'", "line 1, column 32", "a group is not closed"),
        ("SELECT now() FROM traces WHERE name ~ '(a)\\1'", "line 1, column 32", "reference back"),
        ("SELECT regexp_replace(name, 'a', 'b') FROM traces", "line 1, column 8", "not available"),
        ("SELECT * FROM traces t, LATERAL (SELECT 1) x", "line 1, column 44", "LATERAL with a query inside"),
        ("SELECT 1::money", "line 1, column 8", "no type 'money'"),
        ("SELECT count(*) FROM traces GROUP BY ROLLUP (name)", "line 1, column 46", "UNION ALL"),
        ("SELECT now() FROM pg_catalog.pg_tables", "line 1, column 19", "no schema 'pg_catalog'"),
        ("SELECT 'abc, now()", "line 1, column 8", "never ends"),
        ("SELECT (1, now()", "line 1, column 8", "never closed"),
        ("SELECT now() FROM", "line 1, column 14", "ends too early"),
        ("SELECT now() FRM traces x", "line 1, column 18", "unexpected 'traces'"),
        ("SELEC now()", "line 1, column 1", "begins no question"),
        ("SELECT now(); SELECT 2", "line 1, column 13", "one statement at a time"),
        ("DELETE FROM traces WHERE timestamp < now()", "line 1, column 1", "only one SELECT"),
        ("CREATE TABLE x AS SELECT now()", "line 1, column 1", "only one SELECT"),
        (
            "WITH x AS (DELETE FROM traces RETURNING id) SELECT now() FROM x",
            "line 1, column 6",
            "a WITH clause that writes",
        ),
        ("SELECT now() INTO x FROM traces", "line 1, column 19", "writes a table"),
        ("SELECT id, now() FROM traces FOR UPDATE", "line 1, column 8", "locks rows"),
        (
            "SELECT percentile_cont(1.5) WITHIN GROUP (ORDER BY latency_ms) FROM traces",
            "line 1, column 24",
            "between 0 and 1",
        ),
        ("SELECT percentile_cont(0.5) FROM traces", "line 1, column 8", "WITHIN GROUP (ORDER BY"),
        ("SELECT rank() FROM traces WHERE now() > timestamp", "line 1, column 8", "wants OVER"),
        ("SELECT " + "ARRAY[" * 30 + "1" + "]" * 30, "line 1, column 49", "too many brackets"),
        ("SELECT now() FROM traces WHERE " + "(" * 200 + "1" + ")" * 200, "line 1, column 62", "too many brackets"),
    ],
)
def test_a_refusal_points_at_the_place(query: str, place: str, problem: str) -> None:
    with pytest.raises(BadQuery) as refused:
        translate(query, "postgres", NOW)
    assert str(refused.value).startswith(f"{place}: ")
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_question_far_too_long_is_refused_at_once() -> None:
    for query in ("SELECT now()" + " + 1" * 20_000, "SELECT now() WHERE " + "NOT " * 20_000 + "TRUE"):
        with pytest.raises(BadQuery):
            translate(query, "postgres", NOW)


@pytest.mark.parametrize(
    ("query", "message", "wanted"),
    [
        ("SELECT id\nFORM traces, form", 'near "traces": syntax error', "line 2, column 6: "),
        ("SELECT 'x', x FROM traces x x", 'near "x": syntax error', "line 1, column 29: "),
        ("SELECT t.nme FROM traces t", "no such column: t.nme", "line 1, column 10: "),
        ("SELECT 1", "something else", ""),
    ],
)
def test_sqlites_own_errors_are_pointed_at_too(query: str, message: str, wanted: str) -> None:
    assert pointed(query, message) == wanted + message


@given(
    st.text(alphabet="ab1_", max_size=12),
    st.sampled_from(["a+b", "(a|b)*1", "^a.?b", "[^a]_", "(a+)+$", "a{2,3}b", "b*$", r"\ya", "(?:ab?)+1"]),
)
def test_patterns_match_what_pythons_do(text: str, pattern: str) -> None:
    wanted = re.search(pattern.replace("$", r"\Z").replace(r"\y", r"\b"), text) is not None
    assert FUNCTIONS["pg_regex"].make(text, pattern, 0) == wanted


def test_a_pattern_that_backtracking_would_never_finish_takes_no_time() -> None:
    assert FUNCTIONS["pg_regex"].make("a" * 200_000, "(a+)+b", 0) == 0
