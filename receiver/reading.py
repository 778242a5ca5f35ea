"""Request bodies off the wire: within the limit, and within the room that all requests have together."""

from __future__ import annotations

import asyncio

from aiohttp import web

from ..errors import TooLarge, Unavailable, UndecodableBody
from .admission import MADE_ROOM, RETRY_AFTER, Hold


async def read_body(request: web.Request, limit: int, hold: Hold) -> bytes:
    """Return the body as it came, of at most `limit` bytes; `hold` then has as many.

    Raises TooLarge (from the announced length alone, where there is one), UndecodableBody for a body that breaks off,
    and Unavailable where there is no room, or no longer: a body that comes slowly makes room for others.
    """
    announced = request.content_length
    if announced is not None and announced > limit:
        raise TooLarge(f"body of {announced} bytes is over the limit of {limit}")
    loop = asyncio.get_running_loop()
    body = bytearray()
    try:
        async with asyncio.timeout(None) as patience:

            def give_way() -> None:
                if hold.reading:
                    patience.reschedule(loop.time())

            with hold.read(lambda: loop.call_soon_threadsafe(give_way)):
                if announced is not None:
                    hold.grow(announced)
                async for chunk in request.content.iter_any():
                    body += chunk
                    if len(body) > limit:
                        raise TooLarge(f"body is over the limit of {limit} bytes")
                    hold.reach(len(body))
    except TimeoutError:
        raise Unavailable(MADE_ROOM, RETRY_AFTER) from None
    except (web.RequestPayloadError, ConnectionError) as error:
        raise UndecodableBody(f"body broke off after {len(body)} bytes: {error}") from error
    return bytes(body)
