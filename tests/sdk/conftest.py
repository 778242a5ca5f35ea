"""A running receiver, and how a program with a real SDK is run against it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..interop import environments
from ..running import Running, plain_environment, running

PROGRAMS = Path(__file__).parent / "programs"

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "sidetrace.db") as server:
        yield server


@pytest.fixture
def run(server: Running) -> Run:
    """Run a program of `programs/` in an environment that tests/interop makes too, with both Langfuse settings and no
    others; return the JSON object that it prints.

    The SDKs log warnings and errors to standard error, which must stay empty.
    """

    def run(name: str, environment: str, **variables: str) -> dict[str, Any]:
        told = {
            "LANGFUSE_HOST": server.url,
            "LANGFUSE_BASE_URL": server.url,
            "LANGFUSE_PUBLIC_KEY": "pk-lf-local",
            "LANGFUSE_SECRET_KEY": "sk-lf-local",
            "PYTHONWARNINGS": "ignore::DeprecationWarning",  # version 3 calls its own examples deprecated
        }
        done = subprocess.run(
            [environments.python(environment), PROGRAMS / name], env=plain_environment(told | variables),
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr.decode()) == (0, "")
        answer: dict[str, Any] = json.loads(done.stdout or "{}")
        return answer

    return run
