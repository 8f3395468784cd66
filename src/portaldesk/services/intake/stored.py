"""What the store holds of the patients of a file, and in what a row differs from it.

Reading is by columns, without objects: an import that changes nothing must cost little. Only what a row differs from
is loaded again, as sealed rows, before it is changed (updating.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, col, select

from portaldesk.rules import emails
from portaldesk.services.intake.facts import PatientFacts
from portaldesk.store import tables
from portaldesk.words import ACCOUNT_CONTACTS, ContactKind, ContactSource, PatientStatus

CHUNK = 500  # records a query; ours: well under SQLite's limit of 32,766 parameters (SQLITE_MAX_VARIABLE_NUMBER)

COMPARED = (
    "given_name", "family_name", "other_names", "birth_date", "sex", "address", "city", "postal_code", "language",
    "last_visit", "status", "merged_into",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredContact:
    """A contact of the record, and what it is compared by."""

    key: str
    value: str


@dataclass(slots=True)
class Stored:
    """One known patient: compared columns, the record's current contacts, and whether there is an account."""

    columns: dict[str, str | date | None]
    contacts: dict[ContactKind, StoredContact] = field(default_factory=dict)
    has_account: bool = False


@dataclass(frozen=True, slots=True)
class Differences:
    """In what a row differs from a known patient: new column values, contacts that differ, an account to be made.

    `before`: what the store holds, by the same names.
    """

    columns: dict[str, Any]
    contacts: tuple[ContactKind, ...]
    needs_account: bool
    before: dict[str, str | date | None]

    def __bool__(self) -> bool:
        return bool(self.columns or self.contacts or self.needs_account)

    @property
    def changed(self) -> list[str]:
        """What an event says of it: names of facts, never their values."""
        return sorted([*self.columns, *self.contacts])


def chunks(items: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    """The items in pieces that a query can take."""
    for at in range(0, len(items), size):
        yield items[at : at + size]


def stored(session: Session, mrns: Sequence[str]) -> dict[str, Stored]:
    """The known ones among these patients (at most `CHUNK` of them), by MRN."""
    wanted = [getattr(tables.Patient, name) for name in COMPARED]
    found = {
        mrn: Stored(dict(zip(COMPARED, values, strict=True)))
        for mrn, *values in session.execute(
            select(tables.Patient.mrn, *wanted).where(col(tables.Patient.mrn).in_(mrns))
        )
    }
    for mrn, kind, key, value in session.execute(record_contacts(mrns)):
        found[mrn].contacts[ContactKind(kind)] = StoredContact(key, value)
    for mrn in session.exec(select(tables.PortalAccount.mrn).where(col(tables.PortalAccount.mrn).in_(mrns))):
        found[mrn].has_account = True
    return found


def record_contacts(mrns: Sequence[str]) -> Select[tuple[str, str, str, str]]:
    """MRN, kind, key and value of the contacts that these records have now; not those of the desk or the portal."""
    point = tables.ContactPoint
    return select(point.mrn, point.kind, point.key, point.value).where(  # type: ignore[return-value]
        col(point.mrn).in_(mrns), point.source == ContactSource.RECORD, col(point.current).is_(True)
    )


def differences(facts: PatientFacts, known: Stored) -> Differences:
    """What this row changes of a known patient; empty where it says what the store holds.

    An optional column that the file leaves empty (other names, language, last visit) takes nothing away: the formats
    cannot tell "none" from "this export does not have it".
    """
    columns = {
        name: value
        for name, value in column_values(facts).items()
        if value != known.columns[name]
        and not (name in ("language", "last_visit", "other_names") and _says_nothing(value))
    }
    had = {kind: known.contacts.get(kind) for kind in ACCOUNT_CONTACTS}
    contacts = tuple(
        kind for kind, one in had.items() if contact_key(kind, contact_of(facts, kind)) != (one.key if one else None)
    )
    before = {name: known.columns[name] for name in columns} | {
        kind.value: one.value if (one := had[kind]) else None for kind in contacts
    }
    return Differences(columns, contacts, gets_account(facts) and not known.has_account, before)


def column_values(facts: PatientFacts) -> dict[str, Any]:
    """The row as columns of `Patient`."""
    values: dict[str, Any] = {name: getattr(facts, name) for name in COMPARED}
    values["other_names"] = json.dumps(list(facts.other_names), ensure_ascii=False)
    values["status"] = str(facts.status)
    return values


def gets_account(facts: PatientFacts) -> bool:
    """Every living, active patient has a portal account from import on (contract)."""
    return facts.status is PatientStatus.ACTIVE


def contact_of(facts: PatientFacts, kind: ContactKind) -> str | None:
    return facts.email if kind is ContactKind.EMAIL else facts.phone


def contact_key(kind: ContactKind, value: str | None) -> str | None:
    """What two contacts are compared by; phones come in E.164 already."""
    return emails.key(value) if value and kind is ContactKind.EMAIL else value


def known_mrns(session: Session, mrns: Iterable[str]) -> set[str]:
    """Those of these MRNs that the store has a record of."""
    return {
        mrn
        for some in chunks(sorted(mrns))
        for mrn in session.exec(select(tables.Patient.mrn).where(col(tables.Patient.mrn).in_(some)))
    }


def _says_nothing(value: object) -> bool:
    return value in (None, "", "[]")
