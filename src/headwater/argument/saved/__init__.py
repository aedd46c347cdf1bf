"""Findings of other commands, saved by them and shown in the report of a test.

``findings`` says what is saved, ``making`` makes it of what an analysis returns, ``codec`` and
``files`` write and read it, ``state`` tells whether it is of the same model.
"""
