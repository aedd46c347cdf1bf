"""Files that are there as a whole or not at all, whatever happens to the process or the machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from zlib import crc32

from headwater.errors import StoreError

Checksum = tuple[str, int, int]
"""Name, size in bytes and CRC-32 of a file."""


def checksums(files: Mapping[str, bytes]) -> tuple[Checksum, ...]:
    """Return what the files are called and what they hold, in the order of their names."""
    return tuple((name, len(files[name]), crc32(files[name])) for name in sorted(files))


def write_files(
    folder: Path, files: Mapping[str, bytes], aside: Path, *, durable: bool = True
) -> None:
    """Write files below ``folder``, each beside its place first and then moved there.

    Names are relative paths with ``/``; ``aside`` is a folder on the same disk. With ``durable``
    the content has reached the disk, and so have the names, when this returns. Raises
    :class:`StoreError` where that is not possible; whole files may stay behind then.
    """
    homes = set()
    for name, content in files.items():
        path = folder / name
        try:
            for needed in (path.parent, aside):
                needed.mkdir(parents=True, exist_ok=True)
            _put_one(path, content, aside, durable)
        except OSError as error:
            raise cannot_write(path, error) from error
        homes.add(path.parent)
    if durable:
        sync_folders(homes)


def _put_one(path: Path, content: bytes, aside: Path, durable: bool) -> None:
    temporary = aside / token_hex(8)
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def sync_folders(folders: Iterable[Path]) -> None:
    """Bring the names in some folders to the disk, where the system knows such a thing."""
    if os.name == "nt":
        return
    for folder in folders:
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def cannot_write(path: Path, error: OSError) -> StoreError:
    """Return the error for a file that could not be written."""
    return StoreError(
        f"cannot write `{path}`: {error.strerror or error}",
        hint="check the folder, its permissions and the free space",
    )
