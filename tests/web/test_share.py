"""Bookmarks and links: `PATCH /api/sessions/{id}` and `/api/traces/{id}`, and what a link shows to whom."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import TypeAdapter

from sidetrace.api.marks import Marked

from .conftest import Site, part, span, trace_id

SESSION, TRACE = "/api/sessions/s", f"/api/traces/{trace_id(1)}"


async def filled(site: Site) -> None:
    about = {"user.id": "ann", "input": "hello"}
    await site.write(
        span(1, 1, {**about, "session.id": "s"}, name="first"),
        span(1, 2, parent=1, name="inner"),
        span(2, 3, {**about, "session.id": "s"}, name="second", at=2),
        span(3, 4, {**about, "session.id": "secret session"}, name="secret trace", at=4),
    )


def path(marked: Any) -> str:
    """Where a link leads, without the host."""
    TypeAdapter(Marked).validate_python(marked, strict=True)
    found = str(urlsplit(marked["shareUrl"]).path)
    assert found.startswith("/share/")
    assert len(found.removeprefix("/share/")) >= 22  # 128 bits
    return found


@pytest.mark.parametrize(("place", "listed"), [(SESSION, "sessions"), (TRACE, "traces")])
async def test_a_bookmark_shows_in_the_lists(site: Site, place: str, listed: str) -> None:
    await filled(site)
    id = "s" if listed == "sessions" else trace_id(1)
    nothing = {"id": id, "bookmarked": False, "public": False, "shareUrl": None}
    assert await site.api("GET", f"{place}/share") == nothing
    assert await site.api("PATCH", place, {"bookmarked": True}) == {**nothing, "bookmarked": True}
    assert await site.api("GET", f"{place}/share") == {**nothing, "bookmarked": True}
    data = (await site.api("GET", f"/api/public/{listed}"))["data"]
    assert {one["id"] for one in data if one["bookmarked"]} == {id}
    wanted = part('[{"type":"boolean","column":"bookmarked","operator":"=","value":true}]')
    data = (await site.api("GET", f"/api/public/{listed}?filter={wanted}"))["data"]
    assert [one["id"] for one in data] == [id]
    assert await site.api("PATCH", place, {"bookmarked": False}) == nothing


@pytest.mark.parametrize("place", [SESSION, TRACE])
async def test_a_link_opens_until_it_is_revoked(site: Site, place: str) -> None:
    await filled(site)
    marked = await site.api("PATCH", place, {"public": True})
    assert (marked["public"], marked["bookmarked"]) == (True, False)
    link = path(marked)
    assert await site.api("PATCH", place, {"bookmarked": True}) == {**marked, "bookmarked": True}
    assert await site.api("PATCH", place, {"public": True}) == {**marked, "bookmarked": True}
    assert await site.api("GET", f"{place}/share") == {**marked, "bookmarked": True}
    await site.page(link)
    await site.page(link, headers={"X-Project": "other"})  # whoever opens it
    revoked = await site.api("PATCH", place, {"public": False})
    assert (revoked["public"], revoked["shareUrl"]) == (False, None)
    await site.page(link, 404)
    again = path(await site.api("PATCH", place, {"public": True}))
    assert again != link
    await site.page(again)
    await site.page(link, 404)


async def test_a_link_shows_its_session_and_nothing_else(site: Site) -> None:
    await filled(site)
    page = await site.page(path(await site.api("PATCH", SESSION, {"public": True, "bookmarked": True})))
    assert page.one("h1").text == "s"
    assert "bookmarked" not in page.text  # which is the owner's own business
    assert [card.one("h2").text for card in page.all("article")] == ["first 1.0s", "second 1.0s"]
    assert page.links() == []
    assert "secret" not in page.text
    assert "default" not in page.text  # the project
    assert "inner" in page.text


async def test_a_link_shows_its_trace_and_nothing_else(site: Site) -> None:
    await filled(site)
    page = await site.page(path(await site.api("PATCH", TRACE, {"public": True})))
    assert page.one("h1").text == "first"
    assert [line.all("span", "name")[0].text for line in page.all("li", "line")] == ["first", "inner"]
    assert page.links() == []
    assert "secret" not in page.text
    assert "second" not in page.text


async def test_a_shared_page_with_cut_texts_has_no_links_either(site: Site) -> None:
    spans = [span(1, n, {"session.id": "s", "input": "x" * 50_000}, parent=n // 2, at=n / 100) for n in range(1, 1500)]
    await site.write(*spans)
    for place in (SESSION, TRACE):
        page = await site.page(path(await site.api("PATCH", place, {"public": True})))
        assert page.links() == []
        assert "not shown" in page.text


async def test_a_link_of_a_long_session_turns_its_pages(site: Site) -> None:
    await site.write(*(span(n, n, {"session.id": "s"}, name=f"t{n}", at=n) for n in range(1, 53)))
    link = path(await site.api("PATCH", SESSION, {"public": True}))
    assert set((await site.page(link)).links()) == {"?page=2"}
    page = await site.page(f"{link}?page=2")
    assert [card.one("h2").text for card in page.all("article")] == ["t51 1.0s", "t52 1.0s"]


async def test_the_owner_sees_the_link_on_the_page(site: Site) -> None:
    await filled(site)
    for place, shown in ((SESSION, "/sessions/s"), (TRACE, f"/traces/{trace_id(1)}")):
        link = path(await site.api("PATCH", place, {"public": True, "bookmarked": True}))
        page = await site.page(shown)
        assert link in page.links()
        assert "bookmarked" in page.text


async def test_the_link_of_what_was_deleted_is_dead_for_good(site: Site) -> None:
    await filled(site)
    links = [path(await site.api("PATCH", place, {"public": True})) for place in (SESSION, TRACE)]
    await asyncio.wrap_future(site.store.delete_traces("default", [trace_id(1), trace_id(2)]))
    for link in links:
        await site.page(link, 404)
    await filled(site)  # what comes with the same ids is something else
    for link in links:
        await site.page(link, 404)
    assert (await site.api("GET", f"{SESSION}/share"))["public"] is False


async def test_projects_do_not_see_each_others_marks(site: Site) -> None:
    await filled(site)
    await site.write(span(1, 1, {"session.id": "s"}, name="theirs"), project="other")
    link = path(await site.api("PATCH", SESSION, {"public": True}))
    assert "theirs" not in (await site.page(link)).text
    assert site.store.mark("other", "session", "s").share is None


async def test_ids_with_slashes_can_be_marked(site: Site) -> None:
    await site.write(span(1, 1, {"session.id": "a/share"}), span(2, 2, {"session.id": "a"}))
    assert (await site.api("PATCH", "/api/sessions/a%2Fshare", {"bookmarked": True}))["id"] == "a/share"
    assert (await site.api("GET", "/api/sessions/a%2Fshare/share"))["bookmarked"] is True
    assert (await site.api("GET", "/api/sessions/a/share"))["bookmarked"] is False


@pytest.mark.parametrize("place", ["/api/sessions/x", "/api/traces/x"])
async def test_what_is_not_there_cannot_be_marked(site: Site, place: str) -> None:
    await filled(site)
    problem = await site.api("PATCH", place, {"bookmarked": True}, 404)
    assert problem["error"] == "NotFound"
    await site.api("GET", f"{place}/share", status=404)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, "bookmarked, public"), ({"bookmarked": 1}, "bookmarked"), ({"bookmarked": "true"}, "bookmarked"),
        ({"public": None}, "public"), ({"public": True, "name": "x"}, "name"),
        ([], "body"), ("x", "body"), (None, "body"),
    ],
)  # fmt: skip
async def test_a_body_that_cannot_be_used_is_refused_naming_what(site: Site, body: Any, names: str) -> None:
    await filled(site)
    async with site.client.session.patch(site.url(SESSION), data=json.dumps(body)) as response:
        problem = await response.json()
    assert response.status == 400, problem
    assert names in problem["message"]
    assert (await site.api("GET", f"{SESSION}/share"))["bookmarked"] is False
