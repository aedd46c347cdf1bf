"""Vensim's expressions under the names of the table of builtins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from headwater.formats.seeds import without_open_seed
from headwater.language.builtins import find_spelling
from headwater.language.syntax import (
    Call,
    Conditional,
    Expression,
    Name,
    Wildcard,
    subscripts_in,
    transform,
)


def translated(
    expression: Expression, known: Mapping[str, object], counter: Callable[[str], Name]
) -> Expression:
    """Return an expression of Vensim's with our names of its functions.

    ``known`` are the canonical names of the variables, ``counter`` gives the array that holds the
    numbers of a range's elements.
    """
    inside = {id(s) for s in subscripts_in(expression)}

    def change(node: Expression) -> Expression:
        if id(node) in inside:
            return node
        match node:
            case Wildcard(dimension=dimension):
                return Name(counter(dimension).text, (node,), node.span)
            case Call(function=function) if function.key not in known:
                return _call(node, function, known)
            case Name(subscripts=(), text=text) if node.key not in known:
                spelling = find_spelling(text, "vensim")
                if spelling is not None and not spelling[0].min_args:
                    return Name(spelling[0].name, (), node.span)
        return node

    return transform(expression, change)


def _call(node: Call, function: Name, known: Mapping[str, object]) -> Expression:
    spelling = find_spelling(function.text, "vensim")
    if spelling is None:
        return node
    builtin, form = spelling
    arguments = form.in_table_order(node.arguments)
    if builtin.name == "IF_THEN_ELSE" and len(arguments) == 3:
        return Conditional(*arguments, node.span)
    arguments = without_open_seed(builtin, arguments, known)
    return Call(Name(builtin.name, (), function.span), arguments, node.span)
