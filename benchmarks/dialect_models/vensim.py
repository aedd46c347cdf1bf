"""Random Vensim models: all functions of ``forms``, with arrays of one and two dimensions."""

from __future__ import annotations

from dialect_models.forms import VENSIM, VENSIM_TIMES
from dialect_models.writing import ELEMENTS, Writer

END = " ~~|\n"
HEAD = (
    "{UTF-8}\n"
    + "".join(f"{name}: {', '.join(elements)}{END}" for name, elements in ELEMENTS.items())
    + f"lx([(0,0)-(10,10)],(-1,2.5),(0.5,0.25),(2,1.5)){END}"
    + f"tab((-2,1),(0,3),(1,-1),(5,2)){END}"
)
SKETCH = "\n\\\\\\---/// Sketch information - do not modify anything except names\nV300\n"


def settings(step: str, stop: int = 10) -> str:
    """Return the settings of a run from 0, every step of which is saved."""
    return (
        f"INITIAL TIME = 0{END}FINAL TIME = {stop}{END}TIME STEP = {step}{END}"
        f"SAVEPER = TIME STEP{END}"
    )


class VensimWriter(Writer):
    """Writes Vensim models; a function with a memory has an equation of its own, as there."""

    suffix = ".mdl"
    forms = VENSIM
    times = VENSIM_TIMES
    every = "{}!"
    aggregates = ("SUM", "VMIN", "VMAX")

    def __init__(self, seed: int, tool: str) -> None:
        self.equations: list[str] = []
        super().__init__(seed, tool)

    def constant(self, name: str) -> None:
        """Write a number, a row of numbers, or a table of them."""
        shape = self.shapes[name]
        columns = ELEMENTS[shape[-1]] if shape else ("",)
        rows = ELEMENTS[shape[0]] if len(shape) == 2 else ("",)
        table = [",".join(self.number() for _ in columns) for _ in rows]
        written = "".join(row + ";" for row in table) if len(shape) == 2 else table[0]
        self.equations.append(f"{self.head(name)} = {written}")

    def auxiliary(self, name: str, seen: list[str]) -> None:
        """Write one equation, or one for each element of the first dimension."""
        shape = self.shapes[name]
        if not shape or self.random.random() > 0.3:
            self.equations.append(f"{self.head(name)} = {self.expression(name, seen, 3)}")
            return
        for element in ELEMENTS[shape[0]]:
            self.fixed = {shape[0]: element}
            head = ",".join((element, *shape[1:]))
            self.equations.append(f"{name}[{head}] = {self.expression(name, seen, 2)}")
        self.fixed = {}

    def stock(self, name: str, seen: list[str]) -> None:
        """Write a stock with its rate."""
        own = self.head(name)
        rate = f"{self.expression(name, seen, 2)} - 0.1*{own}"
        start = self.expression(name, self.constants, 1, static=True)
        self.equations.append(f"{own} = INTEG({rate}, {start})")

    def remembered(self, owner: str, written: str) -> str:
        """Give it a variable of its own."""
        name = f"mem{len(self.shapes)}"
        shape = self.shapes[owner]
        self.shapes[name] = shape
        inside = ",".join(self.fixed.get(d, d) for d in shape)
        self.equations.append(f"{name}[{inside}] = {written}" if shape else f"{name} = {written}")
        return f"{name}[{inside}]" if shape else name

    def finished(self) -> str:
        """Return the model, its equations in any order."""
        self.random.shuffle(self.equations)
        return HEAD + "".join(e + END for e in self.equations) + settings(self.step()) + SKETCH
