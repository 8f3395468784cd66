"""When a requested contact comes into force, to the second (design §3.5); no database in these."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portaldesk.gate import requests
from portaldesk.gate.requests import OPEN, Refusal, RequestFacts
from portaldesk.words import ContactKind, Method, RequestState

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
DAY, WEEK = timedelta(hours=24), timedelta(days=7)
ASKED = RequestFacts("sam", RequestState.AWAITING_APPROVAL, NOW + WEEK, rests_on_photo_id=True, confirmed_at=NOW)
WAITS = replace(ASKED, state=RequestState.WAITING, waits_until=NOW)


def test_a_request_is_open_until_it_took_effect_or_was_ended() -> None:
    ended = {RequestState.EFFECTIVE, RequestState.CANCELLED, RequestState.REJECTED, RequestState.EXPIRED}
    assert set(OPEN) == set(RequestState) - ended


@pytest.mark.parametrize("state", list(RequestState))
def test_only_a_request_that_is_open_expires(state: RequestState) -> None:
    late = RequestState.EXPIRED if state in OPEN else state
    assert requests.state_of(state, NOW + INSTANT, now=NOW) is state
    assert requests.state_of(state, NOW, now=NOW) is late


def test_nobody_approves_the_own_request_nor_one_that_is_not_confirmed_or_not_open() -> None:
    assert requests.why_not_approved(ASKED, "rosa", now=NOW) is None
    assert requests.why_not_approved(ASKED, "sam", now=NOW) is Refusal.OWN_REQUEST
    assert requests.why_not_approved(replace(ASKED, confirmed_at=None), "rosa", now=NOW) is Refusal.NOT_CONFIRMED
    assert requests.why_not_approved(ASKED, "rosa", now=NOW + WEEK) is Refusal.CLOSED
    for state in set(RequestState) - set(OPEN):
        assert requests.why_not_approved(replace(ASKED, state=state), "rosa", now=NOW) is Refusal.CLOSED


def test_who_gave_the_requester_a_password_in_the_last_seven_days_does_not_approve_if_another_can() -> None:
    def close(ago: timedelta, *, by: str = "rosa", others: tuple[str, ...] = ("rosa", "vera")) -> bool:
        return requests.too_close("rosa", credentialed_by=by, credentialed_at=NOW - ago, others=others, now=NOW)

    assert close(WEEK - INSTANT)
    assert not close(WEEK)
    assert not close(DAY, by="vera")
    assert not close(DAY, others=("rosa",)), "the one admin there is"
    assert not close(DAY, others=())


def test_time_decides_only_for_a_sole_admin_under_photo_id_a_day_after_the_old_address_was_told() -> None:
    told = replace(ASKED, old_told_at=NOW - timedelta(hours=1))
    approval = (RequestState.AWAITING_APPROVAL, None)
    assert requests.after_confirmation(told, other_admins=["vera"], now=NOW) == approval
    by_callback = replace(told, rests_on_photo_id=False)
    assert requests.after_confirmation(by_callback, other_admins=[], now=NOW) == approval
    waits = requests.after_confirmation(told, other_admins=[], now=NOW)
    assert waits == (RequestState.WAITING, NOW + timedelta(hours=23))
    nobody_to_tell = requests.after_confirmation(ASKED, other_admins=[], now=NOW)
    assert nobody_to_tell == (RequestState.WAITING, NOW)


def test_a_waiting_request_is_due_when_its_time_has_come_and_the_old_address_had_its_day() -> None:
    assert requests.is_due(WAITS, told_at=None, now=NOW)
    assert not requests.is_due(WAITS, told_at=None, now=NOW - INSTANT)
    assert requests.is_due(WAITS, told_at=NOW - DAY, now=NOW)
    assert not requests.is_due(WAITS, told_at=NOW - DAY + INSTANT, now=NOW)
    assert not requests.is_due(replace(WAITS, waits_until=None), told_at=None, now=NOW)
    assert not requests.is_due(replace(WAITS, expires_at=NOW), told_at=None, now=NOW)
    assert not requests.is_due(replace(WAITS, state=RequestState.AWAITING_APPROVAL), told_at=None, now=NOW)


def test_a_contact_changed_within_a_day_pauses_temporary_logins_unless_photo_id_was_seen() -> None:
    assert requests.is_paused(NOW - DAY + INSTANT, photo_id=False, now=NOW)
    assert not requests.is_paused(NOW - DAY, photo_id=False, now=NOW)
    assert not requests.is_paused(NOW, photo_id=True, now=NOW)
    assert not requests.is_paused(None, photo_id=False, now=NOW)


def test_a_channel_does_not_speak_for_its_own_change() -> None:
    assert requests.NOT_BY[ContactKind.EMAIL] == {Method.CODE_EMAIL}
    assert requests.NOT_BY[ContactKind.PHONE] == {Method.CODE_PHONE, Method.CALLBACK}
