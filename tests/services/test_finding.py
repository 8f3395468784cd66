"""Finding patients: what is matched, what is shown, and that it is no oracle (design §3.7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session
from stores import CLERK, NOW, bring, events, facts, new_store

from portaldesk.errors import StateForbids, WrongUsage
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.services import calls, incidents, invitations
from portaldesk.services.finding import Found, find
from portaldesk.settings import ClinicSettings
from portaldesk.store import record
from portaldesk.words import Action, IncidentKind, Level, Method, PatientStatus

BORN = date(1952, 7, 15)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_store(tmp_path).session() as session:
        bring(
            session,
            [
                facts("M-1"),
                facts("M-2", line=3, given_name="José", family_name="García O'Neill", email="jose@example.org",
                      phone="+15559070000", birth_date=date(1980, 2, 3)),
                facts("M-3", line=4, given_name="Bo", family_name="Li", email=None, phone=None,
                      status=PatientStatus.DECEASED),
            ],
        )  # fmt: skip
        yield session


def look(session: Session, text: str, *, born: date | None = None, actor: Actor = CLERK, now: datetime = NOW) -> Found:
    return find(session, actor, text, birth_date=born, settings=ClinicSettings(), now=now)


def mrns(found: Found) -> list[str]:
    return [row.mrn for row in found.patients]


@pytest.mark.parametrize(
    ("text", "expected", "by"),
    [
        ("reynolds", "M-1", "name"),
        ("REY ana", "M-1", "name"),
        ("Garcia, jose", "M-2", "name"),
        ("oneill", "M-2", "name"),
        ("M-2", "M-2", "mrn"),
        ("(555) 907-8526", "M-1", "phone"),
        ("Ana@Example.org", "M-1", "email"),
    ],
)
def test_a_patient_is_found_by_name_mrn_phone_and_email(session: Session, text: str, expected: str, by: str) -> None:
    assert mrns(look(session, text)) == [expected]
    told = json.loads(events(session, "find")[-1].details)
    assert (told["by"], told["found"], told["hits"]) == (by, [expected], 1)


@pytest.mark.parametrize("text", ["eynolds", "ana garcia", "555", "%", "M-", "nobody@example.org", "*"])
def test_what_is_not_the_beginning_of_a_name_finds_nobody(session: Session, text: str) -> None:
    if text in ("%", "*"):
        with pytest.raises(WrongUsage):
            look(session, text)
    else:
        assert look(session, text).patients == ()


def test_rows_are_masked_and_say_how_record_and_account_stand(session: Session) -> None:
    invitations.resend(session, permits.for_asking(Action.RESEND_INVITE, "M-1"), settings=ClinicSettings(), now=NOW)
    (ana,) = look(session, "reynolds").patients
    assert (ana.name, ana.status, ana.account_status) == ("A… Reynolds644", "active", "invited")
    (jose,) = look(session, "garcia").patients
    assert jose.account_status == "new"
    (bo,) = look(session, "li").patients
    assert (bo.status, bo.account_status) == ("deceased", "none")


def test_a_birth_date_narrows_down(session: Session) -> None:
    assert mrns(look(session, "a", born=BORN)) == ["M-1"]
    assert look(session, "garcia", born=BORN).patients == ()


def test_twenty_rows_are_shown_and_that_there_are_more(session: Session) -> None:
    bring(session, [facts(f"N-{n}", line=n, family_name="Moss") for n in range(2, 23)])
    found = look(session, "moss")
    assert (len(found.patients), found.more) == (20, True)
    assert len(json.loads(events(session, "find")[-1].details)["found"]) == 20


def test_a_phone_or_email_that_found_the_patient_is_spoiled_for_the_call(session: Session) -> None:
    look(session, "555-907-8526")
    look(session, "jose@example.org")
    assert calls.spoiled_methods(session, CLERK, "M-1") == [Method.PHONE]
    assert calls.spoiled_methods(session, CLERK, "M-2") == [Method.EMAIL]


def test_the_event_of_a_find_holds_nothing_that_was_typed(session: Session) -> None:
    look(session, "reynolds", born=date(1960, 1, 2))
    look(session, "ana@example.org")
    told = " ".join(event.details + event.reason for event in events(session, "find"))
    assert not [typed for typed in ("eynolds", "1960", "example") if typed in told]


@pytest.mark.parametrize("text", ["reynolds", "M-1", "555-907-8526", "ana@example.org"])
def test_the_sixth_birth_date_with_the_same_words_is_refused_right_or_wrong(session: Session, text: str) -> None:
    for day in range(1, 6):
        assert look(session, text, born=date(1952, 7, day)).patients == ()
    assert look(session, text, born=date(1952, 7, 5)).patients == ()  # said again: no new guess
    for sixth in (date(1952, 7, 6), BORN):
        with pytest.raises(StateForbids) as refused:
            look(session, text, born=sixth)
        assert (refused.value.code, refused.value.counted) == ("too-many", True)
    (incident,) = incidents.listed(session)
    assert (incident.kind, incident.staff) == (IncidentKind.MANY_BIRTH_DATES, CLERK.name)
    assert [event.outcome for event in events(session, "find")][-2:] == ["refused", "refused"]
    assert mrns(look(session, text)) == ["M-1"]
    assert mrns(look(session, "garcia", born=date(1980, 2, 3))) == ["M-2"]
    colleague = replace(CLERK, name="kim")
    assert mrns(look(session, text, born=BORN, actor=colleague)) == ["M-1"]
    assert mrns(look(session, text, born=BORN, now=NOW + timedelta(hours=1, seconds=1))) == ["M-1"]


def test_birth_dates_that_found_somebody_do_not_count(session: Session) -> None:
    for _ in range(8):
        assert mrns(look(session, "reynolds", born=BORN)) == ["M-1"]


def test_the_thirty_first_find_without_a_check_is_flagged_for_auditors(session: Session) -> None:
    def flags() -> list[bool]:
        return ["flags" in json.loads(event.details) for event in events(session, "find")]

    for _ in range(31):
        look(session, "reynolds")
    assert flags() == [False] * 30 + [True]
    begun = CLERK.entry("verify-identity", "pending", patient="M-1", level=Level.NONE)
    record.append(session, begun, now=NOW)
    look(session, "reynolds")
    assert flags()[-1] is True, "a check that proved nothing is no excuse"
    passed = CLERK.entry("verify-identity", "passed", patient="M-1", level=Level.BASIC)
    record.append(session, passed, now=NOW)
    look(session, "reynolds")
    assert flags()[-1] is False
    (incident,) = incidents.listed(session)
    assert (incident.kind, incident.staff, incident.patient) == (IncidentKind.MANY_FINDS, CLERK.name, None)
