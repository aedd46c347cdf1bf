"""Builtins over arrays and graphical functions (XMILE 1.0, section 3.7.1)."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_OPERATIONS = "XMILE 1.0, 3.7.1.1"

ARRAYS: tuple[Builtin, ...] = (
    entry(
        "SUM",
        "array values: x",
        "x",
        "Sum of the values of an array or slice.",
        theme="array",
        kind="aggregate",
        shape="aggregate",
        example="SUM(sales[region, *])",
        vensim="SUM",
    ),
    entry(
        "MEAN",
        "array values: x",
        "x",
        "Average of the values of an array or slice: SUM(A) / SIZE(A).",
        theme="array",
        kind="aggregate",
        shape="aggregate",
        example="MEAN(sales)",
    ),
    entry(
        "PROD",
        "array values: any",
        "any",
        "Product of the values of an array or slice.",
        theme="array",
        kind="aggregate",
        shape="aggregate",
        example="PROD(survival[*])",
        reference="isee systems, Stella help, Array builtins",
        vensim="PROD",
    ),
    entry(
        "STDDEV",
        "array values: x",
        "x",
        "Standard deviation of the values of an array or slice: the root of their mean squared "
        "distance from their mean.",
        theme="array",
        kind="aggregate",
        shape="aggregate",
        example="STDDEV(sales)",
    ),
    entry(
        "SIZE",
        "array values: any",
        "1",
        "How many elements an array or slice has.",
        theme="array",
        kind="array",
        shape="aggregate",
        example="SIZE(sales[1, *])",
    ),
    entry(
        "RANK",
        "array values: x, rank: 1, [array ties: any]",
        "1",
        "Index of the element that comes at place `rank` (from 1) when the array is sorted in "
        "ascending order; in more than one dimension, its flat index in row-major order. A second "
        "array breaks ties. RANK(A, 1) is the index of the smallest value.",
        theme="array",
        kind="array",
        shape="aggregate",
        example="RANK(A, 1)",
    ),
    entry(
        "PERCENTILE",
        "array values: x, percent: 1",
        "x",
        "The value that `percent` percent of the values of an array or slice lie below: 0 is the "
        "smallest, 100 the largest, 50 the median. Between two values next to each other in order "
        "it lies on a straight line.",
        theme="array",
        kind="array",
        shape="aggregate",
        example="PERCENTILE(sales[*], 90)",
        reference="a reading of its own of Stella's function of that name: Hyndman and Fan, "
        "Sample Quantiles in Statistical Packages, 1996, definition 7",
    ),
    entry(
        "INTERPOLATE",
        "array points: x, position: 1...",
        "x",
        "Between the points of an array or slice, one position for each of its dimensions: 0 and "
        "below is the first element, 1 and above the last, and linear between the evenly spaced "
        "elements.",
        theme="array",
        kind="array",
        shape="aggregate",
        example="INTERPOLATE(history[region, *], share)",
        reference="isee systems, Stella help, Array builtins",
    ),
    entry(
        "TRANSPOSE",
        "array values: x",
        "x",
        "The array with its dimensions in the opposite order, the operator `'` as a function.",
        theme="array",
        kind="array",
        example="matrix'",
        reference=_OPERATIONS,
    ),
)

GRAPHICAL: tuple[Builtin, ...] = (
    entry(
        "LOOKUP",
        "graph function: any, x: any",
        "any",
        "The graphical function at `x`, the same as calling it by its name.",
        theme="graphical",
        kind="table",
        example="LOOKUP(effect, ratio)",
        reference="isee systems, Stella help, Data builtins",
    ),
)
