"""A bulk run of 2,000, killed twice in the middle of its mails and gone on with: nobody is lost, one repeat a kill."""

from __future__ import annotations

import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import default as mail_policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from desks import Clinic
from processes import end, require_whole, rows, run, start

import engines
from portaldesk.gate.actors import Actor
from portaldesk.services import opening
from portaldesk.services.intake.facts import PatientFacts, Reading
from portaldesk.services.intake.importing import import_patients
from portaldesk.words import PatientStatus, Role

PATIENTS = 2000
KILLED_AFTER = (600, 1300)
"""Mails that the server has by then."""
PORTAL = "https://portal.example.org"


@dataclass  # without slots: aiosmtpd looks at every member, and before Python 3.11.3 one of theirs cannot be read
class Inbox:
    """A mail server's, which says when it has so many."""

    mails: list[bytes] = field(default_factory=list)
    wanted: int = 0
    has_them: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, many: int) -> None:
        self.wanted = many
        assert self.has_them.wait(60), f"{len(self.mails)} mails came"
        self.has_them.clear()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content)
        if len(self.mails) == self.wanted:
            self.has_them.set()
        return "250 OK"

    def read(self) -> list[Message]:
        return [message_from_bytes(mail) for mail in self.mails]


@contextmanager
def mail_server() -> Iterator[tuple[Inbox, str]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    inbox = Inbox()
    running = Controller(inbox, hostname="127.0.0.1", port=port, ready_timeout=30)
    running.start()
    try:
        yield inbox, f"smtp://127.0.0.1:{port}?tls=none"
    finally:
        running.stop()


def people() -> Iterator[PatientFacts]:
    for n in range(PATIENTS):
        yield PatientFacts(
            line=n + 2, mrn=f"MRN-{n}", given_name="Ana", family_name=f"Reynolds{n}", other_names=(), sex="female",
            birth_date=date(1952, 7, 15), phone=None, phone_as_written=None, email=f"ana{n}@example.org",
            address="1 Elm Street", city="Pratt", postal_code="67124", status=PatientStatus.ACTIVE, language="en",
            last_visit=None, username=None, merged_into=None,
        )  # fmt: skip


@pytest.mark.sqlite_only("twice the time for the same steps; a run's turn on a server is tried in tests/services")
def test_a_bulk_run_killed_twice_and_gone_on_with_reaches_everyone_with_at_most_one_repeat_a_kill(
    clinic: Clinic, tmp_path: Path
) -> None:
    store = opening.open_store(engines.place(clinic.home))
    with store.session() as session:
        rosa = Actor("rosa", Role.ADMIN, "S-import")
        reading = Reading(list(people()), [], [], "csv", "UTF-8")
        import_patients(session, rosa, reading, dry_run=False, skip_bad=False, now=datetime.now(UTC))
        session.commit()
    store.engine.dispose()
    command = ("resend-invite", "--all-pending", "--resume", "--json")
    with mail_server() as (inbox, url):
        for key, value in (("smtp_url", url), ("portal_url", PORTAL)):
            assert clinic.rosa("settings", "set", key, value).code == 0
        for many in KILLED_AFTER:
            process = start(*command, clinic=clinic, token=clinic.rosa_token)
            inbox.wait_for(many)
            process.send_signal(signal.SIGKILL)
            assert end(process).code == -signal.SIGKILL
        interrupted = start(*command, clinic=clinic, token=clinic.rosa_token)
        inbox.wait_for(KILLED_AFTER[-1] + 200)
        interrupted.send_signal(signal.SIGINT)
        stopped = end(interrupted)
        assert (stopped.code, "Traceback" in stopped.err) == (130, False)
        assert "portaldesk resend-invite --all-pending --resume" in stopped.err
        done = run(*command, clinic=clinic, token=clinic.rosa_token)
        assert done.code == 0, done.err
        mails = inbox.read()
    assert f'"read": {PATIENTS},\n  "sent": {PATIENTS},' in done.out
    assert require_whole(clinic) > 2 * PATIENTS
    by_address = Counter(str(mail["To"]) for mail in mails)
    assert by_address.keys() == {f"ana{n}@example.org" for n in range(PATIENTS)}
    repeated = [address for address, count in by_address.items() if count > 1]
    assert len(mails) - PATIENTS == len(repeated) <= len(KILLED_AFTER), "a repeat a kill, of one message"
    assert len({mail["Message-ID"] for mail in mails}) == PATIENTS, "a repeat is the same message"
    ((permits, links, told),) = rows(
        clinic,
        "SELECT (SELECT count(*) FROM permit WHERE ground = 'bulk'), (SELECT count(*) FROM recovery_credential), "
        "(SELECT count(*) FROM audit_event WHERE action = 'resend-invite')",
    )
    assert (permits, links, told) == (PATIENTS, PATIENTS, PATIENTS)
    for data in (inbox.mails[0], inbox.mails[KILLED_AFTER[0]], inbox.mails[-1]):
        body = message_from_bytes(data, policy=mail_policy).get_body(("plain",))
        assert body is not None
        token = re.findall(rf"(?m)^{PORTAL}/\S+/([\w-]+)\r?$", body.get_content())[0]
        said = f"{token}\n1952-07-15\n67124\ngravel tulip ninety moth 7\n"
        redeemed = clinic.anyone(
            "portal", "redeem", "-", "--birth-date", "-", "--postal-code", "-", "--password-stdin", "--json", input=said
        )
        assert redeemed.code == 0, redeemed.err
