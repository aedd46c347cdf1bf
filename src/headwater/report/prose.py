"""The case's own prose as HTML: Markdown without raw HTML, pictures or anything from outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from headwater.formats.literate.text.collect import Findings
from headwater.formats.literate.text.markdown import LANGUAGE, read_document
from headwater.language.source import Source
from headwater.report.links import Register, html

_CITATION = re.compile(r"\[(@[^\[\]]+)\]")
_ONE = re.compile(r"@([\w.:/-]*\w)(.*)", re.DOTALL)
_OUTSIDE = ("http://", "https://", "mailto:")


@dataclass(frozen=True, slots=True)
class Section:
    """Prose under one heading. ``start`` and ``end`` are characters of the file."""

    source: Source
    level: int
    title: str
    start: int
    end: int
    prose: Markup


class Prose:
    """Renders Markdown for one page, with links to what the page holds."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.parser = MarkdownIt("commonmark", {"html": False}).enable("table")
        rules: dict[str, Any] = {
            "text": self._text,
            "image": self._image,
            "code_inline": self._code,
            "link_open": self._link_open,
            "link_close": self._link_close,
        }
        assert isinstance(self.parser.renderer, RendererHTML)
        self.parser.renderer.rules.update(rules)

    def inline(self, text: str) -> Markup:
        """Return one line of Markdown (a note, a reason) as HTML without a paragraph."""
        return Markup(self.parser.renderInline(text, {}))

    def block(self, text: str) -> Markup:
        """Return a Markdown text as HTML."""
        return self._render(self.parser.parse(text, {}))

    def sections(self, source: Source) -> list[Section]:
        """Return the prose of a file by heading, without front matter and model blocks.

        Text before the first heading is a section of level 0 without a title.
        """
        document = read_document(source, Findings())
        text = source.text
        if document.front_matter:
            end = text.find("\n", document.front_matter.end) + 1 or len(text)
            text = "\n" * text.count("\n", 0, end) + text[end:]
        lines = [0, *(m.end() for m in re.finditer("\n", source.text)), len(source.text)]
        tokens = self.parser.parse(text, {})
        opens = [
            i for i, t in enumerate(tokens) if t.type == "heading_open" and t.level == 0 and t.map
        ]
        bounds = [0, *opens, len(tokens)]
        starts = [0, *(lines[(tokens[i].map or [0])[0]] for i in opens), len(source.text) + 1]
        found = []
        for number, (first, last) in enumerate(pairwise(bounds)):
            own = tokens[first:last]
            level, title = 0, ""
            if number > 0:
                level, title = int(own[0].tag[1]), own[1].content.strip()
                own = own[3:]
            own = [t for t in own if not _is_model(t)]
            if own or number > 0:
                prose = self._render(own)
                found.append(
                    Section(source, level, title, starts[number], starts[number + 1], prose)
                )
        return found

    def _render(self, tokens: Sequence[Token]) -> Markup:
        for token in tokens:
            if token.type in ("heading_open", "heading_close"):
                token.tag = "h6"  # the page has its own headings
            elif token.type == "th_open":
                token.attrSet("scope", "col")
        return Markup(self.parser.renderer.render(tokens, self.parser.options, {}))

    def _text(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        content = tokens[index].content
        pieces, at = [], 0
        for match in _CITATION.finditer(content):
            pieces.append(escape(content[at : match.start()]))
            pieces.append(self._citation(match.group(1)))
            at = match.end()
        pieces.append(escape(content[at:]))
        return str(Markup("").join(pieces))

    def _citation(self, text: str) -> Markup:
        cited = []
        for part in text.split(";"):
            match = _ONE.match(part.strip())
            link = match and (
                self.register.source(match.group(1)) or self.register.claim(match.group(1))
            )
            cited.append(html(link) + match.group(2) if match and link else escape(part.strip()))
        return Markup("({})").format(Markup("; ").join(cited))

    def _image(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return str(escape(tokens[index].content))

    def _code(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        content = tokens[index].content
        code = Markup("<code>{}</code>").format(content)
        link = self.register.variable(content)
        if link is None:
            return str(code)
        return str(Markup('<a href="{}">{}</a>').format(link.target, code))

    def _link_open(self, tokens: Sequence[Token], index: int, *rest: Any) -> str:
        href = str(tokens[index].attrGet("href") or "")
        outside = href.startswith(_OUTSIDE)
        target = href if outside else self.register.file(href)
        _open_links(rest).append(bool(target))
        if not target:
            return ""
        rel = Markup(' rel="noopener noreferrer"') if outside else Markup("")
        return str(Markup('<a href="{}"{}>').format(target, rel))

    def _link_close(self, _tokens: Sequence[Token], _index: int, *rest: Any) -> str:
        return "</a>" if _open_links(rest).pop() else ""


def _open_links(rest: tuple[Any, ...]) -> list[bool]:
    """Return the links that are open at a place of a text: whether each of them is shown.

    ``rest`` are the renderer's further arguments: its options, and what one text shares.
    """
    found: list[bool] = rest[-1].setdefault("open_links", [])
    return found


def _is_model(token: Token) -> bool:
    return token.type == "fence" and token.info.strip().strip("{}").lower() == LANGUAGE
