"""The pages on a real server over loopback, with the real store behind them, read as HTML."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler
from yarl import URL

from sidetrace.api.app import add_api_routes
from sidetrace.caller import PROJECT
from sidetrace.config import Config
from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Resource, Scope, Span, Value
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.web.app import add_pages

NOON = 1_790_000_000 * 10**9
"""2026-09-21T14:13:20Z, when the spans of these tests begin."""

VOID = {"meta", "link", "img", "br"}


@dataclass
class Node:
    """An element: its tag, its attributes, and what is inside in order."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    inside: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, runs of white space as one space."""
        return " ".join("".join(self._texts()).split())

    @property
    def whole_text(self) -> str:
        """All text inside as it stands."""
        return "".join(self._texts())

    def _texts(self) -> Iterator[str]:
        for each in self.inside:
            yield each if isinstance(each, str) else each.whole_text

    def every(self) -> Iterator[Node]:
        """All elements inside, in order of reading."""
        for each in self.inside:
            if isinstance(each, Node):
                yield each
                yield from each.every()

    def all(self, tag: str, style: str = "") -> list[Node]:
        """The elements inside with that tag and among whose classes is `style`."""
        found = (node for node in self.every() if node.tag == tag)
        return [node for node in found if not style or style in node.attrs.get("class", "").split()]

    def one(self, tag: str, style: str = "") -> Node:
        """The only such element inside."""
        (found,) = self.all(tag, style)
        return found

    def facts(self) -> dict[str, str]:
        """What the first list of facts inside says."""
        facts = self.all("dl", "facts")[0]
        return {pair.one("dt").text: pair.one("dd").text for pair in facts.all("div")}

    def links(self) -> list[str]:
        """Where the links inside lead."""
        return [node.attrs["href"] for node in self.all("a")]


class Reader(HTMLParser):
    """Reads HTML into nodes; every element must be closed where it was opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = Node("")
        self._open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        assert len(node.attrs) == len(attrs), f"an attribute twice in {tag}"
        self._open[-1].inside.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    @classmethod
    def read(cls, html: str) -> Node:
        """Return the document."""
        reader = cls()
        reader.feed(html)
        reader.close()
        assert reader._open == [reader.top], f"{reader._open[-1].tag} is never closed"
        return reader.top


@dataclass
class Site:
    """The server under test, the store behind it, and how to look at it."""

    client: TestClient[web.Request, web.Application]
    store: SqliteStore

    async def write(self, *spans: Span, project: str = "default") -> None:
        """Store spans through the real mapper."""
        mapper = Mapper()
        await asyncio.wrap_future(self.store.write(project, [mapper.map(span) for span in spans], []))

    async def page(self, path: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Node:
        """Return the page at a path (as it goes over the wire)."""
        async with self.client.session.get(self.url(path), headers=headers, allow_redirects=False) as response:
            assert response.status == status, await response.text()
            assert response.headers["Content-Type"] == "text/html; charset=utf-8"
            return Reader.read(await response.text())

    async def api(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Return the JSON answer of an endpoint."""
        async with self.client.session.request(method, self.url(path), json=body) as response:
            answer = await response.json()
            assert response.status == status, answer
            return answer

    def url(self, path: str) -> URL:
        """Return the address of a path."""
        return URL(f"http://{self.client.host}:{self.client.port}{path}", encoded=True)


@web.middleware
async def by_header(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say the visitor's project as the gate does, by a header."""
    if "X-Project" in request.headers:
        with warnings.catch_warnings(action="ignore"):  # aiohttp would rather have a RequestKey
            request[PROJECT] = request.headers["X-Project"]
    return await handler(request)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Serve an empty store."""
    store = SqliteStore.open(tmp_path / "sidetrace.db")
    app = web.Application(middlewares=[by_header])
    config = Config.model_validate({})
    add_api_routes(app, store, config)
    add_pages(app, store, config)
    async with TestClient(TestServer(app)) as client:
        yield Site(client, store)
    await asyncio.to_thread(store.close)


def part(text: str) -> str:
    """Return text as one part of a path."""
    return quote(text, safe="")


def trace_id(number: int) -> str:
    """Return the id of trace `number`."""
    return f"{number:032x}"


def span_id(number: int) -> str:
    """Return the id of span `number`."""
    return f"{number:016x}"


def span(
    trace: int | str,
    number: int,
    attributes: dict[str, Value] | None = None,
    *,
    parent: int = 0,
    name: str = "step",
    at: float = 0,
    lasts: float = 1,
    error: str = "",
) -> Span:
    """Return a span that starts `at` seconds past noon; with an `error` it failed."""
    start = NOON + round(at * 1e9)
    return Span(
        trace_id=trace_id(trace) if isinstance(trace, int) else trace,
        span_id=span_id(number),
        parent_span_id=span_id(parent) if parent else "",
        name=name,
        kind=1,
        start_ns=start,
        end_ns=start + round(lasts * 1e9),
        attributes=attributes or {},
        resource=Resource({}),
        scope=Scope(),
        events=[],
        links=[],
        status_code=2 if error else 0,
        status_message=error,
    )
