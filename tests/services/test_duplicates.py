"""Duplicates over a real store: what is compared, and what a verdict does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session
from stores import ADMIN, CLERK, NOW, bring, events, facts, new_store

from portaldesk.errors import NotAllowed, NotFound, RecordAltered, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.render import duplicates_page
from portaldesk.rules.matching import Grade
from portaldesk.services import duplicate_sheets, keeping, resolving
from portaldesk.services.duplicates import find_duplicates, likely_duplicates_of, look_alike
from portaldesk.services.resolving import Resolved
from portaldesk.services.verdicts import list_verdicts
from portaldesk.store import many_rows, schema
from portaldesk.words import PatientStatus
from raw_stores import guards_down

LATER = NOW + timedelta(hours=1)
WEEK = timedelta(weeks=1)
MOVED = facts("M2", line=3, email=None, address="7 Far Lane", postal_code="10001")
OTHER = facts(
    "M3", line=4, given_name="Wei", family_name="Chen", birth_date=date(1990, 3, 4), phone="+15559071111",
    email="wei@example.org", address="9 Oak Road", city="Dodge City", postal_code="67801",
)  # fmt: skip


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with new_store(tmp_path).session() as session:
        bring(session, [facts("M1"), MOVED, OTHER])
        yield session


def resolve(session: Session, actor: Actor, a: str, b: str, *, same: bool, reason: str, now: datetime) -> Resolved:
    if same:
        return resolving.same(session, actor, a, b, keep=None, reason=reason, now=now)
    return resolving.different(session, actor, a, b, reason=reason, now=now)


def pairs(session: Session, mrn: str | None = None) -> list[tuple[str, str]]:
    return [(p.a, p.b) for p in find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE, patient_mrn=mrn).pairs]


def test_two_records_of_one_person_are_a_pair_and_a_cluster(session: Session) -> None:
    report = find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE)
    (pair,) = report.pairs
    assert (pair.a, pair.b, pair.verdict) == ("M1", "M2", None)
    assert pair.reasons
    assert (report.clusters, report.patients) == ((("M1", "M2"),), 3)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE contact_point SET kind = 'pigeon' WHERE mrn = 'M2'",
        "UPDATE patient SET other_names = '[oops' WHERE mrn = 'M2'",
        "UPDATE patient SET other_names = '[3]' WHERE mrn = 'M2'",
        "UPDATE patient SET birth_date = '1960-13-45' WHERE mrn = 'M2'",
    ],
)
def test_what_another_program_wrote_into_a_record_is_refused_as_altered(tmp_path: Path, edit: str) -> None:
    store = new_store(tmp_path)
    with store.session() as session:
        bring(session, [facts("M1"), MOVED])
        session.commit()
    with guards_down(store.place.home, put_back=True) as connection:
        connection.execute(edit)
    with store.session(reading=True) as session:
        for mrn in (None, "M1"):
            with pytest.raises(RecordAltered, match="is not as portaldesk writes it"):
                pairs(session, mrn)


def test_one_patient_can_be_asked_about(session: Session) -> None:
    assert pairs(session, "M2") == [("M1", "M2")]
    assert pairs(session, "M3") == []
    with pytest.raises(NotFound):
        pairs(session, "M404")


def test_diagnosis_gets_the_same_answer_for_one_patient(session: Session) -> None:
    assert [(p.a, p.b) for p in likely_duplicates_of(session, "M1")] == [("M1", "M2")]
    assert likely_duplicates_of(session, "M3") == ()


def test_records_that_share_only_the_name_or_the_contact_are_looked_at_too(session: Session) -> None:
    slip = facts("M4", line=5, birth_date=date(1952, 7, 16), phone=None)
    bring(session, [slip], now=LATER)
    full = {
        (p.a, p.b) for p in find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE, patient_mrn="M4").pairs
    }
    assert ("M1", "M4") in full
    assert {(p.a, p.b) for p in likely_duplicates_of(session, "M4")} == full


def test_a_merged_record_is_resolved(session: Session) -> None:
    bring(session, [replace(MOVED, status=PatientStatus.MERGED, merged_into="M1")], now=LATER)
    assert pairs(session) == []


def test_a_pair_judged_different_is_left_out_until_identity_data_change(session: Session) -> None:
    resolve(session, CLERK, "M2", "M1", same=False, reason="cousins", now=NOW)
    assert pairs(session) == []
    assert find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE).clusters == ()
    assert likely_duplicates_of(session, "M1") == ()
    bring(session, [replace(MOVED, last_visit=date(2026, 11, 1))], now=LATER)
    assert pairs(session) == []  # a visit says nothing of who somebody is
    bring(session, [replace(MOVED, email="ana@example.org")], now=LATER)
    assert pairs(session) == [("M1", "M2")]
    assert [line.in_force for line in list_verdicts(session, reader="sam")] == [False]


def test_a_pair_judged_the_same_stays_and_says_so(session: Session) -> None:
    resolve(session, CLERK, "M1", "M2", same=True, reason="asked her", now=NOW)
    (pair,) = find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE).pairs
    assert pair.verdict == "same"


def test_the_newest_verdict_counts_and_the_same_again_is_already_there(session: Session) -> None:
    first = resolve(session, CLERK, "M1", "M2", same=False, reason="cousins", now=NOW)
    again = resolve(session, CLERK, "M2", "M1", same=False, reason="cousins indeed", now=LATER)
    assert (first.already, again.already) == (False, True)
    assert len(events(session, "duplicates resolve")) == 1
    assert not resolve(session, ADMIN, "M1", "M2", same=True, reason="one person after all", now=LATER).already
    assert pairs(session) == [("M1", "M2")]
    assert [(line.verdict, line.in_force) for line in list_verdicts(session, reader="sam")] == [
        ("same", True),
        ("different", False),
    ]


def test_a_verdict_needs_two_records_a_reason_and_somebody_else(session: Session) -> None:
    with pytest.raises(WrongUsage):
        resolve(session, CLERK, "M1", "M1", same=True, reason="x", now=NOW)
    with pytest.raises(WrongUsage):
        resolve(session, CLERK, "M1", "M2", same=True, reason="  ", now=NOW)
    with pytest.raises(NotFound):
        resolve(session, CLERK, "M1", "M404", same=True, reason="x", now=NOW)
    with pytest.raises(NotAllowed):
        resolve(session, replace(CLERK, own=frozenset({"M2"})), "M1", "M2", same=True, reason="x", now=NOW)
    assert events(session, "duplicates resolve") == []


def test_a_verdict_altered_by_other_hands_is_refused(session: Session) -> None:
    resolve(session, CLERK, "M1", "M2", same=True, reason="asked her", now=NOW)
    schema.drop_triggers(session.connection())
    session.execute(text("UPDATE duplicate_verdict SET verdict = 'different'"))
    session.expunge_all()
    with pytest.raises(RecordAltered):
        find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE)


def test_who_agrees_with_a_colleague_has_judged_too_and_is_on_the_record(session: Session) -> None:
    """Nor can anybody try out what a colleague said without leaving a verdict of their own."""
    resolve(session, CLERK, "M1", "M2", same=False, reason="cousins", now=NOW)
    assert not resolve(session, ADMIN, "M1", "M2", same=False, reason="both were here", now=LATER).already
    assert [(line.staff, line.hidden) for line in list_verdicts(session, reader="rosa")] == [
        ("rosa", False),
        ("sam", False),
    ]
    assert len(events(session, "duplicates resolve")) == 2


def test_more_verdicts_than_one_query_takes_are_told(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_rows, "MOST_KEYS", 1)
    queries: list[int] = []

    def counted(session: Session, query: str, values: Sequence[Any], rest: str = "") -> list[tuple[Any, ...]]:
        queries.extend(len(some) for some in many_rows.parts(values) if "FROM patient" in query)
        return within(session, query, values, rest)

    within = many_rows.within
    resolve(session, CLERK, "M1", "M2", same=True, reason="asked her", now=NOW)
    monkeypatch.setattr(many_rows, "within", counted)
    assert [line.in_force for line in list_verdicts(session, reader="sam")] == [True]
    assert queries == [1, 1]
    assert find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE).pairs[0].verdict == "same"


def test_a_phone_that_a_crowd_shares_speaks_for_nobody_where_one_patient_or_two_are_looked_at(
    session: Session,
) -> None:
    crowd = [
        facts(
            f"C{n}", line=9 + n, given_name=f"Ada{n}", family_name=f"Poe{n}", birth_date=date(1930, 1, 2) + n * WEEK,
            email=None, address="", postal_code="",
        )
        for n in range(51)
    ]  # fmt: skip
    moved = facts("M7", line=7, email=None, address="", postal_code="")
    married = facts("M8", line=8, family_name="Quill", email=None, address="", postal_code="")
    elsewhere = replace(moved, mrn="M9", line=6, address="5 Sun Lane", city="Iola", postal_code="66749")
    bring(session, [moved, married, elsewhere])
    assert look_alike(session, "M7", "M8")
    assert one_patient(session, "M9")["M7", "M9"] is Grade.CERTAIN
    bring(session, crowd)
    of_all = find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE).pairs
    assert one_patient(session, "M9") == {(p.a, p.b): p.grade for p in of_all if "M9" in (p.a, p.b)}
    assert one_patient(session, "M9")["M7", "M9"] is Grade.PROBABLE
    assert not look_alike(session, "M7", "M8")


def one_patient(session: Session, mrn: str) -> dict[tuple[str, str], Grade]:
    found = find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE, patient_mrn=mrn)
    return {(pair.a, pair.b): pair.grade for pair in found.pairs}


def test_another_s_verdict_is_hidden_until_one_has_judged_the_same_data(session: Session) -> None:
    def told(reader: str) -> list[tuple[str | None, str]]:
        return [(line.verdict, line.reason) for line in list_verdicts(session, reader=reader)]

    def found(reader: str) -> list[str | None]:
        return [pair.verdict for pair in find_duplicates(session, reader=reader, min_grade=Grade.PROBABLE).pairs]

    resolve(session, CLERK, "M1", "M2", same=True, reason="asked her", now=NOW)
    assert (told("sam"), found("sam")) == ([("same", "asked her")], ["same"])
    assert (told("rosa"), found("rosa")) == ([(None, "")], [None])
    assert [(line.staff, line.hidden) for line in list_verdicts(session, reader="rosa")] == [("sam", True)]
    resolve(session, ADMIN, "M1", "M2", same=False, reason="cousins", now=LATER)
    assert told("rosa") == told("sam") == [("different", "cousins"), ("same", "asked her")]
    bring(session, [replace(MOVED, email="ana@example.org")], now=LATER)
    resolve(session, CLERK, "M1", "M2", same=True, reason="asked again", now=LATER)
    assert told("rosa") == [(None, ""), ("different", "cousins"), ("same", "asked her")]  # judged on other data


def test_of_a_cluster_the_record_is_kept_that_would_be_missed_most(session: Session) -> None:
    def kept(*mrns: str) -> tuple[str, str]:
        (one,) = keeping.suggested(session, [mrns])
        return one.mrn, one.why

    assert kept("M1", "M2") == ("M1", "more is on file there")  # M2 has no email
    bring(session, [replace(MOVED, last_visit=date(2026, 11, 1))], now=LATER)
    assert kept("M1", "M2") == ("M2", "its last visit is the newest")
    assert find_duplicates(session, reader="sam", min_grade=Grade.PROBABLE).keep[0].mrn == "M2"
    bring(session, [replace(MOVED, status=PatientStatus.INACTIVE)], now=LATER)
    assert kept("M1", "M2") == ("M1", "no other of these records is active")
    bring(session, [facts("M0", line=9, username=None)], now=LATER)
    assert kept("M0", "M1") == ("M1", "it is known longer")
    assert keeping.suggested(session, []) == ()


def test_the_page_has_a_sheet_for_each_cluster_with_differences_marked_and_what_to_type(session: Session) -> None:
    odd = facts("M9'; ls", line=6, given_name="Ana", address="1 Elm Str\u202eeet <script>", last_visit=date(2020, 1, 1))
    bring(session, [odd], now=LATER)
    report = find_duplicates(session, reader="rosa", min_grade=Grade.POSSIBLE, explain=True)
    (sheet,) = duplicate_sheets.sheets(session, report)
    assert (sheet.records[0], sorted(sheet.records)) == (sheet.keep.mrn, ["M1", "M2", "M9'; ls"])
    assert {row.field for row in sheet.rows if row.differs} == {"address", "postal code"}
    made = duplicate_sheets.DuplicatePage((sheet,), report, "Prairie", NOW)
    text = duplicates_page.page(made)
    assert "default-src &#39;none&#39;" not in text
    assert "default-src 'none'; style-src 'sha256-" in text
    assert not re.search(r"<script|<link|<img|\son\w+=|\sstyle=|\u202e|src=|href=", text)
    assert "1 Elm<mark> Str\\u202eeet &lt;script&gt;</mark>" in text
    typed = " ".join(re.sub(r"<[^>]*>", "", text).split())
    assert "portaldesk duplicates resolve M1 M2 --same --keep M1 --reason" in typed
    assert "resolve M1 &#39;M9&#39;&#34;&#39;&#34;&#39;; ls&#39; --different" in typed
    empty = duplicate_sheets.DuplicatePage((), replace(report, pairs=(), clusters=(), keep=()), "Prairie", NOW)
    assert duplicates_page.page(empty).count("No pair was found.") == 2


def test_of_a_value_of_many_pages_no_letters_are_marked(session: Session) -> None:
    endless = "7 Far Lane" + " ab" * 30_000
    bring(session, [replace(MOVED, address=endless, email="ana@example.org")], now=LATER)
    report = find_duplicates(session, reader="rosa", min_grade=Grade.POSSIBLE, explain=True)
    made = duplicate_sheets.DuplicatePage(duplicate_sheets.sheets(session, report), report, "Prairie", NOW)
    assert f"<mark>{endless}" in duplicates_page.page(made)
