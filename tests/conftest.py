"""One clinic for every test that needs one: made once a session with real password hashing, copied for each test."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "cli"))

from desks import Clinic, made_clinic


@pytest.fixture(scope="session")
def clinic_template(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    """Never changed by a test: it is only copied."""
    return made_clinic(tmp_path_factory.mktemp("template") / "home")


@pytest.fixture
def clinic(clinic_template: Clinic, tmp_path: Path) -> Clinic:
    """A home with the admin rosa and the front desk's sam, each with a token; secrets in files, no patients."""
    home = tmp_path / "home"
    shutil.copytree(clinic_template.home, home)
    return Clinic(home, clinic_template.rosa_token, clinic_template.sam_token)
