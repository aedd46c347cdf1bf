"""Split the blocks of a case into statements, and statements into their clauses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from headwater.errors import SyntaxFault, did_you_mean
from headwater.formats.literate.text.collect import Findings
from headwater.formats.literate.text.markdown import Block, Heading, Line
from headwater.formats.literate.text.stretch import WORD, Stretch, ends_operand
from headwater.language.source import Source, Span
from headwater.language.tokens import KEYWORDS as OPERATORS

VARIABLE_KEYWORDS = ("stock", "flow", "aux", "constant", "graph", "data", "lever")
KEYWORDS = (
    "dimension",
    "unit",
    *VARIABLE_KEYWORDS,
    "correlate",
    "variant",
    "policy",
    "check",
    "expect",
    "compare",
    "outcome",
    "loop",
    "fit",
)
COMMON_CLAUSES = ("range", "uncertain", "truncated", "shared", "because", "assume", "note")
STOCK_CLAUSES = ("conveyor", "queue", "oven")
FLOW_CLAUSES = ("leak", "overflow", "spread", "stamped")
INITIAL_CLAUSES = ("initially",)
GRAPH_KINDS = ("continuous", "extrapolated", "discrete")
DATA_CLAUSES = ("column", "time", "where", "by", "interpolate", "scale")
OWN_CLAUSES: Mapping[str, tuple[str, ...]] = {
    "stock": STOCK_CLAUSES,
    "flow": (*FLOW_CLAUSES, *INITIAL_CLAUSES),
    "aux": INITIAL_CLAUSES,
    "graph": GRAPH_KINDS,
    "data": DATA_CLAUSES,
}
"""The clauses that only one kind of variable has."""

MAX_LINE = 100_000
_CLAUSE_START = re.compile(rf"{WORD.pattern}|[+-]")
_SEPARATOR = re.compile(r'[\s)\]}",]')
MAX_STATEMENT = 1_000_000
TAB_WIDTH = 8

_OTHER_WORDS = {
    "auxiliary": "aux",
    "const": "constant",
    "converter": "aux",
    "dim": "dimension",
    "expectation": "expect",
    "function": "graph",
    "level": "stock",
    "lookup": "graph",
    "param": "constant",
    "parameter": "constant",
    "rate": "flow",
    "scenario": "policy",
    "series": "data",
    "subscript": "dimension",
    "table": "graph",
    "units": "unit",
    "variable": "aux",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its keyword in lower case, what follows, and the headings above it.

    ``lines`` are the lines that hold more than blanks and comments.
    """

    keyword: str
    head: Stretch
    body: Stretch
    lines: tuple[Line, ...]
    headings: tuple[Heading, ...] = ()

    @property
    def source(self) -> Source:
        """The text that the statement stands in."""
        return self.head.source

    @property
    def span(self) -> Span:
        """The whole statement."""
        return Span(self.source, self.head.start, max(self.head.end, self.body.end))


@dataclass(frozen=True, slots=True)
class Clause:
    """A keyword (or the sign of a stock's flow line) and what follows it."""

    keyword: str
    head: Stretch
    body: Stretch


def split_block(block: Block, findings: Findings) -> list[Statement]:
    """Return the statements of a block. What cannot be read becomes a finding."""
    return split_lines(block.span.source, block.lines, block.headings, KEYWORDS, findings)


def split_lines(
    source: Source,
    lines: Iterable[Line],
    headings: tuple[Heading, ...],
    keywords: Collection[str],
    findings: Findings,
    indent: int = 0,
) -> list[Statement]:
    """Group lines into statements that start ``indent`` blanks in; deeper lines continue them."""
    statements: list[Statement] = []
    for group in group_lines(source, lines, indent, findings):
        with findings.collecting():
            statements.append(_statement(source, group, headings, keywords))
    return statements


def split_body(
    statement: Statement, keywords: Collection[str], findings: Findings
) -> tuple[Stretch, list[Statement]]:
    """Split a statement into the rest of its first line and the statements on the lines below."""
    head = Stretch.of(statement.source, statement.head.end, statement.lines[0].end)
    below = statement.lines[1:]
    indent = body_indent(statement)
    parts = split_lines(statement.source, below, statement.headings, keywords, findings, indent)
    return head, parts


def body_indent(statement: Statement) -> int:
    """Return how many blanks in the first line below a statement's head starts."""
    if len(statement.lines) < 2:
        return 0
    line = statement.lines[1]
    return indentation(statement.source.text[line.start : line.end])


def group_lines(
    source: Source, lines: Iterable[Line], indent: int, findings: Findings
) -> list[list[Line]]:
    """Group lines that begin ``indent`` blanks in with the deeper lines that follow them."""
    groups: list[list[Line]] = []
    for line in lines:
        text = source.text[line.start : line.end]
        content = text.strip()
        if not content or content.startswith("#"):
            continue
        width = indentation(text)
        begin = line.end - len(text.lstrip())
        if len(text) > MAX_LINE:
            place = source.place(begin, begin + 1)
            hint = f"break it; a line of a block holds up to {MAX_LINE:,} characters"
            findings.error(f"this line has {len(text):,} characters", place, hint)
        elif width == indent:
            groups.append([line])
        elif width > indent and groups:
            groups[-1].append(line)
        else:
            place = source.place(begin, line.end)
            if indent:
                hint = f"indent it by {indent} blanks, as the lines above"
            else:
                hint = "a statement starts at the left margin; indented lines continue it"
            findings.error("this line continues no statement", place, hint)
    return groups


def indentation(text: str) -> int:
    """Return how many columns of blanks a line begins with."""
    expanded = text.expandtabs(TAB_WIDTH)
    return len(expanded) - len(expanded.lstrip())


def _statement(
    source: Source, lines: list[Line], headings: tuple[Heading, ...], keywords: Collection[str]
) -> Statement:
    first = source.text[lines[0].start : lines[0].end]
    begin = lines[0].end - len(first.lstrip())
    match = WORD.match(source.text, begin, lines[0].end)
    if match is None:
        place = source.place(begin, lines[0].end)
        hint = f"start with one of: {', '.join(keywords)}; or indent the line further"
        if first.lstrip().startswith(("```", "~~~")):
            hint = "end the block above with a line like the one that begins it"
        raise SyntaxFault("expected a keyword", place, hint)
    keyword = match.group().lower()
    if keyword not in keywords:
        place = source.place(*match.span())
        what = "statement" if keywords is KEYWORDS else "clause"
        hint = _keyword_hint(keyword, keywords)
        raise SyntaxFault(f"unknown {what} `{match.group()}`", place, hint)
    stop = lines[-1].end
    if stop - begin > MAX_STATEMENT:
        hint = "split it, or read its values from a data file"
        place = source.place(*match.span())
        raise SyntaxFault(f"this statement has {stop - begin:,} characters", place, hint)
    head = Stretch.of(source, match.start(), match.end())
    body = Stretch.of(source, match.end(), stop, lists=keyword == "data")
    return Statement(keyword, head, body, tuple(lines), headings)


def _keyword_hint(word: str, keywords: Collection[str]) -> str:
    own = {w for words in OWN_CLAUSES.values() for w in words}
    if keywords is KEYWORDS and word in own.union(COMMON_CLAUSES):
        return f"`{word}` belongs to the statement above: indent the line"
    if _OTHER_WORDS.get(word) in keywords:
        return f"did you mean `{_OTHER_WORDS[word]}`?"
    return did_you_mean(word, keywords) or f"use one of: {', '.join(keywords)}"


def split_clauses(
    text: Stretch, keywords: Collection[str], *, flows: bool = False, commas: bool = False
) -> tuple[Stretch, list[Clause]]:
    """Split what follows a statement's head into its value and its clauses.

    A clause starts at a keyword that stands where an expression could have ended, so that
    ``a + range`` names a variable and ``a range 0 to 1`` does not; with ``commas``, also after a
    comma. With ``flows``, lines that start with a sign are the clauses ``+`` and ``-``.
    Raises :class:`SyntaxFault` for a line that starts with a word that is no clause.
    """
    starts: list[tuple[int, int]] = []
    for match in _CLAUSE_START.finditer(text.surface):
        blanks = _blanks_before(text.surface, match.start())
        own_line = "\n" in blanks
        last = match.start() - len(blanks)
        found = match.group()
        if commas and text.surface[last - 1 : last] == ",":
            own_line = False
        elif not ends_operand(text.surface, last):
            continue
        if found in "+-":
            if flows and own_line:
                starts.append(match.span())
        elif match.start() and not _SEPARATOR.match(text.surface[match.start() - 1]):
            continue
        elif found.lower() in keywords:
            starts.append(match.span())
        elif own_line and found.lower() not in OPERATORS:
            place = text.cut(*match.span()).place
            hint = did_you_mean(found, keywords) or f"a clause is one of: {', '.join(keywords)}"
            raise SyntaxFault(f"unknown clause `{found}`", place, hint)
    bounds = [*(begin for begin, _ in starts), len(text.surface)]
    clauses = [
        Clause(text.surface[begin:stop].lower(), text.cut(begin, stop), _piece(text, stop, end))
        for (begin, stop), end in zip(starts, bounds[1:], strict=True)
    ]
    return _piece(text, 0, bounds[0]), clauses


def _blanks_before(surface: str, at: int) -> str:
    start = at
    while start and surface[start - 1].isspace():
        start -= 1
    return surface[start:at]


def _piece(text: Stretch, start: int, end: int) -> Stretch:
    """Cut out a piece and drop the comma that may end it."""
    piece = text.cut(start, end)
    return piece.cut(0, len(piece.plain) - 1) if piece.plain.endswith(",") else piece


def clauses_by_keyword(
    clauses: Iterable[Clause], allowed: Collection[str], what: str
) -> dict[str, Clause]:
    """Return the clauses by keyword. Raises :class:`SyntaxFault` for a repeated or foreign one."""
    found: dict[str, Clause] = {}
    for clause in clauses:
        if clause.keyword not in allowed:
            hint = f"{what} takes: {', '.join(allowed)}"
            raise SyntaxFault(f"{what} takes no `{clause.keyword}`", clause.head.place, hint)
        if clause.keyword in found:
            hint = "keep one of them"
            raise SyntaxFault(f"`{clause.keyword}` is given twice", clause.head.place, hint)
        found[clause.keyword] = clause
    return found
