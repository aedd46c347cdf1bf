"""Files to models and back: one module a format.

:func:`headwater.formats.registry.read_model` reads any of them. Nothing is imported here: a model
that was read before needs none of the parsers.
"""
