"""Stella's present values and rates of return, against sums and roots worked out elsewhere."""

from __future__ import annotations

import pytest
from scipy.optimize import brentq

from formats.xmile.xmile_texts import aux, column, file, read, run, warnings
from headwater.formats.xmile import write
from headwater.simulation.building import TargetName

QUARTERS = "<sim_specs><start>1</start><stop>{stop}</stop><dt>0.25</dt></sim_specs>"
BOTH = pytest.mark.parametrize("target", ["reference", "llvm"])


def settings(stop: float) -> str:
    return QUARTERS.format(stop=stop)


@BOTH
def test_the_present_value_of_a_steady_stream(target: TargetName) -> None:
    """After the first value 10 * 0.25 in each quarter, discounted by 200 % a time unit.

    The sum of n terms of a geometric series of the ratio q is q (1 - q^n) / (1 - q).
    """
    text = file(aux("value", "NPV(stream, 2)") + aux("stream", "10"), settings=settings(4))
    q = 3**-0.25
    expected = [10 + 2.5 * q * (1 - q**n) / (1 - q) for n in range(13)]
    assert column(run(text, target=target), "value") == pytest.approx(expected, rel=1e-13)


def test_a_present_value_with_an_initial_one() -> None:
    """-100, then 30 and 60 after one and two years at 50 %: -100 + 20 + 60 / 2.25."""
    years = "<sim_specs><start>2000</start><stop>2002</stop><dt>1</dt></sim_specs>"
    stream = aux("stream", "30 * (TIME - 2000)")
    text = file(aux("value", "NPV(stream, 0.5, -100)") + stream, settings=years)
    assert column(run(text), "value") == pytest.approx([-100, -80, -80 + 60 / 2.25])


def test_vensims_present_value_keeps_its_meaning() -> None:
    """Four arguments are Vensim's: 10 now and 10 discounted by 1 / 1.5 in the next step."""
    text = file(aux("value", "NPV(10, 0.5, 0, 1)"))
    assert column(run(text), "value")[:2] == pytest.approx([10, 10 + 10 / 1.5])
    assert "NPV" not in warnings(read(text))


def present(rate: float, stream: list[float]) -> float:
    return sum(v / (1 + rate) ** (0.25 * k) for k, v in enumerate(stream))


@BOTH
def test_the_rate_of_return(target: TargetName) -> None:
    """-100, then 20 a quarter: a root of the present value, once as much has come back."""
    stream = aux("stream", "IF TIME = 1 THEN -100 ELSE 20")
    text = file(aux("rate", "IRR(stream, -5)") + stream, settings=settings(3))
    found = column(run(text, target=target), "rate")
    paid = [-100.0] + [20.0] * 8
    assert found[0] == -5
    for k in range(1, 9):
        expected = brentq(present, -0.999999, 50, args=(paid[: k + 1],), xtol=1e-14)
        assert found[k] == pytest.approx(expected, abs=1e-9)


def test_no_rate_where_nothing_changes_sign() -> None:
    text = file(aux("rate", "IRR(stream)") + aux("stream", "TIME + 1"))
    assert column(run(text), "rate") == [0] * 6
    both = file(aux("rate", "IRR(stream, 0 - 1)") + aux("stream", "0"))
    assert column(run(both), "rate") == [-1] * 6


def test_high_and_low_rates_over_a_long_time() -> None:
    """No power overflows: 1 becomes 900 in the first step, or 1000 becomes 1 in the 400th."""
    long = "<sim_specs><start>0</start><stop>400</stop><dt>1</dt></sim_specs>"
    high = aux("high", "IF TIME = 0 THEN -1 ELSE IF TIME = 1 THEN 900 ELSE 0")
    low = aux("low", "IF TIME = 0 THEN -1000 ELSE IF TIME = 400 THEN 1 ELSE 0")
    text = file(high + low + aux("a", "IRR(high)") + aux("b", "IRR(low)"), settings=long)
    found = run(text, target="llvm")
    assert column(found, "a")[-1] == pytest.approx(899, rel=1e-12)
    assert column(found, "b")[-1] == pytest.approx(1000 ** (-1 / 400) - 1, rel=1e-9)


def test_each_reading_is_said_and_written_back_by_stellas_name() -> None:
    text = file(
        '<gf name="g"><xpts>0,1</xpts><ypts>1,1</ypts></gf>'
        + aux("a", "NPV(x, 0.1)")
        + aux("b", "isee.IRR(x)")
        + aux("c", "LOOKUPMEAN(g)")
        + aux("x", "TIME")
    )
    project = read(text)
    for name in ("NPV", "IRR", "LOOKUPMEAN"):
        assert f"what {name} computes" in warnings(project)
    copy, losses = write(project)
    assert not losses
    assert "NPV(x, 0.1)" in copy and "STELLA" not in copy
    assert read(copy) == project
