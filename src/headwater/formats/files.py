"""Read text files from strangers: missing, binary, empty, huge or undecodable ones included."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from headwater.errors import HeadwaterError, Place, did_you_mean

DATA_VARIABLE = "HEADWATER_DATA"
"""Names a folder above a model's own in which the model's data may lie too."""

MAX_BYTES = 20 * 2**20
BYTE_ORDER_MARK = "\ufeff"


@dataclass(slots=True)
class Reading:
    """Which files were read: a fingerprint of the content by absolute path.

    ``complete`` is false when a file that was asked for could not be read. ``folders`` are those
    in which files were looked for, found or not.
    """

    files: dict[str, str] = field(default_factory=dict)
    complete: bool = True
    folders: set[str] = field(default_factory=set)

    def note(self, path: Path, content: bytes) -> None:
        """Add a file that was read."""
        self.files[str(path.absolute())] = hashlib.sha256(content).hexdigest()


_READING: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextmanager
def noting() -> Iterator[Reading]:
    """Note every file that is read within the context."""
    reading = Reading()
    before = _READING.set(reading)
    try:
        yield reading
    finally:
        _READING.reset(before)


def read_text(
    path: Path,
    name: str,
    kind: type[HeadwaterError],
    *,
    asked_at: Place | None = None,
    max_bytes: int = MAX_BYTES,
) -> str:
    """Return a file's text with ``\\n`` line ends.

    The encoding is UTF-8, with or without a byte order mark. Raises ``kind``; the file is shown as
    ``name``, and where it is not there at all, the place shown is ``asked_at``.
    """
    content = read_bytes(path, name, kind, asked_at=asked_at, max_bytes=max_bytes)
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        hint = "a text file is expected here; is this another kind of file?"
        raise kind("this is a binary file", Place(name, line, 1), hint)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        start = before.rfind(b"\n") + 1
        column = len(before[start:].decode("utf-8", "replace")) + 1
        hint = "save the file with the encoding UTF-8"
        message = f"byte 0x{content[error.start]:02x} is not UTF-8 text"
        raise kind(message, Place(name, line, column), hint) from None
    text = text.removeprefix(BYTE_ORDER_MARK)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_bytes(
    path: Path,
    name: str,
    kind: type[HeadwaterError],
    *,
    asked_at: Place | None = None,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """Return a file's bytes. Raises ``kind``, as :func:`read_text` does."""
    reading = _READING.get()
    try:
        content = _read_bytes(path, name, kind, asked_at or Place(name), max_bytes)
    except HeadwaterError:
        if reading is not None:
            reading.complete = False
        raise
    if reading is not None:
        reading.note(path, content)
    return content


def _read_bytes(
    path: Path, name: str, kind: type[HeadwaterError], place: Place, max_bytes: int
) -> bytes:
    try:
        if not path.exists():
            raise kind(f"there is no file `{name}`", place, _near(path))
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no regular file"
            raise kind(f"`{name}` is {what}", place, "name a file")
        size = path.stat().st_size
        if size > max_bytes:
            hint = f"the limit is {max_bytes / 2**20:g} MiB: split the file"
            raise kind(f"`{name}` has {size / 2**20:,.0f} MiB", place, hint)
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "check the path and the file's permissions"
        raise kind(f"`{name}` cannot be read: {reason}", place, hint) from error
    if not content.strip():
        raise kind("the file is empty", Place(name), "write something into it, or name another")
    return content


def _near(path: Path) -> str:
    """Suggest a file beside the missing one."""
    try:
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError:
        names = []
    return did_you_mean(path.name, names) or "check the spelling of the path"


def note_search(folder: Path) -> None:
    """Note a folder in which files are looked for: another one there may change what is read."""
    reading = _READING.get()
    if reading is not None:
        while not folder.is_dir() and folder != folder.parent:
            folder = folder.parent
        reading.folders.add(str(folder.absolute()))


def is_there(path: Path) -> bool:
    """Tell whether there is a file; a name that no file can have (too long) names none."""
    try:
        note_search(path.parent)
        return path.is_file()
    except (OSError, ValueError):
        return False


def data_folder(folder: Path) -> Path:
    """Return the folder in which the data of a model in ``folder`` must lie.

    It is the model's own, or one above it that ``$HEADWATER_DATA`` names.
    """
    given = os.environ.get(DATA_VARIABLE, "")
    try:
        wide = Path(given).expanduser().resolve() if given else folder
        return wide if folder.resolve().is_relative_to(wide) else folder
    except (OSError, RuntimeError, ValueError):
        return folder


MAX_FOLDERS = 100
"""The deepest path of a file, since following one takes time that grows with its square."""


def inside(
    folder: Path,
    relative: str,
    place: Place,
    kind: type[HeadwaterError],
    whose: str = "case",
    within: Path | None = None,
) -> Path:
    """Return the path of a file that must lie in ``folder``, links followed.

    Where ``within`` is given, the path may lead to anywhere in that folder. Raises ``kind`` for a
    path that is absolute, that leaves the folder, or that is an address.
    """
    if "://" in relative:
        hint = f"save a copy in the {whose}'s folder; a {whose} reads nothing from the network"
        raise kind("this is an address, not a file", place, hint)
    windows = PureWindowsPath(relative)
    if len(windows.parts) > MAX_FOLDERS:
        raise kind(f"this path is more than {MAX_FOLDERS} folders deep", place, "check the path")
    hint = f"copy the file into the {whose}'s folder and name it relative to that folder"
    if within is not None:
        hint += f", or let {DATA_VARIABLE} name the folder that holds both"
    up = ".." in windows.parts and within in (None, folder)
    if windows.drive or windows.root or up:
        raise kind(f"`{relative}` leads out of the {whose}'s folder", place, hint)
    path = folder.joinpath(*windows.parts)
    try:
        path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise kind(f"`{relative}` is no usable path", place, "check the path") from error
    if not leads_into(path, within or folder):
        raise kind(f"`{relative}` leads out of the {whose}'s folder", place, hint)
    return path


def leads_into(path: Path, folder: Path) -> bool:
    """Tell whether a path, links followed, lies in a folder; one that cannot be followed does not.

    >>> leads_into(Path("data/../other.csv"), Path("data"))
    False
    """
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return False
