"""From a model to machine code: expand, check, order, lower, then one file a target.

``pipeline`` lists the passes in their order; docs/explanation/compiler.md tells of each. By
question:

* What does a name, a subscript, a call mean? ``flatten`` (modules), ``macros``, ``resolve`` and
  ``expressions``, ``subscripts``, ``selectors``, ``dimensions``; the result is ``resolved``.
* What does this function do? ``calls`` knows which file answers: ``aggregates`` (SUM and its kin),
  ``dynamics`` (delays, smoothing), ``distributions`` and its neighbours (random draws), ``graphs``
  (points of functions and data), ``allocation``, ``markets``, ``vectors``; what only one vendor has
  stands in files named ``stella_…`` and ``vensim_…``.
* What is a conveyor, a queue, an oven? ``disciplines``, then ``conveyors``, ``queues``, ``ovens``,
  and the ``belt_…`` files. Stocks that stay above zero: ``limits``.
* Do the units agree? ``check_units``, with ``unit_rules`` and ``unit_algebra``.
* What is computed when? ``clock`` and ``timegrid``, ``order``, ``elements``, ``hoist``, ``events``;
  circles: the package ``simultaneous``.
* How does it become instructions? ``lower``, ``expression_code``, ``arithmetic``, ``storage``,
  ``fusing``, ``liveness``; ``program`` is what comes out, ``verify`` refuses what is malformed.
* What runs it? The packages ``targets`` (one a processor), ``elementary`` (exp, log, …) and
  ``derivatives``; ``methods`` holds the integration methods.
"""
