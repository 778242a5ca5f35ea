"""curl against every case in which a door refuses: the status, in whose words, and that nothing is stored."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

import pytest
from google.rpc.status_pb2 import Status

from ..running import PATIENCE, Running, plain_environment, running

JSON, PROTOBUF, FORM = "application/json", "application/x-protobuf", "application/x-www-form-urlencoded"
AS_JSON, AS_PROTOBUF = ("-H", f"Content-Type: {JSON}"), ("-H", f"Content-Type: {PROTOBUF}")
TRACES, LOGS, METRICS = "/v1/traces", "/v1/logs", "/v1/metrics"
KEYS = "projects:\n  shop: {public_key: pk-shop, secret_key: sk-shop}\n"
LIMIT = 20 * 2**20
EXPORT = "opentelemetry.proto.collector.trace.v1.TraceService/Export"
OVER_GRPC = ("--http2-prior-knowledge", "-H", "te: trailers", "-H", "Content-Type: application/grpc")


@dataclass(frozen=True)
class Answer:
    """What curl was answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def told(self) -> tuple[int, str]:
        """Return code and message of a Status, in the encoding that the answer says."""
        if self.headers["content-type"] == PROTOBUF:
            status = Status.FromString(self.body)
            return status.code, status.message
        assert self.headers["content-type"] == JSON
        told = json.loads(self.body)
        assert told.keys() == {"code", "message"}
        return told["code"], told["message"]


def curl(*arguments: str | Path, body: bytes | None = None) -> Answer:
    """Run curl, which must be answered; a body goes in as it is."""
    send = () if body is None else ("--data-binary", "@-")
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--include", "--max-time", str(int(PATIENCE)), *send, *arguments],
        env=plain_environment(), input=body or b"", capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()
    rest = done.stdout
    while True:
        head, _, rest = rest.partition(b"\r\n\r\n")
        first, _, lines = head.decode().partition("\r\n")
        status = int(first.split()[1])
        if status != 100:  # before the answer, where curl asks whether to send a body at all
            break
    headers = {name.lower(): value for name, value in HeaderParser().parsestr(lines.replace("\r\n", "\n")).items()}
    return Answer(status, headers, rest)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("open") / "sidetrace.db") as server:
        yield server


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("locked")
    (folder / "config.yaml").write_text(KEYS, encoding="utf-8")
    with running(folder / "sidetrace.db", "--config", str(folder / "config.yaml")) as server:
        yield server


ZEROS = b"\0" * (LIMIT + 1)
REFUSED = {
    "no such path": (("/v1/nothing",), b"{}", 404, 12, "no such path: /v1/nothing"),
    "a slash too many": (("/v1/traces/", *AS_JSON), b"{}", 404, 12, "no such path: /v1/traces/"),
    "a path that ends in half a character": (("/v1/%zz", *AS_JSON), b"{}", 404, 12, "no such path: /v1/%zz"),
    "a GET": ((TRACES,), None, 405, 12, "method GET not allowed, supported: POST"),
    "a PUT": ((LOGS, "--request", "PUT", *AS_JSON), b"{}", 405, 12, "method PUT not allowed"),
    "a DELETE": ((METRICS, "--request", "DELETE"), None, 405, 12, "method DELETE not allowed"),
    "a form": ((TRACES,), b"{}", 415, 3, f"unsupported media type '{FORM}', supported: {JSON}, {PROTOBUF}"),
    "no type": ((LOGS, "-H", "Content-Type:"), b"{}", 415, 3, "unsupported media type ''"),
    "text": ((METRICS, "-H", "Content-Type: text/plain"), b"{}", 415, 3, "unsupported media type 'text/plain'"),
    "half an object": ((TRACES, *AS_JSON), b"{", 400, 3, "the body is no JSON"),
    "no object": ((LOGS, *AS_JSON), b"[]", 400, 3, ""),
    "no JSON": ((METRICS, *AS_JSON), b"", 400, 3, "the body is empty"),
    "a cut message": ((TRACES, *AS_PROTOBUF), b"\n\xff", 400, 3, "protobuf: cut off at byte 2"),
    "a field that is cut off": ((LOGS, *AS_PROTOBUF), b"\n\x05\n", 400, 3, "protobuf"),
    "an unknown encoding": ((TRACES, *AS_JSON, "-H", "Content-Encoding: br"), b"{}", 400, 3, "unsupported Content-Enc"),
    "no gzip": ((TRACES, *AS_PROTOBUF, "-H", "Content-Encoding: gzip"), b"{}", 400, 3, "gzip"),
    "half a gzip": ((TRACES, *AS_JSON, "-H", "Content-Encoding: gzip"), gzip.compress(b"{}")[:-6], 400, 3, "gzip"),
    "too long": ((TRACES, *AS_JSON), ZEROS, 413, 8, f"over the limit of {LIMIT}"),
    "too long, in chunks": (
        (LOGS, *AS_PROTOBUF, "-H", "Transfer-Encoding: chunked"), ZEROS, 413, 8, f"over the limit of {LIMIT}",
    ),
    "too long when decompressed": (
        (TRACES, *AS_PROTOBUF, "-H", "Content-Encoding: gzip"), gzip.compress(ZEROS), 413, 8, "when decompressed",
    ),
    "the host of somebody else": (
        (TRACES, *AS_JSON, "-H", "Host: evil.example"), b"{}", 403, 7, "host 'evil.example' is not this machine",
    ),
    "a page of somebody else": (
        (TRACES, *AS_JSON, "-H", "Origin: https://evil.example"), b"{}", 403, 7, "may not write here",
    ),
}  # fmt: skip
"""By what is wrong: the path and curl's arguments, a body, and the status, code and words of the answer."""


@pytest.mark.parametrize("case", REFUSED)
def test_the_http_door_refuses(server: Running, case: str) -> None:
    (path, *arguments), body, status, code, says = REFUSED[case]
    answer = curl(f"{server.url}{path}", *arguments, body=body)
    said, message = answer.told()
    assert (answer.status, said) == (status, code), message
    assert says in message
    assert answer.headers["content-type"] == (PROTOBUF if f"Content-Type: {PROTOBUF}" in arguments else JSON)
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)
    assert server.doctor()["stored"] == 0


def test_a_head_is_refused_without_a_body(server: Running) -> None:
    answer = curl(f"{server.url}{TRACES}", "--head")
    assert (answer.status, answer.headers["allow"], answer.body) == (405, "POST", b"")


def test_a_path_that_is_written_in_another_way_is_sent_to_the_right_one(server: Running) -> None:
    answer = curl(f"{server.url}//v1/./traces", "--path-as-is", *AS_JSON, body=b"{}")
    assert (answer.status, answer.headers["location"]) == (307, TRACES)


def test_what_is_asked_and_refused_is_refused_in_the_words_of_the_api(server: Running) -> None:
    cases: list[tuple[tuple[str, ...], int, str]] = [
        (("/api/public/traces/nothing",), 404, "NotFound"),
        (("/api/public/traces?limit=x",), 400, "BadParameter"),
        (("/api/public/sessions", "--request", "PATCH"), 405, "MethodNotAllowed"),
    ]
    for (path, *arguments), status, error in cases:
        answer = curl(f"{server.url}{path}", *arguments)
        told = json.loads(answer.body)
        assert (answer.status, told["error"], told.keys()) == (status, error, {"message", "error"})


@pytest.mark.parametrize("signal", [TRACES, LOGS, METRICS, "/api/public/otel/v1/traces"])
@pytest.mark.parametrize("media", [AS_JSON, AS_PROTOBUF])
def test_only_keys_open(locked: Running, signal: str, media: tuple[str, str]) -> None:
    body = b"{}" if media == AS_JSON else b""
    for user, says in (((), "wants a key"), (("--user", "pk-shop:wrong"), "no project has these keys")):
        answer = curl(f"{locked.url}{signal}", *media, *user, body=body)
        code, message = answer.told()
        assert (answer.status, code) == (401, 16)
        assert says in message
        assert "wrong" not in message
        assert answer.headers["www-authenticate"].startswith("Basic")
    assert curl(f"{locked.url}{signal}", *media, "--user", "pk-shop:sk-shop", body=body).status == 200


@pytest.mark.parametrize("path", ["/api/public/sessions", "/api/public/traces/x", "/api/doctor"])
def test_questions_need_keys_too(locked: Running, path: str) -> None:
    answer = curl(f"{locked.url}{path}")
    assert (answer.status, json.loads(answer.body)["error"]) == (401, "Unauthorized")
    assert curl(f"{locked.url}{path}", "--user", "pk-shop:sk-shop").status != 401


@pytest.mark.parametrize(("frame", "status", "says"), [(b"\0\0\0\0\0", 0, ""), (b"\0\0\0\0\2\n\xff", 13, "cut off")])
def test_the_grpc_door_reads_what_curl_sends(server: Running, frame: bytes, status: int, says: str) -> None:
    """A call that is refused before its message is read is no case for curl, which still sends and breaks off."""
    code, message = trailers(curl(f"http://{server.grpc}/{EXPORT}", *OVER_GRPC, body=frame))
    assert code == status, message
    assert says in message


def trailers(answer: Answer) -> tuple[int, str]:
    """Return status and message of a gRPC call: in the headers where there is no message, else behind it."""
    assert (answer.status, answer.headers["content-type"]) == (200, "application/grpc")
    behind = dict(re.findall(r"(grpc-\w+): (.*)\r\n", answer.body.decode("latin-1")))
    told = {**answer.headers, **behind}
    return int(told["grpc-status"]), told.get("grpc-message", "")
