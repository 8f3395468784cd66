"""An email that several patients share: one mail, a link or a username for each first name (design §4)."""

from __future__ import annotations

import re
from dataclasses import replace
from email.message import EmailMessage

import pytest
from phone_calls import ANA, BEN, FACTS, NEW_PASSWORD, ROSA, ROWS, SAM, SETTINGS, Desk
from sqlmodel import select
from stores import bring, facts

from portaldesk.errors import CheckNeeded
from portaldesk.services import contact_points, diagnosis, forgetting, outgoing
from portaldesk.services.outgoing import Dead, Outgoing
from portaldesk.services.proxies import granting, proposals
from portaldesk.store import record, tables
from portaldesk.words import Action, CredentialKind, Mark, Outcome

HOME = "ana@example.org"
EVE = "MRN-5"


def family(desk: Desk) -> None:
    """Ana, who signed up, Eve, who never did, and a Cal who is dead share a mailbox."""
    rows = [
        facts(EVE, given_name="Eve", email="ANA@example.org", last_visit=None),
        facts("MRN-6", given_name="Cal", email=HOME, status="deceased"),
    ]
    bring(desk.session, rows, now=desk.now, actor=ROSA)
    desk.later(minutes=1)


def mails(desk: Desk, kind: str) -> list[Outgoing]:
    return [outgoing.written(desk.session, one, settings=SETTINGS, now=desk.now) for one in desk.mails(kind)]


def text(mail: Outgoing) -> str:
    assert isinstance(mail.parcel, EmailMessage)
    body = mail.parcel.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_who_forgot_the_password_of_a_shared_address_gets_one_mail_with_a_link_for_each_first_name(desk: Desk) -> None:
    family(desk)
    forgetting.forgot_password(desk.session, HOME, settings=SETTINGS, now=desk.now)
    (mail,) = mails(desk, "family-links")
    assert [*desk.mails("reset"), *desk.mails("invitation")] == []
    assert mail.to == HOME
    assert re.findall(r"(?m)^(\w+): (choose a new password|open the account)", text(mail)) == [
        ("Ana", "choose a new password"), ("Eve", "open the account"),
    ]  # fmt: skip
    assert not any(word in text(mail) for word in ("Reynolds", "Cal:", "1952", "MRN", "ana.r"))
    links = re.findall(r"(?m)^https?://\S+/redeem/([\w-]{43})$", text(mail))
    desk.redeems(ANA, CredentialKind.RESET, token=links[0])
    desk.redeems(EVE, CredentialKind.INVITATION, token=links[1], said=FACTS[ANA])
    assert {desk.account(mrn).status for mrn in (ANA, EVE)} == {"active"}


def test_each_of_them_is_in_the_record_and_the_caps_count_the_mail_once(desk: Desk) -> None:
    family(desk)
    for _ in range(5):
        forgetting.forgot_password(desk.session, HOME, settings=SETTINGS, now=desk.later(minutes=5))
    assert len(desk.mails("family-links")) == 3
    for mrn, action in ((ANA, "send-reset"), (EVE, "resend-invite")):
        events = desk.session.exec(select(tables.AuditEvent).where(tables.AuditEvent.patient == mrn)).all()
        outcomes = [one.outcome for one in events if one.action == action and one.at > desk.now.replace(hour=0)]
        assert outcomes == [Outcome.LINK_SENT] * 3 + [Outcome.REFUSED] * 2
    desk.basic(ANA)
    found = diagnosis.diagnose(desk.session, SAM, ANA, said_username=None, settings=SETTINGS, now=desk.now)
    assert {one.cause for one in found.causes if one.found} >= {"mail-waiting"}


def test_a_link_of_a_shared_mail_opens_nothing_with_the_facts_of_another_who_reads_it(desk: Desk) -> None:
    bring(desk.session, [replace(ROWS[BEN], email=HOME)], now=desk.now, actor=ROSA)
    desk.later(days=2)
    forgetting.forgot_password(desk.session, HOME, settings=SETTINGS, now=desk.now)
    ((bens, anas),) = [
        (re.findall(r"/redeem/([\w-]{43})", text(mail))[1], re.findall(r"/redeem/([\w-]{43})", text(mail))[0])
        for mail in mails(desk, "family-links")
    ]
    with pytest.raises(CheckNeeded):
        desk.redeems(BEN, CredentialKind.INVITATION, token=bens, said=FACTS[ANA])
    with pytest.raises(CheckNeeded):
        desk.redeems(ANA, CredentialKind.RESET, token=anas, said=FACTS[BEN])
    assert desk.account(BEN).status == "new"
    assert desk.signs_in(NEW_PASSWORD).outcome == "refused"


def test_who_forgot_the_username_gets_all_of_the_address_in_one_mail(desk: Desk) -> None:
    family(desk)
    forgetting.forgot_username(desk.session, HOME, now=desk.now)
    (alone,) = mails(desk, "username-reminder")  # Eve has none yet
    assert "Hello Ana," in text(alone)
    forgetting.forgot_password(desk.session, HOME, settings=SETTINGS, now=desk.later(minutes=1))
    desk.redeems(EVE, CredentialKind.INVITATION, said=FACTS[ANA], username="eve.r")
    forgetting.forgot_username(desk.session, HOME, now=desk.later(minutes=1))
    both = mails(desk, "username-reminder")[-1]
    assert re.findall(r"(?m)^    (\w+): (\S+)$", text(both)) == [("Ana", "ana.r"), ("Eve", "eve.r")]


def test_a_mailbox_that_is_only_compared_alike_gets_no_link_or_username_of_another(desk: Desk) -> None:
    """A caller may say "strauss" for "strauß"; a mail server keeps them apart."""
    rows = [facts("MRN-0", given_name="Mo", email="strauß@example.org"), facts(EVE, email="strauss@example.org")]
    bring(desk.session, rows, now=desk.now, actor=ROSA)
    forgetting.forgot_password(desk.session, "strauss@example.org", settings=SETTINGS, now=desk.later(minutes=1))
    assert not desk.mails("family-links")
    assert [(one.mrn, one.to_address) for one in desk.mails("invitation")] == [
        ("MRN-0", "strauß@example.org"), (EVE, "strauss@example.org"),
    ]  # fmt: skip


def test_who_wants_the_address_confidential_shares_no_mail(desk: Desk) -> None:
    family(desk)
    desk.basic(ANA)
    permit = desk.permit(Action.CLOSE_CONTACT, ANA)
    contact_points.mark(desk.session, permit, "email-1", Mark.CONFIDENTIAL, now=desk.now)
    forgetting.forgot_password(desk.session, HOME, settings=SETTINGS, now=desk.later(minutes=1))
    assert not desk.mails("family-links")
    assert [one.mrn for kind in ("reset", "invitation") for one in desk.mails(kind)] == [ANA, EVE]


def test_a_link_that_died_while_the_mail_waited_is_left_out_and_a_mail_without_any_is_dropped(desk: Desk) -> None:
    family(desk)
    forgetting.forgot_password(desk.session, HOME, settings=SETTINGS, now=desk.now)
    ended = record.changed(desk.credential(ANA, CredentialKind.RESET), revoked_at=desk.now)
    record.append(desk.session, record.Entry("test", "done"), [ended], now=desk.now)
    (mail,) = mails(desk, "family-links")
    assert re.findall(r"(?m)^(\w+): ", text(mail))[:1] == ["Eve"]
    assert "Ana" not in text(mail)
    desk.later(days=8)
    (message,) = desk.mails("family-links")
    with pytest.raises(Dead):
        outgoing.written(desk.session, message, settings=SETTINGS, now=desk.now)


def test_a_mother_who_is_a_patient_and_a_proxy_can_tell_her_two_logins_apart(desk: Desk) -> None:
    desk.strong(BEN)
    mother = proposals.read_proposal(
        name="Ana Reyes", relation="mother", birth_date="1952-07-15", email=HOME, locale="en_US", today=desk.now.date()
    )
    granting.grant(
        desk.session, desk.permit(Action.PROXY_GRANT, BEN), mother, settings=SETTINGS, now=desk.later(seconds=5)
    )
    forgetting.forgot_password(desk.session, HOME, settings=SETTINGS, now=desk.later(hours=2))
    (mail,) = mails(desk, "family-links")
    assert re.findall(r"(?m)^(Ana[\w ,]*): ", text(mail)) == ["Ana", "Ana, to act for others"]
