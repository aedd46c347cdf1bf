"""XMILE 1.0, as Stella and others write it.

A format of :mod:`headwater.formats.registry`. ``reader`` is the way in: ``document`` reads the XML,
``specs`` the settings; packages read the rest: ``variables``, ``arrays``, ``modules``, ``macros``,
``imports`` of values, and ``dialects`` what tools write beyond the standard. ``groups``,
``drawings`` and ``kept`` are what a model has beyond what is computed. The way back: the package
``writing``. Each is imported when it is called for: most models need one format, and one way.
"""

from __future__ import annotations

import re
from pathlib import Path

from headwater.errors import Diagnostic
from headwater.model.case import Case
from headwater.model.project import Project

NAME = "XMILE"
EXTENSIONS = (".xmile", ".stmx", ".itmx")

_ROOT = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<(?:[\w.-]+:)?xmile[\s>]", re.DOTALL)

__all__ = ["EXTENSIONS", "NAME", "begins", "project_of", "read", "sniff", "write"]


def begins(head: bytes) -> bool:
    """Tell whether a file's root element is XMILE's."""
    return _ROOT.match(head) is not None


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a file without a known extension is XMILE: its root element says so."""
    del path
    return b"<xmile" in head or b":xmile" in head


def read(path: Path) -> Project | Case:
    """Read a model; one with reality checks of Vensim's is a case."""
    from headwater.formats.xmile.reader import read_model_file

    return read_model_file(path)


def project_of(text: str, folder: Path | None, name: str) -> Project:
    """Return the model of a text; files that it refers to must lie in ``folder``."""
    from headwater.formats.xmile import reader

    return reader.project_of(text, folder, name)


def write(project: Project) -> tuple[str, list[Diagnostic]]:
    """Return a project as the text of a file, and what of it the file does not say."""
    from headwater.formats.xmile.writing import write_text

    return write_text(project)
