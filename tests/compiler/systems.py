"""Models with equations that depend on each other at one time."""

import numpy as np

from headwater.compiler.pipeline import compile_project
from headwater.compiler.targets.llvm import compile_llvm
from headwater.compiler.verify import verify
from model_lines import project

ONE_STEP = (0.0, 1.0, 1.0)

KEPLER = """
constant mean = 1
constant eccentricity = 0.1
aux anomaly = SIMULTANEOUS(mean + eccentricity * SIN(seen), mean)
aux seen = anomaly
"""

MARKET = """
constant shift = 1
aux price = FIND_ZERO(excess, 1)
aux excess = demand - supply
aux demand = 100 * shift * price ^ -0.8
aux supply = 40 * price ^ 0.5
"""

SPHERES = """
aux x[d] = FIND_ZERO(left[d], d, 1e-10, 50, 1, 1)
array left over d
aux left[a] = x[a] ^ 2 + x[b] ^ 2 + x[c] ^ 2 - 14
aux left[b] = x[a] * x[b] * x[c] - 6
aux left[c] = EXP(x[a] - 1) + x[b] - x[c]
"""


def ran(program, values, target=compile_llvm, **options):
    """Outputs (values, times, runs) of runs with these inputs (one column each)."""
    inputs = np.array(values, dtype=float)
    return target(program, **options).run(inputs, np.arange(inputs.shape[1]), 3)


def compiled(text, outputs, inputs=(), **settings):
    settings.setdefault("time", ONE_STEP)
    found = compile_project(project(text, **settings), outputs=outputs, inputs=list(inputs))
    verify(found)
    return found
