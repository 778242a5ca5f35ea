"""Authenticators: who may come in at a door by its `auth.authenticator`, as the Collector has them.

They stand in the place of `projects:`: who is let in is the one project there is, and its operator.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..errors import ConfigError, Unauthorized
from ..keys import DEFAULT, Caller, Keyring, Secret
from . import passwords

if TYPE_CHECKING:
    from ..config.extensions import BasicAuth, BearerTokenAuth

log = logging.getLogger(__name__)

Header = Callable[[str], str | None]
"""Gives a header or metadata of a request by its name in lower case, None where there is none."""
REMEMBERED = 1000
"""Passwords that were right and are not hashed again; each costs up to a tenth of a second."""


class Authenticator(Protocol):
    """Says who may come in."""

    @property
    def challenge(self) -> str:
        """What a 401 says in `WWW-Authenticate`."""
        ...

    async def check(self, header: Header) -> None:
        """Return for a request that may come in. Raises Unauthorized, without a word of what was sent."""
        ...


async def caller(
    keyring: Keyring, authenticator: Authenticator | None, header: Header, *, by_public_key: bool = False
) -> Caller:
    """Return who sends a request: by the authenticator of the door, else by the keys of projects.

    The operator's token opens every door. Raises Unauthorized.
    """
    authorization = header("authorization")
    if authenticator is None:
        return keyring.caller(authorization, by_public_key=by_public_key)
    if not keyring.operates(authorization):
        await authenticator.check(header)
    return Caller(DEFAULT, operator=True)


class Basic:
    """Users with passwords: `basicauth`."""

    challenge = 'Basic realm="sidetrace", charset="UTF-8"'

    def __init__(self, settings: BasicAuth, place: str) -> None:
        """Read the users. Raises ConfigError that names `place`, and never a password."""
        self._users = _users(settings, place)
        self._right: dict[bytes, None] = {}
        self._pepper = secrets.token_bytes(32)
        self._hashing = asyncio.Semaphore(1)  # so that wrong passwords cost one core at most
        # whoever is not known takes as long as whoever is
        self._nobody = next(iter(self._users.values()))

    async def check(self, header: Header) -> None:
        """See `Authenticator.check`."""
        scheme, _, encoded = (header("authorization") or "").strip().partition(" ")
        if not encoded:
            raise Unauthorized("no basic auth provided")
        if scheme.lower() != "basic":
            raise Unauthorized("invalid authorization scheme prefix: expected Basic")
        try:
            user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            colon = ""
        if not colon:
            raise Unauthorized("invalid authorization format")
        kept = self._users.get(user)
        if not await self._fits(user, password, self._nobody if kept is None else kept) or kept is None:
            raise Unauthorized("invalid credentials")

    async def _fits(self, user: str, password: str, kept: str) -> bool:
        if not passwords.slow(kept):
            return passwords.check(password, kept)
        mark = blake2b(f"{len(user)}:{user}{password}".encode(), key=self._pepper).digest()
        if mark in self._right:
            return True
        async with self._hashing:
            if not await asyncio.to_thread(passwords.check, password, kept):
                return False
        if self._users.get(user) == kept:
            if len(self._right) >= REMEMBERED:
                self._right.pop(next(iter(self._right)))
            self._right[mark] = None
        return True


def _users(settings: BasicAuth, place: str) -> dict[str, str]:
    """Return passwords by user; those that stand in the configuration itself go before those of the file."""
    found: dict[str, str] = {}
    htpasswd = settings.htpasswd
    texts: list[tuple[str, str]] = []
    if htpasswd.inline is not None:
        texts.append((f"{place}.htpasswd.inline", htpasswd.inline.get_secret_value()))
    if htpasswd.file is not None:
        texts.append((f"{place}.htpasswd.file", _text(htpasswd.file, f"{place}.htpasswd.file")))
    for where, text in texts:
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            user, colon, kept = line.strip().partition(":")
            wrong = "expected user:password" if not colon or not user else passwords.problem(kept)
            if wrong:
                raise ConfigError(f"{where}: line {number} {wrong}")
            found.setdefault(user, kept)
    if not found:
        raise ConfigError(f"{place}.htpasswd: expected a user at least, got none")
    return found


class Bearer:
    """One token of several: `bearertokenauth`."""

    def __init__(self, settings: BearerTokenAuth, place: str) -> None:
        """Read the tokens. Raises ConfigError that names `place`, and never a token."""
        self._settings = settings
        self._place = f"{place}.filename"
        self.challenge = f'{settings.scheme or "Bearer"} realm="sidetrace"'
        self._header = settings.header.lower()
        self._tokens = [*settings.tokens, *([settings.token] if settings.token else [])]
        self._stamp: object = None
        if settings.filename is not None:
            self._tokens, self._stamp = self._from_file(settings.filename)

    async def check(self, header: Header) -> None:
        """See `Authenticator.check`."""
        sent = (header(self._header) or "").strip()
        if not sent:
            raise Unauthorized(f"missing or empty authorization header: {self._settings.header}")
        scheme, token = sent.partition(" ")[::2] if self._settings.scheme else ("", sent)
        self._watch()
        given = Secret(token)
        right = False
        for known in self._tokens:
            right |= given == known
        if not (right and hmac.compare_digest(scheme.encode(), self._settings.scheme.encode())):
            raise Unauthorized("scheme or token does not match")

    def _watch(self) -> None:
        path = self._settings.filename
        if path is None or _stamp(path) == self._stamp:
            return
        try:
            self._tokens, self._stamp = self._from_file(path)
        except ConfigError as error:
            self._stamp = _stamp(path)
            log.warning("the tokens from before stay in use: %s", error)

    def _from_file(self, path: Path) -> tuple[list[Secret], object]:
        stamp = _stamp(path)
        tokens = []
        for number, line in enumerate(_text(path, self._place).splitlines(), 1):
            if line.strip():
                try:
                    tokens.append(Secret.parse(line.strip()))
                except ValueError as error:
                    raise ConfigError(f"{self._place}: line {number} {error}") from error
        if not tokens:
            raise ConfigError(f"{self._place}: expected a token in each line, got none")
        return tokens, stamp


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError as error:
        return error.errno
    return found.st_mtime_ns, found.st_size, found.st_ino


def _text(path: Path, place: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{place}: cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{place}: {path} is not UTF-8") from error


def make_authenticators(extensions: Mapping[str, object]) -> dict[str, Authenticator]:
    """Return the authenticators among the extensions of a configuration, by id. Raises ConfigError."""
    from ..config.extensions import BasicAuth, BearerTokenAuth

    made: dict[str, Authenticator] = {}
    for id, settings in extensions.items():
        if isinstance(settings, BasicAuth):
            made[id] = Basic(settings, f"extensions.{id}")
        elif isinstance(settings, BearerTokenAuth):
            made[id] = Bearer(settings, f"extensions.{id}")
    return made
