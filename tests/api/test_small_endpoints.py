"""Health, projects, doctor, and what is said about paths and methods that are not there."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

import pytest

from sidetrace.proto.span import Rejected

from .conftest import Api, span, trace_id


async def test_health_follows_the_store(api: Api) -> None:
    assert await api.get("/health") == {"status": "ok"}
    assert await api.get("/api/public/health") == {"status": "OK", "version": version("sidetrace")}
    await asyncio.to_thread(api.store.close)
    response = await api.client.get("/health")
    assert (response.status, response.headers["Retry-After"]) == (503, "1")
    assert (await response.json())["error"] == "Unavailable"


async def test_the_one_project_is_listed_as_langfuse_clients_want_it(api: Api) -> None:
    assert await api.get("/api/public/projects") == {
        "data": [
            {
                "id": "default",
                "name": "default",
                "organization": {"id": "default", "name": "default"},
                "metadata": {},
            }
        ]
    }


@pytest.mark.parametrize("authorization", ["Basic cGs6c2s=", "Basic ?", "Bearer x"])
async def test_any_credentials_are_taken(api: Api, authorization: str) -> None:
    response = await api.client.get("/api/public/traces", headers={"Authorization": authorization})
    assert response.status == 200


async def test_doctor_reports_what_happened(api: Api) -> None:
    await api.write(span(1, 1, {"session.id": "s"}), span(2, 1), rejected=[Rejected("no id", "span 'x'")])
    await api.write(span(1, 1, {"session.id": "s"}))
    report = await api.get("/api/doctor")
    assert (report["received"], report["stored"], report["repeated"], report["rejected"]) == (4, 2, 1, 1)
    assert (report["traces"], report["sessions"], report["tracesWithoutSession"]) == (2, 1, 1)
    assert [trace["id"] for trace in report["newestTracesWithoutSession"]] == [trace_id(2)]
    (rejection,) = report["rejections"]
    assert (rejection["name"], rejection["count"], rejection["example"]) == ("no id", 1, "span 'x'")
    assert rejection["lastAt"].endswith("Z")


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/public/nothing", "/api/public/sessions/", "/api/nothing/x", "/api/"]
)
async def test_an_unknown_path_is_404_json(api: Api, path: str) -> None:
    answer = await api.get(path, status=404)
    assert answer["error"] == "NotFound"
    assert path in answer["message"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/public/traces", "DELETE, GET, HEAD"),
        ("DELETE", "/api/public/sessions/s", "GET, HEAD"),
        ("GET", "/api/sql", "POST"),
        ("PUT", "/health", "GET, HEAD"),
        ("POST", "/api/openapi.json", "GET, HEAD"),
    ],
)
async def test_a_method_that_is_not_taken_is_405_json(api: Api, method: str, path: str, allowed: str) -> None:
    response = await api.client.request(method, path)
    assert (response.status, response.headers["Allow"]) == (405, allowed)
    assert (await response.json())["error"] == "MethodNotAllowed"


async def test_paths_outside_the_api_keep_their_own_errors(api: Api) -> None:
    response = await api.client.get("/elsewhere")
    assert (response.status, response.content_type) == (404, "text/plain")
