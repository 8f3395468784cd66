"""What the doctor looks at, one function a subject; each tells what it found and how that is mended."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from portaldesk.errors import DeskError
from portaldesk.gate.triggers import expected_triggers
from portaldesk.secret_keys import load_keys
from portaldesk.services import claims, rotating
from portaldesk.services.opening import CLOCK_TOLERANCE, OpenStore
from portaldesk.services.upgrading import differing_triggers
from portaldesk.settings import ClinicSettings
from portaldesk.store import raw_rows, record, schema, tables
from portaldesk.store.engine import POSTGRESQL

SAMPLE = 200
INVITATION_HOURS = 24  # NIST SP 800-63A-4 §3.8
KEY_AGE = timedelta(days=731)  # NIST SP 800-57 part 1 rev. 5, table 1: two years for keys that authenticate
LATE = timedelta(hours=1)  # ours: by then a caller who was told "it will come" has called again


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Not `ok`: it must be mended. `remark`: worth knowing, but no finding."""

    subject: str
    ok: bool
    remark: bool
    message: str
    mend: str


def _fine(subject: str, message: str) -> Finding:
    return Finding(subject, True, False, message, "")


def _bad(subject: str, message: str, mend: str) -> Finding:
    return Finding(subject, False, False, message, mend)


def _remark(subject: str, message: str, mend: str) -> Finding:
    return Finding(subject, True, True, message, mend)


def database(session: Session) -> Iterator[Finding]:
    connection = session.connection()
    yield _fine("store", f"The store has version {schema.version_of(connection)}, the one this portaldesk reads.")
    if connection.dialect.name == POSTGRESQL:
        yield _fine("database", "The database is kept by a PostgreSQL server, which looks after its files.")
        return
    answer = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if answer == "ok":
        yield _fine("database", "The database file is sound.")
    else:
        yield _bad("database", "The database file is damaged.", "Stop using it and put back the last good backup.")


def guards(session: Session) -> Iterator[Finding]:
    differing = differing_triggers(session)
    if not differing.any:
        yield _fine(
            "guards", f"All {len(expected_triggers(session.connection().dialect.name))} guards are in the database."
        )
        return
    yield _bad(
        "guards",
        f"Guards of the database: {len(differing.missing)} missing, {len(differing.altered)} changed, "
        f"{len(differing.foreign)} that are not ours.",
        "portaldesk audit verify; then an admin: portaldesk upgrade --reinstall-triggers --reason ...",
    )


def chain(session: Session) -> Iterator[Finding]:
    try:
        last = record.head(session)
        fits = last.seq > 0 and record.event_is_whole(session, last.seq, hash_=last.hash)
    except DeskError:
        fits = False
    if fits:
        yield _fine("record", f"The record's head fits its last event ({last.seq}).")
    else:
        yield _bad("record", "The record's head does not fit its last event.", "portaldesk audit verify")


def seals(session: Session, *, every: bool) -> Iterator[Finding]:
    wrong: list[str] = []
    try:
        with raw_rows.exactly(session):
            for table in tables.sealed_tables():
                found = (
                    raw_rows.altered_rows(session, raw_rows.KeyRange(table))
                    if every
                    else raw_rows.sampled(session, table, most=SAMPLE)
                )
                wrong += [one.row for one in islice(found, 10)]
    except DBAPIError:
        yield _bad(
            "seals", "A table of sealed rows cannot be read.", "Stop using it and put back the last good backup."
        )
        return
    looked_at = "every sealed row" if every else f"up to {SAMPLE} rows of each sealed table"
    if not wrong:
        yield _fine("seals", f"Looked at {looked_at}: all as portaldesk wrote them.")
        return
    accounts = [row.partition(":")[2] for row in wrong if row.startswith("portal_account:")]
    mend = "portaldesk audit verify, and tell an auditor."
    if accounts:
        mend += f" An account can be emptied and begun anew: portaldesk doctor --renew {accounts[0]} --reason ..."
    named = ", ".join(wrong[:5]) + (" and others" if len(wrong) > 5 else "")
    yield _bad("seals", f"Changed outside portaldesk: {named} (looked at {looked_at}).", mend)


def secrets(store: OpenStore) -> Iterator[Finding]:
    try:
        load_keys(store.secrets)
    except DeskError as refusal:
        yield _bad("secrets", refusal.message, refusal.hint)
        return
    if store.secrets.kind == "file":
        yield _remark(
            "secrets",
            "The keys of this store lie in a file of the data folder: whoever reads the folder holds the keys.",
            "Run the desk under a service account of its own, or use the operating system's keyring.",
        )
    else:
        yield _fine("secrets", "The keys of this store are in the operating system's keyring.")


def keys(session: Session, store: OpenStore, now: datetime) -> Iterator[Finding]:
    try:
        standing = rotating.standing(session, load_keys(store.secrets), now=now)
        created = session.exec(select(tables.Settings.created_at)).one()
    except DeskError:
        return  # the secrets are missing, or a sealed row is altered: `secrets` and `seals` say so
    for one in standing:
        if one.unfinished:
            yield _bad(
                "keys",
                f"A rotation of the {one.key} key was begun and is not finished.",
                f"An admin goes on with it: portaldesk secrets rotate {one.key} --reason ...",
            )
        for kept in one.kept:
            yield _remark(
                "keys",
                f"The {one.key} key {kept.generation} is kept: {kept.needed_by} hashes or mails still need it.",
                f"It is dropped, once none does, by: portaldesk secrets rotate {one.key} --reason ...",
            )
    old = [one.key for one in standing if now - (one.since or created) > KEY_AGE]
    if old:
        yield _remark(
            "keys",
            f"Older than two years: {', '.join(old)} (NIST SP 800-57 part 1 rev. 5, §5.3.6, table 1).",
            f"An admin replaces it without a pause: portaldesk secrets rotate {old[0]} --reason ...",
        )
    if not any(one.unfinished for one in standing) and not old:
        names = ", ".join(f"{one.key} {one.generation}" for one in standing)
        yield _fine("keys", f"The keys are younger than two years ({names}).")


def modes(store: OpenStore) -> Iterator[Finding]:
    home, database = store.place.home, store.place.file
    files = [database.with_name(database.name + end) for end in ("", "-wal", "-shm")] if database else []
    paths = {home, *files, home / "secrets.json", home / "sessions", store.place.outbox}
    for folder in (home / "sessions", store.place.outbox):
        if folder.is_dir():
            paths.update(folder.iterdir())
    open_to_others = sorted(path for path in paths if _mode(path) & 0o077)
    if not open_to_others:
        yield _fine("files", "The data folder and its files are closed to other users of this machine.")
        return
    shown = ", ".join(path.name for path in open_to_others[:5])
    commands = " ".join(f"'{path}'" for path in open_to_others[:5])
    yield _bad("files", f"Open to other users of this machine: {shown}.", f"chmod go= {commands}")


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0


def clock(session: Session, now: datetime) -> Iterator[Finding]:
    try:
        last = record.time_of(session)
        row = session.exec(select(tables.Settings)).first()
    except DeskError:
        return  # head or settings are altered: `chain` and `seals` say so
    if now >= last - CLOCK_TOLERANCE:
        yield _fine("clock", "The clock is not behind the record.")
    elif row is not None and row.accepted_clock is not None and last <= row.accepted_clock:
        yield _remark(
            "clock",
            "The record is ahead of the clock; an admin accepted that. Its times stand still until the clock is there.",
            "Keep the clock set by the network.",
        )
    else:
        yield _bad(
            "clock",
            f"The clock is {(last - now) // timedelta(minutes=1)} minutes behind the last event of the record.",
            "Set the clock right; if the record was written with a wrong one: doctor --accept-clock --reason ...",
        )


def outbox(session: Session, now: datetime) -> Iterator[Finding]:
    message = tables.OutboxMessage
    mails = select(func.count()).select_from(message)
    failed = session.exec(mails.where(*claims.to_be_mailed(given_up=True), col(message.failed_at).is_not(None))).one()
    late = session.exec(mails.where(*claims.to_be_mailed(), message.created_at < now - LATE)).one()
    waiting = session.exec(mails.where(*claims.to_be_mailed())).one()
    if failed:
        yield _bad(
            "outbox",
            f"{failed} mail(s) could not be sent and are not tried again.",
            "portaldesk outbox list --state failed says why; then portaldesk outbox retry --all",
        )
    if late:
        yield _bad(
            "outbox",
            f"{late} mail(s) wait for more than an hour; {waiting} in all.",
            "Let cron run every minute: portaldesk outbox send. Why they wait: portaldesk outbox list --state waiting",
        )
    elif waiting:
        yield _remark("outbox", f"{waiting} mail(s) wait to be sent.", "portaldesk outbox send")
    elif not failed:
        yield _fine("outbox", "No mail waits to be sent.")
    letters = session.exec(select(func.count()).select_from(message).where(*claims.to_be_printed())).one()
    if letters:
        yield _remark("letters", f"{letters} letter(s) wait to be printed.", "portaldesk outbox letters --print FOLDER")


def choices(settings: ClinicSettings) -> Iterator[Finding]:
    if settings.portal_url.startswith("http://localhost"):
        yield _remark(
            "portal_url",
            "Links in mails point to this machine (http://localhost): patients cannot open them.",
            "An admin runs: portaldesk settings set portal_url https://...",
        )
    if settings.time_zone == "UTC":
        yield _remark(
            "time_zone",
            "Mails and letters tell times in UTC, not in those of the clinic.",
            "An admin runs: portaldesk settings set time_zone America/New_York (or another name of the IANA list)",
        )
    if settings.password_policy == "portal":
        yield _remark(
            "password_policy",
            "The policy 'portal' asks for kinds of characters; NIST SP 800-63B-4 §3.1.1.2 advises against that.",
            "An admin runs: portaldesk settings set password_policy nist-800-63b-4",
        )
    if settings.invitation_life_hours > INVITATION_HOURS:
        yield _remark(
            "invitation_life_hours",
            f"Invitations live {settings.invitation_life_hours} hours; NIST SP 800-63A-4 §3.8 says {INVITATION_HOURS}.",
            f"An admin runs: portaldesk settings set invitation_life_hours {INVITATION_HOURS}",
        )


def boundary(store: OpenStore, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Who can go round the desk: the operating-system user that owns the home (design, trust boundary)."""
    try:
        owner = store.place.home.stat().st_uid
    except OSError:
        yield _bad("boundary", "The owner of the data folder cannot be read.", "Check the folder.")
        return
    own, caller = os.geteuid(), environment.get("SUDO_UID", "")
    if caller and caller != str(owner):
        yield _fine(
            "boundary",
            f"The desk runs under sudo: user {owner} owns the home, user {caller} asked for this. The rules hold "
            "against the people at the desk.",
        )
        return
    yield _remark(
        "boundary",
        f"User {owner} owns the home and runs the desk{'' if own == owner else f' (now as {own})'}: whoever works as "
        "that user can read its files without portaldesk.",
        "Run the desk under a service account with sudo -u, so that staff cannot read the home.",
    )
