"""Eve, of whom only birth date and postal address are known, and how she is written a letter and opens it."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from phone_calls import NEW_PASSWORD, SETTINGS, Desk

from portaldesk.services import letters, redeeming
from portaldesk.services.changes import Changed
from portaldesk.services.identity_checks import CheckView
from portaldesk.services.redeeming import Redeemed
from portaldesk.words import Action, CredentialKind, Method

EVE = "MRN-5"
EVE_SAYS = {"birth_date": "1961-09-09", "postal_code": "66012"}
EVE_FACTS = {Method.BIRTH_DATE: "1961-09-09", Method.POSTAL_CODE: "66012"}
EVE_ROW: dict[str, Any] = {
    "given_name": "Eve", "family_name": "Stone", "birth_date": date(1961, 9, 9), "postal_code": "66012", "phone": None,
    "phone_as_written": None, "email": None, "last_visit": None, "address": "5 Fir Street", "city": "Pratt",
}  # fmt: skip


def writes(desk: Desk, mrn: str = EVE) -> Changed:
    permit = desk.permit(Action.INVITE_BY_LETTER, mrn)
    return letters.invite(desk.session, permit, settings=SETTINGS, now=desk.now)


def knows_all(desk: Desk, mrn: str = EVE) -> CheckView:
    return desk.asks(mrn, **EVE_SAYS)


def printed(desk: Desk, mrn: str = EVE) -> str:
    """What stands on the newest letter."""
    code = letters.printed_code(desk.session, desk.credential(mrn, CredentialKind.LETTER))
    assert code is not None
    return code


def redeems(desk: Desk, said: str, facts: dict[Method, str] | None = None, **more: Any) -> Redeemed:
    return redeeming.redeem(
        desk.session, said, EVE_FACTS if facts is None else facts, call_code=None, username=None,
        password=NEW_PASSWORD, settings=SETTINGS, rng=random.Random(3), now=desk.later(seconds=30), **more,
    )  # fmt: skip
