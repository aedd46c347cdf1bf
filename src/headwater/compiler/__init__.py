"""From a model to machine code: expand, check, order, lower, then one file a target.

``pipeline`` lists the passes in their order; docs/explanation/compiler.md tells of each. By
question, each folder with a map of its own:

* What does a name, a subscript, a macro, a module mean? ``resolving``; what comes out is
  ``resolved``, and ``resolved_text`` shows it to people.
* What does this builtin function do? ``functions``; for random numbers also ``draws``.
* What is a conveyor, a queue, an oven, a stock that stays above zero? ``stocks``.
* Do the units agree? ``units``.
* What is computed when? ``clock`` and ``timegrid`` for the run, ``ordering`` within a step,
  ``adaptive`` where the method chooses its step; circles of equations: ``simultaneous``.
* How does it become instructions? ``lowering``, with ``constants``; ``program`` is what comes out,
  ``printer`` shows it, ``program_text`` keeps it in the cache under its ``fingerprint``, and
  ``verify`` refuses what is malformed.
* What runs it? ``targets`` (one a processor), ``elementary`` (exp, log, …) and ``derivatives``;
  ``methods`` holds the integration methods.
"""
