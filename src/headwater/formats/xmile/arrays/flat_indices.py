"""Elements of arrays by their number in the whole array, ``A(10)`` (XMILE 1.0, section 3.3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

from headwater.formats.xmile.context import Context
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.syntax import Binary, Call, Expression, Name, Number, transform
from headwater.model.project import Submodel
from headwater.model.rewriting import rewrite
from headwater.model.variables import Dimension, Flow, Graph


def with_subscripts(
    model: Submodel, dimensions: Mapping[str, Dimension], context: Context
) -> Submodel:
    """Return a model whose arrays have subscripts where it counts elements row by row from 1."""
    by_key = {canonical(name): d for name, d in dimensions.items()}
    sizes = {
        v.key: tuple(len(by_key[canonical(d)].elements) for d in v.dimensions)
        for v in model.variables
        if v.dimensions
        and v.key not in context.macros
        and find_spelling(v.name, "stella") is None
        and not isinstance(v, Graph)
        and not (isinstance(v, Flow) and v.graphs)
        and all(canonical(d) in by_key for d in v.dimensions)
    }

    def change(node: Expression) -> Expression:
        match node:
            case Call(function=Name(key=key, subscripts=()) as name, arguments=(number,)) if (
                key in sizes
            ):
                return replace(name, subscripts=_subscripts(number, sizes[key]), span=node.span)
        return node

    if context.called.isdisjoint(sizes):
        return model
    made = (rewrite(v, lambda e: transform(e, change)) for v in model.variables)
    return replace(model, variables=tuple(made))


def _subscripts(number: Expression, sizes: tuple[int, ...]) -> tuple[Expression, ...]:
    """Return the subscripts of the element of a number; the first one tells what lies outside."""
    if len(sizes) == 1:
        return (number,)
    one = Number(1.0)
    found: list[Expression] = []
    for place, size in enumerate(sizes):
        stride = float(prod(sizes[place + 1 :]))
        if isinstance(number, Number) and number.value.is_integer():
            whole = (number.value - 1) // stride
            found.append(Number((whole % size if place else whole) + 1))
            continue
        before: Expression = Binary("-", number, one)
        row: Expression = Call(Name("INT"), (Binary("/", before, Number(stride)),))
        row = Binary("mod", row, Number(float(size))) if place else row
        found.append(Binary("+", row, one))
    return tuple(found)
