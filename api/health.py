"""Health: ours, and as Langfuse says it."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Literal

from typing_extensions import TypedDict

from ..errors import Unavailable
from .route import Call, Route


class PublicHealth(TypedDict):
    """Health, as Langfuse says it."""

    status: Literal["OK"]
    version: str


class Health(TypedDict):
    """Health of the receiver: this answer, or 503."""

    status: Literal["ok"]


def _health(call: Call) -> Health:
    if not call.store.ready():
        raise Unavailable("the store takes no writes now")
    return {"status": "ok"}


@cache
def own_version() -> str:
    """Return the version of sidetrace that is installed."""
    return version("sidetrace")


ROUTES = (
    Route(
        "GET", "/api/public/health", "Say that the server runs, and its version", PublicHealth,
        lambda _: {"status": "OK", "version": own_version()}, open=True,
    ),
    Route("GET", "/health", "Say whether a write would be accepted now", Health, _health, problems=(503,), open=True),
)  # fmt: skip
