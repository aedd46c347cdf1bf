"""Vensim's functions of lookups and data variables."""

from __future__ import annotations

from headwater.language.builtins.entry import Builtin, entry

_MANUAL = "Ventana Systems, Vensim Reference Manual, Functions"

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
