"""CORS: the pages of browsers that may send telemetry, by `cors` of the HTTP door (reference: otlp.md, section 2.10).

Only for telemetry: whatever is listed, a foreign page can read nothing of what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

if TYPE_CHECKING:
    from ..config.cors import Cors

METHODS = ("GET", "POST", "HEAD")
DEFAULT_HEADERS = ("accept", "content-type", "x-requested-with")
"""Headers that pages may send where none is listed; once any is, these are not implied, as in the Collector."""


class Origins:
    """Which origins are allowed, and what they are told."""

    def __init__(self, settings: Cors | None) -> None:
        """Allow what `settings` lists; nothing for None."""
        self._patterns = [pattern.lower() for pattern in settings.allowed_origins] if settings else []
        self._headers = {name.lower() for name in (settings.allowed_headers if settings else ())} or {*DEFAULT_HEADERS}
        self._exposed = ", ".join(settings.exposed_headers) if settings else ""
        self._max_age = settings.max_age if settings else 0

    @property
    def on(self) -> bool:
        """Whether any origin is allowed."""
        return bool(self._patterns)

    def pattern(self, origin: str) -> str:
        """Return the pattern that allows an origin, "" where none does; one that names a host goes first."""
        fitting = [pattern for pattern in self._patterns if _fits(origin.lower(), pattern)]
        return next((pattern for pattern in fitting if names_host(pattern)), fitting[0] if fitting else "")

    def preflight(self, request: web.Request) -> web.Response | None:
        """Return the answer to a preflight request, None where it is none."""
        asked = request.headers.get("Access-Control-Request-Method")
        if not self.on or request.method != "OPTIONS" or asked is None:
            return None
        headers = {"Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}
        wanted = [name.strip() for name in request.headers.get("Access-Control-Request-Headers", "").split(",")]
        wanted = [name for name in wanted if name]
        allowed = self._allow(request)
        if allowed and asked in METHODS and ("*" in self._headers or {*map(str.lower, wanted)} <= self._headers):
            headers |= allowed
            headers["Access-Control-Allow-Methods"] = asked
            if wanted:
                headers["Access-Control-Allow-Headers"] = ", ".join(wanted)
            if self._max_age:
                headers["Access-Control-Max-Age"] = str(self._max_age)
        return web.Response(status=204, headers=headers)

    def answer(self, request: web.Request) -> Mapping[str, str]:
        """Return what the answer to any other request says beside its own headers."""
        if not self.on:
            return {}
        allowed = self._allow(request)
        if allowed and self._exposed:
            allowed["Access-Control-Expose-Headers"] = self._exposed
        return {"Vary": "Origin", **allowed}

    def _allow(self, request: web.Request) -> dict[str, str]:
        origin = request.headers.get("Origin")
        pattern = self.pattern(origin) if origin else ""
        if not pattern or origin is None:
            return {}
        if pattern == "*":
            return {"Access-Control-Allow-Origin": "*"}
        # Any page on the network with the credentials that the browser has for this one: never.
        trusted = {"Access-Control-Allow-Credentials": "true"} if names_host(pattern) else {}
        return {"Access-Control-Allow-Origin": origin, **trusted}


def cors(origins: Origins, telemetry: frozenset[str]) -> Middleware:
    """Return the middleware that answers preflight requests to the paths of `telemetry`, and marks other answers."""

    @web.middleware
    async def mark(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in telemetry:
            return await handler(request)
        preflight = origins.preflight(request)
        if preflight is not None:
            return preflight
        answer = await handler(request)
        answer.headers.update(origins.answer(request))
        return answer

    return mark


def names_host(pattern: str) -> bool:
    """Whether a pattern names a host, or the hosts below one: `https://a.example`, `http://localhost:*`, `https://*.b.c`.

    Only such are trusted with credentials.
    """
    try:
        host = urlsplit(pattern).hostname or ""
    except ValueError:
        return False
    return bool(host) and ("*" not in host or host.startswith("*."))


def _fits(origin: str, pattern: str) -> bool:
    head, star, tail = pattern.partition("*")
    if not star:
        return origin == pattern
    return len(origin) >= len(head) + len(tail) and origin.startswith(head) and origin.endswith(tail)
