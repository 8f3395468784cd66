"""The comparison as settings for Splink: rows of folded columns, and SQL for more than one engine."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portaldesk.rules.matching import Demographics, splink_settings
from portaldesk.rules.matching.profile import profile

NOBODY = Demographics("N1", "", "", (), date(1900, 1, 1), "unknown", "+10000000000", "none@none.com", "", "", "")
SOMEBODY = Demographics(
    "N2", "Bob Lee", "O'Hara-Smith", ("Jones",), date(1980, 3, 4), "male", "+15559071111", "Bob@Example.org",
    "9 Oak Road Apt 3", "Dodge City", "67801",
)  # fmt: skip


def row(person: Demographics) -> dict[str, Any]:
    return dict(zip(splink_settings.COLUMNS, splink_settings.row(profile(person)), strict=True))


def test_a_row_holds_what_is_known_folded_and_nothing_else() -> None:
    nobody = Demographics("N1", "", "", (), date(1900, 1, 1), "unknown", "+10000000000", "none@none.com", "", "", "")
    row = dict(zip(splink_settings.COLUMNS, splink_settings.row(profile(nobody)), strict=True))
    assert row.pop("unique_id") == "N1"
    assert not any(row.values())


def test_settings_are_sql_that_spark_takes_as_well() -> None:
    pytest.importorskip("splink", reason="portaldesk[splink] is not installed")
    on_duckdb, on_spark = (splink_settings.settings(1_000).get_settings(engine) for engine in ("duckdb", "spark"))
    assert len(on_spark.comparisons) == len(on_duckdb.comparisons) == 5
    swapped = next(one for one in on_spark.comparisons if one.output_column_name == "born").comparison_levels[2]
    assert swapped.sql_condition == "year_l = year_r AND month_l = day_r AND day_l = month_r"
