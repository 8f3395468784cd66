"""Generated records, who of them are brought together, and the truth, as FHIR in a file that `cms_rules.py` reads.

python benchmarks/cms_records.py FILE [--size 20000] [--seed 5]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from people import population

from portaldesk.rules.matching import Demographics
from portaldesk.rules.matching.blocking import candidates, without_crowds
from portaldesk.rules.matching.profile import profile


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("file", type=Path)
    args.add_argument("--size", type=int, default=20_000)
    args.add_argument("--seed", type=int, default=5)
    asked = args.parse_args()
    made = population(asked.size, seed=asked.seed)
    records = without_crowds(profile(one) for one in made.records)
    told = {
        "patients": [_fhir(one) for one in made.records],
        "candidates": [(records[first].mrn, records[second].mrn) for first, second in candidates(records)],
        "same": sorted(made.same),
        "hard": {kind: sorted(pairs) for kind, pairs in made.hard.items()},
    }
    asked.file.write_text(json.dumps(told), encoding="utf-8")


def _fhir(one: Demographics) -> dict[str, Any]:
    given = one.given_name.split()
    telecom = [
        {"system": kind, "value": value} for kind, value in (("phone", one.phone), ("email", one.email)) if value
    ]
    patient: dict[str, Any] = {
        "resourceType": "Patient", "id": one.mrn, "telecom": telecom,
        "name": [{"use": "official", "family": one.family_name, "given": given}]
        + [{"use": "old", "family": name, "given": given} for name in one.other_names],
    }  # fmt: skip
    if one.birth_date:
        patient["birthDate"] = one.birth_date.isoformat()
    if one.sex in ("female", "male"):
        patient["gender"] = one.sex
    if one.address:
        patient["address"] = [
            {"line": [one.address], "city": one.city, "state": "KS", "postalCode": one.postal_code}
        ]  # fmt: skip
    return patient


if __name__ == "__main__":
    main()
