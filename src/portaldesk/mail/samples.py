"""Each mail with made-up data, to be looked at, and to judge a clinic's own templates by. It opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from portaldesk.mail import messages, notices
from portaldesk.mail.messages import OneLink
from portaldesk.mail.stationery import Letter, Stationery

TOKEN = "EXAMPLE-ONLY-this-link-opens-nothing-at-all"
"""As long as a real one, and plainly none."""
_NAME, _CODE, _WORDS = "Maria", "00000000", "example words"

Sample = Callable[[Stationery, datetime], Letter]


def _linked(write: Callable[..., Letter], minutes: int, **more: str) -> Sample:
    def sample(on: Stationery, now: datetime) -> Letter:
        until = now + timedelta(minutes=minutes)
        return write(on, first_name=_NAME, reference="K7-42", token=TOKEN, expires_at=until, now=now, **more)

    return sample


def _check_code(on: Stationery, now: datetime) -> Letter:
    until = now + timedelta(minutes=on.settings.code_life_minutes)
    return messages.check_code(
        on, first_name=_NAME, reference="K7-42", code=_CODE, words=_WORDS, expires_at=until, now=now
    )


def _confirm_code(on: Stationery, now: datetime) -> Letter:
    return messages.confirm_code(
        on, kind="email", reference="K7-42", code=_CODE, words=_WORDS, token=TOKEN,
        expires_at=now + timedelta(minutes=on.settings.code_life_minutes), link_expires_at=now + timedelta(hours=24),
        now=now,
    )  # fmt: skip


def _family_links(on: Stationery, now: datetime) -> Letter:
    until = now + timedelta(minutes=on.settings.reset_life_minutes)
    links = [
        OneLink(_NAME, "reset", "K7-42", TOKEN, until),
        OneLink("José", "invitation", "M3-77", TOKEN.replace("this", "that"), until),
    ]
    return messages.family_links(on, links, now=now)


SAMPLES: Mapping[str, Sample] = {
    "invitation": lambda on, now: _linked(messages.invitation, on.settings.invitation_life_hours * 60)(on, now),
    "reset": lambda on, now: _linked(messages.reset, on.settings.reset_life_minutes)(on, now),
    "unlock-link": lambda on, now: _linked(messages.unlock_link, on.settings.unlock_life_minutes)(on, now),
    "family-links": _family_links,
    "check-code": _check_code,
    "confirm-code": _confirm_code,
    "username-reminder": lambda on, now: messages.username_reminder(on, first_name=_NAME, username="maria.example"),
    "family-usernames": lambda on, now: messages.family_usernames(
        on, [(_NAME, False, "maria.example"), ("José", True, "jose.example")]
    ),
    "contact-changing": _linked(notices.contact_changing, 7 * 24 * 60, kind="email"),
    "proxy-asked": _linked(notices.contact_changing, 7 * 24 * 60, kind="proxy"),
    "locked": lambda on, now: notices.locked(on, first_name=_NAME, until=now + timedelta(minutes=15)),
    "changed": lambda on, now: notices.changed(on, first_name=_NAME, what="password-reset", at=now, at_desk=False),
}
"""Every kind of mail by the name of its template."""
