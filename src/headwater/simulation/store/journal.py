"""A store: a folder that one ensemble is kept in, and the record of what of it is done.

While work goes on, ``.headwater`` inside the folder holds a journal. A piece of work is done once
its line is there, whole; it is written after the piece's files are in their places. When all is
done, ``headwater.json`` takes over what the journal says, in an order that does not depend on how
the work went, and ``.headwater`` goes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from headwater.errors import StoreError
from headwater.simulation.store.durable import Checksum, cannot_write, sync_folders, write_files
from headwater.simulation.store.identity import Identity, differences

MANIFEST = "headwater.json"
WORK = ".headwater"
JOURNAL, LOCK, ASIDE = "journal", "lock", "aside"


@dataclass(frozen=True, slots=True)
class Record:
    """One piece of work that is done: the files that hold it, and what was not finite."""

    key: str
    files: tuple[Checksum, ...]
    not_finite: int = 0


class Store:
    """A folder with an ensemble in it; only one process writes to it at a time.

    ``complete`` tells that nothing is left to be done. Use as a context manager.
    """

    def __init__(self, folder: Path, identity: Identity, *, durable: bool = True) -> None:
        self.folder, self.identity, self.durable = folder, identity, durable
        self.work, self.aside = folder / WORK, folder / WORK / ASIDE
        self.complete = False
        self.not_finite = 0
        self._records: dict[str, Record] = {}
        self._lock: IO[bytes] | None = None
        self._journal: IO[bytes] | None = None

    def __enter__(self) -> Store:
        """Make the folder, or take up what is there.

        Raises :class:`StoreError` where the folder belongs to something else, another process
        works in it, or it cannot be written.
        """
        try:
            self._open()
        except OSError as error:
            self._close()
            raise cannot_write(self.folder, error) from error
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def finished(self, key: str) -> Record | None:
        """Return the record of a piece that is done and whose files are there."""
        record = self._records.get(key)
        if record is None:
            return None
        for name, size, _ in record.files:
            try:
                if (self.folder / name).stat().st_size != size:
                    return None
            except OSError:
                return None
        return record

    def record(self, key: str) -> Record:
        """Return the record of a piece that was done, whether or not its files are still there."""
        return self._records[key]

    def was_noted(self, key: str) -> bool:
        """Tell whether a piece was ever done, whether or not its files are still needed."""
        return key in self._records

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files; they are not yet noted as done."""
        write_files(self.folder, files, self.aside, durable=self.durable)

    def note(self, record: Record) -> None:
        """Note a piece as done: from here on it survives whatever happens."""
        assert self._journal is not None
        line = json.dumps(
            {"key": record.key, "files": record.files, "not_finite": record.not_finite}
        )
        try:
            self._journal.write(line.encode() + b"\n")
            self._journal.flush()
            if self.durable:
                os.fsync(self._journal.fileno())
        except OSError as error:
            raise cannot_write(self.work / JOURNAL, error) from error
        self._records[record.key] = record

    def discard(self, names: Sequence[str]) -> None:
        """Remove files that are not needed any more."""
        for name in names:
            with suppress(OSError):
                (self.folder / name).unlink()

    def finish(self, pieces: Sequence[Mapping[str, Any]], not_finite: int) -> None:
        """State that everything is done; ``pieces`` are the rows of the manifest's table."""
        about = {"not_finite": not_finite, "complete": True, "pieces": list(pieces)}
        self.put({MANIFEST: _manifest({**self.identity, **about})})
        self.complete, self.not_finite = True, not_finite
        self._close()
        shutil.rmtree(self.work, ignore_errors=True)
        if self.durable:
            sync_folders([self.folder])

    def _open(self) -> None:
        self._must_be_ours()
        if self._is_complete(read_manifest(self.folder)):
            return
        self.work.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self.work / LOCK, self.folder)
        found = read_manifest(self.folder)
        if found is None:
            self.put({MANIFEST: _manifest({**self.identity, "complete": False})})
        elif self._is_complete(found):  # another process was finishing it
            self._close()
            return
        self._read_journal()
        shutil.rmtree(self.aside, ignore_errors=True)

    def _is_complete(self, found: Mapping[str, Any] | None) -> bool:
        """Tell whether nothing is left to do; raise where the store is another ensemble's."""
        if found is None:
            return False
        self._must_be_the_same(found)
        if not found.get("complete"):
            return False
        self.complete = True
        self.not_finite = int(found.get("not_finite", 0))
        shutil.rmtree(self.work, ignore_errors=True)
        return True

    def _must_be_ours(self) -> None:
        if self.folder.is_dir():
            others = [p.name for p in self.folder.iterdir() if p.name != WORK]
            if others and MANIFEST not in others:
                raise StoreError(
                    f"`{self.folder}` is there already, and is not a store of an ensemble",
                    hint="name another place, or remove it",
                )
        elif self.folder.exists():
            raise StoreError(
                f"`{self.folder}` is a file", hint="name another place, or remove the file"
            )

    def _must_be_the_same(self, found: Mapping[str, Any]) -> None:
        different = differences(found, self.identity)
        if different:
            raise StoreError(
                f"`{self.folder}` holds another ensemble: {'; '.join(different)}",
                hint="name another place, give the arguments that it was begun with, or remove it",
            )

    def _read_journal(self) -> None:
        path = self.work / JOURNAL
        content = path.read_bytes() if path.exists() else b""
        whole = 0
        for line in content.splitlines(keepends=True):
            record = _record(line)
            if record is None:
                break
            self._records[record.key] = record
            whole += len(line)
        self._journal = path.open("r+b" if content else "w+b")
        self._journal.truncate(whole)
        self._journal.seek(whole)

    def _close(self) -> None:
        for file in (self._journal, self._lock):
            if file is not None:
                with suppress(OSError):
                    file.close()
        self._journal = self._lock = None


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return what a store says of itself, None where there is none.

    Raises :class:`StoreError` for one that cannot be read.
    """
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read `{path}`: {error}", hint="remove the store") from None
    if not isinstance(found, dict):
        raise StoreError(f"`{path}` is not the manifest of an ensemble", hint="remove the store")
    return found


def _manifest(content: Mapping[str, Any]) -> bytes:
    head = {k: v for k, v in content.items() if k != "pieces"}
    text = json.dumps(head, indent=1, ensure_ascii=False)
    pieces = content.get("pieces")
    if pieces:
        rows = ",\n  ".join(json.dumps(row) for row in pieces)
        text = f'{text[:-2]},\n "pieces": [\n  {rows}\n ]\n}}'
    return text.encode() + b"\n"


def _record(line: bytes) -> Record | None:
    """Return what a line of the journal says; None for one that was not written to its end."""
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
        files = tuple((str(n), int(s), int(c)) for n, s, c in found["files"])
        return Record(str(found["key"]), files, int(found["not_finite"]))
    except (ValueError, KeyError, TypeError):
        return None


def _locked(path: Path, folder: Path) -> IO[bytes]:
    """Open a file that no other process has locked. The lock goes with the process."""
    file = path.open("a+b")
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        if isinstance(error, BlockingIOError | PermissionError):
            raise StoreError(
                f"another process works on `{folder}`", hint="wait for it, or end it"
            ) from None
        raise
    return file
