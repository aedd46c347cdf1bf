"""The results in files: complete, readable elsewhere, the same twice."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.argument.results import Speed, TestResult
from headwater.errors import HeadwaterError
from headwater.report.results_files import claims_csv, verdicts_json, write_results


def test_numbers_of_the_scorecard_are_in_the_file(result: TestResult) -> None:
    found = json.loads(verdicts_json(result))
    leaving = next(e for e in found["expectations"] if e["name"] == "leaving")
    assert leaving["verdict"] == "depends"
    assert leaving["shares"]["by_variant"]["networks"]["share"] == 0.953
    assert leaving["shares"]["overall"]["undefined"] == 3
    assert leaving["effect"]["overall"] == {"p05": 0.5, "median": 0.8, "p95": 1.25}
    assert leaving["effect"]["by_variant"]["networks"] is None
    assert leaving["drivers"][0] == {
        "input": "pull",
        "direction": 1,
        "measure": "distance",
        "strength": 0.61,
    }
    assert leaving["by_construction"]["result"] is False
    built = next(e for e in found["expectations"] if e["name"] == "built")
    assert built["by_construction"]["result"] is True
    assert found["settings"]["seed"] == 7
    assert found["settings"]["hashes"] == {"case.md": "a" * 64}
    assert found["history"][0]["mean_absolute_percentage_error"] == 0.0423
    count = next(c for c in found["claims"] if c["id"] == "count")
    assert [e["meets"] for e in count["evidence"]] == [None, False]


def test_keys_are_sorted_and_no_timing_is_in_it(result: TestResult) -> None:
    text = verdicts_json(result)
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    slower = replace(result, speed=Speed(99.0, 12_000, 9.0))
    assert verdicts_json(slower) == text


def test_what_is_not_defined_is_null(result: TestResult) -> None:
    history = replace(result.histories[0], error=float("nan"))
    found = json.loads(verdicts_json(replace(result, histories=(history,))))
    assert found["history"][0]["mean_absolute_percentage_error"] is None


def test_a_row_for_each_claim_and_expectation(result: TestResult) -> None:
    rows = list(csv.DictReader(io.StringIO(claims_csv(result))))
    assert [(r["claim"], r["expectation"]) for r in rows] == [
        ("leave", "leaving"),
        ("stay", "staying"),
        ("more", "more"),
        ("more", "again"),
        ("built", "built"),
        ("count", ""),
        ("guess", ""),
        ("aside", ""),
    ]
    assert rows[0]["text"] == "Low wages <b>drive</b> people abroad & away."
    assert float(rows[0]["share_wages"]) == 0.4
    assert rows[0]["hangs_on"] == "more pull; less stay"
    assert rows[3]["verdict"] == "depends" and rows[3]["expectation_verdict"] == "fails"
    assert rows[5]["share"] == ""


def test_files_are_written_whole(result: TestResult, tmp_path: Path) -> None:
    paths = write_results(result, tmp_path / "new" / "folder")
    assert [p.name for p in paths] == ["verdicts.json", "claims.csv"]
    assert sorted(p.name for p in paths[0].parent.iterdir()) == ["claims.csv", "verdicts.json"]
    assert paths[0].read_bytes() == verdicts_json(result).encode()


def test_a_folder_that_cannot_be_made_is_one_clear_error(
    result: TestResult, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here already")
    with pytest.raises(HeadwaterError, match="cannot write"):
        write_results(result, blocked)
    assert blocked.read_text() == "here already"
