"""The bench still runs: each question once, as small as it goes, as the commands that people type."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOORS = ["gRPC", "HTTP protobuf", "HTTP JSON"]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the bench reads /proc")


def bench(folder: Path, *flags: str) -> dict[str, Any]:
    file = folder / "figures.json"
    subprocess.run(
        [sys.executable, "-m", "bench", *flags, "--json", str(file)],
        cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def test_ingest_measures_every_door_beside_the_ceiling(tmp_path: Path) -> None:
    figures = bench(tmp_path, "ingest", "--tiny", "--dir", str(tmp_path))
    assert [row["door"] for row in figures["doors"]] == DOORS
    for row in figures["doors"]:
        assert row["stored"] == row["acknowledged"] > 0
        assert row["refused"] == 0
        assert row["ratio"] == pytest.approx(row["rate"] / row["ceiling"])
        assert min(row["rate"], row["cpu_us"], row["startup"], row["file_bytes"]) > 0
        assert 0 < row["idle_mib"] <= row["peak_mib"]
    latencies = figures["one_span_at_200_a_second"]
    assert [latency["door"] for latency in latencies] == DOORS
    assert all(0 < latency["p50_ms"] <= latency["p99_ms"] <= latency["worst_ms"] for latency in latencies)
    assert {"CPU", "cores", "Python", "SQLite", "grpcio", "protobuf"} <= figures["machine"].keys()
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"], "databases are removed"


def test_growth_measures_every_shape_in_both_orders(tmp_path: Path) -> None:
    figures = bench(tmp_path, "growth", "--spans", "2000", "--dir", str(tmp_path))
    assert len({(row["shape"], row["order"]) for row in figures["results"]}) == 6
    assert all(row["first_tenth"] > 0 and row["last_tenth"] > 0 for row in figures["results"])


def test_map_measures_captures_and_its_own_bodies(tmp_path: Path) -> None:
    figures = bench(tmp_path, "map", "--repeat", "1")
    costs = {row["sender"]: row for row in figures["results"]}
    assert {"langfuse", "bench, few attributes", "bench, many attributes"} <= costs.keys()
    assert all(row["decode_us"] > 0 and row["map_us"] > 0 for row in costs.values())
    assert costs["bench, few attributes"]["attributes_per_span"] < 15
    assert costs["bench, many attributes"]["attributes_per_span"] > 40
