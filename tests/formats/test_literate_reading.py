"""What each statement of a literate case becomes."""

from dataclasses import replace
from math import inf
from typing import Any

import pytest

from formats.case_texts import EVERYTHING, case_text, expression, read
from headwater.formats.literate import read_case_text
from headwater.model.case import Case, Link, Override
from headwater.model.project import Group, UnitDefinition
from headwater.model.uncertainty import (
    Beta,
    Correlation,
    Discrete,
    LogNormal,
    Normal,
    Range,
    Triangular,
    Uncertainty,
    Uniform,
)
from headwater.model.variables import (
    Auxiliary,
    Constant,
    Dimension,
    Flow,
    FlowTerm,
    Graph,
    GraphicalFunction,
    Lever,
    Provenance,
    Stock,
)


@pytest.fixture(scope="module")
def everything() -> Case:
    return read(EVERYTHING)


def variable(case: Case, name: str) -> Any:
    found = case.project.find(name)
    assert found is not None, name
    return found


def test_dimensions(everything: Case) -> None:
    assert everything.project.dimensions == (
        Dimension("place", ("home", "north", "south")),
        Dimension("abroad", ("north", "south"), parent="place"),
        Dimension("cohort", ("1", "2", "3"), numbered=True),
    )


def test_units(everything: Case) -> None:
    assert everything.project.units == (UnitDefinition("usd", "dollar"),)


def test_units_may_be_one_per_another() -> None:
    case = read("unit rate = 1/year\nunit none = 1\nconstant growth : rate = 2")
    assert case.project.units == (UnitDefinition("rate", "1/year"), UnitDefinition("none", "1"))


def test_stock_with_flows_and_values_by_element(everything: Case) -> None:
    stock = variable(everything, "People")
    assert isinstance(stock, Stock)
    assert (stock.name, stock.dimensions, stock.unit) == ("people", ("place",), "person")
    assert stock.flows == (
        FlowTerm(1, expression("arrivals[place]")),
        FlowTerm(-1, expression("departures[place]")),
    )
    assert [(e.subscripts, e.expression) for e in stock.equations] == [
        (("home",), expression("1000")),
        (("north",), expression("10")),
        (("south",), expression("10")),
    ]
    assert stock.provenance == Provenance(("census",))


def test_an_expression_for_all_elements(everything: Case) -> None:
    flow = variable(everything, "arrivals")
    assert isinstance(flow, Flow)
    (equation,) = flow.equations
    assert equation.subscripts == ("place",)
    assert equation.expression == expression("people[place] * (births - 0.5 * -rate)")


def test_an_expression_on_several_lines(everything: Case) -> None:
    (equation,) = variable(everything, "departures").equations
    text = 'if time > 2005 and not (rate = 0) then people[place] / stay else rate * "odd # name"'
    assert equation.expression == expression(text)


def test_quoted_name_and_note(everything: Case) -> None:
    odd = variable(everything, "odd # name")
    assert isinstance(odd, Auxiliary)
    assert odd.documentation == "A quoted name; # is no comment."


def test_nested_lists_name_dimensions_and_others(everything: Case) -> None:
    by_age = variable(everything, "by age")
    values = {e.subscripts: e.expression for e in by_age.equations}
    assert list(values) == [(p, c) for p in ("home", "north", "south") for c in "123"]
    assert values["home", "1"] == expression("0.5")
    assert values["home", "3"] == expression("0")
    assert {values[p, c] for p in ("north", "south") for c in "123"} == {expression("1/3")}


def test_clauses_of_a_constant(everything: Case) -> None:
    births = variable(everything, "births")
    assert isinstance(births, Constant)
    assert births.range == Range(0, 0.1)
    assert births.uncertainty == Uncertainty(Uniform(0.01, 0.05))
    assert births.provenance == Provenance(("census", "un-2024"))
    rate = variable(everything, "rate")
    assert rate.range == Range(-inf, 1)
    assert rate.uncertainty == Uncertainty(Normal(0, 0.1), Range(-0.5, 0.5), shared=True)
    assert rate.provenance == Provenance((), "Nobody knows.")


@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("stay", LogNormal(2.5, 1.3)),
        ("share", Beta(2, 3, 0, 1)),
        ("spread", Beta(2, 3, 0, 10)),
        ("peak", Triangular(0, 2, 3)),
        ("kind", Discrete((0, 1), (1, 2.5))),
    ],
)
def test_distributions(everything: Case, name: str, distribution: Any) -> None:
    assert variable(everything, name).uncertainty == Uncertainty(distribution)


def test_graphs(everything: Case) -> None:
    pull = variable(everything, "pull")
    assert isinstance(pull, Graph)
    assert (pull.unit, pull.input_unit) == ("1", "usd")
    assert pull.graphs == (
        GraphicalFunction((0, 1), (1, 2), "discrete", ("north",)),
        GraphicalFunction((0, 2), (-1, 1.5), "discrete", ("south",)),
    )


@pytest.mark.parametrize("kind", ["continuous", "extrapolated", "discrete"])
def test_kinds_of_graph(kind: str) -> None:
    (graph,) = read(f"graph g : 1 = (0, 1) (1, 2) {kind}").project.variables
    assert isinstance(graph, Graph)
    assert graph.graphs[0].kind == kind


def test_graphs_are_continuous_by_default() -> None:
    (graph,) = read("graph g : 1 = (0, 1), (1, 2)").project.variables
    assert isinstance(graph, Graph)
    assert graph.graphs == (GraphicalFunction((0, 1), (1, 2), "continuous"),)


def test_lever(everything: Case) -> None:
    effort = variable(everything, "effort")
    assert isinstance(effort, Lever)
    assert effort.range == Range(0, 10)


def test_correlation(everything: Case) -> None:
    assert everything.correlations == (Correlation("births", "rate", -0.3),)


def test_variants(everything: Case) -> None:
    first, second = everything.variants
    assert (first.name, first.title) == ("first", "First reading")
    assert (first.documentation, first.because) == ("What it says.", ("census",))
    assert [v.name for v in first.variables] == ["pressure", "extra"]
    assert first.variables[0].documentation == "nested"
    assert [v.name for v in second.variables] == ["pressure", "extra"]
    assert everything.project.find("pressure") is None


def test_policies(everything: Case) -> None:
    no_change, more, none = everything.policies
    assert (more.probe, none.probe) == (False, True)
    assert (no_change.name, no_change.settings) == ("no_change", ())
    assert (more.title, more.parents) == ("More effort", ("no_change",))
    (setting,) = more.settings
    assert setting.lever == expression("effort")
    assert setting.expression == expression("1 + step(4, 2004)")
    assert (more.documentation, more.because) == ("Rises in 2004.", ("un-2024",))
    assert everything.defaults.baseline == "no_change"


def test_later_and_own_settings_prevail() -> None:
    case = read(
        """
dimension place = home, north
lever a[place] : 1 = 0
lever b : 1 = 0
lever c : 1 = 0
policy last from one, two
  c = 9
policy one
  a[home] = 1
  a[north] = 2
  b = 1
  c = 1
policy two from one
  a = 3
  b = 2
"""
    )
    last = case.policies[0]
    settings = {s.lever.key: (s.lever.subscripts, s.expression) for s in last.settings}
    assert settings == {
        "a": ((), expression("3")),
        "b": ((), expression("2")),
        "c": ((), expression("9")),
    }
    assert len(last.settings) == 3


def test_checks(everything: Case) -> None:
    when, always, at = everything.checks
    assert when.title == "empty stays empty"
    assert when.overrides == (
        Override(expression("people"), expression("0")),  # type: ignore[arg-type]
        Override(expression("rate"), expression("0")),  # type: ignore[arg-type]
    )
    assert when.condition == expression("departures[home] = 0")
    assert (when.tolerance, when.at) == (1e-6, None)
    assert (always.condition, always.tolerance) == (expression("people[home] >= 0"), 1e-9)
    assert (at.condition, at.at) == (expression("people[home] < 1e9"), 2005)


def test_expectation(everything: Case) -> None:
    (found,) = everything.expectations
    assert (found.name, found.title) == ("growth-continues", "People grow")
    assert found.claims == ("growth", "births-1")
    condition = "at(people[home], 2010, more) > 1.1 * at(people[home], 2000)"
    assert found.condition == expression(f"{condition} and mean(share, 2000, 2010) < 1")
    assert found.effect == expression("change(people[home], 2000, 2010)")
    assert found.effect_meaning == "people"
    assert [(link.variable.key, link.cut, link.freed) for link in found.links] == [
        ("births", 0, Range(-0.05, 0.05)),
        ("rate", 0, Range(-1, 1)),
    ]
    assert isinstance(found.links[0], Link)
    assert (found.horizon, found.reason) == ("short", "A tenth can be seen.")


def test_comparisons_and_outcomes(everything: Case) -> None:
    used, held_out = everything.comparisons
    assert (used.start, used.stop, used.used, used.documentation) == (2002, 2008, True, "Used.")
    assert used.variable == expression("people[home]")
    assert (held_out.used, held_out.start) == (False, None)
    (outcome,) = everything.outcomes
    assert (outcome.variable, outcome.label) == (expression("people[home]"), "People at home")


def test_headings_become_groups() -> None:
    text = case_text(
        "aux a : 1 = 1",
        front="---\ntitle: T\ntime: 0 to 1\n---\n# Book\n\n## Land\n\n### Fields\n",
    )
    text += "\nTowns\n-----\n\n" + case_text("aux b : 1 = 1", front="")
    project = read_case_text(text).project
    assert project.groups == (Group("Land"), Group("Fields", parent="Land"), Group("Towns"))
    assert [v.group for v in project.variables] == ["Fields", "Towns"]


def test_a_word_of_a_clause_may_be_part_of_an_expression() -> None:
    case = read('aux note : 1 = 2\naux a : 1 = 3 * note\naux b : 1 = (a + note)  note "n"')
    assert [v.documentation for v in case.project.variables] == ["", "", "n"]
    assert variable(case, "a").equations[0].expression == expression("3 * note")


def test_keywords_in_any_case() -> None:
    (constant,) = read('CONSTANT A : 1 = 2 RANGE 1 TO 3 Note "n"').project.variables
    assert (constant.name, constant.range, constant.documentation) == ("A", Range(1, 3), "n")


def test_units_may_be_left_out() -> None:
    (constant,) = read("constant a = 2").project.variables
    assert constant.unit == ""


@pytest.mark.parametrize("fence", ["```", "~~~~", "   ```"])
def test_fences(fence: str) -> None:
    text = f"---\ntime: 0 to 1\n---\n{fence}headwater\naux a : 1 = 1\n{fence}\n"
    assert [v.name for v in read_case_text(text).project.variables] == ["a"]


def test_blocks_in_lists_and_other_blocks() -> None:
    text = (
        "---\ntime: 0 to 1\n---\n"
        "1. A point:\n\n   ```headwater\n   stock a : 1 = 1\n     + b\n   ```\n\n"
        "```python\naux c : 1 = 1\n```\n\n    aux d : 1 = 1\n\n"
        "<!--\n```headwater\naux e : 1 = 1\n```\n-->\n"
    )
    (stock,) = read_case_text(text).project.variables
    assert isinstance(stock, Stock)
    assert stock.flows == (FlowTerm(1, expression("b")),)


def test_line_ends_do_not_matter() -> None:
    text = case_text(EVERYTHING)
    unix, windows = read_case_text(text), read_case_text(text.replace("\n", "\r\n"))
    assert replace(unix, parts=()) == replace(windows, parts=())


def test_spans_point_at_the_text() -> None:
    (constant,) = read("\n\nconstant stay : year = 2.5").project.variables
    assert constant.span and constant.unit_span
    assert constant.span.text == "stay"
    assert constant.unit_span.text == "year"
    assert str(constant.span.place) == "case.md:7:10"
    assert constant.equations[0].span.text == "2.5"  # type: ignore[union-attr]
