"""Random models as files of other tools, with what their formats have beyond equations.

XMILE: modules, macros, belts, queues, limits at zero, graphical functions of every kind, groups,
units, documentation. Vensim: ranges within ranges, mappings, exceptions, macros, lookups, values at
the start, memory, groups. Random functions are left to their own tests: draws differ by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Kind = Callable[[int], None]
UNITS = ("kg", "kg/Month", "1", "")
_NUMBERS = ("0.5", "2", "-1.25", "3", "0.1")
_ONE = ("ABS({})", "SIN({})", "EXP(-ABS({}))", "INT({})", "SQRT(ABS({}))", "(-{})")
_TWO = (
    *("({} + {})", "({} - {})", "({} * {}) / 7", "MIN({}, {})", "MAX({}, {})", "({} > {})"),
    *("({} MOD 3.7) * SIN({})", "DELAY1({}, 3, {})", "SMTH1({}, 2, {})", "PREVIOUS({}, {})"),
    *("DELAY({}, 0.75, {})", "SMTH3({}, 3, {})", "({} // INT({}))"),
)
_VENSIM_TWO = (
    *("({} + {})", "({} - {})", "({} * {}) / 7", "MIN({}, {})", "MAX({}, {})"),
    *("MODULO({}, 3.7) * SIN({})", "IF THEN ELSE({} > {}, 1, 2)", "ZIDZ({}, INTEGER({}))"),
    *("SMOOTHI({}, 2, {})", "DELAY1I({}, 3, {})", "XIDZ({}, {}, 4)"),
)
_VENSIM_ONE = ("ABS({})", "SIN({})", "EXP(-ABS({}))", "INTEGER({})", "SQRT(ABS({}))", "(-{})")


class Xmile:
    """One model of XMILE's, as text. Auxiliaries refer to what stands before them."""

    dimensions = '<dim name="d"><elem name="a"/><elem name="b"/></dim>'

    def __init__(self, random: Random, size: int) -> None:
        self._random = random
        self._known = ["TIME"]
        self._arrays: list[str] = []
        self._parts: list[str] = []
        self._models: list[str] = []
        self._groups: list[str] = []
        self.begin()
        kinds = self.kinds()
        for number in range(size):
            random.choice(kinds)(number)

    def begin(self) -> None:
        """Add what equations refer to."""
        for number in range(self._random.randint(1, 3)):
            self._plain("constant", number, self._random.choice(_NUMBERS))

    def kinds(self) -> list[Kind]:
        """Return what a variable may be."""
        return [
            *(self._aux, self._array, self._graph, self._tank, self._belt, self._queue),
            *(self._module, self._call),
        ]

    @property
    def text(self) -> str:
        """The file."""
        groups = "".join(
            f'<group name="{name}"><entity name="{member}"/></group>'
            for name, member in zip(("First", "Second part"), self._groups, strict=False)
        )
        dimensions = f"<dimensions>{self.dimensions}</dimensions>"
        macro = (
            '<macro name="half of"><parm>p</parm><parm default="0.25">q</parm>'
            "<eqn>kept + p * q</eqn>"
            '<variables><stock name="kept"><eqn>p</eqn><inflow>flowing</inflow></stock>'
            '<flow name="flowing"><eqn>SIN(p)</eqn></flow></variables></macro>'
        )
        return (
            '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0" '
            'xmlns:isee="http://iseesystems.com/XMILE">'
            '<header><name>m</name></header><sim_specs method="Euler" time_units="Month">'
            f"<start>0</start><stop>6</stop><dt>0.25</dt></sim_specs>{dimensions}"
            f"<model><variables>{''.join(self._parts)}{groups}</variables></model>"
            f"{''.join(self._models)}{macro}</xmile>"
        )

    def _value(self, depth: int, known: list[str] | None = None) -> str:
        random = self._random
        if depth == 0 or random.random() < 0.2:
            names = self._known if known is None else known
            return random.choice([*names, *names, random.choice(_NUMBERS)])
        if random.random() < 0.4:
            return random.choice(_ONE).format(self._value(depth - 1, known))
        pair = (self._value(depth - 1, known), self._value(depth - 1, known))
        return random.choice(_TWO).format(*pair)

    def _more(self) -> str:
        random = self._random
        unit = random.choice(UNITS)
        text = f"<units>{unit}</units>" if unit else ""
        return text + random.choice(["", "<doc>What it is: &lt;this&gt; | that.</doc>"])

    def _add(self, name: str, element: str) -> str:
        self._parts.append(element)
        self._known.append(name.replace(" ", "_"))
        if self._random.random() < 0.3:
            self._groups.append(name)
        return name

    def _plain(self, label: str, number: int, equation: str) -> str:
        name = f"{label} {number}"
        return self._add(
            name, f'<aux name="{name}"><eqn>{xml_text(equation)}</eqn>{self._more()}</aux>'
        )

    def _aux(self, number: int) -> None:
        self._plain("aux", number, self._value(3))

    def _array(self, number: int) -> None:
        name = f"array {number}"
        cells = "".join(
            f'<element subscript="{e}"><eqn>{xml_text(self._value(2))}</eqn></element>'
            for e in "ab"
        )
        whole = f"<eqn>{xml_text(self._value(2))} + d</eqn>"
        body = cells if self._random.random() < 0.5 else whole
        self._parts.append(
            f'<aux name="{name}"><dimensions><dim name="d"/></dimensions>{body}</aux>'
        )
        self._known += [f"SUM({name.replace(' ', '_')}[*])", f"{name.replace(' ', '_')}[b]"]

    def _graph(self, number: int) -> None:
        random = self._random
        kind = random.choice(["continuous", "extrapolate", "discrete"])
        scale = random.choice(["", '<yscale min="-9" max="9"/>'])
        points = f'<gf type="{kind}">{scale}<xpts>-1,0,2.5</xpts><ypts>3,-1,4</ypts></gf>'
        name = f"graph {number}"
        equation = xml_text(self._value(1))
        self._add(name, f'<aux name="{name}"><eqn>{equation}</eqn>{points}{self._more()}</aux>')

    def _tank(self, number: int) -> None:
        random = self._random
        name, flow, other = f"tank {number}", f"drain {number}", f"filling {number}"
        bound = random.choice(["", "<non_negative/>"])
        for each in (flow, other):
            mark = random.choice(["", "<non_negative/>"])
            equation = xml_text(self._value(2))
            self._add(each, f'<flow name="{each}"><eqn>{equation}</eqn>{mark}{self._more()}</flow>')
        self._parts.append(
            f'<stock name="{name}"><eqn>{random.choice(_NUMBERS[:2])}</eqn><inflow>{other}</inflow>'
            f"<outflow>{flow}</outflow>{bound}</stock>"
        )
        self._known.append(name.replace(" ", "_"))

    def _belt(self, number: int) -> None:
        random = self._random
        name = f"belt {number}"
        leaks = random.random() < 0.5
        options = random.choice(["", "<capacity>9</capacity>", "<in_limit>2</in_limit>"])
        leak = f"<outflow>lost {number}</outflow>" if leaks else ""
        self._parts.append(
            f'<stock name="{name}"><eqn>3</eqn><inflow>in {number}</inflow>'
            f"<outflow>out {number}</outflow>{leak}"
            f"<conveyor><len>{random.choice(['1', '2.5'])}</len>{options}</conveyor></stock>"
            f'<flow name="out {number}"/>'
        )
        equation = xml_text(self._value(2))
        self._parts.append(f'<flow name="in {number}"><eqn>{equation}</eqn></flow>')
        if leaks:
            self._parts.append(f'<flow name="lost {number}"><eqn>0.3</eqn><leak/></flow>')
        self._known.append(f"belt_{number}")

    def _queue(self, number: int) -> None:
        self._parts.append(
            f'<stock name="line {number}"><eqn>1</eqn><inflow>come {number}</inflow>'
            f"<outflow>go {number}</outflow><queue/></stock>"
            f'<flow name="come {number}"><eqn>ABS({xml_text(self._value(1))})</eqn></flow>'
            f'<flow name="go {number}"/><stock name="desk {number}"><eqn>0</eqn>'
            f"<inflow>go {number}</inflow><outflow>done {number}</outflow><conveyor><len>1</len>"
            f'<capacity>2</capacity></conveyor></stock><flow name="done {number}"/>'
        )

    def _module(self, number: int) -> None:
        name = f"part {number}"
        source = self._random.choice(self._known[1:])
        if any(mark in source for mark in '[.("'):
            source = "constant_0"
        self._parts.append(
            f'<module name="{name}"><connect to="{name}.given" from="{source}"/></module>'
        )
        self._models.append(
            f'<model name="{name}"><variables><aux name="given" access="input"><eqn>0</eqn></aux>'
            '<stock name="held"><eqn>given</eqn><outflow>off</outflow></stock><flow name="off">'
            f"<eqn>{xml_text(self._value(1, ['held', 'given']))}</eqn></flow>"
            '<aux name="told" access="output"><eqn>held * 2</eqn></aux></variables></model>'
        )
        self._known.append(f"{name.replace(' ', '_')}.told")

    def _call(self, number: int) -> None:
        more = self._random.choice(["", ", 0.75"])
        self._plain("called", number, f"half_of({self._value(1)}{more})")


class Vensim:
    """One model of Vensim's, as text."""

    def __init__(self, random: Random, size: int) -> None:
        self._random = random
        self._known = ["Time", "first constant"]
        self._over: list[str] = []
        self._lines: list[str] = []
        self.begin()
        kinds = self.kinds()
        for number in range(size):
            random.choice(kinds)(number)

    def begin(self) -> None:
        """Add ranges, constants and tables that equations refer to."""
        self._lines += [
            "all: (a1-a4) ~~|",
            "some: a1, a3 ~~|",
            "rest: a2, a4 ~~|",
            "other: b1, b2 -> (some: a3, a1) ~~|",
            "first constant = 1.5 ~ kg ~ Given. |",
            "by all[all] = 1, -2, 3, 0.5 ~~|",
            "of two[some, other] = 1, 2; 3, 4; ~~|",
            "table([(0,-5)-(9,5)], (-1, 3), (0, -1), (2.5, 4)) ~~|",
        ]
        self._over += ["by all[{}]"]

    def kinds(self) -> list[Kind]:
        """Return what an equation may be."""
        return [
            *(self._aux, self._array, self._parts_of_array, self._excepted, self._mapped),
            *(self._stock, self._with_lookup, self._start, self._call, self._memory, self._group),
        ]

    def macros(self) -> str:
        """Return the macros."""
        return (
            ":MACRO: HALF OF(p, q)\nHALF OF = kept + p * q ~~|\nkept = INTEG(SIN(p), p) ~~|\n"
            ":END OF MACRO:\n"
        )

    @property
    def text(self) -> str:
        """The file."""
        control = (
            "FINAL TIME = 6 ~ Month ~|\nINITIAL TIME = 0 ~ Month ~|\nTIME STEP = 0.25 ~ Month ~|\n"
            "SAVEPER = TIME STEP ~ Month ~|\n"
        )
        return "{UTF-8}\n" + self.macros() + "\n".join(self._lines) + "\n" + control

    def _value(self, depth: int, element: str = "") -> str:
        random = self._random
        if depth == 0 or random.random() < 0.2:
            arrays = [name.format(element or "a2") for name in self._over]
            sums = [f"SUM({name.format('some!')})" for name in self._over]
            return random.choice([*self._known, *arrays, *sums, random.choice(_NUMBERS)])
        if random.random() < 0.4:
            return random.choice(_VENSIM_ONE).format(self._value(depth - 1, element))
        pair = self._value(depth - 1, element), self._value(depth - 1, element)
        return random.choice(_VENSIM_TWO).format(*pair)

    def _end(self) -> str:
        return self._random.choice(["~~|", "~ kg ~|", "~ kg/Month [0,?] ~ What it is. |"])

    def _aux(self, number: int) -> None:
        self._lines.append(f"aux {number} = {self._value(3)} {self._end()}")
        self._known.append(f"aux {number}")

    def _array(self, number: int) -> None:
        self._lines.append(f"array {number}[all] = {self._value(2, 'all')} + all {self._end()}")
        self._over.append(f"array {number}[{{}}]")

    def _parts_of_array(self, number: int) -> None:
        name = f"merged {number}"
        self._lines.append(f"{name}[some] = {self._value(2, 'some')} ~~|")
        self._lines.append(f"{name}[rest] = {self._value(2, 'rest')} {self._end()}")
        self._over.append(f"{name}[{{}}]")

    def _excepted(self, number: int) -> None:
        name = f"all but {number}"
        self._lines.append(f"{name}[all] :EXCEPT: [some] = {self._value(2, 'all')} ~~|")
        self._lines.append(f"{name}[a1] = {self._value(1)} ~~|")
        self._lines.append(f"{name}[a3] = {self._value(1)} {self._end()}")
        self._over.append(f"{name}[{{}}]")

    def _mapped(self, number: int) -> None:
        value = re.sub(r"SUM\((?=[^]]*some!)", "ABS(", self._value(1, "some"))
        value = value.replace("some!", "some")
        self._lines.append(f"mapped {number}[other] = of two[a1, other] + {value} {self._end()}")
        self._known.append(f"mapped {number}[b2]")

    def _stock(self, number: int) -> None:
        over, element = self._random.choice([("", ""), ("[all]", "all")])
        name = f"stock {number}"
        rate = f"SIN({self._value(2, element)}) - {name}{over} / 5"
        self._lines.append(f"{name}{over} = INTEG({rate}, 2) {self._end()}")
        self._over.append(f"{name}[{{}}]") if over else self._known.append(name)

    def _with_lookup(self, number: int) -> None:
        points = "([(0,0)-(4,4)], (0, 1), (2, 0), (4, 3))"
        self._lines.append(
            f"curve {number} = WITH LOOKUP({self._value(1)}, {points}) {self._end()}"
        )
        self._lines.append(f"read {number} = table({self._value(1)}) ~~|")
        self._known += [f"curve {number}", f"read {number}"]

    def _start(self, number: int) -> None:
        self._lines.append(
            f"begun {number} = ACTIVE INITIAL({self._value(2)}, first constant) {self._end()}"
        )
        self._known.append(f"begun {number}")

    def _memory(self, number: int) -> None:
        form = self._random.choice(
            [
                *("DELAY FIXED({}, 0.75, {})", "SAMPLE IF TRUE(SIN(Time) > 0.3, {}, {})"),
                *("SMOOTH3I({}, 2, {})", "DELAY3I({}, 2, {})"),
            ]
        )
        value = form.format(self._value(1), self._random.choice(_NUMBERS))
        self._lines.append(f"memory {number} = {value} {self._end()}")
        self._known.append(f"memory {number}")

    def _call(self, number: int) -> None:
        self._lines.append(f"called {number} = HALF OF({self._value(1)}, 0.5) {self._end()}")
        self._known.append(f"called {number}")

    def _group(self, number: int) -> None:
        stars = "*" * 56
        self._lines.append(f"{stars}\n\t.group {number}\n{stars}~\n\t\tAbout it.\n\t|\n")
        self._aux(number + 1000)


def xml_text(text: str) -> str:
    """Write an equation between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
