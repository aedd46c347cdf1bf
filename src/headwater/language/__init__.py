"""The expression language: source text, syntax tree, parser, builtins and units."""
