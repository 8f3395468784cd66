"""What stands in a bundle: its files, its manifest, the line of an event.

    manifest.json       which events, how many, the record's head, SHA-256 of each file, who made it and when
    manifest.json.sig   Ed25519 signature over the manifest's bytes (64 bytes; only where signed)
    signing.pub         the public key as PEM (only where signed)
    events.ndjson       an event a line, oldest first: its columns as stored, `hash`, and the `seals` it gave
    ...                 what was attached, as `resets.fhir.ndjson`

JSON is ASCII without spaces and in this order of fields, so that a line has one written form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from portaldesk.store.events import EVENT_COLUMNS

FORMAT = "portaldesk-audit-bundle"
VERSION = 1
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
PUBLIC_KEY = "signing.pub"
EVENTS = "events.ndjson"
LARGEST_LINE_BYTES = 16_000_000
"""No event is as large (ours): the longest holds a list of a few thousand patients."""
_NUMBERS = ("seq",)
_MAY_BE_EMPTY = ("staff", "patient", "check_id", "level")


@dataclass(frozen=True, slots=True)
class File:
    """One file of the bundle: its size, its lines, its SHA-256 in hex."""

    name: str
    bytes: int
    lines: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the bundle says of itself.

    `since`, `until`: the time that was asked for, '' where it was not bounded. `first_prev_hash`: what the first event
    follows on. `head`: the record's last event when it was made, `SEQ:HASH`. `key`: fingerprint of the signer, or None.
    Times are UTC, ISO 8601.
    """

    format: str
    version: int
    store: str
    made_at: str
    made_by: str
    made_with: str
    since: str
    until: str
    first_seq: int
    last_seq: int
    first_at: str
    last_at: str
    first_prev_hash: str
    last_hash: str
    head: str
    events: int
    seals: int
    key: str | None
    files: tuple[File, ...]

    def to_bytes(self) -> bytes:
        return (json.dumps(asdict(self), indent=1) + "\n").encode("ascii")

    @classmethod
    def from_bytes(cls, written: bytes) -> Manifest:
        """Raises: ValueError for what `to_bytes` would not write; NewerFormat."""
        try:
            read = json.loads(written)
            if read["format"] != FORMAT:
                raise ValueError("another format")
            if type(read["version"]) is int and read["version"] > VERSION:
                raise NewerFormat
            made = cls(**(read | {"files": tuple(File(**one) for one in read["files"])}))
        except (TypeError, KeyError, AttributeError, RecursionError):
            raise ValueError("not a manifest") from None
        parts: list[Manifest | File] = [made, *made.files]
        if not all(_is_typed(part) for part in parts) or not isinstance(made.key, str | None):
            raise ValueError("not a manifest")
        return made


class NewerFormat(ValueError):
    """The bundle was made by a newer version."""


def _is_typed(part: Manifest | File) -> bool:
    plain = {"int": int, "str": str}
    return all(
        type(getattr(part, field.name)) is plain[str(field.type)] for field in fields(part) if str(field.type) in plain
    )


def event_line(values: Mapping[str, Any], seals: Iterable[tuple[Any, Any]]) -> bytes:
    """The line of an event. `values` are its columns and `hash`."""
    told = {name: values[name] for name in EVENT_COLUMNS} | {"hash": values["hash"]}
    told["seals"] = sorted([key, seal] for key, seal in seals)
    return (json.dumps(told, separators=(",", ":")) + "\n").encode("ascii")


def read_event(line: bytes) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Columns and seals of a line. Raises: ValueError where it is not as `event_line` writes it."""
    try:
        told = json.loads(line)
        seals = [(key, seal) for key, seal in told.pop("seals")]
        if event_line(told, seals) != line:
            raise ValueError("another form")
    except (TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError("not an event") from None
    for name, value in told.items():
        plain = type(value) is (int if name in _NUMBERS else str)
        if not plain and not (value is None and name in _MAY_BE_EMPTY):
            raise ValueError("not an event")
    if not all(isinstance(part, str) for pair in seals for part in pair):
        raise ValueError("not an event")
    return told, seals
