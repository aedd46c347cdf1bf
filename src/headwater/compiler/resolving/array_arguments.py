"""Arrays as arguments of macros, which ask for `SUM(A)`, `SIZE(A)` or `A[i]` (XMILE 1.0, 4.8.1).

A call gives an array whole, `arr`, or as a slice of one with more dimensions, `arr[2, *]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headwater.compiler.resolved import (
    Computed,
    ElementNumber,
    Follow,
    Node,
    Quantity,
    Reference,
    Selector,
)
from headwater.compiler.resolving.dimensions import DimensionInfo
from headwater.compiler.resolving.selectors import INVALID, read_selectors
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, Wildcard, walk
from headwater.model.project import Macro

if TYPE_CHECKING:
    from headwater.compiler.resolving.expressions import Frame
    from headwater.compiler.resolving.resolve import Resolver


@dataclass(frozen=True, slots=True)
class ArrayArgument:
    """An array, with a selector for each dimension that the call leaves no choice of."""

    quantity: Quantity
    chosen: tuple[Selector | None, ...]

    def open(self, resolver: Resolver) -> list[DimensionInfo]:
        """Return the dimensions that are left for the macro to choose from."""
        dimensions = resolver.dimensions_of(self.quantity)
        return [d for d, s in zip(dimensions, self.chosen, strict=True) if s is None]


def array_argument(
    frame: Frame, macro: Macro, parameter: str, argument: Expression
) -> ArrayArgument | None:
    """Return the array that an argument is; None where the macro takes a number, or gets one."""
    if not isinstance(argument, Name) or not _takes_array(frame.resolver, macro, parameter, set()):
        return None
    given = frame.arrays.get(argument.key)
    if given is None:
        quantity = None if argument.key in frame.parameters else frame.quantity_named(argument.key)
        if quantity is None or not quantity.shape:
            return None
        given = ArrayArgument(quantity, (None,) * len(quantity.shape))
    if not argument.subscripts:
        return given
    dimensions = given.open(frame.resolver)
    if len(argument.subscripts) != len(dimensions):
        return None
    rest: list[Selector | None] = []
    for dimension, subscript in zip(dimensions, argument.subscripts, strict=True):
        if isinstance(subscript, Wildcard) and not subscript.dimension:
            rest.append(None)
            continue
        chosen = read_selectors(frame, argument, given.quantity.name, [dimension], [subscript])
        if chosen is None:
            return None
        rest += chosen
    if None not in rest:
        return None
    return ArrayArgument(given.quantity, _filled(given.chosen, rest))


def choices(arrays: Iterable[ArrayArgument]) -> Iterator[Node]:
    """Yield what the elements that calls leave no choice of depend on."""
    for array in arrays:
        for selector in array.chosen:
            if isinstance(selector, Follow):
                yield ElementNumber(selector)
            elif isinstance(selector, Computed):
                yield selector.number


def value_of(frame: Frame, node: Name, given: ArrayArgument) -> Node:
    """Resolve a name inside a macro that stands for an array."""
    dimensions = given.open(frame.resolver)
    subscripts: tuple[Expression, ...] = node.subscripts
    if not subscripts and frame.inner is not None:
        subscripts = (Wildcard(),) * len(dimensions)
    elif not subscripts:
        subscripts = tuple(Name(d.name) for d in dimensions)
    selectors = read_selectors(frame, node, node.text, dimensions, subscripts)
    if selectors is None:
        return INVALID
    whole = _filled(given.chosen, list(selectors))
    chosen = tuple(s for s in whole if s is not None)
    return Reference(given.quantity, chosen, node.span, frame.resolver.outside)


def _filled(
    chosen: tuple[Selector | None, ...], rest: list[Selector | None] | list[Selector]
) -> tuple[Selector | None, ...]:
    following = iter(rest)
    return tuple(next(following) if s is None else s for s in chosen)


def _takes_array(resolver: Resolver, macro: Macro, parameter: str, seen: set[str]) -> bool:
    """Tell whether a macro asks for elements of a parameter, or for something of all of them."""
    key = canonical(parameter)
    if f"{macro.name}.{key}" in seen:
        return False
    seen.add(f"{macro.name}.{key}")
    for expression in _expressions(macro):
        for node in walk(expression):
            match node:
                case Name(key=name, subscripts=(_, *_)) if name == key:
                    return True
                case Call():
                    if _passed_whole(resolver, node, key, seen):
                        return True
    return False


def _passed_whole(resolver: Resolver, call: Call, key: str, seen: set[str]) -> bool:
    """Tell whether a call takes what a name stands for as an array."""
    inner = resolver.macros.get(call.function.key)
    for place, argument in enumerate(call.arguments):
        if not isinstance(argument, Name) or argument.key != key:
            continue
        if inner is not None:
            if place < len(inner.parameters) and _takes_array(
                resolver, inner, inner.parameters[place], seen
            ):
                return True
            continue
        spelling = find_spelling(call.function.text, "xmile")
        shape = spelling[0].shape if spelling is not None else ""
        if shape == "aggregate" or (shape == "either" and len(call.arguments) == 1):
            return True
    return False


def _expressions(macro: Macro) -> Iterator[Expression]:
    yield macro.expression
    yield from macro.defaults
    if macro.run is not None:
        yield from (macro.run.start, macro.run.stop, macro.run.step)
    for variable in macro.variables:
        for equation in getattr(variable, "equations", ()):
            yield equation.expression
            if equation.initial is not None:
                yield equation.initial
