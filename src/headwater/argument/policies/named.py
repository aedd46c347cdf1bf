"""What a caller names, found in the case: outcomes and which way is better, times, levers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headwater.argument.plan import vocabulary
from headwater.argument.policies.settings import times_of
from headwater.errors import UsageError, did_you_mean
from headwater.language.names import canonical
from headwater.language.parser import parse_text
from headwater.language.printer import print_expression
from headwater.language.syntax import Name
from headwater.model.case import Case, Outcome
from headwater.model.variables import Lever


def first_change(case: Case) -> float:
    """Return the first time within the runs that a policy's settings name, else the start."""
    start = case.project.sim_specs.start
    named = [t for p in case.policies for t in times_of(p, case) if t > start]
    return min(named, default=start)


def outcome_named(case: Case, text: str) -> Outcome:
    """Return a variable, or one element of it, as an outcome; an empty text is the case's first.

    Raises:
        UsageError: there is no such variable, or the case names no outcome.
    """
    if not text:
        if not case.outcomes:
            raise UsageError(
                "the case names no outcome", hint="choose one with `--outcome`, or add `outcome`"
            )
        return case.outcomes[0]
    expression = parse_text(text, "--outcome")
    if not isinstance(expression, Name):
        raise UsageError(f"`{text}` is not a variable", hint="name one, or one element of it")
    words = vocabulary(case)
    if expression.key not in words.variables:
        raise UsageError(
            f"no variable `{text}`",
            hint=did_you_mean(expression.key, words.variables)
            or "`headwater list MODEL` shows the names",
        )
    known = {o.variable: o for o in case.outcomes}
    return known.get(expression) or Outcome(expression)


def less_is_better(outcome: Outcome, asked: bool | None, at_most: bool | None = None) -> bool:
    """Return whether less is better: as is asked for, as the case says, or as a threshold implies.

    ``at_most`` tells whether the threshold is one from above; None where there is none.

    Raises:
        UsageError: none of them says.
    """
    if asked is not None:
        return asked
    if outcome.better:
        return outcome.better == "lower"
    if at_most is not None:
        return at_most
    name = print_expression(outcome.variable)
    raise UsageError(
        f"nothing says whether less or more of `{name}` is better",
        hint="choose with `--better lower` or `--better higher`, or write `better` in its "
        "`outcome` statement",
    )


def times_within(case: Case, asked: Sequence[float]) -> tuple[float, ...]:
    """Return the times to compare at, the end if none is asked for.

    Raises:
        UsageError: a time lies outside the run.
    """
    specs = case.project.sim_specs
    times = tuple(float(t) for t in asked) or (specs.stop,)
    for time in times:
        if not specs.start <= time <= specs.stop:
            raise UsageError(
                f"time {time:g} is outside the run",
                hint=f"runs go from {specs.start:g} to {specs.stop:g}",
            )
    return times


def levers_set(case: Case) -> tuple[str, ...]:
    """Return the levers that policies set, probes left out, and whose way can be measured."""
    named = dict.fromkeys(s.lever.key for p in case.policies if not p.probe for s in p.settings)
    found = []
    for name in named:
        try:
            found.append(priced_lever(case, name).name)
        except UsageError:
            continue
    return tuple(found)


def priced_lever(case: Case, text: str) -> Lever:
    """Return a lever whose way through its range can be measured.

    Raises:
        UsageError: there is no such lever, it is an array, or its range is not finite.
    """
    levers = {v.key: v for v in case.project.variables if isinstance(v, Lever)}
    found = levers.get(canonical(text))
    if found is None:
        raise UsageError(
            f"no lever `{text}`", hint=did_you_mean(text, (v.name for v in levers.values()))
        )
    ends = (found.range.low, found.range.high) if found.range else (np.inf, np.inf)
    if found.dimensions or not np.isfinite(ends).all() or ends[0] == ends[1]:
        raise UsageError(
            f"the lever `{found.name}` has no finite range, so its effort cannot be measured",
            hint="state its `range`, or choose other levers; arrays cannot be measured",
        )
    return found
