"""What a measurement is printed and saved as."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

console = Console(width=None if Console().is_terminal else 150)

json_option = click.option("--json", "json_file", metavar="FILE", type=click.Path(path_type=Path),
                           help="Write all figures there as JSON.")  # fmt: skip
dir_option = click.option("--dir", "folder", metavar="DIR", type=click.Path(path_type=Path, exists=True),
                          help="Where databases are made and removed; a real disk, not tmpfs. Else the system's"
                               " temporary folder.")  # fmt: skip


def heading(machine: dict[str, str]) -> None:
    """Print what the figures were measured on, and whether that falsifies them."""
    console.print("; ".join(f"{name} {value}" for name, value in machine.items()), highlight=False)
    if machine.get("file system") == "tmpfs":
        console.print("[bold red]tmpfs: commits cost no fsync here; choose a disk with --dir[/]")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows; the first column is text, the others are figures."""
    drawn = Table(title=title, title_justify="left", title_style="bold")
    for place, column in enumerate(columns):
        drawn.add_column(column, justify="right" if place else "left")
    for row in rows:
        drawn.add_row(*(figure(cell) for cell in row))
    console.print()
    console.print(drawn)


def figure(value: object) -> str:
    """Return a number at a precision that means something; "-" for None."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def save(file: Path | None, document: dict[str, Any]) -> None:
    """Write the figures as JSON where that was asked for."""
    if file is not None:
        file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        console.print(f"\nwrote {file}", highlight=False)
