"""An upstream over OTLP/HTTP, by aiohttp's client."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING

import aiohttp
import orjson

from ..errors import SidetraceError, UndecodableBody
from ..storage.forwarding import Outgoing
from .client_tls import client_context
from .upstream import Later, Outcome, Refused, Sent, pack, partial_success, raw, read_status, shorten

if TYPE_CHECKING:
    from multidict import CIMultiDictProxy

    from ..config.exporters import HttpExporter

PROTOBUF, JSON = "application/x-protobuf", "application/json"
RETRYABLE = frozenset({429, 502, 503, 504})
LARGEST_ANSWER = 64 * 1024
LONGEST_HINT = 3600.0
PACKED_FROM = 1024
"""Bytes from where on a body is worth compressing."""


class HttpUpstream:
    """Sends to the URLs of one exporter; see `upstream.Upstream`. Make it inside a running event loop."""

    def __init__(self, settings: HttpExporter, place: str) -> None:
        """Open no connection yet. `place` is the dotted path of `settings`. Raises ConfigError for certificates."""
        self._urls = settings.urls
        self._compression = settings.compression
        self._headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
        self._proxy = settings.proxy_url or None
        self._name = (settings.tls.server_name_override if settings.tls else "") or None
        context = client_context(settings.tls, f"{place}.tls") if settings.tls else None
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=context or True),
            timeout=aiohttp.ClientTimeout(total=settings.timeout or None),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def send(self, request: Outgoing) -> Outcome:
        """See `Upstream.send`."""
        try:
            body, encoding = await asyncio.to_thread(self._prepare, request)
        except SidetraceError as error:
            return Refused("not to be written in protobuf", str(error))
        headers = {**self._headers, "Content-Type": PROTOBUF}
        if encoding:
            headers["Content-Encoding"] = encoding
        try:
            async with self._session.post(
                self._urls[request.signal],
                data=body,
                headers=headers,
                proxy=self._proxy,
                server_hostname=self._name,
                allow_redirects=False,  # it would take the headers, and with them the keys, to another host
            ) as response:
                answer = await response.content.read(LARGEST_ANSWER)
                while answer and not response.content.at_eof() and len(answer) < LARGEST_ANSWER:
                    answer += await response.content.read(LARGEST_ANSWER - len(answer))
        except TimeoutError:
            return Later("no answer in time", self._urls[request.signal])
        except (aiohttp.ClientError, OSError) as error:
            return Later("no connection", shorten(f"{type(error).__name__}: {error}"))
        return _outcome(response.status, response.headers, response.content_type, answer)

    async def close(self) -> None:
        """See `Upstream.close`."""
        await self._session.close()

    def _prepare(self, request: Outgoing) -> tuple[bytes, str]:
        """Return the body as it is sent, and its Content-Encoding; what lies there in gzip is sent as it lies."""
        if self._compression == "gzip" and request.packed and not request.json:
            return request.body, "gzip"
        body = raw(request)
        if self._compression == "none" or len(body) < PACKED_FROM:
            return body, ""
        if self._compression == "gzip":
            return pack(body), "gzip"
        import cramjam

        return bytes(cramjam.zstd.compress(body)), "zstd"


def _outcome(status: int, headers: CIMultiDictProxy[str], media: str, answer: bytes) -> Outcome:
    if 200 <= status < 300:
        return _taken(media, answer)
    said = _said(media, answer)
    if status in RETRYABLE:
        return Later(f"HTTP {status}", said, _hint(headers.get("Retry-After", "")))
    where = headers.get("Location", "")
    return Refused(f"HTTP {status}", shorten(f"{said} (sent elsewhere: {where})" if where else said))


def _taken(media: str, answer: bytes) -> Outcome:
    """Read the answer to a request that was taken; what says nothing of a partial success speaks of none."""
    try:
        if media == PROTOBUF:
            return partial_success(answer)
        partial = orjson.loads(answer).get("partialSuccess") if media == JSON and answer else None
        if not partial:
            return Sent()
        counts = [int(partial[name]) for name in _REJECTED if name in partial]
        return Sent(max(0, sum(counts)), shorten(str(partial.get("errorMessage", ""))))
    except (UndecodableBody, ValueError, TypeError, AttributeError) as error:
        return Sent(0, f"taken, with an answer that cannot be read: {error}")


_REJECTED = ("rejectedSpans", "rejectedLogRecords", "rejectedDataPoints")


def _said(media: str, answer: bytes) -> str:
    """Return what an error says: of a google.rpc.Status its message, of anything else the beginning."""
    try:
        if media == PROTOBUF:
            return read_status(answer)[0]
        if media == JSON:
            status = orjson.loads(answer)
            return shorten(str(status["message"] if isinstance(status, dict) and "message" in status else status))
    except (UndecodableBody, ValueError):
        return shorten(answer[:LARGEST_ANSWER].decode("utf-8", "replace"))
    return shorten(answer.decode("utf-8", "replace"))


def _hint(retry_after: str) -> float:
    """Return the seconds of a Retry-After (RFC 9110, section 10.2.3), 0 for none that can be read."""
    if retry_after.isascii() and retry_after.strip().isdigit():
        return min(float(retry_after), LONGEST_HINT)
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return 0.0
    return min(max(0.0, moment.timestamp() - time()), LONGEST_HINT)
