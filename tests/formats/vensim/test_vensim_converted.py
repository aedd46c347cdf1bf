"""Vensim models that are written as XMILE and as cases run the same there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from formats.vensim.running import NOT_AVAILABLE, control, run, values
from headwater.api import load
from headwater.cli import main
from headwater.simulation.run import Request

MACROS = """{UTF-8}
:MACRO: INIT(input)
INIT = INITIAL(input) ~ input ~|
:END OF MACRO:
:MACRO: ROUND(x, interval)
ROUND = IF THEN ELSE(interval = 0, x, interval * INTEGER(x / interval + 0.5)) ~ x ~|
:END OF MACRO:
:MACRO: TALLY(flow)
TALLY = INTEG(flow / dt + steps, 0) ~ flow*Month ~|
dt = TIME STEP$ ~ Month ~|
steps = (Time$ - INITIAL TIME$) / FINAL TIME$ ~ Dmnl ~|
:END OF MACRO:
"""

READINGS = (
    "before :RAW: := other name ~~|\nother name := seen ~~|\n"
    "row: a, b ~~|\nfound[row] := GET DIRECT DATA('seen.csv', ',', 'A', 'C2') ~~|\n"
    "seen := GET DIRECT DATA('seen.csv', ',', 'A', 'B2') ~~|\n"
    "also[row] := found[row] ~~|\nonly[row] :RAW: := also[row] ~~|\n"
    "held :HOLD BACKWARD: := also[b] + 2 * other name ~~|\n"
    "next :LOOK FORWARD: := other name ~~|\nboth :RAW: := also[a] + seen ~~|\n"
    "when = GET DATA LAST TIME(other name) ~~|\n"
)


def converted(model: Path, ending: str) -> Result:
    out = model.with_name(f"made.{ending}")
    return CliRunner().invoke(main, ["convert", str(model), str(out), "--verify"])


def written(folder: Path, text: str, stop: float = 4.0) -> Path:
    model = folder / "model.mdl"
    model.write_text(text + control(stop).replace("~~", "~ Year ~"), encoding="utf-8")
    return model


@pytest.mark.parametrize("ending", ["mdl", "xmile", "md"])
@pytest.mark.parametrize(
    "text",
    [
        MACROS + "a = 3 + Time ~ kg ~|\nb = INIT(a) + ROUND(a / 7, 0.25) + TALLY(a) ~ kg ~|\n",
        "dt = TIME STEP / 2 ~~|\npi = 3 + dt ~~|\nstarttime = pi * dt ~~|\n",
        "rate = EXP(-0.1 * (Time - 1)) ~ 1/Year ~|\nTime to pass = 20 ~ Year ~|\n"
        "x = EXP(-Time to pass * 0.04) + rate ~ kg ~|\n",
        "shop: a, b ~~|\nask[shop] = 3, 5 ~~|\nfirst[shop] = 2, 1 ~~|\n"
        "get[shop] = ALLOCATE BY PRIORITY(ask[shop], first[shop], 2, 1, 4 + Time) ~~|\n",
        "age: a0, a1, a2 -> back ~~|\nback: a2, a1, a0 ~~|\nn[age] = 1, 2, 4 ~~|\n"
        "other[back] = n[age] ~~|\nsame[back] = n[back] ~~|\nboth[back] = n[age] + n[back] ~~|\n",
        "row: a, b, c ~~|\nfar: x, y, z -> (row: b, c, a) ~~|\n"
        "place[row] = far ~~|\nless[row] = row - far + ELMCOUNT(far) ~~|\n",
        "row: a, b, c ~~|\nx[row] = 1, 2, 4 ~~|\ntold = SUM(row! * x[row!]) ~~|\n"
        "but b = VMAX(IF THEN ELSE(row! <> b, x[row!] * row!, 0)) ~~|\n",
    ],
    ids=[
        "macros",
        "names",
        "units",
        "other arguments",
        "reversed ranges",
        "mapped numbers",
        "numbers within sums",
    ],
)
def test_what_another_format_has_its_own_meaning_for(
    tmp_path: Path, text: str, ending: str
) -> None:
    result = converted(written(tmp_path, text), ending)
    assert result.exit_code == 0, result.output
    assert "the run is the same" in result.output


@pytest.mark.parametrize(("ending", "even"), [("xmile", "UNIFORM(0, 1)"), ("md", "RANDOM(0, 1)")])
def test_seeds_that_are_not_numbers_are_left_to_the_run(
    tmp_path: Path, ending: str, even: str
) -> None:
    text = (
        "Noise Seed = 5 ~~|\nNo Seed = 0 ~~|\nrow: r1, r2 ~~|\nseed[row] = 3, 4 ~~|\n"
        "a = RANDOM NORMAL(0, 1, 0.5, 0.2, Noise Seed) ~~|\n"
        "b = RANDOM UNIFORM(0, 1, Noise Seed + 1) ~~|\nc = RANDOM UNIFORM(0, 1, No Seed) ~~|\n"
        "d[row] = RANDOM NORMAL(0, 1, 0.5, 0.2, seed[row]) ~~|\n"
    )
    result = converted(written(tmp_path, text), ending)
    assert result.exit_code == 0, result.output
    made = (tmp_path / f"made.{ending}").read_text()
    assert even in made
    assert made.count("_Seed)") == 1


@pytest.mark.parametrize(
    ("total", "times"), [("seen + found[a]", 4), ("GROWN * 2 ~~|\nGROWN := seen * 3", 12)]
)
def test_formulas_of_data_are_taken_up_by_others(tmp_path: Path, total: str, times: float) -> None:
    (tmp_path / "seen.csv").write_text("t,s,a,b\n0,1,1,5\n2,3,3,6\n4,2,2,7\n")
    text = f"{READINGS}total := {total} ~~|\nrow total :RAW: := 2 * total ~~|\n"
    found = run(text, 4.0, folder=tmp_path)
    expected = [times * 1, NOT_AVAILABLE, times * 3, NOT_AVAILABLE, times * 2]
    assert found["row total"].values.tolist() == expected


@pytest.mark.parametrize("ending", ["mdl", "xmile", "md"])
def test_other_names_of_data_are_read_at_the_points_of_the_data(
    tmp_path: Path, ending: str
) -> None:
    (tmp_path / "seen.csv").write_text("t,s,a,b\n0,1,1,5\n2,3,3,6\n4,2,2,7\n")
    found = run(READINGS, 4.0, folder=tmp_path)
    assert found["before"].values.tolist() == [1, NOT_AVAILABLE, 3, NOT_AVAILABLE, 2]
    assert found["only"].values[:, 1].tolist() == [5, NOT_AVAILABLE, 6, NOT_AVAILABLE, 7]
    assert found["both"].values.tolist() == [2, NOT_AVAILABLE, 6, NOT_AVAILABLE, 4]
    assert found["held"].values.tolist() == [7, 7, 12, 12, 11]
    assert found["next"].values.tolist() == [1, 3, 3, 2, 2]
    assert np.unique(found["when"].values).tolist() == [4]
    result = converted(written(tmp_path, READINGS), ending)
    assert result.exit_code == 0, result.output
    assert "the run is the same" in result.output


DRAWS = ":MACRO: NOISY(x, s)\nNOISY = x + RANDOM UNIFORM(0, 1, {seed}) ~~|\n:END OF MACRO:\n"


@pytest.mark.parametrize(
    ("seed", "ending", "told"),
    [
        ("0", "md", "other numbers than in the macro: `NOISY`"),
        ("5", "md", "other numbers than in the macro: `NOISY`"),
        ("s", "md", "other numbers than in the macro: `NOISY`"),
        ("s", "xmile", "a macro's seed is left out"),
        ("0", "xmile", ""),
        ("5", "xmile", ""),
        ("s", "mdl", ""),
    ],
)
def test_draws_in_macros_are_the_same_or_a_loss(
    tmp_path: Path, seed: str, ending: str, told: str
) -> None:
    text = f"{{UTF-8}}\n{DRAWS.format(seed=seed)}a = NOISY(3, 7) ~~|\n"
    found = converted(written(tmp_path, text), ending)
    assert found.exit_code == (1 if told else 0)
    assert told in found.output
    assert ("draw other numbers" in found.output) == bool(told)


def test_a_mapping_counts_before_equal_names() -> None:
    found = run(
        "age: a0, a1, a2 -> back ~~|\nback: a2, a1, a0 ~~|\nn[age] = 1, 2, 4 ~~|\n"
        "other[back] = n[age] ~~|\nsame[back] = n[back] ~~|\n",
        1.0,
    )
    assert values(found, "other")[0].tolist() == [1, 2, 4]
    assert values(found, "same")[0].tolist() == [4, 2, 1]


def test_macros_named_as_functions_and_absent_data_come_back_from_xmile(tmp_path: Path) -> None:
    text = f"{MACROS}a = 3 + Time ~ m ~|\nb = a / INIT(a) ~ Dmnl ~|\nnowhere ~ m ~|\n"
    settings = "\\\\\\---/// Sketch information\n///---\\\\\\\n:L<%^E!@\n13:gone.vdf\n"
    model = tmp_path / "first.mdl"
    model.write_text(text + control(2.0) + settings)
    there = converted(model, "xmile")
    assert "the run is the same" in there.output
    back = converted(tmp_path / "made.xmile", "mdl")
    assert back.exit_code == 0, back.output
    again = load(tmp_path / "made.mdl").results(Request(check_finite=False))
    assert values(again, "b").tolist() == [1, 4 / 3, 5 / 3]
    assert values(again, "nowhere").tolist() == [NOT_AVAILABLE] * 3


def test_stocks_of_one_element_come_back_from_xmile(tmp_path: Path) -> None:
    text = "m: a, b, c ~~|\nq[a] = 3 ~~|\ns[b] = INTEG(q[a], 2) ~~|\n"
    model = tmp_path / "first.mdl"
    model.write_text(text + control(2.0), encoding="utf-8")
    assert converted(model, "xmile").exit_code == 0
    back = converted(tmp_path / "made.xmile", "mdl")
    assert back.exit_code == 0, back.output
    assert values(load(tmp_path / "made.mdl").results(Request()), "s").tolist() == [[2], [5], [8]]
