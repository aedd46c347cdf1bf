"""The version of the installed package, for reports and manifests."""

from importlib import metadata

try:
    __version__ = metadata.version("headwater")
except metadata.PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
