"""Events exactly as the database holds them, oldest first, each with the seals it gave: for what leaves the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from portaldesk.secret_keys import SecretKeys
from portaldesk.store.events import EVENT_COLUMNS, is_hashed
from portaldesk.store.raw_rows import rows

_NAMES = (*EVENT_COLUMNS, "hash")
_EVENTS = f"SELECT {', '.join(_NAMES)} FROM audit_event WHERE seq BETWEEN :first AND :last ORDER BY seq"  # noqa: S608
_SEALS = "SELECT seq, row_key, seal FROM audit_seal WHERE seq BETWEEN :first AND :last ORDER BY seq"


@dataclass(frozen=True, slots=True)
class RawEvent:
    """An event's columns with its hash, and the seals it gave as `(row_key, seal)`."""

    values: dict[str, Any]
    seals: Sequence[tuple[Any, Any]]

    def is_whole(self, keys: SecretKeys) -> bool:
        """Whether the event and its seals are what its hash says."""
        readable = all(isinstance(part, str) for pair in self.seals for part in pair)
        return readable and is_hashed(self.values, self.seals, keys)


def between(connection: Connection, first: int, last: int) -> Iterator[RawEvent]:
    """The events of these numbers, both included, in constant memory. Read inside `raw_rows.exactly`."""
    seals = rows(connection, _SEALS, first=first, last=last)
    seal = next(seals, None)
    for row in rows(connection, _EVENTS, first=first, last=last):
        values = dict(zip(_NAMES, row, strict=True))
        given: list[tuple[Any, Any]] = []
        while seal is not None and seal[0] <= values["seq"]:  # one of no event falls to the next, whose hash then fails
            given.append((seal[1], seal[2]))
            seal = next(seals, None)
        yield RawEvent(values, given)


def first_from(connection: Connection, at: str) -> int | None:
    """The number of the first event at or after a time (as `time_text` writes it), None where there is none."""
    found = next(rows(connection, "SELECT seq FROM audit_event WHERE at >= :at ORDER BY at, seq LIMIT 1", at=at), None)
    return None if found is None else int(found[0])
