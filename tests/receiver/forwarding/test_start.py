"""What is refused at the start: loops, and certificates that cannot be used; without exporters nothing is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sidetrace.errors import ConfigError

from ..configured.conftest import Authority
from .conftest import Start
from .test_trouble import free_port


@pytest.mark.parametrize(
    ("grpc", "http", "exporter"),
    [
        ("127.0.0.1:{0}", "127.0.0.1:0", "otlp: {{endpoint: 'localhost:{0}', tls: {{insecure: true}}}}"),
        ("localhost:{0}", "127.0.0.1:0", "otlp: {{endpoint: 'http://127.0.0.1:{0}'}}"),
        ("127.0.0.1:0", "127.0.0.1:{0}", "otlphttp: {{endpoint: 'http://127.0.0.1:{0}/api/public/otel'}}"),
        ("127.0.0.1:{0}", "127.0.0.1:0", "otlphttp: {{traces_endpoint: 'https://localhost:{0}/x'}}"),
    ],
)
async def test_a_receiver_does_not_forward_to_itself(receiver: Start, grpc: str, http: str, exporter: str) -> None:
    port = free_port()
    more = f"exporters: {{{exporter.format(port)}}}"
    with pytest.raises(ConfigError, match=r"exporters\.otlp\w*: its endpoint is this receiver's own (grpc|http) door"):
        async with receiver("near", more, grpc.format(port), http.format(port)):
            pass
    async with receiver("near", more):  # another port: no loop
        pass


async def test_nor_by_any_address_of_its_machine_where_it_listens_on_all(tmp_path: Path) -> None:
    from sidetrace.config import Endpoint, load
    from sidetrace.receiver.loops import check_loops

    file = tmp_path / "c.yaml"
    file.write_text("exporters: {otlp: {endpoint: '127.0.0.1:4317'}, otlp/far: {endpoint: '192.0.2.1:4317'}}")
    exporters = load(file, environment={}).exporters
    for everywhere in ("0.0.0.0", "::"):
        with pytest.raises(ConfigError, match=r"exporters\.otlp: its"):
            check_loops(exporters, {"grpc": Endpoint(everywhere, 4317)})
        check_loops({"otlp/far": exporters["otlp/far"]}, {"grpc": Endpoint(everywhere, 4317)})
        check_loops(exporters, {"grpc": Endpoint(everywhere, 4316)})


@pytest.mark.parametrize("kind", ["otlp", "otlphttp"])
async def test_certificates_that_cannot_be_used_are_told_with_their_place(
    receiver: Start, tmp_path: Path, kind: str
) -> None:
    authority = Authority(tmp_path, "authority")
    chain, _ = authority.sign("one")
    _, key = authority.sign("two")
    (tmp_path / "empty").write_text("")
    cases = {
        f"ca_file: {tmp_path / 'none'}": r"\.ca_file: cannot read",
        f"ca_file: {tmp_path / 'empty'}": r"\.ca_file: holds no certificates",
        f"cert_file: {chain}, key_file: {key}": r": the key is not the certificate's",
    }
    for tls, said in cases.items():
        more = f"exporters: {{{kind}: {{endpoint: 'https://upstream.example:4', tls: {{{tls}}}}}}}"
        with pytest.raises(ConfigError, match=rf"exporters\.{kind}\.tls{said}"):
            async with receiver("near", more):
                pass


async def test_without_exporters_nothing_is_queued(receiver: Start, spans: Any) -> None:
    async with receiver("near") as near:
        assert await near.post(spans(1).SerializeToString()) == 200
        assert near.sql("SELECT count(*) FROM observations") == [(1,)]
        with pytest.raises(StopIteration):
            near.exporter()
