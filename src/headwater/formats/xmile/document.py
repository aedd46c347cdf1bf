"""XML from strangers, as a tree of plain nodes.

Nothing outside of the text is ever read: a document type, an entity or an external reference is an
error, and size, depth and number of elements have bounds. Namespaces are resolved without a
declared prefix being required, since files in the wild leave declarations out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from headwater.errors import Place, SyntaxFault
from headwater.language.source import Source, Span

MAX_BYTES = 32 * 2**20
MAX_LINES = 2_000_000
MAX_DEPTH = 100
MAX_ELEMENTS = 500_000

OPAQUE = frozenset({"views", "view", "style", "interface", "ai_information", "image"})
"""Elements that are kept as they are written; their content says nothing of the computation."""

NAMESPACE = "http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"
VENDOR_SPACES: Mapping[str, str] = MappingProxyType({"isee": "http://iseesystems.com/XMILE"})
"""The prefixes that files are written with, whatever is in them."""

OWN_SPACE: Mapping[str, str] = MappingProxyType({"headwater": "urn:headwater"})
"""The prefix of what XMILE has no element for, in files of Headwater's that have such a thing."""

_PREFIXES = {space: prefix for prefix, space in (*VENDOR_SPACES.items(), *OWN_SPACE.items())}

_XMILE_SPACES = re.compile(r"https?://(docs\.oasis-open\.org/xmile/|www\.systemdynamics\.org/)")
_DECLARATION = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DECLARATION_TEXT = re.compile(r"\s*<\?xml[^>]*\?>")
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1252": "cp1252",
    "shift_jis": "shift_jis",
    "gb2312": "gb2312",
    "gbk": "gbk",
}
_WIDE = {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
"""Encodings of two bytes a character, by how a document begins in each."""

_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_PLAIN_TAG = re.compile(r"[\w.-]+(?::[\w.-]+)?")
_NONE: Mapping[str, str] = MappingProxyType({})

_BARE = re.compile(
    r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&(?!#\d+;|#x[\da-fA-F]+;|\w+;)"
    r"""|<(?![!?/]|[\w:.-]+(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*/?>)""",
    re.DOTALL,
)
_INSTEAD = {"&": "\ue026", "<": "\ue03c"}
"""Characters that stand in for what XML keeps to itself; in a text of a model there are none."""
_MEANT = {ord(v): k for k, v in _INSTEAD.items()}
_ESCAPED = {ord(v): escape(k) for k, v in _INSTEAD.items()}


@dataclass(slots=True, eq=False)
class Document:
    """The file that a node stands in, and the namespaces that its root gives prefixes."""

    name: str
    lines: list[str]
    spaces: dict[str, str] = field(default_factory=dict)
    repaired: Place | None = None
    """Where the first character stands that had to be written in another way."""

    def place(self, line: int, column: int) -> Place:
        """Return a place; lines and columns count from 1."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Place(self.name, line, column, 1, text)


@dataclass(slots=True, eq=False)
class Node:
    """An element. ``tag`` is its name without the prefix of XMILE's namespace.

    A name of another namespace keeps a prefix (``isee:delay_aux``). ``raw`` is the element as it is
    written, for the elements of :data:`OPAQUE`, which have no children here.
    """

    tag: str
    document: Document
    line: int
    column: int
    attributes: Mapping[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""
    raw: str = ""
    text_line: int = 0
    text_column: int = 0

    @property
    def place(self) -> Place:
        """Where the element begins."""
        return self.document.place(self.line, self.column)

    @property
    def span(self) -> Span:
        """The start tag, as far as it stands on one line."""
        lines = self.document.lines
        line = lines[self.line - 1] if 0 < self.line <= len(lines) else ""
        start = self.column - 1
        stop = line.find(">", start) + 1 or len(line)
        source = Source(self.document.name, line[start:stop], self.line, self.column)
        return Span(source, 0, max(1, stop - start))

    def first(self, tag: str) -> Node | None:
        """Return the first child with that tag."""
        for child in self.children:
            if child.tag == tag:
                return child
        return None

    def every(self, tag: str) -> Iterator[Node]:
        """Yield the children with that tag, in order."""
        return (c for c in self.children if c.tag == tag)

    def content(self, tag: str) -> str:
        """Return the text of the first child with that tag, without blanks around it."""
        child = self.first(tag)
        return child.text.strip() if child is not None else ""

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return an attribute that is ``true`` or ``false``."""
        return is_true(self.attributes[name]) if name in self.attributes else default

    def source(self) -> Source:
        """Return the text as a source whose places are those in the file."""
        if not self.text_line:
            return Source(self.document.name, self.text, self.line, self.column)
        return Source(self.document.name, self.text, self.text_line, self.text_column)


def is_true(text: str) -> bool:
    """Tell whether the text of an option, such as ``<non_negative/>``, switches it on."""
    return text.strip().lower() not in ("false", "0", "no", "off")


def decode(content: bytes, name: str) -> str:
    """Return a document's text, by its byte order mark or its declaration, else as UTF-8.

    Raises :class:`SyntaxFault`.
    """
    if len(content) > MAX_BYTES:
        hint = f"the limit is {MAX_BYTES // 2**20} MiB"
        raise SyntaxFault(f"the file has {len(content) / 2**20:,.0f} MiB", Place(name), hint)
    declared = _DECLARATION.match(content[:200])
    encoding = "utf-8"
    if content[:2] in _WIDE:
        encoding = _WIDE[content[:2]]
    elif declared and content[:3] != b"\xef\xbb\xbf":
        written = declared.group(1).decode("ascii").lower()
        if written not in _ENCODINGS:
            hint = "save the file with the encoding UTF-8, as XMILE requires"
            raise SyntaxFault(f"unknown encoding `{written}`", Place(name, 1, 1), hint)
        # Programs that keep text as UTF-16 say so of files that they then write as UTF-8.
        encoding = _ENCODINGS[written] if written != "utf-16" or b"\0" in content[:4] else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        line = content[: getattr(error, "start", 0)].count(b"\n") + 1
        hint = "save the file with the encoding UTF-8, as XMILE requires"
        raise SyntaxFault(
            f"this is not {encoding.upper()} text", Place(name, line, 1), hint
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_document(text: str, name: str, opaque: frozenset[str] = OPAQUE) -> Node:
    """Return the root element of a document. Raises :class:`SyntaxFault` with the place."""
    if text.count("\n") > MAX_LINES:
        hint = "this is no model that a tool has written"
        raise SyntaxFault(f"the file has more than {MAX_LINES:,} lines", Place(name), hint)
    declaration = _DECLARATION_TEXT.match(text)
    if declaration:
        # The text is decoded already: what the declaration says of its encoding is past.
        blank = re.sub(r"[^\n]", " ", declaration.group())
        text = blank + text[declaration.end() :]
    try:
        return _Reader(text, name, opaque).read()
    except SyntaxFault as fault:
        repaired = _with_stand_ins(text)
        if repaired == text:
            raise
        try:
            return _Reader(repaired, name, opaque, text).read()
        except SyntaxFault:
            raise fault from None


def _with_stand_ins(text: str) -> str:
    """Return a text with one character for each mark of XML's that stands where it means itself.

    ``&`` before what is no entity, and ``<`` before what is no tag, can be nothing else in XML.
    """
    if any(c in text for c in _INSTEAD.values()):
        return text
    return _BARE.sub(lambda m: _INSTEAD.get(m.group(), m.group()), text)


class _Reader:
    """The callbacks of one expat parser, and the elements that are open."""

    def __init__(self, text: str, name: str, opaque: frozenset[str], written: str = "") -> None:
        self._opaque = opaque
        self._document = Document(name, (written or text).split("\n"))
        self._repaired = bool(written)
        if written:
            self._document.repaired = self._first_difference(text, written)
        self._bytes = text.encode("utf-8", "surrogatepass")
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self._spaces: list[dict[str, str]] = [{}]
        self._root: Node | None = None
        self._count = 0
        self._opaque_depth = 0
        self._opaque_start = 0
        self._parser = expat.ParserCreate("utf-8")

    def read(self) -> Node:
        parser = self._parser
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.EntityDeclHandler = self._refuse_entity
        parser.UnparsedEntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(self._bytes, True)
        except expat.ExpatError as error:
            raise self._not_well_formed(error) from None
        except (UnicodeError, ValueError):
            raise SyntaxFault("this is not readable XML", self._place(), _XML_HINT) from None
        if self._root is None:
            raise SyntaxFault("the file has no element", Place(self._document.name), _XML_HINT)
        return self._root

    def _first_difference(self, text: str, written: str) -> Place:
        first = next(i for i, (a, b) in enumerate(zip(text, written, strict=True)) if a != b)
        line, column = text.count("\n", 0, first) + 1, first - text.rfind("\n", 0, first)
        return self._document.place(line, column)

    # Elements

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._opaque_depth:
            self._opaque_depth += 1
            if self._opaque_depth > MAX_DEPTH:
                self._fail(f"elements are nested deeper than {MAX_DEPTH}")
            return
        self._count += 1
        if self._count > MAX_ELEMENTS:
            self._fail(f"the file has more than {MAX_ELEMENTS:,} elements")
        if len(self._open) >= MAX_DEPTH:
            self._fail(f"elements are nested deeper than {MAX_DEPTH}")
        self._declare(attributes)
        node = Node(
            self._tag(name),
            self._document,
            self._parser.CurrentLineNumber,
            self._parser.CurrentColumnNumber + 1,
            self._own(attributes) if attributes else _NONE,
        )
        if self._open:
            self._open[-1].children.append(node)
        else:
            self._root = node
        self._open.append(node)
        self._texts.append([])
        if node.tag in self._opaque and len(self._open) > 1:
            self._opaque_depth = 1
            self._opaque_start = self._parser.CurrentByteIndex

    def _end(self, name: str) -> None:
        del name
        if self._opaque_depth:
            self._opaque_depth -= 1
            if self._opaque_depth:
                return
            self._open[-1].raw = self._raw()
        pieces = self._texts.pop()
        if pieces:
            self._open[-1].text = "".join(pieces)
        self._open.pop()
        self._spaces.pop()

    def _raw(self) -> str:
        """Return the opaque element that ends here, as it is written."""
        start = self._opaque_start
        first = _TAG.match(self._bytes, start)
        if first is not None and first.group().endswith(b"/>"):
            stop = first.end()
        else:
            last = _TAG.match(self._bytes, self._parser.CurrentByteIndex)
            stop = last.end() if last else start
        raw = self._bytes[start:stop].decode("utf-8", "replace")
        return raw.translate(_ESCAPED) if self._repaired else raw

    def _characters(self, data: str) -> None:
        if self._opaque_depth or not self._open:
            return
        node = self._open[-1]
        if not node.text_line:
            node.text_line = self._parser.CurrentLineNumber
            node.text_column = self._parser.CurrentColumnNumber + 1
        self._texts[-1].append(data.translate(_MEANT) if self._repaired else data)

    # Names

    def _declare(self, attributes: dict[str, str]) -> None:
        spaces = self._spaces[-1]
        declared = {k: v for k, v in attributes.items() if k == "xmlns" or k.startswith("xmlns:")}
        if declared:
            spaces = {**spaces, **{k[6:]: v for k, v in declared.items()}}
            if not self._open:
                # Whatever the default namespace of a model's root is called, XMILE is meant.
                spaces[""] = ""
                self._document.spaces = {k: v for k, v in spaces.items() if k}
        self._spaces.append(spaces)

    def _tag(self, name: str) -> str:
        prefix, colon, local = name.rpartition(":")
        space = self._spaces[-1].get(prefix)
        if not colon:
            vendor = space is not None and self._open and not _is_xmile(space)
            return f"{space}:{local}" if vendor else local
        if space is not None and _is_xmile(space):
            return local
        return self._known(prefix, local)

    def _known(self, prefix: str, local: str) -> str:
        """Return a name of another namespace, with the prefix that files are written with."""
        space = self._spaces[-1].get(prefix)
        return f"{_PREFIXES.get(space, prefix) if space else prefix}:{local}"

    def _own(self, attributes: dict[str, str]) -> dict[str, str]:
        if self._repaired:
            attributes = {k: v.translate(_MEANT) for k, v in attributes.items()}
        return {
            self._known(*k.split(":", 1)) if ":" in k else k: v
            for k, v in attributes.items()
            if not k.startswith("xmlns")
        }

    # Faults

    def _not_well_formed(self, error: expat.ExpatError) -> SyntaxFault:
        message = f"this is not well-formed XML: {expat.ErrorString(error.code)}"
        place = self._document.place(error.lineno, error.offset + 1)
        hint = _XML_HINT
        if self._open and not self._opaque_depth:
            node = self._open[-1]
            name = f' name="{node.get("name")}"' if node.get("name") else ""
            hint = f"<{node.tag}{name}> of line {node.line} is still open here"
        return SyntaxFault(message, place, hint)

    def _place(self) -> Place:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber
        return self._document.place(line, column + 1)

    def _fail(self, message: str, hint: str = "") -> NoReturn:
        raise SyntaxFault(
            message, self._place(), hint or "this is no model that a tool has written"
        )

    def _refuse_doctype(self, *_: object) -> None:
        self._fail("a document type declaration is refused", "XMILE has none: remove it")

    def _refuse_entity(self, *_: object) -> int:
        self._fail("an entity is refused", "XMILE has none: write the text itself")


_XML_HINT = "an XMILE file is an XML document whose root element is <xmile>"


def _is_xmile(space: str) -> bool:
    return not space or bool(_XMILE_SPACES.match(space)) or space.upper() == "XMILE"


def serialize(node: Node) -> str:
    """Return an element as XML, without the blanks between its children.

    Elements of namespaces without a prefix are left out.
    """
    if not _PLAIN_TAG.fullmatch(node.tag):
        return ""
    attributes = "".join(f" {k}={quoteattr(v)}" for k, v in node.attributes.items())
    text = "" if node.children and not node.text.strip() else escape(node.text)
    inside = text + "".join(serialize(c) for c in node.children)
    return (
        f"<{node.tag}{attributes}>{inside}</{node.tag}>" if inside else f"<{node.tag}{attributes}/>"
    )
