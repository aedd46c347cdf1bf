"""Policies side by side: comparing those of a case, and searching for better ones.

``comparing`` judges them draw by draw; ``mixes`` searches among the settings of levers. ``named``
finds what a caller names, ``settings`` what the policies' settings say of each other, ``efforts``
how far each moves its levers, ``horizons`` the times at which they are compared.
"""
