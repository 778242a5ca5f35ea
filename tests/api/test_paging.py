"""Pages, and the parameters that every list refuses."""

from __future__ import annotations

import pytest

from .conftest import Api, part, span

LISTS = ["sessions", "traces", "observations", "users"]


@pytest.mark.parametrize("name", LISTS)
async def test_pages_hold_every_item_once_even_where_the_order_has_ties(api: Api, name: str) -> None:
    await api.write(
        *(span(number, number, {"session.id": f"s{number}", "user.id": f"u{number}"}) for number in range(1, 24))
    )
    for order in ("", "&orderBy=totalTokens.desc", "&orderBy=environment.asc"):
        pages = [await api.get(f"/api/public/{name}", f"limit=10&page={page}{order}") for page in (1, 2, 3, 4)]
        ids = [item["id"] for page in pages for item in page["data"]]
        assert len(ids) == len(set(ids)) == 23
        assert [page["meta"] for page in pages] == [
            {"page": page, "limit": 10, "totalItems": 23, "totalPages": 3} for page in (1, 2, 3, 4)
        ]


async def test_an_empty_store_has_no_pages(api: Api) -> None:
    for name in LISTS:
        assert await api.get(f"/api/public/{name}") == {
            "data": [],
            "meta": {"page": 1, "limit": 50, "totalItems": 0, "totalPages": 0},
        }


@pytest.mark.parametrize(
    ("lists", "parameter", "value"),
    [
        (LISTS, "page", "0"),
        (LISTS, "page", "-1"),
        (LISTS, "page", "x"),
        (LISTS, "page", "1.5"),
        (LISTS, "page", "99999999999999999999"),
        (LISTS, "page", "1&page=2"),
        (LISTS, "limit", "0"),
        (LISTS, "limit", "101"),
        (LISTS, "limit", "many"),
        (LISTS, "orderBy", "nothing.asc"),
        (LISTS, "orderBy", "id"),
        (LISTS, "orderBy", "metadata.desc"),
        (LISTS, "filter", "{"),
        (LISTS, "filter", part('[{"type": "string", "column": "nothing", "operator": "=", "value": "x"}]')),
        (LISTS, "environment", "&".join(["environment=x"] * 101)[12:]),
        (["sessions", "traces", "users"], "tags", "&".join(["tags=x"] * 101)[5:]),
        (["sessions", "traces", "users"], "fromTimestamp", "yesterday"),
        (["sessions", "traces", "users"], "toTimestamp", "2026-13-01"),
        (["sessions", "traces", "users", "observations"], "userId", "a&userId=b"),
        (["traces", "observations"], "name", "a&name=b"),
        (["traces"], "sessionId", "a&sessionId=b"),
        (["traces", "observations"], "version", "a&version=b"),
        (["traces"], "release", "a&release=b"),
        (["traces"], "fields", "core&fields=io"),
        (["observations"], "fromStartTime", "noon"),
        (["observations"], "toStartTime", "12"),
        (["observations"], "type", "span"),
        (["observations"], "level", "FATAL"),
        (["observations"], "traceId", "a&traceId=b"),
        (["observations"], "parentObservationId", "a&parentObservationId=b"),
    ],
)
async def test_a_parameter_that_cannot_be_used_is_named(api: Api, lists: list[str], parameter: str, value: str) -> None:
    for name in lists:
        answer = await api.get(f"/api/public/{name}", f"{parameter}={value}", status=400)
        assert answer.keys() == {"message", "error"}
        assert answer["message"].startswith(f"{parameter}: ")
        assert answer["error"] == "BadParameter"


async def test_empty_parameters_are_their_defaults(api: Api) -> None:
    await api.write(span(1, 1, {"session.id": "s", "user.id": "u"}))
    empty = "page=&limit=&orderBy=&filter=&environment=&tags=&userId=&fromTimestamp=&toTimestamp=&name=&type=&level="
    for name in LISTS:
        assert (await api.get(f"/api/public/{name}", empty))["meta"]["totalItems"] == 1
