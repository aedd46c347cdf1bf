"""Parts of a file that stand where the standard gives them no meaning are told, or stop it."""

from __future__ import annotations

import pytest

from formats.xmile.xmile_texts import aux, column, file, read, run, specs, warnings
from headwater.errors import HeadwaterError

FLOW = '<flow name="f"><eqn>2</eqn></flow>'
BELT = "<conveyor><len>2</len></conveyor>"


def stock(inside: str) -> str:
    """Return a stock `s` that starts at 10."""
    return f'<stock name="s"><eqn>10</eqn>{inside}</stock>'


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (stock("<inflow>f</inflow><inflow>f</inflow>") + FLOW, "lists the inflow `f` 2 times"),
        (
            '<aux name="a"><eqn>1</eqn><queue/></aux>',
            "the auxiliary `a` has <queue>, which has no part in the run",
        ),
        (
            '<aux name="a"><eqn>1</eqn><overflow/></aux>',
            "the auxiliary `a` has <overflow>, which has no part in the run",
        ),
        (stock(f"<outflow>f</outflow>{BELT}") + FLOW, "the equation of `f` is not used"),
        (stock("<outflow>f</outflow><queue/>") + FLOW, "the equation of `f` is not used"),
    ],
)
def test_what_has_no_meaning_is_told(variables: str, expected: str) -> None:
    assert expected in warnings(read(file(variables)))


def test_what_drains_by_its_own_rule_may_have_an_equation_of_nothing() -> None:
    empty = FLOW.replace("2", "0")
    assert not warnings(read(file(stock(f"<outflow>f</outflow>{BELT}") + empty)))
    # The second outflow of a conveyor is a leakage, and its equation the fraction (3.7.2).
    second = '<flow name="g"><eqn>0.1</eqn></flow>'
    belt = stock(f"<outflow>f</outflow><outflow>g</outflow>{BELT}")
    assert not warnings(read(file(belt + empty + second)))


def test_a_leakage_must_leak_from_a_conveyor() -> None:
    """The property can only appear in an outflow of a conveyor (4.3)."""
    leak = '<flow name="f"><leak>0.1</leak></flow>'
    with pytest.raises(HeadwaterError, match="`f` is a leakage, and no conveyor's outflow"):
        read(file(stock("<outflow>f</outflow>") + leak))
    both = stock(f"<outflow>g</outflow><outflow>f</outflow>{BELT}") + leak + '<flow name="g"/>'
    assert not warnings(read(file(both)))


def test_a_behaviour_that_nothing_carries_out_is_told() -> None:
    text = file(aux("a", "1"), before="<behavior><stock><tidy/></stock></behavior>")
    assert "the behaviour <tidy> is not known here" in warnings(read(text))


def test_stocks_that_older_versions_kept_from_falling_below_zero() -> None:
    drained = stock("<outflow>f</outflow>") + FLOW
    settings = specs(5, 1, "Cycle-time")
    told = "`s`: stocks that may fall below 0, in a run by Cycle-time"
    assert told in warnings(read(file(drained, settings=settings)))
    kept = drained.replace("<outflow>", "<non_negative/><outflow>")
    assert not warnings(read(file(kept, settings=settings)))
    assert not warnings(read(file(drained)))


ROWS = '<dimensions><dim name="R"><elem name="a"/><elem name="b"/></dim></dimensions>'
ARRAY = aux("v", "R * 10", '<dimensions><dim name="R"/></dimensions>')


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_an_element_that_there_is_not_is_zero_or_no_number(target: str) -> None:
    """A subscript out of range gives 0, or NaN where the header asks for it (3.7.1, 2.2.1)."""
    variables = ARRAY + aux("x", "v[TIME]") + aux("y", "v[3]") + aux("z", "IF x = x THEN 1 ELSE 0")
    text = file(variables, before=ROWS)
    assert "`y` asks for element 3 of `v`, and `R` has no such element" in warnings(read(text))
    found = run(text, target=target)
    assert column(found, "x") == [0, 10, 20, 0, 0, 0]
    assert column(found, "y") == [0] * 6
    options = "<options><uses_arrays maximum_dimensions='1' invalid_index_value='NaN'/></options>"
    asked = text.replace("</header>", f"{options}</header>")
    found = run(asked, target=target, finite=False)
    assert column(found, "z") == [0, 1, 1, 0, 0, 0]
    assert column(found, "y") != column(found, "y")
