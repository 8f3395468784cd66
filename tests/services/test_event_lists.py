"""What auditors are promised of long records: every list is found by an index that bounds and sorts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from audit_stores import NOW, a_day, minutes
from sqlalchemy import event
from sqlmodel import Session, select

from portaldesk.services import auditing, resets_listing
from portaldesk.services.opening import OpenStore
from portaldesk.services.resets_listing import LISTED
from portaldesk.store import event_lists, tables

WEEK = {"since": NOW - timedelta(days=7), "until": minutes(999)}
PATIENT, STAFF, ACTION = {"patient": "MRN-1"}, {"staff": "sam"}, {"action": "unlock"}
BY_ACTION = "audit_event USING COVERING INDEX ix_audit_action (action=? AND seq>? AND seq<?)"
BY_OUTCOME = "audit_event USING COVERING INDEX ix_audit_action_outcome (action=? AND outcome=? AND seq>? AND seq<?)"
BY_STAFF = "audit_event USING INDEX ix_audit_staff (staff=? AND seq>? AND seq<?)"
BY_STAFF_ACTION = "audit_event USING COVERING INDEX ix_audit_staff_action (staff=? AND action=? AND seq>? AND seq<?)"
BY_PATIENT = "audit_event USING INDEX ix_audit_patient (patient=? AND seq>? AND seq<?)"
BY_NUMBER = "audit_event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"
BY_TIME = "audit_event USING COVERING INDEX ix_audit_at (at>?)"
OF_SQLITE = pytest.mark.sqlite_only("the plan in SQLite's words; PostgreSQL plans by the size of a table")
THE_ROWS = "audit_event USING INTEGER PRIMARY KEY (rowid=?)"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    opened = a_day(tmp_path)
    yield opened
    opened.engine.dispose()


def _searches(store: OpenStore, ask: Callable[[Session], object]) -> set[str]:
    """How the engine finds the events it is asked for, and that it never sorts more than what it shows."""
    asked: list[tuple[str, object]] = []
    event.listen(store.engine, "before_cursor_execute", lambda _c, _k, sql, values, _x, _m: asked.append((sql, values)))
    with store.session(reading=True) as session:
        ask(session)
        plans = [
            str(row[3])
            for sql, values in [one for one in asked if "audit_event" in one[0]]
            for row in session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + sql, values)  # type: ignore[arg-type]
        ]
    assert not [plan for plan in plans if plan.startswith("SCAN audit_event")]
    return {plan.removeprefix("SEARCH ") for plan in plans if plan.startswith("SEARCH audit_event")}


@OF_SQLITE
@pytest.mark.parametrize(
    ("by", "found"),
    [
        ({}, {BY_ACTION}),
        (ACTION, {BY_ACTION}),
        (STAFF, {BY_STAFF_ACTION}),
        (STAFF | ACTION, {BY_STAFF_ACTION}),
        ({"outcome": "failed"}, {BY_OUTCOME}),
        (ACTION | {"outcome": "failed"}, {BY_OUTCOME}),
        (PATIENT, {BY_PATIENT}),
        (PATIENT | STAFF | ACTION | {"outcome": "refused"}, {BY_PATIENT}),
    ],
)
def test_resets_of_any_week_are_found_by_an_index(store: OpenStore, by: dict[str, str], found: set[str]) -> None:
    searches = _searches(store, lambda session: resets_listing.list_resets(session, **WEEK, **by))  # type: ignore[arg-type]
    assert searches - {THE_ROWS} == found | {BY_TIME}


@OF_SQLITE
@pytest.mark.parametrize(
    ("by", "found"),
    [
        ({}, {BY_NUMBER}),
        (ACTION, {BY_ACTION}),
        (STAFF, {BY_STAFF.replace("INDEX", "COVERING INDEX")}),
        (STAFF | ACTION, {BY_STAFF_ACTION}),
        (PATIENT, {BY_PATIENT}),
        (PATIENT | ACTION, {BY_PATIENT}),
    ],
)
def test_the_first_page_of_the_record_is_found_by_an_index(
    store: OpenStore, by: dict[str, str], found: set[str]
) -> None:
    searches = _searches(store, lambda session: auditing.show(session, **WEEK, **by))  # type: ignore[arg-type]
    assert searches - {THE_ROWS} == found | {BY_TIME}


@pytest.mark.parametrize("actions", [(), LISTED, ("resend-invite",), ("find", "import patients")])
@pytest.mark.parametrize("staff", [None, "sam", "rosa"])
@pytest.mark.parametrize("patient", [None, "MRN-1"])
@pytest.mark.parametrize("outcome", [None, "done", "link-sent"])
@pytest.mark.parametrize("limit", [2, 50])
def test_a_list_holds_what_a_plain_reading_of_the_record_finds(
    store: OpenStore, actions: tuple[str, ...], staff: str | None, patient: str | None, outcome: str | None, limit: int
) -> None:
    by = {"staff": staff, "patient": patient, "outcome": outcome}
    with store.session(reading=True) as session:
        everything = session.exec(select(tables.AuditEvent)).all()
        plain = [
            one.seq
            for one in sorted(everything, key=lambda one: -one.seq)
            if minutes(0) <= one.at < minutes(12) and (not actions or one.action in actions)
            and all(value in (None, getattr(one, name)) for name, value in by.items())
        ]  # fmt: skip
        within = event_lists.span(session, minutes(0), minutes(12))
        found = event_lists.newest(session, within, limit=limit, actions=actions, **by)
        assert [one.seq for one in event_lists.events(session, found)] == found
    assert found == plain[:limit]


def test_a_time_after_the_last_event_holds_none(store: OpenStore) -> None:
    with store.session(reading=True) as session:
        later = event_lists.span(session, minutes(900), None)
        assert event_lists.newest(session, later, limit=9) == []
