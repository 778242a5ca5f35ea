"""What real instrumentations sent is answered in the shapes that are described."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pydantic import TypeAdapter

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto import decode
from sidetrace.query.observations import Observations
from sidetrace.query.sessions import FullSession, Sessions
from sidetrace.query.traces import FullTrace, Traces
from sidetrace.query.tree import Node, SessionTree
from sidetrace.query.users import FullUser, Users

from .conftest import Api, part

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"


async def test_every_answer_over_the_captures_has_its_shape(api: Api) -> None:
    bodies = sorted(CAPTURES.glob("*/*/*.traces.pb"))
    assert bodies
    mapper = Mapper()
    spans = [span for body in bodies for span in decode(body.read_bytes(), json=False).spans]
    await asyncio.wrap_future(api.store.write("default", [mapper.map(span) for span in spans], []))
    distinct = {(span.trace_id, span.span_id) for span in spans}

    observations = await api.get("/api/public/observations", "limit=100")
    assert observations["meta"]["totalItems"] == len(distinct)
    TypeAdapter(Observations).validate_python(observations, strict=True)
    for kind, path in ((Traces, "traces"), (Sessions, "sessions"), (Users, "users")):
        TypeAdapter(kind).validate_python(await api.get(f"/api/public/{path}", "limit=100"), strict=True)
    for trace in await api.ids("/api/public/traces", "limit=100"):
        full = await api.get(f"/api/public/traces/{trace}")
        TypeAdapter(FullTrace).validate_python(full, strict=True)
        assert len(full["observations"]) == full["countObservations"]
    for user in await api.ids("/api/public/users", "limit=100"):
        TypeAdapter(FullUser).validate_python(await api.get(f"/api/public/users/{part(user)}"), strict=True)
    sessions = await api.ids("/api/public/sessions", "limit=100")
    assert sessions
    for session in sessions:
        whole = await api.get(f"/api/public/sessions/{part(session)}")
        TypeAdapter(FullSession).validate_python(whole, strict=True)
        tree = await api.get(f"/api/sessions/{part(session)}/tree")
        TypeAdapter(SessionTree).validate_python(tree, strict=True)
        assert len(tree["traces"]) == whole["countTraces"]
        drawn = sum(1 + count(trace["children"]) for trace in tree["traces"])
        assert drawn == whole["countObservations"]


def count(nodes: list[Node]) -> int:
    return sum(1 + count(node["children"]) for node in nodes)
