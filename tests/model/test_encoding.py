"""Models come back from text as they were, and what is put off comes when it is asked for."""

import copy
import pickle
import threading
from dataclasses import fields, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.formats.registry import read_model
from headwater.language.source import Source, Span
from headwater.language.syntax import Binary, Call, Expression, Name, Number, Text, are_equal
from headwater.model.encoding import model_codec
from headwater.model.project import Group, Project
from headwater.model.uncertainty import Uniform
from headwater.model.variables import (
    AnyVariable,
    Auxiliary,
    Constant,
    Equation,
    Graph,
    GraphicalFunction,
    Provenance,
)
from random_files import Vensim, Xmile

texts = st.text(max_size=6)
names = st.text(min_size=1, max_size=6)
numbers = st.floats(allow_nan=True) | st.sampled_from([0.0, -0.0, 1.0])
SOURCE = Source("a\nfile.mdl", "x = y\u2028 + 1\n", 3, 2)
spans = st.none() | st.builds(Span, st.just(SOURCE), st.integers(0, 3), st.integers(3, 9))
leaves = st.builds(Number, numbers, spans) | st.builds(Name, names, span=spans)
expressions = st.recursive(
    leaves | st.builds(Text, texts, spans),
    lambda inner: st.one_of(
        st.builds(Binary, st.sampled_from(["+", "//", "mod"]), inner, inner, spans),
        st.builds(Call, st.builds(Name, names), st.lists(inner, max_size=3).map(tuple), spans),
    ),
    max_leaves=5,
)
equations = st.lists(
    st.builds(Equation, expressions, st.lists(names, max_size=2).map(tuple), span=spans),
    max_size=3,
).map(tuple)
shared = {
    "name": names,
    "dimensions": st.lists(names, max_size=2).map(tuple),
    "unit": texts,
    "documentation": texts,
    "group": texts,
    "provenance": st.just(Provenance()) | st.builds(Provenance, st.just(("c1",)), texts),
    "save": st.booleans(),
    "span": spans,
}
graphs = st.builds(
    GraphicalFunction,
    st.lists(numbers, max_size=3).map(tuple),
    st.lists(numbers, max_size=3).map(tuple),
    span=spans,
)
variables = st.one_of(
    st.builds(Auxiliary, equations=equations, **shared),  # type: ignore[arg-type]
    st.builds(
        Constant,
        equations=equations,
        uncertainty=st.none() | st.just(Uniform(1.0, 2.0)),
        **shared,  # type: ignore[arg-type]
    ),
    st.builds(
        Graph,
        graphs=st.lists(graphs, max_size=2).map(tuple),
        **shared,  # type: ignore[arg-type]
    ),
)
projects = st.builds(
    Project,
    name=texts,
    variables=st.lists(variables, max_size=12).map(tuple),
    groups=st.lists(st.builds(Group, names, texts), max_size=12).map(tuple),
    properties=st.lists(st.tuples(texts, texts), max_size=10).map(tuple),
)


def back(value: object) -> Any:
    return model_codec().decode(model_codec().encode(value))


def complete(item: object) -> bool:
    """Whether every field is there, without asking for one."""
    try:
        for field in fields(item):  # type: ignore[arg-type]
            object.__getattribute__(item, field.name)
    except AttributeError:
        return False
    return True


def everything(item: Any) -> str:
    """A text of an object with what its ``repr`` leaves out: spans and the texts they stand in."""
    if isinstance(item, Source):
        return repr((item.name, item.text, item.first_line, item.first_column))
    if isinstance(item, tuple):
        return f"({', '.join(map(everything, item))})"
    if hasattr(item, "__dataclass_fields__"):
        parts = (f"{f.name}={everything(getattr(item, f.name))}" for f in fields(item))
        return f"{type(item).__name__}({', '.join(parts)})"
    return f"{type(item).__name__} {item!r}"


@settings(max_examples=60, deadline=None)
@given(project=projects)
def test_any_project_is_the_same_from_text(project: Project) -> None:
    again = back(project)
    assert everything(again) == everything(project)
    assert model_codec().encode(again) == model_codec().encode(project)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32), kind=st.sampled_from([Xmile, Vensim]))
def test_what_readers_make_is_the_same_from_text(
    seed: int, kind: type[Xmile] | type[Vensim], tmp_path: Path
) -> None:
    path = tmp_path / f"model{'.mdl' if kind is Vensim else '.xmile'}"
    path.write_text(kind(Random(seed), 12).text, encoding="utf-8")
    project = read_model(path)
    again = back(project)
    assert again == project
    assert everything(again) == everything(project)


def some(count: int = 9) -> Project:
    made: list[AnyVariable] = [
        Auxiliary(name=f"v{k}", equations=(Equation(Number(float(k))),)) for k in range(count)
    ]
    return Project("p", tuple(made))


@pytest.mark.parametrize("count", [2, 9])  # one by one, and field by field
def test_equations_are_decoded_when_they_are_asked_for(count: int) -> None:
    project = some(count)
    again = back(project)
    assert list(again.by_key) == [f"v{k}" for k in range(count)]
    assert not any(complete(v) for v in again.variables)
    assert again.variables[1].equations == project.variables[1].equations
    assert [complete(v) for v in again.variables] == [k == 1 for k in range(count)]
    assert again == project
    assert all(complete(v) for v in again.variables)


def pickled(item: object) -> Any:
    return pickle.loads(pickle.dumps(item))  # noqa: S301


def test_a_copy_has_every_field() -> None:
    project = some()
    for make in (copy.copy, copy.deepcopy, pickled, replace):
        made = make(back(project).variables[3])
        assert complete(made)
        assert made == project.variables[3]
        assert hash(made) == hash(project.variables[3])


def test_an_attribute_that_does_not_exist_is_missing() -> None:
    for project in (some(), back(some())):
        with pytest.raises(AttributeError, match="'Auxiliary' object has no attribute 'nothing'"):
            _ = project.variables[0].nothing


def test_several_threads_see_one_object() -> None:
    variables = back(some(200)).variables
    found: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: found.append([id(v.equations) for v in variables]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(ids == found[0] for ids in found)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "[]\n[",
        '[]\n{"t":[],"s":[]}',
        '[]\n{"s":[0,0,1]}',
        '[]\n{"r":[99999,[1]]}',
        '[]\n{"r":["0.Enum",[1]]}',
        '[]\n{"0.did_you_mean":["a","b"]}',
        '[]\n{"99.Name":["a"]}',
        '[]\n{"c":[[],[0]]}',
        '[]\n{"m":[[0],[]]}',
        '[]\n{"o":[{"2.Number":[1.0]},"+"]}',
        '[]\n{"t":[]}\n[3]\n[]',
    ],
)
def test_a_text_that_was_not_made_here_is_refused(text: str) -> None:
    for whole in (text, f"{text}\n[]\n"):
        with pytest.raises((ValueError, TypeError, LookupError)):
            model_codec().decode(whole.encode())


def test_a_sum_of_very_many_terms_has_its_place() -> None:
    terms: Expression = Name("first")
    for k in range(5000):
        terms = Binary("+" if k % 3 else "-", terms, Number(float(k)), Span(SOURCE, k % 3, 9))
    project = Project("p", (Auxiliary(name="sum", equations=(Equation(terms),)),))
    text = model_codec().encode(project)
    again = model_codec().decode(text)
    assert are_equal(again.variables[0].equations[0].expression, terms)
    assert model_codec().encode(again) == text
