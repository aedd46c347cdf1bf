"""Which format a file has, and the one function that reads any of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from headwater.errors import Place, UsageError, did_you_mean
from headwater.formats import literate, vensim, xmile
from headwater.formats.files import read_bytes, without_collection
from headwater.formats.losses import Written
from headwater.model.case import Case
from headwater.model.project import Project

HEAD_BYTES = 4096


class Format(Protocol):
    """What the module of a format offers.

    ``sniff`` decides for a path with none of the known extensions, from the path and the first
    bytes of the file (none for a folder).
    """

    @property
    def NAME(self) -> str:  # noqa: N802
        """What people call the format."""

    @property
    def EXTENSIONS(self) -> tuple[str, ...]:  # noqa: N802
        """The extensions that its files have, in lower case, with the dot."""

    def sniff(self, path: Path, head: bytes) -> bool:
        """Tell whether this format can read the path."""

    def read(self, path: Path) -> Project | Case:
        """Read the path. Raises :class:`~headwater.errors.HeadwaterError`."""


UnitsFit = Callable[[Project], bool]


@dataclass(frozen=True, slots=True)
class Writer:
    """What writes one kind of file.

    ``write`` takes a project, the name of the file without its extension, and what tells whether
    a project's units agree. Unless ``modules`` says that the format has them, the project must have
    none.
    """

    name: str
    extensions: tuple[str, ...]
    write: Callable[[Project, str, UnitsFit], Written]
    modules: bool = False


def _xmile(project: Project, name: str, units_fit: UnitsFit) -> Written:
    del name, units_fit
    return Written(*xmile.write(project))


def _vensim(project: Project, name: str, units_fit: UnitsFit) -> Written:
    del units_fit
    return vensim.write(project, name)


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
    """Read a model or a case from a file or a folder, by its extension or its content.

    Raises :class:`~headwater.errors.UsageError` where the path is missing or of no known format,
    and the format's own errors for what stands in it.
    """
    target = Path(path)
    with without_collection():
        return find_format(target).read(target)


def find_format(path: Path) -> Format:
    """Return the format that a path has. Raises :class:`~headwater.errors.UsageError`."""
    place = Place(str(path))
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError) as error:
        raise UsageError("this is no usable path", place, "check its spelling") from error
    if not exists:
        raise UsageError("there is no such file or folder", place, _beside(path))
    known = [e for f in FORMATS for e in f.EXTENSIONS]
    if not is_folder:
        for candidate in FORMATS:
            if path.suffix.lower() in candidate.EXTENSIONS:
                return candidate
    head = b"" if is_folder else read_bytes(path, str(path), UsageError)[:HEAD_BYTES]
    for candidate in FORMATS:
        if candidate.sniff(path, head):
            return candidate
    if is_folder:
        hint = f"a case is a folder with a file {literate.ENTRY}; `headwater new` makes one"
        raise UsageError(f"the folder has no {literate.ENTRY}", place, hint)
    hint = f"known extensions: {', '.join(sorted(known))}"
    if b"\0" in head:
        raise UsageError("this is a binary file, not a model", place, hint)
    what = f"unknown extension `{path.suffix}`" if path.suffix else "the file has no extension"
    raise UsageError(what, place, hint)


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
