"""The text of a model file, whatever encoding it was saved in.

Vensim writes ``{UTF-8}`` at the top of a file in that encoding; older files have the code page of
the computer that wrote them, mostly Windows-1252, and say nothing of it.
"""

from __future__ import annotations

import codecs
import re
import warnings
from pathlib import Path

from headwater.errors import DataWarning, Place, SyntaxFault
from headwater.formats.files import read_bytes
from headwater.language.source import Source

MAX_BYTES = 64 * 2**20

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


_END = re.compile(r"\n?\x1a\s*\Z")
_FOREIGN = re.compile(r"(?<!\w)\w*[^\x00-\x7f]{4}\w*")  # from where a word begins, tried once


def read_source(path: Path) -> Source:
    """Read a model file. Raises SyntaxFault where it is missing, empty, too large or binary."""
    name = str(path)
    content = read_bytes(path, name, SyntaxFault, max_bytes=MAX_BYTES)
    text = decode(content, name)
    foreign = _foreign_name(content, text)
    if foreign:
        warnings.warn(
            f"{name}: the file does not say its encoding and is no UTF-8, so it is read as "
            f"Windows-1252; where that is wrong, `{foreign}` and other names are too: save the "
            "file as UTF-8, with {UTF-8} at its top",
            DataWarning,
            stacklevel=2,
        )
    return Source(name, text)


def _foreign_name(content: bytes, text: str) -> str:
    """Return a word with letters in a row that Western languages do not have, if it was guessed."""
    found = _FOREIGN.search(text)
    if found is None or any(content.startswith(mark) for mark, _ in _MARKS):
        return ""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return found.group()
    return ""


def decode(content: bytes, name: str = "<text>") -> str:
    """Return the text of a file, with ``\\n`` line ends.

    A byte order mark decides; without one the text is UTF-8 if it can be, and else Windows-1252.
    The sign by which DOS ends a text is no part of it. Raises SyntaxFault for a binary file.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            text = content[len(mark) :].decode(encoding, "replace")
            break
    else:
        text = _unmarked(content)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        hint = "a Vensim text model (.mdl) is expected; save a binary model (.vmf, .vpm) as text"
        raise SyntaxFault("this is a binary file", Place(name, line, 1), hint)
    return _END.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _unmarked(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")
