"""References to arrays: every subscript an element, a range of the left side, or ``range!``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headwater.formats.vensim.translating.equation import Position, wildcards
from headwater.language.names import canonical
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Slice,
    Unary,
    Wildcard,
    walk,
)
from headwater.language.syntax import Position as At
from headwater.model.variables import AnyVariable, Constant, Dimension, Equation

if TYPE_CHECKING:
    from headwater.formats.vensim.translating.expressions import Translator

_NONE = "the subscript names nothing"


@dataclass(slots=True)
class _Subscripts:
    """The subscripts of one reference while they are read."""

    seen: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    computed: list[tuple[str, Dimension, Expression]] = field(default_factory=list)

    def next(self, key: str) -> int:
        """Return how often a key came before."""
        count = self.seen.get(key, 0)
        self.seen[key] = count + 1
        return count


def reference(translator: Translator, node: Name, variable: AnyVariable) -> Expression:
    """Return a reference to a variable of the model."""
    name = translator.renamed(variable.name)
    if not variable.dimensions:
        return Name(name, (), node.span)
    subscripts: Sequence[Expression] = node.subscripts
    if not subscripts:
        every = translator.inside
        subscripts = [Wildcard() if every else Name(d) for d in variable.dimensions]
    reading = _Subscripts()
    for subscript in subscripts:
        if isinstance(subscript, Name):
            reading.totals[subscript.key] = reading.totals.get(subscript.key, 0) + 1
    written: list[Expression] = []
    for own, subscript in zip(variable.dimensions, subscripts, strict=False):
        dimension = translator.scope.dimension(own)
        assert dimension is not None
        written.append(_subscript(translator, node, dimension, subscript, reading))
    found = Name(name, tuple(written), node.span)
    return _picked(translator, found, reading) if reading.computed else found


def _subscript(
    translator: Translator,
    node: Name,
    dimension: Dimension,
    subscript: Expression,
    reading: _Subscripts,
) -> Expression:
    scope = translator.scope
    match subscript:
        case Name(subscripts=()) if subscript.key not in translator.bound:
            index = scope.index(dimension, subscript.key)
            if index is not None:
                return Name(scope.element(dimension, index))
            other = scope.dimension(subscript.text)
            if other is not None:
                found = _follow(translator, other, reading)
                if found is not None:
                    return Name(found.text)
                if translator.inside and translator.world.implicit:
                    return _every(translator, dimension, other, reading)
                return translator.fail(node, f"`{other.name}` does not stand on the left side")
        case Number(value=value):
            index = _numbered(translator, dimension, value)
            if index is not None:
                return Name(scope.element(dimension, index))
        case Wildcard(dimension=part):
            chosen = scope.dimension(part) if part else dimension
            return _every(translator, dimension, chosen or dimension, reading)
        case Slice(first=first, last=last):
            ends = [_end(translator, dimension, e) for e in (first, last)]
            if None in ends:
                return translator.fail(node, _NONE)
            low, high = (e for e in ends if e is not None)
            return _every(translator, dimension, scope.part(dimension, low, high), reading)
        case At(number=number):
            return Name(translator.context.left[number - 1].text)
    return _computed(translator, dimension, subscript, reading)


def _follow(translator: Translator, other: Dimension, reading: _Subscripts) -> Position | None:
    """Return the position of the left side that a dimension's name stands for."""
    left = translator.context.left
    seen = reading.next(other.key)
    found = [p for p in left if p.is_called(other)]
    if not found:
        root = translator.scope.root(other)
        found = [p for p in left if translator.scope.root(p.own) is root][:1]
    if not found:
        return None
    several = len(found) > 1 and reading.totals.get(other.key, 0) == len(found)
    return found[seen] if several else found[0]


def _every(
    translator: Translator, dimension: Dimension, part: Dimension, reading: _Subscripts
) -> Expression:
    if not translator.inside:
        where = Wildcard(dimension.name)
        return translator.fail(where, f"all of `{dimension.name}` stand where one number does")
    return Wildcard(translator.scope.alias(part, reading.next(f"*{part.key}")))


def _numbered(translator: Translator, dimension: Dimension, value: float) -> int | None:
    named = translator.scope.index(
        dimension, f"{value:.0f}" if value.is_integer() else f"{value:g}"
    )
    if named is not None or dimension.numbered:
        return named
    index = int(value) - 1
    return index if value == int(value) and 0 <= index < len(dimension.elements) else None


def _end(translator: Translator, dimension: Dimension, node: Expression) -> int | None:
    if isinstance(node, Name):
        return translator.scope.index(dimension, node.key)
    return _numbered(translator, dimension, node.value) if isinstance(node, Number) else None


# Subscripts that are computed


def _computed(
    translator: Translator, dimension: Dimension, subscript: Expression, reading: _Subscripts
) -> Expression:
    """Return a range to search for the element of a number that is computed."""
    inside, translator.inside = translator.inside, False
    number = translator.expression(subscript)
    first = dimension.elements[0]
    if dimension.numbered and first.lstrip("-").isdigit() and float(first) != 1.0:
        number = Binary("-", number, Number(float(first) - 1.0))
    if not _is_whole(number, translator):
        number = translator.named(_nearest(translator, number), "index")
    translator.inside = inside
    text = translator.scope.alias(dimension, reading.next(f"*{dimension.key}"))
    reading.computed.append((text, dimension, number))
    return Wildcard(text)


def _picked(translator: Translator, found: Name, reading: _Subscripts) -> Expression:
    """Return the element whose numbers are computed, and 0 where there is none."""
    test: Expression | None = None
    for text, dimension, number in reading.computed:
        here = _own_number(translator, dimension, Wildcard(text))
        same: Expression = Binary("=", here, number)
        test = same if test is None else Binary("and", test, same)
    assert test is not None
    picked = Call(Name("SUM"), (Conditional(test, found, Number(0.0)),), found.span)
    if not translator.inside:
        return picked
    searched = {text for text, _, _ in reading.computed}
    over = [w for w in wildcards(found) if w not in searched]
    return translator.named(picked, "picked", over=over)


def _nearest(translator: Translator, number: Expression) -> Expression:
    """Return the nearest whole number, the even one of two; below 0 anything that is not above."""
    number = translator.twice(number, "number")
    whole = Call(Name("INTEGER"), (Binary("+", number, Number(0.5)),))
    halfway = Binary("=", Binary("-", whole, number), Number(0.5))
    odd = Binary("=", Call(Name("MODULO"), (whole, Number(2.0))), Number(1.0))
    lower = Binary("-", whole, Number(1.0))
    return Conditional(Binary("and", halfway, odd), lower, whole)


def _is_whole(node: Expression, translator: Translator) -> bool:
    """Tell whether an expression can only be a whole number: of ranges and whole numbers."""
    ranges = {canonical(p.text) for p in translator.context.left}
    for part in walk(node):
        match part:
            case Number(value=value) if value == int(value):
                continue
            case Name(subscripts=(), key=key) if key in ranges:
                continue
            case Binary(operator="+" | "-" | "*") | Unary(operator="-"):
                continue
        return False
    return True


# Names that stand for numbers


def number(translator: Translator, node: Name) -> Expression | None:
    """Return the number of an element, or of the current one of a dimension, by its bare name."""
    scope = translator.scope
    dimension = scope.dimension(node.text)
    if dimension is not None:
        found = _follow(translator, dimension, _Subscripts())
        if found is None:
            return translator.fail(node, f"`{node.text}` does not stand on the left side")
        if found.written is None:
            element = canonical(found.own.elements[found.index])
            index = scope.index(dimension, element)
            return Number(float((found.index if index is None else index) + 1))
        return _own_number(translator, dimension, Name(found.text))
    for key, holder in _qualified(translator, node):
        index = scope.index(holder, key)
        if index is not None:
            return Number(float(index + 1))
    return None


def _qualified(translator: Translator, node: Name) -> Iterator[tuple[str, Dimension]]:
    yield from ((node.key, d) for d in translator.scope.holding(node.key))
    owner, _, element = node.key.rpartition(".")
    dimension = translator.scope.dimension(owner) if owner else None
    if dimension is not None:
        yield element, dimension


def _own_number(translator: Translator, dimension: Dimension, current: Expression) -> Expression:
    """Return the number of the current element, which Vensim counts in the largest range."""
    scope = translator.scope
    if scope.root(dimension) is dimension:
        return current
    context = translator.context
    name = scope.free(f"{scope.name(context.owner.name)} number in {dimension.name}")
    equations = tuple(
        Equation(Number(float(k + 1)), (scope.element(dimension, k),))
        for k in range(len(dimension.elements))
    )
    context.made.append(
        Constant(name=name, dimensions=(scope.alias(dimension, 0),), equations=equations)
    )
    return Name(name, (current,))
