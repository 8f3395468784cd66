"""One clinic for every test that needs one: made once a session, copied for each test."""

from __future__ import annotations

import atexit
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "cli"))

import pyrage
from desks import Clinic, made_clinic

import engines
import quick_age
from portaldesk.rules import hashing

for _made in (hashing.hashed, hashing.code_hashed, hashing.needs_rehash):
    if _made.__kwdefaults__:  # where tools/mutants.py stands between, there is none, and it takes its time
        _made.__kwdefaults__["cost"] = 4  # bcrypt's least, in this process: it is real, and a tenth of all tests' time
hashing.dummy_hash.__defaults__ = (4,)  # what the cost must be stands in tests/rules/test_hashing.py

pyrage.passphrase.encrypt = quick_age.encrypt

settings.register_profile("mutants", deadline=None, derandomize=True)  # mutated code is slow, and judged by one run

collect_ignore = [] if engines.ON_SQLITE else ["docs", "exhaustive", "mail", "rules"]
collect_ignore_glob = [] if engines.ON_SQLITE else ["services/test_intake_*.py", "services/test_text_gateway.py"]
"""No store in these: they are run once."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test about one engine itself is skipped on the other, and says why."""
    for item in items:
        one = item.get_closest_marker("postgresql_only" if engines.ON_SQLITE else "sqlite_only")
        if one is not None:
            item.add_marker(pytest.mark.skip(reason=str(one.args[0])))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Asked for tests that need no store, the run on a server has nothing to do."""
    if not engines.ON_SQLITE and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


@pytest.fixture(autouse=True)
def _no_database_outlives_its_test(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    engines.drop_databases_under(request.node.funcargs.get("tmp_path"))


@cache
def _clinic_template() -> Clinic:
    folder = Path(mkdtemp(prefix="portaldesk-clinic-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return made_clinic(folder / "home")


@pytest.fixture(scope="session")
def clinic_template() -> Clinic:
    """Never changed by a test: it is only copied. Made once in a process, and so once for thousands of mutants."""
    return _clinic_template()


@pytest.fixture
def clinic(clinic_template: Clinic, tmp_path: Path) -> Clinic:
    """A home with the admin rosa and the front desk's sam, each with a token; secrets in files, no patients."""
    home = tmp_path / "home"
    engines.copy(clinic_template.home, home)
    return Clinic(home, clinic_template.rosa_token, clinic_template.sam_token)
