"""Users: list and get."""

from __future__ import annotations

from pydantic import Field

from ..query.users import FullUser, Users, get_user, list_users
from .params import Instant, ListParams, Texts
from .route import Route


class UserParams(ListParams):
    """The parameters of the list of users."""

    view = "users"

    user_id: str | None = None
    from_timestamp: Instant | None = Field(None, description="First seen at or after.")
    to_timestamp: Instant | None = Field(None, description="First seen before.")
    tags: Texts = Field([], description="Has all of these; may be repeated.")


ROUTES = (
    Route(
        "GET", "/api/public/users", "List users, the last active first", Users,
        lambda call: list_users(call.store, call.params.question(call.project)), query=UserParams,
    ),
    Route(
        "GET", "/api/public/users/{id}", "Get a user with the ids of their sessions", FullUser,
        lambda call: get_user(call.store, call.id, call.project), problems=(404,),
    ),
)  # fmt: skip
