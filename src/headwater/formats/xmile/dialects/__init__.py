"""What tools write beyond the standard, and how it is read.

Stella's: ``readings`` and ``pulses``; Vensim's own export: ``vensim``. What has no meaning where
it stands (``misplaced``) or none at all (``unknown``) is told.
"""
