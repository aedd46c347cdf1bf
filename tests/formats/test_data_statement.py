"""Series from CSV files: what is read, and the place of everything that is wrong with a file."""

from pathlib import Path

import numpy as np
import pytest

from formats.case_texts import fault, read
from headwater.errors import DataError, Diagnostic
from headwater.model.variables import Data, Series

WAGES = """\
country,destination,year,value,note
TJK,RUS,2000,1.5,
TJK,RUS,2002,2.5,"a, b"
TJK,TUR,2000,7,
UZB,RUS,2001,4,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "wages.csv").write_text(WAGES)
    return tmp_path


def data(block: str, folder: Path) -> Data:
    found = read(block, folder).project.variables[0]
    assert isinstance(found, Data)
    return found


def series(times: list[float], values: list[float], *subscripts: str) -> Series:
    return Series(np.array(times), np.array(values), subscripts)


def test_filters_choose_rows(folder: Path) -> None:
    found = data(
        "data w : 1 = data/wages.csv, column value, time year, where country TJK "
        "and destination RUS\n  because wages",
        folder,
    )
    assert found.series == (series([2000, 2002], [1.5, 2.5]),)
    assert found.interpolation == "linear"
    assert found.provenance.because == ("wages",)


def test_usual_columns_need_no_naming(folder: Path) -> None:
    found = data("data w : 1 = data/wages.csv, where country UZB", folder)
    assert found.series == (series([2001], [4]),)


def test_scale_and_interpolation(folder: Path) -> None:
    block = "data w : 1 = data/wages.csv, where country UZB\n  scale 1/8\n  interpolate hold"
    found = data(block, folder)
    assert found.series == (series([2001], [0.5]),)
    assert found.interpolation == "hold"


def test_rows_by_element(folder: Path) -> None:
    found = data(
        "data w[host] : 1 = data/wages.csv, where country TJK, by destination {r: RUS, t: TUR}\n"
        "dimension host = r, t",
        folder,
    )
    assert found.series == (
        series([2000, 2002], [1.5, 2.5], "r"),
        series([2000], [7], "t"),
    )


def test_rows_by_elements_of_the_same_name(folder: Path) -> None:
    found = data(
        "data w[host] : 1 = data/wages.csv, where country TJK, by destination\n"
        "dimension host = TUR, RUS",
        folder,
    )
    assert [s.subscripts for s in found.series] == [("TUR",), ("RUS",)]
    assert found.series[0] == series([2000], [7], "TUR")


def test_columns_by_element(folder: Path) -> None:
    (folder / "wide.csv").write_text("time,in Russia,tur\n1,2,3\n2,4,5\n")
    found = data(
        'data w[host] : 1 = wide.csv, column {r: "in Russia", t: TUR}\ndimension host = r, t',
        folder,
    )
    assert found.series == (series([1, 2], [2, 4], "r"), series([1, 2], [3, 5], "t"))


def test_rows_are_put_in_order_and_blank_lines_left_out(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"\xef\xbb\xbftime,value\r\n3,1\r\n\r\n1,2\r\n")
    assert data("data w : 1 = a.csv", folder).series == (series([1, 3], [2, 1]),)


def test_names_in_quotes(folder: Path) -> None:
    (folder / "my file.csv").write_text("the year,the value,place\n1,2,New York\n")
    found = data(
        'data w : 1 = "my file.csv", column "the value", time "the year", where place "New York"',
        folder,
    )
    assert found.series == (series([1], [2]),)


def spot(found: Diagnostic) -> str:
    place = found.place
    assert place is not None
    return place.text[place.column - 1 : place.column - 1 + place.width]


# The file, words of the message, the place, the characters pointed at, words of the hint.
BAD_FILES = {
    "empty cell": ("time,value\n1,\n", "is empty", "a.csv:2:3", "", "remove the row"),
    "NaN": (
        "time,value\n1,2\n2,NaN\n",
        "not a finite number",
        "a.csv:3:3",
        "NaN",
        "remove the row",
    ),
    "infinite": (
        "time,value\n1,inf\n",
        "not a finite number",
        "a.csv:2:3",
        "inf",
        "remove the row",
    ),
    "no number": ("time,value\n1,12 kg\n", "is not a number", "a.csv:2:3", "12 kg", "no unit"),
    "thousands": ('time,value\n1,"1,000"\n', "is not a number", "a.csv:2:4", "1,000", "thousands"),
    "underscore": ("time,value\n1,1_000\n", "not a finite number", "a.csv:2:3", "1_000", ""),
    "time": ("time,value\n1 May,2\n", "is not a number", "a.csv:2:1", "1 May", ""),
    "time twice": ("time,value\n1,2\n1,3\n", "is there twice", "a.csv:3:1", "1", "line 2"),
    "too few cells": ("time,value\n1\n", "1 cells", "a.csv:2:1", "1", "comma"),
    "too many cells": ("time,value\n1,2,3\n", "3 cells", "a.csv:2:1", "1,2,3", "comma"),
    "column twice": (
        "time,value,Value\n1,2,3\n",
        "there twice",
        "a.csv:1:1",
        "time,value,Value",
        "",
    ),
    "open quote": ('time,value\n1,"2\n', "not CSV", "a.csv:2:1", "1", "quotes"),
    "semicolons": (
        "time;value\n1;2\n",
        "not separated by commas",
        "a.csv:1:1",
        "time;value",
        "CSV",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_wrong_with_a_file(name: str, tmp_path: Path) -> None:
    text, message, place, characters, hint = BAD_FILES[name]
    (tmp_path / "a.csv").write_text(text)
    error = fault("data w : 1 = a.csv", tmp_path)
    (found,) = error.diagnostics
    assert isinstance(error, DataError)
    assert message in found.message
    assert str(found.place) == str(tmp_path / place)
    assert hint in found.hint
    if characters:
        assert spot(found) == characters


# The block, words of the message, the characters pointed at, words of the hint.
BAD_BLOCKS = {
    "no file": ("data w : 1 = data/wage.csv", "no file", "data/wage.csv", "`wages.csv`"),
    "folder": ("data w : 1 = data", "is a folder", "data", "name a file"),
    "outside": ("data w : 1 = ../secret.csv", "leads out", "../secret.csv", "copy the file"),
    "outside, backslash": ("data w : 1 = ..\\a.csv", "leads out", "..\\a.csv", "copy the file"),
    "absolute": ("data w : 1 = /etc/passwd", "leads out", "/etc/passwd", "copy the file"),
    "drive": ("data w : 1 = C:\\a.csv", "leads out", "C:\\a.csv", "copy the file"),
    "link": ("data w : 1 = link.csv", "leads out", "link.csv", "copy the file"),
    "address": ("data w : 1 = https://a.b/c.csv", "an address", "https://a.b/c.csv", "save a copy"),
    "no column": (
        "data w : 1 = data/wages.csv, column vaule",
        "no column `vaule`",
        "vaule",
        "`value`",
    ),
    "no time": ("data w : 1 = data/wages.csv, time when", "no column `when`", "when", "year"),
    "no rows": (
        "data w : 1 = data/wages.csv, where country KGZ",
        "no row with country = KGZ",
        "data/wages.csv",
        "TJK, UZB",
    ),
    "half a filter": (
        "data w : 1 = data/wages.csv, where country",
        "its value",
        "country",
        "where",
    ),
    "option": (
        "data w : 1 = data/wages.csv, colum value",
        "is no path",
        "data",
        "file.csv, column",
    ),
    "interpolation": (
        "data w : 1 = data/wages.csv\n  interpolate cubic",
        "interpolation",
        "cubic",
        "linear",
    ),
    "scale": ("data w : 1 = data/wages.csv\n  scale 0", "leaves nothing", "0", "remove"),
    "elements": (
        "data w[host] : 1 = data/wages.csv\ndimension host = r, t",
        "which rows",
        "data/wages.csv",
        "by COLUMN",
    ),
    "element missing": (
        "data w[host] : 1 = data/wages.csv, by destination {r: RUS}\ndimension host = r, t",
        "nothing is named for `t`",
        "{r: RUS}",
        "add `t: …`",
    ),
    "by without a dimension": (
        "data w : 1 = data/wages.csv, by destination",
        "needs a dimension",
        "by",
        "declare",
    ),
}


@pytest.mark.parametrize("name", BAD_BLOCKS)
def test_what_is_wrong_with_a_statement(name: str, folder: Path) -> None:
    outside = folder.parent / "outside.csv"
    outside.write_text(WAGES)
    (folder / "link.csv").symlink_to(outside)
    block, message, characters, hint = BAD_BLOCKS[name]
    (found,) = fault(block, folder).diagnostics
    assert message in found.message
    assert found.place and found.place.file == "case.md"
    assert spot(found).startswith(characters)
    assert hint in found.hint


def test_columns_that_cannot_be_guessed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("when,what\n1,2\n")
    (found,) = fault("data w : 1 = a.csv", tmp_path).diagnostics
    assert "when, what" in found.hint


def test_binary_and_undecodable_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"time,value\n1,\0\n")
    (found,) = fault("data w : 1 = a.csv", tmp_path).diagnostics
    assert "binary" in found.message
    assert str(found.place) == str(tmp_path / "a.csv:2:1")
    (tmp_path / "a.csv").write_bytes("time,value\n1,2 caf\u00e9\n".encode("latin-1"))
    (found,) = fault("data w : 1 = a.csv", tmp_path).diagnostics
    assert "UTF-8" in found.message
    assert str(found.place) == str(tmp_path / "a.csv:2:8")
    (tmp_path / "a.csv").write_bytes(b"")
    (found,) = fault("data w : 1 = a.csv", tmp_path).diagnostics
    assert "empty" in found.message


def test_a_text_without_a_folder_has_no_files() -> None:
    (found,) = fault("data w : 1 = a.csv").diagnostics
    assert "folder" in found.message


def test_mistakes_in_two_files_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,value\n1,x\n")
    (tmp_path / "b.csv").write_text("time,value\n1,y\n")
    error = fault("data a : 1 = a.csv\ndata b : 1 = b.csv", tmp_path)
    places = [str(tmp_path / name) for name in ("a.csv:2:3", "b.csv:2:3")]
    assert [str(d.place) for d in error.diagnostics] == places
