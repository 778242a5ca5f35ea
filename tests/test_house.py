"""The house rules of design section 1, and those of CONTRIBUTING, held by walking the code itself."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

# Each room with the rooms it may import from, besides itself and what stands for everybody at the root.
BELOW = {
    "proto": set(),
    "mapping": {"proto"},
    "storage": {"proto", "mapping"},
    "query": {"proto", "mapping", "storage"},
    "receiver": {"proto", "mapping", "storage", "query"},
    "api": {"proto", "mapping", "storage", "query"},
    "server": {"proto", "mapping", "storage", "query", "receiver", "api", "web"},
    "web": {"proto", "mapping", "storage", "query", "receiver", "api"},
    "cli": {"proto", "mapping", "storage", "query", "receiver", "api", "server", "client_metrics"},
    "__main__": {"cli"},
    "__init__": {"client"},
    "client": {"client_metrics", "query"},  # of query only types, for who checks: test_client.py
    "client_metrics": set(),
    "errors": set(),
    "config": set(),
    "keys": set(),
    "caller": set(),
}
FOR_EVERYBODY = {"errors", "config", "keys", "caller"}

NOT_INSTALLED = {"tests", "bench", "docs", "scripts"}


def tracked() -> list[Path]:
    """Files of the checkout that git knows or would add: no build output, no environment."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


FILES = tracked()
MODULES = [path for path in FILES if path.suffix == ".py" and path.parts[0] not in NOT_INSTALLED]
PYTHON = [path for path in FILES if path.suffix == ".py"]


def room(parts: tuple[str, ...]) -> str:
    """The room that a path or dotted name lies in: its first part, `__init__` for the package itself."""
    return parts[0].removesuffix(".py") if parts else "__init__"


def imported_rooms(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and room of every import from inside the package."""
    package = path.parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            assert node.level - 1 <= len(package), f"{path}:{node.lineno} imports from outside the package"
            above = package[: len(package) - node.level + 1]
            target = above + tuple(node.module.split(".") if node.module else ())
            for name in [target] if target else [(alias.name,) for alias in node.names]:
                yield node.lineno, room(name)


def absolute_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and first name of every absolute import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.lineno, node.module.split(".")[0]


def parsed(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def test_a_room_imports_only_from_the_floors_below_it() -> None:
    climbs = [
        f"{path}:{line} imports {target}"
        for path in MODULES
        for line, target in imported_rooms(path, parsed(path))
        if target not in BELOW[room(path.parts)] | FOR_EVERYBODY | {room(path.parts)}
    ]
    assert climbs == []


def test_every_room_has_its_floor() -> None:
    assert {room(path.parts) for path in MODULES} <= set(BELOW)


def test_rooms_import_each_other_relatively() -> None:
    rooms = {room(path.parts) for path in MODULES if len(path.parts) > 1}
    assert [
        f"{path}:{line} imports {name}"
        for path in MODULES
        for line, name in absolute_imports(parsed(path))
        if name == "sidetrace" or name in rooms
    ] == []


def undocumented(path: Path) -> Iterator[str]:
    """Public module, classes, functions and methods without a docstring."""

    def visit(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
        for child in node.body:
            if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if child.name.startswith("_"):
                continue
            if ast.get_docstring(child) is None and not overload(child):
                yield f"{prefix}{child.name}"
            if isinstance(child, ast.ClassDef):
                yield from visit(child, f"{prefix}{child.name}.")

    tree = parsed(path)
    if tree.body and ast.get_docstring(tree) is None:
        yield str(path)
    yield from visit(tree, f"{path}: ")


def overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list)


def test_everything_public_says_what_it_is() -> None:
    assert [name for path in MODULES for name in undocumented(path)] == []


def test_no_file_is_longer_than_600_lines() -> None:
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {path: length for path, length in lengths.items() if length > 600} == {}


def test_every_dependency_stands_with_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    extras = PYPROJECT["project"].get("optional-dependencies", {})
    wanted = [*PYPROJECT["project"]["dependencies"], *(name for extra in extras.values() for name in extra)]
    bare = [name for name in wanted if not any(re.search(rf'"{re.escape(name)}".*# \S', line) for line in lines)]
    assert wanted
    assert bare == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from a copy, so that no build folder appears in the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in FILES:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, source / path)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (built,) = out.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_the_wheel_installs_one_name(wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel}
    assert tops == {"sidetrace", f"sidetrace-{PYPROJECT['project']['version']}.dist-info"}


def test_the_wheel_holds_every_module_and_every_sql_file(wheel: set[str]) -> None:
    sql = [path for path in FILES if path.suffix == ".sql" and path.parts[0] not in NOT_INSTALLED]
    wanted = {
        f"sidetrace/{path.as_posix()}" for path in [*MODULES, *sql, Path("py.typed"), Path("config.example.yaml")]
    }
    assert wanted - wheel == set()


def test_the_wheel_holds_no_tests_and_no_tools(wheel: set[str]) -> None:
    assert {name for name in wheel if name.split("/")[1] in NOT_INSTALLED} == set()
