"""Keys: who calls, by the `Authorization` of a request, and what is kept of a key instead of its text.

A project is reached by `Basic` with its public and secret key, as Langfuse's SDKs send them, and by `Bearer` with its
token. Without `projects:` in the configuration every caller is the one project there is, whatever it sends.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from .errors import Unauthorized

if TYPE_CHECKING:
    from pydantic_core.core_schema import CoreSchema

DEFAULT = "default"
"""The project of every caller without `projects:`."""
CHALLENGE = 'Basic realm="sidetrace"'
"""What a 401 says in `WWW-Authenticate`; a browser then asks for the public key as user and the secret as password."""

MISSING = (
    "this server wants a key: send Authorization with the public and secret key (Basic) or the token (Bearer) of a "
    "project, as Langfuse SDKs do with LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY"
)
WRONG = (
    "no project has these keys: compare them with projects: in the configuration of this server, and see whether this "
    "is the host that they are for"
)


class Secret:
    """The digest of a key; the key itself is not kept. Keys are compared by digest, in constant time.

    Plain SHA-256: keys are random and long, so that nobody finds them by trying, and are hashed at every request.
    """

    __slots__ = ("_digest",)

    def __init__(self, text: str) -> None:
        """Hash any text, such as one that a caller sends."""
        self._digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()

    @classmethod
    def parse(cls, value: object) -> Secret:
        """Hash a key of the configuration; raises ValueError that never shows it."""
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str):
            raise ValueError("expected a text; put the key in quotes")
        if not value:
            raise ValueError("is empty")
        # what a header can carry as it is (RFC 9110, section 5.5); blanks at the ends would not arrive
        if not all("!" <= letter <= "~" for letter in value):
            raise ValueError("may hold visible ASCII characters only, no blanks and no line breaks")
        return cls(value)

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> CoreSchema:
        """Have pydantic hash the key while it reads a configuration."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(cls.parse, serialization=core_schema.to_string_ser_schema())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._digest, other._digest)

    def __hash__(self) -> int:
        return hash(self._digest)

    def __repr__(self) -> str:
        return "Secret(…)"


class Keys(Protocol):
    """The keys of a project: a public and a secret one, or a token, or all three."""

    @property
    def public_key(self) -> Secret | None:
        """The user of Basic."""
        ...

    @property
    def secret_key(self) -> Secret | None:
        """The password of Basic."""
        ...

    @property
    def bearer_token(self) -> Secret | None:
        """The token of Bearer."""
        ...


class Caller(NamedTuple):
    """Who calls: a project, or the operator of the file, who has none (""). Without keys everybody is both."""

    project: str
    operator: bool


class Keyring:
    """All keys of one receiver."""

    def __init__(self, projects: Mapping[str, Keys], operator: str = "") -> None:
        """Take the keys of `projects` by name; `operator` is the token of the file's owner, "" for none."""
        nobody = Secret(secrets.token_hex())
        self._projects = {
            name: (keys.public_key or nobody, keys.secret_key or nobody, keys.bearer_token or nobody)
            for name, keys in projects.items()
        }
        self._operator = Secret(operator) if operator else nobody

    @property
    def open(self) -> bool:
        """Whether there are no keys, so that everybody may call."""
        return not self._projects

    def caller(self, authorization: str | None, *, by_public_key: bool = False) -> Caller:
        """Return who sent an `Authorization`. Raises Unauthorized for none, and for one that is nobody's.

        `by_public_key`: a public key alone will do, as Bearer (Langfuse takes that for scores from browsers). Every
        project is compared with, whichever it is, so that the time tells nothing.
        """
        if self.open:
            return Caller(DEFAULT, operator=True)
        scheme, _, credentials = (authorization or "").strip().partition(" ")
        if scheme.lower() == "basic":
            found = self._of_pair(credentials.strip())
        elif scheme.lower() == "bearer":
            found = self._of_token(Secret(credentials.strip()), by_public_key)
        else:
            raise Unauthorized(MISSING)
        if found is None:
            raise Unauthorized(WRONG)
        return found

    def operates(self, authorization: str | None) -> bool:
        """Whether an `Authorization` is that of the operator of the file."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        return scheme.lower() == "bearer" and Secret(token.strip()) == self._operator

    def project(self, authorization: str | None) -> str:
        """Return the project of an `Authorization`. Raises Unauthorized as `caller`, and for the operator."""
        found = self.caller(authorization)
        if not found.project:
            raise Unauthorized(WRONG)
        return found.project

    def _of_pair(self, encoded: str) -> Caller | None:
        try:
            user, colon, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, ValueError):
            return None
        given = Secret(user), Secret(password)
        found = None
        for name, (public, secret, _) in self._projects.items():
            if (given[0] == public) & (given[1] == secret) & bool(colon):
                found = Caller(name, operator=False)
        return found

    def _of_token(self, given: Secret, by_public_key: bool) -> Caller | None:
        found = Caller("", operator=True) if given == self._operator else None
        for name, (public, _, token) in self._projects.items():
            if (given == token) | (by_public_key & (given == public)):
                found = Caller(name, operator=False)
        return found
