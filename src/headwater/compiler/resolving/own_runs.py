"""Macros that run on their own: each call is a whole simulation (XMILE 1.0, 3.6.1 and 4.8.3).

Such a macro goes from its start to its stop as a model does, with a step of 1 and Euler's method
unless it says otherwise; then its equation is worked out. The standard's factorial comes out so,
and by section 3.7.4 the length of such a run tells how often it goes round; its macros that sum an
array and search one would need one step more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import nan
from typing import TYPE_CHECKING

from headwater.compiler.resolved import (
    Apply,
    Draw,
    Kept,
    Literal,
    Node,
    Now,
    Repetition,
    StepLength,
    nodes,
    op,
)
from headwater.compiler.resolving.folding import folded
from headwater.language.syntax import Call
from headwater.model.project import Macro, OwnRun
from headwater.model.variables import AnyVariable, Flow, Stock

if TYPE_CHECKING:
    from headwater.compiler.resolving.expressions import Frame

MOST_TURNS = 100_000
"""The most steps of one call."""

SLACK = 1e-6
"""How much of a step may be missing from a whole one."""

_ONE = Literal(1.0)

STAGES: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "euler": ((0.0,), (1.0,)),
    "heun": ((0.0, 1.0), (0.5, 0.5)),
    "rk4": ((0.0, 0.5, 0.5, 1.0), (1 / 6, 1 / 3, 1 / 3, 1 / 6)),
}
"""By method: how far into the step each stage lies, and its weight. Each starts from the last."""


class Locals(Mapping[str, Node]):
    """What a macro's names stand for; its variables are worked out where they are first asked for.

    ``known`` are its parameters and the values of its stocks.
    """

    def __init__(
        self, known: Mapping[str, Node], variables: Mapping[str, AnyVariable], start: bool
    ) -> None:
        self._known = dict(known)
        self._variables = variables
        self._start = start
        self._open: set[str] = set()
        self.frame: Frame | None = None

    def __getitem__(self, key: str) -> Node:
        if key not in self._known:
            self._known[key] = self._made(self._variables[key])
        return self._known[key]

    def __contains__(self, key: object) -> bool:
        return key in self._known or key in self._variables

    def __iter__(self) -> Iterator[str]:
        return iter({**self._known, **self._variables})

    def __len__(self) -> int:
        return len({**self._known, **self._variables})

    def _made(self, variable: AnyVariable) -> Node:
        frame = self.frame
        assert frame is not None
        equations = getattr(variable, "equations", ())
        if variable.key in self._open or not equations:
            why = "depends on itself" if equations else "has no equation"
            return frame.error(None, f"`{variable.name}` in a macro {why}")
        self._open.add(variable.key)
        first = equations[0]
        given = first.initial if self._start and first.initial is not None else first.expression
        value = frame.expression(given)
        if isinstance(variable, Flow) and variable.non_negative:
            value = op("max", value, Literal(0.0))
        self._open.discard(variable.key)
        return value


def read_locals(
    frame: Frame, known: Mapping[str, Node], macro: Macro, clock: Mapping[str, Node], start: bool
) -> Frame:
    """Return a frame in which a macro's variables have names, by what is known of them."""
    found = Locals(known, {v.key: v for v in macro.variables if v.key not in known}, start)
    inner = frame.within(found)
    inner.clock = clock
    found.frame = inner
    return inner


def run_on_its_own(frame: Frame, node: Call, macro: Macro, bound: Mapping[str, Node]) -> Node:
    """Resolve a call of a macro with simulation settings; ``bound`` are its arguments."""
    settings = macro.run
    assert settings is not None
    stocks = [v for v in macro.variables if isinstance(v, Stock)]
    if _is_refused(frame, node, macro, stocks):
        return Literal(0.0)
    clock, count = _clock(frame, macro, settings, bound)
    turn = Kept()
    values = {stock.key: Kept() for stock in stocks}
    start = clock["starttime"]
    begin = read_locals(frame, bound, macro, {**clock, "time": start}, True)
    first = [begin.parameters[stock.key] for stock in stocks]

    def at(stage: float) -> Mapping[str, Node]:
        passed: Node = op("+", turn, Literal(stage)) if stage else turn
        return {**clock, "time": op("+", start, op("*", passed, clock["dt"]))}

    def rates(state: Mapping[str, Node], stage: float) -> list[Node]:
        inner = read_locals(frame, {**bound, **state}, macro, at(stage), False)
        return [_rate(inner, stock) for stock in stocks]

    following = _step(values, clock["dt"], settings.method, rates)
    end = read_locals(frame, {**bound, **values}, macro, at(0.0), False)
    result = end.expression(macro.expression)
    if isinstance(count, Literal):
        if count.value > MOST_TURNS:
            return frame.error(node, f"the macro `{macro.name}` takes over {MOST_TURNS:,} steps")
    else:
        result = op("if", op("=", count, count), result, Literal(nan))
    made = Repetition(
        (turn, *values.values()),
        (Literal(0.0), *first),
        (op("+", turn, _ONE), *following),
        op("<", turn, count),
        MOST_TURNS,
        result,
    )
    return _checked(frame, node, macro, made)


def _clock(
    frame: Frame, macro: Macro, settings: OwnRun, bound: Mapping[str, Node]
) -> tuple[dict[str, Node], Node]:
    """Return what the names of time stand for inside, and how many steps are taken."""
    inner = frame.within(bound, repeated=False)
    share = frame.resolver.shared
    start, stop, step = (
        share(frame, f"{macro.name}.{label}", folded(inner.expression(text)))
        for label, text in (
            ("start", settings.start),
            ("stop", settings.stop),
            ("step", settings.step),
        )
    )
    steps = folded(op("+", op("/", op("-", stop, start), step), Literal(SLACK)))
    count: Node = Apply("floor", (steps,))
    if isinstance(steps, Literal) and abs(steps.value) < 1e15:
        count = Literal(float(steps.value // 1))
    return {"starttime": start, "stoptime": stop, "dt": step, "time": start}, count


def _step(
    values: Mapping[str, Node],
    length: Node,
    method: str,
    rates: Callable[[Mapping[str, Node], float], list[Node]],
) -> list[Node]:
    """Return the stocks after a step."""
    stages, weights = STAGES[method]
    state = values
    total: list[Node] = []
    for number, (stage, weight) in enumerate(zip(stages, weights, strict=True)):
        found = rates(state, stage)
        share = [op("*", Literal(weight), r) if weight != 1.0 else r for r in found]
        total = [op("+", a, b) for a, b in zip(total, share, strict=True)] if total else share
        if number + 1 < len(stages):
            ahead = op("*", Literal(stages[number + 1]), length)
            moved = [
                op("+", v, op("*", ahead, r)) for v, r in zip(values.values(), found, strict=True)
            ]
            state = dict(zip(values, moved, strict=True))
    return [op("+", v, op("*", length, r)) for v, r in zip(values.values(), total, strict=True)]


def _rate(frame: Frame, stock: Stock) -> Node:
    rate: Node | None = None
    own = stock.equations[0].rate if stock.equations else None
    if own is not None:
        rate = frame.expression(own)
    for term in stock.flows:
        flow = frame.expression(term.expression)
        if rate is None:
            rate = flow if term.sign > 0 else Apply("negate", (flow,))
        else:
            rate = op("+" if term.sign > 0 else "-", rate, flow)
    return rate or Literal(0.0)


def _is_refused(frame: Frame, node: Call, macro: Macro, stocks: Sequence[Stock]) -> bool:
    for stock in stocks:
        if stock.non_negative and any(t.sign < 0 for t in stock.flows):
            frame.error(
                node,
                f"the stock `{stock.name}` of the macro `{macro.name}`, which runs on its own, "
                "must not be negative",
                "write the limit into its outflows: MIN(outflow, stock / DT)",
            )
            return True
    return False


def _checked(frame: Frame, node: Call, macro: Macro, made: Repetition) -> Node:
    """Report what would be of the model's time, or drawn once for all steps, in such a run."""
    own = (*made.first, *made.following, made.result)
    for part in (n for root in own for n in nodes(root)):
        if isinstance(part, Now | StepLength | Draw):
            what = "draws random numbers" if isinstance(part, Draw) else "asks for the model's time"
            return frame.error(
                node,
                f"the macro `{macro.name}` runs on its own, and {what}",
                "in such a macro there are its arguments, TIME, DT, STARTTIME and STOPTIME of its "
                "own run, and functions of these",
            )
    return made
