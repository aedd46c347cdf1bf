"""Random typed programs: every operation, loops, arrays, graphs, all methods."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from compiler.targets.assembling import Assembly, Code
from headwater.compiler.program import SIGNATURES, Clock, Op, Program, Role, Type

ELEMENTARY = ["EXP", "LOG", "POW", "SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN"]
FLOATS = ["ADD", "SUB", "MUL", "DIV", "FMA", "NEG", "ABS", "SQRT", "FLOOR", "CEIL", "TRUNC", "RINT"]
FLOATS += ["MIN", "MAX", "COPYSIGN", "SELECT", "TO_FLOAT", "FROM_BITS"]
INTEGERS = ["IADD", "ISUB", "IMUL", "IDIV", "IMOD", "IAND", "IOR", "IXOR", "SHL", "SHR", "SAR"]
INTEGERS += ["TO_INTEGER", "BITS", "ISELECT"]
TRUTHS = ["LT", "LE", "EQ", "NE", "ILT", "ILE", "IEQ", "AND", "OR", "NOT"]

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 1e300, -1e-300, 5e-324, 1e9, float("inf"), -0.1]


class _Maker:
    """Fills one block with random instructions."""

    def __init__(self, random: Random, assembly: Assembly, code: Code, elementary: bool) -> None:
        self.random = random
        self.assembly = assembly
        self.code = code
        self.elementary = elementary
        self.values: dict[Type, list[int]] = {Type.F64: [], Type.I64: [], Type.BOOL: []}
        for value in (random.choice(EDGES), random.uniform(-3, 3)):
            self.values[Type.F64].append(code.number(value))
        self.values[Type.I64].append(code.integer(random.randint(-5, 5)))
        self.values[Type.BOOL].append(code("boolean", attribute=random.random() < 0.5))

    def pick(self, kind: Type) -> int:
        recent = self.values[kind]
        return self.random.choice(recent[-6:] if self.random.random() < 0.7 else recent)

    def add(self, kind: Type, value: int) -> None:
        self.values[kind].append(value)

    def tame(self, value: int) -> int:
        """A number that is not NaN, whose sign depends on the processor."""
        return self.code("max", value, self.code.number(self.random.uniform(-4, 4)))

    def instructions(self, count: int, depth: int = 0) -> None:
        for _ in range(count):
            choice = self.random.random()
            if choice < 0.06 and depth < 2:
                self.loop(depth)
            elif choice < 0.2:
                self.store()
            elif choice < 0.4:
                self.read()
            else:
                self.operation()

    def loop(self, depth: int) -> None:
        visible = {kind: len(values) for kind, values in self.values.items()}
        with self.code.loop(self.random.randint(0, 3)) as index:
            self.add(Type.I64, index)
            self.instructions(self.random.randint(1, 8), depth + 1)
        for kind, count in visible.items():
            del self.values[kind][count:]

    def operation(self) -> None:
        names = FLOATS * 2 + INTEGERS + TRUTHS + (ELEMENTARY if self.elementary else [])
        name = self.random.choice(names)
        signature = SIGNATURES[Op[name]]
        arguments = [self.pick(kind) for kind in signature.arguments]
        if name in ("IDIV", "IMOD"):
            arguments[1] = self.code.integer(self.random.choice([1, 2, 3, 7, 8, 1000]))
        elif name in ("BITS",):
            arguments[0] = self.tame(arguments[0])
        elif name == "COPYSIGN":
            arguments[1] = self.tame(arguments[1])
        elif name in ("SHL", "SHR", "SAR") and self.random.random() < 0.7:
            arguments[1] = self.code.integer(self.random.randint(0, 66))
        elif name in ("MIN", "MAX", "POW") and self.random.random() < 0.5:
            side = 1 if name == "POW" else self.random.randint(0, 1)
            arguments[side] = self.code.number(self.random.choice(EDGES))
        self.add(signature.result, self.code(name, *arguments))

    def store(self) -> None:
        slots = self.writable()
        slot = self.random.choice(slots)
        index = self.index(self.assembly.slots[slot].size)
        self.code.store(slot, self.pick(Type.F64), index)

    def index(self, size: int) -> int:
        if self.random.random() < 0.6:
            return self.code.integer(self.random.randint(0, size - 1))
        return self.pick(Type.I64)

    def writable(self) -> list[int]:
        return [
            s
            for s, slot in enumerate(self.assembly.slots)
            if slot.role in (Role.STEP, Role.SCRATCH, Role.DERIVATIVE)
        ]

    def read(self) -> None:
        code, random = self.code, self.random
        what: list[Callable[[], None]] = [
            lambda: self.add(Type.F64, code("time")),
            lambda: self.add(Type.I64, code("step")),
            lambda: self.add(Type.I64, code("run")),
            lambda: self.add(Type.I64, code("seed")),
            lambda: self.add(Type.F64, code.number(random.choice(EDGES))),
            lambda: self.add(Type.F64, code("table", self.pick(Type.I64), attribute=0)),
            lambda: self.add(Type.I64, code("index_table", self.pick(Type.I64), attribute=0)),
            self.look_up,
            self.load,
            self.load,
            self.load,
            self.load,
        ]
        random.choice(what)()

    def look_up(self) -> None:
        graph = self.random.randrange(len(self.assembly.graphs))
        row = self.index(len(self.assembly.graphs[graph].x))
        self.add(Type.F64, self.code("lookup", row, self.pick(Type.F64), attribute=graph))

    def load(self) -> None:
        slot = self.random.randrange(len(self.assembly.slots))
        index = self.index(self.assembly.slots[slot].size)
        self.add(Type.F64, self.code.load(slot, index))


def random_graph(random: Random, assembly: Assembly) -> None:
    rows = []
    for _ in range(random.choice([1, 1, 3])):
        points = random.choice([1, 2, 3, 5, 9, 14, 40])
        if random.random() < 0.5:
            start, step = random.uniform(-3, 3), random.choice([0.25, 0.1, 1 / 3])
            x = [start + k * step for k in range(points)]
        else:
            x = sorted(random.choice([random.uniform(-3, 3), 0.0]) for _ in range(points))
        rows.append((x, [random.uniform(-2, 2) for _ in range(points)]))
    assembly.graph(random.choice(["continuous", "extrapolated", "discrete"]), *rows)


def random_program(random: Random, elementary: bool, size: int = 30) -> Program:
    """Return a program with about ``size`` random instructions in its step."""
    clock = Clock(random.choice([0.0, 2000.0]), 0.125, random.randint(0, 5), random.randint(1, 3))
    a = Assembly(clock, random.choice(["euler", "heun", "rk4"]), "random")
    inputs = [a.input(f"in{k}") for k in range(2)]
    sizes = [random.choice([1, 1, 3, 20]) for _ in range(random.randint(1, 3))]
    stocks = [a.slot(f"stock{k}", Role.STOCK, n) for k, n in enumerate(sizes)]
    steps = [a.slot(f"step{k}", Role.STEP, random.choice([1, 4])) for k in range(3)]
    rates = [a.slot(f"rate{k}", Role.DERIVATIVE, n) for k, n in enumerate(sizes)]
    constant = a.slot("constant", Role.CONSTANT, 3)
    state, following = a.slot("state", Role.STATE, 2), a.slot("next", Role.NEXT, 2)
    a.slot("scratch", Role.SCRATCH, 5)
    a.slot("cell", Role.SCRATCH)
    a.table([random.uniform(-2, 2) for _ in range(7)])
    a.index_table([random.randint(-3, 9) for _ in range(5)])
    for _ in range(3):
        random_graph(random, a)
    for element in range(3):
        a.constants.store(
            constant,
            a.constants("mul", a.constants.load(inputs[0]), a.constants.number(element - 0.5)),
            a.constants.integer(element),
        )
    for stock, n in zip(stocks, sizes, strict=True):
        with a.initial.loop(n) as index:
            value = a.initial("add", a.initial.load(inputs[1]), a.initial("to_float", index))
            a.initial.store(stock, value, index)
    a.initial.store(state, a.initial.load(inputs[1]))
    maker = _Maker(random, a, a.step, elementary)
    # What a block reads it has written before: nothing is left over from an earlier step.
    for slot in maker.writable():
        with a.step.loop(a.slots[slot].size) as index:
            a.step.store(slot, a.step("to_float", index), index)
    maker.instructions(size)
    a.update.store(following, a.update("sub", a.update.load(state), a.update.load(steps[0])))
    a.commit.store(state, a.commit.load(following))
    for slot in (*stocks, *steps, state, *rates):
        if random.random() < 0.8:
            a.output(slot)
    a.output(stocks[0])
    return a.program()
