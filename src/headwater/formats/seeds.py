"""Seeds of Vensim's random functions that a call elsewhere cannot have."""

from __future__ import annotations

from collections.abc import Mapping

from headwater.language.builtins import Builtin
from headwater.language.names import canonical
from headwater.language.syntax import Expression, Name, Number
from headwater.model.variables import Auxiliary, Constant

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


def _is_set(seed: Expression, known: Mapping[str, object]) -> bool:
    if isinstance(seed, Name) and not seed.subscripts:
        variable = known.get(seed.key)
        if not isinstance(variable, Auxiliary | Constant) or variable.dimensions:
            return False
        if len(variable.equations) != 1:
            return False
        seed = variable.equations[0].expression
    return isinstance(seed, Number) and seed.value != 0
