"""Dimensions, and the subscripts of single elements (XMILE 1.0, sections 2.5 and 4.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod

from headwater.errors import did_you_mean
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.names import identifier, split_identifiers
from headwater.language.names import canonical
from headwater.model.variables import Dimension

MAX_SIZE = 100_000
MAX_ELEMENTS = 4_000_000
"""The most elements of a dimension, and of an array."""


def read_dimensions(context: Context, blocks: Iterable[Node]) -> dict[str, Dimension]:
    """Return the dimensions of a file by their canonical names; repetitions must agree."""
    found: dict[str, Dimension] = {}
    places: dict[str, Node] = {}
    for block in blocks:
        _check_names(context, block)
        for node in block.every("dim"):
            dimension = _dimension(context, node)
            if dimension is None:
                continue
            known = found.setdefault(dimension.key, dimension)
            first = places.setdefault(dimension.key, node)
            if [canonical(e) for e in known.elements] != [canonical(e) for e in dimension.elements]:
                message = f"the dimension `{dimension.name}` is defined twice"
                context.error(message, node, f"the other one is at {first.place}")
    return found


def _check_names(context: Context, block: Node) -> None:
    """Report what stands where dimensions are expected, and would be read past."""
    for node in block.children:
        if node.tag != "dim" and ":" not in node.tag:
            context.error(f"<dimensions> holds <{node.tag}>", node, 'write <dim name="…"/>')


def _dimension(context: Context, node: Node) -> Dimension | None:
    name = identifier(node.get("name"))
    if not name:
        context.error("this dimension has no name", node, 'write <dim name="…">')
        return None
    elements = tuple(identifier(e.get("name")) for e in node.every("elem"))
    if elements:
        return Dimension(name, elements, span=node.span)
    written = node.get("size").strip()
    if not written.isdigit() or not 1 <= int(written[:9]) <= MAX_SIZE:
        context.error(
            f"the dimension `{name}` has neither elements nor a size from 1 to {MAX_SIZE:,}",
            node,
            'write <elem name="…"/> for each element, or size="…"',
        )
        return None
    size = int(written)
    numbers = tuple(str(n) for n in range(1, size + 1))
    return Dimension(name, numbers, numbered=True, span=node.span)


class Shapes:
    """The dimensions of a file, and what they say of its arrays."""

    def __init__(self, context: Context, dimensions: Mapping[str, Dimension]) -> None:
        self._context = context
        self._dimensions = dimensions
        self._index = {
            key: {canonical(e): k for k, e in enumerate(d.elements)}
            for key, d in dimensions.items()
        }

    def of(self, node: Node, name: str) -> tuple[Dimension, ...] | None:
        """Return the dimensions of a variable; None where they are wrong (reported)."""
        block = node.first("dimensions")
        if block is None:
            return ()
        _check_names(self._context, block)
        names = [identifier(d.get("name")) for d in block.every("dim")]
        names = names or split_identifiers(block.text)
        found: list[Dimension] = []
        for written in names:
            dimension = self._dimensions.get(canonical(written))
            if dimension is None:
                known = [d.name for d in self._dimensions.values()]
                hint = did_you_mean(written, known) or "list it in the file's <dimensions>"
                self._context.error(f"`{name}` has an unknown dimension `{written}`", block, hint)
                return None
            found.append(dimension)
        size = prod(len(d.elements) for d in found)
        if size > MAX_ELEMENTS:
            message = f"`{name}` has {size:,} elements; the limit is {MAX_ELEMENTS:,}"
            self._context.error(message, block)
            return None
        return tuple(found)

    def element(
        self, node: Node, name: str, dimensions: tuple[Dimension, ...]
    ) -> tuple[str, ...] | None:
        """Return the subscripts of an ``<element>``, as element or dimension names.

        Numbers are turned into names. None where they are wrong (reported).
        """
        written = split_identifiers(node.get("subscript"))
        return self.subscripts(written, node, name, dimensions)

    def named(self, names: Iterable[str]) -> tuple[Dimension, ...]:
        """Return the dimensions of these names, which the file has."""
        return tuple(self._dimensions[canonical(n)] for n in names)

    def subscripts(
        self, written: Sequence[str], node: Node, name: str, dimensions: tuple[Dimension, ...]
    ) -> tuple[str, ...] | None:
        """Return subscripts as element or dimension names; None where they are wrong (reported)."""
        if len(written) != len(dimensions):
            self._context.error(
                f"`{name}` has {len(dimensions)} dimensions, and an element with "
                f"{len(written)} subscripts",
                node,
                "give one subscript a dimension, separated by commas",
            )
            return None
        found: list[str] = []
        for text, dimension in zip(written, dimensions, strict=True):
            subscript = self._subscript(text, dimension)
            if subscript is None:
                hint = did_you_mean(text, dimension.elements)
                message = f"`{name}`: `{text}` is no element of the dimension `{dimension.name}`"
                self._context.error(message, node, hint or _elements(dimension))
                return None
            found.append(subscript)
        return tuple(found)

    def _subscript(self, text: str, dimension: Dimension) -> str | None:
        key = canonical(text)
        index = self._index[dimension.key]
        if key not in index and "." in key:
            key = key.removeprefix(dimension.key + ".")
        if key in index:
            return dimension.elements[index[key]]
        if key in ("*", dimension.key):
            return dimension.name
        if key.isdigit() and 1 <= int(key[:9]) <= len(dimension.elements):
            return dimension.elements[int(key) - 1]
        return None


def _elements(dimension: Dimension) -> str:
    shown = ", ".join(dimension.elements[:8])
    more = f", … ({len(dimension.elements)} in all)" if len(dimension.elements) > 8 else ""
    return f"its elements: {shown}{more}"
