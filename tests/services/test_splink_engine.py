"""Finding duplicates through Splink: what it proposes is judged by our rules, and nothing is left behind."""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session
from stores import bring, facts, new_store

from portaldesk.errors import StoreUnavailable
from portaldesk.rules.matching import Demographics, Grade
from portaldesk.services import splink_engine
from portaldesk.services.duplicates import Engine, find_duplicates

duckdb = pytest.importorskip("duckdb", reason="portaldesk[splink] is not installed")
pytestmark = pytest.mark.sqlite_only("what is read from the store is read as for the rules")

HOME = {"address": "9 Oak Road", "city": "Dodge City", "postal_code": "67801"}
LEE = HOME | {"family_name": "Lee", "phone": "+15559071111", "email": "lee@example.org"}
FAMILY = [
    facts("T1", line=10, given_name="Maria", birth_date=date(2011, 4, 2), **LEE),
    facts("T2", line=11, given_name="Marie", birth_date=date(2011, 4, 2), **LEE),
    facts("J1", line=12, given_name="Thomas", sex="male", birth_date=date(1950, 8, 1), **LEE),
    facts("J2", line=13, given_name="Thomas", sex="male", birth_date=date(1981, 2, 27), **LEE),
    facts("S1", line=14, given_name="Ruth", birth_date=date(1951, 3, 9), **LEE),
]  # fmt: skip
SECOND = [
    facts("M1"),
    facts("M2", line=3, email=None, address="7 Far Lane", postal_code="10001"),
    facts("M3", line=4, given_name="Reynolds644", family_name="Ana", email=None, phone=None),
    facts("M4", line=5, given_name="Wei", family_name="Chen", birth_date=date(1990, 3, 4), **HOME),
    facts("M5", line=6, given_name="Wei", family_name="Cheng", birth_date=date(1990, 4, 3), phone=None, **HOME),
]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_store(tmp_path).session() as session:
        bring(session, SECOND + FAMILY)
        yield session


def found(session: Session, engine: Engine) -> dict[tuple[str, str], Any]:
    report = find_duplicates(session, reader="sam", min_grade=Grade.POSSIBLE, engine=engine)
    return {(pair.a, pair.b): (pair.grade, pair.reasons) for pair in report.pairs}


def test_pairs_that_splink_proposes_have_the_grade_and_reasons_that_the_rules_give(session: Session) -> None:
    by_splink = found(session, Engine.SPLINK)
    assert by_splink == found(session, Engine.RULES)
    assert {("M1", "M2"), ("M1", "M3"), ("M4", "M5")} <= by_splink.keys()


def test_twins_parent_and_child_and_spouses_are_never_joined_whatever_splink_weighs(session: Session) -> None:
    of_household = {one.mrn for one in FAMILY}
    surest = {pair for pair, (grade, _) in found(session, Engine.SPLINK).items() if grade is not Grade.POSSIBLE}
    assert not [pair for pair in surest if of_household.intersection(pair)]


def strangers(count: int) -> list[Demographics]:
    """So many who have nothing in common but what they all share: a clinic's phone, and a shelter's address."""
    shared = ("+15551230000", None, "1 Shelter Road", "Pratt", "67124")
    return [
        Demographics(
            f"N{n}", f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}ran", f"Q{n:04}", (),
            date(1930, 1, 1) + timedelta(days=97 * n), "female", *shared,
        )
        for n in range(count)
    ]  # fmt: skip


def test_what_a_crowd_shares_brings_nobody_together() -> None:
    people = strangers(60)
    read_again: list[set[str]] = []

    def again(mrns: set[str]) -> Iterable[Demographics]:
        read_again.append(mrns)
        return [one for one in people if one.mrn in mrns]

    assert splink_engine.find_pairs(people, again, min_grade=Grade.POSSIBLE) == []
    assert read_again == [set()]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_store_with_nobody_to_learn_from_is_no_trouble(count: int) -> None:
    people = strangers(count)
    assert splink_engine.find_pairs(people, lambda mrns: people, min_grade=Grade.POSSIBLE) == []


def test_nothing_is_written_to_a_disk_and_nothing_said(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")  # DuckDB's own place for what memory does not hold is .tmp
    found(session, Engine.SPLINK)
    assert list(Path.cwd().iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_without_splink_one_is_told_what_to_install(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(StoreUnavailable, match="not installed") as refused:
        found(session, Engine.SPLINK)
    assert (refused.value.code, "portaldesk[splink]" in refused.value.hint) == ("no-splink", True)


def test_too_little_memory_is_said_and_is_no_fault(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = duckdb.connect

    def little(*where: Any, config: dict[str, Any], **more: Any) -> Any:
        return connect(*where, config=config | {"memory_limit": "1MB"}, **more)

    monkeypatch.setattr(duckdb, "connect", little)
    with pytest.raises(StoreUnavailable) as refused:
        found(session, Engine.SPLINK)
    assert refused.value.code == "out-of-memory"


def test_ctrl_c_within_a_statement_is_ctrl_c(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(database: Any, people: Iterable[Demographics]) -> None:
        threading.Timer(0.05, signal.raise_signal, [signal.SIGINT]).start()
        database.execute("SELECT count(*) FROM range(1_000_000_000_000)").fetchall()

    monkeypatch.setattr(splink_engine, "_fill", interrupted)
    with pytest.raises(KeyboardInterrupt):
        found(session, Engine.SPLINK)


def test_the_lines_that_the_documentation_gives_for_spark_run_on_duckdb() -> None:
    page = (Path(__file__).parents[2] / "docs" / "duplicates.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    here = lines.replace("SparkAPI(spark_session=spark)", "DuckDBAPI()").replace("SparkAPI", "DuckDBAPI")
    known: dict[str, Any] = {"people": [*strangers(3), strangers(1)[0]._replace(mrn="N9")]}
    exec(here, known)
    assert ("N0", "N9") in {(row["unique_id_l"], row["unique_id_r"]) for row in known["pairs"].as_record_list()}
