"""The persons who act for patients: known ones, and new ones with an account and addresses of their own."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from sqlmodel import Session, select

from portaldesk.gate import proxies
from portaldesk.rules import emails
from portaldesk.services import (
    requests,
)
from portaldesk.services.callers import has_name
from portaldesk.services.proxies.proposals import Proposed
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.words import (
    ContactKind,
    ContactSource,
)


def known(session: Session, wanted: Proposed) -> tables.ProxyPerson | None:
    """The person of that name and birth date who has a login already, where an address says so and none speaks against
    it.

    Another address makes another person: nobody's login is turned towards a new address by a grant. Without an address
    it is a new person too: else whoever has a login by that name and birth date, with an address of their own, would
    wait for the grants of the one they are named like.
    """
    found = session.exec(
        select(tables.ProxyPerson).where(tables.ProxyPerson.birth_date == date.fromisoformat(wanted.birth_date))
    ).all()
    for person in found:
        account = session.get(tables.PortalAccount, person.mrn)
        if account is not None and is_meant(person, wanted) and _same_addresses(account, wanted):
            return person
    return None


def _same_addresses(account: tables.PortalAccount, wanted: Proposed) -> bool:
    mail = wanted.email is None or (account.email is not None and emails.key(account.email) == emails.key(wanted.email))
    phone = wanted.phone is None or account.phone == wanted.phone
    return mail and phone and (wanted.email is not None or wanted.phone is not None)


def is_meant(person: tables.ProxyPerson, wanted: Proposed) -> bool:
    """Whether a person is of that name and birth date."""
    born = person.birth_date is not None and person.birth_date.isoformat() == wanted.birth_date
    return born and has_name(person, wanted.name)


def new_person(wanted: Proposed, *, language: str, now: datetime) -> tuple[tables.ProxyPerson, list[Change]]:
    """A person, their account and addresses: as with a patient's first import, what they begin with counts at once."""
    given, _, family = wanted.name.rpartition(" ")
    person = tables.ProxyPerson(
        mrn=proxies.PREFIX + secrets.token_hex(6).upper(), given_name=given or family,
        family_name=family if given else "", birth_date=date.fromisoformat(wanted.birth_date),
        postal_code=wanted.postal_code or "", language=language, birth_date_evidence_from=now,
        postal_code_evidence_from=now, added_at=now,
    )  # fmt: skip
    rows = [
        record.new(person),
        record.new(tables.PortalAccount(mrn=person.mrn, email=wanted.email, phone=wanted.phone)),
    ]
    for kind, value in ((ContactKind.EMAIL, wanted.email), (ContactKind.PHONE, wanted.phone)):
        if value is not None:
            point = tables.ContactPoint(
                id=secrets.token_hex(8), mrn=person.mrn, kind=kind, value=value,
                key=requests.compare_key(kind, value), source=ContactSource.DESK, added_at=now, evidence_from=now,
                confirmed_at=now, confirmed_how="told at the desk",
            )  # fmt: skip
            rows.append(record.new(point))
    return person, rows
