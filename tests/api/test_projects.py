"""Projects over HTTP: every endpoint and page with the key of one project, of another, and of none."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from sidetrace.api.app import OPEN, OPERATORS, add_api_routes
from sidetrace.api.route import Route
from sidetrace.api.routes import ROUTES
from sidetrace.config import Config
from sidetrace.keys import Keyring
from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Value
from sidetrace.receiver.gate import Gate
from sidetrace.receiver.http import add_telemetry_routes
from sidetrace.receiver.intake import Intake
from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.web.app import add_pages

from .conftest import span, span_id, trace_id

WORD = "sesame"
"""In every text of the project `lab`, and in none of `shop`."""
LAB = "Basic " + base64.b64encode(b"pk-lab:sk-lab").decode()
SHOP = "Bearer tok-shop"
OPERATOR = "Bearer token-of-the-operator"
WRONG = (None, "Bearer sk-lab", "Bearer pk-lab", "Basic " + base64.b64encode(b"pk-lab:sk-shop").decode())
CONFIG = Config.model_validate(
    {
        "projects": {
            "shop": {"public_key": "pk-shop", "secret_key": "sk-shop", "bearer_token": "tok-shop"},
            "lab": {"public_key": "pk-lab", "secret_key": "sk-lab"},
        }
    }
)

IDS = {"traces": trace_id(1), "sessions": f"s-{WORD}", "users": f"u-{WORD}", "observations": span_id(2)}
METRICS = {
    "view": "observations",
    "dimensions": [{"field": "name"}],
    "metrics": [{"measure": "count", "aggregation": "count"}],
    "fromTimestamp": "2020-01-01T00:00:00Z",
    "toTimestamp": "2030-01-01T00:00:00Z",
    "filters": [],
}
QUERIES = {"MetricsParams": {"query": json.dumps(METRICS)}, "FindParams": {"q": "traces"}}
SAME_FOR_ALL = frozenset({"/api/public/v2/prompts", "/api/public/v2/prompts/{id}", "/api/public/media/{id}"})
"""What is kept for nobody: prompts and media."""


@dataclass
class Site:
    """A server with two projects, of which only `lab` has anything; and how to ask it."""

    client: TestClient[web.Request, web.Application]
    store: SqliteStore

    async def ask(
        self, method: str, path: str, key: str | None, query: dict[str, str] | None = None, body: Any = None
    ) -> tuple[int, str]:
        """Return the status and the text of an answer."""
        url = URL(f"http://{self.client.host}:{self.client.port}{path}", encoded=True).with_query(query)
        headers = {"Authorization": key} if key else {}
        async with self.client.session.request(method, url, headers=headers, json=body) as response:
            return response.status, await response.text()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Serve API, pages and telemetry to the projects of `CONFIG`, with the spans and a score of `lab`."""
    store = SqliteStore.open(tmp_path / "sidetrace.db")
    intake = Intake(store)
    gate = Gate(Keyring(CONFIG.projects, OPERATOR.removeprefix("Bearer ")), OPEN, OPERATORS, {})
    app = web.Application(middlewares=[gate.middleware(intake)])
    add_telemetry_routes(app, intake, 2**20)
    add_api_routes(app, store, CONFIG)
    add_pages(app, store, CONFIG)
    about: dict[str, Value] = {
        "session.id": f"s-{WORD}",
        "user.id": f"u-{WORD}",
        "metadata.plan": WORD,
        "tags": [WORD],
        "other.id": WORD,
    }
    call: dict[str, Value] = {"gen_ai.request.model": WORD, "gen_ai.usage.input_tokens": 3, "input.value": WORD}
    mapper = Mapper()
    told = [span(1, 1, about, name=WORD), span(1, 2, {**call, "gen_ai.operation.name": "chat"}, parent=1, name=WORD)]
    told.append(span(2, 3, {"chat.thread": WORD}, name=WORD))
    async with TestClient(TestServer(app)) as client:
        await asyncio.wrap_future(store.write("lab", [mapper.map(one) for one in told], []))
        made = Site(client, store)
        score = {"id": f"score-{WORD}", "traceId": trace_id(1), "name": WORD, "value": 1}
        assert (await made.ask("POST", "/api/public/scores", LAB, body=score))[0] == 200
        query = {"name": WORD, "query": f"traces by {WORD}"}
        assert (await made.ask("POST", "/api/saved", LAB, body=query))[0] == 200
        yield made
    await asyncio.to_thread(intake.close)
    await asyncio.to_thread(store.close)


def place(route: Route) -> str:
    """Return the path of a route with the id of something of `lab` in it."""
    noun = next((noun for noun in IDS if f"/{noun}/{{id}}" in route.path), "")
    return route.path.replace("{id}", IDS.get(noun, f"score-{WORD}"))


READS = [route for route in ROUTES if route.method == "GET" and not route.open and not route.operator]
CLOSED = [route for route in ROUTES if not route.open]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", READS, ids=named)
async def test_no_key_reads_what_is_anothers(site: Site, route: Route) -> None:
    query = QUERIES.get(route.query.__name__) if route.query else None
    status, own = await site.ask("GET", place(route), LAB, query)
    if route.path in SAME_FOR_ALL:
        assert status in (200, 404)
    else:
        assert status == 200, own
        assert WORD in own or route.path == "/api/public/projects" or route.path.endswith(("/daily", "/share"))
    status, foreign = await site.ask("GET", place(route), SHOP, query)
    if "{id}" in route.path:
        assert (status, json.loads(foreign)["error"]) == (404, "NotFound"), foreign
    else:
        assert status == 200, foreign
        assert WORD not in foreign
        assert "lab" not in foreign
        assert own != foreign or route.path in SAME_FOR_ALL


@pytest.mark.parametrize("route", CLOSED, ids=named)
@pytest.mark.parametrize("key", WRONG)
async def test_every_endpoint_but_the_open_ones_wants_a_key(site: Site, route: Route, key: str | None) -> None:
    if (route.method, route.path, key) == ("POST", "/api/public/scores", "Bearer pk-lab"):
        return
    status, answer = await site.ask(route.method, place(route), key, body=None if route.method == "GET" else {})
    assert status == 401, answer
    told = json.loads(answer)
    assert told["error"] == "Unauthorized"
    assert told["message"]
    assert not [text for text in ("pk-", "sk-", "tok-", "lab", "shop", WORD) if text in answer]


async def test_a_refusal_asks_browsers_for_the_keys_and_says_where_to_look(site: Site) -> None:
    for path in ("/", "/api/public/traces", "/nowhere"):
        async with site.client.get(path, headers={"Authorization": "Bearer x"}) as response:
            assert (response.status, response.headers["WWW-Authenticate"]) == (401, 'Basic realm="sidetrace"')
            assert "host" in (await response.json())["message"]


async def test_what_is_open_needs_no_key(site: Site) -> None:
    for path in ("/health", "/api/public/health", "/api/openapi.json", "/static/sidetrace.css"):
        for key in (None, "Bearer x", SHOP):
            assert (await site.ask("GET", path, key))[0] == 200, path
    assert (await site.ask("GET", "/share/x", None))[0] == 404
    described = json.loads((await site.ask("GET", "/api/openapi.json", None))[1])["paths"]
    for route in ROUTES:
        operation = described[route.path][route.method.lower()]
        assert ("401" in operation["responses"], "security" in operation) == (not route.open, not route.open)


@pytest.mark.parametrize("path", ["/share/../", "//share/x", "/share%2F..%2Fapi/public/traces", "/health/", "/HEALTH"])
async def test_a_path_that_only_looks_open_is_not(site: Site, path: str) -> None:
    status, answer = await site.ask("GET", path, None)
    assert status == 401 or (status == 404 and WORD not in answer)


async def test_writes_go_to_the_callers_project_alone(site: Site) -> None:
    score = {"id": f"score-{WORD}", "traceId": trace_id(1), "name": "mine", "value": 2}
    assert (await site.ask("POST", "/api/public/scores", SHOP, body=score))[0] == 200
    mine = json.loads((await site.ask("GET", f"/api/public/v2/scores/score-{WORD}", SHOP))[1])
    theirs = json.loads((await site.ask("GET", f"/api/public/v2/scores/score-{WORD}", LAB))[1])
    assert (mine["name"], theirs["name"]) == ("mine", WORD)
    event = {"id": "e", "type": "trace-create", "timestamp": "2026-01-01T00:00:00Z", "body": {"id": trace_id(1)}}
    batch = {"batch": [{**event, "body": {"id": trace_id(1), "name": "mine"}}]}
    assert (await site.ask("POST", "/api/public/ingestion", SHOP, body=batch))[0] == 207
    assert json.loads((await site.ask("GET", f"/api/public/traces/{trace_id(1)}", SHOP))[1])["name"] == "mine"
    assert (await site.ask("DELETE", f"/api/public/scores/score-{WORD}", SHOP))[0] < 300
    assert (await site.ask("DELETE", f"/api/public/traces/{trace_id(1)}", SHOP))[0] == 200
    assert (await site.ask("DELETE", f"/api/public/traces/{trace_id(2)}", SHOP))[0] == 404
    for path in (f"/api/sessions/s-{WORD}", f"/api/traces/{trace_id(2)}"):
        assert (await site.ask("PATCH", path, SHOP, body={"public": True}))[0] == 404
    kept = json.loads((await site.ask("GET", f"/api/public/traces/{trace_id(1)}", LAB))[1])
    assert (kept["name"], [score["name"] for score in kept["scores"]]) == (WORD, [WORD])


async def test_saved_queries_are_the_projects_that_saved_them(site: Site) -> None:
    async def saved(key: str) -> list[str]:
        return [each["name"] for each in json.loads((await site.ask("GET", "/api/saved", key))[1])["data"]]

    assert (await site.ask("DELETE", f"/api/saved/{WORD}", SHOP))[0] == 404
    query = {"name": "slow", "query": "latency:>5"}
    assert (await site.ask("POST", "/api/saved", SHOP, body=query))[0] == 200
    assert (await saved(LAB), await saved(SHOP)) == ([WORD], ["slow"])
    # the operator says for which project; the keys of one say nothing about another, nor of themselves this way
    for key, status in ((SHOP, 403), (LAB, 403), (OPERATOR, 200)):
        assert (await site.ask("POST", "/api/projects/lab/saved", key, body=query))[0] == status
    assert (await saved(LAB), await saved(SHOP)) == ([WORD, "slow"], ["slow"])
    assert (await site.ask("POST", "/api/projects/mill/saved", OPERATOR, body=query))[0] == 404
    assert (await site.ask("GET", "/api/saved", OPERATOR))[0] == 403


async def test_a_public_key_alone_posts_scores_and_nothing_else(site: Site) -> None:
    score = {"id": "alone", "traceId": trace_id(1), "name": "thumb", "value": 1}
    assert (await site.ask("POST", "/api/public/scores", "Bearer pk-shop", body=score))[0] == 200
    assert (await site.ask("GET", "/api/public/v2/scores/alone", SHOP))[0] == 200
    assert (await site.ask("GET", "/api/public/v2/scores/alone", LAB))[0] == 404
    for method, path in (("GET", "/api/public/scores"), ("POST", "/api/public/ingestion"), ("POST", "/api/sql")):
        assert (await site.ask(method, path, "Bearer pk-shop"))[0] == 401


async def test_the_project_is_the_callers(site: Site) -> None:
    for key, name in ((LAB, "lab"), (SHOP, "shop")):
        (project,) = json.loads((await site.ask("GET", "/api/public/projects", key))[1])["data"]
        assert (project["id"], project["name"]) == (name, name)


async def test_pages_are_the_callers_and_links_are_for_everybody(site: Site) -> None:
    for path in ("/", f"/traces/{trace_id(1)}", f"/project/lab/traces/{trace_id(1)}", f"/sessions/s-{WORD}"):
        status, page = await site.ask("GET", path, LAB)
        assert (status, WORD in page) == (200, True)
        assert (await site.ask("GET", path, None))[0] == 401
        status, page = await site.ask("GET", path, SHOP)
        assert (status, f">{WORD}<" in page) == (200 if path == "/" else 404, False)
    assert (await site.ask("GET", f"/project/shop/traces/{trace_id(1)}", LAB))[0] == 404
    status, answer = await site.ask("PATCH", f"/api/sessions/s-{WORD}", LAB, body={"public": True})
    link = URL(json.loads(answer)["shareUrl"])
    assert str(link).startswith(f"http://{site.client.host}:{site.client.port}/share/")
    for key in (None, SHOP, LAB, "Bearer x"):
        status, page = await site.ask("GET", link.path, key)
        assert (status, WORD in page) == (200, True)


@pytest.mark.parametrize(
    "query", ["SELECT * FROM traces", "SELECT * FROM observations", "SELECT count(*) FROM sessions HAVING count(*) > 0"]
)
async def test_sql_sees_the_callers_project(site: Site, query: str) -> None:
    status, own = await site.ask("POST", "/api/sql", LAB, body={"query": query})
    assert (status, bool(json.loads(own)["rows"])) == (200, True)
    status, foreign = await site.ask("POST", "/api/sql", SHOP, body={"query": query})
    assert (status, json.loads(foreign)["rows"]) == (200, [])
    assert (await site.ask("POST", "/api/sql", SHOP, body={"query": "SELECT * FROM main.traces"}))[0] == 400


async def test_doctor_shows_what_is_the_callers(site: Site) -> None:
    assert (await site.ask("POST", "/v1/traces", None))[0] == 401
    assert (await site.ask("POST", "/v1/traces", LAB, body=[WORD]))[0] == 400
    await asyncio.wrap_future(site.store.write("shop", [], []))  # the commit that takes what was noted before
    own = json.loads((await site.ask("GET", "/api/doctor", LAB))[1])
    assert (own["received"], own["stored"], own["traces"], own["sessions"], own["users"]) == (3, 3, 2, 1, 1)
    assert [trace["id"] for trace in own["newestTracesWithoutSession"]] == [trace_id(2)]
    assert [hint["attribute"] for hint in own["sessionHints"]] == ["chat.thread"]
    assert own["modelsWithoutPrice"] == [{"model": WORD, "observations": 1}]
    assert [tally["name"] for tally in own["rejections"]] == ["undecodable body"]
    assert (own["location"], own["sizeBytes"], own["remap"]) == (None, None, None)
    foreign = json.loads((await site.ask("GET", "/api/doctor", SHOP))[1])
    assert {key: value for key, value in foreign.items() if value and key != "schemaVersion"} == {}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_mapping_anew_is_the_operators_act(site: Site, method: str) -> None:
    for key in (LAB, SHOP):
        status, answer = await site.ask(method, "/api/remap", key)
        assert (status, json.loads(answer)["error"]) == (403, "Forbidden")
        assert "sidetrace remap" in json.loads(answer)["message"]
    assert (await site.ask(method, "/api/remap", OPERATOR))[0] == 200


async def test_the_operators_token_opens_nothing_else(site: Site) -> None:
    for route in ROUTES:
        if not (route.open or route.operator):
            status, answer = await site.ask(route.method, place(route), OPERATOR)
            assert (status, WORD in answer) == (403, False), named(route)
    assert (await site.ask("GET", "/", OPERATOR))[0] == 403
    assert (await site.ask("POST", "/v1/traces", OPERATOR))[0] == 403


async def test_without_the_gate_nothing_is_answered(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "sidetrace.db")
    app = web.Application()
    add_api_routes(app, store, CONFIG)
    async with TestClient(TestServer(app)) as client:
        for key in ({}, {"Authorization": LAB}):
            assert (await client.get("/api/public/traces", headers=key)).status == 500
    await asyncio.to_thread(store.close)
