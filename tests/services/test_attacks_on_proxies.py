"""Who acts for a patient is no way round: not by SQL, not by a copied row, not past the end of their leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from phone_calls import ANA, BEN, ROSA, SAM, SAYS, SETTINGS, Desk, a_clinic

from portaldesk.errors import RecordAltered
from portaldesk.gate import permits
from portaldesk.gate import proxies as gate_proxies
from portaldesk.services import approving, auditing, callers, doctoring
from portaldesk.services.opening import OpenStore
from portaldesk.services.proxies import granting, leaves, proposals
from portaldesk.store import record, tables
from portaldesk.words import Action, Authority, Outcome
from raw_stores import REFUSED, Raw, guards_down, raw

WANTED = proposals.read_proposal(
    name="Maria Lopez", relation="daughter", birth_date="1986-04-02", email="maria@example.org", locale="en_US",
    today=date(2026, 12, 3),
)  # fmt: skip


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[OpenStore]:
    """Ana's daughter acts for her; who came for Ben with a paper waits for an approval."""
    with a_clinic(tmp_path) as store:
        with store.session() as session:
            desk = Desk(session)
            desk.strong(ANA)
            permit = desk.permit(Action.PROXY_GRANT, ANA)
            granting.grant(session, permit, WANTED, settings=SETTINGS, now=desk.now)
            attorney = callers.Said(representative="Eva Thief", authority=Authority.POWER_OF_ATTORNEY)
            desk.asks(BEN, who=attorney, birth_date=SAYS[BEN]["birth_date"], photo_id="passport")
            permit = desk.permit(Action.PROXY_GRANT, BEN)
            granting.grant(session, permit, WANTED, settings=SETTINGS, now=desk.now)
            session.commit()
        yield store


@pytest.fixture
def shell(clinic: OpenStore) -> Iterator[Raw]:
    with raw(clinic.place.home, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE proxy SET mrn='MRN-2'",
        "UPDATE proxy SET ends_at=NULL, minor=FALSE",
        "UPDATE proxy SET person=(SELECT mrn FROM proxy_person LIMIT 1)",
        "UPDATE proxy SET ended_at=NULL",
        "UPDATE proxy SET scope='full'",
        "DELETE FROM proxy",
        "DELETE FROM proxy_person",
        "UPDATE proxy_person SET birth_date='2000-01-01'",
        "INSERT INTO proxy SELECT * FROM proxy",
        "INSERT INTO proxy_person (mrn, given_name, family_name, postal_code, language, status, "
        "birth_date_evidence_from, postal_code_evidence_from, added_at, changed_seq, seal) "
        "VALUES ('proxy:1', 'Eva', 'Thief', '', '', 'active', '2026-01-01', '2026-01-01', '2026-01-01', 1, 'x')",
        "INSERT INTO portal_account (mrn, status, must_change_password, failed_attempts, changed_seq, seal) "
        "VALUES ('proxy:1', 'new', FALSE, 0, 1, 'x')",
        "UPDATE portal_account SET email='thief@evil.example' WHERE mrn LIKE 'proxy:%'",
        "UPDATE change_request SET state='effective', decided_by='sam' WHERE kind='proxy'",
        "UPDATE identity_check SET account='proxy:1', caller='proxy'",
    ],
)
def test_no_statement_makes_or_moves_a_proxy(shell: Raw, statement: str) -> None:
    with pytest.raises(REFUSED):
        shell.execute(statement)


def leave_for(session: Any, mrn: str, *, person: str, check: str, now: datetime) -> Any:
    return record.new(
        tables.Proxy(
            id="X-1", person=person, mrn=mrn, relation="thief", authority="patient", granted_at=now, granted_by="sam",
            check_id=check,
        )
    )  # fmt: skip


def test_our_own_code_writes_no_proxy_without_a_permit(clinic: OpenStore) -> None:
    with pytest.raises(RecordAltered, match="no identity check, no proxy"), clinic.session() as session:  # noqa: PT012
        (known,) = gate_proxies.for_patient(session, ANA)
        now = record.time_of(session) + timedelta(minutes=1)
        leave = leave_for(session, BEN, person=known.person.mrn, check=known.proxy.check_id, now=now)
        record.append(session, record.Entry("proxy grant", Outcome.DONE, patient=BEN), [leave], now=now)


def test_a_representatives_own_check_is_no_ground_for_a_leave_in_force(clinic: OpenStore) -> None:
    with pytest.raises(RecordAltered, match="no identity check, no proxy"), clinic.session() as session:  # noqa: PT012
        (known,) = gate_proxies.for_patient(session, ANA)
        now = record.time_of(session) + timedelta(minutes=1)
        desk = Desk(session, now)
        attorney = callers.Said(representative="Eva Thief", authority=Authority.POWER_OF_ATTORNEY)
        seen = desk.asks(BEN, who=attorney, birth_date=SAYS[BEN]["birth_date"], photo_id="passport", actor=ROSA)
        permit = desk.permit(Action.PROXY_GRANT, BEN, actor=ROSA)
        leave = leave_for(session, BEN, person=known.person.mrn, check=seen.check_id, now=desk.now)
        permits.spend(session, permit, now=desk.now, outcome=Outcome.DONE, bears=[leave])


def test_a_request_with_another_proxy_in_it_is_found_before_it_is_approved(clinic: OpenStore) -> None:
    with guards_down(clinic.place.home, put_back=True) as shell:
        request = shell.row("change_request", "kind='proxy'")
        waiting, told = request["id"], json.loads(request["new_value"])
        told["proxy"]["email"] = "thief@evil.example"
        shell.execute("UPDATE change_request SET new_value = ? WHERE kind='proxy'", (json.dumps(told),))
        shell.commit()
    with clinic.session() as session:
        now = record.time_of(session) + timedelta(minutes=1)
        with pytest.raises(RecordAltered):
            approving.approve(session, ROSA, waiting, reason="seen", now=now)


def test_a_leave_that_ended_and_was_put_back_by_its_owner_is_found(clinic: OpenStore) -> None:
    with raw(clinic.place.home) as shell:
        before = shell.row("proxy", f"mrn='{ANA}'")
    with clinic.session() as session:
        desk = Desk(session, record.time_of(session) + timedelta(minutes=1))
        desk.strong(ANA)
        leaves.revoke(session, desk.permit(Action.PROXY_REVOKE, ANA), "Maria Lopez", now=desk.now)
        session.commit()
    with guards_down(clinic.place.home, put_back=True) as shell:
        shell.execute(
            "UPDATE proxy SET ended_at=NULL, ended_why='', changed_seq=?, seal=?",
            (before["changed_seq"], before["seal"]),
        )
        shell.commit()
    with clinic.session() as session:
        with pytest.raises(RecordAltered):
            gate_proxies.for_patient(session, ANA)
        assert not auditing.verify(session).whole


def test_staff_name_nobody_their_proxy_on_their_own_record(clinic: OpenStore) -> None:
    from portaldesk.errors import NotAllowed

    with clinic.session() as session:
        desk = Desk(session, record.time_of(session) + timedelta(minutes=1))
        with pytest.raises(NotAllowed):
            desk.permit(Action.PROXY_GRANT, ANA, actor=replace(SAM, own=frozenset({ANA})))


def an_altered_login(clinic: OpenStore) -> str:
    """Somebody with SQL gave the daughter's account another email."""
    with guards_down(clinic.place.home, put_back=True) as shell:
        person: str = shell.row("proxy", f"mrn='{ANA}'")["person"]
        shell.execute("UPDATE portal_account SET email='thief@evil.example' WHERE mrn=?", (person,))
        shell.commit()
    return person


def test_a_proxys_altered_account_is_renewed_like_a_patients_and_their_leave_can_be_ended(clinic: OpenStore) -> None:
    person = an_altered_login(clinic)
    with clinic.session() as session:
        now = record.time_of(session) + timedelta(minutes=1)
        assert doctoring.renew(session, ROSA, person, reason="found by the audit", now=now).patient == person
        session.commit()
    with clinic.session() as session:
        assert auditing.verify(session).whole
        desk = Desk(session, record.time_of(session) + timedelta(minutes=1))
        assert (desk.account(person).email, desk.account(person).status) == (None, "new")
        desk.strong(ANA)
        leaves.revoke(session, desk.permit(Action.PROXY_REVOKE, ANA), "Maria Lopez", now=desk.now)


def test_an_altered_login_does_not_keep_the_ends_of_others_back(clinic: OpenStore) -> None:
    with clinic.session() as session:
        desk = Desk(session, record.time_of(session) + timedelta(minutes=1))
        desk.strong(BEN, actor=ROSA)
        other = replace(WANTED, name="Jo Park", email="jo@example.org", until="2026-12-20")
        permit = desk.permit(Action.PROXY_GRANT, BEN, actor=ROSA)
        granting.grant(session, permit, other, settings=SETTINGS, now=desk.now)
        desk.strong(ANA)
        leaves.revoke(session, desk.permit(Action.PROXY_REVOKE, ANA), "Maria Lopez", now=desk.now)
        desk.strong(ANA, actor=ROSA)
        permit = desk.permit(Action.PROXY_GRANT, ANA, actor=ROSA)
        granting.grant(session, permit, replace(WANTED, until="2026-12-20"), settings=SETTINGS, now=desk.now)
        session.commit()
    an_altered_login(clinic)
    late = datetime(2026, 12, 21, 1, tzinfo=UTC)
    with clinic.session() as session:
        assert leaves.end_due(session, now=late) == 1
        (jo,) = gate_proxies.for_patient(session, BEN)
        assert jo.proxy.ended_why == "end-date"
        with pytest.raises(RecordAltered):
            leaves.end_due(session, now=late, mrn=ANA)
