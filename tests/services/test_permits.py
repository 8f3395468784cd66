"""Permits: only the gate makes one, for one action on one account on one ground, and it is spent with its event."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from phone_calls import ANA, BEN, ROSA, SAM, Desk, found
from sqlmodel import select

from portaldesk.errors import CheckNeeded, NotAllowed, RecordAltered, StateForbids
from portaldesk.gate import permits
from portaldesk.gate.actions import ACTIONS
from portaldesk.gate.actors import Actor
from portaldesk.gate.permits import Permit
from portaldesk.services import calls, clinic
from portaldesk.store import record, tables
from portaldesk.words import Action, Ground, Level, Method, Outcome, Role
from raw_stores import guards_down, rows

INSTANT = timedelta(microseconds=1)
COLE = Actor("cole", Role.FRONT_DESK, "S-cole")


def refused(desk: Desk, action: Action = Action.SEND_RESET, mrn: str = ANA, **more: Any) -> CheckNeeded:
    with pytest.raises(CheckNeeded) as seen:
        desk.permit(action, mrn, **more)
    return seen.value


def spend(desk: Desk, permit: Permit, **more: Any) -> tables.AuditEvent:
    return desk.event(permits.spend(desk.session, permit, now=desk.now, outcome=Outcome.DONE, **more))


def test_nobody_but_the_gate_makes_a_permit() -> None:
    for made_by in (None, object(), "the gate", True):
        with pytest.raises(TypeError, match="only the gate"):
            Permit(Action.ENABLE, ANA, Ground.CHECK, "c", Level.STRONG, SAM, None, 1, False, made_by)


def test_a_permit_says_on_which_check_it_rests_and_what_that_check_reached(desk: Desk) -> None:
    seen = desk.basic(ANA)
    permit = desk.permit(Action.SEND_RESET, ANA)
    assert (permit.action, permit.mrn, permit.actor, permit.staff) == (Action.SEND_RESET, ANA, SAM, "sam")
    assert (permit.ground, permit.ground_id, permit.level) == (Ground.CHECK, seen.check_id, Level.BASIC)
    assert permit.check is not None
    assert permit.check.id == seen.check_id
    assert (permit.uses_left, permit.recent, permit.photo_id) == (3, False, False)
    desk.asks(ANA, photo_id="passport")
    strong = desk.permit(Action.DISABLE, ANA)
    assert (strong.level, strong.photo_id, strong.uses_left) == (Level.STRONG, True, 1)


def test_without_a_check_of_this_patient_in_this_call_there_is_no_permit(desk: Desk) -> None:
    assert refused(desk).code == "check-required"
    seen = desk.basic(ANA)
    assert refused(desk, mrn=BEN).code == "check-required"
    assert refused(desk, actor=COLE).code == "check-required"
    assert refused(desk, actor=Actor("sam", Role.FRONT_DESK, "S-other")).code == "check-required"
    assert refused(desk, check_id="no such").code == "check-required"
    assert refused(desk, mrn=BEN, check_id=seen.check_id).code == "check-required"
    assert desk.permit(Action.SEND_RESET, ANA, check_id=seen.check_id).ground_id == seen.check_id


def test_without_a_check_the_desk_is_told_how_to_make_one_whoever_the_patient_is(desk: Desk) -> None:
    for mrn in (ANA, "MRN-404"):
        told = refused(desk, mrn=mrn)
        assert told.code == "check-required"
        assert told.hint == (
            f"Ask the caller, then: portaldesk verify-identity {mrn} --birth-date - --postal-code - --phone -"
        )


def test_a_hold_stops_a_check_that_had_passed_before_it(desk: Desk) -> None:
    desk.basic(ANA)
    for _ in range(3):
        desk.fails(BEN, actor=COLE)
    assert desk.permit(Action.SEND_RESET, ANA).level is Level.BASIC
    for _ in range(3):
        desk.fails(ANA, actor=COLE)
    assert refused(desk).code == "on-hold"


def test_a_patient_put_back_to_an_older_state_gives_no_permit(desk: Desk, tmp_path: Path) -> None:
    home = tmp_path / "clinic"
    (old,) = rows(home, "SELECT city, changed_seq, seal FROM patient WHERE mrn = ?", ANA)
    changed = record.changed(desk.session.get_one(tables.Patient, ANA), city="Derby")
    record.append(desk.session, ROSA.entry("import patients", "done", patient=ANA), [changed], now=desk.now)
    desk.basic(ANA)
    desk.session.commit()
    desk.session.expunge_all()  # the next command reads it anew
    with guards_down(home, put_back=True) as connection:
        connection.execute("UPDATE patient SET city = ?, changed_seq = ?, seal = ? WHERE mrn = ?", (*old, ANA))
    with pytest.raises(RecordAltered):
        desk.permit(Action.SEND_RESET, ANA)


def test_a_newer_check_of_another_call_does_not_hide_this_calls(desk: Desk) -> None:
    mine = desk.basic(ANA)
    for other in (COLE, Actor("sam", Role.FRONT_DESK, "S-other")):
        desk.basic(ANA, actor=other)
    assert desk.permit(Action.SEND_RESET, ANA).ground_id == mine.check_id


def test_the_newest_check_of_the_call_is_the_one_that_counts_unless_one_is_named(desk: Desk) -> None:
    first = desk.fails(ANA)
    second = desk.basic(ANA)
    assert desk.permit(Action.SEND_RESET, ANA).ground_id == second.check_id
    assert refused(desk, check_id=first.check_id).code == "check-failed"


def test_a_permit_dies_with_its_check(desk: Desk) -> None:
    desk.basic(ANA)
    over = desk.now + timedelta(minutes=15)
    desk.now = over - INSTANT
    assert desk.permit(Action.SEND_RESET, ANA).uses_left == 3
    desk.now = over
    assert refused(desk).code == "check-expired"
    desk.basic(ANA)
    calls.end_call(desk.session, SAM, note="", now=desk.later(seconds=5))
    assert refused(desk).code == "check-required"


def test_a_refusal_names_the_way_to_a_stronger_check_that_would_count(desk: Desk) -> None:
    desk.asks(ANA, birth_date="1952-07-15")
    nothing = refused(desk)
    assert (nothing.code, nothing.hint) == ("check-too-weak", f"Ask the next fact: portaldesk verify-identity {ANA}")
    desk.basic(ANA)
    for action, code, callback in (
        (Action.DISABLE, True, True), (Action.ENABLE, False, True), (Action.UPDATE_CONTACT, False, False),
    ):  # fmt: skip
        more: dict[str, Any] = {} if callback else {"not_by": [Method.CALLBACK]}
        hint = refused(desk, action, **more).hint
        assert ("--send-code email" in hint, "--callback" in hint) == (code, callback)
        assert "--photo-id" in hint
        assert "needs a strong" in refused(desk, action).message
    assert refused(desk, Action.DISABLE).hint == (
        f"Knowledge alone never reaches strong. Add one of: portaldesk verify-identity {ANA} "
        '--send-code email, --callback, --photo-id "driver licence" (seen in person)'
    )


def test_a_text_is_a_way_where_the_clinic_sends_texts_and_the_phone_is_not_what_changes(desk: Desk) -> None:
    desk.basic(ANA)
    clinic.set_value(desk.session, ROSA, "sms_url", "https://sms.example.org/send", now=desk.now)
    assert refused(desk, Action.DISABLE).hint == (
        f"Knowledge alone never reaches strong. Add one of: portaldesk verify-identity {ANA} "
        '--send-code email, --send-code phone, --callback, --photo-id "driver licence" (seen in person)'
    )
    assert "--send-code phone" not in refused(desk, Action.DISABLE, not_by=[Method.CODE_PHONE]).hint


def test_a_check_that_is_strong_by_the_wrong_channel_is_told_so(desk: Desk) -> None:
    desk.basic(ANA)
    desk.asks(ANA, send_code="email")
    desk.asks(ANA, code=desk.code(ANA))
    told = refused(desk, Action.ENABLE)
    assert told.code == "check-too-weak"
    assert "does not count" in told.message
    assert desk.permit(Action.DISABLE, ANA).level is Level.STRONG
    assert refused(desk, Action.DISABLE, not_by=[Method.CODE_EMAIL]).code == "check-too-weak"


def test_three_failed_checks_stop_the_desk_and_photo_id_or_securing_still_goes(desk: Desk) -> None:
    for _ in range(3):
        desk.fails(ANA)
    desk.asks(ANA, birth_date="1952-07-15", postal_code="67124", phone="5559078526")
    assert refused(desk).code == "on-hold"
    assert desk.permit(Action.SECURE_ACCOUNT, ANA).level is Level.BASIC
    desk.asks(ANA, photo_id="passport")
    assert desk.permit(Action.SEND_RESET, ANA).level is Level.STRONG


def test_uses_of_a_check_are_counted_by_action_and_the_last_of_them_is_remembered(desk: Desk) -> None:
    desk.basic(ANA)
    for left in (3, 2, 1):
        permit = desk.permit(Action.SEND_RESET, ANA)
        assert (permit.uses_left, permit.recent) == (left, left < 3)
        spend(desk, permit)
        desk.later(seconds=1)
    none_left = desk.permit(Action.SEND_RESET, ANA)
    assert none_left.uses_left == 0
    with pytest.raises(CheckNeeded) as over:
        none_left.require_uses()
    assert over.value.code == "check-spent"
    with pytest.raises(CheckNeeded):
        spend(desk, none_left)
    assert desk.permit(Action.RECOVER_USERNAME, ANA).uses_left == 3
    desk.later(seconds=120)
    assert not desk.permit(Action.SEND_RESET, ANA).recent
    desk.permit(Action.RECOVER_USERNAME, ANA).require_uses()


def test_what_another_check_was_used_for_is_not_counted(desk: Desk) -> None:
    desk.strong(ANA)
    spend(desk, desk.permit(Action.DISABLE, ANA))
    calls.end_call(desk.session, SAM, note="", now=desk.later(seconds=5))
    desk.strong(ANA)
    assert desk.permit(Action.DISABLE, ANA).uses_left == 1


def test_a_last_use_is_a_use(desk: Desk) -> None:
    desk.strong(ANA)
    permit = desk.permit(Action.DISABLE, ANA)
    permit.require_uses()
    spend(desk, permit)
    assert desk.permit(Action.DISABLE, ANA).uses_left == 0


def test_nobody_gets_a_permit_for_the_own_record(desk: Desk) -> None:
    own = Actor("sam", Role.FRONT_DESK, "S-sam", frozenset({ANA}))
    with pytest.raises(NotAllowed) as no:
        desk.permit(Action.SEND_RESET, ANA, actor=own)
    assert no.value.code == "own-record"
    admin = Actor("rosa", Role.ADMIN, "S-rosa", frozenset({ANA}))
    with pytest.raises(NotAllowed) as own_too:
        permits.for_renewal(desk.session, admin, ANA)
    assert own_too.value.code == "own-record"


def test_an_account_that_is_whole_is_renewed_by_nobody(desk: Desk) -> None:
    with pytest.raises(NotAllowed) as clerk:
        permits.for_renewal(desk.session, SAM, ANA)
    assert clerk.value.code == "not-your-role"
    with pytest.raises(StateForbids) as whole:
        permits.for_renewal(desk.session, ROSA, ANA)
    assert whole.value.code == "account-whole"


def test_an_altered_account_is_renewed_by_an_admin_and_no_other_is(desk: Desk, tmp_path: Path) -> None:
    desk.session.commit()
    with guards_down(tmp_path / "clinic", put_back=True) as connection:
        connection.execute("UPDATE portal_account SET email = 'thief@evil.example' WHERE mrn = 'MRN-2'")
    permit = permits.for_renewal(desk.session, ROSA, BEN)
    assert (permit.action, permit.mrn, permit.ground, permit.ground_id) == (Action.RENEW, BEN, Ground.RENEWAL, BEN)
    assert (permit.level, permit.actor, permit.check) == (Level.NONE, ROSA, None)
    assert (permit.uses_left, permit.recent) == (1, False)
    with pytest.raises(StateForbids):
        permits.for_renewal(desk.session, ROSA, ANA)
    with pytest.raises(RecordAltered):
        desk.permit(Action.SEND_RESET, BEN)


def test_what_rests_on_no_check_says_what_it_rests_on_and_gives_one_use(desk: Desk) -> None:
    request = tables.ChangeRequest(id="r-1", mrn=ANA, kind="email", requested_by="sam")
    link = tables.RecoveryCredential(id="k-1", mrn=BEN)
    strong, none = Level.STRONG, Level.NONE
    account = desk.account(ANA)
    made = {
        permits.for_approval(ROSA, request): (Action.APPLY_CONTACT, ANA, Ground.APPROVAL, "r-1", strong, ROSA),
        permits.for_time(request): (Action.APPLY_CONTACT, ANA, Ground.TIME, "r-1", strong, None),
        permits.for_redemption(Action.REDEEM, link): (Action.REDEEM, BEN, Ground.REDEMPTION, "k-1", none, None),
        permits.for_sign_in(Action.SIGN_IN, account): (Action.SIGN_IN, ANA, Ground.SIGN_IN, ANA, none, None),
        permits.for_import(ROSA, BEN): (Action.IMPORT_CONTACT, BEN, Ground.IMPORT, BEN, none, ROSA),
        permits.for_asking(Action.SEND_RESET, ANA): (Action.SEND_RESET, ANA, Ground.ASKED, ANA, none, None),
    }
    for one, expected in made.items():
        assert (one.action, one.mrn, one.ground, one.ground_id, one.level, one.actor) == expected
        assert (one.check, one.uses_left, one.recent, one.photo_id) == (None, 1, False, False)
        assert one.staff == (one.actor.name if one.actor else None)


def test_what_a_permit_allowed_stands_in_the_record_with_its_ground_and_its_check(desk: Desk) -> None:
    seen = desk.asks(ANA, birth_date="1952-07-15", photo_id="passport")
    permit = desk.permit(Action.DISABLE, ANA)
    account = desk.account(ANA)
    event = spend(
        desk, permit, account=account, values={"status": "disabled", "email": account.email}, details={"told": 1}
    )
    assert (event.action, event.outcome, event.staff, event.patient) == ("disable", "done", "sam", ANA)
    assert (event.session, event.check_id, event.level) == ("S-sam", seen.check_id, "strong")
    assert event.reason == "cannot get in", "what the check was begun for, unless something else is said"
    assert json.loads(event.details) == {
        "ground": "check", "ground_id": seen.check_id, "methods": ["birth-date", "photo-id"],
        "attested": ["photo-id"], "caller": "patient", "told": 1,
    }  # fmt: skip
    (row,) = found(desk.session, tables.Permit, ground_id=seen.check_id)
    assert (row.mrn, row.action, row.ground, row.level) == (ANA, "disable", "check", "strong")
    assert (row.staff, row.issued_at, row.changed_seq) == ("sam", desk.now, event.seq)
    assert len(row.id) == 16
    assert (desk.account(ANA).status, desk.account(ANA).permit_id) == ("disabled", row.id)
    desk.session.refresh(row)
    assert row.spent_seq == event.seq


def test_an_event_may_go_by_another_name_and_reason_than_its_permit(desk: Desk) -> None:
    desk.basic(ANA)
    event = spend(desk, desk.permit(Action.SEND_RESET, ANA), event_action="reject", reason="another")
    assert (event.action, event.reason) == ("reject", "another")


def test_a_permit_that_changed_nothing_is_spent_in_its_own_event(desk: Desk) -> None:
    desk.strong(ANA)
    account = desk.account(ANA)
    before = (account.changed_seq, account.permit_id)
    event = spend(desk, desk.permit(Action.DISABLE, ANA), account=account, values={"email": account.email})
    assert (desk.account(ANA).changed_seq, desk.account(ANA).permit_id) == before
    (row,) = desk.session.exec(select(tables.Permit).where(tables.Permit.action == "disable")).all()
    desk.session.refresh(row)
    assert row.spent_seq == event.seq


def test_what_the_patients_side_does_names_no_staff_member_and_no_check(desk: Desk) -> None:
    event = spend(desk, permits.for_asking(Action.SEND_RESET, ANA))
    assert (event.staff, event.session, event.check_id, event.level) == (None, "portal", None, None)
    assert json.loads(event.details) == {"ground": "asked", "ground_id": ANA}
    assert event.reason == ""


def test_what_was_so_already_is_noted_and_uses_nothing_up(desk: Desk) -> None:
    desk.strong(ANA)
    permit = desk.permit(Action.ENABLE, ANA)
    event = desk.event(permits.note_already(desk.session, permit, now=desk.now))
    assert (event.action, event.outcome, event.at) == ("enable", "done", desk.now)
    assert json.loads(event.details)["already"] is True
    assert event.reason == "cannot get in"
    assert desk.permits_of(ANA, Action.ENABLE) == 0
    assert desk.permit(Action.ENABLE, ANA).uses_left == ACTIONS[Action.ENABLE].times
    asked = desk.event(permits.note_already(desk.session, permits.for_asking(Action.SEND_RESET, ANA), now=desk.now))
    assert (asked.action, asked.reason) == ("send-reset", "")
    assert json.loads(asked.details) == {"ground": "asked", "ground_id": ANA, "already": True}


def test_of_what_follows_from_a_change_only_credentials_messages_and_requests_carry_its_permit(desk: Desk) -> None:
    desk.strong(ANA)
    permit = desk.permit(Action.DISABLE, ANA)
    patient = desk.session.get_one(tables.Patient, ANA)
    message = tables.OutboxMessage(id="m-1", mrn=ANA, kind="changed", to_address="ana@example.org", created_at=desk.now)
    spend(
        desk, permit, account=desk.account(ANA), values={"status": "disabled"},
        bears=[record.new(message), record.changed(patient, city="Pratt")],
    )  # fmt: skip
    (row,) = found(desk.session, tables.Permit, action="disable")
    assert message.permit_id == row.id
