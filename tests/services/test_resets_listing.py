"""What auditors are promised of the list of resets: every attempt, newest first, quickly, and safe to open."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from audit_stores import CLERK, NOW, a_day, minutes
from fhir.resources.R4B.auditevent import AuditEvent as R4AuditEvent
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from portaldesk.errors import WrongUsage
from portaldesk.gate.actions import ACTIONS
from portaldesk.render import fhir
from portaldesk.render import resets as render
from portaldesk.render.documents import iso
from portaldesk.services import resets_listing
from portaldesk.services.opening import OpenStore
from portaldesk.services.resets_listing import LISTED, ResetLine, list_resets, read_since, read_until
from portaldesk.store import record, tables
from portaldesk.words import Action, Outcome

PATIENT_REQUESTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "PATRQT", "display": "patient requested",
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OpenStore]:
    opened = a_day(tmp_path)
    yield opened
    opened.engine.dispose()


def _list(store: OpenStore, **more: object) -> tuple[ResetLine, ...]:
    with store.session(reading=True) as session:
        return list_resets(session, **more)  # type: ignore[arg-type]


def test_every_attempt_is_listed_newest_first_and_nothing_else(store: OpenStore) -> None:
    assert [(line.action, line.patient, line.outcome) for line in _list(store)] == [
        ("disable", "MRN-3", "refused"),
        ("send-reset", "MRN-1", "link-sent"),
        ("update-contact", "MRN-2", "waiting"),
        ("redeem", "MRN-1", "done"),
        ("resend-invite", "MRN-1", "link-sent"),
    ]


def test_a_line_says_on_what_ground_and_whether_its_link_was_used(store: OpenStore) -> None:
    reset, asked, redeemed, invited = _list(store)[1:]
    assert (invited.staff, invited.level, invited.caller, invited.reason) == (
        "sam",
        "basic",
        "patient",
        "cannot get in",
    )
    assert invited.methods == ("birth-date", "phone", "postal-code")
    assert (invited.attested, invited.delivered, invited.redeemed_at) == ((), False, minutes(6))
    assert (redeemed.staff, redeemed.redeemed_at) == (None, minutes(6))
    assert (reset.level, reset.attested, reset.redeemed_at) == ("strong", ("photo-id",), None)
    assert (asked.outcome, asked.approver, asked.independent) == ("waiting", None, None)


def test_a_refusal_tells_the_methods_of_the_check_it_names(store: OpenStore) -> None:
    with store.session() as session:
        check = session.exec(select(tables.IdentityCheck).where(tables.IdentityCheck.level == "strong")).first()
        assert check is not None
        entry = CLERK.entry("enable", "refused", patient=check.patient, check_id=check.id)
        record.append(session, entry, now=minutes(20))
        session.commit()
    line = _list(store, limit=1)[0]
    assert (line.action, line.level, line.attested) == ("enable", "strong", ("photo-id",))


def test_a_delivered_mail_is_told(store: OpenStore) -> None:
    with store.session() as session:
        mail = session.exec(select(tables.OutboxMessage).where(tables.OutboxMessage.kind == "reset")).one()
        record.append(session, record.Entry("outbox send", "done"), [record.changed(mail, sent_at=minutes(15))],
                      now=minutes(15))  # fmt: skip
        session.commit()
    assert [line.delivered for line in _list(store, action="send-reset")] == [True]


def test_filters_narrow_the_list(store: OpenStore) -> None:
    assert [line.patient for line in _list(store, staff="sam", outcome="refused")] == ["MRN-3"]
    assert [line.action for line in _list(store, patient="MRN-2")] == ["update-contact"]
    assert [line.action for line in _list(store, since=minutes(6), until=minutes(9))] == ["redeem"]
    assert _list(store, since=minutes(60)) == ()
    assert len(_list(store, limit=2)) == 2


@pytest.mark.parametrize("wrong", [{"action": "find"}, {"outcome": "maybe"}, {"limit": 0}])
def test_a_filter_that_cannot_match_is_wrong_usage(store: OpenStore, wrong: dict[str, object]) -> None:
    with pytest.raises(WrongUsage):
        _list(store, **wrong)


def test_every_action_of_the_gates_table_but_sign_in_and_import_is_listed() -> None:
    assert set(ACTIONS) - set(LISTED) == {Action.SIGN_IN, Action.IMPORT_CONTACT}


def test_times_are_read_as_spans_dates_and_moments() -> None:
    assert read_since("7d", NOW) == NOW - timedelta(days=7)
    assert read_since(" 12H ", NOW) == NOW - timedelta(hours=12)
    assert read_since("30m", NOW) == NOW - timedelta(minutes=30)
    assert read_since("2026-11-25T14:00+01:00", NOW) == datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
    assert read_until("2026-11-25", NOW) - read_since("2026-11-25", NOW) == timedelta(days=1)


@given(st.text(max_size=12))
def test_any_text_is_a_time_or_wrong_usage(text: str) -> None:
    try:
        read = read_since(text, NOW)
    except WrongUsage:
        return
    assert read.tzinfo is UTC


@given(st.text(max_size=20))
def test_no_csv_cell_is_a_formula(reason: str) -> None:
    line = ResetLine(1, NOW, "sam", "unlock", "MRN-1", None, None, (), (), None, reason, None, None, "done", None, None)
    header, row = csv.reader(render.as_csv([line]))
    cell = row[header.index("reason")]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell in (reason, "'" + reason)


def test_exports_hold_every_line_with_the_fields_of_the_contract(store: OpenStore) -> None:
    lines = _list(store)
    documents = [json.loads(one) for one in render.as_jsonl(lines)]
    assert list(documents[0]) == [
        "seq", "at", "staff", "action", "patient", "check_id", "level", "methods", "attested", "caller", "reason",
        "approver", "independent", "outcome", "delivered", "redeemed_at",
    ]  # fmt: skip
    assert documents[-1]["methods"] == ["birth-date", "phone", "postal-code"]
    assert len(list(csv.reader(render.as_csv(lines)))) == len(lines) + 1


def test_fhir_audit_events_say_who_what_whom_why_and_how_it_ended(store: OpenStore) -> None:
    made = [json.loads(one) for one in fhir.audit_events(_list(store))]
    refused, sent, redeemed = made[0], made[1], made[3]
    assert [one["outcome"] for one in made] == ["4", "0", "0", "0", "0"]
    assert refused["agent"][0]["who"]["identifier"]["value"] == "sam"
    patient, check = sent["entity"]
    assert patient["what"]["identifier"]["value"] == "MRN-1"
    assert {one["type"]: one["valueString"] for one in check["detail"]}["attested"] == "photo-id"
    assert sent["recorded"] == iso(minutes(11))
    assert sent["purposeOfEvent"][0] == {"coding": [PATIENT_REQUESTED], "text": "cannot get in"}
    assert [(agent["name"], agent["requestor"]) for agent in redeemed["agent"]] == [
        ("the patient's side", True),
        ("portaldesk", False),
    ]


def test_every_fhir_line_is_an_audit_event_that_a_fhir_library_takes(store: OpenStore) -> None:
    """R4B's AuditEvent is R4's: the two differ in neither elements nor cardinalities."""
    lines = [*_list(store), *_any_lines()]
    for text in fhir.audit_events(lines):
        read = R4AuditEvent.model_validate_json(text)
        assert json.loads(read.model_dump_json()) == json.loads(text)
    assert len({line.outcome for line in lines}) == 5


def test_a_list_of_any_length_is_read_page_by_page_to_its_end(
    store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resets_listing, "_PAGE", 2)
    with store.session(reading=True) as session:
        assert tuple(resets_listing.each_reset(session)) == list_resets(session)
        assert tuple(resets_listing.each_reset(session, limit=3)) == list_resets(session, limit=3)
        assert len(tuple(resets_listing.each_reset(session, patient="MRN-1"))) == 3
        with pytest.raises(WrongUsage):
            resets_listing.each_reset(session, action="find")


def _any_lines() -> list[ResetLine]:
    """A line of every action and outcome, with all that may be there, and with nothing that need not."""
    lines = []
    for seq, (action, outcome) in enumerate(product(LISTED, Outcome), 1):
        full = ("sam", "MRN-1", "C-AAAAAA11", "strong", ("birth-date", "photo-id"), ("photo-id",), "proxy", "reason")
        empty = (None, None, None, None, (), (), None, " ")
        for staff, patient, check, level, methods, attested, caller, reason in (full, empty):
            approver, yes, when = ("rosa", True, NOW) if staff else (None, None, None)
            lines.append(
                ResetLine(seq, NOW, staff, action, patient, check, level, methods, attested, caller, reason, approver,
                          yes, outcome, yes, when)
            )  # fmt: skip
    return lines
