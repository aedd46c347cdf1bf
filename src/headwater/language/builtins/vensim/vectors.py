"""Vensim's functions of vectors: selection, sorting, allocation."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, Spelling, entry

_MANUAL = "Ventana Systems, Vensim Reference Manual, Functions"

VECTORS: tuple[Builtin, ...] = (
    entry(
        "ELMCOUNT",
        "dimension: any",
        "1",
        "How many elements a dimension has.",
        theme="array",
        kind="array",
        shape="scalar",
        example="ELMCOUNT(region)",
        reference=_MANUAL,
        vensim="ELMCOUNT",
    ),
    entry(
        "VECTOR_SELECT",
        "array selection: any, array expression: any, missing: any, action: 1, error: 1",
        "any",
        "What the expression is where the selection is not 0, taken together: by `action` the "
        "weighted sum (0), product (1), minimum (2), maximum (3), mean (4); the product of "
        "expression ^ selection (5); the plain sum (6), product (7), minimum (8), maximum (9), "
        "mean (10). `missing` where nothing is selected. With `error` 1 or 3 it is an error that "
        "nothing is, with 2 or 3 that more than one is.",
        theme="array",
        kind="array",
        shape="aggregate",
        example="VECTOR_SELECT(chosen[*], sales[*], 0, 6, 0)",
        reference=_MANUAL,
        vensim="VECTOR SELECT",
    ),
    entry(
        "VECTOR_SORT_ORDER",
        "array vector: any, direction: any",
        "1",
        "At place k along the last subscript the number, from 0, of the element that comes k-th "
        "when they are sorted: upwards where the direction is above 0, else downwards.",
        theme="array",
        kind="array",
        example="VECTOR_SORT_ORDER(sales[region], 1)",
        reference=_MANUAL,
        vensim="VECTOR SORT ORDER",
    ),
    entry(
        "VECTOR_RANK",
        "array vector: any, direction: any",
        "1",
        "The place, from 1, of each element along the last subscript when they are sorted: upwards "
        "where the direction is above 0, else downwards.",
        theme="array",
        kind="array",
        example="VECTOR_RANK(sales[region], 1)",
        reference=_MANUAL,
        vensim="VECTOR RANK",
    ),
    entry(
        "VECTOR_REORDER",
        "array vector: x, array order: 1",
        "x",
        "The elements along the last subscript in another order, given by their numbers from 0; "
        "not available at a number beyond the vector.",
        theme="array",
        kind="array",
        example="VECTOR_REORDER(sales[region], order[region])",
        reference=_MANUAL,
        vensim="VECTOR REORDER",
    ),
    entry(
        "VECTOR_ELM_MAP",
        "array element: x, offset: 1",
        "x",
        "The element that lies `offset` places after the given one, the last subscript counting "
        "fastest; not available beyond the array.",
        theme="array",
        kind="array",
        example="VECTOR_ELM_MAP(sales[north], 1)",
        reference=_MANUAL,
        vensim="VECTOR ELM MAP",
    ),
    entry(
        "VECTOR_LOOKUP",
        "array element: any, x: any, xmin: any, xmax: any, mode: 1",
        "any",
        "The elements from the given one on as the points of a lookup, at even distances from xmin "
        "to xmax. By `mode` it is read as a lookup (0), without interpolation from the point "
        "before (2) or after (4), or prolonged at both ends (3); 1 gives the area from xmin, "
        "5 the smallest abscissa at which it is `x`, not available where there is none, and 6 the "
        "slope. 7, 8 and 9 are 1, 5 and 6 with prolonged ends. The units go with the mode.",
        theme="array",
        kind="array",
        example="VECTOR_LOOKUP(effect[first], ratio, 0, 2, 0)",
        reference=_MANUAL,
        vensim="VECTOR LOOKUP",
    ),
    entry(
        "INVERT_MATRIX",
        "array matrix: any, size: 1",
        "any",
        "The inverse of the matrix over the last two subscripts, by Gauss-Jordan elimination with "
        "row pivoting.",
        theme="array",
        kind="array",
        example="INVERT_MATRIX(m[row, column], 3)",
        reference=_MANUAL,
        vensim="INVERT MATRIX",
    ),
    entry(
        "ALLOCATE_AVAILABLE",
        "array request: x, array profile: any, available: x",
        "x",
        "What each request along the last subscript gets of what is available, by priority "
        "profiles: four numbers each, type (0 fixed, 1 rectangular, 2 triangular, 3 normal, "
        "4 exponential), priority, width and one that these types do not use. The width of a "
        "normal one, its standard deviation, counts as 0.05 where it is less. Fixed requests come "
        "first; where there is not enough for them, each gets the same share of what it asks for.",
        theme="array",
        kind="array",
        example="ALLOCATE_AVAILABLE(demand[shop], profile[shop, ptype], supply)",
        reference=_MANUAL,
        vensim="ALLOCATE AVAILABLE",
    ),
    entry(
        "ALLOCATE_BY_PRIORITY",
        "array request: x, array priority: y, size: 1, width: y, supply: x, [shape: 1]",
        "x",
        "What each request along the last subscript gets of a supply: the higher the priority the "
        "sooner, requests whose priorities are less than `width` apart sharing. With a width of 0 "
        "one priority comes after the other, and requests of the same one share in proportion. "
        "With a shape, each request is spread about its priority by the profile of that number, "
        "as in `ALLOCATE_AVAILABLE`: 1 rectangular, as without one, 2 triangular, 3 normal, "
        "4 exponential.",
        theme="array",
        kind="array",
        example="ALLOCATE_BY_PRIORITY(demand[shop], priority[shop], 3, 2, supply)",
        reference=_MANUAL,
        vensim=Spelling("ALLOCATE BY PRIORITY", max_args=5),
        stella=Spelling("ALLOCATE", (4, 2, 0, 1, 3, 5)),
    ),
)
