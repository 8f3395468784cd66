"""Whom a bulk run is about: everyone who was never activated, or the rows of a file, told by MRN or email."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.gate.proxies import is_proxy
from portaldesk.rules import emails
from portaldesk.services.bulk.results import Reason
from portaldesk.store import many_rows
from portaldesk.words import AccountStatus, ContactKind, PatientStatus

_PENDING = text(
    "SELECT a.mrn FROM portal_account a JOIN patient p ON p.mrn = a.mrn "  # noqa: S608
    f"WHERE a.status = '{AccountStatus.NEW}' AND p.status = '{PatientStatus.ACTIVE}' ORDER BY a.mrn"
)
_INVITED_BY = text(
    "SELECT mrn FROM permit WHERE ground = 'bulk' AND ground_id = :run AND action = 'resend-invite' ORDER BY mrn"
)


class Source(StrEnum):
    """Where a run has its rows from."""

    ALL_PENDING = "all-pending"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of a file: whom it names, by one of the two; neither where it cannot be read."""

    line: int
    mrn: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One patient who is to be invited, or a row that comes to nothing and why."""

    mrn: str | None
    line: int | None = None
    why_not: Reason | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """All that a run is about, in the order in which it is told of. `digest`: of the file, SHA-256."""

    source: Source
    asked: Sequence[Asked]
    digest: str = ""

    @property
    def mrns(self) -> Iterator[str]:
        """Who may be invited, each once."""
        return (one.mrn for one in self.asked if one.mrn is not None and one.why_not is None)


def pending(session: Session, *, run: str | None = None) -> Selection:
    """Every active patient whose account was never activated, invited or not; `run`: and whom that run has invited."""
    found = set(session.connection().execute(_PENDING).scalars())
    if run is not None:
        found.update(invited_by(session, run))
    return Selection(Source.ALL_PENDING, [Asked(mrn) for mrn in sorted(found)])


def invited_by(session: Session, run: str) -> set[str]:
    """Whom a run has invited so far: its permits say so, and nobody can write one that it did not make."""
    return set(session.connection().execute(_INVITED_BY, {"run": run}).scalars())


def named(session: Session, rows: Sequence[FileRow], *, digest: str) -> Selection:
    """The patients whom the rows of a file name; an email means all whose it is. A second time is told as repeated."""
    mrns = _known(session, {row.mrn for row in rows if row.mrn})
    keys = {row.email: emails.key(row.email) for row in rows if not row.mrn and row.email}
    by_key = _by_email(session, sorted(set(keys.values())))
    return Selection(
        Source.FILE, list(_asked(rows, mrns, {said: by_key.get(key, ()) for said, key in keys.items()})), digest
    )


def _asked(rows: Iterable[FileRow], mrns: set[str], by_email: Mapping[str, Sequence[str]]) -> Iterator[Asked]:
    seen: set[str] = set()
    for row in rows:
        if not row.mrn and not row.email:
            yield Asked(None, row.line, Reason.UNREADABLE)
            continue
        meant = ([row.mrn] if row.mrn in mrns else []) if row.mrn else by_email[row.email]
        if not meant:
            yield Asked(row.mrn or None, row.line, Reason.NO_SUCH_PATIENT)
        for mrn in meant:
            yield Asked(mrn, row.line, Reason.REPEATED if mrn in seen else None)
            seen.add(mrn)


def _known(session: Session, mrns: set[str]) -> set[str]:
    return {mrn for (mrn,) in many_rows.within(session, "SELECT mrn FROM patient WHERE mrn IN ", sorted(mrns))}


def _by_email(session: Session, keys: Sequence[str]) -> dict[str, list[str]]:
    """As `patients.meant`: by the addresses in force, and no proxies, who are not invited in bulk."""
    current = f" AND kind = '{ContactKind.EMAIL}' AND current = TRUE"
    found: dict[str, set[str]] = {}
    for key, mrn in many_rows.within(session, "SELECT key, mrn FROM contact_point WHERE key IN ", keys, current):
        if not is_proxy(mrn):
            found.setdefault(key, set()).add(mrn)
    return {key: sorted(mrns) for key, mrns in found.items()}
