"""One mail for an address that several patients share: a link, or a username, for each first name (design §4).

A family may share a mailbox. What was asked of the portal by that address is answered in one mail, which the caps count
once. Each link is still of one patient: its own permit, its own event, and inert until its reader passes that patient's
facts. Who wants the address confidential shares no mail.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from portaldesk.errors import StateForbids
from portaldesk.gate import permits
from portaldesk.gate.actors import patient_entry
from portaldesk.rules import emails
from portaldesk.services import account_states, changes, credentials, links, mail_caps, messages, minority, patients
from portaldesk.services.messages import Message
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.words import AccountStatus, Action, ContactKind, CredentialKind, Outcome

Account = tables.PortalAccount


def sharing(session: Session, accounts: Sequence[Account]) -> list[Account]:
    """Those of these accounts of one address that are answered in one mail; none where it would be one of them.

    Addresses that are only compared alike (emails.key) may be two mailboxes: those get a mail each.
    """
    open_ = [account for account in accounts if account.email and not _is_confidential(session, account)]
    shared = [account for account in open_ if emails.mailbox(str(account.email)) == emails.mailbox(str(open_[0].email))]
    return shared if len(shared) > 1 else []


def send_links(session: Session, accounts: Sequence[Account], *, settings: ClinicSettings, now: datetime) -> None:
    """Mail each of them a link to choose a new password, or an invitation where the account was never activated."""
    ready = [account for account in accounts if _may(session, _action_for(account), account, now=now)]
    if not ready:
        return
    to = str(ready[0].email)
    made = [
        credentials.new_link(session, _kind_for(account), account, settings=settings, now=now, sent_to=to)
        for account in ready
    ]
    mail = messages.queue(
        Message.FAMILY_LINKS, mrn=ready[0].mrn, to=to, now=now, credential=made[0],
        variables={"links": {link.mrn: link.id for link in made}},
    )  # fmt: skip
    for account, link in zip(ready, made, strict=True):
        own = [mail] if link is made[0] else []
        permits.spend(
            session, permits.for_asking(_action_for(account), account.mrn), now=now, outcome=Outcome.LINK_SENT,
            bears=[record.new(link), *own, *links.replaced_by(session, link, now=now)],
            details=changes.told([mail], link),
        )  # fmt: skip


def send_usernames(session: Session, accounts: Sequence[Account], *, now: datetime) -> None:
    """Mail the usernames of all of them."""
    ready = [account for account in accounts if _may(session, Action.RECOVER_USERNAME, account, now=now)]
    if not ready:
        return
    mail = messages.queue(
        Message.USERNAME_REMINDER, mrn=ready[0].mrn, to=str(ready[0].email), now=now,
        variables={"for": [account.mrn for account in ready]},
    )  # fmt: skip
    for account in ready:
        permits.spend(
            session, permits.for_asking(Action.RECOVER_USERNAME, account.mrn), now=now, outcome=Outcome.LINK_SENT,
            bears=[mail] if account is ready[0] else [], details=changes.told([mail]),
        )  # fmt: skip


def links_in(message: tables.OutboxMessage) -> Mapping[str, str]:
    """Whose links a message bears: MRN → credential; {} for a mail to one patient."""
    told: dict[str, dict[str, str]] = json.loads(message.variables)
    return told.get("links", {})


def named_in(message: tables.OutboxMessage) -> Sequence[str]:
    """Whose usernames a reminder bears."""
    told: dict[str, list[str]] = json.loads(message.variables)
    return told.get("for", [message.mrn])


def read_by(message: tables.OutboxMessage) -> Sequence[str]:
    """All who may read a message: those whose links or usernames it bears, else the one it is for."""
    return list(links_in(message)) or named_in(message)


def _may(session: Session, action: Action, account: Account, *, now: datetime) -> bool:
    """Whether it may be sent; where not, the record says why and the asker learns nothing."""
    try:
        minority.require_helped(session, account.mrn, now=now)
        account_states.require_living(patients.holder(session, account.mrn))
        account_states.require_usable(account)
        address = links.mailable(session, account, patient=account.mrn, photo_id=False, now=now)
        if action is Action.RECOVER_USERNAME:
            account_states.require_activated(account)
            mail_caps.require_room_for_reminder(session, address.to, key=address.key, now=now)
    except StateForbids as refusal:
        refused(session, action, account.mrn, refusal, now=now)
        return False
    return True


def refused(session: Session, action: Action, mrn: str, refusal: StateForbids, *, now: datetime) -> None:
    """Write down what was asked of the portal and not done."""
    entry = patient_entry(action, Outcome.REFUSED, patient=mrn, details={"code": refusal.code, "ground": "asked"})
    record.append(session, entry, now=now)


def _is_confidential(session: Session, account: Account) -> bool:
    point = patients.contact(session, account.mrn, ContactKind.EMAIL, account.email)
    return point is not None and point.confidential


def _action_for(account: Account) -> Action:
    return Action.RESEND_INVITE if account.status == AccountStatus.NEW else Action.SEND_RESET


def _kind_for(account: Account) -> CredentialKind:
    return CredentialKind.INVITATION if account.status == AccountStatus.NEW else CredentialKind.RESET
