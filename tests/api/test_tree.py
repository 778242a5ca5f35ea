"""GET /api/sessions/{id}/tree."""

from __future__ import annotations

from pydantic import TypeAdapter

from sidetrace.query.tree import SessionTree

from .conftest import Api, span, span_id, trace_id


async def test_the_tree_of_a_session(api: Api) -> None:
    cost = {"langfuse.observation.type": "generation", "langfuse.observation.cost_details": '{"total": 0.02}'}
    await api.write(
        span(1, 1, {"session.id": "s"}, name="fetch", lasts=1),
        span(2, 2, {"session.id": "s"}, name="analysis", at=1, lasts=3),
        span(2, 3, {**cost}, parent=2, name="retrieval", at=1.5, lasts=0.5),
    )
    tree = await api.get("/api/sessions/s/tree")
    TypeAdapter(SessionTree).validate_python(tree, strict=True)
    leaf = {
        "id": span_id(3), "name": "retrieval", "type": "GENERATION", "latencyMs": 500.0, "cost": 0.02, "children": [],
    }  # fmt: skip
    assert tree == {
        "id": "s",
        "durationMs": 4000.0,
        "latencyMs": 4000.0,
        "cost": 0.02,
        "traces": [
            {"id": trace_id(1), "name": "fetch", "latencyMs": 1000.0, "cost": None, "children": []},
            {"id": trace_id(2), "name": "analysis", "latencyMs": 3000.0, "cost": 0.02, "children": [leaf]},
        ],
    }


async def test_a_chain_deeper_than_json_writers_go_is_answered(api: Api) -> None:
    depth = 2000
    await api.write(*(span(1, number, {"session.id": "s"}, parent=number - 1) for number in range(1, depth + 1)))
    response = await api.client.get("/api/sessions/s/tree")
    assert response.status == 200
    assert (await response.read()).count(b'"children":[{') == depth - 1


async def test_the_tree_of_an_unknown_session_is_404_json(api: Api) -> None:
    assert (await api.get("/api/sessions/s/tree", status=404))["message"] == "no session has the id 's'"
