"""Random models of Vensim's with more of what real ones are made of than ``random_files`` has.

Tables per element, functions of tables, data and constants from files beside the model, functions
of data, vectors, allocation, belts, draws, macros with further results, coarse ranges, checks,
names in quotes.
"""

from __future__ import annotations

from random import Random

from random_files import Kind, Vensim

DATA = "time,a1,a2,a3,a4\n0,1,2,-3,0.5\n1,4,1,0,\n2.5,2,,1,3\n4,-1,0,2,2\n6,3,5,4,1\n"
CONSTANTS = "what,p1,p2\na1,1,2\na2,-3,0.25\na3,4,5\na4,0.5,-1\n"
_MEMORIES = (
    *("TREND({}, 3, 0.1)", "FORECAST({}, 3, 2)", "SMOOTH N({}, 2, {}, 2)", "SMOOTH3({}, 1.5)"),
    *("DELAY N({}, 3, {}, 4)", "NPV({}, 0.1, 0.2, 1.5)", "DELAY FIXED({}, 1.3, {})"),
    *("SAMPLE IF TRUE({} > 0.5, {}, 0.3)", "INITIAL({} + {})", "SMOOTH3I({}, 2, {})"),
    *("DELAY MATERIAL({}, 1.5, {}, 0)", "DELAY INFORMATION({}, 1.2, {})"),
)
_TESTS = (
    *("STEP({}, 2.5)", "RAMP({}, 1, 4)", "PULSE(2, 1.5) * {}", "PULSE TRAIN(1, 0.5, 2, 5) * {}"),
    *("QUANTUM({}, 0.5)", "POWER(ABS({}), 0.5)", "LOG(2 + ABS({}), 3)", "GAME({})"),
    *("MIN(TANH({}), 1 / Time step)", "INTEGER({}) * Final time", "GAMMA LN(1 + ABS({}))"),
)
_OF_TABLES = (
    *("LOOKUP EXTRAPOLATE(table, {})", "LOOKUP FORWARD(table, {})", "LOOKUP BACKWARD(table, {})"),
    *("LOOKUP AREA(table, -1, MIN(2, {}))", "LOOKUP SLOPE(table, {}, 0)"),
    *("LOOKUP INVERT(rising, {})", "given table({})"),
)
_OF_DATA = (
    *("GET DATA AT TIME(series, {})", "GET DATA BETWEEN TIMES(series, {}, 0)"),
    *("GET DATA BETWEEN TIMES(series, {}, 1) + ({})", "TIME SHIFT(series, 0.5) * {}"),
    *("GET DATA MAX(series, 1, 5) - {}", "GET DATA LAST TIME(series) + {}", "series - {}"),
)
_DRAWS = (
    *(
        "RANDOM UNIFORM(-1, 2, {})",
        "RANDOM NORMAL(-3, 3, 0, 1, {})",
        "RANDOM POISSON(0, 9, 2, 0, 1, {})",
    ),
    *("RANDOM EXPONENTIAL(0, 5, 0, 1, {})", "RANDOM TRIANGULAR(0, 4, 0, 1, 4, {})"),
    *("RANDOM BETA(0, 1, 2, 3, 0, 1, {})", "RANDOM GAMMA(0, 9, 2, 0, 1, {})"),
    *("RANDOM WEIBULL(0, 9, 2, 0, 1, {})", "RANDOM BINOMIAL(0, 9, 0.5, 9, 0, 1, {})"),
    *("RANDOM NEGATIVE BINOMIAL(0, 20, 0.5, 2, 0, 1, {})", "RANDOM PINK NOISE(0, 1, 2, {})"),
)


class WideVensim(Vensim):
    """One model of Vensim's with everything, as text; ``files`` are those beside it."""

    def __init__(self, random: Random, size: int) -> None:
        self.files = {"given.csv": DATA, "constants.csv": CONSTANTS}
        super().__init__(random, size)

    def begin(self) -> None:
        """Add ranges, tables and data that equations refer to."""
        super().begin()
        self._lines += [
            "coarse: c1, c2 -> (all: some, rest) ~~|",
            "same <-> all ~~|",
            "pair: p1, p2 ~~|",
            *(
                f"curves[{e}]((-2, {k}), (0, 3), (4, -{k})) ~~|"
                for k, e in enumerate(("a1", "a2", "a3", "a4"))
            ),
            "rising((-3, -1), (0, 0.5), (2, 3)) ~~|",
            "given table = GET DIRECT LOOKUPS('given.csv', ',', 'A', 'B2') ~~|",
            f"series{self._keyword()} := GET DIRECT DATA('given.csv', ',', 'A', 'B2') ~~|",
            f"seen[all]{self._keyword()} := GET DIRECT DATA('given.csv', ',', 'A', 'B2') ~~|",
            "read in[all, pair] = GET DIRECT CONSTANTS('constants.csv', ',', 'B2') ~~|",
            "by coarse[coarse] = 0.5, 2 ~~|",
        ]
        self._over += ["seen[{}]", "read in[{}, p1]"]

    def _keyword(self) -> str:
        return self._random.choice(["", ":INTERPOLATE:", ":HOLD BACKWARD:", ":LOOK FORWARD:"])

    def kinds(self) -> list[Kind]:
        """Return what an equation may be."""
        return [
            *super().kinds(),
            *(self._curves, self._form, self._remembered, self._coarse, self._two, self._vector),
            *(self._shared, self._belt, self._draw, self._split, self._check, self._quoted),
            *(self._parts_of_stock, self._unused, self._moved),
        ]

    def _curves(self, number: int) -> None:
        self._over_all(number, "bent", f"curves[all]({self._value(1, 'all')})")

    def _over_all(self, number: int, label: str, equation: str) -> None:
        self._lines.append(f"{label} {number}[all] = {equation} {self._end()}")
        self._over.append(f"{label} {number}[{{}}]")

    def _filled(self, form: str, element: str = "") -> str:
        return form.format(*(self._value(1, element) for _ in range(form.count("{}"))))

    def _form(self, number: int) -> None:
        form = self._random.choice([*_TESTS, *_OF_TABLES, *_OF_DATA])
        if self._random.random() < 0.5:
            self._over_all(number, "formed", self._filled(form, "all"))
        else:
            self._lines.append(f"form {number} = {self._filled(form)} {self._end()}")
            self._known.append(f"form {number}")

    def _remembered(self, number: int) -> None:
        form = self._random.choice(_MEMORIES)
        if self._random.random() < 0.5:
            self._over_all(number, "remembered", self._filled(form, "all"))
        else:
            self._lines.append(f"recalled {number} = {self._filled(form)} {self._end()}")
            self._known.append(f"recalled {number}")

    def _coarse(self, number: int) -> None:
        self._over_all(number, "fine", f"by coarse[coarse] * {self._value(1, 'all')}")
        self._lines.append(f"alike {number}[same] = {self._value(1, 'same')} ~~|")
        self._over.append(f"alike {number}[{{}}]")

    def _two(self, number: int) -> None:
        name = f"grid {number}"
        value = f"read in[all, pair] * {self._value(1, 'all')}"
        self._lines.append(f"{name}[all, pair] :EXCEPT: [some, p1], [a2, p2] = {value} ~~|")
        self._lines.append(f"{name}[some, p1] = {self._value(1, 'some')} ~~|")
        self._lines.append(f"{name}[a2, p2] = {self._value(1)} {self._end()}")
        self._over += [f"{name}[{{}}, p1]", f"VMAX({name}[{{}}, pair!])"][
            : self._random.choice([1, 1])
        ]
        self._known.append(f"SUM({name}[all!, pair!])")

    def _vector(self, number: int) -> None:
        source = self._random.choice(self._over)
        every, one = source.format("all!"), source.format("all")
        self._lines.append(f"by number {number}[all] = {one} * 1 ~~|")
        self._over_all(
            number,
            "vector",
            self._random.choice(
                [
                    f"VECTOR SORT ORDER(by number {number}[all], 1)",
                    f"VECTOR RANK(by number {number}[all], -1)",
                    f"VECTOR ELM MAP(by number {number}[a1], MODULO(all, 4))",
                    f"VECTOR REORDER(by number {number}[all], all)",
                ]
            ),
        )
        form = self._random.choice(
            [
                f"VECTOR SELECT(by all[all!], {every}, 0, {self._random.choice('0123')}, 0)",
                f"VMIN({every}) + VMAX({every})",
                f"PROD(TANH(2 + ABS({every})))",
                f"SUM(IF THEN ELSE({every} > 0, {every}, 0)) + ELMCOUNT(all)",
            ]
        )
        self._lines.append(f"picked {number} = {form} {self._end()}")
        self._known.append(f"picked {number}")

    def _shared(self, number: int) -> None:
        self._lines.append(f"asked {number}[all] = ABS({self._value(1, 'all')}) + 0.1 ~~|")
        self._lines.append(f"first {number}[all] = 1, 2, 3, 2 ~~|")
        self._lines.append(
            f"profile {number}[all, ptype] = 3, 1, 1, 0; 3, 2, 1, 0; 3, 3, 1, 0; 3, 1, 2, 0; ~~|"
        )
        if "ptype: t1, t2, t3, t4 ~~|" not in self._lines:
            self._lines.append("ptype: t1, t2, t3, t4 ~~|")
        asked, profile = f"asked {number}[all]", f"profile {number}[all, t1]"
        amount = f"ABS({self._value(1)})"
        self._over_all(
            number,
            "shared",
            self._random.choice(
                [
                    f"ALLOCATE BY PRIORITY({asked}, first {number}[all], 4, 1.5, {amount})",
                    f"ALLOCATE AVAILABLE({asked}, {profile}, {amount})",
                ]
            ),
        )

    def _belt(self, number: int) -> None:
        flow = f"ABS({self._value(1)})"
        self._lines.append(f"leak profile {number}((0, 1), (1, 1)) ~~|")
        self._lines.append(f"entering {number} = {flow} ~~|")
        self._lines.append(
            f"carried {number} = DELAY CONVEYOR(entering {number}, 2, 0.1, "
            f"leak profile {number}, 3, 2) {self._end()}"
        )
        self._known.append(f"carried {number}")

    def _draw(self, number: int) -> None:
        draw = self._random.choice(_DRAWS).format(
            self._random.choice(["3", "17", "first constant"])
        )
        if self._random.random() < 0.4:
            self._over_all(number, "drawn", draw)
        else:
            self._lines.append(f"draw {number} = {draw} {self._end()}")
            self._known.append(f"draw {number}")

    def _split(self, number: int) -> None:
        over = self._random.random() < 0.5
        at = "[all]" if over else ""
        value = self._value(1, "all" if over else "")
        self._lines.append(
            f"one {number}{at} = SPLIT({value}, table : other {number}{at}) {self._end()}"
        )
        for label in ("one", "other"):
            if over:
                self._over.append(f"{label} {number}[{{}}]")
            else:
                self._known.append(f"{label} {number}")

    def macros(self) -> str:
        """Return the macros."""
        return super().macros() + (
            ":MACRO: SPLIT(p, t : q)\nSPLIT = t(p) * HALF OF(p, 0.1) ~~|\n"
            "q = DELAY1I(p, 2, kept) + SPLIT ~~|\nkept = INITIAL(p + 1) ~~|\n:END OF MACRO:\n"
        )

    def _check(self, number: int) -> None:
        name = self._random.choice([n for n in self._known if "(" not in n and "[" not in n])
        self._lines.append(
            f"check {number} :THE CONDITION: first constant = 0 :IMPLIES: {name} > -1 ~~|"
        )

    def _quoted(self, number: int) -> None:
        name = f'"odd, [{number}] & {self._random.choice(["β/γ", "50%", "a=b", "x:y"])}"'
        self._lines.append(f"{name} = {self._value(2)} {self._end()}")
        self._known.append(name)

    def _parts_of_stock(self, number: int) -> None:
        name = f"pool {number}"
        for part in ("some", "rest"):
            rate = f"SIN({self._value(1, part)}) - {name}[{part}] / 5"
            self._lines.append(f"{name}[{part}] = INTEG({rate}, by all[{part}]) {self._end()}")
        self._over.append(f"{name}[{{}}]")

    def _unused(self, number: int) -> None:
        self._lines.append(
            f"unused {number} = {self._value(2)} ~ kg ~ Told alone. ~ :SUPPLEMENTARY |"
        )

    def _moved(self, number: int) -> None:
        name = f"ages {number}"
        self._lines.append(f"gate {number} = SIN({self._value(1)}) > 0.4 ~~|")
        self._lines.append(f"{name}[all] = INTEG({self._value(1, 'all')}, by all[all]) ~~|")
        moved = f"SHIFT IF TRUE({name}[a1], gate {number}, ELMCOUNT(all), 1, 0.5)"
        self._lines.append(f"left {number} = {moved} ~~|")
        self._over.append(f"{name}[{{}}]")
        self._known.append(f"left {number}")
