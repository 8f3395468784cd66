"""Incidents: opened by the event of their cause, closed once by an auditor with what came of it (design §3.7)."""

from __future__ import annotations

import pytest
from phone_calls import ANA, BEN, PASSWORD, ROSA, SAM, SETTINGS, Desk
from sqlalchemy.exc import DBAPIError

from portaldesk.errors import NotAllowed, NotFound, StateForbids, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.services import confirming, incidents, invitations, securing, staff
from portaldesk.services.incidents import IncidentLine
from portaldesk.store import record, tables
from portaldesk.words import Action, CredentialKind, IncidentKind, Role

KIM = Actor("kim", Role.AUDITOR, "S-kim")
OUTCOME = "spoke with the patient"


@pytest.fixture
def audited(desk: Desk) -> Desk:
    """A desk whose clinic has an auditor."""
    staff.add(
        desk.session, ROSA, "kim", Role.AUDITOR, password=PASSWORD + " kim", own_mrn=None, linked=(),
        with_token=False, settings=SETTINGS, now=desk.now,
    )  # fmt: skip
    return desk


def secured(desk: Desk, mrn: str = ANA) -> IncidentLine:
    desk.basic(mrn)
    securing.secure(desk.session, desk.permit(Action.SECURE_ACCOUNT, mrn), now=desk.now)
    return incidents.listed(desk.session)[-1]


def test_it_waits_until_an_auditor_says_what_came_of_it(audited: Desk) -> None:
    incident = secured(audited)
    assert (incident.opened_at, incident.closed_at, incident.outcome) == (audited.now, None, "")
    done = incidents.close(audited.session, KIM, incident.id.lower(), outcome=OUTCOME, now=audited.later(days=1))
    assert (done.closed_by, done.closed_at, done.outcome) == ("kim", audited.now, OUTCOME)
    assert done.audit_seq is not None
    event = audited.event(done.audit_seq)
    assert (event.staff, event.patient, event.action, event.reason) == ("kim", ANA, "incidents close", OUTCOME)
    assert incidents.listed(audited.session) == []
    assert [one.outcome for one in incidents.listed(audited.session, closed=True)] == [OUTCOME]


def test_the_oldest_is_listed_first(audited: Desk) -> None:
    first = secured(audited)
    audited.later(hours=1)
    audited.basic(BEN)
    invitations.resend(audited.session, audited.permit(Action.RESEND_INVITE, BEN), settings=SETTINGS, now=audited.now)
    second = secured(audited, BEN)
    assert incidents.listed(audited.session) == [first, second]


def test_an_objection_opens_one_that_is_about_who_asked_for_the_address(audited: Desk) -> None:
    audited.strong(ANA)
    audited.asks_for(ANA, "new@example.net")
    confirming.object_(audited.session, audited.token(ANA, CredentialKind.OBJECT), now=audited.later(hours=1))
    (incident,) = incidents.listed(audited.session)
    assert (incident.kind, incident.patient, incident.staff) == (IncidentKind.CONTACT_OBJECTED, ANA, "sam")


def test_an_outcome_is_final_and_must_say_something(audited: Desk) -> None:
    incident = secured(audited)
    with pytest.raises(WrongUsage):
        incidents.close(audited.session, KIM, incident.id, outcome=" ", now=audited.now)
    incidents.close(audited.session, KIM, incident.id, outcome=OUTCOME, now=audited.now)
    with pytest.raises(StateForbids, match="closed already"):
        incidents.close(audited.session, KIM, incident.id, outcome="another", now=audited.now)
    with pytest.raises(NotFound):
        incidents.close(audited.session, KIM, "I-0000", outcome=OUTCOME, now=audited.now)


def test_nobody_closes_what_is_about_them_or_their_own_record(audited: Desk) -> None:
    incident = secured(audited)
    with pytest.raises(NotAllowed) as refused:
        incidents.close(audited.session, SAM, incident.id, outcome=OUTCOME, now=audited.now)
    assert refused.value.code == "own-request"
    patient_too = Actor("kim", Role.AUDITOR, "S-kim", own=frozenset({ANA}))
    with pytest.raises(NotAllowed) as refused:
        incidents.close(audited.session, patient_too, incident.id, outcome=OUTCOME, now=audited.now)
    assert refused.value.code == "own-record"


def test_an_admin_cannot_make_the_auditor_who_closes_what_is_about_the_admin(audited: Desk) -> None:
    audited.basic(ANA, actor=ROSA)
    securing.secure(audited.session, audited.permit(Action.SECURE_ACCOUNT, ANA, actor=ROSA), now=audited.now)
    (incident,) = incidents.listed(audited.session)
    with pytest.raises(NotAllowed) as refused:
        incidents.close(audited.session, KIM, incident.id, outcome=OUTCOME, now=audited.later(days=6))
    assert refused.value.code == "not-independent"
    incidents.close(audited.session, KIM, incident.id, outcome=OUTCOME, now=audited.later(days=2))


def test_the_database_lets_only_an_auditor_close_it_and_nobody_open_it_again(audited: Desk) -> None:
    session = audited.session
    row = session.get_one(tables.Incident, secured(audited).id)
    session.commit()
    closing = {"closed_at": audited.now, "outcome": OUTCOME}
    for values in (
        closing | {"closed_by": "rosa"},
        closing | {"closed_by": "sam"},
        closing | {"closed_by": "kim", "outcome": ""},
    ):
        with pytest.raises(DBAPIError, match="closed once, by an auditor"):
            record.append(session, KIM.entry("close", "done"), [record.changed(row, **values)], now=audited.now)
        session.rollback()
    incidents.close(session, KIM, row.id, outcome=OUTCOME, now=audited.now)
    session.commit()
    with pytest.raises(DBAPIError, match="closed once, by an auditor"):
        record.append(
            session, KIM.entry("open", "done"), [record.changed(row, closed_at=None, closed_by=None, outcome="")],
            now=audited.now,
        )  # fmt: skip
