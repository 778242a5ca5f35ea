"""Saved queries: questions to `/api/find` under a name, for all who share a project."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from ..errors import NotFound
from ..keys import DEFAULT
from ..query.saved import LONGEST_NAME, LONGEST_TEXT, Saved, SavedQueries, delete_saved, list_saved, save_query
from .params import Params
from .route import Call, Route


class Saving(BaseModel):
    """A question and its name; one that has the name already is replaced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    query: str = Field(min_length=1, max_length=LONGEST_TEXT, description="A question that /api/find understands.")


class NameParams(Params):
    """The parameter that names a saved query."""

    name: str = Field(description="The name that the query is saved under.")


class DeletedQuery(TypedDict):
    """What a deletion answers."""

    message: str


def _save(project: str, call: Call) -> Saved:
    saving: Saving = call.body
    return save_query(call.store, project, saving.name, saving.query)


def _save_for(call: Call) -> Saved:
    known = {*call.store.projects(), *(call.config.projects or (DEFAULT,))}
    if call.id not in known:  # a slip of the pen must not make a project
        raise NotFound(f"there is no project {call.id!r}; there are: {', '.join(sorted(known))}")
    return _save(call.id, call)


def _delete(call: Call, project: str, name: str) -> DeletedQuery:
    delete_saved(call.store, project, name)
    return {"message": "The query is deleted"}


ROUTES = (
    Route(
        "GET", "/api/saved", "List the saved queries", SavedQueries,
        lambda call: list_saved(call.store, call.project),
    ),
    Route(
        "POST", "/api/saved", "Save a question under a name, in the place of one that has it", Saved,
        lambda call: _save(call.project, call), body=Saving, problems=(503,),
    ),
    Route(
        "DELETE", "/api/saved/{id}", "Delete a saved query, by its name", DeletedQuery,
        lambda call: _delete(call, call.project, call.id), problems=(404, 503),
    ),
    Route(
        "POST", "/api/projects/{id}/saved", "Save a question for a project, as the operator of the file", Saved,
        _save_for, body=Saving, problems=(403, 404, 503), operator="sidetrace find --save",
    ),
    Route(
        "DELETE", "/api/projects/{id}/saved", "Delete a saved query of a project, as the operator of the file",
        DeletedQuery, lambda call: _delete(call, call.id, call.params.name), query=NameParams, problems=(403, 404, 503),
        operator="sidetrace saved --delete",
    ),
)  # fmt: skip
