"""Single runs against closed forms."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.integrate import solve_ivp

import headwater
from headwater.errors import SimulationError, UsageError
from small_models import ARRAYS, DECAY, case


@pytest.fixture(scope="module")
def decay() -> headwater.Case:
    return case(DECAY)


@pytest.fixture(scope="module")
def arrays() -> headwater.Case:
    return case(ARRAYS)


def test_a_run_follows_the_closed_form(decay) -> None:
    found = decay.run()
    assert found["time"].values.tolist() == list(range(11))
    np.testing.assert_allclose(found["stuff left"], 80 * np.exp(-0.3 * np.arange(11)), rtol=1e-8)


def test_names_units_and_documentation_are_the_files(decay) -> None:
    found = decay.run()
    assert set(found.data_vars) == {"Stuff Left", "loss", "rate", "start_amount"}
    assert found["STUFF_LEFT"].attrs == {
        "units": "kg",
        "documentation": "What is left.",
        "group": "Part one",
    }
    assert found["rate"].dims == ()
    assert found["rate"].attrs["assumption"] == "made up"
    assert found["time"].attrs["units"] == "year"
    assert found.attrs["model"] == "A small model"
    assert found.attrs["method"] == "rk4"
    assert found.attrs["step"] == 1 / 16


def test_only_what_is_asked_for_comes_back(decay) -> None:
    found = decay.run(outputs=["LOSS"], times=[2, 7.5, 0.03])
    assert list(found.data_vars) == ["loss"]
    # 7.5 is a computed step; 0.03 lies between steps 0 and 1/16 of a curve that is linear to 4e-5.
    expected = 24 * np.exp(-0.3 * np.array([2, 7.5, 0.03]))
    np.testing.assert_allclose(found["loss"][:2], expected[:2], rtol=1e-8)
    np.testing.assert_allclose(found["loss"][2], expected[2], rtol=1e-4)


def test_an_element_is_asked_for_alone(arrays) -> None:
    found = arrays.run(outputs=["men[ Turkey]", "total"], times=[0, 5])
    # Two a year come to each, from 100 and 10 at the start.
    assert list(found.data_vars) == ["men[turkey]", "total"]
    assert found["men[turkey]"].dims == ("time",)
    assert found["MEN[turkey]"].values.tolist() == pytest.approx([10, 20])
    assert found["men[turkey]"].attrs["units"] == "person"
    assert found["total"].values.tolist() == pytest.approx([110, 130])


def test_all_elements_are_the_whole_array(arrays) -> None:
    for text in ("men[*]", "men[host]"):
        assert arrays.run(outputs=[text, "men[turkey]"])["men"].dims == ("time", "host")


def test_a_wrong_element_gets_those_that_there_are(arrays) -> None:
    with pytest.raises(UsageError, match=r"did you mean `russia`\? its elements: russia, turkey"):
        arrays.run(outputs=["men[rusia]"])
    with pytest.raises(UsageError, match="host: russia, turkey"):
        arrays.run(outputs=["men[russia,turkey]"])


def test_a_row_of_an_array_is_asked_for() -> None:
    grid = case("""
dimension row = top, low
dimension column = left, mid, right
aux cell[row, column] : 1 = 10 * row + column
""")
    found = grid.run(outputs=["cell[low,*]", "cell[top,mid]"])
    # Rows and columns count from 1.
    assert {name: float(found[name]) for name in found.data_vars} == {
        "cell[low,left]": 21,
        "cell[low,mid]": 22,
        "cell[low,right]": 23,
        "cell[top,mid]": 12,
    }


def test_a_name_may_have_brackets_and_commas_of_its_own() -> None:
    model = case("""
constant "odds [%], now" : 1 = 3
dimension who = men, women
constant "rate [1/year]"[who] : 1 = 2
aux twice : 1 = 2 * "odds [%], now" * "rate [1/year]"[women]
""")
    found = model.run({"odds [%], now": 5, '"rate [1/year]"[women]': 7})
    assert float(found["twice"]) == 70
    assert float(model.run(outputs=['"odds [%], now"'])["odds [%], now"]) == 3
    assert float(model.run(outputs=['"rate [1/year]"[men]'])['"rate [1/year]"[men]']) == 2


def test_params_set_constants_and_change_nothing_else(decay) -> None:
    changed = decay.run({"RATE": 0.1, "start amount": 5}, times=[10])
    assert float(changed["stuff left"][0]) == pytest.approx(5 * np.exp(-1), rel=1e-8)
    assert float(decay.run(times=[10])["stuff left"][0]) == pytest.approx(80 * np.exp(-3), rel=1e-8)


def test_params_hold_any_other_variable(decay) -> None:
    held_flow = decay.run({"loss": 2})
    np.testing.assert_allclose(held_flow["stuff left"], 80 - 2 * np.arange(11), rtol=1e-12)
    held_stock = decay.run({"stuff left": 10})
    assert float(held_stock["loss"].min()) == float(held_stock["loss"].max()) == pytest.approx(3)


def test_array_params(arrays) -> None:
    at_end = {"times": [10], "outputs": ["men"]}
    for params in (
        {"quota": [1, 3]},
        {"quota": {"russia": 1, "TURKEY": 3}},
        {"quota[russia]": 1, "quota[turkey]": 3},
    ):
        assert arrays.run(params, **at_end)["men"].values.tolist() == [[110, 40]]
    assert arrays.run({"quota[russia]": 0}, **at_end)["men"].values.tolist() == [[100, 30]]
    assert arrays.run({"quota": 4}, **at_end)["men"].values.tolist() == [[140, 50]]


def test_arrays_have_their_elements_as_labels(arrays) -> None:
    found = arrays.run()
    assert found["men"].dims == ("time", "host")
    assert found["share"].dims == ("host",)
    assert float(found["men"].sel(host="turkey", time=10)) == 30
    assert float(found["weighted"].sel(time=10)) == 0.25 * 120 + 0.75 * 30


def test_step_method_and_span_can_be_changed(decay) -> None:
    found = decay.run(outputs=["stuff left"], step=0.5, method="euler", stop=4)
    assert found["time"].values.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(found["stuff left"], 80 * (1 - 0.15) ** (2 * np.arange(5)))
    assert found.attrs["method"] == "euler"


def test_a_nonlinear_model_agrees_with_scipy() -> None:
    predators = """
stock prey = 10
  + births
  - eaten
stock hunters = 5
  + fed
  - deaths
flow births = 1.1 * prey
flow eaten = 0.4 * prey * hunters
flow fed = 0.1 * prey * hunters
flow deaths = 0.4 * hunters
"""
    model = case(predators, "0 to 12 year, step 1/256, save 1")
    found = model.run(outputs=["prey", "hunters"])
    known = solve_ivp(
        lambda _, y: [1.1 * y[0] - 0.4 * y[0] * y[1], 0.1 * y[0] * y[1] - 0.4 * y[1]],
        (0, 12),
        [10, 5],
        "DOP853",
        found["time"].values,
        rtol=1e-12,
        atol=1e-12,
    )
    np.testing.assert_allclose([found["prey"], found["hunters"]], known.y, rtol=1e-8)


def test_policies_and_variants_make_new_cases(arrays) -> None:
    end = {"times": [10], "outputs": ["men", "kept"]}
    assert arrays.run(**end)["kept"].values.tolist() == [150]
    assert arrays.with_variant("Doubled").run(**end)["kept"].values.tolist() == [300]
    assert arrays.with_policy("open").run(**end)["men"].values.tolist() == [[120, 60]]
    shut = arrays.with_policy("shut").with_variant("doubled")
    np.testing.assert_allclose(shut.run(**end)["men"].values, [[110, 20]], atol=0.2)
    assert arrays.policies == ("no_change", "open", "shut")
    assert shut.policies == ()


def test_a_second_run_does_not_compile_again(decay, monkeypatch) -> None:
    decay.run(times=[1, 2])

    def never(*_args, **_kwargs):
        raise AssertionError("compiled again")

    monkeypatch.setattr("headwater.compiler.pipeline.compile_project", never)
    monkeypatch.setattr("headwater.simulation.building.make_executable", never)
    first = decay.run({"rate": 0.2}, times=[1, 2])
    first["loss"][:] = 0
    assert float(decay.run({"rate": 0.2}, times=[1, 2])["loss"].min()) > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"params": {"rat": 1}}, "rate"),
        ({"params": {"rate": "fast"}}, "no number"),
        ({"params": {"rate": float("nan")}}, "finite"),
        ({"params": {"rate": [1, 2]}}, "shape"),
        ({"params": {"rate[russia]": 1}}, "single number"),
        ({"params": [("rate", 1)]}, "map names"),
        ({"outputs": ["stuff"]}, "stuff"),
        ({"outputs": ["rate[russia]"]}, "single number"),
        ({"outputs": "loss"}, "list"),
        ({"times": [11]}, "outside"),
        ({"target": "gpu"}, "target"),
        ({"method": "magic"}, "magic"),
        ({"step": -1}, "step"),
        ({"rtol": 1e-6}, "rtol"),
        ({"method": "heun", "atol": 1e-6}, "atol"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(decay, arguments, said: str) -> None:
    with pytest.raises(headwater.HeadwaterError, match=said):
        decay.run(**arguments)


def test_unknown_policies_and_variants_are_refused(arrays) -> None:
    with pytest.raises(UsageError, match="open"):
        arrays.with_policy("opne")
    with pytest.raises(UsageError, match="doubled"):
        arrays.with_variant("dubled")


def test_a_division_by_zero_at_the_start_names_variable_and_divisor() -> None:
    model = case(
        """
stock people : person = 0
  + births
flow births : person/year = 1 * per_head
aux per_head : person/year = food / people
constant food : person*person/year = 3
aux later : person/year = per_head + 1
"""
    )
    with pytest.raises(SimulationError) as caught:
        model.run(outputs=["later"])
    message = str(caught.value)
    assert "`per_head` is infinite at the start (time 0)" in message
    assert "divides by `people`, which is 0" in message
    assert "case.md:" in message
    with pytest.raises(SimulationError):
        model.run(outputs=["later"], times=[4])
    kept = model.run(outputs=["later"], check_finite=False)
    assert np.isposinf(float(kept["later"][0]))


def test_what_breaks_later_is_named_with_its_time() -> None:
    model = case(
        """
dimension host = russia, turkey
stock men[host] : person = {russia: 4, turkey: 100}
  - leaving[host]
flow leaving[host] : person/year = 1
aux each[host] : 1/person^2 = 1 / (men[host] * men[host])
aux both : 1/person^2 = SUM(each[*])
"""
    )
    with pytest.raises(SimulationError, match=r"`each\[russia\]` is infinite at time 4") as caught:
        model.run(outputs=["both"])
    assert "men" in str(caught.value)


def test_what_an_equation_leaves_without_a_value_has_none() -> None:
    """Stella's NAN is what has no value, as before the first observation of a series."""
    model = case(
        """
aux seen = IF TIME > 1 THEN TIME ELSE NAN
aux twice = 2 * seen
aux most = INF
stock s = 1
  + filling
flow filling = MIN(1, most)
"""
    )
    results = model.run()
    assert np.isnan(results["twice"].values[:2]).all()
    assert results["twice"].values[2] == 4
    assert np.isposinf(results["most"].values).all()


def test_what_has_no_value_fills_no_stock() -> None:
    model = case("stock s = 1\n  + filling\nflow filling = IF TIME < 1 THEN 1 ELSE NAN")
    with pytest.raises(SimulationError, match="`s` is not a number at time 1") as caught:
        model.run()
    assert "`filling` has no value at time 1" in str(caught.value)
    wrong = case("aux seen = IF TIME > 1 THEN TIME ELSE NAN\naux other = 1 / (TIME - TIME)")
    with pytest.raises(SimulationError, match="`other` is infinite"):
        wrong.run()


def test_runaway_growth_is_named() -> None:
    model = case("stock x = 1\n  + grow\nflow grow = 1000 * x * x", method="euler")
    with pytest.raises(SimulationError, match="`"):
        model.run()


def test_datasets_of_two_runs_are_alike_and_apart():
    model = headwater.load("tajikistan")
    first, second = model.run(seed=1), model.run(seed=2)
    checked = xr.Dataset(
        {name: (v.dims, v.values, v.attrs) for name, v in second.data_vars.items()},
        coords={name: (v.dims, v.values, v.attrs) for name, v in second.coords.items()},
        attrs=second.attrs,
    )
    assert second.identical(checked)
    assert list(second.variables) == list(first.variables)
    assert (first.attrs["seed"], second.attrs["seed"]) == (1, 2)
    name = next(iter(second.data_vars))
    second[name].values[...] = -1.0
    second[name].attrs["units"] = "mine"
    second["time"].attrs["units"] = "mine"
    third = model.run(seed=1)
    assert third.identical(first)
    assert third[name].attrs["units"] != "mine"
    assert third["time"].attrs["units"] != "mine"


@pytest.mark.parametrize("method", ["euler", "dopri5"])
def test_many_stocks_of_a_small_model_all_move(method: str) -> None:
    count = 200
    lines = (
        f"stock s{k} = {k}\n  + grow{k}\nflow grow{k} = {k % 7} * pace\n" for k in range(count)
    )
    found = case("aux pace = IF TIME > 50 THEN 0 ELSE 1\n" + "".join(lines), method=method).run()
    last = [float(found[f"s{k}"].values[..., -1].item()) for k in range(count)]
    passed = float(found["time"].values[-1] - found["time"].values[0])
    assert last == pytest.approx([k + passed * (k % 7) for k in range(count)])


def test_values_with_labels_go_by_label_and_not_by_place(arrays) -> None:
    at_end = {"times": [10], "outputs": ["men"]}
    elements = ["turkey", "russia"]
    shares = xr.DataArray([3.0, 1.0], dims="host", coords={"host": elements})
    for quota in (
        pd.Series([3, 1], index=elements),
        shares,
        shares.to_series(),
        xr.DataArray([1, 3], dims="Host"),
        pd.Series([1, 3]),
    ):
        assert arrays.run({"quota": quota}, **at_end)["men"].values.tolist() == [[110, 40]]
    assert arrays.run({"quota": shares.sel(host=["russia"])}, **at_end)["men"][0, 0] == 110
    again = arrays.run({"share": arrays.run(outputs=["share"])["share"]}, outputs=["share"])
    assert again["share"].values.tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (xr.DataArray([1.0, 3.0], dims="place"), "place"),
        (xr.DataArray([1.0, 3.0, 5.0], dims="host"), "shape"),
        (pd.Series([1, 3], index=["russia", "turky"]), "turkey"),
        (pd.DataFrame([[1, 3]], index=["a"], columns=["russia", "turkey"]), "2 subscripts"),
    ],
)
def test_labels_that_do_not_fit_are_refused(arrays, value, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        arrays.run({"quota": value})


def test_a_table_over_two_dimensions_goes_by_its_labels() -> None:
    model = case(
        "dimension host = russia, turkey\ndimension age = young, old\n"
        "constant men[host, age] : person = 0\nstock total[host] : person = men[host, old]\n"
    )
    table = pd.DataFrame(
        [[4, 3], [2, 1]], index=["turkey", "russia"], columns=["old", "young"], dtype=float
    )
    for value in (table, table.stack(), xr.DataArray(table, dims=("host", "age")).T):
        assert model.run({"men": value})["total"][-1].values.tolist() == [2, 4]


def test_a_model_can_be_sent_to_another_process(decay) -> None:
    decay.run()
    again = pickle.loads(pickle.dumps(decay))  # noqa: S301  # our own bytes
    assert again.run({"rate": 0.1}).identical(decay.run({"rate": 0.1}))
