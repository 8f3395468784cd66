"""What each mail says that only tells of something: a change, made or asked for, a pause, the anchor."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from portaldesk.mail.catalogues import marked
from portaldesk.mail.messages import hello, link_lives, reference_line
from portaldesk.mail.stationery import Letter, Stationery, one_line
from portaldesk.mail.times import moment
from portaldesk.mail.writing import call, note, text, write

_CHANGES = {
    "activated": marked("Your account was opened and a password was chosen."),
    "password-reset": marked("A new password was chosen with the link that was sent to you."),
    "password-changed": marked("The password was changed."),
    "contact-changed": marked("The email address or phone number of your account was changed."),
    "address-closed": marked(
        "This address is no longer used for your account, as was asked. For a day it still hears of changes to the "
        "account, then nothing more is sent here."
    ),
    "contact-closed": marked("One of your addresses or phone numbers is no longer used, as was asked."),
    "contact-confidential": marked("One of your addresses or phone numbers is kept confidential, as was asked."),
    "contact-reopened": marked("One of your addresses or phone numbers is used again, as was asked."),
    "record-changed": marked(
        "Your email, phone, birth date or postal code was changed in the clinic's record system."
    ),
    "unlock": marked("The pause after wrong passwords was ended."),
    "secure-account": marked("Your account was secured: every sign-in was ended and the password was erased."),
    "issue-temp-login": marked("A temporary login was given out, and the old password no longer works."),
    "disable": marked("Sign-in to your account was switched off."),
    "decline": marked(
        "It was noted that you want no account: sign-in was switched off, and links that were sent are dead."
    ),
    "enable": marked("Sign-in to your account was switched on again."),
    "change-username": marked("The username of your account was changed; the password stays the same."),
    "credentials revoke": marked("Links and codes that were sent for your account no longer work."),
    "proxy-granted": marked("A person was given leave to act for the patient, by a login of their own."),
    "proxy-for-another": marked(
        "You were given leave to act for another patient. Your username and password stay the same."
    ),
    "proxy-ended": marked(
        "Leave to act for the patient has ended: who had it no longer sees the patient at the portal."
    ),
}  # fmt: skip
"""What `messages.notices` is told of a change, as its reader is told."""


def changed(on: Stationery, *, first_name: str, what: str, at: datetime, at_desk: bool) -> Letter:
    """Notice after a change: what, when, from which desk, whom to call (ASVS 5.0 6.3.7).

    Args:
        what: one of the words in `_CHANGES`; another is shown as it is.
    """
    told = what_changed(on, what)
    if_not = on.say(
        "If that was not you, object at once: %(call)s. We can close the account to whoever is in it.", call=call(on)
    )
    closing = [text(on.say("If that was you, there is nothing to do.")), text(if_not)]
    return write(
        on, "changed", hello=hello(on, first_name), what=told,
        kept={told: [text(when_and_where(on, at, at_desk=at_desk))]}, closing=closing,
    )  # fmt: skip


def contact_changing(
    on: Stationery,
    *,
    first_name: str,
    kind: str,
    reference: str,
    token: str,
    expires_at: datetime,
    now: datetime,
) -> Letter:
    """Tells the old address that a contact is about to change, or that somebody is to act, and how to object.

    `kind`: email, phone, or proxy.
    """
    link = on.link("object", token)
    return write(
        on, "proxy-asked" if kind == "proxy" else "contact-changing", hello=hello(on, first_name), contact=kind,
        link=link, kept={link: [link_lives(on, expires_at, now)]},
        closing=[
            text(on.say("You can also object by phone: %(call)s.", call=call(on))),
            note(on.say("Do not forward this email and do not share the link.")),
            reference_line(on, reference),
        ],
    )  # fmt: skip


def locked(on: Stationery, *, first_name: str, until: datetime) -> Letter:
    """Sign-in is paused after wrong passwords (SP 800-63B-4 §3.2.2)."""
    told = on.say(
        "After several wrong passwords, sign-in to your account is paused until %(at)s. Then you can try again.",
        at=moment(on, until),
    )
    unlike = on.say("If that was not you, or if you cannot wait, %(call)s.", call=call(on))
    return write(on, "locked", hello=hello(on, first_name), what=told, kept={told: []}, closing=[text(unlike)])


def anchor(on: Stationery, *, anchor: str, at: datetime) -> Letter:
    """The head of the record, for an auditor; its line is as long as it is, to be copied whole. English, text alone."""
    kept = {anchor: [text(f"When: {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC.")]}
    return replace(write(Stationery(on.settings), "anchor", kept=kept, anchor=anchor), html="")


def what_changed(on: Stationery, what: str) -> str:
    """One of the words of `_CHANGES` as a sentence."""
    if what in _CHANGES:
        return on.say(_CHANGES[what])
    return on.say("Your account was changed: %(what)s.", what=one_line(what))


def when_and_where(on: Stationery, at: datetime, *, at_desk: bool) -> str:
    """When a change was made, and from where."""
    if at_desk:
        return on.say("When: %(at)s, by the help desk of %(clinic)s.", at=moment(on, at), clinic=on.clinic)
    return on.say("When: %(at)s, at the patient portal itself.", at=moment(on, at))
