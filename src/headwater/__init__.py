"""Headwater puts a written policy argument to the test, as a stock-and-flow model."""

from importlib import metadata

__all__ = ["__version__"]

try:
    __version__ = metadata.version("headwater")
except metadata.PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
