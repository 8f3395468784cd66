"""One message as it goes out: verified, its link or code derived, its letter written, in its envelope.

This is the only place where a link or code exists in the clear on our side, and it is made for one address: the one its
credential was made for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from portaldesk.gate.proxies import is_proxy
from portaldesk.mail import messages as letters
from portaldesk.mail import notices, texts
from portaldesk.mail.catalogues import language_for
from portaldesk.mail.envelope import envelope
from portaldesk.mail.samples import SAMPLES
from portaldesk.mail.stationery import Letter, Stationery
from portaldesk.mail.texts import Text
from portaldesk.rules import emails
from portaldesk.secret_keys import SecretKeys
from portaldesk.services import addresses, credentials, family_mails, patients
from portaldesk.settings import ClinicSettings
from portaldesk.store import tables
from portaldesk.store.seals import altered, keys_of, whole
from portaldesk.words import TEXTS, CredentialKind, Message

if TYPE_CHECKING:
    from portaldesk.services.patients import Holder

_LINKS = {
    Message.INVITATION: letters.invitation,
    Message.RESET: letters.reset,
    Message.UNLOCK_LINK: letters.unlock_link,
}
_TEXT_NOTICES = {Message.CHANGING_TEXT: texts.changing, Message.CHANGED_TEXT: texts.changed}
_TEXTS = {Message.CHECK_CODE_TEXT: texts.check_code, Message.CONFIRM_CODE_TEXT: texts.confirm_code}


class Dead(Exception):
    """The message has nothing left to say: it is dropped. `why` is one kebab-case word."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail or text ready to be handed over, and what the record may say of it."""

    id: str
    kind: str
    mrn: str
    to: str
    reference: str | None
    parcel: EmailMessage | Text


def written(
    session: Session,
    message: tables.OutboxMessage,
    *,
    settings: ClinicSettings,
    templates: Path | None = None,
    now: datetime,
) -> Outgoing:
    """The mail of one message. `templates`: where the clinic keeps its own.

    Raises: Dead; RecordAltered; Refused (permanent) for an address that no mail can be sent to.
    """
    whole(session, message)
    readers = {mrn: patients.holder(session, mrn) for mrn in family_mails.read_by(message)}
    on, credential = _stationery(readers, settings, templates), None
    if message.kind in TEXTS:
        return _texted(session, message, on, now=now)
    if message.kind == Message.FAMILY_LINKS:
        letter = _family_links(session, message, on, readers, now=now)
    elif message.kind == Message.USERNAME_REMINDER:
        letter = _usernames(session, message, on, readers)
    else:
        account = _account(session, message, message.mrn)
        if message.credential_id is not None:
            credential = live(session, message.credential_id, message, account, now=now)
        letter = _letter(session, message, on, readers[message.mrn].given_name, account, credential, now=now)
    mail = envelope(
        letter, to=message.to_address, message_id=message.id, created_at=message.created_at, settings=settings, now=now
    )
    reference = credential.reference if credential is not None else None
    return Outgoing(message.id, message.kind, message.mrn, message.to_address, reference, mail)


def warm_up(settings: ClinicSettings, templates: Path | None, *, now: datetime) -> None:
    """Do what is slow only for the first mail of a process: it is written while other desks wait for the store."""
    SAMPLES["invitation"](_stationery({}, settings, templates), now)


def subject_of(
    session: Session, message: tables.OutboxMessage, *, settings: ClinicSettings, templates: Path | None, now: datetime
) -> str:
    """What stood, or will stand, in a message's subject line, in its reader's language."""
    readers = {mrn: patients.holder(session, mrn) for mrn in family_mails.read_by(message)}
    several = message.kind == Message.USERNAME_REMINDER and len(readers) > 1
    sample = SAMPLES["family-usernames" if several else message.kind]
    return sample(_stationery(readers, settings, templates), now).subject


def _stationery(readers: Mapping[str, Holder], settings: ClinicSettings, templates: Path | None) -> Stationery:
    """In the reader's own language; where several read one mail in different ones, in the clinic's."""
    own = {one.language for one in readers.values()}
    return Stationery(settings, language_for(own.pop() if len(own) == 1 else "", settings.locale), templates)


def _texted(session: Session, message: tables.OutboxMessage, on: Stationery, *, now: datetime) -> Outgoing:
    """A code, or a notice. Raises: Dead; RecordAltered."""
    account, keys = _account(session, message, message.mrn), keys_of(session)
    if message.kind in _TEXT_NOTICES:
        says = _TEXT_NOTICES[Message(message.kind)](on, at=message.created_at)
        text = Text(message.id, message.kind, message.to_address, says, None)
        return Outgoing(message.id, message.kind, message.mrn, message.to_address, None, text)
    if message.credential_id is None:
        raise Dead("no-credential")
    code = live(session, message.credential_id, message, account, now=now)
    by = _by(keys, code)
    says = _TEXTS[Message(message.kind)](
        on, reference=code.reference, code=credentials.code_of(keys, code.id, by),
        words=credentials.words_of(keys, code.id, by), expires_at=code.expires_at, now=now,
    )  # fmt: skip
    text = Text(message.id, message.kind, message.to_address, says, code.expires_at)
    return Outgoing(message.id, message.kind, message.mrn, message.to_address, code.reference, text)


def _account(session: Session, message: tables.OutboxMessage, mrn: str) -> tables.PortalAccount:
    """The account of one of those whom the message is for, verified, its address not closed meanwhile."""
    account = patients.account(session, mrn)
    if addresses.is_refused(session, message, mrn):
        raise Dead("address-closed")
    return account


def _family_links(
    session: Session, message: tables.OutboxMessage, on: Stationery, readers: Mapping[str, Holder], *, now: datetime
) -> Letter:
    """One link a patient; one that died while the mail waited is left out. Raises: Dead where none is left."""
    keys, living, dead = keys_of(session), [], Dead("no-credential")
    for mrn, credential_id in family_mails.links_in(message).items():
        try:
            link = live(session, credential_id, message, _account(session, message, mrn), now=now)
            living.append(
                letters.OneLink(
                    readers[mrn].given_name, link.kind, link.reference,
                    credentials.token_of(keys, link.id, _by(keys, link)), link.expires_at,
                    as_proxy=is_proxy(mrn),
                )
            )  # fmt: skip
        except Dead as why:
            dead = why
    if not living:
        raise dead
    return letters.family_links(on, living, now=now)


def _usernames(
    session: Session, message: tables.OutboxMessage, on: Stationery, readers: Mapping[str, Holder]
) -> Letter:
    """The username of each whom the reminder is for, as far as the address is still theirs. Raises: Dead."""
    names, dead = [], Dead("no-username")
    for mrn in family_mails.named_in(message):
        try:
            account = _account(session, message, mrn)
            if account.email is None or emails.mailbox(account.email) != emails.mailbox(message.to_address):
                raise Dead("address-differs")
            if account.username is not None:
                names.append((readers[mrn].given_name, is_proxy(mrn), account.username))
        except Dead as why:
            dead = why
    if not names:
        raise dead
    if len(names) > 1:
        return letters.family_usernames(on, names)
    return letters.username_reminder(on, first_name=names[0][0], username=names[0][2])


def live(
    session: Session,
    credential_id: str,
    message: tables.OutboxMessage,
    account: tables.PortalAccount,
    *,
    now: datetime,
) -> tables.RecoveryCredential:
    """The credential, verified, still good, and made for the address this message goes to.

    Raises: Dead; RecordAltered.
    """
    found = session.get(tables.RecoveryCredential, credential_id)
    if found is None or whole(session, found).mrn != account.mrn:
        raise altered(message)
    if found.superseded_by is not None:
        raise Dead("superseded")
    if found.revoked_at is not None:
        raise Dead("revoked")
    if found.redeemed_at is not None:
        raise Dead("redeemed")
    if found.expires_at <= now:
        raise Dead("expired")
    if emails.mailbox(found.sent_to or "") != emails.mailbox(message.to_address):
        raise Dead("address-differs")
    if found.kind in (*credentials.LINKS, CredentialKind.LETTER) and not credentials.is_bound(found, account):
        raise Dead("account-changed")
    return found


def _letter(
    session: Session,
    message: tables.OutboxMessage,
    on: Stationery,
    name: str,
    account: tables.PortalAccount,
    credential: tables.RecoveryCredential | None,
    *,
    now: datetime,
) -> Letter:
    keys = keys_of(session)
    told: dict[str, Any] = json.loads(message.variables)
    kind = Message(message.kind)
    if kind is Message.LOCKED:
        return notices.locked(on, first_name=name, until=datetime.fromisoformat(told["until"]))
    if kind is Message.CHANGED:
        return notices.changed(
            on, first_name=name, what=str(told["what"]), at=message.created_at, at_desk=bool(told["at_desk"])
        )
    if credential is None:
        raise Dead("no-credential")
    reference, expires_at, by = credential.reference, credential.expires_at, _by(keys, credential)
    if kind is Message.CHECK_CODE:
        return letters.check_code(
            on, first_name=name, reference=reference, code=credentials.code_of(keys, credential.id, by),
            words=credentials.words_of(keys, credential.id, by), expires_at=expires_at, now=now,
        )  # fmt: skip
    if kind is Message.CONFIRM_CODE:
        link = live(session, str(told["link"]), message, account, now=now)
        return letters.confirm_code(
            on, kind=str(told["kind"]), reference=reference, code=credentials.code_of(keys, credential.id, by),
            words=credentials.words_of(keys, credential.id, by),
            token=credentials.token_of(keys, link.id, _by(keys, link)), expires_at=expires_at,
            link_expires_at=link.expires_at, now=now,
        )  # fmt: skip
    token = credentials.token_of(keys, credential.id, by)
    if kind is Message.CONTACT_CHANGING:
        return notices.contact_changing(
            on, first_name=name, kind=str(told["kind"]), reference=reference, token=token,
            expires_at=expires_at, now=now,
        )  # fmt: skip
    return _LINKS[kind](
        on, first_name=name, reference=reference, token=token, expires_at=expires_at, now=now
    )  # fmt: skip


def _by(keys: SecretKeys, credential: tables.RecoveryCredential) -> str:
    by = credentials.derived_by(keys, credential)
    if by is None:
        raise Dead("key-gone")
    return by
