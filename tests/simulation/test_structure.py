"""Variants, policies and held variables, as equations."""

from __future__ import annotations

import pytest

from headwater.errors import UsageError
from headwater.language.parser import parse_text
from headwater.language.syntax import Expression, Name, Number
from headwater.model.case import Override, Policy, Setting, Variant
from headwater.model.project import Project
from headwater.model.variables import (
    Auxiliary,
    Constant,
    Dimension,
    Equation,
    Flow,
    FlowTerm,
    Graph,
    GraphicalFunction,
    Lever,
    Stock,
)
from headwater.simulation.structure import (
    POLICY_INPUT,
    with_constants,
    with_overrides,
    with_policies,
    with_policy,
    with_variant,
)


def equation(text: str, *subscripts: str) -> Equation:
    return Equation(parse_text(text), subscripts)


def name(text: str) -> Name:
    parsed = parse_text(text)
    assert isinstance(parsed, Name)
    return parsed


def policy(title: str, **settings: str) -> Policy:
    return Policy(title, settings=tuple(_settings(settings.items())))


def _settings(pairs):
    return [Setting(name(k), parse_text(v)) for k, v in pairs]


PROJECT = Project(
    "p",
    (
        Lever(name="effort", equations=(equation("1 + RAMP(1, 2020)"),)),
        Lever(name="quota", dimensions=("host",), equations=(equation("base * 2", "host"),)),
        Lever(
            name="fee",
            dimensions=("host",),
            equations=(equation("1", "russia"), equation("2", "turkey"), equation("3", "europe")),
        ),
        Constant(name="base", equations=(equation("5"),)),
        Stock(
            name="Migrants",
            dimensions=("host",),
            unit="person",
            equations=(equation("10", "host"),),
            flows=(FlowTerm(1, parse_text("arrivals[host]")),),
        ),
        Flow(name="arrivals", dimensions=("host",), equations=(equation("quota[host]", "host"),)),
        Auxiliary(name="total", equations=(equation("SUM(migrants[*])"),)),
        Graph(name="pull", graphs=(GraphicalFunction((0, 1), (0, 1)),)),
    ),
    dimensions=(
        Dimension("host", ("russia", "turkey", "europe")),
        Dimension("near", ("russia", "turkey"), parent="host"),
    ),
)


def expressions(project: Project, variable: str) -> list[Expression]:
    return [e.expression for e in project.by_key[variable].equations]


def one(project: Project, variable: str) -> Expression:
    (expression,) = expressions(project, variable)
    return expression


def test_a_variant_replaces_and_adds() -> None:
    variant = Variant(
        "v",
        variables=(
            Auxiliary(name="TOTAL", equations=(equation("7"),)),
            Auxiliary(name="extra", equations=(equation("8"),)),
        ),
    )
    changed = with_variant(PROJECT, variant)
    assert one(changed, "total") == Number(7)
    assert one(changed, "extra") == Number(8)
    assert len(changed.variables) == len(PROJECT.variables) + 1
    assert [v.key for v in changed.variables][:7] == [v.key for v in PROJECT.variables][:7]
    assert one(PROJECT, "total") == parse_text("SUM(migrants[*])")


def test_one_policy_replaces_the_baseline() -> None:
    changed = with_policy(PROJECT, policy("hard", effort="2 * base"))
    assert one(changed, "effort") == parse_text("2 * base")
    assert one(changed, "quota") == one(PROJECT, "quota")


def test_several_policies_are_chosen_by_an_input() -> None:
    changed = with_policies(
        PROJECT, [policy("none"), policy("hard", effort="2"), policy("soft", effort="3")]
    )
    chosen = Name(POLICY_INPUT)
    text = "IF chosen = 3 THEN 3 ELSE IF chosen = 2 THEN 2 ELSE 1 + RAMP(1, 2020)"
    assert one(changed, "effort") == _with(parse_text(text), chosen)
    assert one(changed, "quota") == one(PROJECT, "quota")
    lever = changed.by_key[chosen.key]
    assert isinstance(lever, Lever)
    assert one(changed, chosen.key) == Number(0)
    assert not lever.save


def _with(expression: Expression, chosen: Name) -> Expression:
    from headwater.language.syntax import transform

    return transform(
        expression, lambda n: chosen if isinstance(n, Name) and n.key == "chosen" else n
    )


def test_an_element_of_a_lever_for_all_elements() -> None:
    p = Policy("p", settings=tuple(_settings([("quota[turkey]", "9")])))
    changed = with_policy(PROJECT, p)
    assert one(changed, "quota") == parse_text("IF host = 2 THEN 9 ELSE base * 2")


def test_a_whole_array_with_an_equation_for_each_element() -> None:
    p = Policy("p", settings=tuple(_settings([("fee[host]", "quota[host] + host")])))
    changed = with_policy(PROJECT, p)
    expected = ["quota[russia] + 1", "quota[turkey] + 2", "quota[europe] + 3"]
    assert expressions(changed, "fee") == [parse_text(t) for t in expected]


def test_a_subrange_of_an_array() -> None:
    p = Policy("p", settings=tuple(_settings([("fee[near]", "near"), ("quota[near]", "0")])))
    changed = with_policy(PROJECT, p)
    assert expressions(changed, "fee") == [Number(1), Number(2), Number(3)]
    expected = "IF host = 2 THEN 0 ELSE IF host = 1 THEN 0 ELSE base * 2"
    assert one(changed, "quota") == parse_text(expected)


def test_later_settings_of_a_policy_override_earlier_ones() -> None:
    p = Policy("p", settings=tuple(_settings([("fee", "4"), ("fee[russia]", "5")])))
    assert expressions(with_policy(PROJECT, p), "fee") == [Number(5), Number(4), Number(4)]


def test_only_levers_and_constants_can_be_set() -> None:
    with pytest.raises(UsageError, match="not a lever"):
        with_policy(PROJECT, policy("p", total="1"))
    with pytest.raises(UsageError, match="effort"):
        with_policies(PROJECT, [policy("p", efort="1")])


def test_a_held_stock_has_no_flows() -> None:
    changed = with_overrides(PROJECT, [Override(name("migrants"), Number(0))])
    held = changed.by_key["migrants"]
    assert isinstance(held, Constant)
    assert (held.name, held.unit, held.dimensions) == ("Migrants", "person", ("host",))
    assert held.equations == (Equation(Number(0), ("host",)),)


def test_a_held_element_of_a_stock_keeps_the_others_flowing() -> None:
    changed = with_overrides(PROJECT, [Override(name("migrants[turkey]"), Number(4))])
    held = changed.by_key["migrants"]
    assert isinstance(held, Stock)
    assert one(changed, "migrants") == parse_text("IF host = 2 THEN 4 ELSE 10")
    assert held.flows == (FlowTerm(1, parse_text("IF host = 2 THEN 0 ELSE arrivals[host]")),)


def test_a_variable_can_be_held_at_an_expression() -> None:
    changed = with_overrides(PROJECT, [Override(name("total"), parse_text("base * 2"))])
    assert isinstance(changed.by_key["total"], Auxiliary)
    assert one(changed, "total") == parse_text("base * 2")


def test_any_variable_can_become_a_plain_number() -> None:
    changed = with_constants(PROJECT, ["TOTAL", "effort"])
    assert one(changed, "total") == Number(0)
    assert one(changed, "effort") == Number(0)
    assert all(isinstance(changed.by_key[k], Constant) for k in ("total", "effort"))


@pytest.mark.parametrize(
    ("target", "value"),
    [("totl", "1"), ("pull", "1"), ("migrants[asia]", "1"), ("migrants[russia]", "base")],
)
def test_what_cannot_be_held_is_refused(target: str, value: str) -> None:
    with pytest.raises(UsageError):
        with_overrides(PROJECT, [Override(name(target), parse_text(value))])
