"""Flattened indexed keys become a tree and go back, whatever the keys."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidetrace.mapping.flat import MAX_LEVELS, MAX_PLACES, exact, gather, scatter
from sidetrace.proto.span import Value

P = "llm.input_messages."

names = st.from_regex(r"[A-Za-z0-9_-]{0,3}[A-Za-z][A-Za-z0-9_-]{0,3}", fullmatch=True)
leaves = st.one_of(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.integers())
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, min_size=1, max_size=12), st.dictionaries(names, inner, min_size=1)),
    max_leaves=20,
).filter(lambda tree: isinstance(tree, list | dict))

segments = st.one_of(
    st.sampled_from(["0", "1", "10", "01", "a", "b", "", "9" * 5000, "٣", "role"]), st.text(max_size=3)
)
keys = st.lists(segments, max_size=5).map(lambda path: P + ".".join(path))
values: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)  # fmt: skip


@given(trees)
def test_a_tree_comes_back_from_its_keys(tree: Any) -> None:
    flat = scatter(tree, P)
    assert gather(flat, P) == tree
    assert exact(flat, P, tree)
    assert exact({**flat, "other": "key"}, P, tree)


@given(trees)
def test_sql_makes_the_same_keys_of_an_exact_tree(tree: Any) -> None:
    if any(isinstance(leaf, int) and abs(leaf) >= 2**63 for leaf in scatter(tree, P).values()):
        return
    rows = sqlite3.connect(":memory:").execute(
        "SELECT path, key, atom FROM json_tree(?) WHERE atom IS NOT NULL", [json.dumps(tree)]
    )
    again = {}
    for path, key, atom in rows:
        whole = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}"
        again[P + whole[1:].replace('"', "").replace("[", ".").replace("]", "").removeprefix(".")] = atom
    assert again == scatter(tree, P)


@given(st.dictionaries(keys, values, max_size=12), st.randoms())
def test_any_keys_and_values_give_a_tree_whatever_their_order(attributes: dict[str, Value], random: Any) -> None:
    tree = gather(attributes, P)
    json.dumps(tree)
    shuffled = list(attributes.items())
    random.shuffle(shuffled)
    assert json.dumps(gather(dict(shuffled), P)) == json.dumps(tree)
    if exact(attributes, P, tree):
        assert scatter(tree, P) == attributes


def test_numbers_sort_as_numbers_and_gaps_close() -> None:
    attributes: dict[str, Value] = {f"{P}{n}.role": str(n) for n in (10, 9, 2, 0)}
    assert gather(attributes, P) == [{"role": "0"}, {"role": "2"}, {"role": "9"}, {"role": "10"}]
    assert not exact(attributes, P, gather(attributes, P))


@pytest.mark.parametrize("index", ["999999999999", "9" * 100_000])
def test_a_hostile_index_costs_one_place(index: str) -> None:
    attributes: dict[str, Value] = {f"{P}{index}.message.role": "user", f"{P}3.message.role": "system"}
    tracemalloc.start()
    tree = gather(attributes, P)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert tree == [{"message": {"role": "system"}}, {"message": {"role": "user"}}]
    assert peak < 1_000_000


def test_places_and_levels_are_bounded_and_the_first_places_stay() -> None:
    many: dict[str, Value] = {f"{P}{n}.role": n for n in reversed(range(MAX_PLACES + 5))}
    tree = gather(many, P)
    assert isinstance(tree, list)
    assert (len(tree), tree[-1]) == (MAX_PLACES, {"role": MAX_PLACES - 1})
    assert not exact(many, P, tree)
    assert gather({P + ".".join(["a"] * (MAX_LEVELS + 1)): "deep"}, P) is None
    assert gather({P + ".".join(["0"] * MAX_LEVELS): "deep"}, P) is not None


def test_of_a_value_and_keys_below_it_the_keys_stay() -> None:
    attributes: dict[str, Value] = {"p.a.0": "text", "p.a.0.b": 1}
    for order in (attributes, dict(reversed(attributes.items()))):
        assert gather(order, "p.") == {"a": [{"b": 1}]}
        assert not exact(order, "p.", gather(order, "p."))


def test_names_beside_numbers_are_left_out() -> None:
    attributes: dict[str, Value] = {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.name": "greeting"}
    tree = gather(attributes, "gen_ai.prompt.")
    assert tree == [{"role": "user"}]
    assert not exact(attributes, "gen_ai.prompt.", tree)


@pytest.mark.parametrize(
    "attributes",
    [
        {"p.a": True}, {"p.a": 1.0}, {"p.a": None}, {"p.a": []}, {"p.a": {}}, {"p.a": ["x"]}, {"p.a": {"b": "x"}},
        {"p.01": "x"}, {"p.1": "x"}, {"p.a b": "x"}, {"p._": "x"}, {"p.": "x"}, {"p.é": "x"}, {"p.٣": "x"},
        {"p.a": "nul\0"}, {"p.a": b"x"},
    ],
    ids=str,
)  # fmt: skip
def test_what_sql_would_not_give_back_is_not_exact(attributes: dict[str, Value]) -> None:
    assert not exact(attributes, "p.", gather(attributes, "p."))


def test_another_tree_is_not_exact() -> None:
    attributes: dict[str, Value] = {"p.0": 1}
    assert exact(attributes, "p.", [1])
    for other in ([2], [True], ["1"], [1, 2], {"a": 1}, [], "x", None):
        assert not exact(attributes, "p.", other)  # type: ignore[arg-type]
    assert not exact({}, "p.", "x")


def test_nothing_below_the_prefix_is_nothing() -> None:
    assert gather({"llm.other": 1}, P) is None
