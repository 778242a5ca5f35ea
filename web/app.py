"""The pages on an aiohttp application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web
from aiohttp.typedefs import Handler

from ..caller import PROJECT
from ..config import Config
from ..errors import NotFound, SidetraceError, meaning
from ..keys import DEFAULT
from ..storage.store import Store
from .pages import HERE, PAGES, Visit, problem, shared
from .words import brief

THREADS = 2
ANY_TEXT = r"{id:[\s\S]+}"
STYLE = "/static/sidetrace.css"

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address of a shared page is its key
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
"""What every page comes with: no script runs, nothing is loaded from elsewhere, nothing is kept."""

log = logging.getLogger(__name__)


def add_pages(app: web.Application, store: Store, config: Config) -> None:
    """Add every page of `PAGES` and their style sheet to `app`; their threads end with its cleanup.

    To be called once, before the application starts. `/share/` and `/static/` are for visitors without a key; for all
    others whoever lets requests in says the visitor's project, as `request[PROJECT]`.
    """
    threads = ThreadPoolExecutor(THREADS, "sidetrace-page")

    async def close(_: web.Application) -> None:
        threads.shutdown(wait=False, cancel_futures=True)

    app.on_cleanup.append(close)
    for path, page in PAGES.items():
        app.router.add_get(path.replace("{id}", ANY_TEXT), _handler(page, store, config, threads))
    app.router.add_get(STYLE, _style)


def _handler(page: Callable[[Visit], str], store: Store, config: Config, threads: ThreadPoolExecutor) -> Handler:
    with_key = bool(config.projects) and page is not shared

    async def handle(request: web.Request) -> web.Response:
        project = request[PROJECT] if with_key else request.get(PROJECT, DEFAULT)
        about = request.match_info
        visit = Visit(store, project, about.get("id", ""), _page_number(request))

        def work() -> tuple[int, str]:
            try:
                if about.get("project", project) != project:
                    raise NotFound(f"no such project, or not one of this key: {brief(about['project'])!r}")
                return 200, page(visit)
            except SidetraceError as error:
                return _problem(meaning(error).http, str(error), page)
            except Exception:
                log.exception("%s %s failed", request.method, request.path)
                return _problem(500, "an error inside sidetrace; its log says which", page)

        status, html = await asyncio.get_running_loop().run_in_executor(threads, work)
        # a text may hold halves of characters, which no encoding takes
        body = html.encode("utf-8", "replace")
        return web.Response(status=status, body=body, content_type="text/html", charset="utf-8", headers=HEADERS)

    return handle


def _problem(status: int, message: str, page: Callable[[Visit], str]) -> tuple[int, str]:
    return status, problem(status, message, shown=page is shared)


def _page_number(request: web.Request) -> int:
    given = request.query.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 9 else 1


async def _style(_: web.Request) -> web.Response:
    sheet = await asyncio.to_thread((HERE / "static" / "sidetrace.css").read_bytes)
    headers = {**HEADERS, "Cache-Control": "no-cache"}
    return web.Response(body=sheet, content_type="text/css", charset="utf-8", headers=headers)
