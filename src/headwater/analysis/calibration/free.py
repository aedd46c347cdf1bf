"""Which constants a fit may move, and what the case says of them beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from headwater.analysis.calibration.upstream import upstream
from headwater.errors import UsageError, did_you_mean
from headwater.language.names import split_label
from headwater.model.project import Project
from headwater.model.uncertainty import Discrete, Uncertainty, Uniform
from headwater.model.variables import AnyVariable, Constant, Lever
from headwater.simulation.labels import (
    element_labels,
    element_positions,
    find_element,
)
from headwater.simulation.sampling import Factor, factors_of

MOST_BY_DEFAULT = 40


@dataclass(frozen=True, slots=True)
class Free:
    """The constants of a fit: ``factors``, and what ``uncertain`` an ensemble must be told.

    ``discrete`` names uncertain constants that were left out because they take listed values.
    """

    factors: tuple[Factor, ...]
    uncertain: dict[str, Uncertainty]
    discrete: tuple[str, ...] = ()


def choose_free(
    project: Project, names: Sequence[str], outputs: Sequence[str], fixed: Sequence[str] = ()
) -> Free:
    """Return the constants to fit, each with its prior.

    ``names`` are constants, levers or single elements of them. The prior is the stated
    uncertainty; where there is none, every value of the stated range is equally plausible.
    Without names, all uncertain constants are taken that the ``outputs`` depend on and that are
    not ``fixed``. Raises :class:`UsageError`.
    """
    held = {split_label(name)[0] for name in fixed}
    if not names:
        return _all_uncertain(project, outputs, held)
    uncertain: dict[str, Uncertainty] = {}
    wanted: set[str] = set()
    for text in names:
        variable, elements = find_element(project, text)
        if variable.key in held:
            raise UsageError(f"`{text}` is set and cannot be fitted", hint="take one of them away")
        labels = element_labels(project, variable)
        own = {labels[i] for i in element_positions(project, variable, elements)}
        prior = _prior(project, variable, text)
        if variable.uncertainty is None:
            uncertain |= dict.fromkeys(own, prior)
        elif prior.shared:
            own = set(labels)
        wanted |= own
    factors = factors_of(project, uncertain=uncertain)
    return Free(tuple(f for f in factors if wanted.issuperset(f.labels)), uncertain)


def _prior(project: Project, variable: AnyVariable, text: str) -> Uncertainty:
    if not isinstance(variable, Constant | Lever):
        raise UsageError(
            f"`{text}` is computed by an equation and cannot be fitted",
            hint=did_you_mean(text, [v.name for v in project.variables if isinstance(v, Constant)])
            or "choose constants",
        )
    found, limits = variable.uncertainty, variable.range
    if found is not None and isinstance(found.distribution, Discrete):
        listed = ", ".join(f"{v:g}" for v in found.distribution.values)
        raise UsageError(
            f"`{text}` takes one of the values {listed} and cannot be fitted by degrees",
            variable.span.place if variable.span else None,
            f"fit once for each value, with `--set {text}=VALUE`, and compare the payoffs",
        )
    if found is not None:
        return found
    if limits is None or not (isfinite(limits.low) and isfinite(limits.high)):
        raise UsageError(
            f"the case does not say which values of `{text}` are plausible",
            variable.span.place if variable.span else None,
            "give it an `uncertain` clause, or a `range` with two finite ends",
        )
    if limits.low >= limits.high:
        raise UsageError(f"the range of `{text}` is a single value", hint="widen it, or leave it")
    return Uncertainty(Uniform(limits.low, limits.high))


def _all_uncertain(project: Project, outputs: Sequence[str], held: set[str]) -> Free:
    needed = upstream(project, outputs) - held
    factors = [f for f in factors_of(project) if f.variable in needed]
    discrete = [f for f in factors if isinstance(f.uncertainty.distribution, Discrete)]
    smooth = [f for f in factors if f not in discrete]
    if not smooth:
        raise UsageError(
            "no uncertain constant moves what is compared with data",
            hint="name constants that have a range with --free",
        )
    if len(smooth) > MOST_BY_DEFAULT:
        raise UsageError(
            f"{len(smooth)} uncertain constants move what is compared with data: too many",
            hint=f"choose some with --free, for example {', '.join(f.name for f in smooth[:6])}",
        )
    return Free(tuple(smooth), {}, tuple(f.name for f in discrete))
