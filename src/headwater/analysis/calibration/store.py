"""What a fit leaves on disk: a checkpoint while it works, and the posterior when it is done.

Both are NumPy archives of plain numbers and text, written aside and moved into place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from headwater.analysis.calibration.free import choose_free
from headwater.analysis.calibration.posterior import Chain
from headwater.analysis.calibration.problem import Problem
from headwater.analysis.calibration.sampler import Walkers
from headwater.analysis.calibration.search import Population
from headwater.errors import DataError, UsageError
from headwater.model.case import Case
from headwater.simulation.building import Recipe, Workshop, program_hash
from headwater.simulation.labels import split_label

Floats = npt.NDArray[np.float64]

CHECKPOINT, POSTERIOR = "checkpoint.npz", "posterior.npz"
FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Where a fit stands: the search's population, then the sampler's chain too.

    ``key`` is a fingerprint of the fit; ``runs`` counts simulations so far.
    """

    key: str
    population: Population
    chain: Chain | None
    runs: int


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
        return (
            f"posterior of {len(self.names)} constants, fitted to {len(self.series)} series "
            f"of {self.start:g} to {self.stop:g}"
            + (f" in variant {self.variant}" if self.variant else "")
        )

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


def posterior_samples(path: Path, runs: int, seed: int) -> Mapping[str, Floats]:
    """Return draws of a stored posterior for the ``samples`` of an ensemble: one a run.

    ``path`` is the file, or the folder that a fit wrote. Raises :class:`UsageError` where there is
    none, and :class:`DataError` where it cannot be read.
    """
    return read_posterior(path).samples(runs, seed)


def write_posterior(posterior: Posterior, path: Path) -> None:
    """Write a posterior."""
    about = {
        "format": FORMAT,
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
    _write(path, about, {"draws": posterior.draws})


def read_posterior(path: Path) -> Posterior:
    """Read a posterior from a file, or from a fit's folder. See :func:`posterior_samples`."""
    path = path / POSTERIOR if path.is_dir() else path
    if not path.is_file():
        raise UsageError(
            f"there is no posterior `{path}`",
            hint="`headwater fit CASE --output FOLDER` writes one; give that folder",
        )
    about, arrays = _read(path, "posterior")
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
        raise _unreadable(path, "posterior") from None
    good = draws.ndim == 2 and len(draws) > 0 and draws.shape[1] == len(found.names)
    if not good or not np.isfinite(draws).all():
        raise _unreadable(path, "posterior")
    return found


def must_fit(posterior: Posterior, case: Case) -> None:
    """Raise :class:`UsageError` where a posterior was made from another model than the case's."""
    if fingerprint(case, posterior.variant, posterior.names) != posterior.model:
        raise UsageError(
            f"the posterior was fitted to another model, or another state of `{posterior.title}`",
            hint="fit again: constants, equations or ranges have changed since",
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


def write_checkpoint(checkpoint: Checkpoint, folder: Path) -> None:
    """Write where a fit stands, replacing what stood there before."""
    population, chain = checkpoint.population, checkpoint.chain
    about: dict[str, Any] = {
        "format": FORMAT,
        "key": checkpoint.key,
        "runs": checkpoint.runs,
        "generation": population.generation,
    }
    arrays = {"scores": population.scores, "densities": population.densities}
    if chain is not None:
        walkers = chain.walkers
        about |= {"step": walkers.step, "accepted": walkers.accepted, "thin": chain.thin}
        arrays |= {
            "places": walkers.places,
            "place_densities": walkers.densities,
            "kept": np.array(chain.kept).reshape(-1, *walkers.places.shape),
        }
    _write(folder / CHECKPOINT, about, arrays)


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read where a fit stands. Raises :class:`UsageError` or :class:`DataError`."""
    path = folder / CHECKPOINT
    if not path.is_file():
        raise UsageError(
            f"there is nothing to resume in `{folder}`", hint="start the fit without --resume"
        )
    about, arrays = _read(path, "checkpoint")
    try:
        population = Population(arrays["scores"], arrays["densities"], int(about["generation"]))
        chain = None
        if "places" in arrays:
            walkers = Walkers(
                arrays["places"],
                arrays["place_densities"],
                int(about["step"]),
                float(about["accepted"]),
            )
            chain = Chain(walkers, list(arrays["kept"]), int(about["thin"]))
        return Checkpoint(str(about["key"]), population, chain, int(about["runs"]))
    except (KeyError, TypeError, ValueError):
        raise _unreadable(path, "checkpoint") from None


def write_aside(path: Path, write: Any) -> None:
    """Call ``write`` with a file beside ``path`` and move that into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    try:
        with aside.open("wb") as file:
            write(file)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _write(path: Path, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    text = np.array(json.dumps(about, sort_keys=True))
    write_aside(path, lambda file: np.savez(file, about=text, **arrays))


def _read(path: Path, what: str) -> tuple[dict[str, Any], dict[str, Floats]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        about = json.loads(str(arrays.pop("about")))
    except (OSError, ValueError, KeyError, BadZipFile, EOFError):
        raise _unreadable(path, what) from None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise _unreadable(path, what)
    return about, arrays


def _unreadable(path: Path, what: str) -> DataError:
    return DataError(f"`{path}` is no {what} that this version can read", hint="fit again")
