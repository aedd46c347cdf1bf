"""The text of an equation before it is parsed: comments, what was never written, lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from headwater.formats.xmile.context import Context
from headwater.formats.xmile.document import Node
from headwater.language.source import Source

_NEVER_WRITTEN = re.compile(r"\?{2,}")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_MARK = re.compile(r'["{()\[\],;]|//')
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_OPERAND_DUE = re.compile(
    r"(?:^|[-+*/^=<>(\[,;:]|(?:^|[^\w.\"])(?:and|or|not|mod|if|then|else))$", re.IGNORECASE
)
_LONGEST_WORD = 8
_EVERY_OF = re.compile(r'("(?:[^"\\]|\\.)*"|[^\W\d]\w*)\.\*(?=\s*[,\]])')
"""``Dimension.*``: all elements of a dimension, as a subscript."""
_SLAT = re.compile(r'"(?:[^"\\]|\\.)*"|\](\s*)\[')
"""``belt[element][slat]``: the second list of subscripts begins."""


def is_written(node: Node | None) -> bool:
    """Tell whether an element holds more than blanks and comments."""
    return node is not None and bool(_without_comments(node.text).strip())


def read_number(text: str) -> float | None:
    """Return the value of a numeric constant (XMILE 1.0, section 3.2.1), or None."""
    text = text.strip()
    return float(text) if NUMBER.fullmatch(text) else None


def was_never_written(text: str) -> bool:
    """Tell whether a text is the mark of a tool that could not translate an equation."""
    return _NEVER_WRITTEN.fullmatch(_without_comments(text).strip()) is not None


def with_plain_subscripts(source: Source) -> Source:
    """Return a text with ``Dimension.*`` and ``belt[element][slat]`` as the parser knows them."""
    if ".*" in source.text:
        text = _EVERY_OF.sub(r"*:\1", source.text)
        source = Source(source.name, text, source.first_line, source.first_column)
    if "]" in source.text:
        text = _SLAT.sub(_in_one_list, source.text)
        source = Source(source.name, text, source.first_line, source.first_column)
    return source


def _in_one_list(found: re.Match[str]) -> str:
    """Return a part's subscript behind those of its element, in a text of the same length."""
    blanks = found[1]
    return found[0] if blanks is None else f",{blanks} "


def entries_of(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches between the commas and semicolons that stand in no brackets."""
    if "," not in text and ";" not in text:
        yield 0, len(text)
        return
    depth = start = 0
    stretches: list[tuple[int, int]] = []
    for piece, at in _marks(text):
        if piece in "([":
            depth += 1
        elif piece in ")]":
            depth -= 1
        elif piece in ",;" and depth <= 0:
            stretches.append((start, at))
            start = at + 1
    stretches.append((start, len(text)))
    if len(stretches) > 1 and not _without_comments(text[start:]).strip():
        stretches.pop()
    yield from stretches


def _marks(text: str) -> Iterator[tuple[str, int]]:
    """Yield brackets, separators, quoted names, comments and ``//``, each with its place.

    A brace that is never closed is yielded alone; such a quote is a character as any other.
    """
    at = 0
    closed = {'"': True, "{": True}
    while (match := _MARK.search(text, at)) is not None:
        piece, start = match.group(), match.start()
        at = match.end()
        if piece in closed:
            end = _end_of(text, start) if closed[piece] else -1
            closed[piece] = end > 0
            if end > 0:
                piece, at = text[start:end], end
        if piece != '"':
            yield piece, start


def _end_of(text: str, start: int) -> int:
    """Return where a quoted name or a comment ends, or -1."""
    if text[start] == "{":
        return text.find("}", start) + 1 or -1
    quoted = _QUOTED.match(text, start)
    return quoted.end() if quoted else -1


def _without_comments(text: str) -> str:
    """Return a text without what stands in braces."""
    if "{" not in text:
        return text
    kept: list[str] = []
    at = 0
    while (start := text.find("{", at)) >= 0:
        kept.append(text[at:start])
        at = text.find("}", start) + 1 or len(text)
    return "".join([*kept, text[at:]])


def with_comments_closed(context: Context, node: Node, name: str, source: Source) -> Source:
    """Return the text up to a comment that is never closed: Stella reads it to the end."""
    start = next((at for piece, at in _marks(source.text) if piece == "{"), None)
    if start is None:
        return source
    context.warn(
        f"`{name}`: the comment `{{` is never closed, and runs to the end of the equation",
        node,
        "add a closing `}` where it ends",
    )
    return Source(source.name, source.text[:start], source.first_line, source.first_column)


def without_line_comments(source: Source) -> Source:
    """Return the text with ``// ...`` blanked where no operator can stand.

    After an operand ``//`` is safe division; where an operand is due it begins a comment that runs
    to the end of the line.
    """
    text = source.text
    kept: list[str] = []
    before = ""
    at = 0
    for piece, start in _marks(text):
        if start < at:
            continue  # inside a comment that has been blanked
        kept.append(text[at:start])
        before = kept[-1].rstrip()[-_LONGEST_WORD:] or before
        at = start + len(piece)
        if piece == "//" and _OPERAND_DUE.search(before):
            stop = text.find("\n", at)
            stop = len(text) if stop < 0 else stop
            kept.append(" " * (stop - start))
            at = stop
            continue
        kept.append(piece)
        if not piece.startswith("{"):
            before = piece[-1]
    kept.append(text[at:])
    return Source(source.name, "".join(kept), source.first_line, source.first_column)
