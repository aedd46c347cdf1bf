"""Equations that depend on each other at one and the same time, and how they are solved.

Most circles of equations are mistakes. One that leads through a ``SIMULTANEOUS`` or a ``FIND_ZERO``
is a *system*: the numbers that these give are its *unknowns*. With them taken as known, the other
equations of the circle can be put in order, and tell what each unknown should be, or how far from 0
what must be 0 is. The parts of the way:

``calls``        the two functions become hidden quantities whose rules have a search
``systems``      ordering cuts each circle at its unknowns
``rows``         large arrays of which every element has a system of its own: one loop
``solving``      a system becomes instructions: a search, and the other equations at its end
``elimination``  the linear equations within a search

*SIMULTANEOUS* goes around the circle: all equations are computed with the unknowns as they are, and
the unknowns take the values that follow, until none changes by more than the tolerance. A step of
Newton's method ends the search. *FIND_ZERO* is Newton's method with differences for derivatives; a
step that does not bring the numbers nearer to 0 is halved.

Each search starts from its guess, whatever was found before, so that a solution is a function of
what the equations say at that moment: it is the same in all stages of a method, and in all lanes.
A run that has found its solution keeps it while others go on. One that finds none within the turns
it has gets no number (NaN), which the run reports as it does every value that is not finite.

The last step of Newton's method is also what makes derivatives right (lowering/newton.py).
"""
