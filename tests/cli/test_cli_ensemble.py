"""``headwater ensemble``, and tests that keep their runs: files, stores, going on."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import Result

import headwater
from calling import call
from headwater.formats.literate.template import create_case
from headwater.simulation.store import durable
from headwater.simulation.store.journal import Record, Store
from small_stores import content

OUTPUTS = ("fill", "demand")
SIZE = ("--runs", 60, "--seed", 3, "--outputs", "fill,demand", "--chunk", 16)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("case") / "town"
    create_case(folder)
    return folder


@pytest.fixture(scope="module")
def in_memory(town: Path) -> xr.Dataset:
    return headwater.load(town).ensemble(60, seed=3, outputs=OUTPUTS)


def good(*words: object) -> Result:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result


def full_after(files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full once so many files have been written."""
    real, left = durable._put_one, [files]

    def put_one(*arguments: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(durable, "_put_one", put_one)


def test_a_table_is_the_one_of_an_ensemble_in_memory(
    town: Path, in_memory: xr.Dataset, tmp_path: Path
) -> None:
    headwater.save(in_memory, tmp_path / "memory.csv")
    good("ensemble", town, *SIZE, "-o", tmp_path / "kept.csv")
    assert (tmp_path / "kept.csv").read_bytes() == (tmp_path / "memory.csv").read_bytes()
    headwater.save(in_memory, tmp_path / "memory.parquet")
    good("ensemble", town, *SIZE, "-o", tmp_path / "kept.parquet")
    whole = [pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("kept", "memory")]
    assert whole[0].equals(whole[1])
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        *("kept.csv", "kept.parquet", "memory.csv", "memory.parquet")
    ]


@pytest.mark.parametrize("ending", [".nc", ".zarr"])
def test_arrays_are_those_of_an_ensemble_in_memory(
    town: Path, in_memory: xr.Dataset, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"kept{ending}"
    good("ensemble", town, *SIZE, "-o", path)
    engine = "h5netcdf" if ending == ".nc" else "zarr"
    with xr.open_dataset(path, engine=engine) as found:
        assert found.equals(in_memory)
        assert found["fill"].attrs == in_memory["fill"].attrs
        assert found.attrs["seed"] == 3


@pytest.mark.parametrize("ending", [".nc", ".zarr", ".csv"])
def test_a_fan_in_every_format(
    town: Path, in_memory: xr.Dataset, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"fan{ending}"
    good("ensemble", town, *SIZE, "--keep", "fan", "--quantiles", "0.1,0.5", "-o", path)
    expected = np.quantile(in_memory["fill"].values, [0.1, 0.5], axis=1)
    if ending == ".csv":
        table = pd.read_csv(path)
        assert table.columns[:4].tolist() == ["Policy", "Time", "fill[0.1]", "fill[0.5]"]
        found = table["fill[0.5]"].to_numpy().reshape(expected.shape[1:])
        assert np.array_equal(found, expected[1])
    else:
        engine = "h5netcdf" if ending == ".nc" else "zarr"
        with xr.open_dataset(path, engine=engine) as dataset:
            assert dataset["fill"].dims == ("policy", "quantile", "time")
            assert np.array_equal(dataset["fill"].values, np.moveaxis(expected, 0, 1))


def test_the_final_values_and_the_cases_own_outcomes(town: Path, tmp_path: Path) -> None:
    good("ensemble", town, "--runs", 5, "--keep", "final", "-o", tmp_path / "end.csv")
    table = pd.read_csv(tmp_path / "end.csv")
    assert set(table["Time"]) == {2045.0}
    assert len(table) == 5 * 3
    outcomes = {o.variable.key for o in headwater.load(town).case.outcomes}  # type: ignore[attr-defined]
    assert outcomes <= set(table.columns)


def test_a_full_disk_ends_it_and_the_same_command_goes_on(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.csv"
    full_after(7, monkeypatch)
    result = call("ensemble", town, *SIZE, "-o", path)
    assert result.exit_code == 2
    assert "No space left on device" in result.stderr
    assert "the same command goes on" in result.stderr
    assert "Traceback" not in result.stderr
    assert not path.exists()
    monkeypatch.undo()
    assert "of 4 pieces were there" in good("ensemble", town, *SIZE, "-o", path).stderr
    good("ensemble", town, *SIZE, "-o", tmp_path / "whole.csv")
    assert path.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_an_interrupt_says_what_is_kept(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = []

    def note(store: Store, record: Record) -> None:
        noted.append(record.key)
        if len(noted) == 3:
            raise KeyboardInterrupt
        real(store, record)

    real = Store.note
    monkeypatch.setattr(Store, "note", note)
    result = call("ensemble", town, *SIZE, "-o", tmp_path / "a.zarr")
    assert result.exit_code == 130
    assert "2 pieces of work are done and kept" in result.stderr
    monkeypatch.undo()
    again = good("ensemble", town, *SIZE, "-o", tmp_path / "a.zarr")
    assert "2 of 4 pieces were there" in again.stderr


def test_another_seed_is_refused(town: Path, tmp_path: Path) -> None:
    good("ensemble", town, *SIZE, "-o", tmp_path / "a.zarr")
    before = content(tmp_path / "a.zarr")
    result = call("ensemble", town, *SIZE, "--seed", 4, "-o", tmp_path / "a.zarr")
    assert result.exit_code == 2
    assert "the seed: 3 there, 4 here" in result.stderr
    assert content(tmp_path / "a.zarr") == before


@pytest.mark.parametrize(
    "words",
    [
        ("-o", "none/a.zarr"),
        ("-o", "a.xlsx"),
        ("--outputs", "nothing", "-o", "a.zarr"),
        ("--policies", "nothing", "-o", "a.zarr"),
        ("--keep", "final", "--times", "2020", "-o", "a.zarr"),
        ("--keep", "fan", "--quantiles", "2", "-o", "a.zarr"),
        ("--set", "fill", "-o", "a.zarr"),
        (),
    ],
)
def test_what_makes_no_sense_ends_before_any_work(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call("ensemble", town, "--runs", 5, *words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


def test_a_test_that_was_cut_short_goes_on_to_the_same_report(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["test", town, "--runs", 40, "--seed", 2]
    good(*words, "--output", tmp_path / "whole")
    monkeypatch.setattr("headwater.argument.kept_trials.chunk_size", lambda _: 8)
    store = ["--store", tmp_path / "store"]
    with monkeypatch.context() as patched:
        full_after(4, patched)
        result = call(*words, *store, "--output", tmp_path / "cut")
    assert result.exit_code == 2
    assert "the same command goes on" in result.stderr
    assert not (tmp_path / "cut").exists()
    for name in ("cut", "again"):
        good(*words, *store, "--output", tmp_path / name)
        assert content(tmp_path / name) == content(tmp_path / "whole")

    other = call("test", town, "--runs", 40, "--seed", 3, *store)
    assert other.exit_code == 2
    assert "the seed: 2 there, 3 here" in other.stderr


def test_a_store_of_other_questions_is_refused(tmp_path: Path) -> None:
    create_case(tmp_path / "town")
    words = ["test", tmp_path / "town", "--runs", 20, "--store", tmp_path / "store"]
    good(*words)
    case = tmp_path / "town" / "case.md"
    text = case.read_text(encoding="utf-8")
    before = "at(fill, 2045, repair_pipes) > 0.5"
    assert before in text
    case.write_text(text.replace(before, before.replace("0.5", "0.6")), encoding="utf-8")
    result = call(*words)
    assert result.exit_code == 2
    assert "what is asked of a run differs" in result.stderr


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_a_local_cluster_gives_the_same_report_and_the_same_store(
    town: Path, tmp_path: Path
) -> None:
    for name, where in (("here", ()), ("cluster", ("--cluster", "local"))):
        good("test", town, "--runs", 40, "--output", tmp_path / name, *where)
        good("ensemble", town, *SIZE, "-o", tmp_path / f"{name}.zarr", *where)
    assert content(tmp_path / "cluster") == content(tmp_path / "here")
    assert content(tmp_path / "cluster.zarr") == content(tmp_path / "here.zarr")


def test_runs_that_cannot_differ_are_told_of(town: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.mdl"
    plain.write_text(
        "{UTF-8}\nfish = INTEG(fish, 8) ~~|\nINITIAL TIME = 0 ~~|\nFINAL TIME = 3 ~~|\n"
        "TIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
    )
    said = "no input is uncertain"
    assert said in call("ensemble", plain, "--runs", 3, "-o", tmp_path / "a.csv").stderr
    assert said not in call("ensemble", town, "--runs", 3, "-o", tmp_path / "b.csv").stderr


def test_a_model_that_cannot_run_leaves_nothing_behind(tmp_path: Path) -> None:
    text = "x = 1 / nothing ~~|\nnothing = 0 ~~|\n"
    control = "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
    (tmp_path / "model.mdl").write_text(text + control)
    result = call("ensemble", tmp_path / "model.mdl", "--runs", 2, "-o", tmp_path / "runs.csv")
    assert result.exit_code == 2
    assert "`x` is infinite" in result.output
    assert [p.name for p in tmp_path.iterdir()] == ["model.mdl"]
