"""The list of resets for other programs: CSV, one JSON document a line, FHIR R4 AuditEvents.

CSV is read by spreadsheets: a value that one would take for a formula gets a leading apostrophe (OWASP, "CSV
Injection"). FHIR is R4 `AuditEvent`, one a line (NDJSON):

    type      DICOM 110113 "Security Alert", subtype 110137 "User Security Attributes Changed" and our own action word
    action    U (update)                 recorded  the event's time
    outcome   0 done, link-sent, waiting · 4 refused · 8 failed
    agent     the staff member (requestor), and an approver where there was one; else the patient's side
    source    portaldesk                 entity    the patient by MRN (a person, in the role of patient), with check,
                                                   level, methods, caller and reason as details
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from portaldesk.render.documents import iso
from portaldesk.services.resets_listing import ResetLine

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_ACTION = "urn:portaldesk:action"
_HL7 = "http://terminology.hl7.org/CodeSystem"
_FHIR_OUTCOME = {"done": "0", "link-sent": "0", "waiting": "0", "refused": "4", "failed": "8"}


def as_csv(lines: Iterable[ResetLine]) -> str:
    """A header with the contract's field names, then a row a line (RFC 4180); several methods are parted by spaces."""
    out = io.StringIO()
    writer = csv.writer(out)
    names = [field.name for field in fields(ResetLine)]
    writer.writerow(names)
    for line in lines:
        writer.writerow([_cell(getattr(line, name)) for name in names])
    return out.getvalue()


def as_jsonl(lines: Iterable[ResetLine]) -> str:
    """One JSON document a line, with the fields of the contract."""
    return "".join(json.dumps(as_document(line), ensure_ascii=False) + "\n" for line in lines)


def as_fhir(lines: Iterable[ResetLine]) -> str:
    """One FHIR R4 AuditEvent a line."""
    return "".join(json.dumps(_audit_event(line), ensure_ascii=False) + "\n" for line in lines)


def as_document(line: ResetLine) -> dict[str, Any]:
    """One line as it stands in JSON: times ISO 8601 UTC."""
    return {field.name: _plain(getattr(line, field.name)) for field in fields(ResetLine)}


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
    return "'" + text if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def _audit_event(line: ResetLine) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(line.seq),
        "type": {"system": _DCM, "code": "110113", "display": "Security Alert"},
        "subtype": [
            {"system": _DCM, "code": "110137", "display": "User Security Attributes Changed"},
            {"system": _ACTION, "code": line.action.replace(" ", "-")},
        ],
        "action": "U",
        "recorded": iso(line.at),
        "outcome": _FHIR_OUTCOME.get(line.outcome, "8"),
        "outcomeDesc": line.outcome,
        "agent": _agents(line),
        "source": {
            "observer": {"display": "portaldesk"},
            "type": [{"system": f"{_HL7}/security-source-type", "code": "4", "display": "Application Server"}],
        },
    }
    if line.patient is not None:
        made["entity"] = [_entity(line, line.patient)]
    return made


def _agents(line: ResetLine) -> list[dict[str, Any]]:
    if line.staff is None:
        agents: list[dict[str, Any]] = [{"name": "patient", "requestor": True}]
    else:
        agents = [_person(line.staff, requestor=True)]
    if line.approver is not None and line.approver != line.staff:
        agents.append(_person(line.approver, requestor=False))
    return agents


def _person(name: str, *, requestor: bool) -> dict[str, Any]:
    who = {"identifier": {"system": "urn:portaldesk:staff", "value": name}, "display": name}
    return {"who": who, "altId": name, "requestor": requestor}


def _entity(line: ResetLine, mrn: str) -> dict[str, Any]:
    mr = {"coding": [{"system": f"{_HL7}/v2-0203", "code": "MR"}]}
    told = (
        ("check", line.check_id),
        ("level", line.level),
        ("methods", " ".join(line.methods)),
        ("attested", " ".join(line.attested)),
        ("caller", line.caller),
        ("reason", line.reason),
        ("independent", None if line.independent is None else _cell(line.independent)),
        ("delivered", None if line.delivered is None else _cell(line.delivered)),
        ("redeemed-at", None if line.redeemed_at is None else iso(line.redeemed_at)),
    )
    made: dict[str, Any] = {
        "what": {"type": "Patient", "identifier": {"type": mr, "value": mrn}},
        "type": {"system": f"{_HL7}/audit-entity-type", "code": "1", "display": "Person"},
        "role": {"system": f"{_HL7}/object-role", "code": "1", "display": "Patient"},
    }
    details = [{"type": name, "valueString": value} for name, value in told if value]
    return made | ({"detail": details} if details else {})
