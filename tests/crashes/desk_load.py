"""Many desks at one store: each a process that works through a shift of mixed steps, as fast as the store lets it.

A shift: calls at a desk (find, identity check, change, and what the patient does then), sign-ins, lists, proofs,
imports. Passwords are hashed at bcrypt's lowest cost: what is looked at is the store.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from desk_work import PASSWORD, ROSA, SAM, SETTINGS, Desk, cheap_hashes, facts, mrn
from sqlmodel import Session
from together import in_processes

from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.rules import hashing
from portaldesk.services import credentials, invitations, opening, staff
from portaldesk.services.intake.facts import Reading
from portaldesk.services.intake.importing import import_patients
from portaldesk.services.opening import OpenStore, Place
from portaldesk.store import record, tables
from portaldesk.store.seals import keys_of
from portaldesk.words import Action, CredentialKind, Outcome, Role

BEGIN = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
SECONDS_A_STEP = 0.4  # of the desk's own clock
LOCKED_OUT, NEVER_SIGNED_UP = 6, 7  # of every eight patients
Step = tuple[str, int]
"""What is done, and with which patient."""
FOR_ALL: tuple[Step, ...] = (("login of all", 0), ("redeem", 1), ("approval of all", 2))
"""What can be had once, and every desk tries to have first."""
_CALLS: Mapping[str, tuple[int, tuple[str, ...]]] = {  # why they call → how often in a hundred, what is done
    "locked out": (30, ("unlock",)),
    "forgot": (32, ("reset", "redeem")),
    "is new": (12, ("invite", "redeem")),
    "came by": (12, ("temporary login", "chooses a password")),
    "has a new email": (8, ("new email", "confirm", "approve")),
    "was robbed": (6, ("secure",)),
}


@dataclass(slots=True)
class Shift:
    """What one desk did. `events`: the numbers of all it wrote; `refused`: code → how often; `seconds` of each step."""

    began: float
    events: list[int] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    ended: float = 0.0


def steps(seed: int, *, many: int, patients: int, first: Sequence[Step] = FOR_ALL) -> list[Step]:
    """A shift, the same at every run."""
    rng, made = random.Random(seed), list(first)
    while len(made) < many:
        made += _a_while(rng, patients)
    return made[:many]


def _a_while(rng: random.Random, patients: int) -> Iterator[Step]:
    """A call at the desk, and what goes on besides."""
    (why,) = rng.choices(list(_CALLS), weights=[weight for weight, _ in _CALLS.values()])
    first = 8 * rng.randrange(1, patients // 8)
    n = first + {"is new": NEVER_SIGNED_UP, "locked out": LOCKED_OUT}.get(why, rng.randrange(LOCKED_OUT))
    yield "find", n
    if rng.random() < 0.2:
        yield "answers wrong", n
    yield "answers right", n
    for kind in _CALLS[why][1]:
        yield kind, n
    yield "signs in", rng.randrange(patients)
    if rng.random() < 0.7:
        yield "mistypes", 3 + rng.randrange(max(4, patients // 10))
    if rng.random() < 0.3:
        yield "lists resets", n
    if rng.random() < 0.1:
        yield "moved house", n
    if rng.random() < 0.02:
        yield "proves the record", n


def a_clinic(place: Place, *, desks: int, patients: int) -> None:
    """A store with a clerk for each desk, and patients, of every eight one has not signed up and one is locked out.

    Sam has three calls open: what came of them, every desk tries to use.
    """
    prepared = opening.prepare(place, secrets_kind="file")
    long_ago = BEGIN - timedelta(days=30)
    with cheap_hashes():
        admin = staff.first_admin(ROSA.name, PASSWORD, prepared.keys, now=long_ago)
        store = opening.finish(prepared, admin=admin, values={}, now=long_ago)
        with store.session() as session:
            reading = Reading([facts(n) for n in range(patients)], [], [])
            for name in [SAM.name, *map(_clerk, range(desks))]:
                staff.add(
                    session, ROSA, name, Role.FRONT_DESK, password=None, own_mrn=None, linked=(), with_token=False,
                    settings=SETTINGS, now=long_ago,
                )  # fmt: skip
            import_patients(session, ROSA, reading, dry_run=False, skip_bad=False, now=long_ago)
            keys = keys_of(session)
            hashed = hashing.hashed(PASSWORD, pepper=keys.pepper.key, key_id=keys.pepper.current)
            for n in range(patients):
                if n % 8 != NEVER_SIGNED_UP:
                    _signed_up(session, n, hashed, now=long_ago + timedelta(days=1, minutes=n))
            for n in range(LOCKED_OUT, patients, 8):
                _locked(session, n)
            session.commit()
        sam = Desk(store, SAM)
        for kind, n in (
            ("answers right", 2), ("new email", 2), ("confirm", 2), ("answers right", 1), ("reset", 1),
            ("answers right", 0),
        ):  # fmt: skip
            _, refusal = sam.does(kind, n, at=BEGIN)
            assert refusal is None, refusal
    store.engine.dispose()


def played(place: Place, shifts: Sequence[list[Step]], *, later: timedelta = timedelta()) -> list[Shift]:
    """What the desks did, each a process of its own with one of the shifts; they begin together, so much after 8:00."""
    return in_processes([lambda n=n: _ready(place, n, shifts[n], BEGIN + later) for n in range(len(shifts))])  # type: ignore[misc]


def _ready(place: Place, number: int, shift: list[Step], begin: datetime) -> Callable[[], Shift]:
    store: OpenStore = opening.open_store(place)
    desk = Desk(store, Actor(_clerk(number), Role.FRONT_DESK, f"S-{number}-{begin:%H%M}"))

    def work() -> Shift:
        with cheap_hashes():
            return _worked(desk, shift, begin)

    return work


def _worked(desk: Desk, shift: list[Step], begin: datetime) -> Shift:
    seen = Shift(time.monotonic())
    for number, (kind, n) in enumerate(shift):
        since = time.perf_counter()
        events, refusal = desk.does(kind, n, at=begin + timedelta(seconds=SECONDS_A_STEP * (number + 1)))
        seen.seconds.append(time.perf_counter() - since)
        seen.events += events
        if refusal is None:
            seen.done[kind] += 1
        else:
            seen.refused[refusal.code] += 1
    seen.ended = time.monotonic()
    desk.store.engine.dispose()
    return seen


def _clerk(number: int) -> str:
    return f"clerk{number}"


def _signed_up(session: Session, n: int, hashed: str, *, now: datetime) -> None:
    """As by an invitation that was redeemed."""
    invitations.resend(session, permits.for_asking(Action.RESEND_INVITE, mrn(n)), settings=SETTINGS, now=now)
    (link,) = credentials.open_ones(session, mrn(n), [CredentialKind.INVITATION])
    account = session.get_one(tables.PortalAccount, mrn(n))
    permits.spend(
        session, permits.for_redemption(Action.REDEEM, link), now=now, outcome=Outcome.DONE, account=account,
        values={"status": "active", "activated_at": now, "password_hash": hashed, "username": f"user{n}"},
        before=[record.changed(link, redeemed_at=now)],
    )  # fmt: skip


def _locked(session: Session, n: int) -> None:
    """As by five wrong passwords this morning."""
    account = session.get_one(tables.PortalAccount, mrn(n))
    for tried in range(1, 6):
        until = BEGIN + timedelta(hours=20) if tried == 5 else None
        wrong = record.Entry("sign-in", "refused", patient=account.mrn, session="portal", details={"why": "wrong"})
        change = record.changed(account, failed_attempts=tried, locked_until=until)
        record.append(session, wrong, [change], now=BEGIN)
