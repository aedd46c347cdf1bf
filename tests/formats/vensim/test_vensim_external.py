"""Values beside a model: cells and named ranges of Excel and CSV files, and nothing outside."""

import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName

from headwater.errors import DataError, DataWarning
from headwater.formats.vensim import project_of
from headwater.formats.vensim.files.data import DataFiles
from headwater.formats.vensim.files.external import ExternalFiles
from headwater.language.source import Source

GRID = np.arange(1.0, 13.0).reshape(3, 4)


@pytest.fixture(params=["csv", "xlsx"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ExternalFiles, list[str]]:
    """A file with GRID from B2 on, times 0 … 3 in row 1 and elements a … c in column A."""
    header = ["", "0", "1", "2", "3"]
    if request.param == "csv":
        lines = [",".join(header)]
        lines += [
            ",".join([label, *(f"{x:g}" for x in row)])
            for label, row in zip("abc", GRID, strict=True)
        ]
        (tmp_path / "grid.csv").write_text("\n".join(lines))
        return ExternalFiles(tmp_path, {}), ["grid.csv", ","]
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Grid"
    sheet.append([None, 0, 1, 2, 3])
    for label, row in zip("abc", GRID, strict=True):
        sheet.append([label, *row.tolist()])
    workbook.defined_names["whole"] = DefinedName("whole", attr_text="Grid!$B$2:$E$4")
    workbook.defined_names["times"] = DefinedName("times", attr_text="Grid!$B$1:$E$1")
    workbook.save(tmp_path / "grid.xlsx")
    return ExternalFiles(tmp_path, {"data": "grid.xlsx"}), ["grid.xlsx", "grid"]


Book = tuple[ExternalFiles, list[str]]


def test_constants_lie_along_the_row_and_with_a_star_down_the_column(book: Book) -> None:
    files, where = book
    assert files.constants([*where, "C3"], (), None) == GRID[1, 1]
    assert files.constants([*where, "B2"], (4,), None).tolist() == GRID[0].tolist()
    assert files.constants([*where, "B2*"], (3,), None).tolist() == GRID[:, 0].tolist()
    assert files.constants([*where, "B2"], (3, 4), None).tolist() == GRID.tolist()
    assert files.constants([*where, "B2*"], (4, 3), None).tolist() == GRID.T.tolist()


def test_series_lie_beside_their_times(book: Book) -> None:
    files, where = book
    series = files.series([*where, "1", "B2"], 3, None)
    for (times, numbers), row in zip(series, GRID, strict=True):
        assert times.tolist() == [0, 1, 2, 3]
        assert numbers.tolist() == row.tolist()


def test_elements_are_read_with_a_prefix(book: Book) -> None:
    files, where = book
    assert files.elements([*where, "A2", "A4", "x "], None) == ["x a", "x b", "x c"]
    assert files.elements([*where, "A2", "A", ""], None) == ["a", "b", "c"]


def test_a_cell_without_a_number_is_named(book: Book) -> None:
    files, where = book
    with pytest.raises(DataError, match=r"cell A2 .* holds `a`"):
        files.constants([*where, "A2"], (), None)
    with pytest.raises(DataError, match=r"cell F2 .* is empty"):
        files.constants([*where, "B2"], (5,), None)
    with pytest.raises(DataError, match="two dimensions at most"):
        files.constants([*where, "B2"], (2, 2, 2), None)
    with pytest.raises(DataError, match="neither a cell nor a named range"):
        files.constants([*where, "nowhere"], (), None)


def test_named_ranges_and_file_tags(book: Book) -> None:
    files, where = book
    if where[0].endswith("csv"):
        pytest.skip("only Excel files name ranges")
    assert files.constants(["?data", "Grid", "whole"], (3, 4), None).tolist() == GRID.tolist()
    (series,) = files.series(["?data", "Grid", "times", "whole"], 1, None)
    assert series[1].tolist() == GRID[0].tolist()
    with pytest.raises(DataError, match="no sheet `Other`"):
        files.constants(["grid.xlsx", "Other", "A1"], (), None)
    with pytest.raises(DataError, match="no file is given for the tag"):
        files.constants(["?other", "Grid", "A1"], (), None)


@pytest.mark.parametrize(
    "path",
    ["../secret.csv", "/etc/passwd", "a/../../secret.csv", "C:\\secret.csv", "http://a.b/c.csv"],
)
def test_nothing_outside_of_the_model_is_read(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("1\n")
    told = r"leads out of the model's folder|an address|no file `\w+(\.csv)?` beside the model"
    with pytest.raises(DataError, match=told):
        ExternalFiles(folder, {}).constants([path, ",", "A1"], (), None)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("1\n")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(DataError, match="leads out"):
        ExternalFiles(folder, {}).constants(["link.csv", ",", "A1"], (), None)


def test_the_case_of_file_names_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "Data").mkdir()
    (tmp_path / "Data" / "Grid.CSV").write_text("5\n")
    files = ExternalFiles(tmp_path, {})
    assert files.constants(["data\\grid.csv", ",", "A1"], (), None) == 5


@pytest.mark.parametrize("content", [b"PK\x03\x04nonsense", b"\xd0\xcf\x11\xe0nonsense", b"text"])
def test_a_broken_workbook_is_one_clear_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.xlsx"):
        ExternalFiles(tmp_path, {}).constants(["a.xlsx", "S", "A1"], (), None)


def test_data_files_of_the_settings_fill_variables_without_an_equation(tmp_path: Path) -> None:
    (tmp_path / "run.tab").write_text("Time\tx[a]\tx[b]\n0\t1\t2\n1\t3\t4\n")
    text = (
        "d: a, b ~~|\nx[d]:INTERPOLATE: ~~|\nFINAL TIME = 1 ~~|\nINITIAL TIME = 0 ~~|\n"
        "TIME STEP = 1 ~~|\n\\\\\\---/// S\n///---\\\\\\\n:L\n13:C:\\\\old\\\\run.vdf\n"
    )
    project = project_of(Source("m.mdl", text), tmp_path, "m")
    series = project.variables[0].series  # type: ignore[union-attr]
    assert [s.values.tolist() for s in series] == [[1, 3], [2, 4]]
    with pytest.warns(DataWarning, match="no data for `x`.*other.vdf"):
        project = project_of(Source("m.mdl", text.replace("run.vdf", "other.vdf")), tmp_path, "m")
    assert project.variables[0].series[0].values.tolist() == [-(2.0**109)]  # type: ignore[union-attr]
    with pytest.warns(DataWarning, match="settings list no file of data .a line `13:FILE` does"):
        project_of(Source("m.mdl", text.replace("13:", "14:")), tmp_path, "m")


def test_a_tag_that_nothing_defines_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "inputs.csv").write_text("a,b\nc,5\n")
    files = ExternalFiles(tmp_path, {})
    assert files.constants(["?inputs.csv", ",", "B2"], (), None) == 5
    with pytest.raises(DataError, match="leads out of the model's folder"):
        files.constants(["?../inputs.csv", ",", "B2"], (), None)


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    name = "a" * 400 + ".csv"
    with pytest.raises(DataError):
        ExternalFiles(tmp_path, {}).constants([name, ",", "B2"], (), None)
    series = DataFiles(tmp_path, [name]).series("x", (), None)
    assert series.values.tolist() == [-(2.0**109)]


def model_reading(*references: str) -> str:
    """A model with a constant for each reference to a file."""
    lines = [f"x{k} = GET DIRECT CONSTANTS({r}, ',', 'B2') ~~|" for k, r in enumerate(references)]
    return "\n".join([*lines, "FINAL TIME = 1 ~~|", "INITIAL TIME = 0 ~~|", "TIME STEP = 1 ~~|"])


def test_all_missing_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "there.csv").write_text("a,b\nc,5\n")
    names = ["'there.csv'", *(f"'in/f{k}.csv'" for k in range(30)), "'in/f7.csv'"]
    with pytest.raises(DataError) as caught:
        project_of(Source("m.mdl", model_reading(*names)), tmp_path, "m")
    (only,) = caught.value.diagnostics
    assert only.message.startswith("30 files that the model reads are not there: `in/f0.csv`, ")
    assert only.message.endswith(" and 10 more")
    assert only.place is not None
    assert only.place.line == 2


def test_one_missing_file_is_told_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "grids.csv").write_text("a,b\nc,5\n")
    with pytest.raises(DataError, match=r"there is no file `grid.csv`(.|\n)*grids.csv"):
        project_of(Source("m.mdl", model_reading("'grid.csv'")), tmp_path, "m")


@pytest.mark.parametrize("path", ["C:\\work\\model\\grid.csv", "/home/me/grid.csv"])
def test_a_whole_path_of_another_computer_stands_for_the_file_beside(
    path: str, tmp_path: Path
) -> None:
    (tmp_path / "grid.csv").write_text("a,b\nc,5\n")
    files = ExternalFiles(tmp_path, {"data": path})
    assert files.constants([path, ",", "B2"], (), None) == 5
    assert files.constants(["?data", ",", "B2"], (), None) == 5
    (warning,) = project_of(Source("m.mdl", model_reading(f"'{path}'")), tmp_path, "m").warnings
    assert f"the model names `{path}`; read beside the model instead" in warning.message


def test_the_folders_of_a_whole_path_may_have_come_along(tmp_path: Path) -> None:
    (tmp_path / "Data").mkdir()
    (tmp_path / "Data" / "grid.csv").write_text("a,b\nc,6\n")
    files = ExternalFiles(tmp_path, {})
    assert files.constants(["C:\\work\\data\\Grid.csv", ",", "B2"], (), None) == 6
    (tmp_path / "grid.csv").write_text("a,b\nc,5\n")
    assert files.constants(["C:\\work\\data\\grid.csv", ",", "B2"], (), None) == 6
    assert files.constants(["C:\\work\\grid.csv", ",", "B2"], (), None) == 5
    with pytest.raises(DataError, match=r"no file `secret\.csv` beside the model"):
        ExternalFiles(tmp_path / "Data", {}).constants(
            ["C:\\work\\..\\secret.csv", ",", "B2"], (), None
        )


def test_files_of_whole_paths_that_have_not_come_along_are_told_once(tmp_path: Path) -> None:
    names = ["'C:\\work\\a.csv'", "'D:\\other\\b.csv'"]
    with pytest.raises(DataError) as caught:
        project_of(Source("m.mdl", model_reading(*names)), tmp_path, "m")
    (only,) = caught.value.diagnostics
    assert "`C:\\work\\a.csv`, `D:\\other\\b.csv`" in only.message
    assert "beside the model" in only.hint


def test_data_may_lie_in_a_wider_folder_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "project" / "models"
    folder.mkdir(parents=True)
    (tmp_path / "project" / "Data.csv").write_text("a,b\nc,5\n")
    (tmp_path / "secret.csv").write_text("a,b\nc,6\n")
    with pytest.raises(DataError, match="HEADWATER_DATA"):
        ExternalFiles(folder, {}).constants(["../data.csv", ",", "B2"], (), None)
    monkeypatch.setenv("HEADWATER_DATA", str(tmp_path / "project"))
    files = ExternalFiles(folder, {})
    assert files.constants(["..\\data.csv", ",", "B2"], (), None) == 5
    with pytest.raises(DataError, match="leads out"):
        files.constants(["../../secret.csv", ",", "B2"], (), None)
    monkeypatch.setenv("HEADWATER_DATA", str(tmp_path / "elsewhere"))
    with pytest.raises(DataError, match="leads out"):
        ExternalFiles(folder, {}).constants(["../Data.csv", ",", "B2"], (), None)


def test_decimal_commas_are_no_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('t;0;1;2\nx;1;1,5;2\ny;"1,234,567.5";"1,234";50%\n')
    files = ExternalFiles(tmp_path, {})
    with pytest.raises(DataError, match=r"cell C2 .* holds `1,5`, which is no number"):
        files.constants(["a.csv", ";", "C2"], (), None)
    with pytest.raises(DataError, match=r"cell C2 .* holds `1,5`, which is no number"):
        files.series(["a.csv", ";", "1", "B2"], 1, None)
    (series,) = files.series(["a.csv", ";", "1", "B3"], 1, None)
    assert series[1].tolist() == [1234567.5, 1234, 0.5]


def test_a_series_without_numbers_names_its_cell(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("t,0,1\nx,1,2\ny,,\n")
    with pytest.raises(DataError, match=r"`a.csv` has no numbers from B3 on"):
        ExternalFiles(tmp_path, {}).series(["a.csv", ",", "1", "B2"], 2, None)


@pytest.mark.parametrize(
    ("name", "tab", "between"),
    [("a.txt", "", "\t"), ("a.csv", "", ","), ("a.prn", "|", "|"), ("a.tab", ";", ";")],
)
def test_text_files_are_cut_at_tabs_unless_something_else_is_said(
    name: str, tab: str, between: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(f"t{between}0\nx{between}5\n")
    assert ExternalFiles(tmp_path, {}).constants([name, tab, "B2"], (), None) == 5


def test_a_sheet_whose_file_tells_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Grid"
    for row in GRID:
        sheet.append(row.tolist())
    workbook.save(tmp_path / "right.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "right.xlsx") as right,
        zipfile.ZipFile(tmp_path / "wrong.xlsx", "w") as wrong,
    ):
        for item in right.namelist():
            wrong.writestr(item, right.read(item).replace(b'ref="A1:D3"', b'ref="A1"'))
    files = ExternalFiles(tmp_path, {})
    assert files.constants(["wrong.xlsx", "Grid", "A1"], (3, 4), None).tolist() == GRID.tolist()


def test_a_lookup_keeps_two_points_at_one_abscissa(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(",1,0,1,2\na,1,0,5,6\n")
    ((x, y),) = ExternalFiles(tmp_path, {}).lookups(["points.csv", ",", "1", "B2"], 1, None)
    assert x.tolist() == [0, 1, 1, 2]
    assert y.tolist() == [0, 1, 5, 6]


def test_the_last_of_several_values_at_one_time_counts_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "twice.csv").write_text("t,x,y\n2,3,1\n0,1,1\n2,5,1\n")
    (tmp_path / "twice.dat").write_text("x\n2\t3\n0\t1\n2\t5\n")
    with pytest.warns(DataWarning, match="twice.csv` has different values .* at time 2"):
        first, second = ExternalFiles(tmp_path, {}).series(["twice.csv", ",", "A", "B2"], 2, None)
    assert [a.tolist() for a in first] == [[0, 2], [1, 5]]
    assert [a.tolist() for a in second] == [[0, 2], [1, 1]]
    with pytest.warns(DataWarning, match="twice.dat` has different values for `x` at time 2"):
        series = DataFiles(tmp_path, ["twice.dat"]).series("x", (), None)
    assert [series.times.tolist(), series.values.tolist()] == [[0, 2], [1, 5]]


@pytest.mark.parametrize("name", ["LINK.csv", "/elsewhere/LINK.CSV", "sub/../LINK.csv"])
def test_a_link_of_another_case_does_not_lead_out(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "model"
    inner.mkdir()
    (tmp_path / "secret.csv").write_text("t,d\n0,77\n")
    (inner / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(DataError, match="leads out of the model's folder"):
        ExternalFiles(inner, {}).series([name, ",", "A", "B2"], 1, None)


@pytest.mark.parametrize("name", ["link.vdf", "LINK.vdf", "link"])
def test_a_table_that_is_a_link_does_not_lead_out(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "model"
    inner.mkdir()
    (tmp_path / "secret.csv").write_text("Time,d\n0,77\n")
    (inner / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(DataError, match="leads out of the model's folder"):
        DataFiles(inner, [name]).series("d", (), None)


@pytest.mark.parametrize("name", [".", "//host/"])
def test_a_table_beside_the_folder_is_not_read(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "model"
    inner.mkdir()
    (tmp_path / "model.csv").write_text("Time,d\n0,77\n")
    assert not DataFiles(inner, [name]).has(name)
