"""Stella's inner product of arrays, ``a *.* b``, as a sum.

Of the elements of the first array along its last dimension with those of the second along its
first; each has one dimension or two. Source: isee systems, Stella help, Operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from headwater.formats.xmile.context import Context
from headwater.language.names import canonical
from headwater.language.parser import INNER_PRODUCT
from headwater.language.syntax import (
    Binary,
    Call,
    Expression,
    Name,
    Position,
    Wildcard,
    transform,
    walk,
)
from headwater.model.project import Submodel
from headwater.model.rewriting import rewrite
from headwater.model.variables import AnyVariable

_KEY = canonical(INNER_PRODUCT)


def with_sums_of_products(context: Context, model: Submodel) -> Submodel:
    """Return a model in which inner products are sums over the dimension that two arrays share."""
    if _KEY not in context.called:
        return model
    shapes = {v.key: v.dimensions for v in model.variables}
    return replace(model, variables=tuple(_plain(context, v, shapes) for v in model.variables))


def _plain(
    context: Context, variable: AnyVariable, shapes: Mapping[str, tuple[str, ...]]
) -> AnyVariable:
    found: list[bool] = []

    def note(expression: Expression) -> Expression:
        found.append(any(isinstance(n, Call) and n.function.key == _KEY for n in walk(expression)))
        return expression

    rewrite(variable, note)
    if not any(found):
        return variable

    def change(node: Expression) -> Expression:
        if not isinstance(node, Call) or node.function.key != _KEY:
            return node
        made = _sum(node, shapes, variable.dimensions)
        if isinstance(made, str):
            place = node.span.place if node.span is not None else None
            context.diagnostics.error(
                f"`{variable.name}`: an inner product {made}",
                place,
                "`a *.* b` takes two arrays of one dimension or two; the last dimension of the "
                "first is the first of the second",
            )
            return node
        return made

    return rewrite(variable, lambda e: transform(e, change))


def _sum(
    node: Call, shapes: Mapping[str, tuple[str, ...]], own: tuple[str, ...]
) -> Expression | str:
    """Return the sum that an inner product is, or what is wrong with it."""
    sides: list[tuple[Name, tuple[str, ...]]] = []
    for side in node.arguments:
        turned = isinstance(side, Call) and side.function.key == "transpose"
        name = side.arguments[0] if isinstance(side, Call) and turned else side
        dimensions = shapes.get(name.key, ()) if isinstance(name, Name) else ()
        if not isinstance(name, Name) or name.subscripts or not 1 <= len(dimensions) <= 2:
            return "is of what is no array of one dimension or two"
        sides.append((name, tuple(reversed(dimensions)) if turned else dimensions))
    (first, rows), (second, columns) = sides
    if canonical(rows[-1]) != canonical(columns[0]):
        return f"goes along `{rows[-1]}` of `{first.text}` and `{columns[0]}` of `{second.text}`"
    outer = (*rows[:-1], *columns[1:])
    if len(own) != len(outer) or sorted(map(canonical, own)) != sorted(map(canonical, outer)):
        over = f"over {', '.join(outer)}" if outer else "one number"
        return f"is {over}, and its equation is not"
    here: list[Expression] = [Name(d) for d in outer]
    if len(set(map(canonical, outer))) < len(outer):
        here = [Position(k + 1) for k in range(len(outer))]
    every: Expression = Wildcard()
    left = (*here[: len(rows) - 1], every)
    right = (every, *here[len(rows) - 1 :])
    product = Binary(
        "*",
        replace(first, subscripts=_turned(left, node.arguments[0])),
        replace(second, subscripts=_turned(right, node.arguments[1])),
        node.span,
    )
    return Call(Name("SUM"), (product,), node.span)


def _turned(subscripts: tuple[Expression, ...], side: Expression) -> tuple[Expression, ...]:
    return tuple(reversed(subscripts)) if isinstance(side, Call) else subscripts
