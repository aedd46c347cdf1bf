"""Builtins that only Vensim has, over arrays, lookups and data variables."""

from __future__ import annotations

from headwater.language.builtins_entry import Builtin, Spelling, entry

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
        "The elements along the last subscript in another order, given by their numbers from 0.",
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
        "4 exponential), priority, width and one that these types do not use. Fixed requests come "
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
        "sooner, requests whose priorities are less than `width` apart sharing. With a shape, each "
        "request is spread about its priority by the profile of that number, as in "
        "`ALLOCATE_AVAILABLE`: 1 rectangular, as without one, 2 triangular, 3 normal, "
        "4 exponential.",
        theme="array",
        kind="array",
        example="ALLOCATE_BY_PRIORITY(demand[shop], priority[shop], 3, 2, supply)",
        reference=_MANUAL,
        vensim=Spelling("ALLOCATE BY PRIORITY", max_args=5),
        stella=Spelling("ALLOCATE", (4, 2, 0, 1, 3, 5)),
    ),
)

TABLES: tuple[Builtin, ...] = (
    *(
        entry(
            f"LOOKUP_{name}",
            "graph function: any, x: any",
            "any",
            f"The graphical function at `x`, {meaning}.",
            theme="graphical",
            kind="table",
            example=f"LOOKUP_{name}(effect, ratio)",
            reference=_MANUAL,
            vensim=(f"LOOKUP {name}", *older),
        )
        for name, meaning, older in (
            ("EXTRAPOLATE", "prolonging its first and last segment", ("TABXL",)),
            ("FORWARD", "without interpolation: that of the next point", ()),
            ("BACKWARD", "without interpolation: that of the point before", ()),
        )
    ),
    entry(
        "LOOKUP_INVERT",
        "graph function: any, y: any",
        "any",
        "The smallest `x` at which a graphical function is `y`; not available where it never is.",
        theme="graphical",
        kind="table",
        example="LOOKUP_INVERT(effect, 0.5)",
        reference=_MANUAL,
        vensim="LOOKUP INVERT",
    ),
    entry(
        "LOOKUP_AREA",
        "graph function: any, from: any, to: any",
        "any",
        "The area under a graphical function between two values of `x`.",
        theme="graphical",
        kind="table",
        example="LOOKUP_AREA(effect, 0, 1)",
        reference=_MANUAL,
        vensim="LOOKUP AREA",
    ),
    entry(
        "LOOKUP_SLOPE",
        "graph function: any, x: any, mode: 1",
        "any",
        "The slope of a graphical function at `x`, at a point the mean of those before and after "
        "it. Beyond its ends 0 where `mode` is 0, the slope of the nearest segment where it is "
        "positive, not available where negative.",
        theme="graphical",
        kind="table",
        example="LOOKUP_SLOPE(effect, ratio, 0)",
        reference=_MANUAL,
        vensim="LOOKUP SLOPE",
    ),
    entry(
        "TIME_SHIFT",
        "array series: x, shift: time",
        "x",
        "A data variable as it will be after so much time, by its own interpolation.",
        theme="graphical",
        kind="table",
        example="TIME_SHIFT(population, 5)",
        reference=_MANUAL,
        vensim="TIME SHIFT",
    ),
    *(
        entry(
            f"GET_DATA_{name}",
            "array series: x, start: time, end: time",
            "x",
            f"The {meaning} of a data variable's points from one time to another; not available "
            "where there are none.",
            theme="graphical",
            kind="table",
            example=f"GET_DATA_{name}(population, 1990, 2000)",
            reference=_MANUAL,
            vensim=f"GET DATA {name}",
        )
        for name, meaning in (
            ("MAX", "largest"),
            ("MIN", "smallest"),
            ("MEAN", "mean"),
            ("MEDIAN", "median (of an even number of points the mean of the two in the middle)"),
            ("STDV", "standard deviation (divided by their number)"),
        )
    ),
    entry(
        "GET_DATA_TOTAL_POINTS",
        "array series: any",
        "1",
        "How many points a data variable has.",
        theme="graphical",
        kind="table",
        example="GET_DATA_TOTAL_POINTS(population)",
        reference=_MANUAL,
        vensim="GET DATA TOTAL POINTS",
    ),
    *(
        entry(
            f"GET_DATA_{name}",
            arguments,
            "any",
            meaning,
            theme="graphical",
            kind="table",
            example=example,
            reference=_MANUAL,
            vensim=f"GET DATA {name.replace('_', ' ')}",
        )
        for name, arguments, meaning, example in (
            (
                "AT_TIME",
                "array series: any, time: time",
                "The value of a data variable at a time, by its own interpolation.",
                "GET_DATA_AT_TIME(population, 2000)",
            ),
            (
                "BETWEEN_TIMES",
                "array series: any, time: time, mode: 1",
                "The value of a data variable at a time: interpolated where `mode` is 0, that of "
                "the point after where it is positive, of the point before where negative; not "
                "available before its first and after its last point.",
                "GET_DATA_BETWEEN_TIMES(population, 2000, 0)",
            ),
            (
                "FIRST_TIME",
                "array series: any",
                "The time of a data variable's first point.",
                "GET_DATA_FIRST_TIME(population)",
            ),
            (
                "LAST_TIME",
                "array series: any",
                "The time of a data variable's last point.",
                "GET_DATA_LAST_TIME(population)",
            ),
        )
    ),
    *(
        entry(
            name,
            "array series: x",
            "x",
            meaning,
            theme="graphical",
            kind="table",
            example=f"{name}(sales)",
            reference="Ventana Systems, Vensim Reference Manual, CUMULATE",
            vensim=name,
        )
        for name, meaning in (
            (
                "CUMULATE",
                "A data variable made of another before the run: at each of its points the sum of "
                "the values up to there, whatever the time between them.",
            ),
            (
                "CUMULATEF",
                "A data variable made of another before the run, with one point: the sum of all "
                "values, at the time of the last.",
            ),
        )
    ),
    entry(
        "DATA_IF_MISSING",
        "array series: x, number: x",
        "x",
        "A formula of data at all times at which any of its data has a value, with the number in "
        "place of those that have none; straight lines in between. Data of one series are "
        "themselves.",
        theme="graphical",
        kind="table",
        example="DATA_IF_MISSING(population, 0)",
        reference="Ventana Systems, Vensim Reference Manual, X IF MISSING",
        vensim="X IF MISSING",
    ),
    *(
        entry(
            f"DATA_{name}",
            "array series: x",
            "x",
            f"The data variable {meaning}; what is no data variable is left as it is.",
            theme="graphical",
            kind="table",
            example=f"DATA_{name}(population)",
            reference=_MANUAL,
            vensim=keyword,
        )
        for name, keyword, meaning in (
            ("RAW", ":RAW:", "at the times of its points, and not available between them"),
            ("INTERPOLATE", ":INTERPOLATE:", "with straight lines between its points"),
            ("HOLD", ":HOLD BACKWARD:", "with each value held until the next point"),
            ("LOOK_FORWARD", ":LOOK FORWARD:", "with the value of the next point between points"),
        )
    ),
)
