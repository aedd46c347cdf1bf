"""Does the course depend on the step or on the method of integration?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from headwater.compiler.clock import ClockOverrides
from headwater.compiler.methods import DISCRETE, is_adaptive
from headwater.compiler.program import Program
from headwater.errors import HeadwaterError
from headwater.model.variables import Stock
from headwater.simulation.building import TargetName, Workshop
from headwater.simulation.checks.findings import Finding, place_of
from headwater.simulation.run import Request, Run, run_once

Floats = npt.NDArray[np.float64]
TOLERATED = 0.01
"""A larger change than this share of a variable's largest value is a warning."""

TIGHTER = 0.01
OTHER_METHOD = {"euler": "rk4", "heun": "rk4", "midpoint": "rk4", "rk4": "heun"}


@dataclass(frozen=True, slots=True)
class Change:
    """The largest change of a variable, as a share of its largest absolute value, and when."""

    name: str
    share: float
    time: float


def numeric_findings(
    workshop: Workshop, variant: str, outputs: tuple[str, ...], target: TargetName = "llvm"
) -> Iterator[Finding]:
    """Yield the largest changes of ``outputs`` with half the step and with another method.

    Where the method chooses its step, a tighter tolerance takes the place of both. In a discrete
    model the step is part of the model, and there is nothing to vary; nor is the method varied
    where a model does not compile with another, or has Euler's for its conveyors, queues and ovens,
    which move once a step by any. ``variant`` only labels the findings.
    """
    request = Request(outputs=outputs, target=target, check_finite=False)
    plain = run_once(workshop, request)
    program = plain.built.program
    if program.method == DISCRETE.name:
        return
    request = replace(request, times=plain.selection.times)
    adaptive = is_adaptive(program.method)
    hint = "set a smaller tolerance" if adaptive else "shorten the step"
    varied = []
    for settings, what in _variations(program):
        if settings.method is not None and program.method == "euler" and _in_steps(workshop):
            continue
        try:
            varied.append((run_once(workshop, replace(request, settings=settings)), what))
        except HeadwaterError:
            if settings.method is None:
                raise
            continue
        if settings.method is not None:
            hint = "shorten the step, or choose a method of higher order"
    for changed, what in varied:
        largest = max(changes(plain, changed), key=lambda c: c.share, default=None)
        if largest is None:
            continue
        severe = largest.share > TOLERATED
        yield Finding(
            "warning" if severe else "note",
            "step and method",
            f"with {what} {_said(largest)}",
            place_of(workshop.project.find(largest.name)),
            hint if severe else "",
            variant,
        )


def _in_steps(workshop: Workshop) -> bool:
    """Tell whether a model has stocks that move once a step."""
    project = workshop.project
    models = (project.variables, *(s.variables for s in project.submodels))
    return any(isinstance(v, Stock) and v.discipline is not None for m in models for v in m)


def _variations(program: Program) -> list[tuple[ClockOverrides, str]]:
    """Return the settings to try besides the model's own, and what they are."""
    if is_adaptive(program.method):
        relative, absolute = (
            max(TIGHTER * t, 1e-13)
            for t in (program.tolerance.relative, program.tolerance.absolute)
        )
        settings = ClockOverrides(rtol=relative, atol=absolute)
        return [(settings, f"a hundredth of the tolerance ({relative:g})")]
    half, other = program.clock.dt / 2, OTHER_METHOD.get(program.method, "rk4")
    return [
        (ClockOverrides(step=half), f"half the step ({half:g})"),
        (ClockOverrides(method=other), f"the method {other} instead of {program.method}"),
    ]


def changes(plain: Run, changed: Run) -> Iterator[Change]:
    """Yield the largest change of every variable."""
    for saved in plain.built.layout.variables:
        before = plain.values[saved.start : saved.stop]
        after = changed.values[saved.start : saved.stop]
        both = np.isfinite(before) & np.isfinite(after)
        scale = np.abs(after).max(where=both, initial=0.0)
        if scale == 0:
            continue
        with np.errstate(invalid="ignore"):
            difference = np.where(both, np.abs(after - before), 0.0)
        step = int(difference.max(axis=0).argmax())
        time = float(plain.selection.times[step])
        yield Change(saved.name, float(difference.max() / scale), time)


def _said(largest: Change) -> str:
    if not largest.share:
        return "nothing changes"
    return (
        f"the largest change is {_percent(largest.share)} "
        f"(`{largest.name}` at time {largest.time:g})"
    )


def _percent(share: float) -> str:
    """Return a share to two digits, without a power of ten where there is no need of one."""
    return f"{float(f'{100 * share:.2g}'):g}%"
