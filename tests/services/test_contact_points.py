"""Addresses on file: seen masked, closed or kept confidential at the patient's wish, and given back (design §2, §3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from phone_calls import ANA, BEGIN, BEN, CAL, ROSA, ROWS, SETTINGS, Desk, a_clinic, found
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import select
from stores import bring, facts, points

from portaldesk.errors import CheckNeeded, NotFound, StateForbids, WrongUsage
from portaldesk.mail.transport import FolderTransport
from portaldesk.services import (
    approving,
    confirming,
    contact_points,
    delivery,
    forgetting,
    letters,
    patients,
    requests,
    resets,
    securing,
)
from portaldesk.services.changes import Changed
from portaldesk.services.contact_points import ContactLine
from portaldesk.services.intake.facts import PatientFacts
from portaldesk.store import record, tables
from portaldesk.words import Action, ContactKind, CredentialKind, Mark, Method, RequestState

OWN = "ana@example.org"


def listed(desk: Desk, mrn: str = ANA) -> dict[str, ContactLine]:
    permit = desk.permit(Action.CLOSE_CONTACT, mrn)
    return {one.contact: one for one in contact_points.listed(desk.session, permit, now=desk.now).contacts}


def mark(desk: Desk, contact: str, wanted: Mark, mrn: str = ANA) -> Changed:
    permit = desk.permit(contact_points.ACTION_FOR[wanted], mrn)
    return contact_points.mark(desk.session, permit, contact, wanted, now=desk.later(seconds=5))


def closed(desk: Desk, contact: str = "email-1", mrn: str = ANA) -> Changed:
    desk.basic(mrn)
    return mark(desk, contact, Mark.DO_NOT_USE, mrn)


def told(desk: Desk) -> list[tuple[str, str]]:
    """Notices that wait, as what they say and to whom."""
    return [(one.variables.split('"what": "')[1].split('"')[0], one.to_address) for one in desk.mails("changed")]


def point(desk: Desk, mrn: str = ANA, value: str = OWN) -> tables.ContactPoint:
    kind = ContactKind.EMAIL if "@" in value else ContactKind.PHONE
    one = patients.contact(desk.session, mrn, kind, value)
    assert one is not None
    return one


def test_a_check_shows_the_addresses_masked_and_a_phone_only_once_it_was_named(desk: Desk) -> None:
    with pytest.raises(CheckNeeded) as refused:
        listed(desk)
    assert refused.value.code == "check-required"
    desk.asks(ANA, birth_date="1952-07-15", postal_code="67124", last_visit="2026-01-09")
    seen = listed(desk)
    assert {name: one.value for name, one in seen.items()} == {
        "email-1": "a…@….org", "phone-1": "…", "postal-1": "…",
    }  # fmt: skip
    assert [one.recovery for one in seen.values()] == [True, True, False]
    assert seen["email-1"].confirmed_how == "first import"
    desk.asks(ANA, phone="5559078526")
    assert listed(desk)["phone-1"].value == "…26"


def test_a_closed_address_gets_no_link_and_no_code_and_is_no_answer(desk: Desk) -> None:
    done = closed(desk)
    assert (done.effect, done.already, done.notified) == ("done", False, ("a…@….org",))
    assert listed(desk)["email-1"].do_not_use
    with pytest.raises(StateForbids) as refused:
        resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    assert refused.value.code == "contact-closed"
    with pytest.raises(StateForbids):
        desk.asks(ANA, send_code="email")
    forgetting.forgot_password(desk.session, "ana.r", settings=SETTINGS, now=desk.later(minutes=1))
    assert desk.mails("reset") == []
    later = desk.later(minutes=20)
    seen = desk.asks(ANA, birth_date="1952-07-15", email=OWN)
    assert later < desk.now
    assert [one.outcome for one in seen.methods if one.method is Method.EMAIL] == ["not-on-file"]


def test_who_asks_twice_is_told_that_it_is_so_already_and_nothing_is_spent(desk: Desk) -> None:
    closed(desk)
    again = mark(desk, "email-1", Mark.DO_NOT_USE)
    assert again.already
    assert len(told(desk)) == 1
    assert desk.permits_of(ANA, Action.CLOSE_CONTACT) == 1


def test_a_closed_address_hears_of_its_closing_and_for_a_day_of_changes(desk: Desk) -> None:
    closed(desk)
    assert told(desk) == [("address-closed", OWN)]
    desk.strong(ANA)
    asked = desk.asks_for(ANA, "ana@example.net")
    assert [one.to_address for one in desk.mails("contact-changing")] == [OWN]
    assert requests.get(desk.session, asked.request_id).old_told_at == desk.now
    assert point(desk).notices_until is not None
    desk.now = point(desk).notices_until or desk.now
    desk.strong(ANA)
    silent = desk.asks_for(ANA, "ana@example.com")
    assert len(desk.mails("contact-changing")) == 1
    view = requests.view(desk.session, requests.get(desk.session, silent.request_id), now=desk.now)
    assert view.old_told_at is None


def test_what_waits_for_an_address_that_is_closed_meanwhile_is_dropped_but_for_notices(tmp_path: Path) -> None:
    with a_clinic(tmp_path) as store:
        with store.session() as session:
            desk = Desk(session)
            desk.basic(ANA)
            permit = desk.permit(Action.SEND_RESET, ANA)
            resets.send(session, permit, settings=SETTINGS, now=desk.now)
            forgetting.forgot_username(session, OWN, now=desk.now)
            mark(desk, "email-1", Mark.DO_NOT_USE)
            desk.strong(ANA)
            desk.asks_for(ANA, "ana@example.net")
            session.commit()
        end = desk.later(days=3)
        delivery.deliver(store, settings=SETTINGS, clock=lambda: end, transport=FolderTransport(tmp_path / "mails"))
        with store.session(reading=True) as session:
            messages = select(tables.OutboxMessage).where(tables.OutboxMessage.created_at > BEGIN)
            now = {one.kind: one for one in session.exec(messages)}
        assert {kind for kind, one in now.items() if one.sent_at} >= {"changed", "contact-changing"}
        assert now["username-reminder"].dropped_why == "address-closed"
        assert now["reset"].dropped_why == "address-closed"


def test_links_and_codes_that_were_sent_to_it_die_and_the_objection_does_not(desk: Desk) -> None:
    desk.strong(ANA)
    request = desk.asks_for(ANA, "ana@example.net").request_id
    objection = desk.token(ANA, CredentialKind.OBJECT)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    mark(desk, "email-1", Mark.DO_NOT_USE)
    assert desk.credential(ANA, CredentialKind.RESET).revoked_at == desk.now
    assert confirming.object_(desk.session, objection, now=desk.later(minutes=1)).effect == "done"
    assert requests.get(desk.session, request).state == RequestState.CANCELLED


def test_a_request_for_an_address_that_is_closed_is_cancelled_and_none_is_taken(desk: Desk) -> None:
    bring(desk.session, [facts(ANA, email="other@example.org")], now=desk.now, actor=ROSA)
    desk.later(days=2)
    desk.strong(ANA)
    request = desk.asks_for(ANA, "other@example.org").request_id
    mark(desk, "email-2", Mark.DO_NOT_USE)
    assert requests.get(desk.session, request).state == RequestState.CANCELLED
    with pytest.raises(StateForbids) as refused:
        desk.asks_for(ANA, "Other@example.org")
    assert refused.value.code == "contact-closed"


def test_the_record_that_brings_a_closed_address_again_does_not_open_it(desk: Desk) -> None:
    closed(desk, mrn=BEN)
    bring(desk.session, [_ben("ben@example.net")], now=desk.later(days=1), actor=ROSA)
    bring(desk.session, [_ben("ben@example.org")], now=desk.later(days=2), actor=ROSA)
    (now,) = points(desk.session, BEN, "email")
    assert (now.value, now.do_not_use) == ("ben@example.org", True)
    assert desk.account(BEN).email == "ben@example.net"
    assert not [to for _, to in told(desk) if to == "ben@example.org"][2:]


def _ben(email: str) -> PatientFacts:
    return replace(ROWS[BEN], email=email)


def test_taking_away_needs_three_answers_and_giving_back_more_than_a_mailed_code(desk: Desk) -> None:
    desk.asks(ANA, birth_date="1952-07-15")
    with pytest.raises(CheckNeeded):
        mark(desk, "email-1", Mark.DO_NOT_USE)
    closed(desk)
    with pytest.raises(CheckNeeded) as weak:
        mark(desk, "email-1", Mark.USABLE)
    assert weak.value.code == "check-too-weak"
    desk.strong(ANA)
    back = mark(desk, "email-1", Mark.USABLE)
    assert back.notified == ("a…@….org",)
    line = listed(desk)["email-1"]
    assert (line.do_not_use, line.counts_from) == (False, desk.now + timedelta(hours=24))


def test_an_address_given_back_gets_no_link_for_a_day_unless_photo_id_is_seen_for_it(desk: Desk) -> None:
    closed(desk)
    desk.strong(ANA)
    mark(desk, "email-1", Mark.USABLE)
    desk.later(minutes=20)
    desk.basic(ANA)
    with pytest.raises(StateForbids) as refused:
        resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    assert refused.value.code == "contact-unconfirmed"
    desk.later(days=1)
    desk.basic(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    assert len(desk.mails("reset")) == 1


def test_the_database_gives_no_closed_address_back_without_a_permit(desk: Desk) -> None:
    closed(desk)
    for values in ({"do_not_use": False}, {"evidence_from": desk.now - timedelta(days=99)}):
        given = record.changed(point(desk), **values)
        with pytest.raises(Exception, match="no identity check, no address"), desk.session.begin_nested():
            record.append(desk.session, record.Entry("test", "done", patient=ANA), [given], now=desk.now)


def test_a_confidential_address_of_the_record_hears_nothing_and_the_accounts_own_still_does(desk: Desk) -> None:
    bring(desk.session, [facts(ANA, email="other@example.org")], now=desk.now, actor=ROSA)
    (of_record,) = points(desk.session, ANA, "email")
    confirm = record.changed(of_record, current=True)
    record.append(desk.session, record.Entry("test", "done"), [confirm], now=desk.now)
    desk.basic(ANA)
    for contact in ("email-1", "email-2"):
        mark(desk, contact, Mark.CONFIDENTIAL)
    desk.later(days=2)
    desk.strong(ANA)
    before = len(told(desk))
    securing.secure(desk.session, desk.permit(Action.SECURE_ACCOUNT, ANA), now=desk.now)
    assert told(desk)[before:] == [("secure-account", OWN)]


@pytest.mark.parametrize("caller", ["proxy", "representative"])
def test_who_calls_for_a_patient_sees_no_address_and_marks_none(desk: Desk, caller: str) -> None:
    desk.basic(ANA)
    permit = desk.permit(Action.CLOSE_CONTACT, ANA)
    set_committed_value(permit.check, "caller", caller)
    for action in (Action.CLOSE_CONTACT, Action.REOPEN_CONTACT):
        with pytest.raises(CheckNeeded) as refused:
            desk.permit(action, ANA)
        assert refused.value.code in ("not-this-caller", "check-required")


def test_a_confidential_address_is_not_told_to_who_calls_for_the_patient_not_even_masked(desk: Desk) -> None:
    desk.basic(ANA)
    mark(desk, "email-1", Mark.CONFIDENTIAL)
    permit = desk.permit(Action.SECURE_ACCOUNT, ANA)
    set_committed_value(permit.check, "caller", "representative")
    secured = securing.secure(desk.session, permit, now=desk.now)
    assert secured.notified == ()
    assert told(desk)[-1] == ("secure-account", OWN)


def test_a_phone_that_is_closed_is_no_answer_and_takes_no_call_back(desk: Desk) -> None:
    desk.basic(ANA)
    mark(desk, "phone-1", Mark.DO_NOT_USE)
    desk.later(minutes=20)
    seen = desk.asks(ANA, birth_date="1952-07-15", postal_code="67124", last_visit="2026-01-09", phone="5559078526")
    assert seen.level == "basic"
    with pytest.raises(CheckNeeded):
        desk.asks(ANA, callback=True)


def test_a_postal_address_that_is_closed_gets_no_letter_and_one_that_is_on_its_way_opens_nothing(desk: Desk) -> None:
    desk.basic(BEN)
    assert listed(desk, BEN)["postal-1"].value == "…"
    letters.invite(desk.session, desk.permit(Action.INVITE_BY_LETTER, BEN), settings=SETTINGS, now=desk.now)
    mark(desk, "postal-1", Mark.DO_NOT_USE, BEN)
    assert desk.credential(BEN, CredentialKind.LETTER).revoked_at == desk.now
    desk.strong(BEN)
    desk.later(minutes=3)
    with pytest.raises(StateForbids) as refused:
        letters.invite(desk.session, desk.permit(Action.INVITE_BY_LETTER, BEN), settings=SETTINGS, now=desk.now)
    assert "not used" in refused.value.message
    mark(desk, "postal-1", Mark.USABLE, BEN)
    assert listed(desk, BEN)["postal-1"].counts_from == desk.now + timedelta(hours=24)
    letters.invite(desk.session, desk.permit(Action.INVITE_BY_LETTER, BEN), settings=SETTINGS, now=desk.now)
    bring(desk.session, [_ben("ben@example.org")], now=desk.later(days=1), actor=ROSA)
    assert len(points(desk.session, BEN, "postal")) == 1


@pytest.mark.parametrize("said", ["email", "email-0", "fax-1", "ana@example.org", "email-1;"])
def test_an_address_is_named_as_the_list_names_it(said: str) -> None:
    with pytest.raises(WrongUsage):
        contact_points.read_contact(said)


def test_an_address_that_the_patient_has_not_is_not_found(desk: Desk) -> None:
    desk.basic(CAL)
    with pytest.raises(NotFound) as missing:
        mark(desk, "email-1", Mark.DO_NOT_USE, CAL)
    assert missing.value.code == "no-such-contact"


def test_an_objection_after_the_change_closes_the_new_address_tells_the_old_and_is_about_who_asked(desk: Desk) -> None:
    desk.strong(ANA)
    asked = desk.asks_for(ANA, "thief@example.net")
    objection = desk.token(ANA, CredentialKind.OBJECT)
    code = desk.code(ANA, CredentialKind.CONFIRM)
    confirming.confirm(desk.session, ROSA, asked.request_id, code=code, callback=False, now=desk.later(minutes=1))
    approving.approve(desk.session, ROSA, asked.request_id, reason="seen", now=desk.later(minutes=1))
    before = len(told(desk))
    confirming.object_(desk.session, objection, now=desk.later(days=6))
    assert told(desk)[before:] == [("secure-account", OWN)]
    assert point(desk, value="thief@example.net").do_not_use
    assert point(desk, value="thief@example.net").notices_until is None
    assert desk.account(ANA).email == "thief@example.net"
    (incident,) = found(desk.session, tables.Incident, patient=ANA)
    assert (incident.kind, incident.staff) == ("contact-objected", "sam")
