"""Causes that lie in addresses, mails and links: mail that went astray, waits, or is too old."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlmodel import and_, col, or_, select

from portaldesk.mail.envelope import mail_host
from portaldesk.rules import emails, masks
from portaldesk.services import (
    credentials,
    family_mails,
    outgoing,
)
from portaldesk.services.causes.case import Case, Cause, clock, send_again
from portaldesk.store import tables
from portaldesk.words import (
    TEXTS,
    CredentialKind,
    Message,
)

_SENT = (*credentials.LINKS, CredentialKind.LETTER)


def email_doubtful(case: Case) -> Cause:
    point, next_ = case.point, f"portaldesk update-contact {case.mrn} --email -"
    if point is not None and point.do_not_use:
        return Cause(
            "email-doubtful",
            True,
            "The patient asked us not to use the email on file, or objected to it.",
            "You asked us not to write to the address we have. Which one shall we use?",
            f"{next_}  (the same one again: contacts mark {case.mrn} CONTACT --usable)",
        )
    return case.yes_if(
        "email-doubtful",
        point is not None and point.bounced_at is not None,
        "Mail to the address on file came back: no link goes there until a code from it does (the same address again).",
        "Our mails to your address come back. Has it changed?",
        next_,
    )


def email_unconfirmed(case: Case) -> Cause:
    point = case.point
    young = point is not None and point.evidence_from > case.now
    return case.yes_if(
        "email-unconfirmed",
        young,
        f"The email changed, or was given back; links go there from {clock(point.evidence_from)} on."
        if young and point
        else "",
        "Your email address changed less than a day ago; for your safety we wait 24 hours.",
        f'portaldesk verify-identity {case.mrn} --photo-id "driver licence"  (at once, in person)',
    )


def email_differs(case: Case) -> Cause:
    account, on_record = case.account, case.on_record
    mine = account.email if account is not None else None
    differs = on_record is not None and mine is not None and emails.key(mine) != on_record.key
    return case.yes_if(
        "email-differs",
        differs,
        f"The portal uses {masks.email(mine)}, the clinic's record has {masks.email(on_record.value)}."
        if differs and mine and on_record
        else "",
        "We have two different email addresses for you; which one do you use?",
        f"portaldesk update-contact {case.mrn} --email -",
    )


def mail_sent(case: Case) -> Cause:
    mail = _newest_mail(case, sent=True)
    if mail is None:
        return Cause("mail-sent", False)
    credential = _borne_by(case, mail)
    if mail.kind == Message.INVITATION_LETTER:
        return _letter_sent(case, mail, credential)
    if credential is not None and (credential.redeemed_at is not None or credential.revoked_at is not None):
        return Cause("mail-sent", False)  # it was found and used, or what it bears opens nothing any more
    if mail.kind in TEXTS:
        return _text_sent(case, mail, credential)
    reference = f", reference {credential.reference}" if credential else ""
    sent = mail.sent_at
    assert sent is not None
    subject = outgoing.subject_of(case.session, mail, settings=case.settings, templates=case.templates, now=case.now)
    return Cause(
        "mail-sent",
        True,
        f"A mail ({mail.kind}) was sent at {clock(sent)} to {masks.email(mail.to_address)}{reference}.",
        "Please look in spam, junk and promotions, and among blocked senders, for a mail from "
        f"{case.settings.clinic_name} <no-reply@{mail_host(case.settings)}> with the subject "
        f"'{subject}'{f' and the reference {credential.reference}' if credential else ''}.",
        f"portaldesk diagnose {case.mrn}  (again after looking; then send a new one)",
    )


def _text_sent(case: Case, text: tables.OutboxMessage, credential: tables.RecoveryCredential | None) -> Cause:
    reference = credential.reference if credential is not None else ""
    return Cause(
        "mail-sent",
        True,
        f"A text with a code ({reference}) was sent at {clock(text.sent_at)} to the phone on file, or the new one.",
        f"Please look among your text messages, the blocked ones too, for one that ends with {reference}.",
        f"portaldesk diagnose {case.mrn}  (again after looking; then send a new one, or call back)",
    )


def _letter_sent(case: Case, letter: tables.OutboxMessage, credential: tables.RecoveryCredential | None) -> Cause:
    if credential is None or credential.redeemed_at is not None:
        return Cause("mail-sent", False)
    return Cause(
        "mail-sent",
        True,
        f"A letter with a code ({credential.reference}) was printed at {clock(letter.sent_at)}.",
        f"We sent you a letter, number {credential.reference}, by post; it can take some days to reach you.",
        f"portaldesk diagnose {case.mrn}  (again when it should be there; then send a new one)",
    )


def mail_waiting(case: Case) -> Cause:
    mail = _newest_mail(case, sent=False)
    if mail is None:
        return Cause("mail-waiting", False)
    if mail.failed_at is not None:
        return _mail_failed(case, mail)
    paper = mail.kind == Message.INVITATION_LETTER
    what, done = ("letter", "printed") if paper else (_what(mail), "sent")
    late = mail.next_try_at is not None and mail.next_try_at > case.now
    again = f" It was put off ({mail.last_error}) and is tried again at {clock(mail.next_try_at)}." if late else ""
    return Cause(
        "mail-waiting",
        True,
        f"A {what} of ours ({mail.kind}) is still waiting to be {done} since {clock(mail.created_at)}.{again}",
        f"Our {what} to you has not left yet; that is our fault. It will come.",
        f"An admin: portaldesk outbox {'letters --print FOLDER' if paper else 'list; portaldesk outbox send'}",
    )


def _mail_failed(case: Case, mail: tables.OutboxMessage) -> Cause:
    """One that is not tried again; it is no cause where a newer one went out."""
    newer = _newest_mail(case, sent=True)
    again = f"portaldesk verify-identity {case.mrn} --callback" if mail.kind in TEXTS else send_again(case)
    return case.yes_if(
        "mail-waiting",
        newer is None or newer.created_at < mail.created_at,
        f"A {_what(mail)} of ours ({mail.kind}) of {clock(mail.created_at)} could not be delivered: {mail.last_error}.",
        f"Our {_what(mail)} to you could not be delivered. Let us look at your "
        f"{'number' if mail.kind in TEXTS else 'address'}.",
        f"{again}  (or an admin: portaldesk outbox retry {mail.id[:8]})",
    )


def _what(mail: tables.OutboxMessage) -> str:
    return "text" if mail.kind in TEXTS else "mail"


def _borne_by(case: Case, mail: tables.OutboxMessage) -> tables.RecoveryCredential | None:
    mine = family_mails.links_in(mail).get(case.holder, mail.credential_id)
    return case.session.get(tables.RecoveryCredential, mine) if mine else None


def _newest_mail(case: Case, *, sent: bool) -> tables.OutboxMessage | None:
    address = case.account.email if case.account is not None else None
    in_a_shared_mail = and_(
        tables.OutboxMessage.to_address == address,
        col(tables.OutboxMessage.kind).in_((Message.FAMILY_LINKS, Message.USERNAME_REMINDER)),
        col(tables.OutboxMessage.variables).contains(json.dumps(case.holder), autoescape=True),
    )
    query = select(tables.OutboxMessage).where(
        or_(tables.OutboxMessage.mrn == case.holder, in_a_shared_mail),
        tables.OutboxMessage.created_at > case.now - timedelta(days=7),
        tables.OutboxMessage.dropped_why == "",
        col(tables.OutboxMessage.kind).in_(
            (
                Message.INVITATION,
                Message.INVITATION_LETTER,
                Message.RESET,
                Message.FAMILY_LINKS,
                Message.UNLOCK_LINK,
                Message.USERNAME_REMINDER,
                Message.CHECK_CODE,
                Message.CONFIRM_CODE,
                Message.CHECK_CODE_TEXT,
                Message.CONFIRM_CODE_TEXT,
            )
        ),
        col(tables.OutboxMessage.sent_at).is_not(None) if sent else col(tables.OutboxMessage.sent_at).is_(None),
    )
    return case.session.exec(query.order_by(col(tables.OutboxMessage.created_at).desc()).limit(1)).first()


def link_expired(case: Case) -> Cause:
    link = credentials.newest(case.session, case.holder, _SENT)
    expired = link is not None and link.redeemed_at is None and link.revoked_at is None and link.expires_at <= case.now
    return case.yes_if(
        "link-expired",
        expired,
        f"The last {_named(link)} expired at {clock(link.expires_at)}." if expired and link else "",
        f"The {_named(link).split()[0]} we sent you has expired; I can send a new one." if expired and link else "",
        send_again(case),
    )


def link_superseded(case: Case) -> Cause:
    older = case.session.exec(
        select(tables.RecoveryCredential)
        .where(
            tables.RecoveryCredential.mrn == case.holder,
            col(tables.RecoveryCredential.superseded_by).is_not(None),
            col(tables.RecoveryCredential.kind).in_(_SENT),
        )
        .order_by(col(tables.RecoveryCredential.issued_at).desc())
        .limit(1)
    ).first()
    newer = credentials.newest(case.session, case.holder, _SENT)
    live = newer is not None and newer.redeemed_at is None and newer.revoked_at is None and newer.expires_at > case.now
    waits = _newest_mail(case, sent=False)
    on_its_way = newer is not None and waits is not None and _borne_by(case, waits) == newer
    say = (
        "What we sent you before no longer works, and the new one, reference {}, has not left yet."
        if on_its_way
        else "We sent you more than one; only the newest works, reference {}."
    )
    return case.yes_if(
        "link-superseded",
        older is not None and live,
        f"{older.reference} was replaced by {older.superseded_by}." if older else "",
        say.format(older.superseded_by) if older else "",
        f"portaldesk diagnose {case.mrn}",
    )


def _named(link: tables.RecoveryCredential) -> str:
    return f"{'letter' if link.kind == CredentialKind.LETTER else 'link'} ({link.reference})"
