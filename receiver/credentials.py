"""The certificate of a door: read from files or texts, checked, and read again as the configuration says."""

from __future__ import annotations

import logging
import ssl
import time
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ConfigError
from .pem import load_authorities, load_chain, read_pem

if TYPE_CHECKING:
    from pydantic import SecretStr

    from ..config.tls import GrpcTls, HttpTls

log = logging.getLogger(__name__)


class Material(NamedTuple):
    """PEM: a certificate with its chain, its key, and the authorities of clients (None: clients need none)."""

    chain: bytes
    key: bytes
    clients: bytes | None


class Credentials:
    """What a door shows in a handshake. Safe from any thread: grpc asks from threads of its own."""

    def __init__(self, tls: GrpcTls | HttpTls, place: str) -> None:
        """Read `tls`, which stands at the dotted path `place`. Raises ConfigError for what cannot be used."""
        self.tls = tls
        self._place = place
        self._lock = Lock()
        self._told = ""
        self._stamp = self._client_stamp()
        self._read_at = time.monotonic()
        self._current = self._read(None)

    @property
    def changes(self) -> bool:
        """Whether anything is ever read again."""
        return bool(self.tls.reload_interval) or self.tls.client_ca_file_reload

    def newest(self) -> Material:
        """Return what counts now; files that cannot be used leave what counted before, and are logged once."""
        with self._lock:
            now = time.monotonic()
            due = bool(self.tls.reload_interval) and now - self._read_at >= self.tls.reload_interval
            stamp = self._client_stamp()
            if not due and stamp == self._stamp:
                return self._current
            self._stamp = stamp
            if due:
                self._read_at = now
            try:
                found = self._read(None if due else self._current)
            except ConfigError as error:
                if str(error) != self._told:
                    log.warning("the certificate from before stays in use: %s", error)
                self._told = str(error)
                return self._current
            self._told = ""
            if found != self._current:
                self._current = found
            return self._current

    def context(self, material: Material) -> ssl.SSLContext:
        """Return a context for Python's own TLS. Raises ConfigError."""
        return _context(self.tls, material, self._place)

    def _client_stamp(self) -> object:
        if not self.tls.client_ca_file_reload or self.tls.client_ca_file is None:
            return None
        try:
            found = self.tls.client_ca_file.stat()
        except OSError as error:
            return error.errno
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self, kept: Material | None) -> Material:
        """Read everything, or only the authorities of clients beside a certificate that is `kept`."""
        tls = self.tls
        chain = kept.chain if kept else self._part("cert", tls.cert_file, tls.cert_pem)
        key = kept.key if kept else self._part("key", tls.key_file, tls.key_pem)
        clients = None if tls.client_ca_file is None else self._part("client_ca", tls.client_ca_file, None)
        material = Material(chain, key, clients)
        self.context(material)
        return material

    def _part(self, name: str, file: Path | None, pem: SecretStr | None) -> bytes:
        found = read_pem(self._place, name, file, pem)
        assert found is not None  # one of both is there, as the configuration has checked
        return found


def http_context(credentials: Credentials) -> ssl.SSLContext:
    """Return the context of the HTTP door; where files are read again, each handshake takes what is newest."""
    material = credentials.newest()
    context = credentials.context(material)
    if not credentials.changes:
        return context
    made = (material, context)

    def choose(connection: ssl.SSLObject | ssl.SSLSocket, _: str | None, __: ssl.SSLContext) -> None:
        nonlocal made
        newest = credentials.newest()
        if newest is not made[0]:
            made = newest, credentials.context(newest)
        connection.context = made[1]

    # called in every handshake, also for clients that name no server
    context.sni_callback = choose
    return context


def grpc_credentials(credentials: Credentials) -> object:
    """Return the server credentials of the gRPC door, likewise."""
    import grpc

    def configuration(material: Material) -> object:
        return grpc.ssl_server_certificate_configuration([(material.key, material.chain)], material.clients)

    given = credentials.newest()

    def fetch() -> object:
        nonlocal given
        newest = credentials.newest()
        if newest is given:
            return None
        given = newest
        return configuration(newest)

    return grpc.dynamic_ssl_server_credentials(configuration(given), fetch, given.clients is not None)


def _context(tls: GrpcTls | HttpTls, material: Material, place: str) -> ssl.SSLContext:
    from ..config.tls import CIPHERS, HttpTls

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if tls.min_version == "1.3" else ssl.TLSVersion.TLSv1_2
    if tls.max_version == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    named = tls.cipher_suites if isinstance(tls, HttpTls) else ()
    suites = [CIPHERS[name] for name in named if name in CIPHERS]
    if suites:
        context.set_ciphers(":".join(suites))
    load_chain(context, material.chain, material.key, place)
    if material.clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        load_authorities(context, material.clients, f"{place}.client_ca_file")
        # a session that is resumed is not verified again
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
    return context
