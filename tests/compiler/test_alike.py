"""Element equations that differ in elements and numbers alone: one rule, and the same numbers."""

import math

import numpy as np
import pytest

from formats.vensim.running import run, values
from headwater.api import Model
from headwater.compiler.pipeline import compile_stages
from headwater.compiler.printer import to_text
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.simulation.building import TargetName

ROWS, COLUMNS = 5, 8
TARGETS = pytest.mark.parametrize("target", ["llvm", "reference"])
RANGES = f"row: (r1-r{ROWS}) ~~|\ncolumn: (c1-c{COLUMNS}) ~~|\nlong: (x1-x{ROWS * COLUMNS}) ~~|\n"
CLOCK = "INITIAL TIME = 0 ~~|\nFINAL TIME = 2 ~~|\nTIME STEP = 1 ~~|\n"
BASE = "base[row, column] = row * 10 + column + Time ~~|\n"
ROW, COLUMN = np.arange(1.0, ROWS + 1)[:, None], np.arange(1.0, COLUMNS + 1)[None, :]


def by_element(name: str, right: str) -> str:
    """An equation for each element; ``{r}`` and ``{c}`` are its place, counted from 1."""
    cells = ((r, c) for r in range(1, ROWS + 1) for c in range(1, COLUMNS + 1))
    return "".join(f"{name}[r{r}, c{c}] = {right.format(r=r, c=c)} ~~|\n" for r, c in cells)


def rules(text: str, name: str) -> int:
    project = project_of(Source("m.mdl", RANGES + BASE + text + CLOCK), None, "m")
    return len(compile_stages(project).model.by_key[name].step)


@TARGETS
def test_one_rule_of_all_elements(target: TargetName) -> None:
    text = by_element("v", "base[r{r}, c{c}] * 0.{r}{c} + MAX(Time, {c})")
    assert rules(text, "v") == 1
    results = run(RANGES + BASE + text, 2, target=target)
    share = np.array([[float(f"0.{r}{c}") for c in range(1, 9)] for r in range(1, 6)])
    for time in range(3):
        wanted = (ROW * 10 + COLUMN + time) * share + np.maximum(time, COLUMN)
        np.testing.assert_array_equal(values(results, "v")[time], wanted)


@TARGETS
def test_elements_that_follow_no_single_dimension(target: TargetName) -> None:
    """The element that is taken depends on the row and the column at once."""
    cells = [(r, c) for r in range(1, ROWS + 1) for c in range(1, COLUMNS + 1)]
    list_ = "list[long] = long ^ 2 + Time ~~|\n"
    text = list_ + "".join(
        f"v[r{r}, c{c}] = list[x{(r - 1) * COLUMNS + c}] - {r} ~~|\n" for r, c in cells
    )
    assert rules(text, "v") == 1
    results = run(RANGES + text, 1, target=target)
    place = (ROW - 1) * COLUMNS + COLUMN
    np.testing.assert_array_equal(values(results, "v")[1], place**2 + 1 - ROW)


@TARGETS
def test_powers_keep_their_products(target: TargetName) -> None:
    """A whole exponent of up to 4 is a product of the base, whatever the other elements have."""
    text = by_element("v", "(base[r{r}, c{c}] / 7) ^ {r}")
    assert rules(text, "v") == ROWS
    results = run(RANGES + BASE + text, 1, target=target)
    base = (ROW * 10 + COLUMN + 1) / 7
    for row, wanted in enumerate([base, base * base, base * base * base]):
        np.testing.assert_array_equal(values(results, "v")[1][row], wanted[row])


@TARGETS
def test_elements_in_turn_and_one_that_begins(target: TargetName) -> None:
    equations = ["v[x1] = 1 + Time ~~|\n"]
    equations += [f"v[x{k}] = v[x{k - 1}] / 2 + {k} ~~|\n" for k in range(2, ROWS * COLUMNS + 1)]
    text = "".join(equations)
    assert rules(text, "v") == 2
    results = run(RANGES + text, 2, target=target)
    for time in range(3):
        wanted = [1.0 + time]
        for k in range(2, ROWS * COLUMNS + 1):
            wanted.append(wanted[-1] / 2 + k)
        np.testing.assert_array_equal(values(results, "v")[time], wanted)


@TARGETS
def test_stocks_sums_and_lookups(target: TargetName) -> None:
    curve = "curve([(0,0)-(9,9)],(0,0),(4,8)) ~~|\n"
    text = curve + by_element("s", "INTEG(SUM(base[r{r}, column!]) * {c}, {r}.5 + {c})")
    text += by_element("v", "curve(s[r{r}, c{c}] - s[r{r}, c{c}] + {r} / 2)")
    assert rules(text, "s") == 1
    assert rules(text, "v") == 1
    results = run(RANGES + BASE + text, 1, target=target)
    total = (ROW * 10 + COLUMN).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        values(results, "s")[1], ROW + 0.5 + COLUMN + total * COLUMN, rtol=1e-15
    )
    np.testing.assert_allclose(values(results, "v")[1], ROW + 0 * COLUMN, rtol=1e-15)


def test_signs_of_zero_are_numbers_that_differ() -> None:
    names = [f"x{k}" for k in range(1, ROWS * COLUMNS + 1)]
    signs = [(-1) ** k for k in range(len(names))]
    text = "".join(
        f"v[{n}] = Time * {'-' if s < 0 else ''}0 ~~|\n" for n, s in zip(names, signs, strict=True)
    )
    found = values(run(RANGES + text, 1), "v")[1]
    assert [math.copysign(1, v) for v in found] == signs


def test_random_numbers_stay_each_their_own() -> None:
    text = by_element("v", "RANDOM UNIFORM(0, {r}, {c})")
    assert rules(text, "v") == ROWS * COLUMNS


def test_a_joined_array_is_a_loop() -> None:
    text = RANGES + BASE + by_element("v", "base[r{r}, c{c}] * 0.{r}{c}") + CLOCK
    program = Model(project_of(Source("m.mdl", text), None, "m")).program()
    assert to_text(program).count("store step 'v'") == 1
