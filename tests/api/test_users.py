"""GET /api/public/users, /api/public/users/{id}."""

from __future__ import annotations

from pydantic import TypeAdapter

from sidetrace.query.users import FullUser, User

from .conftest import Api, part, span

USERS = "/api/public/users"


async def test_a_user_has_the_totals_of_all_their_traces(api: Api) -> None:
    await api.write(
        span(1, 1, {"user.id": "ann", "session.id": "s1", "langfuse.trace.tags": ["x"]}, lasts=2),
        span(2, 1, {"user.id": "ann", "session.id": "s2"}, at=10, error="broken"),
        span(3, 1, {"user.id": "ann"}, at=20),
    )
    (user,) = (await api.get(USERS))["data"]
    TypeAdapter(User).validate_python(user, strict=True)
    assert user.keys() == User.__annotations__.keys()
    assert user["id"] == "ann"
    assert user["userIds"] == ["ann"]
    assert (user["countTraces"], user["countSessions"], user["countObservations"], user["errorCount"]) == (3, 2, 3, 1)
    assert (user["duration"], user["latency"], user["tags"], user["totalCost"]) == (21.0, 4.0, ["x"], None)
    full = await api.get(f"{USERS}/ann")
    TypeAdapter(FullUser).validate_python(full, strict=True)
    assert full == {**user, "sessionIds": ["s1", "s2"]}


async def test_users_are_listed_the_last_active_first_and_filtered(api: Api) -> None:
    await api.write(
        span(1, 1, {"user.id": "ann", "langfuse.trace.tags": ["x"]}, at=0, lasts=100),
        span(2, 1, {"user.id": "bob/ä", "langfuse.environment": "prod"}, at=10),
        span(3, 1, {"user.id": "eve"}, at=20),
    )
    assert await api.ids(USERS) == ["ann", "eve", "bob/ä"]
    assert await api.ids(USERS, "orderBy=id.asc") == ["ann", "bob/ä", "eve"]
    assert await api.ids(USERS, f"userId={part('bob/ä')}") == ["bob/ä"]
    assert await api.ids(USERS, "tags=x") == ["ann"]
    assert await api.ids(USERS, "environment=prod") == ["bob/ä"]
    assert await api.ids(USERS, "fromTimestamp=2026-09-21T14:13:30Z") == ["eve", "bob/ä"]
    assert await api.ids(USERS, "toTimestamp=2026-09-21T14:13:30Z") == ["ann"]
    assert (await api.get(f"{USERS}/{part('bob/ä')}"))["countTraces"] == 1
    assert (await api.get(f"{USERS}/nobody", status=404))["message"] == "no user has the id 'nobody'"
