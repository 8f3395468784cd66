"""The list of resets for other programs, line by line: CSV, and one JSON document a line (FHIR is in fhir.py)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime

from portaldesk.render.documents import iso
from portaldesk.rules.cells import guarded
from portaldesk.services.resets_listing import ResetLine


def as_csv(lines: Iterable[ResetLine]) -> Iterator[str]:
    """A header with the contract's field names, then a row a line (RFC 4180); several methods are parted by spaces."""
    names = [field.name for field in fields(ResetLine)]
    yield _row(names)
    for line in lines:
        yield _row([_cell(getattr(line, name)) for name in names])


def as_jsonl(lines: Iterable[ResetLine]) -> Iterator[str]:
    """One JSON document a line, with the fields of the contract."""
    names = [field.name for field in fields(ResetLine)]
    for line in lines:
        yield json.dumps({name: _plain(getattr(line, name)) for name in names}, ensure_ascii=False) + "\n"


def _row(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso(value)
    return list(value) if isinstance(value, tuple) else value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    plain = _plain(value)
    text = " ".join(str(one) for one in plain) if isinstance(plain, list) else str(plain)
    return guarded(text)
