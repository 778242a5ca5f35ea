"""A receiver as a process of its own, and what the system tells about it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 30.0
"""Seconds that starting and stopping may take, on a machine that is busy."""


class BenchFailed(Exception):
    """The receiver did something that makes every figure worthless."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MiB: now, and the most there ever was."""

    now: float
    peak: float


class Server:
    """`sidetrace serve` on free ports and a new file in `folder`, or on `database`; a context manager that stops it."""

    def __init__(self, folder: Path, database: Path | None = None) -> None:
        """Start it and wait until it is healthy; `startup` is the seconds that took."""
        self.database = (database or folder / "spans.db").absolute()
        self._errors = folder / "stderr.txt"
        command = [sys.executable, "-m", "sidetrace", "serve", "--db", str(self.database)]
        begun = time.perf_counter()
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [*command, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"],
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                text=True,
            )
        try:
            self.grpc, self.http = self._addresses()
            self._await_health(begun + PATIENCE)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        self.startup = time.perf_counter() - begun

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.stop()
        elif self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End it with SIGTERM. Raises BenchFailed unless it exits with 0. Idempotent."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()
        if code:
            raise BenchFailed(f"the server ended with {code}: {self._errors.read_text('utf-8', 'replace')}")

    def cpu_seconds(self) -> float:
        """Return the processor time that all its threads have used."""
        # after the command's name in brackets: state, then from the 12th field on utime and stime in ticks
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def busy_ms(self) -> float:
        """Return the same in milliseconds, as exactly as the scheduler knows it; threads that ended are left out."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text("ascii").split()[0]) for task in tasks.iterdir()) / 1e6

    def memory(self) -> Memory:
        """Return its resident memory."""
        said = dict(
            line.split(":", 1) for line in Path(f"/proc/{self.process.pid}/status").read_text("utf-8").splitlines()
        )
        return Memory(*(int(said[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")))

    def _addresses(self) -> tuple[str, str]:
        assert self.process.stdout is not None
        found: list[str] = []
        for line in self.process.stdout:
            found += re.findall(r"OTLP/\w+ +(\S+)", line)
            if len(found) == 2:
                return found[0], found[1]
        raise BenchFailed(f"the server did not start: {self._errors.read_text('utf-8', 'replace')}")

    def _await_health(self, deadline: float) -> None:
        while True:
            connection = http.client.HTTPConnection(self.http, timeout=PATIENCE)
            try:
                connection.request("GET", "/health")
                status = connection.getresponse().status
            finally:
                connection.close()
            if status == 200:
                return
            if time.perf_counter() > deadline:
                raise BenchFailed(f"the server is not healthy: status {status}")
            time.sleep(0.005)


def stored(database: Path) -> int:
    """Return how many observations a file holds, by its public view."""
    db = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
    try:
        return int(db.execute("SELECT count(*) FROM observations").fetchone()[0])
    finally:
        db.close()


def file_bytes(database: Path) -> int:
    """Return the bytes of a database with what its write-ahead log still holds."""
    return sum(path.stat().st_size for path in (database, Path(f"{database}-wal")) if path.exists())
