"""A link is opened: the token, then the patient's facts, then username and password (design §4)."""

from __future__ import annotations

import pytest
from phone_calls import ANA, ANA_PASSWORD, BEN, DOT, FACTS, NEW_PASSWORD, SETTINGS, Desk, found

from portaldesk.errors import CheckNeeded, DeskError, StateForbids, WrongUsage
from portaldesk.services import invitations, resets, securing, unlocking
from portaldesk.store import tables
from portaldesk.words import Action, CredentialKind, Method

INVITATION, RESET, UNLOCK = CredentialKind.INVITATION, CredentialKind.RESET, CredentialKind.UNLOCK


def invited(desk: Desk, mrn: str = BEN) -> None:
    desk.basic(mrn)
    permit = desk.permit(Action.RESEND_INVITE, mrn)
    invitations.resend(desk.session, permit, settings=SETTINGS, now=desk.now)


def reset_mailed(desk: Desk) -> None:
    desk.basic(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)


def test_an_invitation_with_the_facts_opens_the_account(desk: Desk) -> None:
    invited(desk)
    done = desk.redeems(BEN, INVITATION, username="Ben.O")
    assert (done.kind, done.username, done.account_status) == ("invitation", "ben.o", "active")
    assert desk.account(BEN).activated_at == desk.now
    assert desk.signs_in(NEW_PASSWORD, "ben.o").outcome == "signed-in"


def test_without_a_username_one_is_made_up_that_a_caller_can_say(desk: Desk) -> None:
    invited(desk)
    name = desk.redeems(BEN, INVITATION).username
    assert name is not None
    assert desk.signs_in(NEW_PASSWORD, name).outcome == "signed-in"


@pytest.mark.parametrize(
    "second", [{Method.POSTAL_CODE: "66533"}, {Method.PHONE: "+15552147733"}, {Method.LAST_VISIT: "2026-01-09"}]
)
def test_birth_date_and_any_second_fact_but_the_email_open_it(desk: Desk, second: dict[Method, str]) -> None:
    invited(desk)
    said = {Method.BIRTH_DATE: "1947-01-14"}
    with pytest.raises(WrongUsage):
        desk.redeems(BEN, INVITATION, said=said | {Method.EMAIL: "ben@example.org"})
    assert desk.redeems(BEN, INVITATION, said=said | second).effect == "done"


@pytest.mark.parametrize("said", [{}, {Method.BIRTH_DATE: "1947-01-14"}, {Method.POSTAL_CODE: "66533"}])
def test_missing_facts_cost_the_link_nothing(desk: Desk, said: dict[Method, str]) -> None:
    invited(desk)
    for _ in range(6):
        with pytest.raises(WrongUsage):
            desk.redeems(BEN, INVITATION, said=said)
    assert desk.credential(BEN, INVITATION).tries == 0
    assert desk.redeems(BEN, INVITATION).effect == "done"


def test_a_wrong_fact_is_counted_and_the_right_ones_still_open_it(desk: Desk) -> None:
    invited(desk)
    with pytest.raises(CheckNeeded) as wrong:
        desk.redeems(BEN, INVITATION, said={Method.BIRTH_DATE: "1947-01-15", Method.POSTAL_CODE: "66533"})
    assert (wrong.value.code, wrong.value.counted) == ("wrong-fact", True)
    assert "4 tries" in wrong.value.hint
    assert desk.redeems(BEN, INVITATION).effect == "done"


def test_a_fact_that_is_not_on_file_is_no_right_answer(desk: Desk) -> None:
    desk.strong(DOT)
    permit = desk.permit(Action.RESEND_INVITE, DOT)
    invitations.resend(desk.session, permit, settings=SETTINGS, now=desk.now)
    with pytest.raises(CheckNeeded):
        desk.redeems(DOT, INVITATION, said={Method.BIRTH_DATE: "1990-05-05", Method.POSTAL_CODE: ""})


def test_where_no_second_fact_is_on_file_photo_id_gives_a_code_told_on_the_phone(desk: Desk) -> None:
    desk.strong(DOT)
    permit = desk.permit(Action.RESEND_INVITE, DOT)
    told = invitations.resend(desk.session, permit, settings=SETTINGS, now=desk.now).call_code
    assert told is not None
    with pytest.raises(CheckNeeded):
        desk.redeems(DOT, INVITATION, call_code="12345678" if told != "12345678" else "87654321")
    assert desk.redeems(DOT, INVITATION, call_code=f"{told[:4]} {told[4:]}").effect == "done"


def test_a_password_that_breaks_the_policy_leaves_the_link_alive_and_uncounted(desk: Desk) -> None:
    invited(desk)
    for bad in ("tiny", "ben1947ben1947", "password password"):
        with pytest.raises(StateForbids) as refused:
            desk.redeems(BEN, INVITATION, password=bad)
        assert refused.value.code == "password-policy"
        assert bad not in refused.value.message
    assert desk.credential(BEN, INVITATION).tries == 0
    assert desk.account(BEN).password_hash is None
    assert desk.redeems(BEN, INVITATION).effect == "done"


def test_a_username_of_somebody_else_an_mrn_or_an_email_cannot_be_had(desk: Desk) -> None:
    invited(desk)
    for name in ("ana.r", "mrn-1", "MRN-4"):
        with pytest.raises(StateForbids) as refused:
            desk.redeems(BEN, INVITATION, username=name)
        assert refused.value.code == "username-taken"
    assert desk.redeems(BEN, INVITATION, username="ben.o").username == "ben.o"


def test_a_link_ends_with_its_life(desk: Desk) -> None:
    invited(desk)
    link = desk.credential(BEN, INVITATION)
    assert (link.expires_at - link.issued_at).total_seconds() == 24 * 3600
    desk.now = link.expires_at
    with pytest.raises(StateForbids) as dead:
        desk.redeems(BEN, INVITATION)
    assert dead.value.code == "link-dead"


def test_a_reset_clears_the_lock_ends_sessions_kills_other_links_and_tells_the_address(desk: Desk) -> None:
    assert desk.signs_in().outcome == "signed-in"
    desk.guesses(5)
    desk.basic(ANA)
    unlocking.unlock(desk.session, desk.permit(Action.UNLOCK, ANA), settings=SETTINGS, now=desk.now)
    other = desk.token(ANA, UNLOCK)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    done = desk.redeems(ANA, RESET)
    account = desk.account(ANA)
    assert (account.failed_attempts, account.locked_until, account.username) == (0, None, "ana.r")
    assert all(one.ended_at is not None for one in found(desk.session, tables.PortalSession, mrn=ANA))
    with pytest.raises(StateForbids):
        desk.redeems(ANA, UNLOCK, token=other)
    assert [mail.to_address for mail in desk.mails("changed")] == ["ana@example.org"]
    assert done.notified == ("a…@….org", "postal address")  # the mail alone went where the link did
    assert "ana@example.org" not in done.notified
    assert desk.signs_in(ANA_PASSWORD).outcome == "refused"
    assert desk.signs_in(NEW_PASSWORD).outcome == "signed-in"


def test_a_reset_keeps_the_username(desk: Desk) -> None:
    reset_mailed(desk)
    with pytest.raises(StateForbids) as refused:
        desk.redeems(ANA, RESET, username="somebody")
    assert refused.value.code == "username-taken"
    assert desk.redeems(ANA, RESET, username="ANA.R").username == "ana.r"


def test_none_of_the_last_passwords_comes_back(desk: Desk) -> None:
    reset_mailed(desk)
    with pytest.raises(StateForbids) as refused:
        desk.redeems(ANA, RESET, password=ANA_PASSWORD)
    assert refused.value.code == "password-policy"


def test_an_unlock_link_needs_no_password_ends_the_lock_and_forgets_no_failure(desk: Desk) -> None:
    desk.guesses(5)
    desk.basic(ANA)
    unlocking.unlock(desk.session, desk.permit(Action.UNLOCK, ANA), settings=SETTINGS, now=desk.now)
    assert desk.account(ANA).locked_until is not None
    done = desk.redeems(ANA, UNLOCK, password=None)
    assert (done.kind, done.username) == ("unlock-link", None)
    assert (desk.account(ANA).locked_until, desk.account(ANA).failed_attempts) == (None, 5)
    assert desk.signs_in().outcome == "signed-in"


def test_a_password_is_asked_for_where_one_must_be_chosen(desk: Desk) -> None:
    reset_mailed(desk)
    with pytest.raises(WrongUsage):
        desk.redeems(ANA, RESET, password=None)
    assert desk.credential(ANA, RESET).tries == 0


def test_a_link_into_a_disabled_account_is_dead_and_says_no_more(desk: Desk) -> None:
    reset_mailed(desk)
    token = desk.token(ANA, RESET)
    desk.strong(ANA)
    securing.disable(desk.session, desk.permit(Action.DISABLE, ANA), now=desk.now)
    answers = []
    for one in (token, "A" * 43):
        with pytest.raises(DeskError) as dead:
            desk.redeems(ANA, RESET, token=one)
        answers.append((dead.value.code, dead.value.message, dead.value.hint))
    assert answers[0] == answers[1]


def test_five_wrong_tries_are_one_failed_check_of_the_patient(desk: Desk) -> None:
    invited(desk)
    for _ in range(5):
        with pytest.raises(CheckNeeded):
            desk.redeems(BEN, INVITATION, said={**FACTS[BEN], Method.POSTAL_CODE: "00000"})
    with pytest.raises(StateForbids):
        desk.redeems(BEN, INVITATION)
    failed = found(desk.session, tables.IdentityCheck, patient=BEN, outcome="failed")
    assert [(check.staff, check.wrong) for check in failed] == [(None, 5)]
    assert desk.account(BEN).status == "new"
