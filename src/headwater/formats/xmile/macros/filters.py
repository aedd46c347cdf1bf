"""Option filters: macros that say what an option of stocks, flows or auxiliaries does (4.8.4).

A filter of a flow or an auxiliary is given its value and that of the option; one of a stock's
inflows or outflows also the stock, and the sum of those flows of it that come before. Each becomes
a call around the equation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from headwater.errors import SyntaxFault
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.names import identifier
from headwater.formats.xmile.variables.equations import read_expression
from headwater.language.names import canonical
from headwater.language.parser import parse_text
from headwater.language.syntax import Binary, Call, Expression, Name, Number, are_equal
from headwater.model.project import Macro
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Flow,
    FlowTerm,
    Stock,
)

BUILT_IN = "non_negative"
"""The option whose filters have their meaning built in."""

_KINDS = {"flow": ("",), "aux": ("",), "stock": ("inflows", "outflows")}
"""What filters are carried out: by what has the option, and by what they are applied to."""

_STANDARDS = (
    "IF option THEN MAX(flow, 0) ELSE flow",
    "IF value THEN MAX(stock / DT - outflow_sum, flow) ELSE flow",
    "IF value THEN MIN(stock / DT - outflow_sum, flow) ELSE flow",
)
"""The standard's own filters, of which the second means the third."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of an option: ``kind`` has it, and the macro ``name`` is applied ``to``."""

    option: str
    kind: str
    to: str
    name: str


@dataclass(frozen=True, slots=True)
class Use:
    """An option of one variable, with its value."""

    filter: Filter
    value: Expression


Uses = Mapping[str, Sequence[Use]]
"""What options the variables of a model have, by canonical name, in their order."""


def is_built_in(context: Context, node: Node) -> bool:
    """Tell whether a filter's option has its meaning built in; another meaning is told."""
    name = identifier(node.get("name"))
    if name.lower() != BUILT_IN:
        return False
    try:
        written = parse_text(node.content("eqn").replace("\u2013", "-"))
    except SyntaxFault:
        written = Number(0.0)
    if not any(are_equal(written, parse_text(text)) for text in _STANDARDS):
        context.warn(
            f"the filter `{name}` is not carried out as it is written",
            node,
            "what stocks and flows do that must not be negative is built in",
        )
    return True


def read_filter(context: Context, node: Node, macro: Macro) -> tuple[Macro, Filter | None]:
    """Return a filter's macro by a name of its own, and the filter; None where it is refused."""
    kind, to = node.get("filter").strip().lower(), node.get("applyto").strip().lower()
    if to not in _KINDS.get(kind, ()):
        where = f" applied to `{to}`" if to else ""
        context.error(
            f"the option filter `{macro.name}` of `{kind}`{where} cannot be carried out",
            node,
            "filters of flows and auxiliaries, and of a stock's inflows or outflows, are; what "
            "would change a stock itself belongs into its flows",
        )
        return macro, None
    name = "_".join(part for part in (macro.name, kind, to) if part)
    return replace(macro, name=name), Filter(macro.name, kind, to, name)


def options_of(
    context: Context, nodes: Sequence[Node], behaviors: Sequence[Node], filters: Sequence[Filter]
) -> tuple[list[Node], Uses]:
    """Return the elements of a model's variables without their options, and those options.

    ``behaviors`` are the blocks that hold for the model, the nearest first (section 2.6).
    """
    if not filters:
        return list(nodes), {}
    names = {f.option for f in filters}
    uses: dict[str, list[Use]] = {}
    rest: list[Node] = []
    for node in nodes:
        order = [c.tag for c in node.children if c.tag in names]
        for option in dict.fromkeys([*order, *sorted(names)]):
            found = _option(node, option, behaviors)
            value = None if found is None else _value(context, found, node.get("name"))
            of_kind = [f for f in filters if f.option == option and f.kind == node.tag]
            if value is not None:
                key = canonical(identifier(node.get("name")))
                uses.setdefault(key, []).extend(Use(f, value) for f in of_kind)
        children = [c for c in node.children if c.tag not in names]
        rest.append(replace(node, children=children) if order else node)
    return rest, uses


def _option(node: Node, option: str, behaviors: Iterable[Node]) -> Node | None:
    own = node.first(option)
    for block in behaviors:
        if own is not None:
            break
        kind = block.first(node.tag)
        own = kind.first(option) if kind is not None else None
        own = block.first(option) if own is None else own
    return own


def _value(context: Context, node: Node, name: str) -> Expression | None:
    """Return what a filter is given for an option: 1 and 0 for true and false."""
    known = {"": 1.0, "true": 1.0, "false": 0.0}.get(node.text.strip().lower())
    return Number(known) if known is not None else read_expression(context, node, name)


def filtered(context: Context, variables: Sequence[AnyVariable], uses: Uses) -> list[AnyVariable]:
    """Return variables whose equations call the filters of their options, and of their stocks'."""
    if not uses:
        return list(variables)
    around: dict[str, list[tuple[str, tuple[Expression, ...]]]] = {}
    for variable in variables:
        for use in uses.get(variable.key, ()):
            if not use.filter.to:
                around.setdefault(variable.key, []).append((use.filter.name, (use.value,)))
    for variable in variables:
        for use in uses.get(variable.key, ()):
            if isinstance(variable, Stock) and use.filter.to:
                _of_flows(variable, use, around)
    return [_wrapped(context, v, around[v.key]) if v.key in around else v for v in variables]


def _of_flows(
    stock: Stock, use: Use, around: dict[str, list[tuple[str, tuple[Expression, ...]]]]
) -> None:
    """Add the calls around the flows of a stock that has an option."""
    sign = 1 if use.filter.to == "inflows" else -1
    before: Expression = Number(0.0)
    for term in (t for t in stock.flows if t.sign == sign):
        key = _key(term)
        call = (use.filter.name, (use.value, Name(stock.name), before))
        around.setdefault(key, []).append(call)
        sum_so_far = isinstance(before, Number)
        before = term.expression if sum_so_far else Binary("+", before, term.expression)


def _key(term: FlowTerm) -> str:
    return term.expression.key if isinstance(term.expression, Name) else ""


def _wrapped(
    context: Context, variable: AnyVariable, calls: Sequence[tuple[str, tuple[Expression, ...]]]
) -> AnyVariable:
    plain = isinstance(variable, Auxiliary | Constant | Flow)
    if not plain or (isinstance(variable, Flow) and variable.graphs):
        context.diagnostics.error(
            f"`{variable.name}` has an option with a filter, which is not carried out here",
            variable.span.place if variable.span else None,
            "filters are for flows and auxiliaries without a graphical function",
        )
        return variable
    assert isinstance(variable, Auxiliary | Constant | Flow)
    equations = []
    for equation in variable.equations:
        expression = equation.expression
        for name, more in calls:
            expression = Call(Name(name), (expression, *more), expression.span)
        equations.append(replace(equation, expression=expression))
    if isinstance(variable, Constant):
        common = {
            f: getattr(variable, f)
            for f in Auxiliary.__dataclass_fields__
            if f != "equations" and hasattr(variable, f)
        }
        return Auxiliary(**common, equations=tuple(equations))
    return replace(variable, equations=tuple(equations))
