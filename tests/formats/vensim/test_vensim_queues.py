"""Vensim's queues against a queue of single entries, by the manual's rules."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.vensim.running import NOT_AVAILABLE, control, run, values
from headwater.compiler.units.check import check_units
from headwater.errors import HeadwaterError
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.simulation.building import TargetName

TARGETS: list[TargetName] = ["reference", "llvm"]
FLAT = "flat((0,1),(1,1)) ~~|\n"


@dataclass
class Line:
    """Entries in their order: how much, how old, and their attribute."""

    step: float
    entries: list[list[float]] = field(default_factory=list)

    def move(self, inflow: float, outflow: float, attribute: float = 0, change: float = 0) -> None:
        """Take out of the oldest, put in what comes, and let a step pass."""
        into = max(inflow, 0) + max(-outflow, 0)
        out = (max(outflow, 0) + max(-inflow, 0)) * self.step
        self.entries.append([into * self.step, 0.0, attribute])
        for entry in self.entries:
            taken = min(entry[0], out)
            entry[0] -= taken
            out -= taken
        self.entries = [e for e in self.entries if e[0] > 1e-9]
        for entry in self.entries:
            entry[1] += self.step
            entry[2] += change * self.step

    def oldest(self, quantity: float) -> list[list[float]]:
        """The entries that the oldest of that quantity are in, the last one in part."""
        found, left = [], quantity if 0 < quantity < self.total else self.total
        for amount, age, attribute in self.entries:
            part = min(amount, left)
            left -= part
            if part > 1e-12:
                found.append([part, age, attribute])
        return found

    @property
    def total(self) -> float:
        return sum(e[0] for e in self.entries)

    def mean(self, quantity: float, what: int) -> float:
        part = self.oldest(quantity)
        return sum(e[0] * e[what] for e in part) / sum(e[0] for e in part) if part else 0.0

    def with_attributes(self, wanted: float) -> float:
        """How much of the oldest has that much of the attribute."""
        taken = 0.0
        for amount, _, attribute in self.entries:
            part = min(amount, wanted / attribute)
            wanted -= part * attribute
            taken += part
        return taken


FLOWS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5)), min_size=3, max_size=12)


def by_steps(numbers: list[int], step: float) -> str:
    """A function of time that is one of the numbers in each step."""
    points = ",".join(f"({k * step},{n})" for k, n in enumerate([*numbers, 0]))
    return f"({points}) ~~|\n"


@settings(max_examples=12, deadline=None)
@given(flows=FLOWS, step=st.sampled_from([1.0, 0.5]))
def test_any_flows_through_a_queue(flows: list[tuple[int, int]], step: float) -> None:
    """Never more leaves than there is; ages and attributes are those of entries one by one."""
    line, wanted, outs = Line(step), [], []
    for inflow, asked in flows:
        wanted.append(
            [
                line.total,
                line.mean(0, 1),
                line.mean(2.5, 1),
                max((e[1] for e in line.entries), default=0.0),
                sum(e[0] for e in line.entries if 2 * step <= e[1] <= 3 * step),
                line.mean(3, 2),
                line.with_attributes(7.0),
            ]
        )
        out = min(asked, line.total / step)
        outs.append(out)
        # The attribute of what enters is 1 + the time, and grows by 0.5 per unit of time.
        line.move(inflow, out, 1 + (len(outs) - 1) * step, 0.5)
    text = (
        FLAT
        + "ins"
        + by_steps([f[0] for f in flows], step)
        + "out"
        + by_steps([f[1] for f in flows], step)
        + "enters = LOOKUP BACKWARD(ins, Time + 1e-9) ~~|\n"
        "leaves = MIN(LOOKUP BACKWARD(out, Time + 1e-9), MAX(line, 0) / TIME STEP) ~~|\n"
        "line = QUEUE FIFO ATTRIB(enters, leaves, 1 + Time, .5, flat, flat, 0, 1, 2) ~~|\n"
        "mean = QUEUE AGE AVERAGE(line, 0) ~~|\nsome = QUEUE AGE AVERAGE(line, 2.5) ~~|\n"
        "old = QUEUE AGE OLDEST(line) ~~|\n"
        "range = QUEUE AGE IN RANGE(line, 2 * TIME STEP, 3 * TIME STEP) ~~|\n"
        "attribute = QUEUE ATTRIB AVERAGE(line, 3) ~~|\n"
        "much = QUEUE ATTRIB QUANTITY(line, 7) ~~|\n"
    )
    found = run(text, (len(flows) - 1) * step, step, target="reference")
    names = ("line", "mean", "some", "old", "range", "attribute", "much")
    rows = np.array([values(found, name) for name in names]).T
    assert np.allclose(rows, wanted, atol=1e-9)


@pytest.mark.parametrize("target", TARGETS)
def test_orders_that_wait_for_their_time(target: TargetName) -> None:
    """The manual's model: nothing is ready before two days, and four a day can be shipped."""
    text = FLAT + (
        "orders = IF THEN ELSE(Time < 3, 8, 0) ~~|\n"
        "shipped = MIN(4, QUEUE AGE IN RANGE(work, 2, 1e9) / TIME STEP) ~~|\n"
        "work = QUEUE FIFO(orders, shipped, flat, 0, 3) ~~|\n"
        "cycle = QUEUE AGE AVERAGE(work, 0) ~~|\n"
    )
    found = run(text, 10, target=target)
    assert values(found, "shipped").tolist() == [0, 0, 4, 4, 4, 4, 4, 4, 0, 0, 0]
    assert values(found, "work").tolist() == [0, 8, 16, 20, 16, 12, 8, 4, 0, 0, 0]
    # At 3 four of three days, eight of two and eight of one wait: 36 days by 20.
    assert values(found, "cycle").tolist()[:5] == [0, 1, 1.5, (12 + 16 + 8) / 20, (24 + 16) / 16]


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_in_a_queue_at_the_start(target: TargetName) -> None:
    """Ages from one step to the range and a step more; a rising profile has the oldest full."""
    text = (
        "rise((0,0),(10,1)) ~~|\nfactor((0,1),(1,3)) ~~|\n"
        "line = QUEUE FIFO ATTRIB(0, 0, 0, 0, rise, factor, 96, 5, 4) ~~|\n"
        + "".join(f"a{k} = QUEUE AGE IN RANGE(line, {k}, {k}) ~~|\n" for k in range(7))
        + "oldest = QUEUE AGE OLDEST(line) ~~|\n"
        "young = QUEUE AGE IN RANGE(line, :NA:, 3) ~~|\n"
        "old = QUEUE AGE IN RANGE(line, 4, :NA:) ~~|\n"
        "first = QUEUE ATTRIB AVERAGE(line, 1) ~~|\nmany = QUEUE ATTRIB QUANTITY(line, 1e9) ~~|\n"
    )
    found = run(text, 1, target=target)
    # Areas under x / 4 up to 4, scaled to 2: 0 to 0.5, then whole steps around 1, 2 and 3.
    areas = np.diff([0, 0.5**2, 1.5**2, 2.5**2, 3.5**2, 4**2]) / 16 * 96
    assert np.allclose([values(found, f"a{k}")[0] for k in range(7)], [0, *areas, 0])
    assert values(found, "oldest").tolist() == [5, 6]
    assert np.allclose(values(found, "young")[0], areas[:3].sum())
    assert np.allclose(values(found, "old")[0], areas[3:].sum())
    assert np.allclose(values(found, "first"), 15)
    assert np.allclose(values(found, "many"), 96)


def test_a_queue_that_is_taken_below_nothing_and_flows_that_turn() -> None:
    """The manual: it counts as having entries of the step before only."""
    text = FLAT + (
        "line = QUEUE FIFO(IF THEN ELSE(Time = 2, 10, 0), IF THEN ELSE(Time < 2, 3, 0), flat, 0, 2)"
        " ~~|\nage = QUEUE AGE OLDEST(line) ~~|\nmean = QUEUE AGE AVERAGE(line, 0) ~~|\n"
        "fresh = QUEUE AGE IN RANGE(line, 0.5, 0.5) ~~|\n"
        "other = QUEUE FIFO(-2, -5, flat, 0, 2) ~~|\nof other = QUEUE AGE OLDEST(other) ~~|\n"
    )
    found = run(text, 3, 0.5)
    assert values(found, "line").tolist() == [0, -1.5, -3, -4.5, -6, -1, -1]
    assert values(found, "age").tolist() == [0, *[0.5] * 6]
    assert values(found, "mean").tolist() == [0, *[0.5] * 6]
    assert values(found, "fresh").tolist() == [0, -1.5, -3, -4.5, -6, -1, -1]
    # In each step 2.5 come in and 1 goes, so that two steps and a half are needed for one's entry.
    assert values(found, "other").tolist() == [1.5 * k for k in range(7)]
    assert values(found, "of other").tolist() == [0, 0.5, 1, 1, 1.5, 1.5, 2]


def test_queues_by_subscript_with_ranges_of_their_own() -> None:
    text = FLAT + (
        "i: i1, i2 ~~|\nline[i1] = QUEUE FIFO(1, 0, flat, 6, 2) ~~|\n"
        "line[i2] = QUEUE FIFO(0, 1, flat, 6, 5) ~~|\nold[i] = QUEUE AGE OLDEST(line[i]) ~~|\n"
        "both = QUEUE AGE IN RANGE(line[i1], 0, 9) + QUEUE AGE IN RANGE(line[i2], 0, 9) ~~|\n"
    )
    found = run(text, 2)
    assert values(found, "line").tolist() == [[6, 6], [7, 5], [8, 4]]
    assert values(found, "both").tolist() == [12, 12, 12]
    assert values(found, "old")[0].tolist() == [3, 6]


def test_what_is_no_queue_has_no_ages() -> None:
    text = FLAT + (
        "stock = INTEG(1, 0) ~~|\nline = QUEUE FIFO(1, 0, flat, 0, 2) ~~|\n"
        "a = QUEUE AGE OLDEST(stock) ~~|\nb = QUEUE ATTRIB AVERAGE(line, 0) ~~|\n"
    )
    found = run(text, 1)
    assert values(found, "a")[0] == values(found, "b")[0] == NOT_AVAILABLE


@pytest.mark.parametrize(
    ("equation", "why"),
    [
        ("q = 1 + QUEUE FIFO(1, 0, flat, 0, 2)", "whole right side"),
        ("q = QUEUE FIFO(1, 0, flat, 0, r) ~~|\nr = RANDOM 0 1()", "known before the run"),
        ("q = QUEUE FIFO(1, 0, flat, 0, 2) ~~|\np = QUEUE ATTRIB IN RANGE(q, 1, 2)", "not known"),
    ],
)
def test_what_cannot_be_told_is_refused(equation: str, why: str) -> None:
    with pytest.raises(HeadwaterError, match=why):
        run(FLAT + equation + " ~~|\n", 2)


def test_the_units_of_queues_are_checked() -> None:
    text = (
        "{UTF-8}\nflat((0,1),(1,1)) ~~|\narriving = 2 ~ person/Day ~|\n"
        "waiting = QUEUE FIFO(arriving, 0, flat, 0, 2) ~ person ~|\n"
        "age = QUEUE AGE OLDEST(waiting) ~ person ~|\n"
    ) + control(3).replace("~~|", "~ Day ~|")
    found = check_units(project_of(Source("m.mdl", text), None, "m"))
    assert ["age" in d.message for d in found if "person" in d.message] == [True]
