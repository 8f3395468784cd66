"""Queueing invitations: what `links.send` writes of one patient, for a batch, as plain rows.

One mail for those who share an address (family_mails.py): a link each, in one message that the first of them bears.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from portaldesk.gate import bulk
from portaldesk.gate.actors import Actor
from portaldesk.gate.bulk import Invited
from portaldesk.rules import speech
from portaldesk.services import credentials
from portaldesk.services.bulk.judging import Known
from portaldesk.settings import ClinicSettings
from portaldesk.store import record, tables
from portaldesk.store.columns import time_text
from portaldesk.store.many_rows import Revision
from portaldesk.store.seals import keys_of
from portaldesk.words import CredentialKind, Message

_INVITATION, _FAMILY, _ALONE = (
    str(word) for word in (CredentialKind.INVITATION, Message.FAMILY_LINKS, Message.INVITATION)
)


def queue(
    session: Session,
    actor: Actor,
    run: str,
    mails: Sequence[Sequence[Known]],
    *,
    settings: ClinicSettings,
    now: datetime,
) -> dict[str, str]:
    """Write an invitation for everyone, one message for those who share a mail; returns MRN → message.

    Raises: NotAllowed; RecordAltered where the database refuses.
    """
    queued: dict[str, str] = {}
    keys, rng = keys_of(session), speech.Drawing(secrets.token_bytes)
    issued_at, expires_at = time_text(now), time_text(now + credentials.life(CredentialKind.INVITATION, settings))

    plain_link, plain_message = record.defaults(tables.RecoveryCredential), record.defaults(tables.OutboxMessage)

    def link_of(one: Known) -> dict[str, Any]:
        account = one.account
        assert account is not None
        id_ = secrets.token_hex(12)
        return plain_link | {
            "id": id_, "kind": _INVITATION, "mrn": account["mrn"],
            "reference": credentials.new_reference([old["reference"] for old in one.invitations], rng),
            "secret_hash": credentials.link_hash(keys, id_), "issued_at": issued_at, "expires_at": expires_at,
            "bound_to": credentials.binding(account["mrn"], account["password_hash"], account["email"]),
            "sent_to": account["email"],
        }  # fmt: skip

    def invited() -> Iterator[Invited]:
        for sharing in mails:
            made = [link_of(one) for one in sharing]
            message = plain_message | _message(made, created_at=issued_at)
            for one, link in zip(sharing, made, strict=True):
                told = {
                    "messages": [message["id"]], "credential": link["id"], "reference": link["reference"],
                }  # fmt: skip
                queued[link["mrn"]] = message["id"]
                yield Invited(
                    link["mrn"], link, message if link is made[0] else None,
                    _ends(one, superseded_by=link["reference"], at=issued_at), told,
                )  # fmt: skip

    bulk.invite_each(session, actor, run, invited(), now=now)
    return queued


def _message(links: Sequence[Mapping[str, Any]], *, created_at: str) -> dict[str, Any]:
    first, several = links[0], len(links) > 1
    return {
        "id": secrets.token_hex(12), "kind": _FAMILY if several else _ALONE,
        "mrn": first["mrn"], "to_address": first["sent_to"], "created_at": created_at, "credential_id": first["id"],
        "variables": json.dumps({"links": {one["mrn"]: one["id"] for one in links}}) if several else "{}",
    }  # fmt: skip


def _ends(one: Known, *, superseded_by: str, at: str) -> list[Revision]:
    """The end of older invitations, which name the new one."""
    return [
        Revision(tables.RecoveryCredential, old, {"revoked_at": at, "superseded_by": superseded_by})
        for old in one.invitations
        if old["redeemed_at"] is None and old["revoked_at"] is None
    ]
