"""Inflows along a conveyor's belt, against a belt of slats worked out in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy.integrate import quad

from formats.xmile.xmile_texts import column, file, read, results_of, run, specs, values, warnings
from headwater.errors import HeadwaterError
from headwater.formats.literate import read_case_text
from headwater.formats.literate import write as write_literate
from headwater.formats.xmile import write
from headwater.simulation.building import TargetName

BOTH = pytest.mark.parametrize("target", ["reference", "llvm"])
PROFILE = (
    '<gf name="profile"><xscale min="0" max="1"/><ypts>0, 1, 4, 2</ypts></gf>'
    '<gf name="late"><xpts>10, 20, 30</xpts><ypts>3, 0, 0</ypts></gf>'
)


def belt(
    joining: str,
    *,
    length: str = "4",
    initial: str = "4, 0, 2, 0",
    step: float = 1,
    stop: float = 6,
    leak: str = "",
    options: str = "",
    body: str = "<eqn>IF TIME = 1 THEN 6 ELSE 0</eqn>",
) -> str:
    """A belt with something on it, something that enters at its beginning, and what joins it."""
    out = "<outflow>leaving</outflow>" + ("<outflow>leaking</outflow>" if leak else "")
    return file(
        f'<stock name="belt"><eqn>{initial}</eqn><inflow>entering</inflow><inflow>joining</inflow>'
        f"{out}<conveyor {options}><len>{length}</len></conveyor></stock>"
        '<flow name="entering"><eqn>IF TIME = 0 THEN 8 ELSE 0</eqn></flow><flow name="leaving"/>'
        f'<flow name="joining" {joining}>{body}</flow>{leak}' + PROFILE,
        settings=specs(stop, step),
    )


@BOTH
def test_in_proportion_to_what_is_there(target: TargetName) -> None:
    """At time 1 0, 2, 0 and 8 are on the belt, and move to 2, 0, 8: 6 join them as 1.2 and 4.8."""
    found = run(belt('isee:spreadflow="dest"'), target=target)
    assert column(found, "leaving") == pytest.approx([4, 0, 2 + 1.2, 0, 8 + 4.8, 0, 0])


def test_on_an_empty_belt_at_its_beginning() -> None:
    text = belt('isee:spreadflow="dest"', initial="0").replace("TIME = 0 THEN 8", "TIME = 9 THEN 8")
    assert column(run(text), "leaving") == [0, 0, 0, 0, 0, 6, 0]


@BOTH
def test_by_a_profile_of_the_time_that_is_left(target: TargetName) -> None:
    """Areas of the quarters of 0, 1, 4, 2 at the thirds: those next to the exit leave first."""
    text = belt('isee:spreadflow="dist"', initial="0", body=by("profile")).replace("8", "0")
    areas = [quad(profile, k / 4, k / 4 + 0.25, points=[1 / 3, 2 / 3])[0] for k in range(4)]
    shares = [6 * a / sum(areas) for a in areas]
    assert column(run(text, target=target), "leaving") == pytest.approx([0, 0, *shares, 0])


def by(name: str) -> str:
    return f"<eqn>IF TIME = 1 THEN 6 ELSE 0</eqn><isee:distrib_eq>{name}</isee:distrib_eq>"


def profile(x: float) -> float:
    return float(np.interp(x, [0, 1 / 3, 2 / 3, 1], [0, 1, 4, 2]))


def test_a_profile_over_another_range() -> None:
    """From 10 at the exit to 30: all in the first half, three quarters of it in the first."""
    text = belt('isee:spreadflow="dist"', initial="0", body=by("late")).replace("8", "0")
    assert column(run(text), "leaving") == pytest.approx([0, 0, 4.5, 1.5, 0, 0, 0])


def chain(first: str, second: str, rule: str, step: float, stop: float = 6, more: str = "") -> str:
    """A belt that leaks into another one."""
    return file(
        '<stock name="upper"><eqn>0</eqn><inflow>entering</inflow><outflow>passing</outflow>'
        f'<outflow>moving</outflow><conveyor exponential_leak="true"><len>{first}</len></conveyor>'
        '</stock><stock name="lower"><eqn>0</eqn><inflow>moving</inflow><outflow>leaving</outflow>'
        f"<conveyor><len>{second}</len></conveyor></stock>"
        '<flow name="entering"><eqn>IF TIME &lt; 2 THEN 10 + TIME ELSE 0</eqn></flow>'
        f'<flow name="moving" {rule}><eqn>0.3</eqn><leak/>{more}</flow>'
        '<flow name="passing"/><flow name="leaving"/>'
        '<aux name="stay"><eqn>3</eqn></aux>',
        settings=specs(stop, step),
    )


def ride(
    first: int, second: int, step: float, stop: float, target: Callable[[int], int]
) -> tuple[list[float], list[float]]:
    """What leaves both belts of a chain of so many slats, slat 0 being the exit."""
    upper, lower = [0.0] * first, [0.0] * second
    passing, leaving = [], []
    for k in range(round(stop / step) + 1):
        time = k * step
        leaked = [0.3 * step * a for a in upper]
        upper = [a - b for a, b in zip(upper, leaked, strict=True)]
        passing.append(upper[0] / step)
        leaving.append(lower[0] / step)
        entering = (10 + time) * step if time < 2 else 0.0
        upper = [*upper[1:], entering]
        lower = [*lower[1:], 0.0]
        for j, amount in enumerate(leaked):
            lower[target(j)] += amount
    return passing, leaving


@BOTH
@pytest.mark.parametrize(
    ("lengths", "slats"),
    [
        (("stay", "stay"), (6, 6)),
        (("3", "1.5"), (6, 3)),
        (("1", "4"), (2, 8)),
        (("2.5", "2"), (5, 4)),
    ],
)
def test_where_it_leaked_from(
    lengths: tuple[str, str], slats: tuple[int, int], target: TargetName
) -> None:
    """The middle of a slat of the one belt lies on the slat of the other that it goes to."""
    first, second = slats
    found = run(chain(*lengths, 'isee:spreadflow="source"', 0.5), target=target)

    def place(j: int) -> int:
        return int((2 * j + 1) * second / (2 * first))

    passing, leaving = ride(first, second, 0.5, 6, place)
    assert column(found, "passing") == pytest.approx(passing)
    assert column(found, "leaving") == pytest.approx(leaving)


def test_belts_that_leak_into_each_other() -> None:
    """What leaked is nowhere lost, whichever of the belts comes first."""
    text = chain("stay", "stay", 'isee:spreadflow="source"', 0.5, 8)
    text = text.replace(
        "<inflow>entering</inflow>", "<inflow>entering</inflow><inflow>back</inflow>"
    ).replace("<outflow>leaving</outflow>", "<outflow>leaving</outflow><outflow>back</outflow>")
    text = text.replace(
        '<flow name="passing"/>',
        '<flow name="back" isee:spreadflow="source"><eqn>0.2</eqn><leak/></flow>'
        '<flow name="passing"/><stock name="gone"><eqn>0</eqn><inflow>passing</inflow>'
        "<inflow>leaving</inflow></stock><stock name='come'><eqn>0</eqn><inflow>coming</inflow>"
        "</stock><flow name='coming'><eqn>entering</eqn></flow>",
    )
    found = run(text)
    parts = sum(values(found, name) for name in ("upper", "lower", "gone"))
    assert parts == pytest.approx(values(found, "come"))


@pytest.mark.parametrize("rule", ["dest", "dist", "source"])
def test_each_rule_is_said_and_comes_back(rule: str) -> None:
    more = "<isee:distrib_eq>shape</isee:distrib_eq>" if rule == "dist" else ""
    text = chain("stay", "2", f'isee:spreadflow="{rule}"', 1, more=more).replace(
        '<aux name="stay">',
        '<gf name="shape"><xpts>0, 1</xpts><ypts>1, 3</ypts></gf><aux name="stay">',
    )
    project = read(text)
    assert f"spreads over its conveyor by the rule `{rule}`" in warnings(project)
    copy, losses = write(project)
    assert not losses and f'isee:spreadflow="{rule}"' in copy
    assert read(copy) == project
    literate = read_case_text(write_literate(project, "model").text).project
    mine, other = results_of(project), results_of(literate)
    assert column(mine, "leaving") == column(other, "leaving")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (belt('isee:spreadflow="middle"'), "by the rule `middle`"),
        (belt('isee:spreadflow="dist"'), "names no distribution"),
        (belt('isee:spreadflow="dist"', body=by("0.5")), "no graphical function"),
        (belt('isee:spreadflow="dist"', body=by("entering")), "no graphical function"),
    ],
)
def test_rules_that_are_not_in_order(text: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        run(text)


def test_a_source_is_a_leakage() -> None:
    """Elsewhere Stella does not offer the choice: it enters at the beginning."""
    text = belt('isee:spreadflow="source"', initial="0")
    assert "leaks from no conveyor" in read(text).warnings[0].hint
    assert column(run(text), "leaving") == [0, 0, 0, 0, 8, 6, 0]


def test_in_each_element_of_an_array() -> None:
    """Two belts of 2 and 4 slats: half of 8 on each of 2, and a quarter on each of 4."""
    text = file(
        '<stock name="belt"><dimensions><dim name="port"/></dimensions><eqn>0</eqn>'
        "<inflow>joining</inflow><outflow>leaving</outflow><conveyor><len>stay</len></conveyor>"
        '</stock><flow name="leaving"><dimensions><dim name="port"/></dimensions></flow>'
        '<flow name="joining" isee:spreadflow="dist"><dimensions><dim name="port"/></dimensions>'
        "<eqn>IF TIME = 0 THEN 8 ELSE 0</eqn><isee:distrib_eq>flat</isee:distrib_eq></flow>"
        '<aux name="stay"><dimensions><dim name="port"/></dimensions><element subscript="a">'
        '<eqn>2</eqn></element><element subscript="b"><eqn>4</eqn></element></aux>'
        '<gf name="flat"><xpts>0, 1</xpts><ypts>1, 1</ypts></gf>',
        before='<dimensions><dim name="port"><elem name="a"/><elem name="b"/></dim></dimensions>',
    )
    for target in ("reference", "llvm"):
        found: Sequence[Sequence[float]] = values(run(text, target=target), "leaving").T.tolist()
        assert found[0] == pytest.approx([0, 4, 4, 0, 0, 0])
        assert found[1] == pytest.approx([0, 2, 2, 2, 2, 0])
