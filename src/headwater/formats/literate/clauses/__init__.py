"""The clauses of statements.

``common``: those that every variable takes. ``disciplines``: of conveyors, queues and ovens.
``measurement``: of comparisons. ``elements`` and ``numbers``: values, by element or alone.
"""
