"""Files that a passphrase opens, in the age format (age-encryption.org/v1), so that they can be opened without us.

A small text is one age file: `age -d FILE`. A large file is a zip of two: `key.age`, the key that the passphrase opens,
and the content encrypted to that key, since only then is a file of any size encrypted in constant memory:
`unzip FILE; age -d -i key.age portaldesk.db.age > portaldesk.db`.
"""

from __future__ import annotations

import errno
import os
import secrets
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from portaldesk.errors import NotAllowed, StateForbids, StoreUnavailable, WrongUsage, no_room
from portaldesk.rules import passwords
from portaldesk.services import private_files

KEY = "key.age"
POLICY = "nist-800-63b-4"
_TOO_MUCH_WORK = "Excessive work"
_TRIES, _PAUSE_SECONDS = 40, 0.25
"""age measures the machine each time, for an instant, and opens nothing that it would take 16 times as long for: on a
busy machine an instant can look as slow as that (ours: ten seconds of them cannot)."""
_MOST_BYTES = 1 << 20  # ours: a key or the secrets of a store are some hundred bytes


def require_passphrase(passphrase: str) -> None:
    """Who has the file can try passphrases for years: it must be as good as a password is.

    Raises: StateForbids `password-policy`, every failing rule at once.
    """
    found = passwords.faults(passphrase, passwords.PRESETS[POLICY], context=("portaldesk", "backup"))
    if found:
        raise StateForbids(
            "password-policy",
            f"The passphrase is not good enough. {' '.join(found)}",
            "Choose another one: six or seven random words.",
        )


def require_free(path: Path) -> None:
    """Raises: StateForbids `already-there`; WrongUsage `bad-file` where there is no such folder."""
    if path.exists() or path.is_symlink():
        raise StateForbids(
            "already-there", f"{path.name} is there already; nothing was changed.", "Choose another name for the file."
        )
    if not path.parent.is_dir():
        raise WrongUsage("bad-file", "The folder for the file is not there.", "Make it, or name another.")


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; it becomes `path` when all is written, and is gone where something failed.

    Raises: StateForbids `already-there`; StoreUnavailable where the folder cannot be written; OSError for a full disk.
    """
    require_free(path)
    making = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        try:
            os.close(private_files.create(making))
        except OSError as failure:
            if no_room(failure):
                raise
            raise _unwritable() from None
        yield making
        require_free(path)
        making.rename(path)
        private_files.flush_folder(path.parent)
    finally:
        with suppress(OSError):
            making.unlink()


def encrypt_text(text: str, path: Path, passphrase: str) -> None:
    """Raises: as `new_file`."""
    from pyrage import passphrase as age

    encrypted = age.encrypt(text.encode(), _as_typed_anywhere(passphrase), armored=True)
    with new_file(path) as making, making.open("wb") as out:
        out.write(encrypted)
        _flush(out)


def decrypt_text(path: Path, passphrase: str) -> str:
    """Raises: WrongUsage `bad-file`; NotAllowed `wrong-passphrase`; StoreUnavailable."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError as failure:
        raise _unreadable(failure) from None
    if not data.startswith((b"-----BEGIN AGE ENCRYPTED FILE-----", b"age-encryption.org/v1")):
        raise WrongUsage(
            "bad-file", "This is no file of saved secrets.", "Give the file that 'portaldesk secrets save' wrote."
        )
    return _opened(data, passphrase).decode()


def encrypt_file(source: Path, making: Path, passphrase: str, *, name: str) -> None:
    """Encrypt a file of any size into `making`, as `name` inside of it; it is on the disk when this returns."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    key = pyrage.passphrase.encrypt(f"{identity}\n".encode(), _as_typed_anywhere(passphrase))
    with making.open("wb") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as both:
            both.writestr(KEY, key)
            with both.open(f"{name}.age", "w", force_zip64=True) as inner, source.open("rb") as clear:
                written = _Written(inner)
                try:
                    pyrage.encrypt_io(clear, written, [identity.to_public()])
                except pyrage.EncryptError as failure:
                    raise written.failure or failure from None
        _flush(out)


def decrypt_file(path: Path, target: Path, passphrase: str, *, name: str) -> None:
    """Decrypt what `encrypt_file` wrote into `target`.

    Raises: WrongUsage `bad-file`: no backup, or one that was cut or changed; NotAllowed `wrong-passphrase`;
    StoreUnavailable; OSError for a full disk.
    """
    import pyrage

    try:
        both = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError):
        raise _not_a_backup() from None
    except OSError as failure:
        raise _unreadable(failure) from None
    with both:
        if {KEY, f"{name}.age"} - set(both.namelist()):
            raise _not_a_backup()
        try:
            if both.getinfo(KEY).file_size > _MOST_BYTES:
                raise _not_a_backup()
            key = both.read(KEY)
            identity = pyrage.x25519.Identity.from_str(_opened(key, passphrase).decode().strip())
            with both.open(f"{name}.age") as inner, target.open("wb") as clear:
                pyrage.decrypt_io(inner, clear, [identity])
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise _not_a_backup() from None
        except (pyrage.DecryptError, pyrage.IdentityError, UnicodeDecodeError):
            raise _changed() from None
        except OSError as failure:
            # pyrage's word for content that does not decrypt; a place in the file that a changed byte made impossible
            if failure.errno in (None, errno.EINVAL):
                raise _changed() from None
            raise


class _Written:
    """What pyrage writes to. It keeps an error of the disk, which pyrage turns into words of its own."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._out.write(data)
        except OSError as failure:
            self.failure = failure
            raise

    def flush(self) -> None:
        self._out.flush()


def _as_typed_anywhere(passphrase: str) -> str:
    """NFC: the same letters from another keyboard are the same passphrase."""
    return unicodedata.normalize("NFC", passphrase)


def _opened(data: bytes, passphrase: str) -> bytes:
    import pyrage

    for tried in range(_TRIES):
        if tried:
            time.sleep(_PAUSE_SECONDS)
        try:
            return bytes(pyrage.passphrase.decrypt(data, _as_typed_anywhere(passphrase)))
        except pyrage.DecryptError as failure:
            if _TOO_MUCH_WORK not in str(failure):
                raise NotAllowed(
                    "wrong-passphrase",
                    "The passphrase does not open this file, or the file was changed.",
                    "Type it again; where it is lost, nobody can open the file.",
                ) from None
    raise StoreUnavailable(
        "machine-busy",
        "This machine is too busy, or far too slow, to open a file that was written on a faster one.",
        "Try again when it has nothing else to do; a faster machine opens it, and so does the tool age.",
    )


def _flush(out: IO[bytes]) -> None:
    out.flush()
    os.fsync(out.fileno())


def _not_a_backup() -> WrongUsage:
    return WrongUsage(
        "bad-file",
        "This is no backup of portaldesk, or a part of one.",
        "Give the whole file that 'portaldesk backup' wrote; compare its size with the original's.",
    )


def _changed() -> WrongUsage:
    return WrongUsage(
        "bad-file",
        "The backup was changed or damaged after it was written.",
        "Take another copy of it, or an older backup.",
    )


def _unreadable(failure: OSError) -> WrongUsage:
    why = failure.strerror or "unknown reason"
    return WrongUsage("bad-file", f"The file cannot be read ({why}).", "Check its name, its owner and its mode.")


def _unwritable() -> StoreUnavailable:
    return StoreUnavailable(
        "store-unwritable", "The folder for the file cannot be written.", "Check who owns it, or name another."
    )
