"""Errors as JSON: `{message, error}` with the HTTP status of `errors.MEANING`, under /api and for /health."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from ..errors import MethodNotAllowed, NotFound, SidetraceError, Unavailable, meaning
from ..query.encode import encode

OURS = ("/api/", "/health")

log = logging.getLogger(__name__)


@web.middleware
async def json_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors of our paths as JSON: what the endpoints raise, an unknown path, a method that is not taken."""
    if not request.path.startswith(OURS):
        return await handler(request)
    try:
        return await handler(request)
    except SidetraceError as error:
        return problem(error)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        answer = problem(MethodNotAllowed(f"{request.path} takes {allowed}, not {error.method}"))
        answer.headers["Allow"] = allowed
        return answer
    except web.HTTPNotFound:
        return problem(NotFound(f"no such path: {request.path}; /api/openapi.json lists those there are"))
    except web.HTTPException:
        raise
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return problem(SidetraceError("an error inside sidetrace; its log says which"))


def problem(error: SidetraceError) -> web.Response:
    """Return the answer that says what went wrong."""
    answer = web.Response(
        status=meaning(error).http,
        body=encode({"message": str(error), "error": type(error).__name__}),
        content_type="application/json",
    )
    if isinstance(error, Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer
