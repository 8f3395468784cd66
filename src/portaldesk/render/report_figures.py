"""What the auditors' report shows, as figures that a terminal and a page draw alike: names, numbers, units, words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from portaldesk.rules.masks import shown

if TYPE_CHECKING:
    from portaldesk.services.reporting.results import DayLine, Report

MOST_DAYS, MOST_WEEKS = 62, 70
"""More bars than these (ours: two months, a good year) are folded into weeks, then months."""


@dataclass(frozen=True, slots=True)
class Row:
    """A bar: its label, one number a series, and what stands beside it in the table only."""

    label: str
    values: tuple[int, ...]
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot and the table behind it. `over_time`: the rows are in an order of their own and are drawn as columns.

    `of`: what a row is; `series`: what is stacked, in short words; `unit`: what is counted; `more`: further columns.
    """

    key: str
    title: str
    about: str
    of: str
    unit: str
    series: tuple[str, ...]
    rows: tuple[Row, ...]
    more: tuple[str, ...] = ()
    over_time: bool = False


def figures(report: Report) -> tuple[Figure, ...]:
    """Every figure of the report, in its order."""
    return (
        _days(report), _failures(report), _actions(report), _refusals(report), _checks(report), _changes(report),
        _own_word(report), _times(report), _ways(report), _hours(report),
    )  # fmt: skip


def summary(report: Report) -> tuple[tuple[str, str], ...]:
    """The report in a few lines: what, how much."""
    desk = sum(one.by_desk for one in report.actions)
    patients = sum(one.by_patients for one in report.actions)
    refused = sum(one.refused + one.failed for one in report.actions)
    n, times, ways = report.checks, report.times, report.recoveries
    helped = ways.desk_link + ways.desk_temporary_login + ways.desk_unlock
    middle, most = duration(times.median_seconds), duration(times.p90_seconds)
    return (
        ("Resets carried out", f"{desk + patients}: {desk} at the desk, {patients} by patients; {refused} refused"),
        ("Identity checks", f"{n.made}: {n.basic} basic, {n.strong} strong, {n.failed} failed ({n.abandoned} left)"),
        ("On the clerk's word", f"{n.photo_id} with photo ID, {n.callback} by call-back"),
        (
            "Holds",
            f"{report.holds.begun} began, for {report.holds.patients} patients; {report.holds.released} released",
        ),
        (
            "Incidents",
            f"{report.incidents.opened} opened, {report.incidents.closed} closed; {report.incidents.waiting} wait",
        ),
        ("From call to sign-in", f"half within {middle}, nine of ten within {most}" if times.signed_in else "none"),
        ("Back in without the desk", f"{percent(ways.share_without_desk)}: {ways.own} of {ways.own + helped}"),
        ("Unusual patterns", f"{sum(rule.found for rule in report.rules)} to look at"),
    )


def duration(seconds: int | None) -> str:
    """As "45 s", "12 min", "3 h 20 min", "2 d 4 h": two units at most."""
    if seconds is None:
        return "-"
    for unit, size, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60)):
        if seconds >= size:
            rest = seconds % size // part
            return f"{seconds // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"


def percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _days(report: Report) -> Figure:
    series = ("mailed", "changed", "taken", "patients", "refused")
    spans = _folded(report.days)
    rows = tuple(
        Row(label, tuple(sum(one) for one in zip(*(_of_day(day) for day in days), strict=True)))
        for label, days in spans
    )
    return Figure(
        "days", f"Resets by {_unit(report.days)}",
        "Every attempt. Mailed: a link or reminder sent by the desk. Changed: anything else the desk gave or changed. "
        "Taken: access taken away at the desk. Patients: on their own side. Refused: refused or failed.",
        _unit(report.days).title(), "attempts", series, rows, over_time=True,
    )  # fmt: skip


def _of_day(day: DayLine) -> tuple[int, ...]:
    return day.mailed, day.given, day.taken, day.by_patients, day.refused


def _actions(report: Report) -> Figure:
    rows = tuple(
        Row(shown(one.action), (one.by_desk, one.by_patients), (str(one.already), str(one.refused), str(one.failed)))
        for one in report.actions
    )
    return Figure(
        "actions", "Resets by action",
        "Carried out: at the desk, or on the patient's side. Already: it was so before, nothing was done.",
        "Action", "carried out", ("desk", "patients"), rows, ("Already", "Refused", "Failed"),
    )  # fmt: skip


def _refusals(report: Report) -> Figure:
    rows = tuple(Row(shown(one.code), (one.desk, one.portal), (shown(one.meaning),)) for one in report.refusals)
    return Figure(
        "refusals", "Why attempts were refused",
        "By the word of the refusal, at the desk and on the patient's side; sign-ins of patients are among them.",
        "Reason", "refusals", ("desk", "portal"), rows, ("Meaning",),
    )  # fmt: skip


def _checks(report: Report) -> Figure:
    rows = tuple(
        Row(shown(one.staff), (one.passed, one.failed, one.checks - one.passed - one.failed)) for one in report.staff
    )
    return Figure(
        "checks", "Identity checks by staff member",
        "Each check once, by how it ended. Open: held, or ended with neither success nor a wrong answer.",
        "Staff", "checks", ("passed", "failed", "open"), rows,
    )  # fmt: skip


def _own_word(report: Report) -> Figure:
    rows = tuple(
        Row(shown(one.staff), (one.attested,), (percent(one.attested / one.checks if one.checks else None),))
        for one in report.staff
    )
    return Figure(
        "own-word", "Strong checks on the clerk's own word",
        "Photo ID seen or call-back made, as the clerk says: nothing else proves it.",
        "Staff", "checks", ("attested",), rows, ("Of checks",),
    )  # fmt: skip


def _changes(report: Report) -> Figure:
    rows = tuple(
        Row(shown(one.staff), (one.changes, one.refused),
            (str(one.temporary_logins), str(one.off_hours), str(one.flags)))
        for one in report.staff
    )  # fmt: skip
    return Figure(
        "changes", "Resets by staff member",
        "Carried out, and refused. Temp: temporary logins; Off-hours: outside the opening hours; both are among those "
        "carried out. Flags: raised at the time, by checks and finds.",
        "Staff", "attempts", ("done", "refused"), rows, ("Temp", "Off-hours", "Flags"),
    )  # fmt: skip


def _failures(report: Report) -> Figure:
    rows = tuple(
        Row(label, (sum(day.failed_checks for day in days),), (str(sum(day.holds for day in days)),))
        for label, days in _folded(report.days)
    )
    return Figure(
        "failures", f"Failed checks and holds by {_unit(report.days)}",
        "Three failed checks of one patient within 24 hours put the patient on hold.",
        _unit(report.days).title(), "failed checks", ("failed",), rows, ("Holds",), over_time=True,
    )  # fmt: skip


def _times(report: Report) -> Figure:
    times = report.times
    rows = [Row(f"within {one.within}", (one.count,)) for one in times.spans]
    rows += [Row("never seen in 7 days", (times.never,)), Row("not yet in", (times.waiting,))]
    middle, most = duration(times.median_seconds), duration(times.p90_seconds)
    return Figure(
        "times", "From call to sign-in",
        f"{times.helped} patients were helped by the desk; {times.signed_in} signed in or redeemed after it: median "
        f"{middle}, 90th percentile {most}, from the first event of the check. {times.again} called again before that.",
        "Time", "patients", ("patients",), tuple(rows),
    )  # fmt: skip


def _ways(report: Report) -> Figure:
    ways = report.recoveries
    rows = (
        Row("link the patient asked for", (ways.own,)),
        Row("link the desk mailed", (ways.desk_link,)),
        Row("temporary login", (ways.desk_temporary_login,)),
        Row("unlocked at the desk", (ways.desk_unlock,)),
        Row("invitation without a call", (ways.bulk,)),
        Row("other", (ways.other,)),
    )
    return Figure(
        "ways", "How patients got back in",
        f"Without the desk: {percent(ways.share_without_desk)} of the first four.",
        "Way", "recoveries", ("recoveries",), rows,
    )  # fmt: skip


def _hours(report: Report) -> Figure:
    rows = tuple(Row(f"{one.hour:02d}", (one.within, one.outside)) for one in report.by_hour)
    return Figure(
        "hours", "Changes at the desk by hour of the day",
        f"Local time ({shown(report.zone)}). Opening hours: {shown(report.hours)}.",
        "Hour", "changes", ("within hours", "outside"), rows, over_time=True,
    )  # fmt: skip


def _unit(days: Sequence[DayLine]) -> str:
    if len(days) <= MOST_DAYS:
        return "day"
    return "week" if len(days) <= MOST_WEEKS * 7 else "month"


def _folded(days: Sequence[DayLine]) -> Iterable[tuple[str, list[DayLine]]]:
    """The days by themselves, or in calendar weeks (named by their Monday), or in months."""
    unit = _unit(days)
    spans: dict[str, list[DayLine]] = {}
    for one in days:
        spans.setdefault(_named(one.day, unit), []).append(one)
    return spans.items()


def _named(day: date, unit: str) -> str:
    if unit == "month":
        return f"{day:%b %Y}"
    if unit == "week":
        return f"{day - timedelta(days=day.weekday()):%d %b %Y}"
    return f"{day:%a %d %b}"
