"""Compiled code on disk, so that a program is compiled once per processor.

An entry is a file named by the fingerprint of what its code depends on; it begins with a checksum,
and one that does not match is not used. Files are written aside and moved into place, so that
several processes may share the folder. The oldest entries go when there are too many. Where the
folder cannot be used there is no cache, and nothing else changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import llvmlite
import llvmlite.binding as llvm

from headwater.compiler.targets.llvm.processor import Processor
from headwater.version import __version__

VARIABLE = "HEADWATER_CACHE"
LARGEST_TOTAL = 256 * 2**20
MOST_ENTRIES = 1000

_MAGIC = b"headwater object 1\n"
_SUFFIX = ".object"
_ABANDONED = 3600.0  # seconds after which a file being written will not be finished


class Code(NamedTuple):
    """Object code, and the rows that the frame of its kernel needs."""

    rows: int
    binary: bytes


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


def key(program_hash: str, lanes: int, processor: Processor) -> str:
    """Return the name of an entry: a fingerprint of all that the code depends on."""
    parts = (
        program_hash,
        str(lanes),
        processor.triple,
        processor.name,
        processor.features,
        ".".join(map(str, llvm.llvm_version_info)),
        llvmlite.__version__,
        __version__,
        _generator(),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _generator() -> str:
    """Return a stamp of the code that generates code, for those who are changing it."""
    here = Path(__file__).parent
    stamps: list[str] = []
    with contextlib.suppress(OSError):
        for folder in (here, here.parent, here.parent.parent / "elementary"):
            for path in sorted(folder.glob("*.py")):
                state = path.stat()
                stamps.append(f"{path.name} {state.st_size} {state.st_mtime_ns}")
    return "\n".join(stamps)


def load(name: str) -> Code | None:
    """Return an entry, or None when there is none that is whole."""
    folder = _folder(create=False)
    if folder is None:
        return None
    path = folder / (name + _SUFFIX)
    try:
        content = path.read_bytes()
    except OSError:
        return None
    code = _unpack(content)
    with contextlib.suppress(OSError):
        if code is None:
            path.unlink()
        else:
            os.utime(path)
    return code


def save(name: str, code: Code) -> None:
    """Keep an entry; do nothing where that is not possible."""
    folder = _folder(create=True)
    if folder is None:
        return
    with contextlib.suppress(OSError):
        handle, temporary = tempfile.mkstemp(prefix=name[:16], suffix=".tmp", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_pack(code))
            Path(temporary).replace(folder / (name + _SUFFIX))
        except OSError:
            Path(temporary).unlink()
            raise
        _evict(folder)


def _folder(create: bool) -> Path | None:
    """Return the folder of entries, if it is there, ours, and not open to be written by others."""
    base = directory()
    if base is None:
        return None
    folder = base / "llvm"
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


def _pack(code: Code) -> bytes:
    body = code.rows.to_bytes(8, "little") + code.binary
    return _MAGIC + hashlib.sha256(body).digest() + body


def _unpack(content: bytes) -> Code | None:
    start = len(_MAGIC) + 32
    body = content[start:]
    if content[: len(_MAGIC)] != _MAGIC or len(body) < 8:
        return None
    if hashlib.sha256(body).digest() != content[len(_MAGIC) : start]:
        return None
    return Code(int.from_bytes(body[:8], "little"), body[8:])


def _evict(folder: Path) -> None:
    """Delete the entries that were not used for longest, until the rest fits."""
    now = time.time()
    total, count = 0, 0
    for used, size, path in sorted(_entries(folder), reverse=True):
        if path.suffix != _SUFFIX:
            if now - used > _ABANDONED:
                _remove(path)
            continue
        total, count = total + size, count + 1
        if total > LARGEST_TOTAL or count > MOST_ENTRIES:
            _remove(path)


def _entries(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            state = path.stat()
            yield state.st_mtime, state.st_size, path


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
