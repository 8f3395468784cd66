"""New passwords beside old ones: none of the last comes back, and nobody waits for ten times bcrypt."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from stores import ADMIN, NOW, bring, facts, new_store

from portaldesk.errors import StateForbids
from portaldesk.rules import hashing
from portaldesk.services import choosing_passwords
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables

OLD = ("willow anchor sixty 3 brick", "gravel tulip ninety moth 7")
SETTINGS = ClinicSettings()


def test_old_passwords_are_compared_before_the_store_is_locked_and_not_again(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    with store.session() as session:
        bring(session, [facts("M1")])
        hashed = [choosing_passwords.hashed(session, old) for old in OLD]
        kept = [choosing_passwords.remembered("M1", one, now=NOW) for one in hashed]
        record.append(session, ADMIN.entry("find", "done"), kept, now=NOW)
        session.commit()
    with store.session(reading=True) as session:
        patient = session.get_one(tables.Patient, "M1")
        known = choosing_passwords.compared(session, OLD[1], "M1", settings=SETTINGS)
        assert sorted(known.values()) == [False, True]
        fresh = choosing_passwords.compared(session, "copper meadow 77 walnut", "M1", settings=SETTINGS)
        with patch.object(hashing, "verify", side_effect=AssertionError("bcrypt under the lock")):
            with pytest.raises(StateForbids, match="last 10 passwords"):
                choosing_passwords.require_good(session, OLD[1], patient, None, settings=SETTINGS, known=known)
            choosing_passwords.require_good(
                session, "copper meadow 77 walnut", patient, None, settings=SETTINGS, known=fresh
            )
        with pytest.raises(StateForbids):  # a hash that came in between is asked after all
            choosing_passwords.require_good(session, OLD[1], patient, None, settings=SETTINGS, known={})
