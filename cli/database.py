"""The database that a command reads: which file, and what to say when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..storage.sqlite.reader import SqliteReader
from ..storage.store import Reader


@contextmanager
def reading(path: Path | None) -> Iterator[Reader]:
    """Open the file at `path`, or the one in the user data directory, read-only, whether a receiver runs or not.

    Raises StoreError where there is no file, or none that can be used.
    """
    reader = SqliteReader.open(path or _default())
    try:
        yield reader
    finally:
        reader.close()


def _default() -> Path:
    from ..config import default_path  # brings pydantic, which takes longer than most answers

    return default_path()
