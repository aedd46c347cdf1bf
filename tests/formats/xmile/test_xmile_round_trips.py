"""Published and shipped models are written as XMILE and read again: the same model, the same run.

What XMILE cannot hold must be told among the losses.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headwater.api import Case, Model, load, shipped_cases
from headwater.compiler.clock import ClockOverrides
from headwater.compiler.timegrid import plan
from headwater.errors import HeadwaterError
from headwater.formats.registry import read_model
from headwater.formats.xmile import project_of, write
from headwater.model.project import Project
from headwater.simulation.building import TargetName
from headwater.simulation.results.arrays import Results
from headwater.simulation.run import Request

pytestmark = pytest.mark.filterwarnings("ignore::headwater.errors.DataWarning")

CANNOT = {
    # A step and a save interval that change during the run.
    "tests/control_vars/test_control_vars.mdl": "settings that the model computes",
}


def results_of(
    project: Project, *, steps: int = 0, target: TargetName = "reference"
) -> Results | None:
    """Return a run; None where the model does not compile. With ``steps`` it is a short one."""
    specs = project.sim_specs
    stop = specs.start + steps * specs.step if steps else None
    settings = ClockOverrides(stop=stop)
    try:
        return Model(project).results(Request(target=target, check_finite=False, settings=settings))
    except HeadwaterError:
        return None


def differences(before: Results, after: Results | None) -> list[str]:
    """Return the variables of a run that are not the same in another to the last bit."""
    if after is None:
        return ["it does not run"]
    return [
        f.name
        for f in before.fields
        if not np.array_equal(f.values, after[f.name].values, equal_nan=True)
    ]


def plain(project: Project) -> Project:
    """Return a project without what is of its file alone."""
    return replace(project, file="", warnings=())


def fixed(project: Project) -> Project:
    """Return a project with the settings that it computes as numbers, as conversion does."""
    specs, _ = plan(project, ClockOverrides())
    given = project.sim_specs
    return replace(
        project,
        sim_specs=replace(
            specs,
            start_expression=given.start_expression,
            stop_expression=given.stop_expression,
            step_expression=given.step_expression,
            save_expression=given.save_expression,
        ),
    )


def as_read(path: Path) -> Project | None:
    """Return the model of a file of the suite; None where it cannot be read."""
    try:
        found = read_model(path)
    except HeadwaterError:
        return None
    return found if isinstance(found, Project) else None


def test_models_of_the_suite_come_back(test_models: Path) -> None:
    """Every file in XMILE: the same model, the same run, and when written again the same text."""
    equal = same = 0
    for path in sorted(test_models.rglob("*")):
        if path.suffix.lower() not in (".xmile", ".stmx", ".itmx"):
            continue
        project = as_read(path)
        if project is None:
            continue
        text, _ = write(project)
        back = project_of(text, path.parent, str(path))
        assert plain(back) == plain(project), path
        assert write(back)[0] == text, path
        equal += 1
        run = results_of(project)
        if run is not None:
            assert not differences(run, results_of(back)), path
            same += 1
    assert (equal, same) >= (104, 94)


@pytest.mark.long
def test_vensim_models_of_the_suite_run_the_same_as_xmile(test_models: Path) -> None:
    """Every .mdl file, through XMILE, gives the same numbers to the last bit, or tells its loss."""
    same = 0
    for path in sorted(test_models.rglob("*.mdl")):
        name = path.relative_to(test_models).as_posix()
        project = as_read(path)
        if project is None:
            continue
        try:
            project = fixed(project)
        except HeadwaterError:
            continue
        run = results_of(project)
        if run is None:
            continue
        text, losses = write(project)
        if name in CANNOT:
            assert any(CANNOT[name] in d.message for d in losses), name
            continue
        back = project_of(text, None, str(path.with_suffix(".xmile")))
        assert not differences(run, results_of(back)), name
        same += 1
    assert same == 149


def variants(name: str) -> list[Project]:
    case = load(shipped_cases()[name])
    assert isinstance(case, Case)
    return [case.project_of(variant) for variant in case.variants or ("",)]


@pytest.mark.parametrize("name", sorted(shipped_cases()))
def test_shipped_cases_come_back(name: str) -> None:
    """A case loses its claims and ranges, which is told; the rest is the same ever after."""
    project = variants(name)[0]
    text, losses = write(project)
    assert any("uncertainty is not written" in d.message for d in losses)
    back = project_of(text, None, "case.xmile")
    assert write(back)[0] == text
    run = results_of(project, steps=3)
    assert run is not None
    assert not differences(run, results_of(back, steps=3))


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(shipped_cases()))
def test_every_variant_of_a_shipped_case_runs_the_same(name: str) -> None:
    for project in variants(name):
        back = project_of(write(project)[0], None, "case.xmile")
        run = results_of(project, target="llvm")
        assert run is not None
        assert not differences(run, results_of(back, target="llvm"))
