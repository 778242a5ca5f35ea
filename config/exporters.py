"""`exporters`: upstreams that get a copy of what arrives, by the Collector's own keys.

An exporter is called by its kind, or by its kind and a name: `otlp`, `otlp_http/cloud`. Other than in a Collector, all
that stand there are on, and by default nothing is given up, however long an upstream is away.
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator, model_validator

from .headers import Headers
from .section import Block, Read, Section, read_each
from .tls import only
from .values import MIB, Duration, Endpoint, FilePath, Whole

SIGNALS = ("traces", "logs", "metrics")


def _never(expected: bool, why: str) -> AfterValidator:
    """Take a switch in one position alone."""

    def check(value: bool) -> bool:
        if value is not expected:
            raise ValueError(f"cannot be {str(value).lower()}: {why}")
        return value

    return AfterValidator(check)


def _own(headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for name in headers:
        if name.lower() == "content-type":
            raise ValueError(f"{name} says what is sent, which is protobuf; leave it out")
    return headers


def _compression(value: object) -> object:
    return "none" if value == "" else value


class SendingQueue(Section):
    """`sending_queue`: how much may wait, in the file; what comes when it is full is not sent on, and counted.

    `queue_size` counts what `sizer` says. `num_consumers` requests are sent at once; with 1 they keep their order.
    """

    enabled: Annotated[bool, _never(True, "what is sent on waits in the database file first; leave it out")] = True
    num_consumers: Whole = Field(default=1, ge=1, le=100)
    wait_for_result: Annotated[bool, _never(False, "no answer waits for an upstream; leave it out")] = False
    block_on_overflow: Annotated[bool, _never(False, "no answer waits for an upstream; leave it out")] = False
    sizer: Literal["requests", "items", "bytes"] = "requests"
    queue_size: Whole = Field(default=10_000, ge=1, lt=2**53)
    queue_bytes_mib: Whole = Field(default=1024, ge=1, lt=2**32)

    @property
    def bounds(self) -> tuple[int, int, int]:
        """How many requests, items in them, and bytes may wait."""
        none = 2**62
        asked = {self.sizer: self.queue_size}
        size = min(asked.get("bytes", none), self.queue_bytes_mib * MIB)
        return asked.get("requests", none), asked.get("items", none), size


class RetryOnFailure(Section):
    """`retry_on_failure`: the waits between attempts; 0s as `max_elapsed_time`: nothing is ever given up."""

    enabled: bool = True
    initial_interval: Duration = 5.0
    randomization_factor: float = Field(default=0.5, ge=0, le=1)
    multiplier: float = Field(default=1.5, ge=1, le=1000)
    max_interval: Duration = 30.0
    max_elapsed_time: Duration = 0.0

    @field_validator("randomization_factor", "multiplier", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return float(value) if type(value) is int else value

    @model_validator(mode="after")
    def _sensible(self) -> RetryOnFailure:
        if 0 < self.max_elapsed_time < self.initial_interval:
            raise ValueError("max_elapsed_time is shorter than initial_interval, so that nothing would be tried again")
        return self


class ClientTls(Section):
    """`tls` of an exporter; without a `ca_file` or `ca_pem` the system's authorities count."""

    insecure: bool = False
    server_name_override: str = ""
    ca_file: FilePath | None = None
    ca_pem: SecretStr | None = None
    cert_file: FilePath | None = None
    cert_pem: SecretStr | None = None
    key_file: FilePath | None = None
    key_pem: SecretStr | None = None

    @model_validator(mode="after")
    def _complete(self) -> ClientTls:
        given = {
            name: [how for how in ("file", "pem") if getattr(self, f"{name}_{how}") is not None]
            for name in ("ca", "cert", "key")
        }
        for name, ways in given.items():
            if len(ways) > 1:
                raise ValueError(f"expected one of {name}_file and {name}_pem; both are given")
        if bool(given["cert"]) != bool(given["key"]):
            raise ValueError("a certificate and its key go together (cert_file and key_file); one of them is missing")
        return self


class GrpcClientTls(ClientTls):
    """`tls` of an exporter over gRPC, whose library verifies servers always, by TLS 1.2 and 1.3."""

    insecure_skip_verify: Annotated[
        bool, _never(False, "grpcio verifies servers always; give the certificate of this one as ca_file")
    ] = False
    min_version: Annotated[str, only("1.2", does="speaks")] = "1.2"
    max_version: Annotated[str, only("", "1.3", does="speaks")] = ""


class HttpClientTls(ClientTls):
    """`tls` of an exporter over HTTP."""

    insecure_skip_verify: bool = False
    include_system_ca_certs_pool: bool = False
    min_version: Literal["1.2", "1.3"] = "1.2"
    max_version: Literal["", "1.2", "1.3"] = ""

    @model_validator(mode="after")
    def _possible(self) -> HttpClientTls:
        if self.max_version and self.max_version < self.min_version:
            raise ValueError(f"max_version {self.max_version} is below min_version {self.min_version}")
        return self


class Exporter(Section):
    """What both kinds take. `retry_on_failure: {enabled: false}`: what fails once is given up, and counted."""

    headers: Annotated[Headers, AfterValidator(_own)] = {}
    retry_on_failure: Annotated[RetryOnFailure, Block(RetryOnFailure)] = Field(
        default_factory=RetryOnFailure.model_construct
    )
    sending_queue: Annotated[SendingQueue, Block(SendingQueue)] = Field(default_factory=SendingQueue.model_construct)


class GrpcExporter(Exporter):
    """`exporters.otlp`, `exporters.otlp_grpc`: OTLP/gRPC, over TLS unless `tls: {insecure: true}` or http://."""

    endpoint: str
    tls: Annotated[GrpcClientTls | None, Block(GrpcClientTls)] = None
    compression: Annotated[Literal["gzip", "none"], BeforeValidator(_compression)] = "gzip"
    timeout: Duration = 5.0
    wait_for_ready: bool = False
    authority: str = ""
    balancer_name: Literal["round_robin", "pick_first"] = "round_robin"

    @field_validator("endpoint", mode="after")
    @classmethod
    def _target(cls, endpoint: str) -> str:
        if endpoint.startswith(("unix:", "dns:")):
            return endpoint
        place = Endpoint.parse(_bare(endpoint))
        if not place.port:
            raise ValueError("expected the port of the upstream, got 0")
        return endpoint

    @property
    def target(self) -> str:
        """What a channel of grpc takes."""
        return _bare(self.endpoint)

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken."""
        scheme, _, _ = self.endpoint.partition("://")
        return scheme == "https" or (scheme != "http" and not (self.tls and self.tls.insecure))

    @property
    def places(self) -> list[tuple[str, int]]:
        """Hosts and ports that are sent to; a socket's path with port 0."""
        if self.target.startswith("unix:"):
            return [("/" + self.target.removeprefix("unix:").lstrip("/"), 0)]
        bare = self.target.rpartition("/")[2]
        try:
            place = Endpoint.parse(bare)
        except ValueError:
            return []
        return [(place.host, place.port)]

    @property
    def signals(self) -> tuple[str, ...]:
        """What is sent: everything."""
        return SIGNALS


def _bare(endpoint: str) -> str:
    for scheme in ("http://", "https://"):
        if endpoint.startswith(scheme):
            return endpoint.removeprefix(scheme).rstrip("/")
    return endpoint


class HttpExporter(Exporter):
    """`exporters.otlphttp`, `exporters.otlp_http`: OTLP/HTTP, in protobuf. A signal without a URL is not sent."""

    endpoint: str = ""
    traces_endpoint: str = ""
    logs_endpoint: str = ""
    metrics_endpoint: str = ""
    tls: Annotated[HttpClientTls | None, Block(HttpClientTls)] = None
    compression: Annotated[Literal["gzip", "zstd", "none"], BeforeValidator(_compression)] = "gzip"
    encoding: Literal["proto"] = "proto"
    timeout: Duration = 30.0
    proxy_url: str = ""

    @field_validator("encoding", mode="before")
    @classmethod
    def _protobuf(cls, value: object) -> object:
        if value == "json":
            raise ValueError("cannot be json: everything is sent on in protobuf, which every OTLP/HTTP receiver takes")
        return value

    @field_validator("endpoint", "traces_endpoint", "logs_endpoint", "metrics_endpoint", "proxy_url", mode="after")
    @classmethod
    def _url(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment):
            raise ValueError("expected a URL such as https://host:4318, without user, password and fragment")
        _ = parts.port  # raises ValueError for a port that is none
        return url

    @model_validator(mode="after")
    def _somewhere(self) -> HttpExporter:
        if not self.urls:
            raise ValueError("expected an endpoint, or one of traces_endpoint, logs_endpoint and metrics_endpoint")
        return self

    @property
    def urls(self) -> dict[str, str]:
        """Where each signal is sent, by its name."""
        base = self.endpoint.rstrip("/")
        found = {
            signal: getattr(self, f"{signal}_endpoint") or (f"{base}/v1/{signal}" if base else "") for signal in SIGNALS
        }
        return {signal: url for signal, url in found.items() if url}

    @property
    def places(self) -> list[tuple[str, int]]:
        """Hosts and ports that are sent to."""
        parts = map(urlsplit, self.urls.values())
        return [(part.hostname or "", part.port or (443 if part.scheme == "https" else 80)) for part in parts]

    @property
    def signals(self) -> tuple[str, ...]:
        """What is sent."""
        return tuple(self.urls)


EXPORTERS: dict[str, type[GrpcExporter | HttpExporter]] = {
    "otlp": GrpcExporter,
    "otlp_grpc": GrpcExporter,
    "otlphttp": HttpExporter,
    "otlp_http": HttpExporter,
}


def _kind(id: str) -> type[GrpcExporter | HttpExporter]:
    named, slash, name = id.partition("/")
    if named not in EXPORTERS:
        raise ValueError("cannot be honoured: OTLP is all that is sent on (otlp_grpc, otlp_http); leave it out")
    if slash and not name:
        raise ValueError(f"expected a name after the slash, as in {named}/NAME")
    return EXPORTERS[named]


def _exporters(value: object) -> dict[str, GrpcExporter | HttpExporter]:
    return read_each(value, _kind)


Exporters = Annotated[dict[str, GrpcExporter | HttpExporter], Read(_exporters)]
