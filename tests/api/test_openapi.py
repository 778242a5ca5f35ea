"""GET /api/openapi.json says what is there, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sidetrace.api.app import ANY_TEXT
from sidetrace.mapping.observation import LEVELS, TYPES

from .conftest import Api


async def test_every_route_is_described_and_every_description_has_its_route(api: Api) -> None:
    document = await api.get("/api/openapi.json")
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    app = api.client.app
    assert app is not None
    served = {
        (route.method, route.resource.canonical.replace(ANY_TEXT, "{id}"))
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"  # HTTP's own twin of GET
    }
    assert served == described


async def test_the_document_holds_together(api: Api) -> None:
    document = await api.get("/api/openapi.json")
    assert document["openapi"] == "3.1.0"
    assert document["info"].keys() >= {"title", "version"}
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"]
            in_path = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert in_path == ({"id"} if "{id}" in path else set())
            for parameter in operation["parameters"]:
                assert parameter["schema"]["type"] in ("string", "integer", "number", "boolean", "array")
            assert any(status.startswith("2") for status in operation["responses"])
            assert all(response["description"] for response in operation["responses"].values())
    for reference in references(document):
        assert resolve(document, reference), reference


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def resolve(document: Any, reference: str) -> Any:
    node = document
    for key in reference.removeprefix("#/").split("/"):
        node = node[key]
    return node


async def test_parameters_say_what_they_take(api: Api) -> None:
    document = await api.get("/api/openapi.json")
    parameters = {each["name"]: each for each in document["paths"]["/api/public/observations"]["get"]["parameters"]}
    assert parameters["limit"]["schema"] == {"type": "integer", "default": 50, "minimum": 1, "maximum": 100}
    assert parameters["type"]["schema"]["enum"] == list(TYPES)
    assert parameters["level"]["schema"]["enum"] == list(LEVELS)
    assert parameters["fromStartTime"]["schema"]["format"] == "date-time"
    assert parameters["environment"]["schema"]["type"] == "array"


async def test_answers_have_the_fields_that_they_are_described_with(api: Api) -> None:
    document = await api.get("/api/openapi.json")
    session = document["components"]["schemas"]["Session"]
    assert set(session["required"]) == session["properties"].keys()
    assert {"id", "createdAt", "projectId", "environment", "userIds", "totalCost"} <= session["properties"].keys()
    sql = document["paths"]["/api/sql"]["post"]
    assert sql["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/SqlQuestion"}
    assert sql["responses"].keys() == {"200", "400", "401", "408", "413"}
