"""Queues that start with a list of batches, ``3, 1, 4``: the first one is at the front.

Source: isee systems, Stella help, Initializing Discrete Stocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from math import prod

from headwater.formats.xmile.arrays.dimensions import Shapes
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.names import identifier
from headwater.formats.xmile.variables.equations import read_entries
from headwater.language.names import canonical
from headwater.language.syntax import Binary, Expression
from headwater.model.variables import AnyVariable, Equation, Queue, Stock

Lists = Mapping[str, tuple[Expression, ...]]
"""The batches that queues start with, by canonical name."""


def without_lists(
    context: Context, nodes: Sequence[Node], shapes: Shapes
) -> tuple[list[Node], Lists]:
    """Return the elements of variables with no lists in queues, and those lists.

    A list with as many entries as an arrayed queue has elements gives each its value.
    """
    found: dict[str, tuple[Expression, ...]] = {}
    rest: list[Node] = []
    for node in nodes:
        own = node.first("eqn")
        name = identifier(node.get("name"))
        if node.tag == "stock" and node.first("queue") is not None and own is not None:
            entries = read_entries(context, own, name) if _may_be_list(own) else []
            dimensions = (shapes.of(node, name) or ()) if len(entries) > 1 else ()
            if len(entries) > 1 and len(entries) != prod(len(d.elements) for d in dimensions):
                found[canonical(name)] = tuple(entries)
                plain = replace(own, text="0")
                node = replace(node, children=[plain if c is own else c for c in node.children])
        rest.append(node)
    return rest, found


def _may_be_list(own: Node) -> bool:
    return "," in own.text or ";" in own.text


def with_lists(variables: Sequence[AnyVariable], lists: Lists) -> list[AnyVariable]:
    """Return variables with the batches that queues start with; what they hold is their sum."""
    made: list[AnyVariable] = []
    for variable in variables:
        contents = lists.get(variable.key, ())
        if contents and isinstance(variable, Stock) and isinstance(variable.discipline, Queue):
            whole = reduce(lambda a, b: Binary("+", a, b), contents)
            equation = Equation(whole, span=variable.equations[0].span)
            variable = replace(variable, equations=(equation,), discipline=Queue(contents))
        made.append(variable)
    return made
