"""A store of any earlier version is upgraded with all that is in it, and a call can be made on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from desks import Clinic, run

from portaldesk.gate import guards
from portaldesk.services import opening
from portaldesk.store import schema
from released_stores import VERSIONS, released

pytestmark = pytest.mark.sqlite_only("the stores of earlier versions are files")
ROSA_PASSWORD = "umber lattice quarry 52 finch"
UNCHANGED = ("patient", "portal_account", "contact_point", "recovery_credential", "change_request", "audit_event")


def test_every_older_version_has_a_frozen_store() -> None:
    assert set(VERSIONS) == set(guards.OF_OLDER), "run tests/store/released/freeze.py at the version's last commit"


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_store_is_upgraded_whole_and_a_call_is_made_on_it(version: str, tmp_path: Path) -> None:
    place = released(version, tmp_path / "home")
    clinic = Clinic(place.home, "", "")
    before = {table: _rows(place.home, table) for table in UNCHANGED}
    columns = {table: len(rows[0]) for table, rows in before.items() if rows}  # later ones come last
    refused = run("find", "Reynolds", "--json", home=place.home)
    assert (refused.code, refused.error["code"]) == (8, "older-store")

    upgraded = run("upgrade", "--json", home=place.home)
    assert (upgraded.code, upgraded.document["before"], upgraded.document["after"]) == (0, version, schema.HEAD)
    for table in UNCHANGED:
        after = _rows(place.home, table)[: len(before[table])]
        assert [row[: columns[table]] for row in after] == before[table]
        assert not any(value for row in after for value in row[columns[table] :])
    with closing(sqlite3.connect(place.home / "portaldesk.db")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    assert clinic.anyone("login", "rosa", "--password-stdin", input=f"{ROSA_PASSWORD}\n").code == 0
    checked = clinic.anyone(
        "verify-identity", "MRN-3", "--birth-date", "1952-07-15", "--photo-id", "passport", "--json"
    )
    assert checked.document["level"] == "strong"
    assert clinic.anyone("resend-invite", "MRN-3", "--json").document["effect"] == "link-sent"
    assert clinic.anyone("audit", "verify", "--json").document["whole"]
    store = opening.open_store(place)
    with store.session(reading=True) as session:
        opening.require_guards(session)
    store.engine.dispose()


def _rows(home: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / "portaldesk.db")) as raw:
        key = {"audit_event": "seq"}.get(table, "rowid")
        return raw.execute(f"SELECT * FROM {table} ORDER BY {key}").fetchall()
