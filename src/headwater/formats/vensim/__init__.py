"""Vensim models: the text format ``.mdl``. A format of :mod:`headwater.formats.registry`.

``reader`` is the way in: ``encoding`` and ``sections`` find the equations, ``entries`` and
``equations`` cut them up, ``expressions`` parses them; ``ranges``, ``macros``, ``variables`` and
``control`` make the model of them; ``reality`` reads checks, ``sketches`` drawings. Values from
other files: the package ``files``. The way back: the packages ``translating`` (into Vensim's terms)
and ``writing`` (into its text).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headwater.formats.losses import Written
from headwater.language.source import Source
from headwater.model.case import Case, Check
from headwater.model.project import Project

NAME = "Vensim model"
EXTENSIONS = (".mdl",)

_WORDS = (b"INTEG", b"TIME STEP", b"SAVEPER", b"---///", b".Control")

__all__ = ["EXTENSIONS", "NAME", "begins", "project_of", "read", "sniff", "write"]


def begins(head: bytes) -> bool:
    """Tell whether a file begins as Vensim's models do; its other files have no ``~`` and ``|``."""
    return head.lstrip().startswith(b"{UTF-8}") and b"~" in head and b"|" in head


def sniff(path: Path, head: bytes) -> bool:
    """Tell whether a file without a known extension has the parts of a Vensim model."""
    del path
    parted = head.count(b"~") > 1 and b"|" in head
    return begins(head) or (parted and any(word in head for word in _WORDS))


def read(path: Path) -> Project | Case:
    """Read a model; one with reality checks is a case."""
    from headwater.formats.vensim.reader import read_model_file

    return read_model_file(path)


def project_of(source: Source, folder: Path | None, name: str) -> Project:
    """Return the model of a text; files that it refers to must lie in ``folder``."""
    from headwater.formats.vensim import reader

    return reader.project_of(source, folder, name)


def write(project: Project, name: str, checks: Sequence[Check] = ()) -> Written:
    """Return a project without modules as a model file ``name``, and what it does not say."""
    from headwater.formats.vensim.writing import write_text

    return write_text(project, name, checks)
