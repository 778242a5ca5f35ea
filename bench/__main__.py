"""`python -m bench QUESTION`."""

from __future__ import annotations

import click

from .growth import growth
from .ingest import ingest
from .map import map_bodies
from .query import query


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def main() -> None:
    """Measure sidetrace on this machine."""


for question in (ingest, growth, map_bodies, query):
    main.add_command(question)

main(prog_name="python -m bench")
