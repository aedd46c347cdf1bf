"""What policies' settings say of each other: the same measures later, and conditions on one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from headwater.argument.conditions import OVER_TIME
from headwater.errors import UsageError
from headwater.language.printer import print_expression
from headwater.language.syntax import (
    Call,
    Expression,
    Name,
    Number,
    walk,
    with_operands,
)
from headwater.model.case import Case, Expectation, Policy

# Builtins with a time among their arguments, and where.
TIMED = {"step": 1, "ramp": 1, "pulse": 1}


@dataclass(frozen=True, slots=True)
class Delay:
    """Two policies that differ in nothing but that one begins ``later``, in the run's time unit."""

    early: str
    late: str
    later: float


def delays(case: Case) -> tuple[Delay, ...]:
    """Return the policies that are the same one begun later, probes left out.

    Two policies count as the same where they set the same levers by the same expressions, but for
    the times in STEP, RAMP and PULSE, which all lie apart by the same span.
    """
    own = [p for p in case.policies if not p.probe and p.settings]
    found = []
    for early in own:
        for late in own:
            apart = _apart(early, late)
            if apart is not None and apart > 0:
                found.append(Delay(early.name, late.name, apart))
    return tuple(found)


def _apart(first: Policy, second: Policy) -> float | None:
    if _timeless(first) != _timeless(second):
        return None
    a, b = ([t for _, t in sorted(_moments(p))] for p in (first, second))
    spans = {round(y - x, 9) for x, y in zip(a, b, strict=True)}
    return spans.pop() if len(spans) == 1 else None


def _timeless(policy: Policy) -> list[tuple[str, str]]:
    return sorted(
        (print_expression(s.lever), print_expression(_without_times(s.expression)))
        for s in policy.settings
    )


def _moments(policy: Policy) -> Iterator[tuple[tuple[str, int], float]]:
    for setting in policy.settings:
        for number, time in enumerate(_times_in(setting.expression)):
            yield (print_expression(setting.lever), number), time


def times_of(policy: Policy, case: Case) -> list[float]:
    """Return the times within the run that a policy's settings name."""
    specs = case.project.sim_specs
    times = [time for _, time in _moments(policy)]
    return [t for t in times if specs.start <= t <= specs.stop]


def _times_in(expression: Expression) -> Iterator[float]:
    for node in walk(expression):
        if isinstance(node, Call) and (place := TIMED.get(node.function.key)) is not None:
            if place < len(node.arguments):
                argument = node.arguments[place]
                if isinstance(argument, Number):
                    yield argument.value


def _without_times(node: Expression) -> Expression:
    if isinstance(node, Call) and (place := TIMED.get(node.function.key)) is not None:
        arguments = [
            Number(0.0) if k == place and isinstance(a, Number) else _without_times(a)
            for k, a in enumerate(node.arguments)
        ]
        return replace(node, arguments=tuple(arguments))
    return with_operands(node, _without_times)


def only_policy(expectation: Expectation) -> str:
    """Return the one policy, but for the baseline, that a condition speaks of.

    Raises:
        UsageError: it names none, or several.
    """
    named = {
        last.key
        for node in walk(expectation.condition)
        if (last := _policy_argument(node)) is not None
    }
    if len(named) == 1:
        return named.pop()
    place = expectation.span.place if expectation.span else None
    count = "no policy" if not named else f"{len(named)} policies"
    raise UsageError(
        f"the expectation `{expectation.name}` names {count}, so it cannot be asked of each",
        place,
        "choose one that compares a single policy with the baseline",
    )


def asked_of(condition: Expression, policy: str, other: str) -> Expression:
    """Return a condition with one policy put in the place of another."""

    def put(node: Expression) -> Expression:
        last = _policy_argument(node)
        if isinstance(node, Call) and last is not None and last.key == policy:
            own = [put(a) for a in node.arguments[:-1]]
            return replace(node, arguments=(*own, Name(other)))
        return with_operands(node, put)

    return put(condition)


def _policy_argument(node: Expression) -> Name | None:
    if isinstance(node, Call) and node.function.key in OVER_TIME:
        count = OVER_TIME[node.function.key]
        last = node.arguments[count] if len(node.arguments) > count else None
        return last if isinstance(last, Name) else None
    return None
