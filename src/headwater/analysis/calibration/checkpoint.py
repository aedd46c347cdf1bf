"""Where an unfinished fit stands, kept on disk so that it can be taken up again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from headwater.analysis.calibration.archive import read_archive, unreadable, write_archive
from headwater.analysis.calibration.posterior import Chain
from headwater.analysis.calibration.sampler import Walkers
from headwater.analysis.calibration.search import Population
from headwater.errors import UsageError

CHECKPOINT = "checkpoint.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Where a fit stands: the search's population, then the sampler's chain too.

    ``key`` is a fingerprint of the fit; ``runs`` counts simulations so far.
    """

    key: str
    population: Population
    chain: Chain | None
    runs: int


def write_checkpoint(checkpoint: Checkpoint, folder: Path) -> None:
    """Write where a fit stands, replacing what stood there before."""
    population, chain = checkpoint.population, checkpoint.chain
    about: dict[str, Any] = {
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
    write_archive(folder / CHECKPOINT, about, arrays)


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read where a fit stands. Raises :class:`UsageError` or :class:`DataError`."""
    path = folder / CHECKPOINT
    if not path.is_file():
        raise UsageError(
            f"there is nothing to resume in `{folder}`", hint="start the fit without --resume"
        )
    about, arrays = read_archive(path, "checkpoint")
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
        raise unreadable(path, "checkpoint") from None
