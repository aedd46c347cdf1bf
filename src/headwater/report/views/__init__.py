"""What each section of the page says, as plain data for the template of the same name.

``claims`` with their ``drivers`` and ``checks``; ``outcomes`` and ``policies`` over time; what
commands beside the test found: ``hindcast``, ``history``, ``loops``, ``mixes``, ``rivals``; the
``equations`` of the model.
"""
