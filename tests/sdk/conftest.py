"""A running receiver, and how a program with a real SDK is run against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..running import Running, plain_environment, running

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).parent / "programs"

LANGFUSE_3 = "langfuse==3.15.0"
"""The last of the major version that has `update_current_trace`; it cannot stand beside version 5."""

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "sidetrace.db") as server:
        yield server


@pytest.fixture(scope="session")
def python_with_langfuse_3() -> Path:
    """Make an environment for version 3 of the Langfuse SDK beside our own, once for all runs; return its Python."""
    folder = ROOT / ".venv-langfuse3"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = folder / "made-of", f"{LANGFUSE_3}\n{sys.version}"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        venv.EnvBuilder(clear=True, with_pip=True).create(folder)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", LANGFUSE_3]
        subprocess.run(install, check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return python


@pytest.fixture
def run(server: Running) -> Run:
    """Run a program of `programs/` with both Langfuse settings and no others; return the JSON object that it prints.

    The SDKs log warnings and errors to standard error, which must stay empty.
    """

    def run(name: str, python: Path | str = sys.executable, **environment: str) -> dict[str, Any]:
        told = {
            "LANGFUSE_HOST": server.url,
            "LANGFUSE_BASE_URL": server.url,
            "LANGFUSE_PUBLIC_KEY": "pk-lf-local",
            "LANGFUSE_SECRET_KEY": "sk-lf-local",
            "PYTHONWARNINGS": "ignore::DeprecationWarning",  # version 3 calls its own examples deprecated
        }
        done = subprocess.run(
            [python, PROGRAMS / name], env=plain_environment(told | environment), capture_output=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr.decode()) == (0, "")
        answer: dict[str, Any] = json.loads(done.stdout or "{}")
        return answer

    return run
