"""`extensions`: authenticators for the doors, and the health check, by the Collector's own keys (otlp.md, section 3.5).

An extension is called by its kind, or by its kind and a name: `basicauth`, `basicauth/server`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, SecretStr, field_validator, model_validator

from ..keys import Secret
from .headers import is_token
from .receivers import Address, Transport
from .section import Block, Read, Section, read_each
from .tls import HttpTls
from .values import Endpoint, FilePath, Texts, listed


class Htpasswd(Section):
    """`htpasswd` of basicauth: lines `user:password`, the password as it is or hashed; those of `inline` go first."""

    file: FilePath | None = None
    inline: SecretStr | None = None

    @model_validator(mode="after")
    def _one(self) -> Htpasswd:
        if self.file is None and (self.inline is None or not self.inline.get_secret_value().strip()):
            raise ValueError("expected file or inline, or both, with a value")
        return self


class BasicAuth(Section):
    """`extensions.basicauth`: users with passwords."""

    authenticates: ClassVar[bool] = True

    htpasswd: Htpasswd


class BearerTokenAuth(Section):
    """`extensions.bearertokenauth`: one token of several; those of a file go before the others, and are watched."""

    authenticates: ClassVar[bool] = True

    scheme: str = "Bearer"
    header: str = "Authorization"
    token: Secret | None = None
    tokens: Annotated[list[Secret], BeforeValidator(listed)] = []
    filename: FilePath | None = None

    @field_validator("header", mode="after")
    @classmethod
    def _name(cls, header: str) -> str:
        if not is_token(header):
            raise ValueError(f"expected the name of a header, got {header!r}")
        return header

    @field_validator("scheme", mode="after")
    @classmethod
    def _word(cls, scheme: str) -> str:
        if scheme and not is_token(scheme):
            raise ValueError(f"expected one word, or none, got {scheme!r}")
        return scheme

    @model_validator(mode="after")
    def _some(self) -> BearerTokenAuth:
        if self.token is not None and self.tokens:
            raise ValueError("expected token or tokens, not both")
        if self.token is None and not self.tokens and self.filename is None:
            raise ValueError("expected token, tokens or filename, with a value")
        return self


class ResponseBody(Section):
    """`response_body` of the health check, instead of the JSON that the Collector answers."""

    healthy: str = ""
    unhealthy: str = ""


class HealthCheck(Section):
    """`extensions.health_check`: a port that says whether the doors are open."""

    authenticates: ClassVar[bool] = False

    transport: Transport = "tcp"
    endpoint: Address = Endpoint("127.0.0.1", 13133)
    path: str = "/"
    response_body: Annotated[ResponseBody | None, Block(ResponseBody)] = None
    tls: Annotated[HttpTls | None, Block(HttpTls)] = None

    @field_validator("path", mode="after")
    @classmethod
    def _rooted(cls, path: str) -> str:
        if not path.startswith("/") or set(path) & set("{}?#: "):
            raise ValueError(f"expected a plain path such as /health, got {path!r}")
        return path


Extension = BasicAuth | BearerTokenAuth | HealthCheck
KINDS: dict[str, type[Extension]] = {
    "basicauth": BasicAuth,
    "bearertokenauth": BearerTokenAuth,
    "health_check": HealthCheck,
}


def _kind(id: str) -> type[Extension]:
    kind, slash, name = id.partition("/")
    if kind not in KINDS or (slash and not name):
        raise ValueError(f"expected one of {', '.join(KINDS)}, perhaps with a name as in basicauth/NAME")
    return KINDS[kind]


def _extensions(value: object) -> dict[str, Extension]:
    return read_each(value, _kind)


Extensions = Annotated[dict[str, Extension], Read(_extensions)]


class Service(Section):
    """`service`: which of the extensions are on; without it all are."""

    extensions: Texts | None = None
