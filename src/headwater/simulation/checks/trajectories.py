"""Paths of checks as equations of hidden variables, which begin at a variable's own value.

What a check puts on a path keeps its equations, under a hidden name, and is that until the path
starts. The basis of a path is sampled there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from headwater.errors import ModelError
from headwater.language.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    Name,
    Number,
    Unary,
    transform,
    walk,
)
from headwater.model.case import Check, Override
from headwater.model.project import Project
from headwater.model.trajectories import (
    COMPARISONS,
    START_TIME,
    Trajectory,
    is_checked,
    paths_in,
    trajectory_of,
    why_no_path,
)
from headwater.model.variables import AnyVariable, Auxiliary, Data, Equation
from headwater.simulation.checks.findings import span_place

_TIME = Name("TIME")
_SLACK = 1e-6
"""The share of a step by which a time may miss another."""


def with_trajectories(
    project: Project, checks: Sequence[Check]
) -> tuple[Project, tuple[Check, ...]]:
    """Return a project and checks in which paths are plain expressions of hidden variables.

    Raises :class:`ModelError` where a path is not one that can be followed.
    """
    found: list[Check] = []
    for number, check in enumerate(checks, start=1):
        if not _has_paths(check):
            found.append(check)
            continue
        reason = why_no_path(check, project)
        if reason:
            place = span_place(check.span)
            raise ModelError(f"the check `{check.title}` cannot be run: {reason}", place)
        for override in check.overrides:
            known = override.variable.key in project.by_key
            if known and any(paths_in(override.value)):
                project = _with_own_value(project, override.variable.key)
        builder = _Builder(project, f"{number}", [])
        found.append(builder.check(check))
        project = replace(project, variables=(*project.variables, *builder.made))
    return project, tuple(found)


def _has_paths(check: Check) -> bool:
    parts = (check.condition, *(o.value for o in check.overrides))
    return any(any(paths_in(part)) for part in parts)


def _own_name(key: str) -> str:
    """Return the hidden name under which a variable keeps its equations."""
    return f"$own {key}"


def _with_own_value(project: Project, key: str) -> Project:
    """Return a project in which a variable is what it was, by way of a hidden one."""
    variable = project.by_key[key]
    own = _own_name(key)
    if own in project.by_key or any(v.name == own for v in project.variables):
        return project
    plain = Auxiliary(
        name=variable.name,
        dimensions=variable.dimensions,
        unit=variable.unit,
        equations=tuple(_recalling(variable, own)),
        span=variable.span,
    )
    hidden = replace(variable, name=own, save=False)
    variables = (plain if v.key == key else v for v in project.variables)
    return replace(project, variables=(*variables, hidden))


def _recalling(variable: AnyVariable, own: str) -> Iterator[Equation]:
    assert not isinstance(variable, Data)
    for equation in variable.equations:
        subscripts = equation.subscripts or variable.dimensions
        name = Name(own, tuple(Number(float(s)) if s.isdigit() else Name(s) for s in subscripts))
        yield replace(equation, expression=name, initial=None, rate=None)


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes the hidden variables of one check; ``label`` is its number."""

    project: Project
    label: str
    made: list[AnyVariable]

    def check(self, check: Check) -> Check:
        overrides = tuple(
            self._override(o) if any(paths_in(o.value)) else o for o in check.overrides
        )
        return replace(check, condition=self._condition(check.condition), overrides=overrides)

    def _override(self, override: Override) -> Override:
        assert isinstance(override.value, Call)
        path = trajectory_of(override.value)
        assert path is not None
        key = override.variable.key

        def own(node: Expression) -> Expression:
            same = isinstance(node, Name) and node.key == key
            return (
                Name(_own_name(key), node.subscripts) if same and isinstance(node, Name) else node
            )

        value = self._value(path, transform(path.basis, own))
        on_it = Binary("=", self._on(path, Number(0.0)), Number(1.0))
        return replace(override, value=Conditional(on_it, value, own(override.variable)))

    def _condition(self, condition: Expression) -> Expression:
        """Return a condition of which a comparison with a path counts only while that lasts."""
        lasts: dict[int, tuple[Expression, Expression]] = {}

        def change(node: Expression) -> Expression:
            if isinstance(node, Call) and any(call is node for call in paths_in(node)):
                path = trajectory_of(node)
                assert path is not None and is_checked(node)
                value = self._value(path, path.basis)
                lasts[id(value)] = value, self._on(path, path.grace or Number(0.0))
                return value
            if isinstance(node, Binary) and node.operator in COMPARISONS:
                guards = [lasts[id(part)][1] for part in walk(node) if id(part) in lasts]
                waits: list[Expression] = [Binary("=", g, Number(0.0)) for g in guards]
                return reduce(lambda a, b: Binary("or", a, b), (*waits, node))
            return node

        return transform(condition, change)

    def _value(self, path: Trajectory, basis: Expression) -> Expression:
        """Return where a path is now."""
        before = Unary("not", Binary(">", _TIME, self._past(self._start(path))))
        sampled = self._hidden("basis", Call(Name("SAMPLE_IF_TRUE"), (before, basis, basis)))
        elapsed = Call(Name("MAX"), (Number(0.0), Binary("-", _TIME, self._start(path))))
        return path.value(sampled, elapsed)

    def _on(self, path: Trajectory, delay: Expression) -> Expression:
        """Return a hidden variable that is 1 while a path lasts; it changes with steps."""
        start = self._start(path)
        begins = Binary("+", start, delay)
        lasts: Expression = Binary(">=", self._past(_TIME), begins)
        if path.duration is not None:
            ends = Binary("+", start, path.duration)
            lasts = Binary("and", lasts, Binary("<", self._past(_TIME), ends))
        now = Conditional(lasts, Number(1.0), Number(0.0))
        always = Binary("=", Number(1.0), Number(1.0))
        return self._hidden("on", Call(Name("SAMPLE_IF_TRUE"), (always, now, now)))

    def _start(self, path: Trajectory) -> Expression:
        if path.start is not None:
            return path.start
        if START_TIME in self.project.by_key:
            return Name(START_TIME)
        return Binary("+", self._setting("INITIAL TIME", "STARTTIME"), self._step())

    def _past(self, time: Expression) -> Expression:
        """Return a time that is later by what rounding may take away."""
        return Binary("+", time, Binary("*", Number(_SLACK), self._step()))

    def _step(self) -> Name:
        return self._setting("TIME STEP", "DT")

    def _setting(self, vensims: str, ours: str) -> Name:
        return Name(vensims if self.project.dialect == "vensim" else ours)

    def _hidden(self, what: str, value: Expression) -> Name:
        name = f"${what} {self.label}.{len(self.made)}"
        self.made.append(Auxiliary(name=name, equations=(Equation(value),), save=False))
        return Name(name)
