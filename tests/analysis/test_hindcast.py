"""Hindcasts: Theil's shares, naive forecasts, and what a model is told of the judged years."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from calibration_cases import TIMES, line_case
from headwater.analysis.calibration.fit import Options
from headwater.analysis.calibration.problem import Question
from headwater.analysis.hindcast import (
    Hindcast,
    errors,
    hindcast,
    straight_line,
    theil,
    write_hindcast,
)
from headwater.cli import main
from headwater.errors import UsageError

QUIET = Options(progress=False, draws=1000)
FREE = Question(free=("level", "slope"))
STRAIGHT = 3 + 0.5 * TIMES
NOISE = np.random.default_rng(3).normal(0, 0.05, TIMES.size)

finite = st.floats(-1e3, 1e3, allow_nan=False)


@given(st.lists(st.tuples(finite, finite), min_size=2, max_size=20))
def test_theils_shares_are_those_of_the_book(pairs: list[tuple[float, float]]) -> None:
    """Theil's own form of the last share is 2 (1 - r) s_forecast s_actual / MSE."""
    forecast, actual = np.array(pairs).T
    error = float(np.mean((forecast - actual) ** 2))
    assume(error > 1e-3 and forecast.std() > 1e-2 and actual.std() > 1e-2)
    shares = theil(forecast, actual)
    r = np.corrcoef(forecast, actual)[0, 1]
    expected = 2 * (1 - r) * forecast.std() * actual.std() / error
    assert shares.covariance == pytest.approx(expected, abs=1e-6)
    assert shares.bias == pytest.approx((forecast.mean() - actual.mean()) ** 2 / error, abs=1e-9)
    assert shares.bias + shares.variance + shares.covariance == pytest.approx(1)


def test_theils_shares_tell_level_from_amplitude() -> None:
    actual = np.array([1.0, 2.0, 3.0, 4.0])
    assert theil(actual + 5, actual).bias == pytest.approx(1)
    doubled = 2 * actual - actual.mean()
    assert theil(doubled, actual).variance == pytest.approx(1)
    assert theil(actual[::-1], actual).covariance == pytest.approx(1)
    assert np.isnan(theil(actual, actual).bias)


def test_errors_are_root_mean_square_and_mean_percentage() -> None:
    found = errors(np.array([1.0, 3.0, 5.0]), np.array([2.0, 2.0, 0.0]))
    assert found.rmse == pytest.approx(np.sqrt((1 + 1 + 25) / 3))
    assert found.mape == pytest.approx(0.5)
    assert np.isnan(errors(None, np.array([1.0])).rmse)


def test_the_trend_is_the_regression_line() -> None:
    times, values = TIMES + 2000, STRAIGHT + NOISE
    line = straight_line(times, values)
    assert line is not None
    exact = stats.linregress(times, values)
    later = np.array([2015.0, 2020.0])
    assert line(later) == pytest.approx(exact.intercept + exact.slope * later)
    assert straight_line(times[:1], values[:1]) is None


def judged(folder: Path, values: np.ndarray, **more: str) -> Hindcast:
    case = line_case(folder, values, "used error normal(0.05)", **more)
    return hindcast(case, FREE, 5, QUIET)


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Hindcast:
    return judged(tmp_path_factory.mktemp("straight"), STRAIGHT + NOISE)


def test_a_true_model_beats_the_last_value_by_far(straight: Hindcast) -> None:
    (row,) = straight.rows
    assert (row.fitted.model.points, row.judged.model.points) == (6, 5)
    # It is what least squares gives, as nearly as the priors are wide.
    line = straight_line(TIMES[:6], (STRAIGHT + NOISE)[:6])
    assert line is not None
    exact = errors(line(TIMES[6:]), (STRAIGHT + NOISE)[6:])
    assert row.judged.model.rmse == pytest.approx(exact.rmse, abs=0.02)
    assert row.judged.trend.rmse == pytest.approx(exact.rmse)
    held = errors(np.full(5, (STRAIGHT + NOISE)[5]), (STRAIGHT + NOISE)[6:])
    assert row.judged.last_value.rmse == pytest.approx(held.rmse)
    assert "last value" not in row.loses_to
    assert row.covered >= 3 / 5


def test_only_the_fitted_part_sets_the_constants(straight: Hindcast, tmp_path: Path) -> None:
    changed = (STRAIGHT + NOISE).copy()
    changed[6:] += 100
    other = judged(tmp_path, changed)
    assert np.array_equal(other.fit.values, straight.fit.values)
    assert other.rows[0].judged.model.rmse > 90


def test_a_model_that_misses_a_break_loses_and_says_so(tmp_path: Path) -> None:
    broken = np.where(TIMES <= 5, STRAIGHT, STRAIGHT[5]) + NOISE
    found = judged(tmp_path, broken)
    assert found.losses == found.rows
    assert "last value" in found.rows[0].loses_to


def test_what_the_model_is_told_is_listed(tmp_path: Path) -> None:
    more = (
        "data driver : 1 = seen.csv, column value, time year\n"
        "graph course : 1 of year = (0, 1) (4, 1.5) (8, 2)\n"
        "graph early : 1 of year = (0, 1) (4, 2)\n"
        "graph shape : 1 = (0, 1) (9, 2)\n"
        "aux driven : 1 = line + driver * course(TIME) * early(TIME) * shape(level)\n"
        "compare driven with seen used error normal(1)"
    )
    case = line_case(tmp_path, STRAIGHT + NOISE, more=more)
    found = hindcast(case, replace(FREE, series=("driven",)), 5, QUIET)
    assert found.told_data == ("driver",)
    assert found.told_tables == ("course",)
    alone = hindcast(case, replace(FREE, series=("line",)), 5, QUIET)
    assert alone.told_data == alone.told_tables == ()
    assert alone.rows[0].untold is None
    # Untold, the driver stays at its value of year 5 and the course at what it is by then.
    (row,) = found.rows
    level, slope = found.fit.values[:2]
    seen, time = (STRAIGHT + NOISE)[5], TIMES[6:, None]
    shape = np.interp(level, [0, 9], [1, 2])
    line = level + slope * time
    told = line + (STRAIGHT + NOISE)[6:, None] * np.interp(time, [0, 4, 8], [1, 1.5, 2]) * 2 * shape
    untold = line + seen * np.interp(5, [0, 4, 8], [1, 1.5, 2]) * 2 * shape
    assert found.band[0][1] == pytest.approx(np.median(told, axis=1))
    assert found.untold_band[0][1] == pytest.approx(np.median(untold, axis=1))
    assert row.untold is not None
    expected = errors(np.median(untold, axis=1), (STRAIGHT + NOISE)[6:])
    assert row.untold.model.rmse == pytest.approx(expected.rmse)


def test_the_case_proposes_what_to_fit_and_where_to_split(tmp_path: Path) -> None:
    more = "fit line free slope from 0 to 9 split 5"
    case = line_case(tmp_path, STRAIGHT + NOISE, "used error normal(0.05)", more=more)
    found = hindcast(case, Question(), None, QUIET)
    assert found.split == 5
    assert found.fit.problem.prior.names == ("slope",)
    assert found.rows[0].judged.model.points == 4
    asked = hindcast(case, Question(free=("level", "slope"), stop=8), 4, QUIET)
    assert (asked.split, asked.rows[0].judged.model.points) == (4, 4)
    plain = line_case(tmp_path / "plain", STRAIGHT + NOISE)
    with pytest.raises(UsageError, match="where to split"):
        hindcast(plain, FREE, None, QUIET)


def test_the_table_has_a_line_for_each_period(straight: Hindcast, tmp_path: Path) -> None:
    write_hindcast(straight, tmp_path / "hindcast.csv")
    head, fitted, last = (tmp_path / "hindcast.csv").read_text().splitlines()
    cells = dict(zip(head.split(","), last.split(","), strict=True))
    assert cells["period"] == "judged"
    assert float(cells["model_rmse"]) == straight.rows[0].judged.model.rmse
    assert fitted.count(",") == head.count(",")


def test_periods_without_data_are_refused(tmp_path: Path) -> None:
    case = line_case(tmp_path, STRAIGHT)
    with pytest.raises(UsageError, match="no data"):
        hindcast(case, FREE, 20, QUIET)
    with pytest.raises(UsageError, match="after the data"):
        hindcast(case, replace(FREE, stop=4), 5, QUIET)


def test_the_command_prints_losses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = np.where(TIMES <= 5, STRAIGHT, STRAIGHT[5]) + NOISE
    line_case(tmp_path / "case", broken, "used error normal(0.05)")
    words = ["hindcast", str(tmp_path / "case"), "--split", "5", "--free", "level,slope"]
    with pytest.raises(SystemExit) as left:
        main([*words, "--output", str(tmp_path / "out")])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert "The model loses to the naive forecast" in shown
    assert (tmp_path / "out" / "hindcast.csv").is_file()
    assert (tmp_path / "out" / "posterior.npz").is_file()
