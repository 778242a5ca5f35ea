from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sidetrace.storage.sqlite.store import SqliteStore
from sidetrace.storage.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sidetrace.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A new store, behind the seam only: what holds here must hold for every engine."""
    opened = SqliteStore.open(path)
    yield opened
    opened.close()
