"""At which times policies are compared."""

from dataclasses import replace

import numpy as np

from headwater.argument.policies.horizons import at, horizons, split_time
from headwater.model.case import Case
from report.made import made_case, made_fans


def test_policies_part_where_the_first_differs() -> None:
    assert split_time(made_fans(made_case())) == 2010


def test_horizons_are_those_of_the_expectations() -> None:
    # `leaving` is short and looks at 2015, `staying` is long and looks at 2020.
    assert horizons(made_case(), 2010.0) == (2015, 2020)


def test_without_expectations_the_end_and_the_middle() -> None:
    bare: Case = replace(made_case(), expectations=())
    assert horizons(bare, 2010.0) == (2015, 2020)
    assert horizons(bare, 2000.0) == (2010, 2020)


def test_fans_are_linear_between_saved_times() -> None:
    fans = made_fans(made_case())
    fan = next(f for f in fans if f.policy == "no_change" and not f.variant)
    assert np.allclose(at(fan, 2004.5), [84.5, 94.5, 104.5, 114.5, 124.5])
