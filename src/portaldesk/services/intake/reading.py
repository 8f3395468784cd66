"""A patient file, read: its format found, every row judged, and no record number taken twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from pathlib import Path

from portaldesk.errors import WrongUsage
from portaldesk.services.intake import csv_file, fhir
from portaldesk.services.intake.facts import PatientFacts, Reading, Row, Skipped, Warned
from portaldesk.services.intake.lines import Line, bad_file, lines, opened

_FORMATS = {".csv": "csv", ".tsv": "csv", ".ndjson": "fhir", ".jsonl": "fhir", ".json": "fhir"}
_NAMED_LINES = 5  # of rows that share a record number: enough to find them, whatever their count


def read_patients(path: Path, *, format: str | None, mapping: Mapping[str, str], locale: str, today: date) -> Reading:
    """All patients of a file; nothing is compared with the store, and nothing is written.

    Args:
        path: a file or pipe, UTF-8 with or without a byte order mark.
        format: `csv`, `fhir`, or None: by the extension, else by the first character.
        mapping: for CSV, field to the name of its column.
        locale: how dates and phones are written where they do not say ("en_US").
        today: no birth or visit may be after it.

    Rows that share a record number are all skipped: the file does not say which of them is right.

    Raises: WrongUsage: `bad-file` where the file as a whole cannot be taken, with the line where there is one; `usage`
    for a format or mapped field that there is not.
    """
    if format not in (None, "csv", "fhir"):
        raise WrongUsage("usage", "There is no such format.", "Say --format csv or --format fhir.")
    with opened(path) as stream:
        found = lines(stream)
        first = next(found, None)
        if first is None:
            raise bad_file("The file is empty.")
        chosen = format or _FORMATS.get(path.suffix.lower()) or _by_first_character(first)
        if chosen == "fhir" and mapping:
            raise WrongUsage("usage", "--map is for CSV files; FHIR names its fields itself.", "Leave --map out.")
        return _reading(_rows(chosen, chain([first], found), mapping, locale=locale, today=today))


def _by_first_character(first: Line) -> str:
    return "fhir" if first.text is not None and first.text.lstrip()[:1] in ("{", "[") else "csv"


def _rows(chosen: str, found: Iterable[Line], mapping: Mapping[str, str], *, locale: str, today: date) -> Iterator[Row]:
    if chosen == "fhir":
        return fhir.read(found, locale=locale, today=today)
    return csv_file.read(found, mapping=mapping, locale=locale, today=today)


def _reading(found: Iterable[Row]) -> Reading:
    rows = list(found)
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
    return Reading(kept, skipped, warnings)


def _listed(numbers: list[int]) -> str:
    named = [str(number) for number in numbers[:_NAMED_LINES]]
    if len(numbers) > _NAMED_LINES:
        return f"{', '.join(named)} and {len(numbers) - _NAMED_LINES} more"
    return f"{', '.join(named[:-1])} and {named[-1]}"
