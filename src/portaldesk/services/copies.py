"""A copy of a store in a SQLite file, judged as a whole before anybody believes it: the backup just written, the one
that is to be brought back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from portaldesk.errors import RecordAltered, StoreUnavailable
from portaldesk.gate import guards
from portaldesk.services import anchors, auditing, opening
from portaldesk.services.opening import Place
from portaldesk.store import archives, record, schema, snapshots
from portaldesk.store.engine import in_our_words

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """A copy that is whole. `head`: `SEQ:HASH` of its last event, `at` when that was written (UTC).

    `lost`: the highest of the given anchors that is later than the copy, if any. `guards_whole`: whether the guards of
    the database came with it as they must be.
    """

    version: str
    head: str
    events: int
    at: datetime
    lost: str | None
    guards_whole: bool


def judge(copy: Place, *, against: Sequence[str] = (), progress: Progress | None = None) -> Judged:
    """Prove the record and every sealed row of a copy, with the keys of its place.

    `against`: anchors, as auditing.verify has them; one that is later than the copy is no fault of the copy.
    Raises: StoreUnavailable: damaged, not ours, of another version, no keys, another store's keys; RecordAltered
    `not-whole`; WrongUsage for an anchor that is none.
    """
    given = anchors.read(against)
    store = opening.open_copy(copy)
    try:
        snapshots.require_sound(store.engine)
        with store.session(reading=True) as session:
            _require_its_keys(session)
            head = record.head(session)
            known = [f"{seq}:{hash_}" for seq, hashes in given.items() if seq <= head.seq for hash_ in hashes]
            later = {seq: hashes for seq, hashes in given.items() if seq > head.seq}
            verdict = auditing.verify(session, against=known, progress=progress)
            if verdict.first_fault is not None:
                raise RecordAltered(
                    "not-whole",
                    f"The copy is not whole: {verdict.first_fault.what}",
                    "Tell whoever is responsible for security, and use a backup from before; 'portaldesk audit verify' "
                    "shows all of it where the store still is.",
                )
            return Judged(
                schema.version_of(session.connection()) or "",
                record.anchor(session),
                verdict.events,
                head.at,
                f"{max(later)}:{min(later[max(later)])}" if later else None,
                guards_stand(session),
            )
    except DBAPIError as failure:
        raise in_our_words(failure) from None
    finally:
        store.engine.dispose()


def _require_its_keys(session: Session) -> None:
    """The first event that is not archived tells whose keys these are."""
    if not record.event_is_whole(session, archives.start_of(session.connection()).seq + 1):
        raise StoreUnavailable(
            "no-secrets",
            "The keys of this machine are another store's, or the first event of the record was changed.",
            "Bring the keys of this store first: portaldesk secrets load FILE",
        )


def guards_stand(session: Session) -> bool:
    """Whether the guards of this database are as they must be."""
    try:
        schema.require_triggers(session.connection(), guards.DIGEST)
    except RecordAltered:
        return False
    return True
