"""Mails that came back: reports of mail servers, each counted once for the mail it is about (RFC 3464).

Anybody can send a report. One counts only where it names a mail of ours by its Message-ID, which only who saw that mail
can know, and the address that this very mail was sent to. So a stranger makes no address doubtful; who reads the
mailbox, or carries its mail, can make that one address so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from portaldesk.errors import RecordAltered
from portaldesk.gate.actors import Actor
from portaldesk.mail.delivery_reports import Report
from portaldesk.mail.envelope import row_named
from portaldesk.rules import bounces, emails, masks
from portaldesk.rules.bounces import Verdict
from portaldesk.services import addresses, doubts
from portaldesk.services.clock import Clock
from portaldesk.services.opening import OpenStore
from portaldesk.store import record, tables
from portaldesk.store.seals import whole
from portaldesk.words import Outcome

LATEST = timedelta(days=14)
"""After so long no server still tries (RFC 5321 §4.5.4.1: four to five days at least), and an old Message-ID is no
weapon."""
TURN = 50
"""Reports in one transaction: a desk waits no longer than that takes (ours)."""


@dataclass(frozen=True, slots=True)
class Fed:
    """What was read, by what became of it: the other numbers but the last add up to the first.

    `repeated`: their mail was counted before. `passing`: delayed, or delivered after all. `unknown`: of no mail that
    was sent to that address lately. `doubtful`: how many addresses are doubtful since.
    """

    read: int
    counted: int
    repeated: int
    passing: int
    unknown: int
    not_reports: int
    doubtful: int


def feed(store: OpenStore, actor: Actor, read: Iterable[tuple[Report, ...]], *, clock: Clock) -> Fed:
    """Count reports, as `delivery_reports.read_all` gives them. Fed again, they change nothing.

    Raises: WrongUsage `bad-file` before anything is counted.
    """
    reports: list[Report] = []
    counts = Counter[str]()
    for found in read:
        reports += found
        counts["not_reports"] += not found
    for at in range(0, len(reports), TURN):
        with store.session() as session:
            now = max(clock(), record.time_of(session))
            for report in reports[at : at + TURN]:
                counts[_counted(session, actor, report, counts, now=now)] += 1
            session.commit()
    doubtful = counts.pop("doubtful", 0)
    return Fed(
        counts.total(), counts["counted"], counts["repeated"], counts["passing"], counts["unknown"],
        counts["not_reports"], doubtful,
    )  # fmt: skip


def _counted(session: Session, actor: Actor, report: Report, counts: Counter[str], *, now: datetime) -> str:
    try:
        mail = _mail(session, report)
    except RecordAltered:
        mail = None  # `audit verify` tells of it; one bad row must not keep the other reports back
    if mail is None or mail.sent_at is None:
        return "unknown"
    if mail.bounced_at is not None:
        return "repeated"
    verdict = bounces.verdict(report.action, report.status)
    if verdict is Verdict.PASSING:
        return "passing"
    if mail.sent_at < now - LATEST:
        return "unknown"
    enough = verdict is Verdict.BAD_ADDRESS or _came_back(session, mail, now=now) + 1 >= bounces.ENOUGH
    doubtful = doubts.raised(session, mail.to_address, now=now) if enough and not _was_read(session, mail) else []
    status = bounces.read_status(report.status)
    told = {"message": mail.id, "kind": mail.kind, "to": masks.recipient(mail.kind, mail.to_address), "status": status}
    entry = actor.entry("outbox bounces", Outcome.DONE, patient=mail.mrn, details=told | {"doubtful": len(doubtful)})
    record.append(
        session, entry, [record.changed(mail, bounced_at=now, bounce_status=status), *doubtful], now=now
    )  # fmt: skip
    counts["doubtful"] += bool(doubtful)
    return "counted"


def _mail(session: Session, report: Report) -> tables.OutboxMessage | None:
    """The mail that the report is about, where it was for that recipient."""
    named = row_named(report.message_id)
    if named is None:
        return None
    created_at, begins = named
    message = tables.OutboxMessage
    found = session.exec(
        select(message).where(message.id >= begins, message.id < f"{begins}g", message.created_at == created_at)
    ).first()
    if found is None:
        return None
    to = emails.key(found.to_address)
    return whole(session, found) if any(emails.key(one) == to for one in report.recipients) else None


def _came_back(session: Session, mail: tables.OutboxMessage, *, now: datetime) -> int:
    """How many other mails to this mailbox came back lately."""
    message = tables.OutboxMessage
    to = addresses.spellings(session, mail.to_address, emails.key(mail.to_address))
    since = now - timedelta(days=bounces.DAYS)
    return session.exec(
        select(func.count())
        .select_from(message)
        .where(col(message.to_address).in_(to), col(message.bounced_at) > since)
    ).one()


def _was_read(session: Session, mail: tables.OutboxMessage) -> bool:
    """Whether a code or link that was sent there came back since: then the mailbox works, whatever is reported late."""
    credential = tables.RecoveryCredential
    return (
        session.exec(
            select(credential.id)
            .where(
                credential.mrn == mail.mrn, credential.sent_to == mail.to_address,
                col(credential.redeemed_at) > mail.sent_at,
            )
            .limit(1)
        ).first()
        is not None
    )  # fmt: skip
