"""`sidetrace validate`: what it says of a configuration, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from .conftest import Run


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return path


def test_a_configuration_that_can_be_used_says_where_it_would_listen_and_makes_nothing(
    run: Run, tmp_path: Path
) -> None:
    ca = trustme.CA()
    signed = ca.issue_cert("localhost")
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    signed.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    config = write(
        tmp_path,
        f"""
        receivers:
          otlp:
            protocols:
              grpc:
                endpoint: 0.0.0.0:4317
                tls:
                  cert_file: {tmp_path}/server.pem
                  key_file: {tmp_path}/server.pem
                  client_ca_file: {tmp_path}/ca.pem
              http: {{transport: unix, endpoint: "${{env:PLACE:-/run/side.sock}}", auth: {{authenticator: basicauth}}}}
        extensions: {{basicauth: {{htpasswd: {{inline: "ann:sesame"}}}}, health_check: {{path: /up}}}}
        storage: {{path: {tmp_path}/deep/side.db}}
        """,
    )
    answer = run("validate", "--config", config)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        f"{config} can be used; with it, `sidetrace serve` listens here:",
        "  OTLP/gRPC  0.0.0.0:4317 (TLS, client certificates)",
        "  OTLP/HTTP  unix:/run/side.sock (basicauth)",
        "  health     127.0.0.1:13133/up",
        f"  database   {tmp_path}/deep/side.db",
    ]
    assert not (tmp_path / "deep").exists()


def test_an_empty_file_is_the_defaults(run: Run, tmp_path: Path) -> None:
    answer = run("validate", "--config", write(tmp_path, ""), "--db", tmp_path / "x.db")
    assert answer.code == 0
    assert "  OTLP/gRPC  127.0.0.1:4317\n  OTLP/HTTP  127.0.0.1:4318\n" in answer.out
    one = write(tmp_path, "receivers: {otlp: {protocols: {grpc: }}}")
    assert "OTLP/HTTP  off" in run("validate", "--config", one).out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("storage: {pth: x}", "storage.pth: unknown key"),
        (
            "receivers: {otlp: {protocols: {http: {dialer: }}}}",
            "receivers.otlp.protocols.http.dialer: cannot be honoured: ",
        ),
        (
            "receivers: {otlp: {protocols: {http: {endpoint: '0.0.0.0:0'}}}}",
            "receivers.otlp.protocols.http.endpoint: 0.0.0",
        ),
        (
            "receivers: {otlp: {protocols: {http: {tls: {cert_file: /none.pem, key_file: /none.pem}}}}}",
            "receivers.otlp.protocols.http.tls.cert_file: cannot read /none.pem: No such file or directory",
        ),
        ("extensions: {basicauth: {htpasswd: {file: /none}}}", "extensions.basicauth.htpasswd.file: cannot read /none"),
        ("extensions: {bearertokenauth: {filename: /none}}", "extensions.bearertokenauth.filename: cannot read /none"),
        ("a: [", "config.yaml:1: "),
    ],
)
def test_what_serve_would_refuse_is_refused_with_1_and_one_message(
    run: Run, tmp_path: Path, text: str, said: str
) -> None:
    config = write(tmp_path, text)
    for command in ("validate", "serve"):
        answer = run(command, "--config", config, "--db", tmp_path / "side.db")
        assert (answer.code, answer.out) == (1, ""), answer.err
        assert said in answer.err
        assert answer.err.startswith("sidetrace: ")
        assert len(answer.err.splitlines()) <= 2
        assert not (tmp_path / "side.db").exists()


def test_without_a_file_it_is_bad_usage(run: Run, tmp_path: Path) -> None:
    assert run("validate").code == 2
    answer = run("validate", "--config", tmp_path / "none.yaml")
    assert (answer.code, answer.out) == (1, "")
    assert "none.yaml: No such file" in answer.err


def test_listening_beyond_this_machine_can_be_allowed(run: Run, tmp_path: Path) -> None:
    config = write(tmp_path, "receivers: {otlp: {protocols: {http: {endpoint: '0.0.0.0:0'}}}}")
    assert run("validate", "--config", config).code == 1
    assert run("validate", "--config", config, "--allow-unauthenticated").code == 0
