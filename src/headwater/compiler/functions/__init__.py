"""What a call of a builtin becomes: expressions, hidden quantities, points of tables.

``calls`` knows which file answers for which function. By question:

* Whole arrays, vectors, allocation: ``arrays``. Dates: ``calendars``.
* Delays, smoothing and whatever else has a memory: ``memory``.
* Graphical functions: ``lookups``. Data variables: ``data``.
* Streams of payments: ``financial``. Vensim's queues: ``queues``. Random draws: ``random``.

What only one vendor has stands in files named after it.
"""
