"""Simulation with a step of each run's own, as :mod:`..targets.stepping` describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from headwater.compiler.program import Role
from headwater.compiler.targets import Floats
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

if TYPE_CHECKING:
    from headwater.compiler.targets.reference import Machine

Truths = npt.NDArray[np.bool_]


def simulate_adaptively(machine: Machine, method: Stepping, inputs: Floats, result: Floats) -> None:
    """Run the program from start to stop."""
    program, memory, clock = machine.program, machine.memory, machine.program.clock
    for row, given in enumerate(program.inputs):
        memory[given.slot][given.offset] = inputs[row]
    saved = {int(step): place for place, step in enumerate(clock.saved_steps())}
    stretches = _Stretches(machine, method)
    machine.execute(program.constants)
    machine.execute(program.initial)
    step = 0
    while True:
        machine.step = np.int64(step)
        machine.time = stretches.everywhere(step)
        machine.execute(program.step)
        if step in saved:
            outputs = [memory[o.slot] for o in program.outputs]
            result[:, saved[step]] = np.concatenate(outputs) if outputs else 0.0
        if step == clock.steps:
            break
        machine.execute(program.update)
        following = min(step + stretches.control.every, clock.steps)
        stretches.go(step, following)
        machine.time = stretches.everywhere(step)
        machine.execute(program.commit)
        step = following


@dataclass(slots=True)
class _Stretches:
    """What stays with each run from one end to the next: the step to try, and whether it is lost.

    ``old`` and ``first`` are stocks and derivatives where a run has come to; ``event`` is its next
    switch and ``before`` the last moment before that.
    """

    machine: Machine
    method: Stepping
    control: Control = field(init=False)
    stocks: list[int] = field(init=False)
    rates: list[int] = field(init=False)
    length: Floats = field(init=False)
    lost: Truths = field(init=False)
    old: list[Floats] = field(init=False)
    first: list[Floats] = field(init=False)
    event: Floats = field(init=False)
    before: Floats = field(init=False)

    def __post_init__(self) -> None:
        assert self.method.control is not None
        self.control = self.method.control
        slots = self.machine.program.slots
        self.stocks = [s for s, slot in enumerate(slots) if slot.role is Role.STOCK]
        self.rates = [s for s, slot in enumerate(slots) if slot.role is Role.DERIVATIVE]
        runs = len(self.machine.runs)
        self.length = np.full(runs, self.machine.program.clock.dt)
        self.lost = np.zeros(runs, dtype=np.bool_)
        self.event = self.before = np.full(runs, np.inf)

    def everywhere(self, step: int) -> Floats:
        """Return the time of a step of the clock, for each run."""
        clock = self.machine.program.clock
        return np.full(len(self.machine.runs), clock.start + step * clock.dt)

    def go(self, step: int, following: int) -> None:
        """Bring all runs from one end to the next."""
        memory = self.machine.memory
        time, end = self.everywhere(step), self.everywhere(following)
        self.old = self._read(self.stocks)
        self.first = self._read(self.rates)
        self._look_ahead(np.ones(len(time), dtype=np.bool_))
        for _ in range(MOST_ATTEMPTS):
            active = ~self.lost & (time < end)
            if not active.any():
                break
            time = self._attempt(active, time, end)
        self.lost |= time < end
        for slot, values in zip(self.stocks, self.old, strict=True):
            memory[slot][:] = np.where(self.lost, np.nan, values)

    def _attempt(self, active: Truths, time: Floats, end: Floats) -> Floats:
        """Try one step of the runs that are not at the end; return where each is then."""
        limit = np.where(self.event < end, self.event, end)
        rest = limit - time
        last = rest <= STRETCH * self.length
        used = np.where(last, rest, self.length)
        slopes = self._stages(time, used)
        new = self._read(self.stocks)
        ratio = self._ratio(new, slopes, used)
        accepted = active & (ratio <= 1.0)
        self.old = _choose(accepted, new, self.old)
        self.first = _choose(accepted, slopes[-1], self.first)
        proposed = used * self._factor(ratio)
        kept = np.where(last & (self.length > proposed), self.length, proposed)
        chosen = np.where(accepted, kept, proposed)
        self.length = np.where(active, chosen, self.length)
        time = np.where(accepted, np.where(last, limit, time + used), time)
        self.lost |= active & ~accepted & ~(time + self.length > time)
        switched = accepted & last & (self.event < end)
        if switched.any():
            self._pass_switch(switched, time)
        return time

    def _stages(self, time: Floats, used: Floats) -> list[list[Floats]]:
        """Evaluate the stages; the stocks are then those at the end of the step."""
        machine, slopes = self.machine, [self.first]
        for stage in range(1, self.method.stages):
            deltas = self._moved(slopes, self.method.moves[stage], used)
            for slot, old, delta in zip(self.stocks, self.old, deltas, strict=True):
                machine.memory[slot][:] = old + delta
            moment = time + self.method.offsets[stage] * used
            machine.time = np.where(moment < self.before, moment, self.before)
            machine.execute(machine.program.step)
            slopes.append(self._read(self.rates))
        return slopes

    def _moved(self, slopes: list[list[Floats]], move: Move, used: Floats) -> list[Floats]:
        """Return by how much each stock moves: the scaled sum of its derivatives, from the left."""
        reach = used * move.scale
        deltas = []
        for place in range(len(self.stocks)):
            terms = [weight * slopes[j][place] for j, weight in move.terms]
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            deltas.append(reach * total)
        return deltas

    def _ratio(self, new: list[Floats], slopes: list[list[Floats]], used: Floats) -> Floats:
        """Return the largest ratio of error to bound; infinity where there is none."""
        largest = np.zeros(len(used))
        errors = self._moved(slopes, self.control.error, used)
        for old, end, error in zip(self.old, new, errors, strict=True):
            size = np.where(np.abs(old) > np.abs(end), np.abs(old), np.abs(end))
            bound = self.control.absolute + self.control.relative * size
            ratios = np.abs(error) / bound
            ratios = np.where(np.isnan(ratios), np.inf, ratios)
            for ratio in ratios:
                largest = np.where(ratio > largest, ratio, largest)
        return largest

    def _factor(self, ratio: Floats) -> Floats:
        """Return by what the step is multiplied, from square roots alone."""
        root = np.sqrt(ratio)
        powers: list[Floats] = []
        for number in (2, 4, 8, 16):
            if number in self.control.roots:
                powers.append(powers[-1] * root if powers else root)
            root = np.sqrt(root)
        factor = SAFETY / powers[-1]
        factor = np.where(factor > SMALLEST, factor, SMALLEST)
        return np.where(factor < LARGEST, factor, LARGEST)

    def _pass_switch(self, switched: Truths, time: Floats) -> None:
        """Look again at derivatives and what lies ahead, from the far side of a switch."""
        machine = self.machine
        for slot, values in zip(self.stocks, self.old, strict=True):
            machine.memory[slot][:] = values
        machine.time = time
        machine.execute(machine.program.step)
        self.first = _choose(switched, self._read(self.rates), self.first)
        self._look_ahead(switched)

    def _look_ahead(self, chosen: Truths) -> None:
        """Find the next switch of the chosen runs, after the machine's time."""
        program = self.machine.program
        if not program.horizon.instructions:
            return
        self.machine.execute(program.horizon)
        slot = next(s for s, slot in enumerate(program.slots) if slot.role is Role.HORIZON)
        event, before = self.machine.memory[slot]
        self.event = np.where(chosen, event, self.event)
        self.before = np.where(chosen, before, self.before)

    def _read(self, slots: list[int]) -> list[Floats]:
        return [self.machine.memory[s].copy() for s in slots]


def _choose(test: Truths, yes: list[Floats], no: list[Floats]) -> list[Floats]:
    return [np.where(test, a, b) for a, b in zip(yes, no, strict=True)]
