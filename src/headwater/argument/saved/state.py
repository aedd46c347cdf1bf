"""A fingerprint of what a case's runs depend on."""

from __future__ import annotations

import sys
from hashlib import sha256

import numpy as np

from headwater.model.case import Case

JUDGED = ("loops", "flips")
"""Kinds of findings that say something of expectations."""


def state_of(case: Case, kind: str) -> str:
    """Return a fingerprint of what findings of a kind depend on.

    These are a case's variables, rival structures, policies and comparisons; for findings on
    expectations their conditions too, and named loops for those on loops. Prose and claims do not
    count; where the files lie does not either.
    """
    project = case.project
    conditions = [(e.name, e.claims, e.condition, e.effect) for e in case.expectations]
    parts = (
        conditions if kind in JUDGED else (),
        case.loops if kind == "loops" else (),
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
