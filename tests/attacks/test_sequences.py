"""Attacks in several steps: what one command leaves behind is what the next one uses."""

from __future__ import annotations

from datetime import date

import pytest
from attackers import ANA, ANA_SAYS, ROSA, SAM, SETTINGS, Time, Town, permit, verified
from desks import SAM_PASSWORD
from sqlmodel import Session

from portaldesk.errors import DeskError, StateForbids
from portaldesk.gate import holds
from portaldesk.gate.actors import Actor
from portaldesk.services import (
    approving,
    calls,
    confirming,
    contacts,
    credentials,
    delivery,
    finding,
    holding,
    requests,
    sessions,
    staff,
)
from portaldesk.services.clock import machine_clock
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, ContactKind, CredentialKind, Role
from raw_stores import raw


def _asked(session: Session, time: Time, kind: ContactKind, value: str, actor: Actor = ROSA) -> str:
    calls.end_call(session, actor, note="", now=time.after(minutes=3))
    verified(session, "MRN-1", now=time.now, actor=actor, photo_id="passport", birth_date="1952-07-15")
    ground = permit(session, Action.UPDATE_CONTACT, "MRN-1", now=time.now, actor=actor)
    return contacts.ask(session, ground, kind, value, settings=SETTINGS, now=time.now).request_id


def _token(session: Session, kind: CredentialKind) -> str:
    found = credentials.newest(session, "MRN-1", [kind])
    assert found is not None
    return credentials.token_of(keys_of(session), found.id)


def test_a_staff_member_who_tries_birth_dates_gets_no_more_tries_by_typing_more_or_less_of_the_name(town: Town) -> None:
    with town.open() as store, store.session() as session:
        now = Time(session).after(minutes=1)

        def find(text: str, day: int) -> finding.Found:
            born = date(1952, 8, day)
            return finding.find(session, SAM, text, birth_date=born, settings=SETTINGS, now=now)

        for day, text in enumerate(("reyes", "reye", "ana reyes", "Reyes, A", "rey"), start=1):
            assert find(text, day).patients == ()
        for text in ("reyes", "an rey", "re", "reyes ana"):
            with pytest.raises(StateForbids):
                find(text, 9)
        assert find("ana nilsson", 9).patients == ()  # another name
        assert find("rey", 1).patients == ()  # a date that was refused before tells nothing new


@pytest.mark.parametrize("trick", ["asked anew", "rejected"])
def test_an_objection_is_not_taken_away_by_another_request_for_the_same_patient(town: Town, trick: str) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        request = _asked(session, time, ContactKind.EMAIL, "thief@evil.example")
        objection = _token(session, CredentialKind.OBJECT)
        confirming.confirm_by_link(session, _token(session, CredentialKind.CONFIRM_LINK), now=time.after(minutes=1))
        other = _asked(session, time, ContactKind.PHONE, "+15552223333")
        if trick == "asked anew":
            _asked(session, time, ContactKind.PHONE, "+15552224444")
        else:
            approving.reject(session, ROSA, other, reason="x", now=time.after(minutes=1))
        confirming.object_(session, objection, now=time.after(hours=1))
        assert session.get_one(tables.ChangeRequest, request).state == "cancelled"


def test_an_old_address_whose_notice_still_waits_in_the_outbox_was_not_told(town: Town) -> None:
    with town.open() as store:
        with store.session() as session:
            time = Time(session)
            request = _asked(session, time, ContactKind.PHONE, "+15552223333")  # as with --no-send
            confirming.confirm(session, ROSA, request, code=None, callback=True, now=time.after(minutes=1))
            assert approving.settle_waiting(session, now=time.after(hours=25)) == 0
            session.commit()
        with raw(town.home) as connection:  # somebody with SQL: the row says that nobody was there
            connection.execute("UPDATE outbox_message SET last_error = 'given up: no such mailbox'")
            connection.commit()
        with store.session() as session:
            assert approving.settle_waiting(session, now=time.after(hours=1)) == 0
        delivery.deliver(store, settings=SETTINGS, clock=lambda: max(machine_clock(), time.now))
        with store.session() as session:
            assert approving.settle_waiting(session, now=time.after(hours=23)) == 0
            assert approving.settle_waiting(session, now=time.after(hours=2)) == 1


def test_collusion_through_a_colleague_whom_the_approver_just_made_is_marked_not_independent(town: Town) -> None:
    mule = town.rosa("staff", "add", "mule", "--role", "admin", "--with-token", "--json").document["token"]
    made = town.anyone(
        "staff", "add", "puppet", "--role", "front-desk", "--with-token", "--json", PORTALDESK_TOKEN=mule
    ).document["token"]  # fmt: skip
    assert town.rosa("staff", "disable", "mule").code == 0

    def puppet(*args: str) -> int:
        return town.anyone(*args, PORTALDESK_TOKEN=made).code

    assert puppet("verify-identity", "MRN-1", "--birth-date", "1952-07-15", "--photo-id", "passport") == 0
    assert puppet("update-contact", "MRN-1", "--phone", "5552223333") == 0
    ((request,),) = town.query("SELECT id FROM change_request")
    assert puppet("confirm", request, "--callback") == 0
    done = town.rosa("approve", request, "--reason", "seen", "--json").document
    assert (done["state"], done["independent"]) == ("effective", False)


def test_collusion_a_requester_does_not_shake_off_who_made_them_by_a_new_password(town: Town) -> None:
    mule = town.rosa("staff", "add", "mule", "--role", "admin", "--with-token", "--json").document["token"]
    assert town.rosa("staff", "add", "paula", "--role", "admin").code == 0
    first, own = "barley compass fourteen thistle", "quarry lantern eighty 2 plover"
    by_token = town.anyone("staff", "password", "mule", "--password-stdin", input=f"{first}\n", PORTALDESK_TOKEN=mule)
    assert by_token.code == 0
    assert town.anyone("whoami", PORTALDESK_TOKEN=mule).code == 3  # a new password ends every token
    assert town.anyone("login", "mule", "--password-stdin", input=f"{first}\n{own}\n").code == 0
    assert town.anyone("verify-identity", "MRN-1", "--birth-date", "1952-07-15", "--photo-id", "passport").code == 0
    assert town.anyone("update-contact", "MRN-1", "--phone", "5552223333").code == 0
    ((request,),) = town.query("SELECT id FROM change_request")
    assert town.anyone("confirm", request, "--callback").code == 0
    ran = town.rosa("approve", request, "--reason", "seen", "--json")
    assert (ran.code, ran.error["code"]) == (3, "not-independent")


def test_after_a_hundred_wrong_passwords_a_staff_sign_in_is_shut_and_the_only_admins_opens_once_a_day(
    town: Town,
) -> None:
    def tries(session: Session, name: str, password: str, time: Time) -> str:
        try:
            sessions.sign_in(session, name, password, os_caller="7", new_password=None, settings=SETTINGS, now=time.now)
        except DeskError as refusal:
            return refusal.code
        return "signed in"

    with town.open() as store, store.session() as session:
        time = Time(session)
        for name in ("sam", "rosa"):
            member = staff.get(session, name)
            shut = record.changed(member, failed_attempts=100, locked_until=time.now)
            record.append(session, ROSA.entry("test", "done"), [shut], now=time.now)
        time.after(days=2)
        assert tries(session, "sam", "never it at all 1", time) == "staff-locked"
        assert tries(session, "sam", SAM_PASSWORD, time) == "staff-locked"
        assert tries(session, "rosa", "never it at all 1", time) == "wrong-login"
        assert tries(session, "rosa", "never it at all 2", time) == "staff-locked"
        time.after(hours=24)
        assert tries(session, "rosa", "never it at all 3", time) == "wrong-login"
        staff.add(
            session, ROSA, "paula", Role.ADMIN, password=None, own_mrn=None, linked=(), with_token=False,
            settings=SETTINGS, now=time.after(hours=25),
        )  # fmt: skip
        assert tries(session, "rosa", "never it at all 4", time) == "staff-locked"
        staff.set_password(session, ROSA, "sam", "a first one for sam 77", now=time.now)
        assert tries(session, "sam", "a first one for sam 77", time) == "must-change-password"


def test_a_check_belongs_to_the_call_it_was_made_in_not_to_another_session_or_token_of_the_same_person(
    town: Town,
) -> None:
    token = town.rosa("staff", "token", "sam", "--json").document["token"]  # as a script of sam's has it
    assert town.sam("verify-identity", "MRN-1", "--birth-date", "1952-07-15", "--photo-id", "passport").code == 0
    ran = town.anyone("issue-temp-login", "MRN-1", "--json", PORTALDESK_TOKEN=token)
    assert (ran.code, ran.error["code"]) == (4, "check-required")
    causes = town.anyone("diagnose", "MRN-1", "--json", PORTALDESK_TOKEN=token).document["causes"]
    assert {one["cause"]: one["found"] for one in causes}["locked"] is None
    assert town.sam("issue-temp-login", "MRN-1").code == 0


def test_a_hold_by_wrong_codes_is_on_the_list(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        for _ in range(3):
            calls.end_call(session, ROSA, note="", now=time.after(minutes=61))
            verified(session, "MRN-1", now=time.now, actor=ROSA, **ANA_SAYS)
            verified(session, "MRN-1", now=time.now, actor=ROSA, send_code="email")
            for _ in range(5):
                verified(session, "MRN-1", now=time.now, actor=ROSA, code="0000 0000")
        assert [one.patient for one in holding.list_held(session, now=time.now)] == ["MRN-1"]


def test_account_enumeration_no_refused_sign_in_waits_for_a_mail_server(town: Town) -> None:
    for _ in range(5):
        assert town.signs_in("ana.r", "never it 1") == 3
    assert town.query("SELECT kind, sent_at FROM outbox_message WHERE kind = 'locked'") == [("locked", None)]
    assert town.rosa("outbox", "send").code == 0
    assert len(town.mails()) == 1


def test_account_enumeration_a_link_tells_of_no_username_before_a_password_that_would_do(town: Town) -> None:
    assert town.anyone("portal", "forgot-password", "ben@example.org").code == 0
    assert town.rosa("outbox", "send").code == 0
    facts = ("--birth-date", "1947-01-14", "--postal-code", "66533")
    for name in ("ana.r", "nobody.here"):
        ran = town.redeem(town.token(), *facts, "--username", name, password="short")
        assert (ran.code, ran.error["code"]) == (6, "password-policy")


def test_time_alone_decides_nothing_once_there_is_another_admin(town: Town) -> None:
    with town.open() as store:
        with store.session() as session:
            time = Time(session)
            request = _asked(session, time, ContactKind.PHONE, "+15552223333")
            confirming.confirm(session, ROSA, request, code=None, callback=True, now=time.after(minutes=1))
            session.commit()
        delivery.deliver(store, settings=SETTINGS, clock=lambda: max(machine_clock(), time.now))
        with store.session() as session:
            staff.add(
                session, ROSA, "paula", Role.ADMIN, password=None, own_mrn=None, linked=(), with_token=False,
                settings=SETTINGS, now=time.after(hours=2),
            )  # fmt: skip
            approving.settle_waiting(session, now=time.after(hours=25))
            found = requests.view(session, requests.get(session, request), now=time.now)
            assert (found.state, found.effective_at) == ("awaiting-approval", None)


def test_a_slip_in_a_check_that_reached_its_level_otherwise_is_no_failed_check_also_on_hold(town: Town) -> None:
    with town.open() as store, store.session() as session:
        time = Time(session)
        for n in range(3):
            actor = Actor(f"clerk{n}", Role.FRONT_DESK, f"S-{n}")
            verified(session, "MRN-1", now=time.after(minutes=2), actor=actor, birth_date="1950-01-01", postal_code="1")
        until = holds.state(session, "MRN-1", now=time.now).until
        seen = verified(session, "MRN-1", now=time.after(hours=1), email="wrong@example.org", **ANA_SAYS)
        assert (seen.outcome, seen.level) == ("held", "basic")
        assert calls.end_call(session, SAM, note="", now=time.after(minutes=1)).failed == 0
        assert holds.state(session, "MRN-1", now=time.now).until == until


def test_a_refusal_is_listed_under_the_check_that_was_live_for_it(town: Town) -> None:
    check = town.checked("MRN-1", *ANA).document["check_id"]
    assert town.sam("issue-temp-login", "MRN-1").code == 4
    (line,) = town.rosa("list-resets", "--action", "issue-temp-login", "--json").document["resets"]
    assert (line["outcome"], line["check_id"], line["level"]) == ("refused", check, "basic")
