"""`python -m bench QUESTION`."""

from __future__ import annotations

import click

from .growth import growth
from .ingest import ingest
from .map import map_bodies


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """Measure sidetrace on this machine."""


for question in (ingest, growth, map_bodies):
    main.add_command(question)

main(prog_name="python -m bench")
