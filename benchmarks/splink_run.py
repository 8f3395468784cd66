"""Splink 5 as a whole process on a store of ours: what duplicates_scale.py measures find-duplicates against.

    python benchmarks/splink_run.py STORE.db > PAIRS.json

It reads as plainly as can be: one query by the driver into a table. Then as other_matchers.py: training, prediction,
and the pairs are written out.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
import time
import warnings
from pathlib import Path

import pandas
from other_matchers import linked

_CONTACT = "SELECT value FROM contact_point c WHERE c.mrn = p.mrn AND c.current = 1 AND c.kind = '{}' LIMIT 1"
_RECORDS = f"""
    SELECT mrn AS unique_id, lower(nullif(given_name, '')) AS given, lower(nullif(family_name, '')) AS family,
      birth_date AS dob, nullif(substr(sex, 1, 1), '') AS sex, ({_CONTACT.format("phone")}) AS phone,
      lower(({_CONTACT.format("email")})) AS email, lower(nullif(address, '')) AS address,
      lower(nullif(city, '')) AS city, nullif(postal_code, '') AS postal_code
    FROM patient p WHERE status <> 'merged'
"""
_THRESHOLD = 0.95


def main(store: Path) -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    connection = sqlite3.connect(store)
    table = pandas.read_sql_query(_RECORDS, connection)
    connection.close()
    start = time.perf_counter()
    found = linked(table)
    took = time.perf_counter() - start
    pairs = found[found["match_probability"] >= _THRESHOLD][["unique_id_l", "unique_id_r", "match_probability"]]
    json.dump({"own_seconds": took, "pairs": pairs.values.tolist()}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
