"""Modules and what connects them (XMILE 1.0, sections 3.7.4 and 4.7)."""

from pathlib import Path

import pytest

from formats.xmile.xmile_texts import (
    NAMESPACES,
    aux,
    column,
    file,
    read,
    results_of,
    run,
    specs,
    warnings,
)
from headwater.compiler.resolving.flatten import flatten
from headwater.errors import HeadwaterError
from headwater.formats.literate import read_case_text
from headwater.formats.literate import write as write_case
from headwater.formats.xmile import write

TANK = """<model name="{name}"><variables>
  <stock name="level"><eqn>start</eqn><inflow>filling</inflow><outflow>draining</outflow></stock>
  <flow name="filling" access="input"><eqn>0</eqn></flow>
  <flow name="draining" access="output"><eqn>level / 4</eqn></flow>
  <aux name="start" access="input"><eqn>0</eqn></aux>
</variables></model>"""


def test_a_module_takes_its_inputs_and_gives_its_outputs() -> None:
    """3.7.4: the module's input is replaced by what is assigned to it."""
    text = file(
        aux("supply", "8") + aux("seen", "Tank.level + Tank.draining") + '<module name="Tank">'
        '<connect to="filling" from="supply"/></module>',
        settings=specs(3),
        after=TANK.format(name="Tank"),
    )
    found = run(text)
    assert column(found, "Tank.level") == [0, 8, 14, 18.5]
    assert column(found, "seen") == [0, 10, 17.5, 23.125]


def test_inputs_by_the_full_name_of_what_they_are_connected_to() -> None:
    """As Stella Professional 1.1 wrote hares and lynxes: 2, 4, 6 hunters take 3 each."""
    text = file(
        '<module name="prey"><connect to="hunters" from="hunters.hunters"/>'
        '<connect to="take" from=".take"/></module><module name="hunters"/>' + aux("take", "3"),
        settings=specs(3),
        after='<model name="prey"><variables><stock name="prey"><eqn>100</eqn>'
        "<outflow>killed</outflow></stock>"
        '<flow name="killed"><eqn>hunters.hunters * .take</eqn></flow>'
        '<stock name="hunters" access="input"><eqn>{Enter equation}</eqn></stock>'
        '<aux name="take" access="input"><eqn>{Enter equation}</eqn></aux></variables></model>'
        '<model name="hunters"><variables><stock name="hunters" access="output"><eqn>2</eqn>'
        '<inflow>births</inflow></stock><flow name="births"><eqn>2</eqn></flow>'
        "</variables></model>",
    )
    assert column(run(text), "prey.prey") == [100, 94, 82, 64]
    again = write(read(text))[0]
    assert column(run(again), "prey.prey") == [100, 94, 82, 64]


def test_module_qualified_targets_as_stella_writes_them() -> None:
    """4.7.1: `to` may name the module; Stella lists a connection on both of its ends."""
    both = (
        '<connect to="Second.filling" from="First.draining"/>'
        '<connect to="First.filling" from="supply"/>'
    )
    text = file(
        aux("supply", "8")
        + f'<module name="First">{both}</module><module name="Second">{both}</module>',
        settings=specs(3),
        after=TANK.format(name="First") + TANK.format(name="Second"),
    )
    found = run(text)
    assert column(found, "First.level") == [0, 8, 14, 18.5]
    # What the first drains (0, 2, 3.5, ...) less a quarter of what is there.
    assert column(found, "Second.level") == [0, 0, 2, 5]


def test_stella_writes_connections_twice_and_the_second_kind_counts() -> None:
    """`<connect2>` holds the true ends where `<connect>` goes through a ghost."""
    text = file(
        aux("supply", "8") + aux("other", "1") + '<module name="Tank">'
        '<connect to="Tank.filling" from="other"/><connect2 to="Tank.filling" from="supply"/>'
        "</module>",
        settings=specs(1),
        after=TANK.format(name="Tank"),
    )
    assert column(run(text), "Tank.level") == [0, 8]


def test_modules_within_modules() -> None:
    """3.7.4: a qualified name goes down one module at a dot; one that begins with it is root's."""
    outer = """<model name="Region"><variables>
      <module name="Plant"><connect to="filling" from="demand"/></module>
      <aux name="demand" access="input"><eqn>0</eqn></aux>
      <aux name="stored"><eqn>Plant.level * .scale</eqn></aux>
    </variables></model>"""
    text = file(
        aux("scale", "10")
        + aux("need", "4")
        + aux("deep", "Region.Plant.level")
        + '<module name="Region"><connect to="demand" from="need"/></module>',
        settings=specs(2),
        after=outer + TANK.format(name="Plant"),
    )
    found = run(text)
    assert column(found, "deep") == [0, 4, 7]
    assert column(found, "Region.stored") == [0, 40, 70]


def test_names_are_matched_whatever_their_blanks_and_case() -> None:
    """3.2.2.2: case, blanks, underscores and escaped line ends are alike."""
    model = r"""<model name="Big\nTank"><variables>
      <aux name="what goes\nin" access="input"><eqn>0</eqn></aux></variables></model>"""
    text = file(
        aux("The Supply", "3")
        + aux("seen", "BIG_TANK.What_Goes_In")
        + r"""<module name="Big\nTank">
        <connect to="Big_Tank.what_goes_in" from="the_supply"/></module>""",
        after=model,
    )
    assert column(run(text), "seen")[0] == 3


def test_a_module_from_a_file_beside_the_model(tmp_path: Path) -> None:
    """4.7: `resource` names the file that holds the module's model."""
    inner = TANK.replace(' name="{name}"', "")
    part = f'<xmile version="1.0" {NAMESPACES}>{inner}</xmile>'
    (tmp_path / "tank.xmile").write_text(part, encoding="utf-8")
    text = file(
        aux("supply", "8") + '<module name="Tank" resource="tank.xmile">'
        '<connect to="filling" from="supply"/></module>',
        settings=specs(1),
    )
    assert column(run(text, tmp_path), "Tank.level") == [0, 8]


@pytest.mark.parametrize(
    "resource", ["../tank.xmile", "/etc/passwd", "C:\\tank.xmile", "a/../../tank.xmile"]
)
def test_a_module_from_outside_of_the_models_folder(resource: str, tmp_path: Path) -> None:
    (tmp_path / "tank.xmile").write_text("<xmile/>", encoding="utf-8")
    folder = tmp_path / "inner"
    folder.mkdir()
    with pytest.raises(HeadwaterError, match="out of the"):
        read(file(f'<module name="Tank" resource="{resource}"/>'), folder)


def test_a_link_that_leads_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "tank.xmile").write_text("<xmile/>", encoding="utf-8")
    (folder / "tank.xmile").symlink_to(tmp_path / "tank.xmile")
    with pytest.raises(HeadwaterError, match="out of the"):
        read(file('<module name="Tank" resource="tank.xmile"/>'), folder)


def test_a_file_that_includes_itself(tmp_path: Path) -> None:
    """Each file is read once, however the files name each other."""
    header = (
        "<header><vendor>x</vendor><product version='1'>x</product>"
        "<includes><include resource='me.xmile'/></includes></header>"
    )
    text = file(aux("x", "1"), header=header)
    (tmp_path / "me.xmile").write_text(text, encoding="utf-8")
    assert column(run(text, tmp_path), "x")[0] == 1


@pytest.mark.parametrize(
    ("connect", "message"),
    [
        ('<connect to="nothing" from="supply"/>', "no variable `nothing`"),
        ('<connect to="level" from="supply"/>', "cannot be an input"),
        ('<connect to="filling" from="nowhere"/>', "nowhere"),
    ],
)
def test_connections_that_lead_nowhere(connect: str, message: str) -> None:
    text = file(
        aux("supply", "8") + f'<module name="Tank">{connect}</module>',
        after=TANK.format(name="Tank"),
    )
    with pytest.raises(HeadwaterError, match=message):
        run(text)


def test_a_module_without_a_model() -> None:
    """It may be drawn before its model is there (3.7.4), as long as nothing asks for it."""
    text = file('<module name="Tank"/>' + aux("x", "1"))
    assert "the module `Tank` has no model, and is left out" in warnings(read(text))
    assert column(run(text), "x")[0] == 1
    with pytest.raises(HeadwaterError, match="no model `Tank`"):
        run(file('<module name="Tank"/>' + aux("x", "Tank.level")))


def test_a_module_is_known_everywhere_by_a_name_of_its_own() -> None:
    """Submodels have names of their own in the whole model, which qualify theirs (3.7.4)."""
    inner = '<model name="B"><variables>' + aux("y", "7") + "</variables></model>"
    outer = '<model name="A"><variables><module name="B"/></variables></model>'
    other = '<model name="C"><variables>' + aux("z", "B.y + 1") + "</variables></model>"
    modules = '<module name="A"/><module name="C"/>'
    found = run(file(modules + aux("x", "B.y * 2"), after=inner + outer + other))
    assert column(found, "x")[0] == 14
    assert column(found, "C.z")[0] == 8


def test_an_input_takes_one_value() -> None:
    tank = '<model name="Tank"><variables><aux name="i" access="input"/></variables></model>'
    both = '<connect to="i" from=".a"/><connect to="Tank.i" from=".b"/>'
    with pytest.raises(HeadwaterError, match="is connected twice"):
        read(file(f'<module name="Tank">{both}</module>' + aux("a", "1"), after=tank))


def test_a_model_may_be_called_like_a_function() -> None:
    """A model with one input and one output is a function of the input (3.3.2)."""
    variables = (
        '<aux name="i" access="input"/><aux name="o" access="output"><eqn>s + i</eqn></aux>'
        '<stock name="s"><eqn>0</eqn><inflow>f</inflow></stock><flow name="f"><eqn>i</eqn></flow>'
    )
    model = f'<model name="so far"><variables>{variables}</variables></model>'
    found = run(file(aux("a", "so_far(TIME) + 1") + aux("b", "so_far(2)"), after=model))
    assert column(found, "a") == [1, 2, 4, 7, 11, 16]
    assert column(found, "b") == [2, 4, 6, 8, 10, 12]
    two = model.replace("</variables>", '<aux name="j" access="input"/></variables>')
    with pytest.raises(HeadwaterError, match="2 inputs and 1 outputs"):
        read(file(aux("a", "so_far(TIME)"), after=two))


def test_settings_of_a_module_of_its_own_are_refused() -> None:
    inner = '<model name="Tank">' + specs(9, 0.5) + "<variables/></model>"
    with pytest.raises(HeadwaterError, match="settings of its own"):
        read(file('<module name="Tank"/>', after=inner))


def test_settings_of_the_file_of_a_module_give_way_to_those_of_the_whole(tmp_path: Path) -> None:
    """A module in a file of its own can be opened alone; in the whole it keeps step with that."""
    stock = "<stock name='level'><eqn>1</eqn><inflow>f</inflow></stock>"
    flow = "<flow name='f'><eqn>level</eqn></flow>"
    part = file(stock + flow, settings=specs(9, 0.5))
    (tmp_path / "tank.xmile").write_text(part)
    whole = '<module name="Tank" resource="tank.xmile"/>'
    project = read(file(whole, settings=specs(2)), tmp_path)
    assert warnings(project).count("the module `Tank` has a step or a method of its own") == 1
    assert column(results_of(project), "Tank.level") == [1, 2, 4]
    alike = read(file(whole, settings=specs(4, 0.5)), tmp_path)
    assert "of its own" not in warnings(alike)


GHOSTS = """<model name="Market"><variables>
  <aux name="price" access="input"/>
  <aux name="cost"><eqn>2 * price</eqn></aux>
</variables></model>"""


def test_an_input_without_an_equation_is_a_ghost_of_what_it_is_connected_to() -> None:
    connect = '<module name="Market"><connect to="Market.price" from=".world price"/></module>'
    text = file(aux("world price", "7 + TIME") + connect, settings=specs(2), after=GHOSTS)
    assert column(run(text), "Market.cost") == [14, 16, 18]


def test_an_input_without_an_equation_and_without_a_connection() -> None:
    with pytest.raises(HeadwaterError, match=r"Market\.price"):
        run(file('<module name="Market"/>', after=GHOSTS))


def test_a_connection_into_a_module_of_a_module() -> None:
    """4.7.1: a target may lead through several modules."""
    outer = '<model name="Region"><variables><module name="Market"/></variables></model>'
    connect = (
        '<module name="Region"><connect to="Region.Market.price" from="world_price"/></module>'
    )
    text = file(aux("world price", "7") + connect, after=outer + GHOSTS)
    assert column(run(text), "Region.Market.cost")[0] == 14


def test_arrayed_inputs() -> None:
    """The input has the dimensions of what is connected to it."""
    dims = (
        '<dimensions><dim name="site"><elem name="north"/><elem name="south"/></dim></dimensions>'
    )
    inner = """<model name="Total"><variables>
      <aux name="each" access="input"><dimensions><dim name="site"/></dimensions></aux>
      <aux name="all"><eqn>SUM(each)</eqn></aux></variables></model>"""
    given = (
        '<aux name="x"><dimensions><dim name="site"/></dimensions>'
        '<element subscript="north"><eqn>3</eqn></element>'
        '<element subscript="south"><eqn>4</eqn></element></aux>'
    )
    text = file(
        given + '<module name="Total"><connect to="each" from="x"/></module>',
        before=dims,
        after=inner,
    )
    assert column(run(text), "Total.all")[0] == 7


NESTED = """<model name="Energy"><variables>
  <aux name="warming felt" access="input"><eqn>0</eqn></aux>
  <aux name="CO2 Gt/y" access="output"><eqn>10 - warming_felt</eqn></aux>
</variables></model>
<model name="Nature"><variables><module name="Climate">{}</module></variables></model>
<model name="Climate"><variables>
  <aux name="from energy Gt/y" access="input"><eqn>0</eqn></aux>
  <stock name="CO2"><eqn>100</eqn><inflow>emitting</inflow></stock>
  <flow name="emitting"><eqn>"from_energy_Gt/y"</eqn></flow>
  <aux name="warming" access="output"><eqn>CO2 / 100</eqn></aux>
</variables></model>"""


def test_a_connection_names_a_module_wherever_it_lies() -> None:
    """Stella names a module by its own name, also inside another, and quotes parts of names."""
    both = (
        "<connect to='Climate.\"from_energy_Gt/y\"' from='Energy.\"CO2_Gt/y\"'/>"
        '<connect to="Energy.warming_felt" from="Climate.warming"/>'
    )
    text = file(
        f'<module name="Energy">{both}</module><module name="Nature">{both}</module>'
        + aux("seen", 'Energy."CO2_Gt/y"'),
        settings=specs(2),
        after=NESTED.format(both),
    )
    found = run(text)
    assert column(found, "Nature.Climate.CO2") == [100, 109, pytest.approx(117.91)]
    assert column(found, "seen") == [9, pytest.approx(8.91), pytest.approx(8.8209)]


def test_models_of_one_name_or_none() -> None:
    twice = TANK.format(name="Tank") * 2
    with pytest.raises(HeadwaterError, match="`Tank` is defined twice"):
        read(file('<module name="Tank"/>', after=twice))
    unnamed = TANK.replace(' name="{name}"', "")
    told = read(file(aux("x", "1"), after=unnamed)).warnings
    assert "is not used" in told[0].message


def test_two_modules_from_one_file(tmp_path: Path) -> None:
    """4.7: a file's model without a name is that of the module, also where two have that name."""
    inner = TANK.replace(' name="{name}"', "")
    part = f'<xmile version="1.0" {NAMESPACES}>{inner}</xmile>'
    (tmp_path / "tank.xmile").write_text(part, encoding="utf-8")
    tank = '<module name="Tank" resource="tank.xmile"><connect to="filling" from="{}"/></module>'
    region = (
        '<model name="Region"><variables><aux name="supply"><eqn>4</eqn></aux>'
        f"{tank.format('supply')}</variables></model>"
    )
    text = file(
        aux("supply", "8") + tank.format("supply") + '<module name="Region"/>',
        settings=specs(1),
        after=region,
    )
    found = run(text, tmp_path)
    assert column(found, "Tank.level") == [0, 8]
    assert column(found, "Region.Tank.level") == [0, 4]


AROUND = """<model name="Energy"><variables>
  <module name="Wind"><connect to="Energy.built" from="Wind.capacity"/>
    <connect2 to="built" from="Wind.capacity"/>
    <connect to="Wind.plans" from="Energy.plans"/><connect2 to="Wind.plans" from="plans"/>
    <connect to='Energy."cost of W&amp;S"' from="Wind.cost"/>
    <connect2 to='"cost of W&amp;S"' from="Wind.cost"/></module>
  <stock name="built" access="input"><eqn>{Enter equation}</eqn><non_negative/></stock>
  <aux name="cost of W&amp;S" access="input"><eqn>{Enter equation}</eqn></aux>
  <aux name="plans" access="output"><eqn>3</eqn></aux>
  <aux name="spent" access="output"><eqn>built * "cost of W&amp;S"</eqn></aux>
</variables></model>
<model name="Wind"><variables>
  <aux name="plans" access="input"><eqn>{Enter equation}</eqn></aux>
  <stock name="capacity" access="output"><eqn>10</eqn><inflow>building</inflow></stock>
  <flow name="building"><eqn>plans</eqn></flow>
  <aux name="cost" access="output"><eqn>2</eqn></aux>
</variables></model>"""


def test_the_ends_of_stellas_second_kind_without_a_module_lie_in_the_model_around_it() -> None:
    """Stella's `<connect>` to `Energy.built` has the `<connect2>` to `built`, within Energy."""
    spent = (
        '<module name="Energy"><connect to=".total" from="Energy.spent"/>'
        '<connect2 to="total" from="Energy.spent"/></module>'
        '<aux name="total" access="input"><eqn>{Enter equation}</eqn></aux>'
    )
    text = file(spent, settings=specs(2), after=AROUND)
    found = run(text)
    assert column(found, "Energy.built") == [10, 13, 16]
    assert column(found, "total") == [20, 26, 32]


def test_stellas_module_files(tmp_path: Path) -> None:
    """`url` names a module's file; a path that begins with r../ counts from the file it is in."""
    parts = tmp_path / "Parts"
    parts.mkdir()
    outer = f'<xmile version="1.0" {NAMESPACES}><model name="Region"><variables>'
    outer += (
        '<module name="Tank" url="r../tank.itmx"><connect to="filling" from="supply"/></module>'
    )
    outer += aux("supply", "8") + "</variables></model></xmile>"
    (parts / "region.itmx").write_text(outer, encoding="utf-8")
    inner = f'<xmile version="1.0" {NAMESPACES}>{TANK.format(name="Tank")}</xmile>'
    (parts / "tank.itmx").write_text(inner, encoding="utf-8")
    region = '<module name="Region" url="{}"/>'
    text = file(region.format("r../Parts/region.itmx"), settings=specs(1))
    assert column(run(text, tmp_path), "Region.Tank.level") == [0, 8]
    elsewhere = file(region.format("/Volumes/Her/Model/Parts/region.itmx"), settings=specs(1))
    project = read(elsewhere, tmp_path)
    assert "`Parts/region.itmx` beside the model is read" in project.warnings[0].message
    with pytest.raises(HeadwaterError, match=r"copy `area\.itmx` into"):
        read(file(region.format("C:\\Model\\area.itmx")), tmp_path)


def test_a_graphical_function_is_an_input_as_a_whole() -> None:
    """Stella's models hand tables on, through modules of modules, and look them up there."""
    table = '<aux name="{}" {}><eqn>0+0</eqn><gf><xpts>0,4</xpts><ypts>{}</ypts></gf></aux>'
    inner = table.format("profile", 'access="input"', "1,1") + aux("x", "LOOKUP(profile, TIME)")
    outer = '<aux name="handed" access="input"/><module name="In">{}</module>'.format(
        '<connect to="In.profile" from="handed"/>'
    )
    text = file(
        table.format("shape", "", "0,20")
        + '<module name="Out"><connect to="Out.handed" from="shape"/></module>',
        settings=specs(2),
        after=f'<model name="Out"><variables>{outer}</variables></model>'
        f'<model name="In"><variables>{inner}</variables></model>',
    )
    found = run(text)
    assert column(found, "Out.In.x") == [0, 5, 10]
    assert column(found, "Out.handed") == [0, 0, 0]


def test_files_may_repeat_a_macro_and_must_not_change_it(tmp_path: Path) -> None:
    def macro(factor: int) -> str:
        return f'<macro name="scaled"><eqn>{factor} * x</eqn><parm>x</parm></macro>'

    part = file(aux("y", "scaled(4)"), after=macro(2))
    (tmp_path / "part.itmx").write_text(part, encoding="utf-8")
    module = '<module name="part" url="r../part.itmx"/>'
    whole = file(module + aux("y", "scaled(1)"), after=macro(2))
    assert column(run(whole, tmp_path), "part.y")[0] == 8
    with pytest.raises(HeadwaterError, match="macro `scaled` is defined twice") as caught:
        read(file(module, after=macro(3)), tmp_path)
    assert "the other one is at model.xmile" in str(caught.value)


BELT = """<model name="School"><variables>
  <stock name="pupils" access="output">{dims}<eqn>0</eqn><inflow>entering</inflow>
    <outflow>leaving</outflow><conveyor><len>3</len></conveyor></stock>
  <flow name="entering">{dims}<eqn>IF TIME = 0 THEN 8{row} ELSE 0</eqn></flow>
  <flow name="leaving">{dims}</flow>
</variables></model><model name="Office"><variables>
  <stock name="their pupils" access="input">{dims}
    <eqn>{{Enter equation for use when not hooked up to other models}}</eqn>{mark}</stock>
  <aux name="older">{dims}<eqn>AGECOUNT({asked}, 1)</eqn></aux>
  <aux name="all">{dims}<eqn>their_pupils</eqn></aux>
</variables></model>"""


@pytest.mark.parametrize("mark", ["<conveyor/>", "<conveyor><len>3</len></conveyor>", ""])
def test_an_input_stands_for_the_conveyor_that_it_is_connected_to(mark: str) -> None:
    """Stella marks the input as what it stands for; the belt is the other module's."""
    modules = (
        '<module name="School"/><module name="Office">'
        '<connect to="Office.their_pupils" from="School.pupils"/></module>'
    )
    asked = {"dims": "", "row": "", "mark": mark, "asked": "their_pupils"}
    text = file(modules, settings=specs(5), after=BELT.format(**asked))
    project = read(text)
    found = results_of(project)
    assert column(found, "Office.older") == [0, 0, 8, 8, 0, 0]
    assert column(found, "Office.all") == [0, 8, 8, 8, 0, 0]
    again = read(write(project)[0])
    assert [s.variables for s in again.submodels] == [s.variables for s in project.submodels]
    assert ("<conveyor" in write(project)[0].split('"their pupils"')[1]) is bool(mark)
    dims = "<dimensions><dim name='row'/></dimensions>"
    asked |= {"dims": dims, "row": " * row", "asked": "their_pupils[row]"}
    rows = '<dimensions><dim name="row" size="2"/></dimensions>'
    text = file(modules, before=rows, settings=specs(3), after=BELT.format(**asked))
    expected = [[0, 0], [0, 0], [8, 16], [8, 16]]
    assert run(text)["Office.older"].values.tolist() == expected
    case = read_case_text(write_case(flatten(read(text)), "case.md").text)
    assert results_of(case.project)["Office.older"].values.tolist() == expected


def test_what_is_connected_to_no_conveyor_has_no_ages() -> None:
    asked = {"dims": "", "row": "", "mark": "<conveyor/>", "asked": "their_pupils"}
    modules = (
        '<module name="School"/><module name="Office">'
        '<connect to="Office.their_pupils" from="School.entering"/></module>'
    )
    with pytest.raises(HeadwaterError, match="AGECOUNT needs the name of a conveyor"):
        run(file(modules, after=BELT.format(**asked)))


def test_placeholders_have_no_part_in_the_run_and_are_written_back() -> None:
    """Stella help, Equation tab of placeholders: they show others, and nothing may use them."""
    placeholder = (
        '<isee:placeholder name="shares" isee:derived_units="true">'
        "<eqn>Tank.level{Level} + Tank.draining{Out &amp; gone}</eqn></isee:placeholder>"
    )
    tank = TANK.format(name="Tank").replace("</variables>", f"{placeholder}</variables>")
    text = file('<module name="Tank"/>', after=tank)
    project = read(text)
    assert not project.warnings
    assert column(run(text), "Tank.level")[0] == 0
    written, losses = write(project)
    assert not losses and placeholder in written
    inside = written.split("<variables>")[2].split("</variables>")[0]
    assert placeholder in inside
    assert read(written).submodels == project.submodels
