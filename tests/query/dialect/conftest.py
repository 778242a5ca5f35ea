"""A file with the world's traces in it, and a way to ask it."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

import pytest

from sidetrace.mapping.mapper import Mapper
from sidetrace.query.dialect import Dialect, translate
from sidetrace.storage.selection import Table
from sidetrace.storage.sqlite.sandbox import answer
from sidetrace.storage.sqlite.store import SqliteStore

from . import world


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the world's traces."""
    path = tmp_path_factory.mktemp("dialect") / "sidetrace.db"
    store = SqliteStore.open(path)
    mapper = Mapper()
    store.write("default", [mapper.map(span) for span in world.spans()], []).result(timeout=60)
    store.close()
    return path


class Asker:
    """Answers questions as the store does: in its sandbox, with the functions that the translation names."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def table(self, query: str, dialect: Dialect | None = "postgres", zone: tzinfo = UTC) -> Table:
        translated = translate(query, dialect, world.NOW, zone)
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as db:
            for name, arity, make, kind, deterministic in translated.functions:
                if kind == "scalar":
                    db.create_function(name, arity, make, deterministic=deterministic)
                elif kind == "aggregate":
                    db.create_aggregate(name, arity, make)
                else:
                    db.create_window_function(name, arity, make)
            return answer(db, translated.sql, 10_000, 10, threading.Event())

    def __call__(self, query: str, zone: tzinfo = UTC) -> list[tuple[Any, ...]]:
        return self.table(query, zone=zone).rows


@pytest.fixture
def ask(filled: Path) -> Asker:
    """Ask a Postgres question, get its rows."""
    return Asker(filled)
