"""From a project to the resolved model: every name looked up, every subscript checked.

This pass finds what is wrong with a model, apart from circular equations and units, and reports
all of it at once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.aggregates import AGGREGATES
from headwater.compiler.constants import number_of
from headwater.compiler.dimensions import DimensionInfo, DimensionTable
from headwater.compiler.dynamics import DYNAMIC
from headwater.compiler.expressions import Draws, Frame
from headwater.compiler.graphs import data_graph, graph_set
from headwater.compiler.limits import Term, limited_terms
from headwater.compiler.program import Clock
from headwater.compiler.random_calls import draw
from headwater.compiler.resolved import (
    Apply,
    Axis,
    Follow,
    GraphSet,
    Interpolate,
    Kind,
    Literal,
    Node,
    Now,
    Quantity,
    Reference,
    ResolvedModel,
    Rule,
    Tabulated,
    axes_used,
    target_cells,
)
from headwater.compiler.subscripts import Region, RegionReader, whole_region
from headwater.errors import Diagnostics, ModelError, Place, did_you_mean
from headwater.language.builtins import Builtin
from headwater.language.names import canonical
from headwater.language.parser import parse_text
from headwater.language.source import Span
from headwater.language.syntax import Call, Expression, NumberTable
from headwater.model.project import Macro, Project, SimSpecs
from headwater.model.variables import (
    AnyVariable,
    Data,
    Equation,
    EquationVariable,
    Flow,
    Graph,
    Stock,
)

MAX_MACRO_DEPTH = 50


def resolve(
    project: Project, specs: SimSpecs, clock: Clock, inputs: frozenset[str]
) -> ResolvedModel:
    """Return the resolved model; ``inputs`` are the canonical names of what is given per run.

    Raises ModelError with every mistake found.
    """
    resolver = Resolver(project, specs, clock)
    resolver.declare(inputs)
    resolver.define()
    resolver.diagnostics.raise_errors(ModelError)
    return ResolvedModel(project.name, resolver.made, resolver.quantities)


class Resolver:
    """The state of the pass: what names mean, and what has been made of them so far."""

    def __init__(self, project: Project, specs: SimSpecs, clock: Clock) -> None:
        self.project = project
        self.specs = specs
        self.clock = clock
        self.diagnostics = Diagnostics()
        self.dimensions = DimensionTable(project.dimensions, self.diagnostics)
        self.quantities: dict[str, Quantity] = {}
        self.graphs: dict[str, GraphSet] = {}
        self.graph_dimensions: dict[str, tuple[DimensionInfo, ...]] = {}
        self.macros: dict[str, Macro] = {canonical(m.name): m for m in project.macros}
        self.made: list[Quantity] = []
        self._dimensions_of: dict[Quantity, tuple[DimensionInfo, ...]] = {}
        self.regions = RegionReader(self.dimensions, self.diagnostics)
        self._parsed: dict[str, Expression] = {}
        self._variables: list[tuple[AnyVariable, Quantity | None]] = []
        self._rates: list[tuple[Stock, Quantity, Region, list[Term]]] = []

    # Declaration

    def declare(self, inputs: frozenset[str]) -> None:
        """Make a quantity for every variable."""
        seen: dict[str, AnyVariable] = {}
        for variable in self.project.variables:
            if variable.key in seen:
                first = seen[variable.key].span
                where = f"; it is also defined at {first.place}" if first else ""
                self.diagnostics.error(
                    f"`{variable.name}` is defined twice{where}",
                    _place(variable.span),
                    "case, blanks and underscores do not tell names apart",
                )
                continue
            seen[variable.key] = variable
            self._declare(variable, variable.key in inputs)

    def _declare(self, variable: AnyVariable, is_input: bool) -> None:
        dimensions = self._dimensions(variable)
        if dimensions is None:
            dimensions = ()
        if isinstance(variable, Graph):
            self.graphs[variable.key] = graph_set(self, variable, dimensions)
            self.graph_dimensions[variable.key] = dimensions
            if not variable.equations:
                self._variables.append((variable, None))
                return
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
        self.quantities[variable.key] = quantity
        self.made.append(quantity)
        self._dimensions_of[quantity] = dimensions
        self._variables.append((variable, quantity))

    def _dimensions(self, variable: AnyVariable) -> tuple[DimensionInfo, ...] | None:
        found: list[DimensionInfo] = []
        for name in variable.dimensions:
            dimension = self.dimensions.get(canonical(name))
            if dimension is None:
                self.diagnostics.error(
                    f"no dimension `{name}`",
                    _place(variable.span),
                    self.suggest_dimension(name),
                )
                return None
            found.append(dimension)
        return tuple(found)

    def suggest_dimension(self, name: str) -> str:
        """Return a hint for a dimension's name that is not known."""
        return did_you_mean(name, self.dimensions.names()) or f"define it: dimension {name} = …"

    def dimensions_of(self, quantity: Quantity) -> tuple[DimensionInfo, ...]:
        """Return the dimensions of a visible quantity."""
        return self._dimensions_of.get(quantity, ())

    def graph_names(self) -> list[str]:
        """Return the names of the graphical functions."""
        return [g.name for g in self.graphs.values()]

    # Definition

    def define(self) -> None:
        """Give every quantity its rules."""
        for variable, quantity in self._variables:
            if quantity is None:
                continue
            if isinstance(variable, Data):
                self._define_data(variable, quantity)
            else:
                self._define_equations(variable, quantity)
        self._define_rates()

    def _define_data(self, variable: Data, quantity: Quantity) -> None:
        dimensions = self._dimensions_of[quantity]
        made = data_graph(self, variable, dimensions)
        if made is None:
            return
        graph, x = made
        region = whole_region(dimensions)
        self._add_rule(quantity, region, Interpolate(graph, region.target, x), variable.span)

    def _define_equations(self, variable: EquationVariable, quantity: Quantity) -> None:
        covered = np.zeros(quantity.shape, dtype=np.int64)
        dimensions = self._dimensions_of[quantity]
        for equation in variable.equations:
            place = _place(equation.span) or _place(variable.span)
            region = self.regions.read(
                variable.name, dimensions, equation.subscripts, equation.excepts, place
            )
            if region is None:
                covered[...] += 1
                continue
            twice = _count_cells(covered, region)
            if twice is not None:
                self._defined_twice(variable, dimensions, twice, place)
            self._define_region(variable, quantity, equation, region)
        self._check_cover(variable, dimensions, covered)
        if isinstance(variable, Stock):
            self._define_flows(variable, quantity)
        if quantity.kind is Kind.INPUT:
            quantity.defaults = _defaults(quantity)

    def _define_region(
        self,
        variable: EquationVariable,
        quantity: Quantity,
        equation: Equation,
        region: Region,
    ) -> None:
        frame = self._frame(quantity, region)
        number = number_of(equation.expression)
        value: Node
        if isinstance(equation.expression, NumberTable):
            value = self._tabulated(variable, equation.expression, region)
        else:
            value = frame.expression(equation.expression) if number is None else Literal(number)
        if isinstance(variable, Graph):
            selectors = region.target
            value = Interpolate(self.graphs[variable.key], selectors, value, variable.span)
        if isinstance(variable, Flow) and variable.non_negative:
            value = Apply("max", (value, Literal(0.0)), equation.span)
        span = equation.span or variable.span
        if isinstance(variable, Stock):
            quantity.initial.append(Rule(region.axes, region.target, value, span))
            if equation.rate is not None:
                rate = self._frame(quantity, region, "rate").expression(equation.rate)
                quantity.step.append(Rule(region.axes, region.target, rate, span))
            return
        rule = self._add_rule(quantity, region, value, span)
        if equation.initial is not None:
            start = frame.expression(equation.initial)
            quantity.initial[-1] = replace(rule, expression=start)

    def _tabulated(self, variable: EquationVariable, table: NumberTable, region: Region) -> Node:
        wanted = math.prod(a.extent for a in region.axes)
        if len(table.values) != wanted:
            self.diagnostics.error(
                f"`{variable.name}` has {wanted} elements here and {len(table.values)} numbers",
                _place(table.span) or _place(variable.span),
            )
            return Literal(math.nan)
        return Tabulated(np.array(table.values), region.axes)

    def _add_rule(self, quantity: Quantity, region: Region, value: Node, span: Span | None) -> Rule:
        rule = Rule(region.axes, region.target, value, span)
        quantity.step.append(rule)
        quantity.initial.append(rule)
        return rule

    def _frame(self, quantity: Quantity, region: Region, part: str = "") -> Frame:
        return Frame(
            self,
            quantity,
            region.axes,
            region.target,
            region.current,
            implicit=self.project.dialect in ("xmile", "stella"),
            dialect=self.project.dialect,
            draws=Draws(quantity.name, part),
        )

    def _define_flows(self, variable: Stock, quantity: Quantity) -> None:
        if quantity.step and not variable.flows:
            return
        region = whole_region(self._dimensions_of[quantity])
        frame = self._frame(quantity, region, "rate")
        frame.implicit = True
        terms: list[Term] = [(t.sign, frame.expression(t.expression)) for t in variable.flows]
        self._rates.append((variable, quantity, region, terms))

    def _define_rates(self) -> None:
        """Give the stocks their rates, once every flow has its rules."""
        for variable, quantity, region, terms in self._rates:
            if variable.non_negative and not self.diagnostics.errors:
                terms = limited_terms(self, quantity, region, terms)
            rate: Node | None = None
            for sign, flow in terms:
                if rate is None:
                    rate = flow if sign > 0 else Apply("negate", (flow,))
                else:
                    rate = Apply("+" if sign > 0 else "-", (rate, flow))
            rate = Literal(0.0) if rate is None else rate
            quantity.step = [Rule(region.axes, region.target, rate, variable.span)]

    def _defined_twice(
        self,
        variable: AnyVariable,
        dimensions: Sequence[DimensionInfo],
        cell: tuple[int, ...],
        place: Place | None,
    ) -> None:
        which = variable.name + _cell_name(dimensions, cell)
        self.diagnostics.error(
            f"`{which}` has two equations", place, "keep one, or except it from the other"
        )

    def _check_cover(
        self,
        variable: EquationVariable,
        dimensions: Sequence[DimensionInfo],
        covered: npt.NDArray[np.int64],
    ) -> None:
        if not (covered == 0).any():
            return
        place = _place(variable.span)
        if not dimensions or not variable.equations:
            self.diagnostics.error(
                f"`{variable.name}` has no equation", place, "give it a number or an expression"
            )
            return
        missing = [
            variable.name + _cell_name(dimensions, tuple(int(i) for i in cell))
            for cell in itertools.islice(np.argwhere(covered == 0), 9)
        ]
        total = int((covered == 0).sum())
        more = f", … ({total} in all)" if total > 8 else ""
        self.diagnostics.error(
            f"no equation for {', '.join(missing[:8])}{more}",
            place,
            "every element of an array needs one",
        )

    # Hidden quantities

    def hidden(
        self,
        frame: Frame,
        label: str,
        kind: Kind,
        initial: Node,
        step: Node | None = None,
        *,
        lag: Node | None = None,
    ) -> Reference:
        """Make a hidden quantity and return a reference to its current element.

        It has one element for each turn of the axes that its expressions depend on.
        """
        made = self.reserve(frame, label, kind, [n for n in (initial, step, lag) if n])
        self.complete(made, initial, step, lag)
        return made

    def reserve(self, frame: Frame, label: str, kind: Kind, depends: Sequence[Node]) -> Reference:
        """Make a hidden quantity whose rules follow, so that they can refer to it."""
        used: set[Axis] = set()
        for node in depends:
            used |= axes_used(node)
        known = dict.fromkeys(a for a in frame.all_axes() if a in used)
        axes = (*known, *sorted(used - set(known), key=lambda a: a.name))
        quantity = Quantity(
            f"{frame.owner.name}~{label}",
            kind,
            tuple(a.extent for a in axes),
            origin=frame.owner.origin or frame.owner,
            save=False,
            span=frame.owner.span,
        )
        self.made.append(quantity)
        return Reference(quantity, tuple(Follow(a) for a in axes))

    def complete(
        self, made: Reference, initial: Node, step: Node | None, lag: Node | None = None
    ) -> None:
        """Give a reserved quantity its rules."""
        quantity = made.quantity
        target = tuple(s for s in made.selectors if isinstance(s, Follow))
        axes = tuple(s.axis for s in target)
        span = quantity.span
        rule = Rule(axes, target, initial, span)
        quantity.initial.append(rule)
        if step is not None:
            same = step is initial
            quantity.step.append(rule if same else Rule(axes, target, step, span))
        if lag is not None:
            quantity.lag.append(Rule(axes, target, lag, span))

    def shared(self, frame: Frame, label: str, node: Node) -> Node:
        """Return ``node``, through a hidden quantity where it is more than a name or a number."""
        if isinstance(node, Literal | Reference):
            return node
        return self.hidden(frame, label, Kind.VALUE, node, node)

    # Functions

    def parsed(self, text: str) -> Expression:
        """Parse a definition of the table of builtins, once."""
        if text not in self._parsed:
            self._parsed[text] = parse_text(text, "<definition>")
        return self._parsed[text]

    def builtin(
        self, frame: Frame, node: Call, builtin: Builtin, arguments: Sequence[Expression]
    ) -> Node:
        """Resolve the call of a builtin."""
        name = builtin.name
        if name in AGGREGATES:
            found = AGGREGATES[name](frame, node, arguments)
            if found is not None:
                return found
        if name in DYNAMIC:
            return DYNAMIC[name](frame, node, frame.defined(builtin, arguments))
        context = self._context(name)
        if context is not None:
            return context
        if name == "LOOKUP":
            return frame.graph_argument(node, *arguments)
        if builtin.kind == "random":
            return draw(frame, node, builtin, frame.defined(builtin, arguments))
        if builtin.definition:
            return self._by_definition(frame, node, builtin, arguments)
        if name in ELEMENTARY:
            bound = tuple(frame.expression(a) for a in arguments)
            return Apply(ELEMENTARY[name], bound, node.span)
        if name in ("MIN", "MAX"):
            return self._fold(frame, node, name.lower(), arguments)
        return frame.error(node, f"{name} cannot be used yet in an equation")

    def _context(self, name: str) -> Node | None:
        """Return what the clock knows."""
        if name == "TIME":
            return Now()
        known = {
            "DT": self.clock.dt,
            "STARTTIME": self.clock.start,
            "STOPTIME": self.specs.stop,
            "INF": math.inf,
        }
        return Literal(known[name]) if name in known else None

    def _fold(self, frame: Frame, node: Call, name: str, arguments: Sequence[Expression]) -> Node:
        result = frame.expression(arguments[0])
        for argument in arguments[1:]:
            result = Apply(name, (result, frame.expression(argument)), node.span)
        return result

    def _by_definition(
        self, frame: Frame, node: Call, builtin: Builtin, arguments: Sequence[Expression]
    ) -> Node:
        if frame.depth > MAX_MACRO_DEPTH:
            return frame.error(node, f"{builtin.name} is defined by itself")
        bound = frame.defined(builtin, arguments)
        if builtin.kind == "dynamic":
            bound = {k: self.shared(frame, f"{builtin.name}.{k}", v) for k, v in bound.items()}
        if builtin.name == "PULSE":
            # A pulse lasts one whole step, whatever the stages of the method.
            bound["time"] = Now(at_step=True)
        return frame.inside(bound).expression(self.parsed(builtin.definition))

    def expand_macro(self, frame: Frame, node: Call, macro: Macro) -> Node:
        """Resolve a macro's call: its variables become hidden quantities of this equation."""
        from headwater.compiler.macros import expand

        return expand(self, frame, node, macro)


ELEMENTARY: Mapping[str, str] = {
    "ABS": "abs",
    "ARCCOS": "acos",
    "ARCSIN": "asin",
    "ARCTAN": "atan",
    "COS": "cos",
    "EXP": "exp",
    "INT": "floor",
    "LN": "log",
    "LOG10": "log10",
    "SIN": "sin",
    "SQRT": "sqrt",
    "TAN": "tan",
}
"""Builtins that are one operation of their arguments, by the name that lowering knows."""


def _count_cells(covered: npt.NDArray[np.int64], region: Region) -> tuple[int, ...] | None:
    """Count the cells of a region; return one that was counted before."""
    shared = len(region.axes) == 1 and sum(isinstance(t, Follow) for t in region.target) > 1
    members = [t.members if isinstance(t, Follow) else (t.index,) for t in region.target]
    if shared:
        extent = region.axes[0].extent
        index: tuple[npt.NDArray[np.int64], ...] = tuple(
            np.array(m if len(m) == extent else m * extent) for m in members
        )
    else:
        index = np.ix_(*members) if members else ()
    covered[index] += 1
    if (covered[index] > 1).any():
        cell = np.argwhere(covered > 1)[0]
        return tuple(int(i) for i in cell)
    return None


def _defaults(quantity: Quantity) -> npt.NDArray[np.float64]:
    values = np.full(quantity.size, np.nan)
    for rule in quantity.step:
        cells = target_cells(quantity.shape, rule)
        if isinstance(rule.expression, Literal):
            values[cells] = rule.expression.value
        elif isinstance(rule.expression, Tabulated):
            values[cells] = rule.expression.values
    return values.reshape(quantity.shape)


def _cell_name(dimensions: Sequence[DimensionInfo], cell: tuple[int, ...]) -> str:
    if not cell:
        return ""
    names = (d.elements[i] for d, i in zip(dimensions, cell, strict=True))
    return f"[{', '.join(names)}]"


def _place(span: Span | None) -> Place | None:
    return span.place if span else None
