"""Ensembles: labels, draws, policies, variants, and what the numbers do not depend on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import headwater
from headwater.errors import SimulationError, UsageError
from headwater.model.uncertainty import Discrete, Uniform
from headwater.simulation import ensemble as module
from headwater.simulation.ensemble import NotFiniteWarning
from small_models import ARRAYS, DECAY, case


@pytest.fixture(scope="module")
def decay() -> headwater.Case:
    return case(DECAY)


@pytest.fixture(scope="module")
def arrays() -> headwater.Case:
    return case(ARRAYS)


def test_every_run_follows_the_closed_form_of_its_draw(decay) -> None:
    found = decay.ensemble(64, outputs=["stuff left"])
    assert found["stuff left"].dims == ("run", "time")
    assert found["rate"].dims == ("run",)
    rate, time = found["rate"].values, found["time"].values
    np.testing.assert_allclose(found["stuff left"], 80 * np.exp(-np.outer(rate, time)), rtol=1e-7)
    slices = np.floor((rate - 0.1) / 0.4 * 64).astype(int)
    assert sorted(slices) == list(range(64))
    assert found.attrs["seed"] == 1
    assert found.attrs["runs"] == 64
    assert found.attrs["not_finite"] == 0


def test_dimensions_are_variant_policy_run_time_and_the_models_own(arrays) -> None:
    found = arrays.ensemble(5, outputs=["men", "kept", "share"], times=[0, 10])
    assert dict(found["men"].sizes) == {
        "variant": 2,
        "policy": 3,
        "run": 5,
        "time": 2,
        "host": 2,
    }
    assert found["policy"].values.tolist() == ["no_change", "open", "shut"]
    assert found["variant"].values.tolist() == ["plain", "doubled"]
    assert found["share"].dims == ("run", "host")
    assert found["factor"].dims == ("run",)
    end = found.sel(time=10)
    men = end["men"].isel(run=0, variant=0)
    assert men.sel(policy="no_change").values.tolist() == [120, 30]
    assert men.sel(policy="open").values.tolist() == [120, 60]
    doubled = end["kept"].sel(variant="doubled", policy="open")
    np.testing.assert_allclose(doubled, 180 * found["factor"])
    assert (end["kept"].sel(variant="plain", policy="open") == 180).all()


@pytest.mark.parametrize("kept", [{}, {"keep": "fan"}, {"store": "runs.zarr"}])
def test_elements_are_kept_alone(arrays, kept, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = {"outputs": ["men[turkey]", "share[turkey]"], "times": [0, 5], "progress": False}
    found = arrays.ensemble(3, policies=["no_change"], variants=["plain"], **asked, **kept)
    # Two a year come, whatever is drawn; shares are drawn, and drawn inputs are kept whole.
    assert set(found.data_vars) <= {"men[turkey]", "share"}
    assert np.unique(found["men[turkey]"].isel(time=0)).tolist() == [10]
    np.testing.assert_allclose(found["men[turkey]"].isel(time=1), 20)


def test_policies_agree_with_single_runs(arrays) -> None:
    found = arrays.ensemble(2, outputs=["men"])
    for name in arrays.policies:
        alone = arrays.with_policy(name).run(outputs=["men"])["men"]
        for run in range(2):
            assert np.array_equal(found["men"].sel(policy=name).isel(run=run, variant=0), alone)


def test_some_policies_and_variants_can_be_left_out(arrays) -> None:
    found = arrays.ensemble(3, outputs=["men"], policies=["OPEN"], variants=["doubled"])
    assert dict(found.sizes) == {"variant": 1, "policy": 1, "run": 3, "time": 11, "host": 2}
    none = arrays.ensemble(3, outputs=["men"], policies=[], variants=["plain"], times=[10])
    assert none["men"].dims == ("variant", "run", "time", "host")
    assert none["men"].values[0, 0, 0].tolist() == [120, 30]


@pytest.mark.parametrize("design", ["latin", "sobol", "random"])
def test_threads_and_chunks_change_no_bit(arrays, design: str) -> None:
    def run(**how):
        found = arrays.ensemble(37, seed=9, design=design, outputs=["weighted", "kept"], **how)
        return {name: found[name].values.tobytes() for name in found.data_vars}

    once = run(threads=1)
    assert run(threads=2) == once
    assert run(threads=1, chunk=5) == once
    assert run(threads=2, chunk=16) == once
    assert run(threads=1) == once
    assert (
        arrays.ensemble(37, seed=8, outputs=["weighted"], design=design)[
            "weighted"
        ].values.tobytes()
        not in once.values()
    )


def test_a_model_with_random_functions_keeps_its_draws(monkeypatch) -> None:
    model = case("stock x : 1 = 0\n  + jump\nflow jump : 1/year = NORMAL(0, 1)\n" + DECAY)
    whole = model.ensemble(20, seed=3, outputs=["x"])["x"].values
    parts = model.ensemble(20, seed=3, outputs=["x"], chunk=7, threads=2)["x"].values
    assert np.array_equal(whole, parts)
    assert len(np.unique(whole[:, -1])) == 20


def test_fixed_values_replace_draws(decay) -> None:
    found = decay.ensemble(8, outputs=["stuff left"], params={"Rate": 0.2})
    assert "rate" not in found
    np.testing.assert_allclose(found["stuff left"][:, -1], 80 * np.exp(-2), rtol=1e-7)


def test_other_uncertainties_and_own_samples(decay) -> None:
    found = decay.ensemble(
        6,
        outputs=["stuff left"],
        uncertain={"start amount": Discrete((1.0, 2.0), (1, 1))},
        samples={"rate": np.arange(6) / 10},
    )
    assert set(found["start_amount"].values) == {1.0, 2.0}
    expected = found["start_amount"] * np.exp(-found["rate"] * 10)
    np.testing.assert_allclose(found["stuff left"][:, -1], expected, rtol=1e-6)


def test_an_equation_can_be_sampled_in_its_place(decay) -> None:
    found = decay.ensemble(6, outputs=["stuff left"], uncertain={"loss": Uniform(0, 1)})
    assert found["loss"].dims == ("run",)
    np.testing.assert_allclose(found["stuff left"][:, -1], 80 - 10 * found["loss"])


def test_reduce_takes_in_pieces_and_nothing_is_kept(decay) -> None:
    seen = []

    def reduce(chunk) -> None:
        (variable,) = chunk.arm.built.layout.variables
        seen.append((chunk.start, chunk.array(variable).copy()))

    found = decay.ensemble(10, outputs=["stuff left"], chunk=4, reduce=reduce)
    whole = decay.ensemble(10, outputs=["stuff left"])
    assert "stuff left" not in found
    assert np.array_equal(found["rate"], whole["rate"])
    assert [start for start, _ in seen] == [0, 4, 8]
    assert np.array_equal(np.concatenate([v[0] for _, v in seen]), whole["stuff left"])


def test_chunks_are_bounded(decay, monkeypatch) -> None:
    experiment = module.plan_ensemble(decay._workshop, module.EnsembleRequest(10_000))
    bytes_per_run = 8 * 4 * 11
    assert module.chunk_size(experiment) == module.LONGEST_CHUNK
    monkeypatch.setattr(module, "CHUNK_BYTES", 100 * bytes_per_run)
    assert module.chunk_size(experiment) == 100


def test_too_much_to_keep_is_refused_before_running(decay, monkeypatch) -> None:
    monkeypatch.setattr("headwater.simulation.keeping.MEMORY_SHARE", 1e-9)
    with pytest.raises(UsageError, match="GiB"):
        decay.ensemble(1000)


def test_values_that_are_not_finite_are_counted_and_kept() -> None:
    model = case(
        "constant d : 1 = 1\n  uncertain discrete(0: 1, 1: 3)\naux y : 1 = 1 / d\n" + DECAY
    )
    with pytest.warns(NotFiniteWarning, match="25 of 100"):
        found = model.ensemble(100, outputs=["y"])
    assert found.attrs["not_finite"] == 25
    assert int(np.isposinf(found["y"]).sum()) == 25


def test_nothing_finite_is_an_error_with_a_place() -> None:
    model = case("constant d : 1 = 0\naux y : 1 = 1 / d\naux z : 1 = y\n" + DECAY)
    with pytest.raises(SimulationError, match="`y` is infinite at the start"):
        model.ensemble(10, outputs=["z"])


@pytest.mark.parametrize(
    "arguments",
    [
        {"runs": 0},
        {"design": "grid"},
        {"policies": ["opn"]},
        {"policies": "open"},
        {"variants": ["x"]},
        {"outputs": ["nothing"]},
        {"params": {"nothing": 1}},
        {"uncertain": {"nothing": Uniform(0, 1)}},
        {"samples": {"share[russia]": [1.0]}},
        {"chunk": 0, "threads": -1},
        {"outputs": ["factor"]},
    ],
)
def test_arguments_that_do_not_fit_are_refused(arrays, arguments) -> None:
    with pytest.raises(UsageError):
        arrays.ensemble(**{"runs": 4, "outputs": ["men"], **arguments})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"uncertain": {"rate": (0, 1)}}, "no distribution"),
        ({"samples": [1, 2, 3]}, "map names"),
        ({"samples": {"rate": ["a", "b", "c"]}}, "3 finite numbers"),
        ({"chunk": 0}, "1 or more"),
        ({"threads": 0}, "1 or more"),
    ],
)
def test_arguments_of_another_kind_are_refused(arguments, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        case(DECAY).ensemble(3, progress=False, **arguments)


def test_a_table_gives_samples_by_its_columns() -> None:
    rates = pd.DataFrame({"rate": [0.1, 0.2, 0.3], "start_amount": [80.0, 40.0, 20.0]})
    found = case(DECAY).ensemble(3, samples=rates, times=[10], progress=False)
    expected = rates["start_amount"] * np.exp(-10 * rates["rate"])
    np.testing.assert_allclose(found["stuff left"][:, 0], expected, rtol=1e-7)
