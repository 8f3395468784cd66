"""What was true when a proxy was asked for may not be so when it is decided; and who decides sees all of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from phone_calls import ANA, ROSA, SAM, SAYS, SETTINGS, Desk
from sqlmodel import select
from test_proxies import ASKS, BORN, KIM, kids, wanted  # noqa: F401

from portaldesk.errors import StateForbids
from portaldesk.gate import proxies as gate_proxies
from portaldesk.services import approving, callers, requests
from portaldesk.services.proxies import granting, leaves
from portaldesk.store import tables
from portaldesk.words import Action, Authority, RequestState


def asked(desk: Desk, mrn: str, *, authority: Authority, **more: Any) -> str:
    """What a representative asked for, which waits for an approval."""
    who = callers.Said(representative="Maria Lopez", authority=authority)
    born = BORN.get(mrn)
    desk.asks(mrn, who=who, birth_date=born.isoformat() if born else SAYS[mrn]["birth_date"], photo_id="passport")
    waiting = granting.grant(
        desk.session, desk.permit(Action.PROXY_GRANT, mrn), wanted(**more), settings=SETTINGS, now=desk.now
    )
    assert waiting.request_id is not None
    return waiting.request_id


def test_a_parents_leave_is_not_approved_after_the_eighteenth_birthday(kids: Desk) -> None:  # noqa: F811
    kids.now = datetime(2036, 3, 8, 12, tzinfo=UTC)
    request = asked(kids, KIM, authority=Authority.PARENT)
    kids.now = datetime(2036, 3, 9, 12, tzinfo=UTC)
    with pytest.raises(StateForbids) as refusal:
        approving.approve(kids.session, ROSA, request, reason="certificate seen", now=kids.now)
    assert refusal.value.code == "authority-ended"
    assert gate_proxies.for_patient(kids.session, KIM) == []


def test_one_person_asked_for_twice_gets_one_leave_that_can_be_revoked(desk: Desk) -> None:
    first = asked(desk, ANA, authority=Authority.POWER_OF_ATTORNEY)
    second = asked(desk, ANA, authority=Authority.COURT)
    approving.approve(desk.session, ROSA, first, reason="paper seen", now=desk.later(minutes=5))
    with pytest.raises(StateForbids) as refusal:
        approving.approve(desk.session, ROSA, second, reason="paper seen", now=desk.later(minutes=5))
    assert refusal.value.code == "already-proxy"
    desk.later(minutes=20)
    desk.strong(ANA)
    leaves.revoke(desk.session, desk.permit(Action.PROXY_REVOKE, ANA), "Maria Lopez", now=desk.now)
    assert all(one.is_over(now=desk.now) for one in gate_proxies.for_patient(desk.session, ANA))


def test_time_puts_no_leave_into_force_that_an_approval_could_not(desk: Desk) -> None:
    for authority in (Authority.POWER_OF_ATTORNEY, Authority.COURT):
        who = callers.Said(representative="Maria Lopez", authority=authority)
        desk.asks(ANA, actor=ROSA, who=who, birth_date=SAYS[ANA]["birth_date"], photo_id="passport")
        permit = desk.permit(Action.PROXY_GRANT, ANA, actor=ROSA)
        granting.grant(desk.session, permit, wanted(), settings=SETTINGS, now=desk.now)
        desk.later(minutes=1)
    waiting = desk.session.exec(select(tables.ChangeRequest).where(tables.ChangeRequest.state == "waiting")).all()
    first, second = sorted(waiting, key=lambda one: one.requested_at)
    desk.later(hours=25)
    approving.apply_by_time(desk.session, first, now=desk.now)
    approving.apply_by_time(desk.session, second, now=desk.now)
    assert (second.state, second.decision_reason) == (RequestState.CANCELLED, "already-proxy")
    assert len(gate_proxies.for_patient(desk.session, ANA)) == 1


def test_who_approves_sees_where_the_proxys_links_will_go_and_whose_leave_ends(kids: Desk) -> None:  # noqa: F811
    asked(kids, KIM, authority=Authority.PARENT)
    (request,) = kids.session.exec(select(tables.ChangeRequest)).all()
    approving.approve(kids.session, ROSA, request.id, reason="certificate seen", now=kids.later(minutes=1))
    another = asked(
        kids,
        KIM,
        authority=Authority.COURT,
        name="Jo Park",
        email="jo@example.org",
        scope="appointments",
        until="2030-01-01",
        instead_of="Maria Lopez",
    )
    seen = requests.view(kids.session, requests.get(kids.session, another), now=kids.now).new_value
    for told in ("j…@", "appointments only", "until 2030-01-01", "instead of Maria Lopez"):
        assert told in seen


def test_a_proxy_who_calls_learns_of_no_other_proxy(kids: Desk) -> None:  # noqa: F811
    for name, mail in (("Maria Lopez", "maria@example.org"), ("Jo Park", "jo@example.org")):
        who = callers.Said(representative=name, authority=Authority.PARENT)
        kids.asks(KIM, who=who, birth_date="2018-03-09", photo_id="passport")
        permit = kids.permit(Action.PROXY_GRANT, KIM)
        waiting = granting.grant(kids.session, permit, wanted(name=name, email=mail), settings=SETTINGS, now=kids.now)
        assert waiting.request_id is not None
        approving.approve(kids.session, ROSA, waiting.request_id, reason="seen", now=kids.later(minutes=1))
    kids.asks(KIM, who=callers.Said(proxy="Jo Park"), **ASKS)
    assert [one.name for one in leaves.listed(kids.session, SAM, KIM, now=kids.now)] == ["Jo Park"]


def test_a_login_planted_under_a_parents_name_gets_no_leave_of_the_parent(kids: Desk) -> None:  # noqa: F811
    kids.strong(ANA)
    thief = wanted(email="thief@evil.example", phone="555-999-1111")
    granting.grant(kids.session, kids.permit(Action.PROXY_GRANT, ANA), thief, settings=SETTINGS, now=kids.now)
    (planted,) = gate_proxies.for_patient(kids.session, ANA)
    request = asked(kids, KIM, authority=Authority.PARENT, email=None, phone=None)
    approving.approve(kids.session, ROSA, request, reason="certificate seen", now=kids.later(minutes=1))
    (leave,) = gate_proxies.for_patient(kids.session, KIM)
    assert leave.person.mrn != planted.person.mrn
    assert kids.account(leave.person.mrn).email is None
