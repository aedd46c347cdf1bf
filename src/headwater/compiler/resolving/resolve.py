"""From a project to the resolved model: every name looked up, every subscript checked.

This pass finds what is wrong with a model, apart from circular equations and units, and reports
all of it at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from headwater.compiler.functions.arrays.shifts import Shift
from headwater.compiler.functions.calls import call_builtin
from headwater.compiler.functions.queues.rows import QueueRows
from headwater.compiler.methods import METHODS
from headwater.compiler.program import Clock
from headwater.compiler.resolved import (
    Draw,
    Follow,
    GraphSet,
    Kind,
    Literal,
    Node,
    Now,
    Quantity,
    Reference,
    ResolvedModel,
    Rule,
    axes_used,
    nodes,
)
from headwater.compiler.resolving.declaring import declare
from headwater.compiler.resolving.defining import define
from headwater.compiler.resolving.dimensions import DimensionInfo, DimensionTable
from headwater.compiler.resolving.expressions import Draws, Frame
from headwater.compiler.resolving.holes import check_uses
from headwater.compiler.resolving.preview import Preview
from headwater.compiler.resolving.subscripts import Region, RegionReader, whole_region
from headwater.compiler.stocks.belt_readings import Ages
from headwater.compiler.stocks.container_contents import Contents
from headwater.compiler.stocks.disciplines import Term
from headwater.compiler.stocks.rates import Rate
from headwater.errors import Diagnostics, ModelError
from headwater.language.builtins import Builtin
from headwater.language.names import canonical
from headwater.language.parser import parse_text
from headwater.language.syntax import Call, Expression
from headwater.model.disciplines import Role, driven_flows
from headwater.model.project import Macro, Project, SimSpecs
from headwater.model.variables import (
    AnyVariable,
    Flow,
    Stock,
)


def resolve(
    project: Project, specs: SimSpecs, clock: Clock, inputs: frozenset[str]
) -> ResolvedModel:
    """Return the resolved model; ``inputs`` are the canonical names of what is given per run.

    Raises ModelError with every mistake found.
    """
    resolver = Resolver(project, specs, clock)
    declare(resolver, inputs)
    define(resolver)
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
        self._wholes: dict[tuple[str, ...], Region] = {}

        # Every quantity, hidden ones included, and the visible ones by canonical name.
        self.made: list[Quantity] = []
        self.quantities: dict[str, Quantity] = {}
        self.variables: list[tuple[AnyVariable, Quantity | None]] = []
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
        self.rates: list[Rate] = []
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

    def know(
        self,
        variable: AnyVariable,
        quantity: Quantity | None,
        dimensions: tuple[DimensionInfo, ...],
    ) -> None:
        """Take up a variable and, unless it is a graph alone, its quantity."""
        self.variables.append((variable, quantity))
        if quantity is None:
            return
        self.quantities[variable.key] = quantity
        self.made.append(quantity)
        self._keys[quantity] = variable.key
        self._dimensions_of[quantity] = dimensions

    def dimensions_of(self, quantity: Quantity) -> tuple[DimensionInfo, ...]:
        """Return the dimensions of a visible quantity."""
        return self._dimensions_of.get(quantity, ())

    def graph_names(self) -> list[str]:
        """Return the names of the graphical functions."""
        return [g.name for g in self.graphs.values()]

    def frame(self, quantity: Quantity, region: Region, part: str = "") -> Frame:
        """Return a frame for expressions that stand in no equation of their own."""
        frame = self.equation_frame(quantity, region, part)
        frame.implicit = True
        return frame

    def equation_frame(self, quantity: Quantity, region: Region, part: str = "") -> Frame:
        """Return the frame of an equation of the elements of a region."""
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

    def let_flows_decide(self, variable: Stock, made: Reference, terms: list[Term]) -> None:
        """Make the rate of a hidden stock of its flows, as that of a visible one is made."""
        target = tuple(s for s in made.selectors if isinstance(s, Follow))
        region = Region(tuple(s.axis for s in target), target, ())
        self.rates.append(Rate(variable, made.quantity, region, terms))

    def whole(self, dimensions: tuple[DimensionInfo, ...]) -> Region:
        """Return the region of all elements, one for all stocks of the same dimensions.

        What a conveyor lets in can then stand in the rules of the queue before it.
        """
        key = tuple(d.key for d in dimensions)
        if key not in self._wholes:
            self._wholes[key] = whole_region(dimensions)
        return self._wholes[key]

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
