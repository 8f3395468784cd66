"""What a bulk run answers (contract, "bulk resend-invite")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class RowOutcome(StrEnum):
    """What became of one row."""

    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a row was left out, or failed."""

    # left out
    REPEATED = "repeated"
    OWN_RECORD = "own-record"
    INACTIVE = "inactive"
    DECEASED = "deceased"
    MERGED = "merged"
    NO_ACCOUNT = "no-account"
    MINOR = "minor"
    ALREADY_ACTIVE = "already-active"
    DISABLED = "disabled"
    DECLINED = "declined"
    ON_HOLD = "on-hold"
    NO_EMAIL = "no-email"
    CLOSED = "contact-closed"
    DOUBTFUL = "email-doubtful"
    UNCONFIRMED = "unconfirmed"
    CONTACT_CHANGED = "contact-changed"
    LETTER = "letter"
    SENT_WITHIN = "sent-within"
    TOO_MANY = "too-many"
    # failed
    NO_SUCH_PATIENT = "no-such-patient"
    UNREADABLE = "unreadable"
    ALTERED = "record-altered"
    REFUSED = "not-sent"
    PUT_OFF = "put-off"
    DROPPED = "dropped"


FAILED = frozenset(
    {Reason.NO_SUCH_PATIENT, Reason.UNREADABLE, Reason.ALTERED, Reason.REFUSED, Reason.PUT_OFF, Reason.DROPPED}
)
"""With these a row failed, which is exit 7; with the others it was left out on purpose."""

SAYS: Mapping[Reason, str] = {
    Reason.REPEATED: "the patient stands in the file before",
    Reason.OWN_RECORD: "your own record, or one linked to you",
    Reason.INACTIVE: "the record is inactive",
    Reason.DECEASED: "the patient is deceased",
    Reason.MERGED: "the record was merged into another",
    Reason.NO_ACCOUNT: "there is no portal account",
    Reason.MINOR: "under 18: helped through who acts for them",
    Reason.ALREADY_ACTIVE: "the account is active already",
    Reason.DISABLED: "the account is disabled",
    Reason.DECLINED: "the patient wants no portal account",
    Reason.ON_HOLD: "too many failed checks: on hold",
    Reason.NO_EMAIL: "no email on file",
    Reason.CLOSED: "the patient asked us not to use the email",
    Reason.DOUBTFUL: "mail to the address came back",
    Reason.UNCONFIRMED: "nothing says that the address is the patient's",
    Reason.CONTACT_CHANGED: "the email changed less than 24 hours ago",
    Reason.LETTER: "an invitation by letter is on its way",
    Reason.SENT_WITHIN: "invited within the time of --not-within",
    Reason.TOO_MANY: "the address got as many mails as it may for now",
    Reason.NO_SUCH_PATIENT: "no patient is known by that",
    Reason.UNREADABLE: "the row names nobody",
    Reason.ALTERED: "a stored row was changed outside portaldesk",
    Reason.REFUSED: "the mail was refused: see 'outbox list'",
    Reason.PUT_OFF: "not taken yet: 'outbox send' tries again",
    Reason.DROPPED: "the link died before it went out",
}
"""In words, for the screen."""


@dataclass(frozen=True, slots=True)
class BulkRow:
    """What became of one patient's row. `mrn`: None where the row names nobody known; `line`: of the file."""

    mrn: str | None
    outcome: RowOutcome
    reason: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows were left out, or failed, for one reason."""

    reason: Reason
    outcome: RowOutcome
    count: int


@dataclass(frozen=True, slots=True)
class BulkReport:
    """A run so far. `sent`, `skipped` and `failed` add up to `read`.

    `sent`: taken by the mail server, or (with `queued`) written into the outbox; a dry run counts whom it would mail.
    `mails`: fewer than `sent` where families share one. `left`: rows without an outcome yet, of a run that was stopped
    or reached its limit. `resumed`: it went on with a run that was begun before. `run`: None for a dry run. `finished`:
    there is nothing to go on with. `unreachable`: why no mail went out, which ended the run. `reasons`: the most
    frequent first.
    """

    read: int
    sent: int
    skipped: int
    failed: int
    rows: tuple[BulkRow, ...]
    run: str | None
    dry_run: bool
    queued: bool
    resumed: bool
    finished: bool
    mails: int
    left: int
    unreachable: str = ""
    reasons: tuple[Counted, ...] = ()


def report(
    rows: Sequence[BulkRow], of: int, *, run: str | None = None, queued: bool = False, resumed: bool = False,
    finished: bool, mails: int, unreachable: str = "",
) -> BulkReport:  # fmt: skip
    """The rows that have an outcome, of so many, with their totals."""
    counts = Counter(row.outcome for row in rows)
    reasons = Counter((Reason(row.reason), row.outcome) for row in rows if row.reason)
    return BulkReport(
        read=len(rows), sent=counts[RowOutcome.SENT], skipped=counts[RowOutcome.SKIPPED],
        failed=counts[RowOutcome.FAILED], rows=tuple(rows), run=run, dry_run=run is None, queued=queued,
        resumed=resumed, finished=finished, mails=mails, left=of - len(rows), unreachable=unreachable,
        reasons=tuple(Counted(*told, count) for told, count in reasons.most_common()),
    )  # fmt: skip
