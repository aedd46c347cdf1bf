"""The settings at the top of a case."""

import pytest

from headwater.errors import HeadwaterError
from headwater.formats.literate import read_case_text
from headwater.model.case import Case
from headwater.model.project import SimSpecs


def read(settings: str, block: str = "policy calm\npolicy storm") -> Case:
    return read_case_text(f"---\n{settings}\n---\n```headwater\n{block}\n```\n")


def specs(time: str) -> SimSpecs:
    return read(f"time: {time}").project.sim_specs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 to 10", (0, 10, 1, 1, "")),
        ("1990 to 2040 year, step 1/8, save 1", (1990, 2040, 0.125, 1, "year")),
        ("0 to 24 month, step 2", (0, 24, 2, 2, "month")),
        ("0 to 10 year, step 0.3", (0, 10, 0.3, 0.3, "year")),
        ("-1.5 to 1e2 day, save 5, step 1/2", (-1.5, 100, 0.5, 5, "day")),
        ('"0 to 10 year"', (0, 10, 1, 1, "year")),
    ],
)
def test_time(text: str, expected: tuple[float, float, float, float, str]) -> None:
    found = specs(text)
    assert (found.start, found.stop, found.step, found.save_step, found.time_unit) == expected


def test_every_setting() -> None:
    case = read(
        """
title: "Rain: a case"
time: 0 to 10
method: rk4
license: CC-BY-4.0
authors: [One, Two]
version: 1.10
description: >
  Long
  text.
limits:
  - It is small.
  - It is made up.
seed: 7
runs: 20
design: sobol
baseline: Storm
"""
    )
    assert (case.title, case.license, case.version) == ("Rain: a case", "CC-BY-4.0", "1.10")
    assert case.authors == ("One", "Two")
    assert case.description == "Long text."
    assert case.limits == ("It is small.", "It is made up.")
    assert case.project.sim_specs.method == "rk4"
    defaults = case.defaults
    assert (defaults.seed, defaults.runs, defaults.design) == (7, 20, "sobol")
    assert defaults.baseline == "storm"


def test_the_method_may_stand_before_the_time() -> None:
    assert read("method: heun\ntime: 0 to 4").project.sim_specs == SimSpecs(0, 4, 1, 1, "heun")


# The settings, words of the message, the characters pointed at, words of the hint.
@pytest.mark.parametrize(
    ("settings", "message", "line", "characters", "hint"),
    [
        ("titel: A\ntime: 0 to 1", "unknown setting `titel`", 2, "titel", "`title`"),
        ("title: A", "sets no `time`", 1, "---", "2000 to 2040"),
        ("time: 0 to 1\ntime: 0 to 2", "set twice", 3, "time", "keep one"),
        ("time: 0", "START to STOP", 2, "0", "2000 to 2040"),
        ("time:", "value is missing", 2, "time", "write it"),
        ("time: [0, 1]", "one value", 2, "time", "list"),
        ("time: 5 to 1", "stops at 1", 2, "5 to 1", "1 to 5"),
        ("time: a to 1", "expected the start time", 2, "a", "number"),
        ("time: 0 to 1 year, stop 1/4", "`step` or `save`", 2, "stop 1/4", "`step`"),
        ("time: 0 to 1, step 0", "above 0", 2, "0 to 1, step 0", "step 1/16"),
        ("time: 0 to 1, step -1", "above 0", 2, "0 to 1, step -1", "step 1/16"),
        ("time: 0 to 1, step 2", "longer than the run", 2, "0 to 1, step 2", "shorter"),
        ("time: 0 to 1, step 1e-12", "steps", 2, "0 to 1, step 1e-12", "up to"),
        (
            "time: 0 to 9, step 1/4, save 1/3",
            "no multiple",
            2,
            "0 to 9, step 1/4, save 1/3",
            "0.25",
        ),
        ("time: 0 to 1\nmethod: rk5", "unknown method", 3, "rk5", "`rk4`"),
        ("time: 0 to 1\nseed: one", "whole number", 3, "one", "seed: 1"),
        ("time: 0 to 1\nruns: 0", "out of range", 3, "0", "1 to"),
        ("time: 0 to 1\nbaseline: strom", "no policy `strom`", 3, "strom", "`storm`"),
        ("time: 0 to 1\nlimits: {a: b}", "a list of texts", 3, "{a: b}", "[one, two]"),
        ("time: 0 to 1\ntitle: a: b", "not YAML", 3, ":", "quote"),
        ("time: &a 0 to 1", "anchors", 2, "&", "quote"),
        ("time: 0 to 1\nparts: [a.md]", "no parts", 3, "a.md", "folder"),
        ("- time", "expected settings", 2, "-", "key: value"),
    ],
)
def test_mistakes(settings: str, message: str, line: int, characters: str, hint: str) -> None:
    with pytest.raises(HeadwaterError) as raised:
        read(settings)
    (found,) = raised.value.diagnostics
    place = found.place
    assert place is not None
    assert message in found.message
    assert place.line == line
    assert place.text[place.column - 1 : place.column - 1 + place.width] == characters
    assert hint in found.hint


def test_front_matter_that_is_never_closed() -> None:
    with pytest.raises(HeadwaterError, match="never closed"):
        read_case_text("---\ntime: 0 to 1\n")


@pytest.mark.parametrize("text", ["[" * 40_000, "- " * 20_000, "{a: " * 10_000])
def test_deeply_nested_settings_are_refused(text: str) -> None:
    with pytest.raises(HeadwaterError, match="not YAML"):
        read("time: 0 to 1\nlimits: " + text)
