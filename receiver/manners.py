"""What the HTTP door says of itself before any signal is asked: versions, transfer encodings, unclean and wrong paths.

Facts: otlp.md, sections 2.2 and 2.9.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.typedefs import Handler, Middleware

from ..proto import encode_status

JSON = "application/json"
OURS = ("/v1/", "/v1development/")
UNIMPLEMENTED = 12

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE = re.compile(
    rf"\s*({_TOKEN}/{_TOKEN})\s*(?:;\s*{_TOKEN}\s*=\s*(?:{_TOKEN}|\"(?:[^\"\\]|\\.)*\")\s*)*;?\s*", re.ASCII
)


def media_type(text: str) -> str:
    """Return the media type of a Content-Type in lower case, without parameters; "" for a broken one."""
    found = _TYPE.fullmatch(text)
    return found[1].lower() if found else ""


def manners(paths: Collection[str]) -> Middleware:
    """Return what answers requests that no route should see, or that none takes; `paths` are those of telemetry."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.version not in (HttpVersion11, HttpVersion10):
            old = request.version < HttpVersion10
            return _closing(400 if old else 505, "this server speaks HTTP/1.1 and HTTP/1.0")
        coding = request.headers.get("Transfer-Encoding", "")
        if coding and coding.lower() != "chunked":
            return _closing(501, f"unsupported transfer encoding: {coding[:60]}")
        try:
            return await handler(request)
        except web.HTTPNotFound:
            path = request.path
            clean = posixpath.normpath("/" + path.lstrip("/")) if path.startswith("/") else path
            if clean != path and clean in paths and not path.endswith("/"):
                query = f"?{request.query_string}" if request.query_string else ""
                return web.Response(status=307, headers={"Location": clean + query})
            if not path.startswith(OURS):
                raise
            known = ", ".join(sorted(paths))
            body = encode_status(UNIMPLEMENTED, f"no such path: {path[:200]}; telemetry is taken at {known}", True)
            return web.Response(status=404, body=body, headers={"Content-Type": JSON})

    return answer


def _closing(status: int, text: str) -> web.Response:
    response = web.Response(status=status, text=f"{text}\n")
    response.force_close()
    return response
