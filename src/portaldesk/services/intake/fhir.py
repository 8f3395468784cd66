"""Files of FHIR R4 Patient resources: NDJSON as bulk exports write it, or one JSON document (Patient, Bundle, array).

Python's own `json` and checks of what we read (fhir_patient.py), rather than a full validator (`fhir.resources`): that
costs more at start-up than the rest of an import, and would refuse rows over elements that we never look at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, islice

from portaldesk.services.intake.facts import Row
from portaldesk.services.intake.fhir_patient import patient_row
from portaldesk.services.intake.lines import TOO_LONG, Line, bad_file

LARGEST_DOCUMENT_CHARACTERS = 16_000_000  # a document is held at once, NDJSON is not; some 4,000 patients

_HINT = "Export the Patient resources as FHIR R4 NDJSON, one patient a line."


def read(lines: Iterable[Line], *, locale: str, today: date) -> Iterator[Row]:
    """A `Row` for every resource; no birth may be after `today`.

    Raises: WrongUsage (bad-file) for a document that is not JSON or too large, and where nothing is a Patient.
    """
    patients = 0
    first_fault = ""
    for number, resource, fault in _resources(iter(lines)):
        if not fault and not isinstance(resource, dict):
            fault = "not a FHIR resource"
        if not fault and isinstance(resource, dict) and resource.get("resourceType") != "Patient":
            fault = "resourceType: not Patient"
        if fault or not isinstance(resource, dict):
            first_fault = first_fault or f" Line {number}: {fault}."
            yield Row(number, None, None, fault, ())
            continue
        patients += 1
        yield patient_row(resource, number, locale=locale, today=today)
    if not patients:
        raise bad_file(f"Nothing in the file is a FHIR Patient resource.{first_fault}", _HINT)


def _resources(lines: Iterator[Line]) -> Iterator[tuple[int, object, str]]:
    """(line, resource, fault) of each line; for one document, (number of the entry, resource, "").

    A document's other resources (visits, warnings of the server that wrote it) are left aside: nobody asked for them.
    """
    head = list(islice(lines, 2))
    if _is_document(head):
        entries = _entries(_document(chain(head, lines)))
        yield from ((number, entry, "") for number, entry in enumerate(entries, start=1) if not _is_about_else(entry))
        return
    for line in chain(head, lines):
        if line.text is None:
            yield line.number, None, TOO_LONG
            continue
        try:
            yield line.number, _parsed(line.text), ""
        except RecursionError:
            yield line.number, None, "JSON nested too deeply"
        except ValueError:
            yield line.number, None, "not whole, or not valid JSON"


def _is_document(head: list[Line]) -> bool:
    """Whether the file is one JSON document: an array, a Bundle on one line, or an object spread over lines."""
    if not head or head[0].text is None:
        return False
    first = head[0].text.strip()
    if first.startswith("["):
        return True
    try:
        parsed = _parsed(first)
    except (ValueError, RecursionError):
        # Where the first line is cut short, the second still begins with a brace; in a spread object with a key.
        second = head[1].text if len(head) == 2 else None
        return first.startswith("{") and second is not None and second.lstrip().startswith(('"', "}"))
    return len(head) == 1 and isinstance(parsed, dict) and parsed.get("resourceType") == "Bundle"


def _document(lines: Iterable[Line]) -> object:
    parts: list[str] = []
    numbers: list[int] = []
    size = 0
    for line in lines:
        if line.text is None:
            raise bad_file(f"Line {line.number}: {TOO_LONG}.", _HINT)
        size += len(line.text)
        if size > LARGEST_DOCUMENT_CHARACTERS:
            raise bad_file("The file is one JSON document of more than 16 MB.", _HINT)
        parts.append(line.text if line.text.endswith("\n") else line.text + "\n")
        numbers.append(line.number)
    try:
        return _parsed("".join(parts))
    except json.JSONDecodeError as fault:
        at = numbers[min(fault.lineno, len(numbers)) - 1]
        raise bad_file(f"Line {at} is not valid JSON.", _HINT) from None
    except RecursionError:
        raise bad_file("The JSON is nested too deeply.", _HINT) from None
    except ValueError:
        raise bad_file("The file is not valid JSON.", _HINT) from None


def _entries(document: object) -> list[object]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict) and document.get("resourceType") == "Bundle":
        entries = document.get("entry")
        entries = entries if isinstance(entries, list) else []
        return [entry.get("resource") if isinstance(entry, dict) else None for entry in entries]
    return [document]


def _is_about_else(entry: object) -> bool:
    kind = entry.get("resourceType") if isinstance(entry, dict) else None
    return isinstance(kind, str) and kind != "Patient"


def _parsed(text: str) -> object:
    """JSON as RFC 8259 has it. Raises: ValueError (also for an integer too long for Python), RecursionError."""
    found: object = json.loads(text, parse_constant=_no_constant)
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")  # NaN and Infinity: Python would take them, RFC 8259 §6 does not
