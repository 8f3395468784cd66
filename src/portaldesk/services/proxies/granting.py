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

from sqlmodel import Session

from portaldesk.errors import CheckNeeded, NotFound, StateForbids
from portaldesk.gate import permits, proxies
from portaldesk.gate.permits import Permit
from portaldesk.gate.requests import PROXY, after_confirmation
from portaldesk.rules import minors
from portaldesk.services import (
    account_states,
    changes,
    clinic,
    contacts,
    invitations,
    links,
    messages,
    patients,
    requests,
)
from portaldesk.services.changes import Changed
from portaldesk.services.proxies import leaves, persons
from portaldesk.services.proxies.proposals import Proposed
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.record import Change
from portaldesk.words import (
    AccountStatus,
    Action,
    Authority,
    Caller,
    Ground,
    Outcome,
    RequestState,
)


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant that is in force, or waits. `proxy`: the id of the person; None while it waits."""

    change: Changed
    proxy: str | None
    request_id: str | None
    state: RequestState
    ends_at: datetime | None


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
    _require_authority(check.authority, patient, now=now)
    _require_not_yet(session, patient, wanted, now=now)
    if wanted.instead_of is not None:
        leaves.named(session, permit.mrn, wanted.instead_of, now=now)
    minor = minors.is_minor(patient.birth_date, now.date())
    if minor or check.caller == Caller.REPRESENTATIVE:  # a child's own word is not enough
        _require_photo_id(permit)
        return _asked(session, permit, wanted, settings=settings, now=now)
    seq, change, leave = _put_in_force(
        session, permit, wanted, {"authority": Authority.PATIENT, "check_id": check.id}, [], now=now
    )
    told = changes.result(session, permit, leaves.account_of(session, permit.mrn), now=now, seq=seq, sent=change)
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
    """Put an approved grant into force; returns the event's number and what went out. Called by approving.py.

    Raises: as `grant`, where that has become so while the request waited; but `authority-ended` for an approval alone:
    by time nobody is there to hear of it, and the parent's leave is over as it begins.
    """
    kept = json.loads(request.new_value)
    wanted = Proposed(**kept["proxy"])
    patient = patients.patient(session, request.mrn)
    account_states.require_living(patient)
    if permit.ground is Ground.APPROVAL:
        _require_authority(kept["authority"], patient, now=now)
    _require_not_yet(session, patient, wanted, now=now)
    rests_on = {
        "authority": kept["authority"], "document": kept["document"], "check_id": request.check_id,
        "request_id": request.id,
    }  # fmt: skip
    seq, sent, _ = _put_in_force(
        session, permit, wanted, rests_on, [decided], now=now, details=details, reason=reason,
        granted_by=request.requested_by,
    )  # fmt: skip
    return seq, sent


def _require_not_yet(session: Session, patient: tables.Patient, wanted: Proposed, *, now: datetime) -> None:
    """Raises: StateForbids `already-proxy`: of two leaves of one person none could be named to revoke it."""
    in_force = [one for one in proxies.for_patient(session, patient.mrn) if not one.is_over(now=now)]
    same = [one for one in in_force if persons.is_meant(one.person, wanted)]
    if same:
        raise StateForbids(
            "already-proxy",
            "That person may act for this patient already.",
            f"For another end or scope: portaldesk proxy revoke {patient.mrn} {same[0].person.mrn}, then grant anew.",
        )


def _require_photo_id(permit: Permit) -> None:
    if not permit.photo_id:
        raise CheckNeeded(
            "check-too-weak",
            "A child, and whoever represents a patient, comes in person for this, with photo ID.",
            f"portaldesk verify-identity {permit.mrn} --photo-id KIND",
        )


def _asked(session: Session, permit: Permit, wanted: Proposed, *, settings: ClinicSettings, now: datetime) -> Granted:
    """A request for an admin to decide; the patient's address on file is told at once, with how to object."""
    check = permit.check
    assert check is not None
    assert permit.staff is not None
    account = patients.account(session, permit.mrn)
    kept = {
        "proxy": {name: value for name, value in asdict(wanted).items() if value is not None},
        "authority": check.authority or Authority.PATIENT, "document": check.document or "",
        "represented_by": check.represented_by,
    }  # fmt: skip
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False)
    for one in requests.open_requests(session, permit.mrn):
        if one.kind == PROXY and one.new_value == text and one.expires_at > now:
            told = changes.result(session, permit, account, now=now, effect="waiting")
            return Granted(told, None, one.id, requests.state_of(one, now=now), None)
    permit.require_uses()
    request = tables.ChangeRequest(
        id="R-" + secrets.token_hex(3).upper(), mrn=permit.mrn, kind=PROXY, new_value=text, state="",
        check_id=check.id, permit_id="", requested_by=permit.staff, requested_at=now,
        expires_at=now + contacts.REQUEST_LIFE, rests_on_photo_id=permit.photo_id, confirmed_at=now,
        confirmed_how="documents seen",
    )  # fmt: skip
    told_old = contacts.tell_the_old(session, account, request, settings=settings, now=now)
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
    person = persons.known(session, wanted)
    rows: list[Change] = []
    if person is None:
        person, rows = persons.new_person(wanted, language=patient.language, now=now)
    minor = minors.is_minor(patient.birth_date, now.date()) or rests_on["authority"] == Authority.PARENT
    proxy = tables.Proxy(
        id="X-" + secrets.token_hex(6).upper(), person=person.mrn, mrn=patient.mrn, relation=wanted.relation,
        scope=wanted.scope, minor=minor, granted_at=now,
        granted_by=granted_by or permit.staff or "", ends_at=_end(wanted, patient, minor=minor), **rests_on,
    )  # fmt: skip
    rows.append(record.new(proxy))
    if wanted.instead_of is not None:
        try:
            replaced = leaves.named(session, patient.mrn, wanted.instead_of, now=now)
        except NotFound:  # ended while the request waited
            pass
        else:
            rows += leaves.ending(session, replaced, why="replaced", staff=permit.staff, now=now)
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
    if account.status == AccountStatus.NEW and account.email and links.has_second_fact(session, person.mrn, now=now):
        # an address that got its mails of today: the leave stands, an invitation can be sent later
        settings = clinic.in_force(clinic.stored(session))
        with suppress(StateForbids):
            invitations.resend(
                session, permits.for_asking(Action.RESEND_INVITE, person.mrn), settings=settings, now=now
            )


def _require_authority(authority: str | None, patient: tables.Patient, *, now: datetime) -> None:
    """Raises: StateForbids `authority-ended` for a parent of who is of age."""
    if authority == Authority.PARENT and not minors.is_minor(patient.birth_date, now.date()):
        raise StateForbids(
            "authority-ended",
            "The patient is of age: a parent's authority has ended.",
            "The patient grants it at a call of their own, or a power of attorney or a court's order is shown.",
        )


def _end(wanted: Proposed, patient: tables.Patient, *, minor: bool) -> datetime | None:
    """After the day that was asked for, or with a child's 18th birthday where that is sooner (UTC)."""
    ends = [datetime.combine(date.fromisoformat(wanted.until), time.max, UTC)] if wanted.until is not None else []
    if patient.birth_date is not None and minor:
        ends.append(minors.of_age_at(patient.birth_date))
    return min(ends, default=None)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
