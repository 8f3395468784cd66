"""What stored things still need an older pepper or outbox key, so that it cannot be dropped yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, text
from sqlmodel import Session, col, select

from portaldesk.rules import passwords
from portaldesk.secret_keys import SecretKeys
from portaldesk.services import credentials
from portaldesk.services.claims import still_open
from portaldesk.store import tables
from portaldesk.store.columns import time_text
from portaldesk.words import CredentialKind

_REMEMBERED = max(policy.history for policy in passwords.PRESETS.values())  # older ones are never compared again
_HASHES = (
    "SELECT count(*) FROM portal_account WHERE password_hash LIKE :mark",
    "SELECT count(*) FROM staff_member WHERE password_hash LIKE :mark",
    "SELECT count(*) FROM staff_totp WHERE secret LIKE :mark",
    "SELECT count(*) FROM recovery_code WHERE code_hash LIKE :mark AND spent_at IS NULL AND void_at IS NULL",
    "SELECT count(*) FROM (SELECT password_hash, row_number() OVER (PARTITION BY mrn ORDER BY set_at DESC) AS place "
    "FROM password_history) AS remembered WHERE place <= :remembered AND password_hash LIKE :mark",
    "SELECT count(*) FROM recovery_credential WHERE (secret_hash LIKE :mark OR call_code_hash LIKE :mark) "
    "AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > :now",
)


def count(session: Session, keys: SecretKeys, key: str, generation: str, *, now: datetime) -> int:
    """How many hashes (`pepper`), or waiting mails and live codes (`outbox`), need this generation."""
    return _hashes(session, generation, now) if key == "pepper" else _mails(session, keys, generation, now)


def _hashes(session: Session, pepper: str, now: datetime) -> int:
    named = {"mark": f"{pepper}$%", "now": time_text(now), "remembered": _REMEMBERED}
    connection = session.connection()
    return sum(connection.execute(text(query), named).scalar_one() for query in _HASHES)


def _mails(session: Session, keys: SecretKeys, generation: str, now: datetime) -> int:
    """Links and codes yet to be derived; of a code that was mailed the clerk's screen still shows two words."""
    credential, message = tables.RecoveryCredential, tables.OutboxMessage
    waiting = select(message.credential_id).where(*still_open(given_up=True), col(message.credential_id).is_not(None))
    live = session.exec(
        select(credential).where(
            col(credential.redeemed_at).is_(None),
            col(credential.revoked_at).is_(None),
            col(credential.expires_at) > now,
            col(credential.kind) != CredentialKind.TEMP_LOGIN,
            or_(
                col(credential.id).in_(waiting),
                col(credential.kind).in_((CredentialKind.CODE, CredentialKind.CONFIRM, CredentialKind.CONFIRM_LINK)),
            ),
        )
    ).all()
    return sum(credentials.derived_by(keys, one) == generation for one in live)
