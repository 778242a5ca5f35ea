"""How much memory a piece of code needs, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_MEASURE = """
def _status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))


def measured(work):
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")  # the peak begins anew; what the process inherits from its parent would hide it
    before = _status("VmRSS")
    work()
    print((_status("VmHWM") - before) * 1024)
"""


def peak_of(code: str, *arguments: str) -> int:
    """Return the bytes that `measured(work)`, which `code` calls, has needed at most beyond what there was."""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("needs /proc")
    command = [sys.executable, "-c", _MEASURE + code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)
