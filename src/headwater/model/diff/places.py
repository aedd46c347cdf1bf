"""What an equation of several elements says for one of them, so that both spellings are equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import product

from headwater.language.names import canonical
from headwater.language.syntax import (
    Binary,
    Call,
    Expression,
    Name,
    Number,
    Wildcard,
    subscripts_in,
    transform,
    walk,
)
from headwater.model.project import Project
from headwater.model.variables import Dimension

MAX_TERMS = 500
"""The most terms of a sum that is compared with one that is written out."""


class Places:
    """The elements of a model's dimensions, and what names of ranges stand for at an element."""

    def __init__(self, project: Project) -> None:
        self._vensims = project.dialect == "vensim"
        self._dimensions = project.dimension_by_key
        self._variables = project.by_key
        self._elements = {
            key: tuple(map(canonical, d.elements)) for key, d in self._dimensions.items()
        }

    def elements(self, key: str) -> tuple[str, ...]:
        """Return the elements of a dimension, or the one that a name is."""
        return self._elements.get(key, (key,))

    def at(self, expression: Expression, left: Sequence[str], cell: Sequence[str]) -> Expression:
        """Return what an equation for ``left`` says for one element of each.

        As a subscript, a range becomes its element there; by itself, the element's number.
        """
        here = {key: e for key, e in zip(left, cell, strict=False) if left.count(key) == 1}
        inside = {id(s) for s in subscripts_in(expression)}

        def change(node: Expression) -> Expression:
            if not isinstance(node, Name) or node.subscripts or node.key not in self._elements:
                return node
            found = self._found(node.key, here)
            if not found:
                return node
            return element(found) if id(node) in inside else self._number(node, node.key, found)

        return transform(expression, change)

    def settled(self, expression: Expression) -> Expression:
        """Return an expression with numbers for elements, and with its sums written out."""
        inside = {id(s) for s in subscripts_in(expression)}

        def change(node: Expression) -> Expression:
            match node:
                case Call(function=Name(key="sum"), arguments=(argument,)):
                    return self._written_out(node, argument)
                case Name(subscripts=(), key=key) if id(node) not in inside:
                    holders = self._holders(key)
                    return self._number(node, holders[0], key) if holders else node
            return node

        return transform(expression, change)

    def _found(self, key: str, here: dict[str, str]) -> str:
        """Return the element of a range that an equation is about, by its name or by a mapping."""
        if key in here:
            return here[key]
        same = {e for k, e in here.items() if e in self._elements[key] and self._vensims}
        # Ranges with the same elements: the one that a mapping names goes before the others.
        mapped = {e for k, e in here.items() for e in self._pairs(self._dimensions.get(k), e, key)}
        if not mapped:
            mapped = {e for left, one in here.items() for e in self._mapped(left, one, key)}
        found = mapped or same
        return found.pop() if len(found) == 1 else ""

    def _mapped(self, left: str, one: str, key: str) -> Iterator[str]:
        """Yield the elements of a range that stand for one of another."""
        for source in self._upwards(left):
            yield from self._pairs(source, one, key)

    def _pairs(self, source: Dimension | None, one: str, key: str) -> Iterator[str]:
        """Yield the elements of a range that a mapping between it and a dimension names."""
        if source is None:
            return
        for mapping in source.mappings:
            if canonical(mapping.target) == key:
                yield from (canonical(b) for a, b in mapping.elements if canonical(a) == one)
        for mapping in self._dimensions[key].mappings:
            if canonical(mapping.target) == source.key:
                yield from (canonical(a) for a, b in mapping.elements if canonical(b) == one)

    def _upwards(self, key: str) -> Iterator[Dimension]:
        """Yield a dimension and those that it is part of."""
        while key in self._dimensions:
            yield self._dimensions[key]
            key = canonical(self._dimensions[key].parent)

    def _holders(self, key: str) -> list[str]:
        """Return the dimensions that have an element, the largest first; of a variable none."""
        if key in self._variables or key in self._dimensions:
            return []
        found = [d for d, elements in self._elements.items() if key in elements]
        found.sort(key=lambda d: -len(self._elements[d]))
        if self._vensims:
            return found
        return found if len({self._elements[d].index(key) for d in found}) == 1 else []

    def _number(self, node: Expression, key: str, one: str) -> Expression:
        """Return the number of an element, in Vensim that in the largest range."""
        top = [d.key for d in self._upwards(key)][-1] if self._vensims else key
        elements = self._elements[top]
        return Number(float(elements.index(one) + 1)) if one in elements else node

    def _written_out(self, node: Call, argument: Expression) -> Expression:
        found = {w.dimension for w in walk(argument) if isinstance(w, Wildcard)}
        ranges = [r for r in self._elements if r in found]
        if not ranges or len(ranges) < len(found) or _repeats(argument):
            return node
        cells = list(product(*(self._elements[r] for r in ranges)))
        if len(cells) > MAX_TERMS:
            return node
        terms = [_picked(argument, dict(zip(ranges, cell, strict=True))) for cell in cells]
        return reduce(lambda a, b: Binary("+", a, b), terms)


def element(key: str) -> Expression:
    """Return an element as a subscript."""
    return Number(float(key)) if key.isdigit() else Name(key)


def _picked(argument: Expression, chosen: dict[str, str]) -> Expression:
    def change(node: Expression) -> Expression:
        return element(chosen[node.dimension]) if isinstance(node, Wildcard) else node

    return transform(argument, change)


def _repeats(argument: Expression) -> bool:
    """Tell whether a name has two subscripts that run over the same range."""
    for node in walk(argument):
        if isinstance(node, Name):
            ranges = [s.dimension for s in node.subscripts if isinstance(s, Wildcard)]
            if len(set(ranges)) < len(ranges):
                return True
    return False
