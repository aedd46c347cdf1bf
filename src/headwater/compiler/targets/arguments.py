"""What every target asks of the arguments of a run."""

from __future__ import annotations

import numpy as np

from headwater.compiler.program import Program
from headwater.compiler.targets import Floats, Integers
from headwater.errors import UsageError


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
