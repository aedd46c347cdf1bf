"""Writes the advance from one end to the next with a step of each lane's own.

It follows ``targets/stepping`` as the reference does, operation by operation. A lane that has come
to the end, or is lost, goes on being computed beside the others; what comes of that is not taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headwater.compiler.program import Program, Role, Type
from headwater.compiler.targets.llvm.memory import Memory
from headwater.compiler.targets.llvm.parts import Moment, Part
from headwater.compiler.targets.llvm.rows import StockRows
from headwater.compiler.targets.llvm.text import Function, float_text
from headwater.compiler.targets.stepping import (
    LARGEST,
    MOST_ATTEMPTS,
    SAFETY,
    SMALLEST,
    STRETCH,
    Control,
    Move,
    Stepping,
)

_LANES = ("time", "length", "event", "before", "ratio")
"""What each lane has besides its stocks, in local variables; and a truth value: is it lost?"""


@dataclass(slots=True)
class AdaptiveMover:
    """Advances a block of lanes. ``stage`` evaluates derivatives, ``horizon`` looks ahead.

    Regions of rows: ``old`` and ``slope0`` are stocks and derivatives where a lane has come to,
    ``slope1`` and on the derivatives of the further stages of a step.
    """

    function: Function
    program: Program
    method: Stepping
    control: Control
    memory: Memory
    rows: StockRows

    def declare(self) -> None:
        """Make room for regions and for what each lane has."""
        f = self.function
        self.rows.declare(("old", *(f"slope{k}" for k in range(self.method.stages - 1))))
        for name in _LANES:
            f.line(f"%lane.{name} = alloca {self._type(Type.F64)}, align 64")
        f.line(f"%lane.lost = alloca {self._type(Type.BOOL)}, align 64")

    def begin(self) -> None:
        """Set what each lane has at the start of a run."""
        f = self.function
        self._set("length", self._number(self.program.clock.dt))
        for name in ("event", "before"):
            self._set(name, self._number(float("inf")))
        f.line(f"store {self._type(Type.BOOL)} zeroinitializer, ptr %lane.lost, align 64")

    def go(self, time: str, end: str, stage: Part, horizon: Part | None) -> None:
        """Write the way from ``time`` to ``end``, two vectors."""
        f = self.function
        self.rows.each(self._remember)
        self._set("time", time)
        if horizon is not None:
            horizon.write(f, Moment(time, "%step"))
            self._look_ahead(None)
        before = f.label
        f.jump("attempt")
        f.begin("attempt")
        f.line(f"%attempt_number = phi i64 [ 0, %{before} ], [ %next_attempt, %attempted ]")
        lost = self._lost()
        short = self._compare("olt", self._get("time"), end)
        there = self._logic("xor", lost, self._truth(True))
        active = self._logic("and", there, short)
        few = f.value(f"icmp slt i64 %attempt_number, {MOST_ATTEMPTS}")
        some = f.value(f"and i1 {few}, {self._any(active)}")
        f.branch(some, "attempting", "arrived")
        f.begin("attempting")
        self._attempt(active, end, stage, horizon)
        f.jump("attempted")
        f.begin("attempted")
        f.line("%next_attempt = add nuw nsw i64 %attempt_number, 1")
        f.jump("attempt")
        f.begin("arrived")
        self._set_lost(self._logic("or", lost, short))
        self.rows.each(self._arrive)

    def _attempt(self, active: str, end: str, stage: Part, horizon: Part | None) -> None:
        f, rows = self.function, self.rows
        time, length = self._get("time"), self._get("length")
        event, before = self._get("event"), self._get("before")
        limit = self._select(self._compare("olt", event, end), event, end)
        rest = rows.binary("fsub", limit, time)
        last = self._compare("ole", rest, rows.binary("fmul", self._number(STRETCH), length))
        used = self._select(last, rest, length)
        for number in range(1, self.method.stages):
            reach = self._scaled(used, self.method.moves[number])
            self._move(number, reach)
            share = self._number(self.method.offsets[number])
            moment = rows.binary("fadd", time, rows.binary("fmul", share, used))
            moment = self._select(self._compare("olt", moment, before), moment, before)
            stage.write(f, Moment(moment, "%step"))
        ratio = self._ratio(used)
        good = self._compare("ole", ratio, self._number(1.0))
        accepted = self._logic("and", active, good)
        rows.each(lambda n, stock, rate: self._accept(accepted, n, stock, rate))
        proposed = rows.binary("fmul", used, self._factor(ratio))
        longer = self._logic("and", last, self._compare("ogt", length, proposed))
        chosen = self._select(self._logic("and", accepted, longer), length, proposed)
        length = self._select(active, chosen, length)
        self._set("length", length)
        reached = self._select(last, limit, rows.binary("fadd", time, used))
        time = self._select(accepted, reached, time)
        self._set("time", time)
        moves = self._compare("ogt", rows.binary("fadd", time, length), time)
        bad = self._logic("xor", self._logic("or", accepted, moves), self._truth(True))
        self._set_lost(self._logic("or", self._lost(), self._logic("and", active, bad)))
        if horizon is not None:
            met = self._logic("and", accepted, last)
            switched = self._logic("and", met, self._compare("olt", event, end))
            self._pass_switch(switched, time, stage, horizon)

    # Rows

    def _remember(self, number: str, stock: str, rate: str) -> None:
        f, rows = self.function, self.rows
        f.store_row(f.load_row(stock), rows.address("old", number))
        f.store_row(f.load_row(rate), rows.address("slope0", number))

    def _move(self, stage: int, reach: str) -> None:
        """Move the stocks for a stage, keeping the derivatives of the one before it."""
        move = self.method.moves[stage]

        def body(number: str, stock: str, rate: str) -> None:
            f, rows = self.function, self.rows
            fresh = {}
            if stage > 1:
                fresh[stage - 1] = f.load_row(rate)
                f.store_row(fresh[stage - 1], rows.address(f"slope{stage - 1}", number))
            delta = rows.binary("fmul", reach, self._sum(move, number, fresh))
            old = f.load_row(rows.address("old", number))
            f.store_row(rows.binary("fadd", old, delta), stock)

        self.rows.each(body)

    def _sum(self, move: Move, number: str, fresh: Mapping[int, str]) -> str:
        """Return the weighted sum of an element's derivatives; ``fresh`` are at hand."""
        f, rows = self.function, self.rows
        slopes = {
            stage: fresh.get(stage) or f.load_row(rows.address(f"slope{stage}", number))
            for stage, _ in move.terms
        }
        return rows.weighted(move, slopes)

    def _ratio(self, used: str) -> str:
        """Return the largest ratio of error to bound of each lane."""
        error = self.control.error
        reach = self._scaled(used, error)
        self._set("ratio", self._number(0.0))

        def body(number: str, stock: str, rate: str) -> None:
            f, rows = self.function, self.rows
            last = {self.method.stages - 1: f.load_row(rate)}
            estimate = rows.binary("fmul", reach, self._sum(error, number, last))
            old = self._size(f.load_row(rows.address("old", number)))
            new = self._size(f.load_row(stock))
            size = self._select(self._compare("ogt", old, new), old, new)
            share = rows.binary("fmul", self._number(self.control.relative), size)
            bound = rows.binary("fadd", self._number(self.control.absolute), share)
            ratio = rows.binary("fdiv", self._size(estimate), bound)
            known = self._compare("ord", ratio, ratio)
            ratio = self._select(known, ratio, self._number(float("inf")))
            largest = self._get("ratio")
            more = self._compare("ogt", ratio, largest)
            self._set("ratio", self._select(more, ratio, largest))

        self.rows.each(body)
        return self._get("ratio")

    def _accept(self, accepted: str, number: str, stock: str, rate: str) -> None:
        """Take the new stocks and derivatives of lanes whose step is accepted."""
        f, rows = self.function, self.rows
        for region, new in (("old", stock), ("slope0", rate)):
            address = rows.address(region, number)
            chosen = self._select(accepted, f.load_row(new), f.load_row(address))
            f.store_row(chosen, address)

    def _arrive(self, number: str, stock: str, rate: str) -> None:
        """Leave the stocks as they are at the end; those of a lost lane are not numbers."""
        f = self.function
        del rate
        old = f.load_row(self.rows.address("old", number))
        f.store_row(self._select(self._lost(), self._number(float("nan")), old), stock)

    # Switches

    def _pass_switch(self, switched: str, time: str, stage: Part, horizon: Part) -> None:
        """Look again at derivatives and what lies ahead, where a lane has come to a switch."""
        f = self.function
        f.branch(self._any(switched), "switching", "not_switching")
        f.begin("switching")

        def back(number: str, stock: str, rate: str) -> None:
            del rate
            f.store_row(f.load_row(self.rows.address("old", number)), stock)

        def take(number: str, stock: str, rate: str) -> None:
            del stock
            address = self.rows.address("slope0", number)
            chosen = self._select(switched, f.load_row(rate), f.load_row(address))
            f.store_row(chosen, address)

        self.rows.each(back)
        stage.write(f, Moment(time, "%step"))
        self.rows.each(take)
        horizon.write(f, Moment(time, "%step"))
        self._look_ahead(switched)
        f.jump("not_switching")
        f.begin("not_switching")

    def _look_ahead(self, chosen: str | None) -> None:
        """Read what the horizon wrote, for the chosen lanes."""
        slots = enumerate(self.program.slots)
        slot = next(s for s, slot in slots if slot.role is Role.HORIZON)
        for element, name in enumerate(("event", "before")):
            found = self.function.load_row(self.memory.element(self.function, slot, element))
            if chosen is not None:
                found = self._select(chosen, found, self._get(name))
            self._set(name, found)

    # The next step

    def _factor(self, ratio: str) -> str:
        """Return by what the step is multiplied, from square roots alone."""
        root, power = self._root(ratio), None
        for number in (2, 4, 8, 16):
            if number in self.control.roots:
                power = root if power is None else self.rows.binary("fmul", power, root)
            root = self._root(root)
        assert power is not None
        factor = self.rows.binary("fdiv", self._number(SAFETY), power)
        smallest, largest = self._number(SMALLEST), self._number(LARGEST)
        factor = self._select(self._compare("ogt", factor, smallest), factor, smallest)
        return self._select(self._compare("olt", factor, largest), factor, largest)

    def _scaled(self, used: str, move: Move) -> str:
        return self.rows.times(used, move.scale)

    # Lanes

    def _type(self, kind: Type) -> str:
        return self.function.shape.type(kind)

    def _number(self, value: float) -> str:
        return self.function.shape.splat(Type.F64, value)

    def _truth(self, value: bool) -> str:
        return self.function.shape.splat(Type.BOOL, value)

    def _get(self, name: str) -> str:
        return self.function.value(f"load {self._type(Type.F64)}, ptr %lane.{name}, align 64")

    def _set(self, name: str, value: str) -> None:
        self.function.line(f"store {self._type(Type.F64)} {value}, ptr %lane.{name}, align 64")

    def _lost(self) -> str:
        return self.function.value(f"load {self._type(Type.BOOL)}, ptr %lane.lost, align 64")

    def _set_lost(self, value: str) -> None:
        self.function.line(f"store {self._type(Type.BOOL)} {value}, ptr %lane.lost, align 64")

    def _compare(self, test: str, a: str, b: str) -> str:
        return self.function.value(f"fcmp {test} {self._type(Type.F64)} {a}, {b}")

    def _logic(self, name: str, a: str, b: str) -> str:
        return self.function.value(f"{name} {self._type(Type.BOOL)} {a}, {b}")

    def _select(self, test: str, yes: str, no: str) -> str:
        row = self._type(Type.F64)
        return self.function.value(
            f"select {self._type(Type.BOOL)} {test}, {row} {yes}, {row} {no}"
        )

    def _any(self, test: str) -> str:
        bits = f"i{self.function.shape.lanes}"
        mask = self.function.value(f"bitcast {self._type(Type.BOOL)} {test} to {bits}")
        return self.function.value(f"icmp ne {bits} {mask}, 0")

    def _size(self, value: str) -> str:
        return self._call("fabs", value)

    def _root(self, value: str) -> str:
        return self._call("sqrt", value)

    def _call(self, name: str, value: str) -> str:
        shape, row = self.function.shape, self._type(Type.F64)
        return self.function.call(f"llvm.{name}.{shape.suffix(Type.F64)}", row, (row, value))


def end_of(function: Function, program: Program, following: str) -> str:
    """Write the time of a step of the clock, for all lanes."""
    passed = function.value(f"sitofp i64 {following} to double")
    passed = function.value(f"fmul double {passed}, {float_text(program.clock.dt)}")
    end = function.value(f"fadd double {passed}, {float_text(program.clock.start)}")
    return function.splat(Type.F64, end)
