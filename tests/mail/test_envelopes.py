"""A letter in its envelope is read back by the standard library as it was written, whatever a name or address holds."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, message_from_string, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portaldesk.mail import messages
from portaldesk.mail.catalogues import LANGUAGES
from portaldesk.mail.envelope import envelope
from portaldesk.mail.samples import SAMPLES
from portaldesk.mail.stationery import Letter, Stationery
from portaldesk.settings import ClinicSettings

NOW = datetime(2026, 11, 25, 10, 42, tzinfo=UTC)
HEADERS = {"Date", "Message-ID", "From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"}


def enveloped(letter: Letter, of: ClinicSettings, to: str = "ana@example.org") -> EmailMessage:
    return envelope(letter, to=to, message_id="0" * 24, created_at=NOW, settings=of, now=NOW)


def one_line(text: str) -> str:
    return " ".join("".join(c if category(c)[0] not in "CZ" else " " for c in text).split())


def decoded(header: str) -> str:
    return str(make_header(decode_header("".join(header.splitlines())))).strip()


def arrived(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw.replace(b"\r\n", b"\n"), policy=policy.default)  # type: ignore[return-value]


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(list(SAMPLES)), clinic=st.text(max_size=120), name=st.text(max_size=40),
    language=st.sampled_from(LANGUAGES),
)  # fmt: skip
def test_both_alternatives_come_back_as_written_and_no_name_writes_a_header_or_a_part(
    kind: str, clinic: str, name: str, language: str
) -> None:
    of = ClinicSettings(portal_url="https://portal.example.org", clinic_name=clinic, clinic_phone=name)
    letter = SAMPLES[kind](Stationery(of, language), NOW)
    raw = enveloped(letter, of).as_bytes()
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) < 998  # RFC 5322 §2.1.1
    mail = arrived(raw)
    assert (set(mail), len(mail.keys())) == (HEADERS, len(HEADERS))
    assert mail.get_content_type() == "multipart/alternative"
    text, page = mail.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content() == letter.text
    assert page.get_content().encode() == letter.html.encode("ascii", "xmlcharrefreplace")
    # by the older reader: the newer one (Python 3.11) misses a rule of RFC 2047 §6.2, blanks between encoded words
    older = message_from_bytes(raw)
    name, address = parseaddr(older["From"])
    assert (decoded(name), address) == (one_line(clinic), "no-reply@portal.example.org")
    assert decoded(older["Subject"]) == one_line(letter.subject)


@pytest.mark.parametrize(
    ("to", "written", "needs_utf8"),
    [
        ("ana@example.org", "ana@example.org", False),
        ("ana@correo.méxico.example", "ana@correo.xn--mxico-bsa.example", False),
        ("josé.núñez@exämple.org", "josé.núñez@xn--exmple-cua.org", True),
        ("用户@例子.测试", "用户@xn--fsqu00a.xn--0zwm56d", True),
    ],
)
def test_an_address_of_any_script_is_written_as_a_server_takes_it(to: str, written: str, needs_utf8: bool) -> None:
    of = ClinicSettings(portal_url="https://portal.exämple.org", clinic_name="Clínica del Olmo — Dr. Ñandú")
    letter = messages.username_reminder(Stationery(of, "es"), first_name="José", username="josé")
    mail = enveloped(letter, of, to)
    with_utf8 = message_from_string(mail.as_bytes(policy=policy.SMTPUTF8).decode("utf-8"), policy=policy.default)
    assert [one.addr_spec for one in with_utf8["To"].addresses] == [written]
    assert written.isascii() is not needs_utf8
    (sender,) = with_utf8["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (of.clinic_name, "no-reply@portal.xn--exmple-cua.org")


def test_a_letter_without_a_page_is_one_part_of_text() -> None:
    mail = arrived(enveloped(Letter("Año", "ñ\n-- \nClinic\n"), ClinicSettings()).as_bytes())
    assert (mail.get_content_type(), mail.get_content()) == ("text/plain", "ñ\n-- \nClinic\n")
