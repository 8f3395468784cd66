"""Bringing a backup back, to where no store is: on either engine, whichever it was made on.

Nobody can sign in where there is no store, so it needs the passphrase of the backup and the keys of the store. All is
done on a copy first: decrypted, brought to this version, proved, written to; then it is put in place at once. Whatever
stops it before that leaves no store.

A backup is always older than the store that it was made of. Whatever was ended since (a session, a token, a link that
was used, a request that was objected to) would be alive again: so a restore ends all of them, and drops the mails that
wait. What cannot be known is said: passwords changed, people disabled and recovery codes spent since are as they were.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from portaldesk.errors import RecordAltered, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.gate.requests import OPEN
from portaldesk.gate.triggers import expected_triggers
from portaldesk.secret_keys import SecretKeys, load_keys
from portaldesk.services import (
    age_files,
    auditing,
    calls,
    clinic,
    copies,
    known_anchors,
    opening,
    places,
    private_files,
    upgrading,
)
from portaldesk.services.backing_up import INSIDE
from portaldesk.services.copies import Judged, Progress
from portaldesk.services.opening import OpenStore, Place
from portaldesk.services.workplaces import workplace
from portaldesk.store import keys_in_use, record, schema, snapshots, tables
from portaldesk.store.engine import engine_of, in_our_words
from portaldesk.store.record import Change, Entry
from portaldesk.store.sqlite import mark_as_ours
from portaldesk.words import Outcome, RequestState

ACTION = "restore"
WHY = "restored from a backup"
_AN_EVENT = 50  # ours: who reads one of these rows later reads its event with all its seals


@dataclass(frozen=True, slots=True)
class Restored:
    """A store that was brought back. `head`: `SEQ:HASH` of the backup's last event, `at` when that was written (UTC).

    `lost`: the anchor that is later than it; what happened in between is lost. `ended`: how many of what were ended.
    `upgraded_from`: the version of the backup, where it was older. `guards_put_back`: they were altered in the backup.
    """

    head: str
    at: datetime
    events: int
    lost: str | None
    ended: Mapping[str, int]
    upgraded_from: str | None
    guards_put_back: bool
    audit_seq: int


def require_no_store(place: Place) -> None:
    """Raises: StateForbids `already-there`, also for the log of an older file, which would be read into the new one."""
    beside = [place.file.with_name(place.file.name + end) for end in ("-wal", "-shm", "-journal")] if place.file else []
    if opening.is_there(place) or any(path.exists() for path in beside):
        raise StateForbids(
            "already-there",
            "There is a store here already; nothing was changed.",
            "Move the database file, and those of its name with -wal and -shm, to another folder first."
            if place.file
            else "Set PORTALDESK_DATABASE_URL to an empty database, which createdb makes.",
        )


def require_reason(reason: str) -> None:
    """Raises: WrongUsage."""
    if not reason.strip():
        raise WrongUsage("usage", "Accepting a loss needs a reason.", 'Like --reason "the disk of the desk burnt"')


def restore(
    place: Place,
    path: Path,
    passphrase: str,
    *,
    caller: str,
    clock: datetime,
    against: Sequence[str] = (),
    accept_loss: bool = False,
    reason: str = "",
    progress: Progress | None = None,
) -> Restored:
    """Bring a backup back to where no store is.

    Args:
        caller: the operating-system user, for the record: nobody can be signed in.
        against: anchors kept elsewhere; the head of the last backup that this home knows of counts as well.
        accept_loss: go on though an anchor is later than the backup; needs a reason.
    Raises: StateForbids `already-there`; WrongUsage `bad-file`; NotAllowed `wrong-passphrase`; StoreUnavailable;
    RecordAltered `older-than-anchor`, `not-whole`, `triggers-altered`; OSError for a full disk.
    """
    require_no_store(place)
    if accept_loss:
        require_reason(reason)
    _make_folders(place)
    with workplace(place) as folder:
        copy = Place(place.home, folder / INSIDE)
        assert copy.file is not None
        age_files.decrypt_file(path, copy.file, passphrase, name=INSIDE)
        copy.file.chmod(0o600)
        upgraded = upgrading.upgrade(copy, now=clock, copy=True)
        judged = copies.judge(copy, against=[*against, *known_anchors.known(place)], progress=progress)
        if judged.lost is not None and not accept_loss:
            raise _older(judged)
        store = opening.open_copy(copy)
        done = _restored(store, judged, upgraded, caller=caller, clock=clock, reason=reason)
        _keep(store)
        _put_in_place(copy.file, place, store.keys)
    known_anchors.keep(place, judged.head)
    return done


def _restored(
    store: OpenStore, judged: Judged, upgraded: upgrading.Upgraded, *, caller: str, clock: datetime, reason: str
) -> Restored:
    """Write into the copy what the record must tell, and end what must not live on."""
    try:
        with store.session() as session:
            now = opening.time_now(record.time_of(session), clock, clinic.stored(session))
            if not judged.guards_whole:
                schema.drop_triggers(session.connection())
                schema.install_triggers(session.connection(), expected_triggers("sqlite"))
            details = {
                "backup": judged.head, "lost": judged.lost, "os_user": caller, "version": upgraded.before,
                "guards_put_back": not judged.guards_whole,
            }  # fmt: skip
            seq = record.append(session, Entry(ACTION, Outcome.DONE, reason=reason.strip(), details=details), now=now)
            ended = {what: _end(session, what, changes, now) for what, changes in _endings(session, now)}
            session.commit()
    finally:
        store.engine.dispose()
    return Restored(
        judged.head, judged.at, judged.events, judged.lost, ended, None if upgraded.already else upgraded.before,
        not judged.guards_whole, seq,
    )  # fmt: skip


def _endings(session: Session, now: datetime) -> Iterator[tuple[str, Iterator[Change]]]:
    """Everything that may still let somebody in, or be acted on. A permit that was not spent is dead by itself."""
    staff, token, portal = tables.StaffSession, tables.StaffToken, tables.PortalSession
    check, link = tables.IdentityCheck, tables.RecoveryCredential
    request, message = tables.ChangeRequest, tables.OutboxMessage

    def each(table: Any, *where: Any) -> Iterator[Any]:
        keys = session.exec(select(_key_of(table)).where(*where)).all()
        return (session.get_one(table, key) for key in keys)

    yield (
        "staff sessions",
        (record.changed(row, ended_at=now, ended_why=WHY) for row in each(staff, col(staff.ended_at).is_(None))),
    )
    yield (
        "staff tokens",
        (
            record.changed(row, revoked_at=now)
            for row in each(token, col(token.revoked_at).is_(None), token.expires_at > now)
        ),
    )
    yield "identity checks", (calls.ending(row, why=WHY, now=now) for row in each(check, col(check.ended_at).is_(None)))
    yield (
        "portal sessions",
        (record.changed(row, ended_at=now, ended_why=WHY) for row in each(portal, col(portal.ended_at).is_(None))),
    )
    yield (
        "credentials",
        (
            record.changed(row, revoked_at=now)
            for row in each(
                link, col(link.redeemed_at).is_(None), col(link.revoked_at).is_(None), link.expires_at > now
            )
        ),
    )
    yield (
        "requests",
        (
            record.changed(row, state=RequestState.CANCELLED, decided_at=now, decision_reason=WHY)
            for row in each(request, col(request.state).in_(OPEN))
        ),
    )
    yield (
        "mails",
        (
            record.changed(row, dropped_why=WHY)
            for row in each(message, col(message.sent_at).is_(None), message.dropped_why == "")
        ),
    )


def _key_of(table: Any) -> Any:
    (only,) = table.__table__.primary_key.columns
    return only


def _end(session: Session, what: str, changes: Iterator[Change], now: datetime) -> int:
    """Write the ends in events of some tens each; returns how many there were."""
    count = 0
    some: list[Change] = []

    def write() -> None:
        if some:
            entry = Entry("restore ends", Outcome.DONE, details={"what": what, "rows": len(some)})
            record.append(session, entry, some, now=now)
            some.clear()
            session.expunge_all()

    for change in changes:
        some.append(change)
        count += 1
        if len(some) == _AN_EVENT:
            write()
    write()
    return count


def _keep(store: OpenStore) -> None:
    """Keys that ended after the backup was made count again, or end where it does (SecretKeys.as_of)."""
    if load_keys(store.secrets) != store.keys:
        store.secrets.put("keys", store.keys.to_text())


def _put_in_place(copy: Path, place: Place, keys: SecretKeys) -> None:
    if place.file is None:
        _pour_into_server(copy, place, keys)
        return
    mark_as_ours(copy)
    with copy.open("rb") as whole:
        os.fsync(whole.fileno())
    require_no_store(place)
    copy.rename(place.file)
    private_files.flush_folder(place.file.parent)


def _pour_into_server(copy: Path, place: Place, keys: SecretKeys) -> None:
    """All in one transaction of the server: what stops it leaves an empty database."""
    source, target = engine_of(copy), places.open_engine(place)
    triggers = expected_triggers(target.dialect.name)
    try:
        with source.execution_options(reading=True).connect() as from_, target.connect() as to:
            if schema.is_used(to):
                require_no_store(place)
            schema.upgrade_schema(to, {})
            snapshots.pour(from_, to)
            schema.install_triggers(to, triggers)
            with Session(bind=to, expire_on_commit=False, autoflush=False) as session:
                keys_in_use.take_up(session, keys, _no_other_keys)
                fault = auditing.verify(session).first_fault
                if fault is not None:
                    raise RecordAltered("not-whole", f"The server did not keep the store as it was: {fault.what}")
            to.commit()
        places.keep_password(place)
    except DBAPIError as failure:
        raise in_our_words(failure) from None
    finally:
        source.dispose()
        target.dispose()


def _no_other_keys() -> SecretKeys:
    raise StoreUnavailable("no-secrets", "The secrets of this store were changed meanwhile.", "Start again.")


def _make_folders(place: Place) -> None:
    for folder in (place.home, place.file.parent if place.file else place.home):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.home.chmod(0o700)
    place.outbox.mkdir(mode=0o700, exist_ok=True)


def _older(judged: Judged) -> RecordAltered:
    backup, _, _ = judged.head.partition(":")
    anchor, _, _ = (judged.lost or "").partition(":")
    return RecordAltered(
        "older-than-anchor",
        f"The backup ends with event {backup}, and an anchor knows event {anchor}: what is between them would be lost.",
        "Bring back a later backup; where there is none: --accept-loss --reason ...",
    )
