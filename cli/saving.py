"""Saving and deleting queries: here, or by the receiver that holds the file."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from urllib.parse import quote, urlencode

from ..query.saved import Saved, check, delete_saved, save_query
from .holder import Holder, writing


def save(path: Path, project: str, name: str, text: str) -> Saved:
    """Save a question under a name in the file at `path`, which must exist, in the place of one that has the name.

    Raises BadParameter as `query.saved.check`, NotFound for a project that the receiver does not know, and StoreError
    where the file or its receiver cannot be used.
    """
    name, text = check(name, text)
    with writing(path) as held:
        if isinstance(held, Holder):
            return cast(Saved, held.ask("POST", _place(project), {"name": name, "query": text}))
        return save_query(held, project, name, text)


def delete(path: Path, project: str, name: str) -> None:
    """Delete a saved query of the file at `path`. Raises NotFound and StoreError."""
    with writing(path) as held:
        if isinstance(held, Holder):
            held.ask("DELETE", f"{_place(project)}?{urlencode({'name': name})}")
        else:
            delete_saved(held, project, name)


def _place(project: str) -> str:
    return f"/api/projects/{quote(project, safe='')}/saved"
