"""The patient signs in: what is counted, what pauses, and that a refusal never says why (design §4, "Lockout")."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from phone_calls import ANA, ANA_PASSWORD, BEN, NEW_PASSWORD, ROSA, ROWS, SETTINGS, Desk, found
from stores import bring

from portaldesk.errors import NotAllowed, StateForbids
from portaldesk.rules import hashing
from portaldesk.services import portal_sessions, portal_sign_ins, resets
from portaldesk.store import tables
from portaldesk.store.seals import keys_of, use_keys
from portaldesk.words import Action, CredentialKind, PatientStatus


def changes(desk: Desk, old: str, new: str, birth_date: date | None = None) -> portal_sign_ins.PasswordChanged:
    return portal_sign_ins.change_password(
        desk.session, "ana.r", old, new, birth_date=birth_date, settings=SETTINGS, now=desk.later(seconds=5)
    )


def test_the_right_password_begins_a_session_whose_secret_the_store_does_not_hold(desk: Desk) -> None:
    result = desk.signs_in(username="  ANA.R ")
    assert result.outcome == "signed-in"
    assert result.session is not None
    live = portal_sessions.look(desk.session, result.session, now=desk.now)
    assert (live.signed_in, live.patient) == (True, ANA)
    (row,) = found(desk.session, tables.PortalSession)
    assert result.session not in repr(row)
    assert result.session not in repr(result)
    assert not portal_sessions.look(desk.session, result.session, now=row.expires_at).signed_in


def test_the_fifth_wrong_password_pauses_for_15_minutes_and_the_address_is_told(desk: Desk) -> None:
    desk.guesses(4)
    assert desk.account(ANA).locked_until is None
    assert desk.signs_in("never it").outcome == "refused"
    assert desk.account(ANA).locked_until == desk.now + timedelta(minutes=15)
    (mail,) = desk.mails("locked")
    assert mail.to_address == "ana@example.org"


def test_tries_while_paused_are_not_counted_not_even_the_right_one(desk: Desk) -> None:
    desk.guesses(5)
    until = desk.account(ANA).locked_until
    desk.guesses(7)
    assert desk.signs_in().outcome == "refused"
    assert (desk.account(ANA).failed_attempts, desk.account(ANA).locked_until) == (5, until)
    assert until is not None
    desk.now = until
    assert desk.signs_in().outcome == "signed-in"
    assert (desk.account(ANA).failed_attempts, desk.account(ANA).locked_until) == (0, None)


def test_the_next_pause_is_twice_as_long(desk: Desk) -> None:
    desk.guesses(5)
    desk.later(minutes=16)
    desk.guesses(5)
    assert desk.account(ANA).locked_until == desk.now + timedelta(minutes=30)


def test_after_a_hundred_failures_only_a_recovery_works(desk: Desk) -> None:
    for _ in range(20):
        desk.guesses(5)
        desk.later(hours=25)
    assert desk.account(ANA).failed_attempts == 100
    assert desk.signs_in().outcome == "refused"
    desk.basic(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    desk.redeems(ANA, CredentialKind.RESET)
    assert desk.signs_in(NEW_PASSWORD).outcome == "signed-in"


def test_every_refusal_is_the_same_and_only_the_record_knows_why(desk: Desk) -> None:
    refusals = [desk.signs_in("never it", "nobody"), desk.signs_in("never it"), desk.signs_in("never it", "ben")]
    desk.guesses(4)
    refusals.append(desk.signs_in())
    assert all(one == portal_sign_ins.SignInResult("refused") for one in refusals)
    events = [one.details for one in found(desk.session, tables.AuditEvent, action="sign-in", outcome="refused")]
    assert [why in "".join(events) for why in ("unknown", "wrong", "locked")] == [True, True, True]
    assert "never it" not in "".join(events)


@pytest.mark.parametrize("status", [PatientStatus.INACTIVE, PatientStatus.DECEASED, PatientStatus.MERGED])
def test_a_record_that_is_not_active_blocks_sign_in_by_itself(desk: Desk, status: PatientStatus) -> None:
    signed = desk.signs_in()
    merged = BEN if status is PatientStatus.MERGED else None
    bring(desk.session, [replace(ROWS[ANA], status=status, merged_into=merged)], now=desk.later(minutes=1), actor=ROSA)
    assert desk.signs_in().outcome == "refused"
    assert desk.account(ANA).failed_attempts == 0
    assert signed.session is not None
    assert not portal_sessions.look(desk.session, signed.session, now=desk.now).signed_in


def test_a_hash_under_an_older_pepper_is_renewed_at_the_next_sign_in(desk: Desk) -> None:
    keys = keys_of(desk.session)
    newer = keys.holding("pepper", keys.pepper.followed(b"2" * 32, since="").taken_up("p2"))
    use_keys(desk.session, newer)
    before = desk.account(ANA).password_hash
    assert before is not None
    assert hashing.needs_rehash(before, key_id="p2")
    assert desk.signs_in().outcome == "signed-in"
    after = desk.account(ANA).password_hash
    assert after is not None
    assert not hashing.needs_rehash(after, key_id="p2")
    assert desk.signs_in().outcome == "signed-in"


def test_a_new_password_ends_every_session_and_the_address_is_told(desk: Desk) -> None:
    session = desk.signs_in().session
    assert session is not None
    done = changes(desk, ANA_PASSWORD, NEW_PASSWORD)
    assert done.effect == "done"
    assert not portal_sessions.look(desk.session, session, now=desk.now).signed_in
    assert [mail.to_address for mail in desk.mails("changed")] == ["ana@example.org"]
    assert desk.signs_in(ANA_PASSWORD).outcome == "refused"
    assert desk.signs_in(NEW_PASSWORD).outcome == "signed-in"


def test_a_wrong_old_password_is_counted_like_a_sign_in(desk: Desk) -> None:
    with pytest.raises(NotAllowed) as refused:
        changes(desk, "never it", NEW_PASSWORD)
    assert (refused.value.code, refused.value.counted) == ("sign-in-refused", True)
    assert desk.account(ANA).failed_attempts == 1


@pytest.mark.parametrize("new", [ANA_PASSWORD, "short", "reynolds reynolds", "ana.r ana.r ana.r"])
def test_a_new_password_that_may_not_be_is_refused_and_the_old_one_stays(desk: Desk, new: str) -> None:
    with pytest.raises(StateForbids) as refused:
        changes(desk, ANA_PASSWORD, new)
    assert refused.value.code == "password-policy"
    assert desk.signs_in(ANA_PASSWORD).outcome == "signed-in"
