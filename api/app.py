"""The query endpoints on an aiohttp application."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from ..caller import PROJECT
from ..config import Config
from ..errors import TooLarge, UndecodableBody
from ..keys import DEFAULT
from ..proto import decompress
from ..query.encode import encode
from ..query.sql_pool import SqlPool
from ..storage.store import Store
from .metrics import ROUTES as METRIC_ROUTES
from .openapi import DOCUMENT_PATH, document
from .params import read_body, read_params
from .pool import Pool
from .problems import json_problems
from .route import Call, Reply, Route
from .routes import ROUTES

SQL = "/api/sql"
MEASURED = frozenset(route.path for route in METRIC_ROUTES)
ANY_TEXT = r"{id:[\s\S]+}"
"""An id in a path: anything at all, slashes and line breaks too."""

OPEN = frozenset({DOCUMENT_PATH, *(route.path for route in ROUTES if route.open)})
"""The paths that need no key."""
OPERATORS = {route.path: route.operator for route in ROUTES if route.operator}
"""The paths that no project's key opens, with the command to run instead."""

READS, WRITES, METRICS, QUESTIONS = 4, 4, 2, 2
"""Threads that answer: writes wait for commits, metrics read whole tables and SQL may take its full time limit, so each
has its own and cannot hold up the rest. As many processes answer SQL as there are threads to wait for them."""


def add_api_routes(app: web.Application, store: Store, config: Config) -> None:
    """Add every endpoint of `ROUTES` and the OpenAPI document to `app`; their threads end with its cleanup.

    To be called once, before the application starts.
    """
    reads, writes = Pool("read", READS, reads=True), Pool("write", WRITES, reads=False)
    metrics, questions = Pool("metrics", METRICS, reads=True), Pool("sql", QUESTIONS, reads=False)
    sql = SqlPool(store.path)

    async def close_sql(_: web.Application) -> None:
        await asyncio.to_thread(sql.close)

    app.middlewares.append(json_problems)
    app.on_cleanup.extend((reads.close, writes.close, metrics.close, questions.close, close_sql))
    for route in ROUTES:
        if route.path == SQL:
            pool = questions
        elif route.path in MEASURED:
            pool = metrics
        else:
            pool = reads if route.method == "GET" else writes
        _add(app, route.method, route.path.replace("{id}", ANY_TEXT), _handler(route, store, config, sql, pool))
    _add(app, "GET", DOCUMENT_PATH, _describe)


def _add(app: web.Application, method: str, path: str, handler: Handler) -> None:
    if method == "GET":
        app.router.add_get(path, handler)  # and HEAD
    else:
        app.router.add_route(method, path, handler)


def _handler(route: Route, store: Store, config: Config, sql: SqlPool, pool: Pool) -> Handler:
    only_reads = route.method == "GET" or route.path == SQL

    async def handle(request: web.Request) -> web.Response:
        def gone() -> bool:
            transport = request.transport
            return transport is None or transport.is_closing()

        project = _project(request, route, config)
        params = read_params(route.query, request.query) if route.query else None
        body = await _read(request, route.largest) if route.body else b""

        def work() -> tuple[int, bytes]:
            if only_reads and gone():
                return 200, b""  # the caller left while this waited its turn: nobody would read the answer
            call = Call(
                store,
                config,
                project=project,
                sql=sql,
                gone=gone,
                id=request.match_info.get("id", ""),
                params=params,
                body=read_body(route.body, body) if route.body else None,
                base=f"{request.scheme}://{request.host}",
            )
            answer = route.handle(call)
            reply = answer if isinstance(answer, Reply) else Reply(route.status, answer)
            return reply.status, encode(reply.body)

        return _answer(*await pool.run(work))

    return handle


def _project(request: web.Request, route: Route, config: Config) -> str:
    """Return the caller's project, which the gate before these routes has found out."""
    with_key = bool(config.projects) and not route.open
    project: str = request[PROJECT] if with_key else request.get(PROJECT, DEFAULT)
    return project


async def _read(request: web.Request, limit: int) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"the body is over the limit of {limit} bytes")
            chunks.append(chunk)
    except web.RequestPayloadError as error:
        raise UndecodableBody(f"the body broke off after {size} bytes: {error}") from error
    return decompress(b"".join(chunks), request.headers.get("Content-Encoding", ""), limit)


async def _describe(_: web.Request) -> web.Response:
    return _answer(200, encode(document()))


def _answer(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json", charset="utf-8")
