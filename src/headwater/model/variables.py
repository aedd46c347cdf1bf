"""Variables and dimensions of a model, as plain data (XMILE 1.0, sections 3 and 4).

Names keep the spelling of their file; every look-up goes through
:func:`headwater.language.names.canonical`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Expression
from headwater.model.deferred import Deferring

if TYPE_CHECKING:  # what a run from the cache never looks at is not imported for it
    from headwater.model.uncertainty import Range, Uncertainty

GraphKind = Literal["continuous", "extrapolated", "discrete"]
Access = Literal["", "input", "output"]
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
    """Points joined by lines or steps (XMILE 1.0, section 3.1.4). ``x`` is increasing.

    ``scale`` is the range of the y axis as it is shown; it has no part in the computation.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: GraphKind = "continuous"
    subscripts: tuple[str, ...] = ()
    scale: Range | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Conveyor:
    """What makes a stock a conveyor (XMILE 1.0, sections 3.7.2 and 4.2.1).

    ``lengths`` give the transit time, one equation or one per element. The conditions and limits
    are of one conveyor: the same expression for every element of an arrayed one. Where
    ``contents`` are given they fill the belt, the exit's end first, in place of a steady state.
    ``fifo`` (isee systems) moves the whole belt as fast as the transit time says now, so that
    nothing overtakes; it makes no difference to a fixed transit time.
    """

    lengths: tuple[Equation, ...]
    capacity: Expression | None = None
    inflow_limit: Expression | None = None
    sample: Expression | None = None
    arrest: Expression | None = None
    contents: tuple[Expression, ...] = ()
    discrete: bool = False
    batch_integrity: bool = False
    one_at_a_time: bool = True
    exponential_leakage: bool = False
    fifo: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """What makes a stock a queue (XMILE 1.0, section 3.7.3): first in, first out.

    ``contents`` are the batches that wait at the start, the front one first; without them what the
    stock holds is one batch.
    """

    contents: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Oven:
    """What makes a stock an oven (isee systems): it fills, cooks, empties and is cleaned."""

    cook_time: Expression
    capacity: Expression | None = None
    fill_time: Expression | None = None
    clean_time: Expression | None = None
    arrest: Expression | None = None


@dataclass(frozen=True, slots=True)
class Leakage:
    """How a conveyor's outflow leaks: from ``start`` to ``end`` of the belt, as fractions.

    The flow's equations give the fraction; positions count from the inflow's side.
    """

    start: float = 0.0
    end: float = 1.0
    integers: bool = False


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
class Variable(Deferring):
    """What all variables share. ``unit`` is text; empty means: infer it.

    ``access`` is that of a module's input or output; ``display`` is what a file says of the
    variable's looks, as it was written.
    """

    name: str
    dimensions: tuple[str, ...] = ()
    unit: str = ""
    documentation: str = ""
    group: str = ""
    range: Range | None = None
    provenance: Provenance = Provenance()
    uncertainty: Uncertainty | None = None
    save: bool = True
    access: Access = ""
    display: tuple[str, ...] = ()
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
    """An accumulation. Its ``equations`` give initial values.

    Flows stand in the order of their priority.
    """

    equations: tuple[Equation, ...]
    flows: tuple[FlowTerm, ...] = ()
    non_negative: bool = False
    discipline: Conveyor | Queue | Oven | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How an inflow of a conveyor enters along the belt, in place of at its beginning.

    In equal parts (``even``), in proportion to what lies there (``content``), by the area under the
    graphical function ``profile`` of the share of the transit time that is left (0: at the exit),
    or where it leaked from another conveyor (``source``).
    """

    rule: Literal["even", "content", "profile", "source"]
    profile: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(Variable):
    """A rate of change of one or two stocks.

    With ``graphs`` its value is the graphical function of its equation. The ``multiplier`` converts
    what leaves the stock upstream into the unit of the stock downstream. Outflows of conveyors,
    queues and ovens need no equation. What flows into a conveyor enters at its beginning, or as
    ``spread`` says. From a flow that is ``time_stamped`` on, cycle times count (Stella).
    """

    equations: tuple[Equation, ...]
    non_negative: bool = False
    graphs: tuple[GraphicalFunction, ...] = ()
    multiplier: Expression | None = None
    leakage: Leakage | None = None
    overflow: bool = False
    spread: Spread | None = None
    time_stamped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Auxiliary(Variable):
    """An equation computed at every step."""

    equations: tuple[Equation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Variable):
    """A value that does not change within a run, and may be uncertain.

    ``unchangeable``: no file of changes may set it (Vensim's ``==``).
    """

    equations: tuple[Equation, ...]
    unchangeable: bool = False


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
