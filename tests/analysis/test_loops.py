"""Link and loop scores against published tables and against scores worked out by hand."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from headwater.analysis.loops.analyse import LoopAnalysis, analyse_loops, polarity
from headwater.analysis.loops.contract import Edge, contract
from headwater.analysis.loops.cut import Link, cut_experiment, read_link
from headwater.analysis.loops.dominance import Interval, intervals
from headwater.analysis.loops.find import elementary_circuits
from headwater.analysis.loops.graph import causal_graph
from headwater.analysis.loops.naming import goes_through
from headwater.analysis.loops.scores import Floats, chosen_steps, link_scores
from headwater.analysis.loops.trace import trace
from headwater.cli.loops import command
from headwater.errors import HeadwaterError, UnitError, UsageError
from headwater.formats.literate.layout.format import format_text
from small_models import case

BASS = """
stock potential : person = market - 1
  - adopting
stock adopters : person = 1
  + adopting
flow adopting : person/year = word_of_mouth
aux word_of_mouth : person/year = contacts * adoption_fraction
aux contacts : person/year = adopter_contacts * probability
aux adopter_contacts : person/year = adopters * contact_rate
aux probability : 1 = potential / market
constant contact_rate : 1/year = 100
constant adoption_fraction : 1 = 0.015
constant market : person = 1000000
"""
LOGISTIC = """
stock fish : ton = 20
  + births
  - deaths
flow births : ton/year = fish * fertility
flow deaths : ton/year = fish * mortality
aux mortality : 1/year = fish * crowding
constant fertility : 1/year = 0.5
constant crowding : 1/(ton*year) = 0.0005
"""
YEAST = """
stock cells : 1 = 1
  + births
  - deaths
stock alcohol : 1 = 0
  + making
flow births : 1/year = cells * (1.1 - 0.1 * alcohol) / b1
flow deaths : 1/year = cells * exp(alcohol - 11) / d1
flow making : 1/year = p * cells
constant b1 : year = 16
constant d1 : year = 30
constant p : 1/year = 0.01
"""
ARMS = """
stock a : 1 = 50
  + building_a
stock b : 1 = 100
  + building_b
stock c : 1 = 150
  + building_c
flow building_a : 1/year = (b + 0.9 * c - a) / time_to_build
flow building_b : 1/year = (a + 1.1 * c - b) / time_to_build
flow building_c : 1/year = (1.1 * a + 0.9 * b - c) / time_to_build
constant time_to_build : year = 10
"""


def analysed(text: str, time: str = "0 to 10 year, step 1/4", **options: object) -> LoopAnalysis:
    project = case(text, time, str(options.pop("method", "euler"))).project
    return analyse_loops(trace(project, target="reference"), progress=False, **options)  # type: ignore[arg-type]


def shares(found: LoopAnalysis, partition: int = 0) -> dict[frozenset[str], Floats]:
    """The relative scores of a partition's loops, by the variables along them."""
    return {frozenset(s.path): s.relative for s in found.partitions[partition].loops}


def links(text: str, time: str) -> dict[tuple[str, str], Floats]:
    run = trace(case(text, time, "euler").project, target="reference")
    graph = causal_graph(run)
    values = link_scores(run, graph, chosen_steps(run, graph), progress=False).values()
    ends = zip(graph.source, graph.target, values, strict=True)
    return {(graph.owner[s].name, graph.owner[t].name): v for s, t, v in ends}


# Links


def test_link_scores_of_the_published_linear_example() -> None:
    """Schoenberg, Davidsen and Eberlein 2020, table 1: z = 2 x + y, x from 5 to 7, y from 4 to 5.

    Terms times 0 put the links on loops, since no others are scored.
    """
    found = links(
        """
stock x : 1 = 5
  + dx
stock y : 1 = 4
  + dy
flow dx : 1/year = 2 + 0 * z
flow dy : 1/year = 1 + 0 * z
aux z : 1 = 2 * x + y
""",
        "0 to 1 year, step 1",
    )
    assert found["x", "z"] == pytest.approx([0.8])
    assert found["y", "z"] == pytest.approx([0.2])


def test_link_scores_of_the_published_quotient() -> None:
    """The same, table 2: z = (w + x) / y with w 7 to 10, x 2 to 4, y 3 to 5."""
    found = links(
        """
stock w : 1 = 7
  + dw
stock x : 1 = 2
  + dx
stock y : 1 = 3
  + dy
flow dw : 1/year = 3 + 0 * z
flow dx : 1/year = 2 + 0 * z
flow dy : 1/year = 2 + 0 * z
aux z : 1 = (w + x) / y
""",
        "0 to 1 year, step 1",
    )
    assert found["w", "z"] == pytest.approx([5.0])
    assert found["x", "z"] == pytest.approx([10 / 3])
    assert found["y", "z"] == pytest.approx([-6.0])


FLOWS = """
stock s : 1 = 100
{flows}
aux inward : 1/year = 5 + step(5, 2) + 0 * s
aux outward : 1/year = 4 + step(1, 2) + 0 * s
"""


@pytest.mark.parametrize(
    ("flows", "entering"),
    [
        ("  + inward\n  - outward", "s"),
        ("  + net\nflow net : 1/year = inward - outward", "net"),
    ],
)
def test_flows_into_a_stock_count_the_same_apart_and_together(flows: str, entering: str) -> None:
    """Schoenberg, Hayward and Eberlein 2023, table 1 and 2: 5/4 and 1/4 in both structures."""
    found = links(FLOWS.format(flows=flows).replace("aux", "flow"), "1 to 2 year, step 1")
    assert found["inward", entering] == pytest.approx([1.25])
    assert found["outward", entering] == pytest.approx([-0.25])
    assert found.get((entering, "s"), np.ones(1)) == pytest.approx([1.0])


# Loops


def test_bass_diffusion_has_the_published_scores() -> None:
    """Schoenberg, Davidsen and Eberlein 2020, table 3, to the digits that are printed.

    Each stock has one flow, whose link to it scores 1 in the older and in the corrected form.
    """
    (partition,) = (found := analysed(BASS, "0 to 16 year, step 1/16")).partitions
    growth, saturation = partition.loops
    assert (growth.name, saturation.name) == ("R1", "B1")
    assert "adopter_contacts" in growth.path
    assert "probability" in saturation.path
    at = [int(np.flatnonzero(found.times == t)[0]) for t in (1, 9.5, 9.5625, 9.625, 15)]
    assert growth.score[at] == pytest.approx([1.000, 11.46, 9806, 10.41, 0.0], rel=5e-4, abs=5e-4)
    assert saturation.score[at] == pytest.approx(
        [0.0, -9.958, -9358, -10.91, -1.0], rel=5e-4, abs=5e-4
    )
    assert growth.relative[at] == pytest.approx([1.0, 0.535, 0.512, 0.488, 0.0], abs=5e-4)
    first, second = partition.dominance()
    assert (first.loops, second.loops) == ((0,), (1,))
    assert found.times[first.last] == 9.5625
    assert found.times[second.first] == 9.625


@given(st.floats(-0.9, 0.9).filter(lambda r: abs(r) > 1e-3))
def test_a_loop_on_its_own_scores_one_whatever_its_gain(rate: float) -> None:
    """Schoenberg, Davidsen and Eberlein 2020, appendix B."""
    text = f"stock s : 1 = 7\n  + net\nflow net : 1/year = s * {rate!r}\n"
    (loop,) = analysed(text, "0 to 3 year, step 1").partitions[0].loops
    assert loop.score == pytest.approx(np.full(3, np.sign(rate)))


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_births_against_deaths(method: str) -> None:
    """Gains 0.1 and -0.05: two thirds and one third; the net flow changes by a third of births."""
    text = """
stock people : person = 100
  + births
  - deaths
flow births : person/year = people * 0.1
flow deaths : person/year = people / 20
"""
    found = analysed(text, method=method)
    births, deaths = found.partitions[0].loops
    assert births.relative == pytest.approx(np.full(40, 2 / 3))
    assert deaths.relative == pytest.approx(np.full(40, -1 / 3))
    assert births.score == pytest.approx(np.full(40, 2.0))


def test_nothing_is_said_of_a_model_at_rest() -> None:
    text = """
stock people : person = 100
  + births
  - deaths
flow births : person/year = people * 0.1
flow deaths : person/year = people / 10
"""
    assert analysed(text).partitions == ()


def test_logistic_growth_by_hand() -> None:
    """births = a S, mortality = b S, deaths = S * mortality.

    With S0, S1 before and after a step: the births loop has a / |net| per unit of change, and each
    of the two loops through deaths b S0 / |net|; so the shares are a, b S0, b S0 over their sum.
    """
    a, b = 0.5, 0.0005
    s = [20.0]
    for _ in range(199):
        s.append(s[-1] + (a * s[-1] - b * s[-1] ** 2) / 8)
    size = b * np.array(s)
    total = a + 2 * size
    found = shares(analysed(LOGISTIC, "0 to 25 year, step 1/8"))
    assert found[frozenset({"fish", "births"})] == pytest.approx(a / total)
    assert found[frozenset({"fish", "deaths"})] == pytest.approx(-size / total)
    assert found[frozenset({"fish", "mortality", "deaths"})] == pytest.approx(-size / total)


def yeast_shares() -> Floats:
    """The four loops' relative scores over time, worked out step by step from the definition."""
    cells, alcohol = [1.0], [0.0]
    for _ in range(200):
        c, a = cells[-1], alcohol[-1]
        change = c * (1.1 - 0.1 * a) / 16 - c * np.exp(a - 11) / 30
        cells.append(c + change / 2)
        alcohol.append(a + 0.01 * c / 2)
    c0, c1 = np.array(cells[:-1]), np.array(cells[1:])
    a0, a1 = np.array(alcohol[:-1]), np.array(alcohol[1:])
    # Each loop's partial change of the net flow of cells; all scores share the denominator. The
    # loops through alcohol pass making -> alcohol as well, where a lone input scores 1.
    size = np.array(
        [
            (c1 - c0) * (1.1 - 0.1 * a0) / 16,
            -(c1 - c0) * np.exp(a0 - 11) / 30,
            c0 * (-0.1 * (a1 - a0)) / 16,
            -c0 * (np.exp(a1 - 11) - np.exp(a0 - 11)) / 30,
        ]
    )
    sign = np.sign(size) / np.sign([c1 - c0, c1 - c0, a1 - a0, a1 - a0])
    return np.asarray(np.abs(size) * sign / np.abs(size).sum(axis=0))


def test_yeast_and_alcohol() -> None:
    """Scores by hand; the four phases in the published order (2020, table 4: R, B2, B3, B1).

    The published phases begin a few years earlier. The older form of flows into stocks is not why:
    it moves the third one by less than a year, and the others not at all. Only the order is
    compared.
    """
    found = analysed(YEAST, "0 to 100 year, step 1/2")
    names = (
        frozenset({"cells", "births"}),
        frozenset({"cells", "deaths"}),
        frozenset({"cells", "making", "alcohol", "births"}),
        frozenset({"cells", "making", "alcohol", "deaths"}),
    )
    own = shares(found)
    got = np.array([own[n] for n in names])
    assert got == pytest.approx(yeast_shares(), rel=1e-6, abs=1e-9)
    leading = np.abs(got).argmax(axis=0)
    phases = [int(leading[0]), *(int(k) for j, k in itertools.pairwise(leading) if j != k)]
    assert phases == [0, 2, 3, 1]
    # Alcohol above 11 makes births negative: the births loop changes its sign, as published.
    (births,) = [s for s in found.partitions[0].loops if frozenset(s.path) == names[0]]
    assert births.relative[0] > 0 > births.relative[-1]


@pytest.mark.parametrize("most", [5000, 1])
def test_arms_race_of_three(most: int) -> None:
    """Eberlein and Schoenberg 2020: 8 loops, two of them through all three parties.

    In the long run all stocks grow at the rate of the matrix' largest eigenvalue, so that a loop of
    n stocks scores the product of its gains over the eigenvalue to the n. With ``most`` of 1 the
    strongest are searched for, which here finds all.
    """
    found = analysed(ARMS, "0 to 100 year, step 1/4", most=most)
    (partition,) = found.partitions
    assert partition.complete == (most > 8)
    assert len(partition.loops) == 8
    gains = np.array([[-1, 1, 0.9], [1, -1, 1.1], [1.1, 0.9, -1]])
    growth = float(np.linalg.eigvals(gains).real.max())
    expected = {
        "a": -1 / growth,
        "b": -1 / growth,
        "c": -1 / growth,
        "ab": 1 / growth**2,
        "ac": 0.99 / growth**2,
        "bc": 0.99 / growth**2,
        "abc": 0.81 / growth**3,
        "acb": 1.21 / growth**3,
    }
    total = sum(abs(v) for v in expected.values())
    for loop in partition.loops:
        stocks = "".join(n for n in loop.path if len(n) == 1)
        assert loop.relative[-1] == pytest.approx(expected[stocks] / total, rel=1e-3)


def test_groups_that_do_not_feed_back_on_each_other_are_apart() -> None:
    text = """
stock goods : 1 = 10
  - used
flow used : 1/year = goods * 0.2
stock demand : 1 = 5
  + adjusting
flow adjusting : 1/year = (goods - demand) / 3
"""
    found = analysed(text)
    assert [p.stocks for p in found.partitions] == [("demand",), ("goods",)]
    assert [p.loops[0].name for p in found.partitions] == ["1.B1", "2.B1"]
    for partition in found.partitions:
        assert partition.loops[0].relative == pytest.approx(np.full(40, -1.0))


def test_hidden_stocks_go_under_the_name_of_their_variable() -> None:
    """SMTH1's own draining loop is not the modeller's; what passes through it is one link."""
    text = """
stock goods : 1 = 10
  - used
flow used : 1/year = felt * 0.2
aux felt : 1 = SMTH1(goods, 2)
"""
    (partition,) = analysed(text).partitions
    assert [s.path for s in partition.loops] == [("goods", "felt", "used")]


HOSTS = """
dimension host = north, south
stock men[host] : person = {north: 100, south: 50}
  + coming[host]
flow coming[host] : person/year = men[host] * growth - men[host] * crowd * crowding
aux crowd : person = SUM(men[*])
constant growth : 1/year = 0.1
constant crowding : 1/(person*year) = 0.0001
"""


def test_elements_apart_or_added_up() -> None:
    found = shares(analysed(HOSTS))
    assert frozenset({"men[north]", "crowd", "coming[north]"}) in found
    assert frozenset(
        {"men[north]", "crowd", "coming[south]", "men[south]", "coming[north]"}
    ) not in (found)
    summed = shares(analysed(HOSTS, by="variable"))
    crowding = frozenset({"men", "crowd", "coming"})
    parts = [v for k, v in found.items() if {n.partition("[")[0] for n in k} == crowding]
    assert len(parts) == 2
    assert summed[crowding] == pytest.approx(np.sum(parts, axis=0))
    for of_all in (found, summed):
        assert np.abs(list(of_all.values())).sum(axis=0) == pytest.approx(np.ones(40))


# Finding


def edges(pairs: list[tuple[int, int]]) -> list[Edge]:
    return [Edge(s, t, (k,)) for k, (s, t) in enumerate(pairs)]


def test_all_circuits_of_complete_graphs() -> None:
    """A complete graph of n nodes has the sum of C(n, k) (k - 1)! circuits, k from 2 to n."""
    for n, count in ((2, 1), (3, 5), (4, 20), (5, 84), (6, 409)):
        found = list(elementary_circuits(edges(list(itertools.permutations(range(n), 2)))))
        assert len(set(found)) == len(found) == count


def by_trying(pairs: list[tuple[int, int]]) -> set[frozenset[int]]:
    """Circuits as sets of links, by following every path there is."""
    found: set[frozenset[int]] = set()

    def follow(start: int, node: int, used: tuple[int, ...], seen: frozenset[int]) -> None:
        for k, (source, target) in enumerate(pairs):
            if source == node and target == start:
                found.add(frozenset((*used, k)))
            elif source == node and target not in seen and target > start:
                follow(start, target, (*used, k), seen | {target})

    for start in {s for s, _ in pairs}:
        follow(start, start, (), frozenset({start}))
    return found


NODES = st.integers(0, 5)


@given(st.lists(st.tuples(NODES, NODES), max_size=14), st.sets(NODES))
def test_passing_through_nodes_keeps_every_loop(
    pairs: list[tuple[int, int]], keep: set[int]
) -> None:
    small = contract(edges(pairs), keep)
    found = [*small.loops, *elementary_circuits(small.edges)]
    assert len(found) == len(set(found))
    assert {frozenset(loop) for loop in found} == by_trying(pairs)


def test_loops_are_recognised_by_what_they_pass() -> None:
    path = ("men[north]", "crowd", "coming[north]")
    assert goes_through(path, ["coming", "men[north]"])
    assert goes_through(path, ["men", "crowd", "coming"])
    assert not goes_through(path, ["crowd", "men", "coming"])
    assert not goes_through(path, ["men[south]"])


# Dominance


def test_dominance_takes_the_fewest_loops_that_make_half() -> None:
    relative = np.array([[0.6, 0.6, 0.3, 0.0], [-0.3, -0.3, -0.4, 0.0], [0.1, 0.1, 0.3, 0.0]])
    assert intervals(relative) == [
        Interval(0, 1, (0,)),
        Interval(2, 2, (0, 1)),
        Interval(3, 3, ()),
    ]


@pytest.mark.parametrize(
    ("relative", "kind"),
    [
        ([0.5, 0.0], "R"),
        ([-0.5, -0.1], "B"),
        ([1.0, 1.0, -0.001], "Ru"),
        ([-1.0, -1.0, 0.001], "Bu"),
        ([0.5, -0.5], "U"),
    ],
)
def test_polarity(relative: list[float], kind: str) -> None:
    assert polarity(np.array(relative)) == kind


# Cutting

GROWTH = """
stock money : 1 = 100
  + interest
flow interest : 1/year = money * 0.1
"""


def test_a_cut_loop_no_longer_compounds() -> None:
    project = case(GROWTH, "0 to 10 year, step 1", "euler").project
    found = cut_experiment(project, (Link("money", "interest"),), "money", target="reference")
    assert found.whole == pytest.approx(100 * 1.1 ** np.arange(11))
    assert found.cut == pytest.approx(100 + 10 * np.arange(11))


def test_a_link_can_be_cut_later() -> None:
    project = case(GROWTH, "0 to 10 year, step 1", "euler").project
    link = (read_link("money -> interest"),)
    found = cut_experiment(project, link, "money", at=4, target="reference")
    year = np.arange(11)
    expected = np.where(year <= 4, 100 * 1.1**year, 100 * 1.1**4 * (1 + 0.1 * (year - 4)))
    assert found.cut == pytest.approx(expected)


def test_a_link_between_arrays_is_cut_in_every_element() -> None:
    project = case(HOSTS, "0 to 3 year, step 1", "euler").project
    found = cut_experiment(project, (Link("crowd", "coming"),), "men[south]", target="reference")
    assert found.cut == pytest.approx(50 * (1 + 0.1 - 150 * 0.0001) ** np.arange(4))


@pytest.mark.parametrize("text", ["a", "a -> b -> c", "-> b"])
def test_what_is_no_link(text: str) -> None:
    with pytest.raises(UsageError, match="is no link"):
        read_link(text)


def test_a_link_must_be_there_to_be_cut() -> None:
    project = case(LOGISTIC).project
    with pytest.raises(UsageError, match="does not depend on `mortality` directly"):
        cut_experiment(project, (Link("mortality", "births"),), "fish")
    with pytest.raises(UsageError, match="no variable `mortalty`"):
        cut_experiment(project, (Link("mortalty", "births"),), "fish")


# Command


@pytest.fixture
def model(tmp_path: Path) -> str:
    text = f"---\ntitle: Fish\ntime: 0 to 25 year, step 1/8\n---\n```headwater{LOGISTIC}```\n"
    (tmp_path / "case.md").write_text(text)
    return str(tmp_path)


def test_command_shows_and_writes_loops(model: str, tmp_path: Path) -> None:
    table = tmp_path / "loops.csv"
    done = CliRunner().invoke(command, [model, "--top", "2", "-o", str(table)])
    assert done.exception is None
    assert "Loops of fish" in done.output
    assert "3 active loops, all there are" in done.output
    lines = table.read_text().splitlines()
    assert lines[0] == "group,loop,path,time,score,relative"
    assert len(lines) == 1 + 2 * 200
    assert lines[1].startswith("1,R1,fish -> births,0.0,")


def test_command_cuts(model: str) -> None:
    arguments = [model, "--cut", "mortality -> deaths", "--outcome", "fish"]
    done = CliRunner().invoke(command, arguments)
    assert done.exception is None
    # Without crowding: growth by 0.5 less the first mortality, 0.01.
    assert f"{20 * (1 + 0.49 / 8) ** 200:.6g}" in done.output


def test_command_refuses_units_that_clash(tmp_path: Path) -> None:
    text = "stock s : kg = 1\n  + net\nflow net : kg/year = s\n"
    front = "---\ntitle: Clash\ntime: 0 to 5 year, step 1\n---\n"
    (tmp_path / "case.md").write_text(f"{front}```headwater\n{text}```\n")
    assert isinstance(CliRunner().invoke(command, [str(tmp_path)]).exception, UnitError)


def test_command_wants_an_outcome_for_a_cut(model: str) -> None:
    done = CliRunner().invoke(command, [model, "--cut", "mortality -> deaths"])
    assert isinstance(done.exception, UsageError)


# Named in the case

NAMED = '\nloop "Breeding" = fish -> births\nloop "Crowding" = mortality -> deaths -> Fish\n'


def test_loops_get_names_in_the_case() -> None:
    breeding, crowding = case(LOGISTIC + NAMED).case.loops
    assert (breeding.title, [n.text for n in breeding.through]) == ("Breeding", ["fish", "births"])
    assert [n.key for n in crowding.through] == ["mortality", "deaths", "fish"]
    (partition,) = analysed(LOGISTIC + NAMED).partitions
    passing, share = partition.together(["mortality", "deaths", "Fish"])
    assert [set(s.path) for s in passing] == [{"fish", "mortality", "deaths"}]
    assert share == pytest.approx(passing[0].relative)
    passing, share = partition.together(["deaths"])
    assert share == pytest.approx(sum(s.relative for s in partition.loops if "deaths" in s.path))
    assert len(passing) == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('loop "X" = fish -> birth', "no variable `birth`"),
        ('loop "X" = fish ->', "both sides"),
        ('loop "X" fish -> births', "expected a title"),
        ("loop fish -> births", "expected a title"),
        ('loop "X" = fish\nloop "X" = births', "X"),
    ],
)
def test_named_loops_must_be_written_well(line: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        case(f"{LOGISTIC}{line}\n")


def test_the_formatter_leaves_named_loops_in_order() -> None:
    text = f'# T\n\n```headwater\n{LOGISTIC.strip()}\nloop   "Breeding"=fish -> births\n```\n'
    laid = format_text(text, "case.md")
    assert format_text(laid, "case.md") == laid
    assert 'loop "Breeding" = fish -> births' in laid


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_the_traced_run_is_the_model_s_own(method: str) -> None:
    text = HOSTS + "aux felt[host] : person = DELAY3(men[host], 2) + DELAY(crowd, 1)\n"
    model = case(text, "0 to 5 year, step 1/8", method)
    own = model.run(times=np.arange(41) / 8)
    traced = trace(model.project)
    for name in ("men", "coming", "crowd", "felt"):
        values = traced.values[traced.model.by_key[name]].T.reshape(own[name].shape)
        assert np.array_equal(values, own[name].values)
