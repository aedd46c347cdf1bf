"""Random models of XMILE's with more of what real ones are made of than ``random_files`` has.

Arrays of two dimensions, arrayed graphs, stocks and belts, modules in modules, leakage of all
kinds, ovens, values at the start, memory, test inputs, draws, names with breaks.
"""

from __future__ import annotations

from random import Random

from random_files import Kind, Xmile, xml_text

_COMMON = (
    *("DELAYN({}, 3, 4, {})", "SMTHN({}, 2, 3, {})", "TREND({}, 3)", "FORCST({}, 3, 2)"),
    *("INIT({}) - {}", "STEP({}, 2.5)", "RAMP({}, 1, 4)", "PULSE({}, 1, 2)", "PULSE({}, 2)"),
    *("LOOKUP(curve, {})", "SAFEDIV({}, {}, 3)", "LOG10(2 + ABS({}))", "({} <> {})"),
    *("(IF {} > 0.5 AND NOT ({} < 1) THEN {} ELSE -1)", "(-{} ^ 2 / 9)", "MEAN({}, {}, 2)"),
    *("DELAY3({}, 2, {})", "SMTH3({}, TIME + 1)", "SINWAVE(2, 3) * {}", "ROUND({})"),
)
_OF_STELLA = (
    *("HISTORY(constant_0, TIME - 1) + {}", "ENDVAL(constant_0) * {}", "COUNTER(0, 4) + {}"),
    *("LOOKUPAREA(curve, {})", "EXPBOUND(0, 2, {}, 1, 0, 3)", "DERIVN({}, 1)", "NPV({}, 0.1)"),
    *("MAX(curve, {})", "curve[{}] + {}", "SUM(curve * {})", "STDDEV(curve) * {}"),
)
_XMILE_DRAWS = (
    *("RANDOM(-1, 2, {})", "NORMAL(0, 1, {})", "POISSON(2, {})", "EXPRND(2, {})", "BETA(2, 3, {})"),
    *("LOGNORMAL(2, 1, {})", "TRIANGULAR(0, 1, 4, {})", "GAMMA(2, 1, {})", "WEIBULL(2, 1, {})"),
    *("BINOMIAL(9, 0.5, {})", "NEGBINOMIAL(2, 0.5, {})", "GEOMETRIC(0.4, {})", "PARETO(3, 1, {})"),
    *("LOGISTIC(0, 1, {})", "MONTECARLO(30, {})"),
)


class WideXmile(Xmile):
    """One model of XMILE's with everything, as text; ``plain_only``: what other tools have too."""

    dimensions = (
        '<dim name="d"><elem name="a"/><elem name="b"/></dim>'
        '<dim name="k"><elem name="x 1"/><elem name="x 2"/><elem name="x 3"/></dim>'
        '<dim name="n" size="2"/>'
    )

    def __init__(self, random: Random, size: int, *, plain_only: bool = False) -> None:
        self._plain_only = plain_only
        super().__init__(random, size)

    def begin(self) -> None:
        """Add what equations refer to."""
        super().begin()
        self._parts.append(
            '<gf name="curve"><xscale min="-2" max="4"/><yscale min="-3" max="3"/>'
            "<ypts>1,3,-1,2</ypts></gf>"
        )

    def kinds(self) -> list[Kind]:
        """Return what a variable may be."""
        return [
            *(k for k in super().kinds() if not (self._plain_only and k == self._queue)),
            *(self._form, self._draw, self._table, self._curves, self._tanks, self._belts),
            *(self._deep, self._vector, self._start, self._rate, self._posted, self._parted),
            *(() if self._plain_only else (self._leaks, self._oven)),
        ]

    def _form(self, number: int) -> None:
        form = self._random.choice(_COMMON if self._plain_only else (*_COMMON, *_OF_STELLA))
        self._plain(
            "formed", number, form.format(*(self._value(1) for _ in range(form.count("{}"))))
        )

    def _draw(self, number: int) -> None:
        self._plain("drawn", number, self._random.choice(_XMILE_DRAWS).format(number + 1))

    def _shaped(self, name: str, dims: str, body: str, kind: str = "aux") -> None:
        over = "".join(f'<dim name="{d}"/>' for d in dims)
        self._parts.append(
            f'<{kind} name="{name}"><dimensions>{over}</dimensions>{body}{self._more()}</{kind}>'
        )

    def _table(self, number: int) -> None:
        random, name, plain = self._random, f"grid {number}", f"grid_{number}"
        cells = "".join(
            f'<element subscript="{d}, {k}"><eqn>{xml_text(self._value(1))}</eqn></element>'
            for d in "ab"
            for k in ("x 1", "x_2", "X 3")
        )
        whole = f"<eqn>{xml_text(self._value(1))} + k * d</eqn>"
        half = whole + cells[: cells.index("</element>") + len("</element>")]
        self._shaped(name, "dk", random.choice([cells, whole, half]))
        self._known += [
            random.choice([f"SUM({plain}[*, *])", f"MEAN({plain}[a, *])", f"MAX({plain}[*, x_2])"]),
            f"{plain}[b, x_1]",
        ]
        total = f"<eqn>SUM({plain}[d, *]) + {plain}[d, x_3]</eqn>"
        self._shaped(f"rows {number}", "d", total)
        self._known.append(f"rows_{number}[a]")

    def _curves(self, number: int) -> None:
        gfs = [
            f'<gf type="{self._random.choice(["continuous", "extrapolate", "discrete"])}">'
            f'<xscale min="-1" max="{k}"/><ypts sep=";">{k};0;-2</ypts></gf>'
            for k in (1, 2)
        ]
        each = "".join(
            f'<element subscript="{d}"><eqn>{xml_text(self._value(1))}</eqn>{gf}</element>'
            for d, gf in zip("ab", gfs, strict=True)
        )
        whole = f"<eqn>{xml_text(self._value(1))}</eqn>" + "".join(
            f'<element subscript="{d}">{gf}</element>' for d, gf in zip("ab", gfs, strict=True)
        )
        self._shaped(f"bent {number}", "d", self._random.choice([each, whole]))
        self._known += [f"bent_{number}[a]", f"SUM(bent_{number})"]

    def _tanks(self, number: int) -> None:
        random = self._random
        limit = random.choice(["", "<non_negative/>"])
        self._shaped(
            f"in flows {number}", "d", f"<eqn>{xml_text(self._value(1))}</eqn>{limit}", "flow"
        )
        self._shaped(
            f"out flows {number}", "d", f"<eqn>{xml_text(self._value(1))} + d</eqn>", "flow"
        )
        starts = "".join(
            f'<element subscript="{d}"><eqn>{k}</eqn></element>' for k, d in enumerate("ab")
        )
        body = random.choice(["<eqn>2</eqn>", starts])
        limit = random.choice(["", "<non_negative/>"])
        flows = f"<inflow>in_flows_{number}</inflow><outflow>out_flows_{number}</outflow>{limit}"
        self._shaped(f"tanks {number}", "d", body + flows, "stock")
        self._known += [f"tanks_{number}[b]", f"SUM(tanks_{number}[*])"]

    def _belts(self, number: int) -> None:
        lengths = self._random.choice(["<len>1.5</len>", "<len>1 + d</len>"])
        self._shaped(
            f"comings {number}", "d", f"<eqn>ABS({xml_text(self._value(1))})</eqn>", "flow"
        )
        self._shaped(f"goings {number}", "d", "", "flow")
        self._shaped(
            f"belts {number}",
            "d",
            f"<eqn>1</eqn><inflow>comings_{number}</inflow><outflow>goings_{number}</outflow>"
            f"<conveyor>{lengths}</conveyor>",
            "stock",
        )
        self._known += [f"belts_{number}[a]", f"goings_{number}[b]"]

    def _leaks(self, number: int) -> None:
        random = self._random
        leak = random.choice(
            [
                "<leak/>",
                "<leak/><leak_integers/>",
                '<leak leak_start="0.25" leak_end="0.75"/>',
                "<leak_fraction>0.1</leak_fraction>",
            ]
        )
        discrete = random.choice(["", ' discrete="true"', ' exponential_leak="true"'])
        start = random.choice(["4", "1, 2, 3, 1, 0, 1, 1, 1"])
        length = random.choice(["2", "1 + ABS(SIN(TIME))", "2 + STEP(1, 3)"])
        self._parts.append(
            f'<stock name="line {number}"><eqn>{start}</eqn>'
            f"<inflow>joining {number}</inflow><outflow>leaving {number}</outflow>"
            f"<outflow>dropped {number}</outflow><conveyor{discrete}><len>{length}</len></conveyor>"
            "</stock>"
            f'<flow name="joining {number}"><eqn>ABS({xml_text(self._value(1))})</eqn></flow>'
            f'<flow name="leaving {number}"/>'
            f'<flow name="dropped {number}"><eqn>0.2</eqn>{leak}</flow>'
        )
        self._known += [f"line_{number}", f"dropped_{number}"]

    def _oven(self, number: int) -> None:
        self._parts.append(
            f'<stock name="oven {number}"><eqn>0</eqn><inflow>put {number}</inflow>'
            f"<outflow>taken {number}</outflow><isee:oven><len>1</len><capacity>3</capacity>"
            f"<fill_time>0.5</fill_time></isee:oven></stock>"
            f'<flow name="put {number}"><eqn>ABS({xml_text(self._value(1))})</eqn></flow>'
            f'<flow name="taken {number}"/>'
        )
        self._known.append(f"oven_{number}")

    def _deep(self, number: int) -> None:
        name, inner = f"outer {number}", f"inner {number}"
        self._parts.append(
            f'<module name="{name}"><connect to="{name}.fed" from="constant_0"/></module>'
        )
        self._models += [
            f'<model name="{name}"><variables><aux name="fed" access="input"><eqn>0</eqn></aux>'
            f'<module name="{inner}"><connect to="{inner}.given" from="doubled"/></module>'
            '<aux name="doubled"><eqn>fed * 2</eqn></aux>'
            f'<aux name="passed" access="output"><eqn>inner_{number}.sums + fed</eqn></aux>'
            "</variables></model>",
            f'<model name="{inner}"><variables><aux name="given" access="input"><eqn>0</eqn></aux>'
            f'<stock name="store"><dimensions><dim name="k"/></dimensions><eqn>k</eqn>'
            "<outflow>spent</outflow></stock>"
            f'<flow name="spent"><dimensions><dim name="k"/></dimensions><eqn>store / 4 + '
            f"{xml_text(self._value(1, ['given', 'TIME']))}</eqn></flow>"
            '<aux name="sums" access="output"><eqn>SUM(store)</eqn></aux></variables></model>',
        ]
        self._known.append(f"{name.replace(' ', '_')}.passed")

    def _vector(self, number: int) -> None:
        self._shaped(f"row {number}", "k", f"<eqn>{xml_text(self._value(1))} + SIN(k * TIME)</eqn>")
        row = f"row_{number}"
        self._plain(
            "of row",
            number,
            self._random.choice(
                [
                    f"RANK({row}, 2)",
                    f"STDDEV({row})",
                    f"PROD({row})",
                    f"SUM({row}[1:2])",
                    f"SIZE({row}) + {row}[constant_0]",
                    f"MIN({row}) + MAX({row}[*])",
                    f"INTERPOLATE({row}, 0.4)",
                    f"SUM({row} * {row})",
                    f"{row}[k.x_3]",
                ]
            ),
        )
        self._shaped(f"shifted {number}", "k", f"<eqn>{row}[k - 1] + {row}[x_1]</eqn>")
        self._known.append(f"shifted_{number}[x_2]")

    def _start(self, number: int) -> None:
        name = f"begun {number}"
        self._add(
            name,
            f'<aux name="{name}"><eqn>{xml_text(self._value(2))}</eqn>'
            f"<init_eqn>{self._random.choice(['2', 'constant_0'])}</init_eqn></aux>",
        )

    def _rate(self, number: int) -> None:
        """A stock that flows into another, with a flow that is a graph."""
        gf = "<gf><xpts>-1,0,2</xpts><ypts>0.2,0,0.5</ypts></gf>"
        self._parts.append(
            f'<stock name="from {number}"><eqn>5</eqn><outflow>moved {number}</outflow>'
            "<non_negative/></stock>"
            f'<stock name="to {number}"><eqn>0</eqn><inflow>moved {number}</inflow></stock>'
            f'<flow name="moved {number}"><eqn>{xml_text(self._value(1))}</eqn>{gf}'
            "<non_negative/></flow>"
        )
        self._known += [f"to_{number}", f"moved_{number}"]

    def _posted(self, number: int) -> None:
        name = f"watched {number}"
        self._add(
            name,
            f'<aux name="{name}"><eqn>{xml_text(self._value(1))}</eqn>'
            '<range min="-1" max="9"/><scale min="-2" max="5"/><format precision="0.01"/>'
            '<event_poster min="0" max="5"><threshold value="2"><event><text>Two.</text></event>'
            "</threshold></event_poster></aux>",
        )

    def _parted(self, number: int) -> None:
        """A name with a line break and letters beyond English, used in other spellings."""
        name = f"Größe\\nof {number}"
        self._parts.append(f'<aux name="{name}"><eqn>{xml_text(self._value(1))}</eqn></aux>')
        self._known += [f"größe_OF_{number}", f'"GRÖSSE_of_{number}"'.replace("SS", "ß")]
