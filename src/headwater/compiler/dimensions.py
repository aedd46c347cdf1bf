"""Dimensions, their elements, and how an index in one stands for an index in another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from headwater.errors import Diagnostics, Place
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.model.variables import Dimension


@dataclass(eq=False, slots=True)
class DimensionInfo:
    """A dimension ready for look-ups. ``root`` is itself, or the topmost dimension above it."""

    name: str
    key: str
    elements: tuple[str, ...]
    index: dict[str, int]
    numbered: bool
    root: str
    maps: dict[str, dict[str, tuple[str, ...]]]

    @property
    def size(self) -> int:
        """Number of elements."""
        return len(self.elements)


class DimensionTable:
    """The dimensions of a project."""

    def __init__(self, dimensions: Iterable[Dimension], diagnostics: Diagnostics) -> None:
        self._by_key: dict[str, DimensionInfo] = {}
        self._holders: dict[str, list[DimensionInfo]] = {}
        parents: dict[str, str] = {}
        for dimension in dimensions:
            if dimension.key in self._by_key:
                diagnostics.error(
                    f"the dimension `{dimension.name}` is defined twice",
                    _place(dimension.span),
                    "give one of them another name",
                )
                continue
            info = _info(dimension, diagnostics)
            self._by_key[info.key] = info
            parents[info.key] = canonical(dimension.parent)
            for element in info.index:
                self._holders.setdefault(element, []).append(info)
        for dimension in dimensions:
            self._check_parent(dimension, diagnostics)
        for key, info in self._by_key.items():
            info.root = _root(key, parents)

    def _check_parent(self, dimension: Dimension, diagnostics: Diagnostics) -> None:
        if not dimension.parent:
            return
        parent = self._by_key.get(canonical(dimension.parent))
        if parent is None:
            diagnostics.error(
                f"no dimension `{dimension.parent}`, the parent of `{dimension.name}`",
                _place(dimension.span),
            )
            return
        for element in dimension.elements:
            if canonical(element) not in parent.index:
                diagnostics.error(
                    f"`{element}` is an element of `{dimension.name}` but not of its parent "
                    f"`{parent.name}`",
                    _place(dimension.span),
                    f"elements of `{parent.name}`: {', '.join(parent.elements)}",
                )

    def get(self, key: str) -> DimensionInfo | None:
        """Return the dimension of that canonical name."""
        return self._by_key.get(key)

    def names(self) -> list[str]:
        """Return the names of all dimensions."""
        return [d.name for d in self._by_key.values()]

    def holding(self, element: str) -> list[DimensionInfo]:
        """Return the dimensions that have an element of that canonical name."""
        return self._holders.get(element, [])

    def translate(
        self, elements: Iterable[str], source: DimensionInfo, target: DimensionInfo
    ) -> tuple[int, ...] | None:
        """Return the index in ``target`` that goes with each element (canonical) of ``source``.

        Elements go together when one dimension is part of the other or both are of a third, by
        name; or by a mapping that either of them declares. None when some element has no partner,
        or more than one.
        """
        found: list[int] = []
        related = source is target or source.root == target.root
        forward = source.maps.get(target.key) or source.maps.get(target.root)
        backward = target.maps.get(source.key) or target.maps.get(source.root)
        for element in elements:
            if related and element in target.index:
                found.append(target.index[element])
                continue
            partner = _partner(element, forward, backward)
            if partner is None or partner not in target.index:
                return None
            found.append(target.index[partner])
        return tuple(found)


def _partner(
    element: str,
    forward: dict[str, tuple[str, ...]] | None,
    backward: dict[str, tuple[str, ...]] | None,
) -> str | None:
    if backward:
        owners = [own for own, others in backward.items() if element in others]
        if len(owners) == 1:
            return owners[0]
    if forward:
        others = forward.get(element, ())
        if len(others) == 1:
            return others[0]
    return None


def _info(dimension: Dimension, diagnostics: Diagnostics) -> DimensionInfo:
    keys = [canonical(e) for e in dimension.elements]
    index: dict[str, int] = {}
    for position, (key, element) in enumerate(zip(keys, dimension.elements, strict=True)):
        if key in index:
            diagnostics.error(
                f"the element `{element}` occurs twice in the dimension `{dimension.name}`",
                _place(dimension.span),
            )
        index.setdefault(key, position)
    if not keys:
        diagnostics.error(
            f"the dimension `{dimension.name}` has no elements", _place(dimension.span)
        )
    maps: dict[str, dict[str, tuple[str, ...]]] = {}
    for mapping in dimension.mappings:
        pairs = maps.setdefault(canonical(mapping.target), {})
        for own, other in mapping.elements:
            pairs[canonical(own)] = (*pairs.get(canonical(own), ()), canonical(other))
    return DimensionInfo(
        dimension.name,
        dimension.key,
        dimension.elements,
        index,
        dimension.numbered,
        dimension.key,
        maps,
    )


def _root(key: str, parents: dict[str, str]) -> str:
    seen = {key}
    while parents.get(key) and parents[key] in parents:
        key = parents[key]
        if key in seen:
            break
        seen.add(key)
    return key


def _place(span: Span | None) -> Place | None:
    return span.place if span else None
