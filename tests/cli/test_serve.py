"""`sidetrace serve`: what it prints, what it takes, how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from .conftest import Run

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends the receiver with SIGTERM")


@contextmanager
def serving(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A running receiver and the lines that it has printed, up to the last it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sidetrace", "serve", "--grpc", "127.0.0.1:0", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    lines = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if "LANGFUSE_SECRET_KEY" in line:
                break
        yield process, lines
    finally:
        process.kill()
        process.communicate(timeout=10)


def value(lines: list[str], name: str) -> str:
    """The value of the first line that exports a variable."""
    return next(line.split("=", 1)[1] for line in lines if line.startswith(f"  export {name}="))


def test_serve_prints_where_it_listens_the_file_and_what_to_export(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "side.db"
    with serving("--http", "127.0.0.1:0", "--db", path) as (_, lines):
        http, grpc = (next(line.split()[-1] for line in lines if f"OTLP/{door}" in line) for door in ("HTTP", "gRPC"))
        port = http.removeprefix("127.0.0.1:")
        assert int(port) > 0
        assert value(lines, "OTEL_EXPORTER_OTLP_ENDPOINT") == f"http://localhost:{port}"
        assert value(lines, "OTEL_EXPORTER_OTLP_PROTOCOL") == "http/protobuf"
        assert f"  export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:{grpc.removeprefix('127.0.0.1:')}" in lines
        for name in ("LANGFUSE_HOST", "LANGFUSE_BASE_URL"):
            assert value(lines, name) == f"http://localhost:{port}"
        assert value(lines, "LANGFUSE_PUBLIC_KEY") == "pk-lf-local"
        assert value(lines, "LANGFUSE_SECRET_KEY") == "sk-lf-local"
        assert any(line.split() == ["database", str(path)] for line in lines)


def test_what_is_received_is_seen_by_the_other_commands_while_it_runs_and_after(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "side.db"
    body = (CAPTURES / "langfuse" / "python-5" / "00.traces.pb").read_bytes()
    with serving("--http", "127.0.0.1:0", "--db", path) as (process, lines):
        url = value(lines, "OTEL_EXPORTER_OTLP_ENDPOINT") + "/v1/traces"
        request = urllib.request.Request(url, body, {"Content-Type": "application/x-protobuf"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
        during = json.loads(run("doctor", "--json", "--db", path).out)
        assert during["stored"] > 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert json.loads(run("doctor", "--json", "--db", path).out)["stored"] == during["stored"]
    assert run("sessions", "--db", path).code == 0


def test_ctrl_c_ends_the_receiver_well(tmp_path: Path) -> None:
    with serving("--http", "127.0.0.1:0", "--db", tmp_path / "side.db") as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0


def test_a_taken_port_is_one_line_and_exits_4(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        answer = run("serve", "--grpc", "127.0.0.1:0", "--http", address, "--db", tmp_path / "side.db")
    assert (answer.code, answer.out) == (4, "")
    assert address in answer.err
    assert answer.err.count("\n") == 1


def test_listening_beyond_loopback_needs_the_flag(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "side.db"
    answer = run("serve", "--grpc", "127.0.0.1:0", "--http", "0.0.0.0:0", "--db", path)
    assert (answer.code, answer.out) == (1, "")
    assert "--allow-unauthenticated" in answer.err
    with serving("--http", "0.0.0.0:0", "--allow-unauthenticated", "--db", path) as (_, lines):
        assert value(lines, "LANGFUSE_HOST").startswith("http://localhost:")


def test_flags_override_the_file_and_the_file_is_checked(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"storage: {{path: {tmp_path / 'from-file.db'}}}\n")
    with serving("--http", "127.0.0.1:0", "--config", config) as (_, lines):
        assert any(line.split() == ["database", str(tmp_path / "from-file.db")] for line in lines)
    with serving("--http", "127.0.0.1:0", "--config", config, "--db", tmp_path / "flag.db") as (_, lines):
        assert any(line.split() == ["database", str(tmp_path / "flag.db")] for line in lines)
    config.write_text("storage: {pth: x}\n")
    answer = run("serve", "--config", config)
    assert (answer.code, answer.out) == (1, "")
    assert "storage.pth" in answer.err
    assert run("serve", "--config", tmp_path / "missing.yaml").code == 1


def test_with_tls_it_says_so_and_the_other_commands_still_reach_it(run: Run, tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    door = f"{{endpoint: '127.0.0.1:0', tls: {{cert_file: {tmp_path}/server.pem, key_file: {tmp_path}/server.pem}}}}"
    config, path = tmp_path / "config.yaml", tmp_path / "side.db"
    config.write_text(f"receivers: {{otlp: {{protocols: {{grpc: {door}, http: {door}}}}}}}\n")
    with serving("--http", "127.0.0.1:0", "--config", config, "--db", path) as (_, lines):
        assert value(lines, "OTEL_EXPORTER_OTLP_ENDPOINT").startswith("https://localhost:")
        assert value(lines, "LANGFUSE_HOST").startswith("https://localhost:")
        assert any(line.endswith(" (TLS)") and "OTLP/gRPC" in line for line in lines)
        answer = run("remap", "--db", path)
        assert (answer.code, answer.out) == (0, "0 spans mapped anew\n")


def test_a_flag_goes_before_a_socket_of_the_file(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("receivers: {otlp: {protocols: {grpc: , http: {transport: unix, endpoint: /none/x.sock}}}}\n")
    with serving("--http", "127.0.0.1:0", "--config", config, "--db", tmp_path / "side.db") as (_, lines):
        assert any("OTLP/HTTP  127.0.0.1:" in line for line in lines)
