"""A real `python -m sidetrace serve` in a process of its own, on free ports, and its HTTP API."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

PATIENCE = 30.0
"""Seconds to wait for what takes well under one on an idle machine."""

_LOOPBACK = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Running:
    """A receiver that listens, the file it writes to, and what it has said."""

    process: subprocess.Popen[bytes]
    database: Path
    grpc: str
    http: str
    _said: Path
    _errors: Path

    @property
    def url(self) -> str:
        """Where the HTTP door is."""
        return f"http://{self.http}"

    def ask(self, path: str, body: object = None, query: Mapping[str, str | int] | None = None) -> Any:
        """Return the JSON answer to a GET, or to a POST where there is a body; the status must be 200."""
        request = Request(
            f"{self.url}{path}" + (f"?{urlencode(query)}" if query else ""),
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with _LOOPBACK.open(request, timeout=PATIENCE) as response:
                answered, content = response.status, response.read()
        except HTTPError as error:
            with error:
                answered, content = error.code, error.read()
        assert answered == 200, (answered, content[:500])
        return json.loads(content)

    def one(self, kind: str, name: str) -> Any:
        """Return one of `sessions`, `traces`, `users` or `observations` by its id."""
        return self.ask(f"/api/public/{kind}/{quote(name, safe='')}")

    def rows(self, kind: str, **query: str | int) -> list[Any]:
        """Return the first page of a list, which must hold all of it."""
        page = self.ask(f"/api/public/{kind}", query={"limit": 100, **query})
        assert page["meta"]["totalPages"] <= 1, "the list is longer than a page"
        return list(page["data"])

    def tree(self, session: str) -> Any:
        """Return the tree of a session."""
        return self.ask(f"/api/sessions/{quote(session, safe='')}/tree")

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows that the SQL endpoint answers."""
        answer = self.ask("/api/sql", {"query": query})
        assert not answer["truncated"]
        return [tuple(row) for row in answer["rows"]]

    def doctor(self) -> Any:
        """Return what `doctor` counts."""
        return self.ask("/api/doctor")

    def announced(self) -> str:
        """Return all that was said on standard output."""
        return self._said.read_text(encoding="utf-8")

    def errors(self) -> str:
        """Return all that was said on standard error."""
        return self._errors.read_text(encoding="utf-8")

    def kill(self) -> None:
        """End the process as a crash would, and wait until it is gone."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Signal the process and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def running(database: Path, *flags: str) -> Iterator[Running]:
    """Start a receiver on `database` and wait until both doors are open; at the end it is no more.

    A receiver that still runs then is ended by SIGTERM, must exit with 0 and must not have complained.
    """
    said, errors = (database.with_name(f"{database.stem}.{kind}") for kind in ("out", "err"))
    command = [sys.executable, "-m", "sidetrace", "serve", "--db", str(database)]
    command += ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", *flags]
    with said.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=plain_environment())
    try:
        server = Running(process, database, *_places(process, said, errors), said, errors)
        yield server
        if process.poll() is None:
            assert (server.stop(), server.errors()) == (0, ""), server.errors()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)


def plain_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this environment without what would steer sidetrace or an SDK, or send loopback through a proxy."""
    steering = re.compile(r"SIDETRACE_|OTEL_|LANGFUSE_|.*_PROXY$", re.IGNORECASE)
    kept = {name: value for name, value in os.environ.items() if not steering.match(name)}
    return {**kept, "PYTHONUNBUFFERED": "1", **(more or {})}


def sidetrace(*arguments: object) -> str:
    """Return what a `sidetrace` command prints; it must succeed without a word of complaint."""
    done = subprocess.run(
        [sys.executable, "-m", "sidetrace", *map(str, arguments)],
        env=plain_environment(), capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    return done.stdout.decode()


def _places(process: subprocess.Popen[bytes], said: Path, errors: Path) -> tuple[str, str]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        text = said.read_text(encoding="utf-8")
        grpc, http = (re.search(rf"OTLP/{door} +(\S+)\n", text) for door in ("gRPC", "HTTP"))
        if grpc and http:
            return grpc[1], http[1]
        assert not ended, f"sidetrace serve ended with {process.returncode}: {errors.read_text(encoding='utf-8')}"
        time.sleep(0.01)
    raise AssertionError(f"sidetrace serve does not listen after {PATIENCE} s: {errors.read_text(encoding='utf-8')}")
