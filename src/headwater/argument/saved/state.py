"""A fingerprint of what a case's runs depend on."""

from __future__ import annotations

import sys
from hashlib import sha256

import numpy as np

from headwater.model.case import Case


def state_of(case: Case) -> str:
    """Return a fingerprint of a case's variables, rival structures, policies and comparisons.

    Prose, claims and expectations do not count; where the files lie does not either.
    """
    project = case.project
    parts = (
        project.variables,
        project.dimensions,
        project.sim_specs,
        case.variants,
        case.policies,
        case.correlations,
        case.comparisons,
    )
    with np.printoptions(threshold=sys.maxsize, floatmode="unique"):
        return sha256(repr(parts).encode()).hexdigest()
