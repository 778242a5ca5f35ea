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
    assert all(row["decode_us"] > 0 and row["map_us"] > 0 and row["first_us"] > 0 for row in costs.values())
    assert costs["bench, few attributes"]["attributes_per_span"] < 15
    assert costs["bench, many attributes"]["attributes_per_span"] > 40


def test_query_asks_every_kind_of_question(tmp_path: Path) -> None:
    figures = bench(tmp_path, "query", "--tiny", "--dir", str(tmp_path))
    groups = {row["group"]: row for row in figures["groups"]}
    assert {"parse", "list of 50 sessions", "one filter on traces", "one filter on sessions", "full text", "metrics",
            "one by its id", "lists beside metrics"} <= groups.keys()  # fmt: skip
    assert groups["one filter on traces"]["questions"] > 1000
    assert all(0 < row["median"] <= row["slowest"] for row in figures["groups"])
    assert any(row["rows"] for row in figures["answers"]), "some questions find something"
    assert figures["file"]["observations"] == 3000
    assert figures["writing"]["alone"] > 0
    assert figures["writing"]["questions"] > 0
    assert [path.name for path in tmp_path.iterdir()] == ["figures.json"], "databases are removed"


def test_the_file_of_questions_is_drawn_by_its_seed(tmp_path: Path) -> None:
    code = (
        "from bench.world import World; import sys, hashlib;"
        "world = World(500, 1_790_000_000_000_000_000, int(sys.argv[1]));"
        "print(hashlib.sha256(repr(list(world.traces()) + world.scores).encode()).hexdigest())"
    )
    drawn = [
        subprocess.run([sys.executable, "-c", code, seed], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for seed in ("1", "1", "2")
    ]
    assert drawn[0] == drawn[1] != drawn[2]
