"""Finding a patient by what the caller says first: a name, an MRN, a phone or an email.

Rows are masked; every find is an event, for looking people up is itself something that auditors ask about. The tool
is no oracle for birth dates: after five that found nobody with one name, the sixth is refused (design §3.7).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from portaldesk.errors import StateForbids, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.key_generations import Generations
from portaldesk.rules import emails, masks, names, phones
from portaldesk.services import account_states, flags, verdicts
from portaldesk.settings import ClinicSettings
from portaldesk.store import event_lists, record, tables
from portaldesk.store.seals import canonical, keys_of
from portaldesk.words import ContactKind, IncidentKind, Level, Outcome

ROWS = 20  # ours: what fits a screen; a clerk asks one more thing rather than read on
PHONE_DIGITS = 7  # a local number without its area code
MISSED_DATES, MISSED_DATES_WINDOW = 5, timedelta(hours=1)  # design §3.7
MANY_FINDS, MANY_FINDS_WINDOW = 30, timedelta(minutes=15)  # design §3.7
WORDS, WORD_LETTERS, MAC_FIGURES = 6, 24, 16  # ours: what is kept of a search to compare it by, no more than needed
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """One row of a search; `name` is masked. `account_status`: the stored one, or `invited`, `locked`, `none`.

    `goes_on_as`: the record that goes on for this one, where it was merged, or judged to be the same person.
    """

    mrn: str
    name: str
    status: str
    account_status: str
    goes_on_as: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """At most twenty patients by family and given name; `more`: there are others, so ask one more thing."""

    patients: tuple[FoundPatient, ...]
    more: bool
    audit_seq: int


def find(
    session: Session,
    actor: Actor,
    text: str,
    *,
    birth_date: date | None,
    settings: ClinicSettings,
    now: datetime,
) -> Found:
    """The patients that this text means; `birth_date` narrows them down. No hit is an empty answer, not an error.

    Of a name, every word is the beginning of some part of the patient's names (contract).
    Raises: WrongUsage for a text without a letter or figure; StateForbids `too-many` for a sixth birth date that was
    tried with one name, however much of it was typed, by this staff member within an hour; RecordAltered.
    """
    text = text.strip()
    terms = names.search_terms(text)
    if not terms:
        raise WrongUsage("usage", "There is nothing to look for.", "Give a name, an MRN, a phone or an email.")
    audit = keys_of(session).audit
    macs = _macs(audit, audit.current, terms, birth_date)
    if birth_date is not None:
        _require_no_guessing(session, actor, terms, birth_date, now=now)
    by, mrns = _hits(session, text, terms, birth_date, locale=settings.locale)
    shown, more = mrns[:ROWS], len(mrns) > ROWS
    details: dict[str, Any] = {"by": by, "found": shown, "hits": len(shown), "more": more}
    if birth_date is not None and not shown:
        details |= macs
    raised = [IncidentKind.MANY_FINDS] if _finds_since_check(session, actor, now=now) >= MANY_FINDS else []
    rows = [session.get_one(tables.Patient, mrn) for mrn in shown]
    survivors = verdicts.survivors(session, rows)
    rows += [session.get_one(tables.Patient, mrn) for mrn in dict.fromkeys(survivors.values()) if mrn not in shown]
    patients = tuple(_row(session, one, survivors.get(one.mrn), now=now) for one in rows)
    details["found"] = [one.mrn for one in patients]
    seq = _write(session, actor, Outcome.DONE, details, raised, now=now)
    return Found(patients, more, seq)


def _write(
    session: Session,
    actor: Actor,
    outcome: Outcome,
    details: dict[str, Any],
    raised: list[IncidentKind],
    *,
    now: datetime,
) -> int:
    """The event of a find, and the incidents that its flags open; returns the event's number."""
    opened = flags.opening(session, actor, raised, now=now)
    entry = actor.entry("find", outcome, details=details | flags.told(raised, opened))
    return record.append(session, entry, opened, now=now)


def _hits(
    session: Session, text: str, terms: Sequence[str], birth_date: date | None, *, locale: str
) -> tuple[str, list[str]]:
    """By what it was looked up, and up to one MRN more than are shown: MRN first, for that is exact."""
    patient = tables.Patient
    if found := _ordered(session, [col(patient.mrn) == text], birth_date):
        return "mrn", found
    if "@" in text:
        return "email", _ordered(session, [_has_contact(ContactKind.EMAIL, emails.key(text))], birth_date)
    if (number := _phone(text, locale=locale)) is not None:
        found = _ordered(session, [_has_contact(ContactKind.PHONE, number)], birth_date)
        if found or not any(letter.isalpha() for letter in text):
            return "phone", found
    return "name", _ordered(session, [_has_name(term) for term in terms], birth_date)


def _ordered(session: Session, conditions: list[Any], birth_date: date | None) -> list[str]:
    patient = tables.Patient
    if birth_date is not None:
        conditions = [*conditions, col(patient.birth_date) == birth_date]
    query = select(patient.mrn).where(*conditions).order_by(patient.family_name, patient.given_name, patient.mrn)
    return list(session.exec(query.limit(ROWS + 1)))


def _has_name(term: str) -> Any:
    name = tables.PatientName
    keys = select(name.mrn).where(col(name.key) >= term, col(name.key) < term + _LAST)
    return col(tables.Patient.mrn).in_(keys)


def _has_contact(kind: ContactKind, key: str) -> Any:
    point = tables.ContactPoint
    mrns = select(point.mrn).where(point.key == key, point.kind == kind, col(point.current).is_(True))
    return col(tables.Patient.mrn).in_(mrns)


def _phone(text: str, *, locale: str) -> str | None:
    if sum(letter.isdigit() for letter in text) < PHONE_DIGITS:
        return None
    return phones.normalised(text, locale=locale)


def _row(session: Session, patient: tables.Patient, goes_on_as: str | None, *, now: datetime) -> FoundPatient:
    account = session.get(tables.PortalAccount, patient.mrn)
    status = account_states.shown(session, account, now=now)
    name = masks.name(patient.given_name, patient.family_name)
    return FoundPatient(patient.mrn, name, patient.status, status, goes_on_as)


def _macs(audit: Generations, by: str, terms: Sequence[str], birth_date: date | None) -> dict[str, Any]:
    """What was typed, in a form that can be compared later and tells nobody anything: of a word, each beginning.

    `by`: the generation of the audit key; what two made cannot be compared.
    """
    key = audit.keys[by]

    def mac(what: str, value: object) -> str:
        return hmac.digest(key, canonical([what, value]), "sha256").hex()[:MAC_FIGURES]

    words = [term[:WORD_LETTERS] for term in sorted(terms)[:WORDS]]
    beginnings = [[mac("beginning", word[: n + 1]) for n in range(len(word))] for word in words]
    return {"name_macs": beginnings, "date_mac": mac("date", birth_date), "macs_by": by}


def _may_mean_one(some: Sequence[Sequence[str]], others: Sequence[Sequence[str]]) -> bool:
    """Whether two searches may be for one name: every word of the shorter is, or begins, or continues one of the other.

    "rey", "reyes" and "ana reyes" are one name; "ana reyes" and "ana nilsson" are not.
    """
    few, many = sorted((some, others), key=len)
    return all(any(a[-1] in b or b[-1] in a for b in many) for a in few)


def _require_no_guessing(
    session: Session, actor: Actor, terms: Sequence[str], birth_date: date, *, now: datetime
) -> None:
    """Before the search: if only misses were refused, the refusal would answer as well as a hit."""
    audit = keys_of(session).audit
    asked = {name: _macs(audit, name, terms, birth_date) for name in audit.all}
    missed = [
        details
        for details in _own_finds(session, actor, since=now - MISSED_DATES_WINDOW)
        if details.get("macs_by") in asked
        and _may_mean_one(details["name_macs"], asked[details["macs_by"]]["name_macs"])
    ]
    again = any(details["date_mac"] == asked[details["macs_by"]]["date_mac"] for details in missed)
    if len({details["date_mac"] for details in missed}) >= MISSED_DATES and not again:
        _write(session, actor, Outcome.REFUSED, {"code": "too-many"}, [IncidentKind.MANY_BIRTH_DATES], now=now)
        raise StateForbids(
            "too-many",
            f"{MISSED_DATES} birth dates were tried with this name within an hour, and none found anybody.",
            "Look without a birth date, and ask the caller for something else.",
            counted=True,
        )


def _finds_since_check(session: Session, actor: Actor, *, now: datetime) -> int:
    """How often this staff member looked somebody up in the last minutes, and no caller proved who they are since."""
    event = tables.AuditEvent
    mine = (event.staff == actor.name, event.seq >= event_lists.first_from(session, now - MANY_FINDS_WINDOW))
    checked = select(func.max(event.seq)).where(
        *mine, event.action == "verify-identity", col(event.level).in_((Level.BASIC, Level.STRONG))
    )
    since = session.execute(checked).scalar() or 0
    finds = select(func.count()).where(*mine, event.action == "find", event.seq > since)
    return int(session.execute(finds).scalar_one())


def _own_finds(session: Session, actor: Actor, *, since: datetime) -> Iterator[dict[str, Any]]:
    """What this staff member's finds since then told, the newest first."""
    event = tables.AuditEvent
    rows = session.execute(
        select(event.details)
        .where(event.staff == actor.name, event.action == "find")
        .where(event.seq >= event_lists.first_from(session, since), event.at > since)
        .order_by(col(event.seq).desc())
    )
    for details in rows.scalars():
        yield json.loads(details)
