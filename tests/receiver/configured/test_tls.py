"""TLS at both doors, as real clients see it: certificates, client certificates, versions, suites, and new files."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import grpc.aio
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from sidetrace.errors import ConfigError

from .conftest import PROTOBUF, Authority, Served, port

Start = Callable[..., Awaitable[Served]]
Export = Callable[..., Awaitable[bytes]]


def both(tls: str, grpc_more: str = "", http_more: str = "") -> str:
    """Both doors on free ports, with `tls` (the inside of a flow mapping), and more in that of one door alone."""
    return (
        f"{{grpc: {{endpoint: 'localhost:0', tls: {{{tls}{grpc_more}}}}}, "
        f"http: {{endpoint: 'localhost:0', tls: {{{tls}{http_more}}}}}}}"
    )


def files(certificate: tuple[Path, Path]) -> str:
    return f"cert_file: {certificate[0]}, key_file: {certificate[1]}"


async def subject(address: int, authority: Authority) -> str:
    """The common name that a TLS server shows."""
    _, writer = await asyncio.open_connection("localhost", address, ssl=authority.context())
    shown = writer.get_extra_info("peercert")
    writer.close()
    return str(dict(part[0] for part in shown["subject"])["commonName"])


async def test_with_a_certificate_clients_that_trust_it_are_served_and_others_not(
    served: Start,
    authority: Authority,
    other_authority: Authority,
    body: bytes,
    export: Export,
    session: aiohttp.ClientSession,
) -> None:
    server = await served(both(files(authority.sign("server"))))
    assert await export(server.grpc, body, authority.channel()) == b""
    url = server.url(scheme="https")
    async with session.post(url, data=body, headers=PROTOBUF, ssl=authority.context()) as response:
        assert response.status == 200
    with pytest.raises(grpc.aio.AioRpcError):
        await export(server.grpc, body, other_authority.channel())
    with pytest.raises(grpc.aio.AioRpcError):
        await export(server.grpc, body)
    with pytest.raises(aiohttp.ClientConnectorError):
        await session.post(url, data=body, headers=PROTOBUF, ssl=other_authority.context())
    with pytest.raises(aiohttp.ClientError):
        await session.post(server.url(), data=body, headers=PROTOBUF)


async def test_the_exporters_of_opentelemetry_come_in(
    served: Start, authority: Authority, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)  # which requests puts before what it is told
    certificate = authority.sign("client")
    server = await served(both(f"{files(authority.sign('server'))}, client_ca_file: {authority.file}"))

    def send() -> None:
        credentials = authority.channel(certificate)
        for exporter in (
            GrpcSpans(f"https://localhost:{port(server.listening.grpc)}", credentials=credentials),
            HttpSpans(
                server.url(scheme="https"),
                certificate_file=str(authority.file),
                client_certificate_file=str(certificate[0]),
                client_key_file=str(certificate[1]),
            ),
        ):
            provider = TracerProvider()
            provider.add_span_processor(SimpleSpanProcessor(exporter))
            provider.get_tracer("test").start_span("step").end()
            provider.shutdown()

    await asyncio.to_thread(send)
    url = server.url("/api/doctor", "https")
    async with session.get(url, ssl=authority.context(certificate)) as response:
        assert (await response.json())["stored"] == 2


async def test_certificate_and_key_may_be_texts(
    served: Start, authority: Authority, body: bytes, export: Export
) -> None:
    chain, key = authority.sign("server")
    server = await served(
        both("cert_pem: '${env:CHAIN}', key_pem: '${env:KEY}'"), CHAIN=chain.read_text(), KEY=key.read_text()
    )
    assert await export(server.grpc, body, authority.channel()) == b""
    assert await subject(port(server.listening.http), authority) == "server"
    assert "PRIVATE KEY" not in f"{server.config!r}{server.config.model_dump_json()}"


async def test_with_client_ca_file_clients_must_show_a_certificate_of_it(
    served: Start, authority: Authority, other_authority: Authority, body: bytes, export: Export, session: Any
) -> None:
    server = await served(both(f"{files(authority.sign('server'))}, client_ca_file: {authority.file}"))
    good, foreign = authority.sign("client"), other_authority.sign("foreign")
    url = server.url(scheme="https")
    assert await export(server.grpc, body, authority.channel(good)) == b""
    async with session.post(url, data=body, headers=PROTOBUF, ssl=authority.context(good)) as response:
        assert response.status == 200
    for certificate in (None, foreign):
        with pytest.raises(grpc.aio.AioRpcError):
            await export(server.grpc, body, authority.channel(certificate))
        with pytest.raises(aiohttp.ClientError):
            await session.post(url, data=body, headers=PROTOBUF, ssl=authority.context(certificate))


@pytest.mark.parametrize("interval", ["50ms", "0s"])
async def test_a_new_certificate_is_shown_after_the_interval_and_never_without(
    served: Start, authority: Authority, other_authority: Authority, body: bytes, export: Export, interval: str
) -> None:
    chain, key = authority.sign("first")
    server = await served(both(f"{files((chain, key))}, reload_interval: {interval}"))
    assert await export(server.grpc, body, authority.channel()) == b""
    assert await subject(port(server.listening.http), authority) == "first"
    new_chain, new_key = other_authority.sign("second")
    os.replace(new_chain, chain)
    os.replace(new_key, key)
    await asyncio.sleep(0.2)
    if interval == "0s":
        assert await export(server.grpc, body, authority.channel()) == b""
        assert await subject(port(server.listening.http), authority) == "first"
    else:
        assert await export(server.grpc, body, other_authority.channel()) == b""
        assert await subject(port(server.listening.http), other_authority) == "second"


async def test_a_certificate_that_is_broken_later_leaves_the_one_before(
    served: Start, authority: Authority, body: bytes, export: Export, caplog: pytest.LogCaptureFixture
) -> None:
    chain, key = authority.sign("first")
    server = await served(both(f"{files((chain, key))}, reload_interval: 10ms"))
    chain.write_text("half a fi")
    await asyncio.sleep(0.05)
    for _ in range(2):
        assert await export(server.grpc, body, authority.channel()) == b""
        assert await subject(port(server.listening.http), authority) == "first"
        await asyncio.sleep(0.05)
    said = [record.getMessage() for record in caplog.records if "stays in use" in record.getMessage()]
    assert len(said) == 2, "once for each door"


@pytest.mark.parametrize("reload", [True, False])
async def test_new_client_authorities_count_at_once_and_not_without_reload(
    served: Start,
    authority: Authority,
    other_authority: Authority,
    body: bytes,
    export: Export,
    session: Any,
    tmp_path: Path,
    reload: bool,
) -> None:
    trusted = tmp_path / "clients.pem"
    trusted.write_bytes(authority.pem)
    told = f", client_ca_file_reload: {str(reload).lower()}"
    server = await served(both(f"{files(authority.sign('server'))}, client_ca_file: {trusted}{told}"))
    old, new = authority.sign("old"), other_authority.sign("new")
    url = server.url(scheme="https")

    async def accepted(certificate: tuple[Path, Path]) -> list[bool]:
        found = []
        try:
            await export(server.grpc, body, authority.channel(certificate))
            found.append(True)
        except grpc.aio.AioRpcError:
            found.append(False)
        try:
            async with aiohttp.ClientSession() as own:
                await own.post(url, data=body, headers=PROTOBUF, ssl=authority.context(certificate))
            found.append(True)
        except aiohttp.ClientError:
            found.append(False)
        return found

    assert (await accepted(old), await accepted(new)) == ([True, True], [False, False])
    trusted.write_bytes(other_authority.pem)
    if reload:
        assert (await accepted(old), await accepted(new)) == ([False, False], [True, True])
    else:
        assert (await accepted(old), await accepted(new)) == ([True, True], [False, False])


@pytest.mark.parametrize(
    ("told", "offered", "served_"),
    [
        ("", "1.2", True),
        ("", "1.3", True),
        (', min_version: "1.3"', "1.2", False),
        (', min_version: "1.3"', "1.3", True),
        (', max_version: "1.2"', "1.3", False),
        (', max_version: "1.2"', "1.2", True),
    ],
)
async def test_versions_of_tls_over_http(
    served: Start, authority: Authority, session: Any, told: str, offered: str, served_: bool
) -> None:
    server = await served(both(files(authority.sign("server")), http_more=told))
    context = authority.context()
    context.minimum_version = context.maximum_version = {
        "1.2": ssl.TLSVersion.TLSv1_2,
        "1.3": ssl.TLSVersion.TLSv1_3,
    }[offered]
    try:
        async with session.get(server.url("/health", "https"), ssl=context) as response:
            assert response.status == 200
            assert served_
    except aiohttp.ClientConnectorError:
        assert not served_


async def test_suites_of_tls_1_2_over_http(served: Start, authority: Authority, session: Any) -> None:
    suites = ", cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256]"
    server = await served(both(files(authority.sign("server")), http_more=suites))
    for offered, good in (("ECDHE-ECDSA-CHACHA20-POLY1305", True), ("ECDHE-ECDSA-AES256-GCM-SHA384", False)):
        context = authority.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(offered)
        try:
            async with session.get(server.url("/health", "https"), ssl=context) as response:
                assert response.status == 200
                assert good
        except aiohttp.ClientConnectorError:
            assert not good


async def test_what_no_tls_can_be_made_of_is_refused_with_its_path(
    served: Start, authority: Authority, other_authority: Authority, tmp_path: Path
) -> None:
    chain, key = authority.sign("server")
    other_key = other_authority.sign("other-server")[1]
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("no certificate")
    place = "receivers.otlp.protocols.grpc.tls"
    for tls, said in (
        (f"cert_file: {tmp_path}/none.pem, key_file: {key}", f"{place}.cert_file: cannot read {tmp_path}/none.pem"),
        (f"cert_file: {chain}, key_file: {other_key}", f"{place}: the key is not the certificate's"),
        (f"cert_file: {nothing}, key_file: {key}", f"{place}: "),
        (f"{files((chain, key))}, client_ca_file: {nothing}", f"{place}.client_ca_file: holds no certificates"),
    ):
        with pytest.raises(ConfigError) as caught:
            await served(both(tls))
        assert str(caught.value).startswith(said)
        assert not list(tmp_path.glob("*.db"))


async def test_a_key_that_is_encrypted_is_refused_and_not_asked_about(
    served: Start, authority: Authority, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives import serialization

    chain, key = authority.sign("server")
    loaded = serialization.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        loaded.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(ConfigError, match=r"grpc\.tls: the key is encrypted"):
        await served(both(files((chain, key))))
