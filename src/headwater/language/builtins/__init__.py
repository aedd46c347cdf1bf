"""The one table of builtin functions: XMILE's, Stella's and, by alias or of its own, Vensim's.

Every function's arity, dimension rule, unit rule and meaning stand here and nowhere else.
``entry`` explains what an entry says and the notation it is written in. The entries: XMILE's in
``mathematical``, ``dynamic``, ``random`` and ``arrays``, those of one vendor in ``stella`` and
``vensim``. ``unsupported`` has the functions that are not computed, with the reasons; ``page``
writes the reference page.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from headwater.errors import did_you_mean
from headwater.language.builtins.arrays import ARRAYS, GRAPHICAL
from headwater.language.builtins.dynamic import (
    DELAYS,
    MEMORY,
    TEST_INPUTS,
    TIME_FUNCTIONS,
    WAVES,
)
from headwater.language.builtins.entry import Builtin, Parameter, Spelling
from headwater.language.builtins.mathematical import GROWTH, LOGICAL, MATHEMATICAL
from headwater.language.builtins.random import RANDOM
from headwater.language.builtins.stella import STELLA
from headwater.language.builtins.vensim import VENSIM
from headwater.language.names import canonical

__all__ = ["BUILTINS", "Builtin", "Parameter", "Spelling", "find", "find_spelling", "suggest"]

_ENTRIES = (
    *MATHEMATICAL,
    *LOGICAL,
    *GROWTH,
    *TIME_FUNCTIONS,
    *TEST_INPUTS,
    *WAVES,
    *DELAYS,
    *MEMORY,
    *RANDOM,
    *ARRAYS,
    *GRAPHICAL,
    *VENSIM,
    *STELLA,
)

BUILTINS: Mapping[str, Builtin] = MappingProxyType({e.name: e for e in _ENTRIES})
"""Every builtin by its canonical (upper-case) name."""


def _index(dialect: str) -> dict[str, tuple[Builtin, Spelling]]:
    return {
        canonical(spelling.name): (builtin, spelling)
        for builtin in _ENTRIES
        for spelling in builtin.aliases.get(dialect, ())
    }


_OWN = {canonical(e.name): (e, Spelling(e.name)) for e in _ENTRIES}
_VENSIM = _index("vensim")
_BY_DIALECT: Mapping[str, Mapping[str, tuple[Builtin, Spelling]]] = {
    "headwater": {**_index("stella"), **_OWN},
    "xmile": {**_index("stella"), **_OWN},
    "stella": {**_index("stella"), **_OWN},
    "vensim": _VENSIM,
}


_LIBRARIES = (
    "functions of external libraries are not read: write what this one computes as equations, or "
    "as a macro of its name"
)
_SPOKEN = tuple(spelling.name for _, spelling in _VENSIM.values())


def find(name: str, dialect: str = "headwater") -> Builtin | None:
    """Return the builtin of that name, whatever its case, spaces or underscores; None: no such.

    In the Vensim dialect only Vensim's own spellings count, since some of its names (PULSE) mean
    another function than XMILE's.
    """
    found = find_spelling(name, dialect)
    return found[0] if found else None


def find_spelling(name: str, dialect: str) -> tuple[Builtin, Spelling] | None:
    """Return a builtin together with how the dialect spells it and orders its arguments."""
    return _BY_DIALECT[dialect].get(canonical(name))


def form_of(name: str, dialect: str) -> str:
    """Return how a dialect writes a call of a builtin that it has by that name."""
    found = find_spelling(name, dialect)
    return found[0].signature_as(found[1]) if found else ""


def suggest(name: str, dialect: str = "headwater") -> str:
    """Return ``did you mean ...?`` for the dialect's builtin closest to ``name``, or nothing.

    Knows the spellings of every dialect: for ``SMOOTH`` it proposes SMTH1, and in Vensim's SMOOTH
    for SMTH1. A Vensim model may also call what a library of its author computes.
    """
    if dialect == "vensim":
        other = find(name)
        names = [s.name for s in other.aliases.get(dialect, ())] if other else []
        names = names or [n for n in _SPOKEN if canonical(n).split("_")[0] == canonical(name)]
        spoken = names[0] if names else ""
        if spoken:
            return f"did you mean `{spoken}`?"
        return " ".join((did_you_mean(name, _SPOKEN), _LIBRARIES)).strip()
    other = find(name, "vensim")
    if other is not None:
        return f"did you mean `{other.name}`?"
    return did_you_mean(name, BUILTINS)
