"""The canonical layout of model blocks: ``format``, with the blanks of ``spacing``."""
