"""A store with a day's work in it, made once by the services themselves, and copied for each test that tampers."""

from __future__ import annotations

import atexit
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlmodel import Session, select

import engines
import new_stores
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.services import (
    contacts,
    credentials,
    identity_checks,
    invitations,
    opening,
    patients,
    redeeming,
    resets,
    sessions,
    staff,
)
from portaldesk.services.auditing import Verdict, verify
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, CheckOutcome, ContactKind, Method, Role
from raw_stores import Raw, guards_down

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
PASSWORD = "umber lattice quarry 52 finch"
SETTINGS = ClinicSettings()
ADMIN = Actor("rosa", Role.ADMIN, "S-rosa")
CLERK = Actor("sam", Role.FRONT_DESK, "S-sam")
FACTS = {Method.BIRTH_DATE: "1952-07-15", Method.POSTAL_CODE: "67124", Method.PHONE: "+15559078526"}


def imported(n: int) -> tuple[record.Entry, list[tables.Sealed]]:
    """The event and rows of one imported patient, MRN-n, whose facts are evidence at once."""
    mrn = f"MRN-{n}"
    rows: list[tables.Sealed] = [
        tables.Patient(
            mrn=mrn, given_name="Zoë", family_name=f"Reynolds{n}", birth_date=date(1952, 7, 15), postal_code="67124",
            birth_date_evidence_from=LONG_AGO, postal_code_evidence_from=LONG_AGO, imported_at=LONG_AGO,
        ),
        tables.PortalAccount(mrn=mrn, email=f"zoe{n}@example.org", phone="+15559078526"),
    ]  # fmt: skip
    for kind, value in (("email", f"zoe{n}@example.org"), ("phone", "+15559078526")):
        rows.append(
            tables.ContactPoint(
                id=f"{kind}-{n}", mrn=mrn, kind=kind, value=value, key=value, source="record", added_at=LONG_AGO,
                evidence_from=LONG_AGO, confirmed_at=LONG_AGO, confirmed_how="record",
            )
        )  # fmt: skip
    return record.Entry("import patients", "done", staff="rosa", patient=mrn), rows


def empty_store(home: Path) -> OpenStore:
    """A store with its first admin, rosa, and nothing else."""
    return new_stores.new_store(home, now=NOW)


def another_store(home: Path) -> OpenStore:
    """One with keys of its own; those made at one time are copies of each other."""
    return new_stores.new_store(home, now=NOW - timedelta(days=1))


def check(session: Session, actor: Actor, mrn: str, *, now: datetime, photo_id: str | None = None) -> str:
    """A passed check of this patient by three facts, or strong with photo ID."""
    said = identity_checks.Answers(FACTS, photo_id=photo_id)
    named = patients.Named(mrn, None)
    seen = identity_checks.verify(
        session, actor, named, said, reason="cannot get in", settings=SETTINGS, rng=random.Random(1), now=now
    )
    assert seen.outcome == CheckOutcome.PASSED
    return seen.check_id


@cache
def _template() -> Path:
    home = Path(mkdtemp(prefix="portaldesk-day-")) / "clinic"
    atexit.register(shutil.rmtree, home.parent, ignore_errors=True)
    store = empty_store(home)
    with store.session() as session:
        for n in range(1, 6):
            entry, rows = imported(n)
            record.append(session, entry, [record.new(row) for row in rows], now=NOW)
        sessions.sign_in(session, "rosa", PASSWORD, os_caller="0", new_password=None, settings=SETTINGS, now=minutes(1))
        staff.add(
            session, ADMIN, "sam", Role.FRONT_DESK, password=PASSWORD + " two", own_mrn=None, linked=(),
            with_token=True, settings=SETTINGS, now=minutes(2),
        )  # fmt: skip
        check(session, CLERK, "MRN-1", now=minutes(3))
        permit = permits.for_check(session, CLERK, Action.RESEND_INVITE, "MRN-1", now=minutes(4))
        invitations.resend(session, permit, settings=SETTINGS, now=minutes(4))
        link = session.exec(select(tables.RecoveryCredential)).one()
        redeeming.redeem(
            session, credentials.token_of(keys_of(session), link.id), FACTS, call_code=None, username="zoe.one",
            password=PASSWORD + " three", settings=SETTINGS, rng=random.Random(2), now=minutes(6),
        )  # fmt: skip
        check(session, CLERK, "MRN-2", now=minutes(8), photo_id="driver licence")
        permit = permits.for_check(session, CLERK, Action.UPDATE_CONTACT, "MRN-2", now=minutes(9))
        contacts.ask(session, permit, ContactKind.EMAIL, "new2@example.org", settings=SETTINGS, now=minutes(9))
        check(session, CLERK, "MRN-1", now=minutes(10), photo_id="passport")
        permit = permits.for_check(session, CLERK, Action.SEND_RESET, "MRN-1", now=minutes(11))
        resets.send(session, permit, settings=SETTINGS, now=minutes(11))
        refusal = CLERK.entry("disable", "refused", patient="MRN-3", details={"code": "check-required"})
        record.append(session, refusal, now=minutes(12))
        session.commit()
    store.engine.dispose()
    return home


def minutes(n: int) -> datetime:
    """A time of the day in the store."""
    return NOW + timedelta(minutes=n)


def a_day(folder: Path) -> OpenStore:
    """A copy of the store with a day's work: five patients, checks, links, a redemption, a request, a refusal."""
    home = folder / "clinic"
    engines.copy(_template(), home)
    return opening.open_store(engines.place(home))


@contextmanager
def tampering(store: OpenStore) -> Iterator[Raw]:
    """Somebody who owns the database, and dropped the guards first. What they do is committed."""
    with guards_down(store.place.home, put_back=False) as connection:
        yield connection


def verdict(store: OpenStore, *against: str, **how: Any) -> Verdict:
    """The proof as `verify` gives it; `how` are its other arguments."""
    with store.session(reading=True) as session:
        return verify(session, against=against, **how)
