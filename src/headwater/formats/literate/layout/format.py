"""The canonical layout of model blocks, for ``headwater fmt``. Prose is left as it is.

Lines are never joined or broken, only spaced: one blank around operators, two before a clause or a
comment on the same line; clauses and flows two blanks in, other continuation lines four (and two
more for each open bracket); at most one empty line. In declarations of one line each that follow
each other without an empty line, the ``:`` and the ``=`` stand in columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from headwater.formats.literate.declarations.expectations import COMPARISON_CLAUSES
from headwater.formats.literate.declarations.experiments import split_check
from headwater.formats.literate.declarations.fitting import FIT_CLAUSES
from headwater.formats.literate.declarations.loops import split_loop
from headwater.formats.literate.declarations.outcomes import OUTCOME_CLAUSES
from headwater.formats.literate.layout.spacing import (
    Marks,
    Token,
    blanks,
    is_sign,
    token_end,
    tokenize,
)
from headwater.formats.literate.text.collect import Findings
from headwater.formats.literate.text.headers import split_declaration, split_setting
from headwater.formats.literate.text.markdown import Block, Line, read_document
from headwater.formats.literate.text.statements import (
    KEYWORDS,
    VARIABLE_KEYWORDS,
    Statement,
    body_indent,
    group_lines,
    split_clauses,
    split_lines,
)
from headwater.formats.literate.text.stretch import Stretch
from headwater.language.source import Source

STEP = 2
MAX_PADDING = 24
MAX_NESTED = 10
_RAW_CLAUSES = (
    *("because", "claim", "column", "time", "where", "by", "interpolate", "horizon", "cut"),
)
_BODY_WORDS = {
    "variant": (*VARIABLE_KEYWORDS, "note", "because"),
    "policy": ("probe", "note", "because"),
    "expect": ("claim", "that", "effect", "link", "horizon", "because"),
}
_CHECK_WORDS = ("when", "then", "always", "at")


@dataclass(frozen=True, slots=True)
class Laid:
    """One line as it will stand. ``cells`` are the parts of a head that columns align."""

    indent: int
    text: str
    cells: tuple[str, str, str] | None = None
    comment: bool = False


def format_text(text: str, name: str) -> str:
    """Return a Markdown text with its model blocks in canonical layout.

    Line ends stay as they are, if they are all of one kind.

    Raises :class:`~headwater.errors.SyntaxFault` where a block cannot be taken apart into
    statements; ``name`` is the file shown then.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    source = Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))
    findings = Findings()
    document = read_document(source, findings)
    out: list[str] = []
    at = 0
    for block in document.blocks:
        out += [source.text[at : block.span.start], _format_block(block, findings)]
        at = block.span.end
    findings.raise_all()
    out.append(source.text[at:])
    return "".join(out).replace("\n", newline)


def _format_block(block: Block, findings: Findings) -> str:
    source = block.span.source
    prefix = _prefix(block)
    laid = _align(_lay_region(source, block.lines, 0, KEYWORDS, findings))
    lines = [prefix + " " * line.indent + line.text if line.text else "" for line in laid]
    return "".join(f"{line}\n" for line in lines)


def _prefix(block: Block) -> str:
    """Return what stands before every line of the block: the indentation of a list."""
    text = block.span.source.text
    prefixes = [text[text.rfind("\n", 0, x.start) + 1 : x.start] for x in block.lines]
    return max(prefixes, key=len, default="")


def _lay_region(
    source: Source,
    lines: Iterable[Line],
    indent: int,
    keywords: tuple[str, ...],
    findings: Findings,
    base: int = 0,
) -> list[Laid]:
    """Lay out statements that stand ``indent`` blanks in, so that they stand ``base`` in."""
    lines = list(lines)
    before = len(findings)
    statements = {
        s.lines[0].start: s for s in split_lines(source, lines, (), keywords, findings, indent)
    }
    if len(findings) > before:
        return []
    laid: list[Laid] = []
    until = -1
    for line in lines:
        if line.start < until:
            continue
        statement = statements.get(line.start)
        if statement is not None:
            until = statement.lines[-1].end
            with findings.collecting():
                laid += _lay(statement, lines, base, findings)
            continue
        content = source.text[line.start : line.end].strip()
        own_margin = not source.text[line.start : line.start + 1].isspace()
        laid.append(Laid(base if own_margin or base else STEP, content, comment=True))
    return _tidy(laid, base)


def _tidy(laid: list[Laid], base: int) -> list[Laid]:
    """Drop empty lines at the ends and after each other; move comments beside what they precede."""
    kept: list[Laid] = []
    for line in laid:
        if line.text or (kept and kept[-1].text):
            kept.append(line)
    while kept and not kept[-1].text:
        kept.pop()
    below = base
    for index in range(len(kept) - 1, -1, -1):
        line = kept[index]
        if line.comment and line.text and below > base:
            kept[index] = replace(line, indent=below)
        elif line.text and not line.comment:
            below = line.indent
    return kept


def _lay(statement: Statement, lines: list[Line], base: int, findings: Findings) -> list[Laid]:
    if statement.keyword != "variant":
        return _lay_lines(statement, _marks(statement, findings), base)
    first, last = statement.lines[0], statement.lines[-1]
    head = replace(
        statement, lines=(first,), body=Stretch.of(statement.source, statement.head.end, first.end)
    )
    inner = [x for x in lines if first.end < x.start and x.end <= last.end]
    return [
        *_lay_lines(head, _marks(head, findings), base),
        *_lay_region(
            statement.source,
            inner,
            body_indent(statement),
            _BODY_WORDS["variant"],
            findings,
            base + STEP,
        ),
    ]


def _lay_lines(statement: Statement, marks: Marks, base: int) -> list[Laid]:
    """Space the tokens of every line, and indent the lines."""
    source = statement.source
    start, end = statement.head.start, statement.lines[-1].end
    marks.clauses[start] = statement.head.end
    rows: list[list[tuple[Token, str]]] = [[]]
    solid: list[Token] = []
    before: Token | None = None
    at = start
    for token in tokenize(source, start, end, statement.keyword == "data", marks):
        below = source.text.count("\n", at, token.start)
        rows += [[] for _ in range(below)]
        gap = ""
        if before and not below:
            sign = before is solid[-1] and is_sign(before, solid[-2] if len(solid) > 1 else None)
            gap = blanks(before, token, sign)
        rows[-1].append((token, gap))
        at = token_end(token, marks)
        if token.kind not in ("comment", "note"):
            solid.append(token)
        before = token
    laid: list[Laid] = []
    for number, row in enumerate(rows):
        laid += _lay_row(row, marks, base, number == 0, len(rows) == 1)
    return laid


def _lay_row(
    row: list[tuple[Token, str]], marks: Marks, base: int, head: bool, alone: bool
) -> list[Laid]:
    if not row:
        return [Laid(base, "")]
    first = row[0][0]
    indent = base
    if not head:
        outer = first.kind == "clause" or first.start in marks.line_starts or first.text == "}"
        nested = min(first.depth, MAX_NESTED) - (first.kind == "close")
        indent += STEP if outer else (2 + max(0, nested)) * STEP
    parts = _joined(row).split("\n")
    rest = [Laid(base + 2 * STEP, part.strip()) for part in parts[1:] if part.strip()]
    cells = _cells(row) if head and alone and not rest else None
    return [Laid(indent, parts[0].rstrip(), cells, first.kind == "note"), *rest]


def _cells(row: list[tuple[Token, str]]) -> tuple[str, str, str] | None:
    """Cut a declaration at its ``:`` and its ``=``."""
    at = [i for i, (token, _) in enumerate(row) if token.kind == "separator"]
    if len(at) != 2:
        return None
    name, unit, value = row[: at[0]], row[at[0] + 1 : at[1]], row[at[1] + 1 :]
    return _joined(name), _joined(unit).strip(), _joined(value).strip()


def _joined(row: list[tuple[Token, str]]) -> str:
    return "".join(gap + token.text for token, gap in row)


def _align(laid: list[Laid]) -> list[Laid]:
    """Set the colons and equals signs of neighbouring one-line declarations in columns."""
    out: list[Laid] = []
    run: list[Laid] = []
    for line in [*laid, Laid(-1, "")]:
        if line.cells and (not run or run[-1].indent == line.indent):
            run.append(line)
            continue
        out += _columns(run)
        run = [line] if line.cells else []
        if not line.cells:
            out.append(line)
    return out[:-1]


def _columns(run: list[Laid]) -> list[Laid]:
    names = [line.cells[0] for line in run if line.cells]
    units = [line.cells[1] for line in run if line.cells]
    widths = [max(map(len, column), default=0) for column in (names, units)]
    slack = [w - min(map(len, c), default=0) for w, c in zip(widths, (names, units), strict=True)]
    if max(slack) > MAX_PADDING:
        return run
    return [
        replace(line, text=f"{c[0]:<{widths[0]}} : {c[1]:<{widths[1]}} = {c[2]}")
        for line in run
        if (c := line.cells)
    ]


def _marks(statement: Statement, findings: Findings) -> Marks:
    """Find out what the formatter has to know of a statement's grammar."""
    marks = Marks()
    match statement.keyword:
        case "unit":
            right = statement.body.split("=")[-1]
            _mark_raw(marks, right, unit=True)
        case "loop":
            _, path, clauses = split_loop(statement)
            _mark_raw(marks, path)
            for clause in clauses:
                _mark_clause(marks, clause.keyword, clause.head, clause.body)
        case "outcome":
            _mark_worded(statement, OUTCOME_CLAUSES, marks)
            for clause in split_clauses(statement.body, OUTCOME_CLAUSES)[1]:
                _mark_raw(marks, clause.body)
        case "fit":
            _mark_worded(statement, FIT_CLAUSES, marks)
        case "correlate":
            _mark_words(marks, statement.body, "with", "at")
        case "policy":
            head = Stretch.of(statement.source, statement.head.end, statement.lines[0].end)
            _mark_words(marks, head, "from")
            _mark_body(statement, marks, findings)
        case "because" | "note":
            _mark_clause(marks, statement.keyword, statement.head, statement.body)
        case "expect":
            head = Stretch.of(statement.source, statement.head.end, statement.lines[0].end)
            name = head.find(re.compile(r"[^\s\"]+"))
            if name:
                _mark_raw(marks, head.cut(*name.span()))
            _mark_body(statement, marks, findings)
        case "check":
            _, body, clauses = split_check(statement)
            marks.clauses.update((c.head.start, c.head.end) for c in clauses)
            for match in body.words():
                if match.group().lower() in _CHECK_WORDS:
                    begin = body.start + match.start()
                    marks.words.add(begin)
                    marks.line_starts.add(begin)
        case "compare":
            _mark_worded(statement, COMPARISON_CLAUSES, marks)
        case word if word in VARIABLE_KEYWORDS:
            _mark_declaration(statement, marks)
        case _:
            pass
    return marks


def _mark_worded(statement: Statement, keywords: tuple[str, ...], marks: Marks) -> None:
    """Mark clauses that read on like a sentence, and may begin a line of their own."""
    for clause in split_clauses(statement.body, keywords)[1]:
        if clause.keyword == "note":
            marks.clauses[clause.head.start] = clause.head.end
        else:
            marks.words.add(clause.head.start)
            marks.line_starts.add(clause.head.start)
            _mark_words(marks, clause.body, "to")


def _mark_declaration(statement: Statement, marks: Marks) -> None:
    found = split_declaration(statement)
    body = statement.body
    if found.value:
        equals = body.plain.rfind("=", 0, found.value.start - body.start)
        marks.separators.add(body.start + equals)
    if found.unit:
        marks.separators.add(body.start + body.plain.rfind(":", 0, found.unit.start - body.start))
        _mark_raw(marks, found.unit, unit=True)
    if found.input_unit:
        _mark_raw(marks, found.input_unit, unit=True)
    if statement.keyword == "data":
        _mark_raw(marks, found.value)
    for clause in found.clauses:
        _mark_clause(marks, clause.keyword, clause.head, clause.body)


def _mark_body(statement: Statement, marks: Marks, findings: Findings) -> None:
    """Mark the lines below a policy's or an expectation's head."""
    words = _BODY_WORDS[statement.keyword]
    indent = body_indent(statement)
    for lines in group_lines(statement.source, statement.lines[1:], indent, findings):
        line = Stretch.of(statement.source, lines[0].start, lines[-1].end)
        marks.line_starts.add(line.start)
        word = line.first_word()
        if word in words and not (statement.keyword == "policy" and split_setting(line)):
            _mark_clause(marks, word, line.cut(0, len(word)), line.cut(len(word)))


def _mark_clause(marks: Marks, keyword: str, head: Stretch, body: Stretch) -> None:
    marks.clauses[head.start] = head.end
    if keyword in _RAW_CLAUSES:
        _mark_raw(marks, body)
    elif keyword in ("range", "truncated"):
        _mark_words(marks, body, "to")
    elif keyword == "link":
        _mark_words(marks, body, "cut", "freed", "to")


def _mark_raw(marks: Marks, text: Stretch, *, unit: bool = False) -> None:
    """Mark what stands on each line, comments at the ends aside."""
    for match in re.finditer(r"\S(?:[^\n]*\S)?", text.plain):
        marks.raw[text.start + match.start()] = text.start + match.end()
        if unit:
            marks.units.add(text.start + match.start())


def _mark_words(marks: Marks, text: Stretch, *words: str) -> None:
    marks.words.update(text.start + m.start() for m in text.words() if m.group().lower() in words)
