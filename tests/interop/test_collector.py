"""A real Collector that forwards to sidetrace, compressed, over gRPC and HTTP, and through restarts of sidetrace."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ..running import PATIENCE, Running, running
from .collecting import Collector, collecting
from .conftest import Talk
from .sdks import GRPC, PROTOBUF, SDKS, check

EXPORTERS = ["otlp_grpc", "otlp_http"]
GO = next(sdk for sdk in SDKS if sdk.language == "go")
SPANS = 10
"""In each request of the sender."""

_LOOPBACK = build_opener(ProxyHandler({}))


def reaching(server: Running, exporter: str, compression: str) -> dict[str, Any]:
    """Return the settings with which an exporter reaches sidetrace."""
    if exporter == "otlp_http":
        return {"endpoint": server.url, "compression": compression}
    return {"endpoint": server.grpc, "compression": compression, "tls": {"insecure": True}}


@pytest.mark.parametrize(
    ("exporter", "compression"),
    [("otlp_grpc", compression) for compression in ("gzip", "none")]
    + [
        ("otlp_http", compression)
        for compression in ("gzip", "none", "zstd", "snappy", "x-snappy-framed", "zlib", "deflate", "lz4")
    ],
)
def test_what_an_sdk_tells_a_collector(
    server: Running, talk: Talk, tmp_path: Path, exporter: str, compression: str
) -> None:
    with collecting(tmp_path, exporter, **reaching(server, exporter, compression)) as collector:
        protocol, place = (GRPC, collector.grpc) if exporter == "otlp_http" else (PROTOBUF, collector.http)
        ids = talk(
            GO.program, GO.environment, None,
            {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{place}"},
        )  # fmt: skip
        collector.end()
    check(server, ids, GO.language)


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_restarts_lose_nothing(tmp_path: Path, exporter: str) -> None:
    """SIGTERM and SIGKILL while spans come in, and down for longer than the Collector tries for the first time."""
    file = tmp_path / "sidetrace.db"
    with running(file) as first:
        same = ("--grpc", first.grpc, "--http", first.http)
        with (
            collecting(tmp_path, exporter, **reaching(first, exporter, "gzip")) as collector,
            Sender(collector) as sender,
        ):
            passed_on(first, sender)
            assert (first.stop(signal.SIGTERM), first.errors()) == (0, "")
            missed(collector, sender)
            with running(file, *same) as second:
                passed_on(second, sender)
                second.kill()
                missed(collector, sender)
            with running(file, *same) as third:
                passed_on(third, sender)
                sender.end()
                until(lambda: third.doctor()["stored"] >= len(sender.taken))
                collector.rest()
                collector.end()
                assert stored(third) == sorted(sender.taken)
                doctor = third.doctor()
                assert (doctor["stored"], doctor["rejected"], doctor["problems"]) == (len(sender.taken), 0, [])


class Sender:
    """Sends spans to a Collector until it is told to end, request after request."""

    def __init__(self, collector: Collector) -> None:
        self.taken: list[str] = []
        """The ids of the spans that the Collector has answered for."""
        self._url = f"http://{collector.http}/v1/traces"
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._failures: list[Exception] = []

    def __enter__(self) -> Sender:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def end(self) -> None:
        """Wait until the last request is answered; none may have failed."""
        self.__exit__()
        assert self._failures == []

    def _send(self) -> None:
        try:
            for number in count(1):
                if self._ending.wait(0.01):
                    return
                request, ids = self._request(number)
                post = Request(self._url, request, {"Content-Type": "application/x-protobuf"})
                with _LOOPBACK.open(post, timeout=PATIENCE) as answer:
                    assert answer.status == 200
                self.taken += ids
        except (OSError, AssertionError) as failure:
            self._failures.append(failure)

    @staticmethod
    def _request(number: int) -> tuple[bytes, list[str]]:
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add().scope_spans.add()
        ids = [f"{number * SPANS + place:016x}" for place in range(SPANS)]
        for id in ids:
            at = time.time_ns()
            scope.spans.add(
                trace_id=number.to_bytes(16), span_id=bytes.fromhex(id), name="sent",
                start_time_unix_nano=at, end_time_unix_nano=at + 1,
            )  # fmt: skip
        return request.SerializeToString(), ids


def passed_on(server: Running, sender: Sender) -> None:
    """Wait until what the Collector takes now is stored."""
    mark = len(sender.taken)
    until(lambda: len(sender.taken) > mark)
    newest = sender.taken[-1]
    until(lambda: server.sql(f"SELECT id FROM observations WHERE id = '{newest}'") != [])


def missed(collector: Collector, sender: Sender) -> None:
    """Wait until the Collector has tried in vain and holds more than it could send."""
    before, mark = len(collector.said("Will retry")), len(sender.taken)
    until(lambda: len(collector.said("Will retry")) > before and len(sender.taken) >= mark + 20 * SPANS)


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def stored(server: Running) -> list[str]:
    """Return the ids of all spans, page by page, as the API lists them."""
    ids: list[str] = []
    for page in count(1):
        answer = server.ask("/api/public/observations", query={"limit": 100, "page": page})
        ids += [one["id"] for one in answer["data"]]
        if page >= answer["meta"]["totalPages"]:
            return sorted(ids)
    raise AssertionError
