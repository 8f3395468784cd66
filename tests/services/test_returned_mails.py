"""Mails that came back: a report counts once, for a mail of ours to that address, and no stranger's does (RFC 3464)."""

from __future__ import annotations

import base64
import io
import json
import mailbox
import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phone_calls import ANA, BEN, ROSA, SETTINGS, Desk, a_clinic
from sqlmodel import col, select

from portaldesk.errors import WrongUsage
from portaldesk.mail import delivery_reports
from portaldesk.rules import bounces
from portaldesk.services import delivery, messages, returned_mails
from portaldesk.services.opening import OpenStore
from portaldesk.services.returned_mails import Fed
from portaldesk.store import record, tables
from portaldesk.words import CredentialKind
from portaldesk.words import Message as Kind

REPORT = """From: MAILER-DAEMON@mx.example.net
To: no-reply@localhost
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=x"

--=x

I'm sorry to have to inform you that your message could not be delivered.

--=x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Thu, 3 Dec 2026 10:00:00 +0000

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} <{to}>: Recipient address rejected

--=x
Content-Type: {returned}

Message-ID: {id}
Subject: Your invitation to the patient portal

Hello
--=x--
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    with a_clinic(tmp_path) as made:
        yield made


class Clinic:
    """A clinic that mails Ana, and gets back what is told of it."""

    def __init__(self, store: OpenStore) -> None:
        self.store = store
        with store.session(reading=True) as session:
            self.now = Desk(session).now

    def mails(self, count: int, to: str = "ana@example.org", mrn: str = ANA) -> list[Message]:
        """So many notices go out; the newest ones as they were written."""
        with self.store.session() as session:
            for number in range(count):
                told = {"what": "disable", "at_desk": True, "number": number}
                mail = messages.queue(Kind.CHANGED, mrn=mrn, to=to, now=self.now, variables=told)
                record.append(session, record.Entry("test", "done", patient=mrn), [mail], now=self.now)
            session.commit()
        before = set(self.store.place.outbox.glob("*.eml"))
        assert delivery.deliver(self.store, settings=SETTINGS, clock=lambda: self.now).sent == count
        return [message_from_bytes(path.read_bytes()) for path in set(self.store.place.outbox.glob("*.eml")) - before]

    def gets(self, *reports: str) -> Fed:
        raw = "".join(f"From MAILER-DAEMON Thu Dec  3 10:00:00 2026\n{report}\n" for report in reports).encode()
        return self.reads(Path("-"), raw)

    def reads(self, source: Path, stdin: bytes = b"") -> Fed:
        read = delivery_reports.read_all(source, io.BytesIO(stdin))
        return returned_mails.feed(self.store, ROSA, read, clock=lambda: self.now)

    def doubtful(self) -> list[tuple[str, str]]:
        with self.store.session(reading=True) as session:
            point = tables.ContactPoint
            rows = session.exec(select(point).where(col(point.bounced_at).is_not(None)).order_by(point.mrn)).all()
            return [(row.mrn, row.value) for row in rows]


@pytest.fixture
def clinic(store: OpenStore) -> Clinic:
    return Clinic(store)


def report(mail: Message, *, action: str = "failed", status: str = "5.1.1", to: str = "", **more: str) -> str:
    said = {"returned": "message/rfc822"} | more
    return REPORT.format(id=mail["Message-ID"], to=to or mail["To"], action=action, status=status, **said)


def test_a_mailbox_that_is_not_there_is_doubtful_at_once_and_told_once(clinic: Clinic) -> None:
    (mail,) = clinic.mails(1)
    back = report(mail, to="ANA@Example.org")
    assert clinic.gets(back, back) == Fed(2, 1, 1, 0, 0, 0, 1)
    assert clinic.doubtful() == [(ANA, "ana@example.org")]
    assert clinic.gets(report(mail, status="5.2.2", returned="text/rfc822-headers")) == Fed(1, 0, 1, 0, 0, 0, 0)
    with clinic.store.session(reading=True) as session:
        event = tables.AuditEvent
        (told,) = session.exec(select(event).where(event.action == "outbox bounces")).all()
    assert (told.staff, told.patient, told.outcome) == ("rosa", ANA, "done")
    assert {"status": "5.1.1", "doubtful": 1, "to": "a…@….org"}.items() <= json.loads(told.details).items()
    assert "ana@example.org" not in told.details


def test_what_is_only_delayed_counts_nothing_and_a_full_mailbox_counts_until_three_in_a_week(clinic: Clinic) -> None:
    first, second, *others = clinic.mails(2) + clinic.mails(1)
    delayed = [report(first, action="delayed", status="4.4.7"), report(first, action="delivered", status="2.0.0")]
    assert clinic.gets(*delayed) == Fed(2, 0, 0, 2, 0, 0, 0)
    assert clinic.gets(report(first, status="5.2.2"), report(second, status="4.4.7")).counted == 2
    assert clinic.doubtful() == []
    clinic.now += timedelta(days=8)
    assert clinic.gets(report(others[0], status="5.2.2")) == Fed(1, 1, 0, 0, 0, 0, 0)  # the others are forgotten
    three = clinic.mails(2)
    assert clinic.gets(*(report(mail, status="x; rm -rf") for mail in three)) == Fed(2, 2, 0, 0, 0, 0, 1)
    assert clinic.doubtful() == [(ANA, "ana@example.org")]


def test_no_stranger_makes_an_address_doubtful(clinic: Clinic) -> None:
    (mail,) = clinic.mails(1)
    own = str(mail["Message-ID"])
    (day, rest), (name, host) = own.split("T"), own.split("@")
    forged = [f"{day[:-1]}9T{rest}", f"{name[:-1]}z@{host}", "<x@y>", "", f"<20269999T999999999999Z.{'a' * 12}@{host}"]
    reports = [report(mail).replace(own, one) for one in forged]
    assert clinic.gets(*reports, report(mail, to="ben@example.org")).counted == 0
    clinic.now += timedelta(days=15)
    assert clinic.gets(report(mail)) == Fed(1, 0, 0, 0, 1, 0, 0)  # an old mail is no weapon
    assert clinic.doubtful() == []


def test_a_mailbox_from_which_a_link_came_back_since_is_not_doubted(clinic: Clinic) -> None:
    (mail,) = clinic.mails(1)
    with clinic.store.session() as session:
        desk = Desk(session, clinic.now)
        desk.basic(ANA)
        desk.asks(ANA, send_code="email")
        desk.asks(ANA, code=desk.code(ANA, CredentialKind.CODE))
        clinic.now = desk.now
        session.commit()
    assert clinic.gets(report(mail)) == Fed(1, 1, 0, 0, 0, 0, 0)
    assert clinic.doubtful() == []


def test_a_maildir_an_mbox_and_a_single_mail_are_read_alike(clinic: Clinic, tmp_path: Path) -> None:
    mails = clinic.mails(1, "ben@example.org", BEN) + clinic.mails(1)
    box, folder = mailbox.mbox(tmp_path / "mbox"), mailbox.Maildir(tmp_path / "maildir")
    for target in (box, folder):
        for text in (*map(report, mails), "Subject: out of office\n\nI am away.\n"):
            target.add(text.encode())  # type: ignore[attr-defined]
        target.flush()  # type: ignore[attr-defined]
    assert clinic.reads(tmp_path / "maildir") == Fed(3, 2, 0, 0, 0, 1, 2)
    assert clinic.reads(tmp_path / "mbox") == Fed(3, 0, 2, 0, 0, 1, 0)
    (tmp_path / "one.eml").write_text(report(mails[0]))
    assert clinic.reads(tmp_path / "one.eml") == Fed(1, 0, 1, 0, 0, 0, 0)
    (tmp_path / "mbox").write_bytes(b"")  # emptied by its reader, as /var/mail is at most times
    assert clinic.reads(tmp_path / "mbox") == Fed(0, 0, 0, 0, 0, 0, 0)


def test_what_is_no_mail_is_refused_in_one_sentence_and_nothing_is_counted(clinic: Clinic, tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(5000))
    for source in (tmp_path, tmp_path / "picture", tmp_path / "gone", Path("/dev/zero")):
        with pytest.raises(WrongUsage) as refused:
            clinic.reads(source)
        assert refused.value.code == "bad-file"
    (mail,) = clinic.mails(1)
    big = (report(mail) + "\nFrom x\n" + "X-Long: ").encode() + b"y" * 1024**2 + b"\n\n"
    assert clinic.reads(Path("-"), big + b"A" * 10 * 1024**2 + b"\n").counted == 1
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(4000))
    reports = report(mail).replace("\nHello\n", f"\n{nested}\n")
    assert clinic.gets(nested, reports).read == 2


def test_no_mail_of_a_stranger_keeps_the_reader_busy() -> None:
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(300))
    endless = 'Content-Type: multipart/report; a="' + ";" * 60_000 + "\n\nx\n"
    packed = base64.encodebytes(endless.encode()).decode()
    told = REPORT.format(id="<x>", to="a@b.cd", action="failed", status="5.1.1", returned="text/rfc822-headers")
    reports = (
        nested + "x\n" * 60_000, endless, f"From: x\r{endless}", told.replace("Hello", endless),
        told.replace("headers\n\n", f"headers\nContent-Transfer-Encoding: base64\n\n{packed}"),
    )  # fmt: skip
    began = time.process_time()
    assert [delivery_reports.read(one.encode()) for one in reports] == [()] * len(reports)
    assert time.process_time() - began < 2  # seconds of work; each of them took several
    many = told.replace("Action:", "Action: failed\n\n" * 3000 + "Action:")
    assert len(delivery_reports.read(many.encode())) <= 20


@given(st.binary(max_size=300), st.text(max_size=30), st.text(max_size=30))
def test_no_report_trips_the_reader(noise: bytes, status: str, recipient: str) -> None:
    text = REPORT.format(id="<x>", to=recipient, action="failed", status=status, returned="message/global-headers")
    raw = text.replace("message/delivery-status", "message/global-delivery-status").encode("utf-8", "replace")
    at = len(noise) * 7 % len(raw)
    for given_ in (raw, raw[:at] + noise + raw[at:], noise):
        for one in delivery_reports.read(given_):
            assert bounces.read_status(one.status) in ("", one.status)
    if recipient.isprintable() and recipient.isascii() and recipient.strip() and "<" not in recipient:
        assert delivery_reports.read(raw)[0].action == "failed"
