"""The ceiling: decode, map and commit in one thread of a process of its own; no server, no queue, nobody waiting.

python -m bench.ceiling '{"spans": 60000, "size": 512, ...}'    prints a `Ceiling` as JSON
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sidetrace.mapping.mapper import Mapper
from sidetrace.proto import decode
from sidetrace.storage.sqlite.arrival import Request
from sidetrace.storage.sqlite.commit import Commit
from sidetrace.storage.sqlite.database import open_writer
from sidetrace.storage.sqlite.refs import Refs
from sidetrace.storage.sqlite.writer import COMMIT_SPANS

from .bodies import Bodies, Encoding
from .corpus import Attributes
from .server import BenchFailed, stored

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Spans a second, and where the microseconds of a span go."""

    rate: float
    decode_us: float
    map_us: float
    write_us: float
    commit_us: float


def measure(
    folder: Path, spans: int, size: int, attributes: Attributes, encoding: Encoding, group: int, seconds: float
) -> Ceiling:
    """Return the ceiling for requests of `size` spans, `group` spans a commit at most, in a new process."""
    settings = {
        "path": str(folder / "ceiling.db"), "spans": spans, "size": size, "attributes": attributes,
        "encoding": encoding, "group": group, "seconds": seconds,
    }  # fmt: skip
    command = [sys.executable, "-m", "bench.ceiling", json.dumps(settings)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return Ceiling(**json.loads(done.stdout))


def run(
    path: str, spans: int, size: int, attributes: Attributes, encoding: Encoding, group: int, seconds: float
) -> Ceiling:
    """Measure in this process, into a new file."""
    bodies = Bodies(attributes, encoding).requests(spans, size)
    at_once = max(1, min(group, COMMIT_SPANS) // size)
    writer = OneThread(Path(path), encoding)
    warm = max(1, len(bodies) // 10)
    for first in range(0, warm, at_once):
        writer.take(bodies[first : min(first + at_once, warm)])
    before, written = writer.spans, 0
    writer.spent = [0.0] * 4
    begun = time.perf_counter()
    for first in range(warm, len(bodies), at_once):
        writer.take(bodies[first : first + at_once])
        if time.perf_counter() - begun > seconds:
            break
    took = time.perf_counter() - begun
    written = writer.spans - before
    writer.close()
    if stored(Path(path)) != writer.spans:
        raise BenchFailed(f"wrote {writer.spans} spans, the file holds {stored(Path(path))}")
    return Ceiling(written / took, *(part / written * 1e6 for part in writer.spent))


class OneThread:
    """The write path without its doors and threads: the same decoder, mapper, rows and commits."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self._json = encoding == "json"
        self._db = open_writer(path, "full")
        self._refs = Refs(self._db)
        self._mapper = Mapper()
        self.spans = 0
        self.spent = [0.0] * 4
        """Seconds spent on decoding, mapping, writing rows, and committing."""

    def take(self, bodies: Sequence[bytes]) -> None:
        """Store some requests in one commit."""
        clock, spent = time.perf_counter, self.spent
        requests = []
        for body in bodies:
            begun = clock()
            decoded = decode(body, self._json)
            between = clock()
            requests.append(Request("default", [self._mapper.map(span) for span in decoded.spans], decoded.rejected))
            spent[0] += between - begun
            spent[1] += clock() - between
            self.spans += len(decoded.spans)
        begun = clock()
        self._db.execute("BEGIN IMMEDIATE")
        Commit(self._db, self._refs, self._mapper).write(requests)
        between = clock()
        self._db.execute("COMMIT")
        spent[2] += between - begun
        spent[3] += clock() - between

    def close(self) -> None:
        """Close the file."""
        self._db.close()


if __name__ == "__main__":
    print(json.dumps(asdict(run(**json.loads(sys.argv[1])))))
