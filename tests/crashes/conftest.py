"""A clinic in the middle of a call: the patient's account is locked, and sam has a live strong check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desks import Clinic
from processes import PATIENT, copy_of, patient_file

import engines
from portaldesk.services import opening
from portaldesk.store import record, tables


@pytest.fixture(scope="module")
def locked_template(clinic_template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    folder = tmp_path_factory.mktemp("locked")
    clinic = copy_of(clinic_template, folder / "home")
    assert clinic.rosa("import", "patients", str(patient_file(folder / "first.csv", 1, 3))).code == 0
    store = opening.open_store(engines.place(clinic.home))
    with store.session() as session:
        now = datetime.now(UTC)
        account = session.get_one(tables.PortalAccount, PATIENT)
        wrong = record.Entry("sign-in", "refused", patient=PATIENT, session="portal", details={"why": "wrong"})
        until = now + timedelta(hours=24)  # as after 40 wrong passwords, without hashing 40
        record.append(session, wrong, [record.changed(account, failed_attempts=40, locked_until=until)], now=now)
        session.commit()
    store.engine.dispose()
    checked = clinic.sam("verify-identity", PATIENT, "--birth-date", "1952-07-15", "--photo-id", "passport", "--json")
    assert checked.document["level"] == "strong"
    return clinic


@pytest.fixture
def locked(locked_template: Clinic, tmp_path: Path) -> Clinic:
    """A copy of it for one test. A check lives 15 minutes: the tests of one module take two at most."""
    return copy_of(locked_template, tmp_path / "home")
