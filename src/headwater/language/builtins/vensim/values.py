"""Numbers with a meaning of their own in Vensim."""

NOT_AVAILABLE = -(2.0**109)
"""The number that ``:NA:`` stands for."""

NEXT_TO_NOTHING = 1e-6
"""A smaller divisor counts as 0, as in ZIDZ and XIDZ."""
