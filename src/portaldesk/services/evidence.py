"""What may serve as evidence of who is calling, and judging an answer beside it (design §3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from portaldesk.gate.recoveries import AddressFacts, is_evidence
from portaldesk.rules import answers, dates, postal
from portaldesk.rules.assurance import Evidence
from portaldesk.services import patients
from portaldesk.store import tables
from portaldesk.words import ContactKind, Method, MethodOutcome


def facts_on_file(session: Session, patient: patients.Holder, *, now: datetime) -> dict[Method, tuple[str, ...]]:
    """What may serve as evidence now, by method, in the form it is compared in.

    Of email and phone the account's own count, else those of the clinic's record. Placeholders, facts changed less than
    24 hours ago, and addresses that bounced or are closed are no evidence.
    """
    found: dict[Method, tuple[str, ...]] = {}
    born = patient.birth_date
    if born is not None and not dates.is_placeholder(born) and patient.birth_date_evidence_from <= now:
        found[Method.BIRTH_DATE] = (born.isoformat(),)
    code = postal.key(patient.postal_code)
    if code is not None and patient.postal_code_evidence_from <= now:
        found[Method.POSTAL_CODE] = (code,)
    if patient.last_visit is not None:
        found[Method.LAST_VISIT] = (patient.last_visit.isoformat(),)
    account = session.get(tables.PortalAccount, patient.mrn)
    for kind, method in ((ContactKind.PHONE, Method.PHONE), (ContactKind.EMAIL, Method.EMAIL)):
        own = (account.phone if kind is ContactKind.PHONE else account.email) if account is not None else None
        point = (
            patients.contact(session, patient.mrn, kind, own) if own else patients.on_record(session, patient.mrn, kind)
        )
        if point is not None and is_evidence(address(point), now=now):
            found[method] = (point.key,)
    return found


def address(point: tables.ContactPoint) -> AddressFacts:
    """A stored contact as the gate's decisions take it."""
    return AddressFacts(point.evidence_from, point.bounced_at is not None, point.do_not_use)


def matches(said: str, on_file: tuple[str, ...]) -> bool:
    """Whether the answer is one of those on file; every one is compared, in constant time."""
    judged = [answers.same(said, one) for one in on_file]
    return any(judged)


def judged(facts: Mapping[Method, str], on_file: Mapping[Method, tuple[str, ...]]) -> tuple[list[Evidence], int]:
    heard, wrong = [], 0
    for method, said in facts.items():
        if method not in on_file:
            heard.append(Evidence(method, MethodOutcome.NOT_ON_FILE))
        elif matches(said, on_file[method]):
            heard.append(Evidence(method, MethodOutcome.MATCH))
        else:
            heard.append(Evidence(method, MethodOutcome.NO_MATCH))
            wrong += 1
    return heard, wrong
