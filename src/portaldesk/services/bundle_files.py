"""Where a bundle lies: a folder, or one .zip; written under another name and renamed last, read without unpacking.

Who is killed half-way leaves a hidden `.NAME.….partial` without a manifest: nothing that looks whole.
"""

from __future__ import annotations

import os
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from portaldesk.errors import StateForbids, StoreUnavailable, WrongUsage, no_room
from portaldesk.services import private_files
from portaldesk.services.bundle_format import MANIFEST

_ZIP_BEGINS = b"PK\x03\x04"


class Damaged(Exception):
    """The bundle cannot be read to its end: it was cut off or changed."""


class Target(Protocol):
    """A bundle that is being written."""

    def create(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A new file in it, on the disk when it is left."""


class Source(Protocol):
    """A bundle that is being read. `names`: everything in it, what is no plain file too."""

    names: tuple[str, ...]

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]: ...


@contextmanager
def new_bundle(out: Path, *, at: datetime) -> Iterator[Target]:
    """A bundle to be filled: a .zip by its name, else a folder. It is there when all of it was written, or not at all.

    `at` is what the files of a .zip are dated with.
    Raises: StateForbids where something is there already; WrongUsage, StoreUnavailable where nothing can be written.
    """
    making = out.with_name(f".{out.name}.{secrets.token_hex(4)}.partial")
    _require_free(out)
    try:
        with _new_zip(making, at) if out.suffix.lower() == ".zip" else _new_folder(making) as target:
            yield target
        _require_free(out)
        making.rename(out)
        private_files.flush_folder(out.parent)
    except OSError as failure:
        if no_room(failure):
            raise
        raise _unwritable(failure) from None
    finally:
        shutil.rmtree(making, ignore_errors=True)
        with suppress(OSError):
            making.unlink()


@contextmanager
def open_bundle(place: Path) -> Iterator[Source]:
    """A bundle to be read.

    Raises: WrongUsage where it is none; StoreUnavailable where it cannot be read; Damaged for a .zip that was cut off.
    """
    try:
        if place.is_dir():
            yield _checked(_FolderSource(place))
            return
        with place.open("rb") as file:
            if file.read(len(_ZIP_BEGINS)) != _ZIP_BEGINS:
                raise no_bundle()
            with zipfile.ZipFile(file) as archive:
                yield _checked(_ZipSource(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise Damaged from None
    except (FileNotFoundError, NotADirectoryError):
        raise WrongUsage("bad-file", "There is no such bundle.", "Give the folder or .zip of 'audit export'.") from None
    except OSError as failure:
        raise StoreUnavailable(
            "file-unreadable",
            f"The bundle cannot be read ({failure.strerror or 'unknown reason'}).",
            "Check who owns it, and the disk it lies on.",
        ) from None


def no_bundle() -> WrongUsage:
    return WrongUsage(
        "bad-file", "This is no bundle of portaldesk.", "Give the folder or .zip that 'audit export' wrote."
    )


@contextmanager
def _new_folder(making: Path) -> Iterator[Target]:
    making.mkdir(mode=0o700)
    yield _FolderTarget(making)
    private_files.flush_folder(making)


@contextmanager
def _new_zip(making: Path, at: datetime) -> Iterator[Target]:
    with os.fdopen(private_files.create(making), "wb") as file:
        with zipfile.ZipFile(file, "w") as archive:
            yield _ZipTarget(archive, at)
        file.flush()
        os.fsync(file.fileno())


class _FolderTarget:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def create(self, name: str) -> Iterator[IO[bytes]]:
        with os.fdopen(private_files.create(self._folder / name), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())


class _ZipTarget:
    def __init__(self, archive: zipfile.ZipFile, at: datetime) -> None:
        self._archive = archive
        self._date = (at.year, at.month, at.day, at.hour, at.minute, at.second)

    def create(self, name: str) -> AbstractContextManager[IO[bytes]]:
        info = zipfile.ZipInfo(name, self._date)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        return self._archive.open(info, "w", force_zip64=True)


class _FolderSource:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.names = tuple(sorted(entry.name for entry in os.scandir(folder)))

    def open(self, name: str) -> IO[bytes]:
        path = self._folder / name
        if path.is_symlink() or not path.is_file():
            raise Damaged
        return path.open("rb")


class _ZipSource:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        if min((one.header_offset for one in archive.infolist()), default=0):  # bytes stand before the first file
            raise Damaged
        self._archive = archive
        self.names = tuple(sorted(archive.namelist()))

    def open(self, name: str) -> IO[bytes]:
        try:
            return self._archive.open(name)
        except (NotImplementedError, RuntimeError):  # packed in another way, or encrypted: not as we write it
            raise Damaged from None


def _checked(source: Source) -> Source:
    if MANIFEST not in source.names:
        raise no_bundle()
    return source


def _require_free(out: Path) -> None:
    if os.path.lexists(out):
        raise StateForbids(
            "already-there", "There is something of that name already; nothing was changed.", "Give another --out."
        )


def _unwritable(failure: OSError) -> WrongUsage | StoreUnavailable:
    if isinstance(failure, FileNotFoundError | NotADirectoryError):
        return WrongUsage("bad-file", "The folder to write into is not there.", "Make it first, or give another one.")
    return StoreUnavailable(
        "file-unwritable",
        f"Nothing can be written there ({failure.strerror or 'unknown reason'}).",
        "Check who owns the folder, and whether the disk is read-only.",
    )
