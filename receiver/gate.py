"""Who may come in over HTTP: one rule for every path of the port, from the keys that a request brings."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ..caller import PROJECT
from ..errors import Forbidden, SidetraceError, Unauthorized, meaning
from ..keys import CHALLENGE, Keyring
from .authenticators import Authenticator, caller
from .guard import SAFE
from .http import refusal, telemetry_paths
from .intake import Intake

WITHOUT_KEY = ("/share/", "/static/")
"""What published links show, and how pages look, is for everybody."""
BY_PUBLIC_KEY = ("POST", "/api/public/scores")
"""Where a public key alone will do, as Bearer: for scores from browsers (reference: langfuse.md, section 2)."""


class Gate:
    """Which routes are open, which are the operator's, and which are telemetry; all others need a project's key.

    Routes are named by their pattern (`/share/{id}`), never by the path of a request. `operators` gives the command
    that does the same where the file is.
    """

    def __init__(
        self,
        keyring: Keyring,
        open: frozenset[str],
        operators: Mapping[str, str],
        paths: Mapping[str, str],
        authenticator: Authenticator | None = None,
    ) -> None:
        """Make the rule; `paths` are the configured ones of the signals, `authenticator` goes before the keys."""
        self._keyring = keyring
        self._authenticator = authenticator
        self._operators = operators
        self._telemetry = telemetry_paths(paths)
        self._open = open - self._telemetry  # a signal that was given the path of an open route

    def middleware(self, intake: Intake) -> Middleware:
        """Return what lets a request through with `request[PROJECT]`, or refuses it; `intake` counts lost writes.

        An open route has no project.
        """

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource = request.match_info.route.resource
            place = resource.canonical if resource is not None else ""  # a path that nobody has needs a key too
            try:
                project = await self._project(request, place)
            except SidetraceError as error:
                if isinstance(error, Unauthorized) and request.method not in SAFE:
                    intake.refused(error, "http")
                return self._refusal(error, request, place)
            if project is not None:
                request[PROJECT] = project
            return await handler(request)

        return check

    def _refusal(self, error: SidetraceError, request: web.Request, place: str) -> web.Response:
        answer = refusal(error, request) if place in self._telemetry else _problem(error)
        if self._authenticator is not None and isinstance(error, Unauthorized):
            answer.headers["WWW-Authenticate"] = self._authenticator.challenge
        return answer

    async def _project(self, request: web.Request, place: str) -> str | None:
        """Return the caller's project, None on an open route. Raises Unauthorized and Forbidden."""
        if place in self._open or (place.startswith(WITHOUT_KEY) and place not in self._telemetry):
            return None
        alone = (request.method, place) == BY_PUBLIC_KEY
        found = await caller(self._keyring, self._authenticator, request.headers.get, by_public_key=alone)
        command = self._operators.get(place)
        if command is not None and not found.operator:
            raise Forbidden(f"{place} is for all projects together; run `{command}` where the file of this server is")
        if command is None and not found.project:
            raise Forbidden(f"{place} is about a project; the operator's token is of none")
        return found.project


def _problem(error: SidetraceError) -> web.Response:
    body = orjson.dumps({"message": str(error), "error": type(error).__name__})
    headers = {"WWW-Authenticate": CHALLENGE} if isinstance(error, Unauthorized) else {}
    return web.Response(status=meaning(error).http, body=body, headers=headers, content_type="application/json")
