"""Proxies: leave for a person to act for a patient, by an account of the person's own (design §3.10).

The patient's own strong check grants it at once. Who represents the patient (a parent, a guardian, by power of attorney
or by court) comes in person with documents, and an admin approves. Either way the patient is told. A proxy's username,
password and links are theirs and never the patient's; for a child all of it ends at the 18th birthday.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlmodel import Session, col, select

from portaldesk.errors import NotFound, StateForbids, WrongUsage
from portaldesk.gate import permits, proxies
from portaldesk.gate.actors import Actor
from portaldesk.gate.permits import Permit
from portaldesk.gate.proxies import Leave
from portaldesk.gate.requests import PROXY, after_confirmation
from portaldesk.rules import dates, emails, minors, phones, postal
from portaldesk.services import (
    account_states,
    addresses,
    changes,
    clinic,
    credentials,
    invitations,
    messages,
    patients,
    requests,
)
from portaldesk.services import portal_sessions as sessions
from portaldesk.services.callers import full_name, has_name, read_name
from portaldesk.services.changes import Changed
from portaldesk.services.contacts import REQUEST_LIFE
from portaldesk.services.messages import Message
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change, Entry
from portaldesk.words import (
    AccountStatus,
    Action,
    Authority,
    Caller,
    ContactKind,
    ContactSource,
    CredentialKind,
    Outcome,
    RequestState,
)

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


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant that is in force, or waits. `proxy`: the id of the person; None while it waits."""

    change: Changed
    proxy: str | None
    request_id: str | None
    state: RequestState
    ends_at: datetime | None


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


def grant(session: Session, permit: Permit, wanted: Proposed, *, settings: ClinicSettings, now: datetime) -> Granted:
    """Let a person act for the patient: at once by the patient's own check, by an approval where somebody represents
    them.

    Raises: StateForbids `patient-inactive`, `authority-ended` (a parent of an adult), `already-proxy`; NotFound
    `no-such-proxy` for `instead_of`; CheckNeeded `check-spent`.
    """
    check = permit.check
    assert check is not None
    patient = patients.patient(session, permit.mrn)
    account_states.require_living(patient)
    minor = minors.is_minor(patient.birth_date, now.date())
    if check.authority == Authority.PARENT and not minor:
        raise StateForbids(
            "authority-ended",
            "The patient is of age: a parent's authority has ended.",
            "The patient grants it at a call of their own, or a power of attorney or a court's order is shown.",
        )
    if wanted.instead_of is not None:
        named(session, permit.mrn, wanted.instead_of, now=now)
    same = [
        one for one in proxies.for_patient(session, permit.mrn) if not one.is_over(now=now) and _is(one.person, wanted)
    ]
    if same:
        raise StateForbids(
            "already-proxy",
            "That person may act for this patient already.",
            f"For another end or scope: portaldesk proxy revoke {permit.mrn} {same[0].person.mrn}, then grant it anew.",
        )
    if check.caller == Caller.REPRESENTATIVE:
        return _asked(session, permit, wanted, settings=settings, now=now)
    seq, change, leave = _put_in_force(
        session, permit, wanted, {"authority": Authority.PATIENT, "check_id": check.id}, [], now=now
    )
    told = changes.result(session, permit, _account(session, permit.mrn), now=now, seq=seq, sent=change)
    return Granted(told, leave.person, None, RequestState.EFFECTIVE, leave.ends_at)


def apply(
    session: Session,
    permit: Permit,
    request: tables.ChangeRequest,
    decided: Change,
    *,
    now: datetime,
    details: Mapping[str, object],
    reason: str,
) -> tuple[int, list[Change]]:
    """Put an approved grant into force; returns the event's number and what went out. Called by approving.py."""
    kept = json.loads(request.new_value)
    wanted = Proposed(**kept["proxy"])
    rests_on = {
        "authority": kept["authority"], "document": kept["document"], "check_id": request.check_id,
        "request_id": request.id,
    }  # fmt: skip
    seq, sent, _ = _put_in_force(
        session, permit, wanted, rests_on, [decided], now=now, details=details, reason=reason,
        granted_by=request.requested_by,
    )  # fmt: skip
    return seq, sent


def revoke(session: Session, permit: Permit, which: str, *, now: datetime) -> Changed:
    """End a person's leave to act for the patient; both are told.

    Raises: NotFound `no-such-proxy`; CheckNeeded `check-spent`.
    """
    leave = named(session, permit.mrn, which, now=now)
    permit.require_uses()
    ended = _ending(session, leave, why="revoked", staff=permit.staff, now=now)
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, bears=ended,
        details=changes.told(ended) | {"proxy": leave.person.mrn},
    )  # fmt: skip
    return changes.result(session, permit, _account(session, permit.mrn), now=now, seq=seq, sent=ended)


def ending_of(session: Session, request: tables.ChangeRequest, *, now: datetime) -> list[Change]:
    """The end of what this request put into force: the patient's address objected."""
    granted = [one for one in proxies.for_patient(session, request.mrn) if one.proxy.request_id == request.id]
    ends: list[Change] = []
    for leave in granted:
        if not leave.is_over(now=now):
            ends += _ending(session, leave, why="objected", staff=None, now=now)
    return ends


def listed(session: Session, actor: Actor, mrn: str, *, now: datetime) -> list[ProxyLine]:
    """Who may act for a patient, or could, the newest first; after a check, for these are other people's names.

    Raises: CheckNeeded as any change would.
    """
    permits.require_checked(session, actor, mrn, now=now)
    patients.patient(session, mrn)
    lines = []
    for one in reversed(proxies.for_patient(session, mrn)):
        state = one.proxy.ended_why or ("ended" if one.is_over(now=now) else "in force")
        account = session.get(tables.PortalAccount, one.person.mrn)
        lines.append(
            ProxyLine(
                one.person.mrn, full_name(one.person), one.proxy.relation, one.proxy.authority, one.proxy.document,
                one.proxy.scope, one.proxy.granted_at, one.proxy.granted_by, one.ends_at, state,
                account_states.shown(session, account, now=now),
            )
        )  # fmt: skip
    return lines


def named(session: Session, mrn: str, which: str, *, now: datetime) -> Leave:
    """The one leave in force that is meant, by the person's id or name.

    Raises: NotFound `no-such-proxy`, `several-proxies`.
    """
    in_force = [one for one in proxies.for_patient(session, mrn) if not one.is_over(now=now)]
    found = [one for one in in_force if one.person.mrn == which.strip() or has_name(one.person, which)]
    if not found:
        raise NotFound(
            "no-such-proxy", "Nobody of that name may act for this patient now.", f"See: portaldesk proxy list {mrn}"
        )
    if len(found) > 1:
        raise NotFound(
            "several-proxies",
            f"{len(found)} persons of that name may act for this patient.",
            f"Name one by the id that 'portaldesk proxy list {mrn}' shows.",
        )
    return found[0]


def end_due(session: Session, *, now: datetime, mrn: str | None = None) -> int:
    """End what came to its end since (a day, or the 18th birthday) and tell both; returns how many.

    A proxy whose time is over gets in nowhere, told or not; this writes it down.
    """
    query = select(tables.Proxy.mrn).where(col(tables.Proxy.ended_at).is_(None), col(tables.Proxy.ends_at) <= now)
    if mrn is not None:
        query = query.where(tables.Proxy.mrn == mrn)
    ended = 0
    for one in sorted(set(session.exec(query))):
        for leave in proxies.for_patient(session, one):
            if leave.proxy.ended_at is not None or not leave.is_over(now=now):
                continue
            of_age = (
                leave.proxy.minor
                and leave.patient.birth_date is not None
                and (minors.of_age_at(leave.patient.birth_date) <= now)
            )
            why = "of-age" if of_age else "end-date"
            told = _ending(session, leave, why=why, staff=None, now=now)
            details = changes.told(told) | {"proxy": leave.person.mrn, "why": why}
            record.append(session, Entry("proxy-end", Outcome.DONE, patient=one, details=details), told, now=now)
            ended += 1
    return ended


def _asked(session: Session, permit: Permit, wanted: Proposed, *, settings: ClinicSettings, now: datetime) -> Granted:
    """A request for an admin to decide; the patient's address on file is told at once, with how to object."""
    check = permit.check
    assert check is not None
    assert permit.staff is not None
    account = patients.account(session, permit.mrn)
    kept = {
        "proxy": {name: value for name, value in asdict(wanted).items() if value is not None},
        "authority": check.authority, "document": check.document or "", "represented_by": check.represented_by,
    }  # fmt: skip
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False)
    for one in requests.open_requests(session, permit.mrn):
        if one.kind == PROXY and one.new_value == text and one.expires_at > now:
            told = changes.result(session, permit, account, now=now, effect="waiting")
            return Granted(told, None, one.id, requests.state_of(one, now=now), None)
    permit.require_uses()
    request = tables.ChangeRequest(
        id="R-" + secrets.token_hex(3).upper(), mrn=permit.mrn, kind=PROXY, new_value=text, state="",
        check_id=check.id, permit_id="", requested_by=permit.staff, requested_at=now, expires_at=now + REQUEST_LIFE,
        rests_on_photo_id=permit.photo_id, confirmed_at=now, confirmed_how="documents seen",
    )  # fmt: skip
    told_old = _tell_the_patient(session, account, request, settings=settings, now=now)
    request.old_told_at = now if told_old else None
    request.state = RequestState.AWAITING_APPROVAL
    others = requests.other_admins(session, permit.staff)
    request.state, request.waits_until = after_confirmation(requests.facts_of(request), other_admins=others, now=now)
    bears = [record.new(request), *told_old]
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.WAITING, bears=bears,
        details=changes.told(bears) | {"request": request.id, "authority": check.authority},
    )  # fmt: skip
    if request.waits_until is not None and request.waits_until <= now:
        from portaldesk.services import approving

        approving.apply_by_time(session, request, now=now)
    told = changes.result(session, permit, account, now=now, seq=seq, effect="waiting", sent=told_old)
    return Granted(told, None, request.id, requests.state_of(request, now=now), None)


def _tell_the_patient(
    session: Session,
    account: tables.PortalAccount,
    request: tables.ChangeRequest,
    *,
    settings: ClinicSettings,
    now: datetime,
) -> list[Change]:
    hear = addresses.told_of_changes(session, account, now=now)
    if not hear:
        return []
    link = credentials.new_link(
        session, CredentialKind.OBJECT, account, settings=settings, now=now, sent_to=hear[0], request_id=request.id
    )
    mail = messages.queue(
        Message.CONTACT_CHANGING, mrn=account.mrn, to=hear[0], now=now, credential=link, variables={"kind": PROXY}
    )
    return [record.new(link), mail]


def _put_in_force(
    session: Session,
    permit: Permit,
    wanted: Proposed,
    rests_on: Mapping[str, Any],
    before: Sequence[Change],
    *,
    now: datetime,
    details: Mapping[str, object] | None = None,
    reason: str = "",
    granted_by: str | None = None,
) -> tuple[int, list[Change], tables.Proxy]:
    """Write the leave, the person and their account where they are new, and tell patient and proxy."""
    permit.require_uses()
    patient = patients.patient(session, permit.mrn)
    person = _known(session, wanted)
    rows: list[Change] = []
    if person is None:
        person, rows = _new_person(wanted, language=patient.language, now=now)
    proxy = tables.Proxy(
        id="X-" + secrets.token_hex(6).upper(), person=person.mrn, mrn=patient.mrn, relation=wanted.relation,
        scope=wanted.scope, minor=minors.is_minor(patient.birth_date, now.date()), granted_at=now,
        granted_by=granted_by or permit.staff or "", ends_at=_end(wanted, patient, now=now), **rests_on,
    )  # fmt: skip
    rows.append(record.new(proxy))
    if wanted.instead_of is not None:
        try:
            replaced = named(session, patient.mrn, wanted.instead_of, now=now)
        except NotFound:  # ended while the request waited
            pass
        else:
            rows += _ending(session, replaced, why="replaced", staff=permit.staff, now=now)
    account = session.get(tables.PortalAccount, patient.mrn)
    if account is not None:
        rows += messages.notices(session, account, what="proxy-granted", staff=permit.staff, now=now)
    theirs = session.get(tables.PortalAccount, person.mrn)
    if theirs is not None:
        rows += messages.notices(session, theirs, what="proxy-for-another", staff=permit.staff, now=now)
    seq = permits.spend(
        session, permit, now=now, outcome=Outcome.DONE, before=before, bears=rows, reason=reason,
        details=changes.told(rows)
        | {"proxy": person.mrn, "authority": proxy.authority, "ends_at": _text(proxy.ends_at)} | dict(details or {}),
        event_action=Action.PROXY_GRANT,
    )  # fmt: skip
    _invite(session, person, now=now)
    return seq, rows, proxy


def _invite(session: Session, person: tables.ProxyPerson, *, now: datetime) -> None:
    """The invitation of a new proxy, to their own address: a mail to the address on file, as anybody may ask for.

    Not where no second fact of theirs is on file: nobody could redeem it (at the desk `resend-invite` tells a call
    code with it).
    """
    account = patients.account(session, person.mrn)
    second_fact = account.phone is not None or postal.key(person.postal_code) is not None
    if account.status == AccountStatus.NEW and account.email and second_fact:
        # an address that got its mails of today: the leave stands, an invitation can be sent later
        settings = clinic.in_force(clinic.stored(session))
        with suppress(StateForbids):
            invitations.resend(
                session, permits.for_asking(Action.RESEND_INVITE, person.mrn), settings=settings, now=now
            )


def _known(session: Session, wanted: Proposed) -> tables.ProxyPerson | None:
    """The person of that name and birth date who has a login already, where no address speaks against it.

    Another address makes another person: nobody's login is turned towards a new address by a grant.
    """
    found = session.exec(
        select(tables.ProxyPerson).where(tables.ProxyPerson.birth_date == date.fromisoformat(wanted.birth_date))
    ).all()
    for person in found:
        account = session.get(tables.PortalAccount, person.mrn)
        if account is not None and _is(person, wanted) and _same_addresses(account, wanted):
            return person
    return None


def _same_addresses(account: tables.PortalAccount, wanted: Proposed) -> bool:
    mail = wanted.email is None or (account.email is not None and emails.key(account.email) == emails.key(wanted.email))
    return mail and (wanted.phone is None or account.phone == wanted.phone)


def _is(person: tables.ProxyPerson, wanted: Proposed) -> bool:
    born = person.birth_date is not None and person.birth_date.isoformat() == wanted.birth_date
    return born and has_name(person, wanted.name)


def _new_person(wanted: Proposed, *, language: str, now: datetime) -> tuple[tables.ProxyPerson, list[Change]]:
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


def _end(wanted: Proposed, patient: tables.Patient, *, now: datetime) -> datetime | None:
    """After the day that was asked for, or with a child's 18th birthday where that is sooner (UTC)."""
    ends = [datetime.combine(date.fromisoformat(wanted.until), time.max, UTC)] if wanted.until is not None else []
    if patient.birth_date is not None and minors.is_minor(patient.birth_date, now.date()):
        ends.append(minors.of_age_at(patient.birth_date))
    return min(ends, default=None)


def _ending(session: Session, leave: Leave, *, why: str, staff: str | None, now: datetime) -> list[Change]:
    """The end of one leave: who acts for nobody any more is signed out and their links are dead; both are told."""
    person, theirs = leave.person.mrn, patients.account(session, leave.person.mrn)
    rows: list[Change] = [record.changed(leave.proxy, ended_at=now, ended_why=why)]
    others = [one for one in proxies.of_person(session, person) if one.proxy.id != leave.proxy.id]
    if all(one.is_over(now=now) for one in others):
        rows += sessions.ending(session, person, why="proxy ended", now=now)
        rows += credentials.revoking(session, person, credentials.RECOVERIES, now=now)
    account = session.get(tables.PortalAccount, leave.patient.mrn)
    for one in (account, theirs):
        if one is not None:
            rows += messages.notices(session, one, what="proxy-ended", staff=staff, now=now)
    return rows


def _account(session: Session, mrn: str) -> tables.PortalAccount | None:
    return patients.account(session, mrn) if session.get(tables.PortalAccount, mrn) is not None else None


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
