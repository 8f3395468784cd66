"""Made-up patients with known truth: who is whom, which records are a person's second, and who only looks like it.

Names have the frequencies of the US census of 1990 (PyPI `names`, which ships the Census Bureau's lists), households
its sizes, ages a flat pyramid. Of the records, 5 % are somebody's second or third, each with one to three things that
desks and lives do to a record; on top come as many pairs of two people as there are second records who share nearly
all: twins 2 %, parent and child of one name 1.5 %, spouses with everything in common but name and birth date 1.5 %.
How often which corruption happens is ours, without a source, as is each share in the tables below.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import combinations, groupby
from pathlib import Path

from portaldesk.rules.matching import Demographics

TODAY = date(2026, 11, 30)
DUPLICATES, TWINS, NAMED_AFTER, COUPLES = 0.05, 0.02, 0.015, 0.015

_HOUSEHOLD_SIZES = (1, 2, 3, 4, 5, 6), (28, 35, 15, 13, 6, 3)  # US Census Bureau, table HH-4, rounded
_STREETS = [
    "Street",
    "St",
    "Avenue",
    "Ave",
    "Road",
    "Rd",
    "Drive",
    "Dr",
    "Lane",
    "Ln",
    "Court",
    "Ct",
    "Boulevard",
    "Way",
    "Place",
    "Circle",
]
_MAILS = ["gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "aol.com", "icloud.com", "comcast.net", "example.org"]
_MARKED = {  # as written with all marks; the census lists have none
    "Garcia": "García", "Rodriguez": "Rodríguez", "Martinez": "Martínez", "Hernandez": "Hernández", "Lopez": "López",
    "Gonzalez": "González", "Perez": "Pérez", "Sanchez": "Sánchez", "Ramirez": "Ramírez", "Munoz": "Muñoz",
    "Jose": "José", "Maria": "María", "Jesus": "Jesús", "Andre": "André", "Rene": "René", "Francois": "François",
    "Mueller": "Müller", "Schroeder": "Schröder", "Nunez": "Núñez", "Pena": "Peña", "Chloe": "Chloé", "Zoe": "Zoë",
}  # fmt: skip
_SCRIPTS = [  # given, family, both in Latin letters as people write themselves
    ("Иван", "Петров", "Ivan", "Petrov"), ("Наталья", "Кузнецова", "Natalya", "Kuznetsova"),
    ("Ольга", "Иванова", "Olga", "Ivanova"), ("Сергей", "Волков", "Sergey", "Volkov"),
    ("Дмитрий", "Попов", "Dmitriy", "Popov"), ("Γιώργος", "Παπάς", "Giorgos", "Papas"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Population:
    """Records in no order, and the truth about them: pairs of MRNs, the lower first."""

    records: list[Demographics]
    same: frozenset[tuple[str, str]]
    twins: frozenset[tuple[str, str]]
    named_after: frozenset[tuple[str, str]]
    couples: frozenset[tuple[str, str]]

    @property
    def hard(self) -> dict[str, frozenset[tuple[str, str]]]:
        """Two people each, by what makes them look like one."""
        return {"twins": self.twins, "Jr/Sr": self.named_after, "spouses": self.couples}


def population(size: int, *, seed: int) -> Population:
    """`size` records of a region's clinic; the same for the same size and seed."""
    return _Town(random.Random(seed), size).filled()


class _Names:
    """Names drawn as often as people bear them."""

    def __init__(self) -> None:
        import names

        folder = Path(names.__file__).parent
        self.family = self._read(folder / "dist.all.last")
        self.first = {sex: self._read(folder / f"dist.{sex}.first") for sex in ("female", "male")}

    @staticmethod
    def _read(file: Path) -> tuple[list[str], list[float]]:
        rows = [line.split() for line in file.read_text(encoding="ascii").splitlines()]
        return [row[0].capitalize() for row in rows], [float(row[2]) for row in rows]

    @staticmethod
    def draw(rng: random.Random, table: tuple[list[str], list[float]]) -> str:
        words, up_to = table
        return words[min(bisect(up_to, rng.random() * up_to[-1]), len(words) - 1)]

    @cache  # noqa: B019  (one object a run)
    def alike(self, name: str, sex: str) -> tuple[str, ...]:
        """Names of the first 600 that differ by one or two letters, and are no other spelling of this one.

        Other spellings: neighbours changed about (Jeffrey, Jeffery) or a letter doubled (Philip, Phillip).
        """
        from rapidfuzz.distance import OSA

        def undoubled(word: str) -> str:
            return "".join(letter for letter, _ in groupby(word.lower()))

        return tuple(
            other for other in self.first[sex][0][:600]
            if 0 < OSA.distance(name.lower(), other.lower(), score_cutoff=2) <= (1 if len(name) < 5 else 2)
            and undoubled(other) != undoubled(name)
            and not (sorted(other) == sorted(name) and OSA.distance(name, other) == 1)
        )  # fmt: skip


class _Town:
    def __init__(self, rng: random.Random, size: int) -> None:
        self.rng, self.size, self.names = rng, size, _Names()
        self.people: list[Demographics] = []
        self.zips = [(f"{67000 + n}", f"{self._family()}ville") for n in range(max(3, size // 4000))]
        self.owner: dict[str, int] = {}
        self.hard: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.original = ""

    # --- people and homes

    def filled(self) -> Population:
        rng, originals = self.rng, self.size - int(self.size * DUPLICATES)
        for share, made in ((TWINS, self._twins), (NAMED_AFTER, self._named_after), (COUPLES, self._couple)):
            for _ in range(int(self.size * share)):
                made()
        while len(self.people) < originals:
            self._household()
        people = self.people[:originals]
        records = list(people)
        while len(records) < self.size:
            at = rng.randrange(originals)
            for _ in range(1 if rng.random() < 0.93 else 2):
                records.append(self._second(people[at]))
                self.owner[records[-1].mrn] = self.owner[people[at].mrn]
        records = records[: self.size]
        rng.shuffle(records)
        of: dict[int, list[str]] = defaultdict(list)
        for record in records:
            of[self.owner[record.mrn]].append(record.mrn)
        same = {pair for mrns in of.values() for pair in combinations(sorted(mrns), 2)}
        hard = {
            kind: frozenset(
                (min(a, b), max(a, b))
                for one, two in pairs
                for a in of.get(self.owner[one], ())
                for b in of.get(self.owner[two], ())
            )
            for kind, pairs in self.hard.items()
        }
        return Population(records, frozenset(same), hard["twins"], hard["Jr/Sr"], hard["spouses"])

    def _family(self) -> str:
        return self.names.draw(self.rng, self.names.family)

    def _first(self, sex: str) -> str:
        return self.names.draw(self.rng, self.names.first[sex])

    def _given(self, sex: str) -> str:
        middle = self.rng.random()
        first = self._first(sex)
        return (
            first
            if middle < 0.4
            else f"{first} {self._first(sex)}"
            if middle < 0.7
            else f"{first} {self._first(sex)[0]}"
        )

    def _born(self, youngest: int, oldest: int) -> date:
        rng = self.rng
        born = TODAY - timedelta(days=rng.randrange(youngest * 365, oldest * 365))
        return born.replace(month=1, day=1) if rng.random() < 0.006 else born

    def _mrn(self) -> str:
        return f"P{self.rng.getrandbits(40):010x}"

    def _home(self) -> dict[str, str]:
        rng = self.rng
        postal_code, city = rng.choice(self.zips)
        street = f"{rng.randrange(1, 9900)} {self._family()} {rng.choice(_STREETS)}"
        return {
            "address": street + (f" Apt {rng.randrange(1, 90)}" if rng.random() < 0.25 else ""),
            "city": city, "postal_code": postal_code,
        }  # fmt: skip

    def _phone(self) -> str:
        return f"+1{self.rng.choice(('316', '620', '785', '913'))}{self.rng.randrange(2_000_000, 9_999_999)}"

    def _email(self, given: str, family: str) -> str:
        rng, first, last = self.rng, given.split()[0].lower(), family.split()[0].lower()
        name = rng.choice((f"{first}.{last}", f"{first[0]}{last}", f"{first}{last[0]}", f"{last}.{first[0]}"))
        return f"{name}{rng.randrange(1, 9999) if rng.random() < 0.8 else ''}@{rng.choice(_MAILS)}"

    def _person(self, family: str, born: date, home: dict[str, str], **known: str) -> Demographics:
        rng = self.rng
        sex = known.get("sex") or rng.choice(("female", "male"))
        given = known.get("given") or self._given(sex)
        if rng.random() < 0.02:
            family = f"{family}-{self._family()}" if rng.random() < 0.5 else f"{family} {self._family()}"
        if rng.random() < 0.004:
            given, family = rng.choice(_SCRIPTS)[:2]
        if rng.random() < 0.5:
            family, given = _MARKED.get(family, family), " ".join(_MARKED.get(word, word) for word in given.split())
        own_phone, own_email = known.get("phone"), known.get("email")
        phone = own_phone if own_phone is not None else self._phone() if rng.random() < 0.93 else ""
        email = own_email if own_email is not None else self._email(given, family) if rng.random() < 0.7 else ""
        if rng.random() < 0.01:
            phone = rng.choice(("+10000000000", "+19999999999", "+11234567890"))
        if rng.random() < 0.01:
            email = rng.choice(("unknown@example.org", "none@none.com", "noemail@example.org"))
        if rng.random() < 0.003:
            born = date(1900, 1, 1)
        if (TODAY - born).days < 30 and rng.random() < 0.5:
            given = "BABY BOY" if sex == "male" else "BABY GIRL"
        person = Demographics(
            self._mrn(), given, family + known.get("suffix", ""), (), born, sex, phone or None, email or None, **home
        )
        self.owner[person.mrn] = len(self.owner)
        self.people.append(person)
        return person

    def _household(self) -> None:
        rng, home, family = self.rng, self._home(), self._family()
        head = self._person(family, self._born(18, 92), home)
        taken = {head.given_name.split()[0]}
        for n in range(1, rng.choices(*_HOUSEHOLD_SIZES)[0]):
            sex = rng.choice(("female", "male"))
            if n == 1:
                sex = "male" if head.sex == "female" else "female"
            given = self._given(sex)
            while given.split()[0] in taken:  # whoever is called alike at home is made by _named_after
                given = self._given(sex)
            taken.add(given.split()[0])
            named = {"sex": sex, "given": given}
            age = (TODAY - (head.birth_date or TODAY)).days // 365
            shared = {
                key: value or ""
                for key, value, share in (("phone", head.phone, 0.45), ("email", head.email, 0.35))
                if rng.random() < share
            }
            if n == 1 and rng.random() < 0.75:
                born = min(head.birth_date or TODAY, date(2007, 1, 1)) + timedelta(days=rng.randrange(-2500, 2500))
                self._person(
                    family if rng.random() < 0.8 else self._family(), max(born, date(1930, 1, 1)), home,
                    **named, **shared,
                )  # fmt: skip
            elif age > 20:
                self._person(family, self._born(0, max(1, min(age - 18, 24))), home, **named, **shared)
            else:
                self._person(self._family(), self._born(18, 80), home, **named, **shared)

    def _pair(self, kind: str, a: Demographics, b: Demographics) -> None:
        self.hard[kind].add((a.mrn, b.mrn))

    def _twins(self) -> None:
        rng, home, family, born = self.rng, self._home(), self._family(), self._born(0, 60)
        phone, email = self._phone(), self._email(self._first("female"), family)
        sex = rng.choice(("female", "male"))
        first = self._given(sex)
        other_sex = sex if rng.random() < 0.65 else "female" if sex == "male" else "male"
        kind, name = rng.random(), first.split()[0]
        alike = self.names.alike(name, other_sex)
        same_letter = [n for n in self.names.first[other_sex][0][:600] if n[0] == name[0] and n != name]
        second = self._given(other_sex)
        if kind < 0.3 and alike:
            second = " ".join([rng.choice(alike), *second.split()[1:]])
        elif kind < 0.55 and same_letter:
            second = " ".join([rng.choice(same_letter), *second.split()[1:]])
        elif kind < 0.65:
            second = " ".join([second.split()[0], *first.split()[1:]])
        while second.split()[0] == name or second.split()[0].lower() in _short_forms(name.lower()):
            second = self._given(other_sex)  # nobody calls twins William and Willie
        contacts = {"phone": phone, "email": email if rng.random() < 0.8 else ""}
        a = self._person(family, born, home, sex=sex, given=first, **contacts)
        later = timedelta(days=1 if rng.random() < 0.01 else 0)
        self._pair("twins", a, self._person(family, born + later, home, sex=other_sex, given=second, **contacts))

    def _named_after(self) -> None:
        rng, home, family = self.rng, self._home(), self._family()
        sex = "male" if rng.random() < 0.85 else "female"
        given, born = self._given(sex), self._born(20, 70)
        parent_born = born - timedelta(days=rng.randrange(17 * 365, 45 * 365))
        if rng.random() < 0.02:
            parent_born = born.replace(year=born.year - rng.choice((20, 28, 30)), day=min(born.day, 28))
        suffixes = rng.choices(((" Sr", " Jr"), ("", " Jr"), ("", " II"), ("", "")), (25, 25, 10, 40))[0]
        shared = {"phone": self._phone(), "email": self._email(given, family)}
        lived_apart = rng.random() < 0.3
        first = self._person(family, parent_born, home, sex=sex, given=given, suffix=suffixes[0], **shared)
        own = {} if lived_apart else {k: v for k, v in shared.items() if rng.random() < 0.7}
        named = given if rng.random() < 0.7 else given.split()[0]
        child = self._person(
            family, born, self._home() if lived_apart else home, sex=sex, given=named, suffix=suffixes[1], **own
        )
        self._pair("Jr/Sr", first, child)

    def _couple(self) -> None:
        rng, home, family, born = self.rng, self._home(), self._family(), self._born(20, 90)
        shared = {"phone": self._phone(), "email": self._email("the", family)}
        a = self._person(family, born, home, sex="female", **shared)
        b = self._person(
            family, min(born + timedelta(days=rng.randrange(-3000, 3000)), date(2008, 1, 1)), home, sex="male", **shared
        )
        self._pair("spouses", a, b)

    # --- what becomes of a record when somebody is registered once more

    def _second(self, person: Demographics) -> Demographics:
        rng, record = self.rng, person._replace(mrn=self._mrn())
        self.original = person.mrn
        kinds = list(_CORRUPTIONS)
        for corrupt in rng.choices(
            kinds, [_CORRUPTIONS[kind] for kind in kinds], k=rng.choices((1, 2, 3), (45, 37, 18))[0]
        ):
            record = corrupt(self, record)
        return record

    def _nickname(self, person: Demographics) -> Demographics:
        first, *rest = person.given_name.split()
        known = sorted(_short_forms(first.lower()))
        return person._replace(given_name=" ".join([self.rng.choice(known).capitalize(), *rest])) if known else person

    def _slip(self, word: str) -> str:
        """One of: a letter more, less, other, doubled, or two changed about; never the first."""
        rng = self.rng
        if len(word) < 3:
            return word
        at, letter = rng.randrange(1, len(word)), rng.choice("etaoinsrhldcumfpgwybvk")
        return rng.choice((
            word[:at] + letter + word[at:], word[:at] + word[at + 1 :], word[:at] + letter + word[at + 1 :],
            word[:at] + word[at - 1] + word[at:], word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        ))  # fmt: skip

    def _given_slip(self, person: Demographics) -> Demographics:
        first, *rest = person.given_name.split()
        return person._replace(given_name=" ".join([self._slip(first), *rest]))

    def _family_slip(self, person: Demographics) -> Demographics:
        return person._replace(family_name=self._slip(person.family_name))

    def _changed_about(self, person: Demographics) -> Demographics:
        return person._replace(given_name=person.family_name, family_name=person.given_name.split()[0])

    def _new_family(self, person: Demographics) -> Demographics:
        """Married or divorced: a new family name, joined to the old one or in its place, the old one kept or not."""
        rng, new = self.rng, self._family()
        if rng.random() < 0.45:
            return person._replace(
                family_name=rng.choice((f"{person.family_name}-{new}", f"{new} {person.family_name}"))
            )
        return person._replace(family_name=new, other_names=(person.family_name,) if rng.random() < 0.6 else ())

    def _unmarked(self, person: Demographics) -> Demographics:
        latin = {given: other for given, _, other, _ in _SCRIPTS} | {family: other for _, family, _, other in _SCRIPTS}
        plain = {marked: bare for bare, marked in _MARKED.items()} | latin
        return person._replace(
            given_name=" ".join(plain.get(word, word) for word in person.given_name.split()),
            family_name=plain.get(person.family_name, person.family_name.upper()),
        )

    def _middle(self, person: Demographics) -> Demographics:
        first, *rest = person.given_name.split()
        if not rest:
            # the same one each time: it was never asked for before
            sex = person.sex if person.sex in self.names.first else "male"
            middle = self.names.draw(random.Random(self.original), self.names.first[sex])
            return person._replace(given_name=f"{first} {middle}")
        return person._replace(given_name=first if self.rng.random() < 0.6 else f"{first} {rest[0][0]}.")

    def _middle_first(self, person: Demographics) -> Demographics:
        first, *rest = person.given_name.split()
        return person._replace(given_name=rest[0]) if rest and len(rest[0]) > 1 else person._replace(given_name=first)

    def _birth_slip(self, person: Demographics) -> Demographics:
        rng, born = self.rng, person.birth_date
        if born is None:
            return person
        kind = rng.random()
        try:
            if kind < 0.3 and born.day <= 12:
                return person._replace(birth_date=born.replace(month=born.day, day=born.month))
            if kind < 0.6:
                return person._replace(birth_date=born.replace(day=born.day + rng.choice((-1, 1, -10, 10))))
            if kind < 0.75:
                return person._replace(birth_date=born.replace(month=born.month + rng.choice((-1, 1))))
            return person._replace(birth_date=born.replace(year=born.year + rng.choice((-1, 1, -1, 1, -10, 10))))
        except ValueError:
            return person._replace(birth_date=born - timedelta(days=1))

    def _no_birth_date(self, person: Demographics) -> Demographics:
        return person._replace(birth_date=self.rng.choice((None, date(1900, 1, 1))))

    def _moved(self, person: Demographics) -> Demographics:
        return person._replace(**self._home())

    def _new_phone(self, person: Demographics) -> Demographics:
        return person._replace(phone=self._phone())

    def _new_email(self, person: Demographics) -> Demographics:
        return person._replace(email=self._email(person.given_name, person.family_name))

    def _missing(self, person: Demographics) -> Demographics:
        rng, lost = self.rng, person
        if rng.random() < 0.5:
            lost = lost._replace(phone=rng.choice((None, "+10000000000")))
        if rng.random() < 0.5:
            lost = lost._replace(email=rng.choice((None, "unknown@example.org")))
        return lost._replace(address="", city="", postal_code="") if rng.random() < 0.25 else lost

    def _written_otherwise(self, person: Demographics) -> Demographics:
        address = person.address.replace("Street", "St").replace("Avenue", "Ave.").replace(" Apt ", " #")
        return person._replace(address=self._slip(address) if self.rng.random() < 0.4 else address.upper())

    def _sex(self, person: Demographics) -> Demographics:
        other = "female" if person.sex == "male" else "male"
        return person._replace(sex="unknown" if self.rng.random() < 0.9 else other)

    def _initial(self, person: Demographics) -> Demographics:
        return person._replace(given_name=f"{person.given_name[0]}.")


_CORRUPTIONS: dict[Callable[[_Town, Demographics], Demographics], int] = {
    _Town._nickname: 12, _Town._given_slip: 9, _Town._family_slip: 9, _Town._changed_about: 3, _Town._new_family: 8,
    _Town._unmarked: 10, _Town._middle: 14, _Town._middle_first: 1, _Town._birth_slip: 9, _Town._no_birth_date: 1,
    _Town._moved: 22, _Town._new_phone: 18, _Town._new_email: 18, _Town._missing: 22, _Town._written_otherwise: 12,
    _Town._sex: 4, _Town._initial: 1,
}  # fmt: skip


@cache
def _short_forms(name: str) -> frozenset[str]:
    """Nicknames of a name, and what it is a nickname of: from the list that our matching reads too."""
    namer = _nicknames()
    return frozenset(namer.nicknames_of(name) | namer.canonicals_of(name))


@cache
def _nicknames():  # type: ignore[no-untyped-def]
    from nicknames import NickNamer

    return NickNamer()
