"""Results of work that is not done twice, on disk: entries of bytes, by name.

An entry is a file that begins with a checksum of its name and content, and one that does not match
is not used. Files are written aside and moved into place, so that several processes may share a
folder. The entries that were not used for longest go when there are too many. Where the folder
cannot be used there is no cache, and nothing else changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VARIABLE = "HEADWATER_CACHE"

_DIGEST = hashlib.sha256().digest_size
_ABANDONED = 3600.0  # seconds after which a file being written will not be finished


def directory() -> Path | None:
    """Return the folder of caches: ``$HEADWATER_CACHE``, else the platform's. Empty means none."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        return Path(given) if given else None
    with contextlib.suppress(RuntimeError):
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA")
            return Path(local or Path.home() / "AppData" / "Local") / "headwater" / "Cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "headwater"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headwater"
    return None


@cache
def stamp_of_source(*rooms: str) -> str:
    """Return a stamp of parts of this package's source, for those who are changing it."""
    here = Path(__file__).parent
    stamps: list[str] = []
    with contextlib.suppress(OSError):
        for room in rooms:
            stamps += _stamps(str(here / room))
    return hashlib.sha256("\n".join(stamps).encode()).hexdigest()


def _stamps(folder: str) -> list[str]:
    """Return path, size and time of the modules in a folder and those within it, in order."""
    found: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                state = entry.stat()
                found.append(f"{entry.path} {state.st_size} {state.st_mtime_ns}")
            elif entry.name != "__pycache__" and entry.is_dir():
                found += _stamps(entry.path)
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Entries of one kind, in a folder ``name`` of their own, as files that end with ``suffix``.

    ``mark`` begins every file. At most ``most`` entries of ``largest`` bytes in all are kept.
    """

    name: str
    suffix: str
    mark: bytes
    largest: int = 256 * 2**20
    most: int = 1000

    def load(self, key: str) -> bytes | None:
        """Return an entry, or None when there is none that is whole."""
        folder = self._folder(create=False)
        if folder is None:
            return None
        path = folder / (key + self.suffix)
        try:
            with path.open("rb", buffering=0) as file:
                head = file.read(len(self.mark) + _DIGEST)
                body = file.readall()  # apart: a large entry is not copied
        except OSError:
            return None
        whole = head == self.mark + _checksum(key, body)
        with contextlib.suppress(OSError):
            if whole:
                os.utime(path)
            else:
                path.unlink()
        return body if whole else None

    def save(self, key: str, body: bytes) -> None:
        """Keep an entry; do nothing where that is not possible."""
        import tempfile

        folder = self._folder(create=True)
        if folder is None:
            return
        with contextlib.suppress(OSError):
            handle, temporary = tempfile.mkstemp(prefix=key[:16], suffix=".tmp", dir=folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(self.mark + _checksum(key, body) + body)
                Path(temporary).replace(folder / (key + self.suffix))
            except OSError:
                Path(temporary).unlink()
                raise
            self._evict(folder)

    def _folder(self, create: bool) -> Path | None:
        """Return the folder, if it is there, ours, and not open to be written by others."""
        base = directory()
        if base is None:
            return None
        folder = base / self.name
        try:
            if create:
                folder.mkdir(parents=True, exist_ok=True)
                if os.name == "posix":
                    folder.chmod(0o700)
            state = folder.stat()
        except OSError:
            return None
        if os.name == "posix" and (state.st_uid != os.getuid() or state.st_mode & 0o022):
            return None
        return folder

    def _evict(self, folder: Path) -> None:
        """Delete the entries that were not used for longest, until the rest fits."""
        now = time.time()
        total, count = 0, 0
        for used, size, path in sorted(_entries(folder), reverse=True):
            if path.suffix != self.suffix:
                if now - used > _ABANDONED:
                    _remove(path)
                continue
            total, count = total + size, count + 1
            if total > self.largest or count > self.most:
                _remove(path)


def _checksum(key: str, body: bytes) -> bytes:
    digest = hashlib.sha256(key.encode())
    digest.update(body)
    return digest.digest()


def _entries(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            state = path.stat()
            yield state.st_mtime, state.st_size, path


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
