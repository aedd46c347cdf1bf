"""What many runs say together.

* What drives an outcome? ``sensitivity`` (runs of its own), ``case_sensitivity``, ``given_data``
  and ``regional`` (from an ensemble that was run anyway).
* When does a claim hold? ``discovery`` with ``prim`` (boxes) and ``trees``; ``flips`` (the smallest
  change that turns it).
* Which policy is safe? ``robustness``.
* Does the model agree with data? The package ``calibration``; ``hindcast`` and ``withholding``.
* Which feedback loops matter? The package ``loops``. Does a suite of models run as recorded? The
  package ``conformance``.
"""
