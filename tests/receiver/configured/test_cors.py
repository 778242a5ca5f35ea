"""CORS: which pages may send telemetry, what their browsers are told, and that nothing else opens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sidetrace.receiver.cors import names_host

from .conftest import PROTOBUF, Served

Start = Callable[..., Awaitable[Served]]
APP = "https://app.example"


def cors(keys: str) -> str:
    return f"{{http: {{endpoint: 'localhost:0', cors: {{{keys}}}}}}}"


async def preflight(session: Any, server: Served, origin: str, headers: str = "content-type", **more: str) -> Any:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers}
    async with session.options(server.url(more.pop("path", "/v1/traces")), headers={**asked, **more}) as response:
        return response.status, response.headers


async def post(session: Any, server: Served, body: bytes, origin: str, path: str = "/v1/traces") -> Any:
    async with session.post(server.url(path), data=body, headers={**PROTOBUF, "Origin": origin}) as response:
        return response.status, response.headers


async def test_a_page_that_is_listed_may_send_and_its_browser_is_told_so(
    served: Start, session: Any, body: bytes
) -> None:
    server = await served(cors(f"allowed_origins: [{APP}], exposed_headers: [x-one, x-two], max_age: 600"))
    status, headers = await preflight(session, server, APP)
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == APP
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert headers["Access-Control-Allow-Methods"] == "POST"
    assert headers["Access-Control-Allow-Headers"] == "content-type"
    assert headers["Access-Control-Max-Age"] == "600"
    assert headers["Vary"] == "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    assert "Access-Control-Expose-Headers" not in headers
    for path in ("/v1/traces", "/v1/logs", "/api/public/otel/v1/traces"):
        status, headers = await post(session, server, b"" if "logs" in path else body, APP.upper(), path)
        assert (status, headers["Access-Control-Allow-Origin"], headers["Vary"]) == (200, APP.upper(), "Origin")
        assert headers["Access-Control-Expose-Headers"] == "x-one, x-two"


async def test_a_page_that_is_not_listed_is_told_nothing_and_may_not_send(
    served: Start, session: Any, body: bytes
) -> None:
    server = await served(cors(f"allowed_origins: [{APP}]"))
    for origin in ("https://evil.example", "https://app.example.evil.example", "http://app.example", "null"):
        status, headers = await preflight(session, server, origin)
        assert status == 204
        assert not [name for name in headers if name.startswith("Access-Control")]
        status, headers = await post(session, server, body, origin)
        assert status == 403
        assert not [name for name in headers if name.startswith("Access-Control")]


async def test_without_allowed_origins_there_is_no_cors(served: Start, session: Any, body: bytes) -> None:
    server = await served("{http: {endpoint: 'localhost:0'}}")
    status, headers = await preflight(session, server, APP)
    assert status == 405
    assert (await post(session, server, body, APP))[0] == 403
    assert not [name for name in headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("origins", [f"[{APP}]", "['*']"])
async def test_nothing_but_telemetry_is_opened(served: Start, session: Any, origins: str) -> None:
    server = await served(cors(f"allowed_origins: {origins}"))
    for path in ("/api/public/traces", "/api/sql", "/", "/health"):
        async with session.get(server.url(path), headers={"Origin": APP}) as response:
            assert not [name for name in response.headers if name.startswith("Access-Control")]
        status, headers = await preflight(session, server, APP, path=path)
        assert status in (404, 405)
        assert not [name for name in headers if name.startswith("Access-Control")]
    wrong = {"Origin": APP, "Content-Type": "application/json"}
    async with session.post(server.url("/api/sql"), data=b"{}", headers=wrong) as response:
        assert response.status == 403


@pytest.mark.parametrize(
    ("pattern", "origin", "told", "trusted"),
    [
        ("*", APP, "*", False),
        ("https://*", APP, APP, False),
        ("https://*.example", APP, APP, True),
        ("https://*.example", "https://app.other", None, False),
        ("https://*.example", "https://.example", "https://.example", True),
        ("http://localhost:*", "http://localhost:5173", "http://localhost:5173", True),
        ("https://app.*", APP, APP, False),
    ],
)
async def test_patterns_and_whom_a_browser_may_send_credentials_for(
    served: Start, session: Any, body: bytes, pattern: str, origin: str, told: str | None, trusted: bool
) -> None:
    server = await served(cors(f"allowed_origins: '{pattern}'"))
    for _, headers in (await preflight(session, server, origin), await post(session, server, body, origin)):
        assert headers.get("Access-Control-Allow-Origin") == told
        assert ("Access-Control-Allow-Credentials" in headers) == trusted


@pytest.mark.parametrize(
    ("allowed", "wanted", "good"),
    [
        ("", "content-type", True),
        ("", "content-type, x-key", False),
        (", allowed_headers: [X-Key]", "x-key", True),
        (", allowed_headers: [X-Key]", "content-type", False),
        (", allowed_headers: ['*']", "content-type, x-key, anything", True),
    ],
)
async def test_headers_that_pages_may_send(served: Start, session: Any, allowed: str, wanted: str, good: bool) -> None:
    server = await served(cors(f"allowed_origins: [{APP}]{allowed}"))
    status, headers = await preflight(session, server, APP, wanted)
    assert status == 204
    assert headers.get("Access-Control-Allow-Headers") == (wanted if good else None)
    assert headers.get("Access-Control-Allow-Origin") == (APP if good else None)


async def test_a_preflight_needs_no_credentials_and_what_is_refused_is_marked_too(
    served: Start, session: Any, body: bytes
) -> None:
    protocols = (
        f"{{http: {{endpoint: 'localhost:0', auth: {{authenticator: basicauth}}, cors: {{allowed_origins: [{APP}]}}}}}}"
    )
    server = await served(protocols, "extensions: {basicauth: {htpasswd: {inline: 'a:b'}}}")
    assert (await preflight(session, server, APP))[0] == 204
    status, headers = await post(session, server, body, APP)
    assert (status, headers["Access-Control-Allow-Origin"]) == (401, APP)


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("https://a.example", True), ("https://a.example:8443", True), ("http://[::1]:3000", True),
        ("https://*.a.example", True), ("http://localhost:*", True), ("*", False), ("https://*", False),
        ("https://*:3000", False), ("https://a*.example", False), ("https://a.*", False), ("*.example", False),
        ("https://[", False), ("null", False),
    ],
)  # fmt: skip
def test_which_patterns_name_a_host(pattern: str, named: bool) -> None:
    assert names_host(pattern) is named
