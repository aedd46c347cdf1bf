"""Loop-cut experiments: what happens to an outcome where one link carries no change.

From a given time on (the start, if none is given) what depends sees the source as it was then; all
else that uses the source goes on as before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from headwater.analysis.loops.scores import Floats
from headwater.analysis.loops.trace import Change, trace
from headwater.compiler.lowering.hoist import rebuilt
from headwater.compiler.resolved import (
    Apply,
    Axis,
    Follow,
    Kind,
    Literal,
    Node,
    Now,
    Quantity,
    Reference,
    ResolvedModel,
    Rule,
    children_first,
    parts,
)
from headwater.errors import UsageError, did_you_mean
from headwater.language.names import canonical
from headwater.model.project import Project
from headwater.simulation.building import TargetName
from headwater.simulation.labels import element_positions, find_element


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two variables, by their names."""

    source: str
    target: str


@dataclass(frozen=True, slots=True, eq=False)
class CutExperiment:
    """An outcome over time with every link in place, and with some cut."""

    outcome: str
    times: Floats
    whole: Floats
    cut: Floats


def read_link(text: str) -> Link:
    """Read ``source -> target``. Raises :class:`UsageError`."""
    source, arrow, target = text.partition("->")
    if not arrow or "->" in target or not source.strip() or not target.strip():
        raise UsageError(f"`{text}` is no link", hint='write "source -> target"')
    return Link(source.strip(), target.strip())


def cut_experiment(
    project: Project,
    links: tuple[Link, ...],
    outcome: str,
    *,
    at: float | None = None,
    seed: int = 0,
    target: TargetName = "llvm",
) -> CutExperiment:
    """Run a model as it is and with links cut; an arrayed outcome is summed over its elements.

    Raises :class:`UsageError` for names that do not exist and for links that the model does not
    have.
    """
    variable, elements = find_element(project, outcome)
    where = list(element_positions(project, variable, elements))
    runs = []
    for change in (None, cutting(links, at)):
        run = trace(project, seed=seed, target=target, change=change)
        quantity = run.model.by_key.get(variable.key)
        if quantity is None or quantity not in run.values:
            raise UsageError(f"`{outcome}` has no value over time")
        rows = run.values[quantity][where].sum(axis=0)
        runs.append(np.broadcast_to(rows, run.times.shape))
    return CutExperiment(outcome, run.times, runs[0], runs[1])


def cutting(links: tuple[Link, ...], at: float | None = None) -> Change:
    """Return what cuts links in a resolved model."""

    def change(model: ResolvedModel) -> None:
        for link in links:
            _cut(model, link, at)

    return change


def _cut(model: ResolvedModel, link: Link, at: float | None) -> None:
    source, target = _find(model, link.source), _find(model, link.target)
    users = [
        q
        for q in model.quantities
        if (q is target or q.origin is target) and any(source in r.mentioned for r in q.step)
    ]
    if not users or source is target:
        raise UsageError(
            f"`{target.name}` does not depend on `{source.name}` directly: there is no link to cut",
            hint="`headwater loops` shows the links of each loop",
        )
    held = _held(model, source, at)
    for quantity in users:
        quantity.step = [_rewritten(rule, source, held) for rule in quantity.step]


def _find(model: ResolvedModel, name: str) -> Quantity:
    found = model.by_key.get(canonical(name))
    if found is None:
        known = [q.name for q in model.by_key.values()]
        raise UsageError(f"no variable `{name}` with a value", hint=did_you_mean(name, known))
    return found


def _held(model: ResolvedModel, source: Quantity, at: float | None) -> Quantity:
    """Add what has the source's value until the link is cut, and then keeps it."""
    if at is None:
        frozen = _beside(model, source, Kind.FROZEN, "at the start")
        frozen.initial = [_rule(source, Reference(source, ()))]
        return frozen
    memory = _beside(model, source, Kind.STATE, "when cut")
    held = _beside(model, source, Kind.VALUE, "until cut")
    before = Apply("<=", (Now(at_step=True), Literal(at)))
    both = (Reference(source, ()), Reference(memory, ()))
    rule = _rule(source, Apply("if", (before, *both)))
    memory.initial = [_rule(source, Reference(source, ()))]
    memory.step = [rule]
    held.initial = [_rule(source, Reference(source, ()))]
    held.step = [rule]
    return held


def _beside(model: ResolvedModel, source: Quantity, kind: Kind, label: str) -> Quantity:
    made = Quantity(
        f"{source.name}~{label}", kind, source.shape, origin=source, save=False, span=source.span
    )
    model.quantities.append(made)
    return made


def _rule(source: Quantity, node: Node) -> Rule:
    """Return a rule for every element, in which references follow the element."""
    axes = tuple(Axis(n, f"{source.name} {k}") for k, n in enumerate(source.shape))
    target = tuple(Follow(a) for a in axes)
    return Rule(axes, target, _following(node, target), source.span)


def _following(node: Node, target: tuple[Follow, ...]) -> Node:
    match node:
        case Reference():
            return replace(node, selectors=target)
        case Apply(arguments=arguments):
            return replace(node, arguments=tuple(_following(a, target) for a in arguments))
        case _:
            return node


def _rewritten(rule: Rule, source: Quantity, held: Quantity) -> Rule:
    """Return the rule with one quantity in place of another."""
    new: dict[int, Node] = {}
    for node in children_first(rule.expression):
        inner = [new[id(p)] for p in parts(node)]
        made = rebuilt(node, inner)
        if isinstance(made, Reference) and made.quantity is source:
            made = replace(made, quantity=held)
        new[id(node)] = made
    return Rule(rule.axes, rule.target, new[id(rule.expression)], rule.span)
