"""Parts of arrays: runs with computed ends, and numbers of elements (XMILE 1.0, 3.3.2, 3.7.1)."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from formats.xmile.xmile_texts import aux, column, file, read, run, values
from headwater.cli import main
from headwater.errors import HeadwaterError
from headwater.simulation.building import TargetName

DIMENSIONS = (
    '<dimensions><dim name="R" size="2"/><dim name="C"><elem name="p"/><elem name="q"/>'
    '<elem name="s"/></dim></dimensions>'
)
BOTH = '<dimensions><dim name="R"/><dim name="C"/></dimensions>'
COLUMNS = '<dimensions><dim name="C"/></dimensions>'
MATRIX = aux("m", "R * 10 + C", BOTH)
"""11, 12, 13 in the first row and 21, 22, 23 in the second."""


@pytest.mark.parametrize("target", ["reference", "llvm"])
@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("SUM(m[1, 1:C])", [11, 23, 36]),
        ("SUM(m[*, C:s])", [11 + 12 + 13 + 21 + 22 + 23, 12 + 13 + 22 + 23, 13 + 23]),
        ("SUM(m[1, 1:C - 1])", [0, 11, 23]),
        ("SUM(m[1, p:C] * m[2, p:C])", [231, 231 + 264, 231 + 264 + 299]),
        ("PROD(m[1, 1:C])", [11, 132, 1716]),
        ("MEAN(m[1, 1:C])", [11, 11.5, 12]),
        ("SIZE(m[*, 1:C])", [2, 4, 6]),
        ("MAX(m[1, 1:C])", [11, 12, 13]),
        ("MIN(m[2, C:s])", [21, 22, 23]),
        ("STDDEV(m[1, 1:C])", [0, 0.5, math.sqrt(2 / 3)]),
        ("m[1, 1:3]", [11, 12, 13]),
    ],
)
def test_runs_of_elements(target: TargetName, equation: str, expected: list[float]) -> None:
    found = run(file(MATRIX + aux("x", equation, COLUMNS), before=DIMENSIONS), target=target)
    assert values(found, "x")[0].tolist() == pytest.approx(expected, rel=1e-15)


def test_a_run_may_end_where_the_time_says() -> None:
    found = run(file(MATRIX + aux("x", "SUM(m[2, 1:TIME])"), before=DIMENSIONS))
    assert column(found, "x") == [0, 21, 43, 66, 66, 66]


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("RANK(m[1, 1:C], 1)", "RANK takes no run of elements whose ends are computed"),
        ("m[1, 1:2]", "the run has 2 elements, and the equation 3 of its own"),
    ],
)
def test_runs_that_have_no_meaning(equation: str, expected: str) -> None:
    with pytest.raises(HeadwaterError, match=expected.replace("(", r"\(")):
        run(file(MATRIX + aux("x", equation, COLUMNS), before=DIMENSIONS))


@pytest.mark.parametrize("extension", ["xmile", "md"])
def test_runs_are_written_as_they_were_read(tmp_path: Path, extension: str) -> None:
    path, copy = tmp_path / "model.xmile", tmp_path / f"copy.{extension}"
    path.write_text(file(MATRIX + aux("x", "SUM(m[1, 1:C])", COLUMNS), before=DIMENSIONS))
    assert CliRunner().invoke(main, ["convert", str(path), str(copy), "--verify"]).exit_code == 0


def test_elements_have_numbers_row_by_row() -> None:
    """`A(10)` of an array of 2, 3 and 4 elements is `A[1, 3, 2]` (3.3.2)."""
    dimensions = "".join(f'<dim name="{n}" size="{k}"/>' for n, k in (("D", 2), ("E", 3), ("F", 4)))
    over = '<dimensions><dim name="D"/><dim name="E"/><dim name="F"/></dimensions>'
    found = run(
        file(
            aux("A", "D * 100 + E * 10 + F", over)
            + aux("x", "A(10)")
            + aux("y", "A(TIME * 10)")
            + aux("z", "A(24) + A(25) + A(0)")
            + aux("w", "A(RANK(A, 1))"),
            before=f"<dimensions>{dimensions}</dimensions>",
        )
    )
    assert column(found, "x")[0] == 132
    assert column(found, "y") == [0, 132, 224, 0, 0, 0]
    assert column(found, "z")[0] == 234
    assert column(found, "w")[0] == 111


def test_a_call_of_an_array_of_functions_is_no_number_of_an_element() -> None:
    points = "".join(
        f'<element subscript="{k}"><gf><xscale min="0" max="1"/><ypts>0,{k}</ypts></gf></element>'
        for k in (1, 2)
    )
    rows = '<dimensions><dim name="R"/></dimensions>'
    graph = f'<aux name="g">{rows}{points}<eqn>1</eqn></aux>'
    text = file(graph + aux("x", "g(0.5)", rows), before=DIMENSIONS)
    assert values(run(text), "x")[0].tolist() == [0.5, 1]


@pytest.mark.parametrize(
    ("equation", "over", "expected"),
    [
        ("v *.* v", "", 1 + 4 + 9),
        ("2 * v *.* v ^ 2", "", 2 * 14**2),
        ("m *.* v", "R", [11 + 24 + 39, 21 + 44 + 69]),
        ("w *.* m + 1", "C", [54, 57, 60]),
        ("m *.* n", "R,Q", [[3674, 7274], [6734, 13334]]),
        ("m *.* m'", "R,R", [[434, 794], [794, 1454]]),
    ],
)
def test_inner_products(equation: str, over: str, expected: object, tmp_path: Path) -> None:
    """The help's operator ``*.*``: along the last dimension of the one, the first of the other."""

    def array(name: str, text: str, *names: str) -> str:
        dims = "".join(f'<dim name="{n}"/>' for n in names if n)
        return aux(name, text, f"<dimensions>{dims}</dimensions>" if dims else "")

    text = file(
        MATRIX
        + array("v", "C", "C")
        + array("w", "R", "R")
        + array("n", "C + Q * 100", "C", "Q")
        + array("x", equation, *over.split(",")),
        before=DIMENSIONS.replace("</dimensions>", '<dim name="Q" size="2"/></dimensions>'),
    )
    assert values(run(text), "x")[0].tolist() == expected
    path = tmp_path / "model.xmile"
    path.write_text(text)
    copied = CliRunner().invoke(
        main, ["convert", str(path), str(tmp_path / "copy.xmile"), "--verify"]
    )
    assert copied.exit_code == 0, copied.output


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("m *.* m", "goes along `C` of `m` and `R` of `m`"),
        ("m *.* 3", "is of what is no array of one dimension or two"),
        ("m *.* v", "is over R, and its equation is not"),
    ],
)
def test_inner_products_that_have_no_meaning(equation: str, expected: str) -> None:
    text = file(MATRIX + aux("v", "C", COLUMNS) + aux("x", equation), before=DIMENSIONS)
    with pytest.raises(HeadwaterError, match=expected):
        read(text)
