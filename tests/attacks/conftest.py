"""A clinic with patients for each attack: made once by the real commands, copied for each test."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from attackers import Town, copied, settle
from desks import Clinic


@pytest.fixture(scope="session")
def town_template(clinic_template: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Never changed by a test: it is only copied."""
    home = tmp_path_factory.mktemp("town") / "home"
    shutil.copytree(clinic_template.home, home)
    return settle(Clinic(home, clinic_template.rosa_token, clinic_template.sam_token))


@pytest.fixture
def town(town_template: Town, tmp_path: Path) -> Town:
    return copied(town_template, tmp_path / "home")
