"""What is written as XMILE is read again as the same model, and runs the same to the last bit."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from formats.xmile.xmile_texts import aux, column, file, read, results_of, run, specs
from headwater.formats.xmile import project_of, write
from headwater.language.names import canonical
from headwater.language.syntax import Name, Number, Unary
from headwater.model.project import Group, Project, SimSpecs, UnitDefinition
from headwater.model.uncertainty import Range
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Equation,
    Flow,
    FlowTerm,
    Graph,
    GraphicalFunction,
    Stock,
)
from model_lines import project as project_from_lines
from random_models import DIMENSIONS, Writer

DIMS = (
    '<dimensions><dim name="Place"><elem name="Home town"/><elem name="Away"/></dim>'
    '<dim name="Age" size="3"/></dimensions>'
)
PLACE = '<dimensions><dim name="Place"/></dimensions>'
GF = "<gf><xpts>0,1,3</xpts><ypts>2,5,5</ypts></gf>"

FEATURES = {
    "equations": aux(
        "x y", "{comment} IF TIME &gt; 2 THEN -2^2 ELSE 7 MOD -3 // 2".replace("&gt;", ">")
    )
    + aux("odd, name", "x_y + 1")
    + aux("100% sure", 'PREVIOUS("100% sure", 0) + DELAY1(x_y, 3)'),
    "documentation": r"<aux name='a\nb'><doc>One.\nTwo \\ &lt;three&gt;</doc><units>kg/m^2</units>"
    "<range min='-1' max='1e9'/><format precision='0.1'/><eqn>1</eqn></aux>"
    "<aux name='h'><doc>&lt;html&gt;&lt;b&gt;x\\n&lt;/b&gt;</doc><eqn>2</eqn></aux>"
    "<group name='G'><doc>Grouped.</doc><entity name='h'/></group>",
    "graphs": '<gf name="g" type="extrapolate"><xscale min="0" max="0.3"/><yscale min="0" max="9"/>'
    "<ypts>0,1,4,9</ypts></gf>"
    + aux("y", "g(TIME / 10)")
    + f'<aux name="z"><eqn>TIME</eqn>{GF}</aux>',
    "a named function inside": '<aux name="z"><eqn>TIME</eqn><gf name="inner" '
    'type="discrete"><xscale min="0" max="1"/><ypts>1,1</ypts></gf></aux>' + aux("w", "inner(0.5)"),
    "stocks": '<stock name="s"><eqn>5</eqn><outflow>f</outflow><outflow>g</outflow>'
    '<non_negative/></stock><stock name="t"><eqn>0</eqn><inflow>f</inflow></stock>'
    '<flow name="f"><eqn>2</eqn><multiplier>3</multiplier></flow>'
    '<flow name="g"><eqn>1 - TIME</eqn><non_negative/></flow>',
    "start only": '<stock name="s"><eqn>x</eqn></stock>'
    '<aux name="x"><eqn>7 + s</eqn><init_eqn>3</init_eqn></aux>',
    "conveyor": '<stock name="belt"><eqn>9</eqn><inflow>in</inflow><outflow>out</outflow>'
    "<outflow>lost</outflow><conveyor exponential_leak='true' discrete='true' one_at_a_time='false'"
    " batch_integrity='true'><len>3 + TIME</len><capacity>50</capacity><in_limit>7</in_limit>"
    "<sample>TIME &lt; 3</sample><arrest>TIME = 4</arrest></conveyor></stock>"
    '<flow name="in"><eqn>8 - TIME</eqn></flow><flow name="out"/>'
    '<flow name="lost" leak_start="0.25" leak_end="0.75"><eqn>0.1</eqn>'
    "<leak/><leak_integers/></flow>",
    "contents of a belt": '<stock name="belt"><eqn>9, 1, 4</eqn><inflow>in</inflow>'
    "<outflow>out</outflow><conveyor><len>3</len></conveyor></stock>"
    '<flow name="in"><eqn>8</eqn></flow><flow name="out"/>',
    "queue": '<stock name="q"><eqn>0</eqn><inflow>in</inflow><outflow>go</outflow>'
    '<outflow>away</outflow><queue/></stock><stock name="n"><eqn>0</eqn><inflow>go</inflow>'
    "<outflow>o</outflow><conveyor><len>2</len><capacity>4</capacity></conveyor></stock>"
    '<flow name="in"><eqn>3</eqn></flow><flow name="go"/><flow name="o"/>'
    '<flow name="away"><overflow/></flow>',
    "oven": '<stock name="oven"><eqn>0</eqn><inflow>in</inflow><outflow>out</outflow><isee:oven>'
    "<len>2</len><capacity>6</capacity><fill_time>3</fill_time><clean_time>1</clean_time>"
    '</isee:oven></stock><flow name="in"><eqn>4</eqn></flow><flow name="out"/>',
    "arrays": f'<aux name="a">{PLACE}<element subscript="Away"><eqn>1</eqn></element>'
    '<element subscript="Home town"><eqn>a[Away] + 1</eqn></element></aux>'
    f'<aux name="b">{PLACE}<eqn>a * Place</eqn></aux>'
    + aux("c", 'SUM(b[*]) + a["Home town"]')
    + f'<aux name="d">{PLACE}<eqn>TIME</eqn><element subscript="Away">{GF}</element>'
    '<element subscript="Home_Town"><gf><xscale min="0" max="5"/><ypts>1,0</ypts></gf></element>'
    f'</aux><aux name="e">{PLACE}<eqn>7</eqn><element subscript="1"><eqn>8</eqn></element></aux>',
    "modules": '<module name="M"><connect to="given" from="x"/></module>'
    '<module name="N"><connect to="given" from="M.result"/></module>' + aux("x", "3 + TIME"),
    "macros": aux("x", "LAG(TIME, 2) + LAG(TIME)"),
    "events": '<aux name="x"><eqn>1</eqn><event_poster min="0" max="1"><threshold value="1">'
    "<event sim_action='pause'><text_box>Hi &amp; bye</text_box></event></threshold></event_poster>"
    "<isee:delay_aux/></aux>",
}
AFTER = {
    "modules": "".join(
        f'<model name="{name}"><variables><aux name="given" access="input"/>'
        '<aux name="result" access="output"><eqn>given * 2 + .x</eqn></aux></variables>'
        '<views><view><aux name="given" x="1" y="2"/></view></views></model>'
        for name in "MN"
    ),
    "macros": '<macro name="LAG"><eqn>held</eqn><parm>input</parm><parm default="4">time</parm>'
    '<doc>A lag.</doc><variables><stock name="held"><eqn>input</eqn><inflow>f</inflow></stock>'
    '<flow name="f"><eqn>(input - held) / time</eqn></flow></variables></macro>',
}
VIEWS = (
    '<views>\n<view type="stock_flow" isee:page="1"><aux name="x" x="1" y="2.5"/> é &amp; <a:b/>'
    "</view></views>"
)


def again(project: Project, name: str = "") -> Project:
    """Return a project as it is after it was written and read."""
    text, _ = write(project)
    return project_of(text, None, name or project.file)


def plain(project: Project) -> Project:
    """Return a project without what is of its file alone."""
    return replace(project, file="", warnings=())


def assert_same_run(one: Project, two: Project) -> None:
    before, after = (results_of(p, finite=False) for p in (one, two))
    for field in before.fields:
        np.testing.assert_array_equal(field.values, after[field.name].values, field.name)


@pytest.mark.parametrize("feature", FEATURES)
def test_each_feature_comes_back(feature: str) -> None:
    text = file(
        FEATURES[feature],
        settings=specs(6, 0.5, "RK4" if feature == "macros" else "Euler"),
        before=DIMS,
        after=AFTER.get(feature, ""),
        views=VIEWS,
    )
    project = read(text)
    written, losses = write(project)
    assert not losses
    second = project_of(written, None, project.file)
    assert plain(second) == plain(project)
    assert write(second)[0] == written
    assert_same_run(project, second)


@pytest.mark.parametrize("name", ["model.xmile", "model.stmx"])
def test_settings_header_units_and_views_come_back(name: str) -> None:
    header = (
        "<header><vendor>isee</vendor><product version='3.1' lang='en'>Stella</product>"
        "<name>A model</name><author>A. Author</author><copyright>2020 &amp; on</copyright>"
        "<created>2020-01-01</created></header>"
    )
    units = '<model_units><unit name="p"><eqn>q/r</eqn><alias>pp</alias></unit></model_units>'
    text = file(
        aux("x", "TIME"),
        header=header,
        settings=specs(10, 0.1, "RK2", 'isee:save_interval="0.5" pause="2"'),
        before=units + "<style color='red'><stock/></style>",
        views=VIEWS,
    )
    project = read(text, name=name)
    assert plain(again(project)) == plain(project)
    assert project.sim_specs.save_step == 0.5


# Random models


def with_named_flows(project: Project) -> Project:
    """Return a model whose stocks change by flows that are variables, as XMILE has it."""
    variables: list[AnyVariable] = []
    for variable in project.variables:
        if not isinstance(variable, Stock):
            variables.append(_constant(variable))
            continue
        terms: list[FlowTerm] = []
        for k, term in enumerate(variable.flows):
            flow = Flow(
                name=f"flow {k} of {variable.name}",
                dimensions=variable.dimensions,
                equations=(Equation(term.expression),),
            )
            variables.append(flow)
            terms.append(FlowTerm(term.sign, Name(flow.name)))
        variables.append(replace(variable, flows=tuple(terms)))
    return replace(project, variables=tuple(variables))


def _constant(variable: AnyVariable) -> AnyVariable:
    """Return an auxiliary that is a number as a constant: XMILE does not tell them apart."""
    if not isinstance(variable, Auxiliary):
        return variable
    expression = variable.equations[0].expression
    while isinstance(expression, Unary) and expression.operator != "not":
        expression = expression.operand
    if not isinstance(expression, Number):
        return variable
    return Constant(
        name=variable.name, dimensions=variable.dimensions, equations=variable.equations
    )


def random_model_comes_back(seed: int, size: int, method: str) -> None:
    given_model = project_from_lines(
        Writer(Random(seed), size).text, dimensions=DIMENSIONS, time=(0, 4, 0.5), method=method
    )
    model = with_named_flows(given_model)
    written = again(model, "model.xmile")
    assert same_model(model, written)
    assert_same_run(given_model, written)
    without_names = again(given_model, "model.xmile")
    assert plain(again(without_names)) == plain(without_names)


MODELS = {
    "seed": st.integers(0, 2**32),
    "size": st.integers(1, 8),
    "method": st.sampled_from(["euler", "heun", "rk4"]),
}


@settings(max_examples=10)
@given(**MODELS)
def test_random_models_come_back(seed: int, size: int, method: str) -> None:
    """Arrays small and large, graphical functions, delays, memory."""
    random_model_comes_back(seed, size, method)


@pytest.mark.long
@settings(max_examples=300)
@given(**MODELS)
def test_many_random_models_come_back(seed: int, size: int, method: str) -> None:
    random_model_comes_back(seed, size, method)


def same_model(one: Project, two: Project) -> bool:
    """Tell whether two models are equal, whichever dialect's file they stand in."""
    return plain(replace(one, dialect="xmile", name="")) == plain(
        replace(two, dialect="xmile", name="")
    )


TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=20
)
NAMES = TEXTS.filter(lambda t: t == t.strip() and canonical(t).strip("_. ") != "")
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=60)
@example(names=["a\\n"], texts=[""] * 5, numbers=[0.0] * 5)
@given(
    names=st.lists(NAMES, min_size=1, max_size=5, unique_by=canonical),
    texts=st.lists(st.text(max_size=30), min_size=5, max_size=5),
    numbers=st.lists(NUMBERS, min_size=5, max_size=5),
)
def test_any_name_number_and_text_comes_back(
    names: list[str], texts: list[str], numbers: list[float]
) -> None:
    variables: list[AnyVariable] = [
        Constant(
            name=name,
            documentation=legal(text).strip(),
            unit="1",
            group="A group",
            range=Range(min(number, 0.0), max(number, 1.0)),
            equations=(Equation(Number(abs(number))),),
        )
        for name, text, number in zip(names, texts, numbers, strict=False)
    ]
    project = Project(
        "A model",
        tuple(variables),
        SimSpecs(min(numbers), max(numbers) + 1, 0.3, 0.0, "heun", "week"),
        units=(UnitDefinition("u", "v/w", ("x", "y")),),
        groups=(Group("A group", legal(texts[0]).strip()),),
        dialect="xmile",
        views=("<views/>",),
    )
    back = again(project, "model.xmile")
    assert back.variables == project.variables
    assert back.sim_specs == project.sim_specs
    assert (back.units, back.groups, back.views) == (project.units, project.groups, project.views)


def legal(text: str) -> str:
    """Return a text with only the characters that XML has, line ends as XML reads them."""
    kept = "".join(c for c in text if c in "\t\n" or ("\x20" <= c <= "\ufffd") or c > "\uffff")
    return "".join(c for c in kept if not "\ud800" <= c <= "\udfff")


@settings(max_examples=60)
@given(
    x=st.lists(NUMBERS, min_size=1, max_size=8, unique=True).map(sorted),
    kind=st.sampled_from(["continuous", "extrapolated", "discrete"]),
    data=st.data(),
)
def test_any_graphical_function_comes_back(x: list[float], kind: str, data: st.DataObject) -> None:
    y = data.draw(st.lists(NUMBERS, min_size=len(x), max_size=len(x)))
    function = GraphicalFunction(tuple(x), tuple(y), kind, (), Range(0.0, 1.0))  # type: ignore[arg-type]
    project = Project("g", (Graph(name="g", graphs=(function,)),), dialect="xmile")
    assert again(project, "g.xmile").variables == project.variables


def test_what_has_no_place_in_xmile_is_told() -> None:
    """A kind of loss is told once, with the variables that it concerns."""
    variables = (
        Auxiliary(name="x", equations=(Equation(Number(1.0)),), save=False),
        Constant(name="y", equations=(Equation(Number(1.0)),), range=Range(0.0, float("inf"))),
    )
    project = Project("m", variables, documentation="Of all.", views=("*View 1",))
    _, losses = write(project)
    told = "\n".join(d.message for d in losses)
    for what in ("not saved", "a range without an end", "documentation", "diagrams"):
        assert what in told
    assert all(d.severity == "warning" for d in losses)


def test_what_other_tools_say_comes_back() -> None:
    """Preferences, contacts, connections to data, attributes and looks, as they were written."""
    header = (
        '<header><vendor>v</vendor><product version="1" lang="en" isee:build_number="7">p</product>'
        "<contact><address>A street 1</address></contact></header>"
    )
    text = file(
        '<aux name="x" autoexport="true" isee:odd="1 &amp; 2"><eqn>1</eqn>'
        '<display x="1" y="2" color="blue"/></aux>'
        '<module name="M" isee:label="m"><doc>A module.</doc></module>',
        header=header,
        settings=specs(3, 1, more='isee:simulation_delay="0.5"'),
        before='<isee:prefs layer="model"><isee:window width="3"/></isee:prefs>'
        '<data><import type="CSV" frequency="on_demand" resource="x.csv"/></data>',
        after=f'<model name="M"><variables>{aux("y", "2")}</variables></model>',
    )
    project = read(text)
    written, losses = write(project)
    assert not losses
    for kept in (
        'lang="en"',
        'isee:build_number="7"',
        "<contact><address>A street 1</address></contact>",
        'autoexport="true"',
        'isee:odd="1 &amp; 2"',
        '<display x="1" y="2" color="blue"/>',
        'isee:label="m"',
        "<doc>A module.</doc>",
        'isee:simulation_delay="0.5"',
        '<isee:prefs layer="model"><isee:window width="3"/></isee:prefs>',
        '<import type="CSV" frequency="on_demand" resource="x.csv"/>',
    ):
        assert kept in written
    assert plain(again(project)) == plain(project)


def test_a_file_of_stella_10() -> None:
    """Variables lie in the model itself, with their looks and the model's; its namespace is old."""
    text = (
        '<xmile version="1.0" level="3" xmlns="http://www.systemdynamics.org/XMILE">'
        '<header><product version="10.1.1" lang="en">STELLA</product></header>'
        "<sim_specs><start>0</start><stop>2</stop><dt>1</dt></sim_specs>"
        '<model><stock name="heat"><eqn>8</eqn><outflow>loss</outflow><display x="1"/></stock>'
        '<flow name="loss"><eqn>heat / 2&#x0A;</eqn><display x="3" y="4"/></flow>'
        '<display page_width="572"><text_box x="5" y="6">Heat</text_box></display>'
        '<interface page_cols="2"/><style font-family="Arial"/></model></xmile>'
    )
    project = read(text)
    assert not project.warnings
    assert column(run(text), "heat") == [8, 4, 2]
    written, losses = write(project)
    assert not losses
    for kept in ('<display x="3" y="4"/>', '<style font-family="Arial"/>', "Heat</text_box>"):
        assert kept in written


def test_elements_of_other_vendors_are_ignored_and_come_back() -> None:
    """The standard has what a vendor adds left alone by the others, and preserved."""
    vendor = (
        "<acme:spec>2</acme:spec>",
        '<acme:root><acme:inner x="2"/></acme:root>',
        '<acme:thing name="z"/>',
        "<acme:model>u</acme:model>",
        '<acme:note kind="k">hello</acme:note>',
        "<acme:eqn>7</acme:eqn>",
    )
    settings = specs(3).replace("</sim_specs>", f"{vendor[0]}</sim_specs>")
    variables = f'<aux name="x">{vendor[4]}<eqn>1</eqn>{vendor[5]}</aux>{vendor[2]}'
    text = file(variables, settings=settings, before=vendor[1])
    text = text.replace("</model>", f"{vendor[3]}</model>")
    text = text.replace("<xmile ", '<xmile xmlns:acme="http://acme.example/ns" ')
    project = read(text)
    assert not project.warnings
    written, losses = write(project)
    assert not losses
    for kept in ('xmlns:acme="http://acme.example/ns"', *vendor):
        assert kept in written
    assert column(run(written), "x") == [1, 1, 1, 1]
    assert plain(again(project)) == plain(project)


def test_what_is_not_known_is_told() -> None:
    text = file(
        '<stock name="s"><eqn>0</eqn><outflow>o</outflow><conveyor isee:pretty="true"><len>2</len>'
        '<speed>3</speed></conveyor><sometimes/></stock><flow name="o"/>'
    )
    told = "\n".join(d.message for d in read(text).warnings)
    for option in ("`isee:pretty`", "`speed`", "<sometimes>"):
        assert option in told


def test_a_method_that_another_stands_in_for_comes_back() -> None:
    project = read(file(aux("x", "1"), settings=specs(1, 0.5, "Gear, RK45")))
    assert project.sim_specs.method == "rk4"
    assert 'method="Gear, RK45"' in write(project)[0]
    assert plain(again(project)) == plain(project)
    changed = replace(project, sim_specs=replace(project.sim_specs, method="euler"))
    assert 'method="Euler"' in write(changed)[0]


def test_settings_that_are_lost_and_one_that_is_not() -> None:
    """A save interval that is the step says nothing more than the number that is written."""
    follows = SimSpecs(save_step=1.0, save_expression=Name("TIME STEP"))
    assert write(Project("m", (), follows, dialect="vensim"))[1] == []
    computed = SimSpecs(save_step=1.0, save_expression=Name("x"), method="discrete")
    told = [d.message for d in write(Project("m", (), computed, dialect="vensim"))[1]]
    assert told == [
        "that the step is part of the model and must not be shortened is not written",
        "settings that the model computes are written as the numbers that they are now: "
        "save interval",
    ]


def test_a_group_without_a_name_is_none() -> None:
    variable = Constant(name="x", equations=(Equation(Number(1.0)),))
    project = Project("m", (variable,), groups=(Group(" "), Group("g")))
    assert [g.name for g in again(project, "m.xmile").groups] == ["g"]
