"""`audit report`: one pass over the record, in the order of its events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.errors import WrongUsage
from portaldesk.rules import opening_hours
from portaldesk.rules.opening_hours import OpeningHours
from portaldesk.services.reporting import events
from portaldesk.services.reporting.checks import OpenChecks
from portaldesk.services.reporting.counts import DeskCounts
from portaldesk.services.reporting.pattern_rules import ONE_ADDRESS
from portaldesk.services.reporting.patterns import Patterns
from portaldesk.services.reporting.recoveries import GIVE_UP, RecoveryCounts
from portaldesk.services.reporting.results import Incidents, Report
from portaldesk.settings import ClinicSettings
from portaldesk.store import record
from portaldesk.store.columns import time_text

_TELL_EVERY = 5000
_MAILED = "FROM outbox_message WHERE credential_id IS NOT NULL AND created_at >= :since AND created_at < :until"
_ADDRESSES = text(
    "SELECT lower(to_address) AS address, count(DISTINCT mrn) AS patients, min(changed_seq) AS first, "
    f"max(changed_seq) AS last, min(created_at) AS first_at, max(created_at) AS last_at {_MAILED} "
    "GROUP BY lower(to_address) HAVING count(DISTINCT mrn) >= :most ORDER BY 2 DESC, 3"
)
_INCIDENTS = text(
    "SELECT count(CASE WHEN opened_at >= :since THEN 1 END), "
    "count(CASE WHEN closed_at >= :since AND closed_at < :until THEN 1 END), "
    "count(CASE WHEN closed_at IS NULL OR closed_at >= :until THEN 1 END) FROM incident WHERE opened_at < :until"
)
_PATIENTS = text(f"SELECT DISTINCT mrn {_MAILED} AND lower(to_address) = :address ORDER BY mrn LIMIT 10")


def report(
    session: Session,
    *,
    since: datetime,
    until: datetime,
    settings: ClinicSettings,
    now: datetime,
    zone: tzinfo | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """What happened from the beginning of the local day of `since` on, before `until` (aware times).

    Reads seven days more before that, uncounted: what was sent and failed then bears on what is counted. A span that
    begins before the record does begins with it.

    Args:
        zone: where the clinic is; None: this machine's time zone.
        progress: told now and then how many events were read, and of how many.
    Raises: WrongUsage where the time ends before it begins.
    """
    if until <= since:
        raise WrongUsage(
            "usage", "The time ends before it begins.", "--since is the earlier one: --since 30d --until 1d"
        )
    until = min(until, now)
    head = record.head(session)
    began = events.begins_at(session) or now
    since = min(events.midnight(max(since, began).astimezone(zone).date(), zone), until)
    hours, words = _hours(settings)
    last = events.last_before(session, until, head.seq)
    begin = since - GIVE_UP
    total = events.count(session, begin, last)
    checks = OpenChecks(timedelta(minutes=settings.check_life_minutes))
    desk, ways, patterns = DeskCounts(hours), RecoveryCounts(), Patterns(hours, zone)
    for n, event in enumerate(events.read(session, begin=begin, since=since, last=last, zone=zone), 1):
        for check in checks.see(event):
            desk.ended(check)
            patterns.ended(check)
        desk.see(event)
        ways.see(event, checks)
        patterns.see(event)
        if progress is not None and n % _TELL_EVERY == 0:
            progress(total - (last - event.seq), total)  # what says nothing here is passed over in between
    for check in checks.rest(until):
        desk.ended(check)
        patterns.ended(check)
    _addresses(session, patterns, since, until)
    final = until - timedelta(microseconds=1) if until > since else since
    days = desk.days(since.astimezone(zone).date(), final.astimezone(zone).date())
    staff = desk.staff()
    found = patterns.found(staff, days)
    return Report(
        settings.clinic_name, since, until, now, now.astimezone(zone).tzname() or "UTC", words,
        events.count(session, since, last), f"{head.seq}:{head.hash}", days, desk.actions(), staff, desk.refusals(),
        desk.checks(), desk.holds(), _incidents(session, since, until),
        ways.times(until), ways.recoveries(), desk.by_hour(), found, patterns.rules(),
    )  # fmt: skip


def _hours(settings: ClinicSettings) -> tuple[OpeningHours, str]:
    """The clinic's hours, and how the report says them."""
    read = opening_hours.read(settings.clinic_hours)
    if read is not None:
        return read, f"{read} (the setting clinic_hours)"
    why = "cannot be read as hours" if settings.clinic_hours.strip() else "is empty"
    return opening_hours.USUAL, f"{opening_hours.USUAL} (taken because the setting clinic_hours {why})"


def _incidents(session: Session, since: datetime, until: datetime) -> Incidents:
    span = {"since": time_text(since), "until": time_text(until)}
    return Incidents(*session.connection().execute(_INCIDENTS, span).one())


def _addresses(session: Session, patterns: Patterns, since: datetime, until: datetime) -> None:
    """Note addresses that were mailed for many patients; the address itself stays in the store."""
    connection, span = session.connection(), {"since": time_text(since), "until": time_text(until)}
    for row in connection.execute(_ADDRESSES, {**span, "most": ONE_ADDRESS}).all():
        first_at, last_at = (datetime.fromisoformat(at) for at in (row.first_at, row.last_at))
        mrns = connection.execute(_PATIENTS, {**span, "address": row.address}).scalars().all()
        which = ", ".join(mrns) + (" …" if row.patients > len(mrns) else "")
        seen = f"Links or codes for {row.patients} patients went to one address: {which}."
        patterns.note("one-address", seen, (row.first, row.last), first_at, last_at, patient=mrns[0])
