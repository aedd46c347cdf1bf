"""What stands where the standard gives it no meaning: told, since it might have been meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.dialects.stamps import is_cycle_time
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.names import identifier
from headwater.formats.xmile.variables.equation_text import is_written, read_number
from headwater.language.names import canonical
from headwater.language.syntax import Call, Name, Number, walk
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Data, Dimension, Stock

_OF_STOCKS = ("inflow", "outflow", "conveyor", "queue", "oven", "isee:oven")
_OF_FLOWS = ("leak", "leak_integers", "overflow", "multiplier")
_BEHAVIOR = frozenset({"non_negative", "stock", "flow", "aux"})


def report_misplaced(context: Context, nodes: Sequence[Node]) -> None:
    """Tell of elements of one model's variables that have no meaning where they stand."""
    stocks = [n for n in nodes if n.tag == "stock"]
    leaving = {
        key: [canonical(identifier(o.text)) for s in stocks if _is(s, *tags) for o in _outflows(s)]
        for key, tags in (("belts", ("conveyor",)), ("lines", ("queue", "oven", "isee:oven")))
    }
    driven = set(leaving["lines"])
    for stock in stocks:
        _check_stock(context, stock)
        if _is(stock, "conveyor"):
            driven |= set(_ends(stock, nodes))
    for node in nodes:
        if node.tag == "aux":
            _check_auxiliary(context, node)
        elif node.tag == "flow":
            key = canonical(identifier(node.get("name")))
            _check_flow(context, node, key in leaving["belts"], key in driven)


def _is(stock: Node, *tags: str) -> bool:
    return any(stock.first(tag) is not None for tag in tags)


def _outflows(stock: Node) -> Iterable[Node]:
    return stock.every("outflow")


def _ends(belt: Node, nodes: Sequence[Node]) -> list[str]:
    """Return the outflows at a conveyor's end: those not marked as leakage, else the first."""
    leaking = {
        canonical(identifier(n.get("name")))
        for n in nodes
        if n.tag == "flow" and n.first("leak") is not None
    }
    names = [canonical(identifier(o.text)) for o in _outflows(belt)]
    plain = [n for n in names if n not in leaking]
    return plain if len(plain) < len(names) else plain[:1]


def _check_stock(context: Context, stock: Node) -> None:
    for tag in ("inflow", "outflow"):
        names = [canonical(identifier(n.text)) for n in stock.every(tag)]
        for name in {n for n in names if n and names.count(n) > 1}:
            context.warn(
                f"the stock `{stock.get('name')}` lists the {tag} `{name}` {names.count(name)} "
                "times, and it counts as often",
                stock,
                "list it once, unless that is meant",
            )


def _check_auxiliary(context: Context, node: Node) -> None:
    for tag in (*_OF_STOCKS, *_OF_FLOWS):
        if node.first(tag) is not None:
            kind = "stock" if tag in _OF_STOCKS else "flow"
            context.warn(
                f"the auxiliary `{node.get('name')}` has <{tag}>, which has no part in the run",
                node,
                f"only a {kind} has that: write <{kind}> if it is one",
            )


def _check_flow(context: Context, node: Node, of_belt: bool, driven: bool) -> None:
    name = node.get("name")
    leak = node.first("leak")
    if leak is not None and is_written(leak) and not of_belt:
        context.error(
            f"the flow `{name}` is a leakage, and no conveyor's outflow",
            leak,
            "list it among the outflows of its conveyor, or write its equation as <eqn>",
        )
    own = node.first("eqn")
    if driven and own is not None and is_written(own) and read_number(own.text) != 0:
        context.warn(
            f"the equation of `{name}` is not used: what it drains decides how much flows",
            own,
            "an outflow of a queue or an oven, and one at the end of a conveyor, has none",
        )


def report_behavior(context: Context, roots: Iterable[Node], filters: Iterable[str]) -> None:
    """Tell of options for all stocks and flows that nothing carries out."""
    known = _BEHAVIOR | set(filters)
    for root in roots:
        for owner in (root, *root.every("model")):
            for block in owner.every("behavior"):
                for node in (block, *block.every("stock"), *block.every("flow")):
                    for option in node.children:
                        if option.tag not in known and ":" not in option.tag:
                            context.warn(
                                f"the behaviour <{option.tag}> is not known here",
                                option,
                                "it has no part in the run; a macro with a filter of that name "
                                "would say what it does",
                            )


def report_cycle_time(context: Context, specs: Node | None, project: Project) -> None:
    """Warn of stocks that may fall below 0 by Stella's method Cycle-time.

    Source: isee systems, Stella help, Cycle-Time Rules (version 1.4, and none of it in 1.8).
    """
    if specs is None or not is_cycle_time(specs):
        return
    found = [
        v.name
        for variables in (project.variables, *(s.variables for s in project.submodels))
        for v in variables
        if isinstance(v, Stock) and v.discipline is None and not v.non_negative and v.flows
    ]
    if found:
        shown = ", ".join(f"`{n}`" for n in found[:3]) + (" and others" if len(found) > 3 else "")
        context.warn(
            f"{shown}: stocks that may fall below 0, in a run by Cycle-time",
            specs,
            "Stella's older versions kept all stocks at or above 0 in such a run, newer ones those "
            "that are marked so; only these are here",
        )


def report_outside(context: Context, project: Project) -> None:
    """Warn of numbers of elements that a dimension does not have (section 3.7.1)."""
    dimensions = {d.key: d for d in project.dimensions}
    value = "NaN" if project.outside_is_nan else "0"
    for variables in (project.variables, *(s.variables for s in project.submodels)):
        shapes = {v.key: v.dimensions for v in variables}
        for variable in variables:
            found = next(_outside(variable, shapes, dimensions), None)
            if found is not None:
                name, number, dimension = found
                context.diagnostics.warn(
                    f"`{variable.name}` asks for element {number:g} of `{name}`, and `{dimension}` "
                    f"has no such element: it is {value}",
                    variable.span.place if variable.span else None,
                )


def _outside(
    variable: AnyVariable,
    shapes: Mapping[str, tuple[str, ...]],
    dimensions: Mapping[str, Dimension],
) -> Iterator[tuple[str, float, str]]:
    """Yield the arrays, numbers and dimensions of elements that there are not."""
    equations = () if isinstance(variable, Data) else variable.equations
    for equation in equations:
        for part in (equation.expression, equation.initial):
            for node in () if part is None else walk(part):
                name = node.function if isinstance(node, Call) else node
                if not isinstance(name, Name) or not name.subscripts:
                    continue
                for subscript, own in zip(name.subscripts, shapes.get(name.key, ()), strict=False):
                    dimension = dimensions.get(canonical(own))
                    if isinstance(subscript, Number) and dimension is not None:
                        if not _has(dimension, subscript.value):
                            yield name.text, subscript.value, own


def _has(dimension: Dimension, number: float) -> bool:
    if not number.is_integer() or f"{number:.0f}" in dimension.elements:
        return True
    return 1 <= number <= len(dimension.elements)


def gives_nan_outside(root: Node) -> bool:
    """Tell whether a file asks for NaN where an array has no element of a number (2.2.1)."""
    header = root.first("header")
    options = header.first("options") if header is not None else None
    arrays = options.first("uses_arrays") if options is not None else None
    return arrays is not None and arrays.get("invalid_index_value").strip().lower() == "nan"
