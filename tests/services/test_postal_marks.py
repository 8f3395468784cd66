"""A postal address that the patient asks not to be used: no letter goes there, and yet no change goes unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from letter_writing import EVE, EVE_ROW, knows_all, printed, redeems, writes
from phone_calls import CAL, ROSA, Desk
from stores import bring, facts

from portaldesk.errors import StateForbids
from portaldesk.services import contact_points, securing
from portaldesk.words import Action, Mark


@pytest.fixture
def desk(desk: Desk) -> Desk:
    bring(desk.session, [facts(EVE, **EVE_ROW)], now=desk.later(seconds=1) - timedelta(days=2), actor=ROSA)
    return desk


def closes(desk: Desk, mrn: str) -> None:
    permit = desk.permit(Action.CLOSE_CONTACT, mrn)
    contact_points.mark(desk.session, permit, "postal-1", Mark.DO_NOT_USE, now=desk.now)


def test_closing_the_address_ends_the_letter_that_is_out_and_no_new_one_is_written(desk: Desk) -> None:
    knows_all(desk)
    writes(desk)
    code = printed(desk)
    desk.asks(EVE, photo_id="passport")
    closes(desk, EVE)
    with pytest.raises(StateForbids) as dead:
        redeems(desk, code)
    assert dead.value.code == "link-dead"
    desk.later(minutes=3)
    with pytest.raises(StateForbids) as refused:
        writes(desk)
    assert (refused.value.code, "issue-temp-login" in refused.value.hint) == ("contact-closed", True)


def test_the_mark_belongs_to_the_address_and_is_there_again_with_it(desk: Desk) -> None:
    desk.asks(EVE, birth_date="1961-09-09", photo_id="passport")
    closes(desk, EVE)
    bring(desk.session, [facts(EVE, **(EVE_ROW | {"address": "8 Oak Street"}))], now=desk.now, actor=ROSA)
    assert writes(desk).effect == "link-sent"  # photo ID was seen
    bring(desk.session, [facts(EVE, **EVE_ROW)], now=desk.later(minutes=3), actor=ROSA)
    with pytest.raises(StateForbids) as refused:
        writes(desk)
    assert refused.value.code == "contact-closed"


def test_closing_the_address_first_hides_neither_that_nor_a_change_for_a_day(desk: Desk) -> None:
    desk.strong(CAL)  # who has no email
    closes(desk, CAL)
    assert len(desk.mails("notice-letter")) == 1
    securing.disable(desk.session, desk.permit(Action.DISABLE, CAL), now=desk.later(minutes=1))
    assert len(desk.mails("notice-letter")) == 2
    desk.later(hours=24)
    desk.strong(CAL)
    securing.enable(desk.session, desk.permit(Action.ENABLE, CAL), now=desk.now)
    assert len(desk.mails("notice-letter")) == 2
