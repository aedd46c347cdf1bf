"""The version of the package, for reports and manifests.

It is the one in ``pyproject.toml``, written out: to ask for the installed one takes every start
longer than reading a small model.
"""

__version__ = "0.1.0"
