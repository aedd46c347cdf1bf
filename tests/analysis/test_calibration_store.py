"""The posterior on disk, and ensembles and tests that draw from it."""

import json
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from calibration_cases import line_case
from headwater.analysis.calibration.store import (
    POSTERIOR,
    Posterior,
    fingerprint,
    must_fit,
    posterior_samples,
    read_posterior,
    write_posterior,
)
from headwater.api import Case, load
from headwater.argument.testing import Options
from headwater.argument.testing import test_case as run_test
from headwater.cli import main
from headwater.errors import DataError, HeadwaterError, UsageError
from headwater.formats.literate.template import create_case

DRAWS = np.column_stack([np.linspace(0, 1, 50), np.linspace(5, 6, 50)])
STORED = Posterior(
    names=("level", "slope"),
    draws=DRAWS,
    title="A line",
    variant="",
    variants=(),
    model="",
    series=("line",),
    start=0,
    stop=10,
    seed=1,
)


def test_a_posterior_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_posterior(STORED, tmp_path / POSTERIOR)
    for path in (tmp_path, tmp_path / POSTERIOR):
        found = read_posterior(path)
        assert np.array_equal(found.draws, DRAWS)
        told = [f.name for f in fields(Posterior) if f.name != "draws"]
        assert [getattr(found, n) for n in told] == [getattr(STORED, n) for n in told]
    assert [p.name for p in tmp_path.iterdir()] == [POSTERIOR]


def test_samples_keep_draws_together_and_use_all_of_them(tmp_path: Path) -> None:
    write_posterior(STORED, tmp_path / POSTERIOR)
    samples = posterior_samples(tmp_path, 120, seed=4)
    assert samples["slope"] - samples["level"] == pytest.approx(np.full(120, 5.0))
    for start in (0, 50):
        assert sorted(samples["level"][start : start + 50]) == pytest.approx(DRAWS[:, 0])
    few = posterior_samples(tmp_path, 30, seed=4)
    assert np.array_equal(few["level"], samples["level"][:30])
    other = posterior_samples(tmp_path, 30, seed=5)
    assert not np.array_equal(other["level"], few["level"])


def test_samples_go_into_an_ensemble(tmp_path: Path) -> None:
    case = line_case(tmp_path / "case", np.arange(11.0))
    write_posterior(STORED, tmp_path / POSTERIOR)
    samples = posterior_samples(tmp_path, 20, seed=1)
    runs = Case(case).ensemble(
        20, samples=samples, params={"kind": 1}, outputs=["line"], times=[3], progress=False
    )
    assert runs["line"].values[:, 0] == pytest.approx(samples["level"] + 3 * samples["slope"])


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_what_is_no_posterior_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / POSTERIOR).write_bytes(content)
    with pytest.raises(DataError, match="no posterior"):
        read_posterior(tmp_path)


def test_archives_with_other_contents_are_refused(tmp_path: Path) -> None:
    path = tmp_path / POSTERIOR
    np.savez(path, draws=DRAWS)
    with pytest.raises(DataError):
        read_posterior(path)
    np.savez(path, draws=DRAWS, about=np.array(json.dumps({"format": 99})))
    with pytest.raises(DataError):
        read_posterior(path)
    write_posterior(replace(STORED, draws=np.full((3, 2), np.nan)), path)
    with pytest.raises(DataError):
        read_posterior(path)
    write_posterior(replace(STORED, draws=DRAWS[:, :1]), path)
    with pytest.raises(DataError):
        read_posterior(path)
    with pytest.raises(UsageError, match="no posterior"):
        read_posterior(tmp_path / "nowhere")


def test_a_posterior_holds_for_its_own_model_only(tmp_path: Path) -> None:
    case = line_case(tmp_path / "a", np.arange(11.0))
    stored = replace(STORED, model=fingerprint(case, "", STORED.names))
    must_fit(stored, case)
    must_fit(stored, line_case(tmp_path / "same", np.arange(11.0)))
    for changed in (
        line_case(tmp_path / "b", np.arange(11.0), slope="uncertain normal(0, 2)"),
        line_case(tmp_path / "c", np.arange(11.0), more="aux new : 1 = line * 2"),
    ):
        with pytest.raises(UsageError, match="another"):
            must_fit(stored, changed)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town") / "town"
    create_case(folder)
    return folder


@pytest.fixture(scope="module")
def outcome(town: Path) -> Path:
    """A fit of the starting case, made from the command line."""
    output = town.parent / "out"
    words = ["fit", str(town), "--free", "growth", "--output", str(output), "--draws", "300"]
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 0
    return output


def test_the_command_leaves_its_results_and_no_checkpoint(outcome: Path) -> None:
    assert {p.name for p in outcome.iterdir()} == {"posterior.npz", "fit.json", "predictions.csv"}
    about = json.loads((outcome / "fit.json").read_text())
    assert [c["name"] for c in about["constants"]] == ["growth"]
    assert about["draws"] == 300
    (series,) = about["series"]
    lines = (outcome / "predictions.csv").read_text().splitlines()
    assert len(lines) == 1 + series["points"]
    assert len({line.count(",") for line in lines}) == 1


def test_the_fitted_growth_is_that_of_the_census(outcome: Path, town: Path) -> None:
    """The town's own census grows at a steady rate; the regression of its logarithm knows it."""
    rows = np.genfromtxt(town / "data" / "population.csv", delimiter=",", names=True)
    slope = np.polyfit(rows["year"] - 2015, np.log(rows["population"]), 1)[0]
    growth = read_posterior(outcome).draws[:, 0]
    assert np.median(growth) == pytest.approx(slope, abs=0.003)


def test_a_test_draws_from_the_posterior(outcome: Path, town: Path) -> None:
    loaded = load(town)
    assert isinstance(loaded, Case)
    options = Options(runs=60, progress=False)
    prior = run_test(loaded.case, options)
    fitted = run_test(loaded.case, replace(options, posterior=outcome))
    assert prior.settings.drawn_from == "prior"
    assert fitted.settings.drawn_from.startswith("posterior of 1 constant, fitted to 1 series")
    assert "growth" not in prior.settings.inputs
    assert "growth" in fitted.settings.inputs
    assert "--posterior" in fitted.settings.command
    assert len(fitted.settings.hashes["posterior"]) == 64
    median = float(np.median(read_posterior(outcome).draws[:, 0]))
    history = fitted.histories[0]
    start, stop = history.times[0], history.times[-1]
    expected = history.central[0] * np.exp(median * (stop - start))
    # The model steps by an eighth of a year with a fourth-order method.
    assert history.central[-1] == pytest.approx(expected, rel=1e-4)


def test_an_old_posterior_is_refused(
    outcome: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    create_case(tmp_path / "town")
    path = tmp_path / "town" / "case.md"
    path.write_text(path.read_text().replace("growth : 1/year = 0.02", "growth : 1/year = 0.03"))
    words = ["test", str(tmp_path / "town"), "--runs", "10", "--posterior", str(outcome)]
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert "fitted to another model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--resume"], "needs --output"),
        (["--free", "nothing"], "no variable `nothing`"),
        (["--series", "fill"], "compares no `fill`"),
        (["--from", "2040"], "no data lie in the period"),
    ],
)
def test_mistakes_are_named(
    town: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["fit", str(town), "--free", "growth", *words])
    assert left.value.code == 2
    assert message in capsys.readouterr().err


def test_a_missing_arviz_is_said(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from headwater.analysis.calibration import diagnostics

    monkeypatch.setitem(sys.modules, "arviz", None)
    with pytest.raises(HeadwaterError, match=r"headwater\[fit\]"):
        diagnostics.arviz()
