"""What tests of stores share: a small ensemble, and a store's content as bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from headwater.api import Case
from headwater.simulation.building import Workshop
from headwater.simulation.experiment import EnsembleRequest
from headwater.simulation.store.crew import Threads
from headwater.simulation.store.saving import Stored, keep_ensemble
from headwater.simulation.store.wanted import Keeping
from small_models import ARRAYS, case

OUTPUTS = ("men", "weighted", "kept")
RUNS, CHUNK = 240, 8


def workshop() -> Workshop:
    """A case of two variants, three policies and an array, made ready."""
    model: Case = case(ARRAYS)
    return Workshop(model.project, model.case)


def request(**changes: Any) -> EnsembleRequest:
    return EnsembleRequest(**{"runs": RUNS, "seed": 5, "outputs": OUTPUTS, **changes})


def keep(
    made: Workshop,
    folder: Path,
    kept: str = "all",
    *,
    threads: int = 2,
    chunk: int | None = CHUNK,
    durable: bool = True,
    quantiles: tuple[float, ...] = (0.05, 0.5, 0.95),
    **changes: Any,
) -> Stored:
    keeping = Keeping(kept, quantiles, chunk, durable)  # type: ignore[arg-type]
    return keep_ensemble(
        made, request(**changes), folder, keeping, Threads(threads), progress=False
    )


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a store by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def same(a: np.typing.NDArray[Any], b: np.typing.NDArray[Any]) -> bool:
    """Equal shapes and equal bits."""
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
