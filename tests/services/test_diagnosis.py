"""Why can't they get in: each cause yes or no, and nothing that helps a guesser before the check (design §3.6)."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from phone_calls import ANA, BEN, CAL, ROSA, ROWS, SAM, SETTINGS, Desk
from stores import bring

from portaldesk.errors import NotAllowed
from portaldesk.services import calls, diagnosis, invitations, patients, resets, securing, temporary_logins
from portaldesk.services.diagnosis import BEFORE_BASIC, Cause
from portaldesk.settings import ClinicSettings
from portaldesk.store import record
from portaldesk.words import Action, ContactKind, CredentialKind, PatientStatus

CAUSES = {
    "outage", "never-activated", "username-differs", "no-email", "email-doubtful", "email-unconfirmed",
    "email-differs", "mail-sent", "mail-waiting", "link-expired", "link-superseded", "locked", "disabled", "declined",
    "patient-inactive", "patient-deceased", "patient-merged", "likely-duplicate", "on-hold", "temp-login-expired",
}  # fmt: skip


def causes(desk: Desk, mrn: str, said: str | None = None, settings: ClinicSettings = SETTINGS) -> dict[str, Cause]:
    seen = diagnosis.diagnose(
        desk.session, SAM, mrn, said_username=said, settings=settings, now=desk.later(seconds=5)
    )  # fmt: skip
    return {one.cause: one for one in seen.causes}


def found(desk: Desk, mrn: str, **more: Any) -> set[str]:
    return {name for name, one in causes(desk, mrn, **more).items() if one.found}


def sends_invitation(desk: Desk) -> str:
    permit = desk.permit(Action.RESEND_INVITE, BEN)
    return invitations.resend(desk.session, permit, settings=SETTINGS, now=desk.now).reference or ""


def goes_out(desk: Desk) -> None:
    """The oldest invitation that waits leaves the house."""
    mail = desk.mails("invitation")[0]
    change = record.changed(mail, sent_at=desk.now)
    record.append(desk.session, record.Entry("deliver", "done", patient=BEN), [change], now=desk.now)


def test_every_cause_of_the_contract_is_answered_once(desk: Desk) -> None:
    seen = diagnosis.diagnose(desk.session, SAM, ANA, said_username=None, settings=SETTINGS, now=desk.now)
    assert sorted(one.cause for one in seen.causes) == sorted(CAUSES)
    assert '"checked": false' in desk.event(seen.audit_seq).details


def test_before_the_check_only_what_routes_the_call_is_told(desk: Desk) -> None:
    desk.guesses(5)
    before = causes(desk, ANA, said="ana")
    assert {name for name, one in before.items() if one.found is not None} == set(BEFORE_BASIC)
    assert all(not (one.detail or one.say or one.next) for one in before.values() if one.found is None)
    desk.asks(ANA, birth_date="1952-07-15", postal_code="67124")
    assert causes(desk, ANA)["locked"].found is None
    desk.asks(ANA, phone="5559078526")
    assert causes(desk, ANA)["locked"].found is True


def test_a_check_that_ended_or_failed_tells_nothing_more(desk: Desk) -> None:
    desk.basic(ANA)
    calls.end_call(desk.session, SAM, note="", now=desk.later(seconds=5))
    assert causes(desk, ANA)["locked"].found is None
    desk.basic(ANA)
    desk.later(minutes=15)
    assert causes(desk, ANA)["locked"].found is None
    desk.fails(ANA)
    assert causes(desk, ANA)["locked"].found is None


def test_a_healthy_account_has_no_cause(desk: Desk) -> None:
    desk.basic(ANA)
    assert found(desk, ANA, said=" ANA.R") == set()


def test_never_invited_and_no_email_is_known_before_the_check_with_words_and_command(desk: Desk) -> None:
    seen = causes(desk, CAL)
    assert {name for name, one in seen.items() if one.found} == {"never-activated", "no-email"}
    assert "invitation" in seen["never-activated"].say
    assert f"portaldesk resend-invite {CAL}" in seen["never-activated"].next
    assert f"portaldesk update-contact {CAL}" in seen["no-email"].next


def test_an_outage_is_told_to_everybody(desk: Desk) -> None:
    seen = causes(desk, ANA, settings=replace(SETTINGS, outage="the portal is down until noon"))
    assert (seen["outage"].found, seen["outage"].detail) == (True, "the portal is down until noon")


@pytest.mark.parametrize("status", ["inactive", "deceased", "merged"])
def test_what_the_record_is_is_told_before_the_check(desk: Desk, status: str) -> None:
    merged = CAL if status == "merged" else None
    row = replace(ROWS[BEN], status=PatientStatus(status), merged_into=merged)
    bring(desk.session, [row], now=desk.later(minutes=1), actor=ROSA)
    seen = causes(desk, BEN)
    assert seen[f"patient-{status}"].found is True
    assert not merged or seen["patient-merged"].next == f"portaldesk diagnose {merged}"


def test_a_lock_is_told_with_its_end_and_its_count(desk: Desk) -> None:
    desk.guesses(5)
    desk.basic(ANA)
    seen = causes(desk, ANA)["locked"]
    assert "after 5 failures" in seen.detail
    assert seen.next == f"portaldesk unlock {ANA}"
    desk.later(minutes=15)
    desk.basic(ANA)
    assert causes(desk, ANA)["locked"].found is False


def test_another_username_than_the_caller_says_is_told_and_not_which(desk: Desk) -> None:
    desk.basic(ANA)
    seen = causes(desk, ANA, said="ana")["username-differs"]
    assert (seen.found, "ana.r" in repr(seen)) == (True, False)
    assert seen.next == f"portaldesk recover-username {ANA}"


def test_a_mail_that_waits_is_our_fault_and_one_that_left_is_looked_for(desk: Desk) -> None:
    desk.basic(BEN)
    reference = sends_invitation(desk)
    assert found(desk, BEN) == {"never-activated", "mail-waiting"}
    goes_out(desk)
    seen = causes(desk, BEN)
    assert (seen["mail-waiting"].found, seen["mail-sent"].found) == (False, True)
    assert reference in seen["mail-sent"].detail
    for word in ("spam", "junk", "promotions", "blocked senders", reference):
        assert word in seen["mail-sent"].say
    assert "ben@example.org" not in repr(seen)


def test_an_expired_link_is_told_with_its_reference_and_a_new_one_offered(desk: Desk) -> None:
    desk.basic(BEN)
    reference = sends_invitation(desk)
    desk.now = desk.credential(BEN, CredentialKind.INVITATION).expires_at
    desk.basic(BEN)
    seen = causes(desk, BEN)["link-expired"]
    assert (seen.found, reference in seen.detail) == (True, True)
    assert seen.next == f"portaldesk resend-invite {BEN}"


def test_the_older_of_two_mails_is_told_by_both_references(desk: Desk) -> None:
    desk.basic(BEN)
    older = sends_invitation(desk)
    desk.later(minutes=3)
    newer = sends_invitation(desk)
    seen = causes(desk, BEN)["link-superseded"]
    assert seen.detail == f"{older} was replaced by {newer}."
    assert newer in seen.say
    desk.redeems(BEN, CredentialKind.INVITATION)
    assert causes(desk, BEN)["link-superseded"].found is False


def test_nobody_is_sent_to_look_for_a_mail_whose_link_is_dead_while_the_newer_one_waits(desk: Desk) -> None:
    desk.basic(BEN)
    sends_invitation(desk)
    goes_out(desk)
    desk.later(minutes=3)
    newer = sends_invitation(desk)
    seen = causes(desk, BEN)
    assert [seen[one].found for one in ("mail-waiting", "mail-sent", "link-superseded")] == [True, False, True]
    assert seen["link-superseded"].say.endswith(f"the new one, reference {newer}, has not left yet.")
    goes_out(desk)
    seen = causes(desk, BEN)
    assert newer in seen["mail-sent"].say
    assert seen["link-superseded"].say == f"We sent you more than one; only the newest works, reference {newer}."


def test_a_used_mail_is_no_cause(desk: Desk) -> None:
    desk.basic(BEN)
    sends_invitation(desk)
    goes_out(desk)
    desk.redeems(BEN, CredentialKind.INVITATION)
    assert found(desk, BEN).isdisjoint({"mail-sent", "link-expired", "never-activated"})


def test_a_disabled_account_is_told_with_what_enables_it(desk: Desk) -> None:
    desk.strong(ANA)
    securing.disable(desk.session, desk.permit(Action.DISABLE, ANA), now=desk.now)
    assert causes(desk, ANA)["disabled"].next == f"portaldesk enable {ANA}"


def test_a_temporary_login_that_is_over_is_told(desk: Desk) -> None:
    desk.strong(ANA)
    permit = desk.permit(Action.ISSUE_TEMP_LOGIN, ANA)
    temporary_logins.issue(desk.session, permit, settings=SETTINGS, rng=random.Random(1), now=desk.now)
    assert causes(desk, ANA)["temp-login-expired"].found is False
    desk.later(minutes=60)
    desk.basic(ANA)
    assert causes(desk, ANA)["temp-login-expired"].found is True


def test_a_hold_is_told_before_the_check_with_the_way_out(desk: Desk) -> None:
    for _ in range(3):
        desk.fails(ANA)
    seen = causes(desk, ANA)["on-hold"]
    assert (seen.found, "3 identity checks failed" in seen.detail) == (True, True)
    assert "photo ID" in seen.say


def test_an_email_that_an_import_changed_is_unconfirmed_for_a_day(desk: Desk) -> None:
    bring(desk.session, [replace(ROWS[BEN], email="ben@example.net")], now=desk.later(minutes=1), actor=ROSA)
    desk.basic(BEN)
    assert causes(desk, BEN)["email-unconfirmed"].found is True
    desk.later(hours=24)
    desk.basic(BEN)
    assert causes(desk, BEN)["email-unconfirmed"].found is False


def test_a_record_with_another_email_than_the_active_account_is_told_masked(desk: Desk) -> None:
    bring(desk.session, [replace(ROWS[ANA], email="reyes@example.net")], now=desk.later(minutes=1), actor=ROSA)
    desk.basic(ANA)
    seen = causes(desk, ANA)["email-differs"]
    assert (seen.found, seen.next) == (True, f"portaldesk update-contact {ANA} --email -")
    assert "ana@example.org" not in seen.detail
    assert "reyes@example.net" not in seen.detail
    assert desk.account(ANA).email == "ana@example.org"


def test_an_address_whose_mail_came_back_is_doubtful(desk: Desk) -> None:
    point = patients.contact(desk.session, BEN, ContactKind.EMAIL, "ben@example.org")
    assert point is not None
    bounced = record.changed(point, bounced_at=desk.now)
    record.append(desk.session, record.Entry("outbox bounces", "done", patient=BEN), [bounced], now=desk.now)
    desk.basic(BEN)
    assert causes(desk, BEN)["email-doubtful"].next == f"portaldesk update-contact {BEN} --email -"


def test_two_records_of_one_person_are_told(desk: Desk) -> None:
    bring(desk.session, [replace(ROWS[BEN], mrn="MRN-9")], now=desk.later(minutes=1), actor=ROSA)
    desk.basic(BEN)
    seen = causes(desk, BEN)["likely-duplicate"]
    assert (seen.found, "MRN-9" in seen.detail) == (True, True)


def test_a_sent_reset_is_looked_for_with_send_reset_as_what_mends_it(desk: Desk) -> None:
    desk.basic(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    desk.later(minutes=60)
    desk.basic(ANA)
    assert causes(desk, ANA)["link-expired"].next == f"portaldesk send-reset {ANA}"


def test_the_own_record_is_not_diagnosed(desk: Desk) -> None:
    own = replace(SAM, own=frozenset({ANA}))
    with pytest.raises(NotAllowed):
        diagnosis.diagnose(desk.session, own, ANA, said_username=None, settings=SETTINGS, now=desk.now)
