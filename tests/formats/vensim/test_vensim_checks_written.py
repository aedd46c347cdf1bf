"""Checks keep their meaning from Vensim's models to Vensim's models and cases, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.vensim.running import control
from headwater.api import load
from headwater.cli import main
from headwater.formats.registry import read_model
from headwater.language.printer import print_expression
from headwater.model.case import Case, Check

HERD = """{UTF-8}
place: north, south ~~|
herd = INTEG(births - deaths, 100) ~~|
births = herd * birth rate ~~|
deaths = MIN(herd, 200) * death rate * thirst(herd / 100) ~~|
thirst((0,1),(2,1.5),(4,3)) ~~|
birth rate = 0.03 ~~|
death rate = 0.02 ~~|
share[place] = 0.25, 0.75 ~~|
grazing[place] = herd * share[place] ~~|
empty :TEST INPUT: herd = 0 ~~|
none no births :THE CONDITION: empty :IMPLIES: births = 0 :AND: deaths = 0 ~~|
late :THE CONDITION: share[north] = 0 :AND: birth rate = 0.5 * death rate :AND: Time >= 3
    :AND: Time < 9 :IMPLIES: grazing[north] = 0 :OR: herd > 1000 ~~|
grows :THE CONDITION: birth rate = 0 :IMPLIES: herd > 100 ~~|
"odd, name" :THE CONDITION: birth rate = IF THEN ELSE(Time > 5, 0.1, 0.2)
    :IMPLIES: :NOT: (herd < 90) ~~|
few :THE CONDITION: herd < 120 :OR: Time > 8
    :IMPLIES: grazing[south] <= MAX(herd, 1) :AND: thirst(1) = 1.25 ~~|
"""
TITLES = ["none no births", "late", "grows", "odd, name", "few"]

CASE = """---
time: 0 to 10
---

```headwater
dimension place = north, south
stock herd = 100
  + births
flow births = herd * rate
constant rate = 0.03
constant tolerance = 2
constant share[place] = {north: 0.25, south: 0.75}
aux grazing[place] = herd * share[place]
aux round = herd MOD 7
variant one
  aux only = 1

CHECKS
```
"""


def converted(source: Path, name: str) -> tuple[Path, list[str]]:
    """The file that a conversion makes, and what is lost of checks."""
    out, report = source.with_name(name), source.with_name("losses.json")
    arguments = ["convert", str(source), str(out), "--losses", str(report)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    losses = [entry["loss"] for entry in json.loads(report.read_text())]
    return out, [text for text in losses if text.startswith("checks")]


def checks_of(path: Path) -> list[Check]:
    found = read_model(path)
    return list(found.checks) if isinstance(found, Case) else []


def unmet(path: Path) -> list[str]:
    """What `headwater check` says of checks that do not hold, at which time, with what values."""
    return [
        f"{finding.message} {finding.hint}".replace("_", " ")
        for finding in load(path).check(draws=2, progress=False).findings
        if "the check" in finding.message
    ]


def case_of(folder: Path, *checks: str) -> Path:
    path = folder / "case.md"
    path.write_text(CASE.replace("CHECKS", "\n".join(checks)), encoding="utf-8")
    return path


@pytest.fixture
def herd(tmp_path: Path) -> Path:
    path = tmp_path / "herd.mdl"
    path.write_text(HERD + control(10.0, 0.5), encoding="utf-8")
    return path


def test_reality_checks_keep_through_vensim_and_cases(herd: Path) -> None:
    first = checks_of(herd)
    assert [c.title for c in first] == TITLES
    assert len(first[1].overrides) == 2
    assert print_expression(first[1].overrides[1].value) == "0.5 * death_rate"
    told = unmet(herd)
    assert len(told) == 1
    assert "`grows`" in told[0] or '"grows"' in told[0]
    source = herd
    for name in ("same.mdl", "case.md", "again.md"):
        source, lost = converted(source, name)
        assert lost == []
        assert checks_of(source) == first
        assert unmet(source) == told
    back, lost = converted(source, "back.mdl")
    assert lost == ["checks that hold nothing, and wait for no time, are not written: `few`"]
    assert checks_of(back) == first[:4]
    assert unmet(back) == told


def test_test_inputs_are_written_out_in_the_condition(herd: Path) -> None:
    text = converted(herd, "same.mdl")[0].read_text()
    assert "TEST INPUT" not in text
    assert (
        "none no births :THE CONDITION:\n\therd = 0 :IMPLIES: births = 0 :AND: deaths = 0" in text
    )
    assert "herd = 0 :AND: deaths" not in text.split(":IMPLIES:")[0]


def test_xmile_has_no_place_for_checks(herd: Path) -> None:
    out, lost = converted(herd, "herd.xmile")
    names = ", ".join(f"`{t}`" for t in TITLES)
    assert lost == [f"checks are not written: {names}"]
    assert "IMPLIES" not in out.read_text()


def test_checks_of_a_case_that_have_vensims_form(tmp_path: Path) -> None:
    path = case_of(
        tmp_path,
        'check "nothing, nothing born" when herd = 0 then births = 0',
        'check "later" when rate = 0 AND share[north] = tolerance'
        " then NOT (TIME > 2) OR herd = 100",
        'check "limited" when rate = 0.05 then NOT (herd > 120) OR births > 3',
        'check "wrong" when rate = 1 then herd < 1000',
    )
    wanted = checks_of(path)
    told = unmet(path)
    assert len(told) == 1
    out, lost = converted(path, "out.mdl")
    assert lost == []
    assert "rate = 0 :AND: share[north] = tolerance :AND: Time > 2 :IMPLIES:" in " ".join(
        out.read_text().replace("\\\n", " ").split()
    )
    assert ":IMPLIES: :NOT: (herd > 120) :OR:" in out.read_text()
    assert checks_of(out) == wanted
    assert unmet(out) == told
    back, lost = converted(out, "back.md")
    assert lost == []
    assert checks_of(back) == wanted


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ("at 2 herd < 200", "at one time alone"),
        ("always herd > 0", "that hold nothing, and wait for no time,"),
        ("when rate = 0 then herd = 100 tolerance 1e-3", "with a tolerance of their own"),
        ("when rate = 0 then grazing > 0", "about whole arrays"),
        ("when rate = 0 then PREVIOUS(herd, 0) < 101", "that need variables of their own"),
        ("always NOT (herd > 120) OR births > 3", "that hold nothing, and wait for no time,"),
        ("always NOT (rate = 0) OR herd = 100", "that hold nothing, and wait for no time,"),
        (
            "always NOT (rate = 0 OR herd > 5) OR herd = 100",
            "that hold nothing, and wait for no time,",
        ),
    ],
)
def test_what_has_no_form_in_vensim_is_a_loss(tmp_path: Path, check: str, reason: str) -> None:
    """`rate = 0` in a condition would be held there: a limit is not that."""
    out, lost = converted(case_of(tmp_path, f'check "mine" {check}'), "out.mdl")
    assert len(lost) == 1
    assert lost[0].startswith(f"checks {reason}")
    assert lost[0].endswith("are not written: `mine`")
    assert checks_of(out) == []


def test_sums_of_arrays_have_vensims_form(tmp_path: Path) -> None:
    path = case_of(tmp_path, 'check "mine" when rate = 0 then SUM(grazing[*]) < 100')
    out, lost = converted(path, "out.mdl")
    assert lost == []
    assert "SUM(grazing[place!]) < 100" in out.read_text()
    assert len(unmet(out)) == len(unmet(path)) == 1


@pytest.mark.parametrize(
    ("title", "reason"),
    [("herd", "called as a variable or a range is"), ("a | b", "with signs in their title")],
)
def test_titles_that_no_equation_can_have(tmp_path: Path, title: str, reason: str) -> None:
    path = case_of(tmp_path, f'check "{title}" when rate = 0 then herd = 100')
    out, lost = converted(path, "out.mdl")
    assert len(lost) == 1
    assert lost[0].startswith(f"checks {reason}")
    assert checks_of(out) == []


def test_tolerance_where_nothing_is_compared_for_equality(tmp_path: Path) -> None:
    """The tolerance is that of `=` alone, so without one the check means the same without it."""
    text = 'check "mine" always NOT (TIME > 2) OR herd > 100 tolerance 1e-3'
    path = case_of(tmp_path, text)
    out, lost = converted(path, "out.mdl")
    assert lost == []
    assert checks_of(out) == [replace(c, tolerance=1e-9) for c in checks_of(path)]


def test_a_case_keeps_its_checks_as_a_case(tmp_path: Path) -> None:
    path = case_of(
        tmp_path,
        'check "said \\"so\\"" at 2.5 herd < 200',
        'check "first" always (tolerance = 2) tolerance 1e-3',
        'check "arrays" when rate = -1 AND tolerance = 2 * rate then grazing > -1',
        'check "held" when (tolerance = 3) then births > 0 AND only = 1',
    )
    out, lost = converted(path, "out.md")
    assert lost == []
    assert len(checks_of(out)) == 4
    assert checks_of(out) == checks_of(path)


def test_what_would_hold_something_else_is_a_loss(tmp_path: Path) -> None:
    """A macro is written out in a case, and a check's call of it has nothing to call."""
    path = tmp_path / "model.mdl"
    path.write_text(
        "{UTF-8}\n:MACRO: TWICE(x)\nTWICE = 2 * x ~~|\n:END OF MACRO:\n"
        "a = 3 ~~|\nb = TWICE(a) ~~|\n"
        "kept :THE CONDITION: a = 0 :IMPLIES: b = 0 ~~|\n"
        "called :THE CONDITION: a = 1 :IMPLIES: TWICE(a) = b ~~|\n" + control(2.0)
    )
    assert [c.title for c in checks_of(path)] == ["kept", "called"]
    out, lost = converted(path, "case.md")
    assert lost == ["checks that call macros are not written: `called`"]
    assert [c.title for c in checks_of(out)] == ["kept"]
    same, lost = converted(path, "same.mdl")
    assert lost == []
    assert checks_of(same) == checks_of(path)


def test_a_variable_held_at_a_number_and_at_an_expression(herd: Path) -> None:
    """Each check holds it in its own way: without births 100 shrinks, with rate 0.5 it grows."""
    herd.write_text(
        HERD + "shrinks :THE CONDITION: birth rate = 0 :IMPLIES: herd <= 100 ~~|\n"
        "swells :THE CONDITION: birth rate = Time * 0 + 0.5 :IMPLIES: herd >= 100 ~~|\n"
        "not so :THE CONDITION: birth rate = Time * 0 + 0.5 :IMPLIES: herd < 101 ~~|\n"
        + control(10.0, 0.5)
    )
    told = unmet(herd)
    assert [name in " ".join(told) for name in ("shrinks", "swells", "not so")] == [0, 0, 1]
