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

    def all(self) -> Iterable[Dimension]:
        """Return all dimensions."""
        return self._dimensions.values()

    def find(self, name: str) -> Dimension | None:
        """Return the dimension of that name."""
        return self._dimensions.get(canonical(name))

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
            elements = dimension.elements if dimension is not None else ()
            single = [e for e in elements if canonical(e) == key]
            several = self.find(subscript)
            if single:
                parts.append(tuple(single))
            elif several is not None:
                spelled = {canonical(e): e for e in elements}
                parts.append(tuple(spelled.get(canonical(e), e) for e in several.elements))
            else:
                parts.append((subscript,))
        return itertools.product(*parts)
