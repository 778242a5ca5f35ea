"""The whole configuration, and the blocks that are sidetrace's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .expansion import Expanded
from .exporters import Exporters
from .extensions import Extension, Extensions, HealthCheck, Service
from .projects import Projects, shared_key
from .receivers import GrpcProtocol, HttpProtocol, Receivers
from .section import Block, Section
from .values import FilePath, Keys


class Storage(Section):
    """`storage`: the database file, and how much may wait in memory to be written to it."""

    path: FilePath = Field(default_factory=lambda: default_path())
    queue_spans: int = Field(default=20_000, ge=1)
    queue_bytes_mib: int = Field(default=64, ge=1)
    synchronous: Literal["full", "normal"] = "full"


class MappingKeys(Section):
    """`mapping`: further attribute keys per field, tried in their order and before the built-in ones."""

    session_id: Keys = []
    user_id: Keys = []
    trace_name: Keys = []
    release: Keys = []
    version: Keys = []
    environment: Keys = []
    tags: Keys = []

    def extra_keys(self) -> dict[str, list[str]]:
        """Return the fields that have keys, as the mapper takes them."""
        return {name: keys for name in type(self).model_fields if (keys := list(getattr(self, name)))}


class Query(Section):
    """`query`: the limits of one SQL question."""

    sql_seconds: float = Field(default=10.0, gt=0)
    sql_rows: int = Field(default=10_000, ge=1)


class Config(Section):
    """The whole configuration; `Config()` is what runs without a file."""

    receivers: Annotated[Receivers, Block(Receivers)] = Field(default_factory=Receivers.model_construct)
    storage: Annotated[Storage, Block(Storage)] = Field(default_factory=Storage.model_construct)
    mapping: Annotated[MappingKeys, Block(MappingKeys)] = Field(default_factory=MappingKeys.model_construct)
    query: Annotated[Query, Block(Query)] = Field(default_factory=Query.model_construct)
    projects: Projects = {}
    extensions: Extensions = {}
    exporters: Exporters = {}
    service: Annotated[Service, Block(Service)] = Field(default_factory=Service.model_construct)

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data: object) -> object:
        """Keep a `projects:` without a value, which is no default: who wrote it wants keys."""
        if not isinstance(data, dict) or "projects" not in data:
            return data
        given = data["projects"]
        if isinstance(given, Expanded):
            given = given.parsed
        return {**data, "projects": {} if given is None else given}

    @model_validator(mode="after")
    def _whole(self) -> Config:
        problem = shared_key(self.projects) or self._extension_problem() or self._authenticator_problem()
        if problem:
            raise ValueError(problem)
        return self

    def _extension_problem(self) -> str:
        for place, id in enumerate(self.service.extensions or ()):
            if id not in self.extensions:
                known = ", ".join(self.extensions) or "none"
                return f"service.extensions.{place}: expected one of extensions: ({known}), got {id!r}"
        return ""

    def _authenticator_problem(self) -> str:
        for name, door in self.doors.items():
            if not door.authenticator:
                continue
            place = f"receivers.otlp.protocols.{name}.auth.authenticator"
            known = [id for id, extension in self.active.items() if extension.authenticates]
            if door.authenticator not in known:
                off = " (service.extensions leaves it out)" if door.authenticator in self.extensions else ""
                names = ", ".join(known) or "none"
                return f"{place}: expected an authenticator of extensions: ({names}), got {door.authenticator!r}{off}"
            if self.projects:
                return f"{place}: projects: says already who may come in, by keys; leave one of the two out"
        return ""

    @property
    def grpc(self) -> GrpcProtocol | None:
        """The gRPC door, or None where it is off."""
        return self.receivers.otlp.protocols.grpc

    @property
    def http(self) -> HttpProtocol | None:
        """The HTTP door, or None where it is off."""
        return self.receivers.otlp.protocols.http

    @property
    def doors(self) -> dict[str, GrpcProtocol | HttpProtocol]:
        """The doors that are on, by name."""
        both: dict[str, GrpcProtocol | HttpProtocol | None] = {"grpc": self.grpc, "http": self.http}
        return {name: door for name, door in both.items() if door is not None}

    @property
    def active(self) -> dict[str, Extension]:
        """The extensions that are on, by id: those that `service.extensions` lists, all without it."""
        listed = self.service.extensions
        return {id: one for id, one in self.extensions.items() if listed is None or id in listed}

    @property
    def health_checks(self) -> dict[str, HealthCheck]:
        """The health checks that are on, by id."""
        return {id: one for id, one in self.active.items() if isinstance(one, HealthCheck)}


def default_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the database lies unless something names it: the user's data directory of this system."""
    if sys.platform == "win32":
        base = Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        home = Path(environment.get("XDG_DATA_HOME", ""))
        base = home if home.is_absolute() else Path.home() / ".local" / "share"
    return base / "sidetrace" / "sidetrace.db"
