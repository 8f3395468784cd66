"""Freezes a store of this version with a day's work in it, for the tests of later versions' upgrades.

At a release: `python tests/store/released/freeze.py` writes VERSION.sql and VERSION.json beside this file. Its patients
are made up, its keys are for nothing else, and no later change may touch it.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[1] / "services")]


def main() -> None:
    import audit_stores

    from portaldesk.store import schema

    audit_stores.NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)  # long past: commands run on it by the machine's clock
    with TemporaryDirectory() as folder:
        store = audit_stores.a_day(Path(folder))
        store.engine.dispose()
        with closing(sqlite3.connect(store.place.database)) as raw:
            dump = "\n".join(raw.iterdump())
        secrets = json.loads((store.place.home / "secrets.json").read_text(encoding="utf-8"))
    (HERE / f"{schema.HEAD}.sql").write_text(f"{dump}\n", encoding="utf-8")
    (HERE / f"{schema.HEAD}.json").write_text(json.dumps(secrets, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
