"""Builtins whose rule for units hangs on a number among their arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from headwater.language.builtins import Builtin
from headwater.language.syntax import Expression, Number
from headwater.language.units import parse_unit

_INVERSE, _PLAIN = ("x", "x", "y", "y"), ("x", "y", "y", "y")
_VECTOR_LOOKUP: Mapping[float, tuple[Sequence[str], str]] = {
    **dict.fromkeys((0.0, 2.0, 3.0, 4.0), (_PLAIN, "x")),
    **dict.fromkeys((1.0, 7.0), (_PLAIN, "x*y")),
    **dict.fromkeys((5.0, 8.0), (_INVERSE, "y")),
    **dict.fromkeys((6.0, 9.0), (_PLAIN, "x/y")),
}
"""By its mode: the units of the element, of x and of the two ends, and that of the result."""


def with_units(builtin: Builtin, arguments: Sequence[Expression]) -> Builtin:
    """Return a builtin with the rule for units of these arguments; mostly its own."""
    if builtin.name != "VECTOR_LOOKUP" or len(arguments) != len(builtin.parameters):
        return builtin
    mode = arguments[-1]
    found = _VECTOR_LOOKUP.get(mode.value) if isinstance(mode, Number) else None
    if found is None:
        return replace(builtin, unit=None)
    units, result = found
    parameters = tuple(
        replace(p, unit=parse_unit(u)) for p, u in zip(builtin.parameters, units, strict=False)
    )
    return replace(
        builtin, parameters=(*parameters, builtin.parameters[-1]), unit=parse_unit(result)
    )
