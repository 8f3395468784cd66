"""Rotating a secret key: a new generation takes over, and nobody needs a new password, link or code for it.

A rotation is begun in one transaction with its event. The settings row then names the new generation, so that every
process takes it up (store/keys_in_use.py). What follows depends on the key:

pepper: hashes keep the name of the pepper they were made with, and are made anew at the next sign-in.
outbox: a mail that waits is derived with the generation that its stored hash fits.
audit: the event that begins it is the first under the new key; the old one proves events before that and no later ones.
seal: every sealed row is sealed anew (resealing.py); then the old key proves nothing any more.

Peppers and outbox keys are dropped as soon as nothing stored needs them; audit and seal keys are kept, ended, since an
older backup cannot be proved without them. Killed at any moment, a rotation is taken on from where it stands by the
same call: the new key is kept before anything is made with it, and each later step is told by what is stored.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.errors import RecordAltered, StateForbids, StoreUnavailable, WrongUsage
from portaldesk.gate.actors import Actor
from portaldesk.secret_keys import KEY_NAMES, SecretKeys, load_keys, new_key
from portaldesk.services import clinic, key_uses, resealing
from portaldesk.services.clock import Clock, machine_clock
from portaldesk.services.opening import OpenStore
from portaldesk.services.resealing import Progress, Resealed
from portaldesk.store import keys_in_use, record
from portaldesk.store.canonical import use_keys
from portaldesk.store.columns import time_text
from portaldesk.words import Outcome

ACTION = "secrets rotate"


@dataclass(frozen=True, slots=True)
class KeptGeneration:
    """An older pepper or outbox key that is kept, and how many stored hashes or waiting mails still need it."""

    generation: str
    needed_by: int


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did. Names of generations only: a key is never told.

    `began`: whether it took up a new generation, or went on with what was begun. `resealed`: rows that got a new seal;
    `altered`: rows left as they are, for they are not whole. `dropped`, `kept`: older generations.
    """

    key: str
    generation: str
    began: bool
    resealed: int
    altered: tuple[str, ...]
    dropped: tuple[str, ...]
    kept: tuple[KeptGeneration, ...]
    audit_seq: int


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """One key as the doctor sees it. `since`: when its generation in use was made (None: with the store)."""

    key: str
    generation: str
    since: datetime | None
    unfinished: bool
    kept: tuple[KeptGeneration, ...]


def rotate(
    store: OpenStore,
    actor: Actor,
    key: str,
    *,
    reason: str,
    again: bool = False,
    clock: Clock = machine_clock,
    progress: Progress | None = None,
    rest: Callable[[float], None] = time.sleep,
) -> Rotated:
    """Rotate a key, or finish its rotation where one was begun, or drop what an earlier one had to keep.

    Args:
        key: one of `KEY_NAMES`.
        again: begin another rotation though older generations are still needed.
        progress, rest: as resealing has them.
    Raises: WrongUsage without a reason or for no such key; StateForbids `rotation-open`; StoreUnavailable where the
    secret store fails; RecordAltered.
    """
    if key not in KEY_NAMES:
        raise WrongUsage("usage", "There is no such key.", f"It is one of {', '.join(KEY_NAMES)}.")
    require_reason(reason)
    turn = _Turn(store, actor, key, reason.strip(), clock)
    open_ = turn.standing()
    begins = not open_.unfinished
    dropped: tuple[str, ...] = ()
    if begins and open_.kept:
        dropped = turn.drop_unneeded()
        begins = again or not dropped
        if begins and not again:
            refusal = _still_needed(key, open_.kept)
            turn.refuse(refusal)
            raise refusal
    if begins:
        turn.take_up()
    elif open_.unfinished:
        turn.take_up_what_waits()
    resealed = Resealed(0, ())
    if key == "seal":
        resealed = resealing.reseal(store, actor, reason=turn.reason, clock=clock, progress=progress, rest=rest)
    turn.finish(resealed)
    dropped += turn.drop_unneeded()
    after = turn.standing()
    return Rotated(key, after.generation, begins, resealed.rows, resealed.altered, dropped, after.kept, turn.head())


def require_reason(reason: str) -> None:
    """Raises: WrongUsage."""
    if not reason.strip():
        raise WrongUsage("usage", "A rotation needs a reason.", 'Like --reason "every year", or "a laptop was lost"')


def standing(session: Session, keys: SecretKeys, *, now: datetime) -> tuple[KeyStanding, ...]:
    """Every key: its generation, its age, whether a rotation waits to be finished, what is kept and why.

    `keys`: as the secret store has them, not as a session took them up: that is the difference a killed rotation makes.
    """
    return tuple(_standing(session, keys, key, now=now) for key in KEY_NAMES)


def _standing(session: Session, keys: SecretKeys, key: str, *, now: datetime) -> KeyStanding:
    stored = keys.of(key)
    used = stored.taken_up(keys_in_use.named(session).get(key, stored.current))
    open_ended = key in ("audit", "seal") and any(used.all[name].until is None for name in used.older)
    kept = tuple(
        KeptGeneration(name, key_uses.count(session, keys, key, name, now=now))
        for name in used.older
        if key in ("pepper", "outbox")
    )
    since = used.all[used.current].since
    return KeyStanding(
        key,
        used.current,
        datetime.fromisoformat(since) if since else None,
        unfinished=used.waiting is not None or used.current != stored.current or open_ended,
        kept=kept,
    )


@dataclass(frozen=True, slots=True)
class _Turn:
    """One call of `rotate`. Each step is a transaction of its own; secrets are read and kept under its lock."""

    store: OpenStore
    actor: Actor
    key: str
    reason: str
    clock: Callable[[], datetime]

    def standing(self) -> KeyStanding:
        with self.store.session() as session:
            return _standing(session, load_keys(self.store.secrets), self.key, now=self._now(session))

    def head(self) -> int:
        with self.store.session(reading=True) as session:
            return record.head(session).seq

    def take_up(self) -> None:
        """Make a new generation and let it take over from this event on."""
        with self.store.session() as session:
            keys = load_keys(self.store.secrets)
            if keys.of(self.key).waiting is None:
                since = time_text(self._now(session))
                keys = keys.holding(self.key, keys.of(self.key).followed(new_key(), since=since))
                self._keep(keys)
            self._take_over(session, keys)

    def take_up_what_waits(self) -> None:
        """Go on where the new generation was kept and the process then killed."""
        with self.store.session() as session:
            keys = load_keys(self.store.secrets)
            waiting = keys.of(self.key).waiting
            if waiting is not None and waiting != keys_in_use.named(session).get(self.key):
                self._take_over(session, keys)

    def _take_over(self, session: Session, keys: SecretKeys) -> None:
        new = keys.of(self.key).waiting
        assert new is not None
        old = keys.of(self.key).current
        keys = keys_in_use.take_up(session, keys, lambda: keys)
        use_keys(session, keys.holding(self.key, keys.of(self.key).taken_up(new)))
        row = clinic.stored(session)
        values = json.loads(row.values_json)
        values[keys_in_use.SETTING] = {**values.get(keys_in_use.SETTING, {}), self.key: new}
        self._record(session, {"from": old, "to": new}, record.changed(row, values_json=clinic.to_text(values)))
        session.commit()

    def finish(self, resealed: Resealed) -> None:
        """Let the secret store say that the new generation is in use, and until when the older ones counted."""
        with self.store.session() as session:
            keys = load_keys(self.store.secrets)
            before = keys.of(self.key)
            after = before.taken_up(keys_in_use.named(session).get(self.key, before.current))
            open_ended = [name for name in after.older if after.all[name].until is None]
            if self.key == "audit" and open_ended:
                until, hash_ = _last_before(session, after.current)
                for name in open_ended:
                    after = after.ended(name, until=until, last_hash=hash_)
            if self.key == "seal" and open_ended:
                if resealing.left_in(session) > len(resealed.altered):
                    raise StateForbids(
                        "rotation-open",
                        "Rows are left under the older seal key.",
                        "Run the same command again: it goes on where it stopped.",
                    )
                seq = self._record(session, {"ended": open_ended, "altered": len(resealed.altered)})
                for name in open_ended:
                    after = after.ended(name, until=seq - 1)
                session.commit()
                keys = self._keys_of_now(session)
            if after != before:
                self._keep(keys.holding(self.key, after))

    def drop_unneeded(self) -> tuple[str, ...]:
        """Rid the secret store of older peppers or outbox keys that nothing stored needs."""
        with self.store.session() as session:
            keys = load_keys(self.store.secrets)
            found = _standing(session, keys, self.key, now=self._now(session))
            dropped = () if found.unfinished else tuple(one.generation for one in found.kept if not one.needed_by)
            if dropped:
                self._record(session, {"dropped": list(dropped)})
                session.commit()
                keys = self._keys_of_now(session)
                kept = keys.of(self.key)
                for name in dropped:
                    kept = kept.without(name)
                self._keep(keys.holding(self.key, kept))
            return dropped

    def refuse(self, refusal: StateForbids) -> None:
        """A refusal is in the record too."""
        with self.store.session() as session:
            told = {"key": self.key, "code": refusal.code}
            entry = self.actor.entry(ACTION, Outcome.REFUSED, reason=self.reason, details=told)
            record.append(session, entry, now=self._now(session))
            session.commit()

    def _now(self, session: Session) -> datetime:
        return max(self.clock(), record.time_of(session))

    def _record(self, session: Session, told: dict[str, object], *changes: record.Change) -> int:
        entry = self.actor.entry(ACTION, Outcome.DONE, reason=self.reason, details={"key": self.key} | told)
        return record.append(session, entry, changes, now=self._now(session))

    def _keys_of_now(self, session: Session) -> SecretKeys:
        """The keys after a commit, which gave the lock away: another key may be rotated meanwhile."""
        keys_in_use.named(session)
        return load_keys(self.store.secrets)

    def _keep(self, keys: SecretKeys) -> None:
        self.store.secrets.put("keys", keys.to_text())
        if self.store.secrets.get("keys") != keys.to_text():
            raise StoreUnavailable(
                "no-keyring",
                "The keyring took the secrets, but does not give them back.",
                "Mend the keyring, then run the same command again: it goes on where it stopped.",
            )
        self.store.keys = keys


def _last_before(session: Session, generation: str) -> tuple[int, str]:
    """Number and hash of the last event before those of this audit generation."""
    first = session.connection().execute(
        text("SELECT seq, prev_hash FROM audit_event WHERE action = :action AND hash LIKE :mark ORDER BY seq LIMIT 1"),
        {"action": ACTION, "mark": f"{generation}.%"},
    ).first()  # fmt: skip
    if first is None or not record.event_is_whole(session, first.seq):
        raise RecordAltered(
            "not-whole",
            "The event that rotated the audit key is missing or was changed.",
            "Stop, and run 'portaldesk audit verify'.",
        )
    return first.seq - 1, first.prev_hash


def _still_needed(key: str, kept: tuple[KeptGeneration, ...]) -> StateForbids:
    what = "stored hashes" if key == "pepper" else "waiting mails or live codes"
    told = ", ".join(f"{one.generation} by {one.needed_by} {what}" for one in kept)
    return StateForbids(
        "rotation-open",
        f"The {key} was rotated, and an older one is still needed: {told}.",
        "It goes by itself as they are used; run this again then. To begin another rotation all the same: --again",
    )
