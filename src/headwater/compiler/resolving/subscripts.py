"""From written subscripts to selectors, within the equation that they stand in."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from headwater.compiler.resolved import Axis, Fixed, Follow
from headwater.compiler.resolving.dimensions import DimensionInfo, DimensionTable
from headwater.errors import Diagnostics
from headwater.language.names import canonical
from headwater.language.source import Span


@dataclass(frozen=True, slots=True, eq=False)
class Current:
    """What one position of an equation's left side stands for while the equation is computed.

    ``names`` are the dimensions by which it may be called. ``elements`` are the canonical names of
    the elements of ``dimension`` that the ``axis`` runs over; without an axis there is one.
    """

    names: frozenset[str]
    dimension: DimensionInfo
    elements: tuple[str, ...]
    axis: Axis | None


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The elements that one equation defines."""

    axes: tuple[Axis, ...]
    target: tuple[Fixed | Follow, ...]
    current: tuple[Current, ...]


def element_index(dimension: DimensionInfo, key: str) -> int | None:
    """Return the index of an element by its canonical name, or as ``dimension.element``."""
    found = dimension.index.get(key)
    if found is None and "." in key:
        owner, _, element = key.rpartition(".")
        if owner in (dimension.key, dimension.root):
            found = dimension.index.get(element)
    return found


def whole_region(dimensions: Sequence[DimensionInfo]) -> Region:
    """Return the region of all elements."""
    axes = tuple(Axis(d.size, d.name) for d in dimensions)
    target = tuple(Follow(a) for a in axes)
    current = tuple(
        Current(frozenset({d.key}), d, tuple(d.index), a)
        for d, a in zip(dimensions, axes, strict=True)
    )
    return Region(axes, target, current)


class RegionReader:
    """Reads the left sides of equations."""

    def __init__(
        self, table: DimensionTable, diagnostics: Diagnostics, *, as_written: bool = False
    ) -> None:
        """``as_written``: the right side may use the written names only (Vensim's rule)."""
        self._as_written = as_written
        self._table = table
        self._diagnostics = diagnostics

    def read(
        self,
        variable: str,
        dimensions: Sequence[DimensionInfo],
        subscripts: Sequence[str],
        excepts: Sequence[Sequence[str]],
        span: Span | None,
    ) -> Region | None:
        """Return the region of a left side; None when it is wrong (and reported)."""
        if not subscripts and not excepts:
            return whole_region(dimensions)
        parts = self._members(variable, dimensions, subscripts, span)
        if parts is None:
            return None
        if not excepts:
            return self._rectangle(dimensions, parts)
        removed: set[tuple[int, ...]] = set()
        for group in excepts:
            out = self._members(variable, dimensions, group, span)
            if out is None:
                return None
            removed.update(itertools.product(*(members for _, members in out)))
        kept = [
            cell
            for cell in itertools.product(*(members for _, members in parts))
            if cell not in removed
        ]
        if not kept:
            self._diagnostics.error(
                f"the exceptions leave no element of `{variable}` to this equation",
                span.place if span else None,
                "leave the equation out, or except fewer",
            )
            return None
        return self._list(dimensions, parts, kept)

    def _members(
        self,
        variable: str,
        dimensions: Sequence[DimensionInfo],
        subscripts: Sequence[str],
        span: Span | None,
    ) -> list[tuple[DimensionInfo | None, tuple[int, ...]]] | None:
        """Return, per position, the dimension written there (None: an element) and its members."""
        if len(subscripts) != len(dimensions):
            self._diagnostics.error(
                f"`{variable}` has {count(len(dimensions), 'dimension')}, "
                f"but {count(len(subscripts), 'subscript')} here",
                span.place if span else None,
            )
            return None
        parts: list[tuple[DimensionInfo | None, tuple[int, ...]]] = []
        for dimension, written in zip(dimensions, subscripts, strict=True):
            part = self._part(dimension, written)
            if part is None:
                self._diagnostics.error(
                    f"`{written}` is neither an element nor a part of the dimension "
                    f"`{dimension.name}`",
                    span.place if span else None,
                    self._diagnostics.did_you_mean(
                        written, itertools.chain(dimension.elements, self._table.names())
                    )
                    or f"elements: {shown(dimension.elements)}",
                )
                return None
            parts.append(part)
        return parts

    def _part(
        self, dimension: DimensionInfo, written: str
    ) -> tuple[DimensionInfo | None, tuple[int, ...]] | None:
        key = canonical(written)
        index = element_index(dimension, key)
        if index is not None:
            return None, (index,)
        other = self._table.get(key)
        if other is None:
            return None
        members = self._table.named(other.index, other, dimension)
        return None if members is None else (other, members)

    def _rectangle(
        self,
        dimensions: Sequence[DimensionInfo],
        parts: Sequence[tuple[DimensionInfo | None, tuple[int, ...]]],
    ) -> Region:
        axes: list[Axis] = []
        target: list[Fixed | Follow] = []
        current: list[Current] = []
        for dimension, (written, members) in zip(dimensions, parts, strict=True):
            if written is None:
                element = canonical(dimension.elements[members[0]])
                target.append(Fixed(members[0]))
                if self._as_written:
                    continue
                current.append(Current(frozenset({dimension.key}), dimension, (element,), None))
                continue
            axis = Axis(len(members), written.name)
            axes.append(axis)
            target.append(follow(axis, members))
            if written is not dimension:
                current.append(
                    Current(frozenset({written.key}), written, tuple(written.index), axis)
                )
                if self._as_written:
                    continue
            names = tuple(canonical(dimension.elements[m]) for m in members)
            current.append(Current(frozenset({dimension.key}), dimension, names, axis))
        return Region(tuple(axes), tuple(target), tuple(current))

    def _list(
        self,
        dimensions: Sequence[DimensionInfo],
        parts: Sequence[tuple[DimensionInfo | None, tuple[int, ...]]],
        cells: Sequence[tuple[int, ...]],
    ) -> Region:
        """Return a region with one axis that runs over a list of elements."""
        axis = Axis(len(cells), "element")
        target: list[Fixed | Follow] = []
        current: list[Current] = []
        for position, (dimension, (written, members)) in enumerate(
            zip(dimensions, parts, strict=True)
        ):
            chosen = tuple(cell[position] for cell in cells)
            target.append(Follow(axis, chosen))
            names = tuple(canonical(dimension.elements[m]) for m in chosen)
            if written is dimension or not self._as_written:
                current.append(Current(frozenset({dimension.key}), dimension, names, axis))
            if written is not None and written is not dimension:
                own = dict(zip(members, written.index, strict=True))
                current.append(
                    Current(frozenset({written.key}), written, tuple(own[m] for m in chosen), axis)
                )
        return Region((axis,), tuple(target), tuple(current))


def follow(axis: Axis, members: Sequence[int]) -> Follow:
    """Return the selector of ``members`` along an axis."""
    plain = all(k == m for k, m in enumerate(members))
    return Follow(axis, None if plain else tuple(members))


def count(number: int, noun: str) -> str:
    """Return ``1 subscript``, ``2 subscripts``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def shown(names: Sequence[str], limit: int = 8) -> str:
    """Return a list of names, cut after ``limit``."""
    more = f", … ({len(names)} in all)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
