"""``headwater version``: what a report of a fault should state."""

from __future__ import annotations

import platform
from importlib import metadata

import click

from headwater.version import __version__

LIBRARIES = ("numpy", "scipy", "xarray", "llvmlite", "click", "rich")


@click.command("version")
def command() -> None:
    """Show the versions of Headwater, Python and the libraries it computes with."""
    click.echo(f"headwater {__version__}")
    click.echo(f"Python {platform.python_version()} on {platform.platform()}")
    for name in LIBRARIES:
        click.echo(f"{name} {metadata.version(name)}")
