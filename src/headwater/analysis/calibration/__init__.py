"""Calibration: which values of a model's constants agree with data, and how closely.

``targets`` and ``free`` say what is fitted to what, ``prior`` and ``payoff`` what counts as
agreement, ``problem`` brings them together with the compiled program, ``search`` finds the best
values, ``sampler`` and ``posterior`` all that are plausible, ``diagnostics`` whether to believe it,
``store`` keeps it, and ``fit`` does one after the other.
"""
