"""Discrete delays, fiscal periods, shifts and data statistics, by hand from Vensim's manual."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats

from formats.vensim.running import NOT_AVAILABLE, control, run, values
from headwater.api import Model
from headwater.errors import HeadwaterError, SimulationError
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.simulation.building import TargetName
from headwater.simulation.run import Request

TARGETS: list[TargetName] = ["reference", "llvm"]
FLAT = "flat((0,1),(1,1)) ~~|\n"


@pytest.mark.parametrize("target", TARGETS)
def test_material_that_arrives_together_is_added_up(target: TargetName) -> None:
    """Entered at 2 and 3 with a delay of 4, at 4 and 5 with 2: two arrive at 6, two at 7."""
    text = (
        "x = Time ~~|\ndelay = IF THEN ELSE(Time < 4, 4, 2) ~~|\n"
        "m = DELAY MATERIAL(x, delay, 7, -1) ~~|\n"
        "i = DELAY INFORMATION(x, delay, 7) ~~|\nf = DELAY FIXED(x, delay, 7) ~~|\n"
    )
    found = run(text, 10, target=target)
    assert values(found, "m").tolist() == [7, 7, 7, 7, 0, 1, 2 + 4, 3 + 5, 6, 7, 8]
    assert values(found, "i").tolist() == [7, 7, 7, 7, 0, 1, 4, 5, 6, 7, 8]
    assert values(found, "f").tolist() == [7, 7, 7, 7, 0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("target", TARGETS)
def test_a_delay_that_grows_leaves_a_gap(target: TargetName) -> None:
    """Entered at 3 with a delay of 2, at 4 with 4: nothing arrives at 6 and 7."""
    text = (
        "x = Time ~~|\ndelay = IF THEN ELSE(Time < 4, 2, 4) ~~|\n"
        "m = DELAY MATERIAL(x, delay, 7, -1) ~~|\ni = DELAY INFORMATION(x, delay, 7) ~~|\n"
    )
    found = run(text, 10, target=target)
    assert values(found, "m").tolist() == [7, 7, 0, 1, 2, 3, -1, -1, 4, 5, 6]
    assert values(found, "i").tolist() == [7, 7, 0, 1, 2, 3, 3, 3, 4, 5, 6]


def test_material_is_conserved_whatever_the_delay() -> None:
    text = (
        "x = 2 + SIN(Time) ~~|\ndelay = 3 + 2 * SIN(Time / 3) ~~|\n"
        "m = DELAY MATERIAL(x, delay, 0, 0) ~~|\n"
        "on the way = INTEG(x - m, 0) ~~|\n"
    )
    found = run(text, 30, 0.25)
    time = np.arange(121) * 0.25
    steps = np.maximum(1, np.floor((3 + 2 * np.sin(time / 3)) / 0.25 + 0.5 + 1e-6))
    for now in range(121):
        arrives = np.arange(121) + steps
        waiting = (np.arange(121) < now) & (arrives >= now)
        expected = float(np.sum((2 + np.sin(time))[waiting]) * 0.25)
        assert values(found, "on the way")[now] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("target", TARGETS)
def test_counts_of_trials_and_successes_are_rounded(target: TargetName) -> None:
    """RANDOM Number Functions: a count that is no integer is rounded to the nearest."""
    text = (
        "t = RANDOM BINOMIAL(0, 20, 1, 2.6, 0, 1, 0) ~~|\n"
        "s = RANDOM NEGATIVE BINOMIAL(0, 20, 1, 2.6, 0, 1, 0) ~~|\n"
    )
    found = run(text, 1, target=target)
    assert [values(found, name).tolist() for name in "ts"] == [[3, 3], [3, 3]]


@pytest.mark.parametrize("target", TARGETS)
def test_batches_leave_whole(target: TargetName) -> None:
    """The first batch leaves at 1. Three are gathered at 3 and leave at 5; the next three at 8."""
    found = run("b = DELAY BATCH(1, 3, 2, 5, 1, 0) ~~|\n", 9, target=target)
    assert values(found, "b").tolist() == [0, 5, 0, 0, 0, 3, 0, 0, 3, 0]


def test_the_batch_of_the_start_is_returned_as_it_is() -> None:
    """The page returns `inibatch` itself and has it in units of the input, not of an amount."""
    found = run("b = DELAY BATCH(1, 3, 2, 5, 1, 0) ~~|\n", 5.5, 0.5)
    assert values(found, "b").tolist() == [0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0]
    at_once = run("b = DELAY BATCH(1, 3, 2, 5, -1, 0) ~~|\n", 1, 0.25)
    assert values(at_once, "b").tolist() == [5, 0, 0, 0, 0]


def test_a_batch_is_conserved_at_any_step() -> None:
    text = "b = DELAY BATCH(4, 10, 1.5, 0, 0, 2) ~~|\nout = INTEG(b, 0) ~~|\n"
    found = run(text, 20, 0.25)
    # 2 wait at the start; 10 are there at time 2, and again every 2.5.
    leaving = [2 + 2.5 * k + 1.5 for k in range(7)]
    assert np.flatnonzero(values(found, "b")).tolist() == [int(4 * t) for t in leaving]
    assert values(found, "out")[-1] == 70


@pytest.mark.parametrize("target", TARGETS)
def test_a_conveyor_with_leakage(target: TargetName) -> None:
    """What enters leaks once a step, also in the one in which it enters: (1 - 0.1)^4 arrives."""
    text = FLAT + "c = DELAY CONVEYOR(10, 4, 0.1, flat, 0, 4) ~~|\n"
    expected = [0] * 4 + [10 * 0.9**4] * 5
    np.testing.assert_allclose(values(run(text, 8, target=target), "c"), expected, rtol=1e-12)


def test_a_conveyor_conserves_when_its_speed_changes() -> None:
    text = (
        FLAT + "time on belt = IF THEN ELSE(Time < 2, 4, 2) ~~|\n"
        "c = DELAY CONVEYOR(0, time on belt, 0, flat, 8, 4) ~~|\n"
        "d = DELAY CONVEYOR(Time, 3 + SIN(Time), 0, flat, 5, 3) ~~|\n"
        "belt = INTEG(Time - d, 5) ~~|\n"
        "leaky = DELAY CONVEYOR(Time, 3, 0.2, flat, 6, 3) ~~|\n"
        "content = INTEG(Time - leaky - lost, 6) ~~|\n"
        "lost = 0.2 * (content + TIME STEP * (Time - leaky)) ~~|\n"
    )
    found = run(text, 40, 0.5)
    # Eight on the belt; a half of a time unit takes an eighth of it, and twice that from 2 on.
    assert values(found, "c")[:7].tolist() == [2, 2, 2, 2, 2, 4, 2]
    assert np.all(values(found, "belt") >= -1e-9)
    # The manual's own account of the leakage keeps the books of the belt.
    assert values(found, "content")[-1] == pytest.approx(_on_belt(40, 0.5, 3, 0.2, 6), rel=1e-9)


def _on_belt(stop: float, dt: float, way: float, leak: float, start: float) -> float:
    """The content of a belt, kept as a plain list of entries."""
    cells = [start * dt / way] * round(way / dt)
    for step in range(round(stop / dt)):
        cells = [*cells[1:], step * dt * dt]
        cells = [c * (1 - leak * dt) for c in cells]
    return sum(cells)


def test_a_profile_without_an_area_spreads_nothing() -> None:
    flat = "none((0,0),(1,0)) ~~|\n"
    empty = run(flat + "c = DELAY CONVEYOR(3, 2, 0, none, 0, 2) ~~|\n", 3)
    assert values(empty, "c").tolist() == [0, 0, 3, 3]
    waiting = run(flat + "q = QUEUE FIFO(1, 0, none, 0, 2) ~~|\na = QUEUE AGE OLDEST(q) ~~|\n", 2)
    assert values(waiting, "a").tolist() == [0, 1, 2]
    conveyor, profile = "DELAY CONVEYOR(0, 2, 0, none, 5, 2)", "DELAY PROFILE(none, 1, 2, 0, 0)"
    for call in (conveyor, profile, "QUEUE FIFO(1, 0, none, 5, 2)"):
        whole = Source("model.mdl", f"{flat}x = {call} ~~|\n{control(3)}")
        with pytest.raises(SimulationError, match="where the area of its profile is 0"):
            Model(project_of(whole, None, "model")).results(Request())


def test_the_profile_of_a_conveyor_is_what_leaves_it() -> None:
    """Half of it within the first fifth of the time, by the area below the points."""
    text = (
        "profile((0,4),(1,4),(1.0001,1),(5,1)) ~~|\n"
        "c = DELAY CONVEYOR(0, 10, 0, profile, 80, 10) ~~|\n"
    )
    expected = [20, 20, *[5] * 8, 0]
    np.testing.assert_allclose(values(run(text, 10), "c"), expected, rtol=1e-3)


def test_a_response_profile_conserves_and_keeps_its_mean() -> None:
    text = (
        "response((0,0),(1,3),(2,1),(4,0)) ~~|\n"
        "p = DELAY PROFILE(response, PULSE(0, 1), 6, 0, 0) ~~|\n"
        "level = DELAY PROFILE(response, 5, 6, 5, 0) ~~|\n"
    )
    found = run(text, 30, 0.125)
    time, out = np.arange(241) * 0.125, values(found, "p")
    assert out.sum() * 0.125 == pytest.approx(1, rel=1e-9)
    # The pulse lasts from 0 to 1; its own mean in steps is 7/16.
    assert (time * out).sum() * 0.125 == pytest.approx(6 + 0.4375, rel=1e-4)
    np.testing.assert_allclose(values(found, "level"), 5, rtol=1e-12)


@pytest.mark.parametrize("target", TARGETS)
def test_a_flat_response(target: TargetName) -> None:
    """A mean of 3 spreads it over 0 to 6: a sixth each step, with half a step more at the first."""
    text = FLAT + "p = DELAY PROFILE(flat, PULSE(0, 1), 3, 0, 0) ~~|\n"
    expected = np.array([0, 1.5, 1, 1, 1, 1, 0.5, 0]) / 6
    np.testing.assert_allclose(values(run(text, 7, target=target), "p"), expected, atol=1e-15)


def test_a_response_profile_in_steady_growth() -> None:
    """With inputs that grow as exp(0.1 t) so does the output, when it begins so."""
    text = (
        "response((0,0),(1,1),(3,0)) ~~|\nx = EXP(0.1 * Time) ~~|\n"
        "p = DELAY PROFILE(response, x, 4, start, 0.1) ~~|\nstart = 0.7 ~~|\n"
    )
    out = values(run(text, 40, 0.25), "p")
    settled = float(out[100]) / math.exp(0.1 * 25)
    again = values(run(text.replace("0.7 ~~|", f"{settled!r} ~~|"), 40, 0.25), "p")
    np.testing.assert_allclose(again, settled * np.exp(0.1 * np.arange(161) * 0.25), rtol=1e-9)


def test_sample_until_holds() -> None:
    text = "s = SAMPLE UNTIL(3, Time ^ 2, -1) ~~|\nt = SAMPLE UNTIL(-1, Time, -1) ~~|\n"
    found = run(text, 5)
    assert values(found, "s").tolist() == [0, 1, 4, 9, 9, 9]
    assert values(found, "t").tolist() == [-1] * 6


@pytest.mark.parametrize("target", TARGETS)
def test_internal_rate_of_return(target: TargetName) -> None:
    """100 are paid at the start; 60 come in each year from the second on, at the years' ends."""
    text = "r = INTERNAL RATE OF RETURN(IF THEN ELSE(Time < 1, 0, 60), 1, -100, 0) ~~|\n"
    found = values(run(text, 6, 0.5, target=target), "r")
    assert found[0] == found[1] == NOT_AVAILABLE
    for step in range(2, 13):
        flows = np.zeros(7)
        for k in range(2, step + 1):
            flows[k // 2] += 30

        def worth(rate: float, flows: np.ndarray = flows) -> float:
            return float(-100 + np.sum(flows * (1 + rate) ** -(np.arange(7.0) + 1)))

        assert found[step] == pytest.approx(optimize.brentq(worth, -0.99, 1), rel=1e-9)


def test_depreciation_writes_off_what_was_invested() -> None:
    """Ten a year over four years; nothing is invested from year 3 on."""
    text = "d = DEPRECIATE STRAIGHTLINE(IF THEN ELSE(Time < 3, 10, 0), 4, 1, 10) ~~|\n"
    assert values(run(text, 8), "d").tolist() == [10, 10, 10, 7.5, 5, 2.5, 0, 0, 0]


def test_depreciation_within_fiscal_years() -> None:
    """A year's worth of 12 is invested within the first quarter; a third counts each year."""
    text = "d = DEPRECIATE STRAIGHTLINE(IF THEN ELSE(Time < 0.25, 48, 0), 3, 1, 0) ~~|\n"
    expected = [16, 0, 0, 0, *[4] * 8, 0]
    assert values(run(text, 3, 0.25), "d").tolist() == expected


def test_depreciation_as_vensim_recorded_it() -> None:
    """The figures of `depreciate.dat`, a run of Vensim's that SDEverywhere keeps (models/)."""
    text = (
        "d = DEPRECIATE STRAIGHTLINE(1e6 * IF THEN ELSE(Time = 2, 1000, "
        "IF THEN ELSE(Time = 6, 2500, 0)), 20, 1, 0) ~~|\n"
    )
    expected = [0] * 2 + [5e7] * 4 + [1.75e8] * 16 + [1.25e8] * 4 + [0] * 5
    assert values(run(text, 30), "d").tolist() == expected


def test_present_value_at_the_ends_of_steps() -> None:
    """As spreadsheets have it: the sum of 10 / 1.1^k."""
    found = values(run("n = NPVE(10, 0.1, 0, 1) ~~|\n", 9), "n")
    np.testing.assert_allclose(found, np.cumsum(10 / 1.1 ** np.arange(1, 11)), rtol=1e-12)


SHIFTED = """age: vitro, (a1-a3) ~~|
old: (a1-a3) ~~|
sex: m, f ~~|
pop[sex,vitro] = INTEG(births[sex], 5) ~~|
pop[sex,old] = INTEG(-0.1*pop[sex,old], 10) ~~|
births[m] = 1 ~~|
births[f] = 2 ~~|
out[sex] = SHIFT IF TRUE(pop[sex,vitro], MODULO(Time,2)=1, ELMCOUNT(age), {}, 0) ~~|
"""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("gathers", [0, 1])
def test_cohorts_move_up(gathers: int, target: TargetName) -> None:
    found = run(SHIFTED.format(gathers), 6, target=target)
    level, left = np.array([5.0, 10, 10, 10]), []
    for step in range(7):
        assert values(found, "pop")[step, 1].tolist() == pytest.approx(level.tolist(), rel=1e-12)
        level = level + np.array([2, *(-0.1 * level[1:])])
        left.append(0.0)
        if step % 2 == 1:
            left[-1] = 0.0 if gathers else level[-1]
            last = level[-1] if gathers else 0.0
            level = np.array([0, level[0], level[1], level[2] + last])
    assert values(found, "out")[:, 1].tolist() == pytest.approx(left, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("SHIFT IF TRUE(births[sex], 1, 4, 0, 0)", "shifts the elements of a stock"),
        ("SHIFT IF TRUE(pop[sex,vitro], 1, 5, 0, 0)", "can shift 2 to 4 elements"),
        ("SHIFT IF TRUE(pop[m,vitro], 1, 4, 0, 0)", "whole ranges before it"),
    ],
)
def test_shifts_that_cannot_be(call: str, said: str) -> None:
    text = SHIFTED.partition("out[sex]")[0] + f"out[sex] = {call} ~~|\n"
    with pytest.raises(HeadwaterError, match=said):
        run(text, 2)


# Lookups and data


@pytest.mark.parametrize("target", TARGETS)
def test_the_slope_of_a_lookup(target: TargetName) -> None:
    """The manual's rules: the mean of both slopes at a point, and three ways beyond the ends."""
    text = "look((0,0),(1,1),(2,1.5)) ~~|\n" + "".join(
        f"s{k} = LOOKUP SLOPE(look, Time / 2 - 1, {mode}) ~~|\n"
        for k, mode in enumerate((0, 1, -1))
    )
    found = run(text, 8, target=target)
    inside = [1, 1, 0.75, 0.5, 0.5]
    assert values(found, "s0").tolist() == [0, 0, *inside, 0, 0]
    assert values(found, "s1").tolist() == [1, 1, *inside, 0.5, 0.5]
    none = [NOT_AVAILABLE] * 2
    assert values(found, "s2").tolist() == [*none, *inside, *none]


@pytest.mark.parametrize("target", TARGETS)
def test_there_is_no_slope_where_a_lookup_jumps(target: TargetName) -> None:
    """The manual of LOOKUP SLOPE: `:NA:` where more than one point has that x."""
    text = (
        "look((0,1),(1,1),(1,3),(2,4),(4,4)) ~~|\n"
        "s = LOOKUP SLOPE(look, Time / 2, 0) ~~|\nt = LOOKUP SLOPE(look, Time / 2, -1) ~~|\n"
    )
    found = run(text, 9, target=target)
    inside = [0, 0, NOT_AVAILABLE, 1, 0.5, 0, 0, 0, 0]
    assert values(found, "s").tolist() == [*inside, 0]
    assert values(found, "t").tolist() == [*inside, NOT_AVAILABLE]


@pytest.mark.parametrize("target", TARGETS)
def test_statistics_of_a_series(target: TargetName, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("t,0,2,4,6\ns,1,5,3,9\nq,2,2,,8\n")
    text = (
        "k: k1, k2 ~~|\ns[k] := GET DIRECT DATA('d.csv', ',', '1', 'B2') ~~|\n"
        "a = GET DATA MAX(s[k1], 1, 5) ~~|\nb = GET DATA MIN(s[k1], 1, 5) ~~|\n"
        "c = GET DATA MEAN(s[k1], Time, Time + 4) ~~|\nd = GET DATA STDV(s[k1], 0, 6) ~~|\n"
        "e[k] = GET DATA TOTAL POINTS(s[k]) ~~|\nf := TIME SHIFT(s[k1], 2) ~~|\n"
        "g[k] = GET DATA MEAN(s[k], 0, 6) ~~|\n"
    )
    found = run(text, 8, folder=tmp_path, target=target)
    assert values(found, "a")[0] == 5
    assert values(found, "b")[0] == 3
    means = [3, 4, 17 / 3, 6, 6, 9, 9, NOT_AVAILABLE, NOT_AVAILABLE]
    np.testing.assert_allclose(values(found, "c"), means, rtol=1e-15)
    assert values(found, "d")[0] == pytest.approx(np.std([1, 5, 3, 9]), rel=1e-15)
    assert values(found, "e")[0].tolist() == [4, 3]
    assert values(found, "f")[:5].tolist() == [5, 4, 3, 6, 9]
    assert values(found, "g")[0].tolist() == [4.5, 4]


def test_a_text_names_a_file(tmp_path: Path) -> None:
    (tmp_path / "values.csv").write_text("a,b\nc,5\n")
    text = "file :IS: 'values.csv' ~~|\nx = GET DIRECT CONSTANTS(file, ',', 'B2') ~~|\n"
    assert values(run(text, 1, folder=tmp_path), "x")[0] == 5


@pytest.mark.parametrize("bad", ["file :IS: values ~~|", "file :IS: 'a' + 1 ~~|"])
def test_a_text_that_is_none(bad: str) -> None:
    with pytest.raises(HeadwaterError, match="text"):
        run(bad, 1)


@pytest.mark.parametrize(
    "name",
    [
        *("QUEUE ATTRIB IN RANGE", "PROPAGATE", "NET PRESENT VALUE", "MESSAGE"),
        *("SSHAPE", "RAMP FROM TO", "PROBABILITY"),
    ],
)
def test_what_is_not_computed_says_why(name: str) -> None:
    with pytest.raises(HeadwaterError, match=f"{name} is not computed here") as caught:
        run(f"x = {name}(1, 2) ~~|\n", 1)
    assert caught.value.diagnostics[0].hint


def test_a_macro_of_such_a_name_is_computed() -> None:
    macro = ":MACRO: SSHAPE(input)\nSSHAPE = input^2 * (3 - 2 * input) ~~|\n:END OF MACRO:\n"
    assert values(run(macro + "x = SSHAPE(0.25) ~~|\n", 1), "x")[0] == 0.15625  # 1/16 * 5/2


# Random numbers: 4,000 draws against the exact distributions

DRAWS = "d: (d1-d20) ~~|\npdf((0,0),(1,2),(3,0)) ~~|\nx[d] = {} ~~|\n"
_GAMMA, _TRIANGLE = stats.gamma(2), stats.triang(1 / 3, 0, 3)


@pytest.mark.parametrize(
    ("call", "below"),
    [
        ("RANDOM GAMMA(0, 1e9, 2.5, 1, 3, 0)", stats.gamma(2.5, 1, 3).cdf),
        (
            "RANDOM GAMMA(2, 5, 2, 0, 1, 0)",
            lambda x: (_GAMMA.cdf(x) - _GAMMA.cdf(2)) / (_GAMMA.cdf(5) - _GAMMA.cdf(2)),
        ),
        ("RANDOM BETA(0, 1, 2, 0.5, 0, 1, 0)", stats.beta(2, 0.5).cdf),
        ("RANDOM LOOKUP(pdf, 0, 100, 0, 1, 0)", _TRIANGLE.cdf),
        (
            "RANDOM LOOKUP(pdf, 1, 100, 0, 2, 0)",
            lambda x: (_TRIANGLE.cdf(x / 2) - _TRIANGLE.cdf(0.5)) / (1 - _TRIANGLE.cdf(0.5)),
        ),
    ],
    ids=range(5),
)
def test_continuous_distributions(call: str, below: object) -> None:
    drawn = values(run(DRAWS.format(call), 199), "x").ravel()
    assert stats.kstest(drawn, below).pvalue > 1e-3


@pytest.mark.parametrize(
    ("call", "mass", "shift"),
    [
        ("RANDOM BINOMIAL(0, 100, 0.7, 20, 0, 1, 0)", stats.binom(20, 0.7), 0),
        ("RANDOM BINOMIAL(0, 1000, 0.3, 200, 0, 1, 0)", stats.binom(200, 0.3), 0),
        ("RANDOM NEGATIVE BINOMIAL(0, 1e6, 0.2, 3, 0, 1, 0)", stats.nbinom(3, 0.2), 3),
    ],
    ids=range(3),
)
def test_counting_distributions(call: str, mass: object, shift: int) -> None:
    drawn = values(run(DRAWS.format(call), 199), "x").ravel() - shift
    numbers = np.arange(int(drawn.max()) + 1)
    expected = mass.pmf(numbers) * len(drawn)  # type: ignore[attr-defined]
    kept = expected > 5
    seen = np.array([(drawn == k).sum() for k in numbers])[kept]
    scaled = expected[kept] * seen.sum() / expected[kept].sum()
    assert stats.chisquare(seen, scaled).pvalue > 1e-3
    assert drawn.mean() == pytest.approx(mass.mean(), rel=0.04)  # type: ignore[attr-defined]


def test_the_targets_draw_the_same() -> None:
    text = "".join(
        f"x{k} = {call} ~~|\n"
        for k, call in enumerate(
            (
                "RANDOM GAMMA(0, 9, 2.5, 1, 3, 7)",
                "RANDOM BETA(0, 1, 2, 0.5, 0, 1, 7)",
                "RANDOM BINOMIAL(0, 100, 0.7, 20, 0, 1, 7)",
                "RANDOM NEGATIVE BINOMIAL(0, 1e6, 0.2, 3, 0, 1, 7)",
                "RANDOM LOOKUP(pdf, 0, 100, 0, 1, 7)",
            )
        )
    )
    text += "pdf((0,0),(1,2),(3,0)) ~~|\n"
    one, two = run(text, 4, target="reference"), run(text, 4)
    for k in range(5):
        np.testing.assert_allclose(values(one, f"x{k}"), values(two, f"x{k}"), rtol=1e-12)


# Depreciation by a schedule

MACRS = (20.0, 32.0, 19.2, 11.52, 11.52, 5.76)
"""Shares of property of five years, in per cent (IRS Publication 946, table A-1)."""

SCHEDULE = "y: (y1-y6) ~~|\nshare[y] = 20,32,19.2,11.52,11.52,5.76 ~~|\nnone = 0 ~~|\n"


@pytest.mark.parametrize("target", TARGETS)
def test_depreciation_by_a_published_table(target: TargetName) -> None:
    """What is invested in a year is written off by the table, the first share at once."""
    text = SCHEDULE + (
        "x = IF THEN ELSE(Time < 1, 1000, 0) + IF THEN ELSE(Time = 2, 500, 0) ~~|\n"
        "d = DEPRECIATE BY SCHEDULE(x, share[y1], none, 6, INITIAL TIME) ~~|\n"
    )
    expected = np.zeros(10)
    expected[:6] += 10 * np.array(MACRS)
    expected[2:8] += 5 * np.array(MACRS)
    assert np.allclose(values(run(text, 9, target=target), "d"), expected)


def test_fiscal_periods_begin_when_they_are_said_to() -> None:
    """Quarters of years: what is invested from 0.25 to 1.25 counts as one year, and is all used."""
    text = SCHEDULE + (
        "x = 8 + 4 * Time ~~|\nd = DEPRECIATE BY SCHEDULE(x, share[y1], none, 12, .25) ~~|\n"
    )
    step, length = 0.25, 2.0
    found = values(run(text, 20, step), "d")
    time = np.arange(81) * step
    stream, year = 8 + 4 * time, np.floor((time - 0.25) / length + 1e-9)
    shares = np.array(MACRS) / 100
    for now in range(81):
        expected = shares[0] * stream[now]
        for ago in range(1, 6):
            taken = stream[:now][year[:now] == year[now] - ago].sum() * step
            expected += shares[ago] * taken / length
        assert found[now] == pytest.approx(expected), now


def test_depreciation_that_began_before_the_run() -> None:
    """What is still to be written off of 100 a year makes the whole constant."""
    shares = np.cumsum(MACRS)
    rest = ",".join(f"{100 - s:.10g}" for s in shares)
    text = SCHEDULE + (
        f"old[y] = {rest} ~~|\nd = DEPRECIATE BY SCHEDULE(100, share[y1], old[y1], 6, Time) ~~|\n"
        "half = DEPRECIATE BY SCHEDULE(100, share[y1], old[y1], 3, Time) ~~|\n"
    )
    found = run(text, 12, 0.5)
    assert np.allclose(values(found, "d"), 100)
    assert np.isnan(values(found, "half")[0])
