"""Hashed passwords, held against openssl's and bcrypt's own."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess

import bcrypt
import pytest

from sidetrace.receiver.passwords import check, problem, slow

PASSWORDS = ["a", "secret", "pässwörd" * 3, "x" * 15, "y" * 16, "z" * 17, "long " * 40]


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
@pytest.mark.parametrize("kind", ["-1", "-apr1", "-5", "-6"])
@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("salt", ["s", "abcd1234"])
def test_crypt_as_openssl_makes_it(kind: str, password: str, salt: str) -> None:
    command = ["openssl", "passwd", kind, "-salt", salt, "-stdin"]
    kept = subprocess.run(command, input=password, capture_output=True, text=True, check=True).stdout.strip()
    assert problem(kept) == ""
    assert slow(kept)
    assert check(password, kept)
    assert not check(f"{password}x", kept)
    assert not check("", kept)


def test_sha_crypt_with_a_number_of_rounds() -> None:
    kept = "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"  # as crypt(3) makes it
    assert problem(kept) == ""
    assert check("Hello world!", kept)
    assert not check("Hello world", kept)


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("mark", ["2a", "2b", "2y"])
def test_bcrypt(password: str, mark: str) -> None:
    kept = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode().replace("$2b$", f"${mark}$")
    assert problem(kept) == ""
    assert slow(kept)
    assert check(password, kept)
    assert not check("other", kept)


def test_sha_plain_and_what_looks_like_neither() -> None:
    sha = "{SHA}" + base64.b64encode(hashlib.sha1(b"secret").digest()).decode()
    salted = "{SSHA}" + base64.b64encode(hashlib.sha1(b"secretsalt").digest() + b"salt").decode()
    for kept in (sha, salted, "secret"):
        assert (problem(kept), slow(kept)) == ("", False)
        assert check("secret", kept)
        assert not check("Secret", kept)
    assert check("a$b", "a$b"), "a dollar in the middle is a dollar"


@pytest.mark.parametrize(
    "kept",
    ["", "$7$a$b", "$2y$31$" + "a" * 53, "$2b$04$short", "{SHA}x", "{SSHA}", "$apr1$", "$6$rounds=1$s$x", "$5$s"],
)
def test_what_nothing_can_be_compared_with_has_a_problem(kept: str) -> None:
    assert problem(kept) != ""
