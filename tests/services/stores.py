"""A clinic for the tests of services: a real store in a folder, with an admin signed in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

import new_stores
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.services import credentials, invitations
from portaldesk.services.intake.facts import PatientFacts, Reading
from portaldesk.services.intake.importing import ImportReport, import_patients
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.words import Action, CredentialKind, Outcome, PatientStatus, Role

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
PASSWORD = new_stores.PASSWORD
ADMIN = Actor("rosa", Role.ADMIN, "S-admin")
CLERK = Actor("sam", Role.FRONT_DESK, "S-clerk")


def new_store(home: Path) -> OpenStore:
    """A store with its first admin, rosa."""
    return new_stores.new_store(home / "clinic", now=NOW)


def facts(mrn: str, **more: Any) -> PatientFacts:
    """One row of a patient file; Ana Reynolds644, unless it says otherwise."""
    values: dict[str, Any] = {
        "line": 2, "given_name": "Ana", "family_name": "Reynolds644", "other_names": (), "sex": "female",
        "birth_date": date(1952, 7, 15), "phone": "+15559078526", "phone_as_written": "555-907-8526",
        "email": "ana@example.org", "address": "1 Elm Street", "city": "Pratt", "postal_code": "67124",
        "status": PatientStatus.ACTIVE, "language": "en", "last_visit": date(2026, 1, 9), "username": None,
        "merged_into": None,
    }  # fmt: skip
    return PatientFacts(mrn=mrn, **(values | more))


def bring(
    session: Session, rows: Iterable[PatientFacts], *, now: datetime = NOW, actor: Actor = ADMIN, **more: Any
) -> ImportReport:
    """Import these rows and commit."""
    options: dict[str, Any] = {"dry_run": False, "skip_bad": False} | more
    report = import_patients(session, actor, Reading(list(rows), [], []), now=now, **options)
    session.commit()
    return report


def points(session: Session, mrn: str, kind: str, *, current: bool = True) -> list[tables.ContactPoint]:
    """The patient's addresses of this kind, the newest first."""
    rows = session.exec(
        select(tables.ContactPoint).where(tables.ContactPoint.mrn == mrn, tables.ContactPoint.kind == kind)
    ).all()
    return sorted((row for row in rows if row.current == current), key=lambda row: row.added_at, reverse=True)


def events(session: Session, action: str) -> list[tables.AuditEvent]:
    """The events of this action, in order."""
    return list(
        session.exec(
            select(tables.AuditEvent).where(tables.AuditEvent.action == action).order_by(tables.AuditEvent.seq)
        )
    )


def activate(session: Session, mrn: str, *, username: str, now: datetime) -> None:
    """Let the patient redeem an invitation; the password is not one that can be used."""
    settings = ClinicSettings()
    invitations.resend(session, permits.for_asking(Action.RESEND_INVITE, mrn), settings=settings, now=now)
    (link,) = credentials.open_ones(session, mrn, [CredentialKind.INVITATION])
    account = session.get_one(tables.PortalAccount, mrn)
    values = {"status": "active", "activated_at": now, "password_hash": "x", "username": username}
    permits.spend(
        session, permits.for_redemption(Action.REDEEM, link), now=now, outcome=Outcome.DONE, account=account,
        values=values, before=[record.changed(link, redeemed_at=now)],
    )  # fmt: skip
    session.commit()
