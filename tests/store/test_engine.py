"""Opening a database file: whatever the path is called, it is that file and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from portaldesk.store.sqlite import sqlite_engine


@pytest.mark.parametrize("name", ["what?x", "per%cent%20", "ha#sh", "a space", "naïve"])
def test_a_store_lies_in_the_folder_it_was_given_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    engine = sqlite_engine(folder / "portaldesk.db", create=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE here (a)"))
    engine.dispose()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (folder / "portaldesk.db").stat().st_size
