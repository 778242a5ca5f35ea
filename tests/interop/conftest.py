"""A running receiver, a running stub, and how a program with real packages is run against both."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from ..running import Running, plain_environment, running
from . import environments
from .stub import Stub

pytest.register_assert_rewrite(f"{__package__}.expected")

PROGRAMS = Path(__file__).parent / "programs"

# These tests install many packages: they run when scripts/interop asks for them, and are no part of scripts/test.
collect_ignore_glob = [] if "SIDETRACE_INTEROP" in os.environ else ["test_*.py"]


class Run(Protocol):
    """Runs `programs/<name>` in an environment, with more variables; it must succeed."""

    def __call__(self, name: str, environment: str, **variables: str) -> None: ...


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "sidetrace.db") as server:
        yield server


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub().serving() as stub:
        yield stub


@pytest.fixture
def run(server: Running, stub: Stub) -> Run:
    """Run a program with the variables that every package reads to find its servers, and no others.

    Programs export over HTTP unless `OTEL_EXPORTER_OTLP_PROTOCOL=grpc` is among the variables.
    """

    def run(name: str, environment: str, **variables: str) -> None:
        over_grpc = variables.get("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc"
        told = {
            "OPENAI_BASE_URL": stub.url,
            "OPENAI_API_KEY": "sk-stub",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{server.grpc}" if over_grpc else server.url,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_SERVICE_NAME": "interop",
            "LANGFUSE_HOST": server.url,
            "LANGFUSE_BASE_URL": server.url,
            "LANGFUSE_PUBLIC_KEY": "pk-lf-local",
            "LANGFUSE_SECRET_KEY": "sk-lf-local",
        }
        program = PROGRAMS / name
        command: list[str | Path] = ["node"]
        if program.suffix == ".mjs":
            command.append(environments.node(environment) / name)  # modules are looked for from where a program stands
            shutil.copy(program, command[-1])
        else:
            command = [environments.python(environment), program]
        done = subprocess.run(
            command, env=plain_environment(told | variables), capture_output=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr.decode()[-8000:]
        doctor = server.doctor()
        assert doctor["stored"]
        assert (doctor["rejected"], doctor["rejections"], doctor["problems"]) == (0, [], []), doctor
        assert server.sql("SELECT count(attributes) FROM observations") == [(doctor["stored"],)]

    return run
