"""A mail as it is written: no name or address writes a header, other scripts read right, and files tell nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from outboxes import (
    ANA,
    NOW,
    PORTAL,
    Inbox,
    a_store,
    add_patient,
    files,
    lines,
    mail_server,
    notice,
    read,
    retry,
    run,
    send_link,
)
from sqlmodel import Session, col, select

from portaldesk.mail.envelope import envelope
from portaldesk.mail.stationery import Letter
from portaldesk.mail.transport import Refused, Unreachable
from portaldesk.services import carriers
from portaldesk.services.delivery import Delivered
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import tables
from portaldesk.words import Message


@pytest.fixture
def store(tmp_path: Path) -> OpenStore:
    return a_store(tmp_path)


ENCODED = "=?utf-8?q?a=0D=0ABcc=3A_eve=40example.net?="


@given(name=st.text(max_size=80), subject=st.text(max_size=80))
@example(name=ENCODED, subject="x")
@example(name="x", subject=ENCODED)
def test_no_name_and_no_subject_can_write_a_header(name: str, subject: str) -> None:
    mail = envelope(
        Letter(subject + "\r\nBcc: eve@example.net", "Hello,\n"), to=ANA, message_id="1", created_at=NOW,
        settings=ClinicSettings(portal_url=PORTAL.portal_url, clinic_name=name + "\r\nBcc: eve@example.net"), now=NOW,
    )  # fmt: skip
    arrived = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert set(arrived) == {
        "Date", "Message-ID", "From", "To", "Subject", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version",
    }  # fmt: skip
    assert [address.addr_spec for address in arrived["From"].addresses] == ["no-reply@portal.example.org"]
    assert [address.addr_spec for address in arrived["To"].addresses] == [ANA]


@given(to=st.text(max_size=60) | st.builds("{}@{}".format, st.text(max_size=20), st.text(max_size=20)))
@example(to=f"{ENCODED}@example.org")
def test_an_address_is_one_recipient_or_is_refused_for_good(to: str) -> None:
    def made() -> EmailMessage:
        return envelope(Letter("x", "x\n"), to=to, message_id="1", created_at=NOW, settings=PORTAL, now=NOW)

    if "@" not in to.strip("@"):
        with pytest.raises(Refused):
            made()
        return
    try:
        mail = made()
    except Refused:
        return
    assert len(mail["To"].addresses) == 1
    assert mail.as_bytes(policy=policy.SMTPUTF8).count(b"\nTo: ") == 1
    assert "Bcc" not in message_from_bytes(mail.as_bytes(policy=policy.SMTPUTF8))


def test_an_international_clinic_reads_right(store: OpenStore) -> None:
    notice(store, Message.CHANGED, what="disable", at_desk=True)
    inbox = Inbox()
    with mail_server(inbox) as open_:
        run(
            store,
            ClinicSettings(portal_url="https://bücher.example", smtp_url=open_.smtp_url, clinic_name="Praxis Grün"),
        )
    (sender,) = inbox.mails[0]["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Praxis Grün", "no-reply@xn--bcher-kva.example")


def test_an_international_domain_needs_nothing_special(store: OpenStore) -> None:
    notice(store, Message.CHANGED, to="ana@bücher.example", what="disable", at_desk=True)
    inbox = Inbox()
    with mail_server(inbox) as settings:
        assert run(store, settings).sent == 1
    assert inbox.recipients == ["ana@xn--bcher-kva.example"]


def test_an_international_mailbox_goes_only_to_a_server_that_takes_it(store: OpenStore) -> None:
    notice(store, Message.CHANGED, to="josé@example.org", what="disable", at_desk=True)
    with mail_server(Inbox(), enable_SMTPUTF8=False) as settings:
        assert run(store, settings) == Delivered(0, 1, 0, 0)
    inbox = Inbox()
    assert retry(store) == 1
    with mail_server(inbox, enable_SMTPUTF8=True) as settings:
        assert run(store, settings).sent == 1
    assert inbox.recipients == ["josé@example.org"]


# the folder


def test_the_folder_holds_whole_private_files_whose_names_tell_nothing(store: OpenStore) -> None:
    notice(store, Message.CHANGED, what="disable", at_desk=True)
    add_patient(store, "MRN-2", "josé@example.org")
    send_link(store, "MRN-2", now=NOW + timedelta(seconds=1))
    assert run(store, clock=lambda: NOW + timedelta(seconds=2)).sent == 2
    assert [str(read(path)["To"]) for path in files(store)] == [ANA, "josé@example.org"]  # by age
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files(store))
    assert all(re.fullmatch(r"20261125T1000\d{8}Z\.[0-9a-f]{12}\.eml", path.name) for path in files(store))
    assert sorted(store.place.outbox.iterdir()) == files(store)


def test_in_the_folder_a_link_stays_on_its_line_for_a_long_portal_address_too(store: OpenStore) -> None:
    send_link(store)
    run(store, ClinicSettings(portal_url="https://portal.elm-street-clinic-of-the-far-west.example.org"))
    lines_ = files(store)[0].read_bytes().decode("utf-8").split("\n")
    (link,) = [line for line in lines_ if line.startswith("https://")]
    assert re.fullmatch(r"https://portal\.elm-street-clinic-of-the-far-west\.example\.org/redeem/[\w-]{43}", link)
    assert "Hello José," in lines_


def test_the_list_masks_addresses_and_names_the_reference(store: OpenStore) -> None:
    link = send_link(store)
    (line,) = lines(store)
    with store.session(reading=True) as session:
        assert line.reference == _reference(session, link)
    assert (line.state, line.to, line.sent_at, line.attempts) == ("waiting", "a…@….org", None, 0)
    run(store)
    assert [(line.state, line.sent_at) for line in lines(store)] == [("sent", NOW)]


def _reference(session: Session, link: str) -> str:
    return session.exec(
        select(tables.RecoveryCredential.reference).where(col(tables.RecoveryCredential.id) == link)
    ).one()


def test_a_folder_that_cannot_be_written_is_no_fault_of_the_mail(store: OpenStore) -> None:
    notice(store, Message.CHANGED, what="disable", at_desk=True)
    store.place.outbox.rmdir()
    store.place.outbox.write_text("not a folder")
    carrier = carriers.transport_for(store, PORTAL)
    with pytest.raises(Unreachable):
        carrier.deliver(
            envelope(Letter("x", "x\n"), to=ANA, message_id="1", created_at=NOW, settings=PORTAL, now=NOW),
            within_seconds=1,
        )
    assert run(store).unreachable.startswith("the outbox folder cannot be written")
