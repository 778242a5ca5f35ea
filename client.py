"""The Python client, for what Langfuse's own has no call for: `from sidetrace import Client`.

Standard library only. Answers are the server's JSON as plain dicts, typed as docs/http.md describes them.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from .client_metrics import MetricGroups, grouped, question
from .errors import (
    BadQuery,
    BadRequest,
    ConfigError,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    QueryTimeout,
    SidetraceError,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMedia,
)

if TYPE_CHECKING:
    from .query.conversation import Messages
    from .query.doctor import Doctor
    from .query.finding import Found
    from .query.saved import Saved
    from .query.sessions import FullSession, Session
    from .query.sql import SqlAnswer
    from .query.traces import FullTrace, ListedTrace
    from .query.tree import SessionTree
    from .query.users import FullUser, User

Moment: TypeAlias = datetime | str
"""A time: a datetime (without a zone it is this machine's), or ISO 8601 text (without an offset it is UTC)."""
Filter: TypeAlias = Sequence[Mapping[str, Any]]
"""Langfuse's filter items: {type, column, operator, value, key?}."""
Granularity: TypeAlias = Literal["auto", "minute", "hour", "day", "week", "month"]
DataType: TypeAlias = Literal["NUMERIC", "CATEGORICAL", "BOOLEAN", "TEXT", "CORRECTION"]

FIRST, LAST = "1970-01-01T00:00:00Z", "2262-01-01T00:00:00Z"
"""Before and after all times that a server keeps."""
LOCAL = "http://localhost:4318"
PAGE = 100
"""Items fetched at a time."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ERRORS: dict[int, type[SidetraceError]] = {
    400: BadRequest, 401: Unauthorized, 403: Forbidden, 404: NotFound, 405: MethodNotAllowed, 408: QueryTimeout,
    413: TooLarge, 415: UnsupportedMedia, 503: Unavailable,
}  # fmt: skip
"""What the statuses of answers are raised as."""


class Client:
    """Asks a sidetrace server, and marks and scores what it holds.

    `url` is where it listens for HTTP; without one the environment's LANGFUSE_BASE_URL or LANGFUSE_HOST says so, else
    it is http://localhost:4318. A project is reached by its public and secret key (without them the environment's
    LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY), or by its bearer `token`. `timeout` is in seconds.

    Every method raises Unavailable where nobody answers, and otherwise what the server says as an error of
    `sidetrace.errors`, with the server's words: BadRequest, Unauthorized, NotFound, QueryTimeout …
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        public_key: str | None = None,
        secret_key: str | None = None,
        token: str | None = None,
        timeout: float = 30.0,
    ) -> None:
        found = url or os.environ.get("LANGFUSE_BASE_URL") or os.environ.get("LANGFUSE_HOST") or LOCAL
        self.url = found.rstrip("/")
        place = urlsplit(self.url)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise ConfigError(f"url: expected http://HOST:PORT or https://HOST, got {found!r}")
        self._timeout = timeout
        self._authorization = _authorization(
            public_key or os.environ.get("LANGFUSE_PUBLIC_KEY"),
            secret_key or os.environ.get("LANGFUSE_SECRET_KEY"),
            token,
        )
        # what a proxy is for does not lie on this machine
        self._opener = build_opener(*([ProxyHandler({})] if place.hostname in LOOPBACK else []))

    # Sessions, users, traces --------------------------------------------------------------------------------------

    def sessions(
        self,
        *,
        user_id: str | None = None,
        tags: Sequence[str] = (),
        environment: Sequence[str] = (),
        from_timestamp: Moment | None = None,
        to_timestamp: Moment | None = None,
        filter: Filter = (),
        order_by: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Session]:
        """Iterate over sessions with their totals, the latest begun first, page after page up to `limit`.

        `tags` are those a session has all of, `environment` any of; `order_by` is a field and a direction, such as
        "totalCost.desc".
        """
        asked = _asked(tags, environment, from_timestamp, to_timestamp, filter, order_by, userId=user_id)
        return cast("Iterator[Session]", self._pages("/api/public/sessions", asked, limit))

    def session(self, session_id: str) -> FullSession:
        """Return a session with all its traces."""
        return cast("FullSession", self._ask("GET", f"/api/public/sessions/{_part(session_id)}"))

    def session_tree(self, session_id: str) -> SessionTree:
        """Return the tree of a session: its traces, their observations, and the cost of every branch."""
        return cast("SessionTree", self._ask("GET", f"/api/sessions/{_part(session_id)}/tree"))

    def users(
        self,
        *,
        tags: Sequence[str] = (),
        environment: Sequence[str] = (),
        from_timestamp: Moment | None = None,
        to_timestamp: Moment | None = None,
        filter: Filter = (),
        order_by: str | None = None,
        limit: int | None = None,
    ) -> Iterator[User]:
        """Iterate over users with their totals, the last active first."""
        asked = _asked(tags, environment, from_timestamp, to_timestamp, filter, order_by)
        return cast("Iterator[User]", self._pages("/api/public/users", asked, limit))

    def user(self, user_id: str) -> FullUser:
        """Return a user with the ids of their sessions."""
        return cast("FullUser", self._ask("GET", f"/api/public/users/{_part(user_id)}"))

    def traces(
        self,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        name: str | None = None,
        tags: Sequence[str] = (),
        environment: Sequence[str] = (),
        from_timestamp: Moment | None = None,
        to_timestamp: Moment | None = None,
        filter: Filter = (),
        order_by: str | None = None,
        limit: int | None = None,
    ) -> Iterator[ListedTrace]:
        """Iterate over traces, the latest first."""
        asked = _asked(
            tags, environment, from_timestamp, to_timestamp, filter, order_by,
            userId=user_id, sessionId=session_id, name=name,
        )  # fmt: skip
        return cast("Iterator[ListedTrace]", self._pages("/api/public/traces", asked, limit))

    def trace(self, trace_id: str) -> FullTrace:
        """Return a trace with its observations and scores."""
        return cast("FullTrace", self._ask("GET", f"/api/public/traces/{_part(trace_id)}"))

    def delete_trace(self, trace_id: str) -> None:
        """Delete a trace with its observations and scores; sessions and users lose its share."""
        self._ask("DELETE", f"/api/public/traces/{_part(trace_id)}")

    def messages(self, observation_id: str) -> Messages:
        """Return the messages of an observation in one form, whoever sent them."""
        return cast("Messages", self._ask("GET", f"/api/observations/{_part(observation_id)}/messages"))

    # Questions ------------------------------------------------------------------------------------------------------

    def find(
        self, text: str | None = None, *, saved: str | None = None, limit: int = 50, timezone: str | None = None
    ) -> Found:
        """Return what a question in plain English or in operators finds, and how it was understood.

        Without `text` it is the question that is `saved` under a name. `limit` holds where it asks for no number of
        rows; days are those of `timezone`, such as "Europe/Berlin", the server's without one.
        """
        asked = {"q": text, "saved": saved, "limit": str(limit), "timezone": timezone}
        return cast("Found", self._ask("GET", "/api/find", [(key, each) for key, each in asked.items() if each]))

    def save(self, name: str, text: str) -> Saved:
        """Save a question to `find` under a name, in the place of one that has it."""
        return cast("Saved", self._ask("POST", "/api/saved", body={"name": name, "query": text}))

    def saved(self) -> list[Saved]:
        """Return the saved questions, by name."""
        return cast("list[Saved]", self._ask("GET", "/api/saved")["data"])

    def delete_saved(self, name: str) -> None:
        """Delete a saved question."""
        self._ask("DELETE", f"/api/saved/{_part(name)}")

    def sql(self, query: str, limit: int | None = None) -> SqlAnswer:
        """Return the answer to one read-only statement over the views of docs/sql.md. Raises BadQuery."""
        body = {"query": query} if limit is None else {"query": query, "limit": limit}
        return cast("SqlAnswer", self._ask("POST", "/api/sql", body=body))

    def get_metrics(
        self,
        metric_name: str,
        from_timestamp: Moment | None = None,
        to_timestamp: Moment | None = None,
        group_by: str | None = None,
        granularity: Granularity | None = None,
        filter: Filter = (),
    ) -> MetricGroups:
        """Return a number for each group and each piece of time.

        `metric_name` and `group_by` are words of the tables in docs/client.md; without `group_by` there is one group,
        without `granularity` one value. From `from_timestamp` on until before `to_timestamp`, or all there is.
        """
        asked = question(metric_name, group_by)
        # "auto" cuts by the span of time
        end = datetime.now(UTC) + timedelta(days=1) if granularity == "auto" else LAST
        query = asked.query(
            _iso(from_timestamp or FIRST),
            _iso(to_timestamp or end),
            granularity,
            filter,
        )
        answer = self._ask("GET", "/api/public/metrics", [("query", json.dumps(query))])
        return grouped(metric_name, asked, cast("list[dict[str, Any]]", answer["data"]))

    # Marks and scores -----------------------------------------------------------------------------------------------

    def bookmark(self, session_id: str, on: bool = True) -> None:
        """Bookmark a session, or take the bookmark away."""
        self._ask("PATCH", f"/api/sessions/{_part(session_id)}", body={"bookmarked": on})

    def publish(self, session_id: str) -> str:
        """Publish a session, and return the link that shows it, and nothing else, to anybody without a key."""
        return str(self._ask("PATCH", f"/api/sessions/{_part(session_id)}", body={"public": True})["shareUrl"])

    def revoke(self, session_id: str) -> None:
        """Make the link of a session useless."""
        self._ask("PATCH", f"/api/sessions/{_part(session_id)}", body={"public": False})

    def score(
        self,
        name: str,
        value: float | str,
        *,
        session_id: str | None = None,
        trace_id: str | None = None,
        observation_id: str | None = None,
        data_type: DataType | None = None,
        comment: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        score_id: str | None = None,
        timestamp: Moment | None = None,
    ) -> str:
        """Score a session, or a trace and perhaps one of its observations, and return the id of the score.

        A score with a known `score_id` takes the place of that score.
        """
        given = {
            "id": score_id, "name": name, "value": value, "sessionId": session_id, "traceId": trace_id,
            "observationId": observation_id, "dataType": data_type, "comment": comment, "metadata": metadata,
            "timestamp": None if timestamp is None else _iso(timestamp),
        }  # fmt: skip
        body = {key: each for key, each in given.items() if each is not None}
        return str(self._ask("POST", "/api/public/scores", body=body)["id"])

    # The server -----------------------------------------------------------------------------------------------------

    def doctor(self) -> Doctor:
        """Return what was received, stored and refused, and why."""
        return cast("Doctor", self._ask("GET", "/api/doctor"))

    def health(self) -> dict[str, str]:
        """Return {"status": "ok"} where the server would store what it gets now. Raises Unavailable where not."""
        return cast("dict[str, str]", self._ask("GET", "/health"))

    # How ------------------------------------------------------------------------------------------------------------

    def _pages(self, path: str, asked: list[tuple[str, str]], limit: int | None) -> Iterator[dict[str, Any]]:
        """Yield the items of a list; one that slides onto a later page meanwhile comes once."""
        left, seen, page = limit, set[str](), 1
        while left is None or left > 0:
            answer = self._ask("GET", path, [*asked, ("page", str(page)), ("limit", str(PAGE))])
            fresh = [item for item in answer["data"] if item["id"] not in seen][:left]
            yield from fresh
            seen.update(item["id"] for item in fresh)
            left = None if left is None else left - len(fresh)
            if page >= answer["meta"]["totalPages"]:
                return
            page += 1

    def _ask(self, method: str, path: str, query: Sequence[tuple[str, str]] = (), body: object = None) -> Any:
        """Return the JSON answer to a request, or raise what went wrong."""
        request = Request(
            f"{self.url}{path}" + (f"?{urlencode(query)}" if query else ""),
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            method=method,
        )
        if self._authorization:
            # never to another host that answers may point to
            request.add_unredirected_header("Authorization", self._authorization)
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                content = response.read()
        except HTTPError as error:
            with error:
                raise _problem(error.code, error.read(), self.url) from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise Unavailable(f"no answer from {self.url}: {reason}; is `sidetrace serve` running there?") from error
        try:
            return json.loads(content)
        except ValueError:
            raise SidetraceError(
                f"{self.url} answered {path} with something else than JSON; is it sidetrace?"
            ) from None


def _authorization(public_key: str | None, secret_key: str | None, token: str | None) -> str:
    if token:
        return f"Bearer {token}"
    if not public_key and not secret_key:
        return ""
    if not public_key or not secret_key:
        raise ConfigError("public_key and secret_key go together; one of them is missing")
    return "Basic " + base64.b64encode(f"{public_key}:{secret_key}".encode()).decode()


def _problem(status: int, content: bytes, url: str) -> SidetraceError:
    """Return what the server says went wrong, as the error that it stands for."""
    try:
        said = json.loads(content)
        message, name = str(said["message"]), said.get("error")
    except (ValueError, TypeError, KeyError, AttributeError):
        return SidetraceError(f"{url} answered with status {status}; is it sidetrace?")
    kind = BadQuery if name == BadQuery.__name__ else ERRORS.get(status, SidetraceError)
    return kind(message)


def _asked(
    tags: Sequence[str],
    environment: Sequence[str],
    since: Moment | None,
    until: Moment | None,
    filter: Filter,
    order_by: str | None,
    **further: str | None,
) -> list[tuple[str, str]]:
    """Return the query parameters of a list."""
    one = {
        **further,
        "fromTimestamp": _iso(since) if since else None,
        "toTimestamp": _iso(until) if until else None,
        "filter": json.dumps(list(filter)) if filter else None,
        "orderBy": order_by,
    }
    many = [("tags", tag) for tag in tags] + [("environment", each) for each in environment]
    return [*((name, value) for name, value in one.items() if value is not None), *many]


def _iso(moment: Moment) -> str:
    return moment if isinstance(moment, str) else moment.astimezone(UTC).isoformat()


def _part(text: str) -> str:
    """Return an id as one part of a path."""
    return quote(text, safe="")
