"""What goes on paper: one function a kind, each giving one page of HTML that prints on A4 and on US Letter.

A letter names no more of the patient than name and postal address. Like the report's page it loads nothing and runs
nothing: its Content-Security-Policy names the one style block by its hash.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from portaldesk.mail.catalogues import catalogue
from portaldesk.mail.notices import what_changed, when_and_where
from portaldesk.mail.overrides import prepared
from portaldesk.mail.stationery import Stationery, one_line
from portaldesk.mail.times import day

if TYPE_CHECKING:
    from jinja2 import Template

# What a page has room for; ours. A portal address may be longer than a line, and is then broken.
_CLINIC, _PHONE, _HOURS = 120, 60, 160


def invitation(
    on: Stationery,
    *,
    to: Sequence[str],
    reference: str,
    code: str,
    expires_at: datetime,
    written_at: datetime,
) -> str:
    """The code with which an account is opened. `to`: the lines of name and postal address."""
    until, clinic = day(on, expires_at - timedelta(days=1)), _clinic(on)
    return _page(
        on, to, reference, on.say("Your invitation to the patient portal"),
        [
            on.say(
                "%(clinic)s invites you to open your account at its patient portal. You asked us for it.", clinic=clinic
            )
        ],
        [
            on.say(
                "The code works once, until %(until)s. After five wrong tries it stops working; then call us, and we "
                "send a new letter.",
                until=until,
            ),
            on.say(
                "Keep this letter to yourself. Nobody from the clinic will ask you for the code; if you call us about "
                "it, name the letter: %(reference)s. When you have signed in, destroy it.",
                reference=reference,
            ),
            on.say("If you did not ask for this letter, please call us. By itself the code opens nothing."),
        ],
        written_at=written_at, code=code,
    )  # fmt: skip


def notice(
    on: Stationery,
    *,
    to: Sequence[str],
    reference: str,
    what: str,
    at: datetime,
    at_desk: bool,
    written_at: datetime,
) -> str:
    """Notice after a change: what, when, from which desk, whom to call (ASVS 5.0 6.3.7). `what`: as in a mail."""
    return _page(
        on, to, reference, on.say("Your patient portal account was changed"),
        [what_changed(on, what), when_and_where(on, at, at_desk=at_desk)],
        [
            on.say("If that was you, there is nothing to do."),
            on.say("If that was not you, please call us at once: we can close the account to whoever is in it."),
        ],
        written_at=written_at,
    )  # fmt: skip


def _page(
    on: Stationery,
    to: Sequence[str],
    reference: str,
    subject: str,
    before: Sequence[str],
    after: Sequence[str],
    *,
    written_at: datetime,
    code: str = "",
) -> str:
    template, style = _template(on.language)
    return template.render(
        to=[one_line(line) for line in to], reference=reference, subject=subject, before=before, after=after, code=code,
        link=f"{on.settings.portal_url.rstrip('/')}/redeem", clinic=_clinic(on), written=day(on, written_at),
        phone=on.phone[:_PHONE], hours=on.hours[:_HOURS], language=on.language,
        style=style, style_hash=b64encode(sha256(style.encode()).digest()).decode(),
    )  # fmt: skip


@cache
def _template(language: str) -> tuple[Template, str]:
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    environment = prepared(Environment, PackageLoader("portaldesk.mail"), catalogue(language))
    style = files("portaldesk.mail").joinpath("templates", "letter.css").read_text(encoding="utf-8")
    return environment.get_template("letter.html"), Markup(style)  # noqa: S704 - our own file


def _clinic(on: Stationery) -> str:
    return on.clinic[:_CLINIC]
