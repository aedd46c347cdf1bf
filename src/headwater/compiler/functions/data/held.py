"""Data that keep throughout a step what they are at its beginning.

Source: Vensim's manual, "Runge-Kutta Integration": exogenous inputs are constant over the interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.compiler.methods import is_adaptive
from headwater.language.builtins import find
from headwater.language.syntax import Call, Expression
from headwater.model.variables import AnyVariable, Data

if TYPE_CHECKING:
    from headwater.compiler.resolving.resolve import Resolver

_FORMULAS = frozenset(
    {"DATA_RAW", "DATA_HOLD", "DATA_LOOK_FORWARD", "DATA_INTERPOLATE", "DATA_IF_MISSING"}
    | {"TIME_SHIFT", "CUMULATE", "CUMULATEF"}
)


def holds_data(resolver: Resolver, variable: AnyVariable) -> bool:
    """Tell whether a variable is data, or computed of data, and held within the run's steps."""
    if not resolver.vensim or not resolver.staged or is_adaptive(resolver.specs.method):
        return False
    if isinstance(variable, Data):
        return True
    return any(_is_of_data(e.expression) for e in variable.equations)


def _is_of_data(expression: Expression) -> bool:
    if not isinstance(expression, Call):
        return False
    builtin = find(expression.function.text, "vensim")
    return builtin is not None and builtin.name in _FORMULAS
