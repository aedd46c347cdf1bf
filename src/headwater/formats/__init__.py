"""Files to models and back: one module a format.

:func:`headwater.formats.registry.read_model` reads any of them. Nothing is imported here: a model
that was read before needs none of the parsers.

The formats are ``literate``, ``xmile`` and ``vensim``; each has a package for the way back. What
they share: ``files`` (reading what strangers wrote), ``remembering`` (the cache), ``ranges`` and
``shapes`` (subscripts), ``flow_limits``, ``unlimited_starts`` and ``unlimited_memories`` (stocks
that cannot be negative), ``held_data``, ``seeds``, ``losses`` (what a format cannot say);
``tables`` and ``sheets`` read results and spreadsheets (``compound_files``: the containers of older
ones), ``data_package`` what is said of a case's data; ``other_files`` knows what is no model.
"""
