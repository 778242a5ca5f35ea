"""`projects`: who may call, by keys of which only digests are kept."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, model_validator

from ..keys import Secret
from .section import Read, Section, read_each
from .values import kind


def _without_colon(value: object) -> object:
    if isinstance(value, str) and ":" in value:
        raise ValueError("may hold no colon, which ends it in Authorization")
    return value


class Project(Section):
    """`projects.NAME`: the keys that reach a project. Only their digests are kept."""

    public_key: Annotated[Secret | None, BeforeValidator(_without_colon)] = None
    secret_key: Secret | None = None
    bearer_token: Secret | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Project:
        if (self.public_key is None) != (self.secret_key is None):
            raise ValueError("public_key and secret_key go together; one of them is missing or has no value")
        if self.public_key is None and self.bearer_token is None:
            raise ValueError("needs public_key and secret_key, or bearer_token, or all three, each with a value")
        return self


def _projects(value: object) -> dict[str, Project]:
    """Refuse what would leave the doors open though somebody wrote `projects:`, and names that URLs cannot hold."""
    if not isinstance(value, dict):
        raise ValueError(f"expected projects by name, got {kind(value)}")
    if not value:
        raise ValueError("names no project; leave the key out for a receiver without keys")
    for name in value:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} is no name of a project: up to 64 of A-Z a-z 0-9 . _ -, a letter or digit first"
            )
    return read_each(value, lambda _: Project)


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
Projects = Annotated[dict[str, Project], Read(_projects)]


def shared_key(projects: dict[str, Project]) -> str:
    """Say which key two projects share, "" for none: it would not tell whose a request is."""
    holders: dict[Secret, str] = {}
    for name, keys in projects.items():
        for key_kind in ("public_key", "bearer_token"):
            key = getattr(keys, key_kind)
            if key is None:
                continue
            if key in holders:
                return f"projects.{name}.{key_kind} is the same as {holders[key]}; each must be another"
            holders[key] = f"projects.{name}.{key_kind}"
    return ""
