"""A store with its first admin, rosa, and nothing else: made once a process, and copied for whoever wants one."""

from __future__ import annotations

import atexit
import shutil
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import engines
from portaldesk.services import opening, staff
from portaldesk.services.opening import OpenStore

PASSWORD = "umber lattice quarry 52 finch"


def new_store(home: Path, *, now: datetime) -> OpenStore:
    """The store of this home, which is not there yet, as `init` leaves it at this time."""
    engines.copy(_template(now), home)
    return opening.open_store(engines.place(home))


@cache
def _template(now: datetime) -> Path:
    home = Path(mkdtemp(prefix="portaldesk-new-")) / "home"
    atexit.register(shutil.rmtree, home.parent, ignore_errors=True)
    prepared = opening.prepare(engines.place(home), secrets_kind="file")
    admin = staff.first_admin("rosa", PASSWORD, prepared.keys, now=now)
    opening.finish(prepared, admin=admin, values={}, now=now).engine.dispose()
    return home
