"""Mail servers that hang, have no good certificate, or ask for a password: nobody waits, nothing goes in the clear."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import certificates
import pytest
from aiosmtpd.smtp import AuthResult
from outboxes import NOW, PORTAL, Inbox, a_store, clock, lines, mail_server, notice, run, settings_for
from sqlalchemy import event

import engines
from portaldesk.cli import desk
from portaldesk.cli.desk import Front
from portaldesk.mail.smtp import SmtpTransport
from portaldesk.services import delivery
from portaldesk.services.delivery import Delivered
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import record
from portaldesk.words import Message


@pytest.fixture
def store(tmp_path: Path) -> OpenStore:
    return a_store(tmp_path)


def _dribble(server: socket.socket, over: threading.Event) -> None:
    """A greeting without an end, a byte at a time: each byte would begin a socket's own timeout anew."""
    client, _ = server.accept()
    with client:
        client.sendall(b"220-")
        while not over.wait(0.05):
            try:
                client.sendall(b"x")
            except OSError:
                return


def _hang(server: socket.socket, over: threading.Event) -> None:
    client, _ = server.accept()
    with client:
        over.wait(30)


@pytest.mark.parametrize("manner", [_hang, _dribble])
def test_the_clerk_never_waits_longer_than_the_budget_for_a_mail_server(
    store: OpenStore, manner: Callable[[socket.socket, threading.Event], None]
) -> None:
    ids = [notice(store, Message.CHANGED, what="disable", at_desk=True, number=n) for n in range(3)]
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=manner, args=(server, over), daemon=True)
        serving.start()
        began = time.monotonic()
        done = delivery.deliver_now(
            store, ids, settings=settings_for(server.getsockname()[1]), budget_seconds=0.5, clock=clock
        )
        took = time.monotonic() - began
        over.set()
        serving.join(5)
    assert took < 2
    assert (done.sent, done.put_off, done.waiting) == (0, 1, 3)
    assert run(store).sent == 3  # the claim is free again


def test_delivering_now_takes_these_messages_only_and_looks_at_no_other(store: OpenStore) -> None:
    first = notice(store, Message.CHANGED, what="disable", at_desk=True)
    notice(store, Message.CHANGED, what="enable", at_desk=True)
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, sql: str, values: Any, _context: Any, _many: bool) -> None:
        if "FROM outbox_message" in sql:
            asked.append((sql, values))

    event.listen(store.engine, "before_cursor_execute", note)
    assert delivery.deliver_now(store, [first], settings=PORTAL, clock=clock) == Delivered(1, 0, 0, 0)
    with store.session(reading=True) as session:
        front = Front(session, store, PORTAL, NOW, {}, before=record.head(session).seq - 1)
        assert desk._written_messages(front) == []
    event.remove(store.engine, "before_cursor_execute", note)
    assert {line.id for line in lines(store) if line.state == "sent"} == {first}
    assert asked
    if engines.ON_SQLITE:  # which tells how it goes about it; 100,000 may wait
        sound = re.compile(r"\(id=\?\)|\(sent_at=\? AND changed_seq>\?\)|TEMP B-TREE")
        with store.session(reading=True) as session:
            plans = [session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values) for sql, values in asked]
            assert [row[3] for plan in plans for row in plan if not sound.search(row[3])] == []


def test_delivering_now_never_raises_whatever_is_wrong(store: OpenStore) -> None:
    id_ = notice(store, Message.CHANGED, what="disable", at_desk=True)
    broken = ClinicSettings(smtp_url="gopher://x")
    assert delivery.deliver_now(store, [id_], settings=broken, clock=clock) == Delivered(0, 0, 0, 1)
    store.place.outbox.rmdir()
    store.place.outbox.write_text("not a folder")
    assert delivery.deliver_now(store, [id_], settings=PORTAL, clock=clock).waiting == 1


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates.self_signed(tmp_path_factory.mktemp("tls") / "mail.pem")


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_refused_and_nothing_is_sent(
    store: OpenStore, certificate: Path, tls: str
) -> None:
    notice(store, Message.CHANGED, what="disable", at_desk=True)
    inbox, context = Inbox(), certificates.server_side(certificate)
    with mail_server(inbox, **({"tls_context": context} if tls == "starttls" else {"ssl_context": context})) as open_:
        settings = ClinicSettings(portal_url=PORTAL.portal_url, smtp_url=open_.smtp_url.replace("none", tls))
        why = run(store, settings).unreachable
    assert inbox.mails == []
    assert re.fullmatch(r"the mail server's certificate is not valid \(self.signed certificate\)", why)
    assert lines(store)[0].last_error == why


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_certificate_that_is_vouched_for_and_the_password_carry_the_mails_over_one_connection(
    store: OpenStore, certificate: Path, tls: str
) -> None:
    for number in range(2):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    inbox, context = Inbox(), certificates.server_side(certificate)

    def asked(server: Any, session: Any, envelope: Any, mechanism: str, told: Any) -> AuthResult:
        return AuthResult(success=(told.login, told.password) == (b"desk", b"right"), handled=False)

    options = {"authenticator": asked, "auth_required": True, "auth_require_tls": tls == "starttls"}
    options |= {"tls_context" if tls == "starttls" else "ssl_context": context}
    with mail_server(inbox, **options) as open_:
        url = open_.smtp_url.replace("none", tls).replace("//", "//desk@")
        trusting = ssl.create_default_context(cafile=certificate)
        wrong = SmtpTransport(url, password=lambda: "wrong", context=trusting)
        assert run(store, transport=wrong).unreachable == "the mail server refused the sign-in (535)"
        assert inbox.recipients == []
        right = SmtpTransport(url, password=lambda: "right", context=trusting)
        assert run(store, transport=right) == Delivered(2, 0, 0, 0)
    assert (len(inbox.mails), len(inbox.peers)) == (2, 1)


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(store: OpenStore) -> None:
    notice(store, Message.CHANGED, what="disable", at_desk=True)
    inbox = Inbox()
    with mail_server(inbox) as open_:
        settings = ClinicSettings(portal_url=PORTAL.portal_url, smtp_url=open_.smtp_url.replace("none", "starttls"))
        assert run(store, settings).unreachable == "the server does not offer TLS or a sign-in that we can use"
    assert (inbox.mails, inbox.recipients) == ([], [])


def test_without_the_password_no_mail_goes_out_unsigned_in(store: OpenStore) -> None:
    for number in range(2):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    inbox = Inbox()
    with mail_server(inbox) as open_:
        settings = ClinicSettings(
            portal_url=PORTAL.portal_url, smtp_url=open_.smtp_url.replace("smtp://", "smtp://desk@")
        )
        assert run(store, settings).unreachable == "the mail password is not in the secret store"
    assert inbox.mails == []


# names and addresses
