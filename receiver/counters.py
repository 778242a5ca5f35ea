"""What came in: counted under the Collector's names, for Prometheus since the start, for `doctor` in the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future
from threading import Lock
from typing import NamedTuple

from ..storage.store import Store, Written
from .signals import SIGNALS, Signal

DOORS = ("grpc", "http")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The text format of Prometheus (prometheus.io/docs/instrumenting/exposition_formats)."""

_MEANT = {"accepted": "taken and stored, or counted where nothing is stored", "refused": "not taken"}


class Flow(NamedTuple):
    """What a request belongs to: a signal, the door that it came in by (`DOORS`), the project that it is for."""

    signal: Signal
    door: str
    project: str


class Counters:
    """Spans, log records and metric points by door, accepted or refused; requests refused, by reason.

    In the file a request is counted just before its write, so that the same commit has both. Safe from any thread.
    """

    def __init__(self, store: Store) -> None:
        """Count in `store` as well."""
        self._store = store
        self._items: Counter[tuple[str, str, str]] = Counter()
        self._requests: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def entering(self, flow: Flow, size: int) -> None:
        """Count in the file what is about to be written; `settled` or `lost` must follow."""
        self._note(flow, "accepted", size)

    def settled(self, flow: Flow, size: int, written: Future[Written]) -> None:
        """Count what was written, or not."""
        if written.cancelled() or written.exception() is not None:
            self.lost(flow, size)
            return
        rejected = len(written.result().rejected)
        self._add(flow, "accepted", size - rejected)
        if rejected:
            self._note(flow, "accepted", -rejected)
            self.refused(flow, rejected)

    def lost(self, flow: Flow, size: int) -> None:
        """Count what was announced with `entering` and not written."""
        self._note(flow, "accepted", -size)
        self.refused(flow, size)

    def accepted(self, flow: Flow, size: int) -> None:
        """Count what is taken and not written at all."""
        self._note(flow, "accepted", size)
        self._add(flow, "accepted", size)

    def refused(self, flow: Flow, size: int) -> None:
        """Count items that were refused, though their request could be read."""
        self._note(flow, "refused", size)
        self._add(flow, "refused", size)

    def refused_request(self, door: str, reason: str) -> None:
        """Count a request that was refused as a whole; it stands in the file under its reason already."""
        with self._lock:
            self._requests[door, reason] += 1

    def text(self, gauges: Iterable[tuple[str, str, float]] = ()) -> str:
        """Return all counters since the start, and `gauges` (name, help, value), as Prometheus reads them."""
        with self._lock:
            items, requests = self._items.copy(), self._requests.copy()
        lines: list[str] = []
        for signal in SIGNALS:
            for outcome, meant in _MEANT.items():
                name = f"otelcol_receiver_{outcome}_{signal.items.replace(' ', '_')}"
                lines += [f"# HELP {name} Number of {signal.items} {meant}.", f"# TYPE {name} counter"]
                for door in DOORS:
                    count = items[signal.name, door, outcome]
                    lines.append(f'{name}{{receiver="otlp",transport="{door}"}} {count}')
        name = "sidetrace_refused_requests"
        lines += [f"# HELP {name} Number of requests refused as a whole, by reason.", f"# TYPE {name} counter"]
        lines += [
            f'{name}{{transport="{door}",reason="{reason}"}} {count}'
            for (door, reason), count in sorted(requests.items())
        ]
        for name, meant, value in gauges:
            lines += [f"# HELP {name} {meant}", f"# TYPE {name} gauge", f"{name} {value}"]
        return "\n".join(lines) + "\n"

    def _add(self, flow: Flow, outcome: str, size: int) -> None:
        with self._lock:
            self._items[flow.signal.name, flow.door, outcome] += size

    def _note(self, flow: Flow, outcome: str, size: int) -> None:
        if size:
            self._store.counted(f"{flow.door} {outcome} {flow.signal.items}", size, flow.project)
