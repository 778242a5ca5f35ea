"""Aggregations behind the seam: what holds here must hold for every engine."""

from __future__ import annotations

import pytest

from sidetrace.errors import BadParameter
from sidetrace.storage.aggregation import DERIVED, ROWS, Aggregation, Group, Measure
from sidetrace.storage.columns import BY_NAME, COLUMNS, COMPUTED
from sidetrace.storage.selection import Condition
from sidetrace.storage.sqlite import aggregate_columns
from sidetrace.storage.store import Store

from .spans import observed, span

COUNT = Measure("count", "count", ROWS)


def test_groups_are_of_one_project(store: Store) -> None:
    store.write("shop", observed(span("a", 1, user__id="ada"), span("b", 2, user__id="ada")), []).result()
    store.write("lab", observed(span("a", 1, user__id="ada"), span("c", 3, user__id="bob")), []).result()
    by_user = (Group("user", "user_id"),)
    for project, expected in (("shop", {"ada": 2}), ("lab", {"ada": 1, "bob": 1}), ("none", {})):
        rows = store.aggregate(Aggregation("traces", project, by_user, (COUNT,)))
        assert {row["user"]: row["count"] for row in rows} == expected
        named = (Condition("user_id", "=", "ada"),)
        rows = store.aggregate(Aggregation("observations", project, measures=(COUNT,), where=named))
        assert rows == [{"count": expected.get("ada", 0)}]


def test_rows_come_in_order_with_null_last_and_up_to_a_limit(store: Store) -> None:
    users = {"a": "ada", "b": "ada", "c": "bob", "d": "eve"}
    spans = [span(trace, 1, user__id=user) for trace, user in users.items()] + [span("e", 1)]
    store.write("default", observed(*spans), []).result()
    asked = Aggregation("traces", groups=(Group("user", "user_id"),), measures=(COUNT,), order=(("count", True),))
    assert [row["user"] for row in store.aggregate(asked)] == ["ada", "bob", "eve", None]
    asked = Aggregation("traces", groups=(Group("user", "user_id"),), order=(("user", True),), limit=2)
    assert store.aggregate(asked) == [{"user": "eve"}, {"user": "bob"}]


@pytest.mark.parametrize("view", COLUMNS)
def test_every_column_can_be_counted_or_is_refused(store: Store, view: str) -> None:
    """And none of them is a surprise for the engine."""
    store.write("default", observed(span("a", 1, session__id="s", user__id="u")), []).result()
    refused = set()
    for column in {**COLUMNS[view], **COMPUTED[view], **DERIVED[view]}:  # type: ignore[index]
        for function in ("count", "uniq", "sum", "p95", "histogram"):
            asked = Aggregation(view, measures=(Measure("number", function, column),))  # type: ignore[arg-type]
            try:
                rows = store.aggregate(asked)
            except BadParameter as error:
                refused.add(error.name)
            else:
                assert len(rows) == 1
    kinds = {**COLUMNS[view], **COMPUTED[view], **DERIVED[view]}  # type: ignore[index]
    numbers = {column for column, kind in kinds.items() if kind in ("integer", "real")}
    assert refused == kinds.keys() - numbers


@pytest.mark.parametrize(
    "asked",
    [
        Aggregation("spans", measures=(COUNT,)),  # type: ignore[arg-type]
        Aggregation("traces"),
        Aggregation("traces", groups=(Group("x", "colour"),)),
        Aggregation("traces", groups=(Group("x", "metadata"),)),
        Aggregation("traces", groups=(Group("x", "name", key="k"),)),
        Aggregation("traces", groups=(Group("x", "name", grain="day"),)),
        Aggregation("traces", groups=(Group("x", "timestamp"),)),
        Aggregation("traces", groups=(Group("x", "scores_avg"),)),
        Aggregation("traces", measures=(Measure("x", "sum", "name"),)),
        Aggregation("traces", measures=(Measure("x", "count", "input"),)),
        Aggregation("observations", measures=(Measure("x", "sum", "total_tokens", counted="name"),)),
        Aggregation("traces", measures=(COUNT,), order=(("colour", True),)),
        Aggregation("traces", measures=(COUNT,), where=(Condition("colour", "=", "red"),)),
    ],
)
def test_what_cannot_be_asked_is_refused(store: Store, asked: Aggregation) -> None:
    with pytest.raises(BadParameter):
        store.aggregate(asked)


def test_the_engine_has_all_that_may_be_named_beside_the_columns() -> None:
    assert {view: set(names) for view, names in DERIVED.items() if names} == {
        view: set(names) for view, names in aggregate_columns.SQL.items()
    }
    for view, names in DERIVED.items():
        assert not names.keys() & (COLUMNS[view].keys() | COMPUTED[view].keys())
        assert not set(names.values()) & set(BY_NAME)
