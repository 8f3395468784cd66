"""A second find-duplicates compares what has changed since the first, and finds what comparing all would find."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session
from stores import CLERK, NOW, bring, facts, new_store

from portaldesk.rules.matching import Grade, Pair
from portaldesk.rules.matching import survey as surveys
from portaldesk.services import demographics, last_survey, resolving
from portaldesk.services.duplicates import find_duplicates
from portaldesk.services.opening import OpenStore
from portaldesk.services.second_process import second_process
from portaldesk.words import PatientStatus

LATER = NOW + timedelta(hours=1)
MOVED = facts("M2", line=3, email=None, address="7 Far Lane", postal_code="10001")
OTHER = facts(
    "M3", line=4, given_name="Wei", family_name="Chen", birth_date=date(1990, 3, 4), phone="+15559071111",
    email="wei@example.org", address="9 Oak Road", city="Dodge City", postal_code="67801",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> OpenStore:
    made = new_store(tmp_path)
    with made.session() as session:
        bring(session, [facts("M1"), MOVED, OTHER])
    return made


@pytest.fixture
def session(store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr(surveys, "_TOO_MANY", 2.0)  # of three records one is many
    with store.session() as session:
        run(session, store)
        yield session


def run(session: Session, store: OpenStore) -> list[tuple[str, str]]:
    report = find_duplicates(session, reader="sam", min_grade=Grade.POSSIBLE, place=store.place)
    return [(one.a, one.b) for one in report.pairs]


def kept_file(store: OpenStore) -> Path:
    return store.place.beside / ".portaldesk-duplicates"


def brought_up_to_date(session: Session, store: OpenStore) -> list[Pair] | None:
    """What the kept survey says once it is brought up to date; None where it does not count."""
    mark = last_survey.mark_of(session)
    now = last_survey.brought_up_to_date(session, store.place, mark)
    if now is None:
        return None
    pairs = now.pairs(min_grade=Grade.POSSIBLE)
    assert pairs == surveys.survey(demographics.everybody(session), mark=mark).pairs(min_grade=Grade.POSSIBLE)
    return pairs


def named(pairs: list[Pair] | None) -> list[tuple[str, str]] | None:
    return None if pairs is None else sorted((pair.a, pair.b) for pair in pairs)


def test_after_imports_edits_and_merges_the_kept_survey_says_what_a_new_one_would(
    session: Session, store: OpenStore
) -> None:
    assert named(brought_up_to_date(session, store)) == [("M1", "M2")]
    bring(session, [replace(OTHER, mrn="M4", line=5, email=None)], now=LATER)
    assert named(brought_up_to_date(session, store)) == [("M1", "M2"), ("M3", "M4")]
    bring(session, [replace(MOVED, birth_date=date(1988, 7, 16), given_name="Lea")], now=LATER)
    assert named(brought_up_to_date(session, store)) == [("M3", "M4")]
    bring(session, [replace(OTHER, status=PatientStatus.MERGED, merged_into="M4")], now=LATER)
    assert named(brought_up_to_date(session, store)) == []
    bring(session, [OTHER], now=LATER)
    assert named(brought_up_to_date(session, store)) == [("M3", "M4")]


def test_a_verdict_counts_at_once_for_it_is_no_part_of_the_survey(session: Session, store: OpenStore) -> None:
    resolving.different(session, CLERK, "M1", "M2", reason="cousins", now=NOW)
    assert run(session, store) == []
    bring(session, [replace(MOVED, email="ana@example.org")], now=LATER)
    assert run(session, store) == [("M1", "M2")]


def test_only_records_near_a_change_are_read_again(session: Session, store: OpenStore) -> None:
    read: list[str] = []

    def noted(mrns: set[str]) -> dict[str, object]:
        read.extend(mrns)
        return people_of(session, mrns)

    people_of = demographics.of
    with pytest.MonkeyPatch.context() as watched:
        watched.setattr(demographics, "of", lambda _, mrns: noted(mrns))
        assert named(brought_up_to_date(session, store)) == [("M1", "M2")]
        assert read == []
        bring(session, [replace(OTHER, phone="+15559072222")], now=LATER)
        brought_up_to_date(session, store)
    assert set(read) == {"M3"}


def test_what_is_kept_holds_no_patient_s_facts_and_is_for_this_user_alone(session: Session, store: OpenStore) -> None:
    file = kept_file(store)
    told = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    for fact in ("Ana", "Reynolds", "reynolds", "1952", "5559078526", "example.org", "Elm", "elm", "67124"):
        assert fact.encode() not in told
    assert b"M1" in told
    assert [one.name for one in file.parent.glob(f"{file.name}*")] == [file.name]


def test_a_file_that_other_hands_wrote_or_cut_is_not_believed(session: Session, store: OpenStore) -> None:
    file = kept_file(store)
    told = file.read_bytes()
    turned = told[:-9] + bytes([told[-9] ^ 1]) + told[-8:]
    for forged in (turned, told[:-1], told[:40], b"", told + b"\0"):
        file.write_bytes(forged)
        assert brought_up_to_date(session, store) is None
        assert run(session, store) == [("M1", "M2")]  # and it is there again
        assert brought_up_to_date(session, store) is not None


def test_what_others_put_in_its_place_is_neither_waited_for_nor_written_into(
    session: Session, store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = kept_file(store)
    planted = file.with_name(f"{file.name}.new")
    planted.touch()
    planted.chmod(0o666)
    own = file.rename(file.with_name("elsewhere"))
    os.mkfifo(file)  # a pipe that nobody writes to
    with planted.open("rb") as held:
        assert run(session, store) == [("M1", "M2")]
        assert held.read() == b""
    assert file.is_file()
    assert file.stat().st_mode & 0o777 == 0o600
    assert brought_up_to_date(session, store) is not None
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert brought_up_to_date(session, store) is None
    monkeypatch.undo()
    file.unlink()
    file.symlink_to(own)
    assert last_survey.kept(session, store.place) is None


def test_other_rules_ask_for_a_new_survey(session: Session, store: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_survey, "rules", lambda: "of the next version")
    assert brought_up_to_date(session, store) is None


def test_where_the_record_does_not_hold_its_event_any_more_it_does_not_count(
    session: Session, store: OpenStore, tmp_path: Path
) -> None:
    """As after a restore: this store's keys, and another history."""
    elsewhere = new_store(tmp_path / "other")
    shutil.copy(kept_file(store), kept_file(elsewhere))
    with elsewhere.session() as other:
        other.info.update({key: value for key, value in session.info.items() if "keys" in key})
        assert last_survey.mark_of(other)("x") == last_survey.mark_of(session)("x")
        assert brought_up_to_date(other, elsewhere) is None


def test_without_a_folder_that_takes_files_all_are_compared(session: Session, store: OpenStore) -> None:
    kept_file(store).unlink()
    kept_file(store).with_name(".portaldesk-duplicates.new").mkdir()
    assert run(session, store) == [("M1", "M2")]
    assert not kept_file(store).exists()


@pytest.mark.parametrize(("failure", "kept"), [(BrokenPipeError, True), (KeyboardInterrupt, False)])
def test_it_is_kept_once_the_pairs_are_shown_also_to_who_read_no_further_and_not_after_ctrl_c(
    session: Session, store: OpenStore, failure: type[BaseException], kept: bool
) -> None:
    kept_file(store).unlink()
    with suppress(failure), ExitStack() as afterwards:
        find_duplicates(session, reader="sam", min_grade=Grade.POSSIBLE, place=store.place, afterwards=afterwards)
        session.rollback()
        assert not kept_file(store).exists()
        raise failure
    assert kept_file(store).exists() is kept
    if kept:
        assert named(brought_up_to_date(session, store)) == [("M1", "M2")]


def test_the_second_process_does_its_half_and_where_it_is_killed_the_first_does_both() -> None:
    here = os.getpid()
    with second_process() as beside:
        one, other = beside(os.getpid, lambda: bytes(1_000_000))  # more than a pipe takes at once
        assert one() != here
        assert other() == bytes(1_000_000)
    with second_process() as beside:
        one, other = beside(lambda: os.kill(os.getpid(), signal.SIGKILL) if os.getpid() != here else here, os.getpid)
        assert (one(), other()) == (here, here)
    begun: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        _interrupted(begun)
    with pytest.raises(ProcessLookupError):
        os.kill(begun[0], 0)


@pytest.mark.parametrize("killed", [set(), {"first"}, {"then"}])
def test_a_survey_by_two_processes_is_that_of_one_also_where_the_second_is_killed(
    session: Session, killed: set[str]
) -> None:
    here, mark, people = os.getpid(), last_survey.mark_of(session), list(demographics.everybody(session))

    def or_dies(work: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: work() if os.getpid() == here else os.kill(os.getpid(), signal.SIGKILL)

    with second_process() as begin:

        def beside(first: Callable[[], Any], then: Callable[[], Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
            return begin(or_dies(first) if "first" in killed else first, or_dies(then) if "then" in killed else then)

        parted = surveys.survey(people, mark=mark, beside=beside, apart=2)
        whole = surveys.survey(people, mark=mark)
        assert (parted.mrns, parted.found, parted.marks) == (whole.mrns, whole.found, whole.marks)
    assert whole.found


def test_where_the_first_is_killed_the_second_process_ends_and_keeps_nothing_in_memory() -> None:
    killed = """if True:
        import os, signal
        from portaldesk.services.second_process import second_process
        with second_process() as beside:
            beside(lambda: bytes(1_000_000), int)  # more than a pipe takes at once
            os.kill(os.getpid(), signal.SIGKILL)
    """
    # what both write to ends when both have
    ran = subprocess.run([sys.executable, "-c", killed], capture_output=True, timeout=30, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (-signal.SIGKILL, b"", b"")


def _interrupted(begun: list[int]) -> None:
    hears, tells = os.pipe()
    with second_process() as beside:
        beside(lambda: (os.write(tells, str(os.getpid()).encode()), signal.pause()), int)
        begun.append(int(os.read(hears, 20)))
        raise KeyboardInterrupt
