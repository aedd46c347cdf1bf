"""Reality checks that put variables on a path, or compare them with one.

The rules are those of Vensim's page of reality check functions: a variable is as the model has it
until the start; from then on the basis counts as it was there, and what multiplies it as it is.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.vensim.running import control
from headwater.api import load
from headwater.cli import main
from headwater.formats.registry import read_model
from headwater.model.case import Case

MODEL = """{UTF-8}
rising = 4 + Time ~~|
level = INTEG(1, 10) ~~|
twice = level * 2 ~~|
sum = INTEG(rising, 0) ~~|
d: a, b ~~|
rate[d] = 1, 2 ~~|
flow[d] = rate[d] * rising ~~|
down((0,4),(3,7),(5,0),(20,0)) ~~|
"""


def model(folder: Path, *checks: str, step: float = 0.5, settings: str = "") -> Path:
    path = folder / "model.mdl"
    texts = "".join(f"{check} ~~|\n" for check in checks)
    path.write_text(MODEL + texts + control(8.0, step) + settings, encoding="utf-8")
    return path


def unmet(path: Path) -> list[str]:
    """The messages of checks that do not hold."""
    findings = load(path).check(draws=2, progress=False).findings
    assert all("the check" in f.message for f in findings if f.severity == "error")
    return [f.message for f in findings if "the check" in f.message]


def warnings(path: Path) -> list[str]:
    found = read_model(path)
    project = found.project if isinstance(found, Case) else found
    return [w.message for w in project.warnings]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ("RC STEP(rising, 0.5, 3)", "IF THEN ELSE(Time < 3, 4 + Time, 3.5)"),
        ("RC STEP(rising, Time, 3)", "IF THEN ELSE(Time < 3, 4 + Time, 7 * Time)"),
        ("RC STEP(120, 1, 3)", "IF THEN ELSE(Time < 3, 4 + Time, 120)"),
        (
            "RC STEP(rising, 0, 3, 2)",
            "IF THEN ELSE(Time >= 3 :AND: Time < 5, 0, 4 + Time)",
        ),
        ("RC RAMP(rising, 0, 2, 3)", "down(Time)"),
        (
            "RC DECAY(rising, 2, 3)",
            "IF THEN ELSE(Time < 3, 4 + Time, 7 * EXP((3 - Time) / 2))",
        ),
        (
            "RC GROW(rising, 0.1, 3)",
            "IF THEN ELSE(Time < 3, 4 + Time, 7 * EXP(0.1 * (Time - 3)))",
        ),
        ("RC STEP(rising, 0)", "IF THEN ELSE(Time < 0.5, 4, 0)"),
        ("RC STEP(level, 1, 3)", "IF THEN ELSE(Time < 3, 4 + Time, 13)"),
    ],
)
def test_a_variable_on_its_path(tmp_path: Path, held: str, expected: str) -> None:
    """At time 3, `rising` is 7 and `level` 13. Something else than expected must be told."""
    condition = f":THE CONDITION: rising = {held} :IMPLIES:"
    path = model(
        tmp_path,
        f"as said {condition} rising = {expected}",
        f"of two {condition} flow[b] = 2 * {expected}",
        f"not so {condition} rising = 0.001 + {expected}",
    )
    told = unmet(path)
    assert len(told) == 1
    assert '"not so"' in told[0]
    assert warnings(path) == []


def test_a_stock_on_its_path(tmp_path: Path) -> None:
    """The stock is 10 + t until it is held at half of the 13 that it has at time 3."""
    condition = ":THE CONDITION: level = RC STEP(level, 0.5, 3) :IMPLIES:"
    path = model(
        tmp_path,
        f"as said {condition} twice = IF THEN ELSE(Time < 3, 20 + 2 * Time, 13)",
        f"not so {condition} twice > 13.5",
    )
    told = unmet(path)
    assert len(told) == 1
    assert '"not so" does not hold at time 3' in told[0]


def test_a_path_acts_on_stocks_from_its_start_on(tmp_path: Path) -> None:
    """Euler's sum of 4 + t at steps of a half: until 3 it is 0.5 * (6 * 4 + 0.5 * 15) = 15.75."""
    condition = ":THE CONDITION: rising = RC STEP(rising, 0, 3) :IMPLIES:"
    path = model(
        tmp_path,
        f"stays {condition} sum <= 15.75 :AND: (Time < 3 :OR: sum >= 15.75)",
    )
    assert unmet(path) == []


def test_stages_of_a_method_do_not_see_the_start_early(tmp_path: Path) -> None:
    """By order four the integral of 4 + t to time 3 is 16.5, whole steps before the start."""
    settings = "///---\\\\\\\n:L\x7f<%^E!@\n15:0,0,0,1,0,0\n"
    condition = ":THE CONDITION: rising = RC STEP(rising, 0, 3) :IMPLIES:"
    path = model(
        tmp_path, f"stays {condition} Time < 3 :OR: sum = 16.5", step=0.5, settings=settings
    )
    assert unmet(path) == []


@pytest.mark.parametrize(
    ("consequence", "time"),
    [
        ("rising <= RC STEP CHECK(2, rising, 1, 3)", "5"),
        ("rising <= RC STEP CHECK(0, rising, 1, 3)", "3.5"),
        ("rising <= RC STEP CHECK(2, rising, 1, 3, 1.5)", ""),
        ("rising <= RC STEP CHECK(0, rising, 1, 3, 0.5)", ""),
        ("rising >= RC GROW CHECK(0, rising, 0.2, 3)", "3.5"),
        ("rising >= RC GROW CHECK(0, rising, 0.05, 3)", ""),
        ("rising <= RC RAMP CHECK(1, rising, 0, 2, 3)", "4"),
        ("rising > RC DECAY CHECK(1, rising, 2, 3)", ""),
        ("rising = RC STEP CHECK(0, rising, Time / 3, 3, 0.5)", ""),
        ("RC STEP CHECK(0, level, 1) >= 10.5 :AND: twice > RC STEP CHECK(0, twice, 1.1)", "0.5"),
    ],
)
def test_a_comparison_with_a_path(tmp_path: Path, consequence: str, time: str) -> None:
    """`rising` is 7 at time 3; 7 * EXP(0.2 * 0.5) is above 7.5."""
    path = model(tmp_path, f"said :THE CONDITION: rate[a] = 5 :IMPLIES: {consequence}")
    told = unmet(path)
    assert [f"at time {time} " in t for t in told] == ([True] if time else [])


def test_the_model_says_when_paths_begin(tmp_path: Path) -> None:
    path = model(
        tmp_path,
        "RC START TIME = 3",
        "lower :TEST INPUT: rising = RC STEP(rising, 0)",
        "held :THE CONDITION: lower :IMPLIES: rising = IF THEN ELSE(Time < 3, 4 + Time, 0)",
        "grown :THE CONDITION: lower :IMPLIES: level <= RC STEP CHECK(1, level, 1)",
    )
    told = unmet(path)
    assert len(told) == 1
    assert '"grown" does not hold at time 4' in told[0]


def test_ranges_behind_names_are_checks_of_each_element(tmp_path: Path) -> None:
    """Only one element is held in each: `flow[b]` is 14 at time 3 where `rate[a]` is 0."""
    path = model(
        tmp_path,
        "stop[d] :TEST INPUT: rate[d] = RC STEP(rate[d], 0, 3)",
        "stops[d] :THE CONDITION: stop[d] :IMPLIES: flow[d] <= RC STEP CHECK(0, flow[d], 0, 3)",
        "others[d] :THE CONDITION: stop[d] :IMPLIES: Time < 3 :OR: SUM(flow[d!]) >= 14",
        "one[b] :THE CONDITION: stop[b] :IMPLIES: flow[a] = rising",
    )
    found = read_model(path)
    assert isinstance(found, Case)
    titles = ["stops[a]", "stops[b]", "others[a]", "others[b]", "one[b]"]
    assert [c.title for c in found.checks] == titles
    told = unmet(path)
    assert len(told) == 1
    assert '"others[b]" does not hold at time 3' in told[0]


def test_an_element_of_a_part_of_a_range_is_held(tmp_path: Path) -> None:
    """`part` by itself is the number 3 or 4 there, since it is that in the largest range."""
    path = model(
        tmp_path,
        "all: o, p, q, r",
        "part: q, r",
        "whole[all] = 1, 2, 3, 4",
        "x[part] = 3, 4",
        "y[part] = x[part] * 10",
        "held :THE CONDITION: x[q] = 0 * Time :IMPLIES: y[q] = 0 :AND: y[r] = 40",
        "path :THE CONDITION: x[r] = RC STEP(x[r], 0, 2) :IMPLIES: Time < 2 :OR: y[r] = 0",
    )
    assert unmet(path) == []


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ("rising = 2 * RC STEP(rising, 0) :IMPLIES: sum > 0", "not all that a variable is held at"),
        ("rising = RC STEP(rising) :IMPLIES: sum > 0", "it wants `RC STEP(basis, mult[, start"),
        ("rising = RC COMPARE('base', rising, 1) :IMPLIES: sum > 0", "with another run"),
        ("level = RC STEP(level, 0, 3, 2) :IMPLIES: sum > 0", "after the duration"),
        ("rising = 1 :IMPLIES: sum > RC STEP(sum, 1)", "where nothing is compared"),
        ("rising = 1 :IMPLIES: RC STEP CHECK(0, sum, 1)", "where nothing is compared"),
        ("flow[d] = 0 :IMPLIES: sum > 0", "`d` is about a whole array"),
        ("rising = 1 :IMPLIES: flow[d!] > 0", "`d!` is about a whole array"),
    ],
)
def test_what_is_left_aside_is_told(tmp_path: Path, check: str, reason: str) -> None:
    path = model(tmp_path, f"mine :THE CONDITION: {check}")
    assert not isinstance(read_model(path), Case)
    (told,) = warnings(path)
    assert reason in told


def test_paths_keep_through_cases_and_vensim(tmp_path: Path) -> None:
    source = model(
        tmp_path,
        "RC START TIME = 3",
        "stop[d] :TEST INPUT: rate[d] = RC RAMP(rate[d], 0, 2)",
        "stops[d] :THE CONDITION: stop[d] :IMPLIES: flow[d] <= RC STEP CHECK(2, flow[d], 0.1)",
        "low :THE CONDITION: rising = RC DECAY(rising, 2, 3, 2) :IMPLIES: rising < 8",
    )
    first = read_model(source)
    assert isinstance(first, Case)
    told = unmet(source)
    assert [t[: t.index(" does")] for t in told] == ['the check "low"']
    for name in ("same.mdl", "case.md", "again.md", "back.mdl"):
        out, report = tmp_path / name, tmp_path / "losses.json"
        arguments = ["convert", str(source), str(out), "--losses", str(report)]
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        assert [e for e in json.loads(report.read_text()) if "checks" in e["loss"]] == []
        source = out
        again = read_model(source)
        assert isinstance(again, Case)
        assert again.checks == first.checks
        assert unmet(source) == told
