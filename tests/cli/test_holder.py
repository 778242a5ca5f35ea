"""Who holds a file: what it answers, or does not, is told in one line."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sidetrace.cli.holder import Holder, writing
from sidetrace.errors import NotFound, StoreBusy, StoreError
from sidetrace.mapping.mapper import Mapper
from sidetrace.storage.sqlite.store import SqliteStore

from .conftest import Run, Stored, span


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Give every caller the same bytes; yield the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:  # closed: the test is over
                    return
                with caller:
                    caller.recv(65536)
                    caller.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def http(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()


def test_the_answer_is_what_it_says() -> None:
    with answering(http("200 OK", '{"a": 1}')) as url:
        assert Holder(url, "t").ask("POST", "/x", {}) == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (http("404 Not Found", '{"message": "no such thing"}'), NotFound, "^no such thing$"),
        (http("503 Busy", '{"message": "come again"}'), StoreError, "answered 503: come again$"),
        (http("500 Oh", "<html>"), StoreError, "answered 500: b'<html>'"),
        (http("500 Oh", "[]"), StoreError, "answered 500"),
        (http("200 OK", "<html>"), StoreError, "does not answer"),
        (b"\0\1\2 no HTTP at all\r\n\r\n", StoreError, "does not answer"),
        (b"", StoreError, "does not answer"),
    ],
)
def test_any_other_answer_is_an_error_of_ours(answer: bytes, kind: type[Exception], said: str) -> None:
    with answering(answer) as url, pytest.raises(kind, match=said):
        Holder(url, "t").ask("GET", "/x")


def test_a_file_is_opened_here_or_its_holder_is_told(stored: Stored, tmp_path: Path) -> None:
    path = stored([span(1, 1, "one", 1.0)])
    with writing(path, {"session_id": ["app.chat"]}) as held:
        assert isinstance(held, SqliteStore)
        with pytest.raises(StoreBusy, match="in use by another sidetrace"), writing(path):
            pass
        held.announce("http://127.0.0.1:9", "token")
        with writing(path) as other:
            assert other == Holder("http://127.0.0.1:9", "token")
    assert SqliteStore.mapped_by(path) == {"session_id": ["app.chat"]}
    with writing(path):
        pass
    assert SqliteStore.mapped_by(path) == {"session_id": ["app.chat"]}, "the file knows its keys"
    with pytest.raises(StoreError, match="no database at"), writing(tmp_path / "none.db"):
        pass
    assert not list(tmp_path.glob("none.db*"))


def test_commands_end_in_one_line(run: Run, stored: Stored) -> None:
    path = stored([span(1, 1, "one", 1.0)])
    store = SqliteStore.open(path, Mapper())
    try:
        with answering(b"\0 no HTTP\r\n\r\n") as url:
            store.announce(url)
            for arguments in (("find", "traces", "--save", "x"), ("remap",)):
                answer = run(*arguments, "--db", path)
                assert (answer.code, answer.out, answer.err.count("\n")) == (3, "", 1), answer.err
    finally:
        store.close()
