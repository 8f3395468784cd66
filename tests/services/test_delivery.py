"""Delivery over real servers and a real store: each message goes once, to one address, or says why it did not."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from outboxes import (
    ANA,
    MRN,
    NOW,
    PORTAL,
    Inbox,
    a_store,
    add_patient,
    deliveries,
    files,
    lines,
    mail_server,
    notice,
    read,
    retry,
    run,
    send_link,
    settings_for,
    text,
)
from sqlalchemy import event, update
from sqlmodel import col, select

import engines
from portaldesk.errors import NotFound
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.services import auditing, contacts, credentials, delivery, messages
from portaldesk.services.delivery import Delivered, Handled
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, sqlite, tables
from portaldesk.words import Action, ContactKind, Message, Outcome, Role
from raw_stores import everything, raw


@pytest.fixture
def store(tmp_path: Path) -> OpenStore:
    return a_store(tmp_path)


def test_a_link_arrives_and_only_its_hash_stays_in_the_store(store: OpenStore) -> None:
    link, inbox = send_link(store), Inbox()
    with mail_server(inbox) as settings:
        assert run(store, settings) == Delivered(1, 0, 0, 0)
    (mail,) = inbox.mails
    url = next(line for line in text(mail).splitlines() if line.startswith("https://portal.example.org/"))
    token = url.rsplit("/", 1)[1]
    with store.session() as session:
        assert credentials.by_token(session, token).id == link
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert token.encode() not in everything(store.place.home)
    assert text(mail).startswith("Hello José,")
    assert (mail["To"], mail["Auto-Submitted"]) == (ANA, "auto-generated")
    assert str(mail["From"]) == "Elm Street Clinic <no-reply@portal.example.org>"
    ((outcome, details),) = deliveries(store)
    assert outcome == "done"
    assert details["to"] == "a…@….org"
    assert (details["kind"], details["transport"]) == ("invitation", "smtp")


def test_many_mails_go_over_one_connection(store: OpenStore) -> None:
    for number in range(5):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    inbox = Inbox()
    with mail_server(inbox) as settings:
        assert run(store, settings).sent == 5
    assert len(inbox.peers) == 1


def test_every_kind_that_bears_no_link_is_written(store: OpenStore) -> None:
    notice(store, Message.CHANGED, what="disable", at_desk=True)
    notice(store, Message.LOCKED, until=NOW.isoformat())
    with store.session() as session:
        mail = messages.queue(Message.USERNAME_REMINDER, mrn=MRN, to=ANA, now=NOW)
        permit = permits.for_asking(Action.RECOVER_USERNAME, MRN)
        permits.spend(session, permit, now=NOW, outcome=Outcome.LINK_SENT, bears=[mail])
        session.commit()
    assert run(store) == Delivered(3, 0, 0, 0)
    texts = " ".join(" ".join(text(read(path)).split()) for path in files(store))
    until = "paused until Wednesday, November 25, 2026, 10:00 AM UTC"
    assert all(said in texts for said in ("switched off", until, "user.mrn-1"))


def test_a_contact_change_mails_code_and_link_to_the_new_address_and_an_objection_to_the_old(store: OpenStore) -> None:
    desk = Actor("rosa", Role.ADMIN, "S-1")
    evidence = [{"method": m, "outcome": o, "note": ""} for m, o in (("birth-date", "match"), ("photo-id", "attested"))]
    check = tables.IdentityCheck(
        id="C-1", patient=MRN, staff="rosa", session="S-1", outcome="passed", level="strong",
        evidence=json.dumps(evidence), started_at=NOW, expires_at=NOW + timedelta(minutes=15),
    )  # fmt: skip
    with store.session() as session:
        record.append(session, desk.entry("verify-identity", "done", patient=MRN), [record.new(check)], now=NOW)
        permit = permits.for_check(session, desk, Action.UPDATE_CONTACT, MRN, now=NOW)
        contacts.ask(session, permit, ContactKind.EMAIL, "new@example.net", settings=PORTAL, now=NOW)
        session.commit()
    assert run(store).sent == 2
    by_recipient = {str(mail["To"]): text(mail) for mail in map(read, files(store))}
    new, old = by_recipient["new@example.net"], by_recipient[ANA]
    with store.session() as session:
        code = session.exec(
            select(tables.RecoveryCredential).where(tables.RecoveryCredential.kind == "confirm-code")
        ).one()
        written = re.search(r"^    (\d{4}) (\d{4})$", new, re.MULTILINE)
        assert written is not None
        assert credentials.code_matches(session, code, "".join(written.groups()))
        for letter, page, kind in ((new, "confirm", "confirm-link"), (old, "object", "object-link")):
            url = re.search(rf"^https://portal\.example\.org/{page}/(\S+)$", letter, re.MULTILINE)
            assert url is not None
            assert credentials.by_token(session, url.group(1)).kind == kind


# what does not go out


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ({"revoked_at": NOW}, "revoked"),
        ({"redeemed_at": NOW}, "redeemed"),
        ({"revoked_at": NOW, "superseded_by": "K7-42"}, "superseded"),
    ],
)
def test_a_link_that_died_while_it_waited_is_dropped(store: OpenStore, ending: dict[str, Any], why: str) -> None:
    link = send_link(store)
    with store.session() as session:
        row = session.get_one(tables.RecoveryCredential, link)
        record.append(session, record.Entry("test", "done"), [record.changed(row, **ending)], now=NOW)
        session.commit()
    assert run(store) == Delivered(0, 0, 1, 0)
    assert files(store) == []
    assert [(line.state, line.last_error) for line in lines(store)] == [("dropped", why)]
    assert [(outcome, details["dropped"]) for outcome, details in deliveries(store)] == [("failed", why)]


def test_a_link_that_expired_while_the_mail_server_was_down_is_dropped(store: OpenStore) -> None:
    send_link(store)
    assert run(store, clock=lambda: NOW + timedelta(hours=24)) == Delivered(0, 0, 1, 0)


def test_a_link_goes_to_no_address_but_the_one_it_was_made_for(store: OpenStore) -> None:
    send_link(store, to="eve@example.net")
    assert run(store) == Delivered(0, 0, 1, 0)
    assert lines(store)[0].last_error == "address-differs"


def test_a_link_of_an_account_whose_address_changed_is_dropped(store: OpenStore) -> None:
    send_link(store)
    with store.session() as session:
        account = session.get_one(tables.PortalAccount, MRN)
        permit = permits.for_import(Actor("rosa", Role.ADMIN, "S-1"), MRN)
        permits.spend(
            session, permit, now=NOW, outcome=Outcome.DONE, account=account, values={"email": "other@example.org"}
        )
        session.commit()
    assert run(store) == Delivered(0, 0, 1, 0)


def test_a_recipient_edited_outside_portaldesk_gets_nothing_and_does_not_keep_the_others_back(store: OpenStore) -> None:
    altered = notice(store, Message.CHANGED, what="disable", at_desk=True)
    notice(store, Message.CHANGED, what="enable", at_desk=True)
    with raw(store.place.home) as outside:
        outside.drop_guards("outbox_message_update_in_record")
        outside.execute("UPDATE outbox_message SET to_address = 'eve@example.net' WHERE id = ?", (altered,))
        outside.commit()
    assert run(store) == Delivered(1, 1, 0, 0)
    assert [str(read(path)["To"]) for path in files(store)] == [ANA]
    assert ("failed", "record-altered", True) in [
        (outcome, told.get("error"), told.get("given_up")) for outcome, told in deliveries(store)
    ]
    assert run(store) == Delivered(0, 0, 0, 0)


@pytest.mark.sqlite_only("PostgreSQL keeps nothing but numbers there")
def test_tries_that_are_no_count_keep_no_mail_back(store: OpenStore) -> None:
    for tries in ("x", -(10**9), 2**63 - 1):
        odd = notice(store, Message.CHANGED, what="disable", at_desk=True, tries=tries)
        with raw(store.place.home) as outside:
            outside.execute("UPDATE outbox_message SET attempts = ? WHERE id = ?", (tries, odd))
            outside.commit()
    assert run(store) == Delivered(3, 0, 0, 0)


def test_what_dies_after_its_mail_was_written_ahead_is_not_sent(store: OpenStore) -> None:
    links = [send_link(store)]
    for number in range(2, 8):
        add_patient(store, f"MRN-{number}", f"p{number}@example.org")
        links.append(send_link(store, f"MRN-{number}", now=NOW + timedelta(seconds=number)))

    def one_is_revoked(first: delivery.Handled) -> None:
        with store.session() as session:  # between two messages of the run, which has written them all
            row = session.get_one(tables.RecoveryCredential, links[4])
            if row.revoked_at is None:
                entry = record.Entry("credentials revoke", "done")
                record.append(session, entry, [record.changed(row, revoked_at=NOW)], now=NOW)
                session.commit()

    inbox, later = Inbox(), NOW + timedelta(minutes=1)
    with mail_server(inbox) as settings:
        assert run(store, settings, clock=lambda: later, progress=one_is_revoked) == Delivered(6, 0, 1, 0)
    assert "p5@example.org" not in inbox.recipients
    assert len(set(inbox.recipients)) == 6
    with store.session(reading=True) as session:
        assert auditing.verify(session, processes=1).whole


# once and only once


_SENDS_ALL = (
    "import os, sys\n"
    "from portaldesk.services import delivery, opening\n"
    "from portaldesk.settings import ClinicSettings\n"
    "store = opening.open_store(opening.place_of(os.environ))\n"
    "settings = ClinicSettings(portal_url='https://portal.example.org', smtp_url=sys.argv[1])\n"
    "print('ready', flush=True)\n"
    "print(input() or delivery.deliver(store, settings=settings).sent)\n"
)


@contextmanager
def sender_process(store: OpenStore, settings: ClinicSettings) -> Iterator[subprocess.Popen[str]]:
    """A process that has loaded everything, and sends what is due once a line is written to it."""
    with subprocess.Popen(
        [sys.executable, "-c", _SENDS_ALL, settings.smtp_url],
        env=os.environ | engines.environment(store.place.home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        yield started


def begins(sender: subprocess.Popen[str]) -> None:
    assert sender.stdin is not None
    sender.stdin.write("\n")
    sender.stdin.flush()


class Accepting(Inbox):
    """Takes a mail, and answers only once it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.has_one, self.may_answer = threading.Event(), threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        self.has_one.set()
        await asyncio.to_thread(self.may_answer.wait, 20)
        return answer


def test_a_message_is_left_to_the_run_that_has_it_and_taken_over_at_once_when_that_is_killed(store: OpenStore) -> None:
    for number in range(3):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    inbox = Accepting()
    with mail_server(inbox) as settings, sender_process(store, settings) as slow:
        begins(slow)
        assert inbox.has_one.wait(20)
        in_hand = inbox.mails[0]["Message-ID"]
        assert run(store) == Delivered(2, 0, 0, 1)  # by folder: all but the one that is in the other's hand
        assert in_hand not in [read(path)["Message-ID"] for path in files(store)]
        slow.kill()  # between the server's acceptance and our commit
        slow.wait()
        assert run(store) == Delivered(1, 0, 0, 0)  # at the same moment: no time has passed
        inbox.may_answer.set()
    assert in_hand in [read(path)["Message-ID"] for path in files(store)]
    assert {line.attempts for line in lines(store)} == {1, 2}


def test_two_delivering_processes_never_send_one_twice(store: OpenStore) -> None:
    count, inbox = 24, Inbox()
    for number in range(count):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    with (
        mail_server(inbox) as settings,
        sender_process(store, settings) as one,
        sender_process(store, settings) as other,
    ):
        begins(one)
        begins(other)
        sent = [int(sender.communicate(timeout=60)[0]) for sender in (one, other)]
    assert sum(sent) == count
    assert len(inbox.mails) == count
    assert len({mail["Message-ID"] for mail in inbox.mails}) == count


@pytest.mark.sqlite_only("PostgreSQL's own locks are asked there")
def test_a_run_that_cannot_be_looked_at_keeps_its_message(store: OpenStore) -> None:
    mail, name = notice(store, Message.CHANGED, what="disable", at_desk=True), "0123456789abcdef"
    held = store.place.home / ".portaldesk-senders" / name
    held.mkdir(parents=True)  # nothing that can be opened to be asked
    with store.session() as session:
        claim = update(tables.OutboxMessage).where(col(tables.OutboxMessage.id) == mail).values(claimed_by=name)
        session.connection().execute(claim)
        session.commit()
    assert run(store) == Delivered(0, 0, 0, 1)
    held.rmdir()
    assert run(store) == Delivered(1, 0, 0, 0)


@pytest.mark.parametrize(("answer", "waiting"), [("450 4.2.0 later", 1), ("550 5.7.1 not from you", 0)])
def test_what_another_run_could_not_send_meanwhile_is_not_tried_again_at_once(
    store: OpenStore, answer: str, waiting: int
) -> None:
    for number in range(3):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    others: list[Delivered] = []

    def another_runs(_: Handled) -> None:  # while the first has the second message in hand
        if not others:
            with mail_server(Inbox(rcpt=answer)) as refusing:
                others.append(run(store, refusing))

    assert run(store, progress=another_runs) == Delivered(2, 0, 0, waiting)
    assert [other.put_off + other.failed for other in others] == [1]
    assert sorted(line.attempts for line in lines(store)) == [1, 1, 1]


# servers that refuse, lie or hang


def test_a_permanent_refusal_is_given_up_until_an_admin_retries(store: OpenStore) -> None:
    notice(store, Message.CHANGED, what="disable", at_desk=True)
    with mail_server(Inbox(rcpt=f"550 5.1.1 <{ANA}> no such user")) as settings:
        assert run(store, settings) == Delivered(0, 1, 0, 0)
        assert run(store, settings) == Delivered(0, 0, 0, 0)
    (line,) = lines(store)
    assert (line.state, line.attempts, line.next_try_at) == ("failed", 1, None)
    assert line.last_error == "the server refused the recipient (550 5.1.1)"
    assert ANA not in json.dumps(deliveries(store))
    assert retry(store) == 1
    assert run(store).sent == 1


@pytest.mark.parametrize("answers", [{"rcpt": "451 4.7.1 greylisted"}, {"data": "452 4.3.1 full"}])
def test_a_passing_refusal_is_tried_again_after_a_minute(store: OpenStore, answers: dict[str, str]) -> None:
    notice(store, Message.CHANGED, what="disable", at_desk=True)
    with mail_server(Inbox(**answers)) as settings:
        assert run(store, settings) == Delivered(0, 0, 0, 1, put_off=1)
        assert [(line.state, line.next_try_at) for line in lines(store)] == [("waiting", NOW + timedelta(minutes=1))]
        assert run(store, settings) == Delivered(0, 0, 0, 1)
    inbox = Inbox()
    with mail_server(inbox) as settings:
        assert run(store, settings, clock=lambda: NOW + timedelta(minutes=1)) == Delivered(1, 0, 0, 0)
    assert [(line.state, line.attempts, line.last_error) for line in lines(store)] == [("sent", 2, "")]


def test_what_is_put_off_five_times_is_given_up_and_has_its_tries_again_when_an_admin_says_so(store: OpenStore) -> None:
    id_, now, tried = notice(store, Message.CHANGED, what="disable", at_desk=True), NOW, []
    with mail_server(Inbox(rcpt="450 4.2.0 later")) as settings:
        while lines(store)[0].state == "waiting":
            run(store, settings, clock=lambda at=now: at)
            tried.append(now - NOW)
            now = lines(store)[0].next_try_at or now
        assert [at // timedelta(minutes=1) for at in tried] == [0, 1, 7, 45, 285]
        assert (lines(store)[0].state, lines(store)[0].last_error) == (
            "failed",
            "the server refused the recipient (450 4.2.0)",
        )
        with pytest.raises(NotFound):
            retry(store, "f" * 12)
        assert retry(store, id_[:8]) == 1
        assert run(store, settings, clock=lambda: now) == Delivered(0, 0, 0, 1, put_off=1)


def test_one_refused_mail_does_not_keep_the_next_back(store: OpenStore) -> None:
    first = notice(store, Message.CHANGED, to="x y@example.org", what="disable", at_desk=True)
    notice(store, Message.CHANGED, what="enable", at_desk=True)
    inbox = Inbox()
    with mail_server(inbox) as settings:
        assert run(store, settings) == Delivered(1, 1, 0, 0)
    assert {line.id: line.state for line in lines(store)}[first] == "failed"


def test_an_unreachable_server_ends_the_run_with_one_failure(store: OpenStore) -> None:
    for number in range(3):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = run(store, settings_for(port))
    assert (done.put_off, done.waiting) == (1, 3)
    assert done.unreachable == "no connection to the mail server (nothing answers at its host and port)"
    assert len(deliveries(store)) == 1
    assert {(line.state, line.attempts) for line in lines(store)} == {("waiting", 0)}  # no fault of theirs
    assert run(store).sent == 3


class Troubled(Inbox):
    """A server that fails in its own way at each mail: `hang`, `die` (in DATA), `cut` (accepts, then hangs up), or
    `closing` (421 at the next mail, as one that takes so many over one connection)."""

    def __init__(self, *ways: str, pipelining: bool = True) -> None:
        super().__init__(pipelining=pipelining)
        self.ways, self.over, self.tired = list(ways), threading.Event(), False

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.tired:
            self.tired = False
            asyncio.get_running_loop().call_soon(server.transport.close)
            return "421 4.7.0 too many mails on this connection"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        way = self.ways.pop(0) if self.ways else ""
        if way == "hang":
            await asyncio.to_thread(self.over.wait, 20)
        if way == "die":
            server.transport.abort()
        if way in ("hang", "die"):
            return "250 too late"
        self.tired = way == "closing"
        answer = await super().handle_DATA(server, session, envelope)
        if way == "cut":  # before it could answer what was announced: after a DATA of the next mail that one waits
            server.transport.write(f"{answer}\r\n".encode())
            server.transport.close()
        return answer


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("ways", "done"),
    [
        (["cut", "", "cut", ""], Delivered(4, 0, 0, 0)),
        (["closing", "", "closing"], Delivered(4, 0, 0, 0)),
        (["", "die"], Delivered(3, 0, 0, 1, put_off=1)),  # the one that may be to blame waits, the others go
        (["hang"], Delivered(3, 0, 0, 1, put_off=1)),
    ],
)
def test_a_connection_that_ends_costs_at_most_the_mail_that_it_ended_in(
    store: OpenStore, ways: list[str], done: Delivered, pipelining: bool
) -> None:
    for number in range(4):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    inbox = Troubled(*ways, pipelining=pipelining)
    with mail_server(inbox) as settings:
        assert run(store, settings, seconds_a_message=2 if "hang" in ways else 10) == done
        inbox.over.set()
        assert len({mail["Message-ID"] for mail in inbox.mails}) == len(inbox.mails) == done.sent
        if done.put_off:
            assert run(store, settings, clock=lambda: NOW + timedelta(minutes=1)).sent == 1


def test_a_server_that_dies_in_two_mails_running_is_itself_the_trouble(store: OpenStore) -> None:
    for number in range(4):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    with mail_server(Troubled("die", "die", "die")) as settings:
        done = run(store, settings)
    assert (done.sent, done.put_off, done.waiting, bool(done.unreachable)) == (0, 2, 4, True)
    assert sorted(line.attempts for line in lines(store)) == [0, 0, 0, 1]


@pytest.mark.sqlite_only("how long the engine itself waits is an option of the server's elsewhere")
def test_a_mail_that_went_out_while_another_held_the_store_is_written_down_once_that_lets_go(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import of many patients is one transaction, and longer than the engine waits."""
    monkeypatch.setattr(sqlite, "LOCK_WAIT_SECONDS", 0.02)
    for number in range(2):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    refused: list[object] = []

    class Importing(Inbox):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            if not self.mails:
                importing.execute("BEGIN IMMEDIATE")
            return await super().handle_DATA(server, session, envelope)

    def lets_go(refusal: object) -> None:
        refused.append(refusal)
        if len(refused) == 2:
            importing.rollback()

    event.listen(store.engine, "handle_error", lets_go)
    inbox = Importing()
    with (
        closing(sqlite3.connect(str(store.place.file), isolation_level=None, check_same_thread=False)) as importing,
        mail_server(inbox) as settings,
    ):
        assert run(store, settings).sent == len(inbox.mails) == 2
    assert len(refused) == 2


def test_a_run_is_paced_told_of_each_message_and_stopped_between_two(store: OpenStore) -> None:
    for number in range(5):
        notice(store, Message.CHANGED, what="disable", at_desk=True, number=number)
    told, stop = [], threading.Event()

    def progress(one: delivery.Handled) -> None:
        told.append(one.became)
        with store.session(reading=True) as session:  # it is in the store by the time it is told
            assert session.get_one(tables.OutboxMessage, one.id).sent_at is not None
        if len(told) == 3:
            stop.set()

    began = time.monotonic()
    pace = delivery.Pace(20)
    assert run(store, progress=progress, pace=pace, stop=stop).sent in (3, 4)  # the one in hand is finished
    assert time.monotonic() - began >= 2 / 20
    assert pace.free_from >= began + 2 / 20, "a run after it, that shares the pace, goes on with it"
    assert len(told) == 5 - len([line for line in lines(store) if line.state == "waiting"])
    with store.session(reading=True) as session:
        open_ = session.exec(select(tables.OutboxMessage).where(col(tables.OutboxMessage.sent_at).is_(None))).all()
        assert {one.claimed_by for one in open_} == {""}


def test_of_one_an_hour_the_second_waits_an_hour() -> None:
    pace = delivery.Pace(1 / 3600)
    assert pace.pause <= 0
    pace.take()
    assert pace.pause > 3500
