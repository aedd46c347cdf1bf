"""What the writers of random models share: names, shapes and expressions."""

from __future__ import annotations

from random import Random
from typing import ClassVar

from dialect_models.forms import Chooser, Form

ELEMENTS = {"Item": ("pa", "pb", "pc"), "Area": ("r1", "r2")}
SHAPES: tuple[tuple[str, ...], ...] = ((), (), (), ("Item",), ("Item",), ("Area", "Item"))


class Writer:
    """Writes one model: auxiliaries refer to earlier ones, and to any stock or constant.

    ``text`` is the model and ``constants`` the names of what may be set. Two models of three
    have arrays. ``fixed`` gives the element of a dimension that an equation is written for.
    """

    suffix: ClassVar[str]
    forms: ClassVar[tuple[Form, ...]]
    times: ClassVar[tuple[Form, ...]]
    aggregates: ClassVar[tuple[str, ...]]
    every: ClassVar[str]
    """The subscript of an aggregate over a dimension, which goes where ``{}`` is."""
    scalars_only: ClassVar[frozenset[str]] = frozenset()
    """Tools that do not read this dialect's arrays."""

    def __init__(self, seed: int, tool: str) -> None:
        self.random = Random(seed)
        self.tool = tool
        self.chooser = Chooser(self.random, self.forms, self.times, tool)
        self.arrays = seed % 3 > 0 and tool not in self.scalars_only
        self.shapes: dict[str, tuple[str, ...]] = {}
        self.fixed: dict[str, str] = {}
        stocks = [self.declare("stk") for _ in range(self.random.randint(1, 3))]
        self.constants = [self.declare("con") for _ in range(self.random.randint(1, 4))]
        for name in self.constants:
            self.constant(name)
        seen = [*stocks, *self.constants]
        for _ in range(self.random.randint(4, 10)):
            name = self.declare("aux")
            self.auxiliary(name, seen)
            seen.append(name)
        for name in stocks:
            self.stock(name, seen)
        self.text = self.finished()

    def constant(self, name: str) -> None:
        """Write a constant."""
        raise NotImplementedError

    def auxiliary(self, name: str, seen: list[str]) -> None:
        """Write an auxiliary that refers to what is ``seen``."""
        raise NotImplementedError

    def stock(self, name: str, seen: list[str]) -> None:
        """Write a stock and what it changes by."""
        raise NotImplementedError

    def finished(self) -> str:
        """Return the model."""
        raise NotImplementedError

    def remembered(self, owner: str, written: str) -> str:
        """Return how an expression with a memory stands in the equation of ``owner``."""
        del owner
        return written

    def declare(self, kind: str) -> str:
        """Give a new variable a name and dimensions."""
        name = f"{kind}{len(self.shapes)}"
        self.shapes[name] = self.random.choice(SHAPES) if self.arrays else ()
        return name

    def step(self) -> str:
        """Return the step of the run, exact in binary, since both tools add up their steps."""
        return self.random.choice(["1", "0.5", "0.25", "0.125"])

    def head(self, name: str) -> str:
        """Return a variable with its dimensions."""
        shape = self.shapes[name]
        return f"{name}[{', '.join(shape)}]" if shape else name

    def number(self) -> str:
        """Return a constant's value."""
        return f"{self.random.uniform(-4, 4):.3f}"

    def expression(self, owner: str, names: list[str], depth: int, *, static: bool = False) -> str:
        """Write an expression in the equation of ``owner``; ``static`` ones know no time."""
        if depth == 0 or self.random.random() < 0.12:
            return self.leaf(owner, names, static=static)
        form = self.chooser.form(static=static)
        inner = [
            self.expression(owner, names, depth - 1, static=static) for _ in range(form.places)
        ]
        written = f"({form.text.format(*inner)})"
        return self.remembered(owner, written) if form.memory else written

    def leaf(self, owner: str, names: list[str], *, static: bool) -> str:
        """Write a number, time, a variable's element or an aggregate."""
        random = self.random
        kind = random.random()
        if kind < 0.15:
            return f"{random.uniform(0, 3):.3f}"
        if kind < 0.25 and not static:
            return self.chooser.time()
        name = random.choice(names)
        subscripts, aggregate = [], False
        for dimension in self.shapes[name]:
            element = random.choice(ELEMENTS[dimension])
            follow = dimension in self.shapes[owner]
            other = self.fixed.get(dimension, dimension) if follow else self.every.format(dimension)
            subscripts.append(random.choice([element, other, other]))
            aggregate |= not follow and subscripts[-1] == other
        written = f"{name}[{', '.join(subscripts)}]" if subscripts else name
        return f"{random.choice(self.aggregates)}({written})*0.3" if aggregate else written
