"""The comparison that `evidence` makes of two records, as settings for Splink: the same folded columns, the same keys.

Splink (https://moj-analytical-services.github.io/splink/) runs them where no list in memory will do: on DuckDB beside
this program, or on an organisation's Spark. It weighs what agrees by what it learns of the records; phone, email and
address are one comparison, a household, so that living together is counted once. What it gives is a proposal: the rules
judge it (`pairs.judged`), for a weight cannot tell a twin's record from a second one.

Importing this needs no Splink; `settings` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from portaldesk.rules.matching import blocking
from portaldesk.rules.matching.evidence import GENERATION_YEARS
from portaldesk.rules.matching.likeness import short_for
from portaldesk.rules.matching.profile import Profile

if TYPE_CHECKING:
    from splink import SettingsCreator

_SECOND_RECORDS = 0.05  # of all; Black Book and AHIMA surveys of US hospitals put them at 5 to 18 %
_LISTS = ("forms", "family_words", "starts", "dates_and_places")
_YEARS = ("year", "month", "day")
COLUMNS: dict[str, str] = {
    name: "VARCHAR[]" if name in _LISTS else "INTEGER" if name in _YEARS else "VARCHAR"
    for name in (
        "unique_id", "given", "forms", "family", "family_words", "born", *_YEARS, "sex", "phone", "email", "home",
        "street", "door", "names", "starts", "dates_and_places",
    )
}  # fmt: skip
"""The columns that `settings` compares, each with its SQL type. Nothing known is null."""


def row(person: Profile) -> tuple[Any, ...]:
    """A record as a row of `COLUMNS`."""
    born = person.birth_date
    given = person.given[0] if person.given else ""
    names = _names(person)
    return (
        person.mrn,
        given or None,
        sorted({*person.given, *(form for word in person.given[:1] for form in short_for(word))}),
        person.family or None,
        sorted({person.family, *person.family_parts, *person.others} - {""}),
        None if born is None else born.isoformat(),
        *((None, None, None) if born is None else (born.year, born.month, born.day)),
        person.sex or None,
        person.phone or None,
        person.email or None,
        home_of(person) or None,
        person.street or None,
        blocking.door_of(person) or None,
        None if names is None else " ".join(names),
        sorted(set(blocking.starts_of(person)) - {""}),
        sorted(set(_dates_and_places(person))),
    )


def _names(person: Profile) -> tuple[str, str] | None:
    """Given and family name, in whatever order they stand."""
    if not person.given or not person.family:
        return None
    given, family = person.given[0], person.family
    return (given, family) if given < family else (family, given)


def _dates_and_places(person: Profile) -> Iterator[str]:
    born = person.birth_date
    yield from filter(None, (person.postal_code, person.phone, person.email))
    if born is not None:
        yield f"in {born.year}"
        yield f"on {born.month} {born.day}"


def home_of(person: Profile) -> str:
    """Street, unit and place in one text; empty without a street."""
    return f"{person.home}, {person.postal_code or person.city}" if person.street else ""


TWO_PEOPLE = "gamma_given = 0 AND gamma_born <= 1 AND gamma_born >= 0"
"""Of what `settings` found: another given name and another birth date. Most members of a household, and no rule of ours
joins them; in SQL, to be left out of what is proposed."""


def settings(records: int) -> SettingsCreator:
    """What is compared and how, for any engine of Splink's, and a clinic of so many; nothing in it is a patient's.

    Names are weighed by how common they are. How often each level is found between one person's records, and between
    strangers, is where learning starts, and stays where records teach nothing: rounded from what Splink learnt of
    `benchmarks/people.py` (seed 1).
    Raises: ImportError without Splink.
    """
    import splink.comparison_level_library as level
    from splink import SettingsCreator, block_on
    from splink.comparison_library import CustomComparison

    def compared(name: str, missing: Any, *levels: tuple[Any, float, float]) -> CustomComparison:
        known = [one.configure(m_probability=same, u_probability=strangers) for one, same, strangers in levels]
        return CustomComparison(output_column_name=name, comparison_levels=[missing, *known])

    changed_about = "year_l = year_r AND month_l = day_r AND day_l = month_r"
    given = compared(
        "given",
        level.NullLevel("given"),
        (level.ExactMatchLevel("given", term_frequency_adjustments=True), 0.75, 0.003),
        (level.ArrayIntersectLevel("forms"), 0.1, 0.012),
        (level.DamerauLevenshteinLevel("given", 1), 0.1, 0.001),
        (level.ElseLevel(), 0.05, 0.984),
    )
    family = compared(
        "family",
        level.NullLevel("family"),
        (level.ExactMatchLevel("family", term_frequency_adjustments=True), 0.84, 0.001),
        (level.ArrayIntersectLevel("family_words"), 0.05, 0.0001),
        (
            level.Or(level.ColumnsReversedLevel("given", "family"), level.ColumnsReversedLevel("family", "given")),
            0.02,
            0.0001,
        ),
        (level.DamerauLevenshteinLevel("family", 2), 0.06, 0.002),
        (level.ElseLevel(), 0.03, 0.997),
    )
    born = compared(
        "born",
        level.NullLevel("born"),
        (level.ExactMatchLevel("born"), 0.9, 0.00005),
        (level.CustomLevel(changed_about, "day and month changed about", "duckdb"), 0.02, 0.00001),
        (level.DamerauLevenshteinLevel("born", 1), 0.06, 0.001),
        (level.AbsoluteDifferenceLevel("year", GENERATION_YEARS - 1), 0.01, 0.26),
        (level.ElseLevel(), 0.01, 0.74),
    )
    household = compared(
        "household",
        level.And(level.NullLevel("phone"), level.NullLevel("email"), level.NullLevel("home")),
        (
            level.Or(level.ExactMatchLevel("phone"), level.ExactMatchLevel("email"), level.ExactMatchLevel("home")),
            0.75,
            0.0002,
        ),
        (level.ExactMatchLevel("door"), 0.02, 0.00004),
        (level.ElseLevel(), 0.23, 0.9997),
    )
    sex = compared(
        "sex",
        level.NullLevel("sex"),
        (level.ExactMatchLevel("sex"), 0.995, 0.5),
        (level.ElseLevel(), 0.005, 0.5),
    )
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[given, family, born, household, sex],
        blocking_rules_to_generate_predictions=[
            block_on("phone"),
            block_on("email"),
            block_on("street"),
            block_on("door"),
            block_on("born", "starts", arrays_to_explode=["starts"]),
            block_on("names", "dates_and_places", arrays_to_explode=["dates_and_places"]),
        ],
        probability_two_random_records_match=min(0.5, 2 * _SECOND_RECORDS / max(1, records - 1)),
        retain_matching_columns=True,  # the levels found, for `TWO_PEOPLE`
    )
