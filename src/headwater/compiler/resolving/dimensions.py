"""Dimensions, their elements, and how an index in one stands for an index in another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    """The dimensions of a project.

    With ``global_elements`` (Vensim's rule) an element is the same wherever its name stands, so
    that ranges which share elements go together by name, and in no other way unless mapped. With
    ``alike_by_name`` (XMILE, which has no ranges) a dimension that is named as a subscript stands
    for the elements of those names in another one.
    """

    def __init__(
        self,
        dimensions: Iterable[Dimension],
        diagnostics: Diagnostics,
        *,
        global_elements: bool = False,
        alike_by_name: bool = False,
    ) -> None:
        self._global = global_elements
        self._alike = alike_by_name
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
        if self._global:
            return _by_name(elements, target)
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

    def named(
        self, elements: Iterable[str], source: DimensionInfo, target: DimensionInfo
    ) -> tuple[int, ...] | None:
        """Return the index in ``target`` of elements of a range that a subscript names."""
        wanted = tuple(elements)
        found = self.translate(wanted, source, target)
        return _by_name(wanted, target) if found is None and self._alike else found

    def mapped(
        self, elements: Iterable[str], source: DimensionInfo, target: DimensionInfo
    ) -> tuple[int, ...] | None:
        """Return the index in ``target`` that a declared mapping gives each element of ``source``.

        A mapping counts in both directions, from and to the range itself or one that holds all of
        its elements. None when no mapping leads from every element to exactly one.
        """
        wanted = tuple(elements)
        for maps, forward in ((target.maps, False), (source.maps, True)):
            for other, pairs in maps.items():
                far = self._by_key.get(other)
                near = source if not forward else target
                if far is None or not (far is near or near.index.keys() <= far.index.keys()):
                    continue
                found = [_mapped_partner(e, pairs, forward) for e in wanted]
                names = [f for f in found if f is not None]
                if len(names) == len(wanted):
                    return _by_name(names, target)
        return None

    def number(self, dimension: DimensionInfo, index: int) -> int:
        """Return the number, from 1, of an element: in its own range, or in the largest one."""
        root = self._by_key[dimension.root]
        if not self._global or root is dimension:
            return index + 1
        return root.index[canonical(dimension.elements[index])] + 1


def _by_name(elements: Iterable[str], target: DimensionInfo) -> tuple[int, ...] | None:
    found = [target.index.get(e, -1) for e in elements]
    return None if -1 in found else tuple(found)


def _mapped_partner(
    element: str, pairs: Mapping[str, tuple[str, ...]], forward: bool
) -> str | None:
    if forward:
        partners = pairs.get(element, ())
    else:
        partners = tuple(own for own, others in pairs.items() if element in others)
    return partners[0] if len(partners) == 1 else None


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
