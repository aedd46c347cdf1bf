"""Variables in one form, whatever dialect they were written in, so that equal ones are equal.

Functions go by the names of the table of builtins, arrays have their subscripts, a stock's flows
are one net flow, and numbers carry their signs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod

from headwater.language.builtins import BUILTINS, Builtin, find_spelling
from headwater.language.names import canonical
from headwater.language.printer import print_expression
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    NumberTable,
    Unary,
    Wildcard,
    subscripts_in,
    transform,
)
from headwater.model.diff.places import Places
from headwater.model.project import Project
from headwater.model.variables import (
    AnyVariable,
    Conveyor,
    Data,
    Equation,
    EquationVariable,
    Flow,
    Graph,
    GraphicalFunction,
    Oven,
    Stock,
)

Part = tuple[str, tuple[str, ...]]
"""What an expression gives (its value, its initial value, its rate) and for which elements."""

VALUE, INITIAL, RATE = "equation", "initial value", "net flow"
_PREFIX = "VENSIM_"
MAX_CELLS = 2000
"""The most elements whose equations are compared one by one."""


@dataclass(frozen=True, slots=True)
class Neutral:
    """A variable in that form. ``expressions`` are by what they give and for which elements.

    ``places`` are the elements of its model.
    """

    variable: AnyVariable
    kind: str
    dimensions: tuple[str, ...]
    places: Places
    expressions: Mapping[Part, Expression] = field(default_factory=dict)
    graphs: tuple[GraphicalFunction, ...] = ()

    @property
    def key(self) -> str:
        """The name for look-ups."""
        return self.variable.key


def neutral_variables(project: Project) -> dict[str, Neutral]:
    """Return the variables of a project without modules by their canonical names."""
    form = _Form(project)
    return {v.key: form.variable(v) for v in project.variables}


class _Form:
    def __init__(self, project: Project) -> None:
        self._dialect = project.dialect
        self._variables = project.by_key
        self._dimensions = project.dimension_by_key
        self._macros = {canonical(m.name) for m in project.macros}
        self._places = Places(project)

    def variable(self, variable: AnyVariable) -> Neutral:
        dimensions = tuple(map(canonical, variable.dimensions))
        parts = dict(self._parts(variable))
        graphs = variable.graphs if isinstance(variable, Graph | Flow) else ()
        return Neutral(variable, _kind(variable), dimensions, self._places, parts, graphs)

    def _parts(self, variable: AnyVariable) -> Iterator[tuple[Part, Expression]]:
        if isinstance(variable, Data):
            return
        is_stock = isinstance(variable, Stock)
        whole = tuple(map(canonical, variable.dimensions))
        for cells, equation in self._by_cell(variable):
            left = tuple(map(canonical, equation.subscripts)) or whole
            given = (
                (INITIAL if is_stock else VALUE, equation.expression),
                (INITIAL, equation.initial),
                (RATE, equation.rate),
            )
            for what, expression in given:
                if expression is not None:
                    found = self.expression(expression)
                    several = cells and cells != left
                    yield (what, cells), self._places.at(found, left, cells) if several else found
        if isinstance(variable, Stock) and variable.flows:
            yield (RATE, ()), self.expression(self._net(variable))
        if isinstance(variable, Flow) and variable.multiplier is not None:
            yield ("multiplier", ()), self.expression(variable.multiplier)
        if isinstance(variable, Stock):
            for part, expression in discipline_parts(variable):
                yield part, self.expression(expression)

    def _by_cell(self, variable: EquationVariable) -> list[tuple[tuple[str, ...], Equation]]:
        """Return the equations: one for all elements, or one for each of them."""
        whole = tuple(map(canonical, variable.dimensions))
        given: list[tuple[tuple[str, ...], Equation]] = []
        for equation in variable.equations:
            cells = tuple(map(canonical, equation.subscripts))
            given.append((() if cells == whole else cells, equation))
        plain = len(given) == 1 and not given[0][0] and not given[0][1].excepts
        if not whole or (plain and not isinstance(given[0][1].expression, NumberTable)):
            return given
        if prod(len(self._places.elements(d)) for d in whole) > MAX_CELLS:
            return given
        found: dict[tuple[str, ...], Equation] = {}
        for cells, equation in given:
            found.update(self._spread(cells or whole, equation))
        first = next(iter(found.values()), None)
        same = all(e.expression == first.expression for e in found.values()) if first else False
        numbers = first is not None and isinstance(first.expression, Number)
        if same and numbers and first is not None and first.rate is None:
            if len(found) == prod(len(self._places.elements(d)) for d in whole):
                return [((), first)]
        return list(found.items())

    def _spread(
        self, cells: tuple[str, ...], equation: Equation
    ) -> Iterator[tuple[tuple[str, ...], Equation]]:
        """Yield an equation for each element that it is for."""
        out = {
            cell
            for group in equation.excepts
            for cell in product(*(self._places.elements(canonical(s)) for s in group))
        }
        table = equation.expression if isinstance(equation.expression, NumberTable) else None
        for index, cell in enumerate(product(*(self._places.elements(s) for s in cells))):
            if cell in out:
                continue
            if table is None:
                yield cell, equation
            elif index < len(table.values):
                yield cell, replace(equation, expression=Number(table.values[index]))

    def _net(self, stock: Stock) -> Expression:
        net: Expression | None = None
        for term in stock.flows:
            amount = term.expression
            if net is None:
                net = amount if term.sign > 0 else Unary("-", amount)
            else:
                net = Binary("+" if term.sign > 0 else "-", net, amount)
        assert net is not None
        if stock.dimensions:
            return transform(net, lambda n: self._with_subscripts(n, stock.dimensions))
        return net

    def _with_subscripts(self, node: Expression, dimensions: tuple[str, ...]) -> Expression:
        if isinstance(node, Name) and not node.subscripts:
            variable = self._variables.get(node.key)
            if variable is not None and len(variable.dimensions) == len(dimensions):
                return Name(node.text, tuple(map(Name, dimensions)), node.span)
        return node

    # Expressions

    def expression(self, node: Expression) -> Expression:
        """Return an expression in the common form."""
        if self._dialect in ("xmile", "stella"):
            node = transform(node, self._of_whole_array)
        inside = {id(s) for s in subscripts_in(node)}
        return transform(node, lambda n: n if id(n) in inside else self._node(n))

    def _node(self, node: Expression) -> Expression:
        match node:
            case Unary(operator="+", operand=operand):
                return operand
            case Unary(operator="-", operand=Number(value=value)):
                return Number(-value)
            case Name():
                return self._name(node)
            case Call():
                return self._call(node)
        return node

    def _of_whole_array(self, node: Expression) -> Expression:
        """Return an aggregate of an array named alone with what it is of: all elements."""
        match node:
            case Call(function=function, arguments=(Name(subscripts=()) as array,)):
                spelling = find_spelling(function.text, self._dialect)
                variable = self._variables.get(array.key)
                if spelling is None or variable is None or function.key in self._macros:
                    return node
                if spelling[0].shape in ("aggregate", "either"):
                    every = tuple(Wildcard("", array.span) for _ in variable.dimensions)
                    return replace(node, arguments=(replace(array, subscripts=every),))
        return node

    def _name(self, node: Name) -> Expression:
        variable = self._variables.get(node.key)
        if variable is not None:
            subscripts = node.subscripts
            if not subscripts and self._dialect in ("xmile", "stella"):
                subscripts = tuple(map(Name, variable.dimensions))
            dimensions = (*variable.dimensions, *("",) * len(subscripts))
            plain = tuple(map(self._subscript, subscripts, dimensions))
            return Name(node.text, plain, node.span, node.key)
        spelling = find_spelling(node.text, self._dialect)
        if spelling is not None and not spelling[0].min_args and not node.subscripts:
            return Name(spelling[0].name, (), node.span)
        return node

    def _subscript(self, node: Expression, dimension: str) -> Expression:
        """Return a subscript; XMILE's array that gives numbers of elements has its own."""
        match node:
            case Wildcard():
                return Wildcard(canonical(node.dimension or dimension), node.span)
            case Name(subscripts=(), key=key) if self._dialect in ("xmile", "stella"):
                number = self._variables.get(key)
                if number is None or key in self._dimensions:
                    return node
                if key not in self._places.elements(canonical(dimension)):
                    return replace(node, subscripts=tuple(map(Name, number.dimensions)))
        return node

    def _call(self, node: Call) -> Expression:
        function = node.function
        if function.key in self._variables or function.key in self._macros:
            return node
        spelling = find_spelling(function.text, self._dialect)
        if spelling is None:
            return node
        builtin, form = spelling
        arguments = form.in_table_order(node.arguments)
        if builtin.name == "ELMCOUNT" and len(arguments) == 1 and isinstance(arguments[0], Name):
            return Number(float(len(self._places.elements(arguments[0].key))), node.span)
        if builtin.name == "IF_THEN_ELSE" and len(arguments) == 3:
            return Conditional(*arguments, node.span)
        return Call(Name(_shared_name(builtin), (), function.span), arguments, node.span)


def _shared_name(builtin: Builtin) -> str:
    """Return a name under which Vensim's function and XMILE's of the same arguments are one."""
    plain = BUILTINS.get(builtin.name.removeprefix(_PREFIX))
    if plain is None or [p.name for p in plain.parameters] != [p.name for p in builtin.parameters]:
        return builtin.name
    return plain.name


def discipline_parts(stock: Stock) -> Iterator[tuple[Part, Expression]]:
    """Yield what a conveyor or an oven says beside its initial value and its flows."""
    match stock.discipline:
        case Conveyor() as belt:
            for equation in belt.lengths:
                yield (
                    ("transit time", tuple(map(canonical, equation.subscripts))),
                    equation.expression,
                )
            for number, content in enumerate(belt.contents, 1):
                yield (f"content {number}", ()), content
            options = {
                "capacity": belt.capacity,
                "inflow limit": belt.inflow_limit,
                "sample": belt.sample,
                "arrest": belt.arrest,
            }
        case Oven() as oven:
            options = {
                "cook time": oven.cook_time,
                "capacity": oven.capacity,
                "fill time": oven.fill_time,
                "clean time": oven.clean_time,
                "arrest": oven.arrest,
            }
        case _:
            options = {}
    for name, expression in options.items():
        if expression is not None:
            yield (name, ()), expression


def _marks(belt: Conveyor) -> Iterator[str]:
    """Yield the options of a conveyor that are no expressions."""
    yield "conveyor"
    for word, is_set in (
        ("discrete", belt.discrete),
        ("whole batches", belt.batch_integrity),
        ("several batches", not belt.one_at_a_time),
        ("leaking exponentially", belt.exponential_leakage),
        ("first in first out", belt.fifo),
    ):
        if is_set:
            yield word


def _flow_kind(flow: Flow) -> str:
    """Return what a flow is: one around a conveyor or a queue may be more than a variable."""
    if flow.time_stamped:
        return f"{_flow_kind(replace(flow, time_stamped=False))}, stamped with the time"
    leak = flow.leakage
    if leak is not None:
        whole = " in whole units" if leak.integers else ""
        return f"leak from {leak.start:g} to {leak.end:g}{whole}"
    if flow.overflow:
        return "overflow"
    if flow.spread is None:
        return "flow that cannot be negative" if flow.non_negative else "variable"
    if flow.spread.profile is not None:
        return f"inflow spread by {print_expression(flow.spread.profile)}"
    return f"inflow spread {'evenly' if flow.spread.rule == 'even' else f'by {flow.spread.rule}'}"


def _kind(variable: AnyVariable) -> str:
    """Return what a variable is, as far as every format tells it."""
    match variable:
        case Stock(discipline=None, non_negative=True):
            return "stock that cannot fall below zero"
        case Stock(discipline=None):
            return "stock"
        case Stock(discipline=Conveyor() as belt):
            return ", ".join(_marks(belt))
        case Stock(discipline=discipline):
            return type(discipline).__name__.lower()
        case Flow():
            return _flow_kind(variable)
        case Data():
            return "data"
        case Graph(equations=()):
            return "graphical function"
    return "variable"
