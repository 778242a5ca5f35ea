"""Projects on the command line: which one is shown, what `serve` says of keys, and who may map anew."""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from sidetrace.cli.serve import BASIC, BEARER
from sidetrace.mapping.mapper import Mapper
from sidetrace.storage.sqlite.store import SqliteStore

from ..running import running
from .conftest import Run, span

KEYS = {"LAB_PUBLIC": "pk-lab-1", "LAB_SECRET": "sk-sesame-2", "SHOP_TOKEN": "tok-sesame-3"}
CONFIG = """
receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:0}, http: {endpoint: 127.0.0.1:0}}}}
mapping: {session_id: [app.conversation]}
projects:
  lab: {public_key: pk-lab-1, secret_key: sk-sesame-2}
  shop: {bearer_token: tok-sesame-3}
"""
LAB = "Basic " + base64.b64encode(b"pk-lab-1:sk-sesame-2").decode()


def fill(path: Path, *projects: str) -> Path:
    """Store a trace of a session for each project, with the same ids and its name in everything else."""
    store = SqliteStore.open(path)
    mapper = Mapper()
    for name in projects:
        attributes = {"gen_ai.operation.name": "chat", "input.value": f"asked by {name}"}
        told = span(1, 1, f"step of {name}", 1.0, session="s", user="u", attributes=attributes)
        store.write(name, [mapper.map(told)], []).result(30)
    store.close()
    return path


COMMANDS = (
    ("sessions",), ("session", "s"), ("traces",), ("trace", f"{1:032x}"), ("trace", f"{1:032x}", "--messages"),
    ("users",), ("user", "u"),
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_shows_the_project_that_is_named(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    path = fill(tmp_path / "two.db", "default", "lab", "lab2")
    shown = {name: run(*command, "--json", "--db", path, "--project", name).out for name in ("default", "lab")}
    for name, other in (("default", "lab"), ("lab", "default")):
        assert json.loads(shown[name])
        assert f"of {other}" not in shown[name]
        assert f'"projectId":"{other}"' not in shown[name].replace(" ", "")
    if command[0] in ("session", "traces", "trace"):
        assert "lab" in shown["lab"]
    assert run(*command, "--json", "--db", path).out == shown["default"], "without a name it is `default`"
    unknown = run(*command, "--db", path, "--project", "mill")
    assert (unknown.code, unknown.out) == (1, "")
    assert "there are: default, lab, lab2" in unknown.err


def test_the_only_project_of_a_file_need_not_be_named(run: Run, tmp_path: Path) -> None:
    answer = run("trace", f"{1:032x}", "--db", fill(tmp_path / "one.db", "lab"))
    assert (answer.code, "step of lab" in answer.out) == (0, True)


def test_of_several_without_a_default_one_must_be_named(run: Run, tmp_path: Path) -> None:
    answer = run("traces", "--db", fill(tmp_path / "two.db", "lab", "shop"))
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "sidetrace: --project: say which of lab, shop\n"


def test_sql_and_doctor_show_all_projects(run: Run, tmp_path: Path) -> None:
    path = fill(tmp_path / "two.db", "lab", "shop")
    query = "SELECT project_id, name FROM traces ORDER BY 1"
    rows = json.loads(run("sql", query, "--json", "--db", path).out)["rows"]
    assert rows == [["lab", "step of lab"], ["shop", "step of shop"]]
    found = json.loads(run("doctor", "--json", "--db", path).out)
    assert (found["stored"], found["traces"], found["sessions"], found["location"]) == (2, 2, 2, str(path))


# A receiver with keys. --------------------------------------------------------------------------------------------


@pytest.fixture
def configuration(tmp_path: Path) -> str:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, "utf-8")
    return str(path)


def ask(url: str, key: str | None, body: Any = None) -> tuple[int, str]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": key} if key else {})
    request = Request(url, None if body is None else json.dumps(body).encode(), headers)
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=30) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_serve_says_which_keys_to_use_and_shows_none(tmp_path: Path, configuration: str) -> None:
    with running(tmp_path / "side.db", "--config", configuration) as server:
        assert ask(f"{server.url}/v1/traces", "Bearer wrong-sesame-4", {})[0] == 401
        said = server.announced()
        assert server.errors() == ""
    assert "projects   lab, shop" in said
    assert "authorization=Bearer%20$BEARER_TOKEN" in said
    assert '  export LANGFUSE_PUBLIC_KEY="$PUBLIC_KEY"\n  export LANGFUSE_SECRET_KEY="$SECRET_KEY"\n' in said
    assert not [key for key in (*KEYS.values(), "sesame", "pk-lf-local") if key in said]
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.name.startswith("side."))
    assert not [key for key in (*KEYS.values(), "wrong-sesame-4") if key.encode() in held]


def test_what_serve_says_to_export_works_in_a_shell(tmp_path: Path) -> None:
    environment = {**os.environ, "PUBLIC_KEY": "pk", "SECRET_KEY": "s" * 100, "BEARER_TOKEN": "tok"}
    for text, wanted in (
        (BEARER, "Bearer%20tok"),
        (BASIC, "Basic%20" + base64.b64encode(b"pk:" + b"s" * 100).decode()),
    ):
        script = f'export X={text}; printf %s "$X"'
        told = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, check=True)
        assert told.stdout.decode() == f"authorization={wanted}"


def test_listening_beyond_loopback_needs_keys_or_the_flag(tmp_path: Path, configuration: str) -> None:
    with running(tmp_path / "side.db", "--config", configuration, "--http", "0.0.0.0:0") as server:
        assert server.http.startswith("0.0.0.0:")
        url = f"http://127.0.0.1:{server.http.rpartition(':')[2]}"
        assert ask(f"{url}/api/public/traces", None)[0] == 401
        assert ask(f"{url}/api/public/traces", LAB)[0] == 200


def test_the_owner_of_the_file_maps_anew_and_no_project_does(run: Run, tmp_path: Path, configuration: str) -> None:
    path = tmp_path / "side.db"
    with running(path, "--config", configuration) as server:
        told = {
            "resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "1" * 32, "spanId": "2" * 16, "name": "n"}]}]}]
        }
        assert ask(f"{server.url}/v1/traces", LAB, told)[0] == 200
        for key in (LAB, "Bearer tok-sesame-3"):
            status, refusal = ask(f"{server.url}/api/remap", key, {})
            assert (status, "run `sidetrace remap`" in refusal) == (403, True)
        assert ask(f"{server.url}/api/remap", None, {})[0] == 401
        answer = run("remap", "--json", "--db", path)
        assert (answer.code, answer.err.strip()) == (0, "")
        assert json.loads(answer.out) == {"done": 1, "total": 1, "running": False}

        lock = Path(f"{path}.lock")
        pid, url, token = lock.read_text("ascii").split("\n")
        assert (int(pid), url) == (server.process.pid, server.url)
        assert len(token) > 40
        assert ask(f"{server.url}/api/remap", f"Bearer {token}")[0] == 200
        assert ask(f"{server.url}/api/public/traces", f"Bearer {token}")[0] == 403
        if sys.platform != "win32":
            assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    with running(path, "--config", configuration) as server:
        assert lock.read_text("ascii").split("\n")[2] != token
        assert ask(f"{server.url}/api/remap", f"Bearer {token}")[0] == 401


def test_the_token_is_not_shown_where_the_file_is_taken(run: Run, tmp_path: Path, configuration: str) -> None:
    path = tmp_path / "side.db"
    with running(path, "--config", configuration):
        token = Path(f"{path}.lock").read_text("ascii").split("\n")[2]
        busy = run("serve", "--db", path, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0")
        assert (busy.code, "is in use by another sidetrace" in busy.err) == (3, True)
        assert token not in busy.err + busy.out


@pytest.mark.skipif(sys.platform == "win32", reason="files have no modes there")
def test_a_lock_that_everybody_could_read_is_made_private(tmp_path: Path) -> None:
    lock = tmp_path / "side.db.lock"
    lock.write_text("123")
    lock.chmod(0o644)
    store = SqliteStore.open(tmp_path / "side.db")
    try:
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    finally:
        store.close()
