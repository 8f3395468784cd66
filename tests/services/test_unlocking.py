"""Ending a lock: by a mailed link at basic, at once at strong, and never the count (SP 800-63B-4 §3.2.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from phone_calls import ANA, BEN, SETTINGS, Desk

from portaldesk.errors import CheckNeeded, StateForbids
from portaldesk.services import securing, unlocking
from portaldesk.services.changes import Changed
from portaldesk.store import record
from portaldesk.words import Action, CredentialKind


def unlocked(desk: Desk, mrn: str = ANA) -> Changed:
    permit = desk.permit(Action.UNLOCK, mrn)
    return unlocking.unlock(desk.session, permit, settings=SETTINGS, now=desk.now)


def test_at_basic_a_link_is_mailed_and_the_lock_stays_until_it_is_opened(desk: Desk) -> None:
    desk.guesses(5)
    desk.basic(ANA)
    done = unlocked(desk)
    assert (done.effect, done.account_status, done.already) == ("link-sent", "locked", False)
    assert done.reference == desk.credential(ANA, CredentialKind.UNLOCK).reference
    assert [mail.to_address for mail in desk.mails("unlock-link")] == ["ana@example.org"]
    assert desk.account(ANA).locked_until is not None


def test_at_strong_the_lock_ends_at_once_and_the_patient_is_told(desk: Desk) -> None:
    desk.guesses(5)
    desk.strong(ANA)
    done = unlocked(desk)
    assert (done.effect, done.account_status) == ("done", "active")
    assert [mail.to_address for mail in desk.mails("changed")] == ["ana@example.org"]
    assert desk.signs_in().outcome == "signed-in"


def test_an_unlock_gives_five_tries_and_forgets_no_failure(desk: Desk) -> None:
    desk.guesses(5)
    desk.strong(ANA)
    unlocked(desk)
    assert (desk.account(ANA).locked_until, desk.account(ANA).failed_attempts) == (None, 5)
    desk.guesses(4)
    assert desk.account(ANA).locked_until is None
    desk.guesses(1)
    assert desk.account(ANA).locked_until == desk.now + timedelta(minutes=30)


def test_what_is_not_locked_is_so_already_and_spends_nothing(desk: Desk) -> None:
    desk.strong(ANA)
    for _ in range(3):
        done = unlocked(desk)
        assert (done.already, done.effect, done.notified) == (True, "done", ())
    assert desk.permits_of(ANA, Action.UNLOCK) == 0
    desk.guesses(5)
    assert not unlocked(desk).already


def test_one_check_unlocks_once(desk: Desk) -> None:
    desk.guesses(5)
    desk.strong(ANA)
    unlocked(desk)
    desk.guesses(5)
    with pytest.raises(CheckNeeded) as spent:
        unlocked(desk)
    assert spent.value.code == "check-spent"


def test_at_a_hundred_failures_it_says_that_only_a_recovery_works(desk: Desk) -> None:
    wrong = record.Entry("sign-in", "refused", patient=ANA, session="portal", details={"why": "wrong"})
    until = desk.now + timedelta(hours=24)
    change = record.changed(desk.account(ANA), failed_attempts=100, locked_until=until)
    record.append(desk.session, wrong, [change], now=desk.now)
    desk.strong(ANA)
    with pytest.raises(StateForbids) as refused:
        unlocked(desk)
    assert refused.value.code == "failure-ceiling"
    assert f"portaldesk send-reset {ANA}" in refused.value.hint


def test_a_disabled_account_is_enabled_not_unlocked(desk: Desk) -> None:
    desk.guesses(5)
    desk.strong(ANA)
    securing.disable(desk.session, desk.permit(Action.DISABLE, ANA), now=desk.now)
    with pytest.raises(StateForbids) as refused:
        unlocked(desk)
    assert refused.value.code == "account-disabled"
    assert "portaldesk enable" in refused.value.hint


def test_an_account_never_activated_cannot_be_locked(desk: Desk) -> None:
    desk.basic(BEN)
    assert unlocked(desk, BEN).already
