"""What a browser may be used for: the Host header against DNS rebinding, the Origin header against foreign pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ..config import Endpoint, Place, SocketFile
from ..errors import Forbidden
from .cors import Origins
from .http import refusal
from .intake import Intake

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ALIASES = frozenset({"localhost.", "host.docker.internal", "host.containers.internal"})
"""How containers call this machine, and localhost's full name; `.internal` and `localhost.` are nobody's to register,
so no foreign page is served from them."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def guard(
    place: Place, intake: Intake, origins: Origins | None = None, telemetry: frozenset[str] = frozenset()
) -> Middleware:
    """Return the middleware for a door on `place`; what it refuses is counted by `intake`.

    On loopback the Host must be a name of this machine (a foreign one is a page that resolved its name to
    127.0.0.1); beyond it nobody can say which names are right. A write with an Origin (only browsers send one) must
    come from a page of this machine or of the very host it goes to, or, for a path that is `telemetry`, of an origin
    that is allowed. No Host and no Origin are fine. Browsers cannot call Unix sockets, so any Host will do there.
    """
    names = LOOPBACK if isinstance(place, SocketFile) else LOOPBACK | {place.host.lower()}
    hosts = names | ALIASES

    def allowed(origin: str, request: web.Request) -> bool:
        return origins is not None and request.path in telemetry and bool(origins.pattern(origin))

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get("Host", "")
        origin = request.headers.get("Origin")
        problem = ""
        if host and isinstance(place, Endpoint) and place.loopback and _name(f"//{host}") not in hosts:
            problem = f"host {host!r} is not this machine; use localhost or {place.host}"
        elif (
            origin is not None
            and request.method not in SAFE
            and _name(origin) not in names | {_name(f"//{host}")}
            and not allowed(origin, request)
        ):
            problem = f"pages of {origin!r} may not write here"
        if not problem:
            return await handler(request)
        error = Forbidden(problem)
        intake.refused(error, "http")
        return refusal(error, request)

    return check


def _name(url: str) -> str:
    """Return the host name of a URL in lower case, "" for none or a broken one."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
