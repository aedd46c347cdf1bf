"""How often do a fit's 90% intervals hold the truth? `python benchmarks/calibration_coverage.py`.

Each repetition draws constants from the prior, runs the case, makes up measurements with a stated
error, and fits the case to them as `headwater fit` would. If posteriors are right, their 90%
intervals hold the constants in nine of ten repetitions (Cook, Gelman and Rubin 2006, *Journal of
Computational and Graphical Statistics* 15). Of 100 repetitions that are right, 95% fall between 84
and 96 for one constant; over all constants of a case together the share varies less.
"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from headwater.analysis.calibration.fit import Options, fit
from headwater.analysis.calibration.problem import Problem, Question, pose
from headwater.api import Case, load
from headwater.language.names import canonical
from headwater.language.syntax import Name
from headwater.model import case as case_data
from headwater.model.measurement import (
    LogNormalError,
    MeasurementError,
    NegativeBinomialError,
    NormalError,
    StudentError,
)
from headwater.model.variables import Data, Series
from headwater.simulation.ensemble import available_threads

LEVEL = 0.9
LOW, HIGH = 0.85, 0.95
LEAST_ESS = 400.0


PAGE = """# Do the intervals hold the truth?

Constants are drawn from the prior of a shipped case, the case is run with them, measurements are
made up with the stated errors, and the case is fitted to them. Nine in ten of the 90% intervals
should hold the constants that were drawn. `make coverage` gives this table, with seed {seed}:
`benchmarks/calibration_coverage.py` takes cases, repetitions and seed. The last case is fitted as
it proposes itself, with errors that persist.
"""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is measured of a case, when, how well, and which constants are fitted.

    ``case`` is given where the experiment does not bear its name.
    """

    outputs: tuple[str, ...]
    times: npt.NDArray[np.float64]
    error: MeasurementError
    free: tuple[str, ...]
    case: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One repetition: which intervals hold the truth, whether the fit converged, its runs."""

    inside: tuple[bool, ...]
    sure: bool
    runs: int


EXPERIMENTS: dict[str, Experiment | None] = {
    "mccluskey-santoprete": Experiment(
        ("adherents", "recruiters"),
        np.arange(10.0, 201.0, 10.0),
        NegativeBinomialError(0.1),
        ("contact_rate", "share_to_adherents", "promotion_rate", "relapse_rate"),
    ),
    "castillo-chavez-song": Experiment(
        ("vulnerable", "semi_fanatic", "fanatic"),
        np.arange(5.0, 101.0, 5.0),
        LogNormalError(0.1),
        ("core_pull", "following_pull", "centre_pull", "return_rate"),
    ),
    "rioters-bystanders": Experiment(
        ("rioters",),
        np.arange(1.0, 21.0),
        StudentError(0.02, 4.0),
        ("usual_beginning", "recruitment_rate"),
    ),
    "galam-javarone": Experiment(
        ("opponents",),
        np.arange(1.0, 31.0),
        NormalError(0.01),
        ("sensitive_share", "activeness"),
    ),
    "committed-minority": Experiment(
        ("holders_of_a", "holders_of_b"),
        np.arange(2.0, 41.0, 2.0),
        NormalError(0.02),
        ("committed",),
    ),
    "turchin-ages": Experiment(
        ("radicals",),
        np.arange(1815.0, 2011.0, 5.0),
        NormalError(0.02),
        ("aversion", "disenchantment_strength", "spontaneous"),
    ),
    "galam-javarone, errors that persist": Experiment(
        ("opponents",),
        np.arange(1.0, 31.0),
        NormalError(0.01, 0.6),
        ("sensitive_share", "activeness"),
        "galam-javarone",
    ),
    "galam-javarone, persistence estimated": Experiment(
        ("opponents",),
        np.arange(1.0, 31.0),
        NormalError(0.01, None),
        ("sensitive_share", "activeness"),
        "galam-javarone",
    ),
    "tajikistan": None,
}


def measured(case: case_data.Case, experiment: Experiment) -> case_data.Case:
    """Return the case with a data series, still empty of meaning, for each measured variable."""
    series, comparisons = [], []
    for number, output in enumerate(experiment.outputs, start=1):
        name = f"$measured_{number}"
        variable = case.project.by_key[canonical(output)]
        blank = Series(experiment.times, np.ones_like(experiment.times))
        series.append(Data(name=name, unit=variable.unit, series=(blank,), save=False))
        comparisons.append(
            case_data.Comparison(Name(variable.name), Name(name), used=True, error=experiment.error)
        )
    project = replace(case.project, variables=(*case.project.variables, *series))
    return replace(case, project=project, comparisons=tuple(comparisons))


def made_up(problem: Problem, truth: npt.NDArray[np.float64], seed: int) -> Problem:
    """Return the problem with measurements of one true run, (numbers, 1), as its data."""
    model = problem.simulate(truth)
    scales = [np.full(1, t.error.scale, dtype=np.float64) for t in problem.targets]
    data = problem.split(problem.replicate(model, scales, problem.persistences(truth), seed))
    targets = tuple(
        replace(t, values=part[:, 0]) for t, part in zip(problem.targets, data, strict=True)
    )
    return replace(problem, targets=targets)


def posed(name: str) -> Problem:
    """Return the problem of one case, without data, for one thread.

    Without an experiment of its own it is the one that the case's `fit` statement proposes.
    """
    experiment = EXPERIMENTS[name]
    loaded = load(name if experiment is None else experiment.case or name)
    assert isinstance(loaded, Case)
    if experiment is None:
        return pose(loaded.case, Question(), threads=1)
    return pose(measured(loaded.case, experiment), Question(free=experiment.free), threads=1)


def repeat(name: str, seed: int, repetitions: int, first: int, step: int) -> list[Outcome]:
    """Return every ``step``-th repetition from the ``first`` on. Runs in a process of its own."""
    problem = posed(name)
    truths = problem.prior.values(problem.prior.draw(repetitions, seed))
    outcomes = []
    for k in range(first, repetitions, step):
        own = made_up(problem, truths[:, [k]], 1000 * seed + k)
        found = fit(own, Options(seed=seed + k, progress=False, ess=LEAST_ESS))
        low, high = np.quantile(found.values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
        inside = (truths[:, k] >= low) & (truths[:, k] <= high)
        sure = found.convergence.enough(LEAST_ESS)
        outcomes.append(Outcome(tuple(bool(i) for i in inside), sure, found.runs))
    return outcomes


def report(name: str, outcomes: list[Outcome], seed: int, seconds: float) -> bool:
    """Print the coverage of one case's constants; tell whether it is as it should be."""
    problem = posed(name)
    inside = np.array([o.inside for o in outcomes])
    share = float(inside.mean())
    good = LOW <= share <= HIGH
    print(
        f"{name}: {share:.1%} of {inside.size} intervals hold the truth ({len(outcomes)} "
        f"repetitions, seed {seed}, {problem.points} points each, "
        f"{sum(o.runs for o in outcomes):,} simulations, {seconds:.0f} s)"
        f"{'' if good else '  <- outside of 85 to 95%'}"
    )
    for constant, column in zip(problem.prior.names, inside.T, strict=True):
        print(f"    {constant:<28} {column.mean():.0%}")
    unsure = sum(not o.sure for o in outcomes)
    if unsure:
        print(f"    {unsure} fits did not converge within their steps")
    sys.stdout.flush()
    return good


def page_row(name: str, outcomes: list[Outcome]) -> str:
    """Return a row of the table in the documentation."""
    problem = posed(name)
    inside = np.array([o.inside for o in outcomes])
    shares = zip(problem.prior.names, inside.mean(axis=0), strict=True)
    each = ", ".join(f"{name} {share:.0%}" for name, share in shares)
    unsure = sum(not o.sure for o in outcomes)
    cells = (name, f"{inside.mean():.1%}", len(outcomes), problem.points, unsure, each)
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def write_page(path: Path, rows: dict[str, str], seed: int) -> None:
    """Write the table for the documentation; rows of cases that were not run now stay."""
    old = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    kept = {name: line for name in EXPERIMENTS for line in old if line.startswith(f"| {name} |")}
    kept |= rows
    head = "| case | intervals that hold the truth | repetitions | points | not converged | each |"
    lines = [kept[name] for name in EXPERIMENTS if name in kept]
    text = "\n".join([PAGE.format(seed=seed), head, "|---" * 6 + "|", *lines])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def main() -> int:
    """Print the coverage of the chosen cases; 1 if one of them is off."""
    options = argparse.ArgumentParser(description="Coverage of the 90%% intervals of fits.")
    options.add_argument("--case", nargs="+", choices=list(EXPERIMENTS), default=list(EXPERIMENTS))
    options.add_argument("--repetitions", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=available_threads(), help="processes")
    options.add_argument("--page", type=Path, help="write the table as a page of Markdown")
    chosen = options.parse_args()
    jobs = min(chosen.jobs, chosen.repetitions)
    good, rows = True, dict[str, str]()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for name in chosen.case:
            began = time.perf_counter()
            work = [
                pool.submit(repeat, name, chosen.seed, chosen.repetitions, job, jobs)
                for job in range(jobs)
            ]
            outcomes = [o for part in work for o in part.result()]
            good &= report(name, outcomes, chosen.seed, time.perf_counter() - began)
            rows[name] = page_row(name, outcomes)
            if chosen.page:
                write_page(chosen.page, rows, chosen.seed)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
