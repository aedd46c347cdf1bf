"""Stella's functions whose help leaves something open: how they are read, said with each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, transform, walk

READINGS: Mapping[str, str] = {
    "NPV": "each step's stream times DT counts, divided by (1 + rate) to the power of the time "
    "since the start; the first value is the initial one, or else the stream's",
    "IRR": "the value of each step counts alike, and the rate is that of one time unit; without a "
    "value for when there is none it is 0 then",
    "LOOKUPMEAN": "it is the mean of x, weighted by the area under the function",
}
"""What is said of a function where it is used."""

READ_BY_ACCOUNT = re.compile(rf"\b({'|'.join(READINGS)})\s*\(", re.IGNORECASE)

_OWN: Mapping[str, str] = {"NPV": "STELLA_NPV"}
_OF_STELLA = (2, 3)
"""How many arguments its NPV has; Vensim's has one more."""


def by_account(context: Context, node: Node, name: str, found: Expression) -> Expression:
    """Return an equation in which Stella's NPV has its own name; say how functions are read."""
    found = transform(found, _of_stella)
    used = {p.function.key for p in walk(found) if isinstance(p, Call)}
    for function, reading in READINGS.items():
        if canonical(_OWN.get(function, function)) in used:
            message = f"`{name}`: Stella's help leaves open what {function} computes in full"
            context.warn(message, node, reading)
    return found


def _of_stella(node: Expression) -> Expression:
    match node:
        case Call(function=Name(key="npv") as name, arguments=arguments):
            if len(arguments) in _OF_STELLA:
                own = Name(_OWN["NPV"], name.subscripts, name.span)
                return replace(node, function=own)
    return node
