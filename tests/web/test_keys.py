"""Pages behind the keys of projects: each key opens its project's, a link opens without any."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sidetrace.api.app import OPEN, OPERATORS, add_api_routes
from sidetrace.config import Config
from sidetrace.keys import Keyring
from sidetrace.receiver.gate import Gate
from sidetrace.receiver.intake import Intake
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.web.app import add_pages

from .conftest import Site, span, trace_id

KEYS = {name: {"public_key": f"pk-{name}", "secret_key": f"sk-{name}"} for name in ("one", "two")}


@pytest.fixture
async def keyed(tmp_path: Path) -> AsyncIterator[Site]:
    """Serve an empty store to two projects."""
    config = Config.model_validate({"projects": KEYS})
    store = SqliteStore.open(tmp_path / "sidetrace.db")
    intake = Intake(store)
    gate = Gate(Keyring(config.projects), OPEN, OPERATORS, {})
    app = web.Application(middlewares=[gate.middleware(intake)])
    add_api_routes(app, store, config)
    add_pages(app, store, config)
    async with TestClient(TestServer(app)) as client:
        yield Site(client, store)
    await asyncio.to_thread(intake.close)
    await asyncio.to_thread(store.close)


def key(name: str, secret: str = "") -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'pk-{name}:sk-{secret or name}'.encode()).decode()}"}


@pytest.mark.parametrize("path", ["/", "/sessions/s", f"/traces/{trace_id(1)}", f"/project/one/traces/{trace_id(1)}"])
async def test_a_page_opens_with_its_projects_key_alone(keyed: Site, path: str) -> None:
    await keyed.write(span(1, 1, {"session.id": "s"}, name="mine"), project="one")
    assert "s" in (await keyed.page(path, headers=key("one"))).text
    for headers in ({}, key("one", secret="two")):
        async with keyed.client.session.get(keyed.url(path), headers=headers) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith("Basic")  # browsers ask for the keys
    if path == "/":
        assert "mine" not in (await keyed.page(path, headers=key("two"))).text
    else:
        await keyed.page(path, 404, headers=key("two"))


async def test_a_link_opens_without_a_key(keyed: Site) -> None:
    await keyed.write(span(1, 1, {"session.id": "s"}, name="mine"), project="one")
    for headers, status in ((key("two"), 404), ({}, 401), (key("one"), 200)):
        async with keyed.client.session.patch(
            keyed.url("/api/sessions/s"), json={"public": True}, headers=headers
        ) as response:
            assert response.status == status
            answer = await response.json()
    link = answer["shareUrl"]
    assert link.startswith(f"http://{keyed.client.host}:{keyed.client.port}/share/")
    for headers in ({}, key("two"), {"Authorization": "Bearer nobody"}):
        page = await keyed.page(urlsplit(link).path, headers=headers)
        assert page.one("article").one("h2").text == "mine 1.0s"
        assert "one" not in page.text.split()
    async with keyed.client.session.get(keyed.url("/static/sidetrace.css")) as response:
        assert response.status == 200
    await keyed.page("/share/unknown", 404)
    await keyed.page("/share/../sessions/s", 404)  # to this server the token of a link, to no other page
