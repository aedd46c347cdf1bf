"""Stocks, flows, auxiliaries and graphical functions (XMILE 1.0, sections 4.1 to 4.5)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Literal, TypedDict, cast

from headwater.formats.xmile.arrays.dimensions import Shapes
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.dialects.vensim import KIND, NET_FLOW, as_defined
from headwater.formats.xmile.document import Node, is_true, serialize
from headwater.formats.xmile.kept import attributes_kept, name_kept, of_a_vendor
from headwater.formats.xmile.names import identifier
from headwater.formats.xmile.texts import plain_text
from headwater.formats.xmile.variables.contents import with_listed_contents
from headwater.formats.xmile.variables.disciplines import (
    DISCIPLINES,
    OVENS,
    PROFILE,
    SPREAD,
    TIME_STAMP,
    read_discipline,
    read_leakage,
    read_spread,
    read_time_stamp,
)
from headwater.formats.xmile.variables.equation_text import is_written
from headwater.formats.xmile.variables.equations import read_entries, read_expression
from headwater.formats.xmile.variables.events import warn_of_stops
from headwater.formats.xmile.variables.graphs import read_graph, read_range
from headwater.formats.xmile.variables.listed_points import with_points
from headwater.formats.xmile.variables.summing import with_sums
from headwater.language.names import canonical
from headwater.language.source import Span
from headwater.language.syntax import Expression, Name, Number, Unary
from headwater.model.uncertainty import Range
from headwater.model.variables import (
    Access,
    AnyVariable,
    Auxiliary,
    Constant,
    Dimension,
    Equation,
    Flow,
    FlowTerm,
    Graph,
    GraphicalFunction,
    Stock,
)

VARIABLES = frozenset({"stock", "flow", "aux", "gf"})
KEPT = frozenset({"format", "scale", "event_poster", "display"})
"""Elements that say how a variable is shown, and are kept as they are."""

KNOWN = frozenset(
    {
        *("eqn", "init_eqn", "mathml", "units", "doc", "range", "dimensions", "element", "gf"),
        *("inflow", "outflow", "non_negative", "multiplier", "leak", "leak_integers", "overflow"),
        *("conveyor", "queue", "oven", "xscale", "yscale", "xpts", "ypts"),
    }
)
"""Elements of variables that have a meaning; those of their options are elsewhere."""

ONLY_AT_START = ("init_eqn", "isee:init_eqn")
"""Elements with an equation that counts while initial values are computed."""

ELEMENT = frozenset({"eqn", "gf", "len", "conveyor", "mathml", "doc", "units", *ONLY_AT_START})
"""Elements of a single element of an array."""

ATTRIBUTES = frozenset(
    {
        *("name", "access", "leak_start", "leak_end", "type", "discrete"),
        *SPREAD,
    }
)
"""Attributes of variables that have a meaning."""

UNDERSTOOD = frozenset({*ONLY_AT_START, *OVENS, *PROFILE, NET_FLOW, TIME_STAMP})
"""Other tools' elements that are part of the model itself."""


@dataclass(frozen=True, slots=True)
class Behavior:
    """What stocks and flows are where they do not say it themselves (section 2.6)."""

    stocks: bool = False
    flows: bool = False

    def inside(self, node: Node | None) -> Behavior:
        """Return the behaviour after a ``<behavior>`` block further in."""
        if node is None:
            return self
        every = node.first("non_negative")
        found = {"stock": self.stocks, "flow": self.flows}
        for kind in found:
            block = node.first(kind)
            own = block.first("non_negative") if block is not None else None
            chosen = own if own is not None else every
            if chosen is not None:
                found[kind] = is_true(chosen.text)
        return Behavior(found["stock"], found["flow"])


class _Common(TypedDict):
    name: str
    dimensions: tuple[str, ...]
    unit: str
    documentation: str
    group: str
    range: Range | None
    access: Access
    display: tuple[str, ...]
    span: Span | None
    unit_span: Span | None


class VariableReader:
    """Reads the variables of one model. ``groups`` gives the group of a canonical name."""

    def __init__(
        self, context: Context, shapes: Shapes, behavior: Behavior, groups: dict[str, str]
    ) -> None:
        self._context = context
        self._shapes = shapes
        self._behavior = behavior
        self._groups = groups
        self._named: dict[str, Node] = {}

    def read(self, nodes: Sequence[Node]) -> list[AnyVariable]:
        """Return the variables among the elements of a ``<variables>`` block."""
        nodes = [with_points(n) for n in nodes if n.tag in VARIABLES and not self._is_text(n)]
        if self._context.vensims:
            nodes = [as_defined(n) if n.tag == "stock" else n for n in nodes]
        self._named = {
            canonical(identifier(g.get("name"))): g
            for n in nodes
            for g in (n, *n.every("gf"))
            if g.tag == "gf" and g.get("name") and g.first("ypts") is not None
        }
        found: list[AnyVariable] = []
        for node in nodes:
            found += self._variable(node)
        return with_listed_contents(with_sums(found), self._shapes)

    def _is_text(self, node: Node) -> bool:
        """Tell whether a variable is a string, which Vensim has for links; it is left out."""
        if node.get(KIND) != "string":
            return False
        self._context.warn(f"`{node.get('name')}` is a text, and is left out", node)
        return True

    def _variable(self, node: Node) -> list[AnyVariable]:
        name = identifier(node.get("name"))
        if not name:
            self._context.error(f"this {node.tag} has no name", node, 'write name="…"')
            return []
        dimensions = self._shapes.of(node, name)
        if dimensions is None:
            return []
        common = self._common(node, name, dimensions)
        if node.tag == "gf":
            graph = read_graph(self._context, node, name)
            return [Graph(**common, graphs=(graph,))] if graph else []
        if node.tag == "stock":
            return [self._stock(node, common, dimensions)]
        graphs = self._graphs(node, name, dimensions)
        if node.tag == "flow":
            return [self._flow(node, common, dimensions, graphs), *self._inner(node, name)]
        equations = self._equations(node, name, dimensions)
        if graphs:
            return [
                Graph(**common, graphs=graphs, equations=equations),
                *self._inner(node, name),
            ]
        kind = Constant if equations and all(map(_is_number, equations)) else Auxiliary
        return [kind(**common, equations=equations)]

    def _common(self, node: Node, name: str, dimensions: Sequence[Dimension]) -> _Common:
        units = node.first("units")
        unit = units.text.strip() if units is not None else ""
        access = node.get("access").strip().lower()
        return {
            "name": name,
            "dimensions": tuple(d.name for d in dimensions),
            "unit": unit,
            "documentation": plain_text(node.content("doc")),
            "group": self._groups.get(canonical(name), ""),
            "range": read_range(self._context, node.first("range"), name),
            "access": cast(Access, access) if access in ("input", "output") else "",
            "display": self._display(node, name),
            "span": node.span,
            "unit_span": _span_of(units) if units is not None and unit else None,
        }

    def _display(self, node: Node, name: str) -> tuple[str, ...]:
        """Return what a variable says of its looks; what is no such thing is warned of."""
        shown: list[str] = []
        for child in node.children:
            if _is_shown(child):
                shown.append(serialize(child))
            elif child.tag not in KNOWN | UNDERSTOOD:
                message = f"`{name}` has an element <{child.tag}>, which is not known here"
                self._context.warn(message, child, "it has no part in the run")
        for key in node.attributes:
            if key in KNOWN and key not in ATTRIBUTES:
                message = f"`{name}` has `{key}` as an attribute, which has no part in the run"
                self._context.warn(message, node, f"XMILE writes an element <{key}>")
        self._check_elements(node, name)
        warn_of_stops(self._context, node, name)
        return (*name_kept(node), *attributes_kept(node, ATTRIBUTES), *shown)

    def _check_elements(self, node: Node, name: str) -> None:
        """Report options of single elements that are not those of the whole array."""
        for element in node.every("element"):
            for child in element.children:
                for option in child.children if child.tag == "conveyor" else [child]:
                    own = node.first(option.tag)
                    same = own is not None and own.text.strip() == option.text.strip()
                    if option.tag in ELEMENT or _is_shown(option) or same:
                        continue
                    message = f"`{name}` has <{option.tag}> for one element alone"
                    hint = "single elements may differ in equation, function and transit time"
                    self._context.error(message, option, hint)

    # Kinds

    def _stock(self, node: Node, common: _Common, dimensions: tuple[Dimension, ...]) -> Stock:
        """Return a stock. What makes a module's input a conveyor is that of the stock it is."""
        name = common["name"]
        terms = tuple(self._terms(node))
        if node.first("gf") is not None:
            message = f"the stock `{name}` has a graphical function, which has no part in the run"
            self._context.warn(message, node, "give it to a flow or an auxiliary")
        contents: tuple[Expression, ...] = ()
        own = node.first("eqn")
        if node.first("conveyor") is not None and own is not None:
            entries = read_entries(self._context, own, name)
            if len(entries) > 1 and len(entries) != prod(len(d.elements) for d in dimensions):
                contents = tuple(entries)
        if contents:
            equations: tuple[Equation, ...] = (Equation(contents[0]),)
        else:
            equations = self._with_net_flow(node, name, self._equations(node, name, dimensions))
            if not terms and common["access"] != "input":
                self._warn_of_lost_change(node, name)
        discipline = None
        if common["access"] == "input" and not terms:
            marks = [serialize(c) for c in node.children if c.tag in DISCIPLINES]
            common["display"] = (*common["display"], *marks)
        else:
            lengths = self._lengths(node, name, dimensions)
            discipline = read_discipline(self._context, node, name, contents, lengths)
        return Stock(
            **common,
            equations=equations,
            flows=terms,
            non_negative=_option(node, "non_negative", self._behavior.stocks),
            discipline=discipline,
        )

    def _with_net_flow(
        self, node: Node, name: str, equations: tuple[Equation, ...]
    ) -> tuple[Equation, ...]:
        """Return the equations of a stock with its change, where Vensim gives it no flows."""
        net = node.first(NET_FLOW)
        change = read_expression(self._context, net, name) if net is not None else None
        if change is None:
            return equations
        return tuple(replace(e, rate=change) for e in equations)

    def _warn_of_lost_change(self, node: Node, name: str) -> None:
        if self._context.vensims and node.first(NET_FLOW) is None:
            self._context.warn(
                f"`{name}` keeps its first value: Vensim wrote it without flows, "
                "as it does where a stock's change is no sum of flows",
                node,
                "if its change was lost, export the model anew, or read the .mdl file instead",
            )

    def _lengths(self, node: Node, name: str, dimensions: tuple[Dimension, ...]) -> list[Equation]:
        """Return the transit times that single elements of a conveyor have."""
        found: list[Equation] = []
        for element in node.every("element"):
            conveyor = element.first("conveyor")
            length = conveyor.first("len") if conveyor is not None else element.first("len")
            subscripts = self._shapes.element(element, name, dimensions) if length else None
            if length is None or subscripts is None:
                continue
            expression = read_expression(self._context, length, name)
            if expression is not None:
                found.append(Equation(expression, subscripts))
        return found

    @staticmethod
    def _terms(node: Node) -> list[FlowTerm]:
        found: list[FlowTerm] = []
        for child in node.children:
            if child.tag in ("inflow", "outflow"):
                written = identifier(child.text)
                if written:
                    sign: Literal[1, -1] = 1 if child.tag == "inflow" else -1
                    found.append(FlowTerm(sign, Name(written, (), _span_of(child))))
        return found

    def _flow(
        self,
        node: Node,
        common: _Common,
        dimensions: tuple[Dimension, ...],
        graphs: tuple[GraphicalFunction, ...],
    ) -> Flow:
        name = common["name"]
        leak = node.first("leak")
        if leak is not None and is_written(leak):
            equations = self._equations(leak, name, dimensions, entries=[leak])
        else:
            equations = self._equations(node, name, dimensions)
        multiplier = node.first("multiplier")
        overflow = node.first("overflow")
        return Flow(
            **common,
            equations=equations,
            non_negative=_option(node, "non_negative", self._behavior.flows),
            graphs=graphs,
            multiplier=read_expression(self._context, multiplier, name)
            if multiplier is not None
            else None,
            leakage=read_leakage(self._context, node, name),
            overflow=overflow is not None and is_true(overflow.text),
            spread=read_spread(self._context, node, name),
            time_stamped=read_time_stamp(self._context, node, name),
        )

    # Equations

    def _equations(
        self,
        node: Node,
        name: str,
        dimensions: tuple[Dimension, ...],
        entries: Sequence[Node] | None = None,
    ) -> tuple[Equation, ...]:
        """Return the equations of a variable: one for all elements, or one for each."""
        blocks = list(node.every("eqn")) if entries is None else list(entries)
        expressions = [e for b in blocks for e in read_entries(self._context, b, name)]
        initial = self._initial(node, name)
        elements = [e for e in node.every("element") if e.first("eqn") is not None]
        if elements:
            return self._by_element(elements, name, dimensions, expressions, initial)
        if not expressions:
            if blocks and node.first("mathml") is not None and not any(map(is_written, blocks)):
                self._context.error(f"`{name}` has only a MathML equation", node, "write an <eqn>")
            return ()
        span = expressions[0].span
        if len(expressions) == 1:
            return (Equation(expressions[0], initial=initial, span=span),)
        count = prod(len(d.elements) for d in dimensions)
        if not dimensions or count != len(expressions):
            what = f"has {count} elements" if dimensions else "is no array"
            self._context.error(
                f"`{name}` {what}, and {len(expressions)} equations",
                blocks[0],
                "give one equation for all elements, or one <element> for each",
            )
            return ()
        cells = itertools.product(*(d.elements for d in dimensions))
        return tuple(
            Equation(e, c, initial=initial, span=e.span)
            for e, c in zip(expressions, cells, strict=True)
        )

    def _by_element(
        self,
        elements: Sequence[Node],
        name: str,
        dimensions: tuple[Dimension, ...],
        others: Sequence[Expression],
        initial: Expression | None,
    ) -> tuple[Equation, ...]:
        found: list[Equation] = []
        for element in elements:
            subscripts = self._shapes.element(element, name, dimensions)
            if subscripts is None:
                continue
            own = element.first("eqn")
            shown = f"{name}[{', '.join(subscripts)}]"
            expression = read_expression(self._context, own, shown) if own is not None else None
            start = self._initial(element, shown) or initial
            if expression is not None:
                found.append(Equation(expression, subscripts, initial=start, span=expression.span))
        if len(others) == 1:
            names = tuple(d.name for d in dimensions)
            covered = tuple(e.subscripts for e in found)
            if not covered:
                return (Equation(others[0], initial=initial, span=others[0].span),)
            if len(covered) < prod(len(d.elements) for d in dimensions):
                found.append(Equation(others[0], names, covered, initial, span=others[0].span))
        return tuple(found)

    def _initial(self, node: Node, name: str) -> Expression | None:
        for tag in ONLY_AT_START:
            initial = node.first(tag)
            if initial is not None and is_written(initial):
                return read_expression(self._context, initial, name)
        return None

    # Graphical functions

    def _graphs(
        self, node: Node, name: str, dimensions: tuple[Dimension, ...]
    ) -> tuple[GraphicalFunction, ...]:
        found: list[GraphicalFunction] = []
        own = node.first("gf")
        for element in node.every("element"):
            gf = element.first("gf")
            if gf is None:
                continue
            subscripts = self._shapes.element(element, name, dimensions)
            if subscripts is not None:
                graph = read_graph(self._context, gf, name, subscripts)
                found += [graph] if graph else []
        if own is not None and not found:
            key = canonical(identifier(own.get("name")))
            if own.first("ypts") is None and key in self._named:
                own = self._named[key]
            graph = read_graph(self._context, own, name)
            found += [graph] if graph else []
        return tuple(found)

    def _inner(self, node: Node, owner: str) -> list[AnyVariable]:
        """Return the named function inside a variable, which equations can call."""
        gf = node.first("gf")
        name = identifier(gf.get("name")) if gf is not None else ""
        if (
            gf is None
            or gf.first("ypts") is None
            or not name
            or canonical(name) == canonical(owner)
        ):
            return []
        graph = read_graph(self._context, gf, name)
        return [Graph(name=name, graphs=(graph,), span=gf.span)] if graph else []


def _option(node: Node, tag: str, default: bool) -> bool:
    own = node.first(tag)
    return default if own is None else is_true(own.text)


def _is_shown(node: Node) -> bool:
    if node.tag in KEPT:
        return True
    if not of_a_vendor(node) or node.tag in UNDERSTOOD:
        return False
    return not node.tag.startswith("isee:") or node.tag.removeprefix("isee:") not in KNOWN


def _is_number(equation: Equation) -> bool:
    expression = equation.expression
    while isinstance(expression, Unary) and expression.operator != "not":
        expression = expression.operand
    return isinstance(expression, Number) and equation.initial is None


def _span_of(node: Node) -> Span:
    source = node.source()
    text = source.text
    start = len(text) - len(text.lstrip())
    return Span(source, start, max(start + 1, len(text.rstrip())))
