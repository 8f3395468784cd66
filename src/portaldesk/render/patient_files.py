"""Patients as a file that an import takes back unchanged: CSV with the contract's columns, or FHIR R4 NDJSON.

CSV       RFC 4180, every cell guarded against formulas (rules/cells.py)
FHIR      Patient (hl7.org/fhir/R4/patient.html): the MRN as the identifier typed MR; other names as old ones; inactive
          as `active`, deceased as `deceasedBoolean`, merged as a `link` of type replaced-by
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from portaldesk.rules import cells
from portaldesk.services.intake.csv_file import NEEDED, OPTIONAL
from portaldesk.services.intake.facts import PatientFacts
from portaldesk.words import PatientStatus

_MR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
_BCP_47 = "urn:ietf:bcp:47"
_FHIR_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_FHIR_NAME = re.compile(r".*\.(ndjson|jsonl|json)(\.gz)?", re.IGNORECASE | re.DOTALL)


def format_of(file: Path) -> str:
    """`fhir` or `csv`, by the file's name."""
    return "fhir" if _FHIR_NAME.fullmatch(file.name) else "csv"


def as_csv(patients: Iterable[PatientFacts]) -> Iterator[str]:
    """A header, then a row a line (RFC 4180)."""
    yield _row([*NEEDED, *OPTIONAL])
    for one in patients:
        yield _row([cells.guarded(_cell(one, field)) for field in (*NEEDED, *OPTIONAL)])


def as_fhir(patients: Iterable[PatientFacts]) -> Iterator[str]:
    """One Patient a line."""
    for one in patients:
        yield json.dumps(_resource(one), ensure_ascii=False) + "\n"


LINES: Mapping[str, Callable[[Iterable[PatientFacts]], Iterator[str]]] = {"csv": as_csv, "fhir": as_fhir}


def _cell(one: PatientFacts, field: str) -> str:
    if field == "other_names":
        return cells.joined(one.other_names)
    value = getattr(one, field)
    return "" if value is None else str(value)


def _row(values: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()


def _resource(one: PatientFacts) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "Patient",
        "id": one.mrn if _FHIR_ID.fullmatch(one.mrn) else None,
        "identifier": [{"use": "usual", "type": _MR, "value": one.mrn}],
        "active": one.status is PatientStatus.ACTIVE,
        "name": [_name(one), *(_other_name(one, name) for name in one.other_names)],
        "telecom": [
            {"system": system, "value": value}
            for system, value in (("phone", one.phone), ("email", one.email))
            if value
        ],
        "gender": one.sex,
        "birthDate": one.birth_date.isoformat() if one.birth_date else None,
        "deceasedBoolean": True if one.status is PatientStatus.DECEASED else None,
        "address": _address(one),
        "communication": _communication(one),
        "link": _link(one),
    }
    return {name: value for name, value in made.items() if value not in (None, [])}


def _name(one: PatientFacts) -> dict[str, Any]:
    name = {"use": "official", "family": one.family_name, "given": one.given_name.split(" ") if one.given_name else []}
    return {key: value for key, value in name.items() if value}


def _other_name(one: PatientFacts, name: str) -> dict[str, Any]:
    # An import takes a name that is the official one for no other; a given name alone is not the family name alone.
    is_official = not one.given_name and name == one.family_name
    return {"use": "old", "given": [name]} if is_official else {"use": "old", "text": name}


def _address(one: PatientFacts) -> list[dict[str, Any]]:
    address = {"line": [one.address] if one.address else [], "city": one.city, "postalCode": one.postal_code}
    given = {key: value for key, value in address.items() if value}
    return [{"use": "home", **given}] if given else []


def _communication(one: PatientFacts) -> list[dict[str, Any]]:
    if not one.language:
        return []
    return [{"language": {"coding": [{"system": _BCP_47, "code": one.language}]}, "preferred": True}]


def _link(one: PatientFacts) -> list[dict[str, Any]]:
    if one.status is not PatientStatus.MERGED:
        return []
    into = {"identifier": {"type": _MR, "value": one.merged_into}} if one.merged_into else {"display": "not known"}
    return [{"other": into, "type": "replaced-by"}]
