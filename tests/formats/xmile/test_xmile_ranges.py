"""Dimensions whose elements are those of others, and what converters leave of Vensim's models."""

from __future__ import annotations

import numpy as np
import pytest

from formats.xmile.xmile_texts import aux, column, file, read, results_of, run, values, warnings
from headwater.errors import HeadwaterError
from headwater.formats import literate, vensim
from headwater.formats.xmile import write
from headwater.language.source import Source

CONVERTED = (
    "<header><vendor>Ventana Systems, xmutil</vendor><product>Vensim, xmutil</product></header>"
)
PLACES = (
    '<dimensions><dim name="Coast"><elem name="north"/><elem name="south"/></dim>'
    '<dim name="Place"><elem name="inland"/><elem name="south"/><elem name="north"/></dim>'
    '<dim name="Shore"><elem name="north"/><elem name="south"/></dim></dimensions>'
)


def over(name: str) -> str:
    return f'<dimensions><dim name="{name}"/></dimensions>'


def cells(name: str, dimension: str, numbers: dict[str, float]) -> str:
    parts = (f'<element subscript="{k}"><eqn>{v}</eqn></element>' for k, v in numbers.items())
    return f'<aux name="{name}">{over(dimension)}{"".join(parts)}</aux>'


MODEL = (
    cells("people", "Place", {"inland": 1, "south": 20, "north": 300})
    + cells("boats", "Coast", {"north": 4, "south": 5})
    + aux("crews", "people[Coast] / boats[Coast]", over("Coast"))
    + aux("most", "MAX(people[*:Coast])")
    + aux("all", "SUM(people[*])")
)


@pytest.mark.parametrize("header", ["", CONVERTED])
@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_a_dimension_with_elements_of_another_picks_them_by_name(header: str, target: str) -> None:
    """300 people on 4 boats in the north, 20 on 5 in the south; 321 in all."""
    text = file(MODEL, before=PLACES, **({"header": header} if header else {}))
    found = run(text, target="llvm" if target == "llvm" else "reference")
    assert list(values(found, "crews")[0]) == [75, 4]
    assert column(found, "most")[0] == 300
    assert column(found, "all")[0] == 321


def test_names_and_not_numbers_are_told_of_where_they_differ() -> None:
    told = warnings(read(file(MODEL, before=PLACES)))
    assert told == "`crews` picks elements of `Place` by the dimension `Coast`"
    first = PLACES.replace('<elem name="inland"/>', "").replace(
        '<elem name="south"/><elem name="north"/>',
        '<elem name="north"/><elem name="south"/><elem name="inland"/>',
    )
    assert not warnings(read(file(MODEL, before=first)))


def test_elements_of_converted_models_mean_the_same_everywhere() -> None:
    """Vensim's ranges, which its converters write as dimensions: those of a whole come back."""
    text = file(
        MODEL + aux("shares", "people[Shore] / SUM(people[*:Shore])", over("Shore")),
        before=PLACES,
        header=CONVERTED,
    )
    project = read(text)
    assert [d.parent for d in project.dimensions] == ["Place", "", "Place"]
    copy, losses = write(project)
    assert len(losses) == 1 and "`*:range`" in losses[0].message
    assert read(copy) == project and not warnings(project)
    found = results_of(project)
    case = literate.read_case_text(literate.write(project, "model").text).project
    mdl = vensim.project_of(Source("m.mdl", vensim.write(project, "m.mdl").text), None, "m")
    for other in (case, mdl):
        again = results_of(other)
        for name in ("crews", "most", "shares"):
            np.testing.assert_array_equal(values(again, name), values(found, name))


def test_a_whole_dimension_in_an_aggregate_stays_whole_in_stella() -> None:
    """Over a dimension that the equation has not: all of it, though their elements are alike."""
    text = file(MODEL + aux("whole", "SUM(people[Place])", over("Coast")), before=PLACES)
    assert list(values(run(text), "whole")[0]) == [321, 321]


def test_other_elements_fit_no_dimension() -> None:
    other = PLACES.replace('<elem name="inland"/>', '<elem name="inland"/><elem name="east"/>', 1)
    text = file(cells("boats", "Coast", {"north": 4, "south": 5}) + aux("x", "MAX(boats[*:Place])"))
    with pytest.raises(HeadwaterError, match="`Place` is no part of the dimension `Coast`"):
        run(text.replace("<model>", other + "<model>"))


LEFT_OUT = "0{GET_DIRECT_DATA('e_data.csv',_',',_'A',_'B2')}"


def test_data_that_a_converter_left_out_have_no_value() -> None:
    """It puts 0 where they should be: nothing may be computed from that."""
    parts = (
        aux("e", LEFT_OUT)
        + aux("k", "INIT(0{GET_DATA_BETWEEN_TIMES_(_Values[A1]_,_MAX(0,_Time)_,_Backward_)})")
        + aux("x", "10{GET UP} + TIME")
    )
    project = read(file(parts, header=CONVERTED))
    assert "`e` will have no value, for GET_DIRECT_DATA is not computed" in warnings(project)
    found = results_of(project)
    assert np.isnan(values(found, "e")).all() and np.isnan(values(found, "k")).all()
    assert column(found, "x")[2] == 12
    assert read(write(project)[0]) == project
    with pytest.raises(HeadwaterError, match="`e` has no value, for GET_DIRECT_DATA") as told:
        run(file(parts + aux("use", "2 * e"), header=CONVERTED))
    assert "left out" in told.value.render()


def test_a_converters_placeholder_for_data_is_told() -> None:
    flat = '<gf><yscale min="1" max="2"/><xpts>0,1</xpts><ypts>1,1</ypts></gf>'
    text = file(aux("Values", "TIME", flat), header=CONVERTED)
    assert "`Values` is 1 at all times, which xmutil writes for data" in warnings(read(text))
    assert "xmutil" not in warnings(read(file(aux("Values", "TIME", flat))))


WITH_A_TOTAL = (
    '<dimensions><dim name="Town"><elem name="east"/><elem name="west"/></dim>'
    '<dim name="Line"><elem name="west"/><elem name="total"/><elem name="east"/></dim></dimensions>'
)


@pytest.mark.parametrize("target", ["reference", "llvm"])
def test_what_an_array_lacks_is_nothing(target: str) -> None:
    """XMILE 1.1, 3.7.1.1: an element that an array of another dimension has not counts as 0."""
    by_line = '<element subscript="east"><eqn>takings[Line] * 2</eqn></element>'
    by_line += '<element subscript="west"><eqn>1</eqn></element>'
    by_line += '<element subscript="total"><eqn>takings[Line] + 3</eqn></element>'
    model = (
        cells("takings", "Town", {"east": 10, "west": 4})
        + aux("shown", "IF Line = Line.total THEN SUM(takings) ELSE takings[Line]", over("Line"))
        + aux("more", "takings[Line] + TIME", over("Line"))
        + f'<aux name="each">{over("Line")}{by_line}</aux>'
    )
    text = file(model, before=WITH_A_TOTAL)
    found = run(text, target="llvm" if target == "llvm" else "reference")
    assert list(values(found, "shown")[0]) == [4, 14, 10]
    assert list(values(found, "more")[2]) == [6, 2, 12]
    assert list(values(found, "each")[0]) == [1, 3, 20]
    (told,) = [w for w in read(text).warnings if "by the dimension `Line`" in w.message]
    assert "`Town` has no `total`" in told.hint


def test_a_dimension_without_a_common_element_is_no_part() -> None:
    model = cells("takings", "Town", {"east": 10, "west": 4}) + aux(
        "x", "takings[Far]", over("Far")
    )
    far = '<dim name="Far"><elem name="a"/><elem name="b"/></dim></dimensions>'
    with pytest.raises(HeadwaterError, match="does not fit"):
        run(file(model, before=WITH_A_TOTAL.replace("</dimensions>", far)))
