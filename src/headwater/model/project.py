"""A whole model: simulation settings, dimensions, variables, modules and macros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Literal

from headwater.errors import Diagnostic
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Expression, Name, transform
from headwater.model.variables import AnyVariable, Dimension, Flow

Dialect = Literal["headwater", "xmile", "stella", "vensim"]


CalendarUnit = Literal["year", "quarter", "month", "week", "day", "hour", "minute", "second"]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The date at time 0 and the unit in which time is counted (Vensim's time labels)."""

    year: int
    month: int
    day: int
    unit: CalendarUnit


@dataclass(frozen=True, slots=True)
class SimSpecs:
    """When a run starts and stops, its step and what it saves (XMILE 1.0, section 2.3).

    ``save_step`` of 0 saves every step. ``method`` is a name in the table of methods. ``rtol`` and
    ``atol`` bound the error of a step where the method chooses it. ``pause`` is the interval at
    which an interactive run stops (0: never); runs here do not. ``calendar`` is there where the
    model asks for dates.
    Expressions replace the numbers where a file computes them (Vensim's ``FINAL TIME = x + 1``).
    """

    start: float = 0.0
    stop: float = 100.0
    step: float = 1.0
    save_step: float = 0.0
    method: str = "euler"
    time_unit: str = ""
    pause: float = 0.0
    start_expression: Expression | None = None
    stop_expression: Expression | None = None
    step_expression: Expression | None = None
    save_expression: Expression | None = None
    rtol: float = 1e-6
    atol: float = 1e-9
    calendar: Calendar | None = None


@dataclass(frozen=True, slots=True)
class UnitDefinition:
    """A named unit, its equation in other units (empty: a base unit) and its other names."""

    name: str
    equation: str = ""
    aliases: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """A module's input ``target`` takes its value from ``origin`` (XMILE 1.0, section 4.7.1)."""

    target: str
    origin: str


@dataclass(frozen=True, slots=True)
class Module:
    """An instance of a sub-model inside another; ``display`` is as that of a variable."""

    name: str
    model: str
    connections: tuple[Connection, ...] = ()
    display: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


RESULT = " : "
"""Between the names of a macro and of a further result, in that of the macro that computes it."""


@dataclass(frozen=True, slots=True)
class OwnRun:
    """The settings of a macro that runs to its end at each call (XMILE 1.0, section 4.8.3)."""

    start: Expression
    stop: Expression
    step: Expression
    method: str = "euler"


@dataclass(frozen=True, slots=True)
class Macro:
    """A user-defined function: parameters, local variables and the result.

    ``outputs`` are further results that the caller receives by name (Vensim's ``: out``).
    ``defaults`` are the values of the last parameters where a call leaves them out; they may name
    the parameters before them. With a ``run`` each call is a simulation of its own.
    """

    name: str
    parameters: tuple[str, ...]
    expression: Expression
    variables: tuple[AnyVariable, ...] = ()
    outputs: tuple[str, ...] = ()
    defaults: tuple[Expression, ...] = ()
    documentation: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)
    run: OwnRun | None = None

    def arguments(self, given: Sequence[Expression]) -> tuple[Expression, ...]:
        """Return the arguments of a call, with what stands for those that it leaves out."""
        found = list(given)
        missing = len(self.parameters) - len(given)
        for default in self.defaults[len(self.defaults) - missing :] if missing > 0 else ():
            names = dict(zip(map(canonical, self.parameters), found, strict=False))
            found.append(transform(default, partial(_meant, names)))
        return tuple(found)


def _meant(names: Mapping[str, Expression], node: Expression) -> Expression:
    """Return what a name stands for."""
    if isinstance(node, Name) and not node.subscripts:
        return names.get(node.key, node)
    return node


@dataclass(frozen=True, slots=True)
class Group:
    """A named set of variables (XMILE's group; a section of the literate case)."""

    name: str
    documentation: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Submodel:
    """Variables and modules of one model; a project's root has the empty name."""

    name: str
    variables: tuple[AnyVariable, ...] = ()
    modules: tuple[Module, ...] = ()
    groups: tuple[Group, ...] = ()
    views: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inside:
    """What is in one model, by canonical name; of two of a name the first."""

    variables: Mapping[str, AnyVariable]
    modules: Mapping[str, Module]


@dataclass(frozen=True)
class Project:
    """Everything that a model file says about how to run it.

    ``properties`` are facts of the file's header, such as its author; ``views`` are its diagrams,
    as they were written; ``warnings`` are what its reader has to say beyond errors. Where a number
    is that of no element, an array gives 0 there, or NaN (``outside_is_nan``). Passes never change
    a project: they return a new one (``dataclasses.replace``).
    """

    name: str
    variables: tuple[AnyVariable, ...]
    sim_specs: SimSpecs = SimSpecs()
    dimensions: tuple[Dimension, ...] = ()
    units: tuple[UnitDefinition, ...] = ()
    groups: tuple[Group, ...] = ()
    modules: tuple[Module, ...] = ()
    submodels: tuple[Submodel, ...] = ()
    macros: tuple[Macro, ...] = ()
    dialect: Dialect = "headwater"
    documentation: str = ""
    file: str = ""
    views: tuple[str, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False)
    outside_is_nan: bool = False

    @cached_property
    def by_key(self) -> Mapping[str, AnyVariable]:
        """Variables of the root model by their canonical name."""
        return {v.key: v for v in self.variables}

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of the variables of the root model, as they are spelt."""
        return frozenset(v.name for v in self.variables)

    @cached_property
    def has_time_stamps(self) -> bool:
        """Whether a flow stamps what it moves with the time, so that cycle times count from it."""
        every = (self.variables, *(s.variables for s in self.submodels))
        return any(isinstance(v, Flow) and v.time_stamped for variables in every for v in variables)

    @cached_property
    def dimension_by_key(self) -> Mapping[str, Dimension]:
        """Dimensions by their canonical name."""
        return {d.key: d for d in self.dimensions}

    @cached_property
    def inside(self) -> Mapping[str, Inside]:
        """What is in each submodel, by its canonical name, and under "" in the root model."""
        models = (*reversed(self.submodels), Submodel("", self.variables, self.modules))
        return {
            canonical(model.name): Inside(
                {v.key: v for v in reversed(model.variables)},
                {canonical(m.name): m for m in reversed(model.modules)},
            )
            for model in models
        }

    def find(self, name: str) -> AnyVariable | None:
        """Return the variable of that name, whatever its case, spaces or underscores."""
        return self.by_key.get(canonical(name))
