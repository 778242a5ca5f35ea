"""The values that configuration keys take: places to listen, durations, paths, lists, texts that are not shown."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, NamedTuple, TypeAlias

from pydantic import BeforeValidator, Field, PlainValidator

MIB = 1024 * 1024


class Endpoint(NamedTuple):
    """A place to listen; `str()` gives `host:port`, with IPv6 in brackets. Port 0 means any free port.

    `family` is 4 or 6 where only addresses of that kind are meant, else 0.
    """

    host: str
    port: int
    family: int = 0

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: object) -> Endpoint:
        """Read `host:port`; raises ValueError that says what is wrong."""
        if isinstance(text, Endpoint):
            return text
        if not isinstance(text, str):
            raise ValueError(f"expected host:port, got {shown(text)}")
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

    def at(self, port: int) -> Endpoint:
        """Return the place with the port that it has become."""
        return self._replace(port=port)


class SocketFile(NamedTuple):
    """A Unix socket to listen on; only this machine can reach it. `str()` gives `unix:PATH`."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it: yes."""
        return True

    def at(self, _: int) -> SocketFile:
        """Return the place itself, which has no port."""
        return self


Place: TypeAlias = Endpoint | SocketFile

_LONGEST_SOCKET_PATH = 103
"""Bytes that every system takes; Linux takes 107."""


def socket_file(text: object) -> SocketFile:
    """Read the path of a Unix socket; raises ValueError that says what is wrong."""
    if isinstance(text, SocketFile):
        return text
    if not isinstance(text, str) or not text:
        raise ValueError(f"expected the path of a Unix socket, got {shown(text)}")
    if "\0" in text or text.startswith("@"):
        raise ValueError(f"expected the path of a Unix socket in the file system, got {text!r}")
    if len(text.encode("utf-8", "surrogateescape")) > _LONGEST_SOCKET_PATH:
        raise ValueError(f"expected a path of at most {_LONGEST_SOCKET_PATH} bytes, which is all a socket takes")
    return SocketFile(text)


_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_DURATION = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_LONGEST = 100 * 365 * 86400.0


def seconds(value: object) -> float:
    """Return the seconds of a duration as Go writes it (`5s`, `1h30m`, `250ms`); a bare integer is nanoseconds.

    Raises ValueError for anything else, for a negative one, and for more than a hundred years.
    """
    if isinstance(value, float):
        found = value  # seconds already: a default, or what was read before
    elif isinstance(value, int) and not isinstance(value, bool):
        found = value * 1e-9
    elif isinstance(value, str) and (value == "0" or _DURATION.fullmatch(value)):
        found = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(value))
    else:
        raise ValueError(f"expected a duration such as 30s or 1h30m, got {shown(value)}")
    if not 0 <= found <= _LONGEST:
        raise ValueError(f"expected a duration of 0 or more, a hundred years at most, got {shown(value)}")
    return found


def _path(value: object) -> object:
    return Path(value).expanduser() if isinstance(value, str) and value else value


def _url_path(value: object) -> object:
    if not isinstance(value, str):
        return value
    if set(value) & set("{}?#: "):
        raise ValueError(f"expected a plain path such as /v1/traces, got {value!r}")
    return value if value.startswith("/") else f"/{value}"


def _whole(value: object) -> object:
    """Take 4.0 for 4, as the Collector does; what has a fraction (which that cuts off) is left to be refused."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def listed(value: object) -> object:
    """Take one value for a list of it, as the Collector does."""
    return value if value is None or isinstance(value, list | dict) else [value]


FilePath = Annotated[Path, BeforeValidator(_path)]
UrlPath = Annotated[str, BeforeValidator(_url_path)]
Duration = Annotated[float, PlainValidator(seconds)]
Whole = Annotated[int, BeforeValidator(_whole)]
Texts = Annotated[list[str], BeforeValidator(listed)]
Keys = Annotated[list[str], Field(max_length=32)]


def kind(value: object) -> str:
    """Say what a value is without showing it."""
    return "a text" if isinstance(value, str) else "a number" if type(value) in (int, float) else shown(value)


def shown(value: object) -> str:
    """Say what a value is, texts and numbers as they are."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {value!r}"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else str(value)


def is_secret(place: str) -> bool:
    """Whether what stands at a dotted path may be a key or a password."""
    head, _, _ = place.partition(".")
    return head in ("projects", "extensions", "exporters") or ".response_headers" in place or place.endswith("_pem")
