"""Attacks on the addresses on file: silenced before a change, shared with a relative, or gathered by a thief."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from attackers import ANA_SAYS, BEN_SAYS, RNG, ROSA, SAM, SETTINGS, Time, Town, permit, verified
from sqlmodel import Session, col, select

from portaldesk.errors import CheckNeeded, StateForbids
from portaldesk.mail.transport import FolderTransport
from portaldesk.services import (
    approving,
    calls,
    confirming,
    contact_points,
    contacts,
    credentials,
    delivery,
    requests,
    temporary_logins,
)
from portaldesk.store import tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, ContactKind, CredentialKind, Mark

ANA, BEN, OWN, THIEF = "MRN-1", "MRN-2", "ana@example.org", "thief@example.net"


@dataclass
class Clerk:
    """A clerk who means ill, and says to have seen a passport."""

    session: Session
    time: Time

    def seen(self, mrn: str = ANA) -> None:
        calls.end_call(self.session, SAM, note="", now=self.time.after(minutes=1))
        says = ANA_SAYS if mrn == ANA else BEN_SAYS
        verified(self.session, mrn, now=self.time.now, photo_id="passport", **says)

    def closes(self, contact: str = "email-1", wanted: Mark = Mark.DO_NOT_USE) -> None:
        ground = permit(self.session, contact_points.ACTION_FOR[wanted], ANA, now=self.time.after(seconds=9))
        contact_points.mark(self.session, ground, contact, wanted, now=self.time.now)

    def moves(self, mrn: str = ANA, to: str = THIEF) -> contacts.ContactAsked:
        ground = permit(self.session, Action.UPDATE_CONTACT, mrn, now=self.time.after(seconds=9))
        asked = contacts.ask(self.session, ground, ContactKind.EMAIL, to, settings=SETTINGS, now=self.time.now)
        link = self.token(mrn, CredentialKind.CONFIRM_LINK)
        confirming.confirm_by_link(self.session, link, now=self.time.after(minutes=1))
        return asked

    def token(self, mrn: str, kind: CredentialKind) -> str:
        found = credentials.newest(self.session, mrn, [kind])
        assert found is not None
        return credentials.token_of(keys_of(self.session), found.id)

    def told(self) -> list[tuple[str, str]]:
        query = select(tables.OutboxMessage).order_by(col(tables.OutboxMessage.changed_seq))
        return [(one.kind, one.to_address) for one in self.session.exec(query)]


def test_who_closes_an_address_to_change_it_unheard_is_heard_of_there_and_can_be_stopped(town: Town) -> None:
    with town.open() as store, store.session() as session:
        clerk = Clerk(session, Time(session))
        clerk.seen()
        before = len(clerk.told())
        clerk.closes()
        asked = clerk.moves()
        assert clerk.told()[before:] == [("changed", OWN), ("confirm-code", THIEF), ("contact-changing", OWN)]
        done = approving.approve(session, ROSA, asked.request_id, reason="seen", now=clerk.time.after(minutes=5))
        assert clerk.told()[-2] == ("changed", OWN)
        assert done.old_told_at is not None
        confirming.object_(session, clerk.token(ANA, CredentialKind.OBJECT), now=clerk.time.after(days=2))
        clerk.seen()
        with pytest.raises(StateForbids):
            clerk.moves()


def test_who_waits_until_the_closed_address_fell_silent_is_seen_by_the_approver(town: Town) -> None:
    with town.open() as store, store.session() as session:
        clerk = Clerk(session, Time(session))
        clerk.seen()
        clerk.closes()
        clerk.time.after(hours=25)
        clerk.seen()
        asked = clerk.moves()
        view = requests.view(session, requests.get(session, asked.request_id), now=clerk.time.now)
        assert (view.state, view.old_told_at) == ("awaiting-approval", None)


def test_who_keeps_a_notice_back_and_then_closes_the_address_does_not_catch_up_with_it(town: Town) -> None:
    with town.open() as store:
        with store.session() as session:
            clerk = Clerk(session, Time(session))
            clerk.seen()
            ground = permit(session, Action.ISSUE_TEMP_LOGIN, ANA, now=clerk.time.now)
            temporary_logins.issue(session, ground, username=None, settings=SETTINGS, rng=RNG, now=clerk.time.now)
            clerk.closes()
            session.commit()
            later = clerk.time.after(days=3)
        carrier = FolderTransport(town.home.parent / "mails")
        delivery.deliver(store, settings=SETTINGS, clock=lambda: later, transport=carrier)
    sent = town.query("SELECT variables FROM outbox_message WHERE kind = 'changed' AND sent_at IS NOT NULL")
    assert any("issue-temp-login" in one for (one,) in sent)


def test_a_code_that_a_relative_reads_in_a_shared_mailbox_proves_nothing_in_another_check(town: Town) -> None:
    with town.open() as store, store.session() as session:
        clerk = Clerk(session, Time(session))
        verified(session, ANA, now=clerk.time.after(minutes=1), **ANA_SAYS)
        verified(session, ANA, now=clerk.time.after(seconds=5), send_code="email")
        found = credentials.newest(session, ANA, [CredentialKind.CODE])
        assert found is not None
        code = credentials.code_of(keys_of(session), found.id)
        verified(session, BEN, now=clerk.time.after(seconds=5), **BEN_SAYS)
        with pytest.raises(CheckNeeded) as refused:
            verified(session, BEN, now=clerk.time.after(seconds=5), code=code)
        assert refused.value.code == "wrong-code"


def test_a_thief_who_gathers_accounts_at_one_address_is_warned_of_at_the_second(town: Town) -> None:
    with town.open() as store, store.session() as session:
        clerk = Clerk(session, Time(session))
        for mrn, shared in ((ANA, False), (BEN, True)):
            clerk.seen(mrn)
            asked = clerk.moves(mrn)
            assert asked.shared_with_others is shared
            done: Any = approving.approve(
                session, ROSA, asked.request_id, reason="seen", now=clerk.time.after(minutes=1)
            )
            assert done.shared_with_others is shared
