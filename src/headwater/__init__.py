"""Headwater puts a written policy argument to the test, as a stock-and-flow model."""

from headwater.version import __version__

__all__ = ["__version__"]
