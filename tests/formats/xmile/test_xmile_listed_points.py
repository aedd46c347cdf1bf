"""Graphical functions as Stella's equations list them: ``GRAPH(x) (0, 1), (1, 2)``."""

import pytest

from formats.xmile.xmile_texts import aux, column, file, read, run
from headwater.errors import HeadwaterError
from headwater.formats.xmile import write

POINTS = "(0.00, 1.00), (2.00, -3e0), (4, .5)"
VALUES = [1, -1, -3, -1.25, 0.5, 0.5]
GF = "<gf><xscale min='0' max='4'/><ypts>1,-3,0.5</ypts></gf>"


@pytest.mark.parametrize(
    "variable",
    [
        aux("g", f"GRAPH(TIME)\n{POINTS}"),
        aux("g", f" graph ( TIME ){POINTS},\n"),
        aux("g", "GRAPH(TIME)", GF),
        aux("g", f"GRAPH(TIME) {POINTS}", GF),
        f'<flow name="g"><eqn>GRAPH((TIME + 1) - 1) {POINTS}</eqn></flow>',
    ],
)
def test_points_behind_the_call_or_in_a_function(variable: str) -> None:
    text = file(variable)
    assert column(run(text), "g") == VALUES
    copy, losses = write(read(text))
    assert not losses
    assert "GRAPH" not in copy
    assert column(run(copy), "g") == VALUES


def test_elements_have_points_of_their_own() -> None:
    of = '<dimensions><dim name="d"/></dimensions>'
    one = f'<element subscript="a"><eqn>GRAPH(TIME) {POINTS}</eqn></element>'
    two = '<element subscript="b"><eqn>GRAPH(TIME) (0, 0), (5, 10)</eqn></element>'
    sizes = '<dimensions><dim name="d"><elem name="a"/><elem name="b"/></dim></dimensions>'
    found = run(file(f'<aux name="g">{of}{one}{two}</aux>' + aux("y", "g[b]"), before=sizes))
    assert column(found, "y") == [0, 2, 4, 6, 8, 10]


def test_a_mistake_in_the_input_has_its_place() -> None:
    text = file(aux("g", f"GRAPH(TIME *\n  nothing) {POINTS}"))
    with pytest.raises(HeadwaterError, match="no variable `nothing`") as told:
        run(text)
    place = told.value.diagnostics[0].place
    assert place is not None
    line = text.splitlines()[place.line - 1]
    assert line[place.column - 1 :].startswith("nothing")


@pytest.mark.parametrize("equation", ["GRAPH(TIME)", f"2 * GRAPH(TIME) {POINTS[:12]}"])
def test_without_points_it_is_told_what_is_missing(equation: str) -> None:
    flow = f'<flow name="f"><eqn>{equation}</eqn></flow>'
    with pytest.raises(HeadwaterError) as told:
        run(file(flow))
    assert "points" in str(told.value) or "operator is missing" in str(told.value)
