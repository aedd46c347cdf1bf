"""Paths that a check puts a variable on, or compares it with, from some time on: ``RC_STEP`` …

Until its start a variable is as the model has it. From then on it follows a path that begins at
the ``basis``, whose value at the start counts; the other arguments count as they are at each time.
The functions ``RC_… CHECK`` are the same paths in what a check requires: nothing is compared until
the ``grace`` after the start is over. A path ends after its duration, where one is given.

Reference: Ventana Systems, Vensim Reference Manual, Reality Check Functions; the form of the
growth is the exponential one, in which a growth rate undoes a decay time that is its inverse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from headwater.language.syntax import Binary, Call, Expression, Name, Number, children, walk
from headwater.model.case import Check, Override
from headwater.model.project import Project
from headwater.model.variables import Data, Graph, Stock

START_TIME = "rc_start_time"
"""Look-up name of the variable that tells when paths begin that do not say so themselves."""

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})

Arguments = Mapping[str, Expression]

_CHECK = "_check"


def _exponential(given: Arguments, exponent: Expression) -> Expression:
    return Binary("*", given["basis"], Call(Name("EXP"), (exponent,)))


def _step(given: Arguments, elapsed: Expression) -> Expression:
    del elapsed
    return Binary("*", given["basis"], given["mult"])


def _ramp(given: Arguments, elapsed: Expression) -> Expression:
    share = Binary("/", elapsed, given["ramptime"])
    reached = Call(Name("MIN"), (Number(1.0), share))
    change = Binary("*", Binary("-", given["mult"], Number(1.0)), reached)
    return Binary("*", given["basis"], Binary("+", Number(1.0), change))


def _decay(given: Arguments, elapsed: Expression) -> Expression:
    share = Binary("/", Binary("-", Number(0.0), elapsed), given["decaytime"])
    return _exponential(given, share)


def _grow(given: Arguments, elapsed: Expression) -> Expression:
    return _exponential(given, Binary("*", given["growrate"], elapsed))


_SHAPES: Mapping[str, tuple[tuple[str, ...], Callable[[Arguments, Expression], Expression]]] = {
    "rc_step": (("basis", "mult"), _step),
    "rc_ramp": (("basis", "mult", "ramptime"), _ramp),
    "rc_decay": (("basis", "decaytime"), _decay),
    "rc_grow": (("basis", "growrate"), _grow),
}


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A call of such a function. ``grace`` is None in what a check holds."""

    call: Call
    grace: Expression | None
    basis: Expression
    start: Expression | None
    duration: Expression | None

    def value(self, basis: Expression, elapsed: Expression) -> Expression:
        """Return where the path is, so long after its start, from a basis."""
        names, shape = _SHAPES[_shape_of(self.call)]
        rest = self.call.arguments[1 if self.grace is not None else 0 :]
        given = dict(zip(names, rest, strict=False))
        return shape({**given, "basis": basis}, elapsed)


def paths_in(expression: Expression) -> Iterator[Call]:
    """Yield the calls of these functions in an expression."""
    for node in walk(expression):
        if isinstance(node, Call) and _shape_of(node) in _SHAPES:
            yield node


def is_checked(call: Call) -> bool:
    """Tell whether a call stands for what a check requires, not for what it holds."""
    return call.function.key.endswith(_CHECK)


def trajectory_of(call: Call) -> Trajectory | None:
    """Return a call as a path; None where it has too few or too many arguments."""
    names, _ = _SHAPES[_shape_of(call)]
    given = call.arguments
    grace = None
    if is_checked(call):
        if not given:
            return None
        grace, given = given[0], given[1:]
    if not len(names) <= len(given) <= len(names) + 2:
        return None
    start, duration = (*given[len(names) :], None, None)[:2]
    return Trajectory(call, grace, given[0], start, duration)


def why_no_path(check: Check, project: Project) -> str:
    """Return why a check's paths cannot be followed; empty: they can, or it has none."""
    for override in check.overrides:
        reason = _of_override(override, project)
        if reason:
            return reason
    compared = {id(call) for call in _compared(check.condition)}
    for call in paths_in(check.condition):
        if not is_checked(call) or id(call) not in compared:
            return f"`{call.function.text}` stands where nothing is compared with it"
        if trajectory_of(call) is None:
            return f"it wants {form_of_path(call)}"
    return ""


def form_of_path(call: Call) -> str:
    """Return how a call is written."""
    grace = ("grace",) if is_checked(call) else ()
    names = ", ".join((*grace, *_SHAPES[_shape_of(call)][0]))
    return f"`{call.function.text}({names}[, start[, duration]])`"


def _of_override(override: Override, project: Project) -> str:
    call = next(paths_in(override.value), None)
    if call is None:
        return ""
    if call is not override.value or is_checked(call):
        return f"`{call.function.text}` is not all that a variable is held at"
    path = trajectory_of(call)
    if path is None:
        return f"it wants {form_of_path(call)}"
    name = override.variable
    variable = project.by_key.get(name.key)
    if isinstance(variable, Data) or (isinstance(variable, Graph) and not variable.equations):
        return f"`{name.text}` is read from points"
    if variable is not None and len(variable.dimensions) != len(name.subscripts):
        return f"`{name.text}` is a whole array"
    if isinstance(variable, Stock):
        if variable.discipline is not None or variable.non_negative:
            return f"`{name.text}` is a stock with a belt or bounds"
        if path.duration is not None:
            return f"what the stock `{name.text}` is after the duration is not known"
    return ""


def _compared(condition: Expression) -> Iterator[Call]:
    """Yield the paths on a side of a comparison."""
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Binary) and node.operator in COMPARISONS:
            yield from paths_in(node)
        else:
            waiting += children(node)


def _shape_of(call: Call) -> str:
    return call.function.key.removesuffix(_CHECK)
