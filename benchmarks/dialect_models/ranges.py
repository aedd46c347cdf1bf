"""Random Vensim models with many kinds of subscripts.

Subranges, exceptions, mappings to one and to many elements, aliases, ranges of numbers, elements
that refer to the one before, tables that are defined in parts, look-ups by element, macros, arrays
that remember, and functions of vectors.
"""

from __future__ import annotations

from random import Random

from dialect_models.forms import PYSD, SIMLIN
from dialect_models.vensim import END, SKETCH, settings

ITEMS = ("pa", "pb", "pc", "pd")
AREAS = ("r1", "r2", "r3")
MACRO = (
    f":MACRO: HALF OF(p, q)\nHALF OF = kept + p*q{END}kept = INTEG(SIN(p), p){END}:END OF MACRO:\n"
)
HEAD = (
    "{UTF-8}\n"
    + MACRO
    + "".join(
        line + END
        for line in (
            f"Item: {', '.join(ITEMS)}",
            "Low: pa, pb",
            "High: pc, pd",
            "Other: oa, ob, oc, od -> Item",
            "Area: (r1-r3)",
            "Alias <-> Item",
            "Coarse: c1, c2 -> (Item: Low, High)",
            "Next: pb, pc, pd",
            "Previous: pa, pb, pc -> Next",
            "tab((-2,1),(0,3),(1,-1),(5,2))",
            *(f"curve[{item}]((-2,{k}),(0,3),({k + 1},-1.5))" for k, item in enumerate(ITEMS)),
        )
    )
)
MEMORIES = (
    *("TREND({x},2.5,0.1)", "SMOOTHI({x},2,{y})", "SMOOTH N({x},2.5,1.5,3)", "DELAY1I({x},2,{y})"),
    *("DELAY N({x},3,0.5,2)", "FORECAST({x},3,2)", "DELAY3({x},4)", "INITIAL({x})+{y}"),
)
FORMS = ("{x}+{y}", "{x}*{y}/3", "MIN({x},{y})", "IF THEN ELSE({x}>{y},{x},1.7)", "tab({x})-{y}")


class RangesWriter:
    """Writes one model; ``constants`` names what may be set."""

    suffix = ".mdl"

    def __init__(self, seed: int, tool: str) -> None:
        random = self.random = Random(seed)
        self.names = 0
        self.scalars, self.by_item, self.by_area = ["base"], ["ci"], ["ca"]
        self.tables = ["cm"]
        self.constants = ["ci", "ca", "cm"]
        row = [",".join(self.number() for _ in ITEMS) for _ in AREAS]
        self.equations = [
            "base = 1.5+SIN(Time*0.8)",
            f"ci[Item] = {row[0]}",
            f"ca[Area] = {','.join(self.number() for _ in AREAS)}",
            f"cm[Area,Item] = {';'.join(row)};",
        ]
        parts = [
            *(self.subranges, self.exception, self.exception_in_a_table, self.parts),
            *(self.table, self.scalar, self.stock),
            *(self.elements_by_number, self.curves, self.called, self.remembered),
            *(self.stock_in_parts, self.exceptions),
        ]
        if tool != SIMLIN:  # it selects and allocates by other rules, and does not read PROD
            parts += [self.selection, self.allocation, self.product]
        if tool != PYSD:  # other sums over what is mapped, no end to a chain, ties the other way
            parts += [self.mapping, self.coarse, self.chain, self.order, self.rank]
            parts += [self.called_by_item]  # macros of arrays are not read
        for _ in range(random.randint(8, 16)):
            random.choice(parts)()
        random.shuffle(self.equations)
        self.text = HEAD + "".join(e + END for e in self.equations) + settings("0.5", 6) + SKETCH

    def number(self) -> str:
        """Return a constant's value."""
        return f"{self.random.uniform(-3, 3):.2f}"

    def name(self, kind: str) -> str:
        """Return a new name."""
        self.names += 1
        return f"{kind}{self.names}"

    def define(self, head: str, expression: str) -> None:
        """Add an equation."""
        self.equations.append(f"{head} = {expression}")

    def expression(self, item: str = "", area: str = "") -> str:
        """Write an expression in an equation for an item and an area, or for none."""
        random = self.random
        some = random.choice(["Item", "Low", "High"])
        at, of = area or random.choice(AREAS), item or random.choice(ITEMS)
        leaves = [
            *(self.number(), random.choice(self.scalars)),
            *(f"{random.choice(self.by_item)}[{of}]",) * 2,
            f"{random.choice(self.by_area)}[{at}]",
            *(f"{random.choice(self.tables)}[{at},{of}]",) * 2,
            f"SUM({random.choice(self.by_item)}[{some}!])",
            f"VMAX({random.choice(self.tables)}[{at},{some}!])",
            f"SUM({random.choice(self.tables)}[Area!,{of}]*{random.choice(self.by_area)}[Area!])",
        ]
        return random.choice(FORMS).format(x=random.choice(leaves), y=random.choice(leaves))

    def subranges(self) -> None:
        """One half by its subrange, the other so or by elements."""
        name = self.name("half")
        for subscript in random_parts(self.random):
            self.define(f"{name}[{subscript}]", self.expression(subscript))
        self.by_item.append(name)

    def exception(self) -> None:
        """All but one element or subrange, and that."""
        name, left = self.name("but"), self.random.choice([*ITEMS, "Low", "High"])
        self.define(f"{name}[Item] :EXCEPT: [{left}]", self.expression("Item"))
        self.define(f"{name}[{left}]", self.expression(left))
        self.by_item.append(name)

    def exception_in_a_table(self) -> None:
        """All of a table but one cell or run of cells, and that."""
        name = self.name("except")
        area, item = self.random.choice(AREAS), self.random.choice([*ITEMS, "Low"])
        self.define(f"{name}[Area,Item] :EXCEPT: [{area},{item}]", self.expression("Item", "Area"))
        self.define(f"{name}[{area},{item}]", self.expression(item, area))
        self.tables.append(name)

    def mapping(self) -> None:
        """A range that maps to another element by element, and its sum."""
        other, name = self.name("other"), self.name("back")
        source = self.random.choice(self.by_item)
        self.define(
            f"{other}[Other]", f"{source}[Item]*1.3+{self.random.choice(self.tables)}[r1,Item]"
        )
        self.define(f"{name}[Item]", f"SUM({other}[Other!])+0.7*ci[Item]")
        self.by_item.append(name)

    def coarse(self) -> None:
        """A range whose elements map to subranges."""
        coarse, name = self.name("coarse"), self.name("fine")
        self.define(f"{coarse}[Coarse]", f"{self.number()},{self.number()}")
        self.define(f"{name}[Item]", f"{coarse}[Coarse]*{self.random.choice(self.by_item)}[Item]")
        self.by_item.append(name)

    def chain(self) -> None:
        """Elements that refer to the one before, through mapped subranges."""
        name = self.name("chain")
        self.define(f"{name}[pa]", self.expression("pa"))
        source = self.random.choice(self.by_item)
        self.define(f"{name}[Next]", f"{name}[Previous]*0.5+{source}[Next]")
        self.by_item.append(name)

    def parts(self) -> None:
        """A table in blocks, rows and cells."""
        name = self.name("parts")
        self.define(f"{name}[Area,Low]", self.expression("Low", "Area"))
        self.define(f"{name}[r1,High]", self.expression("High", "r1"))
        self.define(f"{name}[r2,pc]", self.expression("pc", "r2"))
        self.define(f"{name}[r2,pd]", self.number())
        self.define(f"{name}[r3,High]", self.expression("High", "r3"))
        self.tables.append(name)

    def table(self) -> None:
        """A table by one equation."""
        name = self.name("table")
        self.define(f"{name}[Area,Item]", self.expression("Item", "Area"))
        self.tables.append(name)

    def scalar(self) -> None:
        """A number."""
        name = self.name("one")
        self.define(name, self.expression())
        self.scalars.append(name)

    def stock(self) -> None:
        """An array of stocks."""
        name = self.name("stock")
        start = self.random.choice(["ci[Item]", self.number()])
        self.define(f"{name}[Item]", f"INTEG({self.expression('Item')}-0.2*{name}[Item],{start})")
        self.by_item.append(name)

    def stock_in_parts(self) -> None:
        """An array of stocks, a half with an equation of its own."""
        name = self.name("pool")
        for half in ("Low", "High"):
            start = self.random.choice([f"ci[{half}]", self.number()])
            rate = f"{self.expression(half)}-0.2*{name}[{half}]"
            self.define(f"{name}[{half}]", f"INTEG({rate},{start})")
        self.by_item.append(name)

    def curves(self) -> None:
        """A look-up of its own for each element."""
        name = self.name("bent")
        self.define(f"{name}[Item]", f"curve[Item]({self.expression('Item')})")
        self.by_item.append(name)

    def called(self) -> None:
        """A macro with a stock of its own."""
        name = self.name("called")
        self.define(name, f"HALF OF({self.expression()},{self.number()})")
        self.scalars.append(name)

    def called_by_item(self) -> None:
        """A macro, once for each element."""
        name = self.name("calls")
        self.define(f"{name}[Item]", f"HALF OF({self.expression('Item')},{self.number()})")
        self.by_item.append(name)

    def remembered(self) -> None:
        """An array of delays, averages or trends."""
        name, form = self.name("memory"), self.random.choice(MEMORIES)
        start = f"ci[Item]*{self.number()}"
        self.define(f"{name}[Item]", form.format(x=self.expression("Item"), y=start))
        self.by_item.append(name)

    def exceptions(self) -> None:
        """All of a table but a block of columns and a cell, and those."""
        name = self.name("holes")
        area = self.random.choice(AREAS)
        left = f"[Area,Low],[{area},pd]"
        self.define(f"{name}[Area,Item] :EXCEPT: {left}", self.expression("Item", "Area"))
        self.define(f"{name}[Area,Low]", self.expression("Low", "Area"))
        self.define(f"{name}[{area},pd]", self.expression("pd", area))
        self.tables.append(name)

    def order(self) -> None:
        """The order of elements by size."""
        name, source = self.name("order"), self.random.choice(self.by_item)
        way = self.random.choice(["1", "-1"])
        self.define(f"{name}[Item]", f"VECTOR SORT ORDER({source}[Item],{way})")
        self.by_item.append(name)

    def elements_by_number(self) -> None:
        """Elements that are picked by number."""
        name, source = self.name("picked"), self.random.choice(self.by_item)
        offsets = ",".join(str(self.random.randint(0, 3)) for _ in ITEMS)
        self.define(f"offset {name}[Item]", offsets)
        self.define(f"{name}[Item]", f"VECTOR ELM MAP({source}[pa],offset {name}[Item])")
        self.by_item.append(name)

    def rank(self) -> None:
        """The rank of each element."""
        name, source = self.name("rank"), self.random.choice(self.by_item)
        self.define(f"{name}[Item]", f"VECTOR RANK({source}[Item],1)")
        self.by_item.append(name)

    def product(self) -> None:
        """A product, and the least of a subrange."""
        name, source = self.name("product"), self.random.choice(self.by_item)
        self.define(f"factor {name}[Item]", f"0.5+ABS({source}[Item])/3")
        self.define(name, f"PROD(factor {name}[Item!])+VMIN({source}[High!])")
        self.scalars.append(name)

    def selection(self) -> None:
        """Some elements' sum, product, least or greatest."""
        name, source = self.name("selected"), self.random.choice(self.by_item)
        chosen = self.random.choice(["0,1,1,0", "1,1,1,1", "1,0,0,1"])
        action = self.random.choice("0123")
        self.define(f"which {name}[Item]", chosen)
        self.define(name, f"VECTOR SELECT(which {name}[Item!],{source}[Item!],0,{action},0)")
        self.scalars.append(name)

    def allocation(self) -> None:
        """What is there, shared by priority."""
        name, source = self.name("allocated"), self.random.choice(self.by_item)
        self.define(f"asked {name}[Item]", f"ABS({source}[Item])+0.1")
        self.define(f"first {name}[Item]", ",".join(f"{k + 1}" for k in range(len(ITEMS))))
        call = f"asked {name}[Item],first {name}[Item],ELMCOUNT(Item),1.5,4"
        self.define(f"{name}[Item]", f"ALLOCATE BY PRIORITY({call})")
        self.by_item.append(name)


def random_parts(random: Random) -> tuple[str, ...]:
    """Return subscripts that cover all items once."""
    return random.choice([("Low", "High"), ("Low", "pc", "pd"), ("pa", "pb", "High"), ITEMS])
