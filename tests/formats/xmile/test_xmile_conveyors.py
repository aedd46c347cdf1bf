"""Conveyors, queues and ovens (XMILE 1.0, sections 3.7.2, 3.7.3, 4.2.1 and 4.3).

What the standard leaves open is isee systems', Stella help, Traditional Conveyor Computation and
Oven Computation.
"""

import numpy as np
import pytest

from formats.xmile.xmile_texts import aux, column, file, read, run, specs, values
from headwater.api import Model
from headwater.errors import HeadwaterError
from headwater.formats.xmile import write
from headwater.simulation.building import TargetName


def belt(
    inside: str = "<len>3</len>",
    *,
    initial: str = "0",
    options: str = "",
    inflow: str = "IF TIME &lt; 2 THEN 6 ELSE 0",
    leak: str = "",
    leak_attributes: str = "",
    extra: str = "",
    settings: str = "",
) -> str:
    """A conveyor with one inflow, one exit and perhaps a leakage."""
    out = "<outflow>leaving</outflow>" + ("<outflow>leaking</outflow>" if leak else "")
    variables = (
        f'<stock name="belt"><eqn>{initial}</eqn><inflow>entering</inflow>{out}'
        f"<conveyor {options}>{inside}</conveyor></stock>"
        f'<flow name="entering"><eqn>{inflow}</eqn></flow><flow name="leaving"/>'
        + (f'<flow name="leaking" {leak_attributes}>{leak}</flow>' if leak else "")
    )
    return file(variables + extra, settings=settings or specs(6))


def test_what_enters_leaves_after_the_transit_time() -> None:
    """3.7.2: material rides from one end to the other in the transit time."""
    found = run(belt())
    assert column(found, "entering") == [6, 6, 0, 0, 0, 0, 0]
    assert column(found, "leaving") == [0, 0, 0, 6, 6, 0, 0]
    assert column(found, "belt") == [0, 6, 12, 12, 6, 0, 0]


def test_an_initial_value_is_spread_evenly() -> None:
    """3.7.2: one number is the whole content, as a steady inflow would have left it."""
    found = run(belt(initial="9", inflow="0"))
    assert column(found, "leaving") == [3, 3, 3, 0, 0, 0, 0]
    assert column(found, "belt") == [9, 6, 3, 0, 0, 0, 0]


def test_initial_values_slat_by_slat() -> None:
    """3.7.2: a list gives what comes out in each time unit, the exit's end first."""
    found = run(belt(initial="5, 0, 7", inflow="0"))
    assert column(found, "leaving") == [5, 0, 7, 0, 0, 0, 0]


@pytest.mark.parametrize("step", [0.5, 0.25, 0.1])
def test_the_belt_has_a_slat_for_each_step(step: float) -> None:
    found = run(belt(inflow="IF TIME &lt; 0.99 THEN 6 ELSE 0", settings=specs(6, step)))
    times = found.coordinates["time"]
    expected = [6.0 if 2.99 < t < 3.98 else 0.0 for t in times]
    assert column(found, "leaving") == pytest.approx(expected, abs=1e-12)


def test_linear_leakage() -> None:
    """3.7.2: the fraction is that of what entered, and the same amount is lost in each step.

    Of 6 that enter, a half leaks over 3 slats: 1 a step, while 3 leave.
    """
    found = run(belt(leak="<eqn>0.5</eqn><leak/>", inflow="IF TIME = 0 THEN 6 ELSE 0"))
    assert column(found, "leaking") == pytest.approx([0, 1, 1, 1, 0, 0, 0])
    assert column(found, "leaving") == pytest.approx([0, 0, 0, 3, 0, 0, 0])


def test_a_fraction_inside_of_the_leak_element() -> None:
    """4.3: `<leak>` itself may hold the fraction."""
    found = run(belt(leak="<leak>0.5</leak>", inflow="IF TIME = 0 THEN 6 ELSE 0"))
    assert column(found, "leaving") == pytest.approx([0, 0, 0, 3, 0, 0, 0])


def test_exponential_leakage() -> None:
    """4.2.1: a tenth of what is there leaks in each time unit."""
    found = run(
        belt(
            options='exponential_leak="true"',
            leak="<eqn>0.1</eqn><leak/>",
            inflow="IF TIME = 0 THEN 1000 ELSE 0",
        )
    )
    assert column(found, "leaking") == pytest.approx([0, 100, 90, 81, 0, 0, 0])
    assert column(found, "leaving") == pytest.approx([0, 0, 0, 729, 0, 0, 0])


def test_a_leak_zone() -> None:
    """4.3: leak_start and leak_end count from the inflow's side; the fraction stays the same."""
    found = run(
        belt(
            "<len>4</len>",
            leak="<eqn>0.5</eqn><leak/>",
            leak_attributes='leak_start="0" leak_end="0.5"',
            inflow="IF TIME = 0 THEN 8 ELSE 0",
        )
    )
    assert column(found, "leaking") == pytest.approx([0, 2, 2, 0, 0, 0, 0])
    assert column(found, "leaving") == pytest.approx([0, 0, 0, 0, 4, 0, 0])


@pytest.mark.parametrize(
    ("zone", "when"),
    [
        ('leak_start="1"', 3),
        ('leak_start="0.95" leak_end="1"', 3),
        ('leak_end="0"', 0),
        ('leak_end="0.05"', 0),
        ('leak_start="0.5" leak_end="0.5"', 1),
    ],
)
def test_a_leak_zone_holds_a_slat_at_least(zone: str, when: int) -> None:
    """Models leak at the very end with a zone that begins and ends there; nothing gets lost."""
    found = run(
        belt(
            "<len>4</len>",
            leak="<eqn>0.25</eqn><leak/>",
            leak_attributes=zone,
            inflow="IF TIME = 0 THEN 8 ELSE 0",
        )
    )
    leaking = column(found, "leaking")
    assert leaking == pytest.approx([2 if t == when + 1 else 0 for t in range(7)])
    assert column(found, "leaving") == pytest.approx([0, 0, 0, 0, 6, 0, 0])


def test_a_check_tries_no_other_method_on_conveyors_that_move_by_eulers() -> None:
    findings = Model(read(belt())).check(progress=False).findings
    assert not [f for f in findings if f.severity != "note" and "method" in f.message]


def test_leakage_in_whole_units() -> None:
    """4.3: fractions are saved up until they make a unit."""
    found = run(
        belt(
            "<len>4</len>",
            leak="<eqn>0.5</eqn><leak/><leak_integers/>",
            inflow="IF TIME = 0 THEN 4 ELSE 0",
        )
    )
    assert column(found, "leaking") == pytest.approx([0, 0, 1, 0, 1, 0, 0])
    assert column(found, "leaving") == pytest.approx([0, 0, 0, 0, 2, 0, 0])


def test_two_leakages_in_their_order() -> None:
    """4.2: the order of the outflows is their priority; the fractions add up."""
    text = file(
        '<stock name="belt"><eqn>0</eqn><inflow>in</inflow><outflow>out</outflow>'
        "<outflow>a</outflow><outflow>b</outflow><conveyor><len>2</len></conveyor></stock>"
        '<flow name="in"><eqn>IF TIME = 0 THEN 10 ELSE 0</eqn></flow><flow name="out"/>'
        '<flow name="a"><eqn>0.8</eqn><leak/></flow><flow name="b"><eqn>0.8</eqn><leak/></flow>',
        settings=specs(3),
    )
    found = run(text)
    # 4 each in each of two steps would be 16 of 10: the second gets what the first leaves.
    assert column(found, "a") == pytest.approx([0, 4, 2, 0])
    assert column(found, "b") == pytest.approx([0, 4, 0, 0])
    assert column(found, "out") == pytest.approx([0, 0, 0, 0])


def test_capacity() -> None:
    """4.2.1: what does not fit stays outside; what leaves in the step makes room."""
    found = run(belt("<len>3</len><capacity>10</capacity>", inflow="6"))
    assert column(found, "entering") == [6, 4, 0, 6, 4, 0, 6]
    assert max(column(found, "belt")) == 10


def test_inflow_limit() -> None:
    """4.2.1: the most that may enter in each time unit."""
    found = run(belt("<len>2</len><in_limit>5</in_limit>", inflow="6 - TIME"))
    assert column(found, "entering") == [5, 5, 4, 3, 2, 1, 0]


def test_what_is_held_back_stays_in_the_stock_upstream() -> None:
    text = file(
        '<stock name="yard"><eqn>20</eqn><outflow>entering</outflow></stock>'
        '<stock name="belt"><eqn>0</eqn><inflow>entering</inflow><outflow>leaving</outflow>'
        "<conveyor><len>2</len><capacity>7</capacity></conveyor></stock>"
        '<stock name="done"><eqn>0</eqn><inflow>leaving</inflow></stock>'
        '<flow name="entering"><eqn>yard</eqn></flow><flow name="leaving"/>',
        settings=specs(8),
    )
    found = run(text)
    total = values(found, "yard") + values(found, "belt") + values(found, "done")
    assert total.tolist() == [20] * 9
    assert column(found, "belt")[:4] == [0, 7, 7, 7]


def test_a_transit_time_that_changes() -> None:
    """3.7.2: material keeps the transit time of its entry; what enters later may leave earlier."""
    found = run(
        belt(
            "<len>IF TIME &lt; 1 THEN 4 ELSE 1</len>", inflow="IF TIME &lt; 2 THEN 3 + TIME ELSE 0"
        )
    )
    assert column(found, "leaving") == [0, 0, 4, 0, 3, 0, 0]


def test_a_sampled_transit_time() -> None:
    """4.2.1: the transit time is taken when the sample expression is true."""
    found = run(
        belt(
            "<len>4 - TIME</len><sample>TIME = 2</sample>",
            inflow="IF TIME &lt; 3 THEN 1 + TIME ELSE 0",
        )
    )
    # 1 and 2 enter with a time of 4, 3 with one of 2.
    assert column(found, "leaving") == [0, 0, 0, 0, 4, 2, 0]


def test_an_arrested_conveyor_stands_still() -> None:
    """4.2.1: nothing enters, moves or leaves while the arrest expression is true."""
    found = run(belt("<len>2</len><arrest>TIME = 1 OR TIME = 2</arrest>", inflow="1 + TIME"))
    assert column(found, "entering") == [1, 0, 0, 4, 5, 6, 7]
    assert column(found, "leaving") == [0, 0, 0, 0, 1, 4, 5]


def test_conveyors_in_a_row() -> None:
    """3.7.2: the exit of a conveyor may be the inflow of the next; transit times add up."""
    text = file(
        '<stock name="a"><eqn>0</eqn><inflow>in</inflow><outflow>on</outflow>'
        "<conveyor><len>2</len></conveyor></stock>"
        '<stock name="b"><eqn>0</eqn><inflow>on</inflow><outflow>out</outflow>'
        "<conveyor><len>3</len></conveyor></stock>"
        '<flow name="in"><eqn>IF TIME = 0 THEN 4 ELSE 0</eqn></flow>'
        '<flow name="on"/><flow name="out"/>',
        settings=specs(6),
    )
    assert column(run(text), "out") == [0, 0, 0, 0, 0, 4, 0]


def test_arrayed_conveyors_with_a_transit_time_each() -> None:
    """4.5: single elements may have a `<conveyor>` of their own."""
    dims = '<dimensions><dim name="d"><elem name="p"/><elem name="q"/></dim></dimensions>'
    own = '<dimensions><dim name="d"/></dimensions>'
    text = file(
        f'<stock name="s">{own}<eqn>0</eqn><inflow>in</inflow><outflow>out</outflow><conveyor/>'
        '<element subscript="p"><conveyor><len>1</len></conveyor></element>'
        '<element subscript="q"><conveyor><len>3</len></conveyor></element></stock>'
        f'<flow name="in">{own}<eqn>IF TIME = 0 THEN d ELSE 0</eqn></flow>'
        f'<flow name="out">{own}</flow>',
        before=dims,
        settings=specs(4),
    )
    assert values(run(text), "out").tolist() == [[0, 0], [1, 0], [0, 0], [0, 2], [0, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (belt(""), "no transit time"),
        (belt("<len>3</len><capacity>(</capacity>"), "belt"),
        (belt(leak="<eqn>0.5</eqn><leak/>", leak_attributes='leak_start="2"'), "leak_start"),
        (
            belt(leak="<eqn>0.5</eqn><leak/>", leak_attributes='leak_start="0.9" leak_end="0.1"'),
            "before its start",
        ),
        (
            file(
                '<stock name="s"><eqn>0</eqn><outflow>o</outflow><conveyor><len>1</len></conveyor>'
                '</stock><flow name="o"><eqn>0.1</eqn><leak/></flow>'
            ),
            "no outflow at its end",
        ),
        (
            file(
                '<stock name="s"><eqn>0</eqn><outflow>o</outflow><conveyor><len>1</len></conveyor>'
                '<queue/></stock><flow name="o"/>'
            ),
            "choose one",
        ),
    ],
)
def test_conveyors_that_are_not_in_order(text: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        run(text)


def evenly(text: str) -> str:
    return text.replace('<flow name="entering">', '<flow name="entering" isee:spreadflow="even">')


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_an_inflow_that_is_spread_evenly(target: TargetName) -> None:
    """Stella help, Spreading Conveyor Inputs: with five places a fifth comes out in each step."""
    text = evenly(belt("<len>5</len>", inflow="IF TIME = 0 THEN 10 ELSE 0"))
    found = run(text, target=target)
    assert column(found, "leaving") == [0, 2, 2, 2, 2, 2, 0]
    assert column(found, "belt") == [0, 10, 8, 6, 4, 2, 0]


def test_what_is_spread_leaks_from_where_it_enters() -> None:
    """A third of 6 to each of three slats; a half of each would leak over three steps: 1/3 a step.

    The part at the exit leaks once, and leaves with 5/3; the next leaks twice, the last thrice.
    """
    text = belt(leak="<eqn>0.5</eqn><leak/>", inflow="IF TIME = 0 THEN 6 ELSE 0")
    found = run(evenly(text))
    assert column(found, "leaving") == pytest.approx([0, 5 / 3, 4 / 3, 1, 0, 0, 0])
    assert column(found, "leaking") == pytest.approx([0, 1, 2 / 3, 1 / 3, 0, 0, 0])


def test_inflows_at_the_beginning_and_along_the_belt() -> None:
    """Of 6 at the beginning all leave after 3 steps; of 3 along the belt a third in each."""
    text = belt(
        inflow="IF TIME = 0 THEN 6 ELSE 0",
        extra='<flow name="joining" isee:spreadflow="even"><eqn>IF TIME = 1 THEN 3 ELSE 0</eqn>'
        "</flow>",
    ).replace("<outflow>leaving", "<inflow>joining</inflow><outflow>leaving")
    assert column(run(text), "leaving") == [0, 0, 1, 7, 1, 0, 0]


def test_spread_over_a_belt_whose_length_changes() -> None:
    """At time 0 over 2 slats, at time 1 over 4."""
    text = belt(
        "<len>IF TIME &lt; 1 THEN 2 ELSE 4</len>",
        inflow="IF TIME = 0 THEN 4 ELSE IF TIME = 1 THEN 8 ELSE 0",
    )
    assert column(run(evenly(text)), "leaving") == [0, 2, 2 + 2, 2, 2, 2, 0]


def test_a_belt_that_nothing_overtakes_on() -> None:
    """Stella help: with a fixed transit time FIFO makes no difference; otherwise it does."""
    fixed = belt(options='isee:fifo="true"')
    assert column(run(fixed), "leaving") == column(run(belt()), "leaving")
    assert 'isee:fifo="true"' in write(read(fixed))[0]
    changing = belt(
        "<len>3 - TIME / 4</len>", options='isee:fifo="true"', leak="<eqn>0.5</eqn><leak/>"
    )
    with pytest.raises(HeadwaterError, match="is FIFO, its transit time changes, and it leaks"):
        run(changing)


def test_a_spread_inflow_is_written_as_one() -> None:
    project = read(evenly(belt()))
    copy, losses = write(project)
    assert not losses and 'isee:spreadflow="even"' in copy
    assert read(copy).find("entering") == project.find("entering")


# Queues


def queue(outflows: str, variables: str, *, inflow: str, stop: float = 6) -> str:
    return file(
        f'<stock name="line"><eqn>0</eqn><inflow>coming</inflow>{outflows}<queue/></stock>'
        f'<flow name="coming"><eqn>{inflow}</eqn></flow>{variables}',
        settings=specs(stop),
    )


OVEN_OR_BELT = (
    '<stock name="next"><eqn>0</eqn><inflow>going</inflow><outflow>out</outflow>{}</stock>'
    '<flow name="going"/><flow name="out"/>'
)


def test_a_queue_gives_a_stock_all_that_it_has() -> None:
    """3.7.3: where nothing downstream has a limit, the outflow always empties the queue."""
    text = queue(
        "<outflow>going</outflow>",
        '<stock name="next"><eqn>0</eqn><inflow>going</inflow></stock><flow name="going"/>',
        inflow="TIME",
    )
    found = run(text)
    assert column(found, "line") == [0] * 7
    assert column(found, "next") == [0, 0, 1, 3, 6, 10, 15]


def test_a_queue_waits_for_a_conveyor_with_an_inflow_limit() -> None:
    """3.7.3: a batch may be split, unless the conveyor keeps batches whole."""
    text = queue(
        "<outflow>going</outflow>",
        OVEN_OR_BELT.format("<conveyor><len>2</len><in_limit>4</in_limit></conveyor>"),
        inflow="IF TIME = 0 THEN 10 ELSE 0",
        stop=8,
    )
    found = run(text)
    going = column(found, "going")
    assert [x for x in going if x] == [4, 4, 2]
    assert column(found, "line")[-1] == 0


def test_whole_batches_only() -> None:
    """4.2.1: with batch_integrity a batch that does not fit waits, first in, first out."""
    text = queue(
        "<outflow>going</outflow>",
        OVEN_OR_BELT.format(
            '<conveyor batch_integrity="true"><len>2</len><capacity>5</capacity></conveyor>'
        ),
        inflow="IF TIME = 0 THEN 4 ELSE IF TIME = 1 THEN 3 ELSE 0",
        stop=8,
    )
    going = [x for x in column(run(text), "going") if x]
    assert going == [4, 3]


def test_an_overflow_takes_what_a_full_conveyor_refuses() -> None:
    """3.7.3: an overflow gets something only while the outflow before it is blocked."""
    text = queue(
        "<outflow>going</outflow><outflow>away</outflow>",
        OVEN_OR_BELT.format("<conveyor><len>4</len><capacity>6</capacity></conveyor>")
        + '<flow name="away"><overflow/></flow>',
        inflow="IF TIME &lt; 2 THEN 5 ELSE 0",
        stop=8,
    )
    found = run(text)
    assert sum(column(found, "coming")) == 10
    # 5 enter; of the second 5 the belt has room for 1, and the rest goes away.
    assert [x for x in column(found, "going") if x] == [5, 1]
    assert [x for x in column(found, "away") if x] == [4]


# Ovens


def test_an_oven_fills_cooks_and_empties() -> None:
    """Stella help: it closes when full, cooks for its time, and gives all at once."""
    text = file(
        '<stock name="oven"><eqn>0</eqn><inflow>filling</inflow><outflow>emptying</outflow>'
        "<isee:oven><len>2</len><capacity>6</capacity></isee:oven></stock>"
        '<flow name="filling"><eqn>4</eqn></flow><flow name="emptying"/>',
        settings=specs(9),
    )
    found = run(text)
    assert column(found, "filling")[:2] == [4, 2]
    out = column(found, "emptying")
    assert next(x for x in out if x) == 6
    first = out.index(6)
    # Full after the step at 1, so closed from 2 on; two time units later it empties.
    assert first == 4
    assert column(found, "filling")[2:5] == [0, 0, 0]
    assert column(found, "filling")[5] == 4


def test_an_oven_without_a_cook_time() -> None:
    text = file(
        '<stock name="oven"><eqn>0</eqn><outflow>out</outflow><isee:oven/></stock>'
        '<flow name="out"/>' + aux("x", "1")
    )
    with pytest.raises(HeadwaterError, match="no cook time"):
        run(text)


def test_limits_of_single_elements_are_refused() -> None:
    """Of a conveyor's options only the transit time may differ by element."""
    text = file(
        '<stock name="s"><dimensions><dim name="d"/></dimensions><eqn>0</eqn><outflow>o</outflow>'
        '<conveyor><len>2</len></conveyor><element subscript="1"><conveyor><len>1</len>'
        '<capacity>4</capacity></conveyor></element></stock><flow name="o"><dimensions>'
        '<dim name="d"/></dimensions></flow>',
        before='<dimensions><dim name="d" size="2"/></dimensions>',
    )
    with pytest.raises(HeadwaterError, match="<capacity> for one element alone"):
        read(text)


# Arrays of them


PIER = '<dimensions><dim name="pier"/></dimensions>'
BOTH = '<dimensions><dim name="pier"><elem name="a"/><elem name="b"/></dim></dimensions>'
CHAIN = (
    '<stock name="line">{0}<eqn>0</eqn><inflow>coming</inflow><outflow>served</outflow>'
    "<outflow>away</outflow><queue/></stock>"
    '<flow name="coming">{0}<eqn>IF TIME &lt; 3 THEN {1} ELSE 0</eqn></flow>'
    '<flow name="served">{0}</flow><flow name="away">{0}<overflow/></flow>'
    '<stock name="desk">{0}<eqn>2</eqn><inflow>served</inflow><outflow>done</outflow><conveyor>'
    "<len>2</len><in_limit>3</in_limit></conveyor></stock>"
    '<flow name="done">{0}</flow><stock name="next">{0}<eqn>0</eqn><inflow>done</inflow>'
    "<outflow>out</outflow><conveyor><len>1</len><arrest>TIME = {2}</arrest></conveyor></stock>"
    '<flow name="out">{0}</flow><stock name="last">{0}<eqn>0</eqn><inflow>out</inflow></stock>'
)


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_arrays_of_queues_and_conveyors_run_as_each_does_alone(target: TargetName) -> None:
    """What a conveyor lets in, and when it stands still, bounds the stock before it by element."""
    both = run(file(CHAIN.format(PIER, "4 * pier", "2 + pier"), before=BOTH), target=target)
    for number, arrested in ((1, 3), (2, 4)):
        alone = run(file(CHAIN.format("", 4 * number, arrested)), target=target)
        for name in ("line", "served", "away", "desk", "done", "next", "out", "last"):
            assert both[name].values[:, number - 1].tolist() == column(alone, name)


LISTED = (
    '<stock name="road">{dimensions}<eqn>{initial}</eqn><inflow>in</inflow><outflow>out</outflow>'
    "<conveyor><len>3</len></conveyor></stock>"
    '<flow name="in">{dimensions}<eqn>0</eqn></flow><flow name="out">{dimensions}</flow>'
)
AGES = '<dim name="age" size="3"/><dim name="lane"><elem name="left"/><elem name="right"/></dim>'


@pytest.mark.parametrize("by_lane", [False, True])
@pytest.mark.parametrize("step", [1, 0.5])
def test_a_belt_may_hold_what_an_array_lists(step: float, by_lane: bool) -> None:
    """The first element is what leaves in the first time unit, as the first of a list is."""
    dimensions = '<dimensions><dim name="lane"/></dimensions>' if by_lane else ""
    listed = "lane, *" if by_lane else "*"
    over = '<dim name="lane"/><dim name="age"/>' if by_lane else '<dim name="age"/>'
    equation = "10 * age + IF lane = 2 THEN 1 ELSE 0" if by_lane else "10 * age"
    text = file(
        LISTED.format(dimensions=dimensions, initial=f"there[{listed}]")
        + aux("there", equation, f"<dimensions>{over}</dimensions>"),
        before=f"<dimensions>{AGES}</dimensions>",
        settings=specs(3, step),
    )
    found = run(text)
    per_unit = round(1 / step)
    expected = np.repeat([[10, 11], [20, 21], [30, 31]], per_unit, axis=0)
    leaving = values(found, "out")[: 3 * per_unit]
    assert leaving.tolist() == (expected if by_lane else expected[:, 0]).tolist()
    assert values(found, "road")[0].tolist() == ([60, 63] if by_lane else 60)
    copy, losses = write(read(text))
    assert not losses and np.array_equal(values(run(copy), "out"), values(found, "out"))


def test_an_array_of_conveyors_takes_its_own_elements_initial_values() -> None:
    text = file(
        LISTED.format(
            dimensions='<dimensions><dim name="lane"/></dimensions>', initial="there[lane]"
        )
        + aux("there", "30 * lane", '<dimensions><dim name="lane"/></dimensions>'),
        before=f"<dimensions>{AGES}</dimensions>",
        settings=specs(1, 1),
    )
    assert values(run(text), "out")[0].tolist() == [10, 20]
