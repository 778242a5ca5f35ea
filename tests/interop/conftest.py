"""A running receiver, a running stub, and how a program with real packages is run against both."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from ..running import Running, plain_environment, running
from . import compiled, environments
from .stub import Stub

pytest.register_assert_rewrite(
    *(f"{__package__}.{module}" for module in ("collecting", "expected", "patterns", "sdks"))
)

PROGRAMS = Path(__file__).parent / "programs"
BUILT = {"go": compiled.go, "java": compiled.java, "rust": compiled.rust}
"""How programs are built in environments that are a language and the modules that a program names."""

# These tests install many packages: they run when scripts/interop asks for them, and are no part of scripts/test.
collect_ignore_glob = [] if "SIDETRACE_INTEROP" in os.environ else ["test_*.py"]


class Run(Protocol):
    """Runs `programs/<name>` in an environment, with more variables; it must succeed.

    `hidden`: how many of the spans that it makes no view shows.
    """

    def __call__(self, name: str, environment: str, hidden: int = 0, /, **variables: str) -> None: ...


class Talk(Protocol):
    """Runs a program likewise that reads JSON and prints an object, and nothing to standard error.

    A variable that is None is not there. Nothing is said of what the server stored.
    """

    def __call__(
        self, name: str, environment: str, given: object, variables: Mapping[str, str | None]
    ) -> dict[str, Any]: ...


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

    def run(name: str, environment: str, hidden: int = 0, /, **variables: str) -> None:
        _done(server, stub, name, environment, variables)
        doctor = server.doctor()
        assert doctor["stored"]
        assert (doctor["rejected"], doctor["rejections"], doctor["problems"]) == (0, [], []), doctor
        assert server.sql("SELECT count(attributes) FROM observations") == [(doctor["stored"] - hidden,)]

    return run


@pytest.fixture
def talk(server: Running, stub: Stub) -> Talk:
    """Run a program that is given something and tells something, with the same variables."""

    def talk(name: str, environment: str, given: object, variables: Mapping[str, str | None]) -> dict[str, Any]:
        done = _done(server, stub, name, environment, variables, json.dumps(given).encode())
        assert done.stderr == b"", done.stderr.decode()
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    return talk


def _done(
    server: Running, stub: Stub, name: str, environment: str, variables: Mapping[str, str | None], given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
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
    command = _command(PROGRAMS / name, environment)
    there = {key: value for key, value in (told | dict(variables)).items() if value is not None}
    done = subprocess.run(
        command, env=plain_environment(there), input=given, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-8000:]
    return done


def _command(program: Path, environment: str) -> compiled.Command:
    if environment in BUILT:
        return BUILT[environment](program.name)
    if program.suffix == ".mjs":
        copy = environments.node(environment) / program.name  # modules are looked for from where a program stands
        shutil.copy(program, copy)
        return ["node", copy]
    return [environments.python(environment), program]
