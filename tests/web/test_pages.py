"""What the pages of a trace, of a session and of the start show."""

from __future__ import annotations

import asyncio
import json

import pytest
from langfuse import Langfuse

from sidetrace.proto.span import Value
from sidetrace.storage.store import NewScore
from sidetrace.web.outline import LINES
from sidetrace.web.pages import CARDS

from .conftest import NOON, Node, Site, part, span, span_id, trace_id

ASKED = [{"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]}]
CALLED = [
    {
        "role": "assistant",
        "finish_reason": "length",
        "parts": [
            {"type": "text", "content": "I shall look."},
            {"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": {"city": "Paris"}},
        ],
    }
]
CHAT: dict[str, Value] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.response.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 1200,
    "gen_ai.usage.output_tokens": 34,
    "langfuse.observation.cost_details": '{"total": 0.02}',
    "gen_ai.input.messages": json.dumps(ASKED),
    "gen_ai.output.messages": json.dumps(CALLED),
}


async def three_traces(site: Site) -> None:
    about: dict[str, Value] = {"session.id": "s", "user.id": "ann", "tags": ["production"], "metadata.plan": "pro"}
    await site.write(
        span(1, 1, {**about, "input": '{"url": "x"}', "output": "fetched"}, name="url_fetch"),
        span(2, 2, {**about}, name="analysis", at=1, lasts=12.5),
        span(2, 3, {**CHAT}, parent=2, name="retrieval", at=1.5, lasts=0.5),
        span(2, 4, {"input": "q"}, parent=3, name="lookup", at=1.6, lasts=0.2, error="no such city"),
        span(3, 5, {**about}, name="quality_gate", at=14, lasts=1.7),
    )


def outline(page: Node) -> list[tuple[str, str]]:
    lines = page.one("ol", "tree").all("li", "line")
    return [(line.attrs["aria-level"], line.all("span", "name")[0].text) for line in lines]


async def test_the_page_that_the_sdk_links_to(site: Site) -> None:
    await three_traces(site)
    client = Langfuse(
        public_key=f"pk-{site.client.port}",  # the SDK keeps one client per key
        secret_key="sk-any",
        base_url=str(site.client.make_url("/")).rstrip("/"),
        tracing_enabled=False,
    )
    try:
        url = await asyncio.to_thread(lambda: client.get_trace_url(trace_id=trace_id(2)))
    finally:
        client.shutdown()
    assert url is not None
    assert url.startswith(str(site.client.make_url("/project/")))
    page = await site.page(url.removeprefix(str(site.client.make_url("/")).rstrip("/")))
    assert page.one("h1").text == "analysis"


async def test_the_page_of_a_trace(site: Site) -> None:
    await three_traces(site)
    page = await site.page(f"/traces/{trace_id(2)}")
    assert page.one("title").text == "analysis · sidetrace"
    assert page.facts() == {
        "Session": "s",
        "User": "ann",
        "Begun (UTC)": "2026-09-21 14:13:21",
        "Latency": "12.5s",
        "Cost": "$0.02",
        "Tokens": "1,234 1,200 in, 34 out",
        "Observations": "3",
        "Errors": "1",
        "Id": trace_id(2),
    }
    assert "/sessions/s" in page.links()
    assert page.one("ul", "tags").text == "production"
    assert page.all("details", "members")[0].text == "Metadata 1 plan pro"
    assert outline(page) == [("1", "analysis"), ("2", "retrieval"), ("3", "lookup")]
    root, retrieval, lookup = page.all("li", "line")
    assert root.all("summary")[0].text == "span analysis $0.02 12.5s"
    assert retrieval.all("summary")[0].text == "generation retrieval gpt-4o-mini 1,234 tokens $0.02 0.5s"
    assert lookup.all("summary")[0].text == "span lookup ERROR 0.2s"
    assert lookup.one("p", "status").text == "no such city"
    assert lookup.one("section").text == "Input q"
    asked, called = retrieval.all("div", "message")
    assert asked.text == "user Weather in Paris?"
    assert called.text == 'assistant stopped: length I shall look. calls get_weather {"city": "Paris"}'


async def test_the_page_of_a_session(site: Site) -> None:
    await three_traces(site)
    page = await site.page("/sessions/s")
    assert page.one("h1").text == "s"
    assert page.facts() == {
        "First activity (UTC)": "2026-09-21 14:13:20",
        "Last activity (UTC)": "2026-09-21 14:13:35",
        "Duration": "15.7s",
        "Latency of all traces": "15.2s",
        "Cost": "$0.02",
        "Tokens": "1,234 1,200 in, 34 out",
        "Traces": "3",
        "Observations": "5",
        "Errors": "1",
        "User": "ann",
    }
    cards = page.all("article")
    assert [card.one("h2").one("a").text for card in cards] == ["url_fetch", "analysis", "quality_gate"]
    assert [card.one("h2").one("a").attrs["href"] for card in cards] == [f"/traces/{trace_id(n)}" for n in (1, 2, 3)]
    assert [side.text for side in cards[0].all("section")] == ['Input {"url": "x"}', "Output fetched"]
    assert cards[0].all("ol") == []
    assert outline(cards[1]) == [("1", "retrieval"), ("2", "lookup")]
    assert "open" not in cards[1].one("details").attrs


async def test_scores_stand_on_their_pages(site: Site) -> None:
    await three_traces(site)
    scores = [
        NewScore("1", "helpful", "BOOLEAN", NOON, value=1, string_value="True", session_id="s", comment="well done"),
        NewScore("2", "depth", "NUMERIC", NOON, value=0.5, trace_id=trace_id(2)),
        NewScore(
            "3", "tone", "CATEGORICAL", NOON + 1, string_value="warm", trace_id=trace_id(2), observation_id=span_id(3)
        ),
    ]
    await asyncio.wrap_future(site.store.put_scores("default", scores))
    page = await site.page("/sessions/s")
    assert [row.text for row in page.one("details", "scores").one("tbody").all("tr")] == ["helpful True API well done"]
    page = await site.page(f"/traces/{trace_id(2)}")
    rows = [row.text for row in page.one("details", "scores").one("tbody").all("tr")]
    assert rows == ["depth 0.5 API", f"tone on {span_id(3)} warm API"]


async def test_the_first_page_leads_to_sessions_and_to_traces_without_one(site: Site) -> None:
    await three_traces(site)
    await site.write(span(9, 9, name="alone"))
    page = await site.page("/")
    sessions, traces = page.all("table")
    assert [row.all("td")[0].text for row in sessions.one("tbody").all("tr")] == ["s"]
    assert [row.all("td")[0].text for row in traces.one("tbody").all("tr")] == ["alone"]
    for link in page.links():
        async with site.client.session.get(site.url(link)) as response:
            assert response.status == 200, link


async def test_an_empty_store_has_a_first_page(site: Site) -> None:
    assert "None yet" in (await site.page("/")).text


@pytest.mark.parametrize("path", ["/traces/x", "/sessions/x", "/project/default/traces/x", "/share/x", "/share/x/y"])
async def test_what_is_not_there_is_404(site: Site, path: str) -> None:
    page = await site.page(path, 404)
    assert page.one("h1").text == "Not Found"


async def test_another_projects_pages_are_404(site: Site) -> None:
    await three_traces(site)
    for path in ("/sessions/s", f"/traces/{trace_id(2)}"):
        await site.page(f"/project/default{path}")
        await site.page(f"/project/other{path}", 404)
        await site.page(path, 404, headers={"X-Project": "other"})
        await site.page(f"/project/other{path}", 404, headers={"X-Project": "other"})
        await site.page(f"/project/default{path}", 404, headers={"X-Project": "other"})
    assert (await site.page("/", headers={"X-Project": "other"})).all("table") == []


@pytest.mark.parametrize("path", ["/", "/sessions/s", f"/traces/{trace_id(2)}", "/traces/x", "/share/x"])
async def test_nothing_runs_and_nothing_is_loaded_from_elsewhere(site: Site, path: str) -> None:
    await three_traces(site)
    async with site.client.session.get(site.url(path)) as response:
        policy = dict(rule.strip().split(" ", 1) for rule in response.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["style-src"] == "'self'"
        assert policy.keys() & {"script-src", "script-src-elem", "connect-src", "frame-src", "object-src"} == set()
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        page = Node("", inside=[await site.page(path, response.status)])
    assert page.all("script") == page.all("style") == page.all("form") == []
    assert [link.attrs["href"] for link in page.all("link")] == ["data:,", "/static/sidetrace.css"]
    async with site.client.session.get(site.url("/static/sidetrace.css")) as response:
        assert (response.status, response.content_type) == (200, "text/css")


async def test_a_large_trace_shows_its_first_observations_and_says_how_many_more(site: Site) -> None:
    count = 10_000
    spans = [span(1, n, {**CHAT, "session.id": "s"}, parent=n // 3, at=n / 1000) for n in range(1, count + 1)]
    for start in range(0, count, 2000):
        await site.write(*spans[start : start + 2000])
    page = await site.page(f"/traces/{trace_id(1)}")
    assert len(page.all("li", "line")) == LINES
    assert "9,000 more observations are not shown" in page.text
    assert f"/api/public/traces/{trace_id(1)}" in page.links()
    page = await site.page("/sessions/s")
    assert "9,999 are not shown" in page.text or "10,000 are not shown" in page.text


async def test_a_long_chain_is_drawn_flat(site: Site) -> None:
    await site.write(*(span(1, n, parent=n - 1, at=n / 1000) for n in range(1, 901)))
    page = await site.page(f"/traces/{trace_id(1)}")
    assert [level for level, _ in outline(page)] == [str(n) for n in range(1, 901)]


async def test_long_texts_are_cut_and_lead_to_the_whole(site: Site) -> None:
    await site.write(span(1, 1, {"input": "x" * 50_000, "output": "y" * 3_000_000, "metadata.k": "z" * 50_000}))
    page = await site.page(f"/traces/{trace_id(1)}")
    whole = f"/api/public/traces/{trace_id(1)}"
    sides = page.one("main").all("section", "side")[:2]
    assert [side.one("span", "cut").text for side in sides] == [
        "… 30,000 more characters are not shown",
        "… 2,980,000 more characters are not shown",
    ]
    assert sides[0].one("pre").whole_text.startswith("x" * 20_000 + "…")
    assert [side.links() for side in sides] == [[whole], [whole]]
    assert page.all("details", "members")[0].links() == [whole]
    assert (
        page.one("li", "line").links() == [f"/api/public/observations/{span_id(1)}"] * 4
    )  # its id, its input, its output, its metadata


async def test_a_page_of_long_texts_stays_small(site: Site) -> None:
    about: dict[str, Value] = {"session.id": "s", "input": "x" * 30_000, "output": "y" * 30_000}
    await site.write(*(span(n, n, {**about}, at=n) for n in range(1, CARDS + 1)))
    await site.write(*(span(999, 1000 + n, {**about}, parent=1000 if n else 0, at=n) for n in range(200)))
    for path in ("/sessions/s", f"/traces/{trace_id(999)}"):
        async with site.client.session.get(site.url(path)) as response:
            assert len(await response.read()) < 4_000_000
        assert "30,000 characters are not shown" in (await site.page(f"/traces/{trace_id(999)}")).text


async def test_a_session_of_many_traces_has_pages(site: Site) -> None:
    await site.write(*(span(n, n, {"session.id": "s"}, name=f"t{n}", at=n) for n in range(1, CARDS + 4)))
    page = await site.page("/sessions/s")
    assert len(page.all("article")) == CARDS
    assert page.all("nav")[0].links() == ["?page=2"]
    page = await site.page("/sessions/s?page=2")
    assert [card.one("h2").one("a").text for card in page.all("article")] == ["t51", "t52", "t53"]
    assert page.all("nav")[0].links() == ["?page=1"]
    for odd in ("0", "-1", "x", "9" * 30, "%00", "²"):
        assert len((await site.page(f"/sessions/s?page={part(odd)}")).all("article")) == CARDS


async def test_pictures_are_shown_from_their_own_bytes_alone(site: Site) -> None:
    def media(**source: str) -> dict[str, object]:
        return {"role": "user", "parts": [{"type": "blob", "modality": "image", "mime_type": "image/png", **source}]}

    pictures = [
        media(content="iVBORw0KGgo="),
        media(content='" onerror="x'),
        {"role": "user", "parts": [{"type": "uri", "modality": "image", "uri": "https://elsewhere.example/a.png"}]},
        {"role": "user", "parts": [{"type": "blob", "mime_type": "image/svg+xml", "content": "PHN2Zz4="}]},
    ]
    await site.write(span(1, 1, {**CHAT, "gen_ai.input.messages": json.dumps(pictures)}))
    page = await site.page(f"/traces/{trace_id(1)}")
    images = page.one("ol", "tree").all("img")
    assert [image.attrs for image in images] == [{"src": "data:image/png;base64,iVBORw0KGgo=", "alt": ""}]
    assert "https://elsewhere.example/a.png" in page.text
    assert "https://elsewhere.example/a.png" not in page.links()
