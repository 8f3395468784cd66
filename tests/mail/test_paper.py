"""Letters on paper: one page on A4 and on US Letter, whatever stands on it, and nothing more of the patient."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from portaldesk.mail import letters
from portaldesk.mail.stationery import Stationery
from portaldesk.settings import ClinicSettings

NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
CLINIC = ClinicSettings(
    portal_url="https://portal.example.org", clinic_name="Elm Street Clinic", clinic_phone="555-0100",
    clinic_hours="Mon-Fri 8-17",
)  # fmt: skip
FULL = ClinicSettings(
    portal_url="https://" + "p" * 480 + ".example.org", clinic_name="The Very Long Clinic " * 20,
    clinic_phone="+1 555 0100 ext. " * 8, clinic_hours="Mon-Fri 8-17, Sat 9-12 " * 20,
)  # fmt: skip
ANA = ("Ana Reyes", "1 Elm Street", "Pratt 67124")
LONGEST = ("W" * 200 + " " + "M" * 200, "W" * 200, "W" * 200 + " 1234567890123456")
CODE = "L12345-ACDE-FHJK-LMPR"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def invitation(settings: ClinicSettings = CLINIC, to: tuple[str, ...] = ANA, language: str = "en") -> str:
    return letters.invitation(
        Stationery(settings, language),
        to=to,
        reference="L12345",
        code=CODE,
        expires_at=NOW + timedelta(days=21),
        written_at=NOW,
    )


def notice(settings: ClinicSettings = CLINIC, to: tuple[str, ...] = ANA, language: str = "en") -> str:
    return letters.notice(
        Stationery(settings, language),
        to=to,
        reference="N-1A2B3C4D",
        what="secure-account",
        at=NOW,
        at_desk=True,
        written_at=NOW,
    )


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said, self.tags = "", set[str]()
        self._open = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._open = tag
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        if self._open != "style":
            self.said += data


def read(page: str) -> _Text:
    text = _Text()
    text.feed(page)
    text.said = " ".join(text.said.split())
    return text


def test_an_invitation_says_what_to_do_until_when_and_whom_to_call() -> None:
    said = read(invitation()).said
    for part in (
        "Ana Reyes 1 Elm Street Pratt 67124", "https://portal.example.org/redeem", CODE, "until December 15, 2026",
        "Elm Street Clinic", "555-0100", "Mon-Fri 8-17", "birth date", "five wrong tries", "Letter L12345",
    ):  # fmt: skip
        assert part in said


def test_a_notice_holds_no_code_and_says_what_was_changed_and_when() -> None:
    said = read(notice()).said
    assert "Your account was secured" in said
    assert "Wednesday, November 25, 2026, 2:00 PM UTC" in said
    assert "redeem" not in said


def test_a_name_is_text_and_never_markup_and_ends_no_line() -> None:
    page = invitation(to=('Ana <script>alert("1")</script>\n<b>', "1 Elm \u202eStreet\x1b[31m", "Pratt & Co 67124"))
    assert "script" not in read(page).tags
    assert not set("\x1b\u202e") & set(page)
    assert "Pratt &amp; Co" in page


def test_a_page_loads_nothing_and_runs_nothing() -> None:
    for page in (invitation(), notice()):
        assert "default-src 'none'" in page
        assert not read(page).tags & {"script", "link", "img", "iframe", "object", "a"}
        assert not re.search(r"url\(|@import|javascript:", page)


@pytest.mark.skipif(BROWSER is None, reason="no browser is installed here: whether a letter is one page was not seen")
@pytest.mark.parametrize("paper", ["A4", "letter"])
@pytest.mark.parametrize(
    "page",
    [invitation(), invitation(FULL, LONGEST), invitation(FULL, LONGEST, "es"), notice(FULL, LONGEST, "es")],
    ids=["plain", "longest", "longest-es", "notice-es"],
)
def test_a_letter_is_one_page_on_either_paper_also_with_the_longest_names(
    page: str, paper: str, tmp_path: Path
) -> None:
    file, printed = tmp_path / "letter.html", tmp_path / "letter.pdf"
    opened = page.replace("Content-Security-Policy", "x-policy")  # or the paper could not be named here
    file.write_text(opened.replace("</head>", f"<style>@page {{ size: {paper}; }}</style></head>"), encoding="utf-8")
    assert BROWSER is not None
    subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={printed}", file.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    pdf = printed.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    width = {"A4": b"594.95", "letter": b"612"}[paper]
    assert re.search(rb"/MediaBox\s*\[0 0 " + width, pdf)
