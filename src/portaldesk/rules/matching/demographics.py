"""What matching is told about one patient."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Demographics(NamedTuple):
    """One patient record, as far as matching looks at it; empty text and None mean "not on file".

    (A tuple: a million of them are made.)

    Attributes:
        mrn: what the record is known by; never evidence.
        given_name: all given names in their order.
        family_name: with suffix, if any ("Smith Jr").
        other_names: maiden, former and other names, each a family name or a whole name.
        birth_date: a placeholder such as 1900-01-01 counts as None.
        sex: "female", "F", "male", "M"; anything else is not known.
        phone: E.164.
        email: as on file; compared without case.
        address: street, house number and unit.
        city: without postal code.
        postal_code: as on file.
    """

    mrn: str
    given_name: str
    family_name: str
    other_names: tuple[str, ...]
    birth_date: date | None
    sex: str
    phone: str | None
    email: str | None
    address: str
    city: str
    postal_code: str
