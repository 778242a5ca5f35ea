"""Sending on: what arrives is copied for every exporter of the configuration, in the transaction that stores it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from ..config import Place
from ..config.exporters import Exporters, GrpcExporter
from ..storage.forwarding import Bound, Copy
from ..storage.store import Store
from .client_tls import ClientMaterial
from .grpc_upstream import GrpcUpstream
from .http_upstream import HttpUpstream
from .loops import check_loops
from .sender import Sender
from .signals import SIGNALS, Signal
from .upstream import Upstream, pack

PACKED_FROM = 1024
"""Bytes from where on a body is compressed while it waits."""

_MEANT = {"sent": "sent on", "send_failed": "that an upstream refused, or that were given up"}


class Forwarding:
    """All exporters of a receiver. Make it inside a running event loop; nothing is sent before `start`."""

    def __init__(self, exporters: Exporters, store: Store) -> None:
        """Raises ConfigError for certificates that cannot be used."""
        self._exporters = exporters
        self._store = store
        self._senders: list[Sender] = []
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in exporters}
        self._to: Mapping[str, tuple[Bound, ...]] = {
            signal.name: tuple(
                Bound(name, *one.sending_queue.bounds) for name, one in exporters.items() if signal.name in one.signals
            )
            for signal in SIGNALS
        }

    async def start(self) -> None:
        """Begin to send what waits and what comes."""
        await asyncio.to_thread(self._store.register, list(self._exporters))
        for name, one in self._exporters.items():
            upstream: Upstream
            place = f"exporters.{name}"
            upstream = GrpcUpstream(one, place) if isinstance(one, GrpcExporter) else HttpUpstream(one, place)
            at_once = one.sending_queue.num_consumers
            self._senders.append(Sender(name, self._store, upstream, one.retry_on_failure, at_once, self._counts[name]))

    async def stop(self) -> None:
        """End within a second or two; what is not sent stays in the file."""
        await asyncio.gather(*(sender.stop() for sender in self._senders))
        self._senders = []

    def copy(self, signal: Signal, json: bool, raw: bytes, sent: bytes, encoding: str, items: int) -> Copy | None:
        """Return the copy of a request, None where no exporter takes its signal. Safe from any thread.

        `raw` is the decompressed body, `sent` as it came in the Content-Encoding `encoding`.
        """
        to = self._to[signal.name]
        if not to or not items:
            return None
        packed = len(raw) >= PACKED_FROM
        body = raw if not packed else sent if encoding == "gzip" else pack(raw)
        return Copy(signal.name, json, body, packed, items, to)

    def wake(self) -> None:
        """Say that something was queued."""
        for sender in self._senders:
            sender.wake()

    def text(self) -> str:
        """Return what became of items since the start, as Prometheus reads it, under the Collector's names."""
        lines: list[str] = []
        for outcome, meant in _MEANT.items():
            for signal in SIGNALS:
                name = f"otelcol_exporter_{outcome}_{signal.items.replace(' ', '_')}"
                lines += [f"# HELP {name} Number of {signal.items} {meant}.", f"# TYPE {name} counter"]
                lines += [
                    f'{name}{{exporter="{exporter}"}} {counts[f"{outcome} {signal.name}"]}'
                    for exporter, counts in self._counts.items()
                ]
        return "\n".join(lines) + "\n"


def check_exporters(exporters: Exporters, doors: Mapping[str, Place]) -> None:
    """Raise ConfigError for an exporter whose certificates cannot be used, or that would send to one of `doors`."""
    check_loops(exporters, doors)
    for name, one in exporters.items():
        if one.tls:
            ClientMaterial.read(one.tls, f"exporters.{name}.tls")
