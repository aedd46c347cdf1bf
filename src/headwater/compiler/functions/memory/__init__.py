"""Functions that remember, as hidden stocks and states.

XMILE's delays and smooths: ``delays``; what only one vendor has: ``vensim_dynamics``,
``vensim_delays``, ``stella_functions``. Rows of hidden states for what is on its way: ``slots``.
"""
