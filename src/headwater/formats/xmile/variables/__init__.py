"""Stocks, flows, auxiliaries and graphical functions of a model.

``reading`` is the way in: ``equations`` and ``graphs`` read what a variable says (``equation_text``
before an equation is parsed, ``rewording`` after it), ``disciplines`` and ``contents`` conveyors,
queues and ovens, ``queued_batches`` what a queue starts with, ``listed_points`` graphical functions
within equations. ``summing``: flows wider than their stock.
"""
