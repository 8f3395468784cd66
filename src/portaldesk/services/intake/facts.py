"""What a patient file yields: the facts of one patient, and what could not be taken, by line.

Reasons name the field and what is wrong with it, never the value: they are shown at the desk and logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portaldesk.words import PatientStatus


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """One patient as the file has them, cleaned but not yet compared with the store.

    Attributes:
        line: line of the file, from 1; in a file that is one JSON document, the number of the entry in it.
        given_name: all given names, separated by a space; either of given and family name may be empty, not both.
        other_names: maiden, former and further names, each as "given family".
        birth_date: None where the file has none, or only a year or month.
        sex: `female`, `male`, `other` or `unknown` (the administrative gender of FHIR R4).
        phone: E.164, or None where there is none that can be read.
        phone_as_written: the same phone as the file has it.
        language: primary subtag (BCP 47) in lower case, or empty.
        merged_into: MRN of the record that replaces this one. From a FHIR `link` without an identifier it is the id
            of the resource linked to, which not every record system uses as its MRN.
    """

    line: int
    mrn: str
    given_name: str
    family_name: str
    other_names: tuple[str, ...]
    birth_date: date | None
    sex: str
    phone: str | None
    phone_as_written: str | None
    email: str | None
    address: str
    city: str
    postal_code: str
    status: PatientStatus
    language: str
    last_visit: date | None
    username: str | None
    merged_into: str | None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that cannot be imported, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Warned:
    """A row that is kept, but one of its values is not taken or is no evidence, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All of a file, each list in the file's order; whether a skipped row spoils the rest is the caller's decision.

    `format` (csv or fhir) and `encoding` are those that were found.
    """

    rows: list[PatientFacts]
    skipped: list[Skipped]
    warnings: list[Warned]
    format: str = "csv"
    encoding: str = "UTF-8"


@dataclass(frozen=True, slots=True)
class Row:
    """What a reader makes of one row: facts with warnings, or none with a fault.

    The MRN is kept beside a fault, because a second row with that MRN is doubtful even when the first cannot be read.
    """

    line: int
    mrn: str | None
    facts: PatientFacts | None
    fault: str
    warnings: tuple[str, ...]
