"""The text of equations: comments, what was never written, lists of one entry an element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from headwater.errors import SyntaxFault
from headwater.formats.xmile.context import Context
from headwater.formats.xmile.dialects.pulses import NAMES_TEST_INPUTS, with_test_inputs
from headwater.formats.xmile.dialects.readings import NAMES_OTHERS, with_own_names
from headwater.formats.xmile.dialects.vensim import (
    has_vensims_operators,
    read_vensims,
    with_vensims_functions,
    with_vensims_settings,
    with_what_was_left_out,
    without_kind_of_data,
)
from headwater.formats.xmile.document import Node
from headwater.language.builtins import find_spelling
from headwater.language.names import canonical
from headwater.language.parser import parse_expression
from headwater.language.source import Source, Span
from headwater.language.syntax import (
    Binary,
    Call,
    Expression,
    Name,
    Number,
    Unary,
    Wildcard,
    transform,
    walk,
)

NAMESPACES = frozenset({"std", "isee"})
"""Namespaces of functions; a module of that name would hide none of them."""

VENDORS = frozenset(
    {
        *("std", "user", "anylogic", "forio", "insightmaker", "isee", "powersim", "simanticssd"),
        *("simile", "sysdea", "vensim"),
    }
)
"""Namespaces that the standard defines (3.2.2.3)."""

NEVER_WRITTEN = re.compile(r"\?{2,}")

_ALLOCATION = re.compile(r"\ballocate\s*\(", re.IGNORECASE)
_MEAN = re.compile(r"\bmean\s*\(", re.IGNORECASE)
_NAMESPACE = re.compile(r"\b(?:std|isee)\.", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_MARK = re.compile(r'["{()\[\],;]|//')
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
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
    if NEVER_WRITTEN.fullmatch(_without_comments(source.text).strip()):
        context.error(
            f"`{name}` has no equation: `???` stands where it should be",
            node,
            "the tool that made the file could not translate it: write it",
        )
        return []
    if "//" in source.text:
        source = _without_line_comments(source)
    if "{" in source.text:
        source = _with_comments_closed(context, node, name, source)
        if not source.text.strip():
            return []
        source = with_what_was_left_out(source)
    if ".*" in source.text:
        text = _EVERY_OF.sub(r"*:\1", source.text)
        source = Source(source.name, text, source.first_line, source.first_column)
    if "]" in source.text:
        text = _SLAT.sub(_in_one_list, source.text)
        source = Source(source.name, text, source.first_line, source.first_column)
    if context.vensims and ":" in source.text:
        source = without_kind_of_data(source)
        if not source.text.strip():
            message = f"`{name}` is data, and the file has none of its points"
            hint = "give it a graphical function of time, or read Vensim's own file with its data"
            context.error(message, node, hint)
            return []
    in_vensims_words = context.vensims and has_vensims_operators(source.text)
    read_entry = read_vensims if in_vensims_words else _parse
    found: list[Expression] = []
    try:
        for start, stop in _split(source.text):
            found.append(read_entry(source, start, stop))
        if _NAMESPACE.search(source.text):
            found = [transform(e, _without_namespace) for e in found]
        if context.macros and "." in source.text:
            found = [transform(e, partial(_of_the_file, context)) for e in found]
        if context.vensims:
            found = [transform(e, with_vensims_functions) for e in found]
            found = [transform(e, lambda n: with_vensims_settings(n, context.own)) for e in found]
        if _ALLOCATION.search(source.text):
            found = [transform(e, _over_its_dimension) for e in found]
        if _MEAN.search(source.text):
            found = [transform(e, _of_numbers) for e in found]
        if not context.vensims and NAMES_OTHERS.search(source.text):
            found = [with_own_names(e, context.stellas, context.own) for e in found]
        if not context.vensims and NAMES_TEST_INPUTS.search(source.text):
            found = [with_test_inputs(e, context.stellas, context.own) for e in found]
    except SyntaxFault as fault:
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


def _in_one_list(found: re.Match[str]) -> str:
    """Return a part's subscript behind those of its element, in a text of the same length."""
    blanks = found[1]
    return found[0] if blanks is None else f",{blanks} "


def _is_drawn_only(expression: Expression) -> bool:
    """Tell whether an expression is how Stella writes arrows that lead to a variable."""
    match expression:
        case Call(function=Name(key="nan"), arguments=(_, *_)):
            return True
    return False


def _without_namespace(node: Expression) -> Expression:
    """Return a function of the standard's or Stella's namespace by its bare name (3.2.2.3)."""
    match node:
        case Call(function=function):
            bare = _without_namespace(function)
            return replace(node, function=bare) if isinstance(bare, Name) else node
        case Name(text=text):
            space, _, name = text.partition(".")
            if space.lower() in NAMESPACES and find_spelling(name, "stella") is not None:
                return Name(name, node.subscripts, node.span)
    return node


def _of_the_file(context: Context, node: Expression) -> Expression:
    """Return a call of a macro of the model, or its name, without the namespace (3.2.2.3)."""
    match node:
        case Call(function=function):
            bare = _of_the_file(context, function)
            return replace(node, function=bare) if isinstance(bare, Name) else node
        case Name(key=key, text=text, subscripts=()):
            space, _, name = key.rpartition(".")
            known = space in context.spaces or space.partition(".")[0] in VENDORS
            if space and name in context.macros and known:
                return Name(text.rpartition(".")[2], (), node.span)
    return node


def _over_its_dimension(node: Expression) -> Expression:
    """Return ALLOCATE with the requests and priorities of the element that it is computed for.

    Stella writes all elements of the dimension that its second argument names.
    """
    match node:
        case Call(
            function=Name(key="allocate"), arguments=(supply, Name(subscripts=()) as over, *rest)
        ):
            own = [transform(a, lambda n: _own_element(n, over)) for a in rest]
            return replace(node, arguments=(supply, over, *own))
    return node


def _of_numbers(node: Expression) -> Expression:
    """Return Stella's MEAN of several numbers, written out; that of an array as it is."""
    match node:
        case Call(function=Name(key="mean"), arguments=(first, second, *rest)):
            total: Expression = Binary("+", first, second, node.span)
            for argument in rest:
                total = Binary("+", total, argument, node.span)
            return Binary("/", total, Number(float(len(rest) + 2), node.span), node.span)
    return node


def _own_element(node: Expression, over: Name) -> Expression:
    match node:
        case Wildcard(dimension=dimension) if canonical(dimension) in ("", over.key):
            return replace(over, span=node.span)
    return node


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


def _with_comments_closed(context: Context, node: Node, name: str, source: Source) -> Source:
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


def _without_line_comments(source: Source) -> Source:
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
