"""What makes a test rerunnable: settings, hashes of every file, versions and the command."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from headwater.analysis.calibration.store import POSTERIOR
from headwater.argument.plan import Plan
from headwater.argument.results import Settings
from headwater.model.case import Case
from headwater.version import __version__

LIBRARIES = ("numpy", "scipy", "llvmlite")


class Experiment(Protocol):
    """What the settings need to know of the ensembles that were run."""

    @property
    def variants(self) -> tuple[str, ...]:
        """Names of the variants that were run."""
        ...

    @property
    def policies(self) -> tuple[str, ...]:
        """Names of the policies that were run."""
        ...

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the uncertain inputs, in any variant."""
        ...

    @property
    def simulations(self) -> int:
        """How many runs there were in all."""
        ...

    @property
    def program_hashes(self) -> Mapping[str, str]:
        """The fingerprint of each variant's program."""
        ...

    @property
    def drawn_from(self) -> str:
        """From what the inputs were drawn: the stated ranges, or which posterior."""
        ...


def settings_of(
    plan: Plan,
    experiment: Experiment,
    runs: int,
    seed: int,
    design: str,
    posterior: Path | None = None,
) -> Settings:
    """Return everything that a reader needs to run the same test again."""
    case = plan.case
    assert case.folder is not None
    specs = case.project.sim_specs
    hashes = file_hashes(case)
    hashes |= {f"program:{name}": value for name, value in experiment.program_hashes.items()}
    if posterior is not None:
        file = posterior / POSTERIOR if posterior.is_dir() else posterior
        hashes["posterior"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return Settings(
        case=case.title or case.project.name,
        runs=runs,
        seed=seed,
        design=design,
        policies=experiment.policies,
        variants=experiment.variants,
        baseline=experiment.policies[0],
        start=specs.start,
        stop=specs.stop,
        step=specs.step,
        method=specs.method,
        inputs=experiment.input_names,
        simulations=experiment.simulations,
        command=command_line(case, runs, seed, design, posterior),
        hashes=hashes,
        versions=versions(),
        drawn_from=experiment.drawn_from,
    )


def command_line(
    case: Case, runs: int, seed: int, design: str, posterior: Path | None = None
) -> str:
    """Return the command that runs the same test."""
    assert case.folder is not None
    words = ["headwater", "test", case.folder.name, "--runs", str(runs), "--seed", str(seed)]
    if design != case.defaults.design:
        words += ["--design", design]
    if posterior is not None:
        words += ["--posterior", posterior.name]
    return shlex.join(words)


def file_hashes(case: Case) -> dict[str, str]:
    """Return the SHA-256 of every file of a case, by its path inside the case.

    Results that were written into the case's folder are not part of it.
    """
    assert case.folder is not None
    folder = case.folder
    files = {Path(part.source.name) for part in case.parts}
    files |= {folder / "claims.yaml", folder / "sources.yaml", *(folder / "data").rglob("*")}
    return {
        path.resolve().relative_to(folder.resolve()).as_posix(): digest(path)
        for path in sorted(files)
        if path.is_file() and not path.name.startswith(".")
    }


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def versions() -> dict[str, str]:
    """Return the versions of Headwater and of the libraries that the numbers depend on."""
    found = {"headwater": __version__}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
