"""The expression language: source text, syntax tree, parser, builtins and units.

Text to tree: ``source``, ``tokens``, ``parser``, ``syntax``; tree to text: ``printer``; when two
names are one: ``names``. The table of functions: ``builtins``. Units: ``units`` and
``units_algebra``.
"""
