"""The first half of the pass: a quantity for every variable, with its dimensions and its graphs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from headwater.compiler.functions.lookups.graphs import graph_set
from headwater.compiler.resolved import Kind, Quantity
from headwater.compiler.resolving.dimensions import DimensionInfo
from headwater.errors import did_you_mean
from headwater.language.names import canonical
from headwater.language.source import place_of
from headwater.model.variables import AnyVariable, Flow, Graph, Stock

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

MAX_ELEMENTS = 4_000_000
"""The most elements that one variable may have."""


def declare(resolver: Resolver, inputs: frozenset[str]) -> None:
    """Make a quantity for every variable."""
    seen: dict[str, AnyVariable] = {}
    for variable in resolver.project.variables:
        if variable.key in seen:
            first = seen[variable.key].span
            where = f"; it is also defined at {first.place}" if first else ""
            resolver.diagnostics.error(
                f"`{variable.name}` is defined twice{where}",
                place_of(variable.span),
                "case, blanks and underscores do not tell names apart",
            )
            continue
        seen[variable.key] = variable
        _declare_variable(resolver, variable, variable.key in inputs)


def _declare_variable(resolver: Resolver, variable: AnyVariable, is_input: bool) -> None:
    dimensions = _dimensions(resolver, variable)
    if isinstance(variable, Graph) or (isinstance(variable, Flow) and variable.graphs):
        resolver.graphs[variable.key] = graph_set(resolver, variable, dimensions)
        resolver.graph_dimensions[variable.key] = dimensions
        if isinstance(variable, Graph) and not variable.equations:
            resolver.know(variable, None, ())
            return
    if math.prod(d.size for d in dimensions) > MAX_ELEMENTS:
        resolver.diagnostics.error(
            f"`{variable.name}` has more than {MAX_ELEMENTS:,} elements",
            place_of(variable.span),
            "use fewer or smaller dimensions",
        )
        dimensions = ()
    kind = Kind.STOCK if isinstance(variable, Stock) else Kind.VALUE
    quantity = Quantity(
        variable.name,
        Kind.INPUT if is_input else kind,
        tuple(d.size for d in dimensions),
        tuple(d.name for d in dimensions),
        tuple(d.elements for d in dimensions),
        save=variable.save,
        span=variable.span,
    )
    resolver.know(variable, quantity, dimensions)


def _dimensions(resolver: Resolver, variable: AnyVariable) -> tuple[DimensionInfo, ...]:
    """Return a variable's dimensions; none where one of them is not known."""
    found: list[DimensionInfo] = []
    for name in variable.dimensions:
        dimension = resolver.dimensions.get(canonical(name))
        if dimension is None:
            resolver.diagnostics.error(
                f"no dimension `{name}`",
                place_of(variable.span),
                did_you_mean(name, resolver.dimensions.names())
                or f"define it: dimension {name} = …",
            )
            return ()
        found.append(dimension)
    return tuple(found)
