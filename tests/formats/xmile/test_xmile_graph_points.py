"""Graphical functions as arrays of the values at their points (XMILE 1.0, section 3.7.1.3)."""

from __future__ import annotations

import statistics

import pytest

from formats.xmile.xmile_texts import aux, column, file, read, results_of, run
from headwater.errors import HeadwaterError
from headwater.formats.vensim import write as write_vensim
from headwater.formats.xmile import write
from headwater.simulation.building import TargetName

POINTS = [1.0, 5.0, 2.0, 8.0, 3.0]
RESPONSE = '<gf name="response"><xscale min="0" max="8"/><ypts>1,5,2,8,3</ypts></gf>'
REGIONS = '<dim name="Region"><elem name="north"/><elem name="south"/><elem name="east"/></dim>'
SALES = (
    '<aux name="sales"><dimensions><dim name="Region"/></dimensions>'
    + "".join(
        f'<element subscript="{name}"><eqn>{value}</eqn></element>'
        for name, value in (("north", 4), ("south", 9), ("east", 7))
    )
    + "</aux>"
)
BOTH = pytest.mark.parametrize("target", ["reference", "llvm"])


@BOTH
def test_functions_over_the_points(target: TargetName) -> None:
    asked = {
        "MIN(response)": min(POINTS),
        "MAX(response)": max(POINTS),
        "MAX(response, 7, 11)": 11,
        "SUM(response)": sum(POINTS),
        "SUM(response[*] * response[*])": sum(y * y for y in POINTS),
        "MEAN(response)": statistics.fmean(POINTS),
        "STDDEV(response)": statistics.pstdev(POINTS),
        "SIZE(response)": len(POINTS),
        "RANK(response, 5)": 4,
        "response[3]": POINTS[2],
        "response[6] + response[0]": 0,
        "response(2)": POINTS[1],
    }
    text = file(RESPONSE + "".join(aux(f"a{k}", e) for k, e in enumerate(asked)))
    project = read(text)
    found = results_of(project, target=target)
    for k, (asking, expected) in enumerate(asked.items()):
        assert column(found, f"a{k}")[0] == pytest.approx(expected), asking
    copy, losses = write(project)
    assert not losses and read(copy) == project


def test_a_point_by_a_number_that_changes() -> None:
    found = run(file(RESPONSE + aux("now", "response[TIME]")))
    assert column(found, "now") == [0.0, *POINTS]


def test_the_last_rank_and_the_size_of_what_is_defined() -> None:
    """The standard's examples: ``RANK(A, SIZE)`` and ``SIZE(SELF[1, *])``."""
    grid = (
        '<aux name="grid"><dimensions><dim name="Region"/><dim name="Year"/></dimensions>'
        "<eqn>10 * SIZE(SELF[1, *]) + SIZE(SELF[*, 1])</eqn></aux>"
    )
    text = file(
        SALES + grid + aux("best", "RANK(sales, SIZE)") + aux("told", "grid[east, 2]"),
        before=f'<dimensions>{REGIONS}<dim name="Year" size="2"/></dimensions>',
    )
    found = run(text)
    assert column(found, "best")[0] == 2
    assert column(found, "told")[0] == 23


@pytest.mark.parametrize("asked", ["MAX(response)", "SIZE(response)", "response[2]"])
def test_vensim_has_no_such_arrays(asked: str) -> None:
    with pytest.raises(HeadwaterError, match="no array of its points in Vensim"):
        write_vensim(read(file(RESPONSE + aux("x", asked))), "model.mdl")


def test_one_value_is_needed_elsewhere() -> None:
    with pytest.raises(HeadwaterError, match="has no value of its own"):
        run(file(RESPONSE + aux("x", "response + 1")))
