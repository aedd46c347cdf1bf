"""What a person sees: the scorecard, charts and the HTML report.

``scorecard`` is for the terminal, ``page`` for the browser: ``rendering`` fills the page's
templates with what the files named ``…_views`` say and the files named ``…_charts`` draw
(``drawing`` makes SVG of charts). Numbers and phrases that both share: ``words``, ``sizes``,
``boxes``, ``flips``. For programs: ``results_files``. Pictures on their own:
``sensitivity_picture``, ``tradeoff_picture``.
"""
