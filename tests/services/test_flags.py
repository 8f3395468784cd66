"""Flags to auditors that a clerk's checks raise, and the incidents that they open (design §3.7)."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from phone_calls import PASSWORD, SETTINGS
from sqlmodel import Session, select
from stores import ADMIN, CLERK, NOW, bring, facts, new_store

from portaldesk.gate.actors import Actor
from portaldesk.services import calls, identity_checks, incidents, patients, staff
from portaldesk.services.identity_checks import read_answers
from portaldesk.store import tables
from portaldesk.words import IncidentKind, Role

TODAY = NOW.date()
RIGHT = read_answers(birth_date="1952-07-15", photo_id="passport", locale="en_US", today=TODAY)
WRONG = read_answers(birth_date="1990-01-01", postal_code="11111", locale="en_US", today=TODAY)
ONE_WRONG = read_answers(birth_date="1990-01-01", locale="en_US", today=TODAY)
NOTHING = read_answers(locale="en_US", today=TODAY)
KIM = Actor("kim", Role.AUDITOR, "S-kim")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_store(tmp_path).session() as session:
        bring(session, [facts(f"MRN-{n}") for n in range(24)])
        yield session


def flags(session: Session, n: int, said: identity_checks.Answers, *, actor: Actor = CLERK) -> list[str] | None:
    """The flags that a check of the n-th patient raised, n minutes after opening."""
    named, now = patients.Named(f"MRN-{n}", None), NOW + timedelta(minutes=n)
    identity_checks.verify(session, actor, named, said, reason="", settings=SETTINGS, rng=random.Random(n), now=now)
    last = session.exec(select(tables.AuditEvent).where(tables.AuditEvent.patient == f"MRN-{n}")).all()[-1]
    raised: list[str] | None = json.loads(last.details).get("flags")
    return raised


def waiting(session: Session) -> list[tuple[str, str | None]]:
    return [(one.kind, one.staff) for one in incidents.listed(session)]


def test_the_eleventh_strong_check_a_day_by_the_clerks_own_word_is_flagged(session: Session) -> None:
    assert [flags(session, n, RIGHT) for n in range(12)] == [None] * 10 + [["many-attested"]] * 2
    assert waiting(session) == [("many-attested", CLERK.name)]


def test_failed_checks_of_five_patients_by_one_clerk_are_flagged(session: Session) -> None:
    assert [flags(session, n, WRONG) for n in range(6)] == [None] * 4 + [["many-failed"]] * 2
    assert waiting(session) == [("many-failed", CLERK.name)]


def test_failed_checks_of_a_week_far_above_those_of_the_peers_are_flagged(session: Session) -> None:
    raised = [flags(session, n, WRONG) or [] for n in range(11)]  # rosa is a peer without a failed check
    assert ["far-above-peers" in flags for flags in raised] == [False] * 9 + [True] * 2
    assert waiting(session) == [("many-failed", CLERK.name), ("far-above-peers", CLERK.name)]


def test_another_session_or_a_token_makes_no_difference_nor_does_who_else_works(session: Session) -> None:
    for n in range(4):
        assert flags(session, n, WRONG, actor=replace(CLERK, session=f"S-{n}")) is None
        assert flags(session, n + 10, WRONG, actor=replace(ADMIN, session=f"S-{n}")) is None
    assert flags(session, 20, WRONG, actor=replace(CLERK, session="token:T-1")) == ["many-failed"]
    assert waiting(session) == [("many-failed", CLERK.name)]


def test_who_guesses_once_and_hangs_up_each_time_is_flagged_by_the_next_check(session: Session) -> None:
    for n in range(5):
        assert flags(session, n, ONE_WRONG) is None
        calls.end_call(session, CLERK, note="", now=NOW + timedelta(minutes=n))
    assert flags(session, 6, NOTHING, actor=replace(CLERK, session="S-new")) == ["many-failed"]
    assert flags(session, 7, NOTHING) is None, "it waits already"
    assert waiting(session) == [("many-failed", CLERK.name)]


def test_checks_left_alone_until_their_life_is_over_count_as_well(session: Session) -> None:
    for n in range(5):
        assert flags(session, n, ONE_WRONG, actor=replace(CLERK, session=f"S-{n}")) is None
    assert flags(session, 23, NOTHING) == ["many-failed"]


def test_what_an_auditor_has_closed_is_not_counted_again(session: Session) -> None:
    staff.add(
        session, ADMIN, "kim", Role.AUDITOR, password=PASSWORD + " kim", own_mrn=None, linked=(), with_token=False,
        settings=SETTINGS, now=NOW,
    )  # fmt: skip
    for n in range(5):
        flags(session, n, WRONG)
    (incident,) = incidents.listed(session)
    incidents.close(
        session, KIM, incident.id, outcome="a caller with many wrong numbers", now=NOW + timedelta(minutes=5)
    )
    assert [flags(session, n, WRONG) for n in range(6, 9)] == [None] * 3
    assert waiting(session) == []
    assert [flags(session, n, WRONG) for n in range(10, 12)] == [None, ["many-failed", "far-above-peers"]]
    assert waiting(session)[0] == (IncidentKind.MANY_FAILED, CLERK.name)
