"""Random models as text: every kind of equation, arrays small and large, delays, memory."""

from __future__ import annotations

from random import Random

DIMENSIONS = {
    "small": tuple(f"s{k}" for k in range(2)),
    "large": tuple(f"l{k}" for k in range(17)),
}
UNARY = ["ABS({})", "-({})", "EXP(-ABS({}))", "SQRT(ABS({}))", "SIN({})", "INT({})", "NOT ({})"]
BINARY = [
    "({} + {})",
    "({} - {})",
    "({} * {}) / 7",
    "({} / (2 + ABS({})))",
    "({} // INT({}))",
    "({} MOD 3.7) * SIN({})",
    "MIN({}, {})",
    "MAX({}, {})",
    "({} > {})",
    "({} <= {} AND TIME > 3)",
    "({} <> {})",
    "SMTH1({}, 2 + ABS({}))",
    "DELAY1({}, 3, {})",
    "PREVIOUS({}, {})",
]
TERNARY = ["(IF {} > {} THEN {} ELSE 1.5)"]


class Writer:
    """Writes one model. Auxiliaries refer to earlier ones and to any stock or constant."""

    def __init__(self, random: Random, size: int) -> None:
        self.random = random
        self.shapes: dict[str, tuple[str, ...]] = {}
        self.lines: list[str] = []
        stocks = [self.declare("stock") for _ in range(random.randint(1, 4))]
        constants = [self.declare("constant") for _ in range(random.randint(1, 4))]
        for name in constants:
            self.lines.append(f"constant {self.head(name)} = {random.uniform(-4, 4):.3f}")
        self.lines.append("graph g = (-2, 1) (0, 3) (1, -1) (5, 2)")
        before = [*stocks, *constants]
        auxiliaries = []
        for _ in range(size):
            name = self.declare("aux")
            self.lines.append(f"aux {self.head(name)} = {self.expression(name, before, 3)}")
            before.append(name)
            auxiliaries.append(name)
        for name in stocks:
            start = self.expression(name, constants, 1, static=True)
            up = self.expression(name, before, 2)
            down = self.expression(name, before, 1)
            self.lines.append(f"stock {self.head(name)} = {start}; + SIN({up}); - 0.1 * ({down})")
        random.shuffle(self.lines)

    @property
    def text(self) -> str:
        """The model."""
        return "\n".join(self.lines)

    def declare(self, kind: str) -> str:
        """Give a new variable a name and dimensions."""
        name = f"{kind}{len(self.shapes)}"
        self.shapes[name] = self.random.choice(
            [(), (), (), ("small",), ("small",), ("large",), ("large", "small")]
        )
        return name

    def head(self, name: str) -> str:
        """The left side of an equation."""
        shape = self.shapes[name]
        return f"{name}[{', '.join(shape)}]" if shape else name

    def expression(self, owner: str, names: list[str], depth: int, *, static: bool = False) -> str:
        """Write an expression for ``owner``; ``static`` ones have no memory."""
        random = self.random
        if depth == 0 or random.random() < 0.15:
            return self.leaf(owner, names)
        forms = random.choice([UNARY, BINARY, BINARY, TERNARY])
        form = random.choice(forms)
        while static and form.startswith(("SMTH", "DELAY", "PREV")):
            form = random.choice(forms)
        count = form.count("{}")
        inner = [self.expression(owner, names, depth - 1, static=static) for _ in range(count)]
        return form.format(*inner)

    def leaf(self, owner: str, names: list[str]) -> str:
        """Write a number, a name with subscripts, a look-up or an aggregate."""
        random, shape = self.random, self.shapes[owner]
        kind = random.random()
        if kind < 0.15 or not names:
            return f"{random.uniform(-3, 3):.3f}"
        if kind < 0.25:
            return random.choice(["TIME / 4", "STEP(2, 3.5)", *shape])
        name = random.choice(names)
        subscripts = []
        starred = False
        for dimension in self.shapes[name]:
            choices = [random.choice(DIMENSIONS[dimension]), "*"]
            if dimension in shape:
                choices += [dimension, dimension, f"{dimension} - 1"]
            subscripts.append(random.choice(choices))
            starred = starred or subscripts[-1] == "*"
        written = f"{name}[{', '.join(subscripts)}]" if subscripts else name
        if starred:
            function = random.choice(["SUM", "MEAN", "MAX", "MIN"])
            written = f"{function}({written} * 0.3)"
        return f"g({written})" if kind > 0.9 else f"INIT({written})" if kind > 0.85 else written
