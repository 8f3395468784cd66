"""What each message says: one function a kind, each giving a `Letter` in plain text.

Contract: the first URL under the portal address is the link, on a line of its own, its last path segment the token; a
code is written `1234 5678`. A letter names no more of the patient than the given name, the confirmation of a new
address not even that: a typing slip may have sent it to a stranger (design §4).
Lines are at most 72 characters, but for links (RFC 5322 §2.1.1 asks for 78). Times are UTC.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from portaldesk.mail.stationery import Letter as Letter
from portaldesk.mail.stationery import Stationery, one_line
from portaldesk.mail.stationery import first_name as _name
from portaldesk.rules import speech

_WIDTH = 72
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_KEEP_TO_YOURSELF = (
    "Do not forward this mail and do not share the link: whoever has it is one step closer to your health record. "
    "On a shared device, sign out when you are done and close the browser."
)

SUBJECTS = {
    "invitation": "Your invitation to the patient portal",
    "reset": "Choose a new password for the patient portal",
    "family-links": "Links for the patient portal",
    "unlock-link": "End the pause of your patient portal account",
    "check-code": "Your code for the phone call",
    "confirm-code": "Confirm this email address for the patient portal",
    "username-reminder": "Your username for the patient portal",
    "locked": "Sign-in to your patient portal account is paused",
    "changed": "Your patient portal account was changed",
}
"""How the subject of each kind begins; the clinic's name follows. The desk tells callers what to look for."""

_CHANGES = {
    "activated": "Your account was opened and a password was chosen.",
    "password-reset": "A new password was chosen with the link that was mailed.",
    "password-changed": "The password was changed.",
    "contact-changed": "The email address or phone number of your account was changed.",
    "address-closed": "This address is no longer used for your account, as was asked. For a day it still hears of "
    "changes to the account, then nothing more is sent here.",
    "contact-closed": "One of your addresses or phone numbers is no longer used, as was asked.",
    "contact-confidential": "One of your addresses or phone numbers is kept confidential, as was asked.",
    "contact-reopened": "One of your addresses or phone numbers is used again, as was asked.",
    "record-changed": "Your email, phone, birth date or postal code was changed in the clinic's record system.",
    "unlock": "The pause after wrong passwords was ended.",
    "secure-account": "Your account was secured: every sign-in was ended and the password was erased.",
    "issue-temp-login": "A temporary login was given out, and the old password no longer works.",
    "disable": "Sign-in to your account was switched off.",
    "decline": "It was noted that you want no account: sign-in was switched off, and links that were sent are dead.",
    "enable": "Sign-in to your account was switched on again.",
    "change-username": "The username of your account was changed; the password stays the same.",
    "credentials revoke": "Links and codes that were sent for your account no longer work.",
    "proxy-granted": "A person was given leave to act for the patient, by a login of their own.",
    "proxy-for-another": "You were given leave to act for another patient. Your username and password stay the same.",
    "proxy-ended": "Leave to act for the patient has ended: who had it no longer sees the patient at the portal.",
}
"""What `messages.notices` is told of a change, as its reader is told."""


@dataclass(frozen=True, slots=True)
class OneLink:
    """One of several links in a mail. `kind`: of the credential, an invitation or a reset; `as_proxy`: of the login
    with which its reader acts for others, who may be a patient too."""

    first_name: str
    kind: str
    reference: str
    token: str
    expires_at: datetime
    as_proxy: bool = False


def invitation(
    on: Stationery, *, first_name: str, reference: str, token: str, expires_at: datetime, now: datetime
) -> Letter:
    """The link with which an account is opened."""
    return _letter(
        on,
        SUBJECTS["invitation"],
        _hello(first_name),
        f"{on.clinic} invites you to its patient portal. Open this link to choose your password. Have your "
        "birth date at hand.",
        on.link("redeem", token),
        _valid("The link", expires_at, now),
        _KEEP_TO_YOURSELF,
        "If you did not expect this invitation, you can leave it: nothing happens.",
        f"Reference: {reference}",
    )


def reset(
    on: Stationery, *, first_name: str, reference: str, token: str, expires_at: datetime, now: datetime
) -> Letter:
    """The link with which a forgotten password is replaced."""
    return _letter(
        on,
        SUBJECTS["reset"],
        _hello(first_name),
        "Open this link to choose a new password for the patient portal. Have your birth date at hand. Until you do, "
        "your old password goes on working.",
        on.link("redeem", token),
        _valid("The link", expires_at, now),
        _KEEP_TO_YOURSELF,
        f"If you did not ask for this, do not open the link, and {_call(on)}.",
        f"Reference: {reference}",
    )


def unlock_link(
    on: Stationery, *, first_name: str, reference: str, token: str, expires_at: datetime, now: datetime
) -> Letter:
    """The link that ends the pause after wrong passwords."""
    return _letter(
        on,
        SUBJECTS["unlock-link"],
        _hello(first_name),
        "Sign-in to your account is paused after several wrong passwords. Open this link to end the pause. Your "
        "password stays the same.",
        on.link("redeem", token),
        _valid("The link", expires_at, now),
        _KEEP_TO_YOURSELF,
        f"If you did not ask for this, do not open the link, and {_call(on)}.",
        f"Reference: {reference}",
    )


def family_links(on: Stationery, links: Sequence[OneLink], *, now: datetime) -> Letter:
    """A link each, where several patients share the address; it names first names only (design §4)."""
    parts = []
    for one in links:
        opens = "open the account" if one.kind == "invitation" else "choose a new password"
        parts += [
            f"{_whose(one.first_name, one.as_proxy)}: {opens}. {_valid('The link', one.expires_at, now)} Reference: "
            f"{one.reference}",
            on.link("redeem", one.token),
        ]
    return _letter(
        on,
        SUBJECTS["family-links"],
        "Hello,",
        f"Somebody asked {on.clinic} for a way into its patient portal. More than one login has this email "
        "address, so here is a link for each. Use your own, with your birth date at hand; until you do, old passwords "
        "go on working.",
        *parts,
        _KEEP_TO_YOURSELF,
        f"If none of you asked for this, open no link, and {_call(on)}. Call us too if you want an address of "
        "your own.",
    )


def check_code(
    on: Stationery,
    *,
    first_name: str,
    reference: str,
    code: str,
    words: str,
    expires_at: datetime,
    now: datetime,
) -> Letter:
    """The code of an identity check on the phone; the two words let the patient check the desk."""
    clinic = on.clinic
    return _letter(
        on,
        SUBJECTS["check-code"],
        _hello(first_name),
        f"This code is to prove who you are to {clinic} on the phone, only if you called us.",
        f"    {speech.code_shown(code)}",
        _valid("The code", expires_at, now),
        f"The desk sees the same two words: {words}. Whoever cannot tell you them is not at our desk: hang up.",
        f"If you did not call us, somebody may be posing as you, or as us. Give the code to nobody, and {_call(on)}.",
        f"Reference: {reference}",
    )


def confirm_code(
    on: Stationery,
    *,
    kind: str,
    reference: str,
    code: str,
    words: str,
    token: str,
    expires_at: datetime,
    link_expires_at: datetime,
    now: datetime,
) -> Letter:
    """What a new address must answer before it counts: a code for the phone, or a link."""
    return _letter(
        on,
        SUBJECTS["confirm-code"],
        "Hello,",
        f"{on.clinic} was asked to use this {_kind(kind)} for an account at its patient portal. If you asked "
        "for it, read this code out on the phone:",
        f"    {speech.code_shown(code)}",
        _valid("The code", expires_at, now),
        f"The desk sees the same two words: {words}. Whoever cannot tell you them is not at our desk: hang up.",
        "Or open this link:",
        on.link("confirm", token),
        _valid("The link", link_expires_at, now),
        "Do not forward this mail, and share neither link nor code with anybody but the desk that you called.",
        "If you did not ask for this, you can leave it: without your answer nothing changes.",
        f"Reference: {reference}",
    )


def username_reminder(on: Stationery, *, first_name: str, username: str) -> Letter:
    """The username, to the address on file."""
    return _letter(
        on,
        SUBJECTS["username-reminder"],
        _hello(first_name),
        "This is the username of your account at the patient portal:",
        f"    {one_line(username)}",
        "Your password is not changed. On a shared device, sign out when you are done.",
        f"If you did not ask for this, {_call(on)}.",
    )


def family_usernames(on: Stationery, names: Sequence[tuple[str, bool, str]]) -> Letter:
    """The usernames of all who share the address, as (first name, whether it is a proxy's login, username)."""
    return _letter(
        on,
        "Your usernames for the patient portal",
        "Hello,",
        "More than one login has this email address. These are the usernames at the patient portal:",
        *(f"    {_whose(name, as_proxy)}: {one_line(username)}" for name, as_proxy, username in names),
        "No password is changed. On a shared device, sign out when you are done.",
        f"If none of you asked for this, {_call(on)}.",
    )


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
    """Tells the old address that a contact is about to change, or that somebody is to act, and how to object."""
    if kind == "proxy":
        return _letter(
            on,
            "Somebody asks for leave to act for you at the patient portal",
            _hello(first_name),
            f"Somebody came to {on.clinic} and asked to act for you at the patient portal, by a login of their "
            "own. If that is right, there is nothing to do. If it is NOT, open this link: it stops the request and "
            "secures your account.",
            on.link("object", token),
            _valid("The link", expires_at, now),
            f"You can also object by phone: {_call(on)}.",
            "Do not forward this mail and do not share the link.",
            f"Reference: {reference}",
        )
    return _letter(
        on,
        f"The {_kind(kind)} of your patient portal account is about to change",
        _hello(first_name),
        f"{on.clinic} was asked to change the {_kind(kind)} of your account. If that was you, there is nothing "
        "to do. If it was NOT you, open this link: it stops the change and secures your account.",
        on.link("object", token),
        _valid("The link", expires_at, now),
        f"You can also object by phone: {_call(on)}.",
        "Do not forward this mail and do not share the link.",
        f"Reference: {reference}",
    )


def locked(on: Stationery, *, first_name: str, until: datetime) -> Letter:
    """Sign-in is paused after wrong passwords (SP 800-63B-4 §3.2.2)."""
    return _letter(
        on,
        SUBJECTS["locked"],
        _hello(first_name),
        f"After several wrong passwords, sign-in to your account is paused until {moment(until)}. Then you can try "
        "again.",
        f"If that was not you, or if you cannot wait, {_call(on)}.",
    )


def changed(on: Stationery, *, first_name: str, what: str, at: datetime, at_desk: bool) -> Letter:
    """Notice after a change: what, when, from which desk, whom to call (ASVS 5.0 6.3.7).

    Args:
        what: one of the words in `_CHANGES`; another is shown as it is.
    """
    by = f"by the help desk of {on.clinic}" if at_desk else "at the patient portal itself"
    return _letter(
        on,
        SUBJECTS["changed"],
        _hello(first_name),
        what_changed(what),
        f"When: {moment(at)}, {by}.",
        f"If that was not you, {_call(on)}.",
    )


def what_changed(what: str) -> str:
    """One of the words of `_CHANGES` as a sentence."""
    return _CHANGES.get(what, f"Your account was changed: {one_line(what)}.")


def anchor(on: Stationery, *, anchor: str, at: datetime) -> Letter:
    """The head of the record, for an auditor; its line is as long as it is, to be copied whole."""
    return _letter(
        on,
        "Anchor of the help desk's record",
        "Keep this mail where the help desk cannot reach it. This is the number and the hash of the last event of its "
        "record:",
        f"    {anchor}",
        f"When: {moment(at)}.",
        "Whoever puts the desk's whole store back to an older state is found by it: portaldesk audit verify --against, "
        "with that line.",
    )


def moment(at: datetime) -> str:
    """As "26 Nov 2026 10:42 UTC", whatever language the machine speaks."""
    at = at.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year} {at:%H:%M} UTC"


def time_left(until: datetime, now: datetime) -> str:
    """As "10 minutes", "24 hours", "7 days": begun minutes count, hours and days are whole ones."""
    minutes = max(0, -int((now - until).total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{minutes // 60} hours" if minutes <= 48 * 60 else f"{minutes // (24 * 60)} days"


def _letter(on: Stationery, subject: str, *paragraphs: str) -> Letter:
    hours = f" ({on.hours})" if on.hours else ""
    phone = f"\nPhone: {on.phone}{hours}" if on.phone else ""
    foot = f"-- \n{on.clinic}{phone}\nThis mail was sent by a program; answers to it are not read."
    text = "\n\n".join(_filled(paragraph) for paragraph in paragraphs)
    return Letter(f"{subject} - {on.clinic}"[:150].rstrip(), f"{text}\n\n{foot}\n")


def _filled(paragraph: str) -> str:
    if paragraph.startswith(("    ", "http://", "https://")):
        return paragraph
    return textwrap.fill(paragraph, _WIDTH, break_on_hyphens=False)


def _whose(first_name: str, as_proxy: bool) -> str:
    name = _name(first_name) or "Patient"
    return f"{name}, to act for others" if as_proxy else name


def _hello(first_name: str) -> str:
    name = _name(first_name)
    return f"Hello {name}," if name else "Hello,"


def _call(on: Stationery) -> str:
    at = f" at {on.phone}" if on.phone else ""
    return f"call {on.clinic}{at}"


def _valid(what: str, until: datetime, now: datetime) -> str:
    return f"{what} is valid for {time_left(until, now)}, until {moment(until)}, and works once."


def _kind(kind: str) -> str:
    return {"email": "email address", "phone": "phone number"}.get(kind, "contact")
