"""Whether every element of a variable has one equation, and none has two."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from headwater.compiler.resolved import Follow, Quantity
from headwater.compiler.resolving.dimensions import DimensionInfo
from headwater.compiler.resolving.subscripts import Region
from headwater.errors import Diagnostics
from headwater.language.source import Span
from headwater.model.variables import EquationVariable

MOST_NAMED = 8
"""So many of the elements without an equation are named in the message."""


class Coverage:
    """Counts the equations that each element of one variable has."""

    def __init__(
        self,
        variable: EquationVariable,
        quantity: Quantity,
        dimensions: Sequence[DimensionInfo],
        diagnostics: Diagnostics,
    ) -> None:
        self._variable = variable
        self._dimensions = dimensions
        self._diagnostics = diagnostics
        self._equations = np.zeros(quantity.shape, dtype=np.int64)
        self._guessed = False

    def count_all(self) -> None:
        """Count an equation for every element: what it is for could not be read, and is reported.

        Elements with two equations are not, since that may follow from it.
        """
        self._equations[...] += 1
        self._guessed = True

    def count(self, region: Region, span: Span | None) -> None:
        """Count an equation for the elements of a region; report one that had an equation."""
        index = _cells(region)
        self._equations[index] += 1
        if not self._guessed and (self._equations[index] > 1).any():
            here = np.zeros_like(self._equations)
            here[index] = self._equations[index]
            twice = self._name(np.argwhere(here > 1)[0])
            self._diagnostics.error(
                f"`{twice}` has two equations",
                span.place if span else None,
                "keep one, or except it from the other",
            )

    def missing(self) -> npt.NDArray[np.int64]:
        """Return the indices of the elements that have no equation, one row each."""
        return np.argwhere(self._equations == 0)

    def report(self, missing: npt.NDArray[np.int64]) -> None:
        """Report the elements that have no equation."""
        variable = self._variable
        place = variable.span.place if variable.span else None
        if not self._dimensions or not variable.equations:
            self._diagnostics.error(
                f"`{variable.name}` has no equation", place, "give it a number or an expression"
            )
            return
        names = ", ".join(self._name(cell) for cell in itertools.islice(missing, MOST_NAMED))
        more = f", … ({len(missing)} in all)" if len(missing) > MOST_NAMED else ""
        self._diagnostics.error(
            f"no equation for {names}{more}", place, "every element of an array needs one"
        )

    def _name(self, cell: Sequence[int] | npt.NDArray[np.int64]) -> str:
        if not len(cell):
            return self._variable.name
        elements = (d.elements[int(i)] for d, i in zip(self._dimensions, cell, strict=True))
        return f"{self._variable.name}[{', '.join(elements)}]"


def _cells(region: Region) -> tuple[npt.NDArray[np.int64], ...]:
    """Return what picks the cells of a region from an array."""
    members = [t.members if isinstance(t, Follow) else (t.index,) for t in region.target]
    diagonal = len(region.axes) == 1 and sum(isinstance(t, Follow) for t in region.target) > 1
    if diagonal:
        extent = region.axes[0].extent
        return tuple(np.array(m if len(m) == extent else m * extent) for m in members)
    return np.ix_(*members) if members else ()
