"""The text of a CSV table (RFC 4180) of very many numbers: lines of names and lines of numbers.

Python's writer of CSV looks at every character of every cell; numbers need no look, and most names
are a variable's with each of the same elements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

_SPECIAL = frozenset(',"\r\n')
_FEW = 4
"""Numbers of which there are so many times fewer than cells are written once each."""


def quoted(text: str) -> str:
    """Return a text as a cell."""
    return _in_quotes(text) if _SPECIAL.intersection(text) else text


def _in_quotes(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class Names:
    """Makes the cells that name every element of variables, row-major: ``x`` or ``x[a,b]``."""

    def __init__(self) -> None:
        self._suffixes = cache(_suffixes)

    def cells(self, name: str, elements: Sequence[tuple[str, ...]]) -> str:
        """Return the cells of a variable, with commas; ``elements`` are those of each dimension."""
        if not elements:
            return quoted(name)
        plain = not _SPECIAL.intersection(name)
        suffixes, special = self._suffixes(tuple(elements))
        if not plain or special:
            return ",".join([quoted(name + suffix) for suffix in suffixes])
        if len(elements) == 1:
            return name + f",{name}".join(suffixes)
        return f'"{name}' + f'","{name}'.join(suffixes) + '"'


def _suffixes(elements: tuple[tuple[str, ...], ...]) -> tuple[list[str], bool]:
    """Return what stands in brackets for each element, and whether a name of one is special."""
    special = any(_SPECIAL.intersection(name) for names in elements for name in names)
    return [f"[{','.join(cell)}]" for cell in product(*elements)], special


def lines(labels: Iterable[Sequence[object]], numbers: npt.NDArray[np.float64]) -> Iterable[str]:
    """Yield a line for each row of ``numbers``, which its labels begin.

    Numbers are the shortest that read back as the same (Python's ``repr``).
    """
    cells = _texts(numbers)
    for begin, row in zip(labels, cells, strict=True):
        first = ",".join([quoted(str(label)) for label in begin])
        yield f"{first},{row}\n" if first and row else f"{first}{row}\n"


def _texts(numbers: npt.NDArray[np.float64]) -> Iterable[str]:
    """Return the cells of each row, with commas between them."""
    bits, places = np.unique(numbers.view(np.int64), return_inverse=True)
    if len(bits) * _FEW <= numbers.size:
        known = np.array([*map(repr, bits.view(np.float64).tolist())], dtype=object)
        return (",".join(row) for row in known[places.reshape(numbers.shape)].tolist())
    form = ",".join(["%r"] * numbers.shape[1])
    return (form % tuple(row) for row in numbers.tolist())
