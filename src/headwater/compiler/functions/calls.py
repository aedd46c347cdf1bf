"""Calls of builtin functions: which part of the compiler knows each of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from headwater.compiler.adaptive import STEP_SHARE, time_slack
from headwater.compiler.functions.arrays.aggregates import AGGREGATES
from headwater.compiler.functions.arrays.allocation import ALLOCATION
from headwater.compiler.functions.arrays.markets import MARKETS
from headwater.compiler.functions.arrays.shifts import SHIFTS
from headwater.compiler.functions.arrays.vector_lookups import VECTOR_LOOKUPS
from headwater.compiler.functions.arrays.vectors import VECTORS, Reader
from headwater.compiler.functions.calendars import CALENDARS
from headwater.compiler.functions.data.functions import DATA_FUNCTIONS
from headwater.compiler.functions.data.made_series import MADE_SERIES
from headwater.compiler.functions.data.statistics import DATA_STATISTICS
from headwater.compiler.functions.financial.depreciation import DEPRECIATIONS, SCHEDULES
from headwater.compiler.functions.financial.stella import STELLA_FINANCIAL
from headwater.compiler.functions.financial.vensim import VENSIM_FINANCIAL
from headwater.compiler.functions.lookups.graphs import read_in_kind
from headwater.compiler.functions.lookups.inverse import LOOKUP_INVERSES
from headwater.compiler.functions.memory.delays import DYNAMIC as XMILE_DYNAMIC
from headwater.compiler.functions.memory.stella_functions import STELLA_DYNAMIC, STELLA_READERS
from headwater.compiler.functions.memory.vensim_delays import VENSIM_DELAYS, VENSIM_PROFILES
from headwater.compiler.functions.memory.vensim_dynamics import VENSIM_DYNAMIC, VENSIM_SAMPLES
from headwater.compiler.functions.queues.questions import QUEUE_QUESTIONS
from headwater.compiler.functions.queues.vensim import VENSIM_QUEUES
from headwater.compiler.functions.random.calls import draw
from headwater.compiler.functions.random.rejection import LOOKUP_DRAWS, SAMPLERS, sample
from headwater.compiler.methods import is_adaptive
from headwater.compiler.resolved import Apply, Interpolate, Literal, Node, Now, StepLength
from headwater.compiler.resolving.expressions import Frame
from headwater.compiler.simultaneous.calls import SIMULTANEOUS
from headwater.compiler.stocks.container_contents import CONTAINER_READERS
from headwater.compiler.stocks.stamps.questions import CYCLE_TIMES
from headwater.language.builtins import Builtin
from headwater.language.syntax import Call, Expression

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

MAX_DEFINITION_DEPTH = 50

DYNAMIC = {
    **XMILE_DYNAMIC,
    **STELLA_DYNAMIC,
    **STELLA_FINANCIAL,
    **VENSIM_DYNAMIC,
    **VENSIM_DELAYS,
    **VENSIM_FINANCIAL,
    **SIMULTANEOUS,
    **CALENDARS,
    **DEPRECIATIONS,
}

PIPELINES = frozenset(
    {"DELAY", "DELAY_FIXED", "DERIVN", "HISTORY", *VENSIM_DELAYS, *VENSIM_PROFILES}
    | {*STELLA_FINANCIAL, *VENSIM_FINANCIAL, *DEPRECIATIONS, *SCHEDULES, *VENSIM_QUEUES}
)
"""Functions that count steps."""

AT_STEP = frozenset({"PULSE", "VENSIM_PULSE", "PULSE_TRAIN", "VENSIM_STEP"})
"""Functions of time that change with steps only, whatever the stages of the method."""

AT_FIXED_STEP = frozenset({"VENSIM_RAMP"})
"""Those that do so where the step is the model's, and follow time where the method chooses it."""

READERS: Mapping[str, Reader] = {
    **VECTORS,
    **VECTOR_LOOKUPS,
    **ALLOCATION,
    **MARKETS,
    **DATA_FUNCTIONS,
    **DATA_STATISTICS,
    **LOOKUP_INVERSES,
    **MADE_SERIES,
    **STELLA_READERS,
    **CONTAINER_READERS,
    **CYCLE_TIMES,
    **VENSIM_PROFILES,
    **VENSIM_SAMPLES,
    **SCHEDULES,
    **VENSIM_QUEUES,
    **QUEUE_QUESTIONS,
    **LOOKUP_DRAWS,
    **SHIFTS,
}
"""Builtins that need their arguments as they are written."""

ELEMENTARY: Mapping[str, str] = {
    "ABS": "abs",
    "ARCCOS": "acos",
    "ARCSIN": "asin",
    "ARCTAN": "atan",
    "COS": "cos",
    "EXP": "exp",
    "INT": "floor",
    "INVNORM": "normal_quantile",
    "LN": "log",
    "LOG10": "log10",
    "SIN": "sin",
    "SQRT": "sqrt",
    "TAN": "tan",
}
"""Builtins that are one operation of their arguments, by the name that lowering knows."""


def call_builtin(
    resolver: Resolver,
    frame: Frame,
    node: Call,
    builtin: Builtin,
    arguments: Sequence[Expression],
) -> Node:
    """Return what stands for the call of a builtin."""
    name = builtin.name
    if name in AGGREGATES:
        found = AGGREGATES[name](frame, node, arguments)
        if found is not None:
            return found
    if name in PIPELINES and resolver.clock.times:
        return frame.error(node, f"{node.function.text} needs a step that does not change")
    if name in READERS:
        return READERS[name](frame, node, arguments)
    if name in DYNAMIC:
        return DYNAMIC[name](frame, node, frame.defined(builtin, arguments))
    context = _context(resolver, name)
    if context is not None:
        return context
    if name == "LOOKUP":
        found = frame.graph_argument(node, *arguments)
        return read_in_kind(found) if isinstance(found, Interpolate) else found
    if name in SAMPLERS:
        return sample(frame, node, name, frame.defined(builtin, arguments))
    if builtin.kind == "random":
        return draw(frame, node, builtin, frame.defined(builtin, arguments))
    if builtin.definition:
        return _by_definition(resolver, frame, node, builtin, arguments)
    if name in ELEMENTARY:
        bound = tuple(frame.expression(a) for a in arguments)
        return Apply(ELEMENTARY[name], bound, node.span)
    if name in ("MIN", "MAX"):
        return _fold(frame, node, name.lower(), arguments)
    return frame.error(node, f"{name} cannot be used yet in an equation")


def _context(resolver: Resolver, name: str) -> Node | None:
    """Return what the clock knows."""
    clock = resolver.clock
    if name == "TIME":
        return Now()
    if name == "DT" and clock.times:
        return StepLength()
    known = {
        "DT": clock.dt,
        "STARTTIME": resolver.specs.start,
        "STOPTIME": resolver.specs.stop,
        "SAVEPER": clock.dt * clock.stride,
        "INF": math.inf,
    }
    return Literal(known[name]) if name in known else None


def _fold(frame: Frame, node: Call, name: str, arguments: Sequence[Expression]) -> Node:
    result = frame.expression(arguments[0])
    for argument in arguments[1:]:
        result = Apply(name, (result, frame.expression(argument)), node.span)
    return result


def _by_definition(
    resolver: Resolver,
    frame: Frame,
    node: Call,
    builtin: Builtin,
    arguments: Sequence[Expression],
) -> Node:
    if frame.depth > MAX_DEFINITION_DEPTH:
        return frame.error(node, f"{builtin.name} is defined by itself")
    bound = frame.defined(builtin, arguments)
    if builtin.kind == "dynamic":
        bound = {k: resolver.shared(frame, f"{builtin.name}.{k}", v) for k, v in bound.items()}
    adaptive = is_adaptive(resolver.specs.method)
    if builtin.name in AT_STEP or (builtin.name in AT_FIXED_STEP and not adaptive):
        # A pulse lasts one whole step, whatever the stages of the method.
        bound["time"] = Now(at_step=True)
    elif builtin.kind == "input" and adaptive:
        # A step may end at the switch itself, so that no share of a step need count as equal.
        slack = time_slack(resolver.specs, resolver.clock)
        bound["dt"] = Literal(slack / STEP_SHARE)
    return frame.inside(bound).expression(resolver.parsed(builtin.definition))
