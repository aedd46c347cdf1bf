"""The expressions that an element of the file holds: one, or a list for an array."""

from __future__ import annotations

from headwater.errors import SyntaxFault
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.dialects.vensim import (
    has_vensims_operators,
    read_vensims,
    with_what_was_left_out,
    without_kind_of_data,
)
from headwater.formats.xmile.document import Node
from headwater.formats.xmile.variables.equation_text import (
    NUMBER,
    entries_of,
    is_written,
    was_never_written,
    with_comments_closed,
    with_plain_subscripts,
    without_line_comments,
)
from headwater.formats.xmile.variables.inline_points import told_of_inline_points
from headwater.formats.xmile.variables.rewording import in_own_words
from headwater.language.parser import parse_expression
from headwater.language.source import Source, Span
from headwater.language.syntax import Call, Expression, Name, Number, Unary, walk


def read_expression(context: Context, node: Node, name: str) -> Expression | None:
    """Return the expression in an element; None where there is none or it is wrong (reported)."""
    entries = read_entries(context, node, name)
    if len(entries) > 1:
        context.error(
            f"`{name}` has a list of {len(entries)} expressions where one is expected",
            node,
            "a list stands for the elements of an array: give the variable dimensions",
        )
        return None
    return entries[0] if entries else None


def read_entries(context: Context, node: Node, name: str) -> list[Expression]:
    """Return the expressions in an element: one, or a list for the elements of an array.

    Entries are separated by ``,``, rows by ``;``, as other tools write arrays of constants.
    """
    source = _text_of(context, node, name)
    if source is None:
        return []
    in_vensims_words = context.vensims and has_vensims_operators(source.text)
    read_entry = read_vensims if in_vensims_words else _parse
    try:
        found = [read_entry(source, start, stop) for start, stop in entries_of(source.text)]
        found = in_own_words(context, source.text, found)
    except SyntaxFault as fault:
        if not told_of_inline_points(context, node, name, source.text):
            context.add(fault, f"`{name}`")
        return []
    if "(" in source.text or "*.*" in source.text:
        calls = (n for e in found for n in walk(e) if isinstance(n, Call))
        context.called.update(call.function.key for call in calls)
    if any(map(_is_drawn_only, found)):
        context.error(
            f"`{name}` has no equation: `NAN(…)` only lists what it depends on",
            node,
            "it comes from a causal loop diagram: give it a number or an expression",
        )
        return []
    return found


def _text_of(context: Context, node: Node, name: str) -> Source | None:
    """Return the text to parse; None where there is none, which is reported unless it is blank."""
    source = node.source()
    if not is_written(node):
        return None
    if was_never_written(source.text):
        context.error(
            f"`{name}` has no equation: `???` stands where it should be",
            node,
            "the tool that made the file could not translate it: write it",
        )
        return None
    if "//" in source.text:
        source = without_line_comments(source)
    if "{" in source.text:
        source = with_comments_closed(context, node, name, source)
        if not source.text.strip():
            return None
        source = with_what_was_left_out(source)
    source = with_plain_subscripts(source)
    if context.vensims and ":" in source.text:
        source = without_kind_of_data(source)
        if not source.text.strip():
            message = f"`{name}` is data, and the file has none of its points"
            hint = "give it a graphical function of time, or read Vensim's own file with its data"
            context.error(message, node, hint)
            return None
    return source


def _is_drawn_only(expression: Expression) -> bool:
    """Tell whether an expression is how Stella writes arrows that lead to a variable."""
    match expression:
        case Call(function=Name(key="nan"), arguments=(_, *_)):
            return True
    return False


def _parse(source: Source, start: int, stop: int) -> Expression:
    """Parse one entry; the many that are plain numbers need no parser."""
    text = source.text[start:stop]
    number = text.strip()
    if NUMBER.fullmatch(number):
        begin = start + text.index(number)
        span = Span(source, begin, begin + len(number))
        value = float(number.lstrip("+-"))
        if value != float("inf"):
            plain = Number(value, span)
            if number[0] == "-":
                return Unary("-", plain, span)
            return plain if number[0] != "+" else Unary("+", plain, span)
    return parse_expression(source, start, stop)
