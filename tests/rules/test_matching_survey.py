"""A survey brought up to date finds what comparing all records finds, whatever changed."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portaldesk.rules.matching import Demographics, Grade, blocking, find_pairs, pairs
from portaldesk.rules.matching import survey as surveys
from portaldesk.rules.matching.blocking import KINDS

FEW = 2  # of what is else tens: crowds, large blocks, well-known names come of a handful of records


def mark(value: str) -> int:
    return zlib.crc32(value.encode()) + 1


@pytest.fixture(autouse=True, scope="module")
def small_limits() -> Iterator[None]:
    kinds = tuple(kind._replace(whole=min(FEW, kind.whole)) for kind in KINDS)
    with pytest.MonkeyPatch.context() as limits:
        for module in (blocking, surveys):
            limits.setattr(module, "LARGEST_HOUSEHOLD", FEW + 1)
            limits.setattr(module, "KINDS", kinds)
        for module in (pairs, surveys):
            limits.setattr(module, "WELL_KNOWN_FROM", FEW)
        limits.setattr(blocking, "LARGEST_BLOCK", FEW + 1)
        limits.setattr(surveys, "_TOO_MANY", len(MRNS))
        yield


records = st.builds(
    Demographics,
    mrn=st.just(""),
    given_name=st.sampled_from(["Bob", "Robert", "Rupert", "Maria", "Marie", "BABY BOY"]),
    family_name=st.sampled_from(["Lopez", "Lopes", "Lopez-Diaz", "Ann", "Robert"]),
    other_names=st.sampled_from([(), (), ("Diaz",)]),
    birth_date=st.sampled_from([date(1980, 3, 4), date(1980, 3, 4), date(1980, 4, 3), date(1952, 3, 4), None]),
    sex=st.just("female"),
    phone=st.sampled_from([None, "+13165550001", "+13165550001"]),
    email=st.sampled_from([None, None, None, "a@example.org"]),
    address=st.sampled_from(["", "", "1 Elm St", "1 Elm Street Apt 2"]),
    city=st.just("Topeka"),
    postal_code=st.sampled_from(["66000", ""]),
)
MRNS = [f"M{n}" for n in range(9)]
changes = st.dictionaries(st.sampled_from(MRNS), st.none() | records, min_size=1, max_size=3)


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.sampled_from(MRNS), records, min_size=3), st.lists(changes, min_size=1, max_size=3))
def test_it_finds_what_comparing_all_would_after_any_changes(
    start: dict[str, Demographics], steps: list[dict[str, Demographics | None]]
) -> None:
    there = {mrn: one._replace(mrn=mrn) for mrn, one in start.items()}

    def read(mrns: Collection[str]) -> Iterable[Demographics]:
        return [there[mrn] for mrn in mrns]

    kept = surveys.survey(there.values(), mark=mark)
    for step in steps:
        changed = {mrn: one and one._replace(mrn=mrn) for mrn, one in step.items()}
        there = {mrn: one for mrn, one in (there | changed).items() if one is not None}
        again = surveys.surveyed_again(kept, changed, read, mark=mark)
        assert again is not None
        kept = again
        afresh = surveys.survey(there.values(), mark=mark)
        assert kept.pairs(min_grade=Grade.POSSIBLE) == afresh.pairs(min_grade=Grade.POSSIBLE)
        assert afresh.pairs(min_grade=Grade.POSSIBLE) == find_pairs(there.values(), min_grade=Grade.POSSIBLE)
        assert _by_mrn(kept) == _by_mrn(afresh)


def test_a_name_that_becomes_well_known_far_away_is_no_slip_any_more() -> None:
    robert = Demographics("M1", "Robert", "Lopez", (), date(1980, 3, 4), "male", "+13165550001", None, "", "", "")
    there = {"M1": robert, "M2": robert._replace(mrn="M2", family_name="Lopes")}
    far = Demographics("M3", "Maria", "Lopez", (), date(1952, 3, 9), "female", None, None, "", "", "")
    more = {"M3": far, "M4": far._replace(mrn="M4", family_name="Lopes", birth_date=date(1999, 7, 1))}
    kept = surveys.survey(there.values(), mark=mark)
    again = surveys.surveyed_again(kept, more, lambda mrns: [(there | more)[mrn] for mrn in mrns], mark=mark)
    assert again is not None
    pairs_now = find_pairs((there | more).values(), min_grade=Grade.POSSIBLE)
    assert again.pairs(min_grade=Grade.POSSIBLE) == pairs_now != kept.pairs(min_grade=Grade.POSSIBLE)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(MRNS), records), st.integers(0, len(MRNS) + 1))
def test_it_is_the_same_however_many_records_are_folded_elsewhere(start: dict[str, Demographics], apart: int) -> None:
    people = [one._replace(mrn=mrn) for mrn, one in start.items()]
    whole, parted = surveys.survey(people, mark=mark), surveys.survey(people, mark=mark, apart=apart)
    assert (parted.mrns, parted.found, parted.marks) == (whole.mrns, whole.found, whole.marks)


def test_equal_values_have_equal_marks_others_have_others_and_what_is_not_on_file_has_none() -> None:
    ana = Demographics(
        "A1", "Ana", "Lopez", (), date(1980, 3, 4), "female", "+13165550001", "a@example.org", "1 Elm St Apt 2",
        "Topeka", "66000",
    )  # fmt: skip
    wei = Demographics(
        "A3", "Wei", "Chen", (), date(1980, 3, 5), "male", "+13165550002", "w@example.org", "2 Oak St Apt 3", "Derby",
        "67000",
    )  # fmt: skip
    nobody = Demographics("A4", "", "", (), None, "", None, None, "", "", "")
    marks = surveys.survey([ana, ana._replace(mrn="A2"), wei, nobody], mark=mark).marks
    assert set(marks) == set(surveys.COLUMNS)
    for first, second, other, none in marks.values():
        assert first == second != other
        assert 0 not in (first, other)
        assert none == 0
    moved = surveys.survey([ana, ana._replace(address="1 Elm St Apt 4"), ana._replace(postal_code="66001")], mark=mark)
    assert len(set(moved.marks["home"])) == 3


def test_it_tells_how_much_is_compared() -> None:
    told: list[float] = []
    one = Demographics("B1", "Ana", "Lopez", (), date(1980, 3, 4), "", None, "a@example.org", "1 Elm St", "", "66000")
    people = [one._replace(mrn=f"B{n}") for n in range(3)]
    surveys.survey(people, mark=mark, told=told.append)
    assert told == sorted(set(told))
    assert (told[0], len(told) > 1, told[-1] < 1) == (0, True, True)


def _by_mrn(one: surveys.Survey) -> dict[frozenset[str], object]:
    return {frozenset(one.mrns[place] for place in pair): finding for pair, finding in one.found.items()}
