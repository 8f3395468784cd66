"""A clinic with patients for each attack: made once by the real commands, copied for each test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import engines

sys.path.insert(0, str(Path(__file__).parent))

from attackers import ANA, ANA_PASSWORD, BEN, PHOTO, Town, copied, settle
from desks import SAM_PASSWORD, Clinic


@pytest.fixture(scope="session")
def town_template(clinic_template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Never changed by a test: it is only copied."""
    home = tmp_path_factory.mktemp("town") / "home"
    engines.copy(clinic_template.home, home)
    return settle(Clinic(home, clinic_template.rosa_token, clinic_template.sam_token))


@pytest.fixture
def town(town_template: Town, tmp_path: Path) -> Town:
    return copied(town_template, tmp_path / "home")


@pytest.fixture(scope="session")
def busy_template(town_template: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A day with a row of everything: checks passed and failed, a live link, a request, a lock, a staff session."""
    town = copied(town_template, tmp_path_factory.mktemp("busy") / "home")
    assert town.anyone("login", "sam", "--password-stdin", input=SAM_PASSWORD + "\n").code == 0
    assert town.anyone("portal", "forgot-password", "ana.r").code == 0
    assert town.signs_in("ana.r", ANA_PASSWORD) == 0
    for _ in range(5):
        assert town.signs_in("ana.r", "never it 1") == 3
    town.sam("verify-identity", "MRN-3", "--birth-date", "1950-01-01", "--postal-code", "1")
    town.checked("MRN-2", *BEN)
    town.checked("MRN-1", *ANA, *PHOTO)
    assert town.sam("update-contact", "MRN-1", "--email", "new@example.net").code == 0
    return town


@pytest.fixture
def busy(busy_template: Town, tmp_path: Path) -> Town:
    return copied(busy_template, tmp_path / "home")
