"""Secrets outside the database: the keys of seals, record, outbox and pepper, mail passwords, staff sessions.

Two homes for them, chosen at `init` and never mixed: the operating system's keyring (through `keyring`), or files of
mode 0600 under the data folder, for servers. Which one is in force is told by `secrets.json` being there; a keyring
that fails is an error, never a silent change to files.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from portaldesk.errors import StoreUnavailable, no_room
from portaldesk.key_generations import Generation, Generations

_FILE = "secrets.json"
_SESSIONS = "sessions"
SMTP_PASSWORD = "smtp-password"  # its name in the secret store
SMS_SECRET = "sms-secret"  # what texts are signed with
SIGNING_KEY = "signing-key"  # of the bundles for auditors
KEY_NAMES = ("pepper", "audit", "seal", "outbox")


@dataclass(frozen=True, slots=True, repr=False)
class SecretKeys:
    """The keys of one store, each in generations (key_generations.py).

    `pepper` keys passwords and codes before they are hashed (its name stands in each hash), `audit` the record, `seal`
    the rows; `outbox` derives links and codes.
    """

    pepper: Generations
    audit: Generations
    seal: Generations
    outbox: Generations

    @classmethod
    def fresh(cls) -> SecretKeys:
        """New random keys for a new store."""
        return cls(*(Generations.first(name[0], new_key()) for name in KEY_NAMES))

    def of(self, name: str) -> Generations:
        """The generations of one of `KEY_NAMES`."""
        found: Generations = getattr(self, name)
        return found

    def holding(self, name: str, generations: Generations) -> SecretKeys:
        """With these generations of one key."""
        return replace(self, **{name: generations})

    def as_of(self, seq: int, hash_: str) -> SecretKeys:
        """The keys for a store that is brought back from when this event was its last.

        A seal key that ended later counts again, until its rotation is finished anew; an audit key that ended later
        ends with this event, for what follows is written under the key in use.
        """
        audit, seal = self.audit, self.seal
        for name in (name for name, one in audit.all.items() if one.until is not None and one.until > seq):
            audit = audit.ended(name, until=seq, last_hash=hash_)
        for name in (name for name, one in seal.all.items() if one.until is not None and one.until > seq):
            seal = seal.ended(name, until=None)
        return replace(self, audit=audit, seal=seal)

    def to_text(self) -> str:
        """As JSON, for a secret store only."""
        return json.dumps({name: _written(self.of(name)) for name in KEY_NAMES})

    @classmethod
    def from_text(cls, text: str) -> SecretKeys:
        """Raises: StoreUnavailable where the text is not what `to_text` writes, now or before keys had generations."""
        try:
            read = json.loads(text)
            keys = _before_generations(read) if "peppers" in read else [_read(read[name]) for name in KEY_NAMES]
            return cls(*keys)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StoreUnavailable(
                "no-secrets",
                "The secrets of this store cannot be read.",
                "Bring back what was saved: portaldesk secrets load FILE.",
            ) from None


def new_key() -> bytes:
    """A random key of 256 bits."""
    return secrets.token_bytes(32)


def _written(key: Generations) -> dict[str, object]:
    generations = {}
    for name, one in key.all.items():
        told = {"key": one.key.hex(), "since": one.since, "until": one.until, "last_hash": one.last_hash}
        generations[name] = {word: value for word, value in told.items() if value not in ("", None)}
    return {"current": key.current, "generations": generations}


def _read(written: Mapping[str, Any]) -> Generations:
    generations = {
        str(name): Generation(
            bytes.fromhex(one["key"]),
            str(one.get("since", "")),
            _number(one.get("until")),
            str(one.get("last_hash", "")),
        )
        for name, one in written["generations"].items()
    }
    return Generations(written["current"], generations)


def _number(written: object) -> int | None:
    if not isinstance(written, int | None):
        raise TypeError("not the number of an event")
    return written


def _before_generations(read: Mapping[str, Any]) -> list[Generations]:
    peppers = {str(name): Generation(bytes.fromhex(key)) for name, key in read["peppers"].items()}
    others = (Generations.first(name[0], bytes.fromhex(read[name])) for name in KEY_NAMES[1:])
    return [Generations(read["pepper_id"], peppers), *others]


class SecretStore(Protocol):
    """Named secrets of one portaldesk store. `get` gives None for what is not there."""

    kind: str

    def get(self, name: str) -> str | None: ...
    def put(self, name: str, value: str) -> None: ...
    def drop(self, name: str) -> None: ...


class FileSecrets:
    """Secrets in 0600 files: `secrets.json`, and a file a staff session (so that a sign-in never rewrites keys)."""

    kind = "file"

    def __init__(self, home: Path) -> None:
        self._home = home

    def _path(self, name: str) -> Path:
        return self._home / _SESSIONS / name if name.startswith("session-") else self._home / _FILE

    def get(self, name: str) -> str | None:
        path = self._path(name)
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise StoreUnavailable(
                    "store-unwritable",
                    f"{path.name} can be read by other users of this machine.",
                    f"Run: chmod 600 '{path}'",
                )
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            raise _unreadable(path) from None
        if path.name != _FILE:
            return text
        found = _loaded(text, path).get(name)
        return found if isinstance(found, str) else None

    def put(self, name: str, value: str) -> None:
        path = self._path(name)
        if path.name != _FILE:
            _replace(path, value)
            return
        with self._everything() as everything:
            _replace(path, json.dumps(everything | {name: value}, indent=1))

    def drop(self, name: str) -> None:
        path = self._path(name)
        if path.name != _FILE or not path.exists():
            path.unlink(missing_ok=True)
            return
        with self._everything() as everything:
            everything.pop(name, None)
            if everything:
                _replace(path, json.dumps(everything, indent=1))
            else:  # an empty file would stand in the way of the next `init` in this folder
                path.unlink(missing_ok=True)

    @contextmanager
    def _everything(self) -> Iterator[dict[str, Any]]:
        """What the file holds, for one process at a time to write it anew: another secret, kept at the same moment,
        must not be lost."""
        import fcntl

        path = self._home / _FILE
        try:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = os.open(self._home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as failure:
            raise _unwritable(path, failure) from None
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield _loaded(path.read_text(encoding="utf-8"), path) if path.exists() else {}
        finally:
            os.close(folder)


class KeyringSecrets:
    """Secrets in the operating system's keyring, one entry a name, under a service named after the store's id."""

    kind = "keyring"

    def __init__(self, store_id: str) -> None:
        self._service = f"portaldesk-{store_id}"

    def get(self, name: str) -> str | None:
        import keyring

        with _foreign_code():
            return keyring.get_password(self._service, name)

    def put(self, name: str, value: str) -> None:
        import keyring

        with _foreign_code():
            keyring.set_password(self._service, name, value)

    def drop(self, name: str) -> None:
        import keyring
        from keyring.errors import PasswordDeleteError

        with _foreign_code(), suppress(PasswordDeleteError):
            keyring.delete_password(self._service, name)


@contextmanager
def _foreign_code() -> Iterator[None]:
    """Raises: StoreUnavailable `no-keyring`."""
    try:
        yield
    except Exception as failure:  # noqa: BLE001 - backends are plug-ins: whatever one raises, the keyring failed
        raise _no_keyring(failure) from None


def file_secrets_in(home: Path) -> bool:
    """Whether the store of this home keeps its secrets in files."""
    return (home / _FILE).exists()


def secret_store(home: Path, store_id: str) -> SecretStore:
    """The secret store that was chosen at `init`."""
    return FileSecrets(home) if file_secrets_in(home) else KeyringSecrets(store_id)


def load_keys(store: SecretStore) -> SecretKeys:
    """The keys of the store.

    Raises: StoreUnavailable: no keys there, the keyring fails, or the file is open to others.
    """
    text = store.get("keys")
    if text is None:
        raise StoreUnavailable(
            "no-secrets",
            "The secrets of this store are missing.",
            "Bring them back: portaldesk secrets load FILE. Without them nothing sealed can be read.",
        )
    return SecretKeys.from_text(text)


def _loaded(text: str, path: Path) -> dict[str, object]:
    try:
        read = json.loads(text)
    except ValueError:
        raise _unreadable(path) from None
    if not isinstance(read, dict):
        raise _unreadable(path)
    return read


def _replace(path: Path, text: str) -> None:
    """Whole or not at all: a crash never leaves half a secret.

    Raises: StoreUnavailable where the folder cannot be written; OSError for a full disk.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(path)  # mkstemp made it 0600
    except OSError as failure:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        if no_room(failure):
            raise
        raise _unwritable(path, failure) from None


def _unwritable(path: Path, failure: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        "store-unwritable",
        f"{path.name} cannot be written ({failure.strerror or 'unknown reason'}).",
        "Check who owns the data folder and its folder sessions (0700), and whether the disk is read-only.",
    )


def _unreadable(path: Path) -> StoreUnavailable:
    return StoreUnavailable(
        "no-secrets",
        f"{path.name} cannot be read.",
        "Check its owner and mode (0600); if it is damaged, move it away and bring back what was saved: portaldesk "
        "secrets load FILE --secrets file.",
    )


def _no_keyring(failure: Exception) -> StoreUnavailable:
    return StoreUnavailable(
        "no-keyring",
        f"The keyring of this machine cannot be used ({type(failure).__name__}).",
        "Unlock it and try again; on a server without one, set portaldesk up with 'portaldesk init --secrets file'.",
    )
