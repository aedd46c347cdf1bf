"""Ensembles on disk: the numbers are those in memory, and a store is never taken for another."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from headwater.errors import SimulationError, StoreError, UsageError
from headwater.model.uncertainty import Uniform
from headwater.simulation.building import Workshop
from headwater.simulation.ensemble import gather
from headwater.simulation.results.dataset import to_dataset
from headwater.simulation.store import durable
from headwater.simulation.store.journal import JOURNAL, MANIFEST, WORK, Record, Store
from headwater.simulation.store.zarr2 import folder_of
from small_models import ARRAYS, DECAY, case
from small_stores import CHUNK, OUTPUTS, RUNS, content, keep, request, same, workshop


@pytest.fixture(scope="module")
def made() -> Workshop:
    return workshop()


@pytest.fixture(scope="module")
def in_memory(made: Workshop) -> xr.Dataset:
    return to_dataset(gather(made, request(), progress=False))


def test_every_run_is_kept_as_it_is_in_memory(
    made: Workshop, in_memory: xr.Dataset, tmp_path: Path
) -> None:
    keep(made, tmp_path / "s.zarr")
    with xr.open_zarr(tmp_path / "s.zarr", chunks=None) as found:
        assert set(found.variables) == set(in_memory.variables)
        for name, variable in in_memory.variables.items():
            assert found[name].dims == variable.dims, name
            assert same(found[name].values, variable.values), name
            assert found[name].attrs == variable.attrs, name
        assert {k: found.attrs[k] for k in in_memory.attrs} == in_memory.attrs


def test_the_final_values_are_the_last_of_all(
    made: Workshop, in_memory: xr.Dataset, tmp_path: Path
) -> None:
    keep(made, tmp_path / "s.zarr", "final")
    with xr.open_zarr(tmp_path / "s.zarr", chunks=None) as found:
        assert found["time"].values.tolist() == [in_memory["time"].values[-1]]
        for name in OUTPUTS:
            assert same(found[name].values, in_memory[name].isel(time=[-1]).values), name


@pytest.mark.parametrize("chunk", [CHUNK, 100, None])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_fan_has_numpys_quantiles_of_the_kept_runs(
    made: Workshop, in_memory: xr.Dataset, tmp_path: Path, chunk: int | None, threads: int
) -> None:
    quantiles = (0.0, 0.05, 0.31, 0.5, 1.0)
    stored = keep(
        made, tmp_path / "s.zarr", "fan", chunk=chunk, threads=threads, quantiles=quantiles
    )
    assert stored.fan is not None
    with xr.open_zarr(tmp_path / "s.zarr", chunks=None) as found:
        for name in OUTPUTS:
            runs = in_memory[name]
            axis = runs.dims.index("run")
            expected = np.moveaxis(np.quantile(runs.values, quantiles, axis=axis), 0, axis)
            assert found[name].dims == tuple("quantile" if d == "run" else d for d in runs.dims)
            assert same(found[name].values, np.ascontiguousarray(expected)), name
            assert same(found[name].values, stored.fan[name].values), name
        assert found["quantile"].values.tolist() == list(quantiles)


@pytest.mark.parametrize("kept", ["all", "fan"])
def test_threads_change_no_byte(made: Workshop, tmp_path: Path, kept: str) -> None:
    keep(made, tmp_path / "one.zarr", kept, threads=1)
    keep(made, tmp_path / "two.zarr", kept, threads=2)
    assert content(tmp_path / "one.zarr") == content(tmp_path / "two.zarr")


def test_no_policies_no_variants(tmp_path: Path) -> None:
    model = case(DECAY)
    made = Workshop(model.project, model.case)
    whole = model.ensemble(50, seed=5, outputs=["stuff left"])
    keep(made, tmp_path / "s.zarr", runs=50, outputs=["stuff left"], chunk=7)
    with xr.open_zarr(tmp_path / "s.zarr", chunks=None) as found:
        assert dict(found.sizes) == {"run": 50, "time": 11}
        assert same(found["Stuff Left"].values, whole["Stuff Left"].values)
        assert same(found["rate"].values, whole["rate"].values)


def test_simulations_that_are_not_finite_are_counted_and_left_out_of_quantiles(
    tmp_path: Path,
) -> None:
    model = case("constant a : 1 = 1\n  uncertain uniform(-1, 1)\naux root : 1 = SQRT(a)\n")
    made = Workshop(model.project, model.case)
    stored = keep(made, tmp_path / "s.zarr", "fan", runs=100, outputs=["root"], quantiles=(0.5,))
    assert stored.not_finite == 50
    draws = model.ensemble(100, seed=5, outputs=["a"])["a"].values
    assert stored.fan is not None
    expected = np.quantile(np.sqrt(draws[draws >= 0]), 0.5)
    np.testing.assert_allclose(stored.fan["root"].values[0], expected, rtol=1e-14)
    assert json.loads((tmp_path / "s.zarr" / MANIFEST).read_text())["not_finite"] == 50


def test_nothing_but_failures_is_an_error_that_names_the_variable(tmp_path: Path) -> None:
    model = case("constant a : 1 = 1\n  uncertain uniform(0, 1)\naux root : 1 = SQRT(-1 - a)\n")
    made = Workshop(model.project, model.case)
    with pytest.raises(SimulationError, match="root"):
        keep(made, tmp_path / "s.zarr", runs=30, outputs=["root"])


def test_a_fan_of_nothing_but_draws_is_refused(made: Workshop, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to take quantiles of"):
        keep(made, tmp_path / "s.zarr", "fan", outputs=["share"])
    assert not (tmp_path / "s.zarr").exists()


def test_a_complete_store_is_taken_as_it_is(made: Workshop, tmp_path: Path) -> None:
    keep(made, tmp_path / "s.zarr", "fan")
    before = content(tmp_path / "s.zarr")
    again = keep(made, tmp_path / "s.zarr", "fan")
    assert again.found == again.pieces > 1
    assert again.fan is not None
    assert not np.isnan(again.fan["weighted"].values).any()
    assert content(tmp_path / "s.zarr") == before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 6}, "the seed: 5 there, 6 here"),
        ({"runs": RUNS + 1}, f"the number of runs: {RUNS} there, {RUNS + 1} here"),
        ({"design": "sobol"}, "the design: latin there, sobol here"),
        ({"uncertain": {"share": Uniform(0, 2)}}, "what is drawn"),
        ({"params": {"share[turkey]": 0.5}}, "what is drawn"),
        ({"policies": ["open"]}, "the policies"),
        ({"times": [0, 10]}, "the times"),
        ({"outputs": ["men", "kept"]}, "the program"),
        ({"kept": "fan"}, "what is kept: all there, fan here"),
        ({"chunk": 9}, "the runs in a chunk"),
    ],
)
@pytest.mark.parametrize("complete", [True, False])
def test_another_ensemble_is_refused_and_the_difference_named(
    made: Workshop, tmp_path: Path, changes: dict[str, object], said: str, complete: bool
) -> None:
    folder = tmp_path / "s.zarr"
    keep(made, folder)
    if not complete:
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest["complete"] = False
        (folder / MANIFEST).write_text(json.dumps(manifest))
    before = content(folder)
    with pytest.raises(StoreError) as caught:
        keep(made, folder, **changes)  # type: ignore[arg-type]
    assert said in str(caught.value)
    assert {k: v for k, v in content(folder).items() if WORK not in k} == before


def test_another_version_is_refused(
    made: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(made, tmp_path / "s.zarr")
    monkeypatch.setattr(
        "headwater.simulation.store.identity.versions", lambda: {"headwater": "99", "numpy": "1"}
    )
    with pytest.raises(StoreError, match="the versions"):
        keep(made, tmp_path / "s.zarr")


def test_a_folder_of_something_else_is_left_alone(made: Workshop, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("precious")
    with pytest.raises(StoreError, match="not a store"):
        keep(made, tmp_path / "thesis")
    with pytest.raises(StoreError, match="is a file"):
        keep(made, tmp_path / "thesis" / "chapter.txt")
    assert content(tmp_path / "thesis") == {"chapter.txt": b"precious"}


def test_two_processes_do_not_work_on_one_store(made: Workshop, tmp_path: Path) -> None:
    with Store(tmp_path / "s", {"seed": 1}), pytest.raises(StoreError, match="another process"):
        Store(tmp_path / "s", {"seed": 1}).__enter__()


def test_a_line_that_was_not_written_to_its_end_does_not_count(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    with Store(folder, {"seed": 1}) as store:
        for key in ("a", "b"):
            store.put({key: b"content"})
            store.note(Record(key, (("a", 7, 0),)))
    journal = folder / WORK / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-3])
    with Store(folder, {"seed": 1}) as store:
        assert store.finished("a")
        assert not store.finished("b")
        store.note(Record("b", ()))
    assert [json.loads(line)["key"] for line in journal.read_text().splitlines()] == ["a", "b"]


def test_a_piece_whose_file_is_gone_is_not_done(tmp_path: Path) -> None:
    with Store(tmp_path / "s", {}) as store:
        store.put({"x/0": b"12345"})
        store.note(Record("p", (("x/0", 5, 0),)))
        assert store.finished("p")
        (tmp_path / "s" / "x" / "0").write_bytes(b"123")
        assert not store.finished("p")


def test_where_the_disk_is_full_the_message_says_how_to_go_on(
    made: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(made, tmp_path / "whole.zarr")
    real, left = durable._put_one, [40]

    def full(*arguments: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(durable, "_put_one", full)
    with pytest.raises(StoreError) as caught:
        keep(made, tmp_path / "s.zarr")
    assert "No space left on device" in str(caught.value)
    assert "the same command goes on" in str(caught.value)
    monkeypatch.undo()
    stored = keep(made, tmp_path / "s.zarr")
    assert 0 < stored.found < stored.pieces
    assert content(tmp_path / "s.zarr") == content(tmp_path / "whole.zarr")


@pytest.mark.parametrize("name", ["..", ".headwater", "a/b", "../../x", "C:\\x"])
def test_no_variables_name_leads_out_of_the_store(name: str) -> None:
    folder = folder_of(name)
    assert folder not in {".", "..", WORK, MANIFEST}
    assert not set(folder) & set("/\\:")
    assert not folder.startswith(".")


@pytest.mark.parametrize(
    "wrong", [{"quantiles": (0.5, 2.0)}, {"quantiles": (0.5, 0.5)}, {"kept": "some"}, {"chunk": 0}]
)
def test_arguments_that_make_no_sense(
    made: Workshop, tmp_path: Path, wrong: dict[str, object]
) -> None:
    with pytest.raises(UsageError):
        keep(made, tmp_path / "s.zarr", **{"kept": "fan", **wrong})  # type: ignore[arg-type]
    assert not (tmp_path / "s.zarr").exists()


def test_a_fan_needs_no_store(in_memory: xr.Dataset) -> None:
    found = case(ARRAYS).ensemble(
        RUNS, seed=5, outputs=OUTPUTS, keep="fan", quantiles=(0.05, 0.9), progress=False
    )
    axis = in_memory["men"].dims.index("run")
    expected = np.moveaxis(np.quantile(in_memory["men"].values, (0.05, 0.9), axis=axis), 0, axis)
    assert same(found["men"].values, np.ascontiguousarray(expected))
    assert found["men"].attrs == in_memory["men"].attrs
    assert "share" not in found


def test_a_store_is_opened_as_a_dataset(in_memory: xr.Dataset, tmp_path: Path) -> None:
    how = {"seed": 5, "outputs": OUTPUTS, "progress": False, "store": tmp_path / "s"}
    found = case(ARRAYS).ensemble(RUNS, **how)
    assert found.equals(in_memory)
    assert same(found["Weighted"].values, in_memory["weighted"].values)
    fan = case(ARRAYS).ensemble(RUNS, **{**how, "keep": "fan", "store": tmp_path / "f"})
    again = case(ARRAYS).ensemble(RUNS, **{**how, "keep": "fan", "store": tmp_path / "f"})
    assert fan.equals(again)
    end = case(ARRAYS).ensemble(RUNS, **{**how, "keep": "final", "store": None})
    assert same(end["kept"].values, in_memory["kept"].isel(time=[-1]).values)
    with pytest.raises(UsageError, match="reduce"):
        case(ARRAYS).ensemble(RUNS, keep="fan", reduce=print)
