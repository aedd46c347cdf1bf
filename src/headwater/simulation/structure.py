"""Other models made from one: rival variants, policies, variables held at a value.

Every function takes a project and returns a new one; nothing is compiled here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

from headwater.errors import Place, UsageError, did_you_mean
from headwater.language.source import Span
from headwater.language.syntax import Binary, Conditional, Expression, Name, Number
from headwater.model.case import Override, Policy, Setting, Variant
from headwater.model.project import Project
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Data,
    Equation,
    Graph,
    Lever,
    Stock,
    Variable,
)
from headwater.simulation.binding import assign, choices_of

POLICY_INPUT = "$policy"
"""Hidden lever that chooses the policy of a run: 0 is the levers' own equations."""


def with_variant(project: Project, variant: Variant) -> Project:
    """Return the project with the variables of a rival structure put in place or added."""
    new = {v.key: v for v in variant.variables}
    kept = [new.pop(v.key, v) for v in project.variables]
    return replace(project, variables=(*kept, *new.values()))


def with_policy(project: Project, policy: Policy) -> Project:
    """Return the project whose levers are set as one policy sets them."""
    changes = []
    for lever, settings in _by_lever(project, [policy]):
        equations = tuple(
            replace(e, expression=_set(project, lever, e, settings[0])) for e in lever.equations
        )
        changes.append(replace(lever, equations=equations))
    return _change(project, changes)


def with_policies(project: Project, policies: Sequence[Policy]) -> Project:
    """Return one project for several policies, chosen run by run through ``POLICY_INPUT``.

    The input is the policy's place in ``policies``, counted from 1; 0 leaves the levers as the
    model has them.
    """
    changes: list[AnyVariable] = []
    for lever, settings in _by_lever(project, policies):
        equations = tuple(
            replace(e, expression=_choose(project, lever, e, settings)) for e in lever.equations
        )
        changes.append(replace(lever, equations=equations))
    chosen = Lever(name=POLICY_INPUT, unit="1", equations=(Equation(Number(0.0)),), save=False)
    changed = _change(project, changes)
    return replace(changed, variables=(*changed.variables, chosen))


def with_overrides(project: Project, overrides: Iterable[Override]) -> Project:
    """Return the project with variables held at a value, as in a reality check.

    A stock held at a value ignores its flows. An override may name single elements. Raises
    :class:`UsageError` for names that do not exist and for graphical functions.
    """
    for override in overrides:
        project = _change(project, [_held(project, override)])
    return project


def with_constants(project: Project, names: Iterable[str]) -> Project:
    """Return the project in which whole variables are plain numbers (0), to be given per run."""
    wanted = [Override(Name(name), Number(0.0)) for name in names]
    return with_overrides(project, wanted)


def with_numbers(project: Project, numbers: Iterable[tuple[str, float]]) -> Project:
    """Return the project in which variables without dimensions are these numbers, in every run."""
    return with_overrides(project, [Override(Name(name), Number(value)) for name, value in numbers])


def _change(project: Project, variables: Iterable[AnyVariable]) -> Project:
    new = {v.key: v for v in variables}
    return replace(project, variables=tuple(new.get(v.key, v) for v in project.variables))


def _by_lever(
    project: Project, policies: Sequence[Policy]
) -> list[tuple[Lever | Constant, list[list[Setting]]]]:
    """Return every lever that is set, with the settings of each policy."""
    found: dict[str, Lever | Constant] = {}
    for policy in policies:
        for setting in policy.settings:
            found[setting.lever.key] = _lever(project, policy, setting)
    return [
        (lever, [[s for s in p.settings if s.lever.key == key] for p in policies])
        for key, lever in found.items()
    ]


def _lever(project: Project, policy: Policy, setting: Setting) -> Lever | Constant:
    found = project.by_key.get(setting.lever.key)
    if isinstance(found, Lever | Constant):
        return found
    levers = [v.name for v in project.variables if isinstance(v, Lever)]
    what = "is not a lever" if found else "does not exist"
    raise UsageError(
        f"policy `{policy.name}` sets `{setting.lever.text}`, which {what}",
        _place(setting.span),
        did_you_mean(setting.lever.text, levers) or "declare it with `lever`",
    )


def _set(
    project: Project, lever: AnyVariable, equation: Equation, settings: Sequence[Setting]
) -> Expression:
    expression = equation.expression
    for setting in settings:
        expression = assign(project, lever, equation, expression, setting.lever, setting.expression)
    return expression


def _choose(
    project: Project,
    lever: AnyVariable,
    equation: Equation,
    settings: Sequence[Sequence[Setting]],
) -> Expression:
    result = equation.expression
    for number, own in enumerate(settings, start=1):
        changed = _set(project, lever, equation, own)
        if changed is not equation.expression:
            chosen = Binary("=", Name(POLICY_INPUT), Number(float(number)))
            result = Conditional(chosen, changed, result)
    return result


def _held(project: Project, override: Override) -> AnyVariable:
    name = override.variable
    variable = project.by_key.get(name.key)
    if variable is None:
        raise UsageError(
            f"no variable `{name.text}`",
            _place(name.span),
            did_you_mean(name.text, (v.name for v in project.variables)),
        )
    if isinstance(variable, Graph) and not variable.equations:
        raise UsageError(
            f"`{name.text}` is a graphical function and cannot be held at a value",
            _place(name.span),
            "hold a variable that uses it",
        )
    whole = all(c.element == "" for cs in choices_of(project, variable, name) for c in cs)
    if whole:
        return _replaced(variable, override.value)
    if isinstance(variable, Data):
        raise UsageError(
            f"`{name.text}` is a data series: it can be held only as a whole", _place(name.span)
        )
    if isinstance(variable, Stock):
        return _held_stock(project, variable, override)
    equations = tuple(
        replace(e, expression=assign(project, variable, e, e.expression, name, override.value))
        for e in variable.equations
    )
    return replace(variable, equations=equations, uncertainty=None)


def _replaced(variable: AnyVariable, value: Expression) -> AnyVariable:
    """Return a variable of the same name with one equation: a constant where it is a number."""
    kind = Constant if isinstance(value, Number) else Auxiliary
    shared = {f.name: getattr(variable, f.name) for f in fields(Variable)}
    shared |= {"uncertainty": None, "equations": (Equation(value, variable.dimensions),)}
    return kind(**shared)


def _held_stock(project: Project, stock: Stock, override: Override) -> AnyVariable:
    """Start some elements at the value and cut their flows."""
    if not isinstance(override.value, Number):
        raise UsageError(
            f"elements of the stock `{stock.name}` can be held at a number only",
            _place(override.variable.span),
        )

    def put(equation: Equation, old: Expression, value: Expression) -> Expression:
        return assign(project, stock, equation, old, override.variable, value)

    nothing = Number(0.0)
    all_elements = Equation(nothing, stock.dimensions)
    equations = tuple(
        replace(
            e,
            expression=put(e, e.expression, override.value),
            rate=put(e, e.rate, nothing) if e.rate else None,
        )
        for e in stock.equations
    )
    flows = tuple(
        replace(f, expression=put(all_elements, f.expression, nothing)) for f in stock.flows
    )
    return replace(stock, equations=equations, flows=flows, uncertainty=None)


def _place(span: Span | None) -> Place | None:
    return span.place if span else None
