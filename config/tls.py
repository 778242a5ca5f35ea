"""`tls` of a door: its certificate, whom it lets in by theirs, and when they are read again."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr, model_validator

from .section import Section
from .values import Duration, FilePath, Texts

CIPHERS = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
}
"""The suites of TLS 1.2 that Go does not call insecure, by their registered names, with OpenSSL's."""
TLS_1_3 = frozenset({"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"})
"""The suites of TLS 1.3; they are always on, as in Go."""


def only(*versions: str, does: str = "serves") -> AfterValidator:
    """Return a check that refuses what grpcio cannot be told."""

    def check(value: str) -> str:
        if value not in versions:
            raise ValueError(f"grpcio {does} TLS 1.2 and 1.3 and takes no other choice; leave it out, got {value!r}")
        return value

    return AfterValidator(check)


class Tls(Section):
    """What both doors take."""

    cert_file: FilePath | None = None
    cert_pem: SecretStr | None = None
    key_file: FilePath | None = None
    key_pem: SecretStr | None = None
    client_ca_file: FilePath | None = None
    client_ca_file_reload: bool = False
    reload_interval: Duration = 0.0

    @model_validator(mode="after")
    def _complete(self) -> Tls:
        for name in ("cert", "key"):
            given = [kind for kind in ("file", "pem") if getattr(self, f"{name}_{kind}") is not None]
            if len(given) != 1:
                problem = "both are given" if given else "neither is given"
                raise ValueError(f"expected one of {name}_file and {name}_pem; {problem}")
        if self.client_ca_file_reload and self.client_ca_file is None:
            raise ValueError("client_ca_file_reload is true, but there is no client_ca_file")
        return self


class GrpcTls(Tls):
    """`tls` of the gRPC door, whose library serves TLS 1.2 and 1.3 with suites of its own choice."""

    min_version: Annotated[str, only("1.2")] = "1.2"
    max_version: Annotated[str, only("", "1.3")] = ""


class HttpTls(Tls):
    """`tls` of the HTTP door."""

    min_version: Literal["1.2", "1.3"] = "1.2"
    max_version: Literal["", "1.2", "1.3"] = ""
    cipher_suites: Texts = []

    @model_validator(mode="after")
    def _possible(self) -> HttpTls:
        for name in self.cipher_suites:
            if name not in CIPHERS and name not in TLS_1_3:
                raise ValueError(f"cipher_suites: {name!r} is none of {', '.join(CIPHERS)}")
        if self.max_version and self.max_version < self.min_version:
            raise ValueError(f"max_version {self.max_version} is below min_version {self.min_version}")
        if self.cipher_suites and self.min_version == "1.2" and not set(self.cipher_suites) - TLS_1_3:
            raise ValueError('cipher_suites has no suite of TLS 1.2; set min_version to "1.3", or add one')
        return self
