"""Sources, claims, expectations and verdicts.

``testing`` puts a case to the test, from beginning to end: ``plan`` checks everything before any
run, ``ensembles`` runs it, ``batches`` and ``conditions`` evaluate what is expected, ``trials``
counts, ``construction`` cuts links, ``verdicts`` judges; ``results`` holds what comes of it.

* What the text says, and what data say of that: the package ``ledger``.
* What else the draws of a test tell: ``judging``, ``following``, ``influences``.
* Commands of their own: the package ``policies`` (comparing them, searching for better mixes),
  ``discovering``, ``rivals``, ``loop_trials`` and ``loop_findings``. Their findings on disk: the
  package ``saved``.
* Rerunning it: ``provenance``, ``kept_trials``.
"""
