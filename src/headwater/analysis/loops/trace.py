"""One run with the value of everything at every step, hidden stocks and states included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.clock import ClockOverrides
from headwater.compiler.lowering.lower import lower
from headwater.compiler.ordering.order import Phase, Schedule, order
from headwater.compiler.program import Clock
from headwater.compiler.resolved import Kind, Quantity, ResolvedModel
from headwater.compiler.resolving.flatten import flatten
from headwater.compiler.resolving.resolve import resolve
from headwater.compiler.timegrid import plan
from headwater.compiler.verify import verify
from headwater.errors import SimulationError, UsageError
from headwater.model.project import Project
from headwater.model.variables import Data
from headwater.simulation.building import TargetName, make_executable

Floats = npt.NDArray[np.float64]
MOST_BYTES = 2**31
Change = Callable[[ResolvedModel], None]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A run: ``values`` of each quantity by element and step, ``times`` of the steps.

    What does not change during the run has one column.
    """

    project: Project
    model: ResolvedModel
    schedule: Schedule
    clock: Clock
    times: Floats
    values: dict[Quantity, Floats]

    def changes(self, quantity: Quantity) -> bool:
        """Tell whether a quantity can change during a run."""
        return self.schedule.phase.get(quantity, Phase.CONSTANT) is Phase.STEP

    def window(self, quantity: Quantity, steps: npt.NDArray[np.int64]) -> Floats:
        """Return a quantity's values at some steps: (elements, steps)."""
        values = self.values[quantity]
        if values.shape[1] == 1:
            return np.broadcast_to(values, (len(values), len(steps)))
        return values[:, steps]


def trace(
    project: Project,
    *,
    settings: ClockOverrides | None = None,
    seed: int = 0,
    target: TargetName = "llvm",
    change: Change | None = None,
) -> Trace:
    """Run a model once, with its constants as they stand, and keep everything.

    ``change`` may alter the resolved model before it is put in order. Raises what the compiler
    raises, :class:`UsageError` where the run would not fit into memory, and
    :class:`SimulationError` where a variable is not finite.
    """
    flat = flatten(project)
    specs, clock = plan(flat, settings or ClockOverrides())
    clock = _every_step(clock)
    model = resolve(flat, specs, clock, frozenset())
    if change is not None:
        change(model)
    schedule = order(model, model.by_key.values())
    _refuse_systems(schedule)
    kept = [q for q in schedule.phase if q.kind is not Kind.INPUT]
    cells = sum(q.size for q in kept)
    if cells * (clock.steps + 1) * 8 > MOST_BYTES:
        raise UsageError(
            f"{cells:,} values at {clock.steps + 1:,} steps do not fit into memory",
            hint="take a longer step, or a shorter run",
        )
    program = lower(project.name, schedule, kept, [], clock, specs.method)
    # The axes of hidden quantities have no names.
    outputs = tuple(replace(o, dimensions=("",) * len(o.shape)) for o in program.outputs)
    program = replace(program, outputs=outputs)
    verify(program)
    made = make_executable(program, target)
    result = made.run(np.zeros((0, 1)), np.zeros(1, dtype=np.int64), seed)[:, :, 0]
    values: dict[Quantity, Floats] = {}
    start = 0
    for quantity in kept:
        rows = result[start : start + quantity.size]
        start += quantity.size
        static = schedule.phase[quantity] is not Phase.STEP
        values[quantity] = rows[:, :1].copy() if static else rows
    found = Trace(flat, model, schedule, clock, clock.saved_times(), values)
    _check_finite(found)
    return found


def _refuse_systems(schedule: Schedule) -> None:
    for task in schedule.step:
        if task.system is not None and schedule.phase[task.quantity] is Phase.STEP:
            owner = task.quantity.origin or task.quantity
            raise UsageError(
                f"`{owner.name}` is solved for together with what depends on it: in such a loop "
                "there is no stock whose change could be told apart by its causes",
                owner.span.place if owner.span else None,
                "let a stock with a short adjustment time take its place",
            )


def _every_step(clock: Clock) -> Clock:
    return replace(clock, stride=1)


def _check_finite(found: Trace) -> None:
    for key, quantity in found.model.by_key.items():
        if isinstance(found.project.by_key.get(key), Data) or quantity not in found.values:
            continue
        bad = ~np.isfinite(found.values[quantity]).all(axis=0)
        if bad.any():
            when = found.times[int(np.argmax(bad))]
            raise SimulationError(
                f"`{quantity.name}` is not finite at time {when:g}",
                quantity.span.place if quantity.span else None,
                "`headwater run` tells where that came from",
            )
