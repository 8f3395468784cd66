"""A server that is restarted or down, and connections that are cut: exit 8 in words, and the change is whole or not
there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from desks import Clinic, Ran
from processes import PATIENT, copy_of, end, require_whole, rows, start
from relay import relay

import engines
from portaldesk.services import opening
from portaldesk.store import record
from portaldesk.store.sqlite import APPLICATION_ID
from raw_stores import raw

pytestmark = pytest.mark.postgresql_only("about a server; test_store_in_trouble.py has a file")
UNLOCK = ("unlock", PATIENT, "--json")
WRITTEN = ("permit", "portal_account", "audit_event", "audit_seal", "outbox_message", "audit_head")
"""What an unlock writes."""


def _done(clinic: Clinic) -> bool:
    """Whether the unlock is done with all that belongs to it; a part of it fails."""
    found = rows(
        clinic,
        "SELECT (SELECT count(*) FROM portal_account WHERE mrn = ? AND locked_until IS NULL), "
        "(SELECT count(*) FROM permit WHERE action = 'unlock' AND spent_seq IS NOT NULL), "
        "(SELECT count(*) FROM audit_event WHERE action = 'unlock' AND outcome = 'done'), "
        "(SELECT count(*) FROM outbox_message WHERE kind = 'changed')",
        PATIENT,
    )
    assert found in ([(0, 0, 0, 0)], [(1, 1, 1, 1)])
    require_whole(clinic)
    return found == [(1, 1, 1, 1)]


def _refused(ran: Ran, code: str) -> None:
    assert (ran.code, ran.out) == (8, ""), ran
    assert ran.error["code"] == code
    assert ran.error["hint"]
    assert "Traceback" not in ran.err


def _ended(process: Any) -> Ran:
    ended = end(process)
    return Ran(ended.code, ended.out, ended.err)


def _unlocking(clinic: Clinic) -> Any:
    return start(*UNLOCK, clinic=clinic, token=clinic.sam_token)


def _works_again(clinic: Clinic) -> None:
    again = clinic.sam(*UNLOCK)
    assert again.code == 0, again
    assert _done(clinic)


@contextmanager
def _in_its_way(clinic: Clinic, statement: str) -> Iterator[None]:
    """A transaction of somebody else's that holds what this takes, until it ends or the server does."""
    with raw(clinic.home, autocommit=True) as other:
        other.execute("BEGIN")
        other.execute(statement)
        yield


@contextmanager
def _waiting(clinic: Clinic, process: Any) -> Iterator[Callable[[], object]]:
    """Once it waits for what another holds, or for a standby; what is given cuts its connection."""
    with raw(clinic.home, autocommit=True) as other:
        found = None
        while found is None:
            assert process.poll() is None, _ended(process)
            found = other.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                "AND (wait_event_type = 'Lock' OR wait_event = 'SyncRep')"
            ).fetchone()
        yield lambda: other.execute("SELECT pg_terminate_backend(?, 5000)", found)


@pytest.mark.parametrize("held", ["the turn", *WRITTEN])
def test_a_connection_that_is_cut_before_the_commit_has_changed_nothing(locked: Clinic, held: str) -> None:
    turn = f"SELECT pg_advisory_xact_lock({APPLICATION_ID})"
    with _in_its_way(locked, turn if held == "the turn" else f"LOCK TABLE {held} IN SHARE MODE"):
        process = _unlocking(locked)
        with _waiting(locked, process) as cut:
            cut()
    _refused(_ended(process), "store-unreachable")
    assert not _done(locked)
    _works_again(locked)


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_server_that_is_restarted_inside_a_transaction_has_changed_nothing(locked: Clinic, how: str) -> None:
    with _in_its_way(locked, "LOCK TABLE outbox_message IN SHARE MODE"):
        process = _unlocking(locked)
        with _waiting(locked, process):
            engines.server_here().control("restart", "-m", how)
    _refused(_ended(process), "store-unreachable")
    assert not _done(locked)
    _works_again(locked)


@pytest.fixture
def commits_wait() -> Iterator[None]:
    """Every commit waits for a standby that never comes, with the change already on the server's disk."""
    server = engines.server_here()
    server.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    server.restart()
    server.run("CHECKPOINT")  # by the process that tells the others to wait: it has read the setting by now
    yield
    server.run("ALTER SYSTEM RESET synchronous_standby_names")
    server.restart()


def test_a_connection_that_is_cut_while_it_commits_is_said_to_be_an_unknown_outcome(
    locked: Clinic, commits_wait: None
) -> None:
    process = _unlocking(locked)
    with _waiting(locked, process) as cut:
        cut()
    refused = _ended(process)
    _refused(refused, "outcome-unknown")
    assert "whole, or not there at all" in refused.error["message"]
    assert "Look before you do it again" in refused.error["hint"]
    assert _done(locked)


@pytest.mark.parametrize("answered", [False, True])
def test_the_record_tells_what_became_of_a_change_whose_commit_was_cut(locked: Clinic, answered: bool) -> None:
    with relay(lambda _, message: b"COMMIT" in message, answered=answered) as cable:
        refused = locked.sam(*UNLOCK, PORTALDESK_DATABASE_URL=cable.url(locked.home))
    _refused(refused, "outcome-unknown")
    assert _done(locked) == answered
    told = [(action, outcome) for action, outcome, *_ in locked.events() if action == "unlock"]
    assert told == ([("unlock", "done")] if answered else [])  # no refusal is written that may not have been one
    again = locked.sam(*UNLOCK)
    assert (again.code, again.document["already"]) == (0, answered)
    require_whole(locked)


@pytest.mark.slow
@pytest.mark.parametrize("args", [UNLOCK, ("outbox", "send", "--json"), ("find", "Reynolds", "--json")])
def test_wherever_the_cable_is_pulled_the_command_ends_in_words_and_the_next_one_works(
    locked_template: Clinic, tmp_path: Path, args: tuple[str, ...]
) -> None:
    home, ends = tmp_path / "home", set[str]()
    if args != UNLOCK:
        waits = copy_of(locked_template, tmp_path / "waits")
        assert waits.sam(*UNLOCK, "--no-send").code == 0
    else:
        waits = locked_template
    with relay() as cable:
        assert copy_of(waits, home).rosa(*args, PORTALDESK_DATABASE_URL=cable.url(home)).code in (0, 4)
    many = len(cable.messages)
    for at in sorted({*range(0, many, max(1, many // 12)), many - 2, many - 1}):
        engines.remove(home)
        clinic = copy_of(waits, home)
        who = clinic.sam if args == UNLOCK else clinic.rosa
        with relay(lambda number, _, at=at: number == at) as cable:  # type: ignore[misc]
            ran = who(*args, PORTALDESK_DATABASE_URL=cable.url(home))
        assert "Traceback" not in ran.err
        if ran.code:
            assert ran.code == 8, (at, ran)
            ends.add(ran.error["code"])
        require_whole(clinic)
        assert args != UNLOCK or _done(clinic) or ran.code
        assert who(*args).code == 0
        require_whole(clinic)
    assert "store-unreachable" in ends
    assert ends <= {"store-unreachable", "outcome-unknown"}


def test_a_server_that_is_down_is_said_and_the_next_command_works_once_it_is_back(locked: Clinic) -> None:
    engines.server_here().control("stop", "-m", "fast")
    try:
        for args in (UNLOCK, ("audit", "verify", "--json"), ("doctor", "--json"), ("portal", "session", "x", "--json")):
            refused = locked.rosa(*args)
            _refused(refused, "store-unreachable")
        assert "PORTALDESK_DATABASE_URL" in refused.error["hint"]
    finally:
        engines.server_here().restart()
    _works_again(locked)


def test_a_store_that_is_kept_open_connects_again_after_a_restart(locked: Clinic) -> None:
    store = opening.open_store(engines.place(locked.home))
    heads = []
    for _ in range(3):
        with store.session() as session:
            heads.append(record.head(session).seq)
            session.rollback()
        engines.server_here().restart()
    store.engine.dispose()
    assert len(set(heads)) == 1


def test_a_stream_that_follows_ends_with_8_once_the_server_is_down(locked: Clinic) -> None:
    process = start("audit", "stream", "--follow", clinic=locked, token=locked.rosa_token)
    process.stdout.readline()
    engines.server_here().control("stop", "-m", "fast")
    try:
        ended = _ended(process)
    finally:
        engines.server_here().restart()
    assert ended.code == 8
    assert "Traceback" not in ended.err
    assert "database server" in ended.err
    with raw(locked.home) as connection:
        ((last,),) = connection.execute("SELECT seq FROM audit_head").fetchall()
    assert locked.rosa("audit", "stream", "--from", str(last), "--json").code == 0
