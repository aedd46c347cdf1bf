"""Feedback loops: which there are, and which of them make the model behave as it does.

``analyse`` is the way in: ``trace`` runs the model, ``graph`` says what depends on what,
``contract`` makes that smaller, ``find`` finds the loops, ``effects`` and ``scores`` say how much
each contributes, ``dominance`` when it matters, ``naming`` what to call it. ``cut`` holds a link
still.
"""
