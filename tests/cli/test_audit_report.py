"""`audit report`: on a terminal, as one document, and as a page that stands by itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from desks import Clinic

from portaldesk.render import report_page, report_plots
from portaldesk.services.reporting.results import (
    ActionLine,
    CallTimes,
    Checks,
    DayLine,
    Holds,
    HourLine,
    Incidents,
    Pattern,
    Recoveries,
    RefusalLine,
    Report,
    RuleLine,
    Span,
    StaffLine,
)

VOID = frozenset({"meta", "link", "img", "br", "hr", "input"})
MIDNIGHT = datetime(2026, 11, 1, tzinfo=UTC)
BAD = '<script>alert("x")</script>'


class Page(HTMLParser):
    """A page read strictly: every element is closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.seen: list[str] = []
        self.styles: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.styles.append(data)


@pytest.fixture
def made() -> Report:
    """A report with something in each part, and a name that would be a script."""
    days = tuple(DayLine((MIDNIGHT + timedelta(days=n)).date(), 5, 1, 0, 4, 2, 1, 0, ()) for n in range(30))
    rules = (RuleLine("peers", "Far above", "A rule.", "A source.", 1),)
    pattern = Pattern("peers", f"{BAD}: 9 of 10.", BAD, None, MIDNIGHT, MIDNIGHT, (7, 8), f"portaldesk --staff '{BAD}'")
    return Report(
        BAD, MIDNIGHT, MIDNIGHT + timedelta(days=30), MIDNIGHT + timedelta(days=31), "UTC", "Mon 08:00-17:00", 900,
        "900:" + "a" * 64, days, (ActionLine("send-reset", 150, 120, 0, 60, 0),),
        (StaffLine(BAD, 90, 60, 30, 9, 180, 3, 60, 0, 1), StaffLine("ria\u202e", 1, 1, 0, 0, 0, 0, 0, 0, 0)),
        (RefusalLine("check-failed", "the identity check failed", 60, 0),), Checks(90, 50, 10, 30, 4, 0, 0, 9, 0),
        Holds(1, 0, 1), Incidents(2, 1, 1), CallTimes(9, 8, 0, 1, 0, 300, 900, (Span("5 minutes", 300, 8),)),
        Recoveries(3, 5, 1, 0, 0, 0, 1 / 3), tuple(HourLine(hour, hour, 0) for hour in range(24)), (pattern,), rules,
    )  # fmt: skip


def test_the_page_is_closed_in_itself_and_loads_nothing(made: Report) -> None:
    text = report_page.page(made)
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base", "a"} & set(page.seen)
    assert not {"src", "href", "xlink:href", "style", "action"} & {name for _, name, _ in page.attributes}
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert set(re.findall(r"url\(([^)]*)\)", text)) == {"#hatch1", "#hatch4"}
    assert "http" not in re.sub(r"http-equiv", "", text)
    (policy,) = [
        value for tag, name, value in page.attributes if (tag, name) == ("meta", "content") and "none" in value
    ]
    (style,) = page.styles
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_names_are_text_on_the_page_whatever_they_hold(made: Report) -> None:
    text = report_page.page(made)
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "\u202e" not in text
    assert r"\u202e" in text


def test_every_plot_has_a_name_a_description_and_a_table(made: Report) -> None:
    text = report_page.page(made)
    page = Page(text)
    plots = [value for tag, name, value in page.attributes if (tag, name) == ("svg", "aria-labelledby")]
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(plots) == 10
    assert [one for plot in plots for one in plot.split() if ids.count(one) != 1] == []
    assert page.seen.count("table") == len(plots) + 1  # and that of the rules


def test_bars_begin_at_zero_and_scales_have_whole_steps() -> None:
    assert report_plots.scale(0) == (0, 1)
    assert report_plots.scale(3) == (0, 1, 2, 3)
    assert report_plots.scale(17) == (0, 5, 10, 15, 20)
    assert report_plots.scale(103) == (0, 50, 100, 150)
    for most in range(1, 3000):
        ticks = report_plots.scale(most)
        assert ticks[0] == 0
        assert ticks[-2] < most <= ticks[-1]
        assert 2 <= len(ticks) <= 7


def test_a_long_span_is_drawn_by_weeks_then_by_months(made: Report) -> None:
    start = made.days[0]
    for length, unit in ((62, "day"), (90, "week"), (900, "month")):
        days = tuple(replace(start, day=start.day + timedelta(days=n)) for n in range(length))
        text = report_page.page(replace(made, days=days))
        assert f"Resets by {unit}" in text
        assert text.count("<td") < 1500


@pytest.mark.parametrize("size", ["360,2400", "1200,2400"])
def test_a_browser_opens_it_and_its_policy_forbids_nothing_it_needs(made: Report, tmp_path: Path, size: str) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium here to open the page with")
    path = tmp_path / "report.html"
    path.write_text(report_page.page(made), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    done = subprocess.run(
        [browser, *flags, "--enable-logging=stderr", f"--window-size={size}", f"--screenshot={tmp_path / 'shot.png'}",
         path.as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (tmp_path / "shot.png").read_bytes().startswith(b"\x89PNG")
    assert "Content Security Policy" not in done.stderr
    assert "CONSOLE" not in done.stderr


def test_an_empty_clinic_has_a_report_too(clinic: Clinic) -> None:
    shown = clinic.rosa("audit", "report")
    assert shown.code == 0
    assert "Nothing in that time." in shown.out
    assert max(map(len, shown.out.splitlines())) > 80  # sentences are whole in a pipe; a terminal folds them


def test_a_report_says_the_same_on_screen_and_as_a_document(clinic: Clinic) -> None:
    clinic.sam("unlock", "MRN-1")  # no such patient
    clinic.sam("verify-identity", "MRN-1")
    document = clinic.rosa("audit", "report", "--json").document
    assert {one["code"] for one in document["refusals"]} == {"no-such-patient"}
    (unlock,) = document["actions"]
    assert (unlock["action"], unlock["refused"]) == ("unlock", 1)
    shown = clinic.rosa("audit", "report").out
    assert "no-such-patient" in shown
    assert "Looked for and not found: one staff member far above the others;" in shown


def test_the_page_is_private_whole_and_never_written_over_by_accident(clinic: Clinic, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    done = clinic.rosa("audit", "report", "--html", str(path))
    assert (done.code, done.out.splitlines()[0]) == (0, f"Written: {path}")
    assert path.stat().st_mode & 0o777 == 0o600
    Page(path.read_text(encoding="utf-8"))
    path.write_text("mine")
    again = clinic.rosa("audit", "report", "--html", str(path), "--json")
    assert (again.code, again.error["code"], path.read_text()) == (6, "already-there", "mine")
    assert clinic.rosa("audit", "report", "--html", str(path), "--force").code == 0
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_folder_that_is_not_there_is_told_before_anything_is_read(clinic: Clinic, tmp_path: Path) -> None:
    done = clinic.rosa("audit", "report", "--html", str(tmp_path / "nowhere" / "report.html"), "--json")
    assert (done.code, done.error["code"], done.out) == (2, "bad-file", "")


def test_the_front_desk_reads_no_report(clinic: Clinic) -> None:
    assert clinic.sam("audit", "report").code == 3


def test_an_unreadable_time_is_wrong_usage(clinic: Clinic) -> None:
    assert clinic.rosa("audit", "report", "--since", "last tuesday").code == 2
    assert clinic.rosa("audit", "report", "--since", "1d", "--until", "2d").code == 2
