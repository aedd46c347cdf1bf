"""Variables and dimensions of a model, as plain data (XMILE 1.0, sections 3 and 4).

Names keep the spelling of their file; every look-up goes through
:func:`headwater.language.names.canonical`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Expression
from headwater.model.uncertainty import Range, Uncertainty

GraphKind = Literal["continuous", "extrapolated", "discrete"]
Interpolation = Literal["linear", "hold", "look_forward", "backward", "raw"]


@dataclass(frozen=True, slots=True)
class Mapping:
    """How elements of one dimension stand for elements of another (Vensim's ``->``)."""

    target: str
    elements: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """A named, ordered set of elements. A subrange names its ``parent``."""

    name: str
    elements: tuple[str, ...]
    parent: str = ""
    numbered: bool = False
    mappings: tuple[Mapping, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """The name for look-ups."""
        return canonical(self.name)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an equation rests on: claim and source ids, or the modeller's assumption."""

    because: tuple[str, ...] = ()
    assumption: str = ""


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation of a variable.

    ``subscripts`` are dimension names (apply to all their elements) or element names, one per
    dimension of the variable; ``excepts`` removes elements. For a stock ``expression`` is the
    initial value and ``rate`` (where the dialect has one) the net flow; for other variables
    ``initial`` is the value used at initialisation only (Vensim's ACTIVE INITIAL).
    """

    expression: Expression
    subscripts: tuple[str, ...] = ()
    excepts: tuple[tuple[str, ...], ...] = ()
    initial: Expression | None = None
    rate: Expression | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class GraphicalFunction:
    """Points joined by lines or steps (XMILE 1.0, section 3.1.4). ``x`` is increasing."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: GraphKind = "continuous"
    subscripts: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Series:
    """Values over time for one element of a data variable."""

    times: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    subscripts: tuple[str, ...] = ()
    origin: str = ""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Series)
            and self.subscripts == other.subscripts
            and np.array_equal(self.times, other.times)
            and np.array_equal(self.values, other.values)
        )

    def __hash__(self) -> int:
        return hash((self.times.tobytes(), self.values.tobytes(), self.subscripts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What all variables share. ``unit`` is text; empty means: infer it."""

    name: str
    dimensions: tuple[str, ...] = ()
    unit: str = ""
    documentation: str = ""
    group: str = ""
    range: Range | None = None
    provenance: Provenance = Provenance()
    uncertainty: Uncertainty | None = None
    save: bool = True
    span: Span | None = field(default=None, compare=False, repr=False)
    unit_span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> str:
        """The name for look-ups."""
        return canonical(self.name)


@dataclass(frozen=True, slots=True)
class FlowTerm:
    """A flow into (+1) or out of (-1) a stock: a flow's name, or an expression."""

    sign: Literal[1, -1]
    expression: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock(Variable):
    """An accumulation. Its ``equations`` give initial values."""

    equations: tuple[Equation, ...]
    flows: tuple[FlowTerm, ...] = ()
    non_negative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(Variable):
    """A rate of change of one or two stocks."""

    equations: tuple[Equation, ...]
    non_negative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Auxiliary(Variable):
    """An equation computed at every step."""

    equations: tuple[Equation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Variable):
    """A value that does not change within a run, and may be uncertain."""

    equations: tuple[Equation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever(Variable):
    """What a policy may set. Its equations are the baseline."""

    equations: tuple[Equation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph(Variable):
    """A graphical function.

    Without ``equations`` it is a function that other equations call; with them it is a variable
    whose value is the function of its equation.
    """

    graphs: tuple[GraphicalFunction, ...]
    input_unit: str = ""
    equations: tuple[Equation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Data(Variable):
    """A data series read from outside the model."""

    series: tuple[Series, ...]
    interpolation: Interpolation = "linear"


AnyVariable = Stock | Flow | Auxiliary | Constant | Lever | Graph | Data
EquationVariable = Stock | Flow | Auxiliary | Constant | Lever | Graph
