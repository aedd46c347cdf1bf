"""Functions that a file defines (XMILE 1.0, section 4.8).

``reading`` is the way in; ``filters`` are macros that options of variables call; ``overloads`` says
which macro a call means.
"""
