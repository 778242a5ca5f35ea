"""The query endpoints on an aiohttp application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread

from aiohttp import web
from aiohttp.typedefs import Handler

from ..config import Config
from ..errors import TooLarge, UndecodableBody
from ..query.encode import encode
from ..storage.store import Store
from .openapi import DOCUMENT_PATH, document
from .params import read_body, read_params
from .problems import json_problems
from .routes import ROUTES, Api, Route

LARGEST_BODY = 1024 * 1024
"""Bytes of a request body, a hundred times the longest SQL that anybody types."""

ANY_TEXT = r"{id:[\s\S]+}"
"""An id in a path: anything at all, slashes and line breaks too."""

READS, QUESTIONS = 4, 2
"""Threads that answer: SQL, which may take its full time limit, has its own and cannot hold up the rest."""


class _Pool:
    """Threads that block on the store, so that the event loop never does.

    Daemons: a thread inside one long call of SQLite cannot be stopped, and the process does not wait for it to end.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._waiting: SimpleQueue[tuple[Future[bytes], Callable[[], bytes]] | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[], bytes]) -> bytes:
        """Return what `work` returns, or raise what it raises."""
        future: Future[bytes] = Future()
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
    api = Api(store, config)
    reads, questions = _Pool("sidetrace-read", READS), _Pool("sidetrace-sql", QUESTIONS)
    app.middlewares.append(json_problems)
    app.on_cleanup.extend((reads.close, questions.close))
    for route in ROUTES:
        pool = questions if route.body else reads
        _add(app, route.method, route.path.replace("{id}", ANY_TEXT), _handler(route, api, pool))
    _add(app, "GET", DOCUMENT_PATH, _describe)


def _add(app: web.Application, method: str, path: str, handler: Handler) -> None:
    if method == "GET":
        app.router.add_get(path, handler)  # and HEAD
    else:
        app.router.add_route(method, path, handler)


def _handler(route: Route, api: Api, pool: _Pool) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        asked: object = None
        if route.query:
            asked = read_params(route.query, request.query)
        elif route.body:
            asked = read_body(route.body, await _read(request))
        elif "id" in request.match_info:
            asked = request.match_info["id"]

        def work() -> bytes:
            if request.transport is None or request.transport.is_closing():
                return b""  # the caller left while this waited its turn: nobody would read the answer
            return encode(route.handle(api, asked))

        return _answer(await pool.run(work))

    return handle


async def _read(request: web.Request) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size > LARGEST_BODY:
                raise TooLarge(f"the body is over the limit of {LARGEST_BODY} bytes")
            chunks.append(chunk)
    except web.RequestPayloadError as error:
        raise UndecodableBody(f"the body broke off after {size} bytes: {error}") from error
    return b"".join(chunks)


async def _describe(_: web.Request) -> web.Response:
    return _answer(encode(document()))


def _answer(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", charset="utf-8")
