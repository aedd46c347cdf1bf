"""From a project to the resolved model: every name looked up, every subscript checked.

This pass finds what is wrong with a model, apart from circular equations and units, and reports
all of it at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.constants import number_of
from headwater.compiler.functions.arrays.shifts import Shift, apply_shifts
from headwater.compiler.functions.calls import call_builtin
from headwater.compiler.functions.data.held import holds_data
from headwater.compiler.functions.data.made_series import in_definition_order
from headwater.compiler.functions.lookups.graphs import data_graph, graph_set, read_in_kind
from headwater.compiler.functions.queues.rows import QueueRows
from headwater.compiler.methods import METHODS
from headwater.compiler.program import Clock
from headwater.compiler.resolved import (
    Apply,
    Draw,
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
    nodes,
    target_cells,
)
from headwater.compiler.resolving.coverage import Coverage
from headwater.compiler.resolving.dimensions import DimensionInfo, DimensionTable
from headwater.compiler.resolving.expressions import Draws, Frame
from headwater.compiler.resolving.holes import check_uses, leave_out, leave_out_not_computed
from headwater.compiler.resolving.preview import Preview
from headwater.compiler.resolving.subscripts import Region, RegionReader, whole_region
from headwater.compiler.stocks.belt_readings import Ages
from headwater.compiler.stocks.container_contents import Contents
from headwater.compiler.stocks.disciplines import Term
from headwater.compiler.stocks.rates import Rate, define_rates
from headwater.errors import Diagnostics, ModelError, Place, did_you_mean
from headwater.language.builtins import Builtin
from headwater.language.names import canonical
from headwater.language.parser import parse_text
from headwater.language.source import Span
from headwater.language.syntax import Call, Expression, NumberTable
from headwater.model.disciplines import Role, driven_flows
from headwater.model.project import Macro, Project, SimSpecs
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Data,
    Equation,
    EquationVariable,
    Flow,
    FlowTerm,
    Graph,
    Stock,
)

MAX_ELEMENTS = 4_000_000
"""The most elements that one variable may have."""


def resolve(
    project: Project, specs: SimSpecs, clock: Clock, inputs: frozenset[str]
) -> ResolvedModel:
    """Return the resolved model; ``inputs`` are the canonical names of what is given per run.

    Raises ModelError with every mistake found.
    """
    resolver = Resolver(project, specs, clock)
    resolver.declare(inputs)
    resolver.define()
    check_uses(resolver)
    resolver.diagnostics.raise_errors(ModelError)
    return ResolvedModel(project.name, resolver.made, resolver.quantities)


class Resolver:
    """The state of the pass: what names mean, and what has been made of them so far."""

    def __init__(self, project: Project, specs: SimSpecs, clock: Clock) -> None:
        self.project = project
        self.specs = specs
        self.clock = clock
        self.staged = METHODS[specs.method].stages > 1
        self.diagnostics = Diagnostics()
        self.preview = Preview(project, specs)
        self.vensim = project.dialect == "vensim"
        self.outside = math.nan if project.outside_is_nan else 0.0
        self.dimensions = DimensionTable(
            project.dimensions,
            self.diagnostics,
            global_elements=self.vensim,
            alike_by_name=project.dialect in ("xmile", "stella"),
        )
        self.regions = RegionReader(self.dimensions, self.diagnostics, as_written=self.vensim)
        self._regions: dict[tuple[str, ...], Region] = {}

        # Every quantity, hidden ones included, and the visible ones by canonical name.
        self.made: list[Quantity] = []
        self.quantities: dict[str, Quantity] = {}
        self._variables: list[tuple[AnyVariable, Quantity | None]] = []
        self._dimensions_of: dict[Quantity, tuple[DimensionInfo, ...]] = {}
        self._keys: dict[Quantity, str] = {}

        # What can be called, by canonical name.
        self.graphs: dict[str, GraphSet] = {}
        self.graph_dimensions: dict[str, tuple[DimensionInfo, ...]] = {}
        self.macros: dict[str, Macro] = {canonical(m.name): m for m in project.macros}
        self.macro_calls = 0
        self._parsed: dict[str, Expression] = {}

        # What equations ask of the stocks, so that their rates can be made once all are read.
        self.driven: Mapping[str, Role] = driven_flows(project.variables)
        self._rates: list[Rate] = []
        self.shifts: list[Shift] = []
        self.fractions: dict[Quantity, Quantity] = {}
        self.ages: dict[Quantity, list[Ages]] = {}
        self.contents: dict[Quantity, list[Contents]] = {}
        self.oven_states: dict[Quantity, Quantity] = {}
        self.processing: dict[Quantity, Quantity] = {}
        self.stamps = project.has_time_stamps
        self.stamped: dict[Quantity, dict[str, Quantity]] = {}
        self.queues: dict[Quantity, QueueRows] = {}

        # The function, by the quantity that has no value because this function is not computed.
        self.not_computed: dict[Quantity, str] = {}

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
        if isinstance(variable, Graph) or (isinstance(variable, Flow) and variable.graphs):
            self.graphs[variable.key] = graph_set(self, variable, dimensions)
            self.graph_dimensions[variable.key] = dimensions
            if isinstance(variable, Graph) and not variable.equations:
                self._variables.append((variable, None))
                return
        if math.prod(d.size for d in dimensions) > MAX_ELEMENTS:
            self.diagnostics.error(
                f"`{variable.name}` has more than {MAX_ELEMENTS:,} elements",
                _place(variable.span),
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
        self.quantities[variable.key] = quantity
        self._keys[quantity] = variable.key
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
            # Data first: some functions look at their points.
            if isinstance(variable, Data) and quantity is not None:
                self._define_data(variable, quantity)
        for variable, quantity in in_definition_order(self._variables, self.project.by_key):
            if isinstance(variable, Data) or quantity is None:
                continue
            role = self.driven.get(variable.key)
            if role is None or quantity.kind is not Kind.VALUE:
                self._define_equations(variable, quantity)
            elif role is Role.LEAK and variable.equations:
                fractions = self.by_equations(variable, quantity, variable.equations, "fraction")
                self.fractions[quantity] = fractions
        define_rates(self, self._rates)
        apply_shifts(self)

    def _define_data(self, variable: Data, quantity: Quantity) -> None:
        dimensions = self._dimensions_of[quantity]
        made = data_graph(self, variable, dimensions)
        if made is None:
            return
        graph, x = made
        region = whole_region(dimensions)
        quantity.missing = graph.missing
        quantity.held = holds_data(self, variable)
        self._add_rule(quantity, region, Interpolate(graph, region.target, x), variable.span)

    def _define_equations(self, variable: EquationVariable, quantity: Quantity) -> None:
        if leave_out_not_computed(self, variable, quantity):
            return
        self._define_elements(variable, quantity, variable.equations, self._dimensions_of[quantity])
        if isinstance(variable, Stock):
            self._define_flows(variable, quantity)
        if quantity.kind is Kind.INPUT:
            quantity.defaults = _defaults(quantity)
        if quantity.kind is Kind.VALUE and holds_data(self, variable):
            quantity.held = True

    def _define_elements(
        self,
        variable: EquationVariable,
        quantity: Quantity,
        equations: Sequence[Equation],
        dimensions: tuple[DimensionInfo, ...],
    ) -> None:
        coverage = Coverage(variable, quantity, dimensions, self.diagnostics)
        for equation in equations:
            span = equation.span or variable.span
            region = self.regions.read(
                variable.name, dimensions, equation.subscripts, equation.excepts, span
            )
            if region is None:
                coverage.count_all()
                continue
            coverage.count(region, span)
            self._define_region(variable, quantity, equation, region)
        missing = coverage.missing()
        if len(missing) and dimensions and variable.equations and self.vensim:
            leave_out(self.quantities[variable.key], missing)
        elif len(missing):
            coverage.report(missing)

    def by_equations(
        self, variable: AnyVariable, owner: Quantity, equations: Sequence[Equation], label: str
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
        self.made.append(made)
        stand_in = Auxiliary(name=variable.name, equations=tuple(equations), span=variable.span)
        self._define_elements(stand_in, made, equations, self._dimensions_of[owner])
        return made

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
        if isinstance(variable, Graph | Flow) and variable.graphs:
            selectors = region.target
            graph = self.graphs[variable.key]
            value = read_in_kind(Interpolate(graph, selectors, value, variable.span))
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

    def frame(self, quantity: Quantity, region: Region, part: str = "") -> Frame:
        """Return a frame for expressions that stand in no equation of their own."""
        frame = self._frame(quantity, region, part)
        frame.implicit = True
        return frame

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
        region = self._whole(self._dimensions_of[quantity])
        frame = self.frame(quantity, region, "rate")
        terms: list[Term] = []
        for term in variable.flows:
            factor = self._factor(frame, term) if term.sign > 0 else None
            terms.append(Term(term.sign, frame.expression(term.expression), factor))
        self._rates.append(Rate(variable, quantity, region, terms))

    def let_flows_decide(self, variable: Stock, made: Reference, terms: list[Term]) -> None:
        """Make the rate of a hidden stock of its flows, as that of a visible one is made."""
        target = tuple(s for s in made.selectors if isinstance(s, Follow))
        region = Region(tuple(s.axis for s in target), target, ())
        self._rates.append(Rate(variable, made.quantity, region, terms))

    def _whole(self, dimensions: tuple[DimensionInfo, ...]) -> Region:
        """Return the region of all elements, one for all stocks of the same dimensions.

        What a conveyor lets in can then stand in the rules of the queue before it.
        """
        key = tuple(d.key for d in dimensions)
        if key not in self._regions:
            self._regions[key] = whole_region(dimensions)
        return self._regions[key]

    def _factor(self, frame: Frame, term: FlowTerm) -> Node | None:
        """Return what converts an inflow into the unit of the stock that it leads into."""
        flow = self.project.by_key.get(getattr(term.expression, "key", ""))
        if not isinstance(flow, Flow) or flow.multiplier is None:
            return None
        return frame.expression(flow.multiplier)

    def key_of(self, quantity: Quantity) -> str:
        """Return the canonical name of a visible quantity."""
        return self._keys.get(quantity, "")

    def variable_of(self, quantity: Quantity) -> AnyVariable | None:
        """Return the variable that a visible quantity stands for."""
        return self.project.by_key.get(self.key_of(quantity))

    def is_uniflow(self, quantity: Quantity) -> bool:
        """Tell whether a quantity is a flow that is never negative."""
        variable = self.variable_of(quantity)
        if self.key_of(quantity) in self.driven:
            return True
        return isinstance(variable, Flow) and variable.non_negative

    def is_constant(self, node: Node) -> bool:
        """Tell whether an expression rests on numbers and inputs alone, within a run."""
        stack = [node]
        seen: set[Quantity] = set()
        while stack:
            for part in nodes(stack.pop()):
                if isinstance(part, Now | Draw):
                    return False
                if not isinstance(part, Reference) or part.quantity in seen:
                    continue
                seen.add(part.quantity)
                if part.quantity.kind is Kind.VALUE:
                    stack += [r.expression for r in part.quantity.step]
                elif part.quantity.kind not in (Kind.INPUT, Kind.FROZEN):
                    return False
        return True

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
        if frame.repeated:
            frame.error(
                None,
                f"{label.partition('.')[0]} cannot stand in a macro that runs on its own, or that "
                "calls itself as often as the run decides",
                "each step of the model has it once: write it out, or ask for it outside",
            )
        used = axes_used(*depends)
        known = dict.fromkeys(a for a in frame.all_axes() if a in used)
        axes = (*known, *(axis for axis in used if axis not in known))
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
        if isinstance(node, Literal | Reference) or frame.repeated:
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
        return call_builtin(self, frame, node, builtin, arguments)

    def at_start(self, node: Call, argument: int) -> float | None:
        """Return the value of an argument at the start where it can be told before the run."""
        return self.preview.value(node.arguments[argument], self.specs.start)

    def all_at_start(self, node: Call, argument: int) -> list[float] | None:
        """Return what an argument may be at the start, for any elements of the arrays in it."""
        return self.preview.values(node.arguments[argument], self.specs.start)

    def expand_macro(self, frame: Frame, node: Call, macro: Macro) -> Node:
        """Resolve a macro's call: its variables become hidden quantities of this equation."""
        from headwater.compiler.resolving.macros import expand

        return expand(self, frame, node, macro)


def _defaults(quantity: Quantity) -> npt.NDArray[np.float64]:
    values = np.full(quantity.size, np.nan)
    for rule in quantity.step:
        cells = target_cells(quantity.shape, rule)
        if isinstance(rule.expression, Literal):
            values[cells] = rule.expression.value
        elif isinstance(rule.expression, Tabulated):
            values[cells] = rule.expression.values
    return values.reshape(quantity.shape)


def _place(span: Span | None) -> Place | None:
    return span.place if span else None
