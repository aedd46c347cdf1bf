"""Functions over whole arrays: SUM, MEAN, MIN and their kin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING

from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import (
    Binary,
    Call,
    Expression,
    Name,
    Number,
    Position,
    Slice,
    Wildcard,
    children,
    walk,
)
from headwater.model.variables import Dimension

if TYPE_CHECKING:
    from headwater.formats.vensim.translating.expressions import Translator

_ONE_DIMENSION = "{} is written for arrays of one dimension, over all of its elements"

Reader = Callable[["Translator", Call, Sequence[Expression]], Expression | None]


def _reduced(translator: Translator, argument: Expression) -> Expression:
    """Translate the argument of an aggregate."""
    outer, translator.inside = translator.inside, True
    try:
        return translator.expression(argument)
    finally:
        translator.inside = outer


def _made(translator: Translator, node: Expression, label: str) -> Expression:
    """Return an aggregate; one inside of another gets a variable, since Vensim has none such."""
    if not translator.inside:
        return node
    translator.inside = False
    try:
        return translator.named(node, label)
    finally:
        translator.inside = True


def _simple(name: str) -> Reader:
    def read(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
        argument = _reduced(translator, arguments[0])
        return _made(translator, Call(Name(name), (argument,), node.span), "total")

    return read


def _select(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
    """Return Vensim's choice among the elements that its first two arguments run over."""
    arrays = [_reduced(translator, a) for a in arguments[:2]]
    others = translator.arguments(arguments[2:])
    made = Call(Name("VECTOR SELECT"), (*arrays, *others), node.span)
    return _made(translator, made, "selection")


def _count(translator: Translator, node: Expression) -> int:
    ranges = {n.dimension for n in walk(node) if isinstance(n, Wildcard)}
    known = {canonical(d.name): d for d in translator.scope.dimensions()}
    return prod(len(known[canonical(r)].elements) for r in ranges)


def _mean(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
    argument = _reduced(translator, arguments[0])
    total = Call(Name("SUM"), (argument,), node.span)
    mean = Binary("/", total, Number(float(_count(translator, argument))))
    return _made(translator, mean, "mean")


def _deviation(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
    argument = _reduced(translator, arguments[0])
    size = Number(float(_count(translator, argument)))
    outer, translator.inside = translator.inside, False
    total = Call(Name("SUM"), (argument,), node.span)
    mean = translator.named(Binary("/", total, size), "mean")
    translator.inside = outer
    distance = Binary("-", argument, mean)
    squares = Call(Name("SUM"), (Binary("*", distance, distance),), node.span)
    root = Call(Name("SQRT"), (Binary("/", squares, size),), node.span)
    return _made(translator, root, "deviation")


def _size(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
    argument = arguments[0]
    dimension: Dimension | None = None
    if isinstance(argument, Name) and not argument.subscripts:
        dimension = translator.scope.dimension(argument.text)
    if dimension is not None and argument.key not in translator.world.variables:  # type: ignore[union-attr]
        return Number(float(len(dimension.elements)), node.span)
    return Number(float(_count(translator, _reduced(translator, argument))), node.span)


def _extreme(name: str) -> Reader:
    def read(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
        result: Expression | None = None
        alone = len(arguments) == 1
        within = translator.inside and not alone
        for argument in arguments:
            if not within and _has_array(translator, argument, alone):
                reduced = _reduced(translator, argument)
                value = _made(translator, Call(Name(f"V{name}"), (reduced,)), name.lower())
            else:
                value = translator.expression(argument)
            result = value if result is None else Call(Name(name), (result, value), node.span)
        assert result is not None
        return result

    return read


def _has_array(translator: Translator, node: Expression, alone: bool) -> bool:
    """Tell whether an argument is an array here: a wildcard, or an array's bare name.

    In the one argument of MIN or MAX (``alone``), those of several arguments are one as well,
    and so is a bare name over the equation's own dimensions.
    """
    world = translator.world
    left = translator.context.left
    stack: list[Expression] = [] if translator.closed else [node]
    while stack:
        top = stack.pop()
        match top:
            case Name(key=key, subscripts=subscripts):
                if any(isinstance(s, Wildcard | Slice) for s in subscripts):
                    return True
                if world.implicit and any(_is_elsewhere(translator, s) for s in subscripts):
                    return True
                variable = world.variables.get(key)
                if variable is not None and variable.dimensions and not subscripts:
                    own = [translator.scope.dimension(d) for d in variable.dimensions]
                    here = all(d is not None and any(p.is_called(d) for p in left) for d in own)
                    if alone or not (world.implicit and here):
                        return True
            case Call(function=function, arguments=arguments):
                spelling = find_spelling(function.text, world.dialect)
                shape = spelling[0].shape if spelling is not None else ""
                several = alone and len(arguments) > 1
                if shape == "aggregate" or (shape == "either" and not several):
                    continue
        stack.extend(children(top))
    return False


def _is_elsewhere(translator: Translator, subscript: Expression) -> bool:
    """Tell whether a dimension over which the equation does not run stands for all elements."""
    if not isinstance(subscript, Name):
        return False
    dimension = translator.scope.dimension(subscript.text)
    if dimension is None:
        return False
    root = translator.scope.root(dimension)
    left = translator.context.left
    return not any(p.is_called(dimension) or translator.scope.root(p.own) is root for p in left)


def _transpose(
    translator: Translator, node: Call, arguments: Sequence[Expression]
) -> Expression | None:
    (argument,) = arguments
    if not isinstance(argument, Name) or argument.subscripts:
        return translator.fail(node, "only an array's name can be transposed")
    count = len(translator.context.left)
    places = tuple(Position(count - k) for k in range(count))
    return translator.expression(Name(argument.text, places, argument.span))


def _rank(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
    """Return the number of the element whose rank, in a variable of its own, is the one asked."""
    if len(arguments) > 2:
        return translator.fail(node, "Vensim's ranks have no second array that breaks ties")
    outer, translator.inside = translator.inside, False
    try:
        found = _ranks(translator, node, arguments[0])
        if found is None:
            return translator.fail(node, _ONE_DIMENSION.format(node.function.text.upper()))
        _, ranks, here, _ = found
        place = _place(translator, node, arguments)
        chosen = (Binary("=", ranks, place), here, Number(0.0))
        number = Call(Name("SUM"), (Call(Name("IF THEN ELSE"), chosen),), node.span)
    finally:
        translator.inside = outer
    return _made(translator, number, "element")


def _place(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
    """Translate the place that is asked of RANK: SIZE alone is the array's."""
    array, place = arguments[:2]
    alone = isinstance(place, Name) and place.key == "size" and not place.subscripts
    if alone and "size" not in translator.world.variables:
        return _size(translator, node, (array,))
    return translator.twice(translator.expression(place), "rank")


def _percentile(translator: Translator, node: Call, arguments: Sequence[Expression]) -> Expression:
    """Return the sum of the elements less than one rank from a place, by their nearness to it."""
    outer, translator.inside = translator.inside, False
    try:
        found = _ranks(translator, node, arguments[0])
        if found is None:
            return translator.fail(node, _ONE_DIMENSION.format(node.function.text.upper()))
        values, ranks, _, count = found
        one = Number(1.0)
        share = Binary("/", translator.expression(arguments[1]), Number(100.0))
        within = Call(Name("MAX"), (Call(Name("MIN"), (share, one)), Number(0.0)))
        place = translator.twice(Binary("*", within, Number(float(count - 1))), "place")
        distance = Call(Name("ABS"), (Binary("-", place, Binary("-", ranks, one)),))
        near = Call(Name("MAX"), (Number(0.0), Binary("-", one, distance)))
        total = Call(Name("SUM"), (Binary("*", values, near),), node.span)
    finally:
        translator.inside = outer
    return _made(translator, total, "percentile")


def _ranks(
    translator: Translator, node: Call, argument: Expression
) -> tuple[Expression, Expression, Wildcard, int] | None:
    """Give an array and its ranks variables of their own; return both, their range and its size.

    None for what is no array of one dimension with all of its elements.
    """
    array = _reduced(translator, argument)
    ranges = list(dict.fromkeys(n.dimension for n in walk(array) if isinstance(n, Wildcard)))
    if len(ranges) != 1 or not _is_numbered(translator, ranges[0]):
        return None
    values = translator.named(array, "values", over=ranges)
    ranked = Call(Name("VECTOR RANK"), (values, Number(1.0)), node.span)
    ranks = translator.named(ranked, "ranks", over=ranges)
    known = {canonical(d.name): d for d in translator.scope.dimensions()}
    return values, ranks, Wildcard(ranges[0]), len(known[canonical(ranges[0])].elements)


def _is_numbered(translator: Translator, text: str) -> bool:
    """Tell whether the elements of a range have their places in it for numbers: it is no part."""
    known = {canonical(d.name): d for d in translator.scope.dimensions()}
    dimension = known[canonical(text)]
    whole = known.get(canonical(dimension.parent), dimension)
    return len(whole.elements) == len(dimension.elements)


READERS: Mapping[str, Reader] = {
    "SUM": _simple("SUM"),
    "PROD": _simple("PROD"),
    "MEAN": _mean,
    "STDDEV": _deviation,
    "SIZE": _size,
    "MIN": _extreme("MIN"),
    "MAX": _extreme("MAX"),
    "TRANSPOSE": _transpose,
    "RANK": _rank,
    "PERCENTILE": _percentile,
    "VECTOR_SELECT": _select,
}
