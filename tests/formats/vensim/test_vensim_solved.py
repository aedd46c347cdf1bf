"""SIMULTANEOUS and FIND ZERO in Vensim's files: read, run, and written."""

import numpy as np
import pytest
from scipy import optimize

from formats.vensim.market_texts import PRIORITIES, market
from formats.vensim.running import control, run, values
from headwater.errors import HeadwaterError, ModelError
from headwater.formats.literate import read_case_text
from headwater.formats.literate import write as write_case
from headwater.formats.vensim import project_of, write
from headwater.formats.xmile import project_of as xmile
from headwater.formats.xmile import write as write_xmile
from headwater.language.names import canonical
from headwater.language.source import Source
from headwater.model.project import Project
from headwater.simulation.building import TargetName
from headwater.simulation.checks import units_findings
from model_lines import project
from model_lines import run as run_project

TARGETS: list[TargetName] = ["reference", "llvm"]

TELEPHONE = """
customers = 1000 + 100 * Time ~~|
calls = customers * 0.1 * effect of quality(quality) ~~|
effect of quality((0,0.2),(0.5,0.8),(1,1)) ~~|
quality = 1 / (1 + load ^ 2) ~~|
load = SIMULTANEOUS(calls / 120, .8) ~~|
"""

MARKETS = """
good: bread, wine ~~|
price[good] = FIND ZERO(ones[good], excess[good], ones[good], start[good],
  ELMCOUNT(good), 0, 1e-10, 50, 0) ~~|
ones[good] = 1 ~~|
start[good] = 2, 1 ~~|
excess[good] = demand[good] - supply[good] ~~|
demand[bread] = 60 / price[bread] + 2 * price[wine] ~~|
demand[wine] = 30 / price[wine] + price[bread] ~~|
supply[good] = 5 * price[good] + Time ~~|
"""


TEXTS = [TELEPHONE, MARKETS, market(2), PRIORITIES.format(width=2, supply=20)]


@pytest.mark.parametrize("target", TARGETS)
def test_a_loop_that_is_gone_around(target: TargetName) -> None:
    found = run(TELEPHONE, 4, target=target)

    def gap(load: float, customers: float) -> float:
        effect = np.interp(1 / (1 + load**2), [0, 0.5, 1], [0.2, 0.8, 1])
        return float(customers * 0.1 * effect / 120 - load)

    exact = [optimize.brentq(gap, 0.1, 2, args=(1000 + 100 * t,), xtol=1e-15) for t in range(5)]
    np.testing.assert_allclose(values(found, "load"), exact, rtol=1e-12)


@pytest.mark.parametrize("target", TARGETS)
def test_prices_that_clear_two_markets(target: TargetName) -> None:
    found = run(MARKETS, 3, target=target)

    def excess(p: np.ndarray, time: float) -> list[float]:
        bread, wine = p
        return [
            60 / bread + 2 * wine - 5 * bread - time,
            30 / wine + bread - 5 * wine - time,
        ]

    exact = [optimize.root(excess, [2, 1], args=(t,), tol=1e-13).x for t in range(4)]
    np.testing.assert_allclose(values(found, "price"), exact, rtol=1e-11)
    np.testing.assert_allclose(values(found, "excess"), 0, atol=1e-10)


def test_elements_with_equations_of_their_own() -> None:
    """The left side names one element: each is a search of its own, and they form one system."""
    lines = [line for line in MARKETS.split("|\n") if "FIND ZERO" not in line]
    for good in ("bread", "wine"):
        call = f"FIND ZERO(1, excess[{good}], 1, 2, 1, 0, 1e-10, 50, 0)"
        lines.insert(1, f"price[{good}] = {call} ~~")
    found = values(run("|\n".join(lines), 2), "price")
    np.testing.assert_allclose(found, values(run(MARKETS, 2), "price"), rtol=1e-10)


def test_all_nine_arguments_are_wanted() -> None:
    with pytest.raises(HeadwaterError, match="FIND ZERO takes 9 arguments, not 2"):
        run("x = FIND ZERO(y, 1) ~~|\ny = x - 1 ~~|\n", 1)


def test_the_guess_has_the_unit_of_the_value() -> None:
    text = (
        "load = SIMULTANEOUS(calls / room, start) ~ call ~|\ncalls = load / 2 ~ call ~|\n"
        "room = 2 ~ dmnl ~|\nstart = 1 ~ person ~|\n"
    )
    findings = units_findings(project_of(Source("model.mdl", text + control(1)), None, "model"))
    assert ["`guess` of SIMULTANEOUS is in `person`" in f.message for f in findings] == [True]


@pytest.mark.parametrize("text", TEXTS)
def test_a_file_is_written_as_it_was_read(text: str) -> None:
    first = project_of(Source("model.mdl", text + control(4)), None, "model")
    written = write(first, "model")
    assert not written.losses
    again = project_of(Source("model.mdl", written.text), None, "model")
    assert_held(first, again)


@pytest.mark.parametrize("text", TEXTS)
def test_as_xmile_it_runs_the_same_and_the_loss_is_told(text: str) -> None:
    first = project_of(Source("model.mdl", text + control(4)), None, "model")
    written, losses = write_xmile(first)
    assert any("is no function of XMILE or Stella" in loss.message for loss in losses)
    assert_held(first, xmile(written, None, "model"))


@pytest.mark.parametrize("text", TEXTS)
def test_as_a_case_it_runs_the_same(text: str) -> None:
    first = project_of(Source("model.mdl", text + control(4)), None, "model")
    assert_held(first, read_case_text(write_case(first, "model").text).project)


def assert_held(one: Project, other: Project) -> None:
    """Every variable has the same numbers, to the last bit."""
    a = run_project(one)
    b = {canonical(name): found for name, found in run_project(other).items()}
    for name, found in a.items():
        np.testing.assert_array_equal(found, b[canonical(name)], err_msg=name)


OWN = """
aux load = 2 * SIMULTANEOUS(1 / (1 + load), 1)
aux p[d] = FIND_ZERO(left[d] + TIME, 3)
aux left[d] = 10 / p[d] - SUM(p[*])
"""


def test_a_model_of_our_own_is_written_with_vectors_of_its_own() -> None:
    model = project(OWN, dimensions={"d": ["one", "two"]}, time=(0, 3, 1))
    written = write(model, "model")
    again = project_of(Source("model.mdl", written.text), None, "model")
    assert "FIND ZERO(p scale[d], p zero[d], p zero scale[d], p guess[d], ELMCOUNT(d)" in (
        " ".join(written.text.split())
    )
    a, b = run_project(model), run_project(again)
    for name in ("load", "p", "left"):
        np.testing.assert_array_equal(a[name], b[name])


def test_one_number_cannot_be_a_vector() -> None:
    with pytest.raises(ModelError, match="Vensim's FIND ZERO finds the elements of an array"):
        write(project("aux x = FIND_ZERO(y, 1)\naux y = x - 1"), "model")
