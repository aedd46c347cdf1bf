"""What makes two ensembles the same: everything that their numbers depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from headwater.compiler.fingerprint import program_hash
from headwater.simulation.experiment import Experiment
from headwater.version import __version__

Identity = dict[str, Any]
FORMAT = 1
NUMBERS_BY = ("numpy", "scipy")
"""Libraries whose versions may change a draw's last digit."""

_SHOWN = {
    "model": "the model",
    "programs": "the program",
    "runs": "the number of runs",
    "seed": "the seed",
    "design": "the design",
    "draws": "what is drawn or set",
    "policies": "the policies",
    "variants": "the variants",
    "outputs": "the outputs",
    "times": "the times",
    "conditions": "what is asked of a run",
    "keep": "what is kept",
    "quantiles": "the quantiles",
    "chunk": "the runs in a chunk",
    "target": "the target",
    "versions": "the versions",
}


def identify(experiment: Experiment, *, keep: str, chunk: int, **more: object) -> Identity:
    """Return what an ensemble is, in a form that can be written to a file and compared.

    ``more`` is what else decides what is kept.
    """
    layout = experiment.arms[0].built.layout
    return {
        "format": FORMAT,
        "model": experiment.arms[0].built.project.name,
        "programs": {a.variant or "model": program_hash(a.built.program) for a in experiment.arms},
        "runs": experiment.runs,
        "seed": experiment.seed,
        "design": experiment.design.kind,
        "draws": _draws(experiment),
        "policies": list(experiment.policies),
        "variants": [name for name in experiment.variants if name],
        "outputs": [v.name for v in layout.variables],
        "times": _times(experiment.selection.times),
        "keep": keep,
        **more,
        "chunk": chunk,
        "target": experiment.target,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Return the versions of what makes the numbers."""
    found = {"headwater": __version__}
    for library in NUMBERS_BY:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return in words how an ensemble on disk differs from the one that is asked for."""
    found = []
    for key in here:
        old, new = there.get(key), here[key]
        if old == new:
            continue
        what = _SHOWN.get(key, f"`{key}`")
        if key == "programs" and isinstance(old, dict) and old.keys() == new.keys():
            names = [name for name in new if old[name] != new[name]]
            shown = "" if names == ["model"] else f" of {', '.join(names)}"
            found.append(f"{what}{shown} differs")
        elif key in ("draws", "programs", "conditions"):
            found.append(f"{what} differs")
        else:
            found.append(f"{what}: {_short(old)} there, {_short(new)} here")
    return found


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, list):
        text = ", ".join(str(v) for v in value[:6])
        return (text + (", …" if len(value) > 6 else "")) or "none"
    return "not stated" if value is None else str(value)


def _times(times: np.typing.NDArray[np.float64]) -> str:
    digest = hashlib.sha256(times.tobytes()).hexdigest()[:16]
    return f"{len(times)} from {times[0]:g} to {times[-1]:g} ({digest})"


def _draws(experiment: Experiment) -> str:
    """Return a fingerprint of all that sets the inputs of every run, given seed and design."""
    digest = hashlib.sha256()

    def add(*parts: object) -> None:
        for part in parts:
            content = part if isinstance(part, bytes) else repr(part).encode()
            digest.update(len(content).to_bytes(8, "little") + content)

    design = experiment.design
    add(design.keys, design.linked, b"" if design.scores is None else design.scores.tobytes())
    for arm in experiment.arms:
        add(arm.variant, arm.places, arm.built.defaults.tobytes(), _numbers(arm.given))
        for factor in arm.factors:
            u = factor.uncertainty
            add(factor.name, factor.labels, u.distribution, u.truncation, u.shared)
        for name in sorted(arm.samples):
            add(name, np.ascontiguousarray(arm.samples[name]).tobytes())
    return digest.hexdigest()


def _numbers(given: Mapping[str, float]) -> Sequence[tuple[str, str]]:
    return [(name, float(given[name]).hex()) for name in sorted(given)]
