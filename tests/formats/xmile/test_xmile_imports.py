"""Data imports (XMILE 1.0, section 2.8; isee systems, Stella help, Imported Inputs)."""

from pathlib import Path

import pytest

from formats.xmile.xmile_texts import aux, column, file, read, run, specs, values, warnings
from headwater.errors import HeadwaterError
from headwater.formats.registry import read_model
from headwater.formats.xmile import write
from headwater.model.project import Project
from headwater.model.variables import Constant, Graph

GRAPH = (
    '<aux name="effect"><eqn>TIME</eqn><gf><xscale min="0" max="4"/><yscale min="0" max="9"/>'
    "<ypts>0,0,0</ypts></gf></aux>"
)
STOCK = '<stock name="people"><eqn>1</eqn></stock>'
REGIONS = (
    '<dimensions><dim name="region"><elem name="north"/><elem name="south"/></dim></dimensions>'
)
BY_REGION = '<dimensions><dim name="region"/></dimensions>'


def model(
    variables: str,
    imported: str = 'resource="in.csv"',
    before: str = "",
    settings: str = "",
    after: str = "",
) -> str:
    before = f"{before}<data><import {imported}/></data>"
    return file(variables, before=before, settings=settings, after=after)


def written(folder: Path, text: str, name: str = "in.csv") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def numbers(project: Project, name: str) -> list[str]:
    variable = project.find(name)
    assert variable is not None and not isinstance(variable, Graph)
    return [str(getattr(e.expression, "value", e.expression)) for e in variable.equations]


def test_constants_initial_values_and_graphical_functions(tmp_path: Path) -> None:
    """Names head the columns; ordinates go from the smallest abscissa to the largest."""
    written(tmp_path, "people,Birth Rate,effect\n100,0.25,1\n,,2\n,,4\n")
    found = run(model(STOCK + aux("birth_rate", "0") + GRAPH), tmp_path)
    assert column(found, "people")[0] == 100
    assert column(found, "birth rate")[0] == 0.25
    # Points (0, 1), (2, 2), (4, 4), joined by lines, at TIME = 0 ... 5.
    assert column(found, "effect") == [1, 1.5, 2, 3, 4, 4]


def test_names_may_head_the_rows(tmp_path: Path) -> None:
    written(tmp_path, "people,100\nbirth_rate,0.25\neffect,1,2,4\n")
    text = model(
        STOCK + aux("birth_rate", "0") + GRAPH, 'resource="in.csv" orientation="horizontal"'
    )
    project = read(text, tmp_path)
    assert numbers(project, "people") == ["100.0"]
    assert numbers(project, "birth_rate") == ["0.25"]
    effect = project.find("effect")
    assert isinstance(effect, Graph) and effect.graphs[0].y == (1, 2, 4)


def test_another_number_of_points_is_spread_over_the_axis(tmp_path: Path) -> None:
    written(tmp_path, "effect\n1\n2\n3\n4\n5\n")
    project = read(model(GRAPH), tmp_path)
    effect = project.find("effect")
    assert isinstance(effect, Graph)
    assert effect.graphs[0].x == (0, 1, 2, 3, 4)
    assert "spread" in "\n".join(d.hint for d in project.warnings)


def test_uneven_points_take_as_many_values(tmp_path: Path) -> None:
    written(tmp_path, "g\n1\n2\n3\n4\n")
    uneven = '<gf name="g"><xpts>0,1,5</xpts><ypts>0,0,0</ypts></gf>'
    with pytest.raises(HeadwaterError, match="4 values for `g`, of 3 points"):
        read(model(uneven), tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "rate[north],rate[south]\n3,4\n",
        "rate[*]\n3\n4\n",
        "rate\n3\n4\n",
        '"rate[2]",rate[1]\n4,3\n',
    ],
)
def test_elements_and_whole_arrays(text: str, tmp_path: Path) -> None:
    written(tmp_path, text)
    found = model(aux("rate", "0", BY_REGION) + aux("total", "SUM(rate)"), before=REGIONS)
    project = read(found, tmp_path)
    assert numbers(project, "rate") == ["3.0", "4.0"]
    assert isinstance(project.find("rate"), Constant)
    assert column(run(found, tmp_path), "total")[0] == 7


def test_one_element_leaves_the_others(tmp_path: Path) -> None:
    written(tmp_path, "rate[south]\n-4\n")
    text = model(aux("rate", "2", BY_REGION), before=REGIONS)
    found = run(text, tmp_path)["rate"].values
    assert found.tolist() == [2, -4]


def test_graphs_of_single_elements(tmp_path: Path) -> None:
    written(tmp_path, "effect[south]\n5\n6\n7\n")
    text = model(GRAPH.replace("<eqn>", BY_REGION + "<eqn>"), before=REGIONS)
    effect = read(text, tmp_path).find("effect")
    assert isinstance(effect, Graph)
    assert {g.subscripts: g.y for g in effect.graphs} == {
        ("north",): (0, 0, 0),
        ("south",): (5, 6, 7),
    }


def test_an_equation_stays_and_an_unknown_name_is_told(tmp_path: Path) -> None:
    """Imported Inputs: values for an equation that is not a number are ignored."""
    written(tmp_path, "x,birthrate\n7,1\n")
    project = read(model(aux("x", "TIME * 2") + aux("birth_rate", "3")), tmp_path)
    assert "whose equation is no number" in warnings(project)
    assert "`birthrate`, which is no variable" in warnings(project)
    assert column(run(model(aux("x", "TIME * 2")), tmp_path), "x")[-1] == 10


def test_an_import_that_may_override_equations_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "x\n7\n")
    with pytest.raises(HeadwaterError, match="no number"):
        read(model(aux("x", "TIME"), 'resource="in.csv" isee:overwrite="true"'), tmp_path)


@pytest.mark.parametrize("text", ["born,born\n5,6\n", "rate[north],Rate[ North ]\n1,2\n"])
def test_a_name_has_one_line(text: str, tmp_path: Path) -> None:
    written(tmp_path, text)
    with pytest.raises(HeadwaterError, match="has the name"):
        read(model(STOCK), tmp_path)


def test_variables_of_modules(tmp_path: Path) -> None:
    written(tmp_path, "Farm.yield\n8\n")
    inner = f'<model name="Farm"><variables>{aux("yield", "1")}</variables></model>'
    text = file(
        '<module name="Farm"/>' + aux("seen", "Farm.yield"),
        before='<data><import resource="in.csv"/></data>',
        after=inner,
    )
    assert column(run(text, tmp_path), "seen")[0] == 8


def test_a_path_beside_the_model_as_stella_writes_it(tmp_path: Path) -> None:
    written(tmp_path, "x\n7\n", "Data/in.csv")
    assert numbers(read(model(aux("x", "1"), 'resource="r../Data/in.csv"'), tmp_path), "x") == [
        "7.0"
    ]
    with pytest.raises(HeadwaterError, match="out of the"):
        read(model(aux("x", "1"), 'resource="r../../in.csv"'), tmp_path)


def test_modules_are_named_wherever_they_lie(tmp_path: Path) -> None:
    written(tmp_path, "Farm.yield\n8\n")
    inner = f'<model name="Farm"><variables>{aux("yield", "1")}</variables></model>'
    outer = '<model name="Land"><variables><module name="Farm"/></variables></model>'
    text = file(
        '<module name="Land"/>' + aux("seen", "Land.Farm.yield"),
        before='<data><import resource="in.csv"/></data>',
        after=outer + inner,
    )
    assert column(run(text, tmp_path), "seen")[0] == 8


def test_a_path_of_another_computer(tmp_path: Path) -> None:
    """Stella keeps whole paths; the file is looked for beside the model."""
    for resource in ("/Volumes/Ann/Model/Data/in.csv", "C:\\Users\\ann\\Model\\Data\\in.csv"):
        text = model(aux("x", "1"), f'resource="{resource}"')
        project = read(text, tmp_path)
        assert numbers(project, "x") == ["1.0"] and "no such file" in warnings(project)
        with pytest.raises(HeadwaterError, match="out of the model's folder"):
            read(model(aux("x", ""), f'resource="{resource}"'), tmp_path)
    written(tmp_path, "x\n7\n", "Data/in.csv")
    project = read(text, tmp_path)
    assert numbers(project, "x") == ["7.0"] and "beside the model" in warnings(project)


STEPS = specs(2, 0.5)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("Year,x,unused\n0,1,\n1,2,\n1.5,8,\n", 'isee:timevarying="true"'),
        ("Time,x\n0,1\n1,2\n1.5,8\n", ""),
        ("Time,0,1,1.5\nx,1,2,8\n", 'orientation="horizontal"'),
        (",x\n0,1\n1,2\n1.25,\n1.5,8\n", 'isee:timevarying="true" isee:overwrite="false"'),
    ],
)
def test_values_over_time(text: str, more: str, tmp_path: Path) -> None:
    """Straight from one time to the next, and level beyond the ends."""
    written(tmp_path, text)
    found = model(aux("x", "99 + TIME"), f'resource="in.csv" {more}', settings=STEPS)
    assert list(values(run(found, tmp_path), "x")) == [1, 1.5, 2, 8, 8]
    told = [d for d in read(found, tmp_path).warnings if "over time" in d.message]
    assert len(told) == 1 and "straight from one given time to the next" in told[0].message
    assert "not published" in told[0].hint


def test_values_over_time_of_flows_arrays_and_modules(tmp_path: Path) -> None:
    written(
        tmp_path,
        "Years,coming,rate[north],rate[south],level[*],inner.depth\n0,2,0,10,5,3\n2,4,2,30,6,7\n",
    )
    text = model(
        '<stock name="lake"><eqn>0</eqn><inflow>coming</inflow></stock>'
        '<flow name="coming"><eqn>1</eqn><units>m/Months</units></flow><module name="inner"/>'
        + aux("rate", "0", BY_REGION)
        + aux("level", "0", BY_REGION)
        + aux("seen", "inner.depth"),
        'isee:timevarying="true" resource="in.csv"',
        before=REGIONS,
        settings=specs(2, 1),
        after=f'<model name="inner"><variables>{aux("depth", "1")}</variables></model>',
    )
    found = run(text, tmp_path)
    assert list(values(found, "coming")) == [2, 3, 4]
    assert list(values(found, "lake")) == [0, 2, 5]
    assert values(found, "rate").tolist() == [[0, 10], [1, 20], [2, 30]]
    assert values(found, "level").tolist() == [[5, 5], [5.5, 5.5], [6, 6]]
    assert list(values(found, "seen")) == [3, 5, 7]
    copy, losses = write(read(text, tmp_path))
    assert not losses
    for folder in (tmp_path, tmp_path / "elsewhere"):
        again = run(copy, folder)
        assert values(again, "rate").tolist() == values(found, "rate").tolist()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Time,x\n0,1\n0,2\n", "the times do not increase"),
        ("Time,x\n0,1\n,2\n", "2 values, and there are 1 times"),
        ("Time,x\n0,many\n", "no number in row 2, column 2"),
        ("Time,x\nthen,1\n", "no number in row 2, column 1"),
        ("Time,people\n0,1\n", "for the stock `people`"),
        ("Time,rate[north]\n0,1\n", r"no values over time for `rate\[south\]`"),
    ],
)
def test_values_over_time_that_do_not_fit(text: str, message: str, tmp_path: Path) -> None:
    written(tmp_path, text)
    variables = STOCK + aux("x", "1") + aux("rate", "0", BY_REGION)
    with pytest.raises(HeadwaterError, match=message):
        read(model(variables, 'resource="in.csv"', before=REGIONS), tmp_path)


def test_a_worksheet(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["x"])
    book.active.append([1])
    other = book.create_sheet("Policy")
    other.append(["x"])
    other.append([2.5])
    book.save(tmp_path / "in.xlsx")
    for more, value in (("", "1.0"), ('worksheet="policy"', "2.5")):
        text = model(aux("x", "0"), f'type="Excel" resource="in.xlsx" {more}')
        assert numbers(read(text, tmp_path), "x") == [value]
    with pytest.raises(HeadwaterError, match="no sheet `None`"):
        read(model(aux("x", "0"), 'resource="in.xlsx" worksheet="None"'), tmp_path)


def test_imports_on_demand_and_disabled_ones_leave_the_values(tmp_path: Path) -> None:
    written(tmp_path, "x\n7\n")
    project = read(model(aux("x", "1"), 'frequency="on_demand" resource="in.csv"'), tmp_path)
    assert numbers(project, "x") == ["1.0"] and "on demand" in warnings(project)
    project = read(model(aux("x", "1"), 'enabled="false" resource="in.csv"'), tmp_path)
    assert numbers(project, "x") == ["1.0"] and not project.warnings


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The model holds the values of the last import; without one there are none."""
    assert "no such file" in warnings(read(model(aux("x", "1")), tmp_path))
    with pytest.raises(HeadwaterError, match="no value for `x` without the import"):
        read(model(aux("x", "")), tmp_path)
    written(tmp_path, "x\n7\n")
    assert numbers(read(model(aux("x", "")), tmp_path), "x") == ["7.0"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x\nmany\n", "has no number in row 2, column 1"),
        ("x\n1\n2\n", "2 values for `x`; it is one number"),
        ("1,2\n3,4\n", "the number 1 where a name should be"),
        ("rate[east]\n1\n", "`east` is no element"),
        ("rate[*]\n1\n2\n3\n", "3 values"),
    ],
)
def test_files_that_do_not_fit(text: str, message: str, tmp_path: Path) -> None:
    written(tmp_path, text)
    found = model(aux("x", "1") + aux("rate", "0", BY_REGION), before=REGIONS)
    with pytest.raises(HeadwaterError, match=message):
        read(found, tmp_path)


def test_other_types_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "x\n1\n")
    with pytest.raises(HeadwaterError, match="type `xml` is not read"):
        read(model(aux("x", "1"), 'type="XML" resource="in.csv"'), tmp_path)


def test_a_copy_holds_what_was_imported(tmp_path: Path) -> None:
    written(tmp_path, "people,effect\n100,1\n,2\n,4\n")
    path = tmp_path / "m.xmile"
    path.write_text(model(STOCK + GRAPH), encoding="utf-8")
    copy, losses = write(read_model(path))
    assert not losses and 'resource="in.csv"' in copy
    found = run(copy, tmp_path / "elsewhere")
    assert column(found, "people")[0] == 100
    assert column(found, "effect") == [1, 1.5, 2, 3, 4, 4]


def test_many_names_and_elements_take_no_time(tmp_path: Path) -> None:
    """Ten thousand elements by name, and as many names that are no variables'."""
    count = 10_000
    dimension = f'<dimensions><dim name="k" size="{count}"/></dimensions>'
    names = [f"rate[{k}]" for k in range(1, count + 1)] + [f"other{k}" for k in range(count)]
    rows = [",".join(f'"{n}"' for n in names), ",".join(map(str, range(2 * count)))]
    written(tmp_path, "\n".join(rows) + "\n")
    text = model(aux("rate", "0", '<dimensions><dim name="k"/></dimensions>'), before=dimension)
    project = read(text, tmp_path)
    assert numbers(project, "rate")[-1] == "9999.0"
    assert len(project.warnings) == 50


@pytest.mark.parametrize(
    ("text", "orientation", "where"),
    [
        ("people,birth_rate\n100,0.25\n", "horizontal", "row"),
        ("people,100\n", "vertical", "column"),
    ],
)
def test_names_are_found_where_the_orientation_has_none(
    tmp_path: Path, text: str, orientation: str, where: str
) -> None:
    """A file whose other line alone can hold names is read by it, and that is told."""
    written(tmp_path, text)
    imported = f'resource="in.csv" orientation="{orientation}"'
    project = read(model(STOCK + aux("birth_rate", "0"), imported), tmp_path)
    assert numbers(project, "people") == ["100.0"]
    assert f"has names in its first {where}" in warnings(project)


def test_times_are_found_where_the_orientation_has_none(tmp_path: Path) -> None:
    written(tmp_path, "Year,0,2,4\nbirth_rate,0,1,3\n")
    found = read(
        model(aux("birth_rate", "0"), 'resource="in.csv" isee:timevarying="true"'), tmp_path
    )
    rate = found.find("birth_rate")
    assert isinstance(rate, Graph)
    assert (rate.graphs[0].x, rate.graphs[0].y) == ((0, 2, 4), (0, 1, 3))
    assert "has names in its first column" in warnings(found)


def test_remarks_stand_behind_a_blank_cell(tmp_path: Path) -> None:
    """Real files name the source of a number beside it."""
    source = ",,https://example.org/data,CC BY 3.0 (see there)"
    text = f"people,118.5{source}\nrate[south],7{source}\nrate[north],5\n"
    whole = model(STOCK + RATE, before=REGIONS)
    project = read(whole, written(tmp_path, text))
    found = run(whole, tmp_path)
    assert column(found, "people")[0] == 118.5
    assert [float(x) for x in values(found, "rate")[0]] == [5, 7]
    assert "`in.csv`: `people` has remarks, which are left out" in warnings(project)


@pytest.mark.parametrize("text", ["people,118.5,estimated\n", "people,,n/a,7\n"])
def test_other_text_among_the_values_is_no_remark(text: str, tmp_path: Path) -> None:
    horizontal = 'resource="in.csv" orientation="horizontal"'
    with pytest.raises(HeadwaterError, match="has no number in row 1"):
        read(model(STOCK, horizontal), written(tmp_path, text))


RATE = (
    '<aux name="rate">' + BY_REGION + '<element subscript="north"><eqn>1</eqn></element>'
    '<element subscript="south"><eqn>2</eqn></element></aux>'
)
