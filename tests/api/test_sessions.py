"""GET /api/public/sessions, /api/public/sessions/{id}."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from sidetrace.query.sessions import FullSession, Session
from sidetrace.query.traces import Trace

from .conftest import Api, part, span, trace_id

SESSIONS = "/api/public/sessions"


async def conversation(api: Api) -> None:
    await api.write(
        span(1, 1, {"session.id": "chat", "user.id": "ann", "langfuse.trace.tags": ["a", "b"]}, name="first", lasts=2),
        span(
            1,
            2,
            {
                "langfuse.observation.type": "generation",
                "langfuse.observation.usage_details": '{"input": 10, "output": 5, "total": 15}',
                "langfuse.observation.cost_details": '{"input": 0.1, "output": 0.2, "total": 0.3}',
            },
            parent=1,
            at=0.5,
        ),
        span(
            2,
            1,
            {
                "session.id": "chat",
                "user.id": "bob",
                "langfuse.trace.tags": ["b", "c"],
                "langfuse.trace.metadata.kind": "talk",
                "langfuse.observation.input": '{"question": "why?"}',
                "langfuse.observation.output": "because",
            },
            name="second",
            at=10,
            lasts=3,
            error="broken",
        ),
    )


async def test_a_listed_session_has_its_totals_beside_langfuses_fields(api: Api) -> None:
    await conversation(api)
    listed = await api.get(SESSIONS)
    assert listed["meta"] == {"page": 1, "limit": 50, "totalItems": 1, "totalPages": 1}
    (session,) = listed["data"]
    TypeAdapter(Session).validate_python(session, strict=True)
    assert session == {
        "id": "chat",
        "projectId": "default",
        "environment": "default",
        "createdAt": "2026-09-21T14:13:20.000Z",
        "updatedAt": "2026-09-21T14:13:33.000Z",
        "firstTimestamp": "2026-09-21T14:13:20.000Z",
        "lastTimestamp": "2026-09-21T14:13:33.000Z",
        "duration": 13.0,
        "latency": 5.0,
        "userIds": ["ann", "bob"],
        "countTraces": 2,
        "countObservations": 3,
        "errorCount": 1,
        "inputTokens": 10,
        "outputTokens": 5,
        "totalTokens": 15,
        "totalCost": 0.3,
        "tags": ["a", "b", "c"],
        "metadata": {"kind": "talk"},
        "bookmarked": False,
        "public": False,
        "scores": [],
    }


async def test_a_session_holds_all_its_traces_by_start_with_inputs_and_outputs(api: Api) -> None:
    await conversation(api)
    session = await api.get(f"{SESSIONS}/chat")
    TypeAdapter(FullSession).validate_python(session, strict=True)
    assert session.keys() == {*Session.__annotations__, "traces"}
    assert [trace["id"] for trace in session["traces"]] == [trace_id(1), trace_id(2)]
    assert all(trace.keys() == Trace.__annotations__.keys() for trace in session["traces"])
    assert session["traces"][1]["input"] == {"question": "why?"}
    assert session["traces"][1]["output"] == "because"


async def test_a_session_of_more_traces_than_a_page_is_whole(api: Api) -> None:
    await api.write(*(span(number, 1, {"session.id": "long"}) for number in range(1, 251)))
    assert len((await api.get(f"{SESSIONS}/long"))["traces"]) == 250


async def test_an_unknown_session_is_404_json(api: Api) -> None:
    assert await api.get(f"{SESSIONS}/nobody", status=404) == {
        "message": "no session has the id 'nobody'",
        "error": "NotFound",
    }


@pytest.mark.parametrize(
    "name", ["sess/42 ä?", "a/b/tree", "100%", "a%2Fb", "x+y&z=1#", "日本", "tree", ".", "new\nline"]
)
async def test_a_session_id_may_hold_anything(api: Api, name: str) -> None:
    await api.write(span(1, 1, {"session.id": name}))
    stored = (await api.ids(SESSIONS))[0]
    encoded = part(stored).replace(".", "%2E")
    assert (await api.get(f"{SESSIONS}/{encoded}"))["id"] == stored == name
    assert (await api.get(f"/api/sessions/{encoded}/tree"))["id"] == name


async def test_slashes_in_an_id_may_come_unescaped(api: Api) -> None:
    await api.write(span(1, 1, {"session.id": "a/b/c"}))
    assert (await api.get(f"{SESSIONS}/a/b/c"))["id"] == "a/b/c"
    assert (await api.get("/api/sessions/a/b/c/tree"))["id"] == "a/b/c"


async def test_sessions_are_filtered_and_ordered(api: Api) -> None:
    await api.write(
        span(1, 1, {"session.id": "s1", "user.id": "ann", "langfuse.trace.tags": ["x", "y"]}, at=0),
        span(2, 1, {"session.id": "s2", "user.id": "bob", "langfuse.trace.tags": ["x"]}, at=10, lasts=9),
        span(3, 1, {"session.id": "s3", "user.id": "ann", "langfuse.environment": "prod"}, at=20),
    )
    assert await api.ids(SESSIONS) == ["s3", "s2", "s1"]
    assert await api.ids(SESSIONS, "userId=ann") == ["s3", "s1"]
    assert await api.ids(SESSIONS, "tags=x&tags=y") == ["s1"]
    assert await api.ids(SESSIONS, "environment=prod&environment=test") == ["s3"]
    assert await api.ids(SESSIONS, "environment=default") == ["s2", "s1"]
    assert await api.ids(SESSIONS, "fromTimestamp=2026-09-21T14:13:30Z") == ["s3", "s2"]
    assert await api.ids(SESSIONS, "toTimestamp=2026-09-21T14:13:30Z") == ["s1"]
    assert await api.ids(SESSIONS, "orderBy=duration.desc&limit=1") == ["s2"]
    assert await api.ids(SESSIONS, "orderBy=createdAt.asc") == ["s1", "s2", "s3"]
    wanted = part('[{"type": "number", "column": "sessionDuration", "operator": ">", "value": 5}]')
    assert await api.ids(SESSIONS, f"filter={wanted}") == ["s2"]
    wanted = part('[{"type": "arrayOptions", "column": "userIds", "operator": "none of", "value": ["ann"]}]')
    assert await api.ids(SESSIONS, f"filter={wanted}&userId=ann") == ["s2"]
