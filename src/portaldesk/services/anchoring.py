"""Putting the head of the record where the desk cannot reach: a line of a file, or a mail, from cron.

A file that is added to is read first: the newest anchor in it must still be an event of this record. So a store that
was put back is found by the next run, and not only when an auditor asks.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.errors import StateForbids, StoreUnavailable, WrongUsage, no_room
from portaldesk.mail import notices
from portaldesk.mail.envelope import envelope
from portaldesk.mail.stationery import Stationery
from portaldesk.mail.transport import Refused
from portaldesk.services import anchors, carriers, private_files
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import raw_events, record
from portaldesk.store.archives import start_of
from portaldesk.store.columns import time_text
from portaldesk.store.events import not_whole
from portaldesk.store.raw_rows import exactly

MAILS_A_DAY = 48
"""Ours: one in half an hour. The text is ours, but nobody shall flood a mailbox with it."""
_SECONDS = 30.0
_TAIL_BYTES = 4096
_MAILED = text("SELECT count(*) FROM audit_event WHERE action = 'audit anchor' AND outcome = 'done' AND at >= :since")


@dataclass(frozen=True, slots=True)
class Anchored:
    """The head of the record, `SEQ:HASH`, and where it was put.

    `already`: the file ends with it, nothing was added. `mailed_to`: the address, masked.
    """

    anchor: str
    seq: int
    hash: str
    file: str | None
    already: bool
    mailed_to: str | None


def add_to(file: Path, store: OpenStore) -> tuple[str, bool]:
    """Add the head to a file of anchors, made (0600) where it is not there; on the disk when this returns.

    The head is read once the file is ours: of two at once, neither meets an anchor newer than what it sees.
    Returns the anchor, and whether the file ended with it already; then nothing is added.
    Raises: RecordAltered where its newest anchor is no event of this record; WrongUsage for a file of anything else;
        StoreUnavailable where it cannot be written.
    """
    with _opened(file) as handle, store.session(reading=True) as session:
        anchor = record.anchor(session)
        last, ended = _newest(handle)
        if last is not None:
            _require_of_this_record(session, last)
        if last != anchor:
            _append(handle, ("" if ended else "\n") + f"{anchor}\n")
    return anchor, last == anchor


def mail_to(
    address: str, anchor: str, session: Session, store: OpenStore, *, settings: ClinicSettings, now: datetime
) -> str:
    """Mail an anchor to an auditor, by the clinic's mail server, or into the folder where none is set.

    Returns the kind of the carrier (`smtp`, `folder`). The text is fixed: nothing else can be mailed this way.
    Raises: StateForbids `too-many`; StoreUnavailable `not-sent`.
    """
    since = time_text(now - timedelta(days=1))
    if session.connection().execute(_MAILED, {"since": since}).scalar_one() >= MAILS_A_DAY:
        raise StateForbids(
            "too-many", f"{MAILS_A_DAY} anchors were mailed in 24 hours.", "Mail them less often, or use --file."
        )
    carrier = carriers.transport_for(store, settings)
    try:
        letter = notices.anchor(Stationery(settings), anchor=anchor, at=now)
        mail = envelope(letter, to=address, message_id=anchor[-12:], created_at=now, settings=settings, now=now)
        carrier.deliver(mail, within_seconds=_SECONDS)
    except Refused as refused:
        raise StoreUnavailable(
            "not-sent", f"The anchor was not mailed: {refused.reason}.", "Try again, or keep it with --file."
        ) from None
    finally:
        carrier.close()
    return carrier.kind


def _require_of_this_record(session: Session, anchor: str) -> None:
    ((seq, hashes),) = anchors.read([anchor]).items()
    head, start = record.head(session), start_of(session.connection())
    if seq > head.seq:
        raise not_whole(f"The record ends before event {seq} of the newest anchor: the store was rolled back.")
    if seq < start.seq:
        return
    if seq == start.seq:
        found: str | None = start.hash
    else:
        with exactly(session) as connection:
            there = next(raw_events.between(connection, seq, seq), None)
            found = there.values["hash"] if there is not None else None
    if hashes != {found}:
        raise not_whole(f"Event {seq} is not that of the newest anchor: the store was rolled back or rewritten.")


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    try:
        new = not file.exists()
        handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _no_anchors()
            fcntl.flock(handle, fcntl.LOCK_EX)  # held until the handle is closed
            yield handle
        finally:
            os.close(handle)
        if new:
            private_files.flush_folder(file.parent)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise WrongUsage("bad-file", "There is no such file, and no folder for it.", "Make the folder first.") from None
    except OSError as failure:
        if no_room(failure):
            raise
        raise StoreUnavailable(
            "file-unwritable",
            f"The file of anchors cannot be written ({failure.strerror or 'unknown reason'}).",
            "Check who owns it, and whether the disk is read-only.",
        ) from None


def _newest(handle: int) -> tuple[str | None, bool]:
    """The last anchor of the file, and whether its last line is ended."""
    size = os.fstat(handle).st_size
    tail = os.pread(handle, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
    lines = [line.strip() for line in tail.decode("utf-8", "replace").splitlines()]
    said = [line for line in lines if line and not line.startswith("#")]
    if said and not anchors.is_anchor(said[-1]):
        raise _no_anchors()
    return (said[-1] if said else None), not tail or tail.endswith(b"\n")


def _append(handle: int, line: str) -> None:
    before, data = os.fstat(handle).st_size, line.encode("ascii")
    try:
        written = os.write(handle, data)
        if written != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(handle)
    except OSError:
        with suppress(OSError):  # half an anchor would be none; a file that only grows keeps it
            os.ftruncate(handle, before)
        raise


def _no_anchors() -> WrongUsage:
    return WrongUsage(
        "bad-file",
        "That is no file of anchors; nothing was added.",
        "Give one that 'audit anchor' wrote, or a new one.",
    )
