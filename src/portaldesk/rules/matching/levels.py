"""What two records have in common, in words: each value is the sentence a clerk reads, and holds no patient's fact."""

from __future__ import annotations

from enum import StrEnum


class Given(StrEnum):
    """How two given names stand to each other."""

    SAME = "same given name"
    NICKNAME = "given names are nicknames of each other"
    OTHER_NAME = "given name of one is another name of the other"
    SLIP = "given names differ by typing slips"
    MIDDLE_USED = "given name of one is a middle name of the other"
    INITIAL = "of a given name only the initial is known"
    ALIKE = "given names look alike, but are two names"
    NEWBORN = "a newborn without a name"
    ABSENT = "given name not known"
    NEITHER = "the given name of neither is known"
    DIFFERENT = "given names differ"


class Family(StrEnum):
    """How two family names stand to each other."""

    SAME = "same family name"
    OTHER_NAME = "family name of one is a former or other name of the other"
    PART = "family name of one is part of the other's"
    SLIP = "family names differ by typing slips"
    SWAPPED = "given and family name changed places"
    ABSENT = "family name not known"
    DIFFERENT = "family names differ"


class Birth(StrEnum):
    """How two birth dates stand to each other."""

    SAME = "same birth date"
    NEW_YEAR = "same birth date, but 1 January, often an estimate"
    SWAPPED = "birth dates differ by day and month changed about"
    SLIP = "birth dates differ by one slip"
    NEAR = "birth dates differ, but by too little for parent and child"
    ABSENT = "birth date not known"
    DIFFERENT = "birth dates differ"


class Contact(StrEnum):
    """A way to reach both, so one household."""

    PHONE = "same phone"
    EMAIL = "same email"
    ADDRESS = "same address"
    ADDRESS_ALIKE = "addresses much alike"


class Fact(StrEnum):
    """What agrees of two records in a store where nobody shares a home (`unshared`)."""

    GIVEN = "given name"
    FAMILY = "family name"
    BIRTH = "birth date"
    HOME = "home"
    PLACE = "town or postal code"


class Conflict(StrEnum):
    """What speaks against one person, whatever agrees."""

    SEX = "sex differs"
    MIDDLE = "middle names differ"
    SUFFIX = "suffixes (Jr, Sr) differ"
    TWINS = "somebody born the same day is on file there"
    NAMESAKE = "somebody else of that name is on file there"
