"""`receivers`: the one for OTLP with its two doors, by the Collector's own keys (reference: otlp.md, section 3.1)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, ValidationInfo, model_validator
from pydantic_core import CoreSchema, core_schema

from .cors import Cors
from .headers import Headers
from .keepalive import Keepalive
from .section import Block, Section
from .tls import GrpcTls, HttpTls
from .values import MIB, Duration, Endpoint, Place, SocketFile, UrlPath, Whole, listed, socket_file

Transport = Literal["tcp", "tcp4", "tcp6", "unix"]
_FAMILIES = {"tcp4": 4, "tcp6": 6}


def _place(value: object, info: ValidationInfo) -> Place:
    """Read an endpoint as the transport beside it says."""
    transport = info.data.get("transport")
    if transport is None:
        return Endpoint("", 0)  # never used: the transport is refused already
    if transport == "unix":
        return socket_file(value)
    endpoint = Endpoint.parse(value)
    return endpoint._replace(family=_FAMILIES.get(transport, endpoint.family))


class _Placed:
    """Reads a field by `_place`, and writes it as text."""

    def __get_pydantic_core_schema__(self, source: Any, _: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(_place, serialization=core_schema.to_string_ser_schema())


Address = Annotated[Endpoint | SocketFile, _Placed()]


class Auth(Section):
    """`auth` of a door: the id of the extension that says who may come in."""

    authenticator: str


class Door(Section):
    """What both doors take. `transport` comes before `endpoint`, which is read by it."""

    transport: Transport = "tcp"
    auth: Annotated[Auth | None, Block(Auth)] = None
    include_metadata: bool = False

    @model_validator(mode="after")
    def _somewhere(self) -> Door:
        if self.transport == "unix" and "endpoint" not in self.model_fields_set:
            raise ValueError("endpoint: expected the path of a Unix socket, got nothing")
        return self

    @property
    def authenticator(self) -> str:
        """The id of the extension that says who may come in, "" for none."""
        return self.auth.authenticator if self.auth else ""


class GrpcProtocol(Door):
    """`receivers.otlp.protocols.grpc`; a limit of 0 MiB means the default of 4, as in the Collector."""

    endpoint: Address = Endpoint("127.0.0.1", 4317)
    max_recv_msg_size_mib: Whole = Field(default=4, ge=0, le=1024)
    max_concurrent_streams: Whole = Field(default=0, ge=0, lt=2**31)
    keepalive: Annotated[Keepalive | None, Block(Keepalive)] = None
    tls: Annotated[GrpcTls | None, Block(GrpcTls)] = None

    @property
    def limit(self) -> int:
        """The largest message, in bytes, before and after decompression."""
        return (self.max_recv_msg_size_mib or 4) * MIB


Encoding = Literal["", "gzip", "zstd", "zlib", "snappy", "deflate", "lz4", "x-snappy-framed"]


class HttpProtocol(Door):
    """`receivers.otlp.protocols.http`; a size of 0 or less means the default of 20 MiB, as in the Collector."""

    endpoint: Address = Endpoint("127.0.0.1", 4318)
    max_request_body_size: Whole = 20 * MIB
    traces_url_path: UrlPath = "/v1/traces"
    logs_url_path: UrlPath = "/v1/logs"
    metrics_url_path: UrlPath = "/v1/metrics"
    compression_algorithms: Annotated[list[Encoding] | None, BeforeValidator(listed)] = None
    response_headers: Headers = {}
    cors: Annotated[Cors | None, Block(Cors)] = None
    tls: Annotated[HttpTls | None, Block(HttpTls)] = None
    read_timeout: Duration = 0.0
    read_header_timeout: Duration = 0.0
    write_timeout: Duration = 0.0
    idle_timeout: Duration = 3600.0
    keep_alives_enabled: bool = True

    @model_validator(mode="after")
    def _apart(self) -> HttpProtocol:
        taken: dict[str, str] = {}
        for signal, path in self.paths.items():
            if path in taken:
                raise ValueError(f"{taken[path]}_url_path and {signal}_url_path are both {path}")
            taken[path] = signal
        return self

    @property
    def paths(self) -> dict[str, str]:
        """The path of each signal, by the signal's name."""
        return {"traces": self.traces_url_path, "logs": self.logs_url_path, "metrics": self.metrics_url_path}

    @property
    def limit(self) -> int:
        """The largest body, in bytes, before and after decompression."""
        return self.max_request_body_size if self.max_request_body_size > 0 else 20 * MIB


class Protocols(Section):
    """`receivers.otlp.protocols`: a protocol that is left out is off, one without a value has its defaults."""

    null_is_on: ClassVar[bool] = True

    grpc: Annotated[GrpcProtocol | None, Block(GrpcProtocol)] = None
    http: Annotated[HttpProtocol | None, Block(HttpProtocol)] = None

    @model_validator(mode="after")
    def _one(self) -> Protocols:
        if self.grpc is None and self.http is None:
            raise ValueError("must specify at least one protocol, grpc or http")
        return self


def _both() -> Protocols:
    return Protocols.model_construct(grpc=GrpcProtocol.model_construct(), http=HttpProtocol.model_construct())


class Otlp(Section):
    """`receivers.otlp`."""

    protocols: Annotated[Protocols, Block(Protocols)] = Field(default_factory=_both)


class Receivers(Section):
    """`receivers`."""

    otlp: Annotated[Otlp, Block(Otlp)] = Field(default_factory=Otlp.model_construct)
