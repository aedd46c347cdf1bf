"""The rules that the equations of one variable make, element by element."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from headwater.compiler.constants import number_of
from headwater.compiler.functions.lookups.graphs import read_in_kind
from headwater.compiler.resolved import (
    Apply,
    Interpolate,
    Kind,
    Literal,
    Node,
    Quantity,
    Rule,
    Tabulated,
)
from headwater.compiler.resolving.coverage import Coverage
from headwater.compiler.resolving.dimensions import DimensionInfo
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.resolving.holes import leave_out
from headwater.compiler.resolving.subscripts import Region
from headwater.language.source import Span, place_of
from headwater.language.syntax import NumberTable
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Equation,
    EquationVariable,
    Flow,
    Graph,
    Stock,
)

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver


def by_equations(
    resolver: Resolver,
    variable: AnyVariable,
    owner: Quantity,
    equations: Sequence[Equation],
    label: str,
) -> Quantity:
    """Return a hidden quantity with the elements of a variable and equations of its own."""
    made = Quantity(
        f"{owner.name}~{label}",
        Kind.VALUE,
        owner.shape,
        owner.dimensions,
        owner.elements,
        origin=owner,
        save=False,
        span=owner.span,
    )
    resolver.made.append(made)
    stand_in = Auxiliary(name=variable.name, equations=tuple(equations), span=variable.span)
    define_elements(resolver, stand_in, made, equations, resolver.dimensions_of(owner))
    return made


def define_elements(
    resolver: Resolver,
    variable: EquationVariable,
    quantity: Quantity,
    equations: Sequence[Equation],
    dimensions: tuple[DimensionInfo, ...],
) -> None:
    """Make the rules of a quantity of a variable's equations; tell of elements without any."""
    coverage = Coverage(variable, quantity, dimensions, resolver.diagnostics)
    for equation in equations:
        span = equation.span or variable.span
        region = resolver.regions.read(
            variable.name, dimensions, equation.subscripts, equation.excepts, span
        )
        if region is None:
            coverage.count_all()
            continue
        coverage.count(region, span)
        _define_region(resolver, variable, quantity, equation, region)
    missing = coverage.missing()
    if len(missing) and dimensions and variable.equations and resolver.vensim:
        leave_out(resolver.quantities[variable.key], missing)
    elif len(missing):
        coverage.report(missing)


def _define_region(
    resolver: Resolver,
    variable: EquationVariable,
    quantity: Quantity,
    equation: Equation,
    region: Region,
) -> None:
    """Make the rules of the elements that one equation gives."""
    frame = resolver.equation_frame(quantity, region)
    value = _value(resolver, frame, variable, equation, region)
    span = equation.span or variable.span
    if isinstance(variable, Stock):
        quantity.initial.append(Rule(region.axes, region.target, value, span))
        if equation.rate is not None:
            rate = resolver.equation_frame(quantity, region, "rate").expression(equation.rate)
            quantity.step.append(Rule(region.axes, region.target, rate, span))
        return
    rule = add_rule(quantity, region, value, span)
    if equation.initial is not None:
        start = frame.expression(equation.initial)
        quantity.initial[-1] = replace(rule, expression=start)


def _value(
    resolver: Resolver,
    frame: Frame,
    variable: EquationVariable,
    equation: Equation,
    region: Region,
) -> Node:
    """Return an equation's value, read in the variable's graph and held above zero as asked."""
    number = number_of(equation.expression)
    value: Node
    if isinstance(equation.expression, NumberTable):
        value = _tabulated(resolver, variable, equation.expression, region)
    else:
        value = frame.expression(equation.expression) if number is None else Literal(number)
    if isinstance(variable, Graph | Flow) and variable.graphs:
        graph = resolver.graphs[variable.key]
        value = read_in_kind(Interpolate(graph, region.target, value, variable.span))
    if isinstance(variable, Flow) and variable.non_negative:
        value = Apply("max", (value, Literal(0.0)), equation.span)
    return value


def _tabulated(
    resolver: Resolver, variable: EquationVariable, table: NumberTable, region: Region
) -> Node:
    wanted = math.prod(a.extent for a in region.axes)
    if len(table.values) != wanted:
        resolver.diagnostics.error(
            f"`{variable.name}` has {wanted} elements here and {len(table.values)} numbers",
            place_of(table.span) or place_of(variable.span),
        )
        return Literal(math.nan)
    return Tabulated(np.array(table.values), region.axes)


def add_rule(quantity: Quantity, region: Region, value: Node, span: Span | None) -> Rule:
    """Let one rule hold at the start and at each step."""
    rule = Rule(region.axes, region.target, value, span)
    quantity.step.append(rule)
    quantity.initial.append(rule)
    return rule
