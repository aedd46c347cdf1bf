"""Conveyors, queues, ovens, values at the start and steps that change, in literate cases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from formats.xmile.xmile_texts import aux, column, file, results_of, specs
from formats.xmile.xmile_texts import read as xmile
from headwater.cli import main
from headwater.errors import HeadwaterError
from headwater.formats.literate import read_case_text, write
from headwater.formats.literate.layout.format import format_text
from headwater.formats.registry import read_model
from headwater.formats.vensim import project_of
from headwater.language.source import Source
from headwater.model.project import Project
from headwater.model.variables import Conveyor, Flow, Leakage, Oven, Queue, Stock

HEAD = "---\ntitle: T\ntime: 0 to 6, step 1\n---\n\n```headwater\n"

LINE = (
    '<stock name="line"><eqn>0</eqn><inflow>coming</inflow><outflow>served</outflow>'
    '<outflow>away</outflow><queue/></stock><flow name="coming"><eqn>5</eqn></flow>'
    '<flow name="served"/><flow name="away"><overflow/></flow>'
)
BELT = (
    '<stock name="belt"><eqn>1, 2, 3</eqn><inflow>served</inflow><inflow>joining</inflow>'
    "<outflow>leaving</outflow><outflow>lost</outflow>"
    '<conveyor exponential_leak="true" batch_integrity="true" one_at_a_time="false">'
    "<len>3</len><capacity>30</capacity><in_limit>4</in_limit><sample>TIME &gt; 1</sample>"
    '<arrest>TIME = 3</arrest></conveyor></stock><flow name="leaving"/>'
    '<flow name="joining" isee:spreadflow="even"><eqn>1</eqn></flow>'
    '<flow name="lost" leak_start="0.25" leak_end="0.75"><eqn>0.1</eqn><leak/></flow>'
)
OVEN = (
    '<stock name="oven"><eqn>0</eqn><inflow>filling</inflow><outflow>emptying</outflow><isee:oven>'
    "<len>2</len><capacity>3</capacity><fill_time>2</fill_time><clean_time>1</clean_time>"
    '</isee:oven></stock><flow name="filling"><eqn>1</eqn></flow><flow name="emptying"/>'
)
BY_PORT = '<dimensions><dim name="port"/></dimensions>'
ARRAY = (
    f'<stock name="quay">{BY_PORT}<eqn>6</eqn><outflow>off</outflow>'
    "<conveyor><len>2</len></conveyor>"
    '<element subscript="b"><conveyor><len>3</len></conveyor></element>'
    '<element subscript="a"><conveyor><len>2</len></conveyor></element></stock>'
    f'<flow name="off">{BY_PORT}</flow>'
)
PORTS = '<dimensions><dim name="port"><elem name="a"/><elem name="b"/></dim></dimensions>'


def case(statements: str) -> Project:
    return read_case_text(f"{HEAD}{statements}\n```\n").project


def again(project: Project) -> Project:
    written = write(project, "model")
    assert format_text(written.text, "model.md") == written.text
    return read_case_text(written.text).project


def assert_same_run(first: Project, second: Project) -> None:
    a, b = results_of(first, finite=False), results_of(second, finite=False)
    for variable in first.variables:
        np.testing.assert_array_equal(a[variable.name].values, b[variable.name].values)


@pytest.mark.parametrize("variables", [LINE + BELT, OVEN, LINE.replace("served", "leaving")])
def test_stocks_with_a_discipline_come_back(variables: str) -> None:
    project = xmile(file(variables, settings=specs(8)))
    found = again(project)
    assert_same_run(project, found)
    for variable in project.variables:
        other = found.find(variable.name)
        for part in ("discipline", "leakage", "overflow", "spread"):
            mine = getattr(variable, part, None)
            if not isinstance(mine, Conveyor):
                assert getattr(other, part, None) == mine
    if "belt" in variables:
        before, after = project.find("belt"), found.find("belt")
        assert isinstance(before, Stock) and isinstance(after, Stock)
        assert before.discipline == after.discipline


def test_transit_times_of_single_elements_get_a_variable() -> None:
    project = xmile(file(ARRAY, before=PORTS))
    found = again(project)
    assert_same_run(project, found)
    assert found.find("transit time of quay") is not None


def test_the_variable_of_transit_times_has_a_name_of_its_own() -> None:
    project = xmile(file(ARRAY + aux("transit time of quay", "7"), before=PORTS))
    found = again(project)
    assert_same_run(project, found)
    made = found.find("transit time of quay 2")
    assert made is not None
    assert made.dimensions == ("port",)


def test_what_the_clauses_say() -> None:
    project = case(
        "stock s = 5\n  + f\n  - g\n  - h\n"
        "  conveyor 3 / 2, capacity MAX(2, 9), limit 4, discrete,\n"
        "    sampled when TIME > 2, arrested when f > 3 and g = 0, first in first out,\n"
        "    whole batches, leaking exponentially\n"
        "flow f = 1\nflow g\nflow h = 0.1  leak from 0.2 to 0.6 in whole units\n"
        'stock q = 0\n  + g\n  - i\n  queue\nflow i : 1  note "to the oven = next"\n'
        "stock o = 0\n  + i\n  - j\n  oven 2, filling 1, cleaning 3, capacity 8\nflow j\n"
    )
    s, q, o, h = (project.find(n) for n in "sqoh")
    assert isinstance(s, Stock) and isinstance(s.discipline, Conveyor)
    belt = s.discipline
    assert belt.discrete and belt.batch_integrity and belt.fifo and belt.exponential_leakage
    assert belt.one_at_a_time and not belt.contents
    assert all(e is not None for e in (belt.capacity, belt.inflow_limit, belt.sample, belt.arrest))
    assert isinstance(q, Stock) and q.discipline == Queue()
    assert isinstance(o, Stock) and isinstance(o.discipline, Oven)
    assert o.discipline.fill_time is not None and o.discipline.arrest is None
    assert isinstance(h, Flow) and h.leakage == Leakage(0.2, 0.6, True)
    driven = project.find("i")
    assert isinstance(driven, Flow) and not driven.equations and driven.unit == "1"
    assert driven.documentation == "to the oven = next"


def test_a_belt_in_a_case_runs() -> None:
    """What enters at time 0 leaves three steps later, a tenth of it leaks in each of them."""
    project = case(
        "stock s = 0\n  + f\n  - g\n  - h\n  conveyor 3\nflow f = PULSE(10, 0)\nflow g\n"
        "flow h = 0.3\n  leak\n"
    )
    found = results_of(project)
    assert column(found, "g") == pytest.approx([0, 0, 0, 7, 0, 0, 0])
    assert column(found, "h") == pytest.approx([0, 1, 1, 1, 0, 0, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conveyor", "how long things stay is missing"),
        ("conveyor 3, capacty 2", "unknown option `capacty 2`"),
        ("conveyor 3, capacity 2, capacity 3", "`capacity 3` is given twice"),
        ("conveyor 3\n  queue", "no conveyor and queue at once"),
        ("queue 3", "unexpected `3` after `queue`"),
        ("oven 3, discrete", "unknown option `discrete`"),
        ("conveyor 3, limit", "what follows `limit`"),
    ],
)
def test_mistakes_in_the_clauses_of_a_stock(text: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message) as caught:
        case(f"stock s = 0\n  - g\n  {text}\nflow g\n")
    assert caught.value.diagnostics[0].place is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flow g = 1  leak between 0 and 1", "unexpected `between 0 and 1`"),
        ("flow g = 1  leak from 0 to 2", "beyond the ends of the belt"),
        ("flow g = 1  spread widely", "how it is spread is missing"),
        ("flow g = 1  overflow now", "unexpected `now`"),
        ("flow", "expected a name"),
        ("flow : 1", "expected a name and a unit"),
        ("aux g = 1  initially", "expected the value at the start"),
        ("aux g = 1  initially 2  initially 3", "given twice"),
        ("aux g", "expected `= "),
    ],
)
def test_mistakes_in_the_clauses_of_others(text: str, message: str) -> None:
    with pytest.raises(HeadwaterError, match=message):
        case(text)


def test_a_flow_without_equation_that_nothing_drives() -> None:
    with pytest.raises(HeadwaterError, match="`g` has no equation"):
        results_of(case("stock s = 0\n  - g\nflow g\n"))


# Values at the start


def test_a_value_at_the_start_comes_back() -> None:
    """ACTIVE INITIAL, init_eqn: 7 is what INIT sees; after the start the equation holds."""
    text = file(aux("a", "TIME * 2", "<init_eqn>7</init_eqn>") + aux("b", "INIT(a)"))
    project = xmile(text)
    found = again(project)
    assert_same_run(project, found)
    assert column(results_of(found), "b") == [7] * 6
    assert [e.initial for e in found.by_key["a"].equations] == [  # type: ignore[union-attr]
        e.initial
        for e in project.by_key["a"].equations  # type: ignore[union-attr]
    ]


def test_values_of_single_elements_at_the_start() -> None:
    source = "d: x, y ~~|\na[x] = ACTIVE INITIAL(s[x] + 1, 9) ~~|\na[y] = s[y] * 2 ~~|\n"
    control = "FINAL TIME = 4 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\nSAVEPER = 1 ~~|\n"
    text = source + "s[d] = INTEG(1, i[d]) ~~|\ni[x] = a[x] ~~|\ni[y] = 3 ~~|\n" + control
    project = project_of(Source("model.mdl", text), None, "model")
    found = again(project)
    values = results_of(found)["s"].values
    assert values[0].tolist() == [9, 3]
    assert_same_run(project, found)


# Steps that change


def test_a_step_that_changes() -> None:
    """Two steps of 2, then four of a half; kept at 0, 2, 4 and, every 1, at 5 and 6."""
    text = (
        HEAD.replace(
            "step 1", "step (IF TIME < 4 THEN 2 ELSE 0.5), save (IF TIME < 4 THEN 2 ELSE 1)"
        )
        + "stock s = 0\n  + f\nflow f = TIME\n```\n"
    )
    project = read_case_text(text).project
    found = results_of(project)
    assert found.coordinates["time"].tolist() == [0, 2, 4, 5, 6]
    # 0*2, then 2*2, then 4/2 + 4.5/2, then 5/2 + 5.5/2.
    assert column(found, "s") == [0, 0, 4, 8.25, 13.5]


def test_vensims_steps_that_change_come_back() -> None:
    text = (
        "s = INTEG(Time, 0) ~~|\nFINAL TIME = 6 ~~|\nINITIAL TIME = 0 ~~|\n"
        "TIME STEP = IF THEN ELSE(Time < 4, 2, 0.5) ~~|\nSAVEPER = TIME STEP ~~|\n"
    )
    project = project_of(Source("model.mdl", text), None, "model")
    found = again(project)
    assert column(results_of(found), "s") == column(results_of(project), "s")
    assert results_of(found).coordinates["time"].tolist() == [0, 2, 4, 4.5, 5, 5.5, 6]


# The models with recorded outputs

OWN = Path(__file__).parents[2] / "conformance"
MODELS = sorted(
    p
    for folder in ("conveyor*", "queue", "oven", "initial_order", "non_negative_stock")
    for p in OWN.glob(f"{folder}/*")
    if p.suffix in (".stmx", ".xmile", ".mdl")
)


@pytest.mark.parametrize("path", MODELS, ids=lambda p: p.name)
def test_models_with_recorded_outputs_come_back(path: Path) -> None:
    project = read_model(path)
    assert isinstance(project, Project)
    assert_same_run(project, again(project))


@pytest.mark.parametrize(
    "name", ["active_initial", "active_initial_circular", "control_vars", "dynamic_final_time"]
)
def test_models_of_the_suite_run_the_same_as_cases(
    name: str, test_models: Path, tmp_path: Path
) -> None:
    """Values at the start, and control variables that change during the run."""
    (path,) = (test_models / "tests" / name).glob("*.mdl")
    target = tmp_path / "case.md"
    result = CliRunner().invoke(main, ["convert", str(path), str(target), "--verify"])
    assert result.exit_code == 0, result.output
    assert "the run is the same" in result.output
