"""An address that takes no mail is doubtful for all who have it, until a code that went there comes back."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from phone_calls import ANA, BEN, ROSA, ROWS, SAM, SETTINGS, Desk, a_clinic, bring
from sqlmodel import select
from test_diagnosis import causes

from portaldesk.errors import StateForbids
from portaldesk.gate import permits
from portaldesk.rules import smtp_replies
from portaldesk.services import confirming, delivery, patients, resets, work_lists
from portaldesk.services.delivery import Delivered
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import tables
from portaldesk.words import Action, ContactKind, CredentialKind, RequestState, WorkState

HERS = "ana@example.org"


@contextmanager
def mail_server(answer: str) -> Iterator[ClinicSettings]:
    """A server that answers every recipient so."""

    class Answers:
        async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: list[str]) -> str:
            if answer.startswith("250"):
                envelope.rcpt_tos.append(to)
            return answer

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = Controller(Answers(), hostname="127.0.0.1", port=port)
    running.start()
    try:
        yield replace(SETTINGS, smtp_url=f"smtp://127.0.0.1:{port}?tls=none")
    finally:
        running.stop()


def sends_a_reset(store: OpenStore, desk: Desk, answer: str) -> Delivered:
    with mail_server(answer) as settings, store.session() as session:
        desk.session = session
        resets.send(session, permits.for_asking(Action.SEND_RESET, ANA), settings=settings, now=desk.later(minutes=3))
        session.commit()
        return delivery.deliver(store, settings=settings, clock=lambda: desk.now)


def is_doubtful(desk: Desk, mrn: str) -> bool:
    point = patients.contact(desk.session, mrn, ContactKind.EMAIL, HERS)
    return point is not None and point.bounced_at is not None


def test_a_refused_address_gets_no_link_is_told_and_is_good_again_once_its_code_came_back(tmp_path: Path) -> None:
    with a_clinic(tmp_path) as store:
        with store.session() as session:  # Ben shares Ana's mailbox
            desk = Desk(session)
            bring(session, [replace(ROWS[BEN], email=HERS)], now=desk.later(minutes=1), actor=ROSA)
            session.commit()
        assert sends_a_reset(store, desk, "550 5.7.1 we do not like you").failed == 2  # Ben's old one too
        with store.session() as desk.session:
            assert not is_doubtful(desk, ANA)  # the mail was refused, and not its address
        assert sends_a_reset(store, desk, "550 5.1.1 no such user") == Delivered(0, 1, 0, 0)
        with store.session() as desk.session:
            assert is_doubtful(desk, ANA)
            assert is_doubtful(desk, BEN)
            event = tables.AuditEvent
            told = json.loads(list(desk.session.exec(select(event.details).where(event.action == "deliver")))[-1])
            assert (told["doubtful"], told["given_up"]) == (2, True)
            found = work_lists.list_accounts(desk.session, WorkState.BOUNCED, limit=9, now=desk.now)
            assert ANA in [one.mrn for one in found.accounts]
            desk.strong(ANA)
            seen = causes(desk, ANA)
            assert (seen["email-doubtful"].found, seen["mail-waiting"].found) == (True, True)
            assert "could not be delivered: the server refused the recipient (550 5.1.1)" in seen["mail-waiting"].detail
            with pytest.raises(StateForbids) as refused:
                resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
            assert refused.value.code == "contact-unconfirmed"
            # she says that it works again: the same address is asked, and answers
            asked = desk.asks_for(ANA, HERS)
            assert asked.state is RequestState.AWAITING_CONFIRMATION
            code = desk.code(ANA, CredentialKind.CONFIRM)
            confirming.confirm(
                desk.session, SAM, asked.request_id, code=code, callback=False, now=desk.later(minutes=1)
            )
            assert not is_doubtful(desk, ANA)
            assert is_doubtful(desk, BEN)  # who has proved nothing
            with pytest.raises(StateForbids) as already:
                desk.asks_for(ANA, HERS)
            assert already.value.code == "already-there"
            desk.later(hours=1)  # three mails an hour
            desk.strong(ANA)
            resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)


@pytest.mark.parametrize(
    ("code", "enhanced", "to_recipient", "bad"),
    [
        (550, "5.1.1", True, True), (550, "5.1.1", False, True), (556, "5.1.10", True, True),
        (550, "5.2.1", True, True), (550, "", True, True), (553, "", True, True), (550, "", False, False),
        (554, "", True, False), (552, "5.2.2", True, False), (550, "5.7.1", True, False), (550, "5.1.8", True, False),
        (452, "4.1.1", True, False), (-1, "", True, False),
    ],
)  # fmt: skip
def test_what_is_said_of_the_address_is_told_from_what_is_said_of_us(
    code: int, enhanced: str, to_recipient: bool, bad: bool
) -> None:
    assert smtp_replies.is_about_the_mailbox(code, enhanced, to_recipient=to_recipient) is bad
