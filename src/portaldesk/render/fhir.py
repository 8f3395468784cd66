"""Resets as FHIR R4 `AuditEvent`s, for record systems that collect them.

type            DICOM 110113 "Security Alert", subtype 110137 "User Security Attributes Changed" and our action word
action          U (update)                 recorded  the event's time
outcome         0 done, link-sent, waiting · 4 refused · 8 failed; outcomeDesc is our own word
purposeOfEvent  v3-ActReason: PATRQT at the patient's request, FAMRQT where somebody called for them, HSYSADMIN for
                an admin's mending; the reason that was given stands beside it
agent           who asked (the staff member, else the patient's side), an approver, and portaldesk itself
source          portaldesk
entity          the patient by MRN (a person, in the role of patient), or a proxy where it was about their own login
                (a RelatedPerson, in the role of user); the identity check it rested on (a security
                resource) with level and methods; a redeemed credential's time
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from portaldesk.gate.proxies import is_proxy
from portaldesk.render.documents import iso
from portaldesk.services.resets_listing import ResetLine
from portaldesk.words import Action

_HL7 = "http://terminology.hl7.org/CodeSystem"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_OURS = "urn:portaldesk"
_OUTCOME = {"done": "0", "link-sent": "0", "waiting": "0", "refused": "4", "failed": "8"}
_PURPOSE = {
    "PATRQT": "patient requested",
    "FAMRQT": "family requested",
    "HSYSADMIN": "health system administration",
}


def audit_events(lines: Iterable[ResetLine]) -> Iterator[str]:
    """One AuditEvent a line (NDJSON)."""
    for line in lines:
        yield json.dumps(_audit_event(line), ensure_ascii=False) + "\n"


def _audit_event(line: ResetLine) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(line.seq),
        "type": _coding(_DICOM, "110113", "Security Alert"),
        "subtype": [
            _coding(_DICOM, "110137", "User Security Attributes Changed"),
            {"system": f"{_OURS}:action", "code": line.action.replace(" ", "-")},
        ],
        "action": "U",
        "recorded": iso(line.at),
        "outcome": _OUTCOME.get(line.outcome, "8"),
        "outcomeDesc": line.outcome,
        "purposeOfEvent": [_purpose(line)],
        "agent": _agents(line),
        "source": {
            "observer": {"display": "portaldesk"},
            "type": [_coding(f"{_HL7}/security-source-type", "4", "Application Server")],
        },
    }
    entities = [*_patient(line), *_check(line)]
    return made | ({"entity": entities} if entities else {})


def _coding(system: str, code: str, display: str) -> dict[str, str]:
    return {"system": system, "code": code, "display": display}


def _purpose(line: ResetLine) -> dict[str, Any]:
    code = "PATRQT"
    if line.action in (Action.RENEW, "doctor renew"):
        code = "HSYSADMIN"
    elif line.caller not in (None, "patient"):
        code = "FAMRQT"
    purpose: dict[str, Any] = {"coding": [_coding(f"{_HL7}/v3-ActReason", code, _PURPOSE[code])]}
    return purpose | ({"text": line.reason} if line.reason.strip() else {})


def _agents(line: ResetLine) -> list[dict[str, Any]]:
    human = {"coding": [_coding(f"{_HL7}/extra-security-role-type", "humanuser", "human user")]}
    application = {"coding": [_coding(_DICOM, "110150", "Application")]}
    who = {"name": "the patient's side"} if line.staff is None else _staff(line.staff)
    agents = [{"type": human, **who, "requestor": True}]
    if line.approver is not None and line.approver != line.staff:
        agents.append({"type": human, **_staff(line.approver), "requestor": False})
    return [*agents, {"type": application, "name": "portaldesk", "requestor": False}]


def _staff(name: str) -> dict[str, Any]:
    return {"who": {"identifier": {"system": f"{_OURS}:staff", "value": name}, "display": name}, "altId": name}


def _patient(line: ResetLine) -> list[dict[str, Any]]:
    if line.patient is None:
        return []
    mr = {"coding": [{"system": f"{_HL7}/v2-0203", "code": "MR"}]}
    what: dict[str, Any] = {"type": "Patient", "identifier": {"type": mr, "value": line.patient}}
    role = _coding(f"{_HL7}/object-role", "1", "Patient")
    if is_proxy(line.patient):
        what = {"type": "RelatedPerson", "identifier": {"system": f"{_OURS}:proxy", "value": line.patient}}
        role = _coding(f"{_HL7}/object-role", "6", "User")
    entity = {"what": what, "type": _coding(f"{_HL7}/audit-entity-type", "1", "Person"), "role": role}
    return [
        entity
        | _details(
            ("caller", line.caller),
            ("independent", _yes_no(line.independent)),
            ("delivered", _yes_no(line.delivered)),
            ("redeemed-at", None if line.redeemed_at is None else iso(line.redeemed_at)),
        )
    ]


def _check(line: ResetLine) -> list[dict[str, Any]]:
    """What the change rested on: the check, or the facts that the patient's side gave without one."""
    told = _details(("level", line.level), ("methods", " ".join(line.methods)), ("attested", " ".join(line.attested)))
    if line.check_id is None and not told:
        return []
    what = {"identifier": {"system": f"{_OURS}:check", "value": line.check_id}} if line.check_id else None
    entity: dict[str, Any] = {
        "name": "identity check",
        "type": _coding(f"{_HL7}/audit-entity-type", "4", "Other"),
        "role": _coding(f"{_HL7}/object-role", "13", "Security Resource"),
    }
    return [entity | ({"what": what} if what else {}) | told]


def _details(*told: tuple[str, str | None]) -> dict[str, Any]:
    details = [{"type": name, "valueString": value} for name, value in told if value and value.strip()]
    return {"detail": details} if details else {}


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()
