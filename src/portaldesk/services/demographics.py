"""What matching is told about patients, read from the store.

By columns and straight from the driver, without objects: it decides nothing about access, and a clinic's whole list
must take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from portaldesk.store import driver
from portaldesk.store.columns import altered, date_of, texts_of
from portaldesk.words import ContactKind

if TYPE_CHECKING:
    from portaldesk.rules.matching import Demographics

_PATIENTS = (
    "SELECT mrn, given_name, family_name, other_names, birth_date, sex, address, city, postal_code FROM patient WHERE "
)
_COMPARED = "status <> 'merged'"
_CONTACTS = "SELECT mrn, kind, value FROM contact_point WHERE current = TRUE"
_OF_SEVERAL = " ORDER BY source = 'record', added_at"
_Row = tuple[Any, ...]


def everybody(session: Session) -> Iterator[Demographics]:
    """Demographics of all patients but merged ones, in no order, one after the other.

    Of a million none is held but their contacts. A statement must have read them before the session writes.
    """
    connection = session.connection()
    phones, emails = _by_kind(session, driver.streamed(connection, _CONTACTS))
    return _people(driver.streamed(connection, _PATIENTS + _COMPARED), phones, emails)


def of(session: Session, mrns: Collection[str], *, merged: bool = False) -> dict[str, Demographics]:
    """Demographics of these patients by MRN, however many they are; of merged ones where asked for."""
    named = sorted(mrns)
    phones, emails = _by_kind(session, _contacts(session, named))
    patients = _within(session, f"{_PATIENTS}mrn IN ", named, "" if merged else f" AND {_COMPARED}")
    return {person.mrn: person for person in _people(patients, phones, emails)}


def _contacts(session: Session, mrns: Sequence[str], rest: str = "") -> list[_Row]:
    return _within(session, f"{_CONTACTS} AND mrn IN ", mrns, rest)


def _within(session: Session, query: str, mrns: Sequence[str], rest: str = "") -> list[_Row]:
    from portaldesk.store import many_rows  # what reads all needs it not

    return many_rows.within(session, query, mrns, rest)


def _people(rows: Iterable[_Row], phones: dict[str, str], emails: dict[str, str]) -> Iterator[Demographics]:
    from portaldesk.rules.matching import Demographics  # a find or a check seldom needs it

    day: Callable[[str | None], date | None] = cache(lambda stored: None if stored is None else date_of(stored))
    for mrn, given, family, others, born, sex, address, city, postal_code in rows:
        yield Demographics(
            mrn, given, family, () if others == "[]" else texts_of(others), day(born), sex,
            phones.pop(mrn, None), emails.pop(mrn, None), address, city, postal_code,
        )  # fmt: skip


def _by_kind(session: Session, rows: Iterable[_Row]) -> tuple[dict[str, str], dict[str, str]]:
    """The phone and the email in force of each patient; of several the record's own prevails over desk's and portal's.

    Raises: RecordAltered for a kind that there is not.
    """
    found: dict[str, dict[str, str]] = {kind.value: {} for kind in ContactKind}
    try:
        several = {mrn for mrn, kind, value in rows if found[kind].setdefault(mrn, value) != value}
    except KeyError:
        raise altered("contact") from None
    if several:  # seldom, so that a million rows need no order
        for mrn, kind, value in _contacts(session, sorted(several), _OF_SEVERAL):
            found[kind][mrn] = value
    return found[ContactKind.PHONE], found[ContactKind.EMAIL]
