"""Judging a bundle: on any machine, without the store, its secrets or a sign-in.

In this order: the signature over the manifest's bytes; the manifest; that the bundle holds its files and no others;
each file by size and SHA-256; the events one by one, each following on the one before it; range, counts and ends as
the manifest says; anchors kept elsewhere. With the store's keys, also that each event carries its own right hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portaldesk.errors import WrongUsage
from portaldesk.secret_keys import SecretKeys
from portaldesk.services import bundle_format, signing
from portaldesk.services.bundle_files import Damaged, Source, no_bundle, open_bundle
from portaldesk.services.bundle_format import EVENTS, MANIFEST, PUBLIC_KEY, SIGNATURE, File, Manifest
from portaldesk.store.events import GENESIS
from portaldesk.store.raw_events import RawEvent

_LARGEST_MANIFEST_BYTES = 1_000_000
_CHUNK_BYTES = 1 << 20
_TELL_EVERY = 1000
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Anchors = Mapping[int, Set[str]]


@dataclass(frozen=True, slots=True)
class BundleVerdict:
    """Whether a bundle is as it was made.

    `events`: how many were read; `head`: `SEQ:HASH` of the last one. `signed_by`: fingerprint of the key whose
    signature holds; `signer_known`: it is the one that was asked for. `sealed`: the events' own hashes were judged with
    the store's keys. `anchored`: how many anchors name an event of it. `first_fault`: a sentence; `unproved`: what
    nobody can tell from this alone, a sentence each.
    """

    whole: bool
    store: str | None
    made_at: str | None
    made_by: str | None
    first_seq: int | None
    last_seq: int | None
    events: int
    head: str | None
    signed_by: str | None
    signer_known: bool
    sealed: bool
    anchored: int
    first_fault: str | None
    unproved: tuple[str, ...]


@dataclass(slots=True)
class _Seen:
    """What was found out on the way, also where a fault ended it."""

    manifest: Manifest | None = None
    signed_by: str | None = None
    events: int = 0
    anchored: int = 0
    head: str | None = None


class _Fault(Exception):
    """The first thing that is not as it was made."""


def check(
    place: Path,
    *,
    key: str | None = None,
    against: Anchors | None = None,
    keys: SecretKeys | None = None,
    store: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BundleVerdict:
    """Judge the bundle in a folder or .zip; memory stays constant.

    Args:
        key: the fingerprint that the signer must have (`signing.fingerprint_in`).
        against: anchors kept elsewhere, as `anchors.read` gives them; those of other events are passed over.
        keys, store: the secrets and the id of the store, where they are at hand.
        progress: told now and then how many events were read, and of how many.
    Raises: WrongUsage where this is no bundle, or one of a newer version; StoreUnavailable where it cannot be read.
    """
    seen, fault = _Seen(), None
    try:
        with open_bundle(place) as source:
            manifest = _manifest(source, seen, key)
            if store is not None and manifest.store != store:
                raise _Fault("It was made from another store than this one.")
            _require_files(source, manifest)
            walk = _Walk(manifest, against or {}, keys, seen, progress)
            for file in manifest.files:
                _judge_file(source, file, walk.line if file.name == EVENTS else None)
            walk.end()
    except _Fault as found:
        fault = str(found)
    except Damaged:
        fault = "It is damaged: it was cut off, or changed by hand."
    return _verdict(seen, fault, key, sealed=keys is not None)


def _verdict(seen: _Seen, fault: str | None, key: str | None, *, sealed: bool) -> BundleVerdict:
    manifest = seen.manifest
    unproved: list[str] = []
    if fault is None and manifest is not None:
        if seen.signed_by is None:
            unproved.append("It is not signed: whoever has it could have made or changed it.")
        elif key is None:
            unproved.append(
                "The signer is known by the key in the bundle alone: compare its fingerprint with the one you kept, "
                "or give it as --key."
            )
        if not sealed:
            unproved.append(
                "That each event carries its own right hash can only be judged with the store's keys: "
                "audit verify BUNDLE --keys, on the desk's machine."
            )
        if manifest.first_prev_hash != GENESIS:
            unproved.append(f"What came before event {manifest.first_seq} is not in it.")
    return BundleVerdict(
        whole=fault is None,
        store=manifest.store if manifest else None,
        made_at=manifest.made_at if manifest else None,
        made_by=manifest.made_by if manifest else None,
        first_seq=manifest.first_seq if manifest else None,
        last_seq=manifest.last_seq if manifest else None,
        events=seen.events,
        head=seen.head,
        signed_by=seen.signed_by,
        signer_known=key is not None and key == seen.signed_by,
        sealed=sealed,
        anchored=seen.anchored,
        first_fault=fault,
        unproved=tuple(unproved),
    )


def _manifest(source: Source, seen: _Seen, key: str | None) -> Manifest:
    written = _whole_file(source, MANIFEST)
    if SIGNATURE in source.names or PUBLIC_KEY in source.names:
        seen.signed_by = _signer(source, written)
    if key is not None and seen.signed_by is None:
        raise _Fault("It is not signed.")
    if key is not None and key != seen.signed_by:
        raise _Fault(f"It is signed by another key than yours: {seen.signed_by}")
    try:
        manifest = Manifest.from_bytes(written)
    except bundle_format.NewerFormat:
        raise WrongUsage(
            "bad-file", "The bundle was made by a newer version of portaldesk.", "Install that version here too."
        ) from None
    except ValueError:
        raise no_bundle() from None
    if manifest.key != seen.signed_by:
        raise _Fault("Its signature was taken out, or is by another key than the manifest names.")
    seen.manifest = manifest
    return manifest


def _signer(source: Source, manifest: bytes) -> str:
    if SIGNATURE not in source.names or PUBLIC_KEY not in source.names:
        raise _Fault("Its signature or its public key was taken out.")
    signature, public = _whole_file(source, SIGNATURE), _whole_file(source, PUBLIC_KEY)
    try:
        if not signing.is_signed(manifest, signature, public):
            raise _Fault("The signature does not fit the manifest: one of the two was changed.")
        return signing.fingerprint_of(public)
    except ValueError:
        raise _Fault(f"{PUBLIC_KEY} is no Ed25519 public key.") from None


def _require_files(source: Source, manifest: Manifest) -> None:
    named = [file.name for file in manifest.files]
    own = {MANIFEST, *((SIGNATURE,) if manifest.key else ())}
    if len(set(source.names)) != len(source.names):
        raise _Fault("It holds two files of one name.")
    if len(set(named)) != len(named) or EVENTS not in named or own & set(named):
        raise _Fault("Its manifest does not name its files as portaldesk does.")
    for name in named:
        if name not in source.names:
            raise _Fault(f"{name if _PLAIN_NAME.fullmatch(name) else 'A file'} is missing.")
    for name in source.names:
        if name not in named and name not in own:
            shown = name if _PLAIN_NAME.fullmatch(name) else "a file of an odd name"
            raise _Fault(f"It holds what its manifest does not name: {shown}.")


def _judge_file(source: Source, file: File, line: Callable[[bytes], None] | None) -> None:
    size, lines, told = 0, 0, hashlib.sha256()
    for part in _parts(source, file.name, by_line=line is not None):
        if line is not None:
            line(part)
        size, lines = size + len(part), lines + part.count(b"\n")
        told.update(part)
        if size > file.bytes:
            raise _Fault(f"{file.name} is longer than its manifest says.")
    if (size, lines, told.hexdigest()) != (file.bytes, file.lines, file.sha256):
        raise _Fault(f"{file.name} is not the file that its manifest names: it was changed or cut off.")


def _parts(source: Source, name: str, *, by_line: bool) -> Iterator[bytes]:
    with source.open(name) as opened:
        most = bundle_format.LARGEST_LINE_BYTES if by_line else _CHUNK_BYTES
        while part := opened.readline(most) if by_line else opened.read(most):
            yield part


def _whole_file(source: Source, name: str) -> bytes:
    with source.open(name) as opened:
        data = opened.read(_LARGEST_MANIFEST_BYTES + 1)
    if len(data) > _LARGEST_MANIFEST_BYTES:
        raise no_bundle()
    return data


class _Walk:
    """Takes the lines of the events one by one."""

    def __init__(
        self,
        manifest: Manifest,
        against: Anchors,
        keys: SecretKeys | None,
        seen: _Seen,
        progress: Callable[[int, int], None],
    ) -> None:
        self._manifest, self._against, self._keys = manifest, against, keys
        self._seen, self._progress = seen, progress
        self._seq, self._hash, self._at = manifest.first_seq - 1, manifest.first_prev_hash, ""
        self._seals = 0
        self._first_at = ""

    def line(self, line: bytes) -> None:
        seq = self._seq + 1
        try:
            values, seals = bundle_format.read_event(line)
        except ValueError:
            raise _Fault(f"The line of event {seq} is not as portaldesk writes it.") from None
        if values["seq"] != seq:
            raise _Fault(f"Where event {seq} must be, there is event {values['seq']}.")
        if values["prev_hash"] != self._hash:
            raise _Fault(f"Event {seq} does not follow on the event before it.")
        if values["at"] < self._at:
            raise _Fault(f"Event {seq} is earlier than the one before it.")
        if self._keys is not None and not RawEvent(values, seals).is_whole(self._keys):
            raise _Fault(f"Event {seq}, or a seal that it gave, was changed: its hash is not that of this store.")
        if seq in self._against:
            self._seen.anchored += 1
        if self._against.get(seq, {values["hash"]}) != {values["hash"]}:
            raise _Fault(f"Event {seq} is not the one of the anchor: the record was rewritten.")
        self._took(values, len(seals))

    def end(self) -> None:
        told = self._manifest
        found = (self._seq, self._seen.events, self._seals, self._hash, self._first_at, self._at)
        if found != (told.last_seq, told.events, told.seals, told.last_hash, told.first_at, told.last_at):
            raise _Fault("Its events are not those that its manifest counts.")
        outside = (told.since and self._first_at < told.since) or (told.until and self._at >= told.until)
        if outside:
            raise _Fault("Its events lie outside the time that its manifest names.")

    def _took(self, values: Mapping[str, Any], seals: int) -> None:
        self._seq, self._hash, self._at = values["seq"], values["hash"], values["at"]
        self._first_at = self._first_at or self._at
        self._seals += seals
        self._seen.events += 1
        self._seen.head = f"{self._seq}:{self._hash}"
        if self._seen.events % _TELL_EVERY == 0:
            self._progress(self._seen.events, self._manifest.events)
