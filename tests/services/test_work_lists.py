"""Work lists: who was never invited, whose invitation is dead, who is locked, held, bounced, closed (contract)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from phone_calls import ANA, BEN, CAL, DOT, ROSA, ROWS, SETTINGS, Desk
from stores import bring, points

from portaldesk.services import account_states, invitations, securing, work_lists
from portaldesk.services.proxies import granting, proposals
from portaldesk.services.work_lists import WorkList
from portaldesk.store import record
from portaldesk.words import Action, PatientStatus, WorkState


def listed(desk: Desk, state: WorkState | None = None, limit: int = 50) -> WorkList:
    return work_lists.list_accounts(desk.session, state, limit=limit, now=desk.now)


def mrns(desk: Desk, state: WorkState | None = None) -> list[str]:
    return [one.mrn for one in listed(desk, state).accounts]


def at(desk: Desk, state: WorkState) -> datetime | None:
    (one,) = listed(desk, state).accounts
    return one.at


def invites(desk: Desk, mrn: str = BEN) -> None:
    desk.basic(mrn)
    permit = desk.permit(Action.RESEND_INVITE, mrn)
    invitations.resend(desk.session, permit, settings=SETTINGS, now=desk.now)


def test_an_account_never_activated_is_on_one_of_three_lists(desk: Desk) -> None:
    assert mrns(desk, WorkState.NEW) == [BEN, CAL, DOT]
    invites(desk)
    assert (mrns(desk, WorkState.NEW), mrns(desk, WorkState.INVITED)) == ([CAL, DOT], [BEN])
    until = desk.now + timedelta(hours=24)
    assert at(desk, WorkState.INVITED) == until
    desk.later(hours=24)
    assert (mrns(desk, WorkState.INVITED), mrns(desk, WorkState.EXPIRED)) == ([], [BEN])
    assert at(desk, WorkState.EXPIRED) == until
    invites(desk)
    assert (mrns(desk, WorkState.INVITED), mrns(desk, WorkState.EXPIRED)) == ([BEN], [])
    securing.secure(desk.session, desk.permit(Action.SECURE_ACCOUNT, BEN), now=desk.now)
    assert (mrns(desk, WorkState.EXPIRED), at(desk, WorkState.EXPIRED)) == ([BEN], desk.now)


def test_an_account_is_called_there_what_find_calls_it(desk: Desk) -> None:
    invites(desk)
    desk.guesses(5)
    for one in listed(desk).accounts:
        assert one.account_status == account_states.shown(desk.session, desk.account(one.mrn), now=desk.now)
    assert {one.mrn: one.account_status for one in listed(desk).accounts} == {
        ANA: "locked", BEN: "invited", CAL: "new", DOT: "new",
    }  # fmt: skip


def test_a_locked_account_is_listed_until_its_lock_ends(desk: Desk) -> None:
    desk.guesses(5)
    assert mrns(desk, WorkState.LOCKED) == [ANA]
    assert at(desk, WorkState.LOCKED) == desk.account(ANA).locked_until
    desk.later(minutes=15)
    assert mrns(desk, WorkState.LOCKED) == []


def test_a_patient_on_hold_is_listed_until_it_ends(desk: Desk) -> None:
    for _ in range(3):
        desk.fails(CAL)
    assert mrns(desk, WorkState.HELD) == [CAL]
    assert at(desk, WorkState.HELD) == desk.now + timedelta(hours=24)
    desk.later(hours=25)
    assert mrns(desk, WorkState.HELD) == []


def test_an_address_whose_mail_came_back_is_listed_and_a_phone_or_an_older_address_is_not(desk: Desk) -> None:
    (email,), (phone,) = points(desk.session, ANA, "email"), points(desk.session, ANA, "phone")
    for point in (email, phone):
        bounced = [record.changed(point, bounced_at=desk.later(minutes=1))]
        record.append(desk.session, record.Entry("bounce", "done", patient=ANA), bounced, now=desk.now)
    assert mrns(desk, WorkState.BOUNCED) == [ANA]
    assert at(desk, WorkState.BOUNCED) == desk.now - timedelta(minutes=1)
    desk.later(hours=25)
    desk.moves(ANA, "ana@example.net")
    assert mrns(desk, WorkState.BOUNCED) == []


def test_closed_accounts_are_listed_by_how_they_were_closed(desk: Desk) -> None:
    desk.strong(ANA)
    securing.disable(desk.session, desk.permit(Action.DISABLE, ANA), now=desk.now)
    desk.basic(BEN)
    securing.decline(desk.session, desk.permit(Action.DECLINE, BEN), reason="wants none", now=desk.now)
    assert (mrns(desk, WorkState.DISABLED), mrns(desk, WorkState.DECLINED)) == ([ANA], [BEN])
    assert mrns(desk, WorkState.NEW) == [CAL, DOT]


def test_a_list_shows_masked_names_and_says_how_many_more_there_are(desk: Desk) -> None:
    first = listed(desk, limit=2)
    assert [one.mrn for one in first.accounts] == [ANA, BEN]
    assert (first.more, listed(desk, limit=4).more) == (2, 0)
    told = repr(listed(desk))
    assert "A… Reynolds644" in told
    for known in ("1952", "67124", "example.org", "907", "Elm"):
        assert known not in told


def test_nothing_is_to_be_done_for_a_record_that_is_not_active(desk: Desk) -> None:
    bring(desk.session, [replace(ROWS[BEN], status=PatientStatus.DECEASED)], now=desk.later(minutes=1), actor=ROSA)
    assert mrns(desk, WorkState.NEW) == [CAL, DOT]
    assert BEN not in mrns(desk)


def grants(desk: Desk, **more: Any) -> str:
    """Ana lets her daughter act for her; returns the daughter's id."""
    wanted = proposals.read_proposal(
        name="Mia Reynolds", relation="daughter", birth_date="1986-04-02", email="mia@example.org",
        phone="(555) 321-7788", postal_code="66002", locale="en_US", today=desk.now.date(), **more,
    )  # fmt: skip
    desk.strong(ANA)
    permit = desk.permit(Action.PROXY_GRANT, ANA)
    granted = granting.grant(desk.session, permit, wanted, settings=SETTINGS, now=desk.now)
    assert granted.proxy is not None
    return granted.proxy


def test_a_patient_for_whom_nobody_acts_any_more_is_listed_for_90_days(desk: Desk) -> None:
    grants(desk, until="2026-12-20")
    assert mrns(desk, WorkState.PROXY_ENDED) == []
    desk.later(days=30)
    assert mrns(desk, WorkState.PROXY_ENDED) == [ANA]
    ended = at(desk, WorkState.PROXY_ENDED)
    assert ended is not None
    assert ended <= desk.now
    desk.later(days=90)
    assert mrns(desk, WorkState.PROXY_ENDED) == []


def test_a_proxy_is_on_the_lists_as_the_holder_of_an_account_of_their_own(desk: Desk) -> None:
    mia = grants(desk)
    (one,) = listed(desk, WorkState.INVITED).accounts
    assert (one.mrn, one.name, one.status, one.account_status) == (mia, "M… Reynolds", "active", "invited")
    assert mia in mrns(desk)
