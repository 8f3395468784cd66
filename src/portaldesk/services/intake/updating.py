"""What an import writes of one patient: new ones whole, known ones where they differ (design §3.9).

What a patient's first import brings is confirmed and of age. What a later import changes or fills in, of email, phone,
birth date and postal code, is no evidence for 24 hours, and the address that was on file is told. The contacts of an
account that was ever activated are never moved.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.rules import names, postal, speech
from portaldesk.services import credentials, messages, portal_sessions, requests
from portaldesk.services.intake.facts import PatientFacts
from portaldesk.services.intake.stored import Differences, column_values, contact_key, contact_of, gets_account
from portaldesk.store import record, tables
from portaldesk.store.record import Change, Draft
from portaldesk.store.seals import whole
from portaldesk.words import (
    ACCOUNT_CONTACTS,
    AccountStatus,
    ContactKind,
    ContactSource,
    CredentialKind,
    Outcome,
    PatientStatus,
)

PAUSE = timedelta(hours=24)  # design §3.9
ACTION = "import"
# The object link stays: it only takes access away.
_REVOKED = tuple(kind for kind in CredentialKind if kind is not CredentialKind.OBJECT)


def new_rows(facts: PatientFacts, *, now: datetime) -> list[Draft]:
    """The rows of a patient who was not known: record, contacts, and an account for the living and active."""
    patient = column_values(facts) | {
        "mrn": facts.mrn, "birth_date_evidence_from": now, "postal_code_evidence_from": now, "imported_at": now,
    }  # fmt: skip
    drafts = [Draft(tables.Patient, record.defaults(tables.Patient) | patient)]
    for kind in ACCOUNT_CONTACTS:
        if contact_of(facts, kind):
            point = _point(facts, kind, evidence_from=now, now=now)
            confirmed = {"confirmed_at": now, "confirmed_how": "first import"}
            drafts.append(Draft(tables.ContactPoint, record.defaults(tables.ContactPoint) | point | confirmed))
    if gets_account(facts):
        account = _account(facts, contacts_are_new=False, now=now)
        drafts.append(Draft(tables.PortalAccount, record.defaults(tables.PortalAccount) | account))
    return drafts


def write_names(session: Session, patients: Iterable[tables.Patient | PatientFacts], *, replace: bool = False) -> None:
    """Let these patients be found by their names; a plain index, which proves nothing and is not sealed."""
    connection = session.connection()
    rows: list[dict[str, str]] = []
    for one in patients:
        others = json.loads(one.other_names) if isinstance(one, tables.Patient) else one.other_names
        rows += [{"key": key, "mrn": one.mrn} for key in names.keys(one.given_name, one.family_name, others)]
        if replace:
            connection.execute(delete(tables.PatientName).where(col(tables.PatientName.mrn) == one.mrn))
    if rows:
        connection.execute(insert(tables.PatientName), rows)


def update(session: Session, actor: Actor, facts: PatientFacts, differs: Differences, *, now: datetime) -> None:
    """Write what differs of one known patient, in one event that names the changed facts, never their values.

    Raises: RecordAltered where a row to be changed is not as portaldesk wrote it.
    """
    patient = whole(session, session.get_one(tables.Patient, facts.mrn))
    tells = differs.contacts or "birth_date" in differs.columns or _is_another_postal_code(patient, differs)
    account = session.get(tables.PortalAccount, facts.mrn) if tells else None
    if account is not None:
        whole(session, account)
    step = _Known(session, facts, differs, patient, account, now)
    changes = [*step.patient_change(), *step.contact_changes(), *step.end_of_access()]
    moved = step.moved()
    told: list[Change] = []
    if account is not None:
        what = "contact-changed" if moved else "record-changed"
        told = messages.notices(session, account, what=what, staff=actor.name, now=now)
    details: dict[str, Any] = {
        "line": facts.line, "changed": differs.changed, "moved": sorted(moved),
        "messages": [change.row.id for change in told if isinstance(change.row, tables.OutboxMessage)],
    }  # fmt: skip
    if moved:
        permits.spend(
            session, permits.for_import(actor, facts.mrn), now=now, outcome=Outcome.DONE, account=account,
            values={**moved, "contact_changed_at": now}, bears=[*changes, *step.dead_links(moved), *told],
            details=details, event_action=ACTION,
        )  # fmt: skip
    else:
        if differs.needs_account:
            account = tables.PortalAccount(**_account(facts, contacts_are_new=bool(differs.contacts), now=now))
            changes.append(record.new(account))
        entry = actor.entry(ACTION, Outcome.DONE, patient=facts.mrn, details=details)
        record.append(session, entry, [*changes, *told], now=now)
    if {"given_name", "family_name", "other_names"} & differs.columns.keys():
        write_names(session, [patient], replace=True)


@dataclass(frozen=True, slots=True)
class _Known:
    """One known patient whose row differs."""

    session: Session
    facts: PatientFacts
    differs: Differences
    patient: tables.Patient
    account: tables.PortalAccount | None
    now: datetime

    def patient_change(self) -> list[Change]:
        if not self.differs.columns:
            return []
        values = {**self.differs.columns, "imported_at": self.now}
        if "birth_date" in values:
            values["birth_date_evidence_from"] = self.now + PAUSE
        if _is_another_postal_code(self.patient, self.differs):
            values["postal_code_evidence_from"] = self.now + PAUSE
        if {"address", "city", "postal_code"} & values.keys():
            values["address_evidence_from"] = self.now + PAUSE
        return [record.changed(self.patient, **values)]

    def contact_changes(self) -> list[Change]:
        changes: list[Change] = []
        for kind in self.differs.contacts:
            points = self.points(kind)
            changes += [
                record.changed(point, current=False)
                for point in points
                if point.current and point.source == ContactSource.RECORD
            ]
            if contact_of(self.facts, kind):
                changes.append(record.new(self.new_point(kind, points)))
        return changes

    def new_point(self, kind: ContactKind, points: list[tables.ContactPoint]) -> tables.ContactPoint:
        made = tables.ContactPoint(**_point(self.facts, kind, evidence_from=self.now + PAUSE, now=self.now))
        same = [point for point in points if point.key == made.key]
        if same:
            # What the patient asked for, and what came back, holds for the address, whoever writes it down again.
            last = same[0]
            made.do_not_use, made.confidential, made.bounced_at = last.do_not_use, last.confidential, last.bounced_at
            made.notices_until = last.notices_until
        confirmed = next((p for p in same if _is_settled(p)), None)
        if confirmed is not None:
            # The record only catches up with what was confirmed at the desk or the portal: that stays evidence.
            made.evidence_from, made.confirmed_at = confirmed.evidence_from, confirmed.confirmed_at
            made.confirmed_how = confirmed.confirmed_how
        return made

    def moved(self) -> dict[str, str]:
        """The contacts of an account never activated that follow the record; never one that desk or portal settled."""
        account = self.account
        if account is None or account.status != AccountStatus.NEW:
            return {}
        values: dict[str, str] = {}
        for kind in self.differs.contacts:
            told, has = contact_of(self.facts, kind), getattr(account, kind.value)
            if told is None or contact_key(kind, told) == contact_key(kind, has):
                continue
            points = self.points(kind)
            settled = any(_is_settled(p) and p.key == contact_key(kind, has) for p in points)
            closed = any(p.do_not_use and p.key == contact_key(kind, told) for p in points)
            if not settled and not closed:
                values[kind.value] = told
        return values

    def dead_links(self, moved: dict[str, str]) -> list[Change]:
        """The end of links that went to the email the account had, unless the status ended them already."""
        if ContactKind.EMAIL not in moved or self.ends_access():
            return []
        mailed = [kind for kind in credentials.RECOVERIES if kind != CredentialKind.LETTER]
        return credentials.revoking(self.session, self.facts.mrn, mailed, now=self.now)

    def ends_access(self) -> bool:
        return bool(self.differs.columns.get("status", PatientStatus.ACTIVE) != PatientStatus.ACTIVE)

    def end_of_access(self) -> list[Change]:
        """A record that is no longer active ends the patient's sessions, every open link and code, and open requests.

        Back in the file as active, the account opens again as it was; of these nothing comes back.
        """
        if not self.ends_access():
            return []
        mrn, why = self.facts.mrn, f"record {self.facts.status}"
        return [
            *portal_sessions.ending(self.session, mrn, why=why, now=self.now),
            *credentials.revoking(self.session, mrn, _REVOKED, now=self.now),
            *requests.cancelling(self.session, mrn, why=why, now=self.now),
        ]

    def points(self, kind: ContactKind) -> list[tables.ContactPoint]:
        """All addresses of this kind that the patient has or had, newest first, verified."""
        found = self.session.exec(
            select(tables.ContactPoint)
            .where(tables.ContactPoint.mrn == self.facts.mrn, tables.ContactPoint.kind == kind)
            .order_by(col(tables.ContactPoint.added_at).desc())
        ).all()
        return [whole(self.session, point) for point in found]


def _is_another_postal_code(patient: tables.Patient, differs: Differences) -> bool:
    """By what an answer is compared with: a ZIP that gains its last four figures is the same answer."""
    code = differs.columns.get("postal_code", patient.postal_code)
    return postal.key(code) != postal.key(patient.postal_code)


def _is_settled(point: tables.ContactPoint) -> bool:
    return point.current and point.source != ContactSource.RECORD and point.confirmed_at is not None


def _point(facts: PatientFacts, kind: ContactKind, *, evidence_from: datetime, now: datetime) -> dict[str, Any]:
    value = contact_of(facts, kind)
    return {
        "id": secrets.token_hex(12), "mrn": facts.mrn, "kind": kind.value, "value": value,
        "key": contact_key(kind, value), "source": ContactSource.RECORD.value, "added_at": now,
        "evidence_from": evidence_from,
    }  # fmt: skip


def _account(facts: PatientFacts, *, contacts_are_new: bool, now: datetime) -> dict[str, Any]:
    return {
        "mrn": facts.mrn, "username": speech.read_username(facts.username) if facts.username else None,
        "email": facts.email, "phone": facts.phone, "contact_changed_at": now if contacts_are_new else None,
    }  # fmt: skip
