"""The head of the last backup, as this home knows it: so that an older one is not brought back by mistake.

It lies beside the store and proves nothing against who can write there; `audit anchor` kept elsewhere does.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from portaldesk.services.anchors import is_anchor
from portaldesk.services.places import Place

_FILE = "last-backup"


def keep(place: Place, head: str) -> None:
    """Remember `SEQ:HASH`. That it cannot be written is no reason to fail: the backup is there."""
    with suppress(OSError):
        making = _file(place).with_suffix(".new")
        with os.fdopen(os.open(making, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
            out.write(f"{head}\n")
        making.rename(_file(place))


def known(place: Place) -> tuple[str, ...]:
    """What was kept, if anything that can be read was."""
    try:
        line = _file(place).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ()
    return (line,) if is_anchor(line) else ()


def _file(place: Place) -> Path:
    return place.home / _FILE
