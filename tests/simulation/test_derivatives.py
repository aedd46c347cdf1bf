"""Derivatives through the public interface."""

import time

import numpy as np
import pytest

import headwater
from headwater.errors import ModelError, SimulationError, UsageError
from headwater.simulation import derivatives
from small_models import ARRAYS, case

GROWTH = """
stock people : person = start
  + births
flow births : person/year = rate * people
constant rate : 1/year = 0.1
  assume "made up"
constant start : person = 50
  assume "made up"
constant extra : person = 4
  assume "made up"
aux doubled : person = 2 * extra
aux constant_sum : person = people + extra
lever unused : 1 = 3
policy faster "More births"
  rate = 0.2
policy same "As it is"
"""


@pytest.fixture(scope="module")
def growth():
    return case(GROWTH.replace("constant rate", "lever rate"))


def test_names_dimensions_and_values(growth):
    found = growth.derivatives(outputs=["people", "doubled"], wrt=["start", "rate"])
    assert found["people"].dims == ("constant", "time")
    assert found["doubled"].dims == ("constant",)
    assert list(found["constant"].values) == ["start", "rate"]
    t = found["time"].values
    np.testing.assert_allclose(found["people"].sel(constant="start"), np.exp(0.1 * t), rtol=1e-6)
    by_rate = 50 * t * np.exp(0.1 * t)
    np.testing.assert_allclose(found["people"].sel(constant="rate"), by_rate, rtol=1e-5, atol=1e-9)
    np.testing.assert_array_equal(found["doubled"], [0, 0])
    assert found.attrs["method"] == "rk4"


def test_all_constants_and_levers_if_none_are_named(growth):
    found = growth.derivatives(outputs=["constant_sum"], times=[10])
    assert set(found["constant"].values) == {"rate", "start", "extra", "unused"}
    assert float(found["constant_sum"].sel(constant="extra", time=10)) == 1
    assert float(found["constant_sum"].sel(constant="unused", time=10)) == 0


def test_params_and_policies_are_where_derivatives_are_taken(growth):
    t = 10.0
    found = growth.derivatives({"rate": 0.2}, ["people"], ["start"], [t])
    assert float(found["people"][0, 0]) == pytest.approx(np.exp(0.2 * t), rel=1e-5)
    faster = growth.with_policy("faster").derivatives(None, ["people"], ["start"], [t])
    assert float(faster["people"][0, 0]) == pytest.approx(np.exp(0.2 * t), rel=1e-5)


@pytest.mark.parametrize("lanes", [0, 10**6])
def test_many_runs_at_once(growth, lanes, monkeypatch):
    monkeypatch.setattr(derivatives, "LANES", lanes)
    monkeypatch.setattr(derivatives, "CHUNK_BYTES", 1 if not lanes else 2**26)
    rates = np.linspace(0.05, 0.2, 41)
    found = growth.derivatives(
        outputs=["people"], wrt=["start", "rate"], times=[4, 10], samples={"rate": rates}
    )
    assert found["people"].dims == ("constant", "run", "time")
    np.testing.assert_allclose(found["people"][0, :, 1], np.exp(10 * rates), rtol=1e-5)
    np.testing.assert_allclose(found["people"][1, :, 0], 200 * np.exp(4 * rates), rtol=1e-5)


def test_arrays_are_derived_by_element():
    model = case(ARRAYS)
    found = model.derivatives(outputs=["men", "weighted"], wrt=["quota"], times=[10])
    assert list(found["constant"].values) == ["quota[russia]", "quota[turkey]"]
    assert found["men"].dims == ("constant", "time", "host")
    np.testing.assert_allclose(found["men"][:, 0], [[10, 0], [0, 10]], rtol=1e-12)
    np.testing.assert_allclose(found["weighted"][:, 0], [2.5, 7.5], rtol=1e-12)
    one = model.derivatives(outputs=["weighted"], wrt=["quota[turkey]"], times=[10])
    assert float(one["weighted"][0, 0]) == pytest.approx(7.5)


def test_targets_agree(growth):
    arguments = {"outputs": ["people"], "wrt": ["rate", "start"]}
    fast = growth.derivatives(**arguments)
    slow = growth.derivatives(**arguments, target="reference")
    assert (fast["people"] == slow["people"]).all()


def test_a_variable_that_is_held_can_be_derived_by(growth):
    found = growth.derivatives({"births": 3.0}, ["people"], ["births"], [10])
    assert float(found["people"][0, 0]) == pytest.approx(10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"wrt": ["births"]}, "`births` is not a plain number"),
        ({"wrt": ["rat"]}, "rat"),
        ({"wrt": "rate"}, "list of names"),
        ({"wrt": []}, "no constant"),
        ({"samples": {"rate": [1.0, np.nan]}}, "samples of `rate`"),
        ({"samples": {"rate": [0.1], "start": [1.0, 2.0]}}, "samples of `start`"),
        ({"times": [11]}, "outside"),
    ],
)
def test_what_does_not_fit_is_told(growth, arguments, message):
    with pytest.raises(UsageError, match=message):
        growth.derivatives(outputs=["people"], **arguments)


def test_an_infinite_derivative_is_told():
    model = case(
        """
constant a : 1 = 0
  assume "made up"
aux root : 1 = SQRT(a)
stock still : 1 = 1
"""
    )
    with pytest.raises(SimulationError, match="derivative of `root` by `a` is not finite"):
        model.derivatives(outputs=["root"], wrt=["a"])
    found = model.derivatives(outputs=["root"], wrt=["a"], check_finite=False)
    assert np.isinf(found["root"]).all()


def test_a_method_that_chooses_its_step(growth):
    found = growth.derivatives(
        outputs=["people"], wrt=["rate"], times=[10], method="dopri5", rtol=1e-10, atol=1e-10
    )
    assert float(found["people"][0, 0]) == pytest.approx(500 * np.e, rel=1e-8)


def test_memory_and_switches_of_a_shipped_model():
    """A model with delays, noise and data, against differences of runs."""
    model = headwater.load("tajikistan")
    constants = [v.name for v in model.project.variables if type(v).__name__ == "Constant"]
    wrt = [n for n in constants if not model.project.find(n).dimensions][:6]
    name = next(v.name for v in model.project.variables if type(v).__name__ == "Stock")
    found = model.derivatives(outputs=[name], wrt=wrt, seed=4)
    assert np.isfinite(found[name]).all()


def test_a_gradient_by_twelve_constants_costs_less_than_thirteen_runs():
    model = headwater.load("mccluskey-santoprete")
    wrt = [v.name for v in model.project.variables if type(v).__name__ == "Constant"][:12]
    outputs = [v.name for v in model.project.variables if type(v).__name__ == "Stock"]

    def fastest(action):
        action()
        taken = []
        for _ in range(7):
            began = time.process_time()
            action()
            taken.append(time.process_time() - began)
        return min(taken)

    run = fastest(lambda: model.run(outputs=outputs))
    gradient = fastest(lambda: model.derivatives(outputs=outputs, wrt=wrt))
    assert gradient < (len(wrt) + 1) * run


def test_model_errors_are_of_the_models(growth):
    with pytest.raises(ModelError, match="dopri9"):
        growth.derivatives(outputs=["people"], wrt=["rate"], method="dopri9")


def test_constants_are_named_as_the_file_spells_them() -> None:
    model = case(
        "dimension host = Russia, Turkey\nconstant Base Rate[host] : 1/year = 0.5\n"
        "stock Men[host] : person = 1\n  + coming[host]\n"
        "flow coming[host] : person/year = Men[host] * Base Rate[host]\n"
    )
    found = model.derivatives(outputs=["men"], times=[10])
    assert [str(c) for c in found["constant"].values] == ["Base Rate[Russia]", "Base Rate[Turkey]"]
    one = model.derivatives(outputs=["men"], wrt=["base_rate[turkey]"], times=[10])
    assert [str(c) for c in one["constant"].values] == ["Base Rate[Turkey]"]
