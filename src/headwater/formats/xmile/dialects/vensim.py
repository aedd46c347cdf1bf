"""What files that Vensim itself exports have of Vensim: its functions, and elements of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import ParamSpec, TypeVar

from headwater.errors import HeadwaterError
from headwater.formats.vensim.expressions import ExpressionReader
from headwater.formats.vensim.reality import TestInput, read_checks, read_test_input
from headwater.formats.vensim.tokens import tokenize
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.names import identifier
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.source import Source, Span
from headwater.language.syntax import Binary, Call, Expression, Name, transform
from headwater.model.case import Check
from headwater.model.project import Project
from headwater.model.variables import AnyVariable, Dimension, Graph

SPACE = "http://www.vensim.com/XMILE"
_PLACEHOLDER = ((0.0, 1.0), (1.0, 1.0))
_LEFT_OUT = re.compile(
    r"(?<![\w.])0\s*\{\s*(GET[_ ](?:(?:DIRECT|XLS|123|VDF)[_ ][A-Z]+|DATA[_ A-Z]*))[_ ]*\([^{}]*\}",
    re.IGNORECASE,
)
NET_FLOW = "vensim:netflow"
"""The element of a stock with its change per unit of time as an expression."""

KIND = "vensim:kind"
"""The attribute that tells what a variable is beyond a number."""


CHECK = "vensim:rc"
"""A reality check, in the words of Vensim's own format."""

OWN_SETTINGS = {"time_step": "DT", "initial_time": "STARTTIME", "final_time": "STOPTIME"}
"""Vensim's names of settings, which its equations use without that its files define them."""

_DEFINED = re.compile(r"""\s*(?P<name>"[^"]*"|[^\s="(\[][^="(\[]*?)\s*(?:\[[^\]]*\]\s*)?=""")
_TRANSLATED = re.compile(r"<eqn>[^<]*?(?:\bINT\s*\(|\bmod\b)", re.IGNORECASE)

_OPERATOR = re.compile(r":\s*(?:AND|OR|NOT|NA)\s*:|[\w\"]\s*!\s*[,\]]", re.IGNORECASE)
_OF_DATA = re.compile(
    r"\s*:\s*(?:RAW|INTERPOLATE|HOLD[\s_]*BACKWARD|LOOK[\s_]*FORWARD)\s*:\s*(?::?=)?",
    re.IGNORECASE,
)

T = TypeVar("T")
P = ParamSpec("P")


def checks_among(context: Context, nodes: Iterable[Node], project: Project) -> tuple[Check, ...]:
    """Return the reality checks among a model's elements; others are warned of."""
    stated: list[tuple[Node, Span, str]] = []
    given: dict[str, TestInput] = {}
    for node in (n for n in nodes if n.tag == CHECK):
        source = (node.first("eqn") or node).source()
        span, title = Span(source, 0, len(source.text)), identifier(node.get("name"))
        test_input = _tried(context, node, read_test_input, span, title)
        given.update([test_input] if test_input else [])
        stated.append((node, span, title))
    found: list[Check] = []
    for node, span, title in stated:
        for reading in _tried(context, node, read_checks, span, project, title, given) or ():
            if reading.warning:
                context.warn(reading.warning.message, node, reading.warning.hint)
            if reading.check:
                found.append(_in_our_functions(reading.check))
    return tuple(found)


def _in_our_functions(check: Check) -> Check:
    held = (replace(o, value=transform(o.value, with_vensims_functions)) for o in check.overrides)
    condition = transform(check.condition, with_vensims_functions)
    return replace(check, condition=condition, overrides=tuple(held))


def _tried(
    context: Context, node: Node, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T | None:
    try:
        return read(*args, **kwargs)
    except HeadwaterError as fault:
        context.add(fault, f"`{node.get('name')}`")
        return None


def is_vensims(root: Node) -> bool:
    """Tell whether Vensim has written a file; xmutil, which converts Vensim's, says its name."""
    header = root.first("header")
    product = header.content("product") if header is not None else ""
    return product.lower() == "vensim" or SPACE in root.document.spaces.values()


def is_of_vensim(root: Node) -> bool:
    """Tell whether a file was a model of Vensim's, whichever tool turned it into XMILE."""
    header = root.first("header")
    product = header.content("product") if header is not None else ""
    return is_vensims(root) or product.lower().startswith("vensim")


def with_ranges(dimensions: Mapping[str, Dimension]) -> dict[str, Dimension]:
    """Return dimensions of Vensim's, whose elements mean the same in each, as ranges of others."""
    keys = {name: frozenset(map(canonical, d.elements)) for name, d in dimensions.items()}
    found: dict[str, Dimension] = {}
    for name, dimension in dimensions.items():
        wider = [n for n in dimensions if n != name and keys[name] <= keys[n]]
        # Of ranges with the same elements the first is the one that the others are parts of.
        wider = [n for n in wider if keys[n] != keys[name] or n in found]
        top = max(wider, key=lambda n: len(keys[n]), default="")
        parent = dimensions[top].name if top and not dimension.numbered else ""
        found[name] = replace(dimension, parent=parent)
    return found


def as_defined(node: Node) -> Node:
    """Return a stock of Vensim's as the auxiliary that it is, where its equation says so.

    What keeps a memory of its own, such as a fixed delay, is exported as a stock whose initial
    value is the whole definition: ``arrivals = DELAY_FIXED(orders, 3, 0)``.
    """
    own = [*node.every("eqn"), *(e for n in node.every("element") for e in n.every("eqn"))]
    starts = [_DEFINED.match(e.text) for e in own]
    if not own or any(node.every("inflow")) or any(node.every("outflow")):
        return node
    key = canonical(identifier(node.get("name")))
    if any(m is None or canonical(identifier(m["name"])) != key for m in starts):
        return node
    values = {
        id(e): replace(e, text=re.sub(r"[^\n]", " ", m.group()) + e.text[m.end() :])
        for e, m in zip(own, starts, strict=True)
        if m is not None
    }

    def with_value(child: Node) -> Node:
        return replace(child, children=[values.get(id(c), c) for c in child.children])

    children = [with_value(c) if c.tag == "element" else c for c in node.children]
    return with_value(replace(node, tag="aux", children=children))


def warn_of_placeholders(context: Context, variables: Iterable[AnyVariable]) -> None:
    """Warn of functions of time that are 1 throughout: xmutil puts them in the place of data."""
    for variable in variables:
        if not isinstance(variable, Graph) or len(variable.equations) != 1:
            continue
        match variable.equations[0].expression:
            case Name(key="time", subscripts=()) if all(
                (g.x, g.y) == _PLACEHOLDER for g in variable.graphs
            ):
                place = variable.span.place if variable.span else None
                message = f"`{variable.name}` is 1 at all times, which xmutil writes for data"
                hint = "where it was data: read the Vensim model itself, or write its points"
                context.diagnostics.warn(message, place, hint)


def with_what_was_left_out(source: Source) -> Source:
    """Return a text with calls where a tool has put 0, and in a comment what reads data."""

    def call(match: re.Match[str]) -> str:
        words = match.group(1).strip("_ ").replace(" ", "_").upper()
        name = "GET_DATA" if words.startswith("GET_DATA") else words
        return f"{name}()".ljust(len(match.group()))

    text = _LEFT_OUT.sub(call, source.text)
    return Source(source.name, text, source.first_line, source.first_column)


def warn_of_rounding(context: Context, root: Node, text: str) -> None:
    """Tell how whole numbers are read that an older Vensim has given XMILE's names."""
    if context.vensims and _TRANSLATED.search(text):
        message = "`INT` and `MOD` are Vensim's INTEGER and MODULO here, which go towards zero"
        context.warn(message, root, "of numbers below zero, XMILE's own give others")


def without_kind_of_data(source: Source) -> Source:
    """Return the text of a formula of data without how they are taken between their points."""
    found = _OF_DATA.match(source.text)
    if found is None:
        return source
    blank = re.sub(r"[^\n]", " ", found.group())
    text = blank + source.text[found.end() :]
    return Source(source.name, text, source.first_line, source.first_column)


def has_vensims_operators(text: str) -> bool:
    """Tell whether a text has ``:AND:``, ``:OR:``, ``:NOT:``, ``:NA:`` or a subscript ``x!``."""
    return _OPERATOR.search(text) is not None


def read_vensims(source: Source, start: int, stop: int) -> Expression:
    """Return an expression of Vensim's, with the precedence that its operators have there."""
    reader = ExpressionReader(source, tokenize(Span(source, start, stop)))
    found = reader.expression()
    if not reader.ended:
        reader.fail(f"`{reader.token.text}` cannot stand here")
    return found


def with_vensims_settings(node: Expression, own: frozenset[str]) -> Expression:
    """Return a name of Vensim's for a setting as XMILE's; ``own`` are variables of the file."""
    match node:
        case Name(key=key, subscripts=(), span=span) if key in OWN_SETTINGS and key not in own:
            return Name(OWN_SETTINGS[key], (), span)
    return node


def with_vensims_functions(node: Expression) -> Expression:
    """Return a call as the table of builtins has it: Vensim exports its functions as they are.

    An older one writes INTEGER and MODULO by XMILE's names, and keeps to what they are.
    """
    match node:
        case Binary(operator="mod", left=left, right=right, span=span):
            return with_vensims_functions(Call(Name("MODULO", (), span), (left, right), span))
        case Call(function=Name(key="int", subscripts=()) as function):
            return replace(node, function=Name("TRUNC", (), function.span))
        case Call(function=Name(text=text, subscripts=()) as function, arguments=arguments):
            found = find_spelling(text, "vensim")
            if found is not None:
                builtin, spelling = found
                ordered = spelling.in_table_order(arguments)
                return replace(
                    node, function=Name(builtin.name, (), function.span), arguments=ordered
                )
    return node
