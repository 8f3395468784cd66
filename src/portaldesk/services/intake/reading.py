"""A patient file, read: its format found, every row judged, and no record number taken twice."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import Any

from portaldesk.errors import WrongUsage
from portaldesk.services.intake import csv_file, fhir, sources
from portaldesk.services.intake.encodings import Decoder
from portaldesk.services.intake.facts import PatientFacts, Reading, Row, Skipped, Warned
from portaldesk.services.intake.lines import Line, bad_file, lines
from portaldesk.services.intake.progress import Progress, untold

_FORMATS = {".csv": "csv", ".tsv": "csv", ".ndjson": "fhir", ".jsonl": "fhir", ".json": "fhir"}
_LINES_A_STEP = 1000  # between two words to whoever waits
_NAMED_LINES = 5  # of rows that share a record number: enough to find them, whatever their count


def read_patients(
    path: Path,
    *,
    format: str | None,
    mapping: Mapping[str, str],
    locale: str,
    today: date,
    encoding: str | None = None,
    progress: Progress = untold,
) -> Reading:
    """All patients of a file; nothing is compared with the store, and nothing is written.

    Args:
        path: a file or pipe, or `-` for standard input; gzip is unpacked.
        format: `csv`, `fhir`, or None: by the extension, else by the first character.
        mapping: for CSV, field to the name of its column.
        locale: how dates and phones are written where they do not say ("en_US").
        today: no birth or visit may be after it.
        encoding: of the file; None: found.

    Rows that share a record number are all skipped: the file does not say which of them is right.

    Raises: WrongUsage: `bad-file` where the file as a whole cannot be taken, with the line where there is one; `usage`
    for a format, encoding or mapped field that there is not.
    """
    if format not in (None, "csv", "fhir"):
        raise WrongUsage("usage", "There is no such format.", "Say --format csv or --format fhir.")
    codec = _codec(encoding)
    with sources.opened(path) as (unpacked, counted, size):
        stream, known = sources.in_utf8(unpacked, codec)
        if not stream.peek(1):
            raise bad_file("The file is empty.")
        chosen = format or _by_name(path) or _by_first_character(stream)
        if chosen == "fhir" and mapping:
            raise WrongUsage("usage", "--map is for CSV files; FHIR names its fields itself.", "Leave --map out.")
        decoder = Decoder(locale) if known is None and chosen == "csv" else None  # JSON is UTF-8 (RFC 8259 §8.1)
        found = _told(lines(stream, decoder), counted, size, progress)
        first = next(found, None)
        if first is None:
            raise bad_file("The file is empty.")
        rows = list(_rows(chosen, chain([first], found), mapping, locale=locale, today=today))
    return _reading(rows, chosen, known or (decoder.name if decoder else "UTF-8"))


def _codec(encoding: str | None) -> str | None:
    """Raises: WrongUsage."""
    try:
        if encoding is not None:
            "".encode(encoding)  # knows text encodings alone: "base64" is none, and "undefined" takes no text
    except (LookupError, UnicodeError):
        raise WrongUsage("usage", "There is no such encoding.", "Like --encoding windows-1252 or latin-1.") from None
    return encoding


def _by_name(path: Path) -> str | None:
    name = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return _FORMATS.get(name.suffix.lower())


def _by_first_character(stream: BufferedReader[Any]) -> str:
    head = stream.peek(1).removeprefix(BOM_UTF8).lstrip()[:1]
    return "fhir" if head in (b"{", b"[") else "csv"


def _told(found: Iterable[Line], counted: sources.Counted, size: int | None, progress: Progress) -> Iterator[Line]:
    for n, line in enumerate(found):
        if n % _LINES_A_STEP == 0:
            progress("Reading", counted.count, size)
        yield line


def _rows(chosen: str, found: Iterable[Line], mapping: Mapping[str, str], *, locale: str, today: date) -> Iterator[Row]:
    if chosen == "fhir":
        return fhir.read(found, locale=locale, today=today)
    return csv_file.read(found, mapping=mapping, locale=locale, today=today)


def _reading(rows: list[Row], format: str, encoding: str) -> Reading:
    if not rows:
        raise bad_file("The file has a header, but no rows.")
    sharing: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.mrn is not None:
            sharing[row.mrn].append(row.line)
    kept: list[PatientFacts] = []
    skipped: list[Skipped] = []
    warnings: list[Warned] = []
    for row in rows:
        shared = sharing[row.mrn] if row.mrn is not None else []
        if row.facts is None:
            skipped.append(Skipped(row.line, row.fault))
        elif len(shared) > 1:
            skipped.append(Skipped(row.line, f"mrn: the same in lines {_listed(shared)}"))
        else:
            kept.append(row.facts)
            warnings.extend(Warned(row.line, warning) for warning in row.warnings)
    return Reading(kept, skipped, warnings, format, encoding)


def _listed(numbers: list[int]) -> str:
    named = [str(number) for number in numbers[:_NAMED_LINES]]
    if len(numbers) > _NAMED_LINES:
        return f"{', '.join(named)} and {len(numbers) - _NAMED_LINES} more"
    return f"{', '.join(named[:-1])} and {named[-1]}"
