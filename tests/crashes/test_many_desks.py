"""Many desks at one store at once: no update is lost, nothing is spent twice, the record stays one chain."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from desk_load import Shift, a_clinic, played, steps
from desk_work import mrn
from desks import Clinic
from processes import Ended, copy_of, end, patient_file, require_whole_at, start

import engines
from raw_stores import rows

DESKS, STEPS, PATIENTS = 20, 15, 64
REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"
pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Played:
    home: Path
    shifts: list[Shift]
    first: int
    """The number of the last event before the desks began."""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    home = tmp_path_factory.mktemp("day") / "home"
    place = engines.place(home)
    a_clinic(place, desks=DESKS, patients=PATIENTS)
    ((first,),) = rows(home, "SELECT seq FROM audit_head")
    shifts = [steps(desk, many=STEPS, patients=PATIENTS) for desk in range(DESKS)]
    yield Played(home, played(place, shifts), first)
    engines.remove(home)


def test_every_desk_ends_its_shift_and_is_refused_only_in_documented_words(day: Played) -> None:
    assert [len(shift.seconds) for shift in day.shifts] == [STEPS] * DESKS
    refused = sum((shift.refused for shift in day.shifts), Counter())
    reference = REFERENCE.read_text(encoding="utf-8")
    assert [code for code in refused if f"`{code}`" not in reference] == []
    assert "fault" not in refused


def test_each_event_is_one_desks_and_none_is_missing(day: Played) -> None:
    written = sorted(seq for shift in day.shifts for seq in shift.events)
    ((last,),) = rows(day.home, "SELECT seq FROM audit_head")
    assert written == list(range(day.first + 1, last + 1))
    assert len(rows(day.home, "SELECT seq FROM audit_event")) == last
    require_whole_at(day.home)


def test_what_can_be_had_once_was_had_by_one_desk_of_twenty(day: Played) -> None:
    done = sum((shift.done for shift in day.shifts), Counter())
    assert done["login of all"] == 1
    assert _permits(day, 0, "issue-temp-login") == 1
    assert _permits(day, 2, "apply-contact") == 1
    redeemed = "SELECT seq FROM audit_event WHERE action = 'redeem' AND outcome = 'done' AND patient = ? AND seq > ?"
    assert len(rows(day.home, redeemed, mrn(1), day.first)) == 1


def test_no_check_link_or_approval_gives_more_permits_than_it_may(day: Played) -> None:
    spent = rows(day.home, "SELECT ground, ground_id, action, count(*), count(spent_seq) FROM permit GROUP BY 1, 2, 3")
    assert [row for row in spent if row[3] != row[4]] == []  # none is left over
    sends = ("send-reset", "resend-invite")
    may = {"check": lambda action: 3 if action in sends else 1, "redemption": lambda _: 1, "approval": lambda _: 1}
    assert [row for row in spent if row[0] in may and row[3] > may[row[0]](row[2])] == []
    by_event = rows(day.home, "SELECT spent_seq FROM permit GROUP BY spent_seq HAVING count(*) > 1")
    assert by_event == []


def test_no_failed_sign_in_and_no_try_of_a_link_is_lost(day: Played) -> None:
    failures: Counter[str] = Counter()
    tries: Counter[str] = Counter()
    for action, outcome, patient, details in rows(
        day.home, "SELECT action, outcome, patient, details FROM audit_event ORDER BY seq"
    ):
        told = json.loads(details)
        if outcome == "refused" and action in ("sign-in", "change-password") and told.get("why") == "wrong":
            failures[patient] += 1
        elif outcome == "done" and (action in ("sign-in", "change-password") or _gives_a_password(action, told)):
            failures[patient] = 0
        if told.get("code") == "wrong-fact":
            tries[told["credential"]] += 1
    assert sum(failures.values()) > 0
    counted = rows(day.home, "SELECT mrn, failed_attempts FROM portal_account WHERE failed_attempts > 0")
    assert dict(counted) == {patient: count for patient, count in failures.items() if count}
    tried = rows(day.home, "SELECT id, tries FROM recovery_credential WHERE tries > 0")
    assert dict(tried) == dict(tries)


def _gives_a_password(action: str, told: dict[str, object]) -> bool:
    return action == "redeem" and told.get("kind") in ("invitation", "reset")


def _permits(day: Played, n: int, action: str) -> int:
    return len(rows(day.home, "SELECT 1 FROM permit WHERE mrn = ? AND action = ?", mrn(n), action))


def test_whole_commands_of_five_desks_at_once_all_do_what_they_say(clinic_template: Clinic, tmp_path: Path) -> None:
    clinic = copy_of(clinic_template, tmp_path / "home")
    assert clinic.rosa("import", "patients", str(patient_file(tmp_path / "ten.csv", 1, 10))).code == 0
    tokens = [_own_token(clinic, f"clerk{n}") for n in range(5)]
    said = ("--birth-date", "1952-07-15", "--photo-id", "passport", "--json")
    checked = _at_once(clinic, [(token, ("verify-identity", f"MRN-{n + 1}", *said)) for n, token in enumerate(tokens)])
    assert [(one.code, json.loads(one.out)["level"]) for one in checked] == [(0, "strong")] * 5
    sent = ("--json", "--no-send")
    done = _at_once(clinic, [(token, ("resend-invite", f"MRN-{n + 1}", *sent)) for n, token in enumerate(tokens)])
    assert [one.code for one in done] == [0] * 5
    numbers = [json.loads(one.out)["audit_seq"] for one in (*checked, *done)]
    assert len(set(numbers)) == 10
    assert len(rows(clinic.home, "SELECT 1 FROM permit WHERE action = 'resend-invite'")) == 5
    require_whole_at(clinic.home)


def _own_token(clinic: Clinic, name: str) -> str:
    return str(clinic.rosa("staff", "add", name, "--role", "front-desk", "--with-token", "--json").document["token"])


def _at_once(clinic: Clinic, commands: list[tuple[str, tuple[str, ...]]]) -> list[Ended]:
    return [end(one) for one in [start(*words, clinic=clinic, token=token) for token, words in commands]]
