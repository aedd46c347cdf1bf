"""Dimensions as subscript ranges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headwater.formats.losses import Losses
from headwater.formats.vensim.writing.hidden import expressions_of
from headwater.formats.vensim.writing.names import quoted
from headwater.language.names import canonical
from headwater.language.syntax import Name, Wildcard, walk
from headwater.model.project import Project
from headwater.model.variables import Data, Dimension, Graph, Mapping


def written_dimensions(project: Project) -> list[Dimension]:
    """Return the dimensions that need an entry.

    The reader makes a dimension of its own for a variable that has a part of a range only; it has
    no place in the file, and is made again from the equations.
    """
    used = _used(project)
    return [d for d in project.dimensions if d.span is not None or d.key in used]


def _used(project: Project) -> set[str]:
    """Return the canonical names that equations write between brackets."""
    found: set[str] = set()
    for variable in project.variables:
        if project.dialect != "vensim":
            found |= set(map(canonical, variable.dimensions))
        equations = () if isinstance(variable, Data) else variable.equations
        for equation in equations:
            for group in (equation.subscripts, *equation.excepts):
                found |= set(map(canonical, group))
        if isinstance(variable, Graph):
            for graph in variable.graphs:
                found |= set(map(canonical, graph.subscripts))
    for expression in expressions_of(project.variables):
        for node in walk(expression):
            if isinstance(node, Name):
                found.add(node.key)
            elif isinstance(node, Wildcard):
                found.add(canonical(node.dimension))
    return found


class RangeWriter:
    """Writes the ranges of one model."""

    def __init__(self, dimensions: Sequence[Dimension], losses: Losses) -> None:
        self._dimensions = {d.key: d for d in dimensions}
        self._losses = losses

    def lines(self, dimensions: Iterable[Dimension]) -> list[str]:
        """Return the text of each range, without units and comment."""
        return [self._range(d) for d in dimensions]

    def _range(self, dimension: Dimension) -> str:
        parent = self._dimensions.get(canonical(dimension.parent))
        if parent is not None and not dimension.mappings and _same(parent, dimension):
            return f"{quoted(dimension.name)} <-> {quoted(parent.name)}"
        listed = self._listed(dimension)
        text = f"{quoted(dimension.name)}: {', '.join(map(quoted, listed))}"
        targets = [t for m in dimension.mappings if (t := self._target(dimension, m, listed))]
        return f"{text} -> {', '.join(targets)}" if targets else text

    def _listed(self, dimension: Dimension) -> list[str]:
        """Return the elements; one that is mapped to a group without a name is listed again."""
        listed: list[str] = []
        for element in dimension.elements:
            groups = [_partners(m, element) for m in dimension.mappings]
            nameless = [len(g) for g in groups if g and not self._item(g)]
            listed += [element] * max(nameless, default=1)
        return listed

    def _target(self, dimension: Dimension, mapping: Mapping, listed: Sequence[str]) -> str:
        target = self._dimensions.get(canonical(mapping.target))
        items: list[str] = []
        for element in dimension.elements:
            partners = _partners(mapping, element)
            places = listed.count(element)
            item = self._item(partners)
            if places == len(partners):
                items += partners
            elif places == 1 and item:
                items.append(item)
            else:
                what = "mappings whose groups of elements have no name are not written"
                self._losses.add(what, dimension.name, dimension.span)
                return ""
        name = quoted(mapping.target)
        if target is not None and _keys(items) == _keys(target.elements):
            return name
        return f"({name}: {', '.join(map(quoted, items))})"

    def _item(self, partners: list[str]) -> str:
        """Return the name of what one element is mapped to: an element or a range of them."""
        if len(partners) == 1:
            return partners[0]
        wanted = _keys(partners)
        matches = (d.name for d in self._dimensions.values() if _keys(d.elements) == wanted)
        return next(matches, "")


def _partners(mapping: Mapping, element: str) -> list[str]:
    key = canonical(element)
    return [b for a, b in mapping.elements if canonical(a) == key]


def _keys(names: Iterable[str]) -> list[str]:
    return [canonical(n) for n in names]


def _same(first: Dimension, second: Dimension) -> bool:
    return _keys(first.elements) == _keys(second.elements)
