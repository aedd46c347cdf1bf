"""Units of the published test models: no alarm but those that the vendors' own rules give.

Both tools compare units by name, take a number in a product for one without unit, want a rate in
the stock's unit per unit of time, and leave equations aside in which a variable has no unit
(Vensim Help, Units Checking; isee systems, Stella help, Checking unit consistency). Each model that
is listed breaks one of these rules, as its reason says; all others must be free of alarms.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path

import pytest

from headwater.analysis.conformance import unit_alarms
from headwater.errors import HeadwaterError
from headwater.formats.registry import read_model
from headwater.model.case import Case
from published import published

pytestmark = pytest.mark.conformance

GENERIC = "the unit of time is `Time`, and a flow per `time` is made of a duration in another unit"
ANGLE = "the argument of SIN is Time, which has a unit"
YEARLY = "the flows are per year, the time step is a month"

TRUE_ALARMS: Mapping[str, tuple[int, str]] = {
    "samples/Query_file/Query_file.mdl": (5, "pulses, which have no unit, times bare numbers"),
    "samples/SIR/SIR.stmx": (1, GENERIC),
    "samples/SIR/SIR.xmile": (1, GENERIC),
    "samples/SIR/SIR_legacy.stmx": (1, GENERIC),
    "samples/SIR/SIR_reciprocal-dt.xmile": (1, GENERIC),
    "samples/teacup/teacup.stmx": (1, GENERIC),
    "samples/teacup/teacup_legacy.stmx": (1, GENERIC),
    "samples/teacup/teacup_w_diagram.xmile": (1, GENERIC),
    "tests/except/test_except.mdl": (1, ANGLE),
    "tests/forecast/test_forecast.mdl": (
        3,
        "2 * SIN(…), which has no unit, in widgets/Month",
    ),
    "tests/subscript_mapping_simple/test_subscript_mapping_simple.mdl": (2, YEARLY),
    "tests/subscript_mapping_vensim/test_subscript_mapping_vensim.mdl": (2, YEARLY),
    "tests/subscripted_trend/test_subscripted_trend.mdl": (2, ANGLE),
    "tests/trend/test_trend.mdl": (2, ANGLE),
    "tests/unicode_characters/unicode_test_model.mdl": (
        1,
        "one in `D` is twice one in dmnl",
    ),
}


@pytest.mark.parametrize("file", published())
def test_alarms_are_true(file: str, test_models: Path) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = read_model(test_models / file)
    except HeadwaterError:
        return  # its finding says why it cannot be read
    project = model.project if isinstance(model, Case) else model
    clashes = unit_alarms(project)
    expected, reason = TRUE_ALARMS.get(file, (0, "every other model is free of them"))
    assert len(clashes) == expected, (reason, clashes)
