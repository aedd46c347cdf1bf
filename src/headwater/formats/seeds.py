"""Random functions in another format: seeds that a call cannot have there, and other draws."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.language.builtins import Builtin, find
from headwater.language.names import canonical
from headwater.language.syntax import Call, Expression, Name, Number, walk
from headwater.model.variables import Auxiliary, Constant

OTHER_DRAWS = "random functions draw other numbers"
_SEED = "seed"


def without_open_seed(
    builtin: Builtin, arguments: tuple[Expression, ...], known: Mapping[str, object]
) -> tuple[Expression, ...]:
    """Return a call's arguments without a last one that is a seed of 0, or one that is computed.

    Both leave the stream to the run in Vensim. ``known`` are the variables by canonical name.
    """
    names = [canonical(p.name) for p in builtin.parameters]
    if _SEED not in names or len(arguments) != names.index(_SEED) + 1:
        return arguments
    return arguments if _is_set(arguments[-1], known) else arguments[:-1]


def draws(expression: Expression, dialect: str) -> bool:
    """Tell whether an expression calls a random function, by the dialect's names."""
    for node in walk(expression):
        name = node.function if isinstance(node, Call) else node
        builtin = find(name.text, dialect) if isinstance(name, Name) else None
        if builtin is not None and (
            builtin.kind == "random" or any(p.name == _SEED for p in builtin.parameters)
        ):
            return True
    return False


def _is_set(seed: Expression, known: Mapping[str, object]) -> bool:
    if isinstance(seed, Name) and not seed.subscripts:
        variable = known.get(seed.key)
        if not isinstance(variable, Auxiliary | Constant) or variable.dimensions:
            return False
        if len(variable.equations) != 1:
            return False
        seed = variable.equations[0].expression
    return isinstance(seed, Number) and seed.value != 0
