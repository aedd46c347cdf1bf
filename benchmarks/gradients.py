"""What a gradient costs, as a ratio to the time of one run of the same model, in one process.

Run: ``python benchmarks/gradients.py [MODEL ...]``. Times are of the processor, the smallest of
several; a gradient by N constants that is taken by differences would cost N + 1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

import headwater
from headwater.api import Model
from headwater.model.variables import Constant, Stock

SHIPPED = (
    *("castillo-chavez-song", "committed-minority", "galam-javarone", "mccluskey-santoprete"),
    *("rioters-bystanders", "tajikistan"),
)
RUNS = 1024


def fastest(action: Callable[[], object], times: int = 5) -> float:
    """Return the smallest processor time that an action takes, once it is compiled."""
    action()
    taken = []
    for _ in range(times):
        began = time.process_time()
        action()
        taken.append(time.process_time() - began)
    return min(taken)


def measure(name: str, most: int = 12) -> None:
    """Print the ratios of one model."""
    model: Model = headwater.load(name)
    variables = model.project.variables
    outputs = [v.name for v in variables if isinstance(v, Stock)][:3]
    wrt = [v.name for v in variables if isinstance(v, Constant) and not v.dimensions][:most]
    one = fastest(lambda: model.derivatives(outputs=outputs, wrt=wrt)) / fastest(
        lambda: model.run(outputs=outputs)
    )
    # What an ensemble would draw stays as it is, since the time of a run depends on it.
    uncertain = [v.name for v in variables if v.uncertainty is not None and v.name != wrt[0]]
    given = model.run(outputs=[*uncertain, wrt[0]])
    params = {n: given[n].values for n in uncertain}
    samples = {wrt[0]: np.full(RUNS, float(given[wrt[0]]))}
    last = [float(model.run(outputs=outputs)["time"][-1])]
    gradients = fastest(
        lambda: model.derivatives(outputs=outputs, wrt=wrt, samples=samples, times=last), 3
    )
    runs = fastest(
        lambda: model.ensemble(
            RUNS, outputs=outputs, samples=samples, params=params, times=last, threads=1,
            progress=False, policies=[], variants=[v] if (v := _first_variant(model)) else None,
        ),
        3,
    )  # fmt: skip
    print(f"{name:24} {len(wrt):9} {one:10.1f} {gradients / runs:11.1f} {len(wrt) + 1:12}")


def _first_variant(model: Model) -> str:
    return getattr(model, "variants", ("",))[0] if getattr(model, "variants", ()) else ""


if __name__ == "__main__":
    print(f"{'model':24} constants    one run  1,024 runs  differences")
    for chosen in sys.argv[1:] or SHIPPED:
        measure(chosen)
