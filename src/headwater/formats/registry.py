"""Which format a file has, and the one function that reads any of them."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from headwater.collection import without_collection
from headwater.errors import Place, UsageError, did_you_mean
from headwater.formats import literate, vensim, xmile
from headwater.formats.losses import Losses, Written
from headwater.formats.other_files import other_file
from headwater.formats.stated_checks import lose
from headwater.model.case import Case, Check
from headwater.model.project import Project

HEAD_BYTES = 2**16


class Format(Protocol):
    """What the module of a format offers.

    ``begins`` decides for any file, whatever its extension, from its first bytes; ``sniff`` for a
    path with none of the known extensions, from the path and those bytes (none for a folder).
    Bytes are UTF-8 without a byte order mark.
    """

    @property
    def NAME(self) -> str:  # noqa: N802
        """What people call the format."""

    @property
    def EXTENSIONS(self) -> tuple[str, ...]:  # noqa: N802
        """The extensions that its files have, in lower case, with the dot."""

    def begins(self, head: bytes) -> bool:
        """Tell whether a file is of this format beyond doubt."""

    def sniff(self, path: Path, head: bytes) -> bool:
        """Tell whether this format can read the path."""

    def read(self, path: Path) -> Project | Case:
        """Read the path. Raises :class:`~headwater.errors.HeadwaterError`."""


Contradicted = Callable[[Project], Collection[str]]
"""Returns the variables of a project whose units contradict others, by canonical name."""


class Write(Protocol):
    """Returns a project as the text of a file, and what of it the file does not say."""

    def __call__(
        self,
        project: Project,
        name: str,
        contradicted: Contradicted,
        checks: Sequence[Check] = (),
        /,
    ) -> Written:
        """Return the text. Raises :class:`~headwater.errors.ModelError` for what has no form."""


@dataclass(frozen=True, slots=True)
class Writer:
    """What writes one kind of file.

    ``write`` takes a project, the name of the file without its extension, what tells which
    units contradict others, and the checks stated of it. Unless ``modules`` says that the format
    has them, the project must have none.
    """

    name: str
    extensions: tuple[str, ...]
    write: Write
    modules: bool = False


def _xmile(
    project: Project, name: str, contradicted: Contradicted, checks: Sequence[Check] = ()
) -> Written:
    del name, contradicted
    losses = Losses()
    for check in checks:
        lose(losses, check)
    text, found = xmile.write(project)
    return Written(text, [*found, *losses.report()])


def _vensim(
    project: Project, name: str, contradicted: Contradicted, checks: Sequence[Check] = ()
) -> Written:
    del contradicted
    return vensim.write(project, name, checks)


_LITERATE: Format = literate
_VENSIM: Format = vensim
_XMILE: Format = xmile
FORMATS: Sequence[Format] = (_LITERATE, _XMILE, _VENSIM)
WRITERS: Sequence[Writer] = (
    Writer(xmile.NAME, xmile.EXTENSIONS, _xmile, modules=True),
    Writer(vensim.NAME, vensim.EXTENSIONS, _vensim),
    Writer(literate.NAME, literate.EXTENSIONS, literate.write),
)


def read_model(path: Path | str) -> Project | Case:
    """Read a model or a case from a file or a folder, by its content or its extension.

    Where a file's first words say of which format it is, its extension does not count. Raises
    :class:`~headwater.errors.UsageError` where the path is missing or of no known format, and the
    format's own errors for what stands in it.
    """
    target = Path(path)
    with without_collection():
        return find_format(target).read(target)


def find_format(path: Path) -> Format:
    """Return the format that a path has. Raises :class:`~headwater.errors.UsageError`."""
    place = Place(str(path))
    try:
        exists = path.exists()
    except (OSError, ValueError) as error:
        raise UsageError("this is no usable path", place, "check its spelling") from error
    if not exists:
        raise UsageError("there is no such file or folder", place, _beside(path))
    head = _head(path) if path.is_file() else b""
    found = _by_content(path, head)
    if found is None:
        raise _unknown(path, place, head)
    return found


def _head(path: Path) -> bytes:
    """Return the beginning of a file, as UTF-8 where a byte order mark says that it is UTF-16."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "check the path and the file's permissions"
        raise UsageError(f"this cannot be read: {reason}", Place(str(path)), hint) from error
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace").encode()
    return head.removeprefix(codecs.BOM_UTF8)


def _by_content(path: Path, head: bytes) -> Format | None:
    """Return the format of a path: what its first words say, else its extension, else a guess."""
    if head:
        begun = next((f for f in FORMATS if f.begins(head)), None)
        if begun is not None:
            return begun
    if not path.is_dir():
        suffix = path.suffix.lower()
        known = next((f for f in FORMATS if suffix in f.EXTENSIONS), None)
        if known is not None and (known is _LITERATE or other_file(path, head) is None):
            return known
    return next((f for f in FORMATS if f.sniff(path, head)), None)


def _unknown(path: Path, place: Place, head: bytes) -> UsageError:
    other = other_file(path, head)
    if other is not None:
        return other
    if path.is_dir():
        hint = f"a case is a folder with a file {literate.ENTRY}; `headwater new` makes one"
        return UsageError(f"the folder has no {literate.ENTRY}", place, hint)
    known = sorted(e for f in FORMATS for e in f.EXTENSIONS)
    hint = f"known extensions: {', '.join(known)}"
    if b"\0" in head:
        return UsageError("this is a binary file, not a model", place, hint)
    what = f"unknown extension `{path.suffix}`" if path.suffix else "the file has no extension"
    return UsageError(what, place, hint)


def find_writer(path: Path) -> Writer:
    """Return what writes files with that path's extension. Raises UsageError."""
    for candidate in WRITERS:
        if path.suffix.lower() in candidate.extensions:
            return candidate
    known = ", ".join(e for w in WRITERS for e in w.extensions)
    what = f"no model can be written as `{path.suffix}`" if path.suffix else "it has no extension"
    raise UsageError(what, Place(str(path)), f"extensions that can be written: {known}")


def _beside(path: Path) -> str:
    try:
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError:
        names = []
    return did_you_mean(path.name, names) or "check the spelling of the path"
