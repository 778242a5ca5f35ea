"""The query endpoints on an aiohttp application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

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
from .openapi import DOCUMENT_PATH, document
from .params import read_body, read_params
from .problems import json_problems
from .route import Call, Reply, Route
from .routes import ROUTES

SQL = "/api/sql"
ANY_TEXT = r"{id:[\s\S]+}"
"""An id in a path: anything at all, slashes and line breaks too."""

OPEN = frozenset({DOCUMENT_PATH, *(route.path for route in ROUTES if route.open)})
"""The paths that need no key."""
OPERATORS = {route.path: route.operator for route in ROUTES if route.operator}
"""The paths that no project's key opens, with the command to run instead."""

READS, WRITES, QUESTIONS = 4, 4, 2
"""Threads that answer: writes wait for commits and SQL may take its full time limit, so each has its own and cannot
hold up the rest. As many processes answer SQL as there are threads to wait for them."""


T = TypeVar("T")


class _Pool:
    """Threads that block on the store, so that the event loop never does.

    Daemons: a thread inside one long call of SQLite cannot be stopped, and the process does not wait for it to end.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises."""
        future: Future[T] = Future()
        self._waiting.put((future, work))
        return await asyncio.wrap_future(future)

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            future, work = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                answer = work()
            except BaseException as error:
                future.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            else:
                future.set_result(answer)

    async def close(self, _: web.Application) -> None:
        """Let each thread end after what it does now; nobody waits for the rest, which aiohttp has cancelled."""
        for _thread in self._threads:
            self._waiting.put(None)


def add_api_routes(app: web.Application, store: Store, config: Config) -> None:
    """Add every endpoint of `ROUTES` and the OpenAPI document to `app`; their threads end with its cleanup.

    To be called once, before the application starts.
    """
    reads, writes = _Pool("sidetrace-read", READS), _Pool("sidetrace-write", WRITES)
    questions = _Pool("sidetrace-sql", QUESTIONS)
    sql = SqlPool(store.path)

    async def close_sql(_: web.Application) -> None:
        await asyncio.to_thread(sql.close)

    app.middlewares.append(json_problems)
    app.on_cleanup.extend((reads.close, writes.close, questions.close, close_sql))
    for route in ROUTES:
        pool = questions if route.path == SQL else reads if route.method == "GET" else writes
        _add(app, route.method, route.path.replace("{id}", ANY_TEXT), _handler(route, store, config, sql, pool))
    _add(app, "GET", DOCUMENT_PATH, _describe)


def _add(app: web.Application, method: str, path: str, handler: Handler) -> None:
    if method == "GET":
        app.router.add_get(path, handler)  # and HEAD
    else:
        app.router.add_route(method, path, handler)


def _handler(route: Route, store: Store, config: Config, sql: SqlPool, pool: _Pool) -> Handler:
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
