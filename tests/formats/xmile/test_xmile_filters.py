"""Macros that say what options of stocks, flows and auxiliaries do (XMILE 1.0, 3.6.2 and 4.8.4)."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.xmile.xmile_texts import column, file, read, run, warnings
from headwater.cli import main
from headwater.errors import HeadwaterError

CAPPED = (
    '<macro name="capped" filter="flow"><parm>v</parm><parm>o</parm><eqn>MIN(v, o)</eqn></macro>'
)
GUARDED = (
    '<macro name="guarded" filter="stock" applyto="outflows"><parm>flow</parm><parm>on</parm>'
    "<parm>stock</parm><parm>before</parm>"
    "<eqn>IF on THEN MIN(stock / DT - before, flow) ELSE flow</eqn></macro>"
)
TANK = (
    '<stock name="s"><eqn>5</eqn><outflow>a</outflow><outflow>b</outflow>{option}</stock>'
    '<flow name="a"><eqn>2</eqn></flow><flow name="b"><eqn>2</eqn></flow>'
)


def flow(name: str, option: str = "") -> str:
    """Return a flow that grows with time."""
    return f'<flow name="{name}"><eqn>TIME</eqn>{option}</flow>'


def test_a_filter_is_given_the_value_and_its_option() -> None:
    found = run(file(flow("f", "<capped>2</capped>") + flow("g"), before=CAPPED))
    assert column(found, "f") == [0, 1, 2, 2, 2, 2]
    assert column(found, "g") == [0, 1, 2, 3, 4, 5]


def test_an_option_may_hold_for_all_and_be_another_for_one() -> None:
    """The nearest behaviour counts: of the variable, its model, its file (2.6)."""
    every = "<behavior><flow><capped>3</capped></flow></behavior>"
    found = run(file(flow("f") + flow("g", "<capped>9</capped>"), before=CAPPED + every))
    assert column(found, "f") == [0, 1, 2, 3, 3, 3]
    assert column(found, "g") == [0, 1, 2, 3, 4, 5]


def test_true_and_false_are_one_and_zero() -> None:
    size = (
        '<macro name="sized" filter="aux"><parm>v</parm><parm>o</parm>'
        "<eqn>IF o THEN ABS(v) ELSE v</eqn></macro>"
    )
    text = "".join(
        f'<aux name="{name}"><eqn>-5</eqn>{option}</aux>'
        for name, option in (
            ("x", "<sized>false</sized>"),
            ("y", "<sized/>"),
            ("z", "<sized>true</sized>"),
        )
    )
    found = run(file(text, before=size))
    assert [column(found, n)[0] for n in "xyz"] == [-5, 5, 5]


def test_a_stocks_filter_is_given_the_stock_and_the_flows_before() -> None:
    found = run(file(TANK.format(option="<guarded/>"), before=GUARDED))
    assert column(found, "s") == [5, 1, 0, 0, 0, 0]
    assert column(found, "a") == [2, 1, 0, 0, 0, 0]
    assert column(found, "b") == [2, 0, 0, 0, 0, 0]
    found = run(file(TANK.format(option="<guarded>false</guarded>"), before=GUARDED))
    assert column(found, "s") == [5, 1, -3, -7, -11, -15]


def test_filters_are_written_as_calls(tmp_path: Path) -> None:
    path = tmp_path / "model.xmile"
    path.write_text(file(TANK.format(option="<guarded/>") + flow("f"), before=GUARDED))
    for extension in ("xmile", "md", "mdl"):
        copy = tmp_path / f"copy.{extension}"
        done = CliRunner().invoke(main, ["convert", str(path), str(copy), "--verify"])
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("kind", "where"),
    [("stock", ""), ("flow", 'applyto="upstream"'), ("flow", 'applyto="downstream"')],
)
def test_what_would_change_a_stock_itself_is_refused(kind: str, where: str) -> None:
    macro = f'<macro name="odd" filter="{kind}" {where}><parm>v</parm><eqn>v</eqn></macro>'
    with pytest.raises(HeadwaterError, match=f"option filter `odd` of `{kind}`.* cannot be"):
        read(file(flow("f"), before=macro))


def test_the_options_that_are_built_in_keep_their_meaning() -> None:
    standard = (
        '<macro filter="flow" name="non_negative"><parm>flow</parm><parm>option</parm>'
        "<eqn>IF option THEN {} ELSE flow</eqn></macro>"
    )
    text = file(flow("f", "<non_negative/>"), before=standard.format("MAX(flow, 0)"))
    assert not warnings(read(text))
    assert column(run(text), "f")[2] == 2
    other = file(flow("f", "<non_negative/>"), before=standard.format("flow * 2"))
    assert "the filter `non_negative` is not carried out as it is written" in warnings(read(other))
