"""Data packages held against the files that they describe."""

import json
from pathlib import Path
from typing import Any

import pytest

import headwater
from headwater.formats.data_package import package_findings
from headwater.formats.literate.template import create_case

FIELDS = [
    {"name": "year", "type": "year"},
    {"name": "place", "type": "string"},
    {"name": "people", "type": "integer", "constraints": {"required": True}},
    {"name": "share", "type": "number"},
]
GOOD = "year,place,people,share\n2001,north,-5,1e-3\n2002,south,7,\n"


def package(folder: Path, text: str = GOOD, **changes: Any) -> list[str]:
    (folder / "people.csv").write_text(text)
    resource = {"path": "people.csv", "schema": {"fields": FIELDS}} | changes
    (folder / "datapackage.json").write_text(json.dumps({"resources": [resource]}))
    return [d.render() for d in package_findings(folder, "data")]


def test_what_agrees_is_not_told(tmp_path: Path) -> None:
    assert package(tmp_path) == []
    assert list(package_findings(tmp_path / "nowhere")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD.replace("-5", "5.5"),
            "people.csv:2:1: warning: `5.5` in `people` is no integer",
        ),
        (GOOD.replace("2002", "MMII"), "people.csv:3:1: warning: `MMII` in `year` is no year"),
        (GOOD.replace("1e-3", "low"), "`low` in `share` is no number"),
        (GOOD.replace("7", ""), "`people` has an empty cell"),
        (GOOD.replace("share", "part"), "no column `share`"),
        (GOOD.replace("share", "part"), "does not describe the column `part`"),
    ],
)
def test_what_differs_is_told(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in finding for finding in package(tmp_path, text))


def test_missing_values_and_delimiters_are_the_packages(tmp_path: Path) -> None:
    schema = {"fields": FIELDS, "missingValues": ["", ".."]}
    text = GOOD.replace("1e-3", "..").replace(",", ";")
    assert package(tmp_path, text, schema=schema, dialect={"delimiter": ";"}) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"resources": [{"path": "other.csv"}]}', "no file `other.csv`"),
        ('{"resources": [{"path": "../secret.csv"}]}', "leads out"),
        ('{"resources": 3}', "lists no `resources`"),
        ("{", "no JSON"),
    ],
)
def test_a_package_that_is_none_is_told(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "datapackage.json").write_text(content)
    (finding,) = package_findings(tmp_path)
    assert said in finding.message
    assert finding.severity == "warning"


def test_the_check_of_a_case_looks_at_its_data(tmp_path: Path) -> None:
    create_case(tmp_path / "town")
    file = tmp_path / "town" / "data" / "datapackage.json"
    file.write_text(file.read_text().replace('"population"', '"inhabitants"'))
    report = headwater.load(tmp_path / "town").check(draws=1, progress=False)
    assert any("no column `inhabitants`" in f.message for f in report.findings)
