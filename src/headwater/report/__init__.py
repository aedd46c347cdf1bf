"""What a person sees: the scorecard, charts and the HTML report.

``scorecard`` is for the terminal, ``page`` for the browser: ``rendering`` fills the page's
templates with what the package ``views`` says, with pictures of the package ``charts``. Numbers and
phrases that both share: ``words``, ``sizes``, ``boxes``, ``flips``, ``caveats``. The page's text
and anchors: ``prose``, ``links``. For programs: ``results_files``.
"""
