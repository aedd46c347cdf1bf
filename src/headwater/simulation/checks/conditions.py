"""Declared checks as equations of the model: one program holds them all.

A check's condition becomes a hidden variable that is 1 where it holds. What a check overrides is
set in its lane where it is an input, and otherwise gets the equation
``IF selector = number THEN value ELSE equation``; so every check is a lane of one program. Where
that cannot express an override (a data series, a stock held at an expression), the check gets a
program of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from headwater.compiler.constants import number_of
from headwater.errors import ModelError
from headwater.language import builtins
from headwater.language.names import canonical
from headwater.language.printer import print_expression
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    children,
    transform,
)
from headwater.model.case import Check, Override
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Auxiliary, Data, Equation, Graph, Lever, Stock
from headwater.simulation.binding import assign
from headwater.simulation.checks.findings import span_place
from headwater.simulation.checks.trajectories import with_trajectories
from headwater.simulation.labels import element_labels, element_positions
from headwater.simulation.params import is_plain
from headwater.simulation.structure import with_overrides

SELECTOR = "$check"
"""Hidden input: which check's overrides are in force; 0 is none."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A project that holds the conditions of ``checks``, by their number.

    A check's lane sets the selector to its number, and ``inputs``. ``apart`` has the checks that
    need a project of their own.
    """

    project: Project
    checks: dict[int, Check]
    inputs: dict[int, dict[str, float]] = field(default_factory=dict)
    apart: tuple[Prepared, ...] = ()


def condition_name(number: int) -> str:
    """Return the name of the hidden variable that is 1 where check ``number`` holds."""
    return f"$holds {number}"


def prepare_checks(project: Project, checks: Sequence[Check]) -> Prepared:
    """Return the project with conditions and overrides of all checks put in place.

    Raises :class:`UsageError` where an override names what does not exist, and
    :class:`ModelError` where a condition compares arrays of different dimensions, or has a path
    that cannot be followed.
    """
    project, plain = with_trajectories(project, checks)
    common = project
    together: dict[int, Check] = {}
    inputs: dict[int, dict[str, float]] = {}
    apart: list[Prepared] = []
    expressed = _held_at_expressions(project, plain)
    for number, (stated, check) in enumerate(zip(checks, plain, strict=True), start=1):
        condition = _condition(project, check, condition_name(number))
        if not all(_can_be_selected(project, o) for o in check.overrides):
            held = _with_hidden(with_overrides(project, check.overrides), condition)
            apart.append(Prepared(held, {number: stated}))
            continue
        together[number] = stated
        for override in check.overrides:
            given = _as_input(project, override)
            if given and override.variable.key not in expressed:
                inputs.setdefault(number, {}).update(given)
            else:
                common = _selected(common, override, number)
        common = replace(common, variables=(*common.variables, condition))
    return Prepared(_with_hidden(common), together, inputs, tuple(apart))


def _with_hidden(project: Project, *conditions: Auxiliary) -> Project:
    selector = Lever(name=SELECTOR, unit="1", equations=(Equation(Number(0.0)),), save=False)
    return replace(project, variables=(*project.variables, *conditions, selector))


def _can_be_selected(project: Project, override: Override) -> bool:
    variable = project.by_key.get(override.variable.key)
    if variable is None or isinstance(variable, Data | Graph):
        return False
    if number_of(override.value) is not None:
        return is_plain(variable) or variable.uncertainty is None
    return not isinstance(variable, Stock) and variable.uncertainty is None


def _held_at_expressions(project: Project, checks: Sequence[Check]) -> set[str]:
    """Return the variables that checks of the common program hold at other than numbers.

    These are no inputs there, for no check.
    """
    return {
        o.variable.key
        for check in checks
        if all(_can_be_selected(project, o) for o in check.overrides)
        for o in check.overrides
        if number_of(o.value) is None
    }


def _as_input(project: Project, override: Override) -> dict[str, float]:
    """Return the override as values of inputs; empty where its variable is not an input."""
    variable = project.by_key[override.variable.key]
    value = number_of(override.value)
    if value is None or not is_plain(variable):
        return {}
    labels = element_labels(project, variable)
    subscripts = [print_expression(s) for s in override.variable.subscripts]
    return {labels[i]: value for i in element_positions(project, variable, subscripts)}


def _selected(project: Project, override: Override, number: int) -> Project:
    name = override.variable
    variable = project.by_key[name.key]
    assert not isinstance(variable, Data)
    chosen = Binary("=", Name(SELECTOR), Number(float(number)))

    def put(equation: Equation, old: Expression, value: Expression) -> Expression:
        new = assign(project, variable, equation, old, name, value)
        return old if new is old else Conditional(chosen, new, old)

    nothing = Number(0.0)
    equations = tuple(
        replace(
            e,
            expression=put(e, e.expression, override.value),
            rate=put(e, e.rate, nothing) if e.rate else None,
            initial=put(e, e.initial, override.value) if e.initial else None,
        )
        for e in variable.equations
    )
    changed: AnyVariable = replace(variable, equations=equations)
    if isinstance(changed, Stock):
        every = Equation(nothing, variable.dimensions)
        flows = (replace(f, expression=put(every, f.expression, nothing)) for f in changed.flows)
        changed = replace(changed, flows=tuple(flows))
    new = tuple(changed if v.key == variable.key else v for v in project.variables)
    return replace(project, variables=new)


def _condition(project: Project, check: Check, name: str) -> Auxiliary:
    """Return a hidden variable that is 1 where a condition holds.

    A whole array outside an aggregate stands for each of its elements.
    """
    arrays = list(_whole_arrays(project, check.condition))
    dimensions = arrays[0][1] if arrays else ()
    for other, own in arrays:
        if [canonical(d) for d in own] != [canonical(d) for d in dimensions]:
            raise ModelError(
                f"the check compares `{arrays[0][0].text}` and `{other.text}`, "
                "arrays of different dimensions",
                span_place(other.span) or span_place(check.span),
                "name elements, or aggregate: `SUM(x[*])`, `MIN(x[*])`",
            )
    whole = {id(node) for node, _ in arrays}
    subscripts = tuple(Name(d) for d in dimensions)

    def visit(node: Expression) -> Expression:
        if id(node) in whole and isinstance(node, Name):
            return replace(node, subscripts=subscripts)
        if isinstance(node, Binary) and node.operator == "=":
            return _nearly_equal(node, check.tolerance)
        return node

    holds = Conditional(transform(check.condition, visit), Number(1.0), Number(0.0))
    equation = Equation(holds, dimensions, span=check.span)
    return Auxiliary(name=name, dimensions=dimensions, unit="1", equations=(equation,), save=False)


def _whole_arrays(
    project: Project, expression: Expression
) -> Iterator[tuple[Name, tuple[str, ...]]]:
    """Yield array names without subscripts, outside of aggregates, with their dimensions."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Call):
            builtin = builtins.find(node.function.text, project.dialect)
            if builtin is not None and builtin.shape in ("aggregate", "either"):
                continue
        variable = project.by_key.get(node.key) if isinstance(node, Name) else None
        if isinstance(node, Name) and variable and variable.dimensions and not node.subscripts:
            yield node, variable.dimensions
        waiting.extend(reversed(list(children(node))))


def _nearly_equal(node: Binary, tolerance: float) -> Expression:
    """Return ``|a - b| <= tolerance * max(|a|, |b|)``."""

    def call(function: str, *arguments: Expression) -> Call:
        return Call(Name(function), arguments)

    left, right = node.left, node.right
    scale = call("MAX", call("ABS", left), call("ABS", right))
    difference = call("ABS", Binary("-", left, right))
    return Binary("<=", difference, Binary("*", Number(tolerance), scale), node.span)
