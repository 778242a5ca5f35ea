"""From filter JSON, simple parameters and orderBy to conditions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import get_args

import pytest

from sidetrace.errors import BadParameter
from sidetrace.query.fields import FIELDS, SIMPLE
from sidetrace.query.filters import PRESENCE, TYPES, conditions, filter_conditions, instant, order_by
from sidetrace.storage.columns import COLUMNS, COMPUTED
from sidetrace.storage.selection import Condition, Operator


def item(type: str, column: str, operator: str, value: object, **more: object) -> dict[str, object]:
    return {"type": type, "column": column, "operator": operator, "value": value, **more}


def test_every_field_is_stored_in_a_column_of_its_view() -> None:
    for view, fields in FIELDS.items():
        known = {**COLUMNS[view], **COMPUTED[view]}
        assert {field.column for field in fields.values()} <= known.keys()
        assert {field.number for field in fields.values() if field.number} <= known.keys()
        assert {field for field, _ in SIMPLE[view].values()} <= fields.keys()


def test_every_operator_of_a_filter_is_one_of_the_store() -> None:
    told = {operator for type in TYPES.values() for operator in type.operators}
    assert {PRESENCE.get(operator, operator) for operator in told} == set(get_args(Operator))


@pytest.mark.parametrize(
    ("given", "condition"),
    [
        (
            item("datetime", "timestamp", ">=", "2026-11-20T10:00:00+01:00"),
            Condition("timestamp", ">=", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ),
        (item("string", "userId", "starts with", "u"), Condition("user_id", "starts with", "u")),
        (item("number", "latency", ">", 1.5), Condition("latency_ms", ">", 1500)),
        (item("number", "tokens", "<=", 10), Condition("total_tokens", "<=", 10)),
        (item("stringOptions", "level", "any of", ["ERROR"]), Condition("level", "any of", ("ERROR",))),
        (item("arrayOptions", "tags", "none of", ["a", "b"]), Condition("tags", "none of", ("a", "b"))),
        (item("boolean", "public", "<>", True), Condition("public", "<>", True)),
        (
            item("stringObject", "metadata", "=", "eu", key="region.name"),
            Condition("metadata", "=", "eu", "region.name"),
        ),
        (item("numberObject", "metadata", "<", 3, key="n"), Condition("metadata", "<", 3, "n")),
        (item("booleanObject", "metadata", "=", False, key="b"), Condition("metadata", "=", False, "b")),
        (item("categoryOptions", "metadata", "any of", ["x"], key="k"), Condition("metadata", "any of", ("x",), "k")),
        (item("null", "sessionId", "is null", ""), Condition("session_id", "is null")),
    ],
)
def test_each_type_of_filter_item_becomes_a_condition(given: dict[str, object], condition: Condition) -> None:
    assert filter_conditions("traces", json.dumps([given])) == (condition,)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not JSON"),
        ("{}", "expected a JSON list"),
        ("[3]", "item 1: expected an object"),
        (json.dumps([item("string", "name", "=", "x")] * 101), "at most 100 items"),
        (json.dumps([item("text", "name", "=", "x")]), "unknown type 'text'"),
        (json.dumps([{"column": "name"}]), "type must be a text"),
        (json.dumps([item("string", "nme", "=", "x")]), "traces have no column 'nme'"),
        (json.dumps([item("string", "name", "like", "x")]), "string takes =, contains"),
        (json.dumps([item("number", "name", "=", 3)]), "column 'name' takes type string or stringOptions or null"),
        (json.dumps([item("stringObject", "metadata", "=", "x")]), "key must be a text"),
        (
            json.dumps([item("string", "name", "=", "x"), item("string", "name", "=", 3)]),
            "item 2: value must be a text",
        ),
        (json.dumps([item("number", "latency", "=", True)]), "value must be a number"),
        (json.dumps([item("boolean", "public", "=", "yes")]), "value must be true or false"),
        (json.dumps([item("arrayOptions", "tags", "any of", [])]), "value must be a list of at least one text"),
        (json.dumps([item("arrayOptions", "tags", "any of", [1])]), "value must be a list of at least one text"),
        (json.dumps([item("datetime", "timestamp", ">", "noon")]), "expected an ISO 8601 time"),
        (json.dumps([item("datetime", "timestamp", ">", 3)]), "value must be an ISO 8601 time"),
    ],
)
def test_a_filter_that_cannot_be_used_is_refused_with_the_item_and_the_reason(text: str, problem: str) -> None:
    with pytest.raises(BadParameter) as refusal:
        filter_conditions("traces", text)
    assert refusal.value.name == "filter"
    assert problem in refusal.value.problem


def test_a_filter_item_overrides_the_simple_parameter_about_its_column_only() -> None:
    text = json.dumps([item("string", "userId", "=", "from the filter")])
    assert conditions("traces", {"userId": "simple", "name": "n"}, text) == (
        Condition("name", "=", "n"),
        Condition("user_id", "=", "from the filter"),
    )


def test_simple_parameters_that_say_nothing_ask_nothing() -> None:
    assert conditions("sessions", {"userId": None, "tags": []}) == ()
    assert conditions("sessions", {"userId": "u", "tags": ["a", "b"]}) == (
        Condition("user_ids", "any of", ("u",)),
        Condition("tags", "all of", ("a", "b")),
    )
    with pytest.raises(BadParameter, match="nothing: sessions take"):
        conditions("sessions", {"nothing": "x"})


def test_order_by_names_a_field_and_a_direction() -> None:
    assert order_by("traces", None) == ()
    assert order_by("traces", "latency.desc") == (("latency_ms", True),)
    assert order_by("sessions", "createdAt.asc") == (("first_timestamp", False),)
    for wrong in ("latency", "latency.down", "nothing.asc", "tags.asc", "metadata.asc", "input.desc", ".asc"):
        with pytest.raises(BadParameter, match=r"^orderBy: "):
            order_by("traces", wrong)


def test_instants_are_utc_and_those_off_the_calendar_are_refused() -> None:
    assert instant("t", "2026-11-20") == datetime(2026, 11, 20, tzinfo=UTC)
    assert instant("t", "2026-11-20T01:00:00.5+02:00").isoformat() == "2026-11-19T23:00:00.500000+00:00"
    with pytest.raises(BadParameter, match=r"^t: expected an ISO 8601 time"):
        instant("t", "0001-01-01T00:00:00+14:00")
