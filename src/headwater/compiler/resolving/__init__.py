"""From names to meanings: a project becomes the resolved model.

``flatten`` takes the modules in, and ``resolve`` leads and holds the state: ``declaring`` makes a
quantity for every variable, ``defining`` its rules, by ``equations``. ``expressions`` goes through
one expression, with ``calls`` for what is called in it; ``macros`` are put in where they are
called, with ``array_arguments``, ``own_runs`` (those with simulation settings) and ``recursion``.
Subscripts: ``dimensions`` knows the elements, ``element_numbers`` what number an element's name
stands for, ``selectors`` and ``subscripts`` which element a reference means; ``coverage`` finds the
elements with no equation or with two, ``holes`` the uses of those without a value. ``folding`` and
``preview`` compute what must be known before the run (orders of delays, control variables);
``assembling`` has short names for what the other files build.
"""
