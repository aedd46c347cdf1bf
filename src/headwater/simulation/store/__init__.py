"""Ensembles on disk: larger than memory, and taken up again where they were cut short."""
