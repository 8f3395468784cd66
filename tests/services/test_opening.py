"""Making a store: all of it, or nothing that stands in the way of the next try."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from stores import NOW, PASSWORD

import engines
from portaldesk.services import opening, staff
from portaldesk.store import schema


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_an_init_that_is_interrupted_leaves_nothing_in_the_way_of_the_next(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    place = engines.place(tmp_path / "clinic")
    prepared = opening.prepare(place, secrets_kind="file")
    admin = staff.first_admin("rosa", PASSWORD, prepared.keys, now=NOW)
    with patch.object(schema, "upgrade_schema", side_effect=failure), pytest.raises(failure):
        opening.finish(prepared, admin=admin, values={}, now=NOW)
    assert [path.name for path in place.home.iterdir()] == ["outbox"]
    again = opening.prepare(place, secrets_kind="file")
    admin = staff.first_admin("rosa", PASSWORD, again.keys, now=NOW)
    assert opening.finish(again, admin=admin, values={}, now=NOW).place == place
