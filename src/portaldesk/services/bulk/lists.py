"""The file of a bulk run: a CSV with a column `mrn` or `email`, read as an import reads its files."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from portaldesk.services.bulk.selection import FileRow
from portaldesk.services.intake import csv_file, sources
from portaldesk.services.intake.encodings import Decoder
from portaldesk.services.intake.lines import bad_file, lines

MOST_BYTES = 256_000_000
"""Ours: some five million rows. The file is held while it is read: it may be piped in, and its digest comes first."""
_FIELDS = {"mrn": "mrn", "email": "email"}


def read(path: Path) -> tuple[list[FileRow], str]:
    """Whom the rows name, and the SHA-256 of the file; `-` is standard input.

    A row that cannot be read names nobody. Of `mrn` and `email`, where a row has both, the MRN counts.
    Raises: WrongUsage `bad-file`, where it has neither column, or as an import refuses it.
    """
    with sources.opened(path) as (unpacked, _, _):
        data = unpacked.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise bad_file("The file is too large.", f"Split it: {MOST_BYTES // 1_000_000} MB at most.")
    stream, known = sources.in_utf8(io.BufferedReader(io.BytesIO(data)), None)
    found = lines(stream, Decoder("") if known is None else None)
    if not data.strip():
        raise bad_file("The file is empty.", "It needs a header with the column mrn or email.")
    header, fields, records = csv_file.sheet(found, _FIELDS)
    if not fields:
        raise bad_file(
            f"The header in line {header} has no column mrn or email.",
            "Name the column so; nobody was invited.",
        )  # fmt: skip
    rows = [
        FileRow(number, written.get("mrn", ""), "" if written.get("mrn") else written.get("email", ""))
        for number, written, _ in records
    ]
    return rows, hashlib.sha256(data).hexdigest()
