"""Fuzz targets for what reads bodies: whatever comes in, out comes telemetry or a refusal, and the same in slices.

    python -m tests.proto.fuzz protobuf|json|encodings [--seconds N] [--keep]

With atheris (Linux) inputs are found by coverage, without it by chance. The corpus lies in tests/proto/corpus; --keep
adds what was found to it. Ends with 1 at the first input that breaks a promise, which is then printed.
"""

from __future__ import annotations

import argparse
import json as stdlib_json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

CORPUS = Path(__file__).parent / "corpus"


def _targets() -> dict[str, Callable[[bytes], None]]:
    from sidetrace.errors import TooLarge, UndecodableBody
    from sidetrace.proto import (
        count_points,
        decode,
        decode_log_slices,
        decode_logs,
        decode_slices,
        decompress,
        from_wire,
        log_from_wire,
    )
    from sidetrace.proto.compression import DECODERS
    from sidetrace.proto.parts import check_parts

    def decoded(body: bytes, json: bool) -> None:
        for whole, slices, again in (
            (decode, decode_slices, from_wire),
            (decode_logs, decode_log_slices, log_from_wire),
        ):
            _decoded(body, json, whole, slices, again)
        with suppress(UndecodableBody):
            assert count_points(body, json) >= 0
        with suppress(TooLarge, UndecodableBody):
            check_parts(body, json, "Span")

    def _decoded(body: bytes, json: bool, whole: Any, slices: Any, again: Any) -> None:
        try:
            found = whole(body, json)
        except UndecodableBody:
            return
        kept = getattr(found, "spans", None) or getattr(found, "records", [])
        parts = list(slices(body, json, 1))
        again_kept = [one for part in parts for one in (getattr(part, "spans", None) or getattr(part, "records", []))]
        assert repr(again_kept) == repr(kept)  # as text, NaN is equal to itself
        assert [one for part in parts for one in part.rejected] == found.rejected
        for one in kept:
            assert len(one.trace_id) in (0, 32)
            assert len(one.span_id) in (0, 16)
            if one.wire is None:
                stdlib_json.dumps([one.attributes, getattr(one, "body", None)], allow_nan=False)
            else:
                assert repr(again(one.wire, one.resource, one.scope)) == repr(one)

    def protobuf(data: bytes) -> None:
        decoded(data, False)

    def json(data: bytes) -> None:
        decoded(data, True)

    names = sorted(DECODERS)
    limit = 1 << 16

    def encodings(data: bytes) -> None:
        if not data:
            return
        with suppress(UndecodableBody, TooLarge):
            assert len(decompress(data[1:], names[data[0] % len(names)], limit)) <= limit

    return {"protobuf": protobuf, "json": json, "encodings": encodings}


NAMES = ("protobuf", "json", "encodings")


def corpus(name: str) -> list[Path]:
    """Return the kept inputs of a target, in order."""
    return sorted(path for path in (CORPUS / name).iterdir() if path.is_file())


def replay(name: str) -> int:
    """Run a target over its corpus; return how many inputs there are."""
    target = _targets()[name]
    inputs = corpus(name)
    for path in inputs:
        try:
            target(path.read_bytes())
        except Exception as error:
            raise AssertionError(f"{path.name}: {type(error).__name__}: {error}") from error
    return len(inputs)


def _mutations(seeds: list[bytes], chance: random.Random) -> Iterator[bytes]:
    while True:
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(data) + 1)
            match chance.randrange(4):
                case 0:
                    data[place : place + 1] = bytes([chance.randrange(256)])
                case 1:
                    del data[place : place + chance.randint(1, 16)]
                case 2:
                    other = chance.choice(seeds)
                    start = chance.randrange(len(other) + 1)
                    data[place:place] = other[start : start + chance.randint(1, 64)]
                case _:
                    data[place : place + 1] = chance.choice((b"\0", b"\xff", b"\x80", b'"', b"{", b"null", b"-1"))
        yield bytes(data)


def _by_chance(name: str, seconds: float) -> None:
    target, seeds = _targets()[name], [path.read_bytes() for path in corpus(name)]
    seed = time.time_ns()
    end, count = time.monotonic() + seconds, 0
    for data in _mutations(seeds, random.Random(seed)):
        try:
            target(data)
        except Exception:
            print(f"after {count:,} inputs (seed {seed}): {data!r}", file=sys.stderr)
            raise
        count += 1
        if time.monotonic() > end:
            break
    print(f"{name}: {count:,} inputs by chance, nothing found")


def _by_coverage(name: str, seconds: float, keep: bool) -> None:
    import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

    with atheris.instrument_imports(include=["sidetrace.proto"]):
        target = _targets()[name]

    with TemporaryDirectory() as found:
        into = str(CORPUS / name) if keep else found
        # libFuzzer ends the process, with 77 or 1 where something was found
        options = [
            f"-max_total_time={int(seconds)}",
            "-max_len=4096",
            "-print_final_stats=1",
            f"-artifact_prefix={found}/",
        ]
        atheris.Setup([sys.argv[0], *options, into, str(CORPUS / name)], target)
        atheris.Fuzz()


def main() -> None:
    """Fuzz one target."""
    parser = argparse.ArgumentParser(description="Fuzz what reads bodies.")
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--keep", action="store_true", help="add what was found to the corpus")
    asked = parser.parse_args()
    if find_spec("atheris"):
        _by_coverage(asked.target, asked.seconds, asked.keep)
    else:
        _by_chance(asked.target, asked.seconds)


if __name__ == "__main__":
    main()
