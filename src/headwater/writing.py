"""Files that appear whole or not at all: written aside first, then moved into place.

``aside`` gives the place to write to; ``check_place`` and ``check_folder`` tell before any work is
done whether a file can be put somewhere.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES
from pathlib import Path

from headwater.errors import UsageError


def write_aside(path: Path, content: bytes, *, make_folder: bool = False) -> None:
    """Replace a file's content as a whole; with ``make_folder``, make its folder if it is missing.

    Raises :class:`UsageError` where that cannot be done; nothing is left behind then.
    """
    refuse_folder(path)
    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        with aside(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``; on success it takes the place of ``path``.

    Whatever happens inside, an interrupt included, no part of it is left behind. What stood at
    ``path`` is gone on success, a folder (such as a Zarr store) included.
    """
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    temporary = folder / path.name
    try:
        yield temporary
        if path.is_dir():
            path.rename(folder / "old")
        os.replace(temporary, path)  # noqa: PTH105
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_place(path: Path) -> None:
    """Raise :class:`UsageError` where a file cannot be put."""
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder `{path.parent}`", hint="make it first")
    refuse_folder(path)
    check_folder(path.parent, path)


def refuse_folder(path: Path) -> None:
    """Raise :class:`UsageError` where a folder stands in the place of a file."""
    if path.is_dir():
        raise UsageError(f"`{path}` is a folder", hint="name a file, or remove the folder")


def check_folder(folder: Path, path: Path | None = None) -> None:
    """Raise :class:`UsageError` where a folder can be neither written to nor made.

    The error names ``path`` in it, or the folder itself.
    """
    known = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not known.is_dir():
        raise UsageError(f"`{known}` is not a folder", hint="choose another place")
    if not os.access(known, os.W_OK | os.X_OK):
        denied = PermissionError(EACCES, os.strerror(EACCES))
        raise cannot_write(path or folder, denied)


def cannot_write(path: Path, error: OSError) -> UsageError:
    """Return the error for a file that could not be written."""
    return UsageError(
        f"cannot write `{path}`: {error.strerror or error}",
        hint="check the folder, its permissions and the free space",
    )
