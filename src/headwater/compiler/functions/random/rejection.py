"""Draws by rejection: the gamma and beta distributions, and what is made of them.

A gamma draw is Marsaglia and Tsang's ("A simple method for generating gamma variables", ACM
Transactions on Mathematical Software 26(3), 2000), which takes 95 of 100 attempts or more; it has
a fixed number of them, so that its streams are the same in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from headwater.compiler.functions.arrays.vectors import INVALID
from headwater.compiler.functions.data.functions import Reader, integral
from headwater.compiler.functions.lookups.graphs import per_row
from headwater.compiler.functions.memory.delays import Arguments
from headwater.compiler.functions.random.calls import Source, drawn, source_of
from headwater.compiler.resolved import Interpolate, Literal, Node, op
from headwater.compiler.resolving.expressions import Frame
from headwater.language.syntax import Call, Expression

ATTEMPTS = 8
"""Attempts at a gamma draw: all fail once in 20^8 or less."""

ATTEMPTS_WITHIN = 24
"""Attempts at a gamma draw that must lie between two limits."""

INNER_ATTEMPTS, REDRAWS = 4, 6
"""Attempts at each part of a draw that is made of others, and at the whole, between limits."""

_ZERO, _ONE = Literal(0.0), Literal(1.0)
_TINY = Literal(1e-300)


def _gamma(
    frame: Frame,
    source: Source,
    order: Node,
    attempts: int = ATTEMPTS,
    inside: Callable[[Node], Node] | None = None,
) -> Node:
    """Return a draw from the gamma distribution of scale 1, of an order of at least 1."""
    shared, name = frame.resolver.shared, source.node.function.text
    d = shared(frame, f"{name}.d", op("-", order, Literal(1.0 / 3.0)))
    c = op("/", _ONE, op("sqrt", op("*", Literal(9.0), d)))
    value: Node = d
    for _ in range(attempts):
        x = shared(frame, f"{name}.x", source.draw("NORMAL", _ZERO, _ONE))
        u = source.draw("RANDOM", _ZERO, _ONE)
        root = op("+", _ONE, op("*", c, x))
        v = shared(frame, f"{name}.v", op("*", root, op("*", root, root)))
        level = op("+", op("-", d, op("*", d, v)), op("*", d, op("log", op("max", v, _TINY))))
        bound = op("+", op("*", Literal(0.5), op("*", x, x)), level)
        taken = op("and", op(">", v, _ZERO), op("<", op("log", u), bound))
        if inside is not None:
            taken = op("and", taken, inside(op("*", d, v)))
        value = shared(frame, f"{name}.value", op("if", taken, op("*", d, v), value))
    return value


def _any_gamma(frame: Frame, source: Source, order: Node, attempts: int = ATTEMPTS) -> Node:
    """Return a draw of any order: below 1, that of one more times a power of a uniform number."""
    small = op("<", order, _ONE)
    raised = op("if", small, op("+", order, _ONE), order)
    shape = frame.resolver.shared(frame, f"{source.node.function.text}.shape", raised)
    value = _gamma(frame, source, shape, attempts)
    power = op("^", source.draw("RANDOM", _ZERO, _ONE), op("/", _ONE, order))
    return op("*", value, op("if", small, power, _ONE))


def _beta(frame: Frame, source: Source, a: Node, b: Node, attempts: int = ATTEMPTS) -> Node:
    shared, name = frame.resolver.shared, source.node.function.text
    x = shared(frame, f"{name}.first", _any_gamma(frame, source, a, attempts))
    y = shared(frame, f"{name}.second", _any_gamma(frame, source, b, attempts))
    return op("/", x, op("+", x, y))


def _negative_binomial(
    frame: Frame, source: Source, successes: Node, chance: Node, attempts: int = ATTEMPTS
) -> Node:
    """Return trials up to so many successes: as many failures as a Poisson number of gamma mean."""
    odds = op("/", op("-", _ONE, chance), chance)
    mean = op("*", _any_gamma(frame, source, successes, attempts), odds)
    mean = frame.resolver.shared(frame, f"{source.node.function.text}.mean", mean)
    return op("+", successes, source.draw("POISSON", mean))


def _or_certain(chance: Node) -> Node:
    """Return a probability, or 1 where it is none, as Stella's BINOMIAL reads it."""
    outside = op("or", op("<", chance, _ZERO), op(">", chance, _ONE))
    return op("if", outside, _ONE, chance)


def _stretched(arguments: Arguments, drawn: Node) -> Node:
    return op("+", arguments["shift"], op("*", arguments["stretch"], drawn))


def _is_inside(arguments: Arguments, value: Node) -> Node:
    low, high = arguments["minimum"], arguments["maximum"]
    return op("and", op(">=", value, low), op("<=", value, high))


def _within(frame: Frame, source: Source, arguments: Arguments, made: Callable[[], Node]) -> Node:
    """Return a draw, stretched and shifted, and drawn anew where it lies beyond the limits."""
    name = source.node.function.text
    value: Node | None = None
    for _ in range(REDRAWS):
        drawn = _stretched(arguments, made())
        if value is not None:
            drawn = op("if", _is_inside(arguments, value), value, drawn)
        value = frame.resolver.shared(frame, f"{name}.drawn", drawn)
    assert value is not None
    return op("min", op("max", value, arguments["minimum"]), arguments["maximum"])


Sampler = Callable[[Frame, Source, Arguments], Node]


def _gamma_within(frame: Frame, source: Source, arguments: Arguments) -> Node:
    order = op("max", arguments["order"], _ONE)

    def inside(value: Node) -> Node:
        return _is_inside(arguments, _stretched(arguments, value))

    drawn = _stretched(arguments, _gamma(frame, source, order, ATTEMPTS_WITHIN, inside))
    return op("min", op("max", drawn, arguments["minimum"]), arguments["maximum"])


def _beta_within(frame: Frame, source: Source, arguments: Arguments) -> Node:
    a, b = arguments["alpha"], arguments["beta"]
    return _within(frame, source, arguments, lambda: _beta(frame, source, a, b, INNER_ATTEMPTS))


def _negative_binomial_within(frame: Frame, source: Source, arguments: Arguments) -> Node:
    chance = arguments["probability"]
    # What is drawn is a whole number: so is the number of successes, rounded as trials are.
    successes = op("floor", op("+", arguments["successes"], Literal(0.5)))
    return _within(
        frame,
        source,
        arguments,
        lambda: _negative_binomial(frame, source, successes, chance, INNER_ATTEMPTS),
    )


SAMPLERS: Mapping[str, Sampler] = {
    "GAMMA": lambda f, s, a: op("*", _any_gamma(f, s, a["shape"]), a.get("scale", _ONE)),
    "BETA": lambda f, s, a: _beta(f, s, a["alpha"], a["beta"]),
    "NEGBINOMIAL": lambda f, s, a: _negative_binomial(
        f, s, a["successes"], _or_certain(a["probability"])
    ),
    "GAMMA_WITHIN": _gamma_within,
    "BETA_WITHIN": _beta_within,
    "NEGBINOMIAL_WITHIN": _negative_binomial_within,
}


def sample(frame: Frame, node: Call, name: str, arguments: Arguments) -> Node:
    """Return a draw by rejection."""
    settings = {k: v for k, v in arguments.items() if k in ("seed", "min", "max", "sample")}
    given = {
        k: frame.resolver.shared(frame, f"{node.function.text}.{k}", v)
        for k, v in arguments.items()
        if k not in settings
    }
    return drawn(frame, node, {**given, **settings}, lambda s, g: SAMPLERS[name](frame, s, g))


def _by_lookup(frame: Frame, node: Call, arguments: Sequence[Expression]) -> Node:
    """A draw whose density is a graphical function: the inverse of its integral."""
    given = [frame.expression(a) for a in arguments[1:]]
    low, high, shift, stretch = given[:4]
    source = source_of(frame, node, given[4] if len(given) > 4 else None)
    edge = op("/", op("-", low, shift), stretch)
    found = frame.graph_argument(node, arguments[0], arguments[1])
    if source is None or not isinstance(found, Interpolate):
        return INVALID if source else frame.error(node, "the seed of RANDOM LOOKUP is no number")
    density = tuple(np.maximum(y, 0.0) for y in found.graph.y)
    profile = replace(found, graph=replace(found.graph, y=density))
    shared, name = frame.resolver.shared, node.function.text

    def below(x: Node) -> Node:
        ends = [per_row(profile, [float(a[k]) for a in profile.graph.x]) for k in (0, -1)]
        return integral(profile, op("min", op("max", x, ends[0]), ends[1]))

    first = shared(frame, f"{name}.first", below(edge))
    last = shared(frame, f"{name}.last", below(op("/", op("-", high, shift), stretch)))
    u = source.draw("RANDOM", _ZERO, _ONE)
    area = shared(frame, f"{name}.area", op("+", first, op("*", u, op("-", last, first))))
    drawn = op("+", shift, op("*", stretch, _inverse(profile, area)))
    return op("min", op("max", drawn, low), high)


def _inverse(profile: Interpolate, area: Node) -> Node:
    """Return where the integral of a density, straight between its points, reaches an area."""
    sums, starts, heights, slopes = [], [], [], []
    for x, y in zip(profile.graph.x, profile.graph.y, strict=True):
        width = np.diff(x)
        sums.append(np.concatenate([[0.0], np.cumsum(width * (y[1:] + y[:-1]) / 2)]))
        starts.append(x)
        heights.append(y)
        rise = np.divide(np.diff(y), width, out=np.zeros_like(width), where=width > 0)
        slopes.append(np.append(rise, 0.0))

    def at(values: Sequence[np.ndarray[tuple[int], np.dtype[np.float64]]]) -> Node:
        graph = replace(profile.graph, kind="discrete", x=tuple(sums), y=tuple(values))
        return replace(profile, graph=graph, x=area)

    left = op("-", area, at(sums))
    height, slope = at(heights), at(slopes)
    inside = op("+", op("*", height, height), op("*", Literal(2.0), op("*", slope, left)))
    below = op("+", height, op("sqrt", op("max", _ZERO, inside)))
    return op("+", at(starts), op("safe_divide", op("*", Literal(2.0), left), below))


LOOKUP_DRAWS: Mapping[str, Reader] = {"RANDOM_LOOKUP": _by_lookup}
