"""Files of results, read back by the libraries that own the formats."""

from __future__ import annotations

import csv
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import headwater
from headwater.errors import MissingExtra, UsageError
from headwater.simulation.results import writing as files
from headwater.simulation.results.arrays import Field, Results
from headwater.simulation.results.dataset import Dataset, from_dataset, get, to_dataset
from headwater.simulation.results.writing import write_results
from small_models import DECAY, case

TIMES = np.array([2000.0, 2000.1, 2000.2])
HOSTS = np.array(["russia", "far, east"])


def run_results() -> Results:
    return Results(
        (
            Field("Net Birth", ("time",), np.array([1 / 3, 1e-300, -0.0]), {"units": "1/year"}),
            Field("share", ("host",), np.array([0.25, 0.75]), {"documentation": "of “all” hosts"}),
            Field("men", ("time", "host"), np.arange(6.0).reshape(3, 2) / 7, {"units": "person"}),
        ),
        {"time": TIMES, "host": HOSTS},
        {"model": "m", "seed": 3, "step": 0.1},
        "year",
    )


def ensemble_results() -> Results:
    rng = np.random.default_rng(0)
    return Results(
        (
            Field("x", ("policy", "run", "time"), rng.random((2, 3, 3))),
            Field("stay", ("run",), rng.random(3)),
        ),
        {"policy": np.array(["none", "hard"]), "run": np.arange(3), "time": TIMES},
    )


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_csv_has_a_row_a_time_and_a_column_an_element(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_results(run_results(), path)
    header, *body = rows(path)
    assert header == [
        "Time",
        "Net Birth",
        "share[russia]",
        "share[far, east]",
        "men[russia]",
        "men[far, east]",
    ]
    assert [float(r[0]) for r in body] == TIMES.tolist()
    assert [float(r[1]) for r in body] == [1 / 3, 1e-300, 0.0]
    assert [float(r[3]) for r in body] == [0.75] * 3
    assert float(body[2][5]) == 5 / 7
    assert b"\r" not in path.read_bytes()


def test_csv_of_any_names_and_numbers_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    few = np.array([-0.0, 0.0, np.nan, np.inf, -np.inf, 0.1 + 0.2, 5e-324, 1e22])
    long = np.tile(few, 12)
    names = ["a", 'b "x", c', "d,e"]
    results = Results(
        (
            Field('q, "z"', ("time", "k"), long.reshape(8, 12)),
            Field("p", ("h", "time"), np.arange(24.0).reshape(3, 8)),
            Field("both", ("time", "h", "g"), np.ones((8, 3, 2))),
        ),
        {
            "time": np.arange(8.0),
            "k": np.array([f"e{n}" for n in range(12)]),
            "h": np.array(names),
            "g": np.array(["x", "y"]),
        },
    )
    write_results(results, path)
    header, *body = rows(path)
    assert header == [
        "Time",
        *(f'q, "z"[e{n}]' for n in range(12)),
        *(f"p[{name}]" for name in names),
        *(f"both[{name},{g}]" for name in names for g in "xy"),
    ]
    found = np.array([[float(cell) for cell in row] for row in body])
    assert found[:, 1:13].tobytes() == long.tobytes()
    assert np.array_equal(found[:, 13:16], np.arange(24.0).reshape(3, 8).T)
    assert (found[:, 16:] == 1).all()


def test_csv_of_what_never_changes_is_one_row(tmp_path: Path) -> None:
    share = Field("share", ("host",), np.array([0.25, 0.75]))
    write_results(Results((share,), {"host": HOSTS}), tmp_path / "out.csv")
    assert rows(tmp_path / "out.csv") == [["share[russia]", "share[far, east]"], ["0.25", "0.75"]]


def test_csv_of_an_ensemble_names_the_case_first(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(files, "CELLS_AT_ONCE", 25)
    results = ensemble_results()
    write_results(results, tmp_path / "out.csv")
    header, *body = rows(tmp_path / "out.csv")
    assert header == ["Policy", "Run", "Time", "x", "stay"]
    assert len(body) == 18
    x, stay = (f.values for f in results.fields)
    for row in body:
        policy = ["none", "hard"].index(row[0])
        run, time = int(row[1]), TIMES.tolist().index(float(row[2]))
        assert float(row[3]) == x[policy, run, time]
        assert float(row[4]) == stay[run]


@pytest.mark.parametrize("extension", [".nc", ".zarr"])
@pytest.mark.parametrize("make", [run_results, ensemble_results])
def test_stores_keep_values_labels_and_units(tmp_path: Path, extension: str, make) -> None:
    path = tmp_path / f"out{extension}"
    results = make()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        write_results(results, path)
        opened = xr.open_dataset(path, engine={".nc": "h5netcdf", ".zarr": "zarr"}[extension])
        opened = opened.load()
        opened.close()
    for field in results.fields:
        found = opened[field.name]
        assert found.dims == field.dimensions
        assert np.array_equal(found.values, field.values)
        assert {k: found.attrs[k] for k in field.attributes} == field.attributes
    for name, labels in results.coordinates.items():
        assert opened[name].values.tolist() == labels.tolist()
    assert {k: opened.attrs[k] for k in results.attributes} == results.attributes


def test_parquet_is_the_same_table(tmp_path: Path) -> None:
    from pyarrow import parquet

    results = run_results()
    write_results(results, tmp_path / "out.parquet")
    write_results(results, tmp_path / "out.csv")
    table = parquet.read_table(tmp_path / "out.parquet")
    header, *body = rows(tmp_path / "out.csv")
    assert table.column_names == header
    for n, name in enumerate(header):
        assert table[name].to_pylist() == [float(r[n]) for r in body]
    assert table.schema.field("men[russia]").metadata == {b"units": b"person"}
    assert table.schema.metadata[b"seed"] == b"3"


@pytest.mark.parametrize("extension", [".csv", ".nc", ".parquet"])
def test_the_same_results_give_the_same_bytes(tmp_path: Path, extension: str) -> None:
    for name in ("a", "b"):
        write_results(ensemble_results(), tmp_path / f"{name}{extension}")
    first, second = (tmp_path / f"{n}{extension}" for n in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_name_with_a_slash_can_be_stored(tmp_path: Path) -> None:
    field = Field("births/deaths", ("time",), TIMES)
    write_results(Results((field,), {"time": TIMES}), tmp_path / "out.nc")
    opened = xr.load_dataset(tmp_path / "out.nc", engine="h5netcdf")
    (found,) = opened.data_vars.values()
    assert found.attrs["name"] == "births/deaths"
    assert np.array_equal(found.values, TIMES)


@pytest.mark.parametrize("extension", [".csv", ".zarr"])
def test_an_older_file_is_replaced(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"out{extension}"
    write_results(run_results(), path)
    write_results(ensemble_results(), path)
    if extension == ".csv":
        assert rows(path)[0][0] == "Policy"
    else:
        assert "stay" in xr.open_zarr(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name", ["out", "out.xls", "no/folder/out.csv", "folder.csv", "plain.zarr"]
)
def test_places_that_cannot_be_written_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "plain.zarr").mkdir()
    with pytest.raises(UsageError):
        write_results(run_results(), tmp_path / name)
    assert list((tmp_path / "plain.zarr").iterdir()) == []


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch) -> None:
    format_ = replace(files.FORMATS[".nc"], library="no_such_library")
    monkeypatch.setattr(files, "FORMATS", {".nc": format_})
    with pytest.raises(MissingExtra, match=r"headwater\[files\]"):
        write_results(run_results(), tmp_path / "out.nc")


def test_datasets_find_names_in_any_spelling() -> None:
    dataset = to_dataset(run_results())
    assert isinstance(dataset, Dataset)
    for name in ("Net Birth", "net_birth", "NET  BIRTH", '"net birth"'):
        assert dataset[name].name == "Net Birth"
        assert name in dataset
        assert get(dataset, name).name == "Net Birth"
    assert "deaths" not in dataset
    assert isinstance(dataset.isel(time=[0]), Dataset)
    assert dataset.isel(time=0)["net_birth"] == 1 / 3
    assert dataset["men"].attrs == {"units": "person"}
    assert dataset["time"].attrs == {"units": "year"}
    with pytest.raises(KeyError):
        dataset["deaths"]
    with pytest.raises(UsageError, match="Net Birth"):
        get(xr.Dataset(dataset.data_vars), "net birht")


def test_datasets_go_back_to_results() -> None:
    results = run_results()
    again = from_dataset(to_dataset(results))
    assert [(f.name, f.dimensions) for f in again.fields] == [
        (f.name, f.dimensions) for f in results.fields
    ]
    assert all(
        np.array_equal(a.values, b.values)
        for a, b in zip(again.fields, results.fields, strict=True)
    )
    assert again.time_unit == "year"


def test_one_variable_is_saved_like_a_dataset_and_nothing_else_is(tmp_path: Path) -> None:
    found = case(DECAY).run(outputs=["loss"])
    headwater.save(found["loss"], tmp_path / "one.csv")
    headwater.save(found, tmp_path / "all.csv")
    assert (tmp_path / "one.csv").read_text() == (tmp_path / "all.csv").read_text()
    with pytest.raises(UsageError, match="DataFrame is no dataset"):
        headwater.save(found.to_dataframe(), tmp_path / "none.csv")
    assert not (tmp_path / "none.csv").exists()
