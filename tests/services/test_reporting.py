"""The auditors' report: its numbers on a small clinic counted by hand, and patterns that show up, or do not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from phone_calls import ANA, BEGIN, BEN, CAL, NEW_PASSWORD, ROSA, SAM, SETTINGS, Desk, a_clinic
from sqlmodel import Session
from stores import bring, facts

from portaldesk.errors import WrongUsage
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor, patient_entry
from portaldesk.services import (
    calls,
    forgetting,
    holding,
    invitations,
    portal_sign_ins,
    resets,
    securing,
    temporary_logins,
)
from portaldesk.services.reporting import report as reporting
from portaldesk.services.reporting.results import Pattern, Report
from portaldesk.settings import ClinicSettings
from portaldesk.store import record
from portaldesk.store.record import Entry
from portaldesk.words import Action, CredentialKind, Role

KIM, LEE = (Actor(name, Role.FRONT_DESK, f"S-{name}") for name in ("kim", "lee"))
THURSDAY = date(2026, 12, 3)  # of BEGIN, 10:00


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_clinic(tmp_path) as store, store.session() as session:
        yield Desk(session)


def report(session: Session, *, since: datetime = BEGIN, days: float = 1, **more: Any) -> Report:
    until = since + timedelta(days=days)
    options: dict[str, Any] = {"until": until, "now": until, "settings": SETTINGS, "zone": UTC} | more
    return reporting.report(session, since=since, **options)


def a_day(desk: Desk) -> None:
    """Sam helps Ana with a link, Ben's caller guesses, Ana helps herself, Cal comes with a passport."""
    desk.basic(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    desk.redeems(ANA, CredentialKind.RESET)  # 30 seconds after the check
    desk.fails(BEN)
    refusal = SAM.entry("unlock", "refused", patient=BEN, details={"code": "check-failed"})
    record.append(desk.session, refusal, now=desk.later(seconds=20))
    forgetting.forgot_password(desk.session, "ana.r", settings=SETTINGS, now=desk.later(hours=1))
    desk.redeems(ANA, CredentialKind.RESET, password="walnut ember forty 9 kite")
    desk.strong(CAL)
    made = temporary_logins.issue(
        desk.session,
        desk.permit(Action.ISSUE_TEMP_LOGIN, CAL),
        username=None,
        settings=SETTINGS,
        rng=random.Random(5),
        now=desk.now,
    )
    desk.guesses(1)
    desk.later(minutes=4)
    portal_sign_ins.change_password(
        desk.session, made.username, made.temporary_password, NEW_PASSWORD, birth_date=date(1988, 3, 2),
        settings=SETTINGS, now=desk.now,
    )  # fmt: skip
    calls.end_call(desk.session, SAM, note="", now=desk.later(seconds=30))


def test_the_numbers_of_a_day_are_those_counted_by_hand(desk: Desk) -> None:
    a_day(desk)
    made = report(desk.session)
    (day,) = [one for one in made.days if one.day == THURSDAY]
    assert (day.mailed, day.given, day.taken, day.by_patients, day.refused) == (1, 1, 0, 4, 1)
    assert (day.failed_checks, day.holds) == (1, 0)
    assert {one.action: (one.by_desk, one.by_patients, one.refused) for one in made.actions} == {
        "send-reset": (1, 1, 0), "redeem": (0, 2, 0), "issue-temp-login": (1, 0, 0), "change-password": (0, 1, 0),
        "unlock": (0, 0, 1),
    }  # fmt: skip
    (sam,) = made.staff
    assert (sam.staff, sam.checks, sam.passed, sam.failed, sam.attested) == ("sam", 3, 2, 1, 1)
    assert (sam.changes, sam.temporary_logins, sam.refused, sam.off_hours) == (2, 1, 1, 0)
    assert {one.code: (one.desk, one.portal) for one in made.refusals} == {
        "check-failed": (1, 0), "sign-in-wrong": (0, 1)
    }  # fmt: skip
    n = made.checks
    assert (n.made, n.basic, n.strong, n.failed, n.abandoned, n.photo_id) == (3, 1, 1, 1, 0, 1)


def test_times_run_from_the_check_to_the_patients_first_way_in(desk: Desk) -> None:
    a_day(desk)
    times = report(desk.session).times
    assert (times.helped, times.signed_in, times.again, times.never, times.waiting) == (2, 2, 0, 0, 0)
    assert (times.median_seconds, times.p90_seconds) == (30, 245)
    assert [(one.within, one.count) for one in times.spans if one.count] == [("5 minutes", 2)]


def test_the_share_without_the_desk_is_own_links_beside_desk_calls(desk: Desk) -> None:
    a_day(desk)
    ways = report(desk.session).recoveries
    assert (ways.own, ways.desk_link, ways.desk_temporary_login, ways.desk_unlock, ways.other) == (1, 1, 1, 0, 0)
    assert ways.share_without_desk == pytest.approx(1 / 3)


def test_who_calls_again_before_they_are_in_counts_once_from_the_first_call(desk: Desk) -> None:
    for _ in range(2):
        desk.basic(ANA)
        resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
        calls.end_call(desk.session, SAM, note="", now=desk.later(minutes=10))
    desk.redeems(ANA, CredentialKind.RESET)
    times = report(desk.session).times
    assert (times.helped, times.signed_in, times.again) == (1, 1, 1)
    assert times.median_seconds == 2 * 600 + 10 + 30


def test_who_never_comes_is_told_apart_from_who_may_still_come(desk: Desk) -> None:
    desk.basic(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    assert report(desk.session, days=6).times.waiting == 1
    later = report(desk.session, days=8).times
    assert (later.waiting, later.never, later.median_seconds) == (0, 1, None)


def test_a_link_mailed_before_the_report_begins_is_still_known(desk: Desk) -> None:
    forgetting.forgot_password(desk.session, "ana.r", settings=SETTINGS, now=datetime(2026, 12, 3, 23, 50, tzinfo=UTC))
    desk.now = datetime(2026, 12, 4, 0, 5, tzinfo=UTC)
    desk.redeems(ANA, CredentialKind.RESET)
    made = report(desk.session, since=datetime(2026, 12, 4, tzinfo=UTC))
    assert (made.recoveries.own, made.recoveries.other) == (1, 0)
    assert [one.action for one in made.actions] == ["redeem"]


def test_guess_and_hang_up_is_a_failed_check_here_too(desk: Desk) -> None:
    desk.asks(ANA, birth_date="1901-01-01")
    calls.end_call(desk.session, SAM, note="", now=desk.later(seconds=30))
    desk.asks(BEN, birth_date="1901-01-01")  # left open: it fails when it runs out
    made = report(desk.session)
    assert (made.checks.failed, made.checks.abandoned) == (2, 2)


def test_incidents_are_counted_by_when_they_were_opened_and_closed(desk: Desk) -> None:
    desk.basic(ANA)
    securing.secure(desk.session, desk.permit(Action.SECURE_ACCOUNT, ANA), now=desk.now)
    made = report(desk.session).incidents
    assert (made.opened, made.closed, made.waiting) == (1, 0, 1)


def test_holds_are_those_of_the_gate(desk: Desk) -> None:
    for _ in range(3):
        desk.fails(ANA)
    assert [one.patient for one in holding.list_held(desk.session, now=desk.now)] == [ANA]
    holding.release(desk.session, ROSA, ANA, reason="seen", now=desk.later(minutes=1))
    for _ in range(2):
        desk.fails(ANA)
    made = report(desk.session).holds
    assert (made.begun, made.released, made.patients) == (1, 1, 1)
    assert not holding.list_held(desk.session, now=desk.now)


def test_days_and_hours_are_those_of_the_clinic(desk: Desk) -> None:
    desk.now = datetime(2026, 12, 4, 3, 0, tzinfo=UTC)  # 21:00 of the day before in Kansas
    desk.basic(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    made = report(desk.session, zone=ZoneInfo("America/Chicago"))
    assert {one.day: one.mailed for one in made.days} == {THURSDAY: 1, date(2026, 12, 4): 0}
    assert [(one.hour, one.within, one.outside) for one in made.by_hour if one.within or one.outside] == [(21, 0, 1)]


def test_hours_that_cannot_be_read_are_said_to_be_taken(desk: Desk) -> None:
    made = report(desk.session, settings=ClinicSettings(clinic_hours="by appointment"))
    assert "cannot be read" in made.hours
    assert report(desk.session, settings=ClinicSettings(clinic_hours="Mon 9-10")).hours.startswith("Mon 09:00-10:00 (")


def test_a_month_of_nothing_has_its_days_and_no_pattern(desk: Desk) -> None:
    made = report(desk.session, since=BEGIN + timedelta(days=3), days=30)
    assert (made.events, len(made.days)) == (0, 31)
    assert made.patterns == made.staff == made.actions == made.refusals == ()
    assert (made.times.median_seconds, made.recoveries.share_without_desk) == (None, None)


def test_a_report_from_long_before_begins_with_the_record(desk: Desk) -> None:
    made = report(desk.session, since=datetime(1999, 1, 1, tzinfo=UTC), days=20000, now=BEGIN)
    assert made.days[0].day == date(2026, 11, 25)
    assert made.until == BEGIN


def test_a_time_that_ends_before_it_begins_is_refused(desk: Desk) -> None:
    with pytest.raises(WrongUsage):
        report(desk.session, days=-1)


def test_a_report_reads_and_changes_nothing(desk: Desk) -> None:
    before = record.anchor(desk.session)
    report(desk.session)
    assert record.anchor(desk.session) == before


# --- patterns: seen, or rightly not seen


def found(made: Report, kind: str) -> list[Pattern]:
    mine = [one for one in made.patterns if one.kind == kind]
    (rule,) = [one for one in made.rules if one.kind == kind]
    assert rule.found == len(mine)
    return mine


def told(desk: Desk, entry: Entry, *, after: float = 60) -> int:
    return record.append(desk.session, entry, now=desk.later(seconds=after))


def checks(desk: Desk, actor: Actor, count: int, *, attested: bool) -> None:
    for n in range(count):
        details = {"attested": ["photo-id"] if attested else [], "wrong": 0, "new": True}
        told(desk, actor.entry(
            "verify-identity", "passed", patient=f"MRN-{n}", check_id=f"C-{actor.name}{attested}{n}",
            level="strong" if attested else "basic", details=details,
        ))  # fmt: skip


def test_a_staff_member_far_above_the_others_is_seen(desk: Desk) -> None:
    for actor, by_word, known in ((SAM, 2, 28), (KIM, 2, 28), (LEE, 12, 8)):
        checks(desk, actor, by_word, attested=True)
        checks(desk, actor, known, attested=False)
    (seen,) = found(report(desk.session), "peers")
    assert seen.staff == "lee"
    assert "12 strong checks by their own word in 20 checks (60%)" in seen.seen
    assert "4 in 60 (7%)" in seen.seen
    assert seen.look.startswith("portaldesk audit show --staff lee --action verify-identity --since 2026-12-03T")
    assert len(seen.events) == 10


def test_a_little_above_the_others_or_alone_is_not(desk: Desk) -> None:
    checks(desk, LEE, 8, attested=True)
    assert not found(report(desk.session), "peers")
    for actor in (SAM, KIM):
        checks(desk, actor, 6, attested=True)
    assert not found(report(desk.session), "peers")


@pytest.mark.parametrize(("failed", "seen"), [(2, 1), (1, 0)])
def test_failed_checks_and_then_a_change_are_seen(desk: Desk, failed: int, seen: int) -> None:
    for _ in range(failed):
        desk.fails(ANA, actor=KIM)
    desk.basic(ANA)
    resets.send(desk.session, desk.permit(Action.SEND_RESET, ANA), settings=SETTINGS, now=desk.now)
    patterns = found(report(desk.session), "checks-then-change")
    assert len(patterns) == seen
    assert all(one.patient == ANA and "(kim), then send-reset by sam" in one.seen for one in patterns)


@pytest.mark.parametrize(("wrong", "seen"), [(10, 1), (9, 0)])
def test_many_wrong_passwords_and_then_the_right_one_are_seen(desk: Desk, wrong: int, seen: int) -> None:
    _guessed(desk, wrong)
    told(desk, patient_entry("sign-in", "done", patient=ANA))
    assert len(found(report(desk.session), "guesses-then-sign-in")) == seen


def test_a_new_password_between_is_the_owners(desk: Desk) -> None:
    _guessed(desk, 12)
    told(desk, patient_entry("redeem", "done", patient=ANA, details={"credential": "c", "kind": "reset"}))
    told(desk, patient_entry("sign-in", "done", patient=ANA))
    assert not found(report(desk.session), "guesses-then-sign-in")


def _guessed(desk: Desk, times: int) -> None:
    for _ in range(times):
        told(desk, patient_entry("sign-in", "refused", patient=ANA, details={"why": "wrong"}))


@pytest.mark.parametrize(("count", "pause", "seen"), [(20, 20, 1), (19, 20, 0), (60, 60, 0)])
def test_a_burst_of_refused_sign_ins_is_seen_once(desk: Desk, count: int, pause: int, seen: int) -> None:
    for _ in range(count):
        told(desk, patient_entry("sign-in", "refused", details={"why": "unknown"}), after=pause)
    assert len(found(report(desk.session), "sign-in-burst")) == seen


@pytest.mark.parametrize(("patients", "pause", "seen"), [(8, 60, 1), (7, 60, 0), (12, 120, 0)])
def test_many_patients_in_a_few_minutes_are_seen(desk: Desk, patients: int, pause: int, seen: int) -> None:
    for n in range(patients):
        told(desk, KIM.entry("send-reset", "link-sent", patient=f"MRN-{n}", details={"ground": "check"}), after=pause)
    mine = found(report(desk.session), "many-in-minutes")
    assert len(mine) == seen
    assert all(one.seen == "kim: 8 changes for 8 patients in 7 minutes." for one in mine)


@pytest.mark.parametrize(("changes", "hour", "seen"), [(3, 20, 1), (2, 20, 0), (3, 12, 0)])
def test_changes_outside_the_hours_are_seen(desk: Desk, changes: int, hour: int, seen: int) -> None:
    desk.now = datetime(2026, 12, 3, hour, tzinfo=UTC)
    for n in range(changes):
        told(desk, KIM.entry("send-reset", "link-sent", patient=f"MRN-{n}", details={"ground": "check"}))
    told(desk, KIM.entry("send-reset", "refused", patient=ANA, details={"code": "check-required"}))  # changed nothing
    assert len(found(report(desk.session), "off-hours")) == seen


@pytest.mark.parametrize(("patients", "seen"), [(5, 1), (4, 0)])
def test_one_address_mailed_for_many_patients_is_seen_but_never_shown(desk: Desk, patients: int, seen: int) -> None:
    rows = [facts(f"MRN-9{n}", email="Front.Room@example.org", line=n + 2) for n in range(patients)]
    bring(desk.session, rows, now=desk.now, actor=ROSA)
    for row in rows:
        permit = permits.for_asking(Action.RESEND_INVITE, row.mrn)
        invitations.resend(desk.session, permit, settings=SETTINGS, now=desk.later(minutes=31))
    made = report(desk.session)
    mine = found(made, "one-address")
    assert len(mine) == seen
    assert all("5 patients" in one.seen and "MRN-94" in one.seen for one in mine)
    assert "room" not in repr(made).casefold()


def test_a_day_with_far_more_failed_checks_is_seen(desk: Desk) -> None:
    for day, count in enumerate((2, 3, 2, 12, 3)):
        desk.now = BEGIN + timedelta(days=day)
        for n in range(count):
            told(desk, KIM.entry("verify-identity", "failed", patient=f"MRN-{n}", check_id=f"C-{day}-{n}"))
    (seen,) = found(report(desk.session, days=6), "busy-day")
    assert seen.seen.startswith("12 failed checks on 06 Dec 2026")


def test_flags_of_the_time_are_told(desk: Desk) -> None:
    for _ in range(2):
        told(desk, KIM.entry("find", "done", details={"flag": "many-finds", "found": []}))
    (seen,) = found(report(desk.session), "flag")
    assert seen.seen == "kim: many-finds was raised 2 times."


def test_a_quiet_day_shows_no_pattern_but_names_every_rule(desk: Desk) -> None:
    a_day(desk)
    made = report(desk.session)
    assert made.patterns == ()
    assert all(one.rule and one.source for one in made.rules)


def test_progress_is_told_by_the_events_that_lie_behind(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_TELL_EVERY", 1)
    a_day(desk)
    moved: list[tuple[int, int]] = []
    report(desk.session, progress=lambda done, of: moved.append((done, of)))
    assert moved == sorted(moved)
    assert len({of for _, of in moved}) == 1
    assert moved[-1][0] == moved[-1][1]
