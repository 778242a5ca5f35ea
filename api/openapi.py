"""The OpenAPI 3.1 document, made from the table of routes and the models in it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from .health import own_version
from .route import Route
from .routes import ROUTES

DOCUMENT_PATH = "/api/openapi.json"


class Problem(TypedDict):
    """What went wrong, and the name of the error."""

    message: str
    error: str


DESCRIPTION = """Questions over what the receiver stored. Under /api/public the shapes and manners are Langfuse's, with
further fields beside them. Times are ISO 8601 in UTC, costs USD or null, latencies and durations seconds unless the
name says Ms."""


KEYS = {
    "keys": {"type": "http", "scheme": "basic", "description": "The public and secret key of a project."},
    "token": {"type": "http", "scheme": "bearer", "description": "The token of a project."},
}


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document of all endpoints."""
    own = Route("GET", DOCUMENT_PATH, "Get this document", dict[str, object], lambda *_: None, open=True)
    routes = (*ROUTES, own)
    schemas, shared = TypeAdapter.json_schemas(
        [(key, "serialization", TypeAdapter(kind)) for key, kind in _kinds(routes).items()],
        ref_template="#/components/schemas/{model}",
    )
    refs = {key: schema for (key, _), schema in schemas.items()}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "sidetrace", "version": own_version(), "description": DESCRIPTION.replace("\n", " ")},
        "paths": paths,
        "components": {"schemas": shared.get("$defs", {}), "securitySchemes": KEYS},
    }


def _kinds(routes: Iterable[Route]) -> dict[str, Any]:
    kinds: dict[str, Any] = {"problem": Problem}
    for route in routes:
        key = f"{route.method} {route.path}"
        kinds[key] = route.answer
        kinds |= {f"{key} {status}": answer for status, answer in route.also.items()}
        if route.body:
            kinds[f"{key} body"] = route.body
    return kinds


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    key = f"{route.method} {route.path}"
    operation: dict[str, Any] = {
        "operationId": _name(route),
        "summary": route.summary,
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {
            str(route.status): _response(route.status, schemas[key]),
            **{str(status): _response(status, schemas[f"{key} {status}"]) for status in route.also},
            **{str(status): _response(status, schemas["problem"]) for status in _problems(route)},
        },
    }
    if not route.open:
        operation["security"] = [{}, *({name: []} for name in KEYS)]  # {}: a server without projects takes none
    if route.body:
        operation["requestBody"] = {"required": True, "content": _json(schemas[f"{key} body"])}
    return operation


def _response(status: int, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": HTTPStatus(status).phrase, "content": _json(schema)}


def _name(route: Route) -> str:
    words = [word for word in route.path.replace("{id}", "by id").replace(".", " ").replace("/", " ").split() if word]
    return route.method.lower() + "".join(word.capitalize() for word in words if word != "api")


def _problems(route: Route) -> tuple[int, ...]:
    usual = {400: route.query or route.body, 401: not route.open, 413: route.body}
    return (*(status for status, may in usual.items() if may), *route.problems)


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    if "{id}" not in route.path:
        return []
    return [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    properties: dict[str, dict[str, Any]] = route.query.model_json_schema()["properties"]
    return [_query_parameter(name, dict(schema)) for name, schema in properties.items()]


def _query_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    schema.pop("title", None)
    description = schema.pop("description", None)
    if "anyOf" in schema:  # "or null" is how a parameter may be left out; on the wire there is no null
        schema = next(choice for choice in schema["anyOf"] if choice.get("type") != "null")
    parameter: dict[str, Any] = {"name": name, "in": "query", "required": False, "schema": schema}
    if description:
        parameter["description"] = description
    return parameter


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
