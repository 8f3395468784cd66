"""The postal address on file: whether a letter can go there, and whether it may (design §3.1, §3.9, §3.10)."""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session, col, select

from portaldesk.errors import StateForbids
from portaldesk.gate.recoveries import AddressFacts, may_be_mailed
from portaldesk.rules import postal
from portaldesk.settings import ClinicSettings
from portaldesk.store import tables
from portaldesk.store.seals import whole
from portaldesk.words import ContactKind

_BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
# What record systems and desks fill in where there is no home to write to.
_NO_HOME = re.compile(r"(no fixed (abode|address)|nfa|homeless|unknown|none|null|n/?a|unk|x+|0+|[^\w]+)", re.IGNORECASE)
# How postal codes look where the clinic is; elsewhere every address is taken as near. Source: Unicode CLDR,
# supplemental/postalCodeData.xml.
_FORMS = {
    "US": r"\d{5}", "CA": r"[A-Z]\d[A-Z]\d[A-Z]\d", "GB": r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}", "DE": r"\d{5}",
    "ES": r"\d{5}", "FR": r"\d{5}", "IT": r"\d{5}", "MX": r"\d{5}", "AT": r"\d{4}", "CH": r"\d{4}", "AU": r"\d{4}",
    "NZ": r"\d{4}", "NL": r"\d{4}[A-Z]{2}",
}  # fmt: skip


def lines(patient: tables.Patient) -> tuple[str, ...] | None:
    """Street and town as they stand under the name on an envelope; None where a letter could not arrive."""
    street, city = patient.address.strip(), patient.city.strip()
    code = postal.key(patient.postal_code)
    if code is None or not street or not city or _NO_HOME.fullmatch(street) or _NO_HOME.fullmatch(city):
        return None
    return street, f"{city} {patient.postal_code.strip()}"


def on_file(patient: tables.Patient) -> str | None:
    """The address as a letter and its credential are bound to it."""
    found = lines(patient)
    return "\n".join(found) if found is not None else None


def is_abroad(patient: tables.Patient, settings: ClinicSettings) -> bool:
    """Whether the postal code is none of the clinic's country."""
    form = _FORMS.get(settings.locale.rpartition("_")[2])
    return form is not None and re.fullmatch(form, postal.key(patient.postal_code) or "") is None


def may_be_told(session: Session, patient: tables.Patient, *, now: datetime) -> str | None:
    """The address, where a notice may go there: complete, of age, and not closed, or closed less than a day ago.

    Who wants a change to go unseen would first close the address that hears of it (services/addresses.py).
    """
    to = on_file(patient)
    if to is None:
        return None
    marked = _marked(session, patient, to)
    hears = marked is not None and marked.notices_until is not None and now < marked.notices_until
    return to if hears or may_be_mailed(_facts(patient, marked), photo_id=False, now=now) else None


def is_writable(session: Session, patient: tables.Patient, *, now: datetime) -> bool:
    """Whether a letter with a code may go there now."""
    to = on_file(patient)
    return to is not None and may_be_mailed(_facts(patient, _marked(session, patient, to)), photo_id=False, now=now)


def is_closed(session: Session, patient: tables.Patient) -> bool:
    """Whether the patient asked that this address is not used."""
    to = on_file(patient)
    marked = _marked(session, patient, to) if to is not None else None
    return marked is not None and marked.do_not_use


def require_for_secrets(session: Session, patient: tables.Patient, *, photo_id: bool, now: datetime) -> str:
    """The address, if a code may go there.

    Raises: StateForbids `no-postal-address` with the ways out; `contact-closed` for one that the patient closed;
    `contact-unconfirmed` for one that changed less than 24 hours ago (unless the check that asks has photo ID).
    """
    to = on_file(patient)
    if to is None:
        raise StateForbids(
            "no-postal-address",
            "There is no complete postal address on file to send a letter to.",
            f"With photo ID at the desk: portaldesk issue-temp-login {patient.mrn}; "
            "else have the address completed in the clinic's record system and import it.",
        )
    facts = _facts(patient, _marked(session, patient, to))
    if facts.do_not_use:
        raise StateForbids(
            "contact-closed",
            "The patient asked that the postal address on file is not used.",
            f"With photo ID at the desk: portaldesk issue-temp-login {patient.mrn}",
        )
    if not may_be_mailed(facts, photo_id=photo_id, now=now):
        raise StateForbids(
            "contact-unconfirmed",
            "The postal address on file changed less than 24 hours ago.",
            f'With photo ID seen in person: portaldesk verify-identity {patient.mrn} --photo-id "driver licence"; '
            "else wait until 24 hours have passed.",
        )
    return to


def _marked(session: Session, patient: tables.Patient, to: str) -> tables.ContactPoint | None:
    """What the patient asked of this address, verified."""
    found = session.exec(
        select(tables.ContactPoint)
        .where(
            tables.ContactPoint.mrn == patient.mrn,
            tables.ContactPoint.kind == ContactKind.POSTAL,
            tables.ContactPoint.value == to,
        )
        .order_by(col(tables.ContactPoint.added_at).desc())
    ).first()
    return whole(session, found) if found is not None else None


def _facts(patient: tables.Patient, marked: tables.ContactPoint | None) -> AddressFacts:
    since = patient.address_evidence_from or _BEGINNING
    if marked is None:
        return AddressFacts(since)
    return AddressFacts(max(since, marked.evidence_from), do_not_use=marked.do_not_use)
