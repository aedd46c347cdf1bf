"""``headwater sensitivity``: the table, its file and its picture."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from headwater.cli import main

pytest.importorskip("SALib", reason="sensitivity needs headwater[analysis]")

MODEL = """---
title: Sum
time: 0 to 4 year, step 1
---

```headwater
constant first_one : 1 = 1  uncertain uniform(0, 2)  assume "one"
constant other : 1 = 1  uncertain uniform(0, 1)  assume "two"
aux total : 1 = IF TIME < 2 THEN first_one + other ELSE other
```
"""


COLUMNS = ("total", "mean_absolute_effect")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "case.md").write_text(MODEL, encoding="utf-8")
    return tmp_path / "case.md"


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_the_strongest_inputs_are_shown_and_drawn(model: Path, tmp_path: Path, method: str) -> None:
    pytest.importorskip("vl_convert", reason="pictures need headwater[report]")
    table, picture = tmp_path / "drivers.csv", tmp_path / "drivers.svg"
    words = ["sensitivity", str(model), "total", "--times", "1,3", "--method", method]
    words += ["--base", "16", "-o", str(table), "--picture", str(picture)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert "runs, seed 1, drawn from the stated ranges (prior)" in done.output
    with table.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    strength = {(r["input"], r["time"]): float(r[next(c for c in COLUMNS if c in r)]) for r in rows}
    # After time 2 the first input has no part in the total; before that it is the wider one.
    assert strength["first_one", "3"] == pytest.approx(0, abs=1e-9)
    assert strength["first_one", "1"] > strength["other", "1"] > 0
    drawn = picture.read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    for said in ("first one", "other", "What drives total", "seed 1, drawn from the stated"):
        assert said in drawn


def test_names_are_shown_however_narrow_the_terminal(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headwater.cli.tables.WIDTH", 60)
    words = ["sensitivity", str(model), "total", "--times", "1,3,4", "--base", "8"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    shown = [line.split()[0] for line in done.output.splitlines()[2:4]]
    assert sorted(shown) == ["first_one", "other"]
    assert "█" not in done.output
