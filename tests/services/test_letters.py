"""Letters: who is written one, what it opens, and what it does not (design §3.1, §3.10, §4)."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from letter_writing import EVE, EVE_ROW, EVE_SAYS, knows_all, printed, redeems, writes
from phone_calls import BEN, CAL, DOT, NEW_PASSWORD, ROSA, SAM, SETTINGS, Desk, found
from stores import bring, facts

from portaldesk.errors import CheckNeeded, StateForbids, WrongUsage
from portaldesk.gate import checks
from portaldesk.gate.permits import facts_of
from portaldesk.rules import letter_codes
from portaldesk.services import (
    calls,
    credentials,
    diagnosis,
    invitations,
    portal_sign_ins,
    redeeming,
    securing,
    temporary_logins,
)
from portaldesk.store import tables
from portaldesk.words import Action, CheckOutcome, CredentialKind, Level, Method

LETTER, INVITATION = CredentialKind.LETTER, CredentialKind.INVITATION


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Of Eve only birth date and postal address are known; she has neither email nor phone."""
    bring(desk.session, [facts(EVE, **EVE_ROW)], now=desk.later(seconds=1) - timedelta(days=2), actor=ROSA)
    return desk


def wrong(desk: Desk, said: str) -> CheckNeeded:
    with pytest.raises(CheckNeeded) as refused:
        redeems(desk, said)
    return refused.value


def another(code: str) -> str:
    """A code of the same letter that is not its own."""
    return code[:-1] + ("A" if code[-1] != "A" else "C")


# who is written one


def test_where_only_two_facts_are_on_file_both_are_enough_for_a_letter_and_for_nothing_else(desk: Desk) -> None:
    seen = knows_all(desk)
    assert (seen.outcome, seen.level, seen.ask) == (CheckOutcome.PENDING, Level.NONE, ())
    assert seen.allows == (Action.INVITE_BY_LETTER,)
    assert "letter" in seen.say
    for action in (Action.RESEND_INVITE, Action.UNLOCK, Action.SECURE_ACCOUNT, Action.ISSUE_TEMP_LOGIN):
        with pytest.raises(CheckNeeded) as refused:
            desk.permit(action, EVE)
        assert refused.value.code == "check-too-weak"
    assert "--letter" in refused.value.hint
    done = writes(desk)
    assert (done.action, done.effect, done.account_status) == (Action.RESEND_INVITE, "link-sent", "invited")
    assert done.notified == ("postal address",)
    assert done.reference == desk.credential(EVE, LETTER).reference
    assert letter_codes.is_number(done.reference or "")


@pytest.mark.parametrize("said", [{"birth_date": "1961-09-09"}, {"postal_code": "66012"}])
def test_one_of_the_two_facts_is_not_enough(desk: Desk, said: dict[str, str]) -> None:
    assert desk.asks(EVE, **said).allows == ()
    with pytest.raises(CheckNeeded):
        desk.permit(Action.INVITE_BY_LETTER, EVE)


def test_what_needs_more_than_the_facts_on_file_names_the_letter_and_the_photo_id(desk: Desk) -> None:
    knows_all(desk)
    with pytest.raises(CheckNeeded) as refused:
        desk.permit(Action.SEND_RESET, EVE)
    assert (refused.value.code, refused.value.hint) == (
        "check-too-weak",
        f"No other fact is on file. A letter can be sent: portaldesk resend-invite {EVE} --letter; or, with photo "
        f'ID seen in person: portaldesk verify-identity {EVE} --photo-id "driver licence"',
    )


def test_where_a_third_fact_is_on_file_it_is_asked_for_a_letter_too(desk: Desk) -> None:
    seen = desk.asks(CAL, birth_date="1988-03-02", postal_code="66012")
    assert (seen.allows, seen.ask) == ((), (Method.PHONE,))
    with pytest.raises(CheckNeeded):
        desk.permit(Action.INVITE_BY_LETTER, CAL)
    assert Action.INVITE_BY_LETTER in desk.asks(CAL, phone="5553401199").allows
    assert writes(desk, CAL).effect == "link-sent"


def test_a_retried_fact_is_no_abandoned_check_once_all_there_is_matched(desk: Desk) -> None:
    assert desk.asks(EVE, birth_date="1961-09-10", postal_code="66012").allows == ()
    knows_all(desk)
    writes(desk)
    (check,) = found(desk.session, tables.IdentityCheck, patient=EVE)
    assert checks.closed(facts_of(check)).outcome is CheckOutcome.PENDING
    calls.end_call(desk.session, SAM, note="", now=desk.later(seconds=5))
    assert found(desk.session, tables.IdentityCheck, patient=EVE)[0].failed_at is None


def test_two_wrong_facts_fail_the_check_and_no_letter_is_written(desk: Desk) -> None:
    seen = desk.asks(EVE, birth_date="1961-09-10", postal_code="66013")
    assert (seen.outcome, seen.allows) == (CheckOutcome.FAILED, ())
    with pytest.raises(CheckNeeded):
        desk.permit(Action.INVITE_BY_LETTER, EVE)


def test_on_hold_no_letter_is_written(desk: Desk) -> None:
    for _ in range(3):
        desk.asks(EVE, birth_date="1961-09-10", postal_code="66013")
    assert knows_all(desk).outcome is CheckOutcome.HELD
    with pytest.raises(CheckNeeded) as refused:
        desk.permit(Action.INVITE_BY_LETTER, EVE)
    assert refused.value.code == "on-hold"


@pytest.mark.parametrize("gone", [{"address": ""}, {"city": ""}, {"address": "no fixed address"}, {"address": "N/A"}])
def test_without_a_complete_address_no_letter_is_written(desk: Desk, gone: dict[str, str]) -> None:
    bring(desk.session, [facts("MRN-6", **(EVE_ROW | gone))], now=desk.now, actor=ROSA)
    desk.asks("MRN-6", **EVE_SAYS)
    with pytest.raises(StateForbids) as refused:
        writes(desk, "MRN-6")
    assert refused.value.code == "no-postal-address"
    assert "issue-temp-login" in refused.value.hint


@pytest.mark.parametrize("moved", [{"address": "9 Thief Street"}, {"city": "Elsewhere"}])
def test_an_address_that_an_import_changed_gets_no_letter_for_24_hours_but_with_photo_id(
    desk: Desk, moved: dict[str, str]
) -> None:
    bring(desk.session, [facts(EVE, **(EVE_ROW | moved))], now=desk.now, actor=ROSA)
    knows_all(desk)
    with pytest.raises(StateForbids) as refused:
        writes(desk)
    assert refused.value.code == "contact-unconfirmed"
    assert "9 Thief" not in refused.value.message + refused.value.hint
    desk.asks(EVE, photo_id="passport")
    assert writes(desk).effect == "link-sent"


def test_the_letter_of_a_patient_whose_address_changed_a_day_ago_is_written(desk: Desk) -> None:
    bring(desk.session, [facts(EVE, **(EVE_ROW | {"address": "9 New Street"}))], now=desk.now, actor=ROSA)
    desk.later(hours=24)
    knows_all(desk)
    assert writes(desk).effect == "link-sent"


def test_the_same_letter_within_two_minutes_is_already_so_and_a_mail_is_not(desk: Desk) -> None:
    desk.basic(BEN)
    first = writes(desk, BEN)
    again = writes(desk, BEN)
    assert (again.already, again.reference) == (True, first.reference)
    mailed = invitations.resend(desk.session, desk.permit(Action.RESEND_INVITE, BEN), settings=SETTINGS, now=desk.now)
    assert not mailed.already


def test_three_letters_a_day_are_the_most_a_patient_is_written(desk: Desk) -> None:
    for _ in range(3):
        knows_all(desk)
        writes(desk)
        calls.end_call(desk.session, SAM, note="", now=desk.later(minutes=3))
    knows_all(desk)
    with pytest.raises(StateForbids) as refused:
        writes(desk)
    assert refused.value.code == "too-many"


def test_an_active_account_gets_no_letter_but_the_right_command(desk: Desk) -> None:
    desk.basic("MRN-1")
    with pytest.raises(StateForbids) as refused:
        writes(desk, "MRN-1")
    assert (refused.value.code, "send-reset" in refused.value.hint) == ("already-active", True)


@pytest.mark.parametrize(("code", "days"), [("66012", 21), ("66012-1234", 21), ("SW1A 1AA", 30)])
def test_a_letter_lives_21_days_and_30_abroad(desk: Desk, code: str, days: int) -> None:
    bring(desk.session, [facts("MRN-6", **(EVE_ROW | {"postal_code": code}))], now=desk.now, actor=ROSA)
    desk.asks("MRN-6", birth_date="1961-09-09", postal_code=code)
    assert writes(desk, "MRN-6").expires_at == desk.now + timedelta(days=days)


def test_the_diagnosis_says_that_a_letter_can_be_sent_where_there_is_no_email(desk: Desk) -> None:
    def no_email(mrn: str) -> diagnosis.Cause:
        seen = diagnosis.diagnose(desk.session, SAM, mrn, said_username=None, settings=SETTINGS, now=desk.now)
        return next(cause for cause in seen.causes if cause.cause == "no-email")

    assert f"a letter can be sent: portaldesk resend-invite {EVE} --letter" in no_email(EVE).next
    bring(desk.session, [facts("MRN-6", **(EVE_ROW | {"address": ""}))], now=desk.now, actor=ROSA)
    assert "--letter" not in no_email("MRN-6").next


# what it opens


def test_a_letter_opens_the_account_once_with_the_facts_and_tells_by_letter(desk: Desk) -> None:
    knows_all(desk)
    writes(desk)
    code = printed(desk)
    done = redeems(desk, code.lower().replace("-", " "))
    assert (done.kind, done.account_status, done.notified) == ("letter", "active", ("postal address",))
    assert [one.to_address for one in desk.mails("notice-letter")] == ["5 Fir Street\nPratt 66012"]
    assert desk.signs_in(NEW_PASSWORD, done.username or "").outcome == "signed-in"
    with pytest.raises(StateForbids) as dead:
        redeems(desk, code)
    assert dead.value.code == "link-dead"


def test_without_the_facts_a_letter_is_inert_and_asking_costs_nothing(desk: Desk) -> None:
    knows_all(desk)
    writes(desk)
    code = printed(desk)
    for said in ({}, {Method.POSTAL_CODE: "66012"}, {Method.BIRTH_DATE: "1961-09-09"}):
        with pytest.raises(WrongUsage):
            redeems(desk, code, said)
    assert desk.credential(EVE, LETTER).tries == 0
    with pytest.raises(CheckNeeded) as refused:
        redeems(desk, code, {Method.BIRTH_DATE: "1961-09-10", Method.POSTAL_CODE: "66012"})
    assert (refused.value.code, "new letter" in refused.value.hint) == ("wrong-fact", True)
    assert redeems(desk, code).effect == "done"


def test_wrong_codes_are_counted_on_the_letter_and_five_kill_it_as_one_failed_check(desk: Desk) -> None:
    knows_all(desk)
    writes(desk)
    code = printed(desk)
    for tries in range(1, 6):
        assert wrong(desk, another(code)).counted
        assert desk.credential(EVE, LETTER).tries == tries
    failed = [one for one in found(desk.session, tables.IdentityCheck, patient=EVE) if one.failed_at is not None]
    assert [one.session for one in failed] == ["portal"]
    with pytest.raises(StateForbids) as dead:
        redeems(desk, code)
    assert dead.value.code == "link-dead"
    assert desk.account(EVE).password_hash is None


def test_an_unknown_number_a_wrong_code_and_a_dead_letter_are_answered_alike_after_the_same_work(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    import bcrypt

    from portaldesk.rules import hashing

    monkeypatch.setitem(hashing.code_hashed.__kwdefaults__, "cost", hashing.CODE_COST)  # as a program of its own does
    knows_all(desk)
    writes(desk)
    code = printed(desk)
    asked: list[int] = []
    real = bcrypt.checkpw

    def checkpw(password: bytes, hashed: bytes) -> bool:
        asked.append(int(hashed.split(b"$")[2]))
        return bool(real(password, hashed))

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    answers, work = [], []
    for said in (another(code), letter_codes.shown("L99999" if "L99999" not in code else "L99998", "ACDEFHJKLMPR")):
        asked.clear()
        answers.append(wrong(desk, said))
        work.append(tuple(asked))
    for _ in range(4):
        wrong(desk, another(code))
    asked.clear()
    answers.append(wrong(desk, another(code)))  # it is dead now, and is counted no more
    work.append(tuple(asked))
    assert {(one.code, one.message, one.hint, one.counted) for one in answers} == {
        (answers[0].code, answers[0].message, answers[0].hint, True)
    }
    assert work == [(10,)] * 3
    assert desk.credential(EVE, LETTER).tries == 5


def test_a_newer_invitation_of_either_kind_ends_the_older_and_is_named(desk: Desk) -> None:
    desk.basic(BEN)
    first = writes(desk, BEN)
    old = printed(desk, BEN)
    mailed = invitations.resend(desk.session, desk.permit(Action.RESEND_INVITE, BEN), settings=SETTINGS, now=desk.now)
    with pytest.raises(StateForbids) as refused:
        redeems(desk, old, {Method.BIRTH_DATE: "1947-01-14", Method.POSTAL_CODE: "66533"})
    assert refused.value.code == "link-superseded"
    assert mailed.reference is not None
    assert mailed.reference in refused.value.hint
    token = desk.token(BEN, INVITATION)
    desk.later(minutes=3)
    second = writes(desk, BEN)
    with pytest.raises(StateForbids) as refused:
        redeems(desk, token)
    assert f"letter with reference {second.reference}" in refused.value.hint
    assert first.reference != second.reference


def test_a_letter_dies_where_the_patient_moves_and_lives_where_an_import_brings_an_email(desk: Desk) -> None:
    knows_all(desk)
    writes(desk)
    code = printed(desk)
    bring(desk.session, [facts(EVE, **(EVE_ROW | {"email": "eve@example.org"}))], now=desk.now, actor=ROSA)
    assert desk.credential(EVE, LETTER).revoked_at is None
    bring(
        desk.session, [facts(EVE, **(EVE_ROW | {"email": "eve@example.org", "address": "8 Oak Street"}))], now=desk.now,
        actor=ROSA,
    )  # fmt: skip
    with pytest.raises(StateForbids) as dead:
        redeems(desk, code)
    assert dead.value.code == "link-dead"


def test_a_letter_ends_with_its_life(desk: Desk) -> None:
    knows_all(desk)
    writes(desk)
    code = printed(desk)
    desk.now = desk.credential(EVE, LETTER).expires_at
    with pytest.raises(StateForbids) as dead:
        redeems(desk, code)
    assert dead.value.code == "link-dead"


def test_no_answer_is_judged_where_a_wrong_code_is_not_counted(desk: Desk) -> None:
    knows_all(desk)
    writes(desk)
    code = another(printed(desk))
    assert redeeming.chooses_password(desk.session, code, now=desk.now)
    assert redeeming.compared(desk.session, code, NEW_PASSWORD, settings=SETTINGS, now=desk.now) == {}


# notices, and who comes to the desk instead


def test_a_change_at_the_desk_is_told_by_letter_where_no_mail_can_tell_it(desk: Desk) -> None:
    desk.strong(CAL)
    securing.disable(desk.session, desk.permit(Action.DISABLE, CAL), now=desk.now)
    assert [one.to_address for one in desk.mails("notice-letter")] == ["1 Elm Street\nPratt 66012"]
    desk.strong(BEN)
    securing.disable(desk.session, desk.permit(Action.DISABLE, BEN), now=desk.now)
    assert len(desk.mails("notice-letter")) == 1
    desk.strong(DOT)  # no postal address
    securing.disable(desk.session, desk.permit(Action.DISABLE, DOT), now=desk.now)
    assert len(desk.mails("notice-letter")) == 1


def test_photo_id_at_the_desk_opens_an_account_that_was_never_activated_and_has_no_address(desk: Desk) -> None:
    bring(desk.session, [facts("MRN-6", **(EVE_ROW | {"address": "", "city": "", "postal_code": ""}))], now=desk.now)
    desk.asks("MRN-6", birth_date="1961-09-09", photo_id="passport")
    permit = desk.permit(Action.ISSUE_TEMP_LOGIN, "MRN-6")
    made = temporary_logins.issue(desk.session, permit, settings=SETTINGS, rng=random.Random(5), now=desk.now)
    assert made.username
    assert desk.signs_in(made.temporary_password, made.username).outcome == "must-change-password"
    done = portal_sign_ins.change_password(
        desk.session, made.username, made.temporary_password, NEW_PASSWORD, birth_date=date(1961, 9, 9),
        settings=SETTINGS, now=desk.later(minutes=2),
    )  # fmt: skip
    assert done.account_status == "active"
    assert desk.signs_in(NEW_PASSWORD, made.username).outcome == "signed-in"


def test_a_letter_that_was_out_is_dead_once_a_temporary_login_is_given(desk: Desk) -> None:
    knows_all(desk)
    writes(desk)
    code = printed(desk)
    desk.asks(EVE, photo_id="passport")
    permit = desk.permit(Action.ISSUE_TEMP_LOGIN, EVE)
    temporary_logins.issue(desk.session, permit, settings=SETTINGS, rng=random.Random(5), now=desk.now)
    with pytest.raises(StateForbids):
        redeems(desk, code)
    assert credentials.open_ones(desk.session, EVE, [LETTER]) == []
