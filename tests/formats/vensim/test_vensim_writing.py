"""What a Vensim file says is still there after reading, writing and reading it again."""

import dataclasses
import warnings
from pathlib import Path

import numpy as np
import pytest

from headwater.errors import HeadwaterError
from headwater.formats.registry import read_model
from headwater.formats.tables import ResultTable
from headwater.formats.vensim import project_of, write
from headwater.formats.vensim.writing.names import number, quoted
from headwater.formats.xmile import project_of as read_xmile
from headwater.formats.xmile import write as write_xmile
from headwater.language.source import Source
from headwater.model.case import Case
from headwater.model.project import Project
from headwater.model.uncertainty import Range
from headwater.model.variables import Graph
from headwater.simulation.building import Workshop
from headwater.simulation.results.comparison import table_of
from headwater.simulation.run import Request, label_run, run_once
from model_lines import run
from published import published

CONTROL = "FINAL TIME = 4 ~ Year ~|\nINITIAL TIME = 0 ~~|\nTIME STEP = 0.5 ~~|\nSAVEPER = 1 ~~|\n"


def read(text: str) -> Project:
    return project_of(Source("model.mdl", text + CONTROL), None, "model")


def plain(project: Project) -> Project:
    return dataclasses.replace(project, file="", warnings=())


def again(project: Project, folder: Path) -> Project:
    """The project after writing and reading it, with the files beside it."""
    written = write(project, project.name)
    for name, text in written.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / f"{project.name}.mdl"
    path.write_text(written.text, encoding="utf-8")
    found = read_model(path)
    return found.project if isinstance(found, Case) else found


def assert_same_run(first: Project, second: Project) -> None:
    a, b = run(first), run(second)
    assert a.keys() == b.keys()
    for name, values in a.items():
        np.testing.assert_array_equal(values, b[name], err_msg=name)


@pytest.mark.parametrize(
    "text",
    [
        "a = 1 + 2 * 3 ^ 2 ^ 0.5 - (4 - 5) - -6 / (7 * 8) ~ kg ~ what it is |\n",
        "a = IF THEN ELSE(:NOT: (Time > 2) :AND: b = 1 :OR: b <> 2, -b ^ 2, (-b) ^ 2) ~~|\n"
        "b = 3 ~~|\n",
        'a = "2nd, of its \\"kind\\"" * 2 ~~|\n"2nd, of its \\"kind\\"" = 5 ~~|\n',
        "l([(0,-1)-(10,5),(2,2),(3,4)], (0, 1), (10, 3)) ~~|\n"
        "a = WITH LOOKUP(Time, ([(0, 0)-(4, 8)], (0, 1), (4, 3))) + l(2) ~~|\n",
        "s = INTEG(in - s / t, 3) ~ kg [0,?] ~|\nin = 1 ~ kg/Year ~|\nt = 4 ~ Year [1,9] ~|\n",
        "d: a, b, c ~~|\ne: b, c ~~|\nx[d] = 1, 2, 3 ~~|\ny[e] = x[e] ~~|\ny[a] = 7 ~~|\n",
        "d: a, b ~~|\ne: p, q ~~|\nx[d, e] = 1, 2; 3, 4; ~~|\ny = SUM(x[d!, e!] * x[d!, q]) ~~|\n",
        "d: a, b, c ~~|\ne: b, c ~~|\nx[d] :EXCEPT: [e] = 1 ~~|\nx[e] = 2 ~~|\n",
        "d: a, b -> (e: q, p) ~~|\ne: p, q ~~|\nx[e] = 5, 6 ~~|\ny[d] = x[e] ~~|\n",
        "d: a, b -> (e: f, r) ~~|\ne: p, q, r ~~|\nf: p, q ~~|\nx[d] = 1, 2 ~~|\ny[e] = x[d] ~~|\n",
        "d: a, b ~~|\nf <-> d ~~|\nx[d] = 1, 2 ~~|\ny[d, f] = x[d] * x[f] ~~|\n",
        "l([(0,0)-(9,9)], (0, 1), (2, 5), (3, -1)) ~~|\n"
        "a = l(Time) + LOOKUP EXTRAPOLATE(l, 9) ~~|\n",
        "a = WITH LOOKUP(Time, ((0, 1), (4, 3))) ~~|\n"
        "b = 2 * WITH LOOKUP(a, ((0, 1), (9, 2))) ~~|\n",
        "d: a, b ~~|\nl[a]((0, 1), (4, 2)) ~~|\nl[b]((0, 3), (4, 5)) ~~|\nx[d] = l[d](Time) ~~|\n",
        "a = ACTIVE INITIAL(s + 1, 9) ~~|\ns = INTEG(1, a) ~~|\n",
        "a = INITIAL(Time + 3) + DELAY1I(b, 2, 1) + SMOOTH3(b, 3) ~~|\nb = STEP(4, 2) ~~|\n",
        ":MACRO: HALF(x, y)\nHALF = x / 2 + y + keep ~ kg ~ half |\nkeep = INTEG(x, 1) ~~|\n"
        ":END OF MACRO:\na = HALF(Time, 3) ~~|\n",
        ":MACRO: FIT(x : error)\nFIT = x + 1 ~~|\nerror = x * 2 ~~|\n:END OF MACRO:\n"
        "a = FIT(Time : wrong) ~~|\nb = wrong ~~|\n",
        "a = DELAYP(Time, 3 : inside) ~~|\nb = inside ~~|\n",
        "loose = 1 ~~|\n****\n.first part\n****~\nWhat it holds. |\na = 1 ~~|\n"
        "****\n.second\n****~ |\nb = 2 ~~|\n",
        "a = :NA: ~~|\nb = RANDOM UNIFORM(0, 1, 0) ~~|\nc = a = :NA: ~~|\n",
    ],
)
def test_a_model_survives(text: str, tmp_path: Path) -> None:
    project = read(text)
    found = again(project, tmp_path)
    assert plain(found) == plain(project)
    assert_same_run(project, found)


def test_a_written_file_is_written_the_same_again(tmp_path: Path) -> None:
    project = read("d: a, b ~~|\nx[d] = 1, 2 ~ kg ~ Two. |\ny = SUM(x[d!]) ~~|\n")
    first = write(project, "model").text
    assert write(again(project, tmp_path), "model").text == first


def test_the_scale_of_a_lookup_is_read_and_written() -> None:
    text = "l([(0,-1)-(10,5),(2,2),(3,4)], (0, 1), (10, 3)) ~~|\n"
    project = read(text)
    graph = project.variables[0]
    assert isinstance(graph, Graph)
    assert graph.graphs[0].scale == Range(-1, 5)
    assert "([(0,-1)-(10,5)],(0,1),(10,3))" in write(project, "m").text.replace("\n\t", "")


def test_sketch_and_settings_are_kept(tmp_path: Path) -> None:
    sketch = "\\\\\\---/// Sketch information\nV300\n*View 1\n10,1,a,5,5,8,3,0,0\n"
    end = "///---\\\\\\\n:L\x7f<%^E!@\n15:0,0,0,5,0,0\n22:Person,People\n"
    path = tmp_path / "model.mdl"
    path.write_text(f"a = 1 ~ Person ~|\n{CONTROL}{sketch}{end}", encoding="utf-8")
    project = read_model(path)
    assert isinstance(project, Project)
    assert project.views == (sketch,)
    assert project.sim_specs.method == "rk4"
    (tmp_path / "out").mkdir()
    assert plain(again(project, tmp_path / "out")) == plain(project)


def test_settings_that_the_model_computes_stay_expressions(tmp_path: Path) -> None:
    text = "years = 6 ~~|\nFINAL TIME = INITIAL TIME + years ~ Year ~|\nINITIAL TIME = 2 ~~|\n"
    project = project_of(Source("model.mdl", text + "TIME STEP = 1 ~~|\n"), None, "model")
    assert plain(again(project, tmp_path)) == plain(project)


def test_data_go_into_a_file_that_the_model_reads(tmp_path: Path) -> None:
    (tmp_path / "made.csv").write_text("Time,x,y\n0,1,\n2,5,7\n4,3,9\n")
    text = (
        "d: a, b ~~|\nx[a] :HOLD BACKWARD: := GET DIRECT DATA('made.csv', ',', 'A', 'B2') ~~|\n"
        "x[b] :HOLD BACKWARD: := GET DIRECT DATA('made.csv', ',', 'A', 'C2') ~~|\n"
    )
    project = project_of(Source("model.mdl", text + CONTROL), tmp_path, "model")
    written = write(project, "model")
    assert list(written.files) == ["model_data.csv"]
    found = again(project, tmp_path)
    assert found.variables == project.variables
    assert_same_run(project, found)


def test_data_without_values_stay_without(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        project = read("x :RAW: ~~|\ny = x ~~|\n")
        assert plain(again(project, tmp_path)) == plain(project)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("time to cool", "time to cool"),
        ("Zinssätze_2", "Zinssätze_2"),
        ("2nd", '"2nd"'),
        ("a-b", '"a-b"'),
        ('say "so"', '"say \\"so\\""'),
        ("two  blanks\n", "two blanks"),
    ],
)
def test_names_are_quoted_where_they_must_be(name: str, wanted: str) -> None:
    assert quoted(name) == wanted


def test_numbers_read_back_as_they_are() -> None:
    for value in (0.1, 1e-300, 2.0**60, 1 / 3, 5.0, 123456789.125):
        assert float(number(value)) == value
    assert number(-(2.0**109)) == ":NA:"


@pytest.mark.conformance
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("file", published(among=lambda folder: folder.rglob("*.mdl")))
def test_a_published_model_survives(file: str, test_models: Path, tmp_path: Path) -> None:
    try:
        read_in = read_model(test_models / file)
    except HeadwaterError:
        pytest.skip("this file cannot be read, which another test is about")
    project = read_in.project if isinstance(read_in, Case) else read_in
    found = again(project, tmp_path)
    assert plain(found) == plain(project)
    try:
        first = table(project)
    except HeadwaterError:
        return
    second = table(found).by_key()
    assert len(second) == len(first.columns)
    for column in first.columns:
        np.testing.assert_array_equal(column.values, second[column.key].values)


def table(project: Project) -> ResultTable:
    request = Request(check_finite=False)
    return table_of(label_run(run_once(Workshop(project), request)))


@pytest.mark.parametrize(
    "call",
    [
        "a = DELAYP(Time, 3 : inside) ~~|\nb = inside ~~|\n",
        ":MACRO: FIT(x : error)\nFIT = x + 1 ~~|\nerror = x * 2 ~~|\n:END OF MACRO:\n"
        "a = FIT(Time : wrong) ~~|\nb = wrong ~~|\n",
    ],
)
def test_further_results_of_macros_survive_a_conversion_to_xmile(call: str, tmp_path: Path) -> None:
    project = read(call)
    text, losses = write_xmile(project)
    assert not any("beyond its first" in loss.message for loss in losses)
    found = again(read_xmile(text, tmp_path, "model.xmile"), tmp_path)
    assert [m.outputs for m in found.macros] == [m.outputs for m in project.macros]
    assert_same_run(project, found)
