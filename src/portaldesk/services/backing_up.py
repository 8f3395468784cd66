"""A backup: one file, encrypted with a passphrase, consistent while the desks work, and proved after it was written.

It never holds the keys of the store (services/saved_secrets.py brings them elsewhere): a backup that is stolen, even
with its passphrase, holds no live link and lets nobody forge a record. On either engine it is a SQLite file inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from portaldesk.gate.triggers import expected_triggers
from portaldesk.services import age_files, copies, known_anchors
from portaldesk.services.copies import Progress
from portaldesk.services.opening import OpenStore, Place
from portaldesk.services.workplaces import workplace
from portaldesk.store import snapshots

ACTION = "backup"
INSIDE = "portaldesk.db"  # its name inside of the file, and with .age behind it


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was written, opened again and found whole.

    `head`: `SEQ:HASH` of the last event in it, `at` when that was written (UTC); `bytes`: the size of the file.
    `guards_whole`: false where the guards of the store are missing or altered, and in a copy of a file with them.
    """

    file: str
    head: str
    at: datetime
    events: int
    version: str
    bytes: int
    guards_whole: bool


def back_up(store: OpenStore, path: Path, passphrase: str, *, progress: Progress | None = None) -> BackedUp:
    """Write a backup of the store to a new file, 0600; nothing is left of it where it does not prove whole.

    The store may be written meanwhile: the backup is of the moment at which it began. The caller leaves its event.
    Raises: StateForbids `already-there`, `password-policy`; StoreUnavailable; RecordAltered `not-whole`; OSError.
    """
    age_files.require_passphrase(passphrase)
    with workplace(store.place) as folder, age_files.new_file(path) as making:
        clear, again = folder / INSIDE, folder / f"again-{INSIDE}"
        snapshots.snapshot(store.engine, clear, expected_triggers("sqlite"))
        age_files.encrypt_file(clear, making, passphrase, name=INSIDE)
        clear.unlink()
        age_files.decrypt_file(making, again, passphrase, name=INSIDE)
        again.chmod(0o600)
        judged = copies.judge(Place(store.place.home, again), progress=progress)
        size = making.stat().st_size
    with store.session(reading=True) as session:  # a copy of a server's store has SQLite's guards, and never lacks one
        guards_whole = judged.guards_whole and copies.guards_stand(session)
    known_anchors.keep(store.place, judged.head)
    return BackedUp(path.name, judged.head, judged.at, judged.events, judged.version, size, guards_whole)
