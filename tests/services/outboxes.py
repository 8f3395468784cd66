"""A store with a patient whose mails are sent, and mail servers of our own that take them, or do not."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlmodel import select

import new_stores
from portaldesk.gate import permits
from portaldesk.services import credentials, delivery, messages, outbox_listing
from portaldesk.services.delivery import Delivered
from portaldesk.services.opening import OpenStore
from portaldesk.services.outbox_listing import MessageLine
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.words import Action, CredentialKind, Message, Outcome

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
MRN = "MRN-1"
ANA = "ana@example.org"
PORTAL = ClinicSettings(portal_url="https://portal.example.org", clinic_name="Elm Street Clinic")


def clock() -> datetime:
    return NOW


def a_store(folder: Path) -> OpenStore:
    made = new_stores.new_store(folder / "clinic", now=NOW)
    add_patient(made, MRN, ANA)
    return made


def add_patient(store: OpenStore, mrn: str, email: str, name: str = "José") -> None:
    patient = tables.Patient(
        mrn=mrn, given_name=name, family_name="Reynolds644", birth_date=date(1952, 7, 15), birth_date_evidence_from=NOW,
        postal_code_evidence_from=NOW, imported_at=NOW,
    )  # fmt: skip
    account = tables.PortalAccount(mrn=mrn, email=email, username=f"user.{mrn.lower()}")
    with store.session() as session:
        record.append(
            session, record.Entry("import patients", "done"), [record.new(patient), record.new(account)], now=NOW
        )
        session.commit()


def send_link(store: OpenStore, mrn: str = MRN, *, to: str | None = None, now: datetime = NOW) -> str:
    """Queue an invitation, as `resend-invite` does; gives the id of its credential."""
    with store.session() as session:
        account = session.get_one(tables.PortalAccount, mrn)
        link = credentials.new_link(
            session, CredentialKind.INVITATION, account, settings=PORTAL, now=now, sent_to=account.email
        )
        mail = messages.queue(Message.INVITATION, mrn=mrn, to=to or account.email or "", now=now, credential=link)
        permit = permits.for_asking(Action.RESEND_INVITE, mrn)
        permits.spend(session, permit, now=now, outcome=Outcome.LINK_SENT, bears=[record.new(link), mail])
        session.commit()
        return link.id


def notice(store: OpenStore, kind: Message, *, to: str = ANA, **variables: Any) -> str:
    with store.session() as session:
        mail = messages.queue(kind, mrn=MRN, to=to, now=NOW, variables=variables)
        record.append(session, record.Entry("test", "done", patient=MRN), [mail], now=NOW)
        session.commit()
        assert isinstance(mail.row, tables.OutboxMessage)
        return mail.row.id


class Inbox:
    """What a mail server got, and what it answers."""

    def __init__(self, *, rcpt: str = "250 OK", data: str = "250 OK", pipelining: bool = True) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.peers: set[Any] = set()
        self._rcpt, self._data, self._pipelining = rcpt, data, pipelining

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, told: list[str]) -> list[str]:
        session.host_name = name
        return [told[0], "250-PIPELINING", *told[1:]] if self._pipelining else told

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self._rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
            self.recipients.append(address)
        return self._rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self._data.startswith("250"):
            self.peers.add(session.peer)
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return self._data


@contextmanager
def mail_server(inbox: Inbox, **options: Any) -> Iterator[ClinicSettings]:
    """A real SMTP server on a loopback port, and settings that name it."""
    with socket.create_server(("127.0.0.1", 0)) as free:  # the controller cannot take a port of the system's choice
        port = free.getsockname()[1]
    running = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    running.start()
    try:
        yield settings_for(port)
    finally:
        running.stop()


def settings_for(port: int, tls: str = "none", **more: str) -> ClinicSettings:
    values = {"portal_url": PORTAL.portal_url, "clinic_name": PORTAL.clinic_name} | more
    return ClinicSettings(smtp_url=f"smtp://127.0.0.1:{port}?tls={tls}", **values)  # type: ignore[arg-type]


def run(store: OpenStore, settings: ClinicSettings = PORTAL, **more: Any) -> Delivered:
    return delivery.deliver(store, settings=settings, **({"clock": clock} | more))


def lines(store: OpenStore) -> list[MessageLine]:
    with store.session(reading=True) as session:
        return outbox_listing.list_messages(session, limit=100)


def retry(store: OpenStore, *names: str) -> int:
    with store.session() as session:
        again = outbox_listing.retry(session, names)
        session.commit()
        return again


def deliveries(store: OpenStore) -> list[tuple[str, dict[str, Any]]]:
    with store.session(reading=True) as session:
        found = session.exec(select(tables.AuditEvent).where(tables.AuditEvent.action == "deliver"))
        return [(event.outcome, json.loads(event.details)) for event in found]


def files(store: OpenStore) -> list[Path]:
    return sorted(store.place.outbox.glob("*.eml"))


def read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[arg-type,return-value]


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


# what arrives
