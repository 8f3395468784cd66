"""Patient files as CSV (contract: ten columns in any order, six more that may be there).

Each physical line is read by itself and joined with the next only while a quote is open, for at most
`_LINES_IN_QUOTES` lines: a quote that never closes costs its own row, not all the rows below it. A cell is bounded by
the csv module's own limit of 131,072 characters, a line by lines.py.
"""

from __future__ import annotations

import csv
import re
import shlex
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from itertools import islice

from portaldesk.errors import WrongUsage
from portaldesk.rules.cells import parted, unguarded
from portaldesk.rules.dates import read_date
from portaldesk.services.intake import fields
from portaldesk.services.intake.facts import PatientFacts, Row
from portaldesk.services.intake.fields import RowError
from portaldesk.services.intake.lines import TOO_LONG, Line, bad_file
from portaldesk.words import PatientStatus

NEEDED = (
    "mrn", "given_name", "family_name", "birth_date", "sex", "phone", "email", "address", "city", "postal_code",
)  # fmt: skip
OPTIONAL = ("other_names", "status", "language", "last_visit", "username", "merged_into")

_DELIMITERS = (",", ";", "\t", "|")
_EXCELS_HINT = re.compile(r"\s*\"?sep=.\"?\s*", re.IGNORECASE)  # tells Excel the delimiter
_LINES_IN_QUOTES = 10  # our taste: longer than any address, short enough to notice a quote that never closes
_LONGEST_USERNAME = 200
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SEXES = {"": "unknown", "f": "female", "m": "male", "o": "other", "u": "unknown"} | {sex: sex for sex in fields.SEXES}


def read(lines: Iterable[Line], *, mapping: Mapping[str, str], locale: str, today: date) -> Iterator[Row]:
    """A `Row` for every data row; `mapping` names the column of a field, neither birth nor visit may be after `today`.

    Raises: WrongUsage (bad-file) for a header without the needed columns or those of `mapping`; (usage) for a field of
    `mapping` that we do not have.
    """
    unknown = [field for field in mapping if field not in NEEDED + OPTIONAL]
    if unknown:
        field = unknown[0]
        turned = mapping[field] in NEEDED + OPTIONAL
        raise WrongUsage(
            "usage",
            f"--map names a field that there is not: {field!r}.",
            f"It is FIELD=COLUMN, so: {shlex.join(('--map', f'{mapping[field]}={field}'))}"
            if turned
            else f"Fields: {', '.join(NEEDED + OPTIONAL)}.",
        )
    header, found, records = sheet(lines, {field: mapping.get(field, field) for field in NEEDED + OPTIONAL})
    absent = [field for field in (*NEEDED, *mapping) if field not in found]
    if absent:
        raise bad_file(
            f"The header in line {header} lacks the columns for: {', '.join(dict.fromkeys(absent))}.",
            "Add them (cells may be empty), or name other columns with --map FIELD=COLUMN.",
        )
    for number, written, fault in records:
        yield Row(number, None, None, fault, ()) if fault else _row(written, number, locale=locale, today=today)


def sheet(
    lines: Iterable[Line], wanted: Mapping[str, str]
) -> tuple[int, frozenset[str], Iterator[tuple[int, dict[str, str], str]]]:
    """The line of the header, which of the wanted fields have a column, and each row: (line, cells by field, fault).

    `wanted`: field to the name of its column; the delimiter is the one by which most of them are found. A message names
    our fields alone: what stands in the first line of a file without a header is somebody's.
    Raises: WrongUsage (bad-file) for a header that cannot be read or names a column twice.
    """
    rest = iter(lines)
    header = next(rest)
    if header.text is not None and _EXCELS_HINT.fullmatch(header.text):
        header = next(rest, header)
    if header.text is None:
        raise bad_file(f"Line {header.number}: {TOO_LONG}.")
    if "\0" in header.text:
        raise bad_file(f"Line {header.number} holds NUL bytes.", "Save the file as CSV in UTF-8 and try again.")
    plain = {field: _plain(name) for field, name in wanted.items()}
    readings = [(delimiter, _header(header.text, delimiter)) for delimiter in _DELIMITERS]
    delimiter, names = max(readings, key=lambda reading: len(set(plain.values()) & set(reading[1])))
    twice = [field for field in plain if names.count(plain[field]) > 1]
    if twice:
        raise bad_file(f"The header in line {header.number} has more than one column for: {', '.join(twice)}.")
    columns = {field: names.index(name) for field, name in plain.items() if name in names}
    return header.number, frozenset(columns), _by_field(_records(rest, delimiter, len(names)), columns, len(names))


def _by_field(
    records: Iterable[tuple[int, list[str], str]], columns: Mapping[str, int], width: int
) -> Iterator[tuple[int, dict[str, str], str]]:
    for number, cells, fault in records:
        if not fault and not any(cell.strip() for cell in cells):
            continue  # what spreadsheets leave below the last row
        if not fault and len(cells) != width:
            fault = f"{len(cells)} cells where the header has {width}"
        yield number, {} if fault else {field: unguarded(cells[at].strip()) for field, at in columns.items()}, fault


def _header(text: str, delimiter: str) -> list[str]:
    try:
        return [_plain(name) for name in _cells(text, delimiter)]
    except csv.Error:
        return []


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def _records(lines: Iterator[Line], delimiter: str, width: int) -> Iterator[tuple[int, list[str], str]]:
    """(line, cells, fault) of each record."""
    ahead: deque[Line] = deque()
    while True:
        line = ahead.popleft() if ahead else next(lines, None)
        if line is None:
            return
        if line.text is None or "\0" in line.text:
            yield line.number, [], TOO_LONG if line.text is None else "holds NUL bytes"
            continue
        try:
            yield line.number, _cells(line.text, delimiter), ""
            continue
        except csv.Error:
            ahead.extend(islice(lines, _LINES_IN_QUOTES - 1 - len(ahead)))
        cells, used = _joined(line, ahead, delimiter, width)
        for _ in range(used):
            ahead.popleft()
        yield line.number, cells, "" if used else "a quote is wrong or not closed"


def _joined(line: Line, ahead: Iterable[Line], delimiter: str, width: int) -> tuple[list[str], int]:
    """The cells of a record that goes on in the next lines, and how many of those it takes; 0 where there is none.

    Only a record of the header's width is one: otherwise the quote was closed by another row's.
    """
    joined = line.text or ""
    for used, following in enumerate(ahead, start=1):
        if following.text is None or "\0" in following.text:
            break
        joined += following.text
        with suppress(csv.Error):
            cells = _cells(joined, delimiter)
            return (cells, used) if len(cells) == width else ([], 0)
    return [], 0


def _cells(text: str, delimiter: str) -> list[str]:
    """Raises: csv.Error for an open or misplaced quote, and for a cell of more than 131,072 characters."""
    rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    if len(rows) != 1:
        raise csv.Error
    return rows[0]


def _row(written: Mapping[str, str], line: int, *, locale: str, today: date) -> Row:
    warnings: list[str] = []
    mrn: str | None = None
    try:
        mrn = fields.mrn(written["mrn"], "mrn")
        facts = _facts(written, line, mrn, warnings, locale=locale, today=today)
    except RowError as fault:
        return Row(line, mrn, None, str(fault), ())
    return Row(line, mrn, facts, "", tuple(warnings))


def _facts(
    written: Mapping[str, str], line: int, mrn: str, warnings: list[str], *, locale: str, today: date
) -> PatientFacts:
    given, family = fields.text(written["given_name"]), fields.text(written["family_name"])
    if not given and not family:
        raise RowError("given_name, family_name: missing")  # one of the two is enough: US Core, invariant us-core-6
    others = dict.fromkeys(fields.text(name) for name in parted(written.get("other_names", "")))
    status, merged_into = _status(written, mrn)
    phone = fields.phone(written["phone"], locale=locale)
    email = fields.email(written["email"])
    language = fields.language(written.get("language", ""))
    username = written.get("username", "")
    kept_username = fields.text(username) if fields.is_plain(username) and len(username) <= _LONGEST_USERNAME else ""
    for field, kept in (("phone", phone), ("email", email), ("language", language), ("username", kept_username)):
        if written.get(field) and not kept:
            warnings.append(f"{field}: cannot be read, so it is not taken")
    return PatientFacts(
        line=line,
        mrn=mrn,
        given_name=given,
        family_name=family,
        other_names=tuple(name for name in others if name)[: fields.MOST_OTHER_NAMES],
        birth_date=_birth_date(written["birth_date"], warnings, locale=locale, today=today),
        sex=_sex(written["sex"]),
        phone=phone,
        phone_as_written=fields.text(written["phone"]) if phone else None,
        email=email,
        address=fields.text(written["address"]),
        city=fields.text(written["city"]),
        postal_code=fields.postal_code(written["postal_code"], "postal_code", warnings),
        status=status,
        language=language,
        last_visit=_last_visit(written.get("last_visit", ""), warnings, locale=locale, today=today),
        username=kept_username or None,
        merged_into=merged_into,
    )


def _birth_date(written: str, warnings: list[str], *, locale: str, today: date) -> date | None:
    if not written:
        warnings.append("birth_date: missing")
        return None
    found = _date(written, locale=locale, today=today)
    if found is None:
        raise RowError("birth_date: not a date")
    return fields.birth_date(found, "birth_date", warnings, today=today)


def _last_visit(written: str, warnings: list[str], *, locale: str, today: date) -> date | None:
    if not written:
        return None
    found = _date(written, locale=locale, today=today)
    if found is None or found > today:
        warnings.append("last_visit: not a date in the past, so it is not taken")
        return None
    return found


def _date(written: str, *, locale: str, today: date) -> date | None:
    """ISO dates are read at once, without the readers of all the other ways to write one."""
    try:
        if _ISO_DATE.fullmatch(written):
            return date.fromisoformat(written)
        return read_date(written, locale=locale, today=today)
    except (WrongUsage, ValueError):
        return None


def _sex(written: str) -> str:
    try:
        return _SEXES[written.casefold()]
    except KeyError:
        raise RowError("sex: not one of female, male, other, unknown") from None


def _status(written: Mapping[str, str], mrn: str) -> tuple[PatientStatus, str | None]:
    """The status (empty: active, or merged where a record is named that replaces this one), and that record."""
    status, into = written.get("status", "").casefold(), written.get("merged_into", "")
    if status and status not in set(PatientStatus):
        raise RowError("status: not one of active, inactive, deceased, merged")
    if not into:
        return PatientStatus(status or "active"), None
    if status not in ("", "merged"):
        raise RowError("merged_into: given for a record whose status is not merged")
    merged_into = fields.mrn(into, "merged_into")
    if merged_into == mrn:
        raise RowError("merged_into: the record is replaced by itself")
    return PatientStatus.MERGED, merged_into
