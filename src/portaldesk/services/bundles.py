"""Bundles: a range of the record for auditors, whole outside of the store, signed.

What is written was proved on the way: each event carries its own right hash and follows on the one before it, so a
record that was tampered with is never signed. bundle_checks.py judges a bundle, also on a machine without the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from portaldesk import __version__
from portaldesk.errors import NotFound, WrongUsage
from portaldesk.services import bundle_format, clinic
from portaldesk.services.bundle_files import Target, new_bundle
from portaldesk.services.bundle_format import EVENTS, MANIFEST, PUBLIC_KEY, SIGNATURE, File, Manifest
from portaldesk.services.signing import Signer
from portaldesk.store import raw_events
from portaldesk.store.columns import time_text
from portaldesk.store.events import not_whole, sure_head
from portaldesk.store.raw_events import RawEvent
from portaldesk.store.raw_rows import exactly
from portaldesk.store.seals import keys_of

Progress = Callable[[int, int], None]
_TELL_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers of events, both included. `since`, `until`: the time that was asked for."""

    first: int
    last: int
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was written. `manifest_sha256`: of the manifest's bytes, which name all the rest."""

    manifest: Manifest
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What `audit export` did. `head`: the record's when the bundle was made; `signed_by`: the key's fingerprint."""

    path: str
    store: str
    first_seq: int
    last_seq: int
    events: int
    seals: int
    head: str
    signed_by: str | None
    manifest_sha256: str
    audit_seq: int


def exported(path: Path, bundle: Bundle, audit_seq: int) -> Exported:
    """The result of an export whose event is `audit_seq`."""
    told = bundle.manifest
    return Exported(
        str(path), told.store, told.first_seq, told.last_seq, told.events, told.seals, told.head, told.key,
        bundle.manifest_sha256, audit_seq,
    )  # fmt: skip


def range_of(session: Session, *, since: datetime | None = None, until: datetime | None = None) -> Range:
    """The events from `since` on, before `until` (aware UTC times); unbounded, all that the store holds.

    Raises: WrongUsage for a time that ends before it begins; NotFound `no-events`; RecordAltered.
    """
    if since is not None and until is not None and until <= since:
        raise WrongUsage(
            "usage", "The time ends before it begins.", "--since is the earlier one: --since 7d --until 1d"
        )
    head, connection = sure_head(session), session.connection()
    first = raw_events.first_from(connection, time_text(since) if since else "")
    end = raw_events.first_from(connection, time_text(until)) if until else None
    last = head.seq if end is None else end - 1
    if first is None or last < first:
        raise NotFound("no-events", "No event lies in that time.", "Widen --since and --until.")
    return Range(first, last, since, until)


def write(
    session: Session,
    out: Path,
    range_: Range,
    *,
    signer: Signer | None,
    made_by: str,
    now: datetime,
    attached: Mapping[str, Iterable[str]] | None = None,
    progress: Progress = lambda done, total: None,
) -> Bundle:
    """Write the events of a range into a new bundle: a .zip by its name, else a folder.

    Args:
        session: one that only reads will do: it sees one state of the store.
        signer: signs the manifest; None leaves it unsigned.
        made_by: the staff member's name.
        attached: further files by name, their text line by line.
        progress: told now and then how many events were written, and of how many.
    Raises: RecordAltered `not-whole` where an event of the range is not as portaldesk wrote it; StateForbids,
        WrongUsage, StoreUnavailable as `bundle_files.new_bundle`. Nothing is left behind then.
    """
    head = sure_head(session)
    with new_bundle(out, at=now) as target:
        walk = _Walk(range_, progress)
        files = []
        with exactly(session) as connection:
            events = walk.proved(raw_events.between(connection, range_.first, range_.last), session)
            files.append(_written(target, EVENTS, (bundle_format.event_line(e.values, e.seals) for e in events)))
        for name, lines in (attached or {}).items():
            files.append(_written(target, name, (line.encode() for line in lines)))
        if signer is not None:
            files.append(_written(target, PUBLIC_KEY, [signer.public]))
        first, last = walk.ends
        manifest = Manifest(
            format=bundle_format.FORMAT,
            version=bundle_format.VERSION,
            store=clinic.stored(session).store_id,
            made_at=time_text(now),
            made_by=made_by,
            made_with=f"portaldesk {__version__}",
            since=time_text(range_.since) if range_.since else "",
            until=time_text(range_.until) if range_.until else "",
            first_seq=range_.first,
            last_seq=range_.last,
            first_at=first.values["at"],
            last_at=last.values["at"],
            first_prev_hash=first.values["prev_hash"],
            last_hash=last.values["hash"],
            head=f"{head.seq}:{head.hash}",
            events=walk.events,
            seals=walk.seals,
            key=signer.fingerprint if signer else None,
            files=tuple(files),
        ).to_bytes()
        if signer is not None:
            _written(target, SIGNATURE, [signer.sign(manifest)])
        _written(target, MANIFEST, [manifest])
    return Bundle(Manifest.from_bytes(manifest), hashlib.sha256(manifest).hexdigest())


class _Walk:
    """Goes over the events of a range, proves each, and keeps what the manifest says of them."""

    def __init__(self, range_: Range, progress: Progress) -> None:
        self._range, self._progress = range_, progress
        self._first: RawEvent | None = None
        self._last: RawEvent | None = None
        self.events = self.seals = 0

    @property
    def ends(self) -> tuple[RawEvent, RawEvent]:
        if self._first is None or self._last is None or self._last.values["seq"] != self._range.last:
            raise not_whole(f"Event {self._range.last} of the record is missing.")
        return self._first, self._last

    def proved(self, events: Iterable[RawEvent], session: Session) -> Iterator[RawEvent]:
        keys, seq, prev = keys_of(session), self._range.first - 1, None
        for event in events:
            values = event.values
            if values["seq"] != seq + 1:
                raise not_whole(f"Event {seq + 1} of the record is missing.")
            if not event.is_whole(keys) or (prev is not None and values["prev_hash"] != prev):
                raise not_whole(f"Event {values['seq']} of the record, or a seal that it gave, was changed.")
            seq, prev = values["seq"], values["hash"]
            self._first, self._last = self._first or event, event
            self.events, self.seals = self.events + 1, self.seals + len(event.seals)
            if self.events % _TELL_EVERY == 0:
                self._progress(self.events, self._range.last - self._range.first + 1)
            yield event


def _written(target: Target, name: str, parts: Iterable[bytes]) -> File:
    size, lines, told = 0, 0, hashlib.sha256()
    with target.create(name) as file:
        for part in parts:
            file.write(part)
            told.update(part)
            size, lines = size + len(part), lines + part.count(b"\n")
    return File(name, size, lines, told.hexdigest())
