"""Functions of data variables, and formulas that are computed of data before the run.

What can be asked of a series: ``functions``, ``points``, ``statistics``. Formulas: ``computed``,
``made_series``; which names mean data: ``names``; series that are held between points: ``held``;
when a series is read: ``moments``.
"""
