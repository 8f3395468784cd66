"""Reading the record: its head, and events with the seals they gave, each proved by its own hash.

Queries are plain SQL made once: they run several times in every command.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from portaldesk.errors import RecordAltered
from portaldesk.secret_keys import SecretKeys
from portaldesk.store import driver
from portaldesk.store.canonical import canonical, keys_of
from portaldesk.store.columns import time_of, time_text

GENESIS = "0" * 64
EVENT_COLUMNS = (
    "seq", "at", "staff", "action", "patient", "outcome", "session", "check_id", "level", "reason", "details",
    "prev_hash",
)  # fmt: skip

_COLUMNS = ", ".join(f"e.{name}" for name in (*EVENT_COLUMNS, "hash"))
_EVENT = (
    f"SELECT {_COLUMNS}, s.row_key, s.seal FROM audit_event e LEFT JOIN audit_seal s ON s.seq = e.seq "  # noqa: S608
    "WHERE e.seq = ?"
)
_NEWEST = (
    f"SELECT {_COLUMNS}, s.row_key, s.seal FROM audit_event e JOIN audit_seal s ON s.seq = e.seq "  # noqa: S608
    "WHERE e.seq = (SELECT max(n.seq) FROM audit_seal n WHERE n.row_key = ?)"
)
# by its key: PostgreSQL takes the head, with all its older states, for a long table, and would read all seals for it
_HEAD = "SELECT seq, at, hash FROM audit_head WHERE id = 1"
_SURE_HEAD = (
    f"SELECT h.seq, h.at, h.hash, {_COLUMNS}, s.row_key, s.seal "  # noqa: S608
    "FROM audit_head h LEFT JOIN audit_event e ON e.seq = h.seq LEFT JOIN audit_seal s ON s.seq = h.seq WHERE h.id = 1"
)


@dataclass(frozen=True, slots=True)
class Head:
    """Number, time (UTC) and hash of the last event."""

    seq: int
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it stands: the seals it gave, and whether its hash is the one it must carry."""

    seq: int
    at: str
    hash: str
    seals: Mapping[str, str]
    whole: bool


def head(session: Session) -> Head:
    """The record's head, read afresh.

    Raises: RecordAltered where it is missing.
    """
    rows = driver.found(session.connection(), _HEAD)
    if not rows:
        raise not_whole("The record's head is missing.")
    seq, at, hash_ = rows[0]
    return Head(seq, time_of(at), hash_)


def newest_of(session: Session, row_key: str) -> Event | None:
    """The event that last sealed this row."""
    return _read(session, driver.found(session.connection(), _NEWEST, (row_key,)))


def event_of(session: Session, seq: int) -> Event | None:
    """Event `seq` as it stands."""
    return _read(session, driver.found(session.connection(), _EVENT, (seq,)))


def event_is_whole(session: Session, seq: int, *, hash_: str | None = None, at: datetime | None = None) -> bool:
    """Whether event `seq` is there, carries its own right hash, and (where given) this one and this time."""
    found = event_of(session, seq)
    if found is None or (hash_ is not None and found.hash != hash_):
        return False
    if at is not None and found.at != time_text(at):
        return False
    return found.whole


def require_whole_event(session: Session, seq: int) -> None:
    """Raises: RecordAltered where an event that is to be believed was edited, or put in by other hands."""
    if not event_is_whole(session, seq):
        raise not_whole(f"Event {seq} of the record is missing or was changed.")


def sure_head(session: Session) -> Head:
    """The head, where it names the last event; its time too, for links and checks would live longer by it.

    A record that ends before the audit key in use was taken up was cut off: whoever has the older key could go on from
    there. It may end with the very event at which the older key ended.
    Raises: RecordAltered.
    """
    rows = driver.found(session.connection(), _SURE_HEAD)
    if not rows:
        raise not_whole("The record's head is missing.")
    seq, at, hash_, event_seq, *_ = rows[0]
    last = Head(seq, time_of(at), hash_)
    event = _read(session, [row[3:] for row in rows]) if event_seq is not None else None
    fits = event is not None and event.whole and event.hash == last.hash and event.at == time_text(last.at)
    if last.seq and not fits:
        raise not_whole("The newest event of the record is missing or was changed.")
    until, hash_ = keys_of(session).audit.floor
    if last.seq < until or (last.seq == until and last.hash != hash_):
        raise not_whole(f"The record is cut off: its audit key was rotated at event {until + 1}.")
    return last


def event_hash(values: Mapping[str, Any], seals: Iterable[tuple[str, str]], keys: SecretKeys) -> str:
    """The hash of a new event: HMAC-SHA-256 over its columns, the previous hash, and the seals it gave."""
    return keys.audit.mark(_event_data(values, seals))


def is_hashed(values: Mapping[str, Any], seals: Iterable[tuple[str, str]], keys: SecretKeys) -> bool:
    """Whether an event carries the hash that it must, by a key that counted at its number."""
    seq = values["seq"]
    return isinstance(seq, int) and keys.audit.proves(_event_data(values, seals), str(values["hash"]), event=seq)


def _event_data(values: Mapping[str, Any], seals: Iterable[tuple[str, str]]) -> bytes:
    return event_form([values[name] for name in EVENT_COLUMNS], seals)


def event_form(values: Sequence[Any], seals: Iterable[tuple[str, str]]) -> bytes:
    """What an event's hash is made over: the values of `EVENT_COLUMNS`, in that order, and the seals it gave."""
    return canonical([*values, *(part for pair in sorted(seals) for part in pair)])


def told_by(details: str) -> dict[str, Any]:
    """What an event's details say; {} where they are no JSON of ours: only in an edited record, which a proof names."""
    try:
        read = json.loads(details)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def not_whole(message: str) -> RecordAltered:
    return RecordAltered("not-whole", message, "Stop, and run 'portaldesk audit verify'.")


def _read(session: Session, rows: Sequence[tuple[Any, ...]]) -> Event | None:
    """Of rows that hold the event's columns, its hash, and one of its seals each."""
    if not rows:
        return None
    first = dict(zip((*EVENT_COLUMNS, "hash"), rows[0], strict=False))
    seals = {row_key: seal for *_, row_key, seal in rows if row_key is not None}
    return Event(first["seq"], first["at"], first["hash"], seals, is_hashed(first, seals.items(), keys_of(session)))
