"""Which resets were made, by whom, on what ground: the auditors' list (contract, `list-resets`).

Every attempt at an action of the gate's table, each redemption and password change, done or refused; not finds, checks
and sign-ins. The list reads the record and what its events point to; that the record is whole is proved by
`audit verify`, not here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypedDict, TypeVar, Unpack

from sqlmodel import Session, col, select

from portaldesk.errors import WrongUsage
from portaldesk.gate.actions import ACTIONS
from portaldesk.rules import assurance
from portaldesk.rules.spans import read_span
from portaldesk.services import staff as staff_members
from portaldesk.store import event_lists, tables
from portaldesk.store.events import told_by
from portaldesk.store.seals import key_column
from portaldesk.store.tables import AuditEvent, Sealed
from portaldesk.words import Action, Method, MethodOutcome, Outcome

_NOT_RESETS = (Action.SIGN_IN, Action.IMPORT_CONTACT)
# words of commands under which an attempt at an action of the table stands in the record, where they differ
_ALSO: Mapping[str, str] = {
    "approve": Action.APPLY_CONTACT,
    "portal redeem": Action.REDEEM,
    "portal change-password": Action.CHANGE_PASSWORD,
    "doctor renew": Action.RENEW,
}
LISTED: tuple[str, ...] = (*(a.value for a in ACTIONS if a not in _NOT_RESETS), *_ALSO)
"""The event actions that are listed."""

_OUTCOMES = frozenset(Outcome)
_PAGE = 1000
_CHUNK = 500  # SQLite takes 32,766 values in one statement; a few hundred ids are one quick search each

Row = TypeVar("Row", bound=Sealed)


@dataclass(frozen=True, slots=True)
class ResetLine:
    """One attempt. `attested`: methods that are the clerk's word; `delivered`: None where nothing was to be mailed."""

    seq: int
    at: datetime
    staff: str | None
    action: str
    patient: str | None
    check_id: str | None
    level: str | None
    methods: tuple[str, ...]
    attested: tuple[str, ...]
    caller: str | None
    reason: str
    approver: str | None
    independent: bool | None
    outcome: str
    delivered: bool | None
    redeemed_at: datetime | None


class Wanted(TypedDict, total=False):
    """What narrows the list, as in `list_resets`."""

    since: datetime | None
    until: datetime | None
    staff: str | None
    patient: str | None
    action: str | None
    outcome: str | None


def list_resets(
    session: Session,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    staff: str | None = None,
    patient: str | None = None,
    action: str | None = None,
    outcome: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> tuple[ResetLine, ...]:
    """The resets from `since` on, before `until` (aware UTC times), newest first.

    `action`: a word of the gate's table, or of the command ("approve", "portal redeem"). `before`: only events with a
    lower number, for the next page.
    Raises: WrongUsage for an unknown action or outcome, a limit below 1, or a time that ends before it begins; NotFound
    for a staff member whom there is not (an empty list would clear a misspelled name); RecordAltered where a row that
    an event points to was changed outside portaldesk.
    """
    actions = _actions(action)
    if outcome is not None and outcome not in _OUTCOMES:
        raise WrongUsage("usage", "There is no such outcome.", "One of: " + ", ".join(Outcome))
    if limit < 1:
        raise WrongUsage("usage", "--limit must be at least 1.", "Like --limit 100")
    if since is not None and until is not None and until <= since:
        raise WrongUsage(
            "usage", "The time ends before it begins.", "--since is the earlier one: --since 7d --until 1d"
        )
    if staff is not None:
        staff = staff_members.get(session, staff).name
    within = event_lists.span(session, since, until)
    if before is not None:
        within = within.before(before)
    numbers = event_lists.newest(
        session, within, limit=limit, actions=actions, staff=staff, patient=patient, outcome=outcome
    )
    events = event_lists.events(session, numbers)
    told = [told_by(event.details) for event in events]
    checks = _by_id(session, tables.IdentityCheck, (e.check_id for e in events))
    requests = _by_id(session, tables.ChangeRequest, (one.get("request") for one in told))
    credentials = _by_id(session, tables.RecoveryCredential, map(_credential_id, told))
    messages = _by_id(session, tables.OutboxMessage, (i for one in told for i in _strings(one.get("messages"))))
    return tuple(
        _line(event, one, checks, requests, credentials, messages) for event, one in zip(events, told, strict=True)
    )


def each_reset(session: Session, *, limit: int | None = None, **wanted: Unpack[Wanted]) -> Iterator[ResetLine]:
    """As `list_resets`, however many there are: page by page, so that memory stays constant. `limit` None: all.

    What is wrong with the words is said at once, not at the first line. Raises: as `list_resets`.
    """
    first = list_resets(session, limit=_PAGE if limit is None else min(_PAGE, limit), **wanted)
    return _from(session, first, limit, wanted)


def _from(session: Session, page: tuple[ResetLine, ...], limit: int | None, wanted: Wanted) -> Iterator[ResetLine]:
    while page:
        yield from page
        limit = None if limit is None else limit - len(page)
        asked = _PAGE if limit is None else min(_PAGE, limit)
        page = list_resets(session, before=page[-1].seq, limit=asked, **wanted) if asked else ()


def read_since(text: str, now: datetime) -> datetime:
    """`7d`, `12h`, `30m` before now, or an ISO date or time; one without an offset is in this machine's time zone.

    Raises: WrongUsage `unreadable`.
    """
    return _read_time(text, now, end_of_day=False)


def read_until(text: str, now: datetime) -> datetime:
    """As `read_since`; a bare date includes that day.

    Raises: WrongUsage `unreadable`.
    """
    return _read_time(text, now, end_of_day=True)


def _read_time(text: str, now: datetime, *, end_of_day: bool) -> datetime:
    said = text.strip()
    try:
        if (span := read_span(said)) is not None:
            return now - span
        read = datetime.fromisoformat(said)
        if end_of_day and len(said) <= len("2026-11-25") and read.time() == time.min:
            read += timedelta(days=1)
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise WrongUsage(
            "unreadable", "The time cannot be read.", "Like 7d, 12h, 30m, 2026-11-25 or 2026-11-25T14:00"
        ) from None


def _actions(action: str | None) -> tuple[str, ...]:
    if action is None:
        return LISTED
    if action not in LISTED:
        raise WrongUsage("usage", "There is no such action in the list.", "One of: " + ", ".join(LISTED))
    return (action, *(words for words, of in _ALSO.items() if of == action))


def _credential_id(told: Mapping[str, Any]) -> object:
    return told.get("credential") or (told.get("ground_id") if told.get("ground") == "redemption" else None)


def _strings(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _by_id(session: Session, table: type[Row], ids: Iterable[object]) -> dict[str, Row]:
    wanted = sorted({one for one in ids if isinstance(one, str)})
    key = getattr(table, key_column(table))
    found: dict[str, Row] = {}
    for n in range(0, len(wanted), _CHUNK):
        for row in session.exec(select(table).where(col(key).in_(wanted[n : n + _CHUNK]))):
            found[getattr(row, key_column(table))] = row
    return found


def _line(
    event: AuditEvent,
    told: Mapping[str, Any],
    checks: Mapping[str, tables.IdentityCheck],
    requests: Mapping[str, tables.ChangeRequest],
    credentials: Mapping[str, tables.RecoveryCredential],
    messages: Mapping[str, tables.OutboxMessage],
) -> ResetLine:
    check = checks.get(event.check_id or "")
    methods, attested, caller = _strings(told.get("methods")), _strings(told.get("attested")), told.get("caller")
    if check is not None and "methods" not in told:
        methods, attested, caller = _of_check(check)
    request = requests.get(str(told.get("request")))
    credential = credentials.get(str(_credential_id(told)))
    approver, independent = told.get("approver"), told.get("independent")
    if request is not None:
        approver, independent = approver or request.decided_by, request.independent
    return ResetLine(
        event.seq, event.at, event.staff, event.action, event.patient, event.check_id,
        event.level or (check.level if check is not None else None), methods, attested, caller, event.reason, approver,
        independent, event.outcome, _delivered(told, credential, messages),
        credential.redeemed_at if credential is not None else None,
    )  # fmt: skip


def _of_check(check: tables.IdentityCheck) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Methods that held in a check, for the refusals whose event does not repeat them."""
    good = (MethodOutcome.MATCH, MethodOutcome.ATTESTED)
    held = sorted({e.method for e in assurance.from_text(check.evidence) if e.outcome in good})
    return tuple(held), tuple(m for m in held if m in (Method.PHOTO_ID, Method.CALLBACK)), check.caller


def _delivered(
    told: Mapping[str, Any],
    credential: tables.RecoveryCredential | None,
    messages: Mapping[str, tables.OutboxMessage],
) -> bool | None:
    """Whether the mail with the link went out; where there is no link in a mail, whether every notice did."""
    mine: Collection[tables.OutboxMessage] = [
        messages[one] for one in _strings(told.get("messages")) if one in messages
    ]
    with_link = [one for one in mine if credential is not None and one.credential_id == credential.id]
    counted = with_link or mine
    return all(one.sent_at is not None for one in counted) if counted else None
