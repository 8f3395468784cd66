"""A bulk run from its first batch to its report: judge, queue, send, batch by batch.

Every batch is queued in one transaction, and only then sent: whatever kills the run, who was queued has a permit of
this run and a message in the outbox, and is passed over when it goes on. So nobody is lost or invited twice; the one
message in hand at that moment may go out twice, under the same Message-ID.

A dry run judges by the same code, and stops before the first row is written.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.errors import NotAllowed
from portaldesk.gate.actors import Actor
from portaldesk.services import mail_caps, staff
from portaldesk.services.bulk import judging, queueing, results, runs, sending
from portaldesk.services.bulk.judging import Known
from portaldesk.services.bulk.results import FAILED, BulkReport, BulkRow, Reason, RowOutcome
from portaldesk.services.bulk.runs import Options, Run
from portaldesk.services.bulk.selection import Asked, Selection
from portaldesk.services.clock import Clock, machine_clock
from portaldesk.services.delivery import Pace
from portaldesk.services.opening import OpenStore
from portaldesk.settings import ClinicSettings
from portaldesk.store import many_rows, record
from portaldesk.words import ContactKind

ONLY_QUEUED = 4000
"""Patients a transaction, where nothing is sent: some 0.8 s of the one writer's turn."""
BEFORE_SENDING = 200
"""As many where each batch is sent before the next is queued: what a Ctrl-C leaves waiting in the outbox."""
SECONDS_AHEAD = 5
"""With a rate, no more is queued than goes out in so long (ours): an `outbox send` beside the run knows no rate."""

Progress = Callable[[int, int], None]
_OF_RUN = text(
    "SELECT m.id, m.mrn, m.variables FROM permit p JOIN outbox_message m ON m.permit_id = p.id "
    "WHERE p.ground = 'bulk' AND p.ground_id = :run AND p.action = 'resend-invite'"
)


def untold(done: int, total: int) -> None:
    """The progress of a run that nobody watches."""


@dataclass(slots=True)
class _Course:
    """What has become of whom so far. `queued`: MRN → message; `left_out`: MRN → why."""

    queued: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, Reason] = field(default_factory=dict)
    reached_limit: bool = False
    unreachable: str = ""


def dry_run(
    session: Session, actor: Actor, wanted: Selection, options: Options, *, now: datetime, progress: Progress = untold
) -> BulkReport:
    """What a run would do now, told without a row written."""
    course, mails = _Course(), 0
    for batch in _batches(session, list(wanted.mrns), ONLY_QUEUED):
        ready = _judged(session, actor, batch, course, options, now=now)
        course.queued |= {str(one.patient["mrn"]): "" for sharing in ready for one in sharing}
        mails += len(ready)
        progress(len(course.queued) + len(course.left_out), len(wanted.asked))
        if course.reached_limit:
            break
    return results.report(list(_rows(wanted.asked, course, {})), len(wanted.asked), finished=True, mails=mails)


def run(
    store: OpenStore,
    actor: Actor,
    wanted: Selection,
    begun: Run,
    *,
    settings: ClinicSettings,
    clock: Clock = machine_clock,
    progress: Progress = untold,
    stop: threading.Event | None = None,
) -> BulkReport:
    """Invite whom a run is about and has not invited yet, inside `runs.turn`.

    Args:
        progress: told how many of how many rows are done.
        stop: once set, the message in hand is finished; the run ends, and can be gone on with.
    Raises: StoreUnavailable; RecordAltered; NotAllowed. What was done until then is done, and can be gone on with.
    """
    course, stop, total, done = _Course(), stop or threading.Event(), len(wanted.asked), 0
    options = begun.options
    with store.session(reading=True) as session:
        if begun.resumed:
            course.queued = _queued_by(session, begun.id)
        missing = [mrn for mrn in wanted.mrns if mrn not in course.queued]
        batches = _batches(session, missing, _at_once(options))
        waiting = sending.not_sent(session, set(course.queued.values())) if options.send else {}
        left = [message for message in course.queued.values() if message in waiting]
        done = len(course.queued) - len(left)
        pace = Pace(options.rate) if options.rate else None

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(min(done, total), total)

    def send(messages: Iterable[str]) -> None:
        many = Counter(messages)
        if options.send:
            course.unreachable = sending.send(
                store, many, settings=settings, clock=clock, pace=pace,
                each=lambda handled: tell(many[handled.id]), stop=stop,
            )  # fmt: skip
        else:
            tell(many.total())

    send(left)
    for batch in batches:
        if pace is not None:
            stop.wait(max(0.0, pace.pause))  # what is queued before its time, an `outbox send` would take
        if stop.is_set() or course.unreachable or course.reached_limit:
            break
        with store.session() as session:
            many_rows.make_room(session)
            now = max(clock(), record.time_of(session))
            _require_admin(session, actor)
            before = len(course.left_out)
            ready = _judged(session, actor, batch, course, options, now=now)
            queued = queueing.queue(session, actor, begun.id, ready, settings=settings, now=now)
            session.commit()
        course.queued |= queued
        tell(len(course.left_out) - before)
        send(queued.values())
    finished = not (stop.is_set() or course.unreachable)
    return _ended(store, actor, wanted, begun, course, finished=finished, clock=clock)


def _ended(
    store: OpenStore,
    actor: Actor,
    wanted: Selection,
    begun: Run,
    course: _Course,
    *,
    finished: bool,
    clock: Clock,
) -> BulkReport:
    """The report; and the run's end in the record, unless it is to be gone on with."""
    messages = set(course.queued.values())
    with store.session(reading=not finished) as session:
        not_sent = sending.not_sent(session, messages) if begun.options.send else {}
        done = results.report(
            list(_rows(wanted.asked, course, not_sent)), len(wanted.asked), run=begun.id, queued=not begun.options.send,
            resumed=begun.resumed, finished=finished, mails=len(messages) - len(not_sent),
            unreachable=course.unreachable,
        )  # fmt: skip
        if finished:
            told: dict[str, object] = {
                "read": done.read, "sent": done.sent, "skipped": done.skipped, "failed": done.failed,
                "reasons": {told.reason.value: told.count for told in done.reasons}, "queued": done.queued,
            }  # fmt: skip
            now = max(clock(), record.time_of(session))
            runs.finish(session, actor, begun.id, outcome="done", told=told, now=now)
            session.commit()
    return done


def _require_admin(session: Session, actor: Actor) -> None:
    """A run can take hours: who began it may have been disabled since. Raises: NotAllowed."""
    member = staff.get(session, actor.name)
    if member.status != "active" or member.role != actor.role:
        raise NotAllowed(
            "not-signed-in", f"{actor.name} is not an active {actor.role} any more; the run was stopped.",
            "Another admin can go on with it: the same command with --resume.",
        )  # fmt: skip


def _judged(
    session: Session, actor: Actor, batch: Sequence[str], course: _Course, options: Options, *, now: datetime
) -> list[list[Known]]:
    """Whom of a batch to invite now, those together who share a mail; why the others are left out is noted."""
    found, at = judging.known(session, batch, now=now), judging.Moment.of(now, options.not_within)
    ready: list[Known] = []
    for mrn in batch:
        one = found.get(mrn)
        if one is None:
            course.left_out[mrn] = Reason.NO_SUCH_PATIENT
            continue
        why = Reason.ALTERED if one.altered else judging.why_left_out(one, at, own=actor.own)
        if why is None:
            ready.append(one)
        else:
            course.left_out[mrn] = why
    room = dict(mail_caps.room(session, {one.mailbox for one in ready}, now=now))
    mails: list[list[Known]] = []
    shared: dict[str, list[Known]] = {}
    places = options.limit - len(course.queued) if options.limit is not None else len(ready)
    for one in ready:
        if one.shares and one.mailed_at in shared and places > 0:
            shared[one.mailed_at].append(one)
        elif room[one.mailbox] < 1:
            course.left_out[str(one.patient["mrn"])] = Reason.TOO_MANY
            continue
        elif places > 0:
            room[one.mailbox] -= 1
            mails.append([one])
            if one.shares:
                shared[one.mailed_at] = mails[-1]
        places -= 1
    course.reached_limit = places < 1 and options.limit is not None
    return mails


def _at_once(options: Options) -> int:
    """How many patients a batch has."""
    if not options.send:
        return ONLY_QUEUED
    return min(BEFORE_SENDING, max(1, round(SECONDS_AHEAD * options.rate))) if options.rate else BEFORE_SENDING


def _batches(session: Session, mrns: Sequence[str], size: int) -> list[list[str]]:
    """The patients in their order, but who shares a mailbox with an earlier one beside that one, in one batch."""
    mailbox = _mailboxes(session, mrns)
    sharing: defaultdict[str, list[str]] = defaultdict(list)
    for mrn in mrns:
        if mrn in mailbox:
            sharing[mailbox[mrn]].append(mrn)
    batches: list[list[str]] = [[]]
    for mrn in mrns:
        together = sharing.pop(mailbox[mrn], []) if mrn in mailbox else [mrn]
        if len(batches[-1]) + len(together) > size and batches[-1]:
            batches.append([])
        batches[-1] += together
    return batches if mrns else []


def _mailboxes(session: Session, mrns: Sequence[str]) -> dict[str, str]:
    """By what the account's own address is compared by, of those that share it with another of these patients."""
    found = dict(
        many_rows.within(
            session,
            "SELECT a.mrn, c.key FROM portal_account a JOIN contact_point c ON c.mrn = a.mrn AND c.value = a.email "  # noqa: S608
            f"AND c.kind = '{ContactKind.EMAIL}' WHERE a.mrn IN ",
            mrns,
        )
    )
    count = Counter(found.values())
    return {mrn: key for mrn, key in found.items() if count[key] > 1}


def _queued_by(session: Session, run_id: str) -> dict[str, str]:
    """MRN → message of everyone whom a run has invited."""
    queued: dict[str, str] = {}
    for id_, mrn, variables in session.connection().execute(_OF_RUN, {"run": run_id}):
        links: Mapping[str, str] = json.loads(variables).get("links", {})
        queued |= dict.fromkeys(links or (mrn,), id_)
    return queued


def _rows(asked: Sequence[Asked], course: _Course, not_sent: Mapping[str, Reason | None]) -> Iterator[BulkRow]:
    """What became of each row, in their order; a row of which nothing can be said yet is left out."""
    for one in asked:
        if one.why_not is not None or one.mrn is None:
            why: Reason | None = one.why_not or Reason.UNREADABLE
        elif (message := course.queued.get(one.mrn)) is None:
            why = course.left_out.get(one.mrn)
        elif message not in not_sent:
            yield BulkRow(one.mrn, RowOutcome.SENT, "", one.line)
            continue
        else:
            why = not_sent[message]
        if why is not None:
            yield BulkRow(one.mrn, RowOutcome.FAILED if why in FAILED else RowOutcome.SKIPPED, why.value, one.line)
