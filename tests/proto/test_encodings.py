"""zstd, snappy and lz4 undone: by the rules of the others, whatever is declared, and never beyond the limit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidetrace.errors import TooLarge, UndecodableBody
from sidetrace.proto import decompress

from .arbitrary import mutated
from .memory import peak_of

MIB = 1 << 20
DATA = b"some spans " * 5000
PACK: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda data: bytes(cramjam.zstd.compress(data)),
    "lz4": lambda data: bytes(cramjam.lz4.compress(data)),
    "snappy": lambda data: bytes(cramjam.snappy.compress_raw(data)),
    "x-snappy-framed": lambda data: bytes(cramjam.snappy.compress(data)),
}
FRAMED = ["zstd", "lz4", "x-snappy-framed"]


@given(st.binary(max_size=200_000), st.sampled_from(list(PACK)))
def test_what_was_compressed_comes_back(data: bytes, encoding: str) -> None:
    assert decompress(PACK[encoding](data), encoding, MIB) == data


@pytest.mark.parametrize("encoding", PACK)
def test_data_larger_than_the_first_guess_comes_back(encoding: str) -> None:
    data = b"\0" * (15 * MIB) + b"end"
    assert decompress(PACK[encoding](data), encoding, 20 * MIB) == data


def test_snappy_is_either_of_its_formats() -> None:
    assert decompress(PACK["x-snappy-framed"](DATA), "snappy", MIB) == DATA
    with pytest.raises(UndecodableBody, match=r"^snappy: "):
        decompress(PACK["snappy"](DATA), "x-snappy-framed", MIB)


@pytest.mark.parametrize("encoding", FRAMED)
def test_several_frames_are_one_body(encoding: str) -> None:
    assert decompress(PACK[encoding](DATA) + PACK[encoding](b"tail"), encoding, MIB) == DATA + b"tail"


def test_nothing_at_all_is_a_body_without_frames_but_no_snappy_block() -> None:
    assert [decompress(b"", encoding, MIB) for encoding in FRAMED] == [b"", b"", b""]
    with pytest.raises(UndecodableBody, match=r"^snappy: the data is cut off"):
        decompress(b"", "snappy", MIB)


@pytest.mark.parametrize("encoding", PACK)
@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:-1],
        lambda packed: packed[:-5],
        lambda packed: packed[:4],
        lambda packed: packed + b"junk",
        lambda packed: packed + bytes(20),
        lambda packed: DATA,
    ],
    ids=["cut by 1", "cut by 5", "cut to 4", "junk", "zeros", "plain"],
)
def test_broken_data_is_refused(encoding: str, damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(UndecodableBody, match=r"^(zstd|snappy|lz4): (?!\1)"):
        decompress(damage(PACK[encoding](bytes(range(256)) * 40)), encoding, MIB)


@pytest.mark.parametrize("encoding", ["lz4", "x-snappy-framed"])
def test_data_that_does_not_match_its_checksum_is_refused(encoding: str) -> None:
    packed = bytearray(PACK[encoding](bytes(range(256)) * 40))
    packed[len(packed) // 2] ^= 1
    with pytest.raises(UndecodableBody, match=r"(?i)checksum"):
        decompress(bytes(packed), encoding, MIB)


@pytest.mark.parametrize("encoding", PACK)
def test_the_limit_is_inclusive(encoding: str) -> None:
    packed = PACK[encoding](DATA)
    assert decompress(packed, encoding, len(DATA)) == DATA
    with pytest.raises(TooLarge, match=f"{len(DATA) - 1} bytes when decompressed"):
        decompress(packed, encoding, len(DATA) - 1)


def test_a_block_that_announces_too_much_is_refused_for_that() -> None:
    with pytest.raises(TooLarge):
        decompress(b"\xff\xff\xff\xff\x0f" + b"x" * 100, "snappy", MIB)
    with pytest.raises(UndecodableBody):
        decompress(b"\xff" * 20, "snappy", MIB)


@given(st.sampled_from(list(PACK)).flatmap(lambda name: st.tuples(st.just(name), mutated(PACK[name](DATA[:500])))))
def test_damaged_data_gives_data_or_a_refusal(case: tuple[str, bytes]) -> None:
    encoding, body = case
    with suppress(UndecodableBody, TooLarge):
        assert len(decompress(body, encoding, 600)) <= 600


BOMB = """
import sys
import cramjam
from sidetrace.errors import TooLarge
from sidetrace.proto import decompress
name, encoding = sys.argv[1:]
compressor = getattr(cramjam, name).Compressor()
for _ in range(256):
    compressor.compress(bytes(1 << 20))
bomb = bytes(compressor.finish())
def work():
    try:
        decompress(bomb, encoding, 20 << 20)
    except TooLarge:
        return
    raise AssertionError
measured(work)
"""


@pytest.mark.parametrize("encoding", FRAMED)
def test_a_bomb_is_refused_without_being_unpacked(encoding: str) -> None:
    name = "snappy" if encoding == "x-snappy-framed" else encoding
    assert peak_of(BOMB, name, encoding) < 32 << 20, "of 256 MiB"


def test_the_library_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, sidetrace.proto; sys.exit('cramjam' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
