"""The shipped case as a model: against published series, conservation, units, steps."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np
import pytest

import headwater
from headwater.analysis.calibration.fit import Options, fit
from headwater.analysis.calibration.problem import Question, pose
from headwater.analysis.calibration.summary import warnings_of
from headwater.compiler.units.check import check_units
from headwater.model.variables import Constant
from headwater.simulation.structure import with_variant

FOLDER = Path(__file__).resolve().parents[2] / "src" / "headwater" / "cases" / "tajikistan"
YEARS = range(2002, 2024)

# Bounds on the mean absolute percentage error, 2002 to 2023, that the case promises its readers.
PROMISED = {
    "population_total": ("wpp_population.csv", 0.01),
    "aged_0_to_14": ("wpp_pop_0_14.csv", 0.04),
    "aged_15_to_19": ("wpp_pop_15_19.csv", 0.05),
    "aged_20_to_39": ("wpp_pop_20_39.csv", 0.04),
    "aged_40_to_59": ("wpp_pop_40_59.csv", 0.04),
    "aged_60_and_over": ("wpp_pop_60plus.csv", 0.05),
    "remittance_share": ("wdi_remittances_received_pct_gdp.csv", 0.10),
}
AGES = ["aged_0_to_14", "aged_15_to_19", "aged_20_to_39", "aged_40_to_59", "aged_60_and_over"]


@pytest.fixture(scope="module")
def case() -> headwater.Case:
    loaded = headwater.load(FOLDER)
    assert isinstance(loaded, headwater.Case)
    return loaded


@pytest.fixture(scope="module")
def central(case: headwater.Case):
    return case.run()


def published(file: str) -> dict[int, float]:
    """Return a series of the case's data package, read without Headwater."""
    with (FOLDER / "data" / file).open(encoding="utf-8", newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if r["country"] == "TJK"]
    return {int(r["year"]): float(r["value"]) for r in rows}


@pytest.mark.parametrize("name", PROMISED)
def test_history_is_within_the_promised_error(central, name: str) -> None:
    file, bound = PROMISED[name]
    data = published(file)
    scale = 0.01 if file.endswith("_pct_gdp.csv") else 1.0
    years = [y for y in YEARS if y in data]
    assert len(years) == len(YEARS)
    model = central[name].sel(time=[float(y) for y in years]).values
    errors = np.abs(model / (scale * np.array([data[y] for y in years])) - 1)
    assert errors.mean() < bound


def test_departures_are_near_the_ministry_cards(central) -> None:
    # Ministry of Labour, cards issued: figures stated with high confidence in the data package.
    cards = {2016: 517_300, 2018: 484_176, 2022: 775_578, 2023: 652_014}
    model = central["departures_total"].sel(time=list(map(float, cards))).values
    assert np.abs(model / np.array(list(cards.values())) - 1).mean() < 0.25


def test_ages_add_up_to_the_population(central) -> None:
    total = sum(central[name].values for name in AGES)
    assert total == pytest.approx(central["population_total"].values, rel=1e-12)


def test_people_are_conserved(case: headwater.Case) -> None:
    """Euler's method keeps the books exactly: the change of a stock is the sum of its flows."""
    step = case.project.sim_specs.step
    ds = case.run(
        outputs=["population_total", "births", "deaths", "permanent_moves"],
        times=np.arange(1990, 2040 + step / 2, step),
    )
    change = np.diff(ds["population_total"].values)

    def total(name: str) -> np.ndarray:
        values = ds[name]
        extra = [d for d in values.dims if d != "time"]
        return values.sum(extra).values[:-1]

    flows = total("births") - total("deaths") + total("permanent_moves")
    assert change == pytest.approx(step * flows, rel=1e-9, abs=1e-3)


def test_every_variant_is_consistent_in_units(case: headwater.Case) -> None:
    for variant in case.case.variants:
        findings = check_units(with_variant(case.project, variant))
        assert not findings, "\n".join(d.render() for d in findings)


def test_every_constant_says_where_it_comes_from(case: headwater.Case) -> None:
    variables = list(case.project.variables)
    for variant in case.case.variants:
        variables += variant.variables
    constants = [v for v in variables if isinstance(v, Constant)]
    assert len(constants) > 100
    for constant in constants:
        assert constant.unit, constant.name
        assert constant.range or constant.uncertainty, constant.name
        assert constant.provenance.because or constant.provenance.assumption, constant.name


def test_the_case_has_the_parts_that_the_argument_needs(case: headwater.Case) -> None:
    assert {v.name for v in case.case.variants} == {"reception", "origins", "networks"}
    policies = {"no_change", "crackdown", "root_causes", "both", "counter_outreach"}
    assert policies | {"root_causes_late"} <= {p.name for p in case.case.policies}
    equations = [v for v in case.project.variables if not isinstance(v, Constant)]
    assert len(equations) >= 150


def test_runs_stay_finite_and_shares_stay_shares(case: headwater.Case) -> None:
    shares = ["youth_unemployment", "rural_poverty", "remittance_share", "legitimacy", "repression"]
    ds = case.ensemble(runs=64, seed=3, outputs=[*shares, "recruits_total"], progress=False)
    for name in shares:
        values = ds[name].values
        assert np.isfinite(values).all(), name
        assert values.min() >= 0, name
        if name != "remittance_share":
            assert values.max() <= 1, name
    assert (ds["recruits_total"].values >= 0).all()


@pytest.mark.long
def test_halving_the_step_leaves_the_run_nearly_alone(case: headwater.Case) -> None:
    names = ["recruits_total", "incident_pressure_index", "migrants", "remittance_share"]
    coarse = case.run(outputs=names)
    fine = case.run(outputs=names, step=case.project.sim_specs.step / 2)
    for name in names:
        a, b = coarse[name].sel(time=2040.0).values, fine[name].sel(time=2040.0).values
        assert a == pytest.approx(b, rel=0.02), name


def test_the_case_says_what_to_fit_and_how_well_it_is_known(case: headwater.Case) -> None:
    fitting = case.case.fitting
    assert fitting is not None
    assert len(fitting.free) == 12
    assert (fitting.start, fitting.split, fitting.stop) == (1995, 2014, 2023)
    problem = pose(case.case, Question(), threads=1)
    assert len(problem.constants) == len(problem.prior.factors) == 12
    assert len(problem.targets) == len(fitting.series)
    for target in problem.targets:
        assert not target.assumed, target.label
        assert target.error.scale is not None, target.label
    # Each count is used once: no total beside its parts, no dollars beside their share.
    labels = {t.label for t in problem.targets}
    assert not labels & {"population_total", "gdp", "remittances"}


def test_every_headline_claim_has_a_loop_and_a_link_to_cut(case: headwater.Case) -> None:
    headlines = {"crackdown-fails", "deportation-no-cure", "cradle-continues", "root-causes-end-it"}
    assert headlines <= {claim for loop in case.case.loops for claim in loop.claims}
    for loop in case.case.loops:
        assert loop.cut is not None, loop.title
        assert loop.documentation, loop.title


@pytest.mark.long
def test_the_fit_converges_in_good_time(case: headwater.Case) -> None:
    """Twelve constants in under ten minutes on two cores, as time of processors."""
    pytest.importorskip("arviz", reason="fits need headwater[fit]")
    problem = pose(case.case, Question())
    began = time.process_time()
    found = fit(problem, Options(progress=False))
    assert time.process_time() - began < 600
    assert found.convergence.good
    assert not [w for w in warnings_of(found) if "do not agree" in w]
    for row in found.fitted:
        assert row.covered >= 0.8, row.label
        assert 0.01 <= row.p_mean <= 0.99, row.label
