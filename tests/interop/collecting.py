"""A real Collector between senders and sidetrace, in a process of its own, on free ports."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..running import PATIENCE, plain_environment
from . import compiled

QUIET = 2.0
"""Seconds without a failure after which nothing waits: it tries again after 0.75 at most."""
DOORS = ("Starting GRPC server", "Starting HTTP server")


@dataclass(frozen=True)
class Collector:
    """A Collector that listens at two doors and passes on what it takes."""

    process: subprocess.Popen[bytes]
    grpc: str
    http: str
    _log: Path

    def log(self) -> list[dict[str, Any]]:
        """Return what it has said so far."""
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]

    def said(self, words: str) -> list[dict[str, Any]]:
        """Return what it has said with these words in the message."""
        return [line for line in self.log() if words in line["msg"]]

    def rest(self) -> None:
        """Wait until nothing is left that it has failed to send and is about to try again: at its end it gives that up.

        What it repeats may be stored already, where sidetrace was killed before it could answer.
        """
        deadline = time.monotonic() + PATIENCE
        while any(time.time() - line["ts"] < QUIET for line in self.said("Will retry")):
            assert time.monotonic() < deadline, "it still tries again"
            time.sleep(0.05)

    def end(self) -> None:
        """Have it pass on all that it holds and exit, and check that it dropped nothing and exits with 0."""
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0
        assert [line for line in self.log() if line["level"] == "error"] == []


@contextmanager
def collecting(folder: Path, exporter: str, **settings: object) -> Iterator[Collector]:
    """Start a Collector with one exporter, `otlp_grpc` or `otlp_http`, with these settings beside its patience.

    It tries again until it succeeds and queues without a bound worth the name, so it is never it that loses something.
    """
    patience = {
        "retry_on_failure": {"initial_interval": "100ms", "max_interval": "500ms", "max_elapsed_time": "0s"},
        "sending_queue": {"queue_size": 100_000, "num_consumers": 4},
        "timeout": "5s",
    }
    here = {"endpoint": "127.0.0.1:0"}
    config = {
        "receivers": {"otlp": {"protocols": {"grpc": here, "http": here}}},
        "exporters": {exporter: {**patience, **settings}},
        "service": {"pipelines": {"traces": {"receivers": ["otlp"], "exporters": [exporter]}}},
    }
    file, log = folder / "collector.yaml", folder / "collector.log"
    file.write_text(json.dumps(config), encoding="utf-8")
    with log.open("wb") as said:
        process = subprocess.Popen(
            [compiled.collector(), "--config", file],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=plain_environment(),
        )  # fmt: skip
    try:
        yield Collector(process, *_places(process, log), log)
    finally:
        process.kill()
        process.wait(PATIENCE)


def _places(process: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        text = log.read_text(encoding="utf-8")
        grpc, http = (re.search(rf'"{said}".*"endpoint":"(.+?)"', text) for said in DOORS)
        if grpc and http and "Everything is ready" in text:
            return grpc[1], http[1]
        time.sleep(0.01)
    raise AssertionError(f"the Collector does not listen: {log.read_text(encoding='utf-8')}")
