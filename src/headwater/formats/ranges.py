"""Subscripts of other dialects in XMILE's terms.

XMILE has neither ranges within a dimension nor mappings between dimensions. An equation that uses
them is written for each element, with the elements that its names stand for there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod

from headwater.formats.shapes import Cell, Shapes
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import (
    Binary,
    BinaryOperator,
    Call,
    Expression,
    Name,
    Number,
    Slice,
    Wildcard,
    subscripts_in,
    transform,
    walk,
)
from headwater.model.project import Dialect
from headwater.model.variables import Dimension, Equation

MAX_TERMS = 200
"""The most terms that an aggregate over a range is written out as."""

BY_ELEMENT = "equations over ranges and mappings of Vensim's are written element by element"
"""What is told of an equation that :meth:`Ranges.needs_cells` is about."""

_COUNTS = frozenset({"elmcount", "size"})
_FOLDS: Mapping[str, BinaryOperator] = {"sum": "+", "prod": "*"}
_CALLS: Mapping[str, str] = {"min": "MIN", "max": "MAX", "vmin": "MIN", "vmax": "MAX"}


class Ranges:
    """The dimensions of a project and of its variables. XMILE's own need no translation.

    ``reserved`` are names that mean no element in the expressions given, as those of values of the
    language that is written: :meth:`numbered` takes elements of these names before.
    """

    def __init__(
        self,
        shapes: Shapes,
        dialect: Dialect,
        declared: Mapping[str, tuple[str, ...]],
        *,
        slices: bool = False,
        reserved: frozenset[str] = frozenset(),
    ) -> None:
        self._shapes = shapes
        self._slices = slices
        self._reserved = reserved
        self._foreign = dialect not in ("xmile", "stella")
        self._dialect = dialect
        self._global = dialect == "vensim"
        self._declared = declared

    # Which equations

    def needs_cells(self, dimensions: Sequence[str], equation: Equation) -> bool:
        """Tell whether an equation for a whole array must be written element by element."""
        return self._crosses(dimensions, equation) and not self._takes_arrays(equation)

    def has_no_form(self, dimensions: Sequence[str], equation: Equation) -> bool:
        """Tell whether an equation takes whole arrays over other dimensions than its own."""
        return self._crosses(dimensions, equation) and self._takes_arrays(equation)

    def _crosses(self, dimensions: Sequence[str], equation: Equation) -> bool:
        if not self._foreign or not dimensions:
            return False
        here = frozenset(map(canonical, dimensions))
        return any(self._is_foreign(here, e) for e in _written(equation))

    def _takes_arrays(self, equation: Equation) -> bool:
        return any(map(self._is_of_arrays, _written(equation)))

    def _is_of_arrays(self, expression: Expression) -> bool:
        """Tell whether an expression calls a function that takes whole arrays and gives one."""
        for node in walk(expression):
            if isinstance(node, Call):
                spelling = find_spelling(node.function.text, self._dialect)
                if spelling is not None and spelling[0].kind == "array":
                    if spelling[0].shape == "pointwise":
                        return True
        return False

    def _is_foreign(self, here: frozenset[str], expression: Expression) -> bool:
        not_numbers = {id(s) for s in subscripts_in(expression)} | self._counted(expression)
        for node in walk(expression):
            for subscript, own in self._positions(node):
                dimension = self._named(subscript)
                if dimension is None or not own:
                    continue
                if dimension.key != canonical(own) or dimension.key not in here:
                    return True
            dimension = self._named(node)
            if dimension is None or id(node) in not_numbers:
                continue
            if dimension.parent or dimension.key not in here:
                return True
        return False

    def _positions(self, node: Expression) -> Iterator[tuple[Expression, str]]:
        """Yield the subscripts of a reference, each with the dimension that it picks from."""
        match node:
            case Name(subscripts=given, key=key) if given:
                yield from itertools.zip_longest(given, self._own(key, len(given)), fillvalue="")
            case Call(function=Name(subscripts=given, key=key)) if given:
                yield from itertools.zip_longest(given, self._own(key, len(given)), fillvalue="")

    def _own(self, key: str, count: int) -> tuple[str, ...]:
        own = self._declared.get(key, ())
        return own if len(own) == count else ("",) * count

    def _named(self, node: Expression) -> Dimension | None:
        if isinstance(node, Name) and not node.subscripts and node.key not in self._declared:
            return self._shapes.find(node.text)
        return None

    # What they say

    def whole(self, expression: Expression) -> Expression:
        """Return an expression with its wildcards and elements as XMILE writes them."""
        return self._rewritten(expression, {}) if self._foreign else expression

    def at(self, expression: Expression, subscripts: Sequence[str], cell: Cell) -> Expression:
        """Return what an equation for the elements of ``subscripts`` says for one of them."""
        here = {
            canonical(s): e
            for s, e in zip(subscripts, cell, strict=False)
            if self._shapes.find(s) is not None and canonical(s) != canonical(e)
        }
        if not here and not self._foreign:
            return expression
        return self._rewritten(expression, here)

    def numbered(self, expression: Expression) -> Expression:
        """Return an expression with numbers for the elements that have reserved names."""
        if not self._global or not any(
            isinstance(n, Name) and n.key in self._reserved for n in walk(expression)
        ):
            return expression
        brackets = {id(s) for s in subscripts_in(expression)}

        def change(node: Expression) -> Expression:
            if not isinstance(node, Name) or node.subscripts or id(node) in brackets:
                return node
            is_own = node.key in self._reserved and node.key not in self._declared
            return self._element_number(node) if is_own else node

        return transform(expression, change)

    def _rewritten(self, expression: Expression, here: Mapping[str, str]) -> Expression:
        if isinstance(expression, Number):
            return expression
        brackets = {id(s) for s in subscripts_in(expression)}
        counted = self._counted(expression)

        def change(node: Expression) -> Expression:
            if id(node) in counted:
                return node
            if isinstance(node, Name) and not node.subscripts and node.key not in self._declared:
                if id(node) in brackets:
                    element = self._meant(node.key, here)
                    return node if element is None else _element(element, node)
                return self._number(node, here)
            return self._count(node) if isinstance(node, Call) else node

        expression = transform(expression, change)
        if not self._foreign or not any(isinstance(n, Wildcard) for n in walk(expression)):
            return expression
        expression = transform(expression, self._written_out)
        return transform(expression, self._without_dimensions)

    def _count(self, node: Call) -> Expression:
        """Return how many elements a dimension has, for Vensim's function that asks."""
        if not self._global or node.function.key != "elmcount" or len(node.arguments) != 1:
            return node
        argument = node.arguments[0]
        dimension = self._shapes.find(argument.text) if isinstance(argument, Name) else None
        return node if dimension is None else Number(float(len(dimension.elements)), node.span)

    @staticmethod
    def _counted(expression: Expression) -> set[int]:
        """Return the arguments that name a dimension whose elements are counted."""
        calls = (n for n in walk(expression) if isinstance(n, Call))
        return {id(a) for c in calls if c.function.key in _COUNTS for a in c.arguments}

    def _meant(self, key: str, here: Mapping[str, str]) -> str | None:
        """Return the element that a dimension's name stands for in the brackets of a subscript."""
        if key in here:
            return here[key]
        dimension = self._shapes.find(key)
        if dimension is None or not self._foreign:
            return None
        by_mapping = self._meant_by_mapping(dimension, here)
        if self._global and by_mapping is not None:
            return by_mapping
        elements = self._shapes.places(dimension)
        for own, element in here.items():
            source = self._shapes.find(own)
            if source is None:
                continue
            related = self._global or self._root(source) is self._root(dimension)
            if related and self._shapes.places(source).keys() <= elements.keys():
                return element
        return by_mapping

    def _meant_by_mapping(self, dimension: Dimension, here: Mapping[str, str]) -> str | None:
        """Return the element that goes with one of an equation's, where a mapping says so.

        In Vensim a mapping counts before equal names: a range and its reverse share all elements.
        """
        elements = self._shapes.places(dimension)
        for own in self.likeliest(here, dimension):
            element = here[own]
            found = self._mapped(own, canonical(element), dimension)
            if found in elements:
                return dimension.elements[elements[found]]
        return None

    def likeliest(self, names: Iterable[str], dimension: Dimension) -> list[str]:
        """Return dimensions, those first which a mapping from or to a dimension names.

        Others may go with it as well, by their elements.
        """
        targets = {canonical(m.target) for m in dimension.mappings}

        def is_other(name: str) -> bool:
            own = self._shapes.find(name)
            back = {canonical(m.target) for m in own.mappings} if own is not None else set()
            return canonical(name) not in targets and dimension.key not in back

        return sorted(names, key=is_other)

    def maps(self, own: Dimension, other: Dimension) -> bool:
        """Tell whether each element of one dimension stands for one of another by a mapping."""
        places = self._shapes.places(other)
        return all(self._mapped(own.key, canonical(e), other) in places for e in own.elements)

    def _mapped(self, own: str, element: str, target: Dimension) -> str:
        """Return the element of a dimension that a mapping puts in another's place."""
        source = self._shapes.find(own)
        for dimension, forward in ((target, False), (source, True)):
            far = target if forward else source
            for mapping in dimension.mappings if dimension is not None else ():
                reached = self._shapes.find(mapping.target)
                if far is None or reached is None or not self._holds(reached, far):
                    continue
                pairs = [(canonical(a), canonical(b)) for a, b in mapping.elements]
                partners = [b if forward else a for a, b in pairs if element == (a, b)[not forward]]
                if len(partners) == 1:
                    return partners[0]
        return ""

    def _holds(self, dimension: Dimension, other: Dimension) -> bool:
        return self._shapes.places(other).keys() <= self._shapes.places(dimension).keys()

    def _number(self, node: Name, here: Mapping[str, str]) -> Expression:
        """Return the number that a dimension's or an element's name stands for by itself."""
        dimension = self._shapes.find(node.text)
        if dimension is not None:
            element = here.get(node.key) or self._meant_by_mapping(dimension, here)
            return node if element is None else self._number_in(dimension, element, node)
        return self._element_number(node) if node.key not in self._reserved else node

    def _element_number(self, node: Name) -> Expression:
        """Return the number of the element that a name is, if it is one."""
        if not self._global:
            return node
        holders = [d for d in self._shapes.all() if node.key in self._shapes.places(d)]
        if not holders:
            return node
        largest = max(holders, key=lambda d: len(d.elements))
        return self._number_in(largest, node.text, node)

    def _number_in(self, dimension: Dimension, element: str, node: Name) -> Expression:
        if self._global:
            dimension = self._root(dimension)
        index = self._shapes.places(dimension).get(canonical(element))
        return node if index is None else Number(float(index + 1), node.span)

    def _root(self, dimension: Dimension) -> Dimension:
        seen = {dimension.key}
        while dimension.parent:
            above = self._shapes.find(dimension.parent)
            if above is None or above.key in seen:
                break
            seen.add(above.key)
            dimension = above
        return dimension

    # Aggregates

    def _without_dimensions(self, node: Expression) -> Expression:
        """Return a reference whose wildcards are as wide as their dimensions, and need no name."""
        function = node.function if isinstance(node, Call) else node
        if not isinstance(function, Name) or not function.subscripts:
            return node
        changed = tuple(
            self._unnamed(s, own) if isinstance(s, Wildcard) else s
            for s, own in self._positions(function)
        )
        function = Name(function.text, changed, function.span, function.key)
        return Call(function, node.arguments, node.span) if isinstance(node, Call) else function

    def _unnamed(self, wildcard: Wildcard, own: str) -> Expression:
        """Return ``*`` for a whole dimension, ``first:last`` for a run of one's elements."""
        if self._is_wide(wildcard, own):
            return Wildcard("", wildcard.span)
        part, dimension = self._shapes.find(wildcard.dimension), self._shapes.find(own)
        if not self._slices or part is None or dimension is None:
            return wildcard
        places = self._shapes.places(dimension)
        found = [places.get(canonical(e), -1) for e in part.elements]
        if -1 in found or found != list(range(found[0], found[0] + len(found))):
            return wildcard
        first, last = (_element(dimension.elements[i], wildcard) for i in (found[0], found[-1]))
        return Slice(first, last, wildcard.span)

    @staticmethod
    def _is_wide(wildcard: Wildcard, own: str) -> bool:
        return bool(own) and canonical(wildcard.dimension) in ("", canonical(own))

    def _written_out(self, node: Expression) -> Expression:
        """Return an aggregate as its terms, where XMILE has no wildcard that says the same.

        Those are wildcards narrower than dimensions, and ones that stand for a number.
        """
        if not isinstance(node, Call) or node.function.key not in (*_FOLDS, *_CALLS):
            return node
        wildcards = [
            (subscript, own)
            for part in walk(node)
            for subscript, own in self._positions(part)
            if isinstance(subscript, Wildcard)
        ]
        brackets = {id(s) for s in subscripts_in(node)}
        bare = [n for n in walk(node) if isinstance(n, Wildcard) and id(n) not in brackets]
        wide = not bare and all(self._is_wide(*w) for w in wildcards)
        if wide or len(node.arguments) != 1:
            return node
        names = [w.dimension for w in (*(w for w, _ in wildcards), *bare)]
        over = {canonical(name): self._shapes.find(name) for name in names}
        dimensions = {key: d for key, d in over.items() if d is not None}
        cells = self._cells(dimensions)
        if len(dimensions) < len(over) or not cells:
            return node
        terms = [self._term(node.arguments[0], cell) for cell in cells]
        result = terms[0]
        for term in terms[1:]:
            result = self._folded(node, result, term)
        return result

    @staticmethod
    def _cells(dimensions: Mapping[str, Dimension]) -> list[dict[str, str]]:
        """Return the elements to aggregate over, or none where there are too many."""
        if prod(len(d.elements) for d in dimensions.values()) > MAX_TERMS:
            return []
        elements = (d.elements for d in dimensions.values())
        return [dict(zip(dimensions, cell, strict=True)) for cell in itertools.product(*elements)]

    def _term(self, expression: Expression, cell: Mapping[str, str]) -> Expression:
        brackets = {id(s) for s in subscripts_in(expression)}

        def change(node: Expression) -> Expression:
            if not isinstance(node, Wildcard) or canonical(node.dimension) not in cell:
                return node
            element = cell[canonical(node.dimension)]
            dimension = self._shapes.find(node.dimension)
            if id(node) in brackets or dimension is None:
                return _element(element, node)
            return self._number_in(dimension, element, Name(node.dimension, (), node.span))

        return transform(expression, change)

    @staticmethod
    def _folded(node: Call, left: Expression, right: Expression) -> Expression:
        operator = _FOLDS.get(node.function.key)
        if operator is not None:
            return Binary(operator, left, right, node.span)
        return Call(Name(_CALLS[node.function.key]), (left, right), node.span)


def _written(equation: Equation) -> list[Expression]:
    given = (equation.expression, equation.initial, equation.rate)
    return [e for e in given if e is not None]


def _element(name: str, node: Expression) -> Expression:
    return Number(float(name), node.span) if name.isdigit() else Name(name, (), node.span)


_AGGREGATES = frozenset({"sum", "mean", "stddev", "prod", "size", "rank"})


def in_aggregates(node: Expression) -> Iterator[Expression]:
    """Yield what stands in functions over arrays: there a bare name means the whole array."""
    for part in walk(node):
        if isinstance(part, Call) and part.function.key in _AGGREGATES:
            for argument in part.arguments:
                yield from walk(argument)
