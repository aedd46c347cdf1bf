"""Constants inside modules, given and drawn for runs by `module.name`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import headwater
from headwater.errors import UsageError
from headwater.language.names import canonical
from headwater.model.uncertainty import Uniform
from headwater.simulation import labels

MODEL = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><vendor>x</vendor><product version="1.0">x</product></header>
<sim_specs><start>0</start><stop>3</stop><dt>1</dt></sim_specs>
<dimensions><dim name="Kind"><elem name="cows"/><elem name="goats"/></dim></dimensions>
<model><variables>
<module name="Our Farm"/>
<aux name="mouths"><eqn>Our_Farm.Herd</eqn></aux>
</variables></model>
<model name="Our Farm"><variables>
<module name="Pen"/>
<aux name="Birth Rate"><eqn>0.1</eqn></aux>
<stock name="Herd"><eqn>100</eqn><inflow>births</inflow></stock>
<flow name="births"><eqn>Herd * Birth_Rate</eqn></flow>
<aux name="room"><eqn>Pen.room</eqn></aux>
</variables></model>
<model name="Pen"><variables>
<aux name="places"><dimensions><dim name="Kind"/></dimensions><eqn>5</eqn></aux>
<aux name="room"><eqn>places[cows] + 10 * places[goats]</eqn></aux>
</variables></model>
</xmile>
"""
RATES = np.array([0.0, 0.5, 1.0])


@pytest.fixture
def model(tmp_path: Path) -> headwater.Model:
    path = tmp_path / "farm.xmile"
    path.write_text(MODEL, encoding="utf-8")
    return headwater.load(path)


def herd(rates: np.ndarray) -> np.ndarray:
    return 100 * (1 + rates[:, None]) ** np.arange(4)


def test_samples_of_a_constant_in_a_module(model: headwater.Model) -> None:
    found = model.ensemble(3, samples={"our farm.Birth Rate": RATES})
    assert found["mouths"].values == pytest.approx(herd(RATES), rel=1e-12)
    assert found["Our Farm.Birth Rate"].values.ravel() == pytest.approx(RATES)


def test_an_uncertainty_of_a_constant_in_a_module(model: headwater.Model) -> None:
    uncertain = {"Our Farm.Birth Rate": Uniform(0.2, 0.4)}
    found = model.ensemble(8, uncertain=uncertain, outputs=["mouths", "Our Farm.Birth Rate"])
    rates = found["Our Farm.Birth Rate"].values.ravel()
    # A latin hypercube: one draw in each eighth of the range.
    assert sorted(np.floor((rates - 0.2) / 0.025).astype(int)) == list(range(8))
    assert found["mouths"].values == pytest.approx(herd(rates), rel=1e-12)


def test_elements_of_an_array_two_modules_deep(model: headwater.Model) -> None:
    name = "Our Farm.Pen.places"
    assert float(model.run({name: 2})["Our Farm.room"]) == 22
    assert float(model.run({f"{name}[goats]": 2})["Our Farm.room"]) == 25
    assert float(model.run({name: {"cows": 1, "goats": 3}})["Our Farm.room"]) == 31
    found = model.ensemble(2, params={f"{name}[cows]": 7}, samples={f"{name}[goats]": [1, 2]})
    assert found["Our Farm.room"].values.tolist() == [17, 27]
    with pytest.raises(UsageError, match=r"`sheep` is no element .* `Our Farm.Pen.places`"):
        model.run({f"{name}[sheep]": 2})


def test_a_set_up_of_sensitivity_simulations(model: headwater.Model, tmp_path: Path) -> None:
    (tmp_path / "rates.vsc").write_text("1,U,7\nOur Farm.Birth Rate=VECTOR(0,1,0.5)\n")
    samples = model.sensitivity_samples(tmp_path / "rates.vsc")
    assert samples.values["Our Farm.Birth Rate"].tolist() == RATES.tolist()


def test_derivatives_by_a_constant_in_a_module(model: headwater.Model) -> None:
    found = model.derivatives(outputs=["mouths"], wrt=["our farm.birth rate"], times=[3])
    # The derivative of 100 (1 + r)^3 by r.
    assert found["mouths"].values.ravel() == pytest.approx([100 * 3 * 1.1**2], rel=1e-12)
    assert found["constant"].values.tolist() == ["Our Farm.Birth Rate"]


def test_a_flow_in_a_module_is_held_at_its_draws(model: headwater.Model) -> None:
    found = model.ensemble(2, samples={"Our Farm.births": [1.0, 5.0]}, outputs=["mouths"])
    # Three steps, each of which adds what is held.
    assert found["mouths"].values[:, -1].tolist() == [103, 115]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Our Farm.Birth Rat", "did you mean `Our Farm.Birth Rate`"),
        ("Our Barn.Birth Rate", "no variable `Our Barn.Birth Rate`"),
    ],
)
def test_what_cannot_be_drawn_is_refused(model: headwater.Model, name: str, said: str) -> None:
    with pytest.raises(headwater.HeadwaterError, match=said):
        model.ensemble(3, samples={name: RATES})


def test_names_with_brackets_of_their_own_are_drawn(tmp_path: Path) -> None:
    path = tmp_path / "farm.xmile"
    renamed = MODEL.replace('name="mouths"', 'name="mouths [all]"')
    path.write_text(renamed.replace("<eqn>Our_Farm.Herd</eqn>", "<eqn>2</eqn>"), encoding="utf-8")
    found = headwater.load(path).ensemble(2, samples={"mouths [all]": [3.0, 4.0]})
    assert found["mouths [all]"].values.tolist() == [3, 4]


def test_a_variable_among_many_modules_is_found_without_passing_them_all(tmp_path, monkeypatch):
    many = 300
    own = "".join(f'<module name="m{k}"/>' for k in range(many))
    models = "".join(
        f'<model name="m{k}"><variables><aux name="x{k}"><eqn>{k}</eqn></aux></variables></model>'
        for k in range(many)
    )
    head = MODEL[: MODEL.index("<model>")]
    text = f"{head}<model><variables>{own}</variables></model>{models}</xmile>"
    (tmp_path / "m.xmile").write_text(text)
    whole = headwater.load(tmp_path / "m.xmile").project
    labels.find_dotted(whole, "m0.x0")
    asked = []
    monkeypatch.setattr(labels, "canonical", lambda name: asked.append(name) or canonical(name))
    found = [labels.find_dotted(whole, f"m{k}.x{k}") for k in range(many)]
    assert [v.name for v in found] == [f"m{k}.x{k}" for k in range(many)]
    assert len(asked) <= 4 * many
    assert labels.find_dotted(whole, "m1.x2") is None
    assert labels.find_dotted(whole, "none.x2") is None
