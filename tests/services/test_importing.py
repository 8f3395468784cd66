"""What an import may and may not change (design §3.9), against a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, func, select
from stores import ADMIN, NOW, activate, bring, events, facts, new_store, points

from engines import examples
from portaldesk.errors import NotAllowed, RecordAltered, StateForbids, WrongUsage
from portaldesk.services import credentials, invitations, portal_sessions
from portaldesk.services.evidence import facts_on_file
from portaldesk.services.intake import importing
from portaldesk.services.intake.facts import Reading, Skipped
from portaldesk.services.intake.importing import import_patients
from portaldesk.services.intake.reading import read_patients
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, schema, tables
from portaldesk.words import CredentialKind, Method, PatientStatus

LATER = NOW + timedelta(hours=1)
PAUSE = timedelta(hours=24)
SAMPLE = Path(__file__).parents[3] / "shared/data/fhir/Patient.000.ndjson"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_store(tmp_path).session() as session:
        yield session


def account(session: Session, mrn: str = "M1") -> tables.PortalAccount:
    return session.get_one(tables.PortalAccount, mrn)


def patient(session: Session, mrn: str = "M1") -> tables.Patient:
    return session.get_one(tables.Patient, mrn)


def outbox(session: Session) -> list[tables.OutboxMessage]:
    return list(session.exec(select(tables.OutboxMessage)))


def contents(session: Session) -> list[list[Any]]:
    """All that an import could write, but the record of the import itself."""
    names = ("patient", "patient_name", "contact_point", "portal_account", "outbox_message", "permit")
    return [sorted(tuple(row) for row in session.execute(text(f"SELECT * FROM {name}"))) for name in names]


def test_the_sample_comes_in_whole_and_a_second_time_changes_nothing(session: Session) -> None:
    if not SAMPLE.exists():
        pytest.skip("the FHIR sample is not beside this checkout")
    reading = read_patients(SAMPLE, format=None, mapping={}, locale="en_US", today=NOW.date())
    first = import_patients(session, ADMIN, reading, dry_run=False, skip_bad=False, now=NOW)
    assert (first.read, first.added, first.updated, first.unchanged) == (120, 120, 0, 0)
    living = sum(facts.status is PatientStatus.ACTIVE for facts in reading.rows)
    assert 0 < living < 120
    assert first.accounts == living == session.exec(select(func.count()).select_from(tables.PortalAccount)).one()
    before = contents(session)
    again = import_patients(session, ADMIN, reading, dry_run=False, skip_bad=False, now=LATER)
    assert (again.read, again.added, again.updated, again.unchanged, again.accounts) == (120, 0, 0, 120, 0)
    assert contents(session) == before
    assert len(events(session, "import")) == 120  # none for rows that changed nothing
    assert len(events(session, "import patients")) == 2


def test_what_a_first_import_brings_is_confirmed_and_of_age(session: Session) -> None:
    bring(session, [facts("M1")])
    assert set(facts_on_file(session, patient(session), now=NOW)) == {
        Method.BIRTH_DATE, Method.POSTAL_CODE, Method.PHONE, Method.EMAIL, Method.LAST_VISIT,
    }  # fmt: skip
    assert points(session, "M1", "email")[0].confirmed_at == NOW


@pytest.mark.parametrize(
    ("change", "method"),
    [
        ({"birth_date": date(1960, 1, 2)}, Method.BIRTH_DATE),
        ({"postal_code": "10001"}, Method.POSTAL_CODE),
        ({"phone": "+15559070000"}, Method.PHONE),
        ({"email": "other@example.org"}, Method.EMAIL),
    ],
)
def test_a_fact_changed_or_filled_in_later_is_no_evidence_for_24_hours(
    session: Session, change: dict[str, Any], method: Method
) -> None:
    bring(session, [facts("M1"), facts("M2", line=3, birth_date=None, postal_code="", phone=None, email=None)])
    report = bring(session, [facts("M1", **change), facts("M2", line=3, **change)], now=LATER)
    assert report.updated == 2
    for mrn in ("M1", "M2"):
        young = facts_on_file(session, patient(session, mrn), now=LATER + PAUSE - timedelta(seconds=1))
        assert method not in young
        assert method in facts_on_file(session, patient(session, mrn), now=LATER + PAUSE)


def test_a_zip_that_gains_its_last_four_figures_stays_evidence(session: Session) -> None:
    bring(session, [facts("M1")])
    bring(session, [facts("M1", postal_code="67124-1234")], now=LATER)
    assert patient(session).postal_code == "67124-1234"
    assert Method.POSTAL_CODE in facts_on_file(session, patient(session), now=LATER)


def test_the_contacts_of_a_new_account_move_and_the_old_address_is_told(session: Session) -> None:
    bring(session, [facts("M1")])
    invited = invitations.resend(session, _asking(), settings=ClinicSettings(), now=NOW)
    bring(session, [facts("M1", email="new@example.org", phone="+15559070000")], now=LATER)
    moved = account(session)
    assert (moved.email, moved.phone, moved.contact_changed_at) == ("new@example.org", "+15559070000", LATER)
    changed = [message for message in outbox(session) if message.kind == "changed"]
    assert [message.to_address for message in changed] == ["ana@example.org"]
    assert json.loads(changed[0].variables)["what"] == "contact-changed"
    assert credentials.open_ones(session, "M1", [CredentialKind.INVITATION]) == []
    assert invited.reference
    assert [p.value for p in points(session, "M1", "email", current=False)] == ["ana@example.org"]


def _asking() -> Any:
    from portaldesk.gate import permits
    from portaldesk.words import Action

    return permits.for_asking(Action.RESEND_INVITE, "M1")


def test_the_contacts_of_an_active_account_are_never_moved_but_the_patient_is_told(session: Session) -> None:
    bring(session, [facts("M1")])
    activate(session, "M1", username="ana1", now=NOW)
    bring(session, [facts("M1", email="thief@example.org", phone="+15559070000")], now=LATER)
    kept = account(session)
    assert (kept.email, kept.phone) == ("ana@example.org", "+15559078526")
    assert [p.value for p in points(session, "M1", "email")] == ["thief@example.org"]
    told = [message for message in outbox(session) if message.kind == "changed"]
    assert [message.to_address for message in told] == ["ana@example.org"]
    assert json.loads(told[0].variables)["what"] == "record-changed"


def test_a_contact_that_leaves_the_file_leaves_the_record_and_stays_with_the_account(session: Session) -> None:
    bring(session, [facts("M1")])
    bring(session, [facts("M1", email=None)], now=LATER)
    assert points(session, "M1", "email") == []
    assert account(session).email == "ana@example.org"
    assert bring(session, [facts("M1", email=None)], now=LATER + PAUSE).unchanged == 1


def test_a_contact_that_came_back_as_undeliverable_stays_so_when_a_file_brings_it_again(session: Session) -> None:
    bring(session, [facts("M1")])
    entry = ADMIN.entry("outbox bounces", "done")
    record.append(session, entry, [record.changed(points(session, "M1", "email")[0], bounced_at=NOW)], now=NOW)
    bring(session, [facts("M1", email="b@example.org")], now=LATER)
    bring(session, [facts("M1")], now=LATER + PAUSE)
    assert points(session, "M1", "email")[0].bounced_at == NOW


def test_a_record_that_catches_up_with_the_desk_changes_nothing_for_the_account(session: Session) -> None:
    bring(session, [facts("M1", email=None)])
    desk = tables.ContactPoint(
        id="d1", mrn="M1", kind="email", value="desk@example.org", key="desk@example.org", source="desk",
        added_at=NOW, evidence_from=NOW, confirmed_at=NOW, confirmed_how="code",
    )  # fmt: skip
    record.append(session, ADMIN.entry("approve", "done", patient="M1"), [record.new(desk)], now=NOW)
    bring(session, [facts("M1", email="desk@example.org")], now=LATER)
    assert Method.EMAIL in facts_on_file(session, patient(session), now=LATER)
    bring(session, [facts("M1", email="record@example.org")], now=LATER + timedelta(minutes=1))
    assert account(session).email == "desk@example.org"


@pytest.mark.parametrize("status", [PatientStatus.DECEASED, PatientStatus.INACTIVE, PatientStatus.MERGED])
def test_a_record_no_longer_active_ends_sessions_and_links(session: Session, status: PatientStatus) -> None:
    bring(session, [facts("M1"), facts("M2", line=3)])
    activate(session, "M1", username="ana1", now=NOW)
    secret, row = portal_sessions.begun("M1", now=NOW)
    record.append(session, ADMIN.entry("portal sign-in", "done", patient="M1"), [record.new(row)], now=NOW)
    assert portal_sessions.look(session, secret, now=NOW).signed_in
    into = "M2" if status is PatientStatus.MERGED else None
    report = bring(session, [facts("M1", status=status, merged_into=into), facts("M2", line=3)], now=LATER)
    assert (report.updated, report.unchanged, report.warnings) == (1, 1, ())
    assert session.get_one(tables.PortalSession, row.id).ended_at == LATER
    assert not portal_sessions.look(session, secret, now=LATER).signed_in


def test_an_open_invitation_dies_with_the_record(session: Session) -> None:
    bring(session, [facts("M1")])
    invitations.resend(session, _asking(), settings=ClinicSettings(), now=NOW)
    bring(session, [facts("M1", status=PatientStatus.DECEASED)], now=LATER)
    assert credentials.open_ones(session, "M1", list(CredentialKind)) == []


def test_a_patient_who_becomes_active_gets_an_account(session: Session) -> None:
    bring(session, [facts("M1", status=PatientStatus.INACTIVE)])
    assert session.get(tables.PortalAccount, "M1") is None
    report = bring(session, [facts("M1", username="Ana.R")], now=LATER)
    assert (report.updated, report.accounts) == (1, 1)
    assert account(session).username == "ana.r"


def test_optional_columns_that_a_file_lacks_take_nothing_away(session: Session) -> None:
    bring(session, [facts("M1", other_names=("Smith",))])
    report = bring(session, [facts("M1", other_names=(), language="", last_visit=None)], now=LATER)
    assert report.unchanged == 1


def test_a_new_name_is_found_and_the_old_one_is_not(session: Session) -> None:
    bring(session, [facts("M1")])
    bring(session, [facts("M1", family_name="O'Neill")], now=LATER)
    keys = set(session.exec(select(tables.PatientName.key).where(tables.PatientName.mrn == "M1")))
    assert "oneill" in keys
    assert "reynolds644" not in keys


@pytest.mark.parametrize(
    ("username", "reason"),
    [("m99", "username: equals an MRN"), ("ana1", "username: taken"), ("a@b.org", "username: cannot be one")],
)
def test_a_username_that_means_somebody_else_is_refused(session: Session, username: str, reason: str) -> None:
    bring(session, [facts("M99", username="ana1")])
    with pytest.raises((WrongUsage, StateForbids)) as refused:
        import_patients(
            session, ADMIN, Reading([facts("M1", username=username)], [], []), dry_run=False, skip_bad=False, now=LATER
        )
    assert reason in refused.value.message
    assert username not in refused.value.message
    session.rollback()
    report = bring(session, [facts("M1", username=username)], skip_bad=True, now=LATER)
    assert (report.added, len(report.skipped)) == (0, 1)


def test_an_mrn_that_is_somebodys_username_is_refused(session: Session) -> None:
    bring(session, [facts("M99", username="ana1")])
    with pytest.raises(StateForbids, match="as username"):
        bring(session, [facts("ANA1")], now=LATER)


def test_two_rows_with_one_username_are_both_left_out(session: Session) -> None:
    rows = [facts("M1", username="ana1"), facts("M2", line=3, username="ANA1"), facts("M3", line=4)]
    report = bring(session, rows, skip_bad=True)
    assert [one.line for one in report.skipped] == [2, 3]
    assert report.added == 1


def test_a_bad_row_refuses_the_file_and_nothing_is_written(session: Session) -> None:
    before = contents(session)
    faults = [Skipped(line, "birth_date: not a date") for line in range(3, 8)]
    reading = Reading([facts("M1")], faults, [])
    with pytest.raises(WrongUsage) as refused:
        import_patients(session, ADMIN, reading, dry_run=False, skip_bad=False, now=NOW)
    assert refused.value.code == "bad-file"
    assert all(f"Line {line}: birth_date: not a date." in refused.value.message for line in (3, 4, 5))
    assert "Line 6" not in refused.value.message
    assert contents(session) == before
    report = import_patients(session, ADMIN, reading, dry_run=False, skip_bad=True, now=NOW)
    assert (report.read, report.added, len(report.skipped)) == (6, 1, 5)


def test_staff_cannot_change_their_own_record_by_a_file(session: Session) -> None:
    bring(session, [facts("M1")])
    admin = replace(ADMIN, own=frozenset({"M1"}))
    assert bring(session, [facts("M1")], actor=admin, now=LATER).unchanged == 1
    with pytest.raises(NotAllowed):
        bring(session, [facts("M1", email="mine@example.org")], actor=admin, now=LATER)
    report = bring(session, [facts("M1", email="mine@example.org")], actor=admin, skip_bad=True, now=LATER)
    assert [one.line for one in report.skipped] == [2]
    assert account(session).email == "ana@example.org"


def test_a_record_merged_into_nobody_is_taken_with_a_warning(session: Session) -> None:
    rows = [
        facts("M1", status=PatientStatus.MERGED, merged_into="M2"),
        facts("M2", line=3, status=PatientStatus.MERGED, merged_into="M404"),
    ]
    report = bring(session, rows)
    assert [one.line for one in report.warnings] == [3]
    assert "M404" not in report.warnings[0].reason


def test_a_dry_run_tells_the_same_and_writes_only_that_it_was_made(session: Session) -> None:
    bring(session, [facts("M1")])
    before = contents(session)
    rows = [facts("M1", email="new@example.org"), facts("M2", line=3)]
    dry = bring(session, rows, dry_run=True, now=LATER)
    assert contents(session) == before
    assert json.loads(events(session, "import patients")[-1].details)["dry_run"] is True
    real = bring(session, rows, now=LATER)
    assert replace(dry, audit_seq=0, dry_run=False, differences=()) == replace(real, audit_seq=0)


def test_a_dry_run_shows_what_would_change_value_by_value(session: Session) -> None:
    bring(session, [facts("M1", phone=None), facts("M2", line=3)])
    row = facts(
        "M1", family_name="O'Neill", birth_date=None, email="b@example.org", other_names=("Smith", "Reyes; Paz")
    )
    dry = bring(session, [row, facts("M2", line=3)], dry_run=True, now=LATER)
    assert [(one.field, one.old, one.new) for one in dry.differences] == [
        ("family_name", "Reynolds644", "O'Neill"), ("other_names", None, 'Smith;"Reyes; Paz"'),
        ("birth_date", "1952-07-15", None), ("email", "ana@example.org", "b@example.org"),
        ("phone", None, "+15559078526"),
    ]  # fmt: skip
    assert {(one.line, one.mrn) for one in dry.differences} == {(2, "M1")}


def test_likely_duplicates_of_new_patients_are_told_and_of_nobody_else(session: Session) -> None:
    twin = facts("M2", line=3, email=None, postal_code="10001", address="7 Far Lane")
    other = facts(
        "M3", line=4, given_name="Wei", family_name="Chen", birth_date=date(1990, 3, 4), phone=None, email=None
    )
    bring(session, [facts("M1"), twin])
    before = record.head(session).seq
    rows = [replace(other, mrn=f"W{n}", birth_date=date(1930, 1, 1) + timedelta(days=n)) for n in range(210)]
    few = bring(session, [facts("M4"), replace(twin, mrn="M0"), other], now=LATER)
    for done, sure in ((few, 2), (bring(session, [*rows, facts("M5")], now=LATER), 1)):
        told = importing.with_likely_duplicates(session, done, before=before).likely_duplicates
        assert told is not None
        new = {new for new, _ in told}
        assert new == ({"M4", "M0"} if sure == 2 else {"M5"})
        assert {"M1", "M2"} <= {known for _, known in told}
        assert ("M1", "M2") not in told
        before = done.audit_seq


def test_no_event_of_an_import_holds_what_a_patient_owns(session: Session) -> None:
    bring(session, [facts("M1")])
    bring(session, [facts("M1", email="new@example.org", birth_date=date(1960, 1, 2), postal_code="10001")], now=LATER)
    told = " ".join(event.details + event.reason for event in events(session, "import"))
    assert json.loads(events(session, "import")[-1].details)["changed"] == ["birth_date", "email", "postal_code"]
    assert not [fact for fact in ("example.org", "1960", "10001", "Reynolds", "555") if fact in told]


@pytest.mark.parametrize(
    "sabotage",
    [
        "UPDATE patient SET birth_date = '1990-01-01'",
        "UPDATE contact_point SET confirmed_how = 'code' WHERE kind = 'email'",
        "UPDATE portal_account SET email = 'thief@example.org'",
    ],
)
def test_a_row_altered_by_other_hands_stops_the_import(session: Session, sabotage: str) -> None:
    bring(session, [facts("M1")])
    schema.drop_triggers(session.connection())
    session.execute(text(sabotage))
    session.expunge_all()
    with pytest.raises(RecordAltered):
        bring(session, [facts("M1", email="new@example.org")], now=LATER)


def test_the_record_is_whole_after_imports(session: Session) -> None:
    bring(session, [facts(f"M{n}", line=n) for n in range(2, 60)])
    bring(session, [facts(f"M{n}", line=n, email=f"new{n}@example.org") for n in range(2, 30)], now=LATER)
    assert all(record.event_is_whole(session, seq) for seq in range(1, record.head(session).seq + 1))


_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "birth_date": st.sampled_from([None, date(1952, 7, 15), date(1960, 1, 2)]),
        "postal_code": st.sampled_from(["", "67124", "67124-1234", "10001"]),
        "phone": st.sampled_from([None, "+15559078526", "+15559070000"]),
        "email": st.sampled_from([None, "ana@example.org", "Ana@example.org", "b@example.org"]),
        "status": st.sampled_from([PatientStatus.ACTIVE, PatientStatus.INACTIVE, PatientStatus.DECEASED]),
        "family_name": st.sampled_from(["Reynolds644", "O'Neill"]),
        "last_visit": st.sampled_from([None, date(2026, 1, 9), date(2026, 2, 1)]),
    },
)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_CHANGES, min_size=1, max_size=4))
def test_whatever_files_come_nothing_new_is_evidence_and_the_last_file_twice_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, files: list[dict[str, Any]]
) -> None:
    with new_store(tmp_path_factory.mktemp("store")).session() as session:
        bring(session, [facts("M1")])
        first = facts_on_file(session, patient(session), now=NOW)
        for n, change in enumerate(files):
            at = NOW + timedelta(minutes=n + 1)
            bring(session, [facts("M1", **change)], now=at)
            later = facts_on_file(session, patient(session), now=at)
            for method in (Method.BIRTH_DATE, Method.POSTAL_CODE, Method.PHONE, Method.EMAIL):
                assert set(later.get(method, ())) <= set(first[method])
        assert bring(session, [facts("M1", **files[-1])], now=NOW + PAUSE).unchanged == 1
