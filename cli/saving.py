"""Saving a query: in the receiver that holds the file, or here when none does."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import orjson

from ..errors import OlderSchema, StoreBusy, StoreError
from ..mapping.mapper import Mapper
from ..query.saved import Saved, check, save_query
from ..storage.sqlite.store import SqliteStore

PATIENCE = 30.0
"""Seconds."""
_LOOPBACK = build_opener(ProxyHandler({}))


def save(path: Path, project: str, name: str, text: str) -> Saved:
    """Save a question under a name in the file at `path`, which must exist, in the place of one that has the name.

    Raises BadParameter as `query.saved.check`, and StoreError where the file or its receiver cannot be used.
    """
    name, text = check(name, text)
    try:
        keys = SqliteStore.mapped_by(path)
    except OlderSchema:
        keys = {}  # a file that knows of none
    try:
        store = SqliteStore.open(path, Mapper(keys))
    except StoreBusy as busy:
        if not busy.url:
            raise
        return _elsewhere(busy.url, busy.token, project, name, text)
    with closing(store):
        return save_query(store, project, name, text)


def _elsewhere(url: str, token: str, project: str, name: str, text: str) -> Saved:
    """Have the receiver at `url` do it, which knows us as its operator by the token. Raises StoreError."""
    request = Request(
        f"{url}/api/projects/{quote(project, safe='')}/saved",
        data=orjson.dumps({"name": name, "query": text}),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    try:
        with _LOOPBACK.open(request, timeout=PATIENCE) as response:
            answer: Saved = orjson.loads(response.read())
    except HTTPError as error:
        with error:
            raise StoreError(f"the receiver at {url} answered {error.code}: {error.read()[:300]!r}") from error
    except (URLError, OSError) as error:
        raise StoreError(f"the receiver at {url} does not answer: {error}") from error
    return answer
