"""Opening the desk: the only place that reads the clock and makes randomness; one transaction a command.

Order of judging (contract, "Exit codes"): 8 place, store, clock, settings · 3 sign-in, role · 9 guards. On leaving, the
change is committed; a refusal that counts (a wrong code) as well; any other refusal is rolled back and then recorded
as an event of its own. Mail goes out after the commit.
"""

from __future__ import annotations

import os
import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from portaldesk.errors import DeskError

if TYPE_CHECKING:
    from sqlmodel import Session

    from portaldesk.gate.actors import Actor
    from portaldesk.services.delivery import Delivered
    from portaldesk.services.opening import OpenStore
    from portaldesk.services.patients import Named
    from portaldesk.settings import ClinicSettings
    from portaldesk.store.record import Entry

SEND_SECONDS = 2.0
"""The longest a person waits for the mail server after a change (ours: design §4, the rest goes by `outbox send`)."""


@dataclass(slots=True)
class Front:
    """What a command works with, without a staff member. `now` is aware UTC, never before the last event.

    `mrn`: the patient that was named, for the event of a refusal. `lookup`: what an event says of a naming that spoils
    an answer in this call (services/calls.py). `before`: the record's number when it began.
    """

    session: Session
    store: OpenStore
    settings: ClinicSettings
    now: datetime
    env: Mapping[str, str]
    before: int
    rng: random.Random = field(default_factory=secrets.SystemRandom)
    mrn: str | None = None
    lookup: dict[str, object] = field(default_factory=dict)
    afterwards: list[Callable[[Session], object]] = field(default_factory=list)

    def patient(self, text: str) -> Named:
        """The patient that is meant; the record remembers whom a refusal was about, and who was looked up by an email.

        Raises: NotFound.
        """
        from portaldesk.services import patients

        meant = patients.meant(self.session, text)
        spoiled = [mrn for mrn, by in meant.items() if by is not None]
        if spoiled:
            self.lookup = {"by": "email", "found": spoiled}
        named = patients.the_one(self.session, meant)
        self.mrn = named.mrn
        return named


@dataclass(slots=True, kw_only=True)
class Desk(Front):
    """A command of a signed-in staff member."""

    actor: Actor

    def leave_trace(self, command: str, **details: object) -> int:
        """The event of a command that only reads, in a transaction of its own, so that no long read holds the one
        writer's turn. Returns its number."""
        from portaldesk.store import record

        entry = self.actor.entry(command, "done", patient=self.mrn, details=self.lookup | details)
        with self.store.session() as session:
            seq = record.append(session, entry, now=self.now)
            session.commit()
        return seq


@contextmanager
def open_desk(
    command: str,
    *,
    env: Mapping[str, str] = os.environ,
    send: bool = True,
    reading: bool = False,
    guards: bool = True,
    tolerate_clock: bool = False,
    read_first: Callable[[ClinicSettings, date], None] | None = None,
    rehearse: Callable[[Desk], None] | None = None,
    totp: str | None = None,
) -> Iterator[Desk]:
    """The desk for one command of a staff member who may run it.

    Args:
        command: the command's words, as in gate.roles.MAY.
        send: deliver the mail that this command wrote (False: `--no-send`).
        reading: hold no write lock (long reads: audit verify, exports); `Desk.leave_trace` tells of them.
        guards: judge the database's triggers (False only for audit verify, doctor, upgrade, backup, restore).
        tolerate_clock: go on with a clock far behind the record (False but for `doctor --accept-clock`).
        read_first: reads what was typed, by the clinic's locale and the day: an answer that cannot be read is exit 2,
            whoever is signed in.
        rehearse: does, at a desk that only reads, what takes long the first time; a refusal in it is passed over.
        totp: a code of the staff member's authenticator app, for a command in gate.roles.CODED; on a terminal it is
            asked for where the clinic wants one. It is judged, and used up, in a transaction before the command's own.
    Raises: DeskError of every kind.
    """
    from portaldesk.gate import roles
    from portaldesk.services import opening

    kept: list[str | None] = []  # the session's secret, asked for once: some keyrings ask a person

    def secret_of(store: OpenStore) -> str | None:
        if not kept:
            kept.append(store.secrets.get(session_secret_name(env)))
        return kept[0]

    def taken(front: Front) -> Actor:
        if read_first is not None:
            read_first(front.settings, front.now.date())
        return _staff(front, command, secret_of)

    def desk_of(front: Front, actor: Actor) -> Desk:
        return Desk(
            front.session, front.store, front.settings, front.now, env, front.before, front.rng,
            afterwards=front.afterwards, actor=actor,
        )  # fmt: skip

    def rehearsal(front: Front) -> None:
        actor = taken(front)
        opening.require_guards(front.session)
        if rehearse is not None:
            roles.require(actor.role, command)
            rehearse(desk_of(front, actor))

    code_given = False
    if command in roles.CODED:
        from portaldesk.cli import second_factor

        code_given = second_factor.given(command, totp, lambda: _coded(command, env, secret_of))
    before = None if reading else rehearsal
    with _front(
        env, send=send, reading=reading, tolerate_clock=tolerate_clock, rehearsal=before, tells_of_mail=True
    ) as (front, told):
        actor = taken(front)
        told.append(lambda outcome, **more: actor.entry(command, outcome, **more))
        roles.require(actor.role, command)
        if guards:
            opening.require_guards(front.session)
        if front.settings.staff_second_factor == "all":
            _require_enrolled(front, actor, command)
        actor = replace(actor, code_given=code_given)
        desk = desk_of(front, actor)
        try:
            yield desk
        finally:
            front.mrn, front.lookup = desk.mrn, desk.lookup
        if not reading:
            _leave_a_trace(front, actor.entry(command, "done", patient=desk.mrn, details=desk.lookup))


@contextmanager
def open_portal(
    command: str, *, env: Mapping[str, str] = os.environ, send: bool = True, reading: bool = False
) -> Iterator[Front]:
    """The store for one command of the patient's side, which needs no staff sign-in.

    Raises: StoreUnavailable, RecordAltered, and whatever the command refuses.
    """
    from portaldesk.gate.actors import patient_entry
    from portaldesk.services import opening

    with _front(env, send=send, reading=reading) as (front, told):
        told.append(lambda outcome, **more: patient_entry(command, outcome, **more))
        opening.require_guards(front.session)
        yield front


@contextmanager
def open_door(command: str, *, env: Mapping[str, str] = os.environ, reading: bool = False) -> Iterator[Front]:
    """The store for `login` and `logout`: a staff member who is not, or no longer, signed in."""
    from portaldesk.services import opening
    from portaldesk.store.record import Entry

    with _front(env, send=False, reading=reading) as (front, told):
        told.append(lambda outcome, **more: Entry(command, outcome, **more))
        opening.require_guards(front.session)
        yield front


def clock() -> datetime:
    """The clock of this machine (aware, UTC), for `init`, which has no record yet to go by."""
    return datetime.now(UTC)


def os_caller(env: Mapping[str, str] = os.environ) -> str:
    """The operating-system caller a staff session belongs to: who came by sudo, else the own user."""
    behind = env.get("SUDO_UID", "")
    return behind if behind.isascii() and behind.isdigit() else str(os.getuid())


def seat(env: Mapping[str, str] = os.environ) -> str:
    """The caller, and the machine they sit at: desks of one database count their users each for itself."""
    return f"{os_caller(env)}@{os.uname().nodename}"


def session_secret_name(env: Mapping[str, str] = os.environ) -> str:
    """Under which name the secret store keeps this caller's session."""
    return f"session-{os_caller(env)}"


Told = list[Callable[..., "Entry"]]


@contextmanager
def _front(
    env: Mapping[str, str],
    *,
    send: bool,
    reading: bool = False,
    tolerate_clock: bool = False,
    rehearsal: Callable[[Front], object] | None = None,
    tells_of_mail: bool = False,
) -> Iterator[tuple[Front, Told]]:
    """One transaction, and how it ends. `told` gets how an event of this caller is made, once that is known.

    `rehearsal` does before the one writer's turn what is slow only the first time: modules loaded, tables built,
    statements compiled, typed answers read. What it finds counts for nothing; all of it is done again in the turn.

    `tells_of_mail`: say where mail did not leave; never to the patient's side, where it would tell who has an account.
    """
    from portaldesk.services import opening

    store = opening.open_store(opening.place_of(env))
    told: Told = []
    front: Front | None = None
    waiting: list[str] = []
    looks: list[Callable[[Session], object]] = []
    try:
        if rehearsal is not None:
            with suppress(DeskError), store.session(reading=True) as session:
                rehearsal(_entered(store, session, env, tolerate_clock=tolerate_clock))
        with store.session(reading=reading) as session:
            front = _entered(store, session, env, tolerate_clock=tolerate_clock)
            try:
                yield front, told
            except DeskError as refusal:
                if refusal.counted:  # its notices wait for `outbox send`: a refusal takes as long whoever was meant
                    session.commit()
                raise
            if not reading:
                written = _written_messages(front) if send else []
                session.commit()
                waiting, looks = written, front.afterwards
    except DeskError as refusal:
        perhaps_done = refusal.counted or refusal.code == "outcome-unknown"
        if front is not None and told and not perhaps_done:
            _record_refusal(front, told[-1], refusal)
        raise
    finally:
        if front is not None and waiting:
            done = _deliver(front, waiting)
            if tells_of_mail:
                _tell_of_mail(done, front.mrn)
        for look in looks:
            with suppress(DeskError, KeyboardInterrupt), store.session(reading=True) as session:
                look(session)
        store.engine.dispose()  # closed here, since the process ends without taking itself apart (main.py)


def _entered(store: OpenStore, session: Session, env: Mapping[str, str], *, tolerate_clock: bool) -> Front:
    """Raises: StoreUnavailable for a clock far behind, or settings that the environment would turn."""
    from portaldesk.services import clinic, opening
    from portaldesk.store import record

    row = clinic.stored(session)
    settings = clinic.in_force(row)
    head = record.head(session)
    now = opening.time_now(head.at, clock(), row, tolerate=tolerate_clock)
    opening.require_same_settings(env, settings)
    return Front(session, store, settings, now, env, head.seq)


def _staff(front: Front, command: str, secret_of: Callable[[OpenStore], str | None]) -> Actor:
    from portaldesk.services import sessions

    token = front.env.get("PORTALDESK_TOKEN")
    if token is not None:
        return sessions.by_token(front.session, token, command=command, now=front.now)
    return sessions.by_secret(front.session, secret_of(front.store), settings=front.settings, now=front.now)


@contextmanager
def _coded(
    command: str, env: Mapping[str, str], secret_of: Callable[[OpenStore], str | None]
) -> Iterator[tuple[Front, Actor]]:
    """The desk at which a code is judged: nothing but that is done at it."""
    from portaldesk.gate import roles
    from portaldesk.services import opening

    with _front(env, send=False) as (front, told):
        actor = _staff(front, command, secret_of)
        told.append(lambda outcome, **more: actor.entry(command, outcome, **more))
        roles.require(actor.role, command)
        opening.require_guards(front.session)
        yield front, actor


def _require_enrolled(front: Front, actor: Actor, command: str) -> None:
    from portaldesk.services import second_factors

    second_factors.require_enrolled(front.session, actor, command, front.settings)


def _record_refusal(front: Front, entry: Callable[..., Entry], refusal: DeskError) -> None:
    from portaldesk.store import record

    try:
        with front.store.session() as session:
            told = entry("refused", patient=front.mrn, details={"code": refusal.code} | front.lookup)
            record.append(session, _under_its_check(session, told), now=front.now)
            session.commit()
    except DeskError:
        return  # the refusal itself is what the caller must hear; a store that takes no event says so on its own


def _under_its_check(session: Session, told: Entry) -> Entry:
    """The refusal with the check that was live for it in this call, if any: auditors ask under which one."""
    from sqlmodel import col, select

    from portaldesk.store.tables import IdentityCheck

    check = session.exec(
        select(IdentityCheck).where(
            IdentityCheck.patient == told.patient,
            IdentityCheck.session == told.session,
            col(IdentityCheck.ended_at).is_(None),
        )
    ).first()
    return told if check is None else replace(told, check_id=check.id, level=check.level)


def _leave_a_trace(front: Front, entry: Entry) -> None:
    """An event for a command that wrote none: a list is an attempt too, and idle time is read from the record."""
    from portaldesk.store import record

    if record.head(front.session).seq == front.before:
        record.append(front.session, entry, now=front.now)


def _written_messages(front: Front) -> list[str]:
    """The messages of this transaction, while it is still open."""
    from sqlmodel import col, select

    from portaldesk.store import record
    from portaldesk.store.tables import OutboxMessage

    if record.head(front.session).seq == front.before:
        return []
    unsent = select(OutboxMessage.id).where(
        col(OutboxMessage.sent_at).is_(None), OutboxMessage.changed_seq > front.before
    )
    return list(front.session.exec(unsent))


def _deliver(front: Front, waiting: list[str]) -> Delivered:
    from portaldesk.services import delivery

    return delivery.deliver_now(
        front.store, settings=front.settings, clock=clock, message_ids=waiting, budget_seconds=SEND_SECONDS
    )


def _tell_of_mail(done: Delivered, mrn: str | None) -> None:
    """What did not leave: the clerk is about to tell the caller that it is there."""
    from portaldesk.render import messages

    see = f"portaldesk diagnose {mrn}" if mrn else "portaldesk outbox list"
    if done.failed:
        messages.say_at_the_end(f"But it did not go out: what was to be sent was refused. See why: {see}")
    elif done.waiting:
        why = f" ({done.unreachable})" if done.unreachable else ""
        messages.say_at_the_end(
            f"But {'not all' if done.sent else 'it'} has {'' if done.sent else 'not '}left yet{why}; "
            f"the next 'outbox send' tries again. See: {see}"
        )
