"""Projects: those that the caller's keys reach."""

from __future__ import annotations

from typing_extensions import TypedDict

from .route import Call, Route


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


def _list(call: Call) -> Projects:
    project: Project = {
        "id": call.project,
        "name": call.project,
        "organization": {"id": "default", "name": "default"},
        "metadata": {},
    }
    return {"data": [project]}


ROUTES = (Route("GET", "/api/public/projects", "List the projects that the keys reach", Projects, _list),)
