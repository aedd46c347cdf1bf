"""Market prices and priorities, by closed forms and scipy's distributions."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from formats.vensim.market_texts import PRIORITIES, market
from formats.vensim.running import control, run, values
from headwater.api import Model
from headwater.errors import HeadwaterError, SimulationError
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.simulation.building import TargetName
from headwater.simulation.run import Request

TARGETS: list[TargetName] = ["reference", "llvm"]

ABOVE: dict[int, Callable[[float], float]] = {
    1: lambda x: float(stats.uniform(-0.5, 1).sf(x)),
    2: lambda x: float(stats.triang(0.5, -0.5, 1).sf(x)),
    3: lambda x: float(stats.norm.sf(x)),
    4: lambda x: float(stats.laplace.sf(x)),
}
"""The share of each profile, one wide around 0, that lies above."""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_the_price_at_which_demand_meets_supply(kind: int, target: TargetName) -> None:
    wish, room = np.array([500.0, 300.0]), np.array([200.0, 300.0, 450.0])
    above = ABOVE[kind]

    def asked(p: float) -> np.ndarray:
        return wish * [above((p - 5) / 2), above((p - 7) / 4)]

    def offered(p: float) -> np.ndarray:
        return room * [above((1 - p) / 2), above((3 - p) / 4), above((6 - p) / 3)]

    exact = optimize.brentq(lambda p: asked(p).sum() - offered(p).sum(), 0, 10, xtol=1e-14)
    found = run(market(kind), 1, target=target)
    # Vensim's normal distribution is an approximation whose error is up to 1.2e-5.
    tolerance = 1e-4 if kind == 3 else 1e-10
    assert values(found, "price")[0] == pytest.approx(exact, rel=tolerance)
    np.testing.assert_allclose(values(found, "asked")[0], asked(exact), rtol=tolerance, atol=0.02)
    np.testing.assert_allclose(
        values(found, "offered")[0], offered(exact), rtol=tolerance, atol=0.02
    )


@settings(max_examples=10, deadline=None)
@given(
    kind=st.sampled_from([1, 2, 3, 4]),
    wish=st.lists(st.floats(1, 100), min_size=2, max_size=2),
    room=st.lists(st.floats(1, 100), min_size=3, max_size=3),
    centres=st.lists(st.floats(1, 9), min_size=5, max_size=5),
)
def test_what_is_sold_is_what_is_bought(
    kind: int, wish: list[float], room: list[float], centres: list[float]
) -> None:
    """With profiles twice as wide as they are apart, demand and supply meet at some price."""
    found = run(market(kind, wish, room, centres, [20.0] * 5), 1)
    asked, offered = values(found, "asked")[0], values(found, "offered")[0]
    assert asked.sum() == pytest.approx(offered.sum(), rel=1e-9)
    assert (asked <= wish).all()
    assert (offered <= room).all()


def test_a_fixed_quantity_is_there_at_any_price() -> None:
    """600 are wanted whatever they cost; suppliers reach that between 4 and 8, a quarter up."""
    text = market(1, (600, 0), (200, 300, 400), (5, 7, 1, 2, 6), (2, 4, 2, 2, 4))
    text = text.replace("1,5,2,0;1,7,4,0;", "0,5,2,0;0,7,4,0;")
    found = run(text, 1)
    assert values(found, "price")[0] == pytest.approx(5)
    assert values(found, "asked")[0].tolist() == [600, 0]
    assert values(found, "offered")[0].tolist() == pytest.approx([200, 300, 100])


@pytest.mark.parametrize("width", [0.5, 2, 7])
@pytest.mark.parametrize("supply", [0, 5, 25, 59, 60, 99])
def test_two_steps_are_as_allocating_by_priority(width: float, supply: float) -> None:
    found = run(PRIORITIES.format(width=width, supply=supply), 1)
    got = values(found, "got")[0]
    np.testing.assert_allclose(got, values(found, "same")[0], rtol=1e-12, atol=1e-12)
    assert got.sum() == pytest.approx(min(supply, 60), abs=1e-9)


def test_the_priority_of_a_market_lies_in_the_middle_of_the_last_one_served() -> None:
    """15 of 60: the first gets its 10, of the second, between 4 and 6, the upper quarter."""
    found = run(PRIORITIES.format(width=2, supply=12.5 + 5), 1)
    exact = optimize.brentq(
        lambda p: (
            10 * np.clip(0.5 + (6 - p) / 2, 0, 1) + 20 * np.clip(0.5 + (5 - p) / 2, 0, 1) - 17.5
        ),
        2,
        7,
    )
    assert values(found, "mp")[0] == pytest.approx(exact)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("wish[d1], curve[d1", "wish[demander], curve[d1", "needs a vector, by its first element"),
        ("wish[d1], curve[d1", "wish[d1], curve[d2", "needs a profile for each quantity"),
        ("offer[s1,ptype])", "offer[s1,ppriority])", "is no priority profile"),
    ],
)
def test_what_is_no_market_is_refused(old: str, new: str, message: str) -> None:
    text = market(1).replace(f"FIND MARKET PRICE({old}", f"FIND MARKET PRICE({new}")
    if "offer" in old:
        text = market(1).replace(old, new, 1)
    if "demander" in new:
        text = text.replace("price = ", "price[demander] = ").replace(", price)", ", price[d1])")
    with pytest.raises(HeadwaterError, match=message):
        run(text, 1)


NARROW = """
case: c1, c2, c3 ~~|
agent: a1, a2 ~~|
pp: ptype, ppriority, pwidth, pextra ~~|
width[case] = {widths} ~~|
curve[case, agent, ptype] = {kind} ~~|
curve[case, a1, ppriority] = 10 ~~|
curve[case, a2, ppriority] = 10.03 ~~|
curve[case, agent, pwidth] = width[case] ~~|
curve[case, agent, pextra] = 0 ~~|
fixed[case, agent, pp] = 0 ~~|
made[case, agent] = 1 ~~|
wish[case, a1] = {wish} ~~|
wish[case, a2] = 0 ~~|
price[case] = FIND MARKET PRICE(wish[case,a1], fixed[case,a1,ptype], made[case,a1],
    curve[case,a1,ptype]) ~~|
asked[case, agent] = DEMAND AT PRICE(made[case,agent], curve[case,agent,ptype], 9.975) ~~|
got[case, agent] = ALLOCATE AVAILABLE(made[case,agent], curve[case,agent,ptype], 1) ~~|
"""


@pytest.mark.parametrize("target", TARGETS)
def test_a_normal_profile_is_no_narrower_than_a_twentieth(target: TargetName) -> None:
    """Half a standard deviation below the middle lie 69 %; with 0.06, 5 twelfths, 66 %."""
    text = NARROW.format(widths="0, 0.01, 0.06", kind=3, wish=1)
    found = run(text, 1, target=target)
    above = [stats.norm.sf(-0.5), stats.norm.sf(-0.5), stats.norm.sf(-0.025 / 0.06)]
    np.testing.assert_allclose(values(found, "asked")[0][:, 0], above, atol=1.2e-5)
    # By symmetry the common priority lies in the middle, 0.015 from each of the two.
    part = [stats.norm.cdf(-0.015 / width) for width in (0.05, 0.05, 0.06)]
    np.testing.assert_allclose(values(found, "got")[0][:, 0], part, atol=1.2e-5)
    np.testing.assert_allclose(values(found, "price")[0], 10.015)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("kind", "reach"), [(1, 0.5), (2, 0.5), (3, 5), (4, 10)])
def test_where_demand_and_supply_never_meet_the_price_is_at_an_end(
    kind: int, reach: float, target: TargetName
) -> None:
    """Whatever the priority, 0, of those who ask for a fixed quantity."""
    widths = np.array([0.1, 1, 2])
    text = NARROW.format(widths="0.1, 1, 2", kind=kind, wish="{wish}")
    none = values(run(text.format(wish=0), 1, target=target), "price")[0]
    np.testing.assert_allclose(none, 10 - reach * widths, atol=1e-12)
    much = values(run(text.format(wish=3), 1, target=target), "price")[0]
    np.testing.assert_allclose(much, 10.03 + reach * widths)


def test_where_all_is_fixed_the_price_is_a_priority() -> None:
    text = NARROW.format(widths="1, 1, 1", kind=0, wish="{wish}")
    assert values(run(text.format(wish=1), 1), "price")[0] == pytest.approx([0] * 3)
    assert values(run(text.format(wish=3), 1), "price")[0] == pytest.approx([10.03] * 3)


SHOPS = (
    "shop: a, b ~~|\npp: ptype, ppriority, pwidth, pextra ~~|\nwant[shop] = 5, 3 ~~|\n"
    "curve[shop,pp] = 1, 2, 1, 0; {}, 3, {}, 1; ~~|\n"
)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("kind", "width"), [(5, 1), (11, 1), (1, 0), (3, -1)])
def test_what_no_profile_says_has_no_number(kind: int, width: int, target: TargetName) -> None:
    """The page of ALLOCATE AVAILABLE has positive widths; integers it only names (types 10 up)."""
    text = SHOPS.format(kind, width)
    text += "got[shop] = ALLOCATE AVAILABLE(want[shop], curve[shop,ptype], {}) ~~|\n"
    enough = run(text.format(9), 1, target=target)
    assert values(enough, "got")[0].tolist() == [5, 3]
    model = Model(project_of(Source("m.mdl", text.format(4) + control(1)), None, "m"))
    with pytest.raises(
        SimulationError, match="width is below 0, or is 0 and the profile is not a normal one"
    ):
        model.results(Request(target=target))
    price = "p = FIND MARKET PRICE(want[a], curve[a,ptype], want[a], curve[a,ptype]) ~~|\n"
    price += "d = DEMAND AT PRICE(want[b], curve[b,ptype], 1) ~~|\n"
    found = run(SHOPS.format(kind, width) + price, 1, target=target)
    assert all(np.isnan(values(found, name)[0]) for name in "pd")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("supply", "shares"), [(9, (5, 3, 1)), (12, (5, 3, 4)), (6, (5, 0.5, 0.5)), (4, (4, 0, 0))]
)
def test_without_width_one_priority_comes_after_the_other(
    supply: float, shares: tuple[float, ...], target: TargetName
) -> None:
    """The page: a request whose priority is more than a width lower gets what others leave."""
    last = 1 if supply > 8 else 2
    text = f"shop: a, b, c ~~|\nwant[shop] = 5, 3, 4 ~~|\nfirst[shop] = 3, 2, {last} ~~|\n"
    if last == 2:
        text = text.replace("5, 3, 4", "5, 3, 3")
    text += "got[shop] = ALLOCATE BY PRIORITY(want[shop], first[shop], 3, 1 - 1, {}) ~~|\n"
    assert values(run(text.format(supply), 1, target=target), "got")[0].tolist() == list(shares)


def test_a_width_is_not_below_zero() -> None:
    text = "shop: a, b ~~|\nwant[shop] = 5, 3 ~~|\nfirst[shop] = 2, 1 ~~|\n"
    text += "got[shop] = ALLOCATE BY PRIORITY(want[shop], first[shop], 2, -1, {}) ~~|\n"
    assert values(run(text.format(8), 1), "got")[0].tolist() == [5, 3]
    model = Model(project_of(Source("m.mdl", text.format(4) + control(1)), None, "m"))
    with pytest.raises(SimulationError, match="no number where a width is below 0"):
        model.results(Request())
