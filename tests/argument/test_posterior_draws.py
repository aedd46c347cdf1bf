"""Every analysis can draw fitted constants from a posterior, together, and says that it did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from headwater.analysis.calibration.store import (
    POSTERIOR,
    Posterior,
    fingerprint,
    posterior_for,
    write_posterior,
)
from headwater.analysis.case_sensitivity import FITTED, outcome_sensitivity
from headwater.argument.discovering import DiscoverOptions, discover_case, named
from headwater.argument.policies.comparing import CompareOptions, compare_policies
from headwater.cli import main
from headwater.errors import UsageError
from headwater.formats.registry import read_model
from headwater.model.case import Case
from lake_case import STEPS, THRESHOLD, YEARS, write_lake


def read(root: Path) -> Case:
    found = read_model(root)
    assert isinstance(found, Case)
    return found


def fitted(case: Case, folder: Path, **draws: np.ndarray) -> Path:
    """Write a posterior with the given draws."""
    names = tuple(draws)
    write_posterior(
        Posterior(
            names=names,
            draws=np.column_stack([draws[n] for n in names]),
            title=case.title,
            variant="",
            variants=(),
            model=fingerprint(case, "", names),
            series=("lake",),
            start=2000,
            stop=2002,
            seed=1,
        ),
        folder / POSTERIOR,
    )
    return folder


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Case:
    root = tmp_path_factory.mktemp("lake")
    write_lake(root)
    return read(root)


def test_discovery_draws_from_it(lake: Case, tmp_path: Path) -> None:
    """The prior has the threshold inside; every draw of the posterior lies above it."""
    path = fitted(lake, tmp_path, rate=np.linspace(1.1, 1.2, 40) * THRESHOLD)
    options = DiscoverOptions(runs=100, tree=False, progress=False, posterior=path)
    found = discover_case(lake, named(lake, "half-gone")[0], options)
    assert found.trial.by_variant["slow"].value == 1
    assert found.trial.by_variant["shut"].value == 0
    assert found.drawn_from.startswith("the posterior of 1 constant, fitted to 1 series")
    assert found.drawn_from.endswith("(prior)")
    # At the posterior's median half is gone, and no other input can change that.
    assert [(c.met, c.moves) for c in found.central] == [(True, ()), (False, ())]


def test_policies_are_compared_on_its_draws(lake: Case, tmp_path: Path) -> None:
    rate = 0.08
    path = fitted(lake, tmp_path, rate=np.full(5, rate))
    options = CompareOptions(runs=20, lower_is_better=False, progress=False, posterior=path)
    found = compare_policies(lake, options)
    (outcome,) = found.outcomes
    now = next(s for s in outcome.scores if (s.policy, s.structure) == ("no_change", "slow"))
    expected = 100 * (1 - rate * YEARS / STEPS) ** STEPS
    assert now.robustness.median == pytest.approx(expected)
    assert "posterior" in found.drawn_from


SUM = """---
title: Sum
time: 0 to 4 year, step 1
---

```headwater
constant a : 1 = 0.5  uncertain uniform(0, 9)  assume "one"
constant b : 1 = 0.5  uncertain uniform(0, 9)  assume "two"
constant c : 1 = 1  uncertain uniform(0, 2)  assume "three"
aux total : 1 = a + b + c
```
"""


def test_fitted_constants_count_together_in_shares_of_variance(tmp_path: Path) -> None:
    """a = b makes a variance of 4/12, as does c; with a + b always 1 they would make none."""
    (tmp_path / "case.md").write_text(SUM, encoding="utf-8")
    case = read(tmp_path)
    even = (np.arange(512) + 0.5) / 512
    for b, share in ((even, 0.5), (1 - even, 0.0)):
        posterior = posterior_for(case, fitted(case, tmp_path / "fit", a=even, b=b))
        found = outcome_sensitivity(
            case.project, case, "total", [4.0], base=512, progress=False, posterior=posterior
        )
        assert found.inputs == ("c", FITTED)
        assert found.total[:, 0] == pytest.approx([1 - share, share], abs=0.02)


def test_mixes_are_judged_on_its_draws(lake: Case, tmp_path: Path) -> None:
    pytest.importorskip("pymoo", reason="the search for mixes needs headwater[analysis]")
    from headwater.argument.policies.mixes import MixOptions, search_mixes

    rate = 0.08
    path = fitted(lake, tmp_path, rate=np.full(5, rate))
    options = MixOptions(
        lower_is_better=False,
        members=8,
        generations=2,
        scenarios=4,
        runs=8,
        progress=False,
        posterior=path,
    )
    found = search_mixes(lake, options)
    dammed = next(m for m in found.policies if m.policy == "dammed")
    # Nothing drains with the dam or where the structure says so: the worst ratio is 1 there.
    kept = (1 - rate * YEARS / STEPS) ** STEPS
    assert dammed.aims[0] == pytest.approx(1.0)
    assert all(1 - 1e-9 <= m.aims[0] <= 1 / kept + 1e-9 for m in found.found)
    assert "posterior" in found.drawn_from


@pytest.mark.parametrize(
    "words",
    [
        ("discover", "half-gone", "--no-tree", "--no-flips", "--runs", "50"),
        ("policies", "--runs", "50", "--better", "higher"),
        ("sensitivity", "lake", "--base", "8"),
    ],
)
def test_commands_say_what_they_drew_from(
    lake: Case, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert lake.folder is not None
    path = fitted(lake, tmp_path, rate=np.linspace(0.05, 0.1, 20))
    command, *rest = words
    arguments = [command, str(lake.folder), *rest, "--posterior", str(path)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "from the posterior of 1 constant" in " ".join(done.output.split())


def test_a_posterior_of_another_case_is_refused(lake: Case, tmp_path: Path) -> None:
    path = fitted(lake, tmp_path, weight=np.full(5, 1.0))
    (tmp_path / "case.md").write_text(SUM, encoding="utf-8")
    with pytest.raises(UsageError, match="another model"):
        posterior_for(read(tmp_path), path)
