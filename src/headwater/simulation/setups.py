"""The runs that a Vensim set-up of sensitivity simulations asks for, as samples of constants.

The distributions are Vensim's, the numbers Headwater's own: the manual does not say how Vensim
draws. A distribution that is cut off is that between its minimum and its maximum, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from headwater.errors import UsageError
from headwater.formats.vensim.files.sensitivity import Changing, SensitivitySetup
from headwater.language.names import canonical
from headwater.model.project import Project
from headwater.model.variables import Constant, Lever
from headwater.simulation.labels import element_positions, elements_of, find_element, label
from headwater.simulation.params import is_plain, literal_values
from headwater.simulation.sampling import Design

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = npt.NDArray[np.float64]
MOST_RUNS = 10_000_000
NOISE_SEED = "noise_seed"


@dataclass(frozen=True, slots=True)
class Samples:
    """The values of each run by ``name`` or ``name[element]``, and the seed that they come from."""

    runs: int
    seed: int
    values: Mapping[str, Floats]


def samples_of(
    project: Project, setup: SensitivitySetup, runs: int | None = None, seed: int | None = None
) -> Samples:
    """Return the runs of a set-up; ``runs`` and ``seed`` replace its own.

    Raises :class:`UsageError` for what is no constant of the model, and for parameters that make
    no distribution.
    """
    number = setup.runs if runs is None else runs
    seed = abs(setup.seed) or 1 if seed is None else seed
    if setup.method == "file":
        return _of_table(project, setup, seed)
    changing = {_element(project, c): c for c in setup.changing}
    changing = {name: c for name, c in changing.items() if c.numbers[0] < c.numbers[1]}
    names = list(changing)
    if setup.method == "univariate":
        parts = [_values(c, _uniform("random", number, seed, n)) for n, c in changing.items()]
        return _one_by_one(project, names, parts, seed)
    if setup.method == "grid":
        _must_be_few(number ** len(names))
        middles = (np.arange(number) + 0.5) / number
        axes = [_values(_drawn(c), middles) for c in changing.values()]
        grid = np.array(list(product(*axes))).T.reshape(len(names), -1)
        return Samples(grid.shape[1], seed, dict(zip(names, grid, strict=True)))
    kind = "latin" if setup.method == "hypercube" else "random"
    values = {n: _values(_drawn(c), _uniform(kind, number, seed, n)) for n, c in changing.items()}
    return Samples(number, seed, values)


def _of_table(project: Project, setup: SensitivitySetup, seed: int) -> Samples:
    """Return the runs of a table; the seed of noise is left to the runs' own streams."""
    known = {n: v for n, v in setup.table.items() if project.find(n) or canonical(n) != NOISE_SEED}
    values = {_element(project, Changing(n, "", ())): np.array(v) for n, v in known.items()}
    for name, column in values.items():
        if not np.isfinite(column).all():
            raise UsageError(f"`{name}` has no value in the first run", hint="write one")
    return Samples(len(next(iter(setup.table.values()))), seed, values)


def _one_by_one(
    project: Project, names: Sequence[str], parts: Sequence[Floats], seed: int
) -> Samples:
    """Return runs in which one constant after the other changes, the others as they are."""
    runs = sum(map(len, parts))
    _must_be_few(runs)
    values: dict[str, Floats] = {}
    first = 0
    for name, part in zip(names, parts, strict=True):
        variable, _ = find_element(project, name)
        values[name] = np.full(runs, literal_values(project, variable)[_key(project, name)])
        values[name][first : first + len(part)] = part
        first += len(part)
    return Samples(runs, seed, values)


def _must_be_few(runs: int) -> None:
    if runs > MOST_RUNS:
        raise UsageError(f"this asks for {runs:,} runs", hint="take fewer constants or divisions")


def _element(project: Project, changing: Changing) -> str:
    """Return the file's spelling of the one number that changes."""
    variable, elements = find_element(project, changing.name)
    if not isinstance(variable, Constant | Lever) or not is_plain(variable):
        hint = "a set-up changes constants that are plain numbers"
        raise UsageError(f"`{changing.name}` is no constant", changing.place, hint)
    if isinstance(variable, Constant) and variable.unchangeable:
        message = f"`{changing.name}` is a constant that cannot be changed (`==`)"
        raise UsageError(message, changing.place, "write `=` in the model to let it change")
    where = element_positions(project, variable, elements)
    names = elements_of(project, variable)
    if len(where) > 1:
        first = label(variable.name, names[where[0]])
        hint = f"name one at a time, such as `{first}`: the manual at hand does not say more"
        raise UsageError(f"`{changing.name}` has {len(where)} elements", changing.place, hint)
    return label(variable.name, names[where[0]])


def _key(project: Project, name: str) -> str:
    variable, elements = find_element(project, name)
    return label(variable.key, [canonical(e) for e in elements])


def _drawn(changing: Changing) -> Changing:
    if changing.distribution == "vector":
        hint = "use the method U, or a distribution: the manual at hand does not say how they mix"
        raise UsageError(
            "VECTOR is read where one constant changes at a time", changing.place, hint
        )
    return changing


def _uniform(kind: Any, runs: int, seed: int, name: str) -> Floats:
    column: Floats = Design(kind, runs, seed, (canonical(name),)).rows(0, runs)[0]
    return column


def _values(changing: Changing, u: Floats) -> Floats:
    """Return the values of a constant at cumulative probabilities ``u``."""
    low, high, *numbers = changing.numbers
    if changing.distribution == "vector":
        return _series(changing, low, high, numbers[0])
    if changing.distribution == "random_uniform":
        return low + u * (high - low)
    curve, shift, stretch = _curve(changing, numbers)
    if stretch <= 0:
        raise UsageError("it must be stretched by more than 0", changing.place, "change the number")
    ends = (np.array([low, high]) - shift) / stretch
    # Below the minimum itself: a number that can be drawn there counts.
    share = curve.cdf(np.array([np.nextafter(ends[0], -np.inf), ends[1]]))
    if not np.isfinite(share).all():
        raise UsageError("these numbers make no distribution", changing.place, "change them")
    if share[0] >= share[1]:
        return low + u * (high - low)
    drawn = shift + stretch * curve.ppf(share[0] + u * (share[1] - share[0]))
    return np.asarray(np.clip(drawn, low, high), dtype=np.float64)


def _series(changing: Changing, low: float, high: float, increment: float) -> Floats:
    if not increment > 0:
        raise UsageError("a VECTOR needs an increment above 0", changing.place, "change it")
    count = (high - low) / increment
    _must_be_few(int(count))
    return low + increment * np.arange(int(count * (1 + 1e-12)) + 1, dtype=np.float64)


def _curve(changing: Changing, numbers: Sequence[float]) -> tuple[Any, float, float]:
    """Return a distribution of scipy's, and how it is shifted and stretched."""
    from scipy import stats

    if changing.distribution == "random_triangular":
        start, peak, stop = numbers
        width = stop - start
        return stats.triang((peak - start) / width if width else -1.0), start, width
    *form, shift, stretch = numbers
    match changing.distribution:
        case "random_normal":
            return stats.norm(), shift, stretch
        case "random_exponential":
            return stats.expon(), shift, stretch
        case "random_weibull":
            return stats.weibull_min(form[0]), shift, stretch
        case "random_gamma":
            return stats.gamma(max(1.0, form[0])), shift, stretch
        case "random_poisson":
            return stats.poisson(form[0]), shift, stretch
        case "random_beta":
            return stats.beta(form[0], form[1]), shift, stretch
        case "random_binomial":
            return stats.binom(form[1], form[0]), shift, stretch
        case _:
            return stats.nbinom(form[1], form[0], form[1]), shift, stretch
