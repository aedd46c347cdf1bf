"""Find the front matter, the headings and the ``headwater`` blocks of a Markdown text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from markdown_it import MarkdownIt
from markdown_it.token import Token

from headwater.errors import SyntaxFault
from headwater.formats.literate.text.collect import Findings
from headwater.language.source import Source, Span

LANGUAGE = "headwater"
MISSPELT = 0.85
MAX_LINES = 200_000
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<body>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level (1 to 6) and its text."""

    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block: where its text begins (after a list's indentation) and ends."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of model text, with the headings above it, outermost first."""

    span: Span
    lines: tuple[Line, ...]
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown text taken apart."""

    source: Source
    front_matter: Span | None
    headings: tuple[Heading, ...]
    blocks: tuple[Block, ...]


def read_document(source: Source, findings: Findings) -> Document:
    """Find the parts of a text whose line ends are ``\\n``.

    Blocks follow CommonMark: a fence of backticks or tildes, indented by a list or not. A fence
    that is never closed, or whose language is a misspelling of ``headwater``, is an error.
    """
    _must_be_text(source)
    front = _FRONT_MATTER.match(source.text)
    if front is None and re.match(r"---[ \t]*\n", source.text):
        hint = "end the settings at the top with a line of three dashes"
        raise SyntaxFault("the front matter is never closed", source.place(0, 3), hint)
    text = source.text
    if front:
        text = "\n" * text.count("\n", 0, front.end()) + text[front.end() :]
    starts = [0, *(m.end() for m in re.finditer("\n", source.text)), len(source.text) + 1]
    above: list[Heading] = []
    headings: list[Heading] = []
    blocks: list[Block] = []
    for token, content, quoted in _tokens(text):
        if token.map is None:
            continue
        if token.type == "heading_open":
            heading = Heading(int(token.tag[1]), content)
            above = [*(h for h in above if h.level < heading.level), heading]
            headings.append(heading)
        elif _is_model(token, source, starts[token.map[0]], findings):
            block = _block(token, quoted, source, starts, tuple(above), findings)
            blocks += [block] if block else []
    front_span = Span(source, front.start("body"), front.end("body")) if front else None
    return Document(source, front_span, tuple(headings), tuple(blocks))


def _must_be_text(source: Source) -> None:
    """Raise :class:`SyntaxFault` for what is no text of a case, or too long."""
    if "\0" in source.text:
        at = source.text.index("\0")
        hint = "a text file is expected here; is this another kind of file?"
        raise SyntaxFault("the text holds a null character", source.place(at, at + 1), hint)
    line_count = source.text.count("\n") + 1
    if line_count > MAX_LINES:
        hint = f"a file of a case has up to {MAX_LINES:,}; use `parts` or data files"
        raise SyntaxFault(f"the file has {line_count:,} lines", source.place(0, 1), hint)


def _block(
    token: Token,
    quoted: bool,
    source: Source,
    starts: Sequence[int],
    headings: tuple[Heading, ...],
    findings: Findings,
) -> Block | None:
    """Return the block of a fence; None where it stands wrong, which becomes a finding.

    ``starts`` are where the lines of the source begin, ``headings`` those above the block.
    """
    assert token.map is not None
    first, last = token.map
    opening = Span(source, starts[first], starts[first + 1] - 1)
    if quoted:
        hint = "move the block out of the quotation"
        findings.error("a model block cannot stand in a quotation", opening.place, hint)
        return None
    closing = source.text[starts[last - 1] : starts[last] - 1].strip()
    if last - first < 2 or set(closing) != {token.markup[0]}:
        hint = f"end the block with a line `{token.markup}`"
        findings.error("this block is never closed", opening.place, hint)
        return None
    contents = token.content.split("\n")[: last - first - 2]
    lines = tuple(
        Line(max(starts[row], starts[row + 1] - 1 - len(line)), starts[row + 1] - 1)
        for row, line in enumerate(contents, first + 1)
    )
    return Block(Span(source, starts[first + 1], starts[last - 1]), lines, headings)


def _tokens(text: str) -> Iterator[tuple[Token, str, bool]]:
    """Yield headings (with their text) and fences, and whether they stand in a quotation."""
    parser = MarkdownIt("commonmark")
    parser.core.ruler.disable(["inline", "text_join"], ignoreInvalid=True)
    tokens = parser.parse(text)
    quotations = 0
    for index, token in enumerate(tokens):
        if token.type in ("blockquote_open", "blockquote_close"):
            quotations += token.nesting
        elif token.type == "heading_open":
            yield token, tokens[index + 1].content.strip(), quotations > 0
        elif token.type == "fence":
            yield token, "", quotations > 0


def _is_model(token: Token, source: Source, start: int, findings: Findings) -> bool:
    """Tell whether a fence holds model text, and refuse languages that nearly say so."""
    if token.type != "fence":
        return False
    words = token.info.split()
    if not words:
        return False
    language = words[0].strip("{}").lower()
    if language == LANGUAGE and len(words) == 1:
        return True
    begin = source.text.find(words[0], start)
    place = source.place(begin, begin + len(" ".join(words)))
    if language == LANGUAGE:
        hint = f"write ```{LANGUAGE} and nothing else on the line"
        findings.error("a model block takes no further words", place, hint)
    elif SequenceMatcher(None, language, LANGUAGE).ratio() > MISSPELT:
        hint = f"did you mean `{LANGUAGE}`? A block of another language is not part of the model"
        findings.error(f"unknown block language `{language}`", place, hint)
    return False
