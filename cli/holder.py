"""Who may write to a file: this process, or the receiver that holds it, which is asked as its operator."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import orjson

from ..errors import NotFound, OlderSchema, StoreBusy, StoreError
from ..mapping.mapper import Mapper
from ..storage.sqlite.store import SqliteStore

PATIENCE = 30.0
"""Seconds that a receiver has for an answer."""


def _any_certificate() -> ssl.SSLContext:
    """Return a context for a receiver on this machine: the lock of the file says that it is the one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_LOOPBACK = build_opener(ProxyHandler({}), HTTPSHandler(context=_any_certificate()))


class Holder(NamedTuple):
    """A receiver that holds a file: where it answers, and the token by which it knows the owner of the file."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return its JSON answer. Raises NotFound, and StoreError where it refuses otherwise, or does not answer."""
        request = Request(
            f"{self.url}{path}",
            data=None if body is None else orjson.dumps(body),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
            method=method,
        )
        try:
            with _LOOPBACK.open(request, timeout=PATIENCE) as response:
                return orjson.loads(response.read())
        except HTTPError as error:
            with error:
                said = _said(error.read())
            if error.code == 404:
                raise NotFound(said) from error
            raise StoreError(f"the receiver at {self.url} answered {error.code}: {said}") from error
        except (OSError, HTTPException, orjson.JSONDecodeError) as error:
            raise StoreError(f"the receiver at {self.url} does not answer: {str(error).strip()}") from error


@contextmanager
def writing(path: Path, keys: Mapping[str, list[str]] | None = None) -> Iterator[SqliteStore | Holder]:
    """Open the file at `path`, which must exist, to write to it; or yield the receiver that holds it.

    `keys` are the attribute keys to map by, None for those by which the file was mapped last. Raises StoreError where
    there is no file, none that can be used, or another process holds it that cannot be asked.
    """
    if not path.exists():
        raise StoreError(f"no database at {path}; start `sidetrace serve` first, or name one with --db")
    try:
        store = SqliteStore.open(path, Mapper(_mapped_by(path) if keys is None else keys))
    except StoreBusy as busy:
        if not busy.url:
            raise
        holder = Holder(busy.url, busy.token)
    else:
        with closing(store):
            yield store
        return
    yield holder


def _mapped_by(path: Path) -> Mapping[str, list[str]]:
    try:
        return SqliteStore.mapped_by(path)
    except OlderSchema:
        return {}  # a file that knows of none


def _said(content: bytes) -> str:
    """Return the message of a refusal, or what there is instead of one."""
    try:
        return str(orjson.loads(content)["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return repr(content[:300])
