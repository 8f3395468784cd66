"""Two records of one person: which goes on, what becomes of the other's account, and how it is undone (design §3.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from phone_calls import ANA, BEN, ROSA, SAM, SETTINGS, Desk
from sqlalchemy import text
from stores import activate, bring, facts

from portaldesk.errors import CheckNeeded, NotAllowed, RecordAltered, StateForbids, WrongUsage
from portaldesk.gate import permits
from portaldesk.gate.actors import Actor
from portaldesk.services import calls, diagnosis, finding, holding, resolving, securing, verdicts
from portaldesk.services.diagnosis import Cause
from portaldesk.services.resolving import Resolved
from portaldesk.store import schema
from portaldesk.words import Action, Level, PatientStatus

TWIN = "MRN-9"
"""Ana's second record: another address and no email, and an account that was never activated."""
OF_TWIN = facts(TWIN, line=9, email=None, address="7 Far Lane", postal_code="10001")
SAYS_TWIN = {"birth_date": "1952-07-15", "photo_id": "passport"}


@pytest.fixture
def twice(desk: Desk) -> Desk:
    """A desk whose Ana has two records."""
    bring(desk.session, [OF_TWIN], now=desk.now, actor=ROSA)
    return desk


def same(desk: Desk, a: str = ANA, b: str = TWIN, *, keep: str | None = None, actor: Actor = SAM) -> Resolved:
    return resolving.same(desk.session, actor, a, b, keep=keep, reason="asked her", now=desk.later(seconds=5))


def different(desk: Desk, a: str = ANA, b: str = TWIN) -> Resolved:
    return resolving.different(desk.session, SAM, a, b, reason="two people", now=desk.later(seconds=5))


def likely(desk: Desk, mrn: str) -> Cause:
    seen = diagnosis.diagnose(desk.session, SAM, mrn, said_username=None, settings=SETTINGS, now=desk.now)
    return next(cause for cause in seen.causes if cause.cause == "likely-duplicate")


# which record goes on


def test_the_record_whose_account_is_active_goes_on(twice: Desk) -> None:
    done = same(twice)
    assert (done.survivor, done.why) == (ANA, "its portal account is active")


def test_of_two_accounts_that_are_active_or_neither_the_record_known_longer_goes_on(twice: Desk) -> None:
    bring(twice.session, [replace(OF_TWIN, mrn="MRN-8", email="ana8@example.org")], now=twice.now, actor=ROSA)
    activate(twice.session, "MRN-8", username="ana.eight", now=twice.later(minutes=1))
    done = same(twice, "MRN-8", ANA)
    assert (done.survivor, done.why) == (ANA, "it is known longer")


def test_the_clerk_may_name_the_one_that_goes_on_but_not_one_that_is_not_active(twice: Desk) -> None:
    assert same(twice, keep=TWIN).survivor == TWIN
    with pytest.raises(WrongUsage):
        same(twice, keep=BEN)
    bring(twice.session, [replace(OF_TWIN, status=PatientStatus.INACTIVE)], now=twice.later(minutes=1), actor=ROSA)
    with pytest.raises(StateForbids) as refused:
        same(twice, keep=TWIN)
    assert refused.value.code == "patient-inactive"
    assert (same(twice).survivor, same(twice).why) == (ANA, "no other of these records is active")


# what becomes of the other's account


def test_without_a_strong_check_the_account_stays_and_diagnose_of_either_asks_at_the_next_verified_call(
    twice: Desk,
) -> None:
    twice.basic(ANA)
    done = same(twice)
    assert (done.effect, done.account_status, twice.account(TWIN).status) == ("waiting", "new", "new")
    assert f"strong check of {ANA} or {TWIN}" in done.next
    for mrn in (ANA, TWIN):
        calls.end_call(twice.session, SAM, note="", now=twice.later(minutes=1))
        assert likely(twice, mrn).found is None, "not before the check"
        twice.asks(mrn, birth_date="1952-07-15", photo_id="passport")
        cause = likely(twice, mrn)
        assert cause.found
        assert f"duplicates resolve {ANA} {TWIN} --same --keep {ANA}" in cause.next
    again = same(twice)
    assert (again.already, again.effect, twice.account(TWIN).status) == (True, "done", "disabled")
    assert not likely(twice, ANA).found


def test_a_strong_check_of_the_survivor_or_of_the_other_disables_it(twice: Desk) -> None:
    twice.strong(ANA)
    done = same(twice)
    assert (done.effect, done.account_status, twice.account(TWIN).status) == ("done", "disabled", "disabled")
    assert twice.account(ANA).status == "active"
    event = twice.event(done.audit_seq)
    assert (event.action, event.patient, event.level) == ("disable", TWIN, Level.STRONG)
    assert f'"check_of": "{ANA}"' in event.details
    twice.asks(TWIN, **SAYS_TWIN)
    other_way = same(twice, keep=TWIN)
    assert (other_way.effect, twice.account(ANA).status) == ("waiting", "active")
    assert f"portaldesk enable {TWIN}" in other_way.next, "the patient would be left without an account"


def test_nothing_is_asked_for_while_the_other_record_is_not_active(twice: Desk) -> None:
    merged = replace(OF_TWIN, status=PatientStatus.MERGED, merged_into=ANA)
    bring(twice.session, [merged], now=twice.later(minutes=1), actor=ROSA)
    done = same(twice)
    assert (done.survivor, done.effect, done.next) == (ANA, "done", "")
    twice.strong(ANA)
    assert not likely(twice, ANA).found
    bring(twice.session, [OF_TWIN], now=twice.later(minutes=1), actor=ROSA)
    assert "duplicates resolve" in likely(twice, ANA).next


def test_a_check_by_the_other_patient_disables_their_account_also_where_the_records_do_not_look_alike(
    twice: Desk,
) -> None:
    twice.strong(BEN)
    assert same(twice, ANA, BEN).effect == "done"
    assert twice.account(BEN).status == "disabled"


def test_a_check_is_used_for_one_account_and_in_its_own_call_by_its_own_clerk(twice: Desk) -> None:
    third = replace(OF_TWIN, mrn="MRN-10", line=10)
    bring(twice.session, [third], now=twice.now, actor=ROSA)
    twice.strong(ANA)
    assert same(twice, actor=ROSA).effect == "waiting", "rosa made no check"
    assert same(twice).effect == "done"
    assert same(twice, ANA, "MRN-10").effect == "waiting", "the check is spent"
    calls.end_call(twice.session, SAM, note="", now=twice.later(minutes=1))
    assert same(twice, ANA, "MRN-10").effect == "waiting"


def test_nobody_disables_the_account_of_a_record_of_their_own_by_the_check_of_another(twice: Desk) -> None:
    twice.strong(ANA)
    for own in (ANA, TWIN):
        with pytest.raises(NotAllowed) as refused:
            permits.for_survivor(
                twice.session, replace(SAM, own=frozenset({own})), Action.DISABLE, TWIN, ANA, now=twice.now
            )
        assert refused.value.code == "own-record"


def test_a_hold_on_either_stops_it_unless_photo_id_was_seen(twice: Desk) -> None:
    for _ in range(3):
        twice.asks(TWIN, birth_date="1901-01-01", postal_code="00000")
    assert [one.patient for one in holding.list_held(twice.session, now=twice.now)] == [TWIN]
    twice.basic(ANA)
    twice.asks(ANA, callback=True)
    assert (same(twice).effect, twice.account(TWIN).status) == ("waiting", "new")
    twice.asks(ANA, photo_id="passport")
    assert same(twice).effect == "done"


# a clerk who calls strangers one person


def test_a_clerk_who_calls_two_strangers_one_person_disables_nobody(twice: Desk) -> None:
    twice.strong(BEN)  # the clerk's friend came with a passport
    done = same(twice, BEN, ANA, keep=BEN)
    assert (done.effect, twice.account(ANA).status) == ("waiting", "active")
    assert f"strong check of {ANA}" in done.next
    assert f"strong check of {BEN}" not in done.next


def test_the_database_refuses_the_check_of_another_patient_without_a_verdict_or_after_its_contrary(
    twice: Desk,
) -> None:
    def by_hand() -> None:
        now = twice.later(seconds=5)
        permit = permits.for_survivor(twice.session, SAM, Action.DISABLE, TWIN, ANA, now=now)
        with twice.session.begin_nested():
            securing.disable(twice.session, permit, now=now)

    twice.strong(ANA)
    with pytest.raises(Exception, match="must rest on its ground"):
        by_hand()
    with pytest.raises(ValueError, match="check of the patient"):
        permits.for_survivor(twice.session, SAM, Action.ENABLE, TWIN, ANA, now=twice.now)
    same(twice, keep=TWIN, actor=ROSA)  # the survivor is another
    with pytest.raises(Exception, match="must rest on its ground"):
        by_hand()
    same(twice, keep=ANA, actor=ROSA)
    different(twice)
    with pytest.raises(Exception, match="must rest on its ground"):
        by_hand()
    assert twice.account(TWIN).status == "new"
    same(twice, keep=ANA, actor=ROSA)
    by_hand()
    assert twice.account(TWIN).status == "disabled"


def test_nobody_resolves_their_own_record(twice: Desk) -> None:
    with pytest.raises(NotAllowed):
        same(twice, actor=replace(SAM, own=frozenset({TWIN})))


# undone


def test_different_undoes_it_and_the_account_is_enabled_by_its_own_strong_check_alone(twice: Desk) -> None:
    twice.strong(ANA)
    same(twice)
    done = different(twice)
    assert (done.effect, done.account_status) == ("waiting", "disabled")
    assert f"portaldesk enable {TWIN}" in done.next
    assert verdicts.survivor_of(twice.session, TWIN) is None
    with pytest.raises(CheckNeeded):
        twice.permit(Action.ENABLE, TWIN)
    twice.asks(TWIN, **SAYS_TWIN)
    securing.enable(twice.session, twice.permit(Action.ENABLE, TWIN), now=twice.now)
    assert twice.account(TWIN).status == "new"


def test_a_verdict_lapses_with_the_data_it_was_judged_on_and_disables_nothing_more(twice: Desk) -> None:
    same(twice)
    bring(twice.session, [replace(OF_TWIN, birth_date=date(1990, 1, 1))], now=twice.later(minutes=1), actor=ROSA)
    assert verdicts.survivor_of(twice.session, TWIN) is None
    twice.strong(ANA)
    assert "duplicates resolve" not in likely(twice, ANA).next


# the old number finds the one that goes on


def test_the_number_that_does_not_go_on_finds_the_one_that_does(twice: Desk) -> None:
    same(twice)
    found = finding.find(twice.session, SAM, TWIN, birth_date=None, settings=SETTINGS, now=twice.now)
    assert [(one.mrn, one.goes_on_as) for one in found.patients] == [(TWIN, ANA), (ANA, None)]
    seen = diagnosis.diagnose(twice.session, SAM, TWIN, said_username=None, settings=SETTINGS, now=twice.now)
    assert seen.goes_on_as == ANA


def test_a_chain_is_followed_to_its_end_and_a_circle_nowhere(twice: Desk) -> None:
    same(twice, ANA, BEN, keep=ANA)
    same(twice, ANA, TWIN, keep=TWIN)
    assert verdicts.survivor_of(twice.session, BEN) == TWIN
    same(twice, BEN, TWIN, keep=BEN)
    assert [verdicts.survivor_of(twice.session, mrn) for mrn in (ANA, BEN, TWIN)] == [None] * 3


def test_a_verdict_altered_by_other_hands_leads_nowhere(twice: Desk) -> None:
    same(twice)
    schema.drop_triggers(twice.session.connection())
    twice.session.execute(text("UPDATE duplicate_verdict SET survivor = :mrn"), {"mrn": TWIN})
    twice.session.expunge_all()
    with pytest.raises(RecordAltered):
        verdicts.survivor_of(twice.session, ANA)
