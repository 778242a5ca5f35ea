"""Everything that came in a span is text on a page: no element, no attribute and no address comes from it."""

from __future__ import annotations

import asyncio
import json

import pytest

from sidetrace.proto.span import Value
from sidetrace.storage.store import NewScore

from .conftest import NOON, Node, Site, part, span, span_id, trace_id

MARKUP = (
    "\"><script>alert(1)</script></pre></title></textarea><img src=x onerror='alert(2)'>&lt;b&amp;{{ 7*7 }}{% raw %}"
)
WORDS = [
    "plain", MARKUP, "' onclick='alert(1)' x='", "javascript:alert(1)", "<!-- </main> -->",
    "\u202ereversed\x01\x07\ufeff",
]  # fmt: skip
IDS = ["a/b", "../../x", "100%", "%2e%2e%2Fx", 'quo"te', "it's", "two\nlines", "q?page=2#x", "a b+c", "é\u202e", "<b>"]


async def write(site: Site, word: str) -> None:
    """A session with the word in every field that a span or a score has."""
    said = [
        {"role": word, "name": word, "parts": [
            {"type": "text", "content": word}, {"type": "reasoning", "content": word},
            {"type": "tool_call", "id": word, "name": word, "arguments": {word: word}},
            {"type": "tool_call_response", "id": word, "response": word},
            {"type": "uri", "modality": word, "mime_type": word, "uri": word}, {"type": word, word: word},
        ]}
    ]  # fmt: skip
    about: dict[str, Value] = {
        "session.id": f"s {word}", "user.id": word, "tags": [word],
        f"metadata.{word}": word, "metadata.deep": json.dumps({word: [word]}),
        "langfuse.release": word, "langfuse.version": word, "langfuse.environment": word, "langfuse.trace.name": word,
    }  # fmt: skip
    chat: dict[str, Value] = {
        "gen_ai.operation.name": "chat", "gen_ai.response.model": word, "gen_ai.usage.input_tokens": 1,
        "gen_ai.input.messages": json.dumps(said), "gen_ai.output.messages": json.dumps(said),
        "langfuse.observation.model.parameters": json.dumps({word: word}),
        "langfuse.observation.usage_details": json.dumps({word: 1}),
        "langfuse.observation.prompt.name": word, "langfuse.observation.prompt.version": 3,
        f"langfuse.observation.metadata.{word}": word,
    }  # fmt: skip
    await site.write(
        span(1, 1, {**about, "input": word, "output": json.dumps([word, word, {word: word}])}, name=word),
        span(1, 2, {**chat}, parent=1, name=word, error=word),
    )
    scores = [
        NewScore("1", word, "TEXT", NOON, string_value=word, source=word, comment=word, session_id=f"s {word}"),
        NewScore("2", word, "TEXT", NOON, string_value=word, source=word, comment=word, trace_id=trace_id(1)),
        NewScore("3", word, "TEXT", NOON, string_value=word, trace_id=trace_id(1), observation_id=span_id(2)),
    ]
    await asyncio.wrap_future(site.store.put_scores("default", scores))


def skeleton(page: Node) -> list[tuple[str, tuple[str, ...], str]]:
    """The elements of a page with the names of their attributes and their styles."""
    return [(node.tag, tuple(node.attrs), node.attrs.get("class", "")) for node in page.every()]


async def pages(site: Site, word: str) -> list[Node]:
    session = f"/sessions/{part(f's {word}')}"
    return [await site.page(path) for path in ("/", session, f"/traces/{trace_id(1)}")]


@pytest.fixture
async def plain(tmp_path_factory: pytest.TempPathFactory, site: Site) -> list[list[tuple[str, tuple[str, ...], str]]]:
    """The pages of a harmless word; the store under test then holds another."""
    await write(site, WORDS[0])
    found = [skeleton(page) for page in await pages(site, WORDS[0])]
    assert await asyncio.wrap_future(site.store.delete_traces("default", [trace_id(1)])) == 1
    return found


@pytest.mark.parametrize("word", WORDS[1:])
async def test_a_page_has_the_same_elements_whatever_the_fields_say(
    site: Site, plain: list[list[tuple[str, tuple[str, ...], str]]], word: str
) -> None:
    await write(site, word)
    told = await pages(site, word)
    assert [skeleton(page) for page in told] == plain
    shown = " ".join(word.split())
    for page in told:
        assert shown in page.text
        for node in page.every():
            for name in ("href", "src"):
                if name in node.attrs:
                    assert node.attrs[name].startswith(("/", "?", "data:,"))
                    assert not node.attrs[name].startswith("//")


async def test_the_word_stands_in_every_field(site: Site) -> None:
    """So that the test above cannot pass by showing nothing."""
    await write(site, MARKUP)
    session, trace = (await pages(site, MARKUP))[1:]
    for page in (session, trace):
        assert MARKUP in page.one("title").text
        assert MARKUP in page.one("h1").text
        assert page.facts()["User"] == MARKUP
        assert page.facts()["Environment"] == MARKUP
        assert page.one("ul", "tags").text == MARKUP
        assert MARKUP in page.one("details", "scores").text
        assert MARKUP in [each.text for each in page.all("details", "members")[0].all("th")]
    assert trace.facts()["Release"] == trace.facts()["Version"] == MARKUP
    line = trace.all("li", "line")[1]
    assert line.one("p", "status").text == MARKUP
    assert line.one("span", "model").text == MARKUP
    assert line.all("p", "speaker")[0].text == f"{MARKUP} ({MARKUP})"
    assert [piece.attrs["class"].split()[1] for piece in line.all("div", "piece")][:3] == ["text", "reasoning", "call"]
    assert line.facts()["Prompt"] == f"{MARKUP} v3"


async def test_whatever_an_id_holds_its_link_opens(site: Site) -> None:
    await site.write(*(span(f"{name} trace", n, {"session.id": name}, at=n) for n, name in enumerate(IDS, 1)))
    home = await site.page("/")
    links = [link for link in home.links() if link.startswith("/sessions/")]
    assert len(links) == len(IDS)
    opened = set()
    for link in links:
        page = await site.page(link)
        opened.add(page.one("h1").whole_text)
        (down,) = [link for link in page.links() if link.startswith("/traces/")]
        trace = await site.page(down)
        assert link in trace.links()
    assert opened == set(IDS)


@pytest.mark.parametrize("odd", ["%00", "%ff", "%ED%A0%80", "%0A", "%E2%80%AE", "x" * 5000, "%3Cscript%3E"])
async def test_odd_addresses_are_404(site: Site, odd: str) -> None:
    for path in (f"/sessions/{odd}", f"/traces/{odd}", f"/project/{odd}/traces/1", f"/share/{odd}"):
        page = await site.page(path, 404)
        assert page.one("h1").text == "Not Found"
        assert len(page.text) < 1000


async def test_halves_of_characters_do_not_break_a_page(site: Site) -> None:
    half = '{"a": "\\ud800 and \\udfff", "role": "user", "content": "\\ud83d"}'
    await site.write(span(1, 1, {"input": half, "output": f"[{half}]", "metadata.k": half, "session.id": "s"}))
    for path in ("/sessions/s", f"/traces/{trace_id(1)}"):
        await site.page(path)
