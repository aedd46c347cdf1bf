"""Models of any size that have what large models have: stocks, sums, delays, look-ups, choices.

A model is a ring of sectors of ten variables each. Scalar, or each variable an array. The same
model is written as a literate case, as XMILE and as a Vensim file, by hand and not by Headwater's
own writers, so that reading is measured on what other tools would write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

PER_SECTOR = 10
"""Variables in a sector, without its graphical function."""


@dataclass(frozen=True, slots=True)
class Size:
    """``sectors`` of ten variables; ``elements`` in each variable, 0 for scalars."""

    sectors: int
    elements: int = 0

    @property
    def variables(self) -> int:
        """Number of variables with an equation."""
        return self.sectors * PER_SECTOR

    @property
    def cells(self) -> int:
        """Number of values: variables times their elements, about."""
        return self.variables * max(1, self.elements)


@dataclass(frozen=True, slots=True)
class _Variable:
    """One variable. In an equation ``{d}`` stands for the subscript, ``{all}`` for all elements."""

    kind: str
    name: str
    equation: str
    arrayed: bool = True
    inflow: str = ""
    outflow: str = ""


def equations(count: int) -> Size:
    """Return the size of a scalar model with about so many equations."""
    return Size(max(1, round(count / PER_SECTOR)))


FUNCTIONS = {
    "literate": {"smooth": "SMTH1", "delay": "DELAY3", "if": "IF {0} THEN {1} ELSE {2}"},
    "xmile": {"smooth": "SMTH1", "delay": "DELAY3", "if": "IF {0} THEN {1} ELSE {2}"},
    "vensim": {"smooth": "SMOOTH", "delay": "DELAY3", "if": "IF THEN ELSE({0}, {1}, {2})"},
}


def _sector(k: int, size: Size, words: dict[str, str]) -> Iterator[_Variable]:
    before = (k - 1) % size.sectors
    load = f"total_{before} / (100 + total_{before})"
    choice = words["if"].format(f"seen_{k}{{d}} > 0.4", f"{load}", f"0.5 * ({load})")
    yield _Variable(
        "stock", f"level_{k}", f"{10 + k % 7}", inflow=f"growth_{k}", outflow=f"loss_{k}"
    )
    growth = f"rate_{k}{{d}} * level_{k}{{d}} * effect_{k}(pressure_{k}{{d}})"
    yield _Variable("flow", f"growth_{k}", growth)
    yield _Variable("flow", f"loss_{k}", f"level_{k}{{d}} / life_{k}{{d}} * (1 + choice_{k}{{d}})")
    yield _Variable("aux", f"choice_{k}", choice)
    yield _Variable("aux", f"pressure_{k}", f"level_{k}{{d}} * 0.05 / (1 + late_{k}{{d}})")
    smooth, delay = words["smooth"], words["delay"]
    yield _Variable("aux", f"seen_{k}", f"{smooth}(pressure_{k}{{d}}, 3)")
    yield _Variable("aux", f"late_{k}", f"{delay}(level_{k}{{d}} * 0.01, life_{k}{{d}})")
    total = f"SUM(level_{k}{{all}})" if size.elements else f"level_{k}"
    yield _Variable("aux", f"total_{k}", total, arrayed=False)
    yield _Variable("constant", f"rate_{k}", f"0.{2 + k % 5}")
    yield _Variable("constant", f"life_{k}", f"{4 + k % 3}.5")


def _variables(size: Size, dialect: str) -> Iterator[_Variable]:
    words = FUNCTIONS[dialect]
    for k in range(size.sectors):
        yield from _sector(k, size, words)


def _filled(text: str, size: Size, dialect: str) -> str:
    every = "[d!]" if dialect == "vensim" else "[*]"
    return text.replace("{all}", every).replace("{d}", "[d]" if size.elements else "")


POINTS = ((0.0, 1.0), (0.3, 0.95), (0.7, 0.6), (1.5, 0.3), (4.0, 0.1))


def literate(size: Size) -> str:
    """Return the model as the text of a literate case (``case.md``)."""
    parts = ["---\ntitle: synthetic\ntime: 0 to 50 year, step 1/8, save 1\n---\n\n```headwater"]
    if size.elements:
        parts.append(f"dimension d = {', '.join(f'e{k}' for k in range(size.elements))}")
    points = " ".join(f"({x:g}, {y:g})" for x, y in POINTS)
    for v in _variables(size, "literate"):
        subscript = "[d]" if size.elements and v.arrayed else ""
        parts.append(f"{v.kind} {v.name}{subscript} = {_filled(v.equation, size, 'literate')}")
        if v.kind == "stock":
            inner = subscript
            parts.append(f"  + {v.inflow}{inner}\n  - {v.outflow}{inner}")
            parts.append(f"graph effect_{v.name.partition('_')[2]} = {points}")
        if v.kind == "constant":
            parts[-1] += '  assume "as an example"'
    return "\n".join([*parts, "```", ""])


def xmile(size: Size) -> str:
    """Return the model as the text of an XMILE file."""
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">',
        "<header><vendor>none</vendor><product>none</product><name>synthetic</name></header>",
        '<sim_specs method="Euler" time_units="year"><start>0</start><stop>50</stop>'
        '<dt reciprocal="true">8</dt></sim_specs>',
    ]
    if size.elements:
        elements = "".join(f'<elem name="e{k}"/>' for k in range(size.elements))
        parts.append(f'<dimensions><dim name="d">{elements}</dim></dimensions>')
    parts.append("<model><variables>")
    for v in _variables(size, "xmile"):
        tag = "aux" if v.kind == "constant" else v.kind
        inside = f"<eqn>{escape(_filled(v.equation, size, 'xmile'))}</eqn>"
        if v.kind == "stock":
            inside += f"<inflow>{v.inflow}</inflow><outflow>{v.outflow}</outflow>"
            points = tuple(zip(*POINTS, strict=True))
            xs, ys = (",".join(f"{p:g}" for p in axis) for axis in points)
            name = f"effect_{v.name.partition('_')[2]}"
            parts.append(f'<gf name="{name}"><xpts>{xs}</xpts><ypts>{ys}</ypts></gf>')
        if size.elements and v.arrayed:
            inside = f'<dimensions><dim name="d"/></dimensions>{inside}'
        parts.append(f'<{tag} name="{v.name}">{inside}</{tag}>')
    return "\n".join([*parts, "</variables></model></xmile>", ""])


def vensim(size: Size) -> str:
    """Return the model as the text of a Vensim file."""
    parts = ["{UTF-8}"]
    if size.elements:
        parts.append(f"d: {', '.join(f'e{k}' for k in range(size.elements))} ~ ~|")
    points = ",".join(f"({x:g},{y:g})" for x, y in POINTS)
    for v in _variables(size, "vensim"):
        subscript = "[d]" if size.elements and v.arrayed else ""
        equation = _filled(v.equation, size, "vensim")
        if v.kind == "stock":
            net = f"{v.inflow}{subscript} - {v.outflow}{subscript}"
            equation = f"INTEG({net}, {equation})"
            parts.append(f"effect_{v.name.partition('_')[2]}({points})\n\t~\t~\t|")
        parts.append(f"{v.name}{subscript} = {equation}\n\t~\t1\n\t~\tA variable.\n\t|")
    control = {"INITIAL TIME": "0", "FINAL TIME": "50", "TIME STEP": "0.125", "SAVEPER": "1"}
    parts += [f"{name} = {value}\n\t~\tyear\n\t~\t\n\t|" for name, value in control.items()]
    return "\n".join([*parts, ""])


def write(folder: Path, size: Size) -> dict[str, Path]:
    """Write the model in all formats into a folder; return the paths by format."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"case.md": literate(size), "model.xmile": xmile(size), "model.mdl": vensim(size)}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {
        "literate": folder,
        "xmile": folder / "model.xmile",
        "vensim": folder / "model.mdl",
    }
