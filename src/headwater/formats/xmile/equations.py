"""The text of equations: comments, what was never written, lists of one entry an element."""

from __future__ import annotations

import re
from collections.abc import Iterator

from headwater.errors import SyntaxFault
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.language.parser import parse_expression
from headwater.language.source import Source, Span
from headwater.language.syntax import Expression, Number, Unary

NEVER_WRITTEN = re.compile(r"\?{2,}")

_COMMENT = re.compile(r"\{[^}]*\}")
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\{[^}]*\}|//|.', re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NEEDS_OPERAND = frozenset([*"+-*/^=<>([,;:", "//"])
_WORDS_BEFORE_OPERAND = re.compile(r"(?:^|[^\w.\"])(?:and|or|not|mod|if|then|else)$", re.IGNORECASE)


def is_written(node: Node | None) -> bool:
    """Tell whether an element holds more than blanks and comments."""
    return node is not None and bool(_COMMENT.sub("", node.text).strip())


def read_number(text: str) -> float | None:
    """Return the value of a numeric constant (XMILE 1.0, section 3.2.1), or None."""
    text = text.strip()
    return float(text) if _NUMBER.fullmatch(text) else None


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
    source = node.source()
    if not is_written(node):
        return []
    if NEVER_WRITTEN.fullmatch(_COMMENT.sub("", source.text).strip()):
        context.error(
            f"`{name}` has no equation: `???` stands where it should be",
            node,
            "the tool that made the file could not translate it: write it",
        )
        return []
    if "//" in source.text:
        source = _without_line_comments(source)
    found: list[Expression] = []
    try:
        for start, stop in _split(source.text):
            found.append(_parse(source, start, stop))
    except SyntaxFault as fault:
        context.add(fault, f"`{name}`")
        return []
    return found


def _parse(source: Source, start: int, stop: int) -> Expression:
    """Parse one entry; the many that are plain numbers need no parser."""
    text = source.text[start:stop]
    number = text.strip()
    if _NUMBER.fullmatch(number):
        begin = start + text.index(number)
        span = Span(source, begin, begin + len(number))
        value = float(number.lstrip("+-"))
        if value != float("inf"):
            plain = Number(value, span)
            if number[0] == "-":
                return Unary("-", plain, span)
            return plain if number[0] != "+" else Unary("+", plain, span)
    return parse_expression(source, start, stop)


def _split(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches between the commas and semicolons that stand in no brackets."""
    if "," not in text and ";" not in text:
        yield 0, len(text)
        return
    depth = start = 0
    stretches: list[tuple[int, int]] = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece in "([":
            depth += 1
        elif piece in ")]":
            depth -= 1
        elif piece in ",;" and depth <= 0:
            stretches.append((start, match.start()))
            start = match.end()
    stretches.append((start, len(text)))
    if len(stretches) > 1 and not _COMMENT.sub("", text[start:]).strip():
        stretches.pop()
    yield from stretches


def _without_line_comments(source: Source) -> Source:
    """Return the text with ``// ...`` blanked where no operator can stand.

    After an operand ``//`` is safe division; where an operand is due it begins a comment that runs
    to the end of the line.
    """
    text = source.text
    kept: list[str] = []
    operand_due = True
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        assert match is not None
        piece = match.group()
        at = match.end()
        if piece == "//" and operand_due:
            stop = text.find("\n", at)
            stop = len(text) if stop < 0 else stop
            kept.append(" " * (stop - at + 2))
            at = stop
            continue
        kept.append(piece)
        if not piece.isspace() and not piece.startswith("{"):
            ending = "".join(kept[-6:])
            operand_due = piece in _NEEDS_OPERAND or bool(_WORDS_BEFORE_OPERAND.search(ending))
    return Source(source.name, "".join(kept), source.first_line, source.first_column)
