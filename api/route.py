"""What an endpoint is: a row of the table of routes, what its handler is called with, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from ..config import Config
from ..query.sql_pool import SqlPool
from ..storage.store import Store

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an endpoint: what it works with, the caller's project, and what was asked.

    `id` is the `{id}` of the path ("" where it has none), `params` and `body` the checked models of the route, `base`
    the beginning of absolute URLs as the caller writes them (`http://localhost:4318`). `sql` answers SQL, and `gone`
    says whether the caller has hung up.
    """

    store: Store
    config: Config
    project: str
    sql: SqlPool
    gone: Callable[[], bool]
    id: str = ""
    params: Any = None
    body: Any = None
    base: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with another status than its route's usual one; `route.also` must name it."""

    status: int
    body: object


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    `handle(call)` blocks and runs in a thread; it returns the answer, or a `Reply` for one of the statuses `also`.
    `{id}` takes any text, slashes included. `answer` is the shape of what comes with `status`, `query` the model of
    the query parameters, `body` the type of the JSON body (a model or an annotated union) of at most `largest` bytes.
    `problems` are the HTTP statuses of the errors it raises besides 400, 401 and 413. An `open` endpoint needs no key.
    What concerns all projects together takes no project's key: `operator` is the command that does it instead.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    summary: str
    answer: Any
    handle: Callable[[Call], object]
    query: type[BaseModel] | None = None
    body: Any = None
    problems: tuple[int, ...] = ()
    status: int = 200
    also: dict[int, Any] = field(default_factory=dict)
    largest: int = MIB
    open: bool = False
    operator: str = ""
