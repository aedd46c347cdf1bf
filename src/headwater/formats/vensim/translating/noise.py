"""Random functions: Vensim's of the same distribution, whose draws are others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from headwater.formats.seeds import OTHER_DRAWS
from headwater.formats.vensim.translating.memory import Arguments, Special
from headwater.language.syntax import Call, Expression, Name, Number, Unary

if TYPE_CHECKING:
    from headwater.formats.vensim.translating.expressions import Translator

_FAR = Number(1e30)
_LOW = Unary("-", _FAR)
_ZERO = Number(0.0)


def _seed(translator: Translator, given: Arguments) -> Expression:
    seed = given.get("seed", _ZERO)
    if "seed" in given and isinstance(seed, Number) and seed.value == 0.0:
        translator.lost("a seed of 0 means no seed to Vensim")
    return seed


def _uniform(translator: Translator, node: Call, given: Arguments) -> Expression:
    seed = _seed(translator, given)
    arguments = (given["minimum"], given["maximum"], seed)
    return Call(Name("RANDOM UNIFORM"), arguments, node.span)


def _as(name: str, arrange: Callable[[Arguments], tuple[Expression, ...]]) -> Special:
    def make(translator: Translator, node: Call, given: Arguments) -> Expression:
        translator.lost(OTHER_DRAWS)
        seed = _seed(translator, given)
        return Call(Name(name), (*arrange(given), seed), node.span)

    return make


SPECIAL: Mapping[str, Special] = {
    "RANDOM": _uniform,
    "NORMAL": _as("RANDOM NORMAL", lambda g: (_LOW, _FAR, g["mean"], g["standard_deviation"])),
    "EXPRND": _as("RANDOM EXPONENTIAL", lambda g: (_ZERO, _FAR, _ZERO, g["mean"])),
    "WEIBULL": _as("RANDOM WEIBULL", lambda g: (_ZERO, _FAR, g["shape"], _ZERO, g["scale"])),
    "TRIANGULAR": _as(
        "RANDOM TRIANGULAR",
        lambda g: (g["lower"], g["upper"], g["lower"], g["mode"], g["upper"]),
    ),
}
