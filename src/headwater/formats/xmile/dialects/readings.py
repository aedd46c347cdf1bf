"""Stella's functions of which not all is published: how they are read, said where they are used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from headwater.formats.xmile.context import Context
from headwater.language.builtins.unsupported import is_computed
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Call, Expression, Name, transform, walk
from headwater.model.project import Project
from headwater.model.rewriting import rewrite
from headwater.model.variables import AnyVariable


@dataclass(frozen=True, slots=True)
class Reading:
    """What is not known of a function with that many arguments, and what it is taken to compute."""

    unknown: str
    taken: str
    least: int = 0


_OPEN = "Stella's help leaves open what {} computes in full"
_NOT_FOUND = "no page was found that says what {} computes"
_ROUNDED = (
    "it is {0} where the two differ by the third argument or more, and rounded off by a parabola "
    "where they differ by less, at most a quarter of that argument {1} {0}"
)

READINGS: Mapping[str, Reading] = {
    "NPV": Reading(
        _OPEN,
        "each step's stream times DT counts, divided by (1 + rate) to the power of the time since "
        "the start; the first value is the initial one, or else the stream's",
    ),
    "POISSON": Reading(
        "no page of Stella's help was found that says what {} computes",
        "its mean is the argument times DT, as a description of Stella's functions by others has "
        "it: `POISSON(x) / DT` is a flow of x on average",
    ),
    "IRR": Reading(
        _OPEN,
        "the value of each step counts alike, and the rate is that of one time unit; without a "
        "value for when there is none it is 0 then",
    ),
    "LOOKUPMEAN": Reading(_OPEN, "it is the mean of x, weighted by the area under the function"),
    "EXPBOUND": Reading(
        _OPEN,
        "where u goes from 0 at xstart to 1 at xfinish, the share of the way from yfrom to yto is "
        "(exp(exponent * u) - 1) / (exp(exponent) - 1)",
    ),
    "LOGISTICBOUND": Reading(
        _NOT_FOUND,
        "the share of the way from yfrom to yto is 1 / (1 + exp(-speed * (x - xmiddle))), scaled "
        "so that it is 0 at xstart and 1 at xfinish where these are given",
    ),
    "MINSOFT": Reading(_NOT_FOUND, _ROUNDED.format("MIN", "below")),
    "MAXSOFT": Reading(_NOT_FOUND, _ROUNDED.format("MAX", "above")),
    "PERCENTILE": Reading(
        _NOT_FOUND,
        "it lies between the two values nearest to it in order, on a straight line: 0 is the "
        "smallest, 100 the largest",
    ),
    "CTMAX": Reading(
        "no page was found that says which of the optional arguments of {} comes first",
        "the second is `instantaneous` (0: of all that has passed so far), the third `initial`",
        least=2,
    ),
    "CTMIN": Reading(_NOT_FOUND, "it is the least where CTMAX is the greatest"),
    "CTMEAN": Reading(
        _NOT_FOUND,
        "it is the mean over all stamped material that has passed so far, each unit of it "
        "counting alike",
    ),
    "CTSTDDEV": Reading(
        _NOT_FOUND,
        "it is the standard deviation over all stamped material that has passed so far, each unit "
        "of it counting alike",
    ),
    "CYCLETIME": Reading(
        _NOT_FOUND, "it is the mean over the stamped material that passes now, 0 where none does"
    ),
    "CTFLOW": Reading(_NOT_FOUND, "it is the part of the flow that is stamped"),
    "THROUGHPUT": Reading(
        _NOT_FOUND,
        "it is the mean over the run so far, the step now with it, of the part of the flow that is "
        "stamped",
    ),
    "ALLOCATE": Reading(
        "no page was found that says what the sixth argument of {} is",
        "it is the number of the profile by which each request is spread about its priority, as "
        "Vensim counts them: 1 rectangular, 2 triangular, 3 normal, 4 exponential",
        least=6,
    ),
}
"""What is said of a function where it is used."""

CYCLE_TIMES = frozenset(
    {"CTMAX", "CTMIN", "CTMEAN", "CTSTDDEV", "CYCLETIME", "CTFLOW", "THROUGHPUT"}
)
"""Functions that count from flows which stamp the time; without such a flow none is computed."""

_NAMED = 3

_NAMED_APART = {"NPV": "STELLA_NPV", "POISSON": "STELLA_POISSON"}
"""What Headwater calls functions of Stella's whose names others have."""
_OF_STELLA = (2, 3)
"""How many arguments Stella's NPV has; Vensim's has one more."""

NAMES_OTHERS = re.compile(r"\b(?:NPV|POISSON)\s*\(", re.IGNORECASE)


def with_own_names(node: Expression, stellas: bool, own: frozenset[str]) -> Expression:
    """Return an equation in which functions of Stella's have names of their own.

    POISSON is the standard's, unless Stella's rules hold (``stellas``). ``own`` are names that
    stand for something else.
    """

    def renamed(node: Expression) -> Expression:
        match node:
            case Call(function=Name(key=key) as name, arguments=arguments) if key not in own:
                if (key == "npv" and len(arguments) in _OF_STELLA) or (
                    key == "poisson" and stellas
                ):
                    apart = Name(_NAMED_APART[key.upper()], name.subscripts, name.span)
                    return replace(node, function=apart)
        return node

    return transform(node, renamed)


def report_readings(context: Context, project: Project) -> None:
    """Say of each function of which not all is published how it is read, once, with its users.

    A function of the file itself, or a graphical one, may have such a name.
    """
    if context.vensims:
        return
    macros = {canonical(m.name) for m in project.macros}
    found: dict[str, list[tuple[str, Span | None]]] = {}
    for variables in (
        project.variables,
        *(s.variables for s in project.submodels),
        *(m.variables for m in project.macros),
    ):
        own = macros | {v.key for v in variables}
        for variable in variables:
            for function in _read_so(variable, own):
                found.setdefault(function, []).append((variable.name, variable.span))
    for macro in project.macros:
        for function in _used((macro.expression,), macros):
            found.setdefault(function, []).append((macro.name, None))
    if project.sim_specs.step == 1:
        found.pop("POISSON", None)  # a step is a time unit
    if not project.has_time_stamps:
        found = {f: users for f, users in found.items() if f not in CYCLE_TIMES}
    for function, users in found.items():
        reading = READINGS[function]
        names = a_few_names([name for name, _ in users])
        message = f"{names}: {reading.unknown.format(function)}"
        first = users[0][1]
        place = first.place if first else None
        context.diagnostics.warn(message, place, f"it is read so: {reading.taken}")


def a_few_names(names: Sequence[str]) -> str:
    """Return up to three names, and how many others there are."""
    listed = ", ".join(f"`{name}`" for name in names[:_NAMED])
    more = len(names) - _NAMED
    return listed if more <= 0 else f"{listed} and {more} other{'s' if more > 1 else ''}"


def _read_so(variable: AnyVariable, own: set[str]) -> list[str]:
    """Return the functions of that kind that a variable's expressions call."""
    expressions: list[Expression] = []

    def keep(expression: Expression) -> Expression:
        expressions.append(expression)
        return expression

    rewrite(variable, keep)
    return _used(expressions, own)


def _used(expressions: Iterable[Expression], own: set[str]) -> list[str]:
    called: dict[str, int] = {}
    for expression in expressions:
        for node in walk(expression):
            if isinstance(node, Call) and is_computed(node, "stella"):
                key, count = node.function.key, len(node.arguments)
                called[key] = max(count, called.get(key, 0))
    return [
        f for f, r in READINGS.items() if _key(f) not in own and called.get(_key(f), -1) >= r.least
    ]


def _key(function: str) -> str:
    return canonical(_NAMED_APART.get(function, function))
