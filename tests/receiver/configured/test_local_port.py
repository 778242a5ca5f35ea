"""A port of this machine is not the network's nor any web page's: what keeps strangers out, each seen from outside."""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sidetrace.api.routes import ROUTES
from sidetrace.config.extensions import BearerTokenAuth
from sidetrace.errors import ConfigError, Unauthorized
from sidetrace.receiver.authenticators import Bearer

from .conftest import PROTOBUF, Served

Start = Callable[..., Awaitable[Served]]
DOORS = "{grpc: {endpoint: '127.0.0.1:0'}, http: {endpoint: '127.0.0.1:0'}}"


def paths(*methods: str) -> list[tuple[str, str]]:
    return [(route.method, route.path.replace("{id}", "x")) for route in ROUTES if route.method in methods]


async def test_a_page_that_resolved_its_name_to_this_machine_reaches_nothing(
    served: Start, session: Any, body: bytes
) -> None:
    server = await served(DOORS)
    for method, path in [*paths("GET", "POST", "PATCH", "DELETE"), ("POST", "/v1/traces"), ("GET", "/")]:
        headers = {"Host": "evil.example", "Content-Type": "application/json"}
        async with session.request(method, server.url(path), headers=headers) as response:
            assert response.status == 403, (method, path)


async def test_foreign_pages_write_nowhere_and_nothing_tells_them_to_read(
    served: Start, session: Any, body: bytes
) -> None:
    server = await served(DOORS)
    origin = {"Origin": "https://evil.example"}
    for method, path in [*paths("POST", "PATCH", "PUT", "DELETE"), ("POST", "/v1/traces"), ("POST", "/v1/metrics")]:
        sent = {**PROTOBUF, **origin} if path.startswith("/v1/") else {"Content-Type": "application/json", **origin}
        async with session.request(method, server.url(path), data=b"", headers=sent) as response:
            assert response.status == 403, (method, path)
    for method, path in [*paths("GET"), ("GET", "/"), ("OPTIONS", "/v1/traces"), ("OPTIONS", "/api/sql")]:
        asked = {**origin, "Access-Control-Request-Method": "POST"}
        async with session.request(method, server.url(path), headers=asked) as response:
            assert not [name for name in response.headers if name.lower().startswith("access-control")], (method, path)


@pytest.mark.parametrize("door", ["grpc", "http"])
@pytest.mark.parametrize("address", ["0.0.0.0:0", "'[::]:0'", "192.0.2.1:4317", "host.example:1"])
async def test_beyond_this_machine_nobody_listens_without_something_that_keeps_strangers_out(
    served: Start, door: str, address: str, tmp_path: Path
) -> None:
    with pytest.raises(
        ConfigError, match=rf"^receivers\.otlp\.protocols\.{door}\.endpoint: .* can be reached from other"
    ):
        await served(f"{{{door}: {{endpoint: {address}}}}}")
    assert not list(tmp_path.glob("*.db*"))


@pytest.mark.parametrize(
    "kept",
    [
        "tls: {cert_file: CHAIN, key_file: KEY, client_ca_file: CA}",
        "auth: {authenticator: basicauth}",
    ],
)
async def test_client_certificates_and_authenticators_keep_strangers_out(
    served: Start, kept: str, authority: Any
) -> None:
    chain, key = authority.sign("server")
    kept = kept.replace("CHAIN", str(chain)).replace("KEY", str(key)).replace("CA}", f"{authority.file}}}")
    more = "extensions: {basicauth: {htpasswd: {inline: 'a:b'}}}"
    server = await served(f"{{grpc: {{endpoint: '0.0.0.0:0', {kept}}}}}", more)
    assert str(server.listening.grpc).startswith("0.0.0.0:")
    tls_alone = f"tls: {{cert_file: {chain}, key_file: {key}}}"
    with pytest.raises(ConfigError, match="can be reached from other machines"):
        await served(f"{{grpc: {{endpoint: '0.0.0.0:0', {tls_alone}}}}}")


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
async def test_what_is_stored_is_for_its_owner_alone(served: Start, session: Any, body: bytes, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        server = await served(DOORS)
        async with session.post(server.url(), data=body, headers=PROTOBUF) as response:
            assert response.status == 200
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("spans*")}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("spans0.db", "spans0.db-wal", "spans0.db-shm", "spans0.db.lock"), 0o600)


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
async def test_the_mode_of_a_file_that_is_there_is_its_owners_choice(served: Start, tmp_path: Path) -> None:
    (tmp_path / "spans0.db").touch(0o640)
    (tmp_path / "spans0.db").chmod(0o640)
    await served(DOORS)
    assert stat.S_IMODE((tmp_path / "spans0.db").stat().st_mode) == 0o640


async def test_every_token_is_compared_with_in_constant_time_whichever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    def counted(one: Any, other: Any, compare: Any = hmac.compare_digest) -> bool:
        compared.append(len(one))
        return bool(compare(one, other))

    tokens = [f"token-{number}" for number in range(5)]
    door = Bearer(BearerTokenAuth.model_validate({"tokens": tokens}), "extensions.bearertokenauth")
    monkeypatch.setattr(hmac, "compare_digest", counted)
    counts = set()
    for sent in (*tokens, "token-0x", "x"):
        compared.clear()
        try:
            await door.check({"authorization": f"Bearer {sent}"}.get)
        except Unauthorized:
            assert sent not in tokens
        counts.add(compared.count(32))
    assert counts == {5}, "digests of one length, as many for any token"
