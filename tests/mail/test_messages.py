"""What every letter promises: one link on its own line, a code as `1234 5678`, the given name and no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portaldesk.mail import messages
from portaldesk.mail.stationery import Letter, Stationery
from portaldesk.settings import ClinicSettings

NOW = datetime(2026, 11, 25, 10, 42, tzinfo=UTC)
TOKEN = "aB3-_" * 8 + "xyz"
CLINIC = Stationery(
    ClinicSettings(portal_url="https://portal.example.org", clinic_name="Elm Street Clinic", clinic_phone="+1 555 0100")
)

LINKED: dict[str, tuple[str, Callable[[str], Letter]]] = {
    "invitation": ("redeem", lambda name: messages.invitation(CLINIC, first_name=name, **_link())),
    "reset": ("redeem", lambda name: messages.reset(CLINIC, first_name=name, **_link())),
    "unlock-link": ("redeem", lambda name: messages.unlock_link(CLINIC, first_name=name, **_link())),
    "contact-changing": (
        "object",
        lambda name: messages.contact_changing(CLINIC, first_name=name, kind="email", **_link()),
    ),
    "confirm-code": ("confirm", lambda name: _confirm()),
}
PLAIN: dict[str, Callable[[str], Letter]] = {
    "check-code": lambda name: messages.check_code(
        CLINIC, first_name=name, reference="K7-42", code="12345678", words="amber lantern", expires_at=_in(minutes=10),
        now=NOW,
    ),
    "username-reminder": lambda name: messages.username_reminder(CLINIC, first_name=name, username="ana.reynolds"),
    "locked": lambda name: messages.locked(CLINIC, first_name=name, until=_in(minutes=15)),
    "changed": lambda name: messages.changed(CLINIC, first_name=name, what="disable", at=NOW, at_desk=True),
}  # fmt: skip
EVERY = {kind: make for kind, (_, make) in LINKED.items()} | PLAIN


def _in(**span: int) -> datetime:
    return NOW + timedelta(**span)


def _link(**more: object) -> dict[str, object]:
    return {"reference": "K7-42", "token": TOKEN, "expires_at": _in(hours=24), "now": NOW} | more


def _confirm() -> Letter:
    return messages.confirm_code(
        CLINIC, kind="email", reference="K7-42", code="12345678", words="amber lantern", token=TOKEN,
        expires_at=_in(minutes=10), link_expires_at=_in(hours=24), now=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("kind", LINKED)
@given(name=st.text(max_size=60))
def test_the_first_url_is_the_link_on_a_line_of_its_own_whatever_the_name(kind: str, name: str) -> None:
    page, make = LINKED[kind]
    text = make(name).text
    assert re.findall(r"https?://\S+", text) == [f"{CLINIC.settings.portal_url}/{page}/{TOKEN}"]
    assert f"{CLINIC.settings.portal_url}/{page}/{TOKEN}" in text.splitlines()


@pytest.mark.parametrize("kind", EVERY)
@given(name=st.text(max_size=60))
def test_lines_stay_short_and_a_name_cannot_begin_a_line_or_make_a_link(kind: str, name: str) -> None:
    letter = EVERY[kind](name)
    lines = letter.text.split("\n")
    assert max(len(line) for line in lines if not line.startswith("https://")) <= 78
    assert lines == letter.text.splitlines() or lines[:-1] == letter.text.splitlines()
    greeting = lines[0]
    assert greeting.startswith("Hello")
    assert not set(greeting.removesuffix(",")) & set("/:.@<>=&")
    assert "\n" not in letter.subject


@pytest.mark.parametrize("make", [PLAIN["check-code"], EVERY["confirm-code"]])
def test_a_code_is_written_in_two_groups_with_the_words_the_desk_sees(make: Callable[[str], Letter]) -> None:
    letter = make("Ana")
    assert "    1234 5678" in letter.text.splitlines()
    assert "same two words: amber lantern" in " ".join(letter.text.split())
    assert "1234" not in letter.subject


def test_a_check_code_says_that_it_is_only_for_who_called() -> None:
    text = " ".join(PLAIN["check-code"]("Ana").text.split())
    assert "to prove who you are to Elm Street Clinic on the phone, only if you called us" in text


def test_a_confirmation_names_nobody_for_a_slip_may_send_it_to_a_stranger() -> None:
    assert _confirm().text.startswith("Hello,\n")


@pytest.mark.parametrize("kind", LINKED)
def test_a_link_says_how_long_it_lives_and_that_it_is_not_to_be_shared(kind: str) -> None:
    text = " ".join(LINKED[kind][1]("Ana").text.split())
    assert "is valid for 24 hours, until 26 Nov 2026 10:42 UTC" in text
    assert "Do not forward this mail" in text
    assert "Reference: K7-42" in text


def test_a_notice_says_what_when_from_which_desk_and_whom_to_call() -> None:
    text = " ".join(PLAIN["changed"]("Ana").text.split())
    assert "switched off" in text
    assert "25 Nov 2026 10:42 UTC" in text
    assert "help desk of Elm Street Clinic" in text
    assert "call Elm Street Clinic at +1 555 0100" in text


def test_a_pause_says_until_when() -> None:
    assert "paused until 25 Nov 2026 10:57 UTC" in " ".join(PLAIN["locked"]("Ana").text.split())


@given(seconds=st.integers(min_value=1, max_value=8 * 86400))
def test_time_left_is_never_off_by_more_than_its_unit(seconds: int) -> None:
    number, unit = messages.time_left(NOW + timedelta(seconds=seconds), NOW).split()
    length = {"minute": 60, "hour": 3600, "day": 86400}[unit.removesuffix("s")]
    assert abs(int(number) * length - seconds) < length


def test_times_left_read_as_people_say_them() -> None:
    spans = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=23, minutes=59, seconds=58), timedelta(days=7))
    said = [messages.time_left(NOW + span, NOW) for span in spans]
    assert said == ["10 minutes", "60 minutes", "24 hours", "7 days"]
