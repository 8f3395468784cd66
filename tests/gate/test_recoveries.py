"""When a recovery credential opens something, and where it may be mailed (design §4); no database in these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portaldesk.gate import recoveries
from portaldesk.gate.recoveries import AddressFacts, CredentialFacts
from portaldesk.words import Method

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
SECOND = (Method.POSTAL_CODE, Method.PHONE, Method.LAST_VISIT)


def dead(**more: Any) -> bool:
    facts: dict[str, Any] = {"expires_at": NOW + INSTANT, "bound": True} | more
    return recoveries.is_dead(CredentialFacts(**facts), now=NOW)


@pytest.mark.parametrize(
    "ended",
    [{"redeemed": True}, {"revoked": True}, {"superseded": True}, {"expires_at": NOW}, {"bound": False}, {"tries": 5}],
)
def test_a_link_is_dead_once_used_revoked_replaced_over_tried_five_times_or_its_account_changed(
    ended: dict[str, Any],
) -> None:
    assert dead(**ended)
    assert not dead(tries=4)


def test_its_reader_says_the_birth_date_and_one_more_fact_that_the_mail_does_not_tell() -> None:
    for fact in SECOND:
        assert not recoveries.facts_are_missing([Method.BIRTH_DATE, fact], call_code=False)
        assert recoveries.facts_are_missing([fact], call_code=False)
    assert recoveries.facts_are_missing([Method.BIRTH_DATE, Method.EMAIL], call_code=False)
    assert recoveries.facts_are_missing(SECOND, call_code=True)
    assert recoveries.facts_are_missing([Method.BIRTH_DATE], call_code=False)


def test_a_code_said_on_the_call_stands_for_the_second_fact() -> None:
    assert not recoveries.facts_are_missing([Method.BIRTH_DATE], call_code=True)


def test_where_the_birth_date_alone_is_asked_nothing_more_is_missing() -> None:
    assert not recoveries.facts_are_missing([Method.BIRTH_DATE], call_code=False, second=False)
    assert recoveries.facts_are_missing([], call_code=True, second=False)


OLD, YOUNG = AddressFacts(NOW), AddressFacts(NOW + INSTANT)


def test_a_young_address_is_mailed_a_credential_only_under_photo_id_and_is_never_evidence() -> None:
    assert recoveries.may_be_mailed(OLD, photo_id=False, now=NOW)
    assert not recoveries.may_be_mailed(YOUNG, photo_id=False, now=NOW)
    assert recoveries.may_be_mailed(YOUNG, photo_id=True, now=NOW)
    assert recoveries.is_evidence(OLD, now=NOW)
    assert not recoveries.is_evidence(YOUNG, now=NOW)


@pytest.mark.parametrize("bad", [{"bounced": True}, {"do_not_use": True}])
def test_an_address_that_bounced_or_was_closed_is_no_evidence_and_never_mailed(bad: dict[str, Any]) -> None:
    address = AddressFacts(NOW, **bad)
    assert not recoveries.may_be_mailed(address, photo_id=True, now=NOW)
    assert not recoveries.may_be_mailed(address, photo_id=False, now=NOW)
    assert not recoveries.is_evidence(address, now=NOW)
