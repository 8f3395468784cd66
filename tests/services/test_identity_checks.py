"""Who is calling: what counts, what a wrong answer costs, and that nobody is told what is on file (design §3.1-3.3)."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from phone_calls import ANA, BEN, CAL, DOT, SAM, SAYS, SETTINGS, TEXTING, Desk, found, told

from portaldesk.errors import CheckNeeded, DeskError, StateForbids, WrongUsage
from portaldesk.gate.actions import ACTIONS, desk_actions
from portaldesk.gate.requests import NOT_BY
from portaldesk.services import calls, contacts, identity_checks, patients
from portaldesk.store import record, tables
from portaldesk.words import Action, CheckOutcome, ContactKind, CredentialKind, Level, Method, MethodOutcome


def test_three_facts_with_the_birth_date_are_basic_and_allow_what_mails_the_address_on_file(desk: Desk) -> None:
    seen = desk.basic(ANA)
    assert {m.method: m.outcome for m in seen.methods} == dict.fromkeys(
        (Method.BIRTH_DATE, Method.POSTAL_CODE, Method.PHONE), MethodOutcome.MATCH
    )
    assert seen.ask == ()
    assert set(seen.allows) == {action for action in desk_actions() if ACTIONS[action].level is Level.BASIC}
    assert Action.ISSUE_TEMP_LOGIN not in seen.allows


def test_three_facts_without_the_birth_date_are_not_enough_and_it_is_asked_next(desk: Desk) -> None:
    seen = desk.asks(ANA, postal_code="67124", phone="5559078526", email="ana@example.org")
    assert (seen.outcome, seen.level, seen.allows) == (CheckOutcome.PENDING, Level.NONE, ())
    assert seen.ask == (Method.BIRTH_DATE,)
    assert "date of birth" in seen.say


@pytest.mark.parametrize(
    "said",
    [
        {"birth_date": "7/15/1952", "postal_code": "67124-1122", "phone": "555.907.8526"},
        {"birth_date": "15 July 1952", "postal_code": " 67124 ", "phone": "+1 (555) 907 8526"},
        {"birth_date": "July 15, 1952", "postal_code": "67124", "email": "ANA@Example.ORG"},
        {"birth_date": "1952-07-15", "last_visit": "January 9, 2026", "phone": "5559078526"},
    ],
)
def test_answers_count_however_they_are_written(desk: Desk, said: dict[str, Any]) -> None:
    assert desk.asks(ANA, **said).level is Level.BASIC


def test_one_wrong_answer_may_be_put_right_and_the_sentence_never_says_which_it_was(desk: Desk) -> None:
    right = desk.asks(BEN, birth_date="1947-01-14", postal_code="66533")
    slip = desk.asks(ANA, birth_date="1952-07-15", postal_code="67125")
    assert (slip.outcome, slip.wrong_left) == (CheckOutcome.PENDING, 0)
    assert right.wrong_left == 1
    assert slip.say.startswith("Thank you. Could you tell me")
    assert "67124" not in repr(slip)
    mended = desk.asks(ANA, postal_code="67124", phone="5559078526")
    assert (mended.check_id, mended.outcome) == (slip.check_id, CheckOutcome.PASSED)


def test_a_second_wrong_answer_fails_the_check_for_good(desk: Desk) -> None:
    first = desk.asks(ANA, postal_code="67125")
    failed = desk.asks(ANA, phone="5550000000")
    assert (failed.check_id, failed.outcome, failed.allows) == (first.check_id, CheckOutcome.FAILED, ())
    assert (failed.ask, failed.wrong_left) == ((), 0)
    assert "photo ID" in failed.say
    with pytest.raises(CheckNeeded) as refused:
        desk.permit(Action.SEND_RESET, ANA)
    assert refused.value.code == "check-failed"
    again = desk.basic(ANA)
    assert again.check_id != first.check_id


def test_two_wrong_answers_in_one_command_fail_it_at_once(desk: Desk) -> None:
    assert desk.asks(ANA, birth_date="1952-07-16", postal_code="67125").outcome is CheckOutcome.FAILED


def test_what_is_not_on_file_is_neither_wrong_nor_a_match(desk: Desk) -> None:
    seen = desk.asks(CAL, birth_date="1988-03-02", email="cal@example.org", last_visit="2026-01-09")
    outcomes = {m.method: m.outcome for m in seen.methods}
    assert outcomes[Method.EMAIL] is outcomes[Method.LAST_VISIT] is MethodOutcome.NOT_ON_FILE
    assert (seen.outcome, seen.wrong_left) == (CheckOutcome.PENDING, 1)


def test_only_facts_on_file_are_asked_for_and_the_birth_date_first(desk: Desk) -> None:
    asked, _ = identity_checks.next_facts(desk.session, SAM, DOT, settings=SETTINGS, now=desk.now)
    assert asked == (Method.BIRTH_DATE, Method.EMAIL)
    ask = desk.asks(CAL, postal_code="66012").ask
    assert ask[0] is Method.BIRTH_DATE
    assert set(ask) == {Method.BIRTH_DATE, Method.PHONE}


def test_photo_id_with_the_birth_date_is_strong_and_marked_as_the_clerks_word(desk: Desk) -> None:
    pending = desk.asks(ANA, photo_id="driver licence")
    assert (pending.level, pending.ask[0]) == (Level.NONE, Method.BIRTH_DATE)
    seen = desk.asks(ANA, birth_date="1952-07-15")
    assert (seen.level, set(seen.allows)) == (Level.STRONG, set(desk_actions()))
    assert {m.method: m.outcome for m in seen.methods}[Method.PHOTO_ID] is MethodOutcome.ATTESTED
    assert '"attested": ["photo-id"]' in desk.event(seen.audit_seq).details


def test_a_code_sent_to_the_email_on_file_makes_a_basic_check_strong(desk: Desk) -> None:
    basic = desk.basic(ANA)
    sent = desk.asks(ANA, send_code="email")
    assert sent.check_id == basic.check_id
    assert sent.words is not None
    assert "eight digits" in sent.say
    (mail,) = desk.mails("check-code")
    assert mail.to_address == "ana@example.org"
    code = desk.code(ANA)
    strong = desk.asks(ANA, code=f"{code[:4]} {code[4:]}")
    assert strong.level is Level.STRONG
    assert {Action.UPDATE_CONTACT, Action.ENABLE}.isdisjoint(strong.allows)
    assert Action.ISSUE_TEMP_LOGIN in strong.allows


def test_a_wrong_code_is_a_try_of_the_code_and_no_wrong_answer(desk: Desk) -> None:
    desk.basic(ANA)
    desk.asks(ANA, send_code="email")
    right = desk.code(ANA)
    seen = desk.asks(ANA, code="0000 0000" if right != "00000000" else "1111 1111")
    assert (seen.outcome, seen.level, seen.wrong_left) == (CheckOutcome.PASSED, Level.BASIC, 1)
    assert desk.credential(ANA, CredentialKind.CODE).tries == 1
    assert desk.asks(ANA, code=right).level is Level.STRONG


def test_a_code_lives_ten_minutes_and_a_newer_one_takes_its_place(desk: Desk) -> None:
    desk.basic(ANA)
    desk.asks(ANA, send_code="email")
    old = desk.code(ANA)
    desk.asks(ANA, send_code="email")
    assert desk.asks(ANA, code=old).level is Level.BASIC
    fresh = desk.code(ANA)
    desk.later(minutes=10)
    with pytest.raises(CheckNeeded) as over:
        desk.asks(ANA, code=fresh)
    assert (over.value.code, over.value.counted) == ("wrong-code", True)


@pytest.mark.parametrize("said", [{"send_code": "email"}, {"callback": True}])
def test_code_and_call_back_come_after_basic(desk: Desk, said: dict[str, Any]) -> None:
    desk.asks(ANA, birth_date="1952-07-15")
    with pytest.raises(CheckNeeded) as refused:
        desk.asks(ANA, **said)
    assert (refused.value.code, refused.value.counted) == ("check-too-weak", True)
    assert not desk.mails("check-code")


def test_an_answer_given_with_a_refused_code_is_judged_and_kept(desk: Desk) -> None:
    with pytest.raises(CheckNeeded):
        desk.asks(ANA, postal_code="67125", send_code="email")
    assert desk.asks(ANA, phone="5550000000").outcome is CheckOutcome.FAILED


def test_a_call_back_goes_to_the_number_that_the_caller_gave_and_that_matched(desk: Desk) -> None:
    desk.asks(ANA, birth_date="1952-07-15", postal_code="67124", email="ana@example.org")
    with pytest.raises(CheckNeeded) as refused:
        desk.asks(ANA, callback=True)
    assert "--phone" in refused.value.hint
    assert desk.asks(ANA, phone="5559078526", callback=True).level is Level.STRONG


def test_no_number_that_looked_the_patient_up_is_called_back(desk: Desk) -> None:
    desk.asks(ANA, by=Method.PHONE, birth_date="1952-07-15", postal_code="67124", email="ana@example.org")
    with pytest.raises(CheckNeeded):
        desk.asks(ANA, phone="5559078526", callback=True)


def test_without_a_gateway_a_code_to_the_phone_is_refused_and_the_call_back_offered(desk: Desk) -> None:
    desk.basic(ANA)
    with pytest.raises(StateForbids) as refused:
        desk.asks(ANA, send_code="phone")
    assert refused.value.code == "no-transport"
    assert "--callback" in refused.value.hint


def test_a_texted_code_makes_the_check_strong_and_is_possession_of_the_phone_alone(desk: Desk) -> None:
    desk.basic(ANA)
    sent = desk.asks(ANA, send_code="phone", settings=TEXTING)
    assert "phone number on file" in sent.say
    (text,) = desk.mails("check-code-text", to="+15559078526")
    assert not desk.mails("check-code")
    assert text.credential_id == desk.credential(ANA, CredentialKind.CODE).id
    seen = desk.asks(ANA, code=desk.code(ANA))
    assert (seen.level, seen.methods[-1].method, seen.methods[-1].outcome) == (Level.STRONG, "code-phone", "match")
    assert sent.words is not None
    desk.permit(Action.ENABLE, ANA)
    desk.permit(Action.UPDATE_CONTACT, ANA, not_by=NOT_BY[ContactKind.EMAIL])
    with pytest.raises(CheckNeeded) as refused:  # never by the channel that changes
        desk.permit(Action.UPDATE_CONTACT, ANA, not_by=NOT_BY[ContactKind.PHONE])
    assert refused.value.code == "check-too-weak"
    permit = desk.permit(Action.UPDATE_CONTACT, ANA)  # by a front door that forgot to ask
    with pytest.raises(CheckNeeded, match="channel that is to change"):
        contacts.ask(desk.session, permit, ContactKind.PHONE, "+15550002222", settings=TEXTING, now=desk.now)
    assert "9078526" not in told(desk.session)


def test_the_newest_code_alone_counts_and_as_what_it_was_sent_by(desk: Desk) -> None:
    desk.basic(ANA)
    desk.asks(ANA, send_code="phone", settings=TEXTING)
    texted = desk.code(ANA)
    desk.asks(ANA, send_code="email", settings=TEXTING)
    assert desk.asks(ANA, code=texted).level is Level.BASIC
    seen = desk.asks(ANA, code=desk.code(ANA))
    assert {m.method: m.outcome for m in seen.methods}["code-email"] == "match"
    with pytest.raises(CheckNeeded):
        desk.permit(Action.ENABLE, ANA)


def test_no_code_is_texted_to_a_phone_that_is_not_sure_or_got_too_many(desk: Desk) -> None:
    desk.basic(ANA)
    for _ in range(3):
        desk.asks(ANA, send_code="phone", settings=TEXTING)
    with pytest.raises(StateForbids, match="This number already got 3 texts"):
        desk.asks(ANA, send_code="phone", settings=TEXTING)
    point = found(desk.session, tables.ContactPoint, mrn=ANA, kind="phone")[0]
    for values in ({"bounced_at": desk.now}, {"bounced_at": None, "do_not_use": True}):
        closed = record.changed(point, **values)
        record.append(desk.session, record.Entry("test", "done"), [closed], now=desk.later(hours=2))
        desk.asks(ANA, birth_date="1952-07-15", postal_code="67124", email="ana@example.org")
        with pytest.raises(StateForbids) as refused:
            desk.asks(ANA, send_code="phone", settings=TEXTING)
        assert refused.value.code == "contact-unconfirmed"
    desk.asks(DOT, birth_date="1990-05-05", photo_id="passport")
    with pytest.raises(StateForbids) as refused:
        desk.asks(DOT, send_code="phone", settings=TEXTING)
    assert refused.value.code == "no-phone"


def test_no_email_on_file_means_no_code_and_the_ways_out_are_named(desk: Desk) -> None:
    desk.basic(CAL)
    with pytest.raises(StateForbids) as refused:
        desk.asks(CAL, send_code="email")
    assert refused.value.code == "no-email"
    assert "--callback" in refused.value.hint
    assert "--photo-id" in refused.value.hint


def test_a_code_to_an_address_that_changed_yesterday_proves_nothing(desk: Desk) -> None:
    desk.moves(ANA, "ana@example.net")
    calls.end_call(desk.session, SAM, note="", now=desk.later(hours=23))
    desk.basic(ANA)
    with pytest.raises(StateForbids) as refused:
        desk.asks(ANA, send_code="email")
    assert refused.value.code == "contact-unconfirmed"
    desk.later(hours=2)
    desk.basic(ANA)
    assert desk.asks(ANA, send_code="email").words is not None


def test_a_check_goes_on_in_the_same_call_and_begins_anew_in_the_next(desk: Desk) -> None:
    first = desk.asks(ANA, birth_date="1952-07-15")
    assert desk.asks(ANA, postal_code="67124").check_id == first.check_id
    calls.end_call(desk.session, SAM, note="", now=desk.later(seconds=5))
    second = desk.asks(ANA, phone="5559078526")
    assert second.check_id != first.check_id
    assert second.level is Level.NONE
    desk.later(minutes=15)
    assert desk.asks(ANA, phone="5559078526").check_id not in (first.check_id, second.check_id)


def test_a_check_of_the_next_patient_ends_the_last_ones(desk: Desk) -> None:
    desk.basic(ANA)
    desk.basic(BEN)
    with pytest.raises(CheckNeeded) as refused:
        desk.permit(Action.SEND_RESET, ANA)
    assert refused.value.code == "check-required"
    assert desk.permit(Action.RESEND_INVITE, BEN).mrn == BEN


@pytest.mark.parametrize(
    "said",
    [
        {"birth_date": "the ides of March"}, {"birth_date": "2091-01-01"}, {"phone": "call me"},
        {"email": "not an email"}, {"send_code": "pigeon"}, {"photo_id": " "}, {"code": "12"},
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_is_wrong_usage_and_no_try(desk: Desk, said: dict[str, Any]) -> None:
    before = record.head(desk.session)
    with pytest.raises(WrongUsage) as refused:
        desk.asks(ANA, **said)
    typed = next(iter(said.values())).strip()
    assert not typed or typed not in refused.value.message + refused.value.hint
    assert record.head(desk.session) == before


def test_the_store_keeps_methods_and_outcomes_and_never_what_was_said(desk: Desk) -> None:
    desk.asks(ANA, birth_date="1952-07-15", postal_code="99999")
    desk.asks(ANA, phone="(555) 907-8526", email="ana@example.org")
    desk.asks(ANA, send_code="email")
    code = desk.code(ANA)
    desk.asks(ANA, code=code)
    kept = told(desk.session)
    for said in ("1952-07-15", "datetime.date(1952", "67124", "99999", "9078526", "907-8526", "ana@example.org", code):
        assert said not in kept


def test_every_attempt_is_an_event_with_its_methods_and_the_reason_of_the_call(desk: Desk) -> None:
    seen = desk.fails(ANA)
    event = desk.event(seen.audit_seq)
    assert (event.action, event.outcome, event.staff, event.patient) == ("verify-identity", "failed", "sam", ANA)
    assert (event.check_id, event.reason) == (seen.check_id, "cannot get in")
    assert '"birth-date: no-match"' in event.details


def test_facts_are_drawn_in_another_order_for_another_call(desk: Desk) -> None:
    for seed in range(12):
        answers = identity_checks.read_answers(birth_date="1952-07-15", locale="en_US", today=desk.now.date())
        identity_checks.verify(
            desk.session, SAM, patients.Named(ANA, None), answers, reason="", settings=SETTINGS,
            rng=random.Random(seed), now=desk.later(seconds=5),
        )  # fmt: skip
        calls.end_call(desk.session, SAM, note="", now=desk.later(seconds=5))
    orders = {check.ask_order for check in found(desk.session, tables.IdentityCheck, patient=ANA)}
    assert len(orders) > 3


def test_a_held_patient_is_judged_all_the_same_and_photo_id_helps_at_once(desk: Desk) -> None:
    for _ in range(3):
        desk.fails(ANA)
    held = desk.asks(ANA, **SAYS[ANA])
    assert (held.outcome, held.level, held.allows) == (CheckOutcome.HELD, Level.BASIC, (Action.SECURE_ACCOUNT,))
    assert held.on_hold_until is not None
    with pytest.raises(CheckNeeded) as refused:
        desk.permit(Action.SEND_RESET, ANA)
    assert refused.value.code == "on-hold"
    assert desk.permit(Action.SECURE_ACCOUNT, ANA).action is Action.SECURE_ACCOUNT
    assert desk.asks(ANA, photo_id="passport").outcome is CheckOutcome.PASSED


def test_the_own_record_is_refused_before_anything_is_written(desk: Desk) -> None:
    before = record.head(desk.session)
    with pytest.raises(DeskError) as refused:
        desk.asks(ANA, actor=replace(SAM, own=frozenset({ANA})), birth_date="1952-07-15")
    assert (refused.value.exit_code, refused.value.code) == (3, "own-record")
    assert record.head(desk.session) == before
