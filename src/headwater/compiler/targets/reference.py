"""The reference target: interprets a program with NumPy, all runs at once.

It is the oracle that other targets are held to: each operation is written as its definition reads,
with no regard to speed. A value is one number per run or, where it is the same in all runs, a
scalar.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from headwater.compiler.program import ENDS, Block, Instruction, Op, Program, Role
from headwater.compiler.targets import Floats, Integers, Progress, Truths
from headwater.compiler.targets.arguments import check_arguments, check_finite, result_array
from headwater.compiler.targets.finite import finite_lanes
from headwater.compiler.targets.fma import fused_multiply_add
from headwater.compiler.targets.graphs import GraphLayout, layout
from headwater.compiler.targets.reference_adaptive import simulate_adaptively
from headwater.compiler.targets.stepping import Stepping, stepping
from headwater.errors import CompileError

Value = Any  # a NumPy array with one element per run, or a NumPy scalar

RUNS_AT_ONCE = 4096


def compile_reference(program: Program) -> ReferenceExecutable:
    """Return an executable that interprets ``program``.

    Raises :class:`~headwater.errors.CompileError` for an unknown integration method.
    """
    return ReferenceExecutable(program, stepping(program), [layout(g) for g in program.graphs])


@dataclass(frozen=True, slots=True)
class ReferenceExecutable:
    """See :class:`~headwater.compiler.targets.Executable`. ``threads`` is accepted, one is used."""

    program: Program
    stepping: Stepping
    graphs: list[GraphLayout]

    def run(
        self,
        inputs: Floats,
        run_ids: Integers,
        seed: int = 0,
        *,
        threads: int = 1,
        progress: Progress | None = None,
        out: Floats | None = None,
        finite: Truths | None = None,
    ) -> Floats:
        """Simulate every run; see :meth:`Executable.run`."""
        inputs, run_ids = check_arguments(self.program, inputs, run_ids, seed, threads)
        result = result_array(self.program, len(run_ids), out)
        check_finite(len(run_ids), finite)
        for first in range(0, len(run_ids), RUNS_AT_ONCE):
            part = slice(first, first + RUNS_AT_ONCE)
            with np.errstate(all="ignore"):
                machine = Machine(self.program, self.graphs, run_ids[part], np.int64(seed))
                go = simulate if self.stepping.control is None else simulate_adaptively
                go(machine, self.stepping, inputs[:, part], result[:, :, part])
            if progress:
                progress(len(run_ids[part]))
        # A NaN's sign and payload depend on the processor; the result does not.
        result[np.isnan(result)] = np.nan
        if finite is not None:
            finite[:] = finite_lanes(result)
        return result


def simulate(machine: Machine, method: Stepping, inputs: Floats, result: Floats) -> None:
    """Run the program from start to stop, as the description of the typed program has it."""
    program, memory = machine.program, machine.memory
    clock = program.clock
    for row, given in enumerate(program.inputs):
        memory[given.slot][given.offset] = inputs[row]
    stocks = [s for s, slot in enumerate(program.slots) if slot.role is Role.STOCK]
    rates = [s for s, slot in enumerate(program.slots) if slot.role is Role.DERIVATIVE]
    saved = {int(step): place for place, step in enumerate(clock.saved_steps())}

    machine.execute(program.constants)
    machine.execute(program.initial)
    for step in range(clock.steps + 1):
        time = np.float64(clock.start + step * clock.dt)
        machine.step, machine.time = np.int64(step), time
        machine.execute(program.step)
        if step in saved:
            outputs = [memory[o.slot] for o in program.outputs]
            result[:, saved[step]] = np.concatenate(outputs) if outputs else 0.0
        if step == clock.steps:
            break
        machine.execute(program.update)

        old = [memory[s].copy() for s in stocks]
        slopes = [[memory[s].copy() for s in rates]]
        for stage in range(1, method.stages + 1):
            for place, stock in enumerate(stocks):
                move = method.moves[stage]
                total = sum_terms([weight * slopes[j][place] for j, weight in move.terms])
                memory[stock][:] = old[place] + move.scale * total
            if stage < method.stages:
                machine.time = time + np.float64(method.offsets[stage])
                machine.execute(program.step)
                slopes.append([memory[s].copy() for s in rates])
        machine.time = time
        machine.execute(program.commit)


def sum_terms(terms: list[Floats]) -> Floats:
    """Sum from the left."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


@dataclass(slots=True)
class Machine:
    """The state of a batch of runs: memory (slot → element × run), clock and identities.

    Where the method chooses its step, each run has a time of its own.
    """

    program: Program
    graphs: list[GraphLayout]
    runs: Integers
    seed: np.int64
    time: Value = field(init=False)
    step: np.int64 = field(init=False)
    memory: list[Floats] = field(init=False)

    def __post_init__(self) -> None:
        self.time, self.step = np.float64(self.program.clock.start), np.int64(0)
        self.memory = [np.zeros((slot.size, len(self.runs))) for slot in self.program.slots]

    def execute(self, block: Block) -> None:
        """Carry out a block."""
        code = block.instructions
        self._range(code, _loop_ends(code), {}, 0, len(code))

    def _range(
        self,
        code: tuple[Instruction, ...],
        ends: dict[int, int],
        values: dict[int, Value],
        here: int,
        stop: int,
    ) -> None:
        while here < stop:
            instruction = code[here]
            if instruction.op is Op.LOOP:
                for index in range(_whole(instruction)):
                    values[here] = np.int64(index)
                    self._range(code, ends, values, here + 1, ends[here])
                    leaving = code[ends[here]].arguments
                    if leaving and np.all(values[leaving[0]]):
                        break
                here = ends[here]
            else:
                values[here] = self._value(instruction, [values[a] for a in instruction.arguments])
            here += 1

    def _value(self, instruction: Instruction, arguments: list[Value]) -> Value:
        compute = VALUES.get(instruction.op)
        return compute(*arguments) if compute else self._context(instruction, arguments)

    def _context(self, instruction: Instruction, arguments: list[Value]) -> Value:
        """Carry out an operation that is more than a function of its arguments."""
        match instruction.op:
            case Op.FLOAT:
                return np.float64(instruction.attribute)
            case Op.INTEGER:
                return np.int64(_whole(instruction))
            case Op.BOOLEAN:
                return np.bool_(instruction.attribute)
            case Op.TIME:
                return self.time
            case Op.STEP:
                return self.step
            case Op.RUN:
                return self.runs
            case Op.SEED:
                return self.seed
            case Op.LOAD:
                return self.load(instruction, *arguments)
            case Op.STORE:
                return self.store(instruction, *arguments)
            case Op.TABLE:
                return _element(self.program.tables[_whole(instruction)].values, *arguments)
            case Op.INDEX_TABLE:
                return _element(self.program.index_tables[_whole(instruction)].values, *arguments)
            case Op.LOOKUP:
                return self.look_up(instruction, *arguments)
            case _:
                raise CompileError(f"the reference does not know the operation {instruction.op}")

    def load(self, instruction: Instruction, index: Value) -> Value:
        """Return the element of a slot; an index out of range means the nearest element."""
        cells = self.memory[_whole(instruction)]
        index = np.clip(index, 0, len(cells) - 1)
        if np.ndim(index):
            return cells[index, np.arange(len(self.runs))]
        return cells[index].copy()

    def store(self, instruction: Instruction, index: Value, value: Value) -> None:
        """Set the element of a slot; an index out of range means the nearest element."""
        cells = self.memory[_whole(instruction)]
        index = np.clip(index, 0, len(cells) - 1)
        if np.ndim(index):
            cells[index, np.arange(len(self.runs))] = value
        else:
            cells[index] = value

    def look_up(self, instruction: Instruction, row: Value, v: Value) -> Value:
        """Return the value of a graphical function; a row out of range means the nearest row."""
        number = _whole(instruction)
        graph, kind = self.graphs[number], self.program.graphs[number].kind
        row = np.clip(row, 0, len(graph.x) - 1)
        x, y, slope = graph.x[row], graph.y[row], graph.slope[row]
        if kind != "extrapolated":
            v = np.where(v < x[..., 0], x[..., 0], v)
            v = np.where(v > x[..., -1], x[..., -1], v)
        reached = x <= np.expand_dims(v, -1)
        k = np.maximum(np.count_nonzero(reached, axis=-1), 1) - 1

        def at(table: Floats) -> Value:
            if table.ndim == 1:
                return table[k]
            return np.take_along_axis(table, np.expand_dims(k, -1), -1)[..., 0]

        if kind == "discrete":
            return np.where(np.isnan(v), v, at(y))
        distance = v - at(x)
        # Infinitely far along a level end segment is still on its level.
        level = np.isinf(distance) & (at(slope) == 0.0)
        return at(y) + np.where(level, 0.0, distance) * at(slope)


def _whole(instruction: Instruction) -> int:
    """The attribute, where it is a number of a slot or table, or an extent."""
    assert isinstance(instruction.attribute, int)
    return instruction.attribute


def _element(values: npt.NDArray[Any], index: Value) -> Value:
    return values[np.clip(index, 0, len(values) - 1)]


def _loop_ends(code: tuple[Instruction, ...]) -> dict[int, int]:
    """Place of the END of each LOOP."""
    ends: dict[int, int] = {}
    open_loops: list[int] = []
    for here, instruction in enumerate(code):
        if instruction.op is Op.LOOP:
            open_loops.append(here)
        elif instruction.op in ENDS:
            ends[open_loops.pop()] = here
    return ends


def _minimum(a: Value, b: Value) -> Value:
    both = np.where(np.signbit(a), a, b)  # for equal operands: -0 comes before +0
    return np.where(np.isnan(b), a, np.where(np.isnan(a), b, np.where(a == b, both, np.fmin(a, b))))


def _maximum(a: Value, b: Value) -> Value:
    both = np.where(np.signbit(a), b, a)
    return np.where(np.isnan(b), a, np.where(np.isnan(a), b, np.where(a == b, both, np.fmax(a, b))))


def _to_integer(x: Value) -> Value:
    inside = (x >= -(2.0**63)) & (x < 2.0**63)
    whole = np.trunc(np.where(inside, x, 0.0)).astype(np.int64)
    limit = np.where(x > 0, np.int64(2**63 - 1), np.int64(-(2**63)))
    return np.where(inside, whole, np.where(np.isnan(x), np.int64(0), limit))


def _unsigned(a: Value) -> npt.NDArray[np.uint64]:
    return np.asarray(a, np.int64).view(np.uint64)


def _signed(a: Value) -> Integers:
    return np.asarray(a, np.uint64).view(np.int64)


def _count(b: Value) -> npt.NDArray[np.uint64]:
    """A shift count: its low six bits, as processors have it."""
    return _unsigned(b) & np.uint64(63)


VALUES: dict[Op, Callable[..., Value]] = {
    Op.ADD: np.add,
    Op.SUB: np.subtract,
    Op.MUL: np.multiply,
    Op.DIV: np.divide,
    Op.FMA: fused_multiply_add,
    Op.NEG: np.negative,
    Op.ABS: np.fabs,
    Op.SQRT: np.sqrt,
    Op.FLOOR: np.floor,
    Op.CEIL: np.ceil,
    Op.TRUNC: np.trunc,
    Op.RINT: np.rint,
    Op.MIN: _minimum,
    Op.MAX: _maximum,
    Op.COPYSIGN: np.copysign,
    Op.EXP: np.exp,
    Op.LOG: np.log,
    Op.POW: np.power,
    Op.SIN: np.sin,
    Op.COS: np.cos,
    Op.TAN: np.tan,
    Op.ASIN: np.arcsin,
    Op.ACOS: np.arccos,
    Op.ATAN: np.arctan,
    Op.LT: np.less,
    Op.LE: np.less_equal,
    Op.EQ: np.equal,
    Op.NE: np.not_equal,
    Op.ILT: np.less,
    Op.ILE: np.less_equal,
    Op.IEQ: np.equal,
    Op.AND: np.logical_and,
    Op.OR: np.logical_or,
    Op.NOT: np.logical_not,
    Op.SELECT: np.where,
    Op.ISELECT: np.where,
    Op.IADD: lambda a, b: _signed(_unsigned(a) + _unsigned(b)),
    Op.ISUB: lambda a, b: _signed(_unsigned(a) - _unsigned(b)),
    Op.IMUL: lambda a, b: _signed(_unsigned(a) * _unsigned(b)),
    Op.IDIV: np.floor_divide,
    Op.IMOD: np.remainder,
    Op.IAND: np.bitwise_and,
    Op.IOR: np.bitwise_or,
    Op.IXOR: np.bitwise_xor,
    Op.SHL: lambda a, b: _signed(_unsigned(a) << _count(b)),
    Op.SHR: lambda a, b: _signed(_unsigned(a) >> _count(b)),
    Op.SAR: lambda a, b: np.right_shift(np.asarray(a, np.int64), _signed(_count(b))),
    Op.TO_FLOAT: lambda a: np.asarray(a).astype(np.float64),
    Op.TO_INTEGER: _to_integer,
    Op.BITS: lambda x: np.asarray(x, np.float64).view(np.int64),
    Op.FROM_BITS: lambda a: np.asarray(a, np.int64).view(np.float64),
}
"""Operations on values alone."""
