"""What the last find-duplicates found, kept beside the store, so that the next compares only what has changed.

A file for this user alone, and no table: it grants nothing, holds no patient's fact (marks are hashes under a key of
ours, pairs are MRNs with what was found in words), and may be lost at any time. It is believed only as we wrote it
(a MAC under the seal key), by the same rules, and where the event that it was made at still stands in the record: a
store put back, another store, a key replaced, a newer version are all a new survey. What changed since is what events
have sealed since.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from array import array
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from functools import cache, partial
from hashlib import blake2b
from hmac import compare_digest
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from portaldesk.rules.matching.demographics import Demographics
from portaldesk.rules.matching.evidence import Evidence
from portaldesk.rules.matching.levels import Birth, Conflict, Contact, Fact, Family, Given
from portaldesk.rules.matching.survey import COLUMNS, Mark, Survey, surveyed_again
from portaldesk.services import demographics, private_files
from portaldesk.services.places import Place
from portaldesk.store import many_rows
from portaldesk.store.events import Head, head
from portaldesk.store.seals import keys_of

_NAME = ".portaldesk-duplicates"
_MAC_BYTES = 32
_PEOPLE = ("patient", "contact_point")
_EVENT = text("SELECT hash FROM audit_event WHERE seq = :seq")
_SEALED_SINCE = text(
    "SELECT DISTINCT row_key FROM audit_seal WHERE seq > :seq AND "
    "(row_key LIKE 'patient:%' OR row_key LIKE 'contact\\_point:%' ESCAPE '\\')"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A survey, and the number of the event up to which it knows the record."""

    survey: Survey
    seq: int


def mark_of(session: Session) -> Mark:
    """Marks under a key of this store's: in another store the same value has another."""
    begun = blake2b(digest_size=8, key=_key(session, "marks")).copy

    def mark(value: str) -> int:
        made = begun()
        made.update(value.encode("utf-8", "surrogatepass"))
        return int.from_bytes(made.digest(), "little") or 1

    return mark


def brought_up_to_date(session: Session, place: Place, mark: Mark) -> Survey | None:
    """The last survey with what changed since; None where there is none that counts here, or too much changed."""
    last = kept(session, place)
    if last is None:
        return None
    changed = changed_since(session, last.seq)
    if not changed:
        return last.survey
    now = surveyed_again(last.survey, changed, lambda mrns: demographics.of(session, mrns).values(), mark=mark)
    if now is not None:
        keeper(session, place)(now)
    return now


def kept(session: Session, place: Place) -> Kept | None:
    """The last survey; None where there is none that counts here."""
    told = _our_own(place.beside / _NAME)
    body = memoryview(told)[_MAC_BYTES:]
    if not compare_digest(_mac(_key(session, "file"), body), told[:_MAC_BYTES]):
        return None
    length = int.from_bytes(body[:8], "little")
    about = json.loads(bytes(body[8 : 8 + length]))
    stands = session.connection().execute(_EVENT, {"seq": about["seq"]}).scalar()
    if about["rules"] != rules() or stands != about["hash"]:
        return None
    columns, at = [], 8 + length
    for size in about["sizes"]:
        column = array("Q")
        column.frombytes(body[at : at + size])
        columns.append(column)
        at += size
    marks, (first, second, which, bits) = columns[: len(COLUMNS)], columns[len(COLUMNS) :]
    evidence = [_evidence(one) for one in about["evidence"]]
    found = {
        pair: (evidence[one], bit) for pair, one, bit in zip(zip(first, second, strict=True), which, bits, strict=True)
    }
    made = dict(zip(COLUMNS, marks, strict=True))
    survey = Survey(about["mrns"], lambda: made, found)
    return Kept(survey, about["seq"])


def changed_since(session: Session, seq: int) -> Mapping[str, Demographics | None]:
    """By MRN whose identity data may have changed since that event, as they are now; None: not compared any more."""
    named = [row_key for (row_key,) in session.connection().execute(_SEALED_SINCE, {"seq": seq})]
    rows = {table: [key.partition(":")[2] for key in named if key.startswith(f"{table}:")] for table in _PEOPLE}
    owners = many_rows.within(session, "SELECT mrn FROM contact_point WHERE id IN ", rows["contact_point"])
    mrns = {*rows["patient"], *(mrn for (mrn,) in owners)}
    return dict.fromkeys(mrns, None) | demographics.of(session, mrns)


def keeper(session: Session, place: Place) -> Callable[[Survey], None]:
    """What keeps a survey of this state of the store, also when the session has ended.

    Where the folder takes no file, the next run compares all.
    """
    return partial(_keep, place.beside / _NAME, head(session), _key(session, "file"))


def _keep(path: Path, now: Head, key: bytes, survey: Survey) -> None:
    marks = survey.marks
    table: dict[Evidence, int] = {}
    which = array("Q", [table.setdefault(evidence, len(table)) for evidence, _ in survey.found.values()])
    columns = [
        *(marks[name] for name in COLUMNS),
        array("Q", [first for first, _ in survey.found]),
        array("Q", [second for _, second in survey.found]),
        which,
        array("Q", [bits for _, bits in survey.found.values()]),
    ]
    about = json.dumps(
        {
            "rules": rules(), "seq": now.seq, "hash": now.hash, "mrns": survey.mrns,
            "evidence": [_told(one) for one in table], "sizes": [len(one) * one.itemsize for one in columns],
        }
    ).encode()  # fmt: skip
    body = b"".join((len(about).to_bytes(8, "little"), about, *(one.tobytes() for one in columns)))
    new = path.with_name(f"{_NAME}.new")
    try:
        new.unlink(missing_ok=True)  # of a run that was killed, or put there for us to write into
        with open(private_files.create(new), "wb") as file:
            file.write(_mac(key, body))
            file.write(body)
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink()
    except BaseException:  # Ctrl-C
        with suppress(OSError):
            new.unlink()
        raise


@cache
def rules() -> str:
    """What tells these rules from others: their text, the names that they know, and the libraries that they ask."""
    made = blake2b(digest_size=16)
    for name in ("rapidfuzz", "anyascii", "nicknames", "portaldesk"):
        made.update(f"{name} {version(name)} {sys.byteorder}\n".encode())
    folder = files("portaldesk.rules")
    texts = [one for one in folder.joinpath("matching").iterdir() if one.name.endswith(".py")]
    texts += [folder.joinpath(*name.split("/")) for name in ("dates.py", "postal.py", "data/given-names.txt.gz")]
    for one in sorted(texts, key=lambda found: found.name):
        made.update(one.read_bytes())
    return made.hexdigest()


def _our_own(path: Path) -> bytes:
    """What is in a file of this user's; nothing where it is another's, or none: a pipe or a device may never end."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as file:
            found = os.fstat(handle)
            return file.read() if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() else b""
    except OSError:
        return b""


def _key(session: Session, purpose: str) -> bytes:
    return blake2b(f"portaldesk duplicates: {purpose}".encode(), key=keys_of(session).seal.key, digest_size=32).digest()


def _mac(key: bytes, body: bytes | memoryview) -> bytes:
    return blake2b(body, key=key, digest_size=_MAC_BYTES).digest()


def _told(evidence: Evidence) -> list[Any]:
    return [sorted(one) if isinstance(one, frozenset) else one for one in astuple(evidence)]


def _evidence(told: list[Any]) -> Evidence:
    given, family, birth, contacts, conflicts, same_middle, two_names, facts = told
    return Evidence(
        Given(given),
        Family(family),
        Birth(birth),
        tuple(Contact(one) for one in contacts),
        frozenset(Conflict(one) for one in conflicts),
        same_middle,
        two_names,
        frozenset(Fact(one) for one in facts),
    )
