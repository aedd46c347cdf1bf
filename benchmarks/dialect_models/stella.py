"""Random models as Stella writes them: XMILE with arrays, Euler's method or Runge-Kutta's."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from xml.sax.saxutils import escape

from dialect_models.forms import PYSD, STELLA, STELLA_TIMES
from dialect_models.writing import ELEMENTS, Writer

HEAD = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><vendor>isee systems, inc.</vendor>
<product version="1.9" lang="en">Stella Professional</product><name>random</name></header>
<sim_specs method="{method}" time_units="Months"><start>0</start><stop>10</stop><dt>{step}</dt>
</sim_specs>
{dimensions}<model><variables>
<aux name="tab"><eqn>TIME</eqn><gf><xscale min="-2" max="4"/><ypts>1,3,-1,2</ypts></gf></aux>
"""
DIMENSIONS = "".join(
    f'<dim name="{name}">' + "".join(f'<elem name="{e}"/>' for e in elements) + "</dim>"
    for name, elements in ELEMENTS.items()
)


class StellaWriter(Writer):
    """Writes XMILE, with arrays by one equation or by one for each element."""

    suffix = ".stmx"
    forms = STELLA
    times = STELLA_TIMES
    every = "*"
    aggregates = ("SUM", "MIN", "MAX", "MEAN")
    scalars_only = frozenset({PYSD})

    def __init__(self, seed: int, tool: str) -> None:
        self.variables: list[str] = []
        super().__init__(seed, tool)

    def constant(self, name: str) -> None:
        """Write a number for each element."""
        self.add("aux", name, self.number, apart=True)

    def auxiliary(self, name: str, seen: list[str]) -> None:
        """Write one equation or more."""
        apart = self.random.random() < 0.3
        self.add("aux", name, lambda: self.expression(name, seen, 3), apart=apart)

    def stock(self, name: str, seen: list[str]) -> None:
        """Write a stock with its two flows."""
        into, out = f"in{name}", f"out{name}"
        self.shapes[into] = self.shapes[out] = self.shapes[name]
        self.add(
            "stock",
            name,
            lambda: self.expression(name, self.constants, 1, static=True),
            more=f"<inflow>{into}</inflow><outflow>{out}</outflow>",
        )
        self.add("flow", into, lambda: self.expression(into, seen, 2))
        self.add("flow", out, lambda: f"0.1*{self.head(name)} + {self.expression(out, seen, 1)}")

    def add(
        self, kind: str, name: str, write: Callable[[], str], *, apart: bool = False, more: str = ""
    ) -> None:
        """Write a variable: with one equation, or ``apart``, with one for each element."""
        shape = self.shapes[name]
        dimensions = "".join(f'<dim name="{d}"/>' for d in shape)
        if shape:
            dimensions = f"<dimensions>{dimensions}</dimensions>"
        if not (apart and shape):
            equations = f"<eqn>{escape(write())}</eqn>"
        else:
            equations = ""
            for elements in product(*(ELEMENTS[d] for d in shape)):
                self.fixed = dict(zip(shape, elements, strict=True))
                equation = f"<eqn>{escape(write())}</eqn>"
                equations += f'<element subscript="{", ".join(elements)}">{equation}</element>'
            self.fixed = {}
        self.variables.append(f'<{kind} name="{name}">{dimensions}{equations}{more}</{kind}>\n')

    def finished(self) -> str:
        """Return the model, its variables in any order."""
        self.random.shuffle(self.variables)
        head = HEAD.format(
            method="Euler" if self.tool == PYSD else self.random.choice(["Euler", "Euler", "RK4"]),
            step=self.step(),
            dimensions=f"<dimensions>{DIMENSIONS}</dimensions>\n" if self.arrays else "",
        )
        return head + "".join(self.variables) + "</variables></model></xmile>\n"
