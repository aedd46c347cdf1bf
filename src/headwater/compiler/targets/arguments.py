"""What every target asks of the arguments of a run."""

from __future__ import annotations

import math

import numpy as np

from headwater.compiler.program import Program
from headwater.compiler.targets import Floats, Integers, Truths
from headwater.errors import SimulationError, UsageError

LINE = 64
"""Bytes of a line of the cache, and of the widest vector."""


def check_arguments(
    program: Program, inputs: Floats, run_ids: Integers, seed: int, threads: int
) -> tuple[Floats, Integers]:
    """Return ``inputs`` and ``run_ids`` as contiguous arrays of the types that targets read.

    Raises :class:`UsageError` when shapes or types do not fit the program.
    """
    inputs = np.ascontiguousarray(inputs, dtype=np.float64)
    run_ids = np.asarray(run_ids)
    if run_ids.dtype.kind not in "iu" or run_ids.ndim != 1:
        raise UsageError(
            f"run identities are a vector of integers, not {run_ids.dtype} {run_ids.shape}"
        )
    wanted = (len(program.inputs), len(run_ids))
    if inputs.shape != wanted:
        raise UsageError(
            f"{program.name}: inputs have shape {inputs.shape}, the program needs {wanted}",
            hint="one row an input of the program, one column a run",
        )
    if not -(2**63) <= seed < 2**63:
        raise UsageError(f"the seed {seed} does not fit into 64 bits")
    if threads < 1:
        raise UsageError(f"{threads} threads can do no work", hint="ask for 1 or more")
    return inputs, np.ascontiguousarray(run_ids, dtype=np.int64)


def result_array(program: Program, runs: int, out: Floats | None) -> Floats:
    """Return ``out``, checked, or a new array for the result of ``runs`` runs.

    Raises :class:`UsageError` when ``out`` does not fit the program.
    """
    shape = (program.output_size, len(program.clock.saved_steps()), runs)
    if out is None:
        return aligned_array(shape)
    side_by_side = runs == 1 or (out.strides[-1:] == (8,) and not any(s % 8 for s in out.strides))
    fits = out.shape == shape and out.dtype == np.float64 and side_by_side
    if not fits or not out.flags.writeable:
        raise UsageError(
            f"the result needs an array of floats of shape {shape}",
            hint="the runs of each value and time must lie side by side",
        )
    return out


def check_finite(runs: int, finite: Truths | None) -> None:
    """Raise :class:`UsageError` when ``finite`` is there and has not one truth for each run."""
    if finite is not None and (finite.shape != (runs,) or finite.dtype != np.bool_):
        raise UsageError(f"whether runs are finite needs a vector of {runs} truths")


def aligned_array(shape: tuple[int, ...]) -> Floats:
    """Return an array, not set, that begins where a line of the cache does.

    Raises :class:`SimulationError` where the computer has no memory for it.
    """
    size = math.prod(shape)
    try:
        memory = np.empty(size + LINE // 8)
    except MemoryError:
        raise SimulationError(
            f"the run needs {size * 8 / 2**30:,.1f} GiB of memory at once, which is not there",
            hint="use smaller arrays, save fewer times or variables, or ask for fewer runs",
        ) from None
    offset = -memory.ctypes.data % LINE // 8
    return memory[offset : offset + size].reshape(shape)
