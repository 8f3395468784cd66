"""The desk of a small clinic, on a day of its own, for tests that read like a phone call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from phone_calls import Desk, a_clinic


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_clinic(tmp_path) as store, store.session() as session:
        yield Desk(session)
