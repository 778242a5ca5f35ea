"""Passwords as htpasswd files have them: as they are, or hashed in one of the ways of Apache and of crypt(3).

    plain      password                    {SHA}   base64 of SHA-1         $1$, $apr1$   MD5, 1,000 rounds
    $5$, $6$   SHA-256 and SHA-512 crypt   {SSHA}  the same with a salt    $2a$, $2b$, $2y$   bcrypt

MD5: Poul-Henning Kamp's crypt of FreeBSD, and Apache's with another mark. SHA crypt: Ulrich Drepper's
specification (https://www.akkadia.org/drepper/SHA-crypt.txt). bcrypt is the library of that name.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MOST_ROUNDS = 1_000_000
"""More would keep a thread for a second a login; the specification ends at 999,999,999."""


def check(password: str, kept: str) -> bool:
    """Whether `password` is the one that `kept` was made of, compared in constant time. May take a tenth of a second.

    `kept` is one that `problem` has no word against.
    """
    given = password.encode()
    if kept.startswith(_BCRYPT):
        import bcrypt

        # the C library cuts off what is longer, and so does Go's htpasswd; bcrypt refuses it
        return bcrypt.checkpw(given[:72], kept.encode())
    for mark, hashed in _HASHES.items():
        if kept.startswith(mark):
            return hmac.compare_digest(hashed(given, kept).encode(), kept.encode())
    return hmac.compare_digest(given, kept.encode())


def problem(kept: str) -> str:
    """Say why passwords cannot be compared with `kept`, "" where they can. Never shows it."""
    if not kept:
        return "has no password"
    if kept.startswith(_BCRYPT):
        if not re.fullmatch(r"\$2[aby]\$\d\d\$[./0-9A-Za-z]{53}", kept, re.ASCII):
            return "has a bcrypt hash that is broken"
        return "" if int(kept[4:6]) <= 15 else "has a bcrypt hash of a cost over 15, which takes seconds"
    for mark, hashed in _HASHES.items():
        if kept.startswith(mark):
            try:
                fits = len(hashed(b"", kept)) == len(kept)
            except (ValueError, binascii.Error):
                fits = False
            return "" if fits else f"has a hash that is broken ({mark}…)"
    if re.match(r"\$\w+\$", kept, re.ASCII):
        return f"has a hash of a kind that is not known ({kept.split('$')[1][:10]})"
    return ""


def slow(kept: str) -> bool:
    """Whether `check` takes more than some microseconds."""
    return kept.startswith("$")


def _sha1(password: bytes, _: str) -> str:
    return "{SHA}" + base64.b64encode(hashlib.sha1(password).digest()).decode()


def _salted_sha1(password: bytes, kept: str) -> str:
    salt = base64.b64decode(kept.removeprefix("{SSHA}"), validate=True)[20:]
    return "{SSHA}" + base64.b64encode(hashlib.sha1(password + salt).digest() + salt).decode()


def _md5(password: bytes, kept: str) -> str:
    _, mark, salt, *_rest = kept.split("$", 3)
    salt = salt[:8]
    inner = hashlib.md5(password + salt.encode() + password).digest()
    text = password + f"${mark}$".encode() + salt.encode()
    text += (inner * (len(password) // 16 + 1))[: len(password)]
    length = len(password)
    while length:
        text += b"\0" if length & 1 else password[:1]
        length >>= 1
    digest = hashlib.md5(text).digest()
    for turn in range(1000):
        text = password if turn & 1 else digest
        text += (salt.encode() if turn % 3 else b"") + (password if turn % 7 else b"")
        digest = hashlib.md5(text + (digest if turn & 1 else password)).digest()
    order = [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)]
    return f"${mark}${salt}${_letters(digest, order)}{_letter(digest[11], 2)}"


def _sha_crypt(password: bytes, kept: str) -> str:
    _, mark, *parts = kept.split("$")
    rounds, prefix = 5000, ""
    if parts[0].startswith("rounds="):
        rounds, prefix = min(max(int(parts[0][7:]), 1000), _MOST_ROUNDS), f"{parts[0]}$"
        if parts[0] != f"rounds={rounds}":
            raise ValueError(f"rounds are from 1000 to {_MOST_ROUNDS}")
        parts = parts[1:]
    salt = parts[0].encode()[:16]
    make = hashlib.sha256 if mark == "5" else hashlib.sha512
    size = make().digest_size
    inner = make(password + salt + password).digest()
    text = password + salt + _filled(inner, len(password))
    length = len(password)
    while length:
        text += inner if length & 1 else password
        length >>= 1
    digest = make(text).digest()
    repeated = _filled(make(password * len(password)).digest(), len(password))
    salted = _filled(make(salt * (16 + digest[0])).digest(), len(salt))
    for turn in range(rounds):
        text = repeated if turn & 1 else digest
        text += (salted if turn % 3 else b"") + (repeated if turn % 7 else b"")
        digest = make(text + (digest if turn & 1 else repeated)).digest()
    third = size // 3
    if mark == "5":
        order = [_turned((turn, turn + third, turn + 2 * third), -turn) for turn in range(third)]
        tail = _letter(digest[31] << 8 | digest[30], 3)
    else:
        order = [_turned((turn, turn + third, turn + 2 * third), turn) for turn in range(third)]
        tail = _letter(digest[63], 2)
    return f"${mark}${prefix}{salt.decode()}${_letters(digest, order)}{tail}"


def _turned(three: tuple[int, int, int], by: int) -> tuple[int, int, int]:
    by %= 3
    turned = three[by:] + three[:by]
    return turned[0], turned[1], turned[2]


def _filled(digest: bytes, length: int) -> bytes:
    return (digest * (length // len(digest) + 1))[:length]


def _letters(digest: bytes, order: Iterable[tuple[int, int, int]]) -> str:
    return "".join(_letter(digest[a] << 16 | digest[b] << 8 | digest[c], 4) for a, b, c in order)


def _letter(value: int, count: int) -> str:
    return "".join(_ALPHABET[value >> 6 * place & 63] for place in range(count))


_BCRYPT = ("$2a$", "$2b$", "$2y$")
_HASHES: dict[str, Callable[[bytes, str], str]] = {
    "{SHA}": _sha1,
    "{SSHA}": _salted_sha1,
    "$apr1$": _md5,
    "$1$": _md5,
    "$5$": _sha_crypt,
    "$6$": _sha_crypt,
}
