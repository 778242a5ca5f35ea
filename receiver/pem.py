"""Certificates and keys in PEM: read from files or texts, and put into a context."""

from __future__ import annotations

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from pydantic import SecretStr


def read_pem(place: str, name: str, file: Path | None, pem: SecretStr | None) -> bytes | None:
    """Return what stands at `place` under NAME_pem or in NAME_file, None for neither. Raises ConfigError."""
    if pem is not None:
        return pem.get_secret_value().encode()
    if file is None:
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{place}.{name}_file: cannot read {file}: {error.strerror}") from error


def load_chain(context: ssl.SSLContext, chain: bytes, key: bytes, place: str) -> None:
    """Let a context show a certificate. Raises ConfigError for one that cannot be used, and for an encrypted key."""

    def no_password() -> str:
        raise ConfigError(f"{place}: the key is encrypted; give one that is not, in a file that only its owner reads")

    # OpenSSL reads them from files alone
    with TemporaryDirectory(prefix="sidetrace-") as folder:
        chain_file, key_file = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain_file.write_bytes(chain)
        key_file.touch(0o600)
        key_file.write_bytes(key)
        try:
            context.load_cert_chain(chain_file, key_file, no_password)
        except (ssl.SSLError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            why = {
                "KEY_VALUES_MISMATCH": "the key is not the certificate's",
                "NO_START_LINE": "expected a certificate and a key in PEM",
            }.get(str(reason), f"the certificate or its key cannot be used ({reason})")
            raise ConfigError(f"{place}: {why}") from error


def load_authorities(context: ssl.SSLContext, authorities: bytes, key: str) -> None:
    """Let a context trust authorities, which stand under the path `key`. Raises ConfigError."""
    try:
        context.load_verify_locations(cadata=authorities.decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(f"{key}: holds no certificates in PEM: {error}") from error
