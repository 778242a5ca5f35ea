"""`sidetrace remap`: by the receiver that holds the file, or by itself."""

from __future__ import annotations

import json
from pathlib import Path

from sidetrace.storage.sqlite.store import SqliteStore

from ..running import running
from .conftest import Run, Stored, span

SPANS = [span(trace, trace, "asked", 1.0, attributes={"app.conversation": f"c-{trace % 2}"}) for trace in range(1, 7)]


def configuration(folder: Path) -> Path:
    path = folder / "config.yaml"
    path.write_text(
        "receivers: {otlp: {protocols: {grpc: {endpoint: 127.0.0.1:0}, http: {endpoint: 127.0.0.1:0}}}}\n"
        "mapping: {session_id: [app.conversation]}\n",
        "utf-8",
    )
    return path


def test_without_a_receiver_it_is_done_by_the_configuration_given(run: Run, stored: Stored, tmp_path: Path) -> None:
    path = stored(SPANS)
    assert json.loads(run("sessions", "--json", "--db", path).out)["data"] == []
    answer = run("remap", "--db", path, "--config", configuration(tmp_path))
    assert (answer.code, answer.out) == (0, "6 spans mapped anew\n")
    sessions = json.loads(run("sessions", "--json", "--db", path).out)["data"]
    assert sorted((session["id"], session["countTraces"]) for session in sessions) == [("c-0", 3), ("c-1", 3)]

    again = run("remap", "--db", path)
    assert (again.code, again.out) == (0, "6 spans mapped anew\n")
    assert json.loads(run("sessions", "--json", "--db", path).out)["data"] == sessions, "the file knows its keys"


def test_a_receiver_does_it_by_its_own_configuration(run: Run, stored: Stored, tmp_path: Path) -> None:
    path = stored(SPANS)
    with running(path, "--config", str(configuration(tmp_path))) as server:
        assert server.rows("sessions") == []
        answer = run("remap", "--json", "--db", path)
        assert (answer.code, json.loads(answer.out)) == (0, {"done": 6, "total": 6, "running": False})
        assert {session["id"] for session in server.rows("sessions")} == {"c-0", "c-1"}
        assert server.ask("/api/remap") == {"done": 6, "total": 6, "running": False}

        refused = run("remap", "--db", path, "--config", configuration(tmp_path))
        assert refused.code == 2
        assert "maps by its own configuration" in refused.err


def test_a_file_held_by_what_does_not_answer(run: Run, stored: Stored) -> None:
    path = stored(SPANS)
    store = SqliteStore.open(path)
    try:
        busy = run("remap", "--db", path)
        assert (busy.code, "in use by another sidetrace" in busy.err) == (3, True)
        store.announce("http://127.0.0.1:9")
        silent = run("remap", "--db", path)
        assert (silent.code, "does not answer" in silent.err) == (3, True)
    finally:
        store.close()


def test_no_file_is_made(run: Run, tmp_path: Path) -> None:
    answer = run("remap", "--db", tmp_path / "none.db")
    assert (answer.code, "no database at" in answer.err) == (3, True)
    assert not (tmp_path / "none.db").exists()
