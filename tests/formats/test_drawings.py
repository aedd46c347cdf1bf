"""Vensim's sketches as XMILE's views and the other way: the same things in the same places."""

import math
import re

import pytest

from headwater.formats import vensim, xmile
from headwater.formats.drawings import Point, angle_through, edge, middle_of_arc
from headwater.formats.vensim.sketches import read_sketches
from headwater.formats.xmile.drawings import read_views
from headwater.language.source import Source
from headwater.model.project import Project

CONTROL = "FINAL TIME = 4 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
HEAD = "\\\\\\---/// Sketch information\nV300  Do not put anything below\n"
LOOKS = "$192-192-192,0,Arial|12||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|96,96,100,0\n"
END = "///---\\\\\\\n:L\x7f<%^E!@\n15:0,0,0,0,0,0\n"
EQUATIONS = (
    "fish = INTEG(spawning - catch, 50) ~ fish ~|\nspawning = fish * rate ~ fish/Month ~|\n"
    "catch = MIN(fish, boats * 2) ~ fish/Month ~|\nrate = 0.1 ~ 1/Month ~|\n"
    '"boats, all" = 3 ~~|\nboats = "boats, all" ~~|\n'
)
SKETCH = (
    f"{HEAD}*The lake\n{LOOKS}"
    "10,1,fish,300,100,40,20,3,3,0,0,0,0,0,0\n"
    "12,2,48,100,100,10,8,0,3,0,0,-1,0,0,0\n"
    "1,3,5,1,4,0,0,22,0,0,0,-1--1--1,,1|(230,100)|\n"
    "1,4,5,2,100,0,0,22,0,0,0,-1--1--1,,1|(150,100)|\n"
    "11,5,48,200,100,6,8,34,3,0,0,1,0,0,0\n"
    "10,6,spawning,200,119,30,11,40,3,0,0,-1,0,0,0\n"
    "12,7,48,400,300,10,8,0,3,0,0,-1,0,0,0\n"
    "1,8,10,7,4,0,0,22,0,0,0,-1--1--1,,1|(400,220)|\n"
    "1,9,10,1,100,0,0,22,0,0,0,-1--1--1,,1|(345,100)|\n"
    "11,10,48,400,100,6,8,34,3,0,0,1,0,0,0\n"
    "10,11,catch,400,81,20,11,40,3,0,0,-1,0,0,0\n"
    "10,12,rate,200,200,20,11,8,3,0,0,0,0,0,0\n"
    "1,13,12,6,0,0,43,0,0,64,0,-1--1--1,,1|(9,9)|\n"
    "1,14,1,10,1,0,45,0,0,64,0,-1--1--1,,1|(350,50)|\n"
    '10,15,"boats, all",500,40,30,11,8,3,0,0,0,0,0,0\n'
    "12,16,0,90,300,40,10,8,4,0,0,-1,0,0,0\nWhat lives in the lake.\n"
    "10,17,Time,600,40,20,11,8,2,0,3,-1,0,0,0\n"
    f"{HEAD}*Fleet\n{LOOKS}"
    "10,1,boats,100,50,20,11,8,3,0,0,0,0,0,0\n"
    "10,2,boats all,10,10,20,11,8,2,0,3,-1,0,0,0\n"
    '10,3,"boats, all",40,150,30,11,8,2,0,3,-1,0,0,0\n'
    "1,4,3,1,0,0,0,0,0,64,0,-1--1--1,,1|(0,0)|\n"
)
DRAWN = EQUATIONS + CONTROL + SKETCH + END


def lake() -> Project:
    return vensim.project_of(Source("lake.mdl", DRAWN), None, "lake")


def view_of(text: str, number: int = 0) -> str:
    """One view, without the blanks between its elements."""
    views = re.findall(r"<view .*?</view>", text, re.DOTALL)
    return re.sub(r">\s+<", "><", views[number])


# Geometry


@pytest.mark.parametrize(
    ("start", "handle", "end", "tangent"),
    [(0, 45, 90, 90), (90, 45, 0, 0), (0, 100, 200, 90), (0, 300, 200, 270), (180, 90, 0, 90)],
)
def test_an_arc_leaves_along_the_tangent_of_its_circle(
    start: float, handle: float, end: float, tangent: float
) -> None:
    """Points of a circle by their angles: its tangent is at right angles to the radius."""
    at = [
        Point(50 + 10 * math.cos(math.radians(a)), 70 - 10 * math.sin(math.radians(a)))
        for a in (start, handle, end)
    ]
    assert math.cos(math.radians(angle_through(*at) - tangent)) == pytest.approx(1.0)


def test_the_middle_of_a_quarter_of_a_circle() -> None:
    """From the right to the top of a circle of radius 10: its middle lies at 45 degrees."""
    found = middle_of_arc(Point(10, 0), 90.0, Point(0, -10))
    assert found is not None
    assert (found.x, found.y) == pytest.approx((50**0.5, -(50**0.5)))
    assert middle_of_arc(Point(0, 0), 1.0, Point(90, 0)) is None


def test_a_line_leaves_a_box_at_its_edge() -> None:
    assert edge(Point(20, 10), Point(0, 0), Point(100, 0)) == Point(20, 0)
    assert edge(Point(20, 10), Point(0, 0), Point(0, 30)) == Point(0, 10)


# Sketches as views


def test_a_sketch_becomes_views() -> None:
    text, losses = xmile.write(lake())
    first, second = view_of(text), view_of(text, 1)
    assert first.startswith('<view type="stock_flow" name="The lake">')
    for element in (
        '<stock x="260" y="80" width="80" height="40" name="fish"/>',
        '<aux x="200" y="200" name="rate"/>',
        '<aux x="500" y="40" name="boats, all"/>',
        '<flow x="200" y="100" name="spawning" label_side="bottom"><pts>'
        '<pt x="100" y="100"/><pt x="260" y="100"/></pts></flow>',
        '<flow x="400" y="100" name="catch" label_side="top"><pts>'
        '<pt x="340" y="100"/><pt x="400" y="100"/><pt x="400" y="300"/></pts></flow>',
        '<connector uid="1" angle="90" polarity="+"><from>rate</from><to>spawning</to></connector>',
        '<connector uid="2" angle="90" polarity="-"><from>fish</from><to>catch</to></connector>',
        '<text_box x="50" y="290" width="80" height="20">What lives in the lake.</text_box>',
    ):
        assert element in first
    assert second == (
        '<view type="stock_flow" name="Fleet"><aux x="100" y="50" name="boats"/>'
        '<alias x="40" y="150" uid="1"><of>"boats, all"</of></alias>'
        '<connector uid="1" angle="59.036"><from><alias uid="1"/></from><to>boats</to></connector>'
        "</view>"
    )
    told = [d.message for d in losses]
    assert "sizes of words, colours, fonts and hidden arrows of sketches are not written" in told
    assert (
        "what a sketch shows beside the model's variables is not written: `Time`, `boats all`"
        in told
    )


def test_what_a_sketch_draws_otherwise_is_told() -> None:
    words = "10,1,come,50,60,20,11,8,3,0,0,0,0,0,0\n"
    valve = (
        "11,2,0,90,60,6,8,34,3,0,0,1,0,0,0\n10,3,k,90,76,20,11,40,3,0,0,-1,0,0,0\n"
        "1,4,2,1,4,0,0,22,0,0,0,-1--1--1,,1|(70,60)|\n"
    )
    equations = "s = INTEG(come, 1) ~~|\ncome = k ~~|\nk = 3 ~~|\n"
    text = equations + CONTROL + HEAD + "*One\n" + LOOKS + words + valve + END
    written, losses = xmile.write(vensim.project_of(Source("m.mdl", text), None, "m"))
    told = [d.message for d in losses]
    assert "flows that a sketch shows as a word get a short pipe: `come`" in told
    assert "pipes of variables that are no flows are not written: `k`" in told
    assert '<aux x="90" y="60" name="k"/>' in view_of(written)


def test_sketches_that_hold_anything_are_read() -> None:
    odd = HEAD + '*\n10,"\n10,1,"a\n1,2\n11,x,y,9999999999999,,,\n12,3,0,1,1,1,1,8,4\n'
    assert [d.shapes for d in read_sketches([odd, "\\\\"], ["a"])] == [[], []]


# Views as sketches

VIEWS = """<view type="stock_flow">
  <style><stock color="blue"/></style>
  <stock x="300" y="100" name="fish"/>
  <stock x="460" y="280" width="80" height="40" name="caught"/>
  <flow x="400" y="100" name="catch" label_side="top"><pts>
    <pt x="322.5" y="100"/><pt x="500" y="100"/><pt x="500" y="280"/></pts></flow>
  <flow x="200" y="100" name="spawning">
    <pts><pt x="100" y="100"/><pt x="260" y="100"/></pts></flow>
  <aux x="200" y="200" name="rate"/>
  <alias x="250" y="40" uid="7"><of>fish</of></alias>
  <connector uid="1" angle="90" polarity="+"><from>rate</from><to>spawning</to></connector>
  <connector uid="2" angle="0"><from><alias uid="7"/></from><to>catch</to></connector>
  <text_box x="50" y="290" width="80" height="20">Two\nlines</text_box>
  <graph x="1" y="1" width="9" height="9"/>
</view>"""
LAKE = f"""<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>4</stop><dt>1</dt></sim_specs><model><variables>
<stock name="fish"><eqn>50</eqn><inflow>spawning</inflow><outflow>catch</outflow></stock>
<stock name="caught"><eqn>0</eqn><inflow>catch</inflow></stock>
<flow name="spawning"><eqn>fish * rate</eqn></flow><flow name="catch"><eqn>fish / 5</eqn></flow>
<aux name="rate"><eqn>0.1</eqn></aux></variables>
<views>{VIEWS}<view type="interface"><aux x="1" y="1" name="rate"/></view></views>
</model></xmile>"""


def test_a_view_becomes_a_sketch() -> None:
    written = vensim.write(xmile.project_of(LAKE, None, "lake.xmile"), "lake")
    lines = written.text[written.text.index("\\\\\\---///") :].splitlines()
    assert lines[2] == "*View 1"
    for line in (
        "10,1,fish,300,100,40,20,3,3,0,0,0,0,0,0",
        "10,2,caught,500,300,40,20,3,3,0,0,0,0,0,0",
        "10,3,rate,200,200,12,11,8,3,0,0,0,0,0,0",
        "10,4,fish,250,40,12,11,8,2,0,3,-1,0,0,0,128-128-128,0-0-0,|12||128-128-128",
        # From the first stock to the second, around the corner: the arrow's head is at the latter.
        "1,5,7,2,4,0,0,22,0,0,0,-1--1--1,,1|(500,100)|",
        "1,6,7,1,100,0,0,22,0,0,0,-1--1--1,,1|(500,100)|",
        "11,7,0,400,100,6,8,34,3,0,0,1,0,0,0",
        "10,8,catch,400,84,15,11,40,3,0,0,-1,0,0,0",
        "12,9,48,100,100,10,8,0,3,0,0,-1,0,0,0",
        "1,10,12,1,4,0,0,22,0,0,0,-1--1--1,,1|(250,100)|",
        "1,11,12,9,100,0,0,22,0,0,0,-1--1--1,,1|(150,100)|",
        "11,12,0,200,100,6,8,34,3,0,0,1,0,0,0",
        "10,13,spawning,200,116,24,11,40,3,0,0,-1,0,0,0",
        "12,14,0,90,300,40,10,8,4,0,0,-1,0,0,0",
        "Two lines",
        "1,15,3,13,0,0,43,0,0,64,0,-1--1--1,,1|(200,150)|",
    ):
        assert line in lines, line
    told = [d.message for d in written.losses]
    lost = (
        "colours, fonts and sizes of flows of diagrams, and pages of an interface, are not written"
    )
    assert lost in told
    assert "what a diagram shows beside the model's variables is not written: `<graph>`" in told
    again = vensim.project_of(Source("lake.mdl", written.text), None, "lake")
    assert len(again.views) == 1


def test_views_that_hold_anything_are_read() -> None:
    odd = '<view><stock x="nan" y="1e999" name="a"/><flow name="a"><pts><pt/></pts></flow></view>'
    (found,) = read_views(["<view>", "<style/>", "\\\\", odd], {})
    assert (found.shapes[0].at, found.pipes[0].ends) == (Point(0, 0), None)


def test_there_and_back_everything_stands_where_it_stood() -> None:
    known = lake().by_key
    before = read_sketches(lake().views, known)
    text, _ = xmile.write(lake())
    views = xmile.project_of(text, None, "lake.xmile").views
    ends = {"spawning": ("", "fish"), "catch": ("fish", "")}
    for a, b in zip(before, read_views(views, ends), strict=True):
        for one, two in ((a.shapes, b.shapes), (a.pipes, b.pipes)):
            assert [(s.name, s.at) for s in one] == [(s.name, s.at) for s in two]  # type: ignore[attr-defined]
        assert [s.alias for s in a.shapes] == [s.alias for s in b.shapes]
        assert [p.label for p in a.pipes] == [p.label for p in b.pipes]
        assert [round(x.angle) for x in a.links] == [round(x.angle) for x in b.links]
        assert [x.polarity for x in a.links] == [x.polarity for x in b.links]
        assert [n.at for n in a.notes] == [n.at for n in b.notes]
