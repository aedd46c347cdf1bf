"""The posterior on disk, and how later ensembles draw from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from headwater.analysis.calibration.archive import read_archive, unreadable, write_archive
from headwater.analysis.calibration.free import choose_free
from headwater.compiler.fingerprint import program_hash
from headwater.errors import UsageError
from headwater.language.names import split_label
from headwater.model.case import Case
from headwater.simulation.building import Recipe, Workshop

if TYPE_CHECKING:
    from headwater.analysis.calibration.problem import Problem

Floats = npt.NDArray[np.float64]

POSTERIOR = "posterior.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Draws of fitted constants, kept for later ensembles.

    ``draws`` is (draws, constants). ``model`` is a fingerprint of the model and of what it says of
    these constants; ``variants`` are those that the fit holds for.
    """

    names: tuple[str, ...]
    draws: Floats
    title: str
    variant: str
    variants: tuple[str, ...]
    model: str
    series: tuple[str, ...]
    start: float
    stop: float
    seed: int

    @property
    def description(self) -> str:
        """The posterior in a few words, for reports."""
        plural = "" if len(self.names) == 1 else "s"
        return (
            f"posterior of {len(self.names)} constant{plural}, fitted to {len(self.series)} series "
            f"of {self.start:g} to {self.stop:g}"
            + (f" in variant {self.variant}" if self.variant else "")
        )

    def medians(self) -> dict[str, Floats]:
        """Return the median of each constant, as the sample of a single run."""
        return {n: np.median(self.draws[:, [k]], axis=0) for k, n in enumerate(self.names)}

    def at(self, places: Floats) -> dict[str, Floats]:
        """Return the draws at places between 0 and 1, one for each run, by constant.

        Draws stand in the order of the direction in which they vary most, so that near places
        are near draws.
        """
        spread = self.draws.std(axis=0)
        scaled = (self.draws - self.draws.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        main = np.linalg.svd(scaled, full_matrices=False)[2][0]
        order = np.argsort(scaled @ main, kind="stable")
        count = len(self.draws)
        chosen = self.draws[order[np.minimum((places * count).astype(np.int64), count - 1)]]
        return {name: chosen[:, k].copy() for k, name in enumerate(self.names)}

    def samples(self, runs: int, seed: int) -> dict[str, Floats]:
        """Return values for an ensemble of so many runs, by constant.

        Draws come in a random order, all of them once before any comes again. The values of a
        shorter ensemble are the first ones of a longer one.
        """
        rounds = -(-runs // len(self.draws))
        generator = np.random.default_rng([seed, 5])
        order = np.concatenate([generator.permutation(len(self.draws)) for _ in range(rounds)])
        chosen = self.draws[order[:runs]]
        return {name: chosen[:, k].copy() for k, name in enumerate(self.names)}


PRIOR = "the stated ranges (prior)"


def drawn_from(posterior: Posterior | None) -> str:
    """Say where an ensemble's constants come from, for the end of a sentence."""
    if posterior is None:
        return PRIOR
    return f"the {posterior.description}; all other constants from {PRIOR}"


def posterior_samples(path: Path, runs: int, seed: int) -> Mapping[str, Floats]:
    """Return draws of a stored posterior for the ``samples`` of an ensemble: one a run.

    ``path`` is the file, or the folder that a fit wrote. Raises :class:`UsageError` where there is
    none, and :class:`DataError` where it cannot be read.
    """
    return read_posterior(path).samples(runs, seed)


def write_posterior(posterior: Posterior, path: Path) -> None:
    """Write a posterior."""
    about = {
        "title": posterior.title,
        "variant": posterior.variant,
        "variants": list(posterior.variants),
        "model": posterior.model,
        "series": list(posterior.series),
        "start": posterior.start,
        "stop": posterior.stop,
        "seed": posterior.seed,
        "names": list(posterior.names),
    }
    write_archive(path, about, {"draws": posterior.draws})


def read_posterior(path: Path) -> Posterior:
    """Read a posterior from a file, or from a fit's folder. See :func:`posterior_samples`."""
    path = path / POSTERIOR if path.is_dir() else path
    if not path.is_file():
        raise UsageError(
            f"there is no posterior `{path}`",
            hint="`headwater fit CASE --output FOLDER` writes one; give that folder",
        )
    about, arrays = read_archive(path, "posterior")
    try:
        draws = np.asarray(arrays["draws"], dtype=np.float64)
        found = Posterior(
            names=tuple(str(n) for n in about["names"]),
            draws=draws,
            title=str(about["title"]),
            variant=str(about["variant"]),
            variants=tuple(str(v) for v in about["variants"]),
            model=str(about["model"]),
            series=tuple(str(s) for s in about["series"]),
            start=float(about["start"]),
            stop=float(about["stop"]),
            seed=int(about["seed"]),
        )
    except (KeyError, TypeError, ValueError):
        raise unreadable(path, "posterior") from None
    good = draws.ndim == 2 and len(draws) > 0 and draws.shape[1] == len(found.names)
    if not good or not np.isfinite(draws).all():
        raise unreadable(path, "posterior")
    return found


def posterior_for(case: Case, path: Path | None) -> Posterior | None:
    """Read a posterior and make sure that it is of this case; None for no path.

    Raises what :func:`read_posterior` and :func:`must_fit` raise.
    """
    if path is None:
        return None
    posterior = read_posterior(path)
    must_fit(posterior, case)
    return posterior


def must_fit(posterior: Posterior, case: Case) -> None:
    """Raise :class:`UsageError` where a posterior was made from another model than the case's."""
    if fingerprint(case, posterior.variant, posterior.names) != posterior.model:
        raise UsageError(
            f"the posterior was fitted to another model, or another state of `{posterior.title}`",
            hint="fit again: equations, numbers or ranges, or Headwater itself, have changed since",
        )


def fingerprint(case: Case, variant: str, names: tuple[str, ...]) -> str:
    """Return a hash of a variant's whole program and of the priors of some of its constants."""
    workshop = Workshop(case.project, case, check_units=False)
    names_known = {v.name for v in case.variants}
    recipe = Recipe(variant=variant if variant in names_known else "")
    digest = sha256(program_hash(workshop.program_for(recipe)).encode())
    project = workshop.project_for(recipe)
    known = [n for n in names if split_label(n)[0] in project.by_key]
    digest.update(repr(names).encode())
    if known:
        free = choose_free(project, known, ())
        digest.update(repr([(f.name, f.uncertainty) for f in free.factors]).encode())
    return digest.hexdigest()


def posterior_of(problem: Problem, values: Floats, alike: tuple[str, ...], seed: int) -> Posterior:
    """Return what is kept of a fit; ``values`` are draws of all fitted numbers, (numbers, draws).

    Scales of errors are left out: they are no constants of the model.
    """
    names = tuple(f.name for f in problem.constants)
    return Posterior(
        names=names,
        draws=np.ascontiguousarray(values[: len(names)].T),
        title=problem.case.title or problem.case.project.name,
        variant=problem.question.variant,
        variants=alike,
        model=fingerprint(problem.case, problem.question.variant, names),
        series=tuple(t.label for t in problem.targets),
        start=float(min(t.times[0] for t in problem.targets)),
        stop=float(max(t.times[-1] for t in problem.targets)),
        seed=seed,
    )
