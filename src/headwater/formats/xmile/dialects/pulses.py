"""Test inputs whose last arguments are left out, which Stella reads in a way of its own.

A pulse without an interval is one pulse in XMILE (1.0, section 3.5.4), and one in each step in
Stella. Source: isee systems, Stella help, Test input builtins.
"""

from __future__ import annotations

import re
from dataclasses import replace

from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, Number, transform

NAMES_TEST_INPUTS = re.compile(r"\b(?:pulse|ramp)\s*\(", re.IGNORECASE)

_OF_THE_FILE = re.compile(
    r"""\bname\s*=\s*["'](pulse|ramp|npv|poisson|(?:time|initial|final)[ _](?:step|time))["']""",
    re.IGNORECASE,
)


def own_functions(text: str) -> frozenset[str]:
    """Return the names here and of Vensim's settings that a file gives to something of its own."""
    return frozenset(map(canonical, _OF_THE_FILE.findall(text)))


def with_test_inputs(node: Expression, stellas: bool, own: frozenset[str]) -> Expression:
    """Return an equation in which test inputs have all their arguments.

    The standard has no meaning for one that begins at no given time; of the others only
    ``stellas`` come again. ``own`` are names that stand for something else.
    """
    start, step = Name("STARTTIME"), Name("DT")
    again = step if stellas else Number(0.0)

    def whole(node: Expression) -> Expression:
        match node:
            case Call(function=Name(key=key), arguments=(_, *_)) if key in own:
                return node
            case Call(function=Name(key="pulse"), arguments=(magnitude,)):
                return replace(node, arguments=(magnitude, start, step))
            case Call(function=Name(key="pulse"), arguments=(magnitude, first)):
                return replace(node, arguments=(magnitude, first, again))
            case Call(function=Name(key="ramp"), arguments=(slope,)):
                return replace(node, arguments=(slope, start))
        return node

    return transform(node, whole)
