"""A stock that cannot fall below zero, and loses the sum of an array: element by element."""

from pathlib import Path

import numpy as np
import pytest

from headwater.errors import ModelError
from headwater.formats.registry import find_writer, read_model
from headwater.formats.xmile import project_of
from headwater.model.case import Case
from headwater.model.project import Project
from model_lines import run

HEAD = (
    '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">'
    '<sim_specs method="Euler"><start>0</start><stop>4</stop><dt>{}</dt></sim_specs><dimensions>'
    '<dim name="d"><elem name="a"/><elem name="b"/></dim>'
    '<dim name="e"><elem name="p"/><elem name="q"/></dim></dimensions>'
    "<model><variables>{}</variables></model></xmile>"
)
D = '<dimensions><dim name="d"/></dimensions>'
DE = '<dimensions><dim name="d"/><dim name="e"/></dimensions>'


def again(project: Project, ending: str, folder: Path) -> Project:
    path = folder / f"made{ending}"
    path.write_text(find_writer(path).write(project, "made", lambda _: ()).text)
    found = read_model(path)
    return found.project if isinstance(found, Case) else found


@pytest.mark.parametrize("ending", [".mdl", ".md"])
def test_what_is_there_goes_to_the_first_element(ending: str, tmp_path: Path) -> None:
    """Of 2 in the stock, each asking for 1.5 in a step of 1: 1.5 and 0.5, then nothing."""
    text = HEAD.format(
        1,
        '<stock name="s"><eqn>2</eqn><outflow>f</outflow><non_negative/></stock>'
        f'<flow name="f">{D}<eqn>1.5</eqn></flow>',
    )
    found = run(again(project_of(text, None, "m.xmile"), ending, tmp_path))
    assert found["s"].tolist() == [2, 0, 0, 0, 0]
    assert found["f"][..., 0].tolist() == [1.5, 0, 0, 0, 0]
    assert found["f"][..., 1].tolist() == [0.5, 0, 0, 0, 0]


@pytest.mark.parametrize("ending", [".mdl", ".md"])
def test_the_run_is_the_same(ending: str, tmp_path: Path) -> None:
    text = HEAD.format(
        0.25,
        '<stock name="s"><eqn>5</eqn><inflow>come</inflow><outflow>f</outflow><outflow>g</outflow>'
        '<non_negative/></stock><flow name="come"><eqn>0.3 * TIME</eqn></flow>'
        f'<aux name="w">{D}<eqn>d + TIME / 3</eqn></aux>'
        f'<flow name="f">{D}<eqn>w * 0.4 + SUM(w) / 9</eqn></flow>'
        '<flow name="g"><eqn>0.7</eqn><non_negative/></flow>'
        f'<stock name="t">{D}<eqn>4 + d</eqn><outflow>h</outflow><non_negative/></stock>'
        f'<flow name="h">{DE}<eqn>w * e</eqn></flow>',
    )
    project = project_of(text, None, "m.xmile")
    before, after = run(project), run(again(project, ending, tmp_path))
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name], err_msg=name)
    assert min(v.min() for k, v in before.items() if k[0] in "st") == 0


@pytest.mark.parametrize("ending", [".mdl", ".md"])
def test_what_is_not_plain_is_refused(ending: str, tmp_path: Path) -> None:
    text = HEAD.format(
        1,
        '<stock name="s"><eqn>2</eqn><outflow>f</outflow><non_negative/></stock>'
        f'<flow name="f">{D}<element subscript="a"><eqn>1</eqn></element>'
        '<element subscript="b"><eqn>2</eqn></element></flow>',
    )
    with pytest.raises(ModelError, match="`f`, a flow of other dimensions"):
        again(project_of(text, None, "m.xmile"), ending, tmp_path)
