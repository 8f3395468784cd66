"""Texts, from the call to the gateway: what goes where, and what becomes of a number that takes none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import certificates
import pytest
from gateways import SECRET, Gateway, running
from phone_calls import ANA, BEGIN, BEN, ROSA, SAM, SETTINGS, Desk, a_clinic
from sqlmodel import select

from portaldesk.mail.text_gateway import TextGateway
from portaldesk.services import (
    approving,
    clinic,
    confirming,
    credentials,
    delivery,
    diagnosis,
    outbox_listing,
    patients,
    securing,
)
from portaldesk.services.delivery import Delivered
from portaldesk.services.opening import OpenStore
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, ContactKind, CredentialKind, Level


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    with a_clinic(tmp_path) as made:
        made.secrets.put("sms-secret", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        yield made


def ana_is_texted(store: OpenStore, gateway: Gateway, channel: str = "phone") -> tuple[Desk, str]:
    """Ana asks for a code; gives the desk at which she waits, and its code."""
    with store.session() as session:
        desk = Desk(session)
        desk.basic(ANA)
        desk.asks(ANA, send_code=channel, settings=replace(SETTINGS, sms_url=gateway.url))
        code = desk.code(ANA)
        session.commit()
    return desk, code


def send(store: OpenStore, desk: Desk, gateway: Gateway) -> Delivered:
    settings = replace(SETTINGS, sms_url=gateway.url)
    carrier = TextGateway(gateway.url, secret=lambda: SECRET, context=gateway.trusting) if gateway.ca else None
    return delivery.deliver(store, settings=settings, clock=lambda: desk.now, gateway=carrier)


def test_a_texted_code_arrives_alone_and_makes_the_check_strong(store: OpenStore, tmp_path: Path) -> None:
    certificate = certificates.self_signed(tmp_path / "gateway.pem")
    with running(Gateway(), certificate) as gateway:
        desk, code = ana_is_texted(store, gateway)
        assert send(store, desk, gateway) == Delivered(1, 0, 0, 0)
        assert send(store, desk, gateway) == Delivered(0, 0, 0, 0)
    (text,) = gateway.texts
    with store.session() as session:
        sent = Desk(session, desk.now)
        held = sent.credential(ANA, CredentialKind.CODE)
        words = credentials.words_of(keys_of(session), held.id)
        assert text["text"] == (
            f"{code[:4]} {code[4:]} proves who you are to Your clinic, only if you called us. "
            f"The desk must say: {words}. Else hang up. 10 min, {held.reference}"
        )
        assert sent.asks(ANA, code=code).level is Level.STRONG
        (line,) = outbox_listing.list_messages(session, limit=1)
        told = session.exec(select(tables.AuditEvent.details)).all()
    assert (text["to"], text["kind"]) == ("+15559078526", "check-code-text")
    assert text["expires_at"] == f"{held.expires_at:%Y-%m-%dT%H:%M:%S}Z"
    assert (line.kind, line.to, line.state) == ("check-code-text", "phone", "sent")
    assert not any("9078526" in one or code in one for one in told)
    assert not list(store.place.outbox.glob("*.eml"))


def test_a_gateway_that_cannot_be_reached_keeps_no_mail_back_nor_the_other_way_round(store: OpenStore) -> None:
    with running(Gateway(), None) as gateway:
        desk, _ = ana_is_texted(store, gateway)
        with store.session() as session:
            desk = Desk(session, desk.now)
            desk.moves(ANA, "ana@example.net")
            session.commit()
        mails = len(list(store.place.outbox.glob("*.eml")))
        none = delivery.deliver(store, settings=SETTINGS, clock=lambda: desk.now)
        assert none.unreachable == "no gateway for texts is set"
        assert (none.sent, none.waiting) == (len(list(store.place.outbox.glob("*.eml"))) - mails, 1)
        assert none.sent > 0
        assert send(store, desk, gateway) == Delivered(1, 0, 0, 0)


def test_a_number_that_takes_no_texts_takes_calls_and_is_not_doubted(store: OpenStore) -> None:
    with running(Gateway(422), None) as gateway:
        desk, _ = ana_is_texted(store, gateway)
        assert send(store, desk, gateway) == Delivered(0, 1, 0, 0)
    with store.session() as session:
        assert Desk(session, desk.now).asks(ANA, callback=True).level is Level.STRONG
        found = diagnosis.diagnose(session, SAM, ANA, said_username=None, settings=SETTINGS, now=desk.now)
        (cause,) = (one for one in found.causes if one.cause == "mail-waiting")
        assert (cause.found, "text of ours" in cause.detail, "cannot get texts" in cause.detail) == (True, True, True)
        (line,) = outbox_listing.list_messages(session, limit=1)
    assert "cannot get texts (422)" in line.last_error


def test_a_change_is_told_by_text_as_well_before_and_after_and_at_the_old_number(store: OpenStore) -> None:
    new = "+15553334444"
    with running(Gateway(), None) as gateway:
        with store.session() as session:
            clinic.set_value(session, ROSA, "sms_url", gateway.url, now=BEGIN)
            settings = replace(SETTINGS, sms_url=gateway.url)
            desk = Desk(session)
            desk.strong(ANA)
            asked = desk.asks_for(ANA, new, kind=ContactKind.PHONE, settings=settings)
            code = desk.code(ANA, CredentialKind.CONFIRM)
            session.commit()
            assert delivery.deliver(store, settings=settings, clock=lambda: desk.now).sent == 3
            confirming.confirm(session, SAM, asked.request_id, code=code, callback=False, now=desk.later(minutes=1))
            approving.approve(session, ROSA, asked.request_id, reason="seen", now=desk.later(minutes=1))
            session.commit()
        delivery.deliver(store, settings=settings, clock=lambda: desk.now)
        with store.session() as session:
            desk = Desk(session, desk.later(minutes=1))
            desk.strong(BEN)
            standing = desk.permit(Action.DISABLE, BEN)
            point = patients.contact(session, BEN, ContactKind.PHONE, desk.account(BEN).phone)
            assert point is not None
            closed = [record.changed(point, do_not_use=True)]
            record.append(session, record.Entry("test", "done", patient=BEN), closed, now=desk.now)
            securing.disable(session, standing, now=desk.now)
            session.commit()
        assert delivery.deliver(store, settings=settings, clock=lambda: desk.now).sent == 1
    told = {text["kind"]: text for text in gateway.texts}
    assert len(told) == len(gateway.texts) == 3
    assert told["confirm-code-text"]["to"] == new
    for kind, says in (("changing-text", "is to change"), ("changed-text", "was changed")):
        assert (told[kind]["to"], told[kind]["expires_at"]) == ("+15559078526", None)
        assert says in told[kind]["text"]
        assert "call us" in told[kind]["text"]
