"""Flags to auditors that a clerk's checks raise (design §3.7)."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session, select
from stores import CLERK, NOW, bring, facts, new_store

from portaldesk.services import clinic, identity_checks, patients
from portaldesk.services.identity_checks import read_answers
from portaldesk.store import tables

TODAY = NOW.date()
RIGHT = read_answers(birth_date="1952-07-15", photo_id="passport", locale="en_US", today=TODAY)
WRONG = read_answers(birth_date="1990-01-01", postal_code="11111", locale="en_US", today=TODAY)


def _flags(session: Session, n: int, said: identity_checks.Answers) -> list[str] | None:
    """The flags that sam's check of the n-th patient raised."""
    settings = clinic.in_force(clinic.stored(session))
    named, now = patients.Named(f"MRN-{n}", None), NOW + timedelta(minutes=n)
    identity_checks.verify(session, CLERK, named, said, reason="", settings=settings, rng=random.Random(n), now=now)
    last = session.exec(select(tables.AuditEvent).where(tables.AuditEvent.patient == f"MRN-{n}")).all()[-1]
    flags: list[str] | None = json.loads(last.details).get("flags")
    return flags


def test_the_eleventh_strong_check_a_day_by_the_clerks_own_word_is_flagged(tmp_path: Path) -> None:
    with new_store(tmp_path).session() as session:
        bring(session, [facts(f"MRN-{n}") for n in range(12)])
        assert [_flags(session, n, RIGHT) for n in range(12)] == [None] * 10 + [["many-attested"]] * 2


def test_failed_checks_of_five_patients_by_one_clerk_are_flagged(tmp_path: Path) -> None:
    with new_store(tmp_path).session() as session:
        bring(session, [facts(f"MRN-{n}") for n in range(6)])
        assert [_flags(session, n, WRONG) for n in range(6)] == [None] * 4 + [["many-failed"]] * 2


def test_failed_checks_of_a_week_far_above_those_of_the_peers_are_flagged(tmp_path: Path) -> None:
    with new_store(tmp_path).session() as session:  # rosa is a peer without a failed check
        bring(session, [facts(f"MRN-{n}") for n in range(11)])
        raised = [_flags(session, n, WRONG) or [] for n in range(11)]
    assert ["far-above-peers" in flags for flags in raised] == [False] * 9 + [True] * 2
