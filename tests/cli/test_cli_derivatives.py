"""``headwater derivatives``, and the options of methods that choose their step."""

import csv
import io

import pytest

from calling import call

EPIDEMIC = """---
title: An epidemic
time: 0 to 40 day, step 1/4
method: dopri5
tolerance: 1e-9
---

```headwater
stock susceptible : person = 990
  - infection
stock infected : person = first
  + infection
  - infected / lasting
flow infection : person/day = contacts * susceptible * infected / 1000
constant contacts : 1/day/person = 0.5
  assume "made up"
constant lasting : day = 5
  assume "made up"
constant first : person = 10
  assume "made up"
```
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "epidemic.md"
    path.write_text(EPIDEMIC, encoding="utf-8")
    return path


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_agrees_with_differences_of_runs(model, tmp_path):
    out = tmp_path / "slopes.csv"
    done = call("derivatives", model, "--outputs", "infected", "--times", "10,20", "-o", out)
    assert done.exit_code == 0, done.output
    found = rows(out.read_text(encoding="utf-8"))
    assert [(r["constant"], float(r["time"])) for r in found] == [
        (name, time) for name in ("contacts", "lasting", "first") for time in (10, 20)
    ]
    for row in found:
        base = {"contacts": 0.5, "lasting": 5.0, "first": 10.0}[row["constant"]]
        ends = []
        for sign in (1, -1):
            given = f"{row['constant']}={base * (1 + sign * 1e-4)}"
            run = call(
                *("run", model, "--outputs", "infected", "--times", row["time"], "--set", given)
            )
            ends.append(float(rows(run.stdout)[0]["infected"]))
        slope = (ends[0] - ends[1]) / (2e-4 * base)
        assert float(row["derivative"]) == pytest.approx(slope, rel=1e-5)
        share = slope * base / float(row["value"])
        assert float(row["elasticity"]) == pytest.approx(share, rel=1e-5)


def test_the_last_time_and_all_constants_by_default(model):
    found = rows(call("derivatives", model, "--outputs", "susceptible", "--wrt", "first").stdout)
    assert [(r["output"], r["constant"], float(r["time"])) for r in found] == [
        ("susceptible", "first", 40.0)
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--outputs", "infected", "--wrt", "infection"), "is not a plain number"),
        (("--outputs", "infekted"), "infekted"),
        (("--outputs", "infected", "-o", "slopes.txt"), ".csv"),
        (("--outputs", "infected", "--method", "leapfrog"), "leapfrog"),
    ],
)
def test_what_does_not_fit_is_told(model, words, message):
    done = call("derivatives", model, *words)
    assert done.exit_code == 2
    assert message in done.output


def test_the_tolerance_of_a_case_and_of_a_run(model):
    def infected(*words):
        done = call("run", model, "--outputs", "infected", "--times", "20", *words)
        assert done.exit_code == 0, done.output
        return float(rows(done.stdout)[0]["infected"])

    exact = infected("--rtol", "1e-12", "--atol", "1e-12")
    assert 0 < abs(infected() - exact) < 1e-6  # 1e-9 in the case
    assert abs(infected("--rtol", "1e-3", "--atol", "1e-2") - exact) > 1e-6
    assert infected("--method", "RK4-auto") == infected()


@pytest.mark.parametrize("text", ["often", "1e-3, 1e-4, 1e-5", "2", "-1e-6"])
def test_a_tolerance_that_is_none_is_told(model, text):
    model.write_text(EPIDEMIC.replace("1e-9", text), encoding="utf-8")
    done = call("run", model)
    assert done.exit_code == 2
    assert "tolerance: 1e-8" in done.output


def test_check_varies_the_tolerance(model):
    done = call("check", model)
    assert "a hundredth of the tolerance (1e-11)" in done.output


def test_a_tolerance_stays_when_a_case_is_written_again(model, tmp_path):
    copy = tmp_path / "copy.md"
    model.write_text(EPIDEMIC.replace("1e-9", "1e-8, 1e-6"), encoding="utf-8")
    assert call("convert", model, copy).exit_code == 0
    text = copy.read_text(encoding="utf-8")
    assert "method: dopri5" in text
    assert "tolerance: 1e-08, 1e-06" in text
