"""The typed program: what lowering produces and every target consumes.

A program is a few straight blocks of typed instructions in static single assignment form, with
counted loops, over named memory slots. All runs of an ensemble execute the same instructions; a
value is one number per run (a *lane*). There are no branches: conditionals select.

One run is::

    constants; initial
    for i in 0 .. steps:
        time = start + i * dt
        step                            # first stage: STEP and DERIVATIVE slots
        save the outputs when i is a saved step; stop when i == steps
        update                          # NEXT slots from this step's values
        (further stages of the method: STOCK moved, time + c * dt, step again)
        STOCK = old STOCK + dt * (weighted DERIVATIVEs)
        commit                          # STATE slots from NEXT slots

A method that chooses its step takes as many steps of each run's own as it needs from one saved time
to the next, or from one step of the clock to the next where the program counts those. ``horizon``
tells it how far the equations go on without a switch.

Values do not cross blocks except through slots.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from headwater.model.deferred import Deferring
from headwater.model.variables import GraphKind


class Type(Enum):
    """The type of a value. A float and a truth value are one per run."""

    # As below: members are unique, and hashed very often.
    __hash__ = object.__hash__

    F64 = "f64"
    I64 = "i64"
    BOOL = "bool"
    NONE = "none"


_F, _I, _B, _N = Type.F64, Type.I64, Type.BOOL, Type.NONE


class Signature(NamedTuple):
    """Argument types and result type of an operation."""

    arguments: tuple[Type, ...]
    result: Type


class Op(Enum):
    """The operations. See :data:`SIGNATURES` for types; ``attribute`` is named in brackets."""

    # Members are unique, so identity will do, and compilation hashes them very often.
    __hash__ = object.__hash__

    # Literals and the context of a run
    FLOAT = "float"  # [value: float]
    INTEGER = "integer"  # [value: int]
    BOOLEAN = "boolean"  # [value: bool]
    TIME = "time"  # time of the current stage
    STEP = "step"  # index of the current step, from 0
    RUN = "run"  # identity of the run, the key of its random streams
    SEED = "seed"  # seed of the experiment

    # Memory
    LOAD = "load"  # [slot] index
    STORE = "store"  # [slot] index, value
    TABLE = "table"  # [table] index; a shared constant
    INDEX_TABLE = "index_table"  # [index table] index; a shared integer constant
    LOOKUP = "lookup"  # [graph] row, x

    # Counted loops
    LOOP = "loop"  # [extent: int] the index, from 0
    END = "end"
    END_WHEN = "end_when"  # END; where true, more turns change nothing that is read after the loop

    # Arithmetic, IEEE 754 double precision, never contracted or reassociated
    ADD = "add"
    SUB = "sub"
    MUL = "mul"
    DIV = "div"
    FMA = "fma"
    NEG = "neg"
    ABS = "abs"
    SQRT = "sqrt"
    FLOOR = "floor"
    CEIL = "ceil"
    TRUNC = "trunc"
    RINT = "rint"  # nearest, ties to even
    MIN = "min"  # IEEE 754-2019 minimumNumber: a NaN operand is ignored
    MAX = "max"
    COPYSIGN = "copysign"

    # Elementary functions; a target may expand them (compiler/elementary)
    EXP = "exp"
    LOG = "log"
    POW = "pow"
    SIN = "sin"
    COS = "cos"
    TAN = "tan"
    ASIN = "asin"
    ACOS = "acos"
    ATAN = "atan"

    # Comparisons of floats and of integers; logic
    LT = "lt"
    LE = "le"
    EQ = "eq"
    NE = "ne"
    ILT = "ilt"
    ILE = "ile"
    IEQ = "ieq"
    AND = "and"
    OR = "or"
    NOT = "not"
    SELECT = "select"  # condition, then, otherwise (floats)
    ISELECT = "iselect"  # condition, then, otherwise (integers)

    # 64-bit integers, two's complement, wrapping
    IADD = "iadd"
    ISUB = "isub"
    IMUL = "imul"
    IDIV = "idiv"  # floor division; the divisor is a positive literal
    IMOD = "imod"  # floor modulo; the divisor is a positive literal
    IAND = "iand"
    IOR = "ior"
    IXOR = "ixor"
    SHL = "shl"
    SHR = "shr"  # logical
    SAR = "sar"  # arithmetic

    # Conversions
    TO_FLOAT = "to_float"
    TO_INTEGER = "to_integer"  # toward zero, saturating, NaN to 0
    BITS = "bits"  # reinterpret a float as an integer
    FROM_BITS = "from_bits"


def _signatures() -> dict[Op, Signature]:
    table: dict[Op, Signature] = {
        Op.FLOAT: Signature((), _F),
        Op.INTEGER: Signature((), _I),
        Op.BOOLEAN: Signature((), _B),
        Op.TIME: Signature((), _F),
        Op.STEP: Signature((), _I),
        Op.RUN: Signature((), _I),
        Op.SEED: Signature((), _I),
        Op.LOAD: Signature((_I,), _F),
        Op.STORE: Signature((_I, _F), _N),
        Op.TABLE: Signature((_I,), _F),
        Op.INDEX_TABLE: Signature((_I,), _I),
        Op.LOOKUP: Signature((_I, _F), _F),
        Op.LOOP: Signature((), _I),
        Op.END: Signature((), _N),
        Op.END_WHEN: Signature((_B,), _N),
        Op.FMA: Signature((_F, _F, _F), _F),
        Op.SELECT: Signature((_B, _F, _F), _F),
        Op.ISELECT: Signature((_B, _I, _I), _I),
        Op.NOT: Signature((_B,), _B),
        Op.AND: Signature((_B, _B), _B),
        Op.OR: Signature((_B, _B), _B),
        Op.TO_FLOAT: Signature((_I,), _F),
        Op.TO_INTEGER: Signature((_F,), _I),
        Op.BITS: Signature((_F,), _I),
        Op.FROM_BITS: Signature((_I,), _F),
    }
    unary = "NEG ABS SQRT FLOOR CEIL TRUNC RINT EXP LOG SIN COS TAN ASIN ACOS ATAN"
    binary = "ADD SUB MUL DIV MIN MAX COPYSIGN POW"
    integer = "IADD ISUB IMUL IDIV IMOD IAND IOR IXOR SHL SHR SAR"
    table |= {Op[n]: Signature((_F,), _F) for n in unary.split()}
    table |= {Op[n]: Signature((_F, _F), _F) for n in binary.split()}
    table |= {Op[n]: Signature((_I, _I), _I) for n in integer.split()}
    table |= {Op[n]: Signature((_F, _F), _B) for n in ("LT", "LE", "EQ", "NE")}
    table |= {Op[n]: Signature((_I, _I), _B) for n in ("ILT", "ILE", "IEQ")}
    return table


SIGNATURES = _signatures()

ENDS = frozenset({Op.END, Op.END_WHEN})
"""The operations that close a loop. A target may leave one that ends in all its lanes."""


class Role(Enum):
    """What a slot is for, and so which block may write it."""

    INPUT = "input"  # given per run from outside
    CONSTANT = "constant"  # written by `constants` or `initial`, fixed within a run
    STOCK = "stock"  # written by `initial`, then moved by the method
    DERIVATIVE = "derivative"  # written by `step`, one per stock in the same order
    STEP = "step"  # written by `step`
    HELD = "held"  # written by `step`, which finds there what it last wrote
    STATE = "state"  # written by `initial` and `commit`: memory between steps
    NEXT = "next"  # written by `update`, read by `commit`
    HORIZON = "horizon"  # written by `horizon`
    SCRATCH = "scratch"  # any block; its content does not outlive the block


@dataclass(frozen=True, slots=True)
class Slot:
    """``size`` floats per run. ``name`` is for printing."""

    name: str
    role: Role
    size: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A shared constant vector of floats."""

    name: str
    values: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class IndexTable:
    """A shared constant vector of indices."""

    name: str
    values: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class GraphTable:
    """Graphical functions of one variable: row ``r`` joins ``x[r][k]``, ``y[r][k]``.

    ``x`` is strictly increasing but for vertical steps (two equal abscissae: the later value
    holds from there on). Kinds: *continuous* holds the end values outside the range,
    *extrapolated* prolongs the end segments, *discrete* holds ``y[k]`` until ``x[k + 1]``.
    NaN in, NaN out.
    """

    name: str
    kind: GraphKind
    x: tuple[npt.NDArray[np.float64], ...]
    y: tuple[npt.NDArray[np.float64], ...]


Attribute = float | int | bool | None


class Instruction(NamedTuple):
    """One operation. Its position in the block is the identity of its result.

    ``attribute`` is the literal's value, the loop's extent, or the number of the slot, table,
    index table or graph in the program's list of that kind.
    """

    op: Op
    arguments: tuple[int, ...] = ()
    attribute: Attribute = None


@dataclass(frozen=True, slots=True)
class Block(Deferring):
    """A sequence of instructions. A value made inside a loop is visible only inside it."""

    instructions: tuple[Instruction, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """A value per run that the caller may give: one element of a constant or lever.

    ``slot``/``offset`` say where it goes; ``default`` is used where the caller gives none.
    """

    name: str
    slot: int
    offset: int
    default: float


@dataclass(frozen=True, slots=True)
class Output:
    """A variable that is saved: its ``size`` values are the whole of ``slot``.

    ``dimensions`` are dimension names and ``shape`` their sizes (row-major). ``missing`` are the
    elements that the model gives no value.
    """

    name: str
    slot: int
    dimensions: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    static: bool = False
    missing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """Time of a run: ``steps`` steps of ``dt`` from ``start``; every ``stride``-th is saved.

    The last step is always saved. Time of step ``i`` is ``start + i * dt``.

    Where a model saves at uneven steps, ``kept`` are those steps, of all that the program saves.
    Where the step changes during a run, ``times`` are the times of all steps; the program itself
    then counts steps (``start`` 0, ``dt`` 1).
    """

    start: float
    dt: float
    steps: int
    stride: int = 1
    times: tuple[float, ...] = ()
    kept: tuple[int, ...] = ()

    def saved_steps(self) -> npt.NDArray[np.int64]:
        """Indices of the saved steps."""
        saved = np.arange(0, self.steps + 1, self.stride, dtype=np.int64)
        if saved[-1] != self.steps:
            saved = np.append(saved, self.steps)
        return saved

    def saved_times(self) -> npt.NDArray[np.float64]:
        """Times of the saved steps."""
        if self.times:
            return np.array(self.times)[self.saved_steps()]
        return np.float64(self.start) + self.saved_steps() * np.float64(self.dt)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a method that chooses its step keeps the error of each stock in each step below.

    The bound is ``absolute + relative * |stock|``.
    """

    relative: float = 1e-6
    absolute: float = 1e-9


@dataclass(frozen=True)
class Program:
    """A verified program, ready for any target.

    ``horizon``, where there is one, stores in its slot the first time after the current one at
    which some equation switches (infinity: none), and the last moment before that.
    """

    name: str
    clock: Clock
    method: str
    slots: tuple[Slot, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    constants: Block
    initial: Block
    step: Block
    update: Block
    commit: Block
    tables: tuple[Table, ...] = ()
    index_tables: tuple[IndexTable, ...] = ()
    graphs: tuple[GraphTable, ...] = ()
    notes: tuple[str, ...] = field(default=(), compare=False)
    horizon: Block = Block()
    tolerance: Tolerance = Tolerance()

    @property
    def blocks(self) -> dict[str, Block]:
        """The blocks by name, in the order in which they run; ``horizon`` where there is one."""
        blocks = {
            "constants": self.constants,
            "initial": self.initial,
            "step": self.step,
            "update": self.update,
            "commit": self.commit,
        }
        return blocks | {"horizon": self.horizon} if self.horizon.instructions else blocks

    @property
    def output_size(self) -> int:
        """Number of saved values per run and saved time."""
        return sum(self.slots[o.slot].size for o in self.outputs)
