"""Checks that need no run: what constants state, and flows that would make matter."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf

from headwater.compiler.constants import number_of
from headwater.language.syntax import Name, walk
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Constant, Flow, Stock
from headwater.simulation.checks.findings import Finding, Severity, place_of, range_severity
from headwater.simulation.distributions import support


def stated_findings(project: Project, *, argued: bool) -> Iterator[Finding]:
    """Yield what constants leave out or contradict.

    In a case that is ``argued`` (it has claims) gaps are errors, and what constants rest on is
    checked with the claims, not here. The files of other tools have no place for a source.
    """
    for variable in project.variables:
        if isinstance(variable, Constant) and project.dialect == "headwater":
            yield from _constant(variable, argued)
        yield from _ranges(variable, range_severity(project))


def _constant(variable: Constant, argued: bool) -> Iterator[Finding]:
    missing = []
    if not variable.unit:
        missing.append(("a unit", "write `: UNIT` after the name"))
    if variable.range is None and not _bounded(variable):
        missing.append(("a range", "add `range LO to HI`, or an `uncertain` clause with ends"))
    rests = variable.provenance.because or variable.provenance.assumption
    if not argued and not rests:
        missing.append(("a source or an assumption", 'add `because ID` or `assume "reason"`'))
    for what, hint in missing:
        yield Finding(
            "error" if argued else "warning",
            "constants",
            f"the constant `{variable.name}` has not {what}",
            place_of(variable),
            hint,
        )


def _bounded(variable: Constant) -> bool:
    if variable.uncertainty is None:
        return False
    limits = support(variable.uncertainty)
    return not (isinf(limits.low) or isinf(limits.high))


def _ranges(variable: AnyVariable, severity: Severity) -> Iterator[Finding]:
    """Yield literal values outside the variable's own range, and draws that could be."""
    limits = variable.range
    if limits is None:
        return
    for equation in getattr(variable, "equations", ()):
        value = number_of(equation.expression)
        if value is not None and not limits.low <= value <= limits.high:
            yield Finding(
                severity,
                "ranges",
                f"`{variable.name}` is {value:g}, outside its range "
                f"{limits.low:g} to {limits.high:g}",
                place_of(variable),
                "change the value or the range",
            )
    if variable.uncertainty is not None:
        drawn = support(variable.uncertainty)
        if drawn.low < limits.low or drawn.high > limits.high:
            yield Finding(
                "warning",
                "ranges",
                f"draws of `{variable.name}` lie in {drawn.low:g} to {drawn.high:g}, "
                f"its range is {limits.low:g} to {limits.high:g}",
                place_of(variable),
                f"add `truncated {limits.low:g} to {limits.high:g}`, or widen the range",
            )


def flow_findings(project: Project) -> Iterator[Finding]:
    """Yield flows that leave two stocks at once, and flows that move nothing."""
    stocks = [v for v in project.variables if isinstance(v, Stock)]
    used = {
        n.key
        for stock in stocks
        for term in stock.flows
        for n in walk(term.expression)
        if isinstance(n, Name)
    }
    for flow in project.variables:
        if not isinstance(flow, Flow):
            continue
        drained: dict[tuple[object, ...], list[str]] = {}
        for stock in stocks:
            for term in stock.flows:
                name = term.expression
                if term.sign == -1 and isinstance(name, Name) and name.key == flow.key:
                    drained.setdefault(name.subscripts, []).append(stock.name)
        for names in drained.values():
            if len(names) > 1:
                listed = " and ".join(f"`{n}`" for n in names)
                yield Finding(
                    "warning",
                    "conservation",
                    f"the flow `{flow.name}` leaves {listed} at once: what it moves is lost twice",
                    place_of(flow),
                    "give each stock a flow of its own, or move it from one to the other",
                )
        if flow.key not in used and stocks:
            yield Finding(
                "note",
                "conservation",
                f"the flow `{flow.name}` changes no stock",
                place_of(flow),
                "declare it with `aux`, or name it below a stock",
            )
