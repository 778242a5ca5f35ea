"""basicauth and bearertokenauth at both doors: who comes in, where, and what the others are told."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import bcrypt
import grpc
import grpc.aio
import pytest
from google.rpc.status_pb2 import Status
from langfuse import Langfuse

from sidetrace.errors import ConfigError

from .conftest import PROTOBUF, Served

Start = Callable[..., Awaitable[Served]]
DOOR = "{endpoint: 'localhost:0', auth: {authenticator: ID}}"
HTPASSWD = "extensions: {basicauth: {htpasswd: {inline: 'ann:s3:cret'}}}"


def by(id: str) -> str:
    return f"{{grpc: {DOOR}, http: {DOOR}}}".replace("ID", id)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def over_http(server: Served, session: Any, body: bytes, path: str = "/v1/traces", **headers: str) -> int:
    async with session.post(server.url(path), data=body, headers={**PROTOBUF, **headers}) as response:
        if response.status == 401 and path.startswith("/v1/"):
            assert Status.FromString(await response.read()).code == 16
        return int(response.status)


async def over_grpc(export: Any, server: Served, body: bytes, **metadata: str) -> str:
    try:
        await export(server.grpc, body, metadata=tuple(metadata.items()))
    except grpc.aio.AioRpcError as error:
        return str(error.code().name)
    return "OK"


async def test_users_with_their_password_come_in_at_both_doors_and_nobody_else(
    served: Start, body: bytes, export: Any, session: Any
) -> None:
    server = await served(by("basicauth"), HTPASSWD)
    for authorization, comes_in in (
        (basic("ann", "s3:cret"), True),
        (basic("ann", "s3:cret").replace("Basic", "bASIC"), True),
        (basic("ann", "s3"), False),
        (basic("bob", "s3:cret"), False),
        (basic("", ""), False),
        ("Bearer s3:cret", False),
        ("Basic", False),
        ("Basic !!!", False),
        ("", False),
    ):
        sent = {"Authorization": authorization} if authorization else {}
        assert await over_http(server, session, body, **sent) == (200 if comes_in else 401), authorization
        told = await over_grpc(export, server, body, **({"authorization": authorization} if authorization else {}))
        assert told == ("OK" if comes_in else "UNAUTHENTICATED"), authorization


async def test_pages_and_queries_of_the_port_need_it_too_and_browsers_are_asked(served: Start, session: Any) -> None:
    server = await served(by("basicauth"), HTPASSWD)
    right = {"Authorization": basic("ann", "s3:cret")}
    for path in ("/", "/api/public/traces", "/api/doctor", "/api/remap", "/nowhere"):
        async with session.get(server.url(path)) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith('Basic realm="sidetrace"')
        async with session.get(server.url(path), headers=right) as response:
            assert response.status == (404 if path == "/nowhere" else 200)
    async with session.get(server.url("/health")) as response:
        assert response.status == 200


async def test_a_refusal_shows_nothing_of_what_was_sent(served: Start, body: bytes, session: Any, export: Any) -> None:
    server = await served(by("bearertokenauth"), "extensions: {bearertokenauth: {token: sesame}}")
    sent = {**PROTOBUF, "Authorization": "Bearer guess-42"}
    async with session.post(server.url(), data=body, headers=sent) as response:
        assert b"guess-42" not in await response.read()
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="sidetrace"'
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await export(server.grpc, body, metadata=(("authorization", "Bearer guess-42"),))
    assert "guess-42" not in (caught.value.details() or "")


@pytest.mark.parametrize(
    ("settings", "right", "wrong"),
    [
        ("token: sesame", ["authorization=Bearer sesame"], ["authorization=bearer sesame", "authorization=sesame"]),
        ("tokens: [one, two]", ["authorization=Bearer one", "authorization=Bearer two"], ["authorization=Bearer o"]),
        ("tokens: one", ["authorization=Bearer one"], ["authorization=Bearer two"]),
        ("token: sesame, scheme: Token", ["authorization=Token sesame"], ["authorization=Bearer sesame"]),
        ("token: sesame, scheme: ''", ["authorization=sesame"], ["authorization=Bearer sesame"]),
        ("token: sesame, header: X-Api-Key", ["x-api-key=Bearer sesame"], ["authorization=Bearer sesame"]),
        ("token: '${env:TOKEN}'", ["authorization=Bearer 0123"], ["authorization=Bearer 123"]),
    ],
)
async def test_tokens(
    served: Start, body: bytes, export: Any, session: Any, settings: str, right: list[str], wrong: list[str]
) -> None:
    id = "bearertokenauth/mine"
    server = await served(
        by(id), f"extensions: {{{id}: {{{settings}}}}}\nservice: {{extensions: [{id}]}}", TOKEN="0123"
    )
    for text, comes_in in [*((one, True) for one in right), *((one, False) for one in wrong)]:
        name, _, value = text.partition("=")
        assert await over_http(server, session, body, **{name: value}) == (200 if comes_in else 401), text
        assert await over_grpc(export, server, body, **{name: value}) == ("OK" if comes_in else "UNAUTHENTICATED")


async def test_tokens_of_a_file_go_before_others_and_are_watched(
    served: Start, body: bytes, session: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "tokens"
    path.write_text("first\n\n  second  \n")
    server = await served(by("bearertokenauth"), f"extensions: {{bearertokenauth: {{token: other, filename: {path}}}}}")

    async def comes_in(token: str) -> bool:
        return await over_http(server, session, body, Authorization=f"Bearer {token}") == 200

    assert [await comes_in(token) for token in ("first", "second", "other")] == [True, True, False]
    path.write_text("third\n")
    assert [await comes_in(token) for token in ("first", "third")] == [False, True]
    path.write_text("fo urth\n")
    assert [await comes_in(token) for token in ("fo urth", "third")] == [False, True]
    os.remove(path)
    assert await comes_in("third")
    said = [record.getMessage() for record in caplog.records if "stay in use" in record.getMessage()]
    assert len(said) == 2
    assert not any("urth" in text for text in said)


async def test_hashed_passwords_are_checked_once_and_remembered(
    served: Start, body: bytes, session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bytes] = []

    def counted(password: bytes, hashed: bytes, check: Any = bcrypt.checkpw) -> bool:
        checked.append(password)
        return bool(check(password, hashed))

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    path = tmp_path / "htpasswd"
    path.write_text(f"# users\n\nann:{bcrypt.hashpw(b'right', bcrypt.gensalt(4)).decode()}\n")
    server = await served(by("basicauth"), f"extensions: {{basicauth: {{htpasswd: {{file: {path}}}}}}}")
    for _ in range(3):
        assert await over_http(server, session, body, Authorization=basic("ann", "right")) == 200
        assert await over_http(server, session, body, Authorization=basic("ann", "wrong")) == 401
        assert await over_http(server, session, body, Authorization=basic("bob", "right")) == 401
    assert checked.count(b"wrong") == 3
    assert checked.count(b"right") == 4, "once for ann, and each time for bob, whom nobody knows"


async def test_users_that_stand_in_the_configuration_go_before_those_of_the_file(
    served: Start, body: bytes, session: Any, tmp_path: Path
) -> None:
    path = tmp_path / "htpasswd"
    path.write_text("ann:file\nbob:file\n")
    htpasswd = f"{{file: {path}, inline: 'ann:${{env:SECRET}}'}}"
    server = await served(by("basicauth"), f"extensions: {{basicauth: {{htpasswd: {htpasswd}}}}}", SECRET="inline")
    for user, password, comes_in in (("ann", "inline", 1), ("ann", "file", 0), ("bob", "file", 1)):
        status = await over_http(server, session, body, Authorization=basic(user, password))
        assert status == (200 if comes_in else 401)


async def test_langfuses_sdk_comes_in_with_its_keys_as_user_and_password(served: Start, session: Any) -> None:
    server = await served(by("basicauth"), "extensions: {basicauth: {htpasswd: {inline: 'pk-lf-1:sk-lf-1'}}}")

    def use() -> None:
        client = Langfuse(public_key="pk-lf-1", secret_key="sk-lf-1", base_url=server.url(""))
        client.start_observation(name="step").end()
        client.shutdown()

    await asyncio.to_thread(use)
    async with session.get(server.url("/api/doctor"), headers={"Authorization": basic("pk-lf-1", "sk-lf-1")}) as answer:
        assert (await answer.json())["stored"] == 1


async def test_one_door_may_ask_and_the_other_not(served: Start, body: bytes, export: Any, session: Any) -> None:
    server = await served(
        "{grpc: {endpoint: 'localhost:0'}, http: {endpoint: 'localhost:0', auth: {authenticator: basicauth}}}", HTPASSWD
    )
    assert await over_grpc(export, server, body) == "OK"
    assert await over_http(server, session, body) == 401


async def test_with_an_authenticator_a_door_may_listen_beyond_this_machine(served: Start) -> None:
    everywhere = by("basicauth").replace("localhost", "0.0.0.0")
    server = await served(everywhere, HTPASSWD)
    assert str(server.listening.http).startswith("0.0.0.0:")
    with pytest.raises(ConfigError, match=r"^receivers\.otlp\.protocols\.grpc\.endpoint: 0\.0\.0\.0:0 can be reached"):
        await served("{grpc: {endpoint: '0.0.0.0:0'}}")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ann", "line 1 expected user:password"),
        (":x", "line 1 expected user:password"),
        ("ann:", "line 1 has no password"),
        ("ann:$9$abc$def", "line 1 has a hash of a kind that is not known (9)"),
        ("ann:$2y$05$short", "line 1 has a bcrypt hash that is broken"),
        ("ann:$apr1$x$y", "line 1 has a hash that is broken ($apr1$…)"),
        ("ann:{SHA}zz", "line 1 has a hash that is broken ({SHA}…)"),
    ],
)
async def test_users_that_cannot_be_used_are_refused(served: Start, line: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await served(by("basicauth"), f"extensions: {{basicauth: {{htpasswd: {{inline: '{line}'}}}}}}")
    assert str(caught.value) == f"extensions.basicauth.htpasswd.inline: {said}"


async def test_files_that_are_not_there_are_refused(served: Start, tmp_path: Path) -> None:
    for settings, place in (
        (f"{{basicauth: {{htpasswd: {{file: {tmp_path}/none}}}}}}", "basicauth.htpasswd.file"),
        (f"{{bearertokenauth: {{filename: {tmp_path}/none}}}}", "bearertokenauth.filename"),
    ):
        with pytest.raises(ConfigError, match=rf"^extensions\.{place}: cannot read .*: No such file"):
            await served(by(place.partition(".")[0]), f"extensions: {settings}")
