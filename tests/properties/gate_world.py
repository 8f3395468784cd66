"""A small clinic for the property tests, made once and copied: five staff members, four patients, every state."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlmodel import Session

import engines
import new_stores
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.services import credentials, identity_checks, invitations, opening, redeeming, staff
from portaldesk.services.intake.facts import PatientFacts, Reading
from portaldesk.services.intake.importing import import_patients
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, CredentialKind, Method, PatientStatus, Role
from raw_stores import raw

MADE_AT = datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
BEGIN_AT = MADE_AT + timedelta(days=8)
"""When the tests begin: later than the seven days in which who gave a password may not approve (design §3.5)."""
SETTINGS = ClinicSettings()
PASSWORD = "umber lattice quarry 52 finch"
STAFF = {
    "rosa": Actor("rosa", Role.ADMIN, "S-rosa"),
    "max": Actor("max", Role.ADMIN, "S-max"),
    "sam": Actor("sam", Role.FRONT_DESK, "S-sam"),
    "tia": Actor("tia", Role.FRONT_DESK, "S-tia", own=frozenset({"M-3"})),
    "ada": Actor("ada", Role.AUDITOR, "S-ada"),
}
ACTIVE, LOCKED, NEW, NO_EMAIL = "M-1", "M-2", "M-3", "M-4"
PATIENTS = (ACTIVE, LOCKED, NEW, NO_EMAIL)
FACTS = {Method.BIRTH_DATE: "1952-07-15", Method.POSTAL_CODE: "67124", Method.PHONE: "+15559078526"}

Rows = dict[str, dict[tuple[Any, ...], dict[str, Any]]]
"""Table → key → row, exactly as stored."""


class NothingThere(Exception):
    """A step has nothing to work on yet: no request, no link."""


def patient_row(mrn: str, **more: Any) -> PatientFacts:
    """One row of a patient file."""
    values: dict[str, Any] = {
        "line": 2, "given_name": "Ana", "family_name": f"Reynolds{mrn[-1]}", "other_names": (), "sex": "female",
        "birth_date": date(1952, 7, 15), "phone": "+15559078526", "phone_as_written": "555-907-8526",
        "email": None if mrn == NO_EMAIL else f"ana{mrn[-1]}@example.org", "address": "1 Elm Street", "city": "Pratt",
        "postal_code": "67124", "status": PatientStatus.ACTIVE, "language": "en", "last_visit": date(2026, 1, 9),
        "username": None, "merged_into": None,
    }  # fmt: skip
    return PatientFacts(mrn=mrn, **(values | more))


def bring(session: Session, actor: Actor, rows: list[PatientFacts], *, now: datetime) -> None:
    import_patients(session, actor, Reading(rows, [], []), dry_run=False, skip_bad=False, now=now)


def redeem(session: Session, mrn: str, kind: CredentialKind, facts: dict[Method, str], *, now: datetime) -> object:
    """The patient redeems the newest link of this kind, whatever its state; NothingThere where there never was one."""
    link = credentials.newest(session, mrn, [kind])
    if link is None:
        raise NothingThere
    return redeeming.redeem(
        session, credentials.token_of(keys_of(session), link.id), facts, call_code=None, username=f"ana.{mrn.lower()}"
        if kind is CredentialKind.INVITATION else None, password=f"{PASSWORD} {now:%d%H%M%S}", settings=SETTINGS,
        rng=random.Random(7), now=now,
    )  # fmt: skip


@cache
def _template() -> Path:
    home = Path(mkdtemp(prefix="portaldesk-gate-")) / "home"
    now = MADE_AT
    store = new_stores.new_store(home, now=now)
    with store.session() as session:
        bring(session, STAFF["rosa"], [patient_row(mrn) for mrn in PATIENTS], now=now)
        for name, actor in STAFF.items():
            if name != "rosa":
                staff.add(
                    session, STAFF["rosa"], name, actor.role, password=f"{PASSWORD} {name}", own_mrn=None,
                    linked=sorted(actor.own), with_token=False, settings=SETTINGS, now=now,
                )  # fmt: skip
        for mrn in (ACTIVE, LOCKED):
            now += timedelta(minutes=5)
            invitations.resend(session, permits.for_asking(Action.RESEND_INVITE, mrn), settings=SETTINGS, now=now)
            redeem(session, mrn, CredentialKind.INVITATION, FACTS, now=now + timedelta(minutes=1))
        account = session.get_one(tables.PortalAccount, LOCKED)
        wrong = record.Entry("sign-in", "refused", patient=LOCKED, session="portal", details={"why": "wrong"})
        until = BEGIN_AT + timedelta(hours=24)  # as after 40 wrong passwords, without hashing 40
        record.append(session, wrong, [record.changed(account, failed_attempts=40, locked_until=until)], now=BEGIN_AT)
        session.commit()
    store.engine.dispose()
    return home


def fresh(folder: Path) -> OpenStore:
    """A copy of the clinic: M-1 active, M-2 locked, M-3 new, M-4 new and without an email."""
    home = folder / "home"
    engines.copy(_template(), home)
    return opening.open_store(engines.place(home))


def check_of(session: Session, actor: Actor, mrn: str, *, photo: bool, now: datetime) -> identity_checks.CheckView:
    """A check whose caller knows everything, with photo ID or without."""
    from portaldesk.services import patients

    said = identity_checks.Answers(FACTS, photo_id="passport" if photo else None)
    return identity_checks.verify(
        session, actor, patients.Named(mrn, None), said, reason="cannot get in", settings=SETTINGS,
        rng=random.Random(1), now=now,
    )  # fmt: skip


def rows_of(home: Path) -> Rows:
    """Every row of every table, read past everything of ours."""
    found: Rows = {}
    with raw(home) as connection:
        for name, keys in connection.key_columns().items():
            cursor = connection.execute(f'SELECT * FROM "{name}"')
            columns = [column[0] for column in cursor.description]
            every = [dict(zip(columns, row, strict=True)) for row in cursor]
            found[name] = {tuple(row[key] for key in keys or columns): row for row in every}
    return found
