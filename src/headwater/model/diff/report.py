"""The differences between two models, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal[
    "kind",
    "dimensions",
    "equation",
    "initial value",
    "value",
    "points",
    "data",
    "units",
    "range",
    "documentation",
    "group",
    "mappings",
    "elements",
    "setting",
    "macro",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """A variable that only one of the models has, with its equation in one line."""

    name: str
    equation: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: what it is, of which variable (or setting), before and after.

    ``element`` tells which part of an array, empty for all of it.
    """

    name: str
    what: What
    before: str
    after: str
    element: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """How model B differs from model A. ``renamed`` pairs the name in A with the one in B."""

    settings: tuple[Change, ...] = ()
    removed: tuple[Entry, ...] = ()
    added: tuple[Entry, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    changed: tuple[Change, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the models differ in nothing."""
        return not (self.settings or self.removed or self.added or self.renamed or self.changed)
