"""The query endpoints on an aiohttp application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

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


class _Pools:
    """The threads that block on the store, so that the event loop never does."""

    def __init__(self) -> None:
        self._reads = ThreadPoolExecutor(READS, thread_name_prefix="sidetrace-read")
        self._questions = ThreadPoolExecutor(QUESTIONS, thread_name_prefix="sidetrace-sql")

    async def run(self, work: Callable[[], bytes], long: bool) -> bytes:
        pool = self._questions if long else self._reads
        return await asyncio.get_running_loop().run_in_executor(pool, work)

    async def close(self, _: web.Application) -> None:
        for pool in (self._reads, self._questions):
            pool.shutdown(wait=False, cancel_futures=True)  # what runs is the store's to interrupt


def add_api_routes(app: web.Application, store: Store, config: Config) -> None:
    """Add every endpoint of `ROUTES` and the OpenAPI document to `app`; their threads end with its cleanup.

    To be called once, before the application starts.
    """
    api, pools = Api(store, config), _Pools()
    app.middlewares.append(json_problems)
    app.on_cleanup.append(pools.close)
    for route in ROUTES:
        _add(app, route.method, route.path.replace("{id}", ANY_TEXT), _handler(route, api, pools))
    _add(app, "GET", DOCUMENT_PATH, _describe)


def _add(app: web.Application, method: str, path: str, handler: Handler) -> None:
    if method == "GET":
        app.router.add_get(path, handler)  # and HEAD
    else:
        app.router.add_route(method, path, handler)


def _handler(route: Route, api: Api, pools: _Pools) -> Handler:
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

        return _answer(await pools.run(work, long=route.body is not None))

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
