"""Files that stray from the standard: read as they are meant, or told of; never read past."""

from pathlib import Path

import pytest

from formats.xmile.xmile_texts import aux, column, file, messages, read, run, specs, warnings
from headwater.errors import HeadwaterError
from headwater.formats.registry import read_model

STOCK = '<stock name="s"><eqn>10</eqn><inflow>f</inflow></stock><flow name="f"><eqn>2</eqn></flow>'


def refused(text: str) -> str:
    """Return what is said of a text that is not read."""
    with pytest.raises(HeadwaterError) as caught:
        read(text)
    return messages(caught.value)


def test_a_second_block_of_variables_counts() -> None:
    more = f"</variables><variables>{aux('total', 's + 1')}"
    assert column(run(file(STOCK + more, settings=specs(2))), "total") == [11, 13, 15]


def test_variables_inside_a_group_count_and_belong_to_it() -> None:
    project = read(file(f'<group name="Region">{STOCK}</group>{aux("total", "s + 1")}'))
    assert {v.name: v.group for v in project.variables} == {
        "s": "Region",
        "f": "Region",
        "total": "",
    }


def test_dimensions_inside_the_model_count() -> None:
    inside = '</variables><dimensions><dim name="Q" size="3"/></dimensions><variables>'
    sized = aux("x", "2", '<dimensions><dim name="Q"/></dimensions>') + aux("total", "SUM(x)")
    assert column(run(file(inside + sized)), "total")[0] == 6


def test_what_stands_for_a_dimension_and_is_none_is_refused() -> None:
    wrong = '<dimensions><dimension name="Q"/></dimensions>'
    known = '<dimensions><dim name="Q" size="3"/></dimensions>'
    assert "<dimensions> holds <dimension>" in refused(file(aux("x", "2", wrong), before=known))
    assert "<dimensions> holds <dimension>" in refused(file(aux("x", "2"), before=wrong))


def test_an_unknown_variable_is_told_of() -> None:
    assert "an element <lookup>" in warnings(read(file(STOCK + '<lookup name="x"/>')))


def test_a_tag_with_capitals_is_refused() -> None:
    said = refused(file(STOCK.replace("stock", "Stock")))
    assert "<Stock>" in said and "XMILE writes it <stock>" in said


@pytest.mark.parametrize("attribute", ['non_negative="true"', 'units="people"'])
def test_an_element_written_as_an_attribute_is_told_of(attribute: str) -> None:
    text = file(STOCK.replace('"s"', f'"s" {attribute}'))
    assert f"`{attribute.partition('=')[0]}` as an attribute" in warnings(read(text))


def test_a_run_without_an_end_is_told_of() -> None:
    open_end = "<sim_specs><start>0</start><dt>0.5</dt></sim_specs>"
    project = read(file(STOCK, settings=open_end))
    assert "does not say when a run stops" in warnings(project)
    assert project.sim_specs.stop == 1
    assert not read(file(STOCK)).warnings


def test_points_on_an_axis_without_width_are_refused() -> None:
    axis = '<gf><xscale min="0" max="0"/><ypts>{}</ypts></gf>'
    assert "has no width" in refused(file(aux("x", "TIME", axis.format("1,3,7"))))
    assert column(run(file(aux("x", "TIME", axis.format("4,4")))), "x")[-1] == 4


def test_the_model_that_no_module_leads_to_runs() -> None:
    """The first model of the file is a module of the second; a third one has no part."""
    inner = f'<model name="Inner"><variables>{aux("y", "3")}</variables></model>'
    outer = f'<model name="Outer"><variables><module name="Inner"/>{aux("z", "Inner.y * 2")}'
    other = f'<model name="Other"><variables>{aux("w", "1")}</variables></model>'
    text = file("", settings=specs(1)).replace("<model><variables>\n\n</variables></model>", "")
    text = text.replace("</xmile>", f"{inner}{outer}</variables></model>{other}</xmile>")
    project = read(text)
    assert "the model `Other` is no module's" in warnings(project)
    assert column(run(text), "z") == [6, 6]


@pytest.mark.parametrize("space", ["http://example.org/xmile", "urn:xmile", "XMILE/v1.0"])
def test_a_root_of_another_default_namespace_is_read(space: str) -> None:
    text = file(STOCK).replace("http://docs.oasis-open.org/xmile/ns/XMILE/v1.0", space)
    assert column(run(text), "s")[:3] == [10, 12, 14]


def test_a_file_that_claims_utf_16_and_is_utf_8_is_read(tmp_path: Path) -> None:
    text = file(aux("Größe", "3")).replace("utf-8", "utf-16")
    for content in (text.encode("utf-8"), text.encode("utf-16"), text.encode("utf-16-be")):
        path = tmp_path / "model.stmx"
        path.write_bytes(content)
        assert [v.name for v in read_model(path).variables] == ["Größe"]


def test_elements_with_numbers_for_names_go_by_their_names() -> None:
    """By its place where no element has that number for a name."""
    years = "<dimensions><dim name='year'><elem name='2020'/><elem name='2021'/></dim></dimensions>"
    each = "".join(
        f'<element subscript="{y}"><eqn>{v}</eqn></element>' for y, v in ((2020, 5), (2021, 7))
    )
    x = f'<aux name="x"><dimensions><dim name="year"/></dimensions>{each}</aux>'
    found = run(file(x + aux("named", "x[2021]") + aux("placed", "x[1]"), before=years))
    assert (column(found, "named")[0], column(found, "placed")[0]) == (7, 5)


def test_a_stock_with_a_graphical_function_is_told_of() -> None:
    graph = '<gf><xscale min="0" max="4"/><ypts>0,1,4</ypts></gf>'
    text = file(STOCK.replace("<eqn>10</eqn>", f"<eqn>10</eqn>{graph}"))
    assert "has a graphical function" in warnings(read(text))


def test_marks_of_xml_that_mean_themselves() -> None:
    """The places are those of the text, and what is in a comment or escaped stays as it is."""
    text = file(
        '<aux name="R&amp;D"><doc>a & b &amp; c</doc><eqn>1</eqn></aux>\n<!-- & < -->\n'
        '<aux name="x & y"><eqn>IF TIME<two AND one<>TIME THEN 5 ELSE 6 </eqn></aux>\n'
        "<aux name='one'><eqn>1</eqn></aux><aux name='two'><eqn>2</eqn></aux>"
        "<aux name='z'><eqn><![CDATA[IF TIME < 1 THEN 7 ELSE 8]]></eqn></aux>",
        settings=specs(2),
        views="<views><view><text>Q & A &amp; &#38;</text></view></views>",
    )
    project = read(text)
    assert [v.name for v in project.variables] == ["R&D", "x & y", "one", "two", "z"]
    assert project.variables[0].documentation == "a & b & c"
    assert column(run(text), "x & y") == [5, 6, 6] and column(run(text), "z") == [7, 8, 8]
    assert "Q &amp; A &amp; &#38;" in "".join(project.views)
    [told] = project.warnings
    assert "`&` stands where XML does not allow it" in told.message
    assert told.place is not None and told.place.text[told.place.column - 1 :].startswith("& b")


def test_what_repairs_do_not_mend_is_told_as_it_is_written() -> None:
    said = refused(file('<aux name="x"><doc>a & b</doc><eqn>1</aux>'))
    assert "not well-formed" in said and "a & b" in said
