"""What differs between two models is told, and nothing else: changes, renames, other formats."""

from pathlib import Path

import pytest

from headwater.formats.vensim import project_of, write
from headwater.formats.xmile import project_of as xmile
from headwater.language.source import Source
from headwater.model.diff import compare_projects
from headwater.model.project import Project
from model_lines import project

BEFORE = """
stock people = 100; + births; - deaths
flow births = people * birth_rate
flow deaths = people / life
constant birth_rate = 0.03
constant life = 70
graph effect = (0, 1) (1, 2)
aux crowding = effect(people / 200) * life
"""


def model(text: str = BEFORE, **options: object) -> Project:
    return project(text, **options)  # type: ignore[arg-type]


def changed(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    found = compare_projects(model(), model(text)).changed
    return {(c.name, c.what): (c.before, c.after) for c in found}


def test_a_model_is_the_same_as_itself() -> None:
    assert compare_projects(model(), model()).same


def test_values_equations_and_points_that_changed() -> None:
    after = BEFORE.replace("0.03", "0.04").replace("people / life", "people / (life + 1)")
    after = after.replace("(1, 2)", "(1, 3)").replace("people = 100", "people = 120")
    assert changed(after) == {
        ("birth_rate", "value"): ("0.03", "0.04"),
        ("deaths", "equation"): ("people / life", "people / (life + 1)"),
        ("effect", "points"): ("(0, 1) (1, 2)", "(0, 1) (1, 3)"),
        ("people", "initial value"): ("100", "120"),
    }


def test_a_sum_of_a_thousand_terms() -> None:
    long = " + ".join(["life"] * 1000)
    before, after = (BEFORE.replace("people / life", f"people / ({long} + {n})") for n in (1, 2))
    assert compare_projects(model(before), model(before)).same
    found = compare_projects(model(before), model(after)).changed
    assert [(c.name, c.what) for c in found] == [("deaths", "equation")]


def test_a_flow_that_is_taken_away_changes_the_stock() -> None:
    after = BEFORE.replace("; - deaths", "").replace("flow deaths = people / life\n", "")
    found = compare_projects(model(), model(after))
    assert [e.name for e in found.removed] == ["deaths"]
    assert [(c.name, c.element, c.before, c.after) for c in found.changed] == [
        ("people", "net flow", "births - deaths", "births")
    ]


def test_variables_that_came_and_went() -> None:
    after = BEFORE.replace("aux crowding", "aux noise = SIN(TIME)\naux crowding")
    found = compare_projects(model(), model(after))
    assert [(e.name, e.equation) for e in found.added] == [("noise", "SIN(TIME)")]
    back = compare_projects(model(after), model())
    assert [e.name for e in back.removed] == ["noise"]


@pytest.mark.parametrize("new", ["lifetime", "years_at_hand"])
def test_a_renamed_variable_is_told_by_its_role_and_its_equation(new: str) -> None:
    found = compare_projects(model(), model(BEFORE.replace("life", new)))
    assert found.renamed == (("life", new),)
    assert not found.changed
    assert not found.added
    assert not found.removed


def test_renames_that_depend_on_each_other() -> None:
    after = BEFORE.replace("people", "folk").replace("births", "born").replace("effect", "curve")
    found = compare_projects(model(), model(after))
    assert set(found.renamed) == {("people", "folk"), ("births", "born"), ("effect", "curve")}
    assert not found.changed


def test_a_renamed_variable_may_have_changed_too() -> None:
    after = BEFORE.replace("birth_rate", "fertility").replace("0.03", "0.05")
    found = compare_projects(model(), model(after))
    assert found.renamed == (("birth_rate", "fertility"),)
    assert [(c.name, c.before, c.after) for c in found.changed] == [("fertility", "0.03", "0.05")]


def test_numbers_alone_are_no_evidence_of_a_rename() -> None:
    found = compare_projects(
        model("constant alpha = 1\naux x = TIME"), model("constant zz = 1\naux x = TIME")
    )
    assert not found.renamed
    assert [e.name for e in found.removed] == ["alpha"]
    assert [e.name for e in found.added] == ["zz"]


def test_settings_elements_and_units() -> None:
    before = project("aux x[d] : kg = 1", dimensions={"d": "ab"}, time=(0, 10, 1))
    after = project("aux x[d] : g = 1", dimensions={"d": "abc"}, time=(0, 10, 0.5), method="rk4")
    found = compare_projects(before, after)
    settings = {(c.what, c.name): (c.before, c.after) for c in found.settings}
    assert settings == {
        ("setting", "step"): ("1", "0.5"),
        ("setting", "save interval"): ("1", "0.5"),
        ("setting", "method"): ("euler", "rk4"),
        ("elements", "d"): ("a, b", "a, b, c"),
    }
    assert [(c.what, c.before, c.after) for c in found.changed] == [("units", "kg", "g")]


def test_one_equation_for_all_elements_and_one_for_each_are_the_same() -> None:
    dimensions = {"d": "ab"}
    first = project("constant x[d] = 2\naux y[d] = x[d] * 3 + x[a]", dimensions=dimensions)
    listed = "array x over d\nconstant x[a] = 2\nconstant x[b] = {}\n"
    listed += "array y over d\naux y[a] = x[a] * 3 + x[a]\naux y[b] = x[b] * {} + x[a]"
    same = project(listed.format(2, 3), dimensions=dimensions)
    assert compare_projects(first, same).same
    other = project(listed.format(5, 4), dimensions=dimensions)
    found = compare_projects(first, other).changed
    assert [(c.name, c.element, c.before, c.after) for c in found] == [
        ("x", "[b]", "2", "5"),
        ("y", "[b]", "x[b] * 3 + x[a]", "x[b] * 4 + x[a]"),
    ]


def test_elements_under_other_names_are_told_once() -> None:
    first = project("constant x[d] = 2\naux y = x[a] + x[b]", dimensions={"d": "ab"})
    second = project("constant x[d] = 2\naux y = x[one] + x[b]", dimensions={"d": ("one", "b")})
    found = compare_projects(first, second)
    assert not found.changed
    assert [(c.name, c.before, c.after) for c in found.settings] == [("d", "a, b", "one, b")]


def test_a_model_and_its_translation_are_the_same_but_for_kinds_of_functions() -> None:
    lines = "stock s = 4; + SMTH1(s, 3); - s / 2\naux a = IF s > 3 THEN DT ELSE MAX(s, 1)"
    source = model(lines)
    text = write(source, "model").text
    other = project_of(Source("model.mdl", text), None, "model")
    found = compare_projects(source, other)
    assert not (found.changed or found.added or found.removed or found.renamed), found


def test_a_file_of_vensims_against_one_of_xmile() -> None:
    mdl = (
        "d: a, b ~~|\nx[d] = 1, 2 ~ kg ~|\ntotal = SUM(x[d!]) ~ kg ~|\n"
        "late = IF THEN ELSE(Time > 2, SMOOTH(total, 3), 0) ~ kg ~|\n"
        "INITIAL TIME = 0 ~ Month ~|\nFINAL TIME = 9 ~ Month ~|\nTIME STEP = 1 ~ Month ~|\n"
    )
    text = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
    <sim_specs time_units="Months"><start>0</start><stop>9</stop><dt>1</dt></sim_specs>
    <dimensions><dim name="d"><elem name="a"/><elem name="b"/></dim></dimensions>
    <model><variables>
    <aux name="Total"><eqn>SUM(x[*])</eqn><units>kg</units></aux>
    <aux name="late"><eqn>IF TIME &gt; 2 THEN SMTH1(total, 4) ELSE 0</eqn><units>kg</units></aux>
    <aux name="x"><dimensions><dim name="d"/></dimensions><units>kg</units>
      <element subscript="a"><eqn>1</eqn></element><element subscript="b"><eqn>2</eqn></element>
    </aux></variables></model></xmile>"""
    first = project_of(Source("model.mdl", mdl), None, "model")
    second = xmile(text, Path(), "model.xmile")
    found = compare_projects(first, second)
    assert [(c.name, c.what) for c in found.changed] == [("late", "equation")]
    assert not (found.settings or found.renamed or found.added or found.removed), found


XMILE = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>4</stop><dt>1</dt></sim_specs><model><variables>
<stock name="s"><eqn>5</eqn><outflow>f</outflow><non_negative/></stock>
<flow name="f"><eqn>2</eqn><multiplier>3</multiplier></flow>
<flow name="g"><eqn>TIME - 2</eqn><non_negative/></flow>
<group name="Water"><entity name="g"/></group></variables></model></xmile>"""


@pytest.mark.parametrize(
    ("old", "new", "what", "before", "after"),
    [
        (
            "<non_negative/></stock>",
            "</stock>",
            "kind",
            "stock that cannot fall below zero",
            "stock",
        ),
        ("<non_negative/></flow>", "</flow>", "kind", "flow that cannot be negative", "variable"),
        ("<multiplier>3", "<multiplier>4", "equation", "3", "4"),
        ('name="Water"', 'name="Rain"', "group", "Water", "Rain"),
    ],
)
def test_what_bounds_converts_and_groups(
    old: str, new: str, what: str, before: str, after: str
) -> None:
    texts = XMILE, XMILE.replace(old, new)
    found = compare_projects(*(xmile(text, None, "m.xmile") for text in texts))
    assert [(c.what, c.before, c.after) for c in found.changed] == [(what, before, after)]


def test_mappings_that_changed() -> None:
    text = "d: a, b -> (e: p, q) ~~|\ne: p, q ~~|\nx[e] = 1, 2 ~~|\ny[d] = x[e] ~~|\n"
    control = "FINAL TIME = 1 ~~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\n"
    other = text.replace("(e: p, q) ~~", "(e: q, p) ~~")
    models = [project_of(Source("m.mdl", t + control), None, "m") for t in (text, other)]
    found = compare_projects(models[0], models[1])
    assert [(c.name, c.what, c.before, c.after) for c in found.settings] == [
        ("d", "mappings", "e (a: p, b: q)", "e (a: q, b: p)")
    ]


@pytest.mark.parametrize("whole", ["SUM(x)", "SUM(x[*])"])
def test_the_sum_of_an_array_named_alone_is_that_of_all_its_elements(whole: str) -> None:
    """A sum of x beside x by element: XMILE and Vensim say it in different words."""
    first = xmile(
        "<xmile><dimensions><dim name='d'><elem name='p'/><elem name='q'/></dim></dimensions>"
        "<sim_specs><start>0</start><stop>1</stop><dt>1</dt></sim_specs><model><variables>"
        "<aux name='x'><eqn>3</eqn><dimensions><dim name='d'/></dimensions></aux>"
        f"<aux name='y'><eqn>x / {whole}</eqn><dimensions><dim name='d'/></dimensions></aux>"
        "</variables></model></xmile>",
        None,
        "m.xmile",
    )
    mdl = (
        "d: p, q ~~|\nx[d] = 3 ~~|\ny[d] = x[d] / SUM(x[d!]) ~~|\n"
        "INITIAL TIME = 0 ~~|\nFINAL TIME = 1 ~~|\nTIME STEP = 1 ~~|\n"
    )
    second = project_of(Source("m.mdl", mdl), None, "m.mdl")
    assert not compare_projects(first, second).changed


ARRAYS = """all: a, b, c, d ~~|
part: c, d ~~|
before: a, b, c -> (after: b, c, d) ~~|
after: b, c, d ~~|
size[all] = 1, 2, 3, 4 ~~|
level[a] = INTEG(-flow[a], 5) ~~|
level[after] = INTEG(flow[before] - flow[after], size[after]) ~~|
flow[all] = level[all] / size[all] ~~|
same[all] = IF THEN ELSE(all = part first, 1, 0) ~~|
part first = 3 ~~|
of part[part] = size[part] * part ~~|
of part[a] = size[b] ~~|
of part[b] = ELMCOUNT(part) ~~|
total = SUM(size[part!] * flow[part!]) ~~|
alone = INTEG(total - flow[a], 3) ~~|
seen :HOLD BACKWARD: := GET DIRECT DATA('seen.csv', ',', 'A', 'B2') ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 9 ~~|
TIME STEP = 0.5 ~~|
SAVEPER = TIME STEP ~~|
"""
WRITTEN = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>9</stop><dt>0.5</dt></sim_specs>
<dimensions><dim name="all"><elem name="a"/><elem name="b"/><elem name="c"/><elem name="d"/></dim>
<dim name="part"><elem name="c"/><elem name="d"/></dim>
<dim name="before"><elem name="a"/><elem name="b"/><elem name="c"/></dim>
<dim name="after"><elem name="b"/><elem name="c"/><elem name="d"/></dim></dimensions>
<model><variables>
<aux name="size"><dimensions><dim name="all"/></dimensions>
  <element subscript="a"><eqn>1</eqn></element><element subscript="b"><eqn>2</eqn></element>
  <element subscript="c"><eqn>3</eqn></element><element subscript="d"><eqn>4</eqn></element></aux>
<stock name="level"><dimensions><dim name="all"/></dimensions><inflow>net flow of level</inflow>
  <element subscript="a"><eqn>5</eqn></element><element subscript="b"><eqn>size[b]</eqn></element>
  <element subscript="c"><eqn>size[c]</eqn></element>
  <element subscript="d"><eqn>size[d]</eqn></element></stock>
<flow name="net flow of level"><dimensions><dim name="all"/></dimensions>
  <element subscript="a"><eqn>-flow[a]</eqn></element>
  <element subscript="b"><eqn>flow[a] - flow[b]</eqn></element>
  <element subscript="c"><eqn>flow[b] - flow[c]</eqn></element>
  <element subscript="d"><eqn>flow[c] - flow[d]</eqn></element></flow>
<aux name="flow"><dimensions><dim name="all"/></dimensions><eqn>level[all] / size[all]</eqn></aux>
<aux name="same"><dimensions><dim name="all"/></dimensions>
  <element subscript="a"><eqn>IF 1 = part_first THEN 1 ELSE 0</eqn></element>
  <element subscript="b"><eqn>IF 2 = part_first THEN 1 ELSE 0</eqn></element>
  <element subscript="c"><eqn>IF 3 = part_first THEN 1 ELSE 0</eqn></element>
  <element subscript="d"><eqn>IF 4 = part_first THEN 1 ELSE 0</eqn></element></aux>
<aux name="part first"><eqn>3</eqn></aux>
<aux name="of part"><dimensions><dim name="all"/></dimensions>
  <element subscript="c"><eqn>size[c] * 3</eqn></element>
  <element subscript="d"><eqn>size[d] * 4</eqn></element>
  <element subscript="a"><eqn>size[b]</eqn></element>
  <element subscript="b"><eqn>2</eqn></element></aux>
<aux name="total"><eqn>size[c] * flow[c] + size[d] * flow[d]</eqn></aux>
<stock name="alone"><eqn>3</eqn><inflow>net flow of alone</inflow></stock>
<flow name="net flow of alone"><eqn>total - flow[a]</eqn></flow>
<aux name="seen"><eqn>TIME + 1e-06 * DT</eqn>
  <gf type="discrete"><xpts>0,5</xpts><ypts>3,4</ypts></gf></aux>
</variables></model></xmile>"""


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("", "", []),
        ("size[d] * 4</eqn>", "size[d] * 2</eqn>", [("of part", "[d]", "size[d] * 4")]),
        ("flow[b] - flow[c]</eqn>", "flow[b] - flow[d]</eqn>", [
            ("level", "net flow [c]", "flow[b] - flow[c]")
        ]),
        ("IF 2 = part_first", "IF 3 = part_first", [
            ("same", "[b]", "IF 2 = part_first THEN 1 ELSE 0")
        ]),
        ("<eqn>size[c] * flow[c] +", "<eqn>size[c] * flow[d] +", [
            ("total", "", "SUM(size[*:part] * flow[*:part])")
        ]),
        ("total - flow[a]</eqn>", "total - flow[b]</eqn>", [
            ("alone", "net flow", "total - flow[a]")
        ]),
        ("<ypts>3,4</ypts>", "<ypts>3,5</ypts>", [("seen", "", "data")]),
        ("TIME + 1e-06 * DT", "TIME", [("seen", "", "data")]),
    ],
)  # fmt: skip
def test_another_spelling_of_the_same_is_no_change(
    tmp_path: Path, old: str, new: str, changes: list[tuple[str, str, str]]
) -> None:
    """Elements one by one, ranges by mappings, numbers of elements, sums and made flows."""
    (tmp_path / "seen.csv").write_text("Time,seen\n0,3\n5,4\n", encoding="utf-8")
    first = project_of(Source(str(tmp_path / "model.mdl"), ARRAYS), tmp_path, "model")
    second = xmile(WRITTEN.replace(old, new), Path(), "model.xmile")
    found = compare_projects(first, second)
    assert not (found.settings or found.added or found.removed or found.renamed), found
    seen = list(dict.fromkeys((c.name, c.element, c.before) for c in found.changed))
    assert seen[: len(changes)] == changes
    assert bool(changes) or not seen


def test_a_flow_of_another_name_is_told() -> None:
    before = BEFORE.replace("flow births", "flow net_flow_of_people")
    before = before.replace("+ births; - deaths", "+ net_flow_of_people - deaths")
    after = before.replace("net_flow_of_people", "growth")
    found = compare_projects(model(before), model(after))
    assert found.renamed == (("net_flow_of_people", "growth"),)


def test_a_setting_that_is_computed() -> None:
    ends = "INITIAL TIME = 0 ~~|\nTIME STEP = 1 ~~|\nlast = 7 ~~|\nFINAL TIME = {} ~~|\n"
    first, second = (
        project_of(Source("m.mdl", ends.format(end)), None, "m") for end in ("last * 2", "14")
    )
    found = compare_projects(first, second).settings
    assert [(c.name, c.before, c.after) for c in found] == [("stop", "last * 2", "14")]
