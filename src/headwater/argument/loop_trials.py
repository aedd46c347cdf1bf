"""Claims with and without a named loop: the same draws, with one link of the loop held still.

Every link to be cut gets a switch of its own inside one model, so that all trials run in the same
program. Where the switch is on, what the link leads to sees the source as it was when it was cut;
all else that uses the source goes on as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headwater.argument.ensembles import Ensembles
from headwater.argument.plan import Plan, all_variables
from headwater.argument.results import Trial
from headwater.argument.trials import Trials
from headwater.argument.verdicts import Interval, interval
from headwater.errors import UsageError
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    with_operands,
)
from headwater.model.case import Case, Expectation, LoopCut, NamedLoop
from headwater.model.rewriting import rewrite
from headwater.model.variables import AnyVariable, Auxiliary, Constant, Equation

SWITCH, HELD = "cut_of_loop_", "held_for_loop_"
ON = 0.5


@dataclass(frozen=True, slots=True)
class LoopTrial:
    """One expectation with a loop and without it; effects are those that the expectation names."""

    loop: str
    expectation: str
    whole: Trial
    cut: Trial
    whole_effect: Interval | None
    cut_effect: Interval | None


def judged_loops(case: Case) -> tuple[NamedLoop, ...]:
    """Return the loops that name claims and where to be cut."""
    return tuple(loop for loop in case.loops if loop.cut is not None and loop.claims)


def loop_trials(
    plan: Plan, runs: int, seed: int, threads: int = 0, progress: bool = True
) -> tuple[LoopTrial, ...]:
    """Judge the claims of each named loop with the loop and without it, on the same draws.

    Raises:
        UsageError: a link to be cut is not in the model.
    """
    loops = judged_loops(plan.case)
    if not loops:
        return ()
    case = with_switches(plan.case, [loop.cut for loop in loops if loop.cut])
    own = {loop.title: _expectations(case, loop) for loop in loops}
    every = [e for e in case.expectations if any(e in found for found in own.values())]
    ensembles = Ensembles(replace(plan, case=case), seed, case.defaults.design, threads, progress)
    whole = _gathered(ensembles, every, runs, {})
    found: list[LoopTrial] = []
    for number, loop in enumerate(loops):
        cut = _gathered(ensembles, own[loop.title], runs, {f"{SWITCH}{number}": 1.0})
        found += [_compared(loop, e, whole, cut) for e in own[loop.title]]
    return tuple(found)


def _expectations(case: Case, loop: NamedLoop) -> list[Expectation]:
    return [e for e in case.expectations if set(e.claims) & set(loop.claims)]


def _gathered(
    ensembles: Ensembles, expectations: Sequence[Expectation], runs: int, fixed: dict[str, float]
) -> Trials:
    trials = Trials(expectations, ensembles.variants, runs)
    if expectations:
        for batch in ensembles.batches(runs, expectations, fixed=fixed):
            trials.add(batch)
    return trials


def _compared(loop: NamedLoop, expectation: Expectation, whole: Trials, cut: Trials) -> LoopTrial:
    name = expectation.name
    return LoopTrial(
        loop.title,
        name,
        whole.result(name),
        cut.result(name),
        interval(whole.effect[name].reshape(-1)),
        interval(cut.effect[name].reshape(-1)),
    )


def with_switches(case: Case, cuts: Sequence[LoopCut]) -> Case:
    """Return a case in which each link can be cut by a constant of its own.

    Raises:
        UsageError: the target of a cut does not depend directly on the source.
    """
    for number, cut in enumerate(cuts):
        case = _with_switch(case, number, cut)
    return case


def _with_switch(case: Case, number: int, cut: LoopCut) -> Case:
    source = next((v for v in all_variables(case) if v.key == cut.source.key), None)
    if source is None or not any(_mentions(v, cut) for v in all_variables(case)):
        raise UsageError(
            f"`{cut.target.text}` does not depend on `{cut.source.text}` directly: there is no "
            "link to cut",
            cut.target.span.place if cut.target.span else None,
            "`headwater loops` shows the links of each loop",
        )

    def changed(variables: Sequence[AnyVariable]) -> tuple[AnyVariable, ...]:
        return tuple(
            rewrite(v, lambda e: _switched(e, cut.source.key, number))
            if v.key == cut.target.key
            else v
            for v in variables
        )

    switch = Constant(name=f"{SWITCH}{number}", unit="1", equations=(Equation(Number(0.0)),))
    held = Auxiliary(
        name=f"{HELD}{number}",
        unit=source.unit,
        dimensions=source.dimensions,
        equations=(Equation(_memory(source, cut), source.dimensions),),
    )
    project = replace(case.project, variables=(*changed(case.project.variables), switch, held))
    variants = tuple(replace(v, variables=changed(v.variables)) for v in case.variants)
    return replace(case, project=project, variants=variants)


def _memory(source: AnyVariable, cut: LoopCut) -> Expression:
    """Return the source's value when the link was cut, or its own until then."""
    own = Name(source.name, tuple(Name(d) for d in source.dimensions))
    if cut.at is None:
        return Call(Name("INIT"), (own,))
    before = Binary("<=", Name("TIME"), Number(cut.at))
    return Call(Name("SAMPLE_IF_TRUE"), (before, own, own))


def _mentions(variable: AnyVariable, cut: LoopCut) -> bool:
    found: list[Expression] = []

    def look(expression: Expression) -> Expression:
        if _switched(expression, cut.source.key, 0) != expression:
            found.append(expression)
        return expression

    if variable.key == cut.target.key:
        rewrite(variable, look)
    return bool(found)


def _switched(node: Expression, source: str, number: int) -> Expression:
    """Return an expression that sees the held value where the switch is on."""

    def inner(part: Expression) -> Expression:
        return _switched(part, source, number)

    if isinstance(node, Name) and node.key == source:
        held = Name(f"{HELD}{number}", node.subscripts)
        on = Binary(">", Name(f"{SWITCH}{number}"), Number(ON))
        return Conditional(on, held, node)
    return with_operands(node, inner)
