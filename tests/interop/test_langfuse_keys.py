"""The Langfuse SDKs with keys, against a receiver whose projects have some."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ..running import Running, running
from .conftest import Talk

SDKS = {
    "langfuse-3": "langfuse_keys.py",
    "langfuse-4": "langfuse_keys.py",
    "langfuse-5": "langfuse_keys.py",
    "langfuse-js-4": "langfuse_keys.mjs",
    "langfuse-js": "langfuse_keys.mjs",
}
"""Environments and their programs. Each environment has a project of its name."""

PROJECTS = "\n".join(f"  {name}: {{public_key: pk-{name}, secret_key: sk-{name}}}" for name in SDKS)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    config = tmp_path / "config.yaml"
    config.write_text(f"projects:\n{PROJECTS}\n", encoding="utf-8")
    with running(tmp_path / "sidetrace.db", "--config", str(config)) as server:
        yield server


def test_keys_reach_their_project_alone(server: Running, talk: Talk) -> None:
    for project, program in SDKS.items():
        keys = {"LANGFUSE_PUBLIC_KEY": f"pk-{project}", "LANGFUSE_SECRET_KEY": f"sk-{project}"}
        seen = talk(program, project, {}, keys)
        assert (seen["auth"], seen["projects"], seen["log"]) == (True, [project], [])
        assert seen["url"] == f"{server.url}/project/{project}/traces/{seen['trace']}"
        assert (seen["observations"], seen["scores"]) == (["sale"], ["won"]), "those of other projects are not seen"
    assert stored(server) == sorted((project, "sale", "won") for project in SDKS)


@pytest.mark.parametrize("environment", SDKS)
def test_wrong_keys_reach_nothing(server: Running, talk: Talk, environment: str) -> None:
    keys = {"LANGFUSE_PUBLIC_KEY": f"pk-{environment}", "LANGFUSE_SECRET_KEY": "sk-wrong"}
    seen = talk(SDKS[environment], environment, {}, keys)
    status, body = seen["auth"]
    assert status == 401
    assert isinstance(body["message"], str)
    assert any("401" in line or "Unauthorized" in line for line in seen["log"]), seen["log"]
    assert not any("sk-wrong" in line for line in seen["log"])
    assert stored(server) == []


def stored(server: Running) -> list[tuple[str, str, str]]:
    """Return project, trace and score of all that is in the file."""
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as file:
        return file.execute(
            "SELECT t.project_id, t.name, s.name FROM traces t FULL JOIN scores s"
            " ON s.project_id = t.project_id AND s.trace_id = t.id ORDER BY 1"
        ).fetchall()
