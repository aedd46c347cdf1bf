"""Functions over whole arrays.

Sums, means and the like: ``aggregates``. Selecting, ranking and reordering elements: ``vectors``,
``vector_lookups``. A scarce supply, a price: ``allocation``, ``markets``. Stocks whose elements
move along: ``shifts``.
"""
