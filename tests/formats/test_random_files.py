"""Random models with what their formats have beyond equations run the same in every format."""

import re
from collections.abc import Mapping
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.api import Model
from headwater.compiler.resolving.flatten import flatten
from headwater.errors import HeadwaterError
from headwater.formats.registry import find_writer, read_model
from headwater.model.case import Case
from headwater.model.project import Project
from headwater.simulation.results.comparison import table_of
from headwater.simulation.run import Request
from random_files import Vensim, Xmile
from random_wide_vensim import WideVensim
from random_wide_xmile import WideXmile

Table = dict[tuple[str, tuple[str, ...]], np.ndarray[tuple[int], np.dtype[np.float64]]]
ONCE = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def project_of(path: Path) -> Project:
    found = read_model(path)
    return found.project if isinstance(found, Case) else found


def results(project: Project) -> Table:
    table = table_of(Model(project).results(Request(check_finite=False, target="reference")))
    return {key: column.values for key, column in table.by_key().items()}


REFUSED = (
    *("is a queue", "gets material from a queue", "a later flow's past", "which Vensim does not"),
    *(
        "which no delay of Vensim's does",
        ": Vensim has no `",
        "of different kinds for its elements",
        "no array of its points in Vensim",
    ),
)
"""What some formats cannot say."""
EMPTIED = re.compile(r"<stock\b(?:(?!</stock>).)*<non_negative/>", re.DOTALL)
"""A stock of XMILE's that cannot fall below zero."""
OTHER_DRAWS = ("draw other numbers", "has a mean per time unit")


def assert_held(
    text: str, ending: str, folder: Path, files: Mapping[str, str] | None = None
) -> None:
    """Write a model in other formats and compare the runs of what is read, bit by bit.

    A stock that cannot fall below zero is emptied by a flow that other formats compute, which may
    be off in its last digit.
    """
    source = folder / f"source{ending}"
    source.write_text(text, encoding="utf-8")
    for name, content in (files or {}).items():
        (folder / name).write_text(content, encoding="utf-8")
    project = project_of(source)
    try:
        before = results(project)
    except HeadwaterError as error:
        assert "circle" in str(error), text
        return
    for other in (".xmile", ".mdl", ".md"):
        path = folder / f"made{other}"
        writer = find_writer(path)
        try:
            ready = project if writer.modules else flatten(project)
            written = writer.write(ready, "made", lambda made: made.by_key.keys())
        except HeadwaterError as error:
            assert all(any(k in d.message for k in REFUSED) for d in error.diagnostics), str(error)
            continue
        if any(told in loss.message for loss in written.losses for told in OTHER_DRAWS):
            continue
        for name, content in written.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8")
        path.write_text(written.text, encoding="utf-8")
        after = results(project_of(path))
        slack = 1e-12 if other != ".xmile" and EMPTIED.search(text) else 0.0
        for key, values in before.items():
            np.testing.assert_allclose(values, after[key], slack, slack, err_msg=f"{key}\n{text}")


@ONCE
@given(seed=st.integers(0, 2**32), size=st.integers(1, 9))
def test_models_of_xmile(tmp_path: Path, seed: int, size: int) -> None:
    assert_held(Xmile(Random(seed), size).text, ".xmile", tmp_path)


@ONCE
@given(seed=st.integers(0, 2**32), size=st.integers(1, 9))
def test_models_of_vensim(tmp_path: Path, seed: int, size: int) -> None:
    assert_held(Vensim(Random(seed), size).text, ".mdl", tmp_path)


@settings(ONCE, max_examples=3)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 8), plain=st.booleans())
def test_wide_models_of_xmile(tmp_path: Path, seed: int, size: int, plain: bool) -> None:
    text = WideXmile(Random(seed), size, plain_only=plain).text
    assert_held(text, ".stmx" if seed % 2 else ".xmile", tmp_path)


@settings(ONCE, max_examples=3)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 6))
def test_wide_models_of_vensim(tmp_path: Path, seed: int, size: int) -> None:
    model = WideVensim(Random(seed), size)
    assert_held(model.text, ".mdl", tmp_path, model.files)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60))
def test_many_wide_models(seed: int, tmp_path: Path) -> None:
    model = WideVensim(Random(seed), 8)
    assert_held(model.text, ".mdl", tmp_path, model.files)
    text = WideXmile(Random(seed), 9, plain_only=seed % 3 > 0).text
    assert_held(text, ".stmx" if seed % 2 else ".xmile", tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(150))
def test_many_models(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    assert_held(Xmile(random, 9).text, ".xmile", tmp_path)
    assert_held(Vensim(random, 9).text, ".mdl", tmp_path)
