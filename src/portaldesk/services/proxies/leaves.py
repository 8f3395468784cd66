"""Leave to act for a patient once it is granted: listed, revoked, and ended by the clock or an objection."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from portaldesk.errors import RecordAltered
from portaldesk.gate import permits, proxies
from portaldesk.gate.actors import Actor
from portaldesk.gate.permits import Permit
from portaldesk.gate.proxies import Leave
from portaldesk.rules import minors
from portaldesk.services import (
    account_states,
    callers,
    changes,
    credentials,
    messages,
    patients,
    portal_sessions,
)
from portaldesk.services.changes import Changed
from portaldesk.store import record, tables
from portaldesk.store.record import Change, Entry
from portaldesk.words import (
    Outcome,
)


@dataclass(frozen=True, slots=True)
class ProxyLine:
    """One leave to act for a patient, as the desk sees it after a check."""

    proxy: str
    name: str
    relation: str
    authority: str
    document: str
    scope: str
    granted_at: datetime
    granted_by: str
    ends_at: datetime | None
    state: str
    account_status: str


def revoke(session: Session, permit: Permit, which: str, *, now: datetime) -> Changed:
    """End a person's leave to act for the patient; both are told.

    Raises: NotFound `no-such-proxy`; CheckNeeded `check-spent`.
    """
    leave = named(session, permit.mrn, which, now=now)
    permit.require_uses()
    ended = ending(session, leave, why="revoked", staff=permit.staff, now=now)
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, bears=ended,
        details=changes.told(ended) | {"proxy": leave.person.mrn},
    )  # fmt: skip
    return changes.result(session, permit, account_of(session, permit.mrn), now=now, seq=seq, sent=ended)


def ending_of(session: Session, request: tables.ChangeRequest, *, now: datetime) -> list[Change]:
    """The end of what this request put into force: the patient's address objected."""
    granted = [one for one in proxies.for_patient(session, request.mrn) if one.proxy.request_id == request.id]
    ends: list[Change] = []
    for leave in granted:
        if not leave.is_over(now=now):
            ends += ending(session, leave, why="objected", staff=None, now=now)
    return ends


def listed(session: Session, actor: Actor, mrn: str, *, now: datetime) -> list[ProxyLine]:
    """Who may act for a patient, or could, the newest first; after a check, for these are other people's names.

    A proxy who calls learns of their own leave alone.

    Raises: CheckNeeded as any change would.
    """
    calls = permits.require_checked(session, actor, mrn, now=now)
    patients.patient(session, mrn)
    lines = []
    for one in reversed(proxies.for_patient(session, mrn)):
        if calls is not None and one.person.mrn != calls:
            continue
        state = one.proxy.ended_why or ("ended" if one.is_over(now=now) else "in force")
        account = session.get(tables.PortalAccount, one.person.mrn)
        lines.append(
            ProxyLine(
                one.person.mrn, callers.full_name(one.person), one.proxy.relation, one.proxy.authority,
                one.proxy.document, one.proxy.scope, one.proxy.granted_at, one.proxy.granted_by, one.ends_at, state,
                account_states.shown(session, account, now=now),
            )
        )  # fmt: skip
    return lines


def named(session: Session, mrn: str, which: str, *, now: datetime) -> Leave:
    """The one leave in force that is meant, by the person's id or name.

    Raises: NotFound `no-such-proxy`, `several-proxies`.
    """
    return callers.acting(session, mrn, which, now=now, otherwise=f"See: portaldesk proxy list {mrn}")


def end_due(session: Session, *, now: datetime, mrn: str | None = None) -> int:
    """End what came to its end since (a day, or the 18th birthday) and tell both; returns how many.

    A proxy whose time is over gets in nowhere, told or not; this writes it down. Of all patients, whose rows are not
    whole are passed over.
    Raises: RecordAltered for the one patient `mrn`.
    """
    query = select(tables.Proxy.mrn).where(col(tables.Proxy.ended_at).is_(None), col(tables.Proxy.ends_at) <= now)
    if mrn is not None:
        query = query.where(tables.Proxy.mrn == mrn)
    passed_over = (RecordAltered,) if mrn is None else ()  # one altered row must not keep every mail of a clinic back
    ended = 0
    for one in sorted(set(session.exec(query))):
        due: list[tuple[Leave, list[Change]]] = []
        with suppress(*passed_over):
            for leave in proxies.for_patient(session, one):
                if leave.proxy.ended_at is None and leave.is_over(now=now):
                    due.append((leave, ending(session, leave, why=_why(leave, now=now), staff=None, now=now)))
        for leave, told in due:
            details = changes.told(told) | {"proxy": leave.person.mrn, "why": _why(leave, now=now)}
            record.append(session, Entry("proxy-end", Outcome.DONE, patient=one, details=details), told, now=now)
        ended += len(due)
    return ended


def _why(leave: Leave, *, now: datetime) -> str:
    born = leave.patient.birth_date
    return "of-age" if leave.proxy.minor and born is not None and minors.of_age_at(born) <= now else "end-date"


def ending(session: Session, leave: Leave, *, why: str, staff: str | None, now: datetime) -> list[Change]:
    """The end of one leave: who acts for nobody any more is signed out and their links are dead; both are told."""
    person, theirs = leave.person.mrn, patients.account(session, leave.person.mrn)
    rows: list[Change] = [record.changed(leave.proxy, ended_at=now, ended_why=why)]
    others = [one for one in proxies.of_person(session, person) if one.proxy.id != leave.proxy.id]
    if all(one.is_over(now=now) for one in others):
        rows += portal_sessions.ending(session, person, why="proxy ended", now=now)
        rows += credentials.revoking(session, person, credentials.RECOVERIES, now=now)
    account = session.get(tables.PortalAccount, leave.patient.mrn)
    for one in (account, theirs):
        if one is not None:
            rows += messages.notices(session, one, what="proxy-ended", staff=staff, now=now)
    return rows


def account_of(session: Session, mrn: str) -> tables.PortalAccount | None:
    """The patient's own account, verified; None where there is none."""
    return patients.account(session, mrn) if session.get(tables.PortalAccount, mrn) is not None else None
