"""What a call of a builtin becomes: expressions, hidden quantities, points of tables.

``calls`` knows which file answers for which function. By question:

* Sums, means and the like over arrays: ``aggregates``. Selecting, ranking and reordering elements:
  ``vectors``, ``vector_lookups``. Stocks whose elements move along: ``shifts``.
* Delays, smoothing and whatever else has a memory: ``dynamics``, ``vensim_dynamics``,
  ``vensim_delays``, ``stella_functions``; rows of hidden states for what is on its way: ``slots``.
* Points of graphical functions and of data: ``graphs``, ``stella_graphs``, ``lookup_inverse``,
  ``data_functions``, ``data_points``, ``data_statistics``, ``made_series``; dates: ``calendars``.
* Streams of payments: ``stella_financial``, ``vensim_financial``, ``depreciation``.
* A scarce supply, a price: ``allocation``, ``markets``.
* Vensim's queues: ``vensim_queues``, ``queue_rows``, ``queue_questions``.
* Random functions and their streams: ``random_calls``, ``rejection``. How a draw becomes a number
  is told by the folder ``draws`` beside this one.

What only one vendor has stands in files named ``stella_…`` and ``vensim_…``.
"""
