"""When a recovery credential opens something, and where it may be mailed (design §4). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from portaldesk.words import CredentialState, Method

FACT_TRIES = 5
"""Wrong tries of the facts; the fifth kills the link, never the account."""
SECOND_FACTS = frozenset({Method.POSTAL_CODE, Method.PHONE, Method.LAST_VISIT})
"""Not the email: whoever reads the link knows where it was sent."""


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """All that decides whether a credential is live. `bound`: the account is still the one it was made for."""

    expires_at: datetime
    bound: bool
    redeemed: bool = False
    revoked: bool = False
    superseded: bool = False
    tries: int = 0


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """What decides whether an address may be mailed a credential, or serve as evidence."""

    evidence_from: datetime
    bounced: bool = False
    do_not_use: bool = False


def is_dead(credential: CredentialFacts, *, now: datetime) -> bool:
    """Whether a credential opens nothing any more."""
    return state_of(credential, now=now) is not CredentialState.LIVE


def state_of(credential: CredentialFacts, *, now: datetime) -> CredentialState:
    """What became of a credential; `lapsed` is one whose account, check or password is another by now."""
    if credential.redeemed:
        return CredentialState.REDEEMED
    if credential.superseded:
        return CredentialState.SUPERSEDED
    if credential.tries >= FACT_TRIES:
        return CredentialState.TRIED_OUT
    if credential.revoked:
        return CredentialState.REVOKED
    if credential.expires_at <= now:
        return CredentialState.EXPIRED
    return CredentialState.LIVE if credential.bound else CredentialState.LAPSED


def facts_are_missing(said: Collection[Method], *, call_code: bool, second: bool = True) -> bool:
    """Whether its reader must say more: the birth date and (unless `second` is False) one more fact, or a call code."""
    return Method.BIRTH_DATE not in said or (second and not SECOND_FACTS & set(said) and not call_code)


def may_be_mailed(address: AddressFacts, *, photo_id: bool, now: datetime) -> bool:
    """Whether a credential may go there now; an address of less than 24 hours only under a check with photo ID."""
    usable = not address.bounced and not address.do_not_use
    return usable and (photo_id or address.evidence_from <= now)


def is_evidence(address: AddressFacts, *, now: datetime) -> bool:
    """Whether an address may serve as evidence: of age, not bounced, not closed by the patient (design §3.1)."""
    return not address.bounced and not address.do_not_use and address.evidence_from <= now
