"""Mailing the address on file: invitations, resets, username reminders, what stands in their way (design §3, §4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from phone_calls import ANA, BEN, CAL, ROSA, ROWS, SAM, SETTINGS, Desk
from stores import bring

from portaldesk.errors import CheckNeeded, StateForbids
from portaldesk.services import calls, credentials, invitations, resets, usernames
from portaldesk.services.changes import Changed
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, CredentialKind, PatientStatus


def invites(desk: Desk, mrn: str = BEN) -> Changed:
    permit = desk.permit(Action.RESEND_INVITE, mrn)
    return invitations.resend(desk.session, permit, settings=SETTINGS, now=desk.now)


def resets_(desk: Desk, mrn: str = ANA) -> Changed:
    return resets.send(desk.session, desk.permit(Action.SEND_RESET, mrn), settings=SETTINGS, now=desk.now)


def reminds(desk: Desk, mrn: str = ANA) -> Changed:
    return usernames.recover(desk.session, desk.permit(Action.RECOVER_USERNAME, mrn), now=desk.now)


def test_an_invitation_goes_to_the_address_on_file_and_the_desk_sees_its_reference(desk: Desk) -> None:
    desk.basic(BEN)
    done = invites(desk)
    link = desk.credential(BEN, CredentialKind.INVITATION)
    assert (done.effect, done.account_status, done.reference) == ("link-sent", "invited", link.reference)
    assert done.expires_at == desk.now + timedelta(hours=24)
    assert [mail.to_address for mail in desk.mails("invitation")] == ["ben@example.org"]
    assert len(done.notified) == 1
    assert "ben@example.org" not in repr(done)


def test_the_mail_waits_without_its_token(desk: Desk) -> None:
    desk.basic(BEN)
    invites(desk)
    token = desk.token(BEN, CredentialKind.INVITATION)
    (mail,) = desk.mails("invitation")
    assert token not in repr(mail)
    assert token not in repr(desk.credential(BEN, CredentialKind.INVITATION))


def test_a_newer_invitation_takes_the_place_of_the_older_which_names_it(desk: Desk) -> None:
    desk.basic(BEN)
    older = invites(desk)
    old_token = desk.token(BEN, CredentialKind.INVITATION)
    desk.later(minutes=3)
    newer = invites(desk)
    with pytest.raises(StateForbids) as dead:
        desk.redeems(BEN, CredentialKind.INVITATION, token=old_token)
    assert dead.value.code == "link-superseded"
    assert older.reference is not None
    assert newer.reference is not None
    assert older.reference in dead.value.message
    assert newer.reference in dead.value.hint


@pytest.mark.parametrize(("send", "mrn"), [(invites, BEN), (resets_, ANA), (reminds, ANA)])
def test_sent_again_within_two_minutes_is_already_done(desk: Desk, send: Callable[..., Changed], mrn: str) -> None:
    desk.basic(mrn)
    first = send(desk, mrn)
    desk.later(seconds=119)
    again = send(desk, mrn)
    assert (again.already, again.reference, again.notified) == (True, first.reference, ())
    desk.later(seconds=1)
    assert not send(desk, mrn).already


def test_the_wrong_kind_names_the_right_command(desk: Desk) -> None:
    desk.basic(ANA)
    with pytest.raises(StateForbids) as active:
        invites(desk, ANA)
    assert (active.value.code, f"portaldesk send-reset {ANA}" in active.value.hint) == ("already-active", True)
    desk.basic(BEN)
    for send in (resets_, reminds):
        with pytest.raises(StateForbids) as new:
            send(desk, BEN)
        assert (new.value.code, f"portaldesk resend-invite {BEN}" in new.value.hint) == ("never-activated", True)


def test_without_an_email_the_ways_out_are_named_and_nothing_is_spent(desk: Desk) -> None:
    desk.basic(CAL)
    for _ in range(4):
        with pytest.raises(StateForbids) as refused:
            invites(desk, CAL)
        assert refused.value.code == "no-email"
    assert "update-contact" in refused.value.hint
    assert "issue-temp-login" in refused.value.hint
    assert desk.permits_of(CAL, Action.RESEND_INVITE) == 0


def test_without_a_check_the_answer_is_the_check_whatever_the_record_holds(desk: Desk) -> None:
    for mrn in (ANA, BEN, CAL):
        with pytest.raises(CheckNeeded) as refused:
            invites(desk, mrn)
        assert refused.value.code == "check-required"
        assert f"portaldesk verify-identity {mrn}" in refused.value.hint


def test_an_address_gets_three_secret_mails_an_hour_and_five_a_day(desk: Desk) -> None:
    sent: list[str] = []
    for _ in range(8):
        calls.end_call(desk.session, SAM, note="", now=desk.later(minutes=9))
        desk.basic(ANA)
        try:
            sent.append(resets_(desk).effect)
        except StateForbids as refused:
            sent.append(refused.code)
    assert sent[:4] == ["link-sent"] * 3 + ["too-many"]
    desk.later(hours=2)
    outcomes: list[str] = []
    for _ in range(3):
        calls.end_call(desk.session, SAM, note="", now=desk.later(minutes=61))
        desk.basic(ANA)
        try:
            outcomes.append(resets_(desk).effect)
        except StateForbids as refused:
            outcomes.append(refused.code)
    assert sent.count("link-sent") + outcomes.count("link-sent") == 5
    assert outcomes[-1] == "too-many"


def test_the_username_goes_by_mail_and_is_not_read_out(desk: Desk) -> None:
    desk.basic(ANA)
    done = reminds(desk)
    assert (done.effect, done.reference) == ("link-sent", None)
    assert [mail.to_address for mail in desk.mails("username-reminder")] == ["ana@example.org"]
    assert "ana.r" not in repr(done)


@pytest.mark.parametrize("status", [PatientStatus.INACTIVE, PatientStatus.DECEASED, PatientStatus.MERGED])
def test_nothing_is_mailed_for_a_record_that_is_not_active(desk: Desk, status: PatientStatus) -> None:
    merged = CAL if status is PatientStatus.MERGED else None
    row = replace(ROWS[BEN], status=status, merged_into=merged)
    desk.basic(BEN)
    bring(desk.session, [row], now=desk.later(minutes=1), actor=ROSA)
    with pytest.raises(StateForbids) as refused:
        invites(desk)
    assert refused.value.code == "patient-inactive"
    assert not merged or merged in refused.value.hint
    assert not desk.mails("invitation")


def test_no_link_goes_to_an_address_that_an_import_brought_until_a_day_has_passed(desk: Desk) -> None:
    bring(desk.session, [replace(ROWS[BEN], email="ben@example.net")], now=desk.later(minutes=1), actor=ROSA)
    desk.basic(BEN)
    with pytest.raises(StateForbids) as refused:
        invites(desk)
    assert refused.value.code == "contact-unconfirmed"
    assert "--photo-id" in refused.value.hint
    desk.later(hours=24)
    desk.basic(BEN)
    assert invites(desk).effect == "link-sent"
    assert [mail.to_address for mail in desk.mails("invitation")] == ["ben@example.net"]


def test_photo_id_seen_in_person_is_the_way_round_that_day(desk: Desk) -> None:
    bring(desk.session, [replace(ROWS[BEN], email="ben@example.net")], now=desk.later(minutes=1), actor=ROSA)
    desk.strong(BEN)
    assert invites(desk).effect == "link-sent"


def test_a_reset_link_lives_an_hour(desk: Desk) -> None:
    desk.basic(ANA)
    resets_(desk)
    token = credentials.token_of(keys_of(desk.session), desk.credential(ANA, CredentialKind.RESET).id)
    desk.later(minutes=60)
    with pytest.raises(StateForbids) as dead:
        desk.redeems(ANA, CredentialKind.RESET, token=token)
    assert dead.value.code == "link-dead"
