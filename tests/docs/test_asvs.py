"""docs/asvs.md: every requirement has its row, every row its test or its reason, and what it states of limits is so."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import transcripts
from desks import Clinic

from portaldesk.gate import checks, holds, recoveries
from portaldesk.rules import assurance, lockout, passwords
from portaldesk.services import credentials
from portaldesk.settings import ClinicSettings
from portaldesk.store import tables
from portaldesk.store.tables.base import Stored

PAGE = (transcripts.ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \| ([123]) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
SECTIONS = {
    "6.1": 3, "6.2": 12, "6.3": 8, "6.4": 6, "6.5": 8, "6.6": 4, "6.7": 2, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2,
    "14.1": 2, "14.2": 8, "14.3": 3,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 4,
}  # fmt: skip
"""How many requirements each section of ASVS 5.0.0 has."""


def test_every_requirement_of_the_four_chapters_has_one_row() -> None:
    wanted = [f"{section}.{n}" for section, count in SECTIONS.items() for n in range(1, count + 1)]
    assert [row[0] for row in ROWS] == wanted


def test_what_is_shown_has_a_test_and_what_is_not_has_a_reason() -> None:
    for number, _, _, state, how, tests in ROWS:
        assert state in ("shown", "partly", "deviates", "open", "n/a"), number
        assert tests != "-" or state in ("open", "n/a"), number
        assert how != "-" or state == "shown", number


def test_every_test_that_a_row_names_is_there() -> None:
    for number, *_, tests in ROWS:
        for path, name in re.findall(r"`(\S+?)::(\w+)`", tests):
            text = (transcripts.ROOT / path).read_text(encoding="utf-8")
            assert f"def {name}(" in text, f"{number}: {path}::{name}"


def test_the_limits_are_those_of_the_code() -> None:
    settings = ClinicSettings()
    assert (lockout.TRIES_PER_LOCK, lockout.FIRST_LOCK_MINUTES, lockout.CEILING) == (5, 15, 100)
    limits = PAGE[PAGE.index("## Limits") :]
    for line in (
        f"| {recoveries.FACT_TRIES}, then the link is dead",
        f"| {assurance.WRONG_ALLOWED}, to be put right",
        f"| {holds.FAILED_CHECKS} in 24 hours",
        f"| {checks.CODE_TRIES} a code, {credentials.CODE_TRIES_A_DAY} a day",
        f"staff session, idle | {settings.session_idle_minutes} minutes",
        f"staff session, whatever happens | {settings.session_life_hours} hours",
    ):
        assert line in limits
    assert [word for word in passwords.GENERIC if f"*{word}*" not in limits] == []


def test_every_table_of_the_store_has_its_class() -> None:
    tables.build_all()
    classes = PAGE[PAGE.index("## Classes of data") : PAGE.index("## What is logged")]
    assert [name for name in Stored.metadata.tables if f"`{name}`" not in classes] == []


def test_a_store_has_no_staff_but_those_who_were_asked_for(clinic: Clinic) -> None:
    with closing(sqlite3.connect(clinic.home / "portaldesk.db")) as raw:
        assert raw.execute("SELECT name FROM staff_member ORDER BY name").fetchall() == [("rosa",), ("sam",)]


def test_links_codes_and_sessions_are_made_from_a_secure_generator(clinic: Clinic) -> None:
    for path in (transcripts.ROOT / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"\brandom\.(?!Random\b(?!\())\w+", text) == [], path
    secrets = {clinic.rosa_token.removeprefix("pdt_"), clinic.sam_token.removeprefix("pdt_")}
    assert [len(one) for one in secrets] == [43, 43]  # 256 bits in URL-safe base 64
