"""Certificates of exporters: whom they trust, and what they show, read once from files or texts."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from pydantic import SecretStr

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
            _part(place, "ca", tls.ca_file, tls.ca_pem),
            _part(place, "cert", tls.cert_file, tls.cert_pem),
            _part(place, "key", tls.key_file, tls.key_pem),
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


def _part(place: str, name: str, file: Path | None, pem: SecretStr | None) -> bytes | None:
    if pem is not None:
        return pem.get_secret_value().encode()
    if file is None:
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{place}.{name}_file: cannot read {file}: {error.strerror}") from error


def _load(context: ssl.SSLContext, material: ClientMaterial, place: str) -> None:
    def no_password() -> str:
        raise ConfigError(f"{place}: the key is encrypted; give one that is not, in a file that only its owner reads")

    if material.authorities is not None:
        try:
            context.load_verify_locations(cadata=material.authorities.decode("ascii"))
        except (ssl.SSLError, ValueError) as error:
            raise ConfigError(f"{place}.ca_file: holds no certificates in PEM: {error}") from error
    if material.chain is None or material.key is None:
        return
    # OpenSSL reads them from files alone
    with TemporaryDirectory(prefix="sidetrace-") as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_bytes(material.chain)
        key.touch(0o600)
        key.write_bytes(material.key)
        try:
            context.load_cert_chain(chain, key, no_password)
        except (ssl.SSLError, ValueError) as error:
            why = getattr(error, "reason", None) or error
            raise ConfigError(f"{place}: the certificate or its key cannot be used ({why})") from error
