"""Random models as Stella writes them: XMILE with arrays, graphs and modules.

Steps are Euler's or Runge-Kutta's.
"""

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
        self.models: list[str] = []
        super().__init__(seed, tool)

    def constant(self, name: str) -> None:
        """Write a number for each element."""
        self.add("aux", name, self.number, apart=True)

    def auxiliary(self, name: str, seen: list[str]) -> None:
        """Write one equation or more, some through a graph, or one of a module's output."""
        scalars = [n for n in seen if not self.shapes[n]]
        kind = self.random.random()
        if kind < 0.1 and self.tool != PYSD and scalars and not self.shapes[name]:
            self.module(name, self.random.choice(scalars))
            return
        if kind < 0.25:
            self.add("aux", name, lambda: self.expression(name, seen, 2), apart=True, bent=True)
            return
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

    def module(self, name: str, source: str) -> None:
        """Write a module that is given one variable, with one in it, and what it tells."""
        part, inner = f"part{name}", f"inner{name}"
        self.variables.append(
            f'<module name="{part}">{connect(f"{part}.given", source)}</module>\n'
        )
        self.models.append(
            f'<model name="{part}"><variables><aux name="given" access="input"><eqn>0</eqn></aux>'
            f'<module name="{inner}">{connect(f"{inner}.fed", "twice")}</module>'
            f'<aux name="twice"><eqn>2*given</eqn></aux><aux name="told" access="output">'
            f"<eqn>{inner}.held - given</eqn></aux></variables></model>\n"
            f'<model name="{inner}"><variables><aux name="fed" access="input"><eqn>0</eqn></aux>'
            f'<stock name="held"><eqn>{self.number()}</eqn><inflow>rise</inflow></stock>'
            f'<flow name="rise"><eqn>SIN(fed) - held/3</eqn></flow></variables></model>\n'
        )
        self.add("aux", name, lambda: f"{part}.told + {self.number()}")

    def graph(self) -> str:
        """Return a graphical function."""
        points = ",".join(self.number() for _ in range(3))
        return (
            f'<gf><xscale min="-2" max="{self.random.choice([1, 3])}"/><ypts>{points}</ypts></gf>'
        )

    def add(
        self,
        kind: str,
        name: str,
        write: Callable[[], str],
        *,
        apart: bool = False,
        bent: bool = False,
        more: str = "",
    ) -> None:
        """Write a variable: with one equation, or ``apart``, with one for each element.

        What is ``bent`` goes through a graphical function of its own.
        """
        shape = self.shapes[name]
        dimensions = "".join(f'<dim name="{d}"/>' for d in shape)
        if shape:
            dimensions = f"<dimensions>{dimensions}</dimensions>"
        if not (apart and shape):
            equations = f"<eqn>{escape(write())}</eqn>" + (self.graph() if bent else "")
        else:
            equations = ""
            for elements in product(*(ELEMENTS[d] for d in shape)):
                self.fixed = dict(zip(shape, elements, strict=True))
                equation = f"<eqn>{escape(write())}</eqn>" + (self.graph() if bent else "")
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
        ends = "</variables></model>\n" + "".join(self.models) + "</xmile>\n"
        return head + "".join(self.variables) + ends


def connect(to: str, source: str) -> str:
    """Return how a variable of a module gets its value."""
    return f'<connect to="{to}" from="{source}"/>'
