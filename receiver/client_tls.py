"""Certificates of exporters: whom they trust, and what they show, read once from files or texts."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .pem import load_authorities, load_chain, read_pem

if TYPE_CHECKING:
    from ..config.exporters import ClientTls, HttpClientTls


@dataclass(frozen=True, slots=True)
class ClientMaterial:
    """PEM: the authorities of servers (None: the system's), and the client's own certificate and key, if any."""

    authorities: bytes | None = None
    chain: bytes | None = None
    key: bytes | None = None

    @classmethod
    def read(cls, tls: ClientTls, place: str) -> ClientMaterial:
        """Read and check `tls`, which stands at the dotted path `place`. Raises ConfigError."""
        found = cls(
            read_pem(place, "ca", tls.ca_file, tls.ca_pem),
            read_pem(place, "cert", tls.cert_file, tls.cert_pem),
            read_pem(place, "key", tls.key_file, tls.key_pem),
        )
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), found, place)
        return found


def client_context(tls: HttpClientTls, place: str) -> ssl.SSLContext:
    """Return the context of an exporter over HTTP. Raises ConfigError for certificates that cannot be used."""
    material = ClientMaterial.read(tls, place)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if tls.min_version == "1.3" else ssl.TLSVersion.TLSv1_2
    if tls.max_version == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if material.authorities is None or tls.include_system_ca_certs_pool:
        context.load_default_certs()
    _load(context, material, place)
    if tls.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _load(context: ssl.SSLContext, material: ClientMaterial, place: str) -> None:
    if material.authorities is not None:
        load_authorities(context, material.authorities, f"{place}.ca_file")
    if material.chain is not None and material.key is not None:
        load_chain(context, material.chain, material.key, place)
