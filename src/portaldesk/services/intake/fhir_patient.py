"""One FHIR R4 Patient resource as our facts (hl7.org/fhir/R4/patient.html); no element is trusted to have its type."""

from __future__ import annotations

import re
from datetime import date

from portaldesk.services.intake import fields
from portaldesk.services.intake.facts import PatientFacts, Row
from portaldesk.services.intake.fields import RowError
from portaldesk.words import PatientStatus

Json = dict[str, object]

_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_REFERENCE = re.compile(r"(?:.*/)?Patient/([A-Za-z0-9.\-]{1,64})(?:/_history/.*)?|urn:uuid:([0-9A-Fa-f\-]{36})")

# Which of several is taken first; "" is an entry without a use.
_IDENTIFIER_USES = ("official", "usual", "", "secondary", "temp")
_NAME_USES = ("official", "usual", "", "nickname", "anonymous", "temp", "maiden", "old")
_TELECOM_USES = ("mobile", "home", "", "work", "temp")
_ADDRESS_USES = ("home", "", "temp", "work", "billing")


def patient_row(resource: Json, line: int, *, locale: str, today: date) -> Row:
    """The facts of one Patient, or why it cannot be imported."""
    warnings: list[str] = []
    mrn: str | None = None
    try:
        mrn = _mrn(resource, today)
        facts = _facts(resource, line, mrn, warnings, locale=locale, today=today)
    except RowError as fault:
        return Row(line, mrn, None, str(fault), ())
    return Row(line, mrn, facts, "", tuple(warnings))


def _facts(resource: Json, line: int, mrn: str, warnings: list[str], *, locale: str, today: date) -> PatientFacts:
    given, family, others = _names(resource, warnings, today)
    status, merged_into = _status(resource, mrn, warnings)
    phone, as_written, email = _telecom(resource, warnings, locale=locale, today=today)
    address, city, postal_code = _address(resource, warnings, today)
    return PatientFacts(
        line=line,
        mrn=mrn,
        given_name=given,
        family_name=family,
        other_names=others,
        birth_date=_birth_date(resource, warnings, today),
        sex=_sex(resource),
        phone=phone,
        phone_as_written=as_written,
        email=email,
        address=address,
        city=city,
        postal_code=postal_code,
        status=status,
        language=_language(resource, warnings),
        last_visit=None,  # a Patient resource has none
        username=None,
        merged_into=merged_into,
    )


def _mrn(resource: Json, today: date) -> str:
    """The current identifier typed `MR` (HL7 v2 table 0203); the official one of several."""
    typed = [
        identifier
        for identifier in _objects(resource.get("identifier"))
        if any(coding.get("code") == "MR" for coding in _objects(_object(identifier.get("type")).get("coding")))
    ]
    current = _by_use([one for one in typed if not _is_over(one, today)], _IDENTIFIER_USES)
    if not current:
        raise RowError("identifier: no current one is typed MR")
    return fields.mrn(current[0].get("value"), "identifier")


def _names(resource: Json, warnings: list[str], today: date) -> tuple[str, str, tuple[str, ...]]:
    """(given, family, others): official first, else usual, else the first; a name whose period ended counts as
    old."""
    names = _checked(resource, "name", warnings)
    ranked = sorted(_by_use(names, _NAME_USES), key=lambda name: _is_over(name, today) or name.get("use") == "maiden")
    read = [(given, family) for given, family in map(_name, ranked) if given or family]
    if not read:
        raise RowError("name: missing")  # one of the two is enough: US Core, invariant us-core-6
    given, family = read[0]
    others = dict.fromkeys(" ".join(part for part in name if part) for name in read if name != (given, family))
    return given, family, tuple(others)[: fields.MOST_OTHER_NAMES]


def _name(name: Json) -> tuple[str, str]:
    written = name.get("given")
    parts = [fields.text(part) for part in written] if isinstance(written, list) else []
    given, family = fields.text(" ".join(part for part in parts if part)), fields.text(name.get("family"))
    return (given, family) if given or family else ("", fields.text(name.get("text")))


def _birth_date(resource: Json, warnings: list[str], today: date) -> date | None:
    written = resource.get("birthDate")
    if written is None:
        warnings.append("birthDate: missing")
        return None
    if not isinstance(written, str) or not (parts := _DATE.fullmatch(written.strip())):
        raise RowError("birthDate: not a date")
    if parts.group(2) is None:
        warnings.append("birthDate: no day, so it is not taken")
        return None
    try:
        found = date.fromisoformat(parts.group())
    except ValueError:
        raise RowError("birthDate: not a date") from None
    return fields.birth_date(found, "birthDate", warnings, today=today)


def _sex(resource: Json) -> str:
    written = resource.get("gender")
    if written is None:
        return "unknown"
    if not isinstance(written, str) or written not in fields.SEXES:
        raise RowError("gender: not one of female, male, other, unknown")
    return written


def _status(resource: Json, mrn: str, warnings: list[str]) -> tuple[PatientStatus, str | None]:
    """The status, and what replaces a merged record. What blocks sign-in is never guessed: a wrong type is a fault."""
    active, dead, died = (resource.get(name) for name in ("active", "deceasedBoolean", "deceasedDateTime"))
    for value, name in ((active, "active"), (dead, "deceasedBoolean")):
        if value is not None and not isinstance(value, bool):
            raise RowError(f"{name}: neither true nor false")
    if died is not None and not (isinstance(died, str) and died.strip()):
        raise RowError("deceasedDateTime: not a time")
    for link in _checked(resource, "link", warnings):
        if link.get("type") == "replaced-by":
            return PatientStatus.MERGED, _other(_object(link.get("other")), mrn, warnings)
    if dead or died:
        return PatientStatus.DECEASED, None
    return (PatientStatus.INACTIVE if active is False else PatientStatus.ACTIVE), None


def _other(other: Json, mrn: str, warnings: list[str]) -> str | None:
    value = _object(other.get("identifier")).get("value")
    reference = other.get("reference")
    if value is None and isinstance(reference, str) and (found := _REFERENCE.fullmatch(reference.strip())):
        value = found.group(1) or found.group(2)
    try:
        merged_into = fields.mrn(value, "link")
    except RowError:
        warnings.append("link: does not say which record replaces this one")
        return None
    if merged_into == mrn:
        raise RowError("link: the record is replaced by itself")
    return merged_into


def _telecom(
    resource: Json, warnings: list[str], *, locale: str, today: date
) -> tuple[str | None, str | None, str | None]:
    """(phone, phone as written, email): the first of each, by rank then use, that is current and can be read."""
    current = [one for one in _checked(resource, "telecom", warnings) if not _is_over(one, today)]
    ranked = sorted(_by_use(current, _TELECOM_USES), key=_rank)
    phone = as_written = email = None
    for contact in ranked:
        system, value = contact.get("system"), contact.get("value")
        if value is None:
            continue
        if system in ("phone", "sms") and phone is None:
            phone = fields.phone(value, locale=locale)
            as_written = fields.text(value) if phone else None
            if phone is None:
                warnings.append("telecom: a phone cannot be read")
        elif system == "email" and email is None:
            email = fields.email(value)
            if email is None:
                warnings.append("telecom: an email cannot be read")
    return phone, as_written, email


def _address(resource: Json, warnings: list[str], today: date) -> tuple[str, str, str]:
    current = [one for one in _checked(resource, "address", warnings) if not _is_over(one, today)]
    if not current:
        return "", "", ""
    address = _by_use(current, _ADDRESS_USES)[0]
    written = address.get("line")
    parts = [fields.text(part) for part in written] if isinstance(written, list) else []
    postal_code = fields.postal_code(address.get("postalCode"), "address.postalCode", warnings)
    return fields.text(", ".join(part for part in parts if part)), fields.text(address.get("city")), postal_code


def _language(resource: Json, warnings: list[str]) -> str:
    spoken = _checked(resource, "communication", warnings)
    for communication in sorted(spoken, key=lambda one: one.get("preferred") is not True):
        for coding in _objects(_object(communication.get("language")).get("coding")):
            if found := fields.language(coding.get("code")):
                return found
    return ""


def _checked(resource: Json, name: str, warnings: list[str]) -> list[Json]:
    """The objects of a repeating element; what is none is left out with a warning."""
    value = resource.get(name)
    found = _objects(value)
    if value is not None and (not isinstance(value, list) or len(found) != len(value)):
        warnings.append(f"{name}: not as FHIR R4 has it, so some of it is not taken")
    return found


def _by_use(items: list[Json], uses: tuple[str, ...]) -> list[Json]:
    """In the order of `uses`, otherwise as written; a use that is not listed comes last."""

    def place(item: Json) -> int:
        use = item.get("use") or ""
        return uses.index(use) if isinstance(use, str) and use in uses else len(uses)

    return sorted(items, key=place)


def _rank(contact: Json) -> int:
    """1 is first (ContactPoint.rank); contacts without a rank come after those with one."""
    rank = contact.get("rank")
    return rank if isinstance(rank, int) and not isinstance(rank, bool) and rank > 0 else 1 << 31


def _is_over(item: Json, today: date) -> bool:
    """Whether the use is `old`, or the period ended before today; of a partial end date, before that year or month."""
    end = _object(item.get("period")).get("end")
    if isinstance(end, str) and (found := _DATE.match(end.strip())):
        return item.get("use") == "old" or found.group() < today.isoformat()[: len(found.group())]
    return item.get("use") == "old"


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
