"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median


def describe(folder: Path) -> dict[str, str]:
    """Return the machine, the versions, and how fast the disk under `folder` takes a write for good."""
    return {
        "CPU": _cpu(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "file system": file_system(folder),
        "write and fsync of 8 KiB": f"{fsync_seconds(folder) * 1000:.2f} ms",
        "a million steps of a Python loop": f"{loop_seconds() * 1000:.0f} ms",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "grpcio": version("grpcio"),
        "protobuf": f"{version('protobuf')} ({_protobuf_backend()})",
        "sidetrace": version("sidetrace"),
    }


def file_system(folder: Path) -> str:
    """Return the type of the file system that holds `folder`, "unknown" where nothing tells."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "unknown"
    points = [line.split()[1:3] for line in mounts.read_text("utf-8").splitlines()]
    under = [(point, kind) for point, kind in points if folder.resolve().is_relative_to(point)]
    return max(under, key=lambda pair: len(pair[0]))[1] if under else "unknown"


def fsync_seconds(folder: Path, times: int = 30) -> float:
    """Return the median time of appending 8 KiB to a file and syncing it."""
    took = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(times):
            begun = time.perf_counter()
            file.write(bytes(8192))
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begun)
    return median(took)


def loop_seconds(times: int = 5) -> float:
    """Return the median time of a fixed piece of work, by which runs on a machine of changing speed compare."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        total = 0
        for number in range(1_000_000):
            total += number
        took.append(time.perf_counter() - begun)
    return median(took)


def _cpu() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _protobuf_backend() -> str:
    from google.protobuf.internal import api_implementation

    return str(api_implementation.Type())
