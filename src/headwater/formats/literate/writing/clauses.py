"""What stands below the equation of a variable: range, uncertainty, reasons, documentation."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.formats.losses import Losses
from headwater.language.printer import print_number
from headwater.language.syntax import Number, NumberTable, Unary
from headwater.model.uncertainty import (
    Beta,
    Discrete,
    Distribution,
    LogNormal,
    Normal,
    Range,
    Triangular,
    Uncertainty,
    Uniform,
)
from headwater.model.variables import AnyVariable, Constant, Data


def clauses(variable: AnyVariable, losses: Losses) -> Iterator[str]:
    """Yield the clauses of a variable, without indentation."""
    limits = variable.range
    if limits is not None and _is_outside(variable, limits):
        what = "ranges in which the variable's own value does not lie are not written"
        losses.add(what, variable.name, variable.span)
        limits = None
    if limits is not None:
        yield f"range {_limits(limits)}"
    if variable.uncertainty is not None and isinstance(variable, Constant):
        yield _uncertain(variable.uncertainty)
    if variable.provenance.because:
        yield f"because {', '.join(variable.provenance.because)}"
    if variable.provenance.assumption:
        yield f"assume {quoted(variable.provenance.assumption)}"
    note = " ".join(variable.documentation.split())
    if note:
        if len(variable.documentation.strip().splitlines()) > 1:
            what = "line breaks in a documentation become blanks"
            losses.add(what, variable.name, variable.span)
        yield f"note {quoted(note)}"


def quoted(text: str) -> str:
    """Return a text in the quotes of the literate case."""
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _limits(limits: Range) -> str:
    return " to ".join(print_number(e).lower() for e in (limits.low, limits.high))


def _is_outside(variable: AnyVariable, limits: Range) -> bool:
    values: list[float] = []
    for equation in () if isinstance(variable, Data) else variable.equations:
        match equation.expression:
            case Number(value=value):
                values.append(value)
            case Unary(operator="-", operand=Number(value=value)):
                values.append(-value)
            case NumberTable(values=several):
                values += several
    return any(not limits.low <= v <= limits.high for v in values)


def _uncertain(uncertainty: Uncertainty) -> str:
    parts = [f"uncertain {_distribution(uncertainty.distribution)}"]
    if uncertainty.truncation is not None:
        parts.append(f"truncated {_limits(uncertainty.truncation)}")
    if uncertainty.shared:
        parts.append("shared")
    return "  ".join(parts)


def _distribution(found: Distribution) -> str:
    match found:
        case Uniform(low=a, high=b):
            return _call("uniform", a, b)
        case Triangular(low=a, mode=b, high=c):
            return _call("triangular", a, b, c)
        case Normal(mean=a, sd=b):
            return _call("normal", a, b)
        case LogNormal(median=a, gsd=b):
            return _call("lognormal", a, b)
        case Beta(a=a, b=b, low=c, high=d):
            return _call("beta", a, b, c, d)
        case Discrete(values=values, weights=weights):
            pairs = zip(values, weights, strict=True)
            return (
                f"discrete({', '.join(f'{print_number(v)}: {print_number(w)}' for v, w in pairs)})"
            )


def _call(name: str, *numbers: float) -> str:
    return f"{name}({', '.join(map(print_number, numbers))})"
