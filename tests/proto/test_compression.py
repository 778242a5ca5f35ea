"""Content-Encoding undone: what is accepted, what is refused, and that nothing grows past the limit."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidetrace.errors import TooLarge, UndecodableBody
from sidetrace.proto import decompress

LIMIT = 1 << 20
DATA = b"some spans " * 500


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_a_plain_body_passes(encoding: str) -> None:
    assert decompress(DATA, encoding, LIMIT) is DATA


@given(st.binary(max_size=2000), st.sampled_from(["gzip", "deflate", "zlib"]))
def test_what_was_compressed_comes_back(data: bytes, encoding: str) -> None:
    packed = gzip.compress(data) if encoding == "gzip" else zlib.compress(data)
    assert decompress(packed, encoding, LIMIT) == data


def test_a_body_of_several_gzip_members_is_one() -> None:
    members = [DATA, b"", b"tail"]
    assert decompress(b"".join(map(gzip.compress, members)), "gzip", LIMIT) == DATA + b"tail"


def test_members_across_chunks_of_the_reader_are_found() -> None:
    noise = bytes(zlib.crc32(i.to_bytes(4, "big")) & 255 for i in range(200_000))
    assert decompress(gzip.compress(noise) * 3, "gzip", LIMIT) == noise * 3


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"", "gzip"),
        (b"", "deflate"),
        (DATA, "gzip"),
        (DATA, "deflate"),
        (gzip.compress(DATA)[:-1], "gzip"),
        (gzip.compress(DATA)[:20], "gzip"),
        (gzip.compress(DATA)[:-8] + bytes(8), "gzip"),
        (gzip.compress(DATA) + b"junk", "gzip"),
        (gzip.compress(DATA) + b"\0", "gzip"),
        (zlib.compress(DATA)[:-1], "deflate"),
        (zlib.compress(DATA)[:-4] + bytes(4), "deflate"),
        (zlib.compress(DATA) + b"\0", "zlib"),
        (zlib.compress(DATA)[2:-4], "deflate"),
        (gzip.compress(b"") * 1001, "gzip"),
    ],
)
def test_broken_data_is_refused(body: bytes, encoding: str) -> None:
    with pytest.raises(UndecodableBody, match=r"^(gzip|deflate): "):
        decompress(body, encoding, LIMIT)


@pytest.mark.parametrize("name", ["GZIP", "x-gzip", "br", "gzip, gzip", "none"])
def test_another_encoding_is_refused_with_what_is_supported(name: str) -> None:
    with pytest.raises(UndecodableBody) as caught:
        decompress(DATA, name, LIMIT)
    supported = "identity, gzip, deflate, zlib, zstd, snappy, x-snappy-framed, lz4"
    assert str(caught.value) == f"unsupported Content-Encoding: {name} (supported: {supported})"


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_the_limit_is_inclusive(encoding: str) -> None:
    packed = {"": DATA, "gzip": gzip.compress(DATA), "deflate": zlib.compress(DATA)}[encoding]
    assert decompress(packed, encoding, len(DATA)) == DATA
    with pytest.raises(TooLarge, match=str(len(DATA) - 1)):
        decompress(packed, encoding, len(DATA) - 1)


def test_members_count_together_towards_the_limit() -> None:
    with pytest.raises(TooLarge):
        decompress(gzip.compress(DATA) * 3, "gzip", len(DATA) * 3 - 1)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_refused_without_being_unpacked(encoding: str) -> None:
    zeros = bytes(100 << 20)
    bomb = gzip.compress(zeros) if encoding == "gzip" else zlib.compress(zeros)
    del zeros
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="1048576"):
            decompress(bomb, encoding, LIMIT)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * LIMIT
