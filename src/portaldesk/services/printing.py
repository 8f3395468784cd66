"""Printing: the letters of the outbox, each written as a page into a folder and then marked, each on its own.

A letter is marked only once its file is on the disk. Whoever is killed in between prints it again: the same letter, in
a file of the same name. The code is derived for the page and kept nowhere else. Who printed stands in the record.
"""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from portaldesk.errors import DeskError, NotAllowed, NotFound, StateForbids, StoreUnavailable, WrongUsage, no_room
from portaldesk.gate.actors import Actor
from portaldesk.mail import letters as pages
from portaldesk.mail.catalogues import language_for
from portaldesk.mail.stationery import Stationery
from portaldesk.services import claims, letters, outgoing, patients, postal_addresses, private_files, senders
from portaldesk.services.claims import Lost, Trouble
from portaldesk.services.clock import Clock
from portaldesk.services.opening import OpenStore
from portaldesk.services.outgoing import Dead
from portaldesk.services.senders import Sender
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.seals import whole
from portaldesk.words import LETTERS, Message

_TRANSPORT = "paper"


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter as an admin sees it. `file`: its name in the folder, where it was printed now."""

    reference: str
    kind: str
    patient: str
    created_at: datetime
    expires_at: datetime | None
    printed_at: datetime | None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters that wait, or those that were printed now.

    `dropped`: had nothing left to say. `own`: of the own or a linked record, left to a colleague. `failed`: not whole.
    `waiting`: how many are still to be printed.
    """

    letters: tuple[LetterLine, ...]
    printed: int
    dropped: int
    own: int
    failed: int
    waiting: int


@dataclass(frozen=True, slots=True, repr=False)
class _Page:
    """A letter ready to be written into a file; `html` holds the code."""

    id: str
    kind: str
    mrn: str
    to: str
    reference: str
    html: str
    created_at: datetime
    expires_at: datetime | None

    @property
    def file(self) -> str:
        return f"{self.reference}.html"

    def line(self, printed_at: datetime) -> LetterLine:
        return LetterLine(
            self.reference, self.kind, self.mrn, self.created_at, self.expires_at, printed_at, self.file
        )  # fmt: skip


def waiting(session: Session) -> Letters:
    """The letters that wait to be printed, oldest first."""
    lines = tuple(_line(session, row) for row in _waiting(session))
    return Letters(lines, 0, 0, 0, 0, len(lines))


def print_waiting(store: OpenStore, actor: Actor, folder: Path, *, settings: ClinicSettings, clock: Clock) -> Letters:
    """Write every letter that waits into the folder (made where it is not there) and mark it.

    Raises: WrongUsage `bad-file`; StoreUnavailable `disk-full`: what was marked by then is on the disk.
    """
    _require_folder(folder)
    counts: Counter[str] = Counter()
    done: list[LetterLine] = []
    with store.session(reading=True) as session:
        found = [(row.id, row.mrn) for row in _waiting(session)]
    with senders.at_work(store) as sender:
        for id_, mrn in found:
            try:
                actor.require_not_own(mrn)
                page = _taken(sender, id_, settings=settings, clock=clock)
            except NotAllowed:
                counts["own"] += 1
                continue
            except (StoreUnavailable, WrongUsage):
                raise
            except (DeskError, KeyError, ValueError) as fault:
                # a row that is not whole, or that this version cannot read: it must not keep the others back
                why = fault.code if isinstance(fault, DeskError) else "fault"
                _failed(sender, id_, None, Trouble(why, lasting=True), clock=clock)
                counts["failed"] += 1
                continue
            if isinstance(page, Lost):
                counts[page] += 1
                continue
            try:
                _write(folder, page)
            except OSError as failure:
                _failed(sender, id_, page, Trouble("not written", blameless=True), clock=clock)
                raise _not_written(failure) from None
            with sender.session() as session:
                claims.sent(session, page, _TRANSPORT, now=claims.moment(session, clock), by=actor)
                session.commit()
            done.append(page.line(clock()))
    with store.session(reading=True) as session:
        left = len(_waiting(session))
    return Letters(tuple(done), len(done), counts[Lost.DROPPED], counts["own"], counts["failed"], left)


def _taken(sender: Sender, id_: str, *, settings: ClinicSettings, clock: Clock) -> _Page | Lost:
    def page(session: Session, row: tables.OutboxMessage, now: datetime) -> _Page:
        return _written(session, row, settings=settings, now=now)

    with sender.session() as session:
        taken = claims.take(session, sender, id_, page, now=claims.moment(session, clock), waits=False)
        session.commit()
        return taken


def _failed(sender: Sender, id_: str, page: _Page | None, trouble: Trouble, *, clock: Clock) -> None:
    with sender.session() as session:
        claims.failed(session, id_, page, _TRANSPORT, trouble, now=claims.moment(session, clock))
        session.commit()


def print_again(
    session: Session, actor: Actor, folder: Path, reference: str, *, settings: ClinicSettings, now: datetime
) -> Letters:
    """Write one letter that was printed before into the folder again: the paper was lost, or torn.

    Raises: NotFound `no-such-letter`; NotAllowed `own-record`; StateForbids `letter-dead`, `not-printed`; WrongUsage
    `bad-file`; StoreUnavailable `disk-full`.
    """
    row = _known_as(session, reference.strip().upper())
    actor.require_not_own(row.mrn)
    if row.sent_at is None and not row.dropped_why:
        raise StateForbids(
            "not-printed", "This letter was not printed yet.", "Leave --again out: all that wait are printed."
        )
    try:
        page = _written(session, row, settings=settings, now=now)
    except Dead as dead:
        raise StateForbids(
            "letter-dead",
            f"This letter opens nothing any more ({dead.why.replace('-', ' ')}): it would mislead the patient.",
            f"For a new one, at a check: portaldesk resend-invite {row.mrn} --letter",
        ) from None
    _require_folder(folder)
    try:
        _write(folder, page)
    except OSError as failure:
        raise _not_written(failure) from None
    details = {"message": row.id, "kind": row.kind, "reference": page.reference, "transport": _TRANSPORT, "again": True}
    record.append(session, actor.entry("deliver", "done", patient=row.mrn, details=details), now=now)
    return Letters((page.line(now),), 1, 0, 0, 0, len(_waiting(session)))


def _waiting(session: Session) -> list[tables.OutboxMessage]:
    query = select(tables.OutboxMessage).where(*claims.to_be_printed())
    order = (col(tables.OutboxMessage.created_at), col(tables.OutboxMessage.id))
    return list(session.exec(query.order_by(*order)))


def _line(session: Session, row: tables.OutboxMessage) -> LetterLine:
    credential = session.get(tables.RecoveryCredential, row.credential_id) if row.credential_id else None
    return LetterLine(
        _reference(row, credential), row.kind, row.mrn, row.created_at, credential.expires_at if credential else None,
        row.sent_at,
    )  # fmt: skip


def _reference(row: tables.OutboxMessage, credential: tables.RecoveryCredential | None) -> str:
    return credential.reference if credential is not None else f"N-{row.id[:8].upper()}"


def _known_as(session: Session, reference: str) -> tables.OutboxMessage:
    query = select(tables.OutboxMessage).where(col(tables.OutboxMessage.kind).in_(LETTERS))
    if reference.startswith("N-"):
        query = query.where(col(tables.OutboxMessage.id).startswith(reference[2:].lower(), autoescape=True))
    else:
        numbered = select(tables.RecoveryCredential.id).where(tables.RecoveryCredential.reference == reference)
        query = query.where(col(tables.OutboxMessage.credential_id).in_(numbered))
    found = session.exec(query.limit(1)).first()
    if found is None or len(reference) < 6:
        raise NotFound(
            "no-such-letter", "No letter has that reference.", "It stands at the foot of the letter, like L12345."
        )
    return found


def _written(
    session: Session, message: tables.OutboxMessage, *, settings: ClinicSettings, now: datetime
) -> _Page:  # fmt: skip
    """The page of one message.

    Raises: Dead; RecordAltered.
    """
    whole(session, message)
    patient, account = patients.patient(session, message.mrn), patients.account(session, message.mrn)
    if message.kind != Message.NOTICE_LETTER:  # a notice goes to the address that was on file, closed since or not
        if postal_addresses.on_file(patient) != message.to_address:
            raise Dead("address-differs")
        if postal_addresses.is_closed(session, patient):
            raise Dead("address-closed")
    to = (f"{patient.given_name} {patient.family_name}".strip(), *message.to_address.split("\n"))
    on = Stationery(settings, language_for(patient.language, settings.locale))
    if message.kind == Message.NOTICE_LETTER:
        told, reference = json.loads(message.variables), _reference(message, None)
        html = pages.notice(
            on, to=to, reference=reference, what=str(told["what"]), at=message.created_at,
            at_desk=bool(told["at_desk"]), written_at=message.created_at,
        )  # fmt: skip
        return _Page(
            message.id, message.kind, message.mrn, message.to_address, reference, html, message.created_at, None
        )  # fmt: skip
    if message.credential_id is None:
        raise Dead("no-credential")
    letter = outgoing.live(session, message.credential_id, message, account, now=now)
    code = letters.printed_code(session, letter)
    if code is None:
        raise Dead("key-gone")
    html = pages.invitation(
        on, to=to, reference=letter.reference, code=code, expires_at=letter.expires_at,
        written_at=message.created_at,
    )  # fmt: skip
    return _Page(
        message.id, message.kind, message.mrn, message.to_address, letter.reference, html, message.created_at,
        letter.expires_at,
    )  # fmt: skip


def _require_folder(folder: Path) -> None:
    """Raises: WrongUsage `bad-file` where no folder is, or can be made."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        raise _bad_folder() from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _bad_folder()


def _write(folder: Path, page: _Page) -> None:
    """A file of mode 0600, whole or not at all, on the disk with its name; its own older print is replaced."""
    temporary = folder / f".{page.reference}-{secrets.token_hex(4)}"
    try:
        with os.fdopen(private_files.create(temporary), "w", encoding="utf-8") as file:
            file.write(page.html)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / page.file)
    finally:
        temporary.unlink(missing_ok=True)
    private_files.flush_folder(folder)


def _bad_folder() -> WrongUsage:
    return WrongUsage("bad-file", "Letters cannot be written there.", "Name a folder that is yours; it may be new.")


def _not_written(failure: OSError) -> DeskError:
    if no_room(failure):
        return StoreUnavailable(
            "disk-full", "The disk is full; the letters that were not written still wait.", "Make room, or use another."
        )
    return _bad_folder()
