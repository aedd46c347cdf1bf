"""Arrays of a project: which elements an equation covers, and what its names mean there."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod

from headwater.language.names import canonical
from headwater.model.variables import Dimension

Cell = tuple[str, ...]
MAX_CELLS = 1_000_000
"""The most elements that are written one by one."""


class Shapes:
    """The dimensions of a project by their canonical names."""

    def __init__(self, dimensions: Sequence[Dimension]) -> None:
        self._dimensions: Mapping[str, Dimension] = {d.key: d for d in dimensions}
        self._places: dict[str, Mapping[str, int]] = {}

    def all(self) -> Iterable[Dimension]:
        """Return all dimensions."""
        return self._dimensions.values()

    def find(self, name: str) -> Dimension | None:
        """Return the dimension of that name."""
        return self._dimensions.get(canonical(name))

    def places(self, dimension: Dimension) -> Mapping[str, int]:
        """Return the place of each element of a dimension, by its canonical name."""
        if dimension.key not in self._places:
            named = reversed(list(enumerate(dimension.elements)))
            self._places[dimension.key] = {canonical(e): k for k, e in named}
        return self._places[dimension.key]

    def size(self, dimensions: Sequence[str]) -> int:
        """Return how many elements an array has."""
        return prod(len(d.elements) for d in map(self.find, dimensions) if d is not None)

    def is_whole(self, dimensions: Sequence[str], subscripts: Sequence[str]) -> bool:
        """Tell whether subscripts name the dimensions of an array themselves: all its elements."""
        return not subscripts or list(map(canonical, subscripts)) == list(
            map(canonical, dimensions)
        )

    def cells(self, dimensions: Sequence[str], subscripts: Sequence[str]) -> Iterator[Cell]:
        """Yield the elements of an array that subscripts cover, by their names."""
        parts: list[tuple[str, ...]] = []
        for own, subscript in zip(dimensions, subscripts or dimensions, strict=True):
            key = canonical(subscript)
            dimension = self.find(own)
            place = self.places(dimension).get(key) if dimension is not None else None
            several = self.find(subscript)
            if dimension is not None and place is not None:
                parts.append((dimension.elements[place],))
            elif several is not None:
                parts.append(tuple(self._spelled(dimension, e) for e in several.elements))
            else:
                parts.append((subscript,))
        return itertools.product(*parts)

    def _spelled(self, dimension: Dimension | None, element: str) -> str:
        """Return an element as its dimension spells it."""
        place = self.places(dimension).get(canonical(element)) if dimension is not None else None
        return element if dimension is None or place is None else dimension.elements[place]
