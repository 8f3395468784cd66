"""What the report says: frozen results, the document of `audit report --json`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ActionCount:
    """How often one action was carried out."""

    action: str
    count: int


@dataclass(frozen=True, slots=True)
class DayLine:
    """One local day. The first five add up to its attempts, but for what was so already; `actions`: those carried out.

    `mailed`: links and reminders that the desk sent; `given`: other changes at the desk; `taken`: access taken away at
    the desk; `by_patients`: carried out on the patient's side; `refused`: refused or failed, on either side.
    `failed_checks`: of callers; `holds`: that began.
    """

    day: date
    mailed: int
    given: int
    taken: int
    by_patients: int
    refused: int
    failed_checks: int
    holds: int
    actions: tuple[ActionCount, ...]


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One action of the gate's table. `already`: asked for when it was so already; nothing was done."""

    action: str
    by_desk: int
    by_patients: int
    already: int
    refused: int
    failed: int


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One staff member. `attested`: strong checks that rest on their own word (photo ID seen, call-back).

    `changes`: carried out by them; `temporary_logins` and `off_hours` are among these. `flags`: raised in the daytime
    by their checks and finds.
    """

    staff: str
    checks: int
    passed: int
    failed: int
    attested: int
    changes: int
    temporary_logins: int
    refused: int
    off_hours: int
    flags: int


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """Why attempts were refused or failed: the error's word, what it means, how often at the desk and at the portal."""

    code: str
    meaning: str
    desk: int
    portal: int


@dataclass(frozen=True, slots=True)
class Checks:
    """Identity checks at the desk, each counted once, by where it ended.

    `basic`, `strong`: passed at that level; `failed`: `abandoned` ones among them (ended with an uncorrected wrong
    answer); `held`: of a patient on hold; `unfinished`: neither passed nor wrong. `photo_id`, `callback`: rested on the
    clerk's word.
    """

    made: int
    basic: int
    strong: int
    failed: int
    abandoned: int
    held: int
    unfinished: int
    photo_id: int
    callback: int


@dataclass(frozen=True, slots=True)
class Holds:
    """Holds that began, those that an admin ended early, and how many patients they concerned."""

    begun: int
    released: int
    patients: int


@dataclass(frozen=True, slots=True)
class Incidents:
    """Incidents that were opened, those that an auditor closed, and those that wait at the end of the time."""

    opened: int
    closed: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Span:
    """How many patients were in within this time, and not within the one before it."""

    within: str
    seconds: int
    count: int


@dataclass(frozen=True, slots=True)
class CallTimes:
    """From the first event of a check to the patient's first sign-in, or redemption, after it.

    Counted are patients whom the desk helped back in (a link, an unlock, a temporary login …); who called again before
    they were in counts once, from the first call (`again`). `never`: not seen within seven days; `waiting`: not yet in
    when the report ends.
    """

    helped: int
    signed_in: int
    again: int
    never: int
    waiting: int
    median_seconds: int | None
    p90_seconds: int | None
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Recoveries:
    """How patients got back in. `own`: by a link they asked the portal for; the next three with the desk's help.

    `bulk`: by an invitation that staff sent without a call; `other`: by a link older than the report looks back.
    `share_without_desk`: own of own and desk, 0 to 1; None where there was none.
    """

    own: int
    desk_link: int
    desk_temporary_login: int
    desk_unlock: int
    bulk: int
    other: int
    share_without_desk: float | None


@dataclass(frozen=True, slots=True)
class HourLine:
    """Changes at the desk in one hour of the day (local), within the opening hours and outside of them."""

    hour: int
    within: int
    outside: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """Something unusual that was seen. It accuses nobody: it says where to look.

    `kind`: a rule of `Report.rules`; `events`: numbers of some of the events; `look`: the command that shows them.
    """

    kind: str
    seen: str
    staff: str | None
    patient: str | None
    first_at: datetime
    last_at: datetime
    events: tuple[int, ...]
    look: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """What was looked for, by what rule and whose, and how often it was found."""

    kind: str
    title: str
    rule: str
    source: str
    found: int


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report. Times are UTC, days and hours are those of `zone`; `until` is not in it.

    `events`: how many of the record it rests on, `head` its last then, `SEQ:HASH`. That the record is whole is proved
    by `audit verify`, not here.
    """

    clinic: str
    since: datetime
    until: datetime
    made_at: datetime
    zone: str
    hours: str
    events: int
    head: str
    days: tuple[DayLine, ...]
    actions: tuple[ActionLine, ...]
    staff: tuple[StaffLine, ...]
    refusals: tuple[RefusalLine, ...]
    checks: Checks
    holds: Holds
    incidents: Incidents
    times: CallTimes
    recoveries: Recoveries
    by_hour: tuple[HourLine, ...]
    patterns: tuple[Pattern, ...]
    rules: tuple[RuleLine, ...]
