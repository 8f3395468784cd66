"""Whoever calls is helped in six commands at most, and the attack nearest to it is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from clinic_calls import Call, desk
from desks import Clinic, made_clinic
from table import MOST_COMMANDS, table
from the_callers import CALLERS, Caller

DOCS = Path(__file__).parents[2] / "docs" / "callers.md"
COLUMNS = (
    "mrn", "given_name", "family_name", "birth_date", "sex", "phone", "email", "address", "city", "postal_code",
    "status", "last_visit", "merged_into",
)  # fmt: skip
SURVIVOR = {
    "mrn": "MRN-LIVES", "given_name": "Sur", "family_name": "Vivor", "birth_date": "1970-01-02", "sex": "female",
    "phone": "(555) 200-0001", "email": "lives@example.org", "address": "1 Elm Street", "city": "Pratt",
    "postal_code": "66001", "status": "active", "last_visit": "2026-10-01", "merged_into": "",
}  # fmt: skip


def person(caller: Caller, n: int, *, attacked: bool) -> dict[str, str]:
    """The row of the patient whom this caller calls about, or an attacker; every patient is another."""
    at = 2 * n + attacked
    row = SURVIVOR | {
        "mrn": f"MRN-{100 + at}", "given_name": f"Kim{chr(97 + at // 26)}{chr(97 + at % 26)}",
        "family_name": f"Jordan{at}",
        "birth_date": f"19{40 + at % 50}-0{1 + at % 9}-1{at % 10}", "phone": f"(555) 300-{1000 + at}",
        "email": f"kim.{at}@example.org", "postal_code": f"67{100 + at}", "address": f"{at + 1} Oak Street",
    } | {name: value.replace("{survivor}", "MRN-LIVES") for name, value in caller.facts.items()}  # fmt: skip
    return row | ({"mrn": f"{row['mrn']}-A"} if attacked and "mrn" in caller.facts else {})


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clinic, str]:
    """A clinic that knows every patient of the table, and the token of a clerk who is the parent of one."""
    folder = tmp_path_factory.mktemp("callers")
    made = made_clinic(folder / "clinic")
    rows = [SURVIVOR, *(person(one, n, attacked=a) for n, one in enumerate(CALLERS) for a in (False, True))]
    with (folder / "patients.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    assert made.rosa("import", "patients", str(folder / "patients.csv")).code == 0
    kin = made.rosa("staff", "add", "kim", "--role", "front-desk", "--linked", "MRN-KIN-A", "--with-token", "--json")
    return made, kin.document["token"]


@pytest.mark.parametrize("attacked", [False, True], ids=["helped", "refused"])
@pytest.mark.parametrize("n", range(len(CALLERS)), ids=lambda n: CALLERS[n].who)
def test_the_caller_is_helped_and_the_attack_nearest_to_it_is_refused(
    clinic: tuple[Clinic, str], n: int, attacked: bool
) -> None:
    one = CALLERS[n]
    row = person(one, n, attacked=attacked)
    call = Call(
        *clinic,
        {
            "mrn": row["mrn"], "born": row["birth_date"], "postal": row["postal_code"], "phone": row["phone"],
            "email": row["email"], "login": f"login{2 * n + attacked}", "n": str(2 * n + attacked),
            "survivor": "MRN-LIVES", "letters": str(clinic[0].home / "letters"), "first": row["given_name"],
        },
    )  # fmt: skip
    call.does(desk("end-call"))
    call.plays(one.before)
    if any("{old_link}" in step.says for step in one.attack):
        call.known["old_link"] = call.filled("{link}")
    call.plays(one.attack if attacked else one.way)
    call.does(desk("end-call"))


def test_nobody_needs_more_than_six_commands() -> None:
    assert len(CALLERS) >= 40
    assert {one.who: len(one.way) for one in CALLERS if len(one.way) > MOST_COMMANDS} == {}


def test_every_attack_ends_with_a_refusal_or_with_nothing_learnt() -> None:
    assert [one.who for one in CALLERS if not (one.attack[-1].ends or one.attack[-1].shows)] == []


def test_the_docs_have_the_table_as_it_is_played() -> None:
    assert DOCS.read_text("utf-8") == table(), "run: make docs"
