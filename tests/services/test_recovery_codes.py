"""Recovery codes: two on paper, each gives an admin a new password once, and whoever guesses is soon not heard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from phone_calls import SETTINGS, Desk, found
from stores import ADMIN, NOW, PASSWORD

import engines
from authenticators import enrolled
from portaldesk.errors import CheckNeeded, NotAllowed, NotFound, StateForbids, WrongUsage
from portaldesk.gate.requests import RECOVERED
from portaldesk.services import opening, recovery_codes, second_factors, sessions, staff
from portaldesk.store import tables
from portaldesk.words import IncidentKind, Role

NEW = "cobalt thimble orchard 71 wren"


class Office(Desk):
    """A new clinic whose two codes were just printed."""

    codes: tuple[str, ...] = ()

    def recovers(self, code: str, name: str = "rosa", password: str = NEW) -> recovery_codes.Recovered:
        return recovery_codes.recover(self.session, name, code, password, now=self.later(minutes=1))

    def signs_in(self, password: str) -> sessions.SignedIn:  # type: ignore[override]
        return sessions.sign_in(
            self.session, "rosa", password, os_caller="1000", new_password=None, settings=SETTINGS, now=self.now
        )


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    prepared = opening.prepare(engines.place(tmp_path / "clinic"), secrets_kind="file")
    admin = staff.first_admin("rosa", PASSWORD, prepared.keys, now=NOW)
    codes, rows = recovery_codes.fresh(prepared.keys, "rosa", now=NOW)
    store = opening.finish(prepared, admin=admin, values={}, now=NOW, also=rows)
    with store.session() as session:
        made = Office(session, NOW)
        made.codes = codes
        yield made
    store.engine.dispose()


def test_a_code_gives_an_admin_a_new_password_and_takes_away_all_that_was_before(office: Office) -> None:
    enrolled(office.session, ADMIN, now=office.now)
    office.signs_in(PASSWORD)
    assert second_factors.is_enrolled(office.session, "rosa")
    done = office.recovers(office.codes[1].upper().replace("-", " "))
    assert (done.name, done.codes_left) == ("rosa", 1)
    assert not second_factors.is_enrolled(office.session, "rosa")
    assert [one.ended_why for one in found(office.session, tables.StaffSession)] == ["recovered"]
    with pytest.raises(NotAllowed):
        office.signs_in(PASSWORD)
    assert office.signs_in(NEW).name == "rosa"
    assert staff.get(office.session, "rosa").credentialed_by == RECOVERED
    (incident,) = found(office.session, tables.Incident)
    assert (incident.kind, incident.staff) == (IncidentKind.ADMIN_RECOVERED, "rosa")
    assert office.codes[1] not in repr([row.model_dump() for row in found(office.session, tables.AuditEvent)])


def test_a_code_is_spent_once_and_when_both_are_it_says_how_to_get_new_ones(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[bool] = []
    real = recovery_codes.hashing.code_verify

    def counting(*args: Any, **more: Any) -> bool:
        judged.append(True)
        return real(*args, **more)

    monkeypatch.setattr(recovery_codes.hashing, "code_verify", counting)
    office.recovers(office.codes[0])
    with pytest.raises(CheckNeeded) as spent:
        office.recovers(office.codes[0])
    assert spent.value.code == "wrong-code"
    office.recovers(office.codes[1], password=NEW + " 2")
    with pytest.raises(StateForbids) as none:
        office.recovers(office.codes[1])
    assert (none.value.code, "staff recovery-codes" in none.value.hint) == ("no-recovery-codes", True)
    assert len(judged) == 4 * 2, "each took the same time, however many codes were left"


def test_five_wrong_ones_in_a_day_and_the_right_one_waits_until_the_next(office: Office) -> None:
    for _ in range(5):
        with pytest.raises(CheckNeeded) as wrong:
            office.recovers("aaaa-bbbb-cccc-dddd-eeee")
        assert wrong.value.counted
    with pytest.raises(StateForbids) as refused:
        office.recovers(office.codes[0])
    assert refused.value.code == "too-many"
    office.later(hours=24)
    assert office.recovers(office.codes[0]).codes_left == 1


def test_a_code_is_spent_for_an_active_admin_and_a_good_password_alone(office: Office) -> None:
    staff.add(
        office.session, ADMIN, "sam", Role.FRONT_DESK, password=NEW + " 3", own_mrn=None, linked=(), with_token=False,
        settings=SETTINGS, now=NOW,
    )  # fmt: skip
    with pytest.raises(StateForbids):
        office.recovers(office.codes[0], password="short")
    with pytest.raises(NotFound):
        office.recovers(office.codes[0], name="nobody")
    with pytest.raises(WrongUsage):
        office.recovers(office.codes[0], name="sam")
    assert len(recovery_codes.left(office.session)) == 2


def test_an_admin_makes_two_new_ones_with_the_password_and_the_old_count_no_more(office: Office) -> None:
    with pytest.raises(NotAllowed):
        recovery_codes.renew(office.session, ADMIN, "never it", now=office.now)
    made = recovery_codes.renew(office.session, ADMIN, PASSWORD, now=office.now)
    assert (len(set(made.codes)), made.voided) == (2, 2)
    with pytest.raises(CheckNeeded):
        office.recovers(office.codes[0])
    assert office.recovers(made.codes[0]).codes_left == 1
