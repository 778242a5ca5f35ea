"""The database that a command reads: which file, and what to say when there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import BadParameter, NotFound
from ..keys import DEFAULT

if TYPE_CHECKING:
    from ..storage.store import Reader


@contextmanager
def reading(path: Path | None) -> Iterator[Reader]:
    """Open the file at `path`, or the one in the user data directory, read-only, whether a receiver runs or not.

    Raises StoreError where there is no file, or none that can be used.
    """
    from ..storage.sqlite.reader import SqliteReader  # a third of a second, which `sql` does without

    reader = SqliteReader.open(place(path))
    try:
        yield reader
    finally:
        reader.close()


def project_of(reader: Reader, named: str | None) -> str:
    """Return the project to show: the one named, else the only one there is, else `default`.

    Raises NotFound for one that nothing was received for, and BadParameter where none is named and it takes a choice.
    """
    there = reader.projects()
    if named is not None:
        if named not in there:
            raise NotFound(f"nothing was received for a project {named!r}; there are: {', '.join(there) or 'none'}")
        return named
    if len(there) > 1 and DEFAULT not in there:
        raise BadParameter("--project", f"say which of {', '.join(there)}")
    return there[0] if len(there) == 1 else DEFAULT


def place(path: Path | None) -> Path:
    """Return where the file is: at `path`, or in the user data directory."""
    if path is not None:
        return path
    from ..config import default_path  # brings pydantic, which takes longer than most answers

    return default_path()
