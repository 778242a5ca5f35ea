"""The tree of a session, from the real store."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidetrace.errors import NotFound
from sidetrace.proto.span import Span, Value
from sidetrace.query.encode import encode
from sidetrace.query.tree import Node, _trace_nodes, session_tree, trace_tree
from sidetrace.storage.selection import Row

from .conftest import Stored, span


def priced(number: int, parent: int, dollars: str, type: str = "generation", at: float = 0) -> Span:
    known: dict[str, Value] = {
        "langfuse.observation.cost_details": f'{{"total": {dollars}}}',
        "langfuse.observation.type": type,
    }
    return span(number, parent, known, at=at)


def names(nodes: list[Node]) -> list[object]:
    return [(node["name"], names(node["children"])) if node["children"] else node["name"] for node in nodes]


def test_the_root_is_the_traces_own_line_and_children_go_by_start(stored: Stored) -> None:
    store = stored([span(1), span(3, 1, at=0.1), span(2, 1, at=0.2), span(4, 2, at=0.3)])
    tree = session_tree(store, "s")
    assert names(tree["traces"][0]["children"]) == ["step 3", ("step 2", ["step 4"])]
    assert tree["traces"][0]["name"] == "step 1"
    assert trace_tree(store, f"{1:032x}") == tree["traces"][0]


def test_equal_starts_go_by_id(stored: Stored) -> None:
    store = stored([span(1), *(span(number, 1) for number in (5, 3, 4, 2))])
    assert names(session_tree(store, "s")["traces"][0]["children"]) == ["step 2", "step 3", "step 4", "step 5"]


def test_traces_go_by_start_and_the_header_adds_their_latencies(stored: Stored) -> None:
    store = stored([span(1, trace=7, at=10, lasts=2), span(1, trace=9, at=0, lasts=3)])
    tree = session_tree(store, "s")
    assert [trace["id"] for trace in tree["traces"]] == [f"{9:032x}", f"{7:032x}"]
    assert tree["latencyMs"] == 5000
    assert tree["durationMs"] == 12000


def test_a_branch_costs_what_is_in_it_and_null_where_nobody_knows(stored: Stored) -> None:
    spans = [span(1), span(2, 1, at=0.1), priced(3, 2, "0.1", at=0.2), priced(4, 3, "0.2", at=0.3), span(5, 1)]
    tree = session_tree(stored(spans), "s")
    empty, branch = tree["traces"][0]["children"]
    assert (empty["cost"], branch["cost"]) == (None, 0.3)
    assert branch["children"][0]["cost"] == 0.3
    assert branch["children"][0]["children"][0]["cost"] == 0.2
    assert tree["traces"][0]["cost"] == tree["cost"] == 0.3


def test_an_agent_that_repeats_the_sum_of_its_children_is_not_added_again(stored: Stored) -> None:
    spans = [span(1), priced(2, 1, "0.3", "agent"), priced(3, 2, "0.1"), priced(4, 2, "0.2")]
    tree = session_tree(stored(spans), "s")
    assert tree["traces"][0]["children"][0]["cost"] == 0.3
    assert tree["cost"] == 0.3


def test_observations_whose_parent_is_unknown_stand_beside_the_roots_children(stored: Stored) -> None:
    store = stored([span(1), span(2, 1, at=0.2), span(3, 99, at=0.1), span(4, 3, at=0.3), span(5, at=0.4)])
    assert names(session_tree(store, "s")["traces"][0]["children"]) == [("step 3", ["step 4"]), "step 2", "step 5"]


def test_an_unknown_session_or_trace_is_not_found(stored: Stored) -> None:
    store = stored([span(1)])
    with pytest.raises(NotFound, match="no session has the id 'other'"):
        session_tree(store, "other")
    with pytest.raises(NotFound, match="no trace has the id 'other'"):
        trace_tree(store, "other")


def test_a_circle_of_parents_hangs_on_the_trace_by_its_first_started(stored: Stored) -> None:
    spans = [span(1), span(2, 4, at=0.3), span(3, 2, at=0.1), span(4, 3, at=0.2), span(5, 4, at=0.05), span(6, 6)]
    tree = session_tree(stored(spans), "s")
    assert names(tree["traces"][0]["children"]) == ["step 6", ("step 3", [("step 4", ["step 5", "step 2"])])]


def rows(parents: list[int], starts: list[int]) -> list[Row]:
    return [
        {
            "id": str(number), "trace_id": "t", "parent_observation_id": str(parent), "type": "SPAN", "name": "x",
            "start_time_unix_nano": starts[number], "latency_ms": 1.0, "calculated_total_cost": 0.1,
            "cost_counted": True,
        }
        for number, parent in enumerate(parents)
    ]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(-1, 12), st.integers(0, 3)), min_size=1, max_size=12),
    st.integers(-1, 12),
    st.randoms(),
)
def test_every_observation_appears_exactly_once_whatever_the_parents_say(
    spans: list[tuple[int, int]], root: int, shuffle: Random
) -> None:
    trace: Row = {
        "id": "t", "name": "t", "latency_ms": 1.0, "calculated_total_cost": None, "root_observation_id": str(root),
    }  # fmt: skip
    given = rows([parent for parent, _ in spans], [start for _, start in spans])
    nodes = _trace_nodes([trace], list(given))
    shuffle.shuffle(given)
    assert _trace_nodes([trace], given) == nodes
    seen: Counter[str] = Counter()
    todo = list(nodes[0]["children"])
    while todo:
        node = todo.pop()
        seen[node["id"]] += 1
        todo += node["children"]
    assert seen == Counter(str(number) for number in range(len(spans)) if number != root)
    assert sum(round((node["cost"] or 0) * 10) for node in nodes[0]["children"]) == len(seen)


def test_a_chain_of_100_000_observations_is_a_tree_too() -> None:
    trace: Row = {
        "id": "t", "name": "t", "latency_ms": 1.0, "calculated_total_cost": None, "root_observation_id": "0",
    }  # fmt: skip
    size = 100_000
    nodes = _trace_nodes([trace], rows(list(range(-1, size - 1)), list(range(size))))
    assert nodes[0]["children"][0]["cost"] == pytest.approx((size - 1) / 10)
    assert encode(nodes).count(b'"children"') == size
