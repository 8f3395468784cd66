"""Stores of every earlier version, as they were written then: tests/store/released, made by its freeze.py."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from portaldesk.services.opening import Place
from portaldesk.store.sqlite import mark_as_ours

FOLDER = Path(__file__).parent / "store" / "released"
VERSIONS = tuple(sorted(path.stem for path in FOLDER.glob("*.sql")))


def released(version: str, home: Path) -> Place:
    """A home with the store of that version: five patients, checks, links, a redemption, a request, a refusal."""
    home.mkdir(mode=0o700)
    (home / "outbox").mkdir(mode=0o700)
    place = Place(home, home / "portaldesk.db")
    os.close(os.open(place.home / "portaldesk.db", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(home / "portaldesk.db")) as raw:
        raw.executescript((FOLDER / f"{version}.sql").read_text(encoding="utf-8"))
    mark_as_ours(home / "portaldesk.db")
    shutil.copyfile(FOLDER / f"{version}.json", home / "secrets.json")
    (home / "secrets.json").chmod(0o600)
    return place
