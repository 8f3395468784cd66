"""What each mail with a link, a code or a username says; `notices.py` has those that only tell of something.

Contract: the first URL under the portal address is the link, on a line of its own, its last path segment the token; a
code is written `1234 5678`. A letter names no more of the patient than the given name, the confirmation of a new
address not even that: a typing slip may have sent it to a stranger (design §4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portaldesk.mail.stationery import Letter, Part, Stationery, first_name, one_line
from portaldesk.mail.times import moment, time_left
from portaldesk.mail.writing import call, note, text, write
from portaldesk.rules import speech


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
    link = on.link("redeem", token)
    unexpected = on.say("If you did not expect this invitation, you can leave it: nothing happens.")
    return write(
        on, "invitation", hello=hello(on, first_name), link=link, kept={link: [link_lives(on, expires_at, now)]},
        closing=[text(unexpected), keep_to_yourself(on), reference_line(on, reference)],
    )  # fmt: skip


def reset(
    on: Stationery, *, first_name: str, reference: str, token: str, expires_at: datetime, now: datetime
) -> Letter:
    """The link with which a forgotten password is replaced."""
    return _asked_for(on, "reset", first_name, reference, on.link("redeem", token), expires_at, now)


def unlock_link(
    on: Stationery, *, first_name: str, reference: str, token: str, expires_at: datetime, now: datetime
) -> Letter:
    """The link that ends the pause after wrong passwords."""
    return _asked_for(on, "unlock-link", first_name, reference, on.link("redeem", token), expires_at, now)


def _asked_for(
    on: Stationery, kind: str, name: str, reference: str, link: str, expires_at: datetime, now: datetime
) -> Letter:
    unasked = on.say("If you did not ask for this, do not open the link, and %(call)s.", call=call(on))
    return write(
        on, kind, hello=hello(on, name), link=link, kept={link: [link_lives(on, expires_at, now)]},
        closing=[text(unasked), keep_to_yourself(on), reference_line(on, reference)],
    )  # fmt: skip


def family_links(on: Stationery, links: Sequence[OneLink], *, now: datetime) -> Letter:
    """A link each, where several patients share the address; it names first names only (design §4)."""
    told = [{"purpose": _purpose(on, one), "link": on.link("redeem", one.token)} for one in links]
    lives = ([link_lives(on, one.expires_at, now), reference_line(on, one.reference)] for one in links)
    unasked = on.say(
        "If none of you asked for this, open no link, and %(call)s. Call us too if you want an address of your own.",
        call=call(on),
    )
    return write(
        on, "family-links", hello=hello(on, ""), links=told,
        kept=dict(zip((one["link"] for one in told), lives, strict=True)),
        closing=[text(unasked), keep_to_yourself(on)],
    )  # fmt: skip


def check_code(
    on: Stationery, *, first_name: str, reference: str, code: str, words: str, expires_at: datetime, now: datetime
) -> Letter:
    """The code of an identity check on the phone; the two words let the patient check the desk."""
    shown = speech.code_shown(code)
    unasked = on.say(
        "If you did not call us, somebody may be posing as you, or as us. Give the code to nobody, and %(call)s.",
        call=call(on),
    )
    return write(
        on, "check-code", hello=hello(on, first_name), code=shown,
        kept={shown: _code_lives(on, expires_at, now, words)}, closing=[text(unasked), reference_line(on, reference)],
    )  # fmt: skip


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
    """What a new address must answer before it counts: a code for the phone, or a link. `kind`: email or phone."""
    shown, link = speech.code_shown(code), on.link("confirm", token)
    return write(
        on, "confirm-code", hello=hello(on, ""), contact=kind, code=shown, link=link,
        kept={shown: _code_lives(on, expires_at, now, words), link: [link_lives(on, link_expires_at, now)]},
        closing=[
            text(on.say("If you did not ask for this, you can leave it: without your answer nothing changes.")),
            note(
                on.say(
                    "Do not forward this email, and share neither link nor code with anybody but the desk that you "
                    "called."
                )
            ),
            reference_line(on, reference),
        ],
    )  # fmt: skip


def username_reminder(on: Stationery, *, first_name: str, username: str) -> Letter:
    """The username, to the address on file."""
    shown = one_line(username)
    unasked = on.say("If you did not ask for this, %(call)s.", call=call(on))
    return write(
        on, "username-reminder", hello=hello(on, first_name), username=shown, kept={shown: []},
        closing=[text(unasked), _shared_device(on)],
    )  # fmt: skip


def family_usernames(on: Stationery, names: Sequence[tuple[str, bool, str]]) -> Letter:
    """The usernames of all who share the address, as (first name, whether it is a proxy's login, username)."""
    shown = [f"{_whose(on, name, as_proxy)}: {one_line(username)}" for name, as_proxy, username in names]
    unasked = on.say("If none of you asked for this, %(call)s.", call=call(on))
    return write(
        on, "family-usernames", hello=hello(on, ""), usernames=shown, kept={one: [] for one in shown},
        closing=[text(unasked), _shared_device(on)],
    )  # fmt: skip


def hello(on: Stationery, given_name: str) -> str:
    """How a letter begins; without a name where there is none to be written."""
    name = first_name(given_name)
    return on.say("Hello %(name)s,", name=name) if name else on.say("Hello,")


def link_lives(on: Stationery, until: datetime, now: datetime) -> Part:
    """What stands under a link."""
    left, at = time_left(on, until, now), moment(on, until)
    return note(on.say("The link is valid for %(left)s, until %(at)s, and works once.", left=left, at=at))


def keep_to_yourself(on: Stationery) -> Part:
    """What a reader with a link should know."""
    return note(
        on.say(
            "Do not forward this email and do not share the link: whoever has it is one step closer to your health "
            "record. Use a private connection rather than a public one. On a shared device, sign out when you are done "
            "and close the browser."
        )
    )


def reference_line(on: Stationery, reference: str) -> Part:
    """By which name this mail is talked about at the desk."""
    return note(on.say("Reference: %(reference)s", reference=reference))


def _code_lives(on: Stationery, until: datetime, now: datetime, words: str) -> list[Part]:
    left, at = time_left(on, until, now), moment(on, until)
    lives = on.say("The code is valid for %(left)s, until %(at)s, and works once.", left=left, at=at)
    check = on.say(
        "The desk sees the same two words: %(words)s. Whoever cannot tell you them is not at our desk: hang up.",
        words=words,
    )
    return [note(lives), text(check)]


def _shared_device(on: Stationery) -> Part:
    return note(on.say("On a shared device, sign out when you are done."))


def _purpose(on: Stationery, one: OneLink) -> str:
    whose = _whose(on, one.first_name, one.as_proxy)
    if one.kind == "invitation":
        return on.say("%(whose)s: open the account.", whose=whose)
    return on.say("%(whose)s: choose a new password.", whose=whose)


def _whose(on: Stationery, given_name: str, as_proxy: bool) -> str:
    name = first_name(given_name) or on.say("Patient")
    return on.say("%(name)s, to act for others", name=name) if as_proxy else name
