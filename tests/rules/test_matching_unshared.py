"""Stores in which nobody shares a home: recognised by what they hold themselves, and judged by their own rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from portaldesk.rules.matching import Demographics, Grade, find_pairs
from portaldesk.rules.matching.explaining import steps
from portaldesk.rules.matching.levels import Fact
from portaldesk.rules.matching.profile import profile
from portaldesk.rules.matching.survey import survey, surveyed_again
from portaldesk.rules.matching.unshared import findings, nobody_shares

GIVEN = ["Agnes", "Basil", "Clara", "Desmond", "Edith", "Floyd", "Gerda", "Hector", "Ivy", "Jasper"]
FAMILY = ["Abernathy", "Birdwhistle", "Cunningham", "Dunwoody", "Eversole", "Fothergill", "Grimshaw", "Hollister"]
OTHERS = ["Zelda", "Quentin", "Ursula", "Vernon"]
TWINS = ["Wanda", "Yorick"]
RULE = "nobody on file shares a home with another, and most of names, birth date, home and place agree"


def single(n: int) -> Demographics:
    rng = Random(n)
    return Demographics(
        f"M{n:03}", GIVEN[n % 10], FAMILY[n // 10 % 8], (),
        date(1931, 1, 2) + timedelta(days=rng.randrange(21_000)), "",
        None, None, f"{100 + n} {rng.choice(FAMILY)} Road", "Pratt", "67124",
    )  # fmt: skip


def second(n: int) -> Demographics:
    """Another record of the same person: the given name is another's, and every other family name, too."""
    family = OTHERS[n % 4] if n % 2 else single(n).family_name
    return single(n)._replace(mrn=f"N{n:03}", given_name=OTHERS[n % 4], family_name=family)


def spouse(n: int) -> Demographics:
    born = single(n).birth_date
    assert born is not None
    return single(n)._replace(mrn=f"S{n:03}", given_name=OTHERS[n % 4], birth_date=born + timedelta(days=700))


REGISTER = [*map(single, range(80)), *map(second, range(40))]
ONE_PERSON = {(f"M{n:03}", f"N{n:03}") for n in range(40)}


def unshared(people: Sequence[Demographics]) -> bool:
    return nobody_shares([profile(person) for person in people])


def mark(value: str) -> int:
    return hash(value) & (2**64 - 1) or 1


def found(people: Sequence[Demographics]) -> set[tuple[str, str]]:
    return {(pair.a, pair.b) for pair in find_pairs(people)}


def test_where_nobody_shares_a_home_three_facts_tell_one_person_and_the_pair_says_why() -> None:
    assert unshared(REGISTER)
    pairs = find_pairs(REGISTER)
    assert {(pair.a, pair.b) for pair in pairs} == ONE_PERSON
    assert {(pair.grade, pair.reasons[0]) for pair in pairs} == {(Grade.PROBABLE, RULE)}
    told = steps(pairs[0].evidence)
    assert told[-1].leaves is Grade.PROBABLE
    assert ("Homes", "nobody on file shares one with another") in {(step.compared, step.found) for step in told}


def test_a_survey_finds_the_same_and_is_no_ground_for_the_next_run() -> None:
    whole = survey(REGISTER, mark=mark)
    assert whole.pairs(min_grade=Grade.PROBABLE) == find_pairs(REGISTER)
    assert whole.unshared


def test_a_survey_kept_while_households_were_on_file_is_no_ground_once_they_left() -> None:
    couples = [*map(spouse, range(50, 61))]
    kept = survey([*REGISTER, *couples], mark=mark)
    assert not kept.unshared
    left = {one.mrn: None for one in couples}
    assert surveyed_again(kept, left, lambda mrns: [one for one in REGISTER if one.mrn in mrns], mark=mark) is None
    one_left = {couples[0].mrn: None}
    people = [*REGISTER, *couples[1:]]
    again = surveyed_again(kept, one_left, lambda mrns: [one for one in people if one.mrn in mrns], mark=mark)
    assert again is None or not unshared(people)


def test_a_few_households_on_file_and_names_tell_people_apart_again() -> None:
    clinic = [*REGISTER, *map(spouse, range(50, 61))]
    assert not unshared(clinic)
    assert found(clinic) == set()


def test_a_clinic_of_households_is_seen_by_the_first_of_them() -> None:
    assert not unshared([*map(single, range(300)), *map(spouse, range(300))])


def test_who_has_no_birth_date_on_file_says_nothing_about_households() -> None:
    unknown = [spouse(n)._replace(birth_date=None) for n in range(50, 80)]
    assert unshared([*REGISTER, *unknown])


def test_a_store_of_twins_alone_is_not_taken_for_one_of_single_persons() -> None:
    twins = [single(n)._replace(mrn=f"T{n:03}", given_name=TWINS[n % 2]) for n in range(80)]
    assert not unshared([*map(single, range(80)), *twins])
    assert found([*map(single, range(80)), *twins]) == set()


def test_children_are_not_taken_for_single_persons_whatever_else_is_on_file() -> None:
    def younger(person: Demographics) -> Demographics:
        assert person.birth_date is not None
        return person._replace(birth_date=date(2010, 1, 2) + timedelta(days=person.birth_date.toordinal() % 5_000))

    assert not unshared([younger(person) for person in REGISTER])


def test_nothing_is_concluded_from_few_records_nor_when_one_patient_is_asked_about() -> None:
    few = [*map(single, range(80)), *map(second, range(19))]
    assert not unshared(few)
    assert found(few) == set()
    assert find_pairs(REGISTER, about={"M001"}) == []


@pytest.mark.parametrize(
    "other",
    [
        {"family_name": "Vanderpool", "birth_date": date(1975, 5, 5)},  # the home alone
        {
            "address": "7 Nowhere Lane",
            "family_name": "Vanderpool",
            "city": "Erie",
            "postal_code": "66733",
        },  # a birth date
        {"address": "7 Nowhere Lane", "birth_date": date(1975, 5, 5), "given_name": "Edith"},  # names and a town
    ],
)
def test_two_facts_are_not_enough_nor_names_without_home_or_birth_date(other: dict[str, Any]) -> None:
    stranger = single(64)._replace(mrn="X", given_name="Horatio")
    assert ("M064", "X") not in found([*REGISTER, stranger._replace(**other)])


@pytest.mark.parametrize(
    ("other", "joined"),
    [
        ({"birth_date": None, "address": "7 Kensington Park Rd", "given_name": "Edith Ann"}, True),
        ({"birth_date": None, "address": "164 Kensingtonpark"}, True),  # a part of it, as one word
        ({"birth_date": date(1975, 5, 5), "address": "Kensington Park West 9900"}, False),  # a namesake of that street
        ({"birth_date": date(1975, 5, 5), "address": "164 Kensingtonparkroad West"}, True),  # and of that house
        ({"birth_date": None, "address": "7 Far Lane"}, False),
        ({"birth_date": None, "address": ""}, False),
        ({"address": ""}, True),
    ],
)
def test_a_street_written_otherwise_is_that_home_where_names_agree_and_no_birth_date_says_no(
    other: dict[str, Any], joined: bool
) -> None:
    first = single(64)._replace(mrn="X1", given_name="Edith", address="164 Kensington Park Road")
    assert (("X1", "X2") in found([*REGISTER, first, first._replace(mrn="X2", **other)])) is joined


def test_sex_that_differs_keeps_two_apart_here_as_well() -> None:
    people = [person._replace(sex="male" if person.mrn == "N004" else "female") for person in REGISTER]
    assert found(people) == ONE_PERSON - {("M004", "N004")}


EDITH = Demographics(
    "E1", "Edith", "Hollister", (), date(1950, 3, 4), "", None, None, "164 Kensington Park Road", "Wellington", "67124"
)
OTHER_DAY, OTHER_PLACE = date(1975, 8, 19), {"city": "Topeka", "postal_code": "90210"}
GIVEN_, FAMILY_, BIRTH, HOME, PLACE = Fact
ALL = {GIVEN_, FAMILY_, BIRTH, HOME, PLACE}


@pytest.mark.parametrize(
    ("other", "agree"),
    [
        ({}, ALL),
        ({"given_name": "Ursula"}, ALL - {GIVEN_}),
        ({"family_name": "Vanderpool"}, ALL - {FAMILY_}),
        ({"birth_date": OTHER_DAY}, ALL - {BIRTH}),
        ({"birth_date": date(1950, 4, 3)}, ALL),  # day and month changed about
        # the place: by postal code or by town, either with a slip
        (OTHER_PLACE, ALL - {PLACE}),
        ({"city": "", "postal_code": ""}, ALL - {PLACE}),
        ({"city": "Topeka"}, ALL),
        ({"postal_code": "90210"}, ALL),
        ({"city": "Topeka", "postal_code": "67142"}, ALL),
        ({"city": "Topeka", "postal_code": "67214"}, ALL),
        ({"city": "Topeka", "postal_code": "76214"}, ALL - {PLACE}),
        ({"city": "Welington", "postal_code": "90210"}, ALL),
        ({"city": "Welingtom", "postal_code": "90210"}, ALL - {PLACE}),
        ({"city": "", "postal_code": "90210"}, ALL - {PLACE}),
        # the home: by a contact, or by the street where something tells one person
        ({"address": "7 Far Lane"}, ALL - {HOME}),
        ({"address": ""}, ALL - {HOME}),
        ({"address": "7 Far Lane", "phone": "+13165550001"}, ALL),
        ({"address": "9 Kensington Park Road"}, ALL),
        ({"address": "Kensington Park Road"}, ALL),
        ({"address": "164 Kensingtonpark"}, ALL),
        ({"address": "164 Kensing"}, ALL - {HOME}),  # seven letters
        ({"address": "164 Kensingt"}, ALL),
        ({"address": "164 Kensxxgtoxpaxkxoad"}, ALL - {HOME}),
        ({"birth_date": OTHER_DAY, "address": "164 Kensingtonpark"}, ALL - {BIRTH}),
        ({"birth_date": None, "address": "9 Kensington Park Road"}, ALL - {BIRTH}),
    ],
)
def test_which_facts_agree_of_two_records(other: dict[str, Any], agree: set[Fact]) -> None:
    first = EDITH._replace(phone=other.get("phone"))
    assert facts_of(first, first._replace(mrn="E2", **other)) == agree


def facts_of(a: Demographics, b: Demographics) -> frozenset[Fact] | None:
    """None where they are not even looked at as one person's."""
    ((pair, evidence),) = list(findings([profile(a), profile(b)], well_known=frozenset())) or [(None, None)]
    assert pair in ((0, 1), None)
    return None if evidence is None else evidence.facts


@pytest.mark.parametrize(
    "other",
    [
        {"birth_date": OTHER_DAY, "address": "9 Kensington Park Road"},  # a namesake in that street
        {"birth_date": OTHER_DAY, "address": "Kensingtonpark End"},
        {"birth_date": None, "given_name": "Ursula", "address": "9 Kensington Park Road"},
        {"birth_date": None, "family_name": "Vanderpool", "address": "9 Kensington Park Road"},
        {"birth_date": None, "address": ""},
    ],
)
def test_names_and_place_without_birth_date_or_home_are_nobodys(other: dict[str, Any]) -> None:
    assert facts_of(EDITH, EDITH._replace(mrn="E2", **other)) is None


def test_streets_without_a_number_are_no_one_house() -> None:
    first = EDITH._replace(address="Kensington Park Lower Eastern Hill")
    second = first._replace(mrn="E2", birth_date=OTHER_DAY, address="Kensingtonpark Hill")
    assert facts_of(first, second) is None
    assert facts_of(first, second._replace(birth_date=None)) == ALL - {BIRTH}
