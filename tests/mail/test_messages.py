"""What every mail promises, in each language: one link on its own line, a code as `1234 5678`, first names alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.mail import messages, notices, times
from portaldesk.mail.catalogues import LANGUAGES, language_for
from portaldesk.mail.samples import SAMPLES
from portaldesk.mail.stationery import Letter, Stationery
from portaldesk.settings import ClinicSettings

NOW = datetime(2026, 11, 25, 10, 42, tzinfo=UTC)
TOKEN = "aB3-_" * 8 + "xyz"
SETTINGS = ClinicSettings(
    portal_url="https://portal.example.org", clinic_name="Elm Street Clinic", clinic_phone="+1 555 0100",
    time_zone="America/New_York",
)  # fmt: skip
CLINIC = Stationery(SETTINGS)
LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)

Write = Callable[[Stationery, str], Letter]
LINKED: dict[str, tuple[str, Write]] = {
    "invitation": ("redeem", lambda on, name: messages.invitation(on, first_name=name, **_link())),
    "reset": ("redeem", lambda on, name: messages.reset(on, first_name=name, **_link())),
    "unlock-link": ("redeem", lambda on, name: messages.unlock_link(on, first_name=name, **_link())),
    "contact-changing": (
        "object",
        lambda on, name: notices.contact_changing(on, first_name=name, kind="email", **_link()),
    ),
    "proxy-asked": ("object", lambda on, name: notices.contact_changing(on, first_name=name, kind="proxy", **_link())),
    "confirm-code": ("confirm", lambda on, name: _confirm(on)),
}
PLAIN: dict[str, Write] = {
    "check-code": lambda on, name: messages.check_code(
        on, first_name=name, reference="K7-42", code="12345678", words="amber lantern", expires_at=_in(minutes=10),
        now=NOW,
    ),
    "username-reminder": lambda on, name: messages.username_reminder(on, first_name=name, username="ana.reynolds"),
    "locked": lambda on, name: notices.locked(on, first_name=name, until=_in(minutes=15)),
    "changed": lambda on, name: notices.changed(on, first_name=name, what="disable", at=NOW, at_desk=True),
}  # fmt: skip
EVERY = {kind: make for kind, (_, make) in LINKED.items()} | PLAIN


def _in(**span: int) -> datetime:
    return NOW + timedelta(**span)


def _link(**more: object) -> dict[str, object]:
    return {"reference": "K7-42", "token": TOKEN, "expires_at": _in(hours=24), "now": NOW} | more


def _confirm(on: Stationery) -> Letter:
    return messages.confirm_code(
        on, kind="email", reference="K7-42", code="12345678", words="amber lantern", token=TOKEN,
        expires_at=_in(minutes=10), link_expires_at=_in(hours=24), now=NOW,
    )  # fmt: skip


def one_line(text: str) -> str:
    return " ".join(text.split())


class Page(HTMLParser):
    """What a page says, where it leads, and of what it is made."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.leads, self._said, self._in = set[str](), list[str](), "", ""
        self.feed(html)
        self.said = one_line(self._said)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = tag
        self.tags.add(tag)
        self.leads += [value or "" for name, value in attrs if name in ("href", "src", "action", "background")]

    def handle_data(self, data: str) -> None:
        if self._in not in ("style", "title"):
            self._said += f" {data}"


@given(kind=st.sampled_from(list(LINKED)), name=st.text(max_size=60), language=st.sampled_from(LANGUAGES))
def test_the_first_url_is_the_link_on_a_line_of_its_own_whatever_the_name(kind: str, name: str, language: str) -> None:
    page, make = LINKED[kind]
    letter, link = make(Stationery(SETTINGS, language), name), f"{SETTINGS.portal_url}/{page}/{TOKEN}"
    assert re.findall(r"https?://\S+", letter.text) == [link]
    assert link in letter.text.splitlines()
    assert Page(letter.html).leads == [link]


@given(
    kind=st.sampled_from(list(EVERY)),
    name=st.text(max_size=60),
    clinic=st.text(max_size=160),
    language=st.sampled_from(LANGUAGES),
)
def test_lines_stay_short_and_no_name_begins_a_line_makes_a_link_or_writes_html(
    kind: str, name: str, clinic: str, language: str
) -> None:
    settings = ClinicSettings(portal_url=SETTINGS.portal_url, clinic_name=clinic, clinic_hours=clinic)
    letter = EVERY[kind](Stationery(settings, language), f"{name}<b>x</b>")
    lines = letter.text.split("\n")
    assert max(len(line) for line in lines if not line.startswith("https://portal")) <= 72
    assert lines == letter.text.splitlines() or lines[:-1] == letter.text.splitlines()
    assert re.match(r"Hello|Hola", lines[0])
    assert not set(lines[0].removesuffix(":").removesuffix(",")) & set("/:.@<>=&")
    assert "\n" not in letter.subject
    assert Page(letter.html).tags == Page(EVERY[kind](CLINIC, "Ana").html).tags


@pytest.mark.parametrize(
    ("given", "written"),
    [("Silvana644", "Silvana644"), ("Call 1 800 555 0199 now", "Call now"), ("Call １８００５５５", "Call")],
)
def test_no_name_gives_a_number_to_call(given: str, written: str) -> None:
    assert PLAIN["username-reminder"](CLINIC, given).text.startswith(f"Hello {written},\n")


@LANGUAGE
@pytest.mark.parametrize("kind", SAMPLES)
def test_the_page_says_what_the_text_says_loads_nothing_and_runs_nothing(kind: str, language: str) -> None:
    letter = SAMPLES[kind](Stationery(SETTINGS, language), NOW)
    page = Page(letter.html)
    for paragraph in letter.text.partition("\n-- \n")[0].split("\n\n"):
        assert one_line(paragraph) in page.said
    assert not page.tags & {"img", "script", "link", "form", "iframe"}
    assert all(lead.startswith(f"{SETTINGS.portal_url}/") for lead in page.leads)
    assert "url(" not in letter.html
    assert f'<html lang="{language}">' in letter.html


@pytest.mark.parametrize("make", [PLAIN["check-code"], EVERY["confirm-code"]])
def test_a_code_is_written_in_two_groups_with_the_words_the_desk_sees(make: Write) -> None:
    letter = make(CLINIC, "Ana")
    assert "    1234 5678" in letter.text.splitlines()
    assert "same two words: amber lantern" in one_line(letter.text)
    assert "1234" not in letter.subject


def test_a_check_code_says_that_it_is_only_for_who_called() -> None:
    text = one_line(PLAIN["check-code"](CLINIC, "Ana").text)
    assert "to prove who you are to Elm Street Clinic on the phone, only if you called us" in text


def test_a_confirmation_names_nobody_for_a_slip_may_send_it_to_a_stranger() -> None:
    assert _confirm(CLINIC).text.startswith("Hello,\n")


@pytest.mark.parametrize("kind", LINKED)
def test_a_link_says_how_long_it_lives_and_that_it_is_not_to_be_shared(kind: str) -> None:
    text = one_line(LINKED[kind][1](CLINIC, "Ana").text)
    assert "is valid for 24 hours, until Thursday, November 26, 2026, 5:42 AM EST" in text
    assert "Do not forward this email" in text
    assert "Reference: K7-42" in text
    if LINKED[kind][0] == "redeem":
        assert "private connection" in text
        assert "sign out when you are done" in text


def test_a_notice_says_what_when_from_which_desk_and_whom_to_call() -> None:
    text = one_line(PLAIN["changed"](CLINIC, "Ana").text)
    assert "switched off" in text
    assert "Wednesday, November 25, 2026, 5:42 AM EST, by the help desk of Elm Street Clinic" in text
    assert "If that was not you, object at once: call Elm Street Clinic at +1 555 0100" in text


def test_a_pause_says_until_when() -> None:
    assert "paused until Wednesday, November 25, 2026, 5:57 AM EST" in one_line(PLAIN["locked"](CLINIC, "Ana").text)


def test_times_are_those_of_the_clinic_as_its_country_and_the_reader_write_them() -> None:
    def said(locale: str, language: str, zone: str) -> str:
        return times.moment(Stationery(ClinicSettings(locale=locale, time_zone=zone), language), NOW)

    assert said("en_US", "es", "America/Chicago") == "miércoles, 25 de noviembre de 2026, 4:42 a.m. CST"
    assert said("en_GB", "en", "Europe/London") == "Wednesday, 25 November 2026, 10:42 GMT"
    assert said("es_ES", "es", "Europe/Madrid") == "miércoles, 25 de noviembre de 2026, 11:42 CET"
    assert said("en_US", "en", "America/Sao_Paulo") == "Wednesday, November 25, 2026, 7:42 AM GMT-03:00"
    assert said("en_US", "en", "Nowhere/Town").endswith("10:42 AM UTC")


@given(seconds=st.integers(min_value=1, max_value=8 * 86400))
def test_time_left_is_never_off_by_more_than_its_unit(seconds: int) -> None:
    number, unit = times.time_left(CLINIC, NOW + timedelta(seconds=seconds), NOW).split()
    length = {"minute": 60, "hour": 3600, "day": 86400}[unit.removesuffix("s")]
    assert abs(int(number) * length - seconds) < length


def test_times_left_read_as_people_say_them() -> None:
    spans = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=23, minutes=59, seconds=58), timedelta(days=7))
    said = [times.time_left(CLINIC, NOW + span, NOW) for span in spans]
    assert said == ["10 minutes", "60 minutes", "24 hours", "7 days"]
    assert times.time_left(Stationery(SETTINGS, "es"), NOW + timedelta(days=7), NOW) == "7 días"


@pytest.mark.parametrize(
    ("own", "locale", "written_in"),
    [("es", "en_US", "es"), ("", "es_US", "es"), ("fr", "es_MX", "es"), ("en", "es_US", "en"), ("fr", "fr_CA", "en")],
)
def test_a_patient_is_written_to_in_their_language_else_in_the_clinics(own: str, locale: str, written_in: str) -> None:
    assert language_for(own, locale) == written_in
