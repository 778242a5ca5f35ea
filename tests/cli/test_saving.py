"""Saved questions on the command line: with a receiver that holds the file, and without."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from sidetrace.cli.saving import delete, save
from sidetrace.errors import BadParameter, NotFound, OlderSchema, StoreError
from sidetrace.mapping.mapper import Mapper
from sidetrace.storage.sqlite.reader import SqliteReader
from sidetrace.storage.sqlite.store import SqliteStore

from ..running import running
from .conftest import Run, Stored, span

CONFIG = """
projects:
  default: {bearer_token: tok-default-1}
  lab: {bearer_token: tok-lab-2}
"""


def saved(path: Path, project: str = "default") -> list[tuple[str, str]]:
    """Return what the file has saved."""
    reader = SqliteReader.open(path)
    try:
        return [(each.name, each.text) for each in reader.saved_queries(project)]
    finally:
        reader.close()


@pytest.fixture
def path(stored: Stored) -> Path:
    return stored([span(1, 1, "one", 1.0)])


def test_without_a_receiver(path: Path) -> None:
    SqliteStore.open(path, None).close()
    assert save(path, "default", "slow", "latency:>5")["name"] == "slow"
    assert saved(path) == [("slow", "latency:>5")]


def test_the_mapping_of_the_file_stays(path: Path) -> None:
    SqliteStore.open(path, Mapper({"session_id": ["app.conversation"]})).close()
    save(path, "default", "slow", "latency:>5")
    assert SqliteStore.mapped_by(path) == {"session_id": ["app.conversation"]}


@pytest.mark.parametrize("config", ["", CONFIG], ids=["open", "keys"])
def test_through_the_receiver_that_holds_the_file(path: Path, tmp_path: Path, config: str) -> None:
    arguments = []
    if config:
        (tmp_path / "config.yaml").write_text(config, "utf-8")
        arguments = ["--config", str(tmp_path / "config.yaml")]
    with running(path, *arguments) as server:
        assert save(path, "default", "slow", "latency:>5")["query"] == "latency:>5"
        headers = {"Authorization": "Bearer tok-default-1"} if config else {}
        with build_opener(ProxyHandler({})).open(Request(f"{server.url}/api/saved", headers=headers)) as response:
            assert [each["name"] for each in json.load(response)["data"]] == ["slow"]
        with pytest.raises(NotFound, match="mill"):
            save(path, "mill", "slow", "latency:>5")
        with pytest.raises(NotFound, match=r"'fast'; there are: 'slow'"):
            delete(path, "default", "fast")
        save(path, "default", "../a b?&=#%41", "traces")
        delete(path, "default", "../a b?&=#%41")
    assert saved(path) == [("slow", "latency:>5")]
    delete(path, "default", " slow ")
    assert saved(path) == []
    with pytest.raises(NotFound, match="there are: none"):
        delete(path, "default", "slow")


def test_what_is_no_question_reaches_no_file(path: Path) -> None:
    with pytest.raises(BadParameter, match="query: "):
        save(path, "default", "slow", "banana")
    with pytest.raises((StoreError, OlderSchema)):
        save(path.with_name("none.db"), "default", "slow", "traces")
    assert not path.with_name("none.db").exists()


def test_a_receiver_that_has_received_nothing_takes_a_question(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with running(path):
        answer = run("find", "traces", "--save", "all", "--db", path)
        assert (answer.code, answer.err) == (0, "saved as 'all'\nno traces\n")
    assert saved(path) == [("all", "traces")]


@pytest.mark.parametrize("held", [False, True], ids=["alone", "held"])
def test_a_question_is_saved_asked_again_listed_and_deleted(run: Run, stored: Stored, held: bool) -> None:
    path = stored([span(1, 1, "one", 9.0, user="o'neil"), span(2, 2, "two", 1.0, after=60)])
    server = running(path) if held else nullcontext()
    with server:
        answer = run("find", "latency", ">", "5", "--save", 'the "slow" \u00fc', "--db", path)
        assert (answer.code, answer.err) == (0, "saved as 'the \"slow\" \u00fc'\n")
        understood, _, row = answer.out.splitlines()
        assert understood == "Understood: traces with latency > 5 s"
        assert "one" in row
        # the same letter, written as two characters
        again = run("find", "--saved", ' the "slow" u\u0308', "--db", path)
        assert (again.code, again.err, again.out) == (0, "", answer.out)

        answer = run("find", "-user:o'neil", "--save", 'the "slow" \u00fc', "--db", path, "--json")
        assert answer.err == "saved as 'the \"slow\" \u00fc', in the place of: latency > 5\n"
        assert [each["name"] for each in json.loads(answer.out)["data"]] == ["two"]
        run("find", "traces", "--save", "--json", "--db", path)
        heading, *rows = run("saved", "--db", path).out.splitlines()
        assert heading.split() == ["name", "question", "saved", "(UTC)"]
        assert [row.split("  ")[0] for row in rows] == ["--json", 'the "slow" \u00fc']
        listed = json.loads(run("saved", "--json", "--db", path).out)["data"]
        assert [each["query"] for each in listed] == ["traces", "-user:o'neil"]

        gone = run("saved", "--delete", "--json", "--json", "--db", path)
        assert (gone.code, gone.err, json.loads(gone.out)) == (0, "", {"data": listed[1:]})
        unknown = run("saved", "--delete", "--json", "--db", path)
        assert (unknown.code, unknown.out) == (1, "")
        assert unknown.err == f"sidetrace: no query is saved as '--json'; there are: '{listed[1]['name']}'\n"
        last = run("saved", "--delete", listed[1]["name"], "--db", path)
        assert (last.code, last.out, last.err) == (0, "", "no saved questions\n")


def test_each_project_has_its_own(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "two.db"
    store, mapper = SqliteStore.open(path), Mapper()
    for project in ("shop", "lab"):
        store.write(project, [mapper.map(span(1, 1, project, 1.0))], []).result(30)
    store.close()
    for project, question in (("shop", "top 1 traces"), ("lab", "latency:<9")):
        answer = run("find", question, "--save", "mine", "--project", project, "--db", path)
        assert (answer.code, answer.err) == (0, "saved as 'mine'\n")
    assert saved(path, "shop") == [("mine", "top 1 traces")]
    assert run("saved", "--delete", "mine", "--project", "shop", "--db", path).code == 0
    assert (saved(path, "shop"), saved(path, "lab")) == ([], [("mine", "latency:<9")])
    assert "lab" in run("find", "--saved", "mine", "--project", "lab", "--db", path).out
    answer = run("find", "--saved", "mine", "--project", "shop", "--db", path)
    assert (answer.code, answer.err) == (2, "sidetrace: saved: no query is saved as 'mine'; there are: none\n")
    for arguments in (("saved",), ("find", "traces", "--save", "x")):
        assert run(*arguments, "--db", path).code == 2, "which project?"
        assert run(*arguments, "--project", "mill", "--db", path).code == 1
    assert saved(path, "mill") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--saved", "nothing"], "'nothing'; there are: 'one', 'two'"),
        (["--saved", ""], "''; there are: 'one', 'two'"),
        (["--saved", "one", "traces"], "one question"),
        ([], "--saved NAME"),
        (["banana", "--save", "x"], "banana"),
        (["traces", "--save", ""], "name: expected 1 to 100 characters"),
        (["traces", "--save", "x" * 101], "name: expected 1 to 100 characters"),
        (["traces", "--save", "a\nb"], "name: has a line break"),
        (["traces", "--save", "bell\a"], "name: has a line break or another character"),
    ],
)
def test_what_cannot_be_saved_or_found_is_bad_usage(run: Run, path: Path, arguments: list[str], said: str) -> None:
    for name in ("one", "two"):
        save(path, "default", name, "traces")
    answer = run("find", *arguments, "--db", path)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert saved(path) == [("one", "traces"), ("two", "traces")]
