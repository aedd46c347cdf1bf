"""`convert`, `diff` and `compare`: what they write and print, and their exit statuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calling import call

CASE = """---
title: Wearing off
time: 0 to 10 year, step 1/8, save 1
method: rk4
---

```headwater
dimension side = left, right
stock amount[side] : kg = {left: 80, right: 8}
  - loss[side]
flow loss[side] : kg/year = amount[side] * rate
lever rate : 1/year = 0.3  range 0 to 1
policy quick "Quicker"
  rate = 0.6
```
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.md"
    path.write_text(CASE, encoding="utf-8")
    return path


def test_elements_under_other_names_are_compared_too(tmp_path: Path) -> None:
    """Vensim's elements have names of their own; two dimensions of numbers are told apart."""
    model = tmp_path / "grid.md"
    blocks = "dimension row = 1 to 2\ndimension col = 1 to 3\n"
    blocks += "constant high[row] : 1 = {1: 5, 2: 7}\nconstant wide[col] : 1 = 2\n"
    front = CASE[: CASE.index("dimension")]
    model.write_text(f"{front}{blocks}aux all : 1 = SUM(high[*]) + SUM(wide[*])\n```\n")
    result = call("convert", model, tmp_path / "grid.mdl", "--verify")
    assert "row 1" in (tmp_path / "grid.mdl").read_text()
    assert "the run is the same: 6 variables, to the last bit\n" in result.stderr


@pytest.mark.parametrize("name", ["out.mdl", "out.xmile", "out.md"])
def test_a_converted_model_runs_the_same(model: Path, name: str) -> None:
    out = model.with_name(name)
    result = call("convert", model, out, "--verify")
    assert result.exit_code == 0, result.output
    assert "the run is the same: " in result.output
    assert "policies are not written: `quick`" in result.output
    compared = call("compare", model, out, "--exact")
    assert compared.exit_code == 0, compared.output
    assert "to the last bit" in compared.output


def test_a_model_is_not_written_over_itself(model: Path) -> None:
    before = model.read_bytes()
    for output in (model, model.parent / "." / "model.md"):
        result = call("convert", model, output)
        assert result.exit_code == 2
        assert "what would be converted" in result.stderr
    assert model.read_bytes() == before
    folder = model.parent / "case"
    folder.mkdir()
    model.rename(folder / "case.md")
    assert call("convert", folder, folder / "case.md").exit_code == 2
    assert (folder / "case.md").read_bytes() == before
    assert call("convert", folder, folder / "again.md").exit_code == 0


def test_nothing_is_written_where_something_is_lost_and_that_is_not_wanted(model: Path) -> None:
    out = model.with_name("out.mdl")
    result = call("convert", model, out, "--strict", "--losses", model.with_name("losses.json"))
    assert result.exit_code == 1
    assert not out.exists()
    losses = json.loads(model.with_name("losses.json").read_text())
    assert {"loss", "place", "hint"} == set(losses[0])
    assert any("policies" in loss["loss"] for loss in losses)


def test_what_cannot_be_said_is_refused_and_nothing_written(tmp_path: Path) -> None:
    path = tmp_path / "model.md"
    path.write_text(CASE.replace("amount[side] * rate", "HISTORY(amount[side], TIME - 1)"))
    result = call("convert", path, tmp_path / "out.mdl")
    assert result.exit_code == 2
    assert "Vensim has no `HISTORY`" in result.output
    assert "model.md:11" in result.output
    assert not (tmp_path / "out.mdl").exists()


def test_a_file_that_would_not_run_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_text(
        "y = GET TIME VALUE(0, 0, 1) ~~|\n"
        "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\n"
        "\\\\\\---/// Sketch\nV300\n///---\\\\\\\n:L\x7f<%^E!@\n37:1999\n38:11\n39:15\n40:4\n"
    )
    assert call("run", path).exit_code == 0
    result = call("convert", path, tmp_path / "out.md")
    assert result.exit_code == 2
    assert "`out.md` would not run" in result.output
    assert not (tmp_path / "out.md").exists()


@pytest.mark.parametrize("name", ["copy.md", "copy.mdl"])
def test_variables_without_a_value_are_left_out_and_named(tmp_path: Path, name: str) -> None:
    model = tmp_path / "model.xmile"
    model.write_text(
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">'
        "<sim_specs><start>0</start><stop>2</stop></sim_specs><model><variables>"
        '<aux name="shown"><eqn>CTMEAN(x)</eqn></aux><aux name="x"><eqn>TIME</eqn></aux>'
        "</variables></model></xmile>",
        encoding="utf-8",
    )
    result = call("convert", model, tmp_path / name, "--verify")
    assert result.exit_code == 0, result.output
    assert "for CTMEAN is not computed, are not written: `shown`" in result.output
    assert "1 variable, 1 loss" in result.output


def test_an_unknown_extension_names_the_known_ones(model: Path) -> None:
    result = call("convert", model, model.with_name("out.docx"))
    assert result.exit_code == 2
    assert ".mdl" in result.output


def test_diff_has_the_statuses_of_diff(model: Path) -> None:
    other = model.with_name("other.md")
    other.write_text(CASE.replace("0.3", "0.4").replace("rate", "share"))
    assert call("diff", model, model).exit_code == 0
    found = call("diff", model, other)
    assert found.exit_code == 1
    assert "rate → share" in found.output
    assert "- 0.3" in found.output
    assert call("diff", model, model.with_name("none.md")).exit_code == 2


def test_diff_as_json_goes_to_a_file(model: Path) -> None:
    other, out = model.with_name("other.md"), model.with_name("diff.json")
    other.write_text(CASE.replace("0.3", "0.4"))
    assert call("diff", model, other, "--json", "-o", out).exit_code == 1
    found = json.loads(out.read_text())
    assert found["same"] is False
    assert found["changed"] == [
        {"name": "rate", "what": "value", "before": "0.3", "after": "0.4", "element": ""}
    ]


def test_diff_shortens_long_equations_to_where_they_differ(model: Path) -> None:
    other, out = model.with_name("other.md"), model.with_name("long.md")
    sums = " + ".join(["rate"] * 200)
    out.write_text(CASE.replace("amount[side] * rate", f"amount[side] * ({sums} + 1)"))
    other.write_text(CASE.replace("amount[side] * rate", f"amount[side] * ({sums} + 2)"))
    found = call("diff", out, other)
    assert max(map(len, found.output.splitlines())) < 600
    assert "characters before" in found.output
    assert any(
        line.lstrip().startswith("- ") and "+ 1" in line for line in found.output.split("\n")
    )
    whole = call("diff", out, other, "--json")
    assert sums in json.loads(whole.output)["changed"][0]["before"]
    entered = call("diff", model, out)
    assert "more characters, in full with --json" in entered.output


@pytest.mark.parametrize("extension", [".csv", ".nc", ".parquet", ".zarr"])
def test_a_run_in_a_file_agrees_with_the_model(model: Path, extension: str) -> None:
    out = model.with_name(f"run{extension}")
    assert call("run", model, "-o", out).exit_code == 0
    result = call("compare", out, model, "--exact", "--common")
    assert result.exit_code == 0, result.output


def test_runs_that_differ_are_listed_with_the_worst_first(model: Path) -> None:
    first, second = model.with_name("a.csv"), model.with_name("b.csv")
    call("run", model, "-o", first)
    call("run", model, "--set", "rate=0.31", "-o", second)
    result = call("compare", first, second)
    assert result.exit_code == 1
    assert "amount[left]" in result.output
    assert call("compare", first, second, "--relative", "0.5").exit_code == 0
    as_json = json.loads(call("compare", first, second, "--json").output)
    assert as_json["agrees"] is False
    assert as_json["variables"][0]["excess"] >= as_json["variables"][1]["excess"]


def test_the_variables_of_modules_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "m.xmile"
    path.write_text(
        "<xmile><sim_specs><start>0</start><stop>1</stop></sim_specs><model><variables>"
        '<module name="a"/></variables></model><model name="a"><variables><aux name="x">'
        '<eqn>1</eqn></aux><aux name="y"><eqn>x</eqn></aux></variables></model></xmile>',
        encoding="utf-8",
    )
    for name in ("n.xmile", "n.mdl"):
        assert "2 variables, " in call("convert", path, tmp_path / name).output


def test_runs_without_a_common_variable_are_trouble(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Time,x\n0,1\n")
    (tmp_path / "b.csv").write_text("Time,y\n0,1\n")
    result = call("compare", tmp_path / "a.csv", tmp_path / "b.csv")
    assert result.exit_code == 2
    assert "no variable in common" in result.output


def test_an_exception_with_too_few_subscripts_is_told_with_its_place(tmp_path: Path) -> None:
    model = tmp_path / "m.mdl"
    model.write_text(
        "{UTF-8}\nd: a, b ~~|\ne: x, y ~~|\nz[d, e] :EXCEPT: [a] = 1 ~~|\n"
        "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
    )
    for target in ("o.xmile", "o.md"):
        made = call("convert", model, tmp_path / target)
        assert made.exit_code == 2
        assert "m.mdl:4:1: error: `z` has another number of subscripts" in made.output
        assert not (tmp_path / target).exists()


def test_what_does_not_run_is_not_verified_and_not_written(tmp_path: Path) -> None:
    model, made = tmp_path / "m.xmile", tmp_path / "made.mdl"
    model.write_text(
        "<xmile><sim_specs><start>0</start><stop>1</stop></sim_specs><model><variables>"
        '<aux name="SAVEPER"><eqn>1</eqn></aux><aux name="Saveper"><eqn>2</eqn></aux>'
        "</variables></model></xmile>",
        encoding="utf-8",
    )
    result = call("convert", model, made, "--verify")
    assert result.exit_code == 2
    assert "is defined twice" in result.output
    assert not made.exists()
