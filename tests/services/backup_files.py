"""A backup of the store with a day's work, made once by the service, and homes to bring it back to."""

from __future__ import annotations

import atexit
import shutil
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyrage
import pytest
from audit_stores import a_day, minutes

import engines
from portaldesk.services import backing_up, opening, restoring
from portaldesk.services.backing_up import BackedUp
from portaldesk.services.opening import OpenStore, Place
from portaldesk.services.restoring import Restored

PASSPHRASE = "heron slate willow 9 anchor"


_identities: dict[str, pyrage.x25519.Identity] = defaultdict(pyrage.x25519.Identity.generate)


@pytest.fixture(autouse=True)
def _quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """scrypt takes a second or more on purpose. Here a passphrase stands for a key of age's instead; the files are
    age's all the same. tests/cli/test_safekeeping.py and tests/crashes work with scrypt."""
    _make_quick(monkeypatch)


def _make_quick(patching: pytest.MonkeyPatch) -> None:
    def encrypt(data: bytes, passphrase: str, armored: bool = False) -> bytes:
        return bytes(pyrage.encrypt(data, [_identities[passphrase].to_public()], armored))

    patching.setattr(pyrage.passphrase, "encrypt", encrypt)
    patching.setattr(pyrage.passphrase, "decrypt", lambda data, said: pyrage.decrypt(data, [_identities[said]]))


@dataclass(frozen=True, slots=True)
class Kept:
    """What a clinic has after its desk burnt: the backup, and the keys that were saved apart from it."""

    file: Path
    secrets: Path
    told: BackedUp

    def home(self, folder: Path) -> Place:
        """A home with the keys and no store."""
        folder.mkdir(mode=0o700)
        shutil.copy2(self.secrets, folder)
        return engines.place(folder)

    def restored(self, place: Place, **more: Any) -> Restored:
        values: dict[str, Any] = {"caller": "1000", "clock": minutes(60)} | more
        return restoring.restore(place, values.pop("file", self.file), values.pop("passphrase", PASSPHRASE), **values)


@cache
def a_days_backup() -> Kept:
    """Never changed by a test: it is only read."""
    folder = Path(mkdtemp(prefix="portaldesk-backup-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = a_day(folder)
    with pytest.MonkeyPatch.context() as patching:
        _make_quick(patching)
        told = backing_up.back_up(store, folder / "day.backup", PASSPHRASE)
    store.engine.dispose()
    return Kept(folder / "day.backup", store.place.home / "secrets.json", told)


def opened(place: Place) -> OpenStore:
    return opening.open_store(place)
