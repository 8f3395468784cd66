"""Whom somebody wants to act for a patient, as it was typed and read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portaldesk.errors import WrongUsage
from portaldesk.rules import dates, emails, minors, phones, postal
from portaldesk.services.callers import read_name

SCOPES = ("full", "appointments")
"""What the portal lets a proxy see: everything, or appointments and messages only."""


@dataclass(frozen=True, slots=True, repr=False)
class Proposed:
    """Whom the patient, or who represents them, wants to act for them; read, in the form it is kept in."""

    name: str
    relation: str
    birth_date: str
    email: str | None = None
    phone: str | None = None
    postal_code: str | None = None
    until: str | None = None
    scope: str = "full"
    instead_of: str | None = None


def read_proposal(
    *,
    name: str,
    relation: str,
    birth_date: str,
    email: str | None = None,
    phone: str | None = None,
    postal_code: str | None = None,
    until: str | None = None,
    scope: str = "full",
    instead_of: str | None = None,
    locale: str,
    today: date,
) -> Proposed:
    """What was typed about a proxy.

    Raises: WrongUsage.
    """
    if scope not in SCOPES:
        raise WrongUsage("usage", f"--scope takes {' or '.join(SCOPES)}.", "Leave it out for full.")
    ends = _read_until(until, today) if until is not None else None
    born = dates.read_date(birth_date, locale=locale, today=today)
    if minors.is_minor(born, today):
        raise WrongUsage("usage", "A proxy must be of age.", "Was the patient's birth date typed for the proxy's?")
    return Proposed(
        read_name(name, "--name"), read_name(relation, "--relation"), born.isoformat(),
        emails.read_email(email) if email is not None else None,
        phones.read_phone(phone, locale=locale) if phone is not None else None,
        postal.read_postal_code(postal_code) if postal_code is not None else None,
        ends.isoformat() if ends is not None else None, scope, instead_of,
    )  # fmt: skip


def _read_until(until: str, today: date) -> date:
    try:
        ends = date.fromisoformat(until.strip())
    except ValueError:
        ends = today
    if ends <= today:
        raise WrongUsage("usage", "--until must be a day to come, as year-month-day.", "Like --until 2030-06-30")
    return ends
