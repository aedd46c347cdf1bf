"""The literate case: a folder of Markdown whose fenced blocks run.

A format of :mod:`headwater.formats.registry`. ``reader`` is the way in: the package ``text`` cuts
a case up into statements, ``declarations`` reads each kind of statement, ``clauses`` the clauses
they share. ``layout`` is the canonical form of ``headwater fmt``, ``template`` the case of
``headwater new``, and the package ``writing`` writes a case.
Each is imported when it is called for: most models need one format, and one way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from headwater.formats.losses import Written
from headwater.model.case import Case, Check
from headwater.model.project import Project

NAME = "literate case"
ENTRY = "case.md"
EXTENSIONS = (".md", ".markdown")

__all__ = ["ENTRY", "EXTENSIONS", "NAME", "begins", "read", "read_case_text", "sniff", "write"]


def begins(head: bytes) -> bool:
    """Tell whether a file is a case by its first words, which may be any."""
    del head
    return False


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a path without a known extension is a case: a folder with a ``case.md``."""
    del head
    return path.is_dir() and (path / ENTRY).exists()


def read(path: Path) -> Case:
    """Read a case from its folder or its first file."""
    from headwater.formats.literate.reader import read_case

    return read_case(path)


def read_case_text(text: str, name: str = ENTRY, folder: Path | None = None) -> Case:
    """Read a case from one text. Without a ``folder`` it can name no parts and no data files.

    Raises :class:`~headwater.errors.HeadwaterError` with every mistake that was found.
    """
    from headwater.formats.literate import reader

    return reader.read_case_text(text, name, folder)


def write(
    project: Project,
    name: str,
    contradicted: Callable[[Project], Collection[str]] | None = None,
    checks: Sequence[Check] = (),
) -> Written:
    """Return a project without modules as a case of one file ``name``, and what it does not say."""
    from headwater.formats.literate.writing import write_text

    return write_text(project, name, contradicted, checks)
