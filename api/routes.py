"""The one table of endpoints: from it come the routes of the server and the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any, Literal

from pydantic import BaseModel
from typing_extensions import TypedDict

from ..config import Config
from ..errors import BadParameter, Unavailable
from ..query.conversation import Messages, observation_messages
from ..query.doctor import Doctor, doctor
from ..query.observations import Observation, Observations, get_observation, list_observations
from ..query.remapping import Remap, remapping, start_remap
from ..query.sessions import FullSession, Sessions, get_session, list_sessions
from ..query.sql import SqlAnswer, ask_sql
from ..query.traces import GROUPS, FullTrace, Traces, get_trace, list_traces
from ..query.tree import SessionTree, session_tree
from ..query.users import FullUser, Users, get_user, list_users
from ..storage.store import Store
from .params import ObservationParams, SessionParams, SqlQuestion, TraceParams, UserParams


class Organization(TypedDict):
    """The organization of a project, which Langfuse's clients want to see."""

    id: str
    name: str


class Project(TypedDict):
    """A project that the caller's keys reach."""

    id: str
    name: str
    organization: Organization
    metadata: dict[str, object]


class Projects(TypedDict):
    """All projects that the caller's keys reach."""

    data: list[Project]


class PublicHealth(TypedDict):
    """Health, as Langfuse says it."""

    status: Literal["OK"]
    version: str


class Health(TypedDict):
    """Health of the receiver: this answer, or 503."""

    status: Literal["ok"]


@dataclass(frozen=True, slots=True)
class Api:
    """What every endpoint works with."""

    store: Store
    config: Config


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    `handle(api, asked)` blocks and runs in a thread; `asked` is the checked `query` or `body` model, the `{id}` of
    the path, or None. `{id}` takes any text, slashes included. `answer` is the shape of its return value, `problems`
    the HTTP statuses of the errors it raises besides 400.
    """

    method: Literal["GET", "POST"]
    path: str
    summary: str
    answer: Any
    handle: Callable[[Api, Any], object]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    problems: tuple[int, ...] = ()


def _traces(api: Api, params: TraceParams) -> Traces:
    groups = GROUPS if params.fields is None else {"core", *params.fields.replace(" ", "").split(",")}
    return list_traces(api.store, params.question(), groups)


def _sql(api: Api, question: SqlQuestion) -> SqlAnswer:
    if question.dialect != "sqlite":
        raise BadParameter("dialect", f"only sqlite is supported yet, got {question.dialect!r}")
    limits = api.config.query
    if question.limit is not None and question.limit > limits.sql_rows:
        raise BadParameter("limit", f"at most {limits.sql_rows} (query.sql_rows), got {question.limit}")
    return ask_sql(api.store, question.query, question.limit or limits.sql_rows, limits.sql_seconds)


def _projects(api: Api, _: None) -> Projects:
    project: Project = {
        "id": "default",
        "name": "default",
        "organization": {"id": "default", "name": "default"},
        "metadata": {},
    }
    return {"data": [project]}


def _health(api: Api, _: None) -> Health:
    if not api.store.ready():
        raise Unavailable("the store takes no writes now")
    return {"status": "ok"}


def _public_health(api: Api, _: None) -> PublicHealth:
    return {"status": "OK", "version": own_version()}


@cache
def own_version() -> str:
    """Return the version of sidetrace that is installed."""
    return version("sidetrace")


ROUTES = (
    Route(
        "GET", "/api/public/sessions", "List sessions, the latest begun first", Sessions,
        lambda api, params: list_sessions(api.store, params.question()), query=SessionParams,
    ),
    Route(
        "GET", "/api/public/sessions/{id}", "Get a session with all its traces", FullSession,
        lambda api, session: get_session(api.store, session), problems=(404,),
    ),
    Route(
        "GET", "/api/public/traces", "List traces, the latest first", Traces,
        _traces, query=TraceParams,
    ),
    Route(
        "GET", "/api/public/traces/{id}", "Get a trace with its observations and scores", FullTrace,
        lambda api, trace: get_trace(api.store, trace), problems=(404,),
    ),
    Route(
        "GET", "/api/public/observations", "List observations, the latest started first", Observations,
        lambda api, params: list_observations(api.store, params.question()), query=ObservationParams,
    ),
    Route(
        "GET", "/api/public/observations/{id}", "Get an observation", Observation,
        lambda api, observation: get_observation(api.store, observation), problems=(404,),
    ),
    Route(
        "GET", "/api/public/users", "List users, the last active first", Users,
        lambda api, params: list_users(api.store, params.question()), query=UserParams,
    ),
    Route(
        "GET", "/api/public/users/{id}", "Get a user with the ids of their sessions", FullUser,
        lambda api, user: get_user(api.store, user), problems=(404,),
    ),
    Route("GET", "/api/public/projects", "List the projects that the keys reach", Projects, _projects),
    Route("GET", "/api/public/health", "Say that the server runs, and its version", PublicHealth, _public_health),
    Route(
        "GET", "/api/sessions/{id}/tree", "Get the tree of a session, with the cost of every branch", SessionTree,
        lambda api, session: session_tree(api.store, session), problems=(404,),
    ),
    Route(
        "GET", "/api/observations/{id}/messages", "Get the messages of an observation in one form", Messages,
        lambda api, observation: observation_messages(api.store, observation), problems=(404,),
    ),
    Route(
        "POST", "/api/sql", "Ask in SQL, read-only, over the public views", SqlAnswer,
        _sql, body=SqlQuestion, problems=(408,),
    ),
    Route(
        "GET", "/api/doctor", "Show what was received, stored and refused, and why", Doctor,
        lambda api, _: doctor(api.store),
    ),
    Route(
        "POST", "/api/remap", "Map all stored spans anew, beside what arrives", Remap,
        lambda api, _: start_remap(api.store), problems=(503,),
    ),
    Route(
        "GET", "/api/remap", "Say how far the last remap has come", Remap,
        lambda api, _: remapping(api.store),
    ),
    Route("GET", "/health", "Say whether a write would be accepted now", Health, _health, problems=(503,)),
)  # fmt: skip
"""Every endpoint but `/api/openapi.json`, which describes these and itself."""
