"""What a log collector is promised: every event once, in order, proved; and told where the record was put back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from audit_stores import CLERK, a_day, minutes, tampering
from hypothesis import given
from hypothesis import strategies as st

import engines
from portaldesk.errors import RecordAltered, WrongUsage
from portaldesk.render.syslog import syslog_lines
from portaldesk.services import opening, streaming
from portaldesk.services.opening import OpenStore
from portaldesk.services.streaming import BEGINNING, Place
from portaldesk.store import record
from portaldesk.store.raw_events import RawEvent

SYSLOG = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<at>\S+) (?P<host>\S+) portaldesk - (?P<message>\S{1,32}) "
    r'\[portaldesk@32473(?P<data>(?: [a-z_]+="(?:[^"\\\]]|\\["\\\]])*")+)\] (?P<text>.*)\n'
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    opened = a_day(tmp_path)
    yield opened
    opened.engine.dispose()


def page(store: OpenStore, after: Place = BEGINNING, **more: int) -> streaming.Page:
    with store.session(reading=True) as session:
        return streaming.page(session, after, **more)


def head_of(store: OpenStore) -> str:
    with store.session(reading=True) as session:
        return record.anchor(session)


def test_every_event_comes_once_and_in_order_however_the_pages_fall(store: OpenStore) -> None:
    whole = page(store)
    after, seen = BEGINNING, []
    while (part := page(store, after, most=3)).events:
        seen += [event.values["seq"] for event in part.events]
        after = part.after
    assert seen == [event.values["seq"] for event in whole.events] == list(range(1, len(seen) + 1))
    assert str(after) == str(whole.after) == head_of(store)
    assert page(store, after) == streaming.Page([], after, None)


def test_what_comes_later_is_what_is_new(store: OpenStore) -> None:
    last = page(store).after
    with store.session() as session:
        record.append(session, CLERK.entry("find", "done"), now=minutes(50))
        session.commit()
    assert [event.values["action"] for event in page(store, last).events] == ["find"]


def test_a_record_put_back_or_another_than_the_reader_has_is_found(store: OpenStore, tmp_path: Path) -> None:
    store.engine.dispose()
    engines.copy(store.place.home, tmp_path / "older")
    with store.session() as session:
        record.append(session, CLERK.entry("find", "done"), now=minutes(50))
        session.commit()
    last = page(store).after
    older = opening.open_store(engines.place(tmp_path / "older"))
    with pytest.raises(RecordAltered, match="it was put back"):
        page(older, last)
    with older.session() as session:
        record.append(session, CLERK.entry("find", "done"), now=minutes(51))
        session.commit()
    with pytest.raises(RecordAltered, match="not the one that you have"):
        page(older, last)
    older.engine.dispose()


@pytest.mark.parametrize("sql", [
    "UPDATE audit_event SET staff = 'tom' WHERE seq = 4",
    "UPDATE audit_seal SET seal = 'x' WHERE seq = 4",
    "DELETE FROM audit_event WHERE seq = 4",
])  # fmt: skip
def test_no_event_is_handed_on_that_is_not_as_it_was_written(store: OpenStore, sql: str) -> None:
    with tampering(store) as raw:
        raw.execute(sql)
    with pytest.raises(RecordAltered):
        page(store)
    assert len(page(store, most=3).events) == 3


@pytest.mark.parametrize("said", ["", "-1", "one", "3:abc", "9" * 40, "1.5"])
def test_a_place_that_cannot_be_read_is_wrong_usage(said: str) -> None:
    with pytest.raises(WrongUsage):
        streaming.read_place(said)


def test_places_are_numbers_or_anchors() -> None:
    assert streaming.read_place(" 0 ") == BEGINNING
    assert streaming.read_place("41") == Place(41)
    assert streaming.read_place(f"41:{'a' * 64}") == Place(41, "a" * 64)


def test_syslog_lines_are_those_of_rfc_5424(store: OpenStore) -> None:
    events = page(store).events
    lines = list(syslog_lines(events, host="desk-1"))
    found = [SYSLOG.fullmatch(line) for line in lines]
    assert all(found)
    assert {one["pri"] for one in found if one} == {"110", "108"}  # 13 × 8 + 6, 13 × 8 + 4
    assert [one["at"] for one in found if one] == [event.values["at"] for event in events]
    refused = next(line for line in lines if 'outcome="refused"' in line)
    assert refused.startswith("<108>1 ")
    assert refused.endswith("] disable refused\n")
    assert 'patient="MRN-3"' in refused


@given(st.text(max_size=60), st.text(max_size=40))
def test_no_value_ends_a_syslog_line_or_its_parameter(reason: str, host: str) -> None:
    values = {"seq": 1, "at": "2026-11-25T10:00:00.000000Z", "action": "unlock", "outcome": "done", "reason": reason}
    (line,) = syslog_lines([RawEvent(values, ())], host=host)
    assert SYSLOG.fullmatch(line)
    assert line.isprintable() or line[:-1].isprintable()
