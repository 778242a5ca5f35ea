"""Saving a query from the command line: with a receiver that holds the file, and without."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from sidetrace.cli.saving import save
from sidetrace.errors import BadParameter, OlderSchema, StoreError
from sidetrace.storage.sqlite.reader import SqliteReader
from sidetrace.storage.sqlite.store import SqliteStore

from ..running import running
from .conftest import Stored, span

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
    from sidetrace.mapping.mapper import Mapper

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
        with pytest.raises(StoreError, match="404"):
            save(path, "mill", "slow", "latency:>5")
    assert saved(path) == [("slow", "latency:>5")]


def test_what_is_no_question_reaches_no_file(path: Path) -> None:
    with pytest.raises(BadParameter, match="query: "):
        save(path, "default", "slow", "banana")
    with pytest.raises((StoreError, OlderSchema)):
        save(path.with_name("none.db"), "default", "slow", "traces")
    assert not path.with_name("none.db").exists()
