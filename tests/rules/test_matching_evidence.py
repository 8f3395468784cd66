"""What two records have in common, level by level: the words that a pair's grade is made of."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from typing import Any

import pytest

from portaldesk.rules.matching import Demographics, likeness
from portaldesk.rules.matching.blocking import LARGEST_BLOCK, SMALL_BLOCK, candidates, without_crowds
from portaldesk.rules.matching.evidence import Evidence, compare
from portaldesk.rules.matching.levels import Birth, Conflict, Contact, Family, Given
from portaldesk.rules.matching.profile import Profile, folded, profile

ROBERT = Demographics(
    mrn="1", given_name="Robert James", family_name="Whitaker", other_names=(), birth_date=date(1952, 7, 15),
    sex="male", phone="+15559078526", email="rob.whitaker@example.org", address="718 D'Amore Byway Apt 11",
    city="Rossville", postal_code="66533",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _likeness_judged_anew() -> None:
    likeness.likeness.cache_clear()  # what an earlier test found out is not this one's


def seen(one: dict[str, Any], two: dict[str, Any], *, well_known: set[str] | None = None) -> Evidence:
    """Two records that are Robert's but for this; the same whichever comes first."""
    found = looked_at(one, two, well_known=well_known)
    assert found is not None
    return found


def looked_at(one: dict[str, Any], two: dict[str, Any], *, well_known: set[str] | None = None) -> Evidence | None:
    a, b = profile(ROBERT._replace(**one)), profile(ROBERT._replace(mrn="2", **two))
    found = compare(a, b, well_known=well_known or set())
    assert found == compare(b, a, well_known=well_known or set())
    return found


@pytest.mark.parametrize(
    "two",
    [
        {"given_name": "Whitaker", "family_name": "Jones"},
        {"given_name": "Helen", "family_name": "Robert"},
        {"given_name": "Helen", "birth_date": date(1954, 1, 9)},
        {"given_name": "Helen", "birth_date": date(1970, 1, 9)},
    ],
)
def test_whose_names_or_birth_date_and_given_name_are_not_related_is_not_looked_at(two: dict[str, Any]) -> None:
    assert looked_at({}, two) is None


@pytest.mark.parametrize(
    ("one", "two", "level"),
    [
        ("1952-07-15", "1952-07-15", Birth.SAME),
        ("1985-01-01", "1985-01-01", Birth.NEW_YEAR),
        ("1985-01-02", "1985-01-02", Birth.SAME),
        ("1985-02-01", "1985-02-01", Birth.SAME),
        ("1952-07-05", "1952-05-07", Birth.SWAPPED),
        ("1952-07-05", "1953-05-07", Birth.NEAR),
        ("1952-07-31", "1952-08-01", Birth.SLIP),  # one day
        ("1952-07-31", "1952-08-02", Birth.NEAR),
        ("1979-12-31", "1980-12-31", Birth.SLIP),  # one year
        ("1979-12-31", "1981-12-31", Birth.NEAR),
        ("1979-11-12", "1980-12-11", Birth.NEAR),
        ("1952-09-10", "1952-10-10", Birth.SLIP),  # one month
        ("1952-09-10", "1952-11-10", Birth.NEAR),
        ("1952-09-10", "1953-10-10", Birth.NEAR),
        ("1952-07-15", "1952-07-25", Birth.SLIP),  # one figure
        ("1952-07-15", "1955-07-15", Birth.SLIP),
        ("1952-07-12", "1952-07-21", Birth.SLIP),  # two neighbours changed about
        ("1952-07-15", "1952-07-26", Birth.NEAR),
        ("1952-07-13", "1952-07-30", Birth.NEAR),
        ("1952-07-15", "1952-08-16", Birth.NEAR),
        ("1945-07-15", "1954-07-15", Birth.SLIP),  # nine years: nobody's parent
        ("1952-07-15", "1962-07-15", Birth.SLIP),  # ten, too
        ("1952-07-15", "1964-07-16", Birth.NEAR),  # twelve
        ("1952-07-15", "1965-07-15", Birth.DIFFERENT),  # thirteen: somebody's
        ("1952-07-15", None, Birth.ABSENT),
        (None, None, Birth.ABSENT),
        ("1900-01-01", "1900-01-01", Birth.ABSENT),
    ],
)
def test_birth_dates(one: str | None, two: str | None, level: Birth) -> None:
    days = [{"birth_date": None if text is None else date.fromisoformat(text)} for text in (one, two)]
    assert seen(days[0], days[1]).birth is level


@pytest.mark.parametrize(
    ("one", "two", "level"),
    [
        ("Robert", "ROBERT", Given.SAME),
        ("Robert", "Róbert", Given.SAME),
        ("Mary Ann", "Maryann", Given.SAME),
        ("J O", "Jo", Given.SAME),
        ("Robert", "Bob", Given.NICKNAME),
        ("Bob", "Robert", Given.NICKNAME),
        ("Ann", "Anne", Given.NICKNAME),
        ("Robert854", "Bob854", Given.NICKNAME),
        ("Robert854", "Bob7", Given.DIFFERENT),
        ("Robert", "Robrt", Given.SLIP),
        ("Robert", "Robetr", Given.SLIP),
        ("Silva", "Sliva", Given.SLIP),  # changed about: five letters are enough
        ("Silda", "Silza", Given.ALIKE),  # two names that nobody knows: six letters are asked
        ("Silva", "Silza", Given.SLIP),  # one of them is known
        ("Michael", "Micheal", Given.SLIP),  # both are, but not to twins
        ("Jenifer", "Jennifer", Given.SLIP),
        ("Mark", "Mrk", Given.SLIP),
        ("Maria", "Marie", Given.ALIKE),
        ("Daniel", "Daniela", Given.ALIKE),
        ("Emily", "Emma", Given.ALIKE),
        ("Jayden", "Hayden", Given.ALIKE),
        ("Robert", "Helen", Given.DIFFERENT),
        ("R.", "Robert", Given.INITIAL),
        ("J", "J", Given.NEITHER),
        ("", "Robert", Given.ABSENT),
        ("", "", Given.NEITHER),
        ("J", "Robert", Given.DIFFERENT),
        ("Robert James", "James", Given.MIDDLE_USED),
        ("James", "Robert James", Given.MIDDLE_USED),
        ("BABY BOY", "Robert", Given.NEWBORN),
        ("N/A", "Robert", Given.ABSENT),
        ("Na", "Na", Given.SAME),
    ],
)
def test_given_names(one: str, two: str, level: Given) -> None:
    assert seen({"given_name": one}, {"given_name": two}).given is level


def test_two_names_that_are_both_known_are_no_slip_of_each_other() -> None:
    pair = ({"given_name": "Kaylin"}, {"given_name": "Kaylan"})
    assert seen(*pair).given is Given.SLIP
    assert seen(*pair, well_known={"kaylin"}).given is Given.SLIP
    assert seen(*pair, well_known={"kaylin", "kaylan"}).given is Given.ALIKE
    for listed in (("Alberta", "Alverta"), ("Bernie", "Bertie"), ("Andre", "Andrew"), ("Alberta7", "Alverta7")):
        assert seen({"given_name": listed[0]}, {"given_name": listed[1]}).given is Given.ALIKE


def test_a_name_the_person_also_had_is_told() -> None:
    assert seen({"given_name": "Kip"}, {"other_names": ("Kip",)}).given is Given.OTHER_NAME
    assert seen({"given_name": "Kip", "other_names": ("Robert",)}, {}).given is Given.OTHER_NAME


@pytest.mark.parametrize(
    ("one", "two", "level"),
    [
        ({}, {"family_name": "WHITAKER"}, Family.SAME),
        ({}, {"family_name": "Whitaker Jr"}, Family.SAME),
        ({}, {"family_name": "Whitaker-Jones"}, Family.PART),
        ({"family_name": "van der Berg"}, {"family_name": "Berg"}, Family.PART),
        ({"family_name": "van Berg"}, {"family_name": "der Berg"}, Family.PART),
        ({"family_name": "van der Berg"}, {"family_name": "van der Wal"}, Family.DIFFERENT),
        ({}, {"family_name": "Whittaker"}, Family.SLIP),
        ({"family_name": "Wolff"}, {"family_name": "Wolf"}, Family.SLIP),
        ({"family_name": "Wolf"}, {"family_name": "Wulf"}, Family.SLIP),  # four letters
        ({"family_name": "Lee"}, {"family_name": "Leo"}, Family.DIFFERENT),  # three
        ({}, {"family_name": "Whitakker-Jones"}, Family.DIFFERENT),
        ({}, {"family_name": "Witakker"}, Family.SLIP),  # two slips, in seven letters
        ({}, {"family_name": "Jones", "other_names": ("Whitaker",)}, Family.OTHER_NAME),
        ({}, {"family_name": "Jones", "other_names": ("Robert James Whitaker",)}, Family.OTHER_NAME),
        ({}, {"family_name": "Jones"}, Family.DIFFERENT),
        ({}, {"family_name": ""}, Family.ABSENT),
        ({}, {"family_name": "Unknown"}, Family.ABSENT),
        ({}, {"family_name": "N/A"}, Family.ABSENT),
        ({}, {"given_name": "Whitaker", "family_name": "Robert"}, Family.SWAPPED),
        ({}, {"given_name": "Whitaker", "family_name": "Bob"}, Family.SWAPPED),
        ({}, {"given_name": "Whitaker", "family_name": "Robrt"}, Family.SWAPPED),
        ({}, {"given_name": "Kip", "family_name": "Robert", "other_names": ("Whitaker",)}, Family.SWAPPED),
        ({}, {"given_name": "Whitaker", "family_name": "Robert James"}, Family.SWAPPED),
    ],
)
def test_family_names(one: dict[str, Any], two: dict[str, Any], level: Family) -> None:
    assert seen(one, two).family is level


@pytest.mark.parametrize(
    ("one", "two", "level"),
    [
        (("Robert James", "Whitaker"), ("Whitaker", "Robert"), Given.SAME),
        (("Robert James", "Whitaker"), ("Whitaker", "Robrt"), Given.SLIP),
        (("Robert James", "Whitaker"), ("Witaker", "Robrt"), Given.SLIP),
        (("Olga", "Scott"), ("Scott", "Olag"), Given.SLIP),
        (("Robert James", "Whitaker"), ("Whitaker", "Bob"), Given.NICKNAME),
        (("Robert James", "Whitaker"), ("Whitaker", "R"), Given.INITIAL),
    ],
)
def test_of_names_changed_about_the_given_name_is_compared(
    one: tuple[str, str], two: tuple[str, str], level: Given
) -> None:
    records = [{"given_name": given, "family_name": family} for given, family in (one, two)]
    found = seen(*records)
    assert (found.family, found.given) == (Family.SWAPPED, level)


def test_a_twin_whose_names_changed_about_is_no_slip_of_the_other() -> None:
    billie, willie = {"given_name": "Billie", "family_name": "Ly"}, {"given_name": "Ly", "family_name": "Willie"}
    assert looked_at(billie, willie) is None


@pytest.mark.parametrize(
    ("one", "two", "level"),
    [
        ("Virgini", "Virginia", Given.SLIP),
        ("Jacqtuline", "Jacqueline", Given.SLIP),
        ("Nelsohn", "Nellon", Given.ALIKE),  # neither is a name, so either may be one
        ("Lakshmi", "Lakshan", Given.ALIKE),
        ("Aarushi", "Aarusha", Given.ALIKE),
        ("Camilo", "Kamila", Given.ALIKE),
        ("Valentinu", "Valentin", Given.ALIKE),
        ("Magrie", "Marjorie", Given.NICKNAME),
        ("Stepen", "Steve", Given.NICKNAME),
        ("Samy", "Samuel", Given.NICKNAME),
        ("R", "Bobbie", Given.INITIAL),
        ("M", "Thresa Mary", Given.INITIAL),
        ("X", "Thresa Mary", Given.DIFFERENT),
        ("Zyxwvo", "Robert", Given.DIFFERENT),
        ("Ada M", "Adam", Given.ALIKE),
        ("Jackie", "Jodi Jackie", Given.MIDDLE_USED),
        ("Mary T", "Thresa Mary", Given.MIDDLE_USED),
        ("Walter C", "Wilbert Walter", Given.DIFFERENT),
        ("Ralph Jonathan", "Howard Ralph", Given.DIFFERENT),
    ],
)
def test_what_alone_is_no_name_is_another_gone_wrong(one: str, two: str, level: Given) -> None:
    assert seen({"given_name": one}, {"given_name": two}).given is level


def test_two_family_names_that_are_both_common_are_no_slip() -> None:
    pair = ({}, {"family_name": "Whittaker"})
    assert seen(*pair, well_known={"whitaker"}).family is Family.SLIP
    assert seen(*pair, well_known={"whitaker", "whittaker"}).family is Family.DIFFERENT


@pytest.mark.parametrize(
    ("one", "two", "conflicts"),
    [
        ({}, {}, set()),
        ({}, {"sex": "F"}, {Conflict.SEX}),
        ({"sex": "Male"}, {"sex": "m"}, set()),
        ({}, {"sex": "other"}, set()),
        ({}, {"sex": ""}, set()),
        ({}, {"given_name": "Robert Paul"}, {Conflict.MIDDLE}),
        ({}, {"given_name": "Robert J"}, set()),
        ({}, {"given_name": "Robert P"}, {Conflict.MIDDLE}),
        ({}, {"given_name": "Robert"}, set()),
        ({}, {"given_name": "Bob Paul"}, {Conflict.MIDDLE}),
        ({}, {"given_name": "R Paul"}, {Conflict.MIDDLE}),
        ({}, {"given_name": "James Robert"}, set()),  # the middle name was used: nothing is left to compare
        ({}, {"given_name": "Whitaker Paul", "family_name": "Robert"}, set()),
        ({"sex": "m"}, {"sex": "F"}, {Conflict.SEX}),
        ({"given_name": "Robert Jones"}, {"family_name": "Jones", "other_names": ("Whitaker",)}, set()),
        ({"family_name": "Whitaker Sr"}, {"family_name": "Whitaker Jr"}, {Conflict.SUFFIX}),
        ({"family_name": "Whitaker Junior"}, {"given_name": "Robert James Jr"}, set()),
        ({}, {"family_name": "Whitaker Jr"}, set()),  # left out on one, and born the same day
        ({}, {"family_name": "Whitaker Jr", "birth_date": date(1952, 7, 16)}, {Conflict.SUFFIX}),
        ({}, {"family_name": "Whitaker Jr", "birth_date": None}, {Conflict.SUFFIX}),
    ],
)
def test_what_speaks_against_one_person(one: dict[str, Any], two: dict[str, Any], conflicts: set[Conflict]) -> None:
    assert seen(one, two).conflicts == conflicts


@pytest.mark.parametrize(
    ("name", "same"),
    [("Robert James", True), ("Robert Jim", True), ("Bob James", True), ("Robert Jaems", True), ("Robert J", False),
     ("Robert", False), ("Robert Paul", False), ("James", False)],
)  # fmt: skip
def test_middle_names_that_agree_are_told(name: str, same: bool) -> None:
    assert seen({}, {"given_name": name}).same_middle is same
    assert seen({"given_name": "Robert Jo"}, {"given_name": "Bob Jo"}).same_middle


HOME: dict[str, Any] = {"phone": None, "email": None}


@pytest.mark.parametrize(
    ("one", "two", "contacts"),
    [
        ({}, {}, (Contact.PHONE, Contact.EMAIL, Contact.ADDRESS)),
        ({"email": None, "address": ""}, {}, (Contact.PHONE,)),
        ({"phone": None, "address": ""}, {"email": " Rob.Whitaker@EXAMPLE.org "}, (Contact.EMAIL,)),
        (HOME, {"address": "718 damore byway #11"}, (Contact.ADDRESS,)),
        (HOME, {"address": "Apt 11, 718 D'Amore Byway"}, (Contact.ADDRESS,)),
        (HOME, {"address": "718 D'Amore Byway"}, (Contact.ADDRESS,)),  # a unit left out is no other home
        (HOME, {"address": "718 D'Amore Byway Apt 12"}, ()),
        (HOME, {"address": "719 D'Amore Byway Apt 11"}, ()),
        (HOME, {"postal_code": "66533-1234"}, (Contact.ADDRESS,)),
        (HOME, {"postal_code": "66534"}, (Contact.ADDRESS_ALIKE,)),
        (HOME, {"postal_code": "10027"}, ()),
        (HOME, {"address": "718 Damore Bywya #11"}, (Contact.ADDRESS_ALIKE,)),
        (HOME, {"address": "781 D'Amore Byway Apt 11"}, (Contact.ADDRESS_ALIKE,)),
        (HOME, {"postal_code": ""}, (Contact.ADDRESS,)),  # then the city decides
        (HOME, {"postal_code": "", "city": "Derby"}, ()),
        (HOME | {"postal_code": "", "city": "Saint John"}, {"city": "SAINTJOHN"}, (Contact.ADDRESS,)),
        (HOME | {"city": "", "postal_code": ""}, {"city": "", "postal_code": ""}, ()),
        (HOME | {"address": "1 North Main Street"}, {"address": "1 n main st"}, (Contact.ADDRESS,)),
        (HOME | {"address": "Rossville"}, {"address": "Rossville"}, ()),  # no house
        (HOME | {"address": "1 Homeless Way"}, {"address": "1 Homeless Way"}, ()),
        (HOME | {"address": "General Delivery"}, {"address": "general delivery"}, ()),
        (HOME | {"address": "No fixed abode"}, {"address": "No fixed abode"}, ()),
    ],
)
def test_contacts_in_common(one: dict[str, Any], two: dict[str, Any], contacts: tuple[Contact, ...]) -> None:
    assert seen(one, two).contacts == contacts


@pytest.mark.parametrize("phone", [None, "", "+10000000000", "+15555555555", "+11234567890", "+19999999999"])
def test_a_filled_in_phone_is_none(phone: str | None) -> None:
    assert profile(ROBERT._replace(phone=phone)).phone == ""
    assert profile(ROBERT._replace(phone="+1 (555) 555-5556")).phone == "15555555556"


@pytest.mark.parametrize(
    "email",
    [None, "", "unknown@example.org", "no-email@example.org", "none1@x.org", "test@x.org", "declined@x.org", "na@x.org",
     "not.provided@x.org", "ana@", "@example.org", "ana", "-@example.org"],
)  # fmt: skip
def test_a_filled_in_email_is_none(email: str | None) -> None:
    assert profile(ROBERT._replace(email=email)).email == ""
    assert profile(ROBERT._replace(email="Norma@Example.org")).email == "norma@example.org"


@pytest.mark.parametrize(
    ("address", "street", "unit"),
    [
        ("718 D'Amore Byway", "718 damore byway", ""),
        ("12 Elm", "12 elm", ""),
        ("Rossville Apt 4", "", ""),
        ("Apt 11, 718 D'Amore Byway", "718 damore byway", "11"),
        ("Flat 3B 10 High Street", "10 high st", "3b"),
        ("10 High Street # 3 B", "10 high st", "3b"),
    ],
)
def test_an_address_is_a_street_and_a_unit_wherever_it_stands(address: str, street: str, unit: str) -> None:
    found = profile(ROBERT._replace(address=address))
    assert (found.street, found.unit) == (street, unit)


def test_a_record_is_folded() -> None:
    found = profile(
        ROBERT._replace(given_name="Ána-Lucía", family_name="de la O'Neil Jr", other_names=("Van Peña", "王"))
    )
    assert (found.given, found.given_joined, found.suffix) == (("ana", "lucia"), "analucia", "jr")
    assert (found.family, found.family_parts) == ("delaoneil", {"oneil"})
    assert found.others == {"pena", "vanpena", "wang"}
    assert (found.sex, found.phone, found.city, found.postal_code) == ("m", "15559078526", "rossville", "66533")
    assert (found.street, found.unit) == ("718 damore byway", "11")
    assert found.words == {"ana", "lucia", "oneil", "delaoneil", "pena", "vanpena", "wang"}
    assert profile(ROBERT._replace(family_name="de la")).family_parts == {"de", "la"}
    assert profile(ROBERT._replace(family_name="Jr")).family == "jr"
    assert folded("D'Amore-Peña 3") == ("damore", "pena", "3")


def _two_letters(n: int) -> str:
    return chr(97 + n // 26) + chr(97 + n % 26)


def crowd(size: int, *, first: int = 0, **same: Any) -> list[Profile]:
    """People whose names begin in different ways."""
    nothing: dict[str, Any] = {
        "phone": None, "email": None, "address": "", "city": "", "postal_code": "", "birth_date": None,
    }  # fmt: skip
    return [
        profile(
            ROBERT._replace(
                **(
                    nothing
                    | {"mrn": f"{n:03d}", "given_name": f"A{_two_letters(n)}", "family_name": f"B{_two_letters(n)}"}
                    | same
                ),
            )
        )
        for n in range(first, first + size)
    ]


@pytest.mark.parametrize(
    ("same", "kept"),
    [({"phone": ROBERT.phone}, "phone"), ({"email": ROBERT.email}, "email"), ({"address": ROBERT.address}, "street")],
)
def test_what_more_than_fifty_share_is_no_contact(same: dict[str, Any], kept: str) -> None:
    assert all(getattr(one, kept) for one in without_crowds(crowd(LARGEST_BLOCK, **same)))
    assert not any(getattr(one, kept) for one in without_crowds(crowd(LARGEST_BLOCK + 1, **same)))


@pytest.mark.parametrize("same", [{"phone": ROBERT.phone}, {"email": ROBERT.email}, {"address": ROBERT.address}])
def test_whoever_shares_a_contact_is_compared_once_the_lower_place_first(same: dict[str, Any]) -> None:
    assert sorted(candidates(crowd(3, **same))) == [(0, 1), (0, 2), (1, 2)]
    assert sorted(candidates([*crowd(2, **same), *crowd(1, first=2)])) == [(0, 1)]
    assert list(candidates(crowd(3))) == []


def test_who_shares_a_birth_date_or_a_house_full_of_people_is_compared_with_those_whose_names_begin_alike() -> None:
    born: dict[str, Any] = {"birth_date": ROBERT.birth_date}
    assert list(candidates(crowd(3, **born))) == []
    assert list(candidates([*crowd(3, **born), *crowd(1, **born, family_name="Bab-Zeller")])) == [(0, 3), (1, 3)]
    cruz, de_la_cruz = (crowd(1, **born, given_name=n[0], family_name=n[1:]) for n in ("ACruz", "Zde la Cruz"))
    assert list(candidates([*cruz, *de_la_cruz])) == [(0, 1)]
    assert len(list(candidates(crowd(SMALL_BLOCK, phone=ROBERT.phone)))) == SMALL_BLOCK * (SMALL_BLOCK - 1) // 2
    assert list(candidates(crowd(SMALL_BLOCK + 1, phone=ROBERT.phone))) == []


def test_people_of_one_name_are_compared_where_something_of_date_or_place_is_the_same() -> None:
    name = {"given_name": "Ann", "family_name": "Smith"}
    days = [date(1950 + n, 1 + n, 1 + n) for n in range(SMALL_BLOCK + 1)]
    alone = [one._replace(birth_date=day) for one, day in zip(crowd(len(days), **name), days, strict=True)]
    assert list(candidates(alone)) == []
    assert list(candidates([*alone, alone[2]._replace(birth_date=date(1952, 12, 3))])) == [(2, len(alone))]
    assert list(candidates([*alone, alone[2]._replace(birth_date=date(1922, 3, 3))])) == [(2, len(alone))]


def test_of_a_crowd_with_one_name_and_birth_date_those_next_to_each_other_are_compared() -> None:
    born = {"birth_date": ROBERT.birth_date}
    one_name = crowd(LARGEST_BLOCK + 10, **born, family_name="Smith")
    order = sorted(range(len(one_name)), key=lambda n: n * 37 % len(one_name))
    near = {pair for pair in combinations(range(len(order)), 2) if abs(order[pair[0]] - order[pair[1]]) < LARGEST_BLOCK}
    assert set(candidates([one_name[n] for n in order])) == near


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("718 damore byway rear house", "byway damore 718", True),  # words left out, in another order
        ("718 damorebyway", "718 damore byway", True),  # the gaps elsewhere
        ("718 damore byway", "damore byway", True),  # a house number left out
        ("718 damore byway", "781 damore byway", True),  # its figures changed about
        ("718 damore byway", "719 damore byway", False),
        ("718 damore byway", "718 hoeger bay", False),
        ("718 abcdefghijklmnopq", "718abcdefghijklmnxyz", True),  # 85 of a hundred letters, without the gaps
        ("718 abcdefghijklmnopq", "718abcdefghijklmwxyz", False),
        ("jklmnopqrs abcdefghi", "abcdefghi jklmnopxyz", True),  # and word by word
        ("jklmnopqrs abcdefghi", "abcdefghi jklmnowxyz", False),
    ],
)
def test_two_addresses_are_one_written_otherwise_up_to_85_per_cent(one: str, other: str, alike: bool) -> None:
    assert likeness.alike_addresses(one, other) is likeness.alike_addresses(other, one) is alike


def test_a_short_name_with_an_initial_is_no_longer_name() -> None:
    assert seen({"given_name": "Al M"}, {"given_name": "Alm"}).given is not Given.SAME
