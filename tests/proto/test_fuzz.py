"""What fuzzing has found, and what it begins with, keeps its promises; the fuzzers themselves run in CI."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from . import fuzz

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", fuzz.NAMES)
def test_the_corpus_is_read_or_refused(name: str) -> None:
    assert fuzz.replay(name) >= 15


def test_a_fuzzer_ends_well_after_its_time() -> None:
    command = [sys.executable, "-m", "tests.proto.fuzz", "protobuf", "--seconds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_fuzzer_ends_badly_where_a_promise_is_broken() -> None:
    """The decoder is made to fail on every body that has a span."""
    code = (
        "import sys, sidetrace.proto.protobuf as p; p.read_spans = lambda *a: 1 / 0\n"
        "from tests.proto import fuzz; fuzz.find_spec = lambda name: None\n"
        "sys.argv = ['fuzz', 'protobuf', '--seconds', '5']; fuzz.main()"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
