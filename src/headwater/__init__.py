"""Headwater puts a written policy argument to the test, as a stock-and-flow model.

>>> import headwater
>>> model = headwater.load("tajikistan")  # or the path of any model
>>> model.run(outputs=["migrants abroad"], times=[2010, 2020])  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from headwater.version import __version__

if TYPE_CHECKING:
    from headwater.api import Case, Model, load, shipped_cases
    from headwater.errors import HeadwaterError
    from headwater.simulation.results.dataset import get
    from headwater.simulation.results.writing import save

__all__ = [
    "Case",
    "HeadwaterError",
    "Model",
    "__version__",
    "get",
    "load",
    "save",
    "shipped_cases",
]

_HOMES = {
    "Case": "headwater.api",
    "HeadwaterError": "headwater.errors",
    "Model": "headwater.api",
    "get": "headwater.simulation.results.dataset",
    "load": "headwater.api",
    "save": "headwater.simulation.results.writing",
    "shipped_cases": "headwater.api",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: the command line starts in less time."""
    if name not in _HOMES:
        raise AttributeError(f"module `headwater` has no attribute `{name}`")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
