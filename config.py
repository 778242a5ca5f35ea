"""The configuration: its shape, its defaults, and how a file, the environment and flags become one `Config`.

`receivers.otlp` takes the Collector's own keys and rules (reference: otlp.md, section 3): strict types, unknown and
duplicate keys refused, a block that is null has its defaults, a protocol that is left out is off.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from .errors import ConfigError
from .expansion import Expanded, expand
from .keys import Secret

MIB = 1024 * 1024


class Endpoint(NamedTuple):
    """A place to listen; `str()` gives `host:port`, with IPv6 in brackets. Port 0 means any free port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: object) -> Endpoint:
        """Read `host:port`; raises ValueError that says what is wrong."""
        if isinstance(text, Endpoint):
            return text
        if not isinstance(text, str):
            raise ValueError(f"expected host:port, got {_shown(text)}")
        host, colon, port = text.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if not colon or not host or "/" in host or (":" in host and not bracketed):
            raise ValueError(f"expected host:port (IPv6 in brackets, no scheme), got {text!r}")
        if not (port.isascii() and port.isdigit() and int(port) <= 65535):
            raise ValueError(f"expected a port from 0 to 65535, got {port!r}")
        return cls(host[1:-1] if bracketed else host, int(port))

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def _path(value: object) -> object:
    return Path(value).expanduser() if isinstance(value, str) and value else value


def _url_path(value: object) -> object:
    if not isinstance(value, str):
        return value
    if set(value) & set("{}?#: "):
        raise ValueError(f"expected a plain path such as /v1/traces, got {value!r}")
    return value if value.startswith("/") else f"/{value}"


Address = Annotated[Endpoint, BeforeValidator(Endpoint.parse)]
FilePath = Annotated[Path, BeforeValidator(_path)]
UrlPath = Annotated[str, BeforeValidator(_url_path)]
Keys = Annotated[list[str], Field(max_length=32)]
_TEXTUAL = (str, Path, Endpoint)


class Section(BaseModel):
    """A block of the configuration: strict types, no unknown keys; a key without a value has its default."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _typed(cls, data: object) -> object:
        """Give `${env:…}` values the type their field asks for, and null blocks their defaults."""
        if isinstance(data, Expanded):
            data = data.parsed
        if data is None:
            return {}
        if not isinstance(data, dict):
            return data
        typed = {key: cls._value(key, value) for key, value in data.items()}
        return {key: value for key, value in typed.items() if value is not None or key not in cls.model_fields}

    @classmethod
    def _value(cls, key: object, value: object) -> object:
        known = cls.model_fields.get(key) if isinstance(key, str) else None
        if known is None:
            return value
        kinds = (known.annotation, *get_args(known.annotation))
        if isinstance(value, Expanded):
            textual = known.annotation in _TEXTUAL or any(kind is Secret or isinstance(kind, str) for kind in kinds)
            value = str(value) if textual else value.parsed
        block = any(isinstance(kind, type) and issubclass(kind, Section) for kind in kinds)
        return {} if value is None and block else value


class GrpcProtocol(Section):
    """`receivers.otlp.protocols.grpc`; a limit of 0 MiB means the default of 4, as in the Collector."""

    endpoint: Address = Endpoint("127.0.0.1", 4317)
    max_recv_msg_size_mib: int = Field(default=4, ge=0, le=1024)

    @property
    def limit(self) -> int:
        """The largest message, in bytes, before and after decompression."""
        return (self.max_recv_msg_size_mib or 4) * MIB


class HttpProtocol(Section):
    """`receivers.otlp.protocols.http`; a size of 0 or less means the default of 20 MiB, as in the Collector."""

    endpoint: Address = Endpoint("127.0.0.1", 4318)
    max_request_body_size: int = 20 * MIB
    traces_url_path: UrlPath = "/v1/traces"
    logs_url_path: UrlPath = "/v1/logs"

    @model_validator(mode="after")
    def _apart(self) -> HttpProtocol:
        if self.traces_url_path == self.logs_url_path:
            raise ValueError(f"traces_url_path and logs_url_path are both {self.logs_url_path}")
        return self

    @property
    def paths(self) -> dict[str, str]:
        """The path of each signal, by the signal's name."""
        return {"traces": self.traces_url_path, "logs": self.logs_url_path}

    @property
    def limit(self) -> int:
        """The largest body, in bytes, before and after decompression."""
        return self.max_request_body_size if self.max_request_body_size > 0 else 20 * MIB


class Protocols(Section):
    """`receivers.otlp.protocols`: a protocol that is left out is off."""

    grpc: GrpcProtocol | None = None
    http: HttpProtocol | None = None

    @model_validator(mode="after")
    def _one(self) -> Protocols:
        if self.grpc is None and self.http is None:
            raise ValueError("must specify at least one protocol, grpc or http")
        return self


class Otlp(Section):
    """`receivers.otlp`."""

    protocols: Protocols = Protocols(grpc=GrpcProtocol(), http=HttpProtocol())


class Receivers(Section):
    """`receivers`."""

    otlp: Otlp = Otlp()


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


def _projects(value: object) -> object:
    """Refuse what would leave the doors open though somebody wrote `projects:`, and names that URLs cannot hold."""
    if not isinstance(value, dict):
        raise ValueError(f"expected projects by name, got {_kind(value)}")
    if not value:
        raise ValueError("names no project; leave the key out for a receiver without keys")
    for name in value:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} is no name of a project: up to 64 of A-Z a-z 0-9 . _ -, a letter or digit first"
            )
    return {name: {} if keys is None else keys for name, keys in value.items()}


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
Projects = Annotated[dict[str, Project], BeforeValidator(_projects)]


class Config(Section):
    """The whole configuration; `Config()` is what runs without a file."""

    receivers: Receivers = Receivers()
    storage: Storage = Field(default_factory=Storage)
    mapping: MappingKeys = MappingKeys()
    query: Query = Query()
    projects: Projects = {}

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
    def _apart(self) -> Config:
        holders: dict[Secret, str] = {}
        for name, keys in self.projects.items():
            for kind in ("public_key", "bearer_token"):
                key = getattr(keys, kind)
                if key is None:
                    continue
                if key in holders:
                    raise ValueError(f"projects.{name}.{kind} is the same as {holders[key]}; each must be another")
                holders[key] = f"projects.{name}.{kind}"
        return self

    @property
    def grpc(self) -> GrpcProtocol | None:
        """The gRPC door, or None where it is off."""
        return self.receivers.otlp.protocols.grpc

    @property
    def http(self) -> HttpProtocol | None:
        """The HTTP door, or None where it is off."""
        return self.receivers.otlp.protocols.http


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


def load(
    path: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Config:
    """Return the configuration: the defaults, then the file at `path`, then SIDETRACE_DB, then `overrides`.

    `overrides` are flags by dotted path (`{"storage.path": …}`); those that are None were not given. Raises
    ConfigError with one line for each problem there is.
    """
    tree = expand(_read(path), environment) if path else {}
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: expected a mapping of sections, got {_shown(tree)}")
    if environment.get("SIDETRACE_DB"):
        _put(tree, "storage.path", environment["SIDETRACE_DB"])
    for place, value in (overrides or {}).items():
        if value is not None:
            _put(tree, place, value)
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        lines = "\n".join(f"  {_line(problem)}" for problem in error.errors())
        raise ConfigError(f"{path or 'configuration'} cannot be used:\n{lines}") from error


def _read(path: Path) -> object:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        # The pure reader: the C one, where it is installed, reads YAML 1.1.
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start})") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = str(error.problem or error.context).partition(" with value ")[0]  # of a duplicate; may be a secret
        raise ConfigError(f"{where}: {problem}") from None
    except YAMLError as error:
        raise ConfigError(f"{path}: {error}") from error


def _put(tree: dict[str, Any], place: str, value: object) -> None:
    """Set a dotted path, making the blocks on the way; a default protocol that is beside it stays on."""
    *blocks, name = place.split(".")
    for depth, block in enumerate(blocks):
        below = tree.get(block)
        if below is None and blocks[: depth + 1] == ["receivers", "otlp", "protocols"]:
            below = {"grpc": None, "http": None}
        elif below is None:
            below = {}
        if not isinstance(below, dict):
            return  # the file has something else there, which validation will name
        tree[block] = below
        tree = below
    tree[name] = value


_EXPECTED = {
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "list_type": "a list",
    "path_type": "a path",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def _line(problem: Any) -> str:
    place = ".".join(map(str, problem["loc"])) or "configuration"
    kind, value = problem["type"], problem["input"]
    shown = _kind(value) if place.startswith("projects") else _shown(value)  # never a secret
    if kind == "extra_forbidden":
        return f"{place}: unknown key"
    if kind in _EXPECTED:
        return f"{place}: expected {_EXPECTED[kind]}, got {shown}"
    if kind == "value_error":
        return f"{place}: {problem['ctx']['error']}"
    return f"{place}: {problem['msg'].removeprefix('Input ')}, got {shown}"


def _kind(value: object) -> str:
    """Say what a value is without showing it."""
    return "a text" if isinstance(value, str) else "a number" if type(value) in (int, float) else _shown(value)


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {value!r}"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else str(value)
