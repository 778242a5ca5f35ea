"""A connection of the HTTP door: aiohttp's, with what it lacks.

- The head of a request is bounded as a whole, and so are the heads of all connections. aiohttp bounds each field and
  their number: at a mebibyte a field, as others take, one connection could fill a gigabyte without a single request.
- A client that stops sending in the middle of a body, and still listens, is told so.
- What is no HTTP is answered in one line and counted, without a stack trace for each in the log.
"""

from __future__ import annotations

from typing import Any

from aiohttp import StreamReader, web
from aiohttp.web_protocol import RequestHandler

from ..errors import BadRequest, SidetraceError, TooLarge, Unavailable
from .admission import Hold
from .intake import Intake

HEADER_LIMIT = 1024 * 1024
"""Bytes of request line and header fields together, about what the Collector takes (otlp.md, section 0)."""
MAX_FIELDS = 8192
FREE = 16 * 1024
"""Bytes of a head that take no room from others: more than any sender has."""

LIMITS = {"max_line_size": HEADER_LIMIT, "max_field_size": HEADER_LIMIT, "max_headers": MAX_FIELDS}
"""What aiohttp is to bound of a head: less than the whole of it, never more."""

QUESTIONS = frozenset({"/api/sql"})
"""Where a POST brings nothing and only asks."""

INTAKE = web.AppKey("intake", Intake)
"""Where an application keeps the intake of its telemetry routes."""


class Connection(RequestHandler):
    """One client; a head over its limit is answered 431, one that finds no room 503, and the connection is closed."""

    __slots__ = ("_head", "_hold", "_intake", "_newest")

    def __init__(self, intake: Intake, *arguments: Any, **options: Any) -> None:
        """Take room for heads from `intake` and count there what is refused; what else there is, aiohttp takes."""
        super().__init__(*arguments, **options)
        self._intake = intake
        self._hold: Hold = intake.admission.hold()
        self._head = 0
        self._newest: StreamReader | None = None

    def data_received(self, data: bytes) -> None:
        """Parse what came, and weigh it where it is part of a head."""
        before = self._request_count
        head = self._newest is None or self._newest.is_eof()  # once parsed, the end of a body would look like one
        super().data_received(data)
        if self._request_count != before:
            self._newest = self._messages[-1][1] if self._messages else None
            self._forget_head()
        elif head:
            self._weigh(len(data))

    def eof_received(self) -> bool | None:  # type: ignore[override]  # as asyncio has it: true keeps the connection
        """Keep the connection for the answer to a request that was sent, or is broken off now."""
        inside = [self._current_request, *(message for message, _ in self._messages)]
        if self.ssl_context is not None or not any(map(_brings, inside)):
            return None  # who asks and leaves wants no answer: long work for it ends then
        if self._newest is not None and not self._newest.is_eof():
            self._newest.set_exception(web.RequestPayloadError("the client stopped sending"))
            self._newest.feed_eof()  # there is nothing more to wait for
        self.close()
        return True

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give back the room of a head that did not end."""
        self._forget_head()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP with the first line of the parser's message; other errors as aiohttp does."""
        if status != 400 or request.writer.output_size:
            return super().handle_error(request, status, exc, message)
        text = (message or "this is no HTTP").partition("\n")[0].rstrip(":")
        self._intake.refused(BadRequest(text), "http")
        response = web.Response(status=status, text=f"{text}\n")
        response.force_close()
        return response

    def _forget_head(self) -> None:
        if self._head:
            self._head = 0
            self._hold.release()

    def _weigh(self, size: int) -> None:
        self._head += size
        if self._head > HEADER_LIMIT:
            error = TooLarge(f"header fields of more than {HEADER_LIMIT} bytes")
            self._refuse(error, b"431 Request Header Fields Too Large", b"")
        elif self._head > FREE:
            try:
                self._hold.reach(self._head)
            except Unavailable as error:
                self._refuse(error, b"503 Service Unavailable", b"Retry-After: %d\r\n" % error.retry_after)

    def _refuse(self, error: SidetraceError, status: bytes, headers: bytes) -> None:
        self._intake.refused(error, "http")
        if self.transport is not None:
            self.transport.write(b"HTTP/1.1 %b\r\n%bContent-Length: 0\r\nConnection: close\r\n\r\n" % (status, headers))
        self.force_close()


def _brings(request: object) -> bool:
    """Whether a request, or the head of one, brings something that is to be kept and answered."""
    path = str(getattr(request, "path", "")).partition("?")[0]
    return getattr(request, "method", "") == "POST" and path not in QUESTIONS
