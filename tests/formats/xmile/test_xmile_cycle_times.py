"""Cycle times of stamped material (isee systems, Stella help, Cycle-Time Rules).

Values are worked out by hand, or item by item with fractions in `passing`, which knows nothing of
the compiler.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.xmile.xmile_texts import aux, column, file, read, results_of, run, specs
from headwater.errors import HeadwaterError
from headwater.formats.literate import read_case_text
from headwater.formats.literate import write as write_case
from headwater.formats.vensim import write as write_vensim
from headwater.formats.xmile import write
from headwater.model.diff import compare_projects
from headwater.simulation.building import TargetName

TARGETS: list[TargetName] = ["reference", "llvm"]
MARK = "<headwater:time_stamp/>"
ASKED = {
    "mean": "CTMEAN({})",
    "sd": "CTSTDDEV({})",
    "max": "CTMAX({})",
    "min": "CTMIN({})",
    "newest": "CTMIN({}, 1)",
    "oldest": "CTMAX({}, 1)",
    "now": "CYCLETIME({})",
    "flow": "CTFLOW({})",
    "through": "THROUGHPUT({})",
}


def stock(
    name: str, inflows: Sequence[str], outflows: Sequence[str], what: str = "", start: float = 0
) -> str:
    ends = "".join(f"<inflow>{f}</inflow>" for f in inflows)
    ends += "".join(f"<outflow>{f}</outflow>" for f in outflows)
    return f'<stock name="{name}"><eqn>{start}</eqn>{ends}{what}</stock>'


def belt(length: float | str, more: str = "") -> str:
    return f"<conveyor {more}><len>{length}</len></conveyor>"


def flow(name: str, equation: str = "", more: str = "") -> str:
    written = f"<eqn>{equation}</eqn>" if equation else ""
    return f'<flow name="{name}">{written}{more}</flow>'


def asked(name: str) -> str:
    return "".join(aux(key, text.format(name)) for key, text in ASKED.items())


SERIES = (
    stock("one", ["entering"], ["passing"], belt(4))
    + stock("two", ["passing"], ["leaving"], belt(3))
    + flow("entering", "5 + TIME", MARK)
)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("step", [0.1, 0.25, 1])
def test_conveyors_in_series_take_the_sum_of_their_times(step: float, target: TargetName) -> None:
    text = SERIES + flow("passing") + flow("leaving") + asked("leaving")
    settings = specs(10, step).replace("<start>0</start><stop>10<", "<start>90</start><stop>100<")
    found = run(file(text, settings=settings), target=target)
    times = found.coordinates["time"]
    there = times > 97 - step / 2
    for name in ("mean", "max", "min", "now"):
        assert np.array_equal(np.array(column(found, name)), np.where(there, 7.0, 0.0)), name
    assert column(found, "sd") == [0] * len(times)
    assert column(found, "flow") == column(found, "leaving")
    total = np.cumsum(column(found, "leaving")) * step
    wanted = total / (times - 90 + step)
    assert column(found, "through") == pytest.approx(wanted, rel=1e-12)


def test_a_later_stamp_counts_in_place_of_an_earlier_one() -> None:
    text = SERIES + flow("passing", more=MARK) + flow("leaving") + aux("a", "CTMEAN(leaving)")
    assert column(run(file(text, settings=specs(9))), "a") == [0] * 7 + [3] * 3


def test_what_was_there_at_the_start_has_no_stamp() -> None:
    text = stock("one", ["entering"], ["leaving"], belt(4), start=40) + flow("leaving")
    text += flow("entering", "6", MARK) + asked("leaving") + aux("early", "CTMAX(leaving, 0, 9)")
    found = run(file(text, settings=specs(6)))
    assert column(found, "leaving") == [10, 10, 10, 10, 6, 6, 6]
    assert column(found, "flow") == [0, 0, 0, 0, 6, 6, 6]
    assert column(found, "mean") == [0, 0, 0, 0, 4, 4, 4]
    assert column(found, "early") == [9, 9, 9, 9, 4, 4, 4]
    assert column(found, "through") == [0, 0, 0, 0, 6 / 5, 12 / 6, 18 / 7]


def test_an_oven_mixes_what_it_cooks() -> None:
    """2 a step fill it at 0, 1 and 2, it cooks for 2 steps, and empties at 5: 5, 4, 3 after.

    At 6 it takes what came at 3, 4 and 5, and empties at 9: after 6, 5 and 4.
    """
    text = (
        stock("line", ["arriving"], ["filling"], "<queue/>")
        + stock(
            "oven",
            ["filling"],
            ["emptying"],
            "<isee:oven><len>2</len><capacity>6</capacity></isee:oven>",
        )
        + flow("arriving", "2", MARK)
        + flow("filling")
        + flow("emptying")
        + asked("emptying")
        + aux("waited", "CYCLETIME(filling)")
    )
    found = run(file(text, settings=specs(10)))
    assert column(found, "emptying") == [0, 0, 0, 0, 0, 6, 0, 0, 0, 6, 0]
    assert column(found, "mean") == [0] * 5 + [4] * 4 + [4.5] * 2
    first, both = sqrt(2 / 3), sqrt((25 + 16 + 9 + 36 + 25 + 16) / 6 - 4.5**2)
    assert column(found, "sd") == pytest.approx([0] * 5 + [first] * 4 + [both] * 2, abs=1e-14)
    assert column(found, "max") == [0] * 5 + [5] * 4 + [6] * 2
    assert column(found, "min") == [0] * 5 + [3] * 6
    assert column(found, "now") == [0, 0, 0, 0, 0, 4, 0, 0, 0, 5, 0]
    assert column(found, "newest") == [0, 0, 0, 0, 0, 3, 0, 0, 0, 4, 0]
    # What came at 3, 4, 5 waited 3, 2 and 1; at 10 it takes what came at 6, 7 and 8.
    assert column(found, "waited") == [0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3]


def test_a_mixture_of_two_entries_has_a_deviation() -> None:
    """Twice as much comes by the shorter belt: times of 1 and 4, weights 2 and 1."""
    text = (
        stock("short", ["a"], ["ab"], belt(1))
        + stock("long", ["b"], ["bb"], belt(4))
        + stock("end", ["ab", "bb"], ["leaving"], belt(1))
        + "".join(flow(f, q, MARK) for f, q in (("a", "6"), ("b", "3")))
        + "".join(flow(f) for f in ("ab", "bb", "leaving"))
        + asked("leaving")
    )
    found = run(file(text, settings=specs(12)), target="llvm")
    assert column(found, "now")[-1] == pytest.approx((6 * 2 + 3 * 5) / 9, rel=1e-14)
    assert (column(found, "newest")[-1], column(found, "oldest")[-1]) == (2, 5)
    # From 2 on 6 a step of age 2, from 5 on 3 a step of age 5: 11 and 8 of them.
    weights, ages = np.array([66.0, 24.0]), np.array([2.0, 5.0])
    mean = np.average(ages, weights=weights)
    assert column(found, "mean")[-1] == pytest.approx(mean, rel=1e-14)
    deviation = sqrt(np.average((ages - mean) ** 2, weights=weights))
    assert column(found, "sd")[-1] == pytest.approx(deviation, rel=1e-13)


def test_what_leaks_is_as_old_as_its_place_on_the_belt() -> None:
    text = (
        stock("one", ["entering"], ["out", "lost"], belt(4, 'exponential_leak="true"'))
        + flow("entering", "100", MARK)
        + flow("out")
        + flow("lost", more="<leak>0.1</leak>")
        + asked("lost")
        + aux("exit", "CYCLETIME(out)")
    )
    found = run(file(text, settings=specs(8)))
    ages, weights = np.arange(1.0, 5), 0.9 ** np.arange(4.0)
    assert column(found, "now")[-1] == pytest.approx(np.average(ages, weights=weights), rel=1e-14)
    assert (column(found, "newest")[-1], column(found, "oldest")[-1]) == (1, 4)
    assert column(found, "flow")[-1] == pytest.approx(column(found, "lost")[-1], rel=1e-14)
    assert column(found, "exit")[-1] == 4


def test_an_arrest_counts() -> None:
    text = stock(
        "one",
        ["entering"],
        ["out"],
        "<conveyor><len>3</len><arrest>TIME >= 4 AND TIME &lt; 6</arrest></conveyor>",
    )
    text += flow("entering", "2", MARK) + flow("out") + aux("now", "CYCLETIME(out)")
    found = run(file(text, settings=specs(10)))
    # What entered at 1, 2 and 3 is held for two steps; nothing enters at 4 and 5.
    assert column(found, "out") == [0, 0, 0, 2, 0, 0, 2, 2, 2, 2, 2]
    assert column(found, "now") == [0, 0, 0, 3, 0, 0, 5, 5, 5, 3, 3]


def test_elements_are_timed_apart() -> None:
    shape = '<dimensions><dim name="d"/></dimensions>'
    length = "<conveyor><len>IF d = 1 THEN 1 ELSE 3</len></conveyor>"
    text = (
        stock("one", ["entering"], ["out"], shape + length)
        + flow("entering", "2", shape + MARK)
        + flow("out", more=shape)
        + aux("now", "CYCLETIME(out)", shape)
        + aux("of_b", "CTMAX(out[b])")
    )
    dimension = '<dimensions><dim name="d"><elem name="a"/><elem name="b"/></dim></dimensions>'
    for target in TARGETS:
        found = run(file(text, settings=specs(5), before=dimension), target=target)
        assert found["now"].values[-1].tolist() == [1, 3]
        assert column(found, "of_b") == [0, 0, 0, 3, 3, 3]


# Ordinary stocks, item by item

AMOUNTS = st.lists(st.integers(0, 6), min_size=8, max_size=8)


def passing(
    start: int, inflows: Sequence[Sequence[int]], asked: Sequence[int]
) -> list[list[tuple[Fraction, int | None]]]:
    """Return what leaves in each step: amounts, with the step of their stamp or None.

    The first of the inflows stamps, the second does not.
    """
    line: list[tuple[Fraction, int | None]] = [(Fraction(start), None)]
    left = []
    for step, wanted in enumerate(asked):
        for which, inflow in enumerate(inflows):
            line.append((Fraction(inflow[step]), None if which else step))
        rest, gone = Fraction(wanted), []
        while rest > 0 and line:
            amount, stamp = line[0]
            part = min(amount, rest)
            rest -= part
            gone.append((part, stamp))
            line = line[1:] if part == amount else [(amount - part, stamp), *line[1:]]
        left.append(gone)
    return left


def expected(left: Sequence[Sequence[tuple[Fraction, int | None]]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {k: [] for k in ("mean", "sd", "max", "min", "now", "flow")}
    so_far: list[tuple[Fraction, int]] = []
    for step, gone in enumerate(left):
        now = [(a, step - stamp) for a, stamp in gone if stamp is not None and a]
        so_far += now
        total = sum((a for a, _ in so_far), Fraction(0))
        mean = sum((a * age for a, age in so_far), Fraction(0)) / total if total else Fraction(0)
        spread = sum((a * (age - mean) ** 2 for a, age in so_far), Fraction(0))
        found["mean"].append(float(mean))
        found["sd"].append(sqrt(spread / total) if total else 0.0)
        found["max"].append(max((age for _, age in so_far), default=0))
        found["min"].append(min((age for _, age in so_far), default=0))
        here = sum((a for a, _ in now), Fraction(0))
        found["flow"].append(float(here))
        found["now"].append(float(sum(a * age for a, age in now) / here) if here else 0.0)
    return found


@settings(max_examples=12, deadline=None)
@given(AMOUNTS, AMOUNTS, AMOUNTS, st.integers(0, 9))
def test_ordinary_stocks_give_first_what_came_first(
    one: list[int], other: list[int], out: list[int], start: int
) -> None:
    def given_as(name: str, values: list[int], more: str = "") -> str:
        points = ",".join(map(str, values))
        table = f'<gf type="discrete"><xscale min="0" max="7"/><ypts>{points}</ypts></gf>'
        return flow(name, "TIME", f"{table}<non_negative/>{more}")

    text = (
        stock("heap", ["one", "other"], ["out"], "<non_negative/>", start)
        + given_as("one", one, MARK)
        + given_as("other", other)
        + given_as("out", out)
        + asked("out")
    )
    project = read(file(text, settings=specs(7, method="Cycle Time")))
    wanted = expected(passing(start, (one, other), out))
    found = {target: results_of(project, target=target) for target in TARGETS}
    for name, values in wanted.items():
        for results in found.values():
            assert column(results, name) == pytest.approx(values, abs=1e-9), name
    for name in ASKED:
        assert column(found["llvm"], name) == column(found["reference"], name), name


def test_a_stock_in_balance_keeps_material_for_its_content_over_its_flow() -> None:
    """Little's law, exact where what comes first leaves first."""
    text = (
        stock("heap", ["one"], ["out"], "<non_negative/>", 100)
        + flow("one", "20", "<non_negative/>" + MARK)
        + flow("out", "heap / 5", "<non_negative/>")
        + asked("out")
    )
    found = run(file(text, settings=specs(9, 0.5, "Cycle-time")))
    assert column(found, "now") == [0] * 10 + [5] * 9
    assert column(found, "sd") == [0] * 19


def test_what_runs_in_circles_keeps_its_first_stamp_until_it_is_stamped_again() -> None:
    """A third of what leaves the belt goes back; it was stamped as it came, and comes out older."""
    text = (
        stock("line", ["new", "back"], ["enter"], "<queue/>")
        + stock("belt", ["enter"], ["out", "back"], belt(2))
        + flow("new", "IF TIME = 0 THEN 8 ELSE 0", MARK)
        + flow("enter")
        + flow("out")
        + flow("back", more="<leak>0.5</leak>")
        + asked("out")
    )
    for target in TARGETS:
        found = run(file(text, settings=specs(8)), target=target)
        # Of 8 that enter at 0 half leak, 2 a step at 1 and 2, and go on the belt again.
        assert column(found, "flow") == pytest.approx(column(found, "out"), rel=1e-12)
        first = column(found, "out").index(4)
        assert (first, column(found, "now")[first]) == (2, 2)
        assert column(found, "oldest")[4] == 4 and column(found, "newest")[4] == 4


@settings(max_examples=8, deadline=None)
@given(
    arriving=AMOUNTS,
    length=st.integers(1, 4),
    capacity=st.integers(3, 12),
    limit=st.integers(1, 6),
    leak=st.sampled_from(["0", "0.25", "0.6"]),
    option=st.sampled_from(
        ["", 'discrete="true"', 'one_at_a_time="false"', 'exponential_leak="true"']
    ),
)
def test_all_that_passes_is_stamped_and_its_ages_fit_together(
    arriving: list[int], length: int, capacity: int, limit: int, leak: str, option: str
) -> None:
    points = ",".join(map(str, [*arriving, 0]))
    table = f'<gf type="discrete"><xscale min="0" max="8"/><ypts>{points}</ypts></gf>'
    limits = f"<capacity>{capacity}</capacity><in_limit>{limit}</in_limit>"
    ready = f"<conveyor {option}><len>{length}</len>{limits}</conveyor>"
    text = (
        stock("line", ["arriving"], ["entering"], "<queue/>")
        + stock("belt", ["entering"], ["out", "lost"], ready)
        + stock("heap", ["out"], ["sold"], "<non_negative/>")
        + flow("arriving", "TIME", table + MARK)
        + flow("lost", more=f"<leak>{leak}</leak>")
        + flow("sold", "2.5", "<non_negative/>")
        + flow("entering")
        + flow("out")
        + "".join(asked(f).replace('name="', f'name="{f} ') for f in ("lost", "sold"))
    )
    project = read(file(text, settings=specs(24, method="Cycle-time")))
    found = {target: results_of(project, target=target) for target in TARGETS}
    for name in ("lost", "sold"):
        got = {key: np.array(column(found["llvm"], f"{name} {key}")) for key in ASKED}
        for key, values in got.items():
            assert values.tolist() == column(found["reference"], f"{name} {key}"), key
        passes = np.array(column(found["llvm"], name))
        assert got["flow"] == pytest.approx(passes, rel=1e-9, abs=1e-9)
        slack = 1e-9
        assert (got["min"] <= got["mean"] + slack).all()
        assert (got["mean"] <= got["max"] + slack).all()
        assert (got["newest"] <= got["now"] + slack).all()
        assert (got["sd"] <= (got["max"] - got["min"]) / 2 + slack).all()
        total = passes.cumsum()
        ages = np.divide((got["now"] * passes).cumsum(), total, where=total > 1e-9, out=0 * total)
        assert got["mean"] == pytest.approx(ages, rel=1e-6, abs=1e-6)


# What is told and refused


def test_without_a_stamp_nothing_is_computed_and_it_is_told() -> None:
    text = SERIES.replace(MARK, "") + flow("passing") + flow("leaving")
    project = read(file(text + aux("a", "CTMEAN(leaving)")))
    (told,) = project.warnings
    assert "`a` will have no value, for CTMEAN is not computed" in told.message
    assert "stamp" in told.hint
    with pytest.raises(HeadwaterError, match="CTMEAN is not computed"):
        run(file(text + flow("a", "CTMEAN(leaving)")))


def test_a_flow_that_no_stamp_leads_to_has_none() -> None:
    """Stella's rule where a model has stamps elsewhere: the functions are 0."""
    text = SERIES + flow("passing") + flow("leaving") + stock("c", ["x"], ["y"], belt(1))
    found = run(file(text + flow("x", "3") + flow("y") + asked("y")))
    assert all(column(found, name) == [0] * 6 for name in ASKED)


@pytest.mark.parametrize(
    ("equation", "why"),
    [
        ("CTMEAN(leaving, 1)", "CTMEAN takes 1 argument"),
        ("CTMAX(two)", "needs the name of a flow"),
        ("CTMAX(2 * leaving)", "needs the name of a flow"),
    ],
)
def test_what_is_asked_must_be_known(equation: str, why: str) -> None:
    text = SERIES + flow("passing") + flow("leaving") + flow("a", equation)
    with pytest.raises(HeadwaterError, match=why):
        run(file(text))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("<len>3</len>", "<len>3+STEP(1,2)</len><isee:fifo>true</isee:fifo>", ""),
        ('name="passing"', 'name="passing" isee:spreadflow="even"', "inflows along its belt"),
        ('method="Euler"', 'method="RK4"', "use Euler's method"),
    ],
)
def test_what_stamps_cannot_pass_through_is_refused(old: str, new: str, why: str) -> None:
    text = file(SERIES + flow("passing") + flow("leaving") + asked("leaving"))
    if "fifo" in new:
        text = text.replace(
            "<conveyor ><len>3</len>", '<conveyor isee:fifo="true"><len>3+STEP(1,2)</len>'
        )
        why = "a FIFO conveyor whose transit time changes"
    else:
        text = text.replace(old, new)
    with pytest.raises(HeadwaterError, match=why):
        run(text)


def test_readings_are_told() -> None:
    text = SERIES + flow("passing") + flow("leaving") + asked("leaving")
    told = [w.message for w in read(file(text)).warnings]
    for name in ("CTMEAN", "CTSTDDEV", "CTMIN", "CYCLETIME", "CTFLOW", "THROUGHPUT", "CTMAX"):
        assert any(name in message for message in told), name
    (heap,) = read(
        file(stock("heap", ["one"], ["out"]) + flow("one", "1", MARK) + flow("out", "1"))
    ).warnings
    assert "`heap`: stamped material passes through" in heap.message


@pytest.mark.parametrize("mark", ['isee:time_stamp="true"', 'isee:cycletime="true"'])
def test_a_mark_that_speaks_of_time_stamps_is_read_as_one(mark: str) -> None:
    text = SERIES.replace(MARK, "").replace('name="entering"', f'name="entering" {mark}')
    project = read(file(text + flow("passing") + flow("leaving") + aux("a", "CTMAX(leaving)")))
    assert any("`entering` is read as stamped" in w.message for w in project.warnings)
    assert column(results_of(project), "a") == [0] * 6


# Other formats


def test_stamps_are_written_and_read_again() -> None:
    text = SERIES + flow("passing") + flow("leaving") + asked("leaving")
    project = read(file(text, settings=specs(9)))
    copy, losses = write(project)
    assert not losses and "xmlns:headwater" in copy
    assert compare_projects(project, read(copy)).same
    case = write_case(project, "m").text
    assert "  stamped\n" in case
    again = read_case_text(case).project
    for name in ASKED:
        assert column(results_of(again), name) == column(results_of(project), name)
    without = read(file(text.replace(MARK, ""), settings=specs(9)))
    assert not compare_projects(project, without).same


def test_vensim_has_no_stamps() -> None:
    text = flow("entering", "1", MARK) + stock("heap", ["entering"], [])
    written = write_vensim(read(file(text)), "heap.mdl")
    assert any("stamps what it moves" in loss.message for loss in written.losses)
